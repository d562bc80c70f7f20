"""Telling a true sentence from its opposite."""

from typing import Final

from echovlm.evaluation.task import NegationTask

_SOURCE: Final = (
    "negation of captions (Alhamoud et al. 2025, NegBench, in kind); counterfactuals by guideline rule"
)

TASKS: Final = (
    NegationTask("negation/findings", of_measurements=False, source=_SOURCE),
    NegationTask("negation/measurements", of_measurements=True, source=_SOURCE),
)
