"""The way from a source to an EchoGround dataset: list, curate study by study, assemble."""

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

from echovlm.curation.errors import OutputError, SourceError
from echovlm.curation.given import GivenView
from echovlm.curation.options import USUAL, CurationOptions, OverlayUse
from echovlm.curation.parts import PARTS_FOLDER, has_part, read_clips, read_index
from echovlm.curation.privacy import hide_identities, open_privacy, write_private_log
from echovlm.curation.reasons import Reason
from echovlm.curation.sources import open_source
from echovlm.curation.study import StudyJob, curate_study
from echovlm.curation.task import Listing, StudyTask
from echovlm.curation.tree import SourceTree
from echovlm.curation.view_labels import read_view_labels
from echovlm.dataset import (
    SCHEMA_VERSION,
    ClipEntry,
    DatasetInfo,
    DatasetOrigin,
    ExcludedClip,
    Segment,
    read_info,
    write_dataset,
)
from echovlm.dataset.info import INFO_NAME
from echovlm.dataset.writer import CARD_NAME
from echovlm.files import write_whole
from echovlm.source_hash import hash_packages
from echovlm.workers import run_jobs

_RUN_NAME: Final = "run.json"


@dataclass(frozen=True, slots=True)
class CurationSummary:
    """What became of a source.

    Attributes:
        out: The dataset folder.
        records: Clips that the source lists; all of them are either kept or excluded.
        kept: Clips in the dataset.
        patients: Patients in the dataset.
        studies: Studies in the dataset.
        excluded: Clips set aside, by reason.
        row_problems: Rows of tables that gave no value, by problem.
    """

    out: Path
    records: int
    kept: int
    patients: int
    studies: int
    excluded: Mapping[str, int]
    row_problems: Mapping[str, int]

    def __str__(self) -> str:
        lines = [
            f"{self.out}: {self.kept} of {self.records} clips kept, "
            f"{self.patients} patients, {self.studies} studies"
        ]
        for title, counts in (
            ("set aside", self.excluded),
            ("table rows without a value", self.row_problems),
        ):
            if counts:
                lines.append(f"{title}: " + ", ".join(f"{count} {name}" for name, count in counts.items()))
        return "\n".join(lines)


def curate(
    source: Path | str,
    out: Path,
    *,
    workers: int = 1,
    seed: int = 0,
    options: CurationOptions = USUAL,
    notes: Path | None = None,
    views: Sequence[Path] = (),
    is_clean: bool = False,
    key_file: Path | None = None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> CurationSummary:
    """Turn a source into an EchoGround dataset; a call after a killed one goes on where it stopped.

    The bytes depend on the source and the seed alone: not on the number of workers, nor on interruptions.
    A finished dataset that lost a file, or a part of one, is made anew.

    Args:
        source: A MIMIC-IV-ECHO tree or a research set, a folder, zip or DICOMDIR of files, an address such as
            ``s3://bucket/folder``, or a .toml that maps the user's tables.
        out: The dataset folder; made if missing.
        workers: Processes.
        seed: Chooses among paraphrases and counterfactual values.
        options: How views and values are read.
        notes: Discharge notes of a MIMIC-IV-ECHO tree that lie elsewhere.
        views: Files that label views, such as ECHOVIEW's table; the first that names a clip counts.
        is_clean: Whether to trust that the files hold no identity, where the source does not say so itself.
        key_file: Secret of the pseudonyms of a source that is not clean; by default beside ``out``.
        on_progress: Told how many of the listed clips are done.

    Raises:
        SourceError: If the source is missing, empty, lacks a table or a column, or no clip of it is usable.
        OutputError: If ``out`` holds something else.
        WorkerDiedError: If a worker process dies.
    """
    tree, listing = open_source(source, notes=notes, fetched=out.with_name(f"{out.name}.fetched"))
    originals = listing
    listing = _settle(_label(listing, views), options)
    privacy = None if listing.is_clean or is_clean else open_privacy(out, key_file)
    if privacy is not None:
        _check_place(tree, out)
        listing = hide_identities(listing, privacy)
        write_private_log(privacy, _pairs(originals, listing))
    listing = replace(listing, is_clean=privacy is None)
    fingerprint = _fingerprint(tree, listing, seed, options)
    parts = out / PARTS_FOLDER
    if _check_output(tree, out, fingerprint):
        info = read_info(out)
        shutil.rmtree(parts, ignore_errors=True)  # a killed call may have left some of them
        if _is_whole(out, info):
            on_progress(listing.n_records, listing.n_records)
            return _summary(out, info)
    parts.mkdir(parents=True, exist_ok=True)
    write_whole(parts / _RUN_NAME, json.dumps({"fingerprint": fingerprint}).encode())
    (out / INFO_NAME).unlink(missing_ok=True)  # of a dataset that lost a file; from here on it is unfinished
    _curate_studies(
        tree, listing, parts, workers=workers, seed=seed, options=options, on_progress=on_progress
    )
    plan = _plan(listing, parts)
    if not any(kept for _, kept in plan.kept):
        _remove_blank(out)
        raise SourceError(_nothing_left(tree, plan))
    info = _assemble(plan, listing, parts, out, seed=seed, fingerprint=fingerprint)
    shutil.rmtree(parts)
    return _summary(out, info)


def _label(listing: Listing, views: Sequence[Path]) -> Listing:
    """Return the listing with the views that files of labels give, by stem of the clip's file."""
    labels: dict[str, GivenView] = {}
    for path in views:
        labels = {**read_view_labels(path), **labels}
    if not labels:
        return listing
    tasks = tuple(
        replace(
            task,
            files=tuple(
                replace(file, label=labels.get(PurePosixPath(file.path).stem)) for file in task.files
            ),
        )
        for task in listing.tasks
    )
    return replace(listing, tasks=tasks)


def _pairs(originals: Listing, hidden: Listing) -> Iterator[tuple[str, str]]:
    """Yield what stands for each path and each patient, with the original."""
    for before, after in zip(originals.tasks, hidden.tasks, strict=True):
        if before.patient_id is not None and after.patient_id is not None:
            yield after.patient_id, before.patient_id
        for file, other in zip(before.files, after.files, strict=True):
            yield other.shown_path, file.path
    for clip, other_clip in zip(originals.excluded, hidden.excluded, strict=True):
        yield other_clip.path, clip.path


def _settle(listing: Listing, options: CurationOptions) -> Listing:
    """Return the listing with a verdict on studies that no place can have a value of, whose files are not read."""
    if options.overlays is not OverlayUse.NEVER:
        return listing
    tasks = tuple(
        replace(task, verdict=task.verdict or task.unmeasured)
        if not (task.measurements or task.stated or task.noted or task.noted_findings)
        else task
        for task in listing.tasks
    )
    return replace(listing, tasks=tasks)


def _fingerprint(tree: SourceTree, listing: Listing, seed: int, options: CurationOptions) -> str:
    """Return a hash of all that the dataset depends on: code, and files by name and size, tables by content."""
    code = hash_packages("clinical", "curation", "dataset", "imaging", "reports", "models")
    told = f"{SCHEMA_VERSION} {seed} {options!r} {code} {listing!r}"
    digest = hashlib.sha256(told.encode("utf-8", "surrogateescape"))
    for task in listing.tasks:
        for file in task.files:
            digest.update(f" {tree.size(file.path)}".encode())
    return digest.hexdigest()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _check_output(tree: SourceTree, out: Path, fingerprint: str) -> bool:
    """Return whether the dataset is already there.

    Raises:
        OutputError: If ``out`` holds anything but this dataset or its parts, or lies in the source.
    """
    _check_place(tree, out)
    if not out.exists():
        return False
    if not out.is_dir():
        raise OutputError(f"{out} is a file; choose another folder for the dataset")
    if (out / INFO_NAME).is_file():
        found = read_info(out).origin.fingerprint
        finished = True
    else:
        run = out / PARTS_FOLDER / _RUN_NAME
        finished = False
        if not run.is_file():
            if _is_blank(out):
                return False
            raise OutputError(f"{out} holds other files; choose an empty or a new folder for the dataset")
        found = json.loads(run.read_bytes())["fingerprint"]
    if found != fingerprint:
        what = "a dataset" if finished else "an unfinished dataset"
        raise OutputError(
            f"{out} holds {what} of another source, seed or version; remove it or choose another folder"
        )
    return finished


def _check_place(tree: SourceTree, out: Path) -> None:
    if tree.folder is not None and tree.folder.resolve() in (out.resolve(), *out.resolve().parents):
        raise OutputError(f"{out} lies inside the source {tree}; choose a folder outside it")


def _is_whole(out: Path, info: DatasetInfo) -> bool:
    """Return whether every file of a finished dataset is there with its size.

    Raises:
        OutputError: If a folder stands where a file belongs; what it holds is not ours to remove.
    """
    for name in (*info.files, CARD_NAME):
        if (out / name).is_dir():
            raise OutputError(f"{out / name} is a folder, not the dataset's file; remove it and run again")
    sizes = all(_size(out / name) == digest.size for name, digest in info.files.items())
    return sizes and (out / CARD_NAME).is_file()


def _is_blank(out: Path) -> bool:
    """Return whether a folder holds nothing, or only what a call that was killed at its start left."""
    return all(child.name == PARTS_FOLDER and child.is_dir() for child in out.iterdir())


def _curate_studies(
    tree: SourceTree,
    listing: Listing,
    parts: Path,
    *,
    workers: int,
    seed: int,
    options: CurationOptions,
    on_progress: Callable[[int, int], None],
) -> None:
    todo = [t for t in listing.tasks if t.verdict is None and not has_part(parts, t.task_id)]
    done = listing.n_records - sum(len(task.files) for task in todo)
    on_progress(done, listing.n_records)
    jobs = (StudyJob(tree, parts, task, seed, options, listing.is_clean) for task in todo)
    for count in run_jobs(curate_study, jobs, workers=max(1, min(workers, len(todo)))):
        done += count
        on_progress(done, listing.n_records)


@dataclass(slots=True)
class _Plan:
    """Which clips of which part are kept, decided over all studies."""

    kept: list[tuple[StudyTask, frozenset[str]]]
    excluded: list[ExcludedClip]
    problems: Counter[str]


def _plan(listing: Listing, parts: Path) -> _Plan:
    """Decide on duplicates over all studies, and gather what was set aside."""
    plan = _Plan([], list(listing.excluded), Counter())
    for problem, count in listing.row_problems.items():
        plan.problems[problem.value] += count
    first: dict[str, str] = {}
    for task in listing.tasks:
        if task.verdict is not None:
            reason, detail = task.verdict.reason.key, task.verdict.detail
            plan.excluded += [ExcludedClip(file.shown_path, reason, detail) for file in task.files]
            continue
        index = read_index(parts, task.task_id)
        plan.excluded += index.excluded
        plan.problems.update(dict(index.problems))
        kept = set()
        for path, sha256 in index.clips:
            earlier = first.setdefault(sha256, path)
            if earlier == path:
                kept.add(path)
            else:
                detail = f"the same bytes as {earlier}"
                plan.excluded.append(ExcludedClip(path, Reason.DUPLICATE_CONTENT.key, detail))
        plan.kept.append((task, frozenset(kept)))
    plan.excluded.sort(key=lambda clip: (clip.path, clip.reason, clip.detail))
    return plan


def _nothing_left(tree: SourceTree, plan: _Plan) -> str:
    counts = Counter(clip.reason for clip in plan.excluded)
    told = ", ".join(f"{count} {reason}" for reason, count in sorted(counts.items()))
    words = {reason.key: reason.words for reason in Reason}
    first = plan.excluded[0]
    return (
        f"no clip of {tree} can be used ({told}); {first.path}: {words[first.reason]} ({first.detail}). "
        "A clip needs a readable B-mode cine, a known view and, in a tree with tables, measured values."
    )


def _remove_blank(out: Path) -> None:
    """Remove what a call without a result made."""
    shutil.rmtree(out / PARTS_FOLDER)
    if not any(out.iterdir()):
        out.rmdir()


def _assemble(
    plan: _Plan, listing: Listing, parts: Path, out: Path, *, seed: int, fingerprint: str
) -> DatasetInfo:
    """Write the dataset from finished parts, in the order of the source."""

    def clips() -> Iterator[tuple[ClipEntry, Segment]]:
        for task, kept in plan.kept:
            for clip in read_clips(parts, task.task_id):
                if clip.entry.source_path in kept:
                    yield clip.entry, clip.segment

    origin = DatasetOrigin(
        source=listing.kind,
        simulated=listing.simulated,
        seed=seed,
        licence=listing.licence,
        fingerprint=fingerprint,
        row_problems={name: count for name, count in sorted(plan.problems.items()) if count},
    )
    return write_dataset(out, clips(), origin=origin, excluded=plan.excluded)


def _summary(out: Path, info: DatasetInfo) -> CurationSummary:
    return CurationSummary(
        out=out,
        records=info.records,
        kept=sum(info.clips.values()),
        patients=sum(info.patients.values()),
        studies=sum(info.studies.values()),
        excluded=info.excluded,
        row_problems=info.origin.row_problems,
    )
