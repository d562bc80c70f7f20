"""The EchoGround dataset: its schema, how it is written, and how it is read."""

from echovlm.dataset.errors import DatasetError, SchemaError, SplitError
from echovlm.dataset.info import DatasetInfo, DatasetOrigin, read_info
from echovlm.dataset.reader import EchoGround
from echovlm.dataset.schema import (
    SCHEMA_VERSION,
    ClipEntry,
    ClipRow,
    Evidence,
    FindingRow,
    FramePlace,
    LandmarkPoint,
    MaskPlace,
    Split,
    StatementRow,
    StripAxes,
)
from echovlm.dataset.shards import Segment, pack_clip
from echovlm.dataset.splits import check_splits, split_of
from echovlm.dataset.writer import ExcludedClip, read_excluded, write_dataset

__all__ = [
    "SCHEMA_VERSION",
    "ClipEntry",
    "ClipRow",
    "DatasetError",
    "DatasetInfo",
    "DatasetOrigin",
    "EchoGround",
    "Evidence",
    "ExcludedClip",
    "FindingRow",
    "FramePlace",
    "LandmarkPoint",
    "MaskPlace",
    "SchemaError",
    "Segment",
    "Split",
    "SplitError",
    "StatementRow",
    "StripAxes",
    "check_splits",
    "pack_clip",
    "read_excluded",
    "read_info",
    "split_of",
    "write_dataset",
]
