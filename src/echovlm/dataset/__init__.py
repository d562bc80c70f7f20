"""The EchoGround dataset: its schema, how it is written, and how it is read."""

from echovlm.dataset.errors import DatasetError, SchemaError, SplitError
from echovlm.dataset.info import DatasetInfo, DatasetOrigin
from echovlm.dataset.merge import merge_datasets
from echovlm.dataset.people import Person, find_people
from echovlm.dataset.reader import EchoGround
from echovlm.dataset.sample import render_sample
from echovlm.dataset.schema import (
    SCHEMA_VERSION,
    ClipEntry,
    ClipRow,
    Evidence,
    FindingRow,
    FramePlace,
    LandmarkPoint,
    MaskPlace,
    SegmentPlace,
    Split,
    StatementRow,
    StripAxes,
)
from echovlm.dataset.segments import EncodedFrames, Segment, encode_frames, pack_clip
from echovlm.dataset.splits import check_splits, split_of
from echovlm.dataset.stream import ClipStream, Position, epoch_order
from echovlm.dataset.verify import Problem, verify_dataset
from echovlm.dataset.writer import ExcludedClip, read_excluded, write_dataset

__all__ = [
    "SCHEMA_VERSION",
    "ClipEntry",
    "ClipRow",
    "ClipStream",
    "DatasetError",
    "DatasetInfo",
    "DatasetOrigin",
    "EchoGround",
    "EncodedFrames",
    "Evidence",
    "ExcludedClip",
    "FindingRow",
    "FramePlace",
    "LandmarkPoint",
    "MaskPlace",
    "Person",
    "Position",
    "Problem",
    "SchemaError",
    "Segment",
    "SegmentPlace",
    "Split",
    "SplitError",
    "StatementRow",
    "StripAxes",
    "check_splits",
    "encode_frames",
    "epoch_order",
    "find_people",
    "merge_datasets",
    "pack_clip",
    "read_excluded",
    "render_sample",
    "split_of",
    "verify_dataset",
    "write_dataset",
]
