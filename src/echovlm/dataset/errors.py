"""What can be wrong with an EchoGround dataset folder."""

from echovlm.errors import EchoVLMError


class DatasetError(EchoVLMError):
    """An EchoGround dataset cannot be read or written as asked."""


class SchemaError(DatasetError):
    """A file of the dataset does not have the layout that this version reads."""


class SplitError(DatasetError):
    """One patient would stand in two splits."""
