"""Telling a true sentence from its opposite: a control beside the 36 tasks."""

from typing import Final

from echovlm.evaluation.needs import DataName
from echovlm.evaluation.negation import NegationTask

_SOURCE: Final = (
    "negation of captions (Alhamoud et al. 2025, NegBench, in kind); counterfactuals by guideline rule"
)
_DATA: Final = (DataName.ECHOBENCH, DataName.MIMIC)

SUPPLEMENTARY: Final = (
    NegationTask("negation/findings", of_measurements=False, source=_SOURCE, data=_DATA),
    NegationTask("negation/measurements", of_measurements=True, source=_SOURCE, data=_DATA),
)
