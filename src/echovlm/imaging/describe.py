"""A clip in plain values, for a table or for JSON."""

from echovlm.imaging.clip import Clip
from echovlm.imaging.regions import UltrasoundRegion

Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]


def describe(clip: Clip) -> dict[str, Plain]:
    """Return what is known of a clip as values that JSON can hold; who the patient is, is left out."""
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


def _describe_region(region: UltrasoundRegion) -> dict[str, Plain]:
    scale = region.scale
    return {
        "shows": region.label,
        "corners_xyxy_px": None if region.corners_xyxy_px is None else list(region.corners_xyxy_px),
        "step_per_px": None if scale is None else [round(step, 9) for step in scale.delta_xy],
        "units": None if scale is None else [unit.symbol for unit in scale.unit_xy],
        "has_origin": scale is not None and scale.has_origin,
    }
