"""What the readers of research sets share: names of clips, rows into values, files that no table lists."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from echovlm.clinical import Measurement, Provenance, Quantity, Source, Unit
from echovlm.curation.reasons import Reason, RowProblem
from echovlm.curation.task import StudyTask
from echovlm.curation.tree import SourceTree
from echovlm.curation.values import parse_quantity
from echovlm.dataset import ExcludedClip, Split

VIDEO_SUFFIXES: Final = (".avi", ".mp4", ".mov")
_SPLITS: Final = {
    "train": Split.TRAIN, "training": Split.TRAIN, "val": Split.VAL, "valid": Split.VAL, "validation": Split.VAL,
    "test": Split.TEST, "testing": Split.TEST,
}  # fmt: skip


def safe_name(text: str) -> str:
    """Return a text that is fit for a clip id and a file name."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", text)


def name_clips(paths: Iterable[str]) -> Mapping[str, str]:
    """Return the clip id of each path: its stem, or all of it where stems collide."""
    ordered = sorted(paths)
    stems = {path: safe_name(_stem(path)) for path in ordered}
    counts = Counter(stems.values())
    return {path: stem if counts[stem] == 1 else safe_name(_whole_stem(path)) for path, stem in stems.items()}


def _stem(path: str) -> str:
    return PurePosixPath(_whole_stem(path)).name


def _whole_stem(path: str) -> str:
    whole = path.removesuffix(".gz")
    return str(PurePosixPath(whole).with_suffix(""))


def find_split(text: str) -> Split | None:
    """Return the split that a source's word means."""
    return _SPLITS.get(text.strip().lower())


def read_number(
    quantity: Quantity, text: str, unit: Unit, where: str, problems: Counter[RowProblem]
) -> tuple[Measurement, ...]:
    """Return a cell as a value, none when it gives none; the reason is counted, but a blank is not."""
    if not text.strip():
        return ()
    read = parse_quantity(quantity, text, unit, Provenance(Source.TABLE, where))
    if isinstance(read, RowProblem):
        problems[read] += 1
        return ()
    return (read,)


def find_base(tree: SourceTree, table: str, folders: Sequence[str]) -> str | None:
    """Return the folder, with its slash, in which a table lies: the source itself or one of those named."""
    return next((base for base in ("", *folders) if tree.find(f"{base}{table}")), None)


def find_unlisted(
    tree: SourceTree, tasks: Sequence[StudyTask], suffixes: Sequence[str], *, also: Iterable[str] = ()
) -> tuple[ExcludedClip, ...]:
    """Return the files that lie there and that no table lists.

    Args:
        tree: The source.
        tasks: Its studies.
        suffixes: Of files that could be clips.
        also: Files that are listed and are no clips of their own, such as masks.
    """
    known = {file.path for task in tasks for file in task.files} | set(also)
    return tuple(
        ExcludedClip(path, Reason.NOT_LISTED.key, "no table of the source lists this file")
        for path in tree.sizes()
        if path.lower().endswith(tuple(suffixes)) and path not in known
    )
