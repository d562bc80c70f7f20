"""Segmentation of the left ventricular cavity, over all views and in each."""

from typing import Final

from echovlm.clinical.anatomy import Structure
from echovlm.clinical.views import View
from echovlm.evaluation.task import SegmentationTask

_SOURCE: Final = "CAMUS protocol (Leclerc et al. 2019): Dice at ED and ES"
_SITES: Final = (
    ("lv", frozenset({View.A4C, View.A2C, View.PLAX, View.PSAX_MV, View.PSAX_PM})),
    ("lv-a4c", frozenset({View.A4C})),
    ("lv-a2c", frozenset({View.A2C})),
    ("lv-plax", frozenset({View.PLAX})),
    ("lv-psax", frozenset({View.PSAX_MV, View.PSAX_PM})),
)

TASKS: Final = tuple(
    SegmentationTask(f"segmentation/{site}", Structure.LV, views, _SOURCE) for site, views in _SITES
)
