"""One study: its files become packed clips, or get a reason why not."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from echovlm.clinical import Sex, find_sex
from echovlm.curation.errors import SourceError
from echovlm.curation.frames import choose_frames
from echovlm.curation.labels import StudyLabels, label_clip, label_study
from echovlm.curation.parts import PackedClip, write_part
from echovlm.curation.reasons import Reason, RowProblem
from echovlm.curation.task import ClipFile, StudyTask
from echovlm.curation.truth import NO_TRUTH, StoredTruth, Truth, find_truth, move_truth
from echovlm.dataset import ClipEntry, ExcludedClip, StripAxes, pack_clip, split_of
from echovlm.imaging import (
    STRIP_MODES,
    Clip,
    ImagingError,
    MissingPathError,
    NoStripError,
    extract_cine,
    extract_strip,
    read_clip,
)
from echovlm.imaging.content import Layout


@dataclass(frozen=True, slots=True)
class StudyJob:
    """All that a worker needs to curate one study, wherever it runs.

    Attributes:
        source: The source folder.
        parts: Where the finished part goes.
        task: The study.
        seed: Seed of captions and counterfactuals.
    """

    source: Path
    parts: Path
    task: StudyTask
    seed: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Readied:
    """A usable clip, reduced to what is stored of it."""

    file: ClipFile
    sha256: str
    clip: Clip  # without its pixels
    stored: "_Stored"
    truth: StoredTruth


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Stored:
    """The frames of a clip as the dataset holds them, and their axes."""

    frames: UInt8[np.ndarray, "frame height width *rgb"]
    frame_times_ms: tuple[float, ...] | None
    r_wave_times_ms: tuple[float, ...]
    spacing_mm: float | None
    strip: StripAxes | None = None


class _SetAside(Exception):  # noqa: N818 - not an error: the normal fate of most files of an archive
    """A clip is not kept."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


def curate_study(job: StudyJob) -> int:
    """Curate one study into its part and return how many files it lists."""
    problems: Counter[RowProblem] = Counter()
    excluded: list[ExcludedClip] = []
    readied: list[_Readied] = []
    for file in job.task.files:
        try:
            readied.append(_ready(job.source, file, problems))
        except _SetAside as aside:
            excluded.append(ExcludedClip(file.path, aside.reason.key, aside.detail))
    labels = label_study(job.task.measurements, job.task.stated, sex=job.task.sex or _find_sex(readied))
    packed: list[PackedClip] = []
    for clip in readied:
        try:
            packed.append(_pack(clip, job, labels))
        except _SetAside as aside:
            excluded.append(ExcludedClip(clip.file.path, aside.reason.key, aside.detail))
    counts = sorted((problem.value, count) for problem, count in problems.items())
    write_part(job.parts, job.task.task_id, packed, excluded, counts)
    return len(job.task.files)


def _find_sex(readied: Sequence[_Readied]) -> Sex | None:
    """Return the sex that the files agree on."""
    sexes = {find_sex(item.clip.sex_text) for item in readied if item.clip.sex_text} - {None}
    return sexes.pop() if len(sexes) == 1 else None


def _ready(source: Path, file: ClipFile, problems: Counter[RowProblem]) -> _Readied:
    """Read a file and reduce it to what is stored, or set it aside."""
    clip = _read(source / file.path)
    if clip.content is not None and clip.content.layout in (Layout.PAGE, Layout.CAPTURE):
        raise _SetAside(Reason.NO_PICTURE, f"a {clip.content.layout.value}")
    if clip.mode not in STRIP_MODES and len(clip.frames) == 1:
        raise _SetAside(Reason.SINGLE_FRAME, "one frame")
    if clip.view is None:
        raise _SetAside(Reason.UNKNOWN_VIEW, "the file names no view that we know")
    if clip.mode in STRIP_MODES:
        stored = _store_strip(clip)
        return _Readied(
            file, _hash(source / file.path), replace(clip, frames=clip.frames[:0]), stored, NO_TRUTH
        )
    truth = _find_truth(source, file, clip, problems)
    chosen = choose_frames(
        len(clip.frames),
        frame_times_ms=clip.frame_times_ms,
        heart_rate_bpm=clip.heart_rate_bpm,
        r_wave_times_ms=clip.r_wave_times_ms,
        keep=truth.key_frames if truth else (),
    )
    clip = _restrict(clip, chosen)
    cine = extract_cine(clip)
    # The pixels of the file are not needed any more; a study has dozens of clips.
    clip = replace(clip, frames=clip.frames[:0])
    moved = move_truth(truth, cine, stored=chosen) if truth else NO_TRUTH
    times_ms = cine.frame_times_ms
    stored = _Stored(
        cine.frames if cine.colour is None else cine.colour,
        None if times_ms is None else tuple(float(time) for time in np.asarray(times_ms)),
        cine.r_wave_times_ms,
        cine.spacing_mm,
    )
    return _Readied(file, _hash(source / file.path), clip, stored, moved)


def _store_strip(clip: Clip) -> _Stored:
    """Return the strip of a spectrum or an M-mode as one frame: its time runs along its columns."""
    try:
        strip = extract_strip(clip)
    except NoStripError as error:
        raise _SetAside(Reason.NO_STRIP, error.reason) from error
    scale = strip.scale
    axes = None if scale is None else StripAxes(scale.s_per_px, scale.value_per_px, scale.zero_row_px)
    return _Stored(strip.image[None], None, (), None, axes)


def _read(path: Path) -> Clip:
    try:
        return read_clip(path)
    except MissingPathError as error:
        raise _SetAside(Reason.MISSING_FILE, error.reason) from error
    except ImagingError as error:
        raise _SetAside(Reason.UNREADABLE, error.reason) from error


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise _SetAside(
            Reason.UNREADABLE, f"could be decoded but not read again: {error.strerror}"
        ) from error


def _find_truth(source: Path, file: ClipFile, clip: Clip, problems: Counter[RowProblem]) -> Truth | None:
    """Return the truth of a clip when there is one that fits its pixels."""
    try:
        truth = find_truth(source, file.path)
    except SourceError:
        problems[RowProblem.DAMAGED_TRUTH] += 1
        return None
    if truth is not None and truth.masks.shape != clip.frames.shape[:3]:
        problems[RowProblem.DAMAGED_TRUTH] += 1
        return None
    return truth


def _restrict(clip: Clip, chosen: Sequence[int]) -> Clip:
    """Return the clip with the chosen frames only, its clock starting at the first of them."""
    if clip.frame_times_ms is None:
        return replace(clip, frames=clip.frames[list(chosen)])
    times_ms = clip.frame_times_ms[list(chosen)]
    start_ms, end_ms = float(times_ms[0]), float(times_ms[-1])
    return replace(
        clip,
        frames=clip.frames[list(chosen)],
        frame_times_ms=times_ms - start_ms,
        r_wave_times_ms=tuple(t - start_ms for t in clip.r_wave_times_ms if start_ms <= t <= end_ms),
    )


def _pack(ready: _Readied, job: StudyJob, study: StudyLabels) -> PackedClip:
    """Label a clip and encode its frames, or set it aside when nobody owns it."""
    clip, stored, task = ready.clip, ready.stored, job.task
    patient_id = task.patient_id or _pseudonym("patient", clip.patient_id)
    if patient_id is None:
        raise _SetAside(Reason.NO_PATIENT, "the file has no patient identifier")
    assert clip.view is not None, "clips of unknown view were set aside"
    labels = label_clip(study, clip.view, clip.mode, clip_id=ready.file.clip_id, seed=job.seed)
    entry = ClipEntry(
        clip_id=ready.file.clip_id,
        patient_id=patient_id,
        study_id=task.study_id or _pseudonym("study", clip.study_uid) or task.task_id,
        split=split_of(patient_id),
        view=clip.view,
        view_source="dicom",
        mode=clip.mode,
        is_colour=stored.frames.ndim == 4,
        strip=stored.strip,
        sex=study.sex,
        frame_times_ms=stored.frame_times_ms,
        heart_rate_bpm=clip.heart_rate_bpm,
        r_wave_times_ms=stored.r_wave_times_ms,
        spacing_mm=stored.spacing_mm,
        height_px=stored.frames.shape[1],
        width_px=stored.frames.shape[2],
        ed_frame_index=ready.truth.ed_frame_index,
        es_frame_index=ready.truth.es_frame_index,
        landmarks=ready.truth.landmarks,
        measurements=study.measurements,
        findings=labels.findings,
        statements=labels.statements,
        caption=labels.caption,
        source_path=ready.file.path,
        source_sha256=ready.sha256,
    )
    return PackedClip(entry, pack_clip(entry, stored.frames, ready.truth.masks))


def _pseudonym(level: str, identifier: str | None) -> str | None:
    """Return a stable stand-in for an identifier that a file carries: a file may hold a real one."""
    if identifier is None:
        return None
    return hashlib.sha256(f"echoground {level} {identifier}".encode()).hexdigest()[:16]
