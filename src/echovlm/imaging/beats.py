"""End-diastole and end-systole by the electrical beat: R waves that the file states, or those of a drawn ECG."""

from dataclasses import dataclass

import numpy as np

from echovlm.imaging.clip import Clip
from echovlm.imaging.ecg import Ecg, read_ecg
from echovlm.imaging.over_frames import find_median


@dataclass(frozen=True, slots=True)
class ElectricalPhases:
    """Two frames of one beat.

    Attributes:
        ed_frame_index: The frame nearest the first R wave; ``None`` when no R wave lies in the cine.
        es_frame_index: The frame nearest the end of the T wave after it, when the ECG shows one; the area of the left
            ventricle tells it better where that is known.
        source: What they rest on, or why there are none.
    """

    ed_frame_index: int | None
    es_frame_index: int | None
    source: str


def find_electrical_phases(clip: Clip, ecg: Ecg | None = None) -> ElectricalPhases:
    """Find end-diastole and end-systole without looking at the heart.

    Args:
        clip: A cine.
        ecg: What `read_ecg` found on it, when that is known already.
    """
    return phases_of_ecg(clip, ecg or (read_ecg(clip) if clip.is_cine else None))


def phases_of_ecg(clip: Clip, ecg: Ecg | None) -> ElectricalPhases:
    """Return the phases by the R waves that the file states and an ECG that was looked for already."""
    if not clip.is_cine or clip.frame_times_ms is None:
        return ElectricalPhases(None, None, "not found: a still, or a cine of unknown frame times")
    times_ms = clip.frame_times_ms
    half_ms = find_median(np.diff(times_ms)) / 2
    stated = [wave for wave in clip.r_wave_times_ms if -half_ms <= wave <= times_ms[-1] + half_ms]
    waves = stated or list(ecg.r_wave_times_ms if ecg else ())
    if not waves:
        return ElectricalPhases(None, None, "not found: no R wave is stated or drawn; the LV area may tell")
    said = "the R wave that the file states" if stated else "the R wave of the drawn ECG"
    ed = _nearest(times_ms, waves[0])
    until_ms = waves[1] if len(waves) > 1 else np.inf
    ends = [end for end in (ecg.t_end_times_ms if ecg else ()) if waves[0] < end < until_ms]
    if not ends:
        return ElectricalPhases(ed, None, f"ED at {said}; no T wave tells ES")
    return ElectricalPhases(
        ed, _nearest(times_ms, ends[0]), f"ED at {said}, ES at the end of its drawn T wave"
    )


def _nearest(times_ms: np.ndarray, time_ms: float) -> int:
    return int(np.abs(times_ms - time_ms).argmin())
