"""End-diastole and end-systole of a clip that nobody labelled: by its ECG, then by the area of the left ventricle."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from echovlm.clinical import Mode, Structure, View
from echovlm.curation.viewing import trace_frames
from echovlm.imaging import Cine, Clip
from echovlm.imaging.beats import phases_of_ecg
from echovlm.imaging.ecg import read_ecg
from echovlm.imaging.picture import PictureSearch
from echovlm.measure import PhaseError, find_ed_es

LABEL, R_WAVE, DRAWN_R_WAVE, T_WAVE, LV_AREA = "label", "r-wave", "drawn-r-wave", "t-wave", "lv-area"
# Views in which the whole cavity of the left ventricle is seen, so that its area follows its volume.
_WHOLE_LV: Final = frozenset({View.A4C, View.A2C, View.A3C, View.PSAX_PM, View.PSAX_MV, View.PLAX})
_TRACED_FRAMES: Final = 16  # of a beat: to a sixteenth of it
_LEAST_FRAMES: Final = 5
_LEAST_SWING_FRAC: Final = (
    0.1  # of the area; a smaller one is the reader's own unsteadiness, and names no phase
)
_LEAST_SEEN_FRAC: Final = 0.8  # of the frames must show the ventricle


@dataclass(frozen=True, slots=True)
class Phases:
    """Two frames of one beat.

    Attributes:
        ed_frame_index: End-diastole; ``None`` when unknown.
        es_frame_index: End-systole; ``None`` when unknown.
        source: How the first was found, then how the second was; one word where both were found alike, empty for none.
    """

    ed_frame_index: int | None
    es_frame_index: int | None
    source: str

    def at(self, positions: tuple[int, ...]) -> "Phases":
        """Return the phases as places among some of the frames; a phase whose frame is not there is unknown."""
        ed, es = (
            positions.index(index) if index in positions else None
            for index in (self.ed_frame_index, self.es_frame_index)
        )
        return (
            NO_PHASES
            if ed is None
            else Phases(ed, es, self.source if es is not None else self.source.split(",")[0])
        )

    @property
    def known(self) -> tuple[int, ...]:
        """The frames that are known."""
        return tuple(index for index in (self.ed_frame_index, self.es_frame_index) if index is not None)


NO_PHASES: Final = Phases(None, None, "")


def read_beat(clip: Clip, search: PictureSearch | None = None) -> tuple[Clip, Phases]:
    """Return the clip with the R waves of the ECG that is drawn on it, where the file states none, and its phases.

    End-diastole is the frame nearest the first R wave, end-systole that nearest the end of the drawn T wave.

    Args:
        clip: A cine or a still.
        search: A search for its picture that somebody else asks too.
    """
    if not clip.is_cine or clip.frame_times_ms is None:
        return clip, NO_PHASES
    ecg = read_ecg(clip, search)
    origin = R_WAVE
    if ecg is not None and ecg.r_wave_times_ms and not clip.r_wave_times_ms:
        rate = clip.heart_rate_bpm if clip.heart_rate_bpm is not None else ecg.heart_rate_bpm
        clip, origin = replace(clip, r_wave_times_ms=ecg.r_wave_times_ms, heart_rate_bpm=rate), DRAWN_R_WAVE
    if not clip.r_wave_times_ms:
        return clip, NO_PHASES
    found = phases_of_ecg(clip, ecg)
    if found.ed_frame_index is None:
        return clip, NO_PHASES
    source = origin if found.es_frame_index is None else f"{origin}, {T_WAVE}"
    return clip, Phases(found.ed_frame_index, found.es_frame_index, source)


def find_by_area(cine: Cine, view: View | None, mode: Mode | None, phases: Phases) -> Phases:
    """Return the phases with what is unknown of them taken from the left ventricle's area, as the reader traces it.

    Args:
        cine: The stored frames.
        view: The clip's view.
        mode: Its mode; only plain pictures are traced.
        phases: What is known, by place among the stored frames. A known end-diastole stays.
    """
    is_traced = view in _WHOLE_LV and mode in (Mode.B, None) and len(cine.frames) >= _LEAST_FRAMES
    if phases.es_frame_index is not None or not is_traced:
        return phases
    start = phases.ed_frame_index or 0
    count = min(_TRACED_FRAMES, len(cine.frames) - start)
    places = np.linspace(start, len(cine.frames) - 1, count).round().astype(int).tolist()
    areas = (trace_frames(cine, places) == Structure.LV.value).sum(axis=(1, 2))
    if count < _LEAST_FRAMES or (areas > 0).mean() < _LEAST_SEEN_FRAC:
        return phases
    padded = np.pad(areas, 1, mode="edge")
    smooth = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4  # about end-systole the area hardly changes
    try:
        ed, es = find_ed_es(smooth.tolist())
    except PhaseError:
        return phases
    if smooth[es] > (1 - _LEAST_SWING_FRAC) * smooth[ed] or places[es] == phases.ed_frame_index:
        return phases
    if phases.ed_frame_index is not None:
        return replace(phases, es_frame_index=places[es], source=f"{phases.source}, {LV_AREA}")
    return Phases(places[ed], places[es], LV_AREA)
