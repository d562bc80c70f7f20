"""What can go wrong with an evaluation and can be mended by who asked for it."""

from echovlm.errors import EchoVLMError


class EvaluationError(EchoVLMError):
    """An evaluation that cannot be run as asked."""
