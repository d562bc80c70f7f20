"""What can be wrong with a recipe or a run."""

from echovlm.errors import EchoVLMError


class TrainingError(EchoVLMError):
    """A run cannot start, or cannot go on."""


class RecipeError(TrainingError):
    """A recipe says something that this version does not know, or that cannot be."""
