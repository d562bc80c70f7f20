"""Values that a model's outlines give: a check beside the 36 tasks."""

from typing import Final

from echovlm.evaluation.ejection import EjectionTask
from echovlm.evaluation.needs import DataName

SUPPLEMENTARY: Final = (
    EjectionTask(
        "measurement/lvef-biplane",
        "ASE 2015 §2.1 (Lang et al.): biplane disc summation on predicted outlines",
        (DataName.ECHOBENCH, DataName.CAMUS),
    ),
)
