"""Zero-shot disease classification: the eighteen diseases of the benchmark, which a guideline rule decides."""

from typing import Final

from echovlm.clinical.diseases import DISEASES, Disease
from echovlm.clinical.findings import Finding
from echovlm.clinical.guidelines import algorithms_for, rules_for
from echovlm.evaluation.needs import DataName
from echovlm.evaluation.zero_shot import ZeroShotTask

_FUNCTION: Final = (DataName.CAMUS, DataName.ECHONET_DYNAMIC, DataName.ECHONET_PEDIATRIC)
_REAL: Final = {
    Finding.LV_SYSTOLIC_DYSFUNCTION: _FUNCTION,
    Finding.SEVERE_LV_DYSFUNCTION: _FUNCTION,
    Finding.LV_DILATED: (DataName.ECHONET_LVH,),
    Finding.LV_HYPERTROPHY: (DataName.ECHONET_LVH,),
    Finding.LV_WALL_THICKENED: (DataName.ECHONET_LVH,),
    Finding.AORTIC_STENOSIS: (DataName.TMED_2,),
}


def _task(disease: Disease) -> ZeroShotTask:
    rules, algorithms = rules_for(disease.finding), algorithms_for(disease.finding)
    reads = (*(rule.quantity for rule in rules), *(q for one in algorithms for q in one.quantities))
    ids = (*(rule.id for rule in rules), *(one.id for one in algorithms))
    return ZeroShotTask(
        disease=disease,
        reads=tuple(dict.fromkeys(reads)),
        source=f"labels by rule {', '.join(ids)}; our choice of task",
        data=(DataName.ECHOBENCH, DataName.MIMIC, *_REAL.get(disease.finding, ())),
    )


TASKS: Final = tuple(_task(disease) for disease in DISEASES)

# Kept from earlier results, beside the 36.
_THICK_WALLS: Final = Disease(
    "lv-wall-thickened", "increased left ventricular wall thickness", Finding.LV_WALL_THICKENED
)
SUPPLEMENTARY: Final = (_task(_THICK_WALLS),)
