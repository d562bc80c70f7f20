"""A clip in plain values, for a table or for JSON."""

import numpy as np

from echovlm.imaging.beats import find_electrical_phases
from echovlm.imaging.clip import Clip
from echovlm.imaging.ecg import read_ecg
from echovlm.imaging.regions import UltrasoundRegion
from echovlm.imaging.sector import find_sector

Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]


def describe(clip: Clip, *, is_deep: bool = False) -> dict[str, Plain]:
    """Return what is known of a clip as values that JSON can hold; who the patient is, is left out.

    Args:
        clip: A clip.
        is_deep: Also look for the sector, the drawn ECG and the beat, which costs as much as reading the clip.
    """
    told = _describe_header(clip)
    return told | _describe_pixels(clip) if is_deep else told


def _describe_pixels(clip: Clip) -> dict[str, Plain]:
    """Return what the pixels tell: where the ultrasound lies, and the beat by the ECG drawn below it."""
    sector, ecg = find_sector(clip.frames), read_ecg(clip)
    phases = find_electrical_phases(clip, ecg)
    drawn: dict[str, Plain] | None = None
    if ecg is not None:
        drawn = {
            "box_xyxy_px": list(ecg.box_xyxy_px),
            "r_columns_px": list(ecg.r_columns_px),
            "r_wave_times_ms": list(ecg.r_wave_times_ms),
            "heart_rate_bpm": ecg.heart_rate_bpm,
            "source": ecg.source,
        }
    return {
        "sector_xyxy_px": None if sector is None else list(sector.box_xyxy_px),
        "sector_share": None if sector is None else round(float(sector.mask.mean()), 4),
        "drawn_ecg": drawn,
        "ed_frame_index": phases.ed_frame_index,
        "es_frame_index": phases.es_frame_index,
        "phases": phases.source,
    }


def _describe_header(clip: Clip) -> dict[str, Plain]:
    frames, height, width, _ = clip.frames.shape
    rate = clip.frames_per_second
    calibration: dict[str, Plain] | None = None
    if clip.calibration is not None:
        calibration = {
            "spacing_yx_mm": [round(value, 6) for value in clip.calibration.spacing_yx_mm],
            "region_xyxy_px": list(clip.calibration.region_xyxy_px),
        }
    return {
        "path": str(clip.path),
        "kind": "cine" if clip.is_cine else "still",
        "frames": frames,
        "height_px": height,
        "width_px": width,
        "frame_step_range_ms": _step_range_ms(clip),
        "frames_per_second": None if rate is None else round(rate, 3),
        "duration_ms": None if rate is None else round(1000.0 * frames / rate, 1),
        "view": clip.view.value if clip.view else None,
        "mode": clip.mode.value if clip.mode else None,
        "layout": clip.content.layout.value if clip.content and clip.content.layout else None,
        "is_cardiac": clip.content.is_cardiac if clip.content else None,
        "is_stress": clip.content.is_stress if clip.content else None,
        "calibration": calibration,
        "regions": [_describe_region(region) for region in clip.regions],
        "heart_rate_bpm": clip.heart_rate_bpm,
        "r_wave_times_ms": list(clip.r_wave_times_ms),
        "height_cm": clip.height_cm,
        "weight_kg": clip.weight_kg,
        "remarks": [*clip.remarks, *(clip.content.reasons if clip.content else ())],
    }


def _step_range_ms(clip: Clip) -> list[Plain] | None:
    """Return the shortest and the longest time from frame to frame: they differ in an uneven cine."""
    if clip.frame_times_ms is None or not clip.is_cine:
        return None
    steps = np.diff(clip.frame_times_ms)
    return [round(float(steps.min()), 3), round(float(steps.max()), 3)]


def _describe_region(region: UltrasoundRegion) -> dict[str, Plain]:
    scale = region.scale
    return {
        "shows": region.label,
        "corners_xyxy_px": None if region.corners_xyxy_px is None else list(region.corners_xyxy_px),
        "step_per_px": None if scale is None else [round(step, 9) for step in scale.delta_xy],
        "units": None if scale is None else [unit.symbol for unit in scale.unit_xy],
        "has_origin": scale is not None and scale.has_origin,
    }
