"""Masks and landmarks with a calibration, turned into measurements.

Functions whose name ends in a unit return a bare number; ``measure_clip`` and ``measure_biplane`` return
measurements with their origin. Lengths, areas and volumes need millimetres per pixel and raise
``NotCalibratedError`` without; a single-plane ejection fraction does not, because the pixel cancels in the
ratio of two volumes of one clip.
"""

from echovlm.measure.axis import LongAxis
from echovlm.measure.calibration import MeasureError, NotCalibratedError
from echovlm.measure.callipers import distance_cm, effusion_depth_cm, rv_basal_diameter_cm
from echovlm.measure.clip import Measured, TracedClip, measure_biplane, measure_clip
from echovlm.measure.discs import (
    ejection_fraction_pct,
    la_volume_area_length_ml,
    la_volume_monoplane_px3,
    lv_axis,
    simpson_biplane_ml,
    simpson_monoplane_ml,
    simpson_monoplane_px3,
)
from echovlm.measure.doppler import SpectrumAxes, measure_peak_cm_per_s, trace_envelope_cm_per_s
from echovlm.measure.phases import PhaseError, find_ed_es
from echovlm.measure.region import (
    EmptyMaskError,
    Region,
    area_cm2,
    clean_region,
    structure_mask,
    touches_edge,
)
from echovlm.measure.uncertainty import (
    OutlineSpread,
    Uncertain,
    area_length_with_spread_ml,
    distance_with_spread_cm,
    ejection_fraction_with_spread_pct,
    simpson_biplane_with_spread_ml,
    simpson_monoplane_with_spread_px3,
)

__all__ = [
    "EmptyMaskError",
    "LongAxis",
    "MeasureError",
    "Measured",
    "NotCalibratedError",
    "OutlineSpread",
    "PhaseError",
    "Region",
    "SpectrumAxes",
    "TracedClip",
    "Uncertain",
    "area_cm2",
    "area_length_with_spread_ml",
    "clean_region",
    "distance_cm",
    "distance_with_spread_cm",
    "effusion_depth_cm",
    "ejection_fraction_pct",
    "ejection_fraction_with_spread_pct",
    "find_ed_es",
    "la_volume_area_length_ml",
    "la_volume_monoplane_px3",
    "lv_axis",
    "measure_biplane",
    "measure_clip",
    "measure_peak_cm_per_s",
    "rv_basal_diameter_cm",
    "simpson_biplane_ml",
    "simpson_biplane_with_spread_ml",
    "simpson_monoplane_ml",
    "simpson_monoplane_px3",
    "simpson_monoplane_with_spread_px3",
    "structure_mask",
    "touches_edge",
    "trace_envelope_cm_per_s",
]
