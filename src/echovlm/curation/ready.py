"""One file of a study, read and reduced to what is stored of it, or set aside with a reason."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from echovlm.clinical import Measurement, Site
from echovlm.curation.errors import SourceError
from echovlm.curation.frames import choose_frames, find_sharpest
from echovlm.curation.given import GivenView
from echovlm.curation.options import ReaderUse
from echovlm.curation.overlays import read_overlay
from echovlm.curation.privacy import clean_pixels
from echovlm.curation.quality import find_exclusion, find_flaw
from echovlm.curation.reasons import Reason, RowProblem
from echovlm.curation.site import find_recorded_site
from echovlm.curation.task import ClipFile
from echovlm.curation.tree import SourceTree
from echovlm.curation.truth import NO_TRUTH, StoredTruth, Truth, find_truth, move_truth
from echovlm.curation.viewing import find_stated_view, predict_view
from echovlm.dataset import StripAxes
from echovlm.imaging import (
    STRIP_MODES,
    Cine,
    Clip,
    ImagingError,
    MissingPathError,
    NoStripError,
    extract_cine,
    extract_strip,
    read_clip,
)
from echovlm.imaging.content import Layout
from echovlm.imaging.examination import read_examination


class SetAside(Exception):  # noqa: N818 - not an error: the normal fate of most files of an archive
    """A clip is not kept."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True, slots=True)
class ReadingRules:
    """How the files of a study are read.

    Attributes:
        reader: When the embedded reader is asked for the view.
        with_overlay: Whether burned-in values are read.
        keeps_stills: Whether single B-mode frames are kept.
        is_adult: Whether the source is of adults.
        is_clean: Whether the files hold no identity; else the pixels are made clean first.
    """

    reader: ReaderUse
    with_overlay: bool
    keeps_stills: bool
    is_adult: bool
    is_clean: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class StoredFrames:
    """The frames of a clip as the dataset holds them, and their axes."""

    frames: UInt8[np.ndarray, "frame height width *rgb"]
    frame_times_ms: tuple[float, ...] | None
    r_wave_times_ms: tuple[float, ...]
    spacing_mm: float | None
    strip: StripAxes | None = None
    best_frame_index: int | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Readied:
    """A usable clip, reduced to what is stored of it."""

    file: ClipFile
    sha256: str
    clip: Clip  # without its pixels
    view: GivenView
    stored: StoredFrames
    truth: StoredTruth
    phase_source: str
    site: Site | None = None


@dataclass(slots=True)
class Gathered:
    """What the files of a study say beside their pictures, filled while they are read.

    Attributes:
        problems: What could not be used, by problem.
        overlay: Values burned into the pictures, those of pages of results among them.
    """

    problems: Counter[RowProblem] = field(default_factory=Counter)
    overlay: list[Measurement] = field(default_factory=list)


def ready_clip(tree: SourceTree, file: ClipFile, rules: ReadingRules, gathered: Gathered) -> Readied:
    """Read a file and reduce it to what is stored.

    Raises:
        SetAside: If the clip is not kept; what its screen states was gathered all the same.
    """
    try:
        with tree.local(file.path, beside=file.beside) as path:
            sha256 = _hash(path)
            ready = _ready(tree, file, path, sha256, rules, gathered)
            return replace(ready, site=find_recorded_site(tree, file.path, ready.clip.mode))
    except MissingPathError as error:
        raise SetAside(Reason.MISSING_FILE, error.reason) from error
    except ImagingError as error:
        raise SetAside(Reason.UNREADABLE, error.reason) from error


def _ready(
    tree: SourceTree, file: ClipFile, path: Path, sha256: str, rules: ReadingRules, gathered: Gathered
) -> Readied:
    clip = _with_rate(read_clip(path), file.given.frames_per_second)
    excluded = find_exclusion(clip, read_examination(path), is_adult_source=rules.is_adult)
    if excluded is not None:
        raise SetAside(*excluded)
    if rules.with_overlay:
        gathered.overlay += read_overlay(clip, file.shown_path, gathered.problems)
    if clip.content is not None and clip.content.layout in (Layout.PAGE, Layout.CAPTURE):
        raise SetAside(Reason.NO_PICTURE, f"a {clip.content.layout.value}")
    if clip.mode not in STRIP_MODES and len(clip.frames) == 1 and not rules.keeps_stills:
        raise SetAside(Reason.SINGLE_FRAME, "one frame")
    if not rules.is_clean:
        clip = _cleaned(clip)
    stated = find_stated_view(file.given.view, file.label, clip)
    if clip.mode in STRIP_MODES:
        if stated is None:
            raise SetAside(Reason.UNKNOWN_VIEW, "neither a label nor the file names a view that we know")
        stored = _store_strip(clip)
        return Readied(file, sha256, _without_pixels(clip), stated, stored, NO_TRUTH, "")
    return _ready_cine(tree, file, sha256, clip, stated, rules, gathered)


def _ready_cine(
    tree: SourceTree,
    file: ClipFile,
    sha256: str,
    clip: Clip,
    stated: GivenView | None,
    rules: ReadingRules,
    gathered: Gathered,
) -> Readied:
    if stated is None and rules.reader is ReaderUse.NEVER:
        raise SetAside(Reason.UNKNOWN_VIEW, "neither a label nor the file names a view that we know")
    truth = _find_truth(tree, file, clip, gathered.problems)
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
    clip = _without_pixels(clip)
    flaw = find_flaw(cine.frames, clip.mode)
    if flaw is not None:
        raise SetAside(Reason.NON_DIAGNOSTIC, flaw)
    view = stated or predict_view(cine, clip.mode)
    if view is None:
        raise SetAside(
            Reason.UNKNOWN_VIEW, "no label or file names a view that we know, and the reader is unsure"
        )
    moved = move_truth(truth, cine, stored=chosen) if truth else NO_TRUTH
    moved, phase_source = _with_phases(moved, cine)
    stored = StoredFrames(
        frames=cine.frames if cine.colour is None else cine.colour,
        frame_times_ms=_times(cine),
        r_wave_times_ms=cine.r_wave_times_ms,
        spacing_mm=cine.spacing_mm,
        best_frame_index=find_sharpest(cine.frames),
    )
    return Readied(file, sha256, clip, view, stored, moved, phase_source)


def _times(cine: Cine) -> tuple[float, ...] | None:
    times_ms = cine.frame_times_ms
    return None if times_ms is None else tuple(float(time) for time in np.asarray(times_ms))


def _with_phases(truth: StoredTruth, cine: Cine) -> tuple[StoredTruth, str]:
    """Return the truth with end-diastole at the first R wave where nobody says when it is, and who says so."""
    if truth.ed_frame_index is not None or truth.es_frame_index is not None:
        return truth, "label"
    if cine.frame_times_ms is None or not cine.r_wave_times_ms or len(cine.frames) < 2:
        return truth, ""
    nearest = int(np.abs(np.asarray(cine.frame_times_ms) - cine.r_wave_times_ms[0]).argmin())
    return replace(truth, ed_frame_index=nearest), "r-wave"


def _without_pixels(clip: Clip) -> Clip:
    return replace(clip, frames=clip.frames[:0])


def _with_rate(clip: Clip, frames_per_second: float | None) -> Clip:
    """Return the clip with the rate that its source states, where the file has no clock of its own."""
    if clip.frame_times_ms is not None or not frames_per_second or frames_per_second <= 0:
        return clip
    return replace(clip, frame_times_ms=np.arange(len(clip.frames)) * 1000.0 / frames_per_second)


def _cleaned(clip: Clip) -> Clip:
    frames = clean_pixels(clip)
    if frames is None:
        raise SetAside(Reason.IDENTITY, Reason.IDENTITY.words)
    return replace(clip, frames=frames)


def _store_strip(clip: Clip) -> StoredFrames:
    """Return the strip of a spectrum or an M-mode as one frame: its time runs along its columns."""
    try:
        strip = extract_strip(clip)
    except NoStripError as error:
        raise SetAside(Reason.NO_STRIP, error.reason) from error
    scale = strip.scale
    axes = None if scale is None else StripAxes(scale.s_per_px, scale.value_per_px, scale.zero_row_px)
    flaw = find_flaw(strip.image[None], clip.mode)
    if flaw is not None:
        raise SetAside(Reason.NON_DIAGNOSTIC, flaw)
    return StoredFrames(strip.image[None], None, (), None, axes)


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise MissingPathError(path, "does not exist") from error
    except OSError as error:
        raise SetAside(Reason.UNREADABLE, f"cannot be read: {error.strerror}") from error


def _find_truth(tree: SourceTree, file: ClipFile, clip: Clip, problems: Counter[RowProblem]) -> Truth | None:
    """Return the truth of a clip when there is one that fits its pixels."""
    n_frames, height, width, _ = clip.frames.shape
    try:
        return find_truth(tree, file.path, file.given.truth, shape=(n_frames, height, width))
    except SourceError:
        problems[RowProblem.DAMAGED_TRUTH] += 1
        return None


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
