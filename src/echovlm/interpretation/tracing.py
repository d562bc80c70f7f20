"""Structures and landmarks of a clip, frame by frame, and which frames are end-diastole and end-systole."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, UInt8

from echovlm.clinical import Landmark, Structure, View
from echovlm.imaging import Cine
from echovlm.measure import PhaseError, find_ed_es
from echovlm.measure.annulus import close_at_annulus
from echovlm.models import DenseModel, DensePrediction, Grid, LoadedModel, ReaderModel, ReaderPrediction

# A point whose heatmap spreads over more than this share of the image's side is nowhere in particular.
_WIDEST_SPREAD_SHARE: Final = 0.15
# A cavity is cut only at hinge points known to about half a centimetre, of the ten or more that the side spans.
_HINGE_SPREAD_SHARE: Final = 0.05
_CLOSED_AT_ANNULUS: Final = (
    View.A4C,
    View.A2C,
)  # in A5C and A3C the outflow tract lies beside the mitral ring


@dataclass(frozen=True, slots=True, eq=False)
class Tracing:
    """What the dense model drew on the first frames of a clip, in pixels of its own image.

    Attributes:
        masks: Labels of ``Structure``.
        landmarks_xy_px: Points per frame; NaN where the model does not know.
        grid: Where the model's image lies in the cine.
    """

    masks: UInt8[np.ndarray, "frame height width"]
    landmarks_xy_px: dict[Landmark, Float[np.ndarray, "frame 2"]]
    grid: Grid


@dataclass(frozen=True, slots=True)
class Phases:
    """End-diastole and end-systole.

    Attributes:
        ed_frame_index: ``None`` when not found; so is the other.
        es_frame_index: End-systole.
        source: How they were chosen, or why not.
    """

    ed_frame_index: int | None
    es_frame_index: int | None
    source: str


def trace_cine(
    tracer: LoadedModel[DenseModel] | LoadedModel[ReaderModel],
    cine: Cine,
    *,
    n_frames: int,
    view: View | None,
) -> Tracing:
    """Trace the first ``n_frames`` frames of a cine that shows ``view``; ``None`` when that is unknown."""
    frames = cine.frames[:n_frames]
    answer = tracer.model.predict(tracer.preprocessing(frames, cine.spacing_mm))
    predicted = answer.dense if isinstance(answer, ReaderPrediction) else answer
    vague = predicted.spread_px > _WIDEST_SPREAD_SHARE * tracer.preprocessing.image_size_px
    points = np.where(vague[..., None], np.nan, predicted.points_xy_px).astype(np.float64)
    return Tracing(
        # A dense model is asked about the clips that it was made for and closes its ventricles itself.
        masks=closed_masks(predicted, view) if isinstance(answer, ReaderPrediction) else predicted.masks,
        landmarks_xy_px={landmark: points[:, k] for k, landmark in enumerate(Landmark)},
        grid=tracer.preprocessing.grid(frames.shape[1], frames.shape[2], cine.spacing_mm),
    )


def closed_masks(predicted: DensePrediction, view: View | None) -> UInt8[np.ndarray, "frame height width"]:
    """Return the masks, the left ventricle closed at the mitral ring in the views that show it whole."""
    if view not in _CLOSED_AT_ANNULUS:
        return predicted.masks
    places = [
        list(Landmark).index(p) for p in (Landmark.MITRAL_SEPTAL, Landmark.MITRAL_LATERAL, Landmark.LV_APEX)
    ]
    vague = predicted.spread_px[:, places] > _HINGE_SPREAD_SHARE * predicted.masks.shape[-1]
    points = np.where(vague[..., None], np.nan, predicted.points_xy_px[:, places]).astype(np.float64)
    return close_at_annulus(predicted.masks, points[:, :2], points[:, 2])


def find_phases(
    masks: UInt8[np.ndarray, "frame height width"],
    *,
    frame_times_ms: Sequence[float] | None,
    r_wave_times_ms: Sequence[float],
) -> Phases:
    """Return end-diastole at the first R wave when the file gives it, else at the largest left ventricle.

    End-systole is the smallest left ventricle of that beat.

    Args:
        masks: Structures of consecutive frames.
        frame_times_ms: Onset of each frame.
        r_wave_times_ms: Times of the R waves on the same clock.
    """
    areas = (masks == Structure.LV.value).sum(axis=(1, 2)).tolist()
    beat = _frames_of_beat(frame_times_ms, r_wave_times_ms, len(masks))
    try:
        if beat is not None and areas[beat.start] > 0:
            # The R wave names end-diastole; the areas of its beat name end-systole.
            _, es = find_ed_es(areas[beat.start : beat.stop])
            if es > 0:
                return Phases(
                    beat.start, beat.start + es, "ED at the R wave, ES at the smallest LV area after it"
                )
        ed, es = find_ed_es(areas)
    except PhaseError:
        seen = sum(area > 0 for area in areas)
        return Phases(None, None, f"Not found: the LV was traced on {seen} of {len(areas)} frames.")
    return Phases(ed, es, "ED at the largest, ES at the smallest LV area")


def _frames_of_beat(
    frame_times_ms: Sequence[float] | None, r_wave_times_ms: Sequence[float], n_frames: int
) -> range | None:
    """Return the frames from the first R wave up to the next, if the clip shows at least three of them."""
    if frame_times_ms is None or not r_wave_times_ms:
        return None
    times_ms = np.asarray(frame_times_ms, dtype=np.float64)[:n_frames]
    waves = sorted(
        {int(np.abs(times_ms - wave).argmin()) for wave in r_wave_times_ms if wave <= times_ms[-1]}
    )
    if not waves:
        return None
    beat = range(waves[0], waves[1] if len(waves) > 1 else n_frames)
    return beat if len(beat) >= 3 else None
