"""What one traced clip, or an apical pair, allows to be measured in its view."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, UInt8

from echovlm.clinical.anatomy import Landmark, Structure
from echovlm.clinical.findings import Finding
from echovlm.clinical.measurement import ImplausibleValueError, Measurement, Quantity
from echovlm.clinical.provenance import Provenance, Source
from echovlm.clinical.views import View
from echovlm.clinical.visibility import VISIBLE, visibility
from echovlm.measure.axis import LongAxis
from echovlm.measure.calibration import MeasureError
from echovlm.measure.callipers import distance_cm, effusion_depth_cm, rv_basal_diameter_cm
from echovlm.measure.discs import (
    Points,
    ejection_fraction_pct,
    la_volume_area_length_ml,
    lv_axis,
    simpson_biplane_ml,
    simpson_monoplane_px3,
)
from echovlm.measure.phases import PhaseError, find_ed_es
from echovlm.measure.region import area_cm2, clean_region, structure_mask


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TracedClip:
    """One clip with its outlines and points, by a reader or a model.

    Attributes:
        view: The standard view.
        masks: Labels of ``Structure``, one mask per frame.
        landmarks_xy_px: Points per frame; a landmark may be missing, and a missing point is NaN.
        spacing_mm: Millimetres per pixel; ``None`` when not calibrated.
        locator: How provenance names the clip, such as ``clip 3f2a``.
        ed_frame_index: End-diastolic frame; ``None`` to find it from the left ventricle's area.
        es_frame_index: End-systolic frame; ``None`` to find it likewise.
    """

    view: View
    masks: UInt8[np.ndarray, "frame height width"]
    landmarks_xy_px: Mapping[Landmark, Float[np.ndarray, "frame 2"]]
    spacing_mm: float | None
    locator: str
    ed_frame_index: int | None = None
    es_frame_index: int | None = None

    def __repr__(self) -> str:
        size = "×".join(map(str, self.masks.shape))
        spacing = "not calibrated" if self.spacing_mm is None else f"{self.spacing_mm:.2f} mm/px"
        return f"TracedClip({self.view.abbreviation}, {size}, {spacing}, {self.locator})"

    def mask(self, structure: Structure, frame_index: int) -> Bool[np.ndarray, "height width"]:
        """Return one structure on one frame."""
        return structure_mask(self.masks[frame_index], structure)

    def point(self, landmark: Landmark, frame_index: int) -> Float[np.ndarray, "2"] | None:
        """Return a landmark on one frame, ``None`` when it is missing there."""
        points = self.landmarks_xy_px.get(landmark)
        return None if points is None or not np.isfinite(points[frame_index]).all() else points[frame_index]

    def hinges(self, frame_index: int) -> Points | None:
        """Return the mitral hinge points on one frame, ``None`` when one is missing."""
        septal, lateral = (
            self.point(p, frame_index) for p in (Landmark.MITRAL_SEPTAL, Landmark.MITRAL_LATERAL)
        )
        return None if septal is None or lateral is None else (septal, lateral)

    def phases(self) -> tuple[int, int]:
        """Return the end-diastolic and the end-systolic frame index.

        Raises:
            PhaseError: If they are not given and the left ventricle does not tell.
        """
        if self.ed_frame_index is not None and self.es_frame_index is not None:
            return self.ed_frame_index, self.es_frame_index
        ed, es = find_ed_es((self.masks == Structure.LV.value).sum(axis=(1, 2)).tolist())
        return (
            ed if self.ed_frame_index is None else self.ed_frame_index,
            es if self.es_frame_index is None else self.es_frame_index,
        )


@dataclass(frozen=True, slots=True)
class Measured:
    """What could be measured, and what could not.

    Attributes:
        measurements: In the order of the report.
        remarks: Why something is missing or limited, one sentence each, without repeats.
        ed_frame_index: The end-diastolic frame used; ``None`` for a pair of clips or when not found.
        es_frame_index: The end-systolic frame used; likewise.
    """

    measurements: tuple[Measurement, ...]
    remarks: tuple[str, ...]
    ed_frame_index: int | None = None
    es_frame_index: int | None = None


# Two landmarks and a phase: callipers of ASE 2015 (PLAX §2.1 and §5; RV §4.1 in A4C).
_CALLIPERS: Mapping[View, tuple[tuple[Quantity, Landmark, Landmark, str], ...]] = {
    View.PLAX: (
        (Quantity.IVS_THICKNESS_ED, Landmark.IVS_RV_SIDE, Landmark.IVS_LV_SIDE, "ed"),
        (Quantity.LV_INTERNAL_DIAMETER_ED, Landmark.IVS_LV_SIDE, Landmark.PW_LV_SIDE, "ed"),
        (Quantity.PW_THICKNESS_ED, Landmark.PW_LV_SIDE, Landmark.PW_EPICARDIUM, "ed"),
        (Quantity.LV_INTERNAL_DIAMETER_ES, Landmark.IVS_LV_SIDE, Landmark.PW_LV_SIDE, "es"),
        (Quantity.LA_DIAMETER_AP, Landmark.LA_ANTERIOR, Landmark.LA_POSTERIOR, "es"),
        (Quantity.AORTIC_SINUS_DIAMETER, Landmark.SINUS_ANTERIOR, Landmark.SINUS_POSTERIOR, "ed"),
    ),
    View.A4C: ((Quantity.RV_BASAL_DIAMETER, Landmark.RV_BASE_SEPTAL, Landmark.RV_BASE_LATERAL, "ed"),),
}


def measure_clip(clip: TracedClip) -> Measured:
    """Measure everything that the clip's view shows; what fails becomes a remark, never a number.

    Without calibration only the single-plane ejection fraction of A4C is given: it is a ratio of volumes, the
    pixel cancels.
    """
    try:
        ed, es = clip.phases()
    except PhaseError as error:
        return Measured((), (str(error),))
    attempts: list[Callable[[], tuple[Measurement, tuple[str, ...]]]] = []
    for quantity, first, second, phase in _CALLIPERS.get(clip.view, ()):
        frame = ed if phase == "ed" else es
        attempts.append(lambda q=quantity, a=first, b=second, f=frame: _callipers(clip, q, a, b, f))  # type: ignore[misc]
    if clip.view is View.A4C:
        attempts.append(lambda: _ejection_fraction(clip, ed, es))
        attempts.append(lambda: _ra_area(clip, es))
    if visibility(clip.view, Finding.PERICARDIAL_EFFUSION) >= VISIBLE:
        attempts.append(lambda: _effusion(clip, ed))
    return _collect(attempts, ed=ed, es=es)


def measure_biplane(a4c: TracedClip, a2c: TracedClip) -> Measured:
    """Measure LV volumes, EF (biplane Simpson) and LA volume (area-length) on two apical clips of a study."""
    try:
        (ed_4, es_4), (ed_2, es_2) = a4c.phases(), a2c.phases()
    except PhaseError as error:
        return Measured((), (str(error),))
    attempts = [
        lambda: _biplane_volume(a4c, a2c, (ed_4, ed_2), Quantity.LV_EDV_BIPLANE),
        lambda: _biplane_volume(a4c, a2c, (es_4, es_2), Quantity.LV_ESV_BIPLANE),
        lambda: _la_volume(a4c, a2c, (es_4, es_2)),
    ]
    measured = _collect(attempts, ed=None, es=None)
    volume = {m.quantity: m.value for m in measured.measurements}
    if not {Quantity.LV_EDV_BIPLANE, Quantity.LV_ESV_BIPLANE} <= volume.keys():
        return measured
    ef_pct = ejection_fraction_pct(volume[Quantity.LV_EDV_BIPLANE], volume[Quantity.LV_ESV_BIPLANE])
    where = f"{a4c.locator} frames {ed_4} and {es_4}, {a2c.locator} frames {ed_2} and {es_2}"
    with_ef = _collect(
        [lambda: (_measured(Quantity.LVEF_BIPLANE, ef_pct, Source.MASK, where), ())], ed=None, es=None
    )
    return Measured(measured.measurements + with_ef.measurements, measured.remarks + with_ef.remarks)


def _collect(
    attempts: list[Callable[[], tuple[Measurement, tuple[str, ...]]]], *, ed: int | None, es: int | None
) -> Measured:
    measurements: list[Measurement] = []
    remarks: dict[str, None] = {}
    for attempt in attempts:
        try:
            measurement, limits = attempt()
            measurements.append(measurement.checked())
            remarks |= dict.fromkeys(limits)
        except (MeasureError, ImplausibleValueError) as error:
            remarks[str(error)] = None
    return Measured(tuple(measurements), tuple(remarks), ed, es)


def _measured(quantity: Quantity, value: float, source: Source, locator: str) -> Measurement:
    return Measurement(quantity, value, quantity.unit, Provenance(source, locator))


def _callipers(
    clip: TracedClip, quantity: Quantity, first: Landmark, second: Landmark, frame_index: int
) -> tuple[Measurement, tuple[str, ...]]:
    ends = clip.point(first, frame_index), clip.point(second, frame_index)
    where = f"{clip.locator} frame {frame_index}"
    if ends[0] is None or ends[1] is None:
        if quantity is Quantity.RV_BASAL_DIAMETER:
            return _rv_base(clip, frame_index)
        missing = ", ".join(p.value for p, end in zip((first, second), ends, strict=True) if end is None)
        raise MeasureError(f"{quantity.label} needs the landmark {missing}, which {where} lacks")
    value = distance_cm(ends[0], ends[1], spacing_mm=clip.spacing_mm)
    return _measured(quantity, value, Source.LANDMARK, f"{where}, {first.value} to {second.value}"), ()


def _rv_base(clip: TracedClip, frame_index: int) -> tuple[Measurement, tuple[str, ...]]:
    """Measure the RV base on its mask, along the LV's axis: the two ventricles point the same way in A4C."""
    axis = _lv_axis(clip, frame_index)
    region = clean_region(clip.mask(Structure.RV, frame_index))
    value = rv_basal_diameter_cm(region.mask, spacing_mm=clip.spacing_mm, axis=axis)
    locator = f"{clip.locator} frame {frame_index}, rv"
    return _measured(Quantity.RV_BASAL_DIAMETER, value, Source.MASK, locator), region.remarks


def _lv_axis(clip: TracedClip, frame_index: int) -> LongAxis:
    return lv_axis(
        clip.mask(Structure.LV, frame_index),
        clip.point(Landmark.LV_APEX, frame_index),
        clip.hinges(frame_index),
    )


def _ejection_fraction(clip: TracedClip, ed: int, es: int) -> tuple[Measurement, tuple[str, ...]]:
    volumes, remarks = [], []
    for frame in (ed, es):
        region = clean_region(clip.mask(Structure.LV, frame))
        points = clip.point(Landmark.LV_APEX, frame), clip.hinges(frame)
        volumes.append(simpson_monoplane_px3(region.mask, apex_xy_px=points[0], hinges_xy_px=points[1]))
        remarks += [f"LV, {clip.locator} frame {frame}: {remark}" for remark in region.remarks]
    ef_pct = ejection_fraction_pct(volumes[0], volumes[1])
    locator = f"{clip.locator} frames {ed} and {es}, lv"
    return _measured(Quantity.LVEF_A4C, ef_pct, Source.MASK, locator), tuple(remarks)


def _ra_area(clip: TracedClip, es: int) -> tuple[Measurement, tuple[str, ...]]:
    """Measure the right atrium at end-systole, when it is largest (ASE 2015 §6)."""
    region = clean_region(clip.mask(Structure.RA, es))
    value = area_cm2(region.mask, spacing_mm=clip.spacing_mm)
    remarks = tuple(f"RA, {clip.locator} frame {es}: {remark}" for remark in region.remarks)
    return _measured(Quantity.RA_AREA, value, Source.MASK, f"{clip.locator} frame {es}, ra"), remarks


def _effusion(clip: TracedClip, ed: int) -> tuple[Measurement, tuple[str, ...]]:
    clean_region(clip.mask(Structure.LV, ed))  # no heart found: then no fluid found says nothing
    value = effusion_depth_cm(clip.mask(Structure.EFFUSION, ed), spacing_mm=clip.spacing_mm)
    locator = f"{clip.locator} frame {ed}, effusion"
    return _measured(Quantity.PERICARDIAL_EFFUSION_DEPTH, value, Source.MASK, locator), ()


def _biplane_volume(
    a4c: TracedClip, a2c: TracedClip, frames: tuple[int, int], quantity: Quantity
) -> tuple[Measurement, tuple[str, ...]]:
    regions = [clean_region(clip.mask(Structure.LV, f)) for clip, f in zip((a4c, a2c), frames, strict=True)]
    value = simpson_biplane_ml(
        regions[0].mask,
        regions[1].mask,
        a4c_spacing_mm=a4c.spacing_mm,
        a2c_spacing_mm=a2c.spacing_mm,
        a4c_axis=_lv_axis(a4c, frames[0]),
        a2c_axis=_lv_axis(a2c, frames[1]),
    )
    where = f"{a4c.locator} frame {frames[0]}, {a2c.locator} frame {frames[1]}, lv"
    return _measured(quantity, value, Source.MASK, where), tuple(
        r for region in regions for r in region.remarks
    )


def _la_volume(
    a4c: TracedClip, a2c: TracedClip, frames: tuple[int, int]
) -> tuple[Measurement, tuple[str, ...]]:
    """Measure the left atrium at end-systole; its axis stands on the mitral annulus where that is known."""
    regions, axes = [], []
    for clip, frame in zip((a4c, a2c), frames, strict=True):
        region, hinges = clean_region(clip.mask(Structure.LA, frame)), clip.hinges(frame)
        regions.append(region)
        axes.append(None if hinges is None else LongAxis.of_hinges(hinges, towards=region.mask))
    value = la_volume_area_length_ml(
        regions[0].mask,
        regions[1].mask,
        a4c_spacing_mm=a4c.spacing_mm,
        a2c_spacing_mm=a2c.spacing_mm,
        a4c_axis=axes[0],
        a2c_axis=axes[1],
    )
    where = f"{a4c.locator} frame {frames[0]}, {a2c.locator} frame {frames[1]}, la"
    return _measured(Quantity.LA_VOLUME, value, Source.MASK, where), tuple(
        r for region in regions for r in region.remarks
    )
