"""Chamber segmentation: six structures, each in the view in which it is measured."""

from typing import Final

from echovlm.clinical.anatomy import Structure
from echovlm.clinical.views import View
from echovlm.evaluation.needs import DataName
from echovlm.evaluation.outlines import SegmentationTask

_SOURCE: Final = "CAMUS protocol (Leclerc et al. 2019): Dice and Hausdorff distance at ED and ES"
_CAMUS: Final = (DataName.ECHOBENCH, DataName.CAMUS)
_SHORT_AXIS: Final = frozenset({View.PSAX_MV, View.PSAX_PM, View.PSAX_AP})


def _task(
    site: str,
    structure: Structure,
    views: frozenset[View],
    data: tuple[DataName, ...],
    *,
    has_volume: bool = False,
) -> SegmentationTask:
    return SegmentationTask(f"segmentation/{site}", structure, views, has_volume, _SOURCE, data)


_A4C, _A2C = frozenset({View.A4C}), frozenset({View.A2C})

TASKS: Final = (
    _task(
        "lv-a4c",
        Structure.LV,
        _A4C,
        (*_CAMUS, DataName.ECHONET_DYNAMIC, DataName.ECHONET_PEDIATRIC, DataName.CARDIAC_UDA),
        has_volume=True,
    ),
    _task("lv-a2c", Structure.LV, _A2C, _CAMUS, has_volume=True),
    _task("lv-myocardium-a4c", Structure.LV_MYOCARDIUM, _A4C, _CAMUS),
    _task("la-a4c", Structure.LA, _A4C, (*_CAMUS, DataName.CARDIAC_UDA), has_volume=True),
    _task("rv-a4c", Structure.RV, _A4C, (DataName.ECHOBENCH, DataName.CARDIAC_UDA)),
    _task("lv-psax", Structure.LV, _SHORT_AXIS, (DataName.ECHOBENCH, DataName.ECHONET_PEDIATRIC)),
)

# Kept from earlier results, beside the 36.
SUPPLEMENTARY: Final = (
    _task("lv", Structure.LV, _A4C | _A2C | _SHORT_AXIS | {View.PLAX}, (DataName.ECHOBENCH,)),
    _task("lv-plax", Structure.LV, frozenset({View.PLAX}), (DataName.ECHOBENCH,)),
)
