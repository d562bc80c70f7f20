"""The way from a source to an EchoGround dataset: list, curate study by study, plan, assemble shard by shard."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

from echovlm.curation.assemble import ShardJob, assemble_shard
from echovlm.curation.errors import SourceError
from echovlm.curation.given import GivenView
from echovlm.curation.options import USUAL, CurationOptions, OverlayUse
from echovlm.curation.output import check_output, check_place, find_companion, is_whole, remove_blank
from echovlm.curation.overlays import check_ocr
from echovlm.curation.parts import find_parts
from echovlm.curation.plan import Plan, make_plan
from echovlm.curation.population import find_population, write_population
from echovlm.curation.privacy import hide_identities, open_privacy, write_private_log
from echovlm.curation.reasons import Reason
from echovlm.curation.sources import open_source
from echovlm.curation.study import StudyJob, curate_study
from echovlm.curation.task import Listing, StudyTask
from echovlm.curation.tree import SourceTree
from echovlm.curation.view_labels import read_view_labels
from echovlm.dataset import SCHEMA_VERSION, DatasetInfo, DatasetOrigin
from echovlm.dataset.claim import claim
from echovlm.dataset.info import read_info
from echovlm.dataset.segments import ENCODER
from echovlm.dataset.shards import MAX_SHARD_BYTES, WORK_FOLDER
from echovlm.dataset.writer import begin_dataset, finish_dataset
from echovlm.engines import Engine, LocalEngine
from echovlm.imaging.overlay import OcrMissingError
from echovlm.source_hash import hash_packages
from echovlm.stores import Store, open_store

_FEW_SHARDS: Final = 8  # written here in less time than new processes take to start


@dataclass(frozen=True, slots=True)
class CurationSummary:
    """What became of a source.

    Attributes:
        out: The dataset's path or address.
        records: Clips that the source lists; all of them are either kept or excluded.
        kept: Clips in the dataset.
        patients: Patients in the dataset.
        studies: Studies in the dataset.
        excluded: Clips set aside, by reason.
        row_problems: Rows of tables that gave no value, by problem.
        agreement: How often two places that state one value or finding agreed and disagreed.
        contradictions: Statements of captions and notes that were compared with the values, and contradicted.
    """

    out: Path | str
    records: int
    kept: int
    patients: int
    studies: int
    excluded: Mapping[str, int]
    row_problems: Mapping[str, int]
    agreement: Mapping[str, int]
    contradictions: Mapping[str, int]

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
        lines += self._told_of_texts()
        for pair in sorted({name.rpartition(" ")[0] for name in self.agreement}):
            agreed = self.agreement.get(f"{pair} agree", 0)
            compared = agreed + self.agreement.get(f"{pair} disagree", 0)
            lines.append(f"label noise: {pair} agree on {agreed} of {compared} ({agreed / compared:.1%})")
        return "\n".join(lines)

    def _told_of_texts(self) -> Iterator[str]:
        for text in ("caption", "note"):
            compared = self.contradictions.get(f"{text} compared", 0)
            against = {
                name.removeprefix(f"{text} "): count
                for name, count in self.contradictions.items()
                if name.startswith(f"{text} ") and not name.endswith(" compared")
            }
            told = ", ".join(f"{count} {kind}" for kind, count in against.items()) or "none"
            if compared:
                yield f"{text}s: {compared} statements compared with the values, {told} against them"


def curate(
    source: Path | str,
    out: Path | str,
    *,
    workers: int = 1,
    engine: Engine | None = None,
    seed: int = 0,
    options: CurationOptions = USUAL,
    notes: Path | None = None,
    views: Sequence[Path] = (),
    is_clean: bool = False,
    key_file: Path | None = None,
    max_shard_bytes: int = MAX_SHARD_BYTES,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> CurationSummary:
    """Turn a source into an EchoGround dataset; a call after a killed one goes on where it stopped.

    The bytes depend on the source, the seed, the options and the size of shards alone: not on the engine, nor
    on the number of workers, nor on interruptions. A finished dataset that lost a file, or a part of one, is
    made anew.

    Args:
        source: A MIMIC-IV-ECHO tree or a research set, a folder, zip or DICOMDIR of files, an address such as
            ``s3://bucket/folder``, or a .toml that maps the user's tables.
        out: The dataset folder, made if missing, or an address such as ``s3://bucket/dataset``.
        workers: Processes on this machine; not used when an engine is given.
        engine: Where the work is done; every worker must reach ``source`` and ``out``.
        seed: Chooses among paraphrases and counterfactual values.
        options: How views and values are read.
        notes: Discharge notes of a MIMIC-IV-ECHO tree that lie elsewhere.
        views: Files that label views, such as ECHOVIEW's table; the first that names a clip counts.
        is_clean: Whether to trust that the files hold no identity, where the source does not say so itself.
        key_file: Secret of the pseudonyms of a source that is not clean; by default beside ``out``.
        max_shard_bytes: A shard is closed before it grows beyond this.
        on_progress: Told how many of the listed clips are done.

    Raises:
        SourceError: If the source is missing, empty, lacks a table or a column, or no clip of it is usable.
        OutputError: If ``out`` holds something else.
        StoreError: If the address cannot be used.
        WorkerDiedError: If workers keep dying.
    """
    engine = engine or LocalEngine(workers)
    store = open_store(out)
    beside = find_companion(store, out)
    fetched = beside.with_name(f"{beside.name}.fetched")
    tree, listing = open_source(source, notes=notes, fetched=fetched, engine=engine)
    if tree.folder is not None:
        tree = SourceTree(str(tree.folder.absolute()))  # workers may have another working directory
    originals = listing
    listing = _settle(_label(listing, views), options)
    privacy = None if listing.is_clean or is_clean else open_privacy(beside, key_file)
    if privacy is not None:
        check_place(tree, store)
        listing = hide_identities(listing, privacy)
        write_private_log(privacy, _pairs(originals, listing))
    listing = replace(listing, is_clean=privacy is None)
    fingerprint = _fingerprint(tree, listing, (seed, max_shard_bytes, options))
    if check_output(tree, store, fingerprint):
        info = read_info(store)
        store.remove_folder(WORK_FOLDER)  # a killed call may have left some of it
        if is_whole(store, info):
            on_progress(listing.n_records, listing.n_records)
            return _summary(out, info)
    claim(store, fingerprint)
    begin_dataset(store)  # of a dataset that lost a file; from here on it is unfinished
    finished = find_parts(store)
    population = write_population(store, find_population(listing))
    jobs = [
        StudyJob(tree, store, task, seed, options, listing.is_clean, population)
        for task in listing.tasks
        if task.verdict is None and task.task_id not in finished
    ]
    _curate_studies(jobs, engine, n_records=listing.n_records, on_progress=on_progress)
    plan = make_plan(listing, tree, store, max_shard_bytes=max_shard_bytes)
    if not plan.shards:
        remove_blank(store)
        raise SourceError(_nothing_left(tree, plan))
    return _summary(out, _assemble(plan, listing, store, engine, seed=seed, fingerprint=fingerprint))


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
    """Return the listing with a verdict on studies that no place can have a value of, whose files are not read.

    Without the OCR only the studies that need it are set aside, unless it was asked for in all of them.

    Raises:
        OcrMissingError: If it was.
    """
    if options.overlays is OverlayUse.ALWAYS:
        check_ocr()
    hint = ""
    if options.overlays is OverlayUse.MISSING:
        if not any(_is_blank(task) for task in listing.tasks):
            return listing
        try:
            check_ocr()
        except OcrMissingError:
            hint = "; its screens were not read, because the ocr extra is not installed"
        else:
            return listing
    elif options.overlays is not OverlayUse.NEVER:
        return listing
    return replace(listing, tasks=tuple(_give_up(task, hint) for task in listing.tasks))


def _is_blank(task: StudyTask) -> bool:
    """Whether only the screens of a study can still give it a value."""
    has_value = task.measurements or task.stated or task.noted or task.noted_findings
    return task.verdict is None and task.unmeasured is not None and not has_value


def _give_up(task: StudyTask, hint: str) -> StudyTask:
    if not _is_blank(task) or task.unmeasured is None:
        return task
    return replace(task, verdict=replace(task.unmeasured, detail=f"{task.unmeasured.detail}{hint}"))


def _fingerprint(tree: SourceTree, listing: Listing, settings: object) -> str:
    """Return a hash of all that the dataset depends on: code, and files by name and size, tables by content."""
    code = hash_packages("clinical", "curation", "dataset", "imaging", "measure", "models", "reports")
    told = f"{SCHEMA_VERSION} {ENCODER} {settings!r} {code} {replace(listing, tasks=())!r}"
    digest = hashlib.sha256(told.encode("utf-8", "surrogateescape"))
    for task in listing.tasks:  # one by one: all at once would be as large as all the tables
        digest.update(f" {task!r}".encode("utf-8", "surrogateescape"))
        for file in task.files:
            digest.update(f" {tree.size(file.path)}".encode())
    return digest.hexdigest()


def _curate_studies(
    jobs: Sequence[StudyJob], engine: Engine, *, n_records: int, on_progress: Callable[[int, int], None]
) -> None:
    done = n_records - sum(len(job.task.files) for job in jobs)
    on_progress(done, n_records)
    for count in engine.run(curate_study, jobs):
        done += count
        on_progress(done, n_records)


def _assemble(
    plan: Plan, listing: Listing, store: Store, engine: Engine, *, seed: int, fingerprint: str
) -> DatasetInfo:
    """Put the shards together from the parts of studies, then all that depends on them."""
    jobs = [ShardJob(store, shard) for shard in plan.shards]
    few = len(jobs) <= _FEW_SHARDS
    reports = [assemble_shard(job) for job in jobs] if few else list(engine.run(assemble_shard, jobs))
    origin = DatasetOrigin(
        source=listing.kind,
        simulated=listing.simulated,
        seed=seed,
        licence=listing.licence,
        fingerprint=fingerprint,
        row_problems=plan.problems,
        agreement=plan.agreement,
        contradictions=plan.compared,
    )
    return finish_dataset(
        store,
        reports,
        origin=origin,
        excluded=plan.excluded,
        conflicts=plan.conflicts,
        contradictions=plan.contradictions,
        merged_patients=plan.merged_patients,
    )


def _nothing_left(tree: SourceTree, plan: Plan) -> str:
    counts = Counter(clip.reason for clip in plan.excluded)
    told = ", ".join(f"{count} {reason}" for reason, count in sorted(counts.items()))
    words = {reason.key: reason.words for reason in Reason}
    first = plan.excluded[0]
    return (
        f"no clip of {tree} can be used ({told}); {first.path}: {words[first.reason]} ({first.detail}). "
        "A clip needs a readable B-mode cine, a known view and, in a tree with tables, measured values."
    )


def _summary(out: Path | str, info: DatasetInfo) -> CurationSummary:
    return CurationSummary(
        out=out,
        records=info.records,
        kept=sum(info.clips.values()),
        patients=sum(info.patients.values()),
        studies=sum(info.studies.values()),
        excluded=info.excluded,
        row_problems=info.origin.row_problems,
        agreement=info.origin.agreement,
        contradictions=info.origin.contradictions,
    )
