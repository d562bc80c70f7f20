"""What can be wrong with a checkpoint file."""

from echovlm.errors import EchoVLMError


class CheckpointError(EchoVLMError):
    """A file is no checkpoint of ours, or holds another kind of model than was asked for."""
