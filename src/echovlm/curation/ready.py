"""One file of a study, read and reduced to what is stored of it, or set aside with a reason."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from echovlm.clinical import Measurement, Mode, Site
from echovlm.curation.copies import fingerprint, looked_at
from echovlm.curation.errors import SourceError
from echovlm.curation.frames import choose_frames, find_sharpest
from echovlm.curation.given import GivenView
from echovlm.curation.options import ReaderUse
from echovlm.curation.overlays import read_overlay
from echovlm.curation.phases import LABEL, NO_PHASES, find_by_area, read_beat
from echovlm.curation.privacy import clean_pixels
from echovlm.curation.quality import find_exclusion, find_flaw
from echovlm.curation.reading import FileRead, read_file
from echovlm.curation.reasons import Reason, RowProblem
from echovlm.curation.site import find_recorded_site
from echovlm.curation.task import ClipFile
from echovlm.curation.tree import SourceTree
from echovlm.curation.truth import NO_TRUTH, StoredTruth, Truth, find_truth, move_truth
from echovlm.curation.viewing import find_stated_view, predict_view
from echovlm.dataset import EncodedFrames, StripAxes, encode_frames
from echovlm.imaging import (
    STRIP_MODES,
    Cine,
    Clip,
    ImagingError,
    MissingPathError,
    NoStripError,
    extract_cine,
    extract_strip,
)
from echovlm.imaging.content import Layout
from echovlm.imaging.picture import PictureSearch


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

    frames: EncodedFrames
    frame_times_ms: tuple[float, ...] | None
    r_wave_times_ms: tuple[float, ...]
    spacing_mm: float | None
    strip: StripAxes | None = None
    best_frame_index: int | None = None


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """What is kept of a clip beside its view and its frames.

    Attributes:
        mode: The imaging mode.
        console: Maker and model of the machine.
        sex_text: As the file spells it.
        heart_rate_bpm: Stated, or read from the drawn ECG.
        site: That of a spectrum, an M-mode or a colour box, where the source names it.
    """

    mode: Mode | None
    console: str | None
    sex_text: str | None
    heart_rate_bpm: float | None
    site: Site | None

    @classmethod
    def of(cls, clip: Clip, site: Site | None) -> "ClipFacts":
        """Return the facts of a clip without its pixels, which would stay in memory until the study is packed."""
        return cls(clip.mode, clip.console, clip.sex_text, clip.heart_rate_bpm, site)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Readied:
    """A usable clip, reduced to what is stored of it."""

    file: ClipFile
    sha256: str
    facts: ClipFacts
    view: GivenView
    stored: StoredFrames
    truth: StoredTruth
    phase_source: str
    fingerprint: str = ""


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
            return _ready(tree, file, path, _hash(path), rules, gathered)
    except MissingPathError as error:
        raise SetAside(Reason.MISSING_FILE, error.reason) from error
    except ImagingError as error:
        raise SetAside(Reason.UNREADABLE, error.reason) from error


def _ready(
    tree: SourceTree, file: ClipFile, path: Path, sha256: str, rules: ReadingRules, gathered: Gathered
) -> Readied:
    truth = _LazyTruth(tree, file, gathered.problems)
    read = read_file(path, truth.key_frames, frames_per_second=file.given.frames_per_second)
    clip = read.clip
    excluded = find_exclusion(clip, read.examination, is_adult_source=rules.is_adult)
    if excluded is not None:
        raise SetAside(*excluded)
    if rules.with_overlay:
        gathered.overlay += read_overlay(clip, file.shown_path, gathered.problems)
    if clip.content is not None and clip.content.layout in (Layout.PAGE, Layout.CAPTURE):
        raise SetAside(Reason.NO_PICTURE, f"a {clip.content.layout.value}")
    if clip.mode not in STRIP_MODES and len(clip.frames) == 1 and not rules.keeps_stills:
        raise SetAside(Reason.SINGLE_FRAME, "one frame")
    stated = find_stated_view(file.given.view, file.label, clip)
    if stated is None and (clip.mode in STRIP_MODES or rules.reader is ReaderUse.NEVER):
        raise SetAside(Reason.UNKNOWN_VIEW, "neither a label nor the file names a view that we know")
    site = find_recorded_site(tree, file.path, clip.mode)
    if clip.mode in STRIP_MODES:
        assert stated is not None, "a strip without a view was set aside"
        stored = _store_strip(clip if rules.is_clean else _cleaned(clip))
        return Readied(file, sha256, ClipFacts.of(clip, site), stated, stored, NO_TRUTH, "")
    return _ready_cine(file, sha256, read, truth.of(read), stated, site, rules)


def _ready_cine(
    file: ClipFile,
    sha256: str,
    read: FileRead,
    truth: Truth | None,
    stated: GivenView | None,
    site: Site | None,
    rules: ReadingRules,
) -> Readied:
    likeness = fingerprint(looked_at(read.clip, read.n_frames))
    is_labelled = truth is not None and truth.is_phased
    search = PictureSearch(read.clip)
    clip, phases = (read.clip, NO_PHASES) if is_labelled else read_beat(read.clip, search)
    if not rules.is_clean:
        clip = _cleaned(
            clip
        )  # after the beat was read: an ECG stands beside the picture, which is all that stays
    places = _choose(read, clip, keep=truth.key_frames if truth else phases.known)
    stored_indices = tuple(read.indices[place] for place in places)
    clip, phases = _restrict(clip, places), phases.at(places)
    cine = extract_cine(clip, search=search)
    flaw = find_flaw(cine.frames, clip.mode)
    if flaw is not None:
        raise SetAside(Reason.NON_DIAGNOSTIC, flaw)
    view = stated or predict_view(cine, clip.mode)
    if view is None:
        raise SetAside(
            Reason.UNKNOWN_VIEW, "no label or file names a view that we know, and the reader is unsure"
        )
    moved = move_truth(truth, cine, stored=stored_indices) if truth else NO_TRUTH
    source = LABEL if is_labelled else phases.source
    if not is_labelled:
        if rules.reader is not ReaderUse.NEVER:
            phases = find_by_area(cine, view.view, clip.mode, phases)
            source = phases.source
        moved = replace(moved, ed_frame_index=phases.ed_frame_index, es_frame_index=phases.es_frame_index)
    stored = StoredFrames(
        frames=encode_frames(cine.frames if cine.colour is None else cine.colour),
        frame_times_ms=_times(cine),
        r_wave_times_ms=cine.r_wave_times_ms,
        spacing_mm=cine.spacing_mm,
        best_frame_index=find_sharpest(cine.frames),
    )
    return Readied(file, sha256, ClipFacts.of(clip, site), view, stored, moved, source, fingerprint=likeness)


def _choose(read: FileRead, clip: Clip, *, keep: Sequence[int]) -> tuple[int, ...]:
    """Return the places of the frames to store, among those that were decoded."""
    if read.to_store is not None:
        return tuple(read.indices.index(index) for index in read.to_store)
    return choose_frames(
        len(clip.frames),
        frame_times_ms=clip.frame_times_ms,
        heart_rate_bpm=clip.heart_rate_bpm,
        r_wave_times_ms=clip.r_wave_times_ms,
        keep=keep,
    )


def _times(cine: Cine) -> tuple[float, ...] | None:
    times_ms = cine.frame_times_ms
    return None if times_ms is None else tuple(np.asarray(times_ms, dtype=np.float64).tolist())


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
    return StoredFrames(encode_frames(strip.image[None]), None, (), None, axes)


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise MissingPathError(path, "does not exist") from error
    except OSError as error:
        raise SetAside(Reason.UNREADABLE, f"cannot be read: {error.strerror}") from error


class _LazyTruth:
    """The truth of a clip, looked for once: while its frames are chosen, or after they were decoded."""

    def __init__(self, tree: SourceTree, file: ClipFile, problems: Counter[RowProblem]) -> None:
        self._tree, self._file, self._problems = tree, file, problems
        self._found: Truth | None = None
        self._is_sought = False

    def key_frames(self, shape: tuple[int, int, int]) -> Sequence[int]:
        """Return the frames that must be stored, of a clip of this shape: frames, height, width."""
        if not self._is_sought:
            self._is_sought = True
            try:
                self._found = find_truth(self._tree, self._file.path, self._file.given.truth, shape=shape)
            except SourceError:
                self._problems[RowProblem.DAMAGED_TRUTH] += 1
        return self._found.key_frames if self._found else ()

    def of(self, read: FileRead) -> Truth | None:
        """Return the truth that fits the pixels of a file."""
        self.key_frames((read.n_frames, *read.clip.frames.shape[1:3]))
        return self._found


def _restrict(clip: Clip, places: Sequence[int]) -> Clip:
    """Return the clip with some of its frames only, its clock starting at the first of them."""
    clip = clip.only(lambda _: places)
    if clip.frame_times_ms is None:
        return clip
    end_ms = float(clip.frame_times_ms[-1])
    inside = tuple(wave for wave in clip.r_wave_times_ms if 0 <= wave <= end_ms)
    return clip if inside == clip.r_wave_times_ms else replace(clip, r_wave_times_ms=inside)
