"""Landmarks whose distance is a measurement."""

from typing import Final

from echovlm.clinical.anatomy import Landmark
from echovlm.clinical.measurement import Quantity
from echovlm.clinical.views import View
from echovlm.evaluation.task import LandmarkTask

LVIDD: Final = LandmarkTask(
    name="landmarks/lvidd",
    quantity=Quantity.LV_INTERNAL_DIAMETER_ED,
    first=Landmark.IVS_LV_SIDE,
    second=Landmark.PW_LV_SIDE,
    views=frozenset({View.PLAX}),
    source="ASE 2015 §2.1 (Lang et al.): LV internal diameter at end-diastole",
)

TASKS: Final = (LVIDD,)
