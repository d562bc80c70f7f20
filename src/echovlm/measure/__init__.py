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
from echovlm.measure.phases import PhaseError, find_ed_es
from echovlm.measure.region import (
    EmptyMaskError,
    Region,
    area_cm2,
    clean_region,
    structure_mask,
    touches_edge,
)

__all__ = [
    "EmptyMaskError",
    "LongAxis",
    "MeasureError",
    "Measured",
    "NotCalibratedError",
    "PhaseError",
    "Region",
    "TracedClip",
    "area_cm2",
    "clean_region",
    "distance_cm",
    "effusion_depth_cm",
    "ejection_fraction_pct",
    "find_ed_es",
    "la_volume_area_length_ml",
    "la_volume_monoplane_px3",
    "lv_axis",
    "measure_biplane",
    "measure_clip",
    "rv_basal_diameter_cm",
    "simpson_biplane_ml",
    "simpson_monoplane_ml",
    "simpson_monoplane_px3",
    "structure_mask",
    "touches_edge",
]
