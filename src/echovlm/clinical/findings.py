"""Findings in three states, each with the rule and the values that decided it."""

from dataclasses import dataclass
from enum import Enum

from echovlm.clinical.measurement import Measurement


class FindingState(Enum):
    """Absence of evidence has its own name: a missing value is never a normal value."""

    PRESENT = "present"
    ABSENT = "absent"
    NOT_ASSESSED = "not_assessed"


class Grade(Enum):
    """How far beyond normal; ``DILATED`` and its kind stand where the guideline has no partition."""

    NORMAL = "normal"
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"
    SMALL = "small"
    LARGE = "large"
    ABNORMAL = "abnormal"  # beyond the limit, and the guideline gives no partition


class Finding(Enum):
    """A finding that a guideline rule can decide: key and name in words."""

    LV_DILATED = ("lv_dilated", "left ventricular dilation")
    LV_SYSTOLIC_DYSFUNCTION = ("lv_systolic_dysfunction", "left ventricular systolic dysfunction")
    LV_WALL_THICKENED = ("lv_wall_thickened", "increased left ventricular wall thickness")
    LV_HYPERTROPHY = ("lv_hypertrophy", "left ventricular hypertrophy")
    LA_DILATED = ("la_dilated", "left atrial dilation")
    RA_DILATED = ("ra_dilated", "right atrial dilation")
    RV_DILATED = ("rv_dilated", "right ventricular dilation")
    AO_SINUS_DILATED = ("ao_sinus_dilated", "aortic root dilation")
    PERICARDIAL_EFFUSION = ("pericardial_effusion", "pericardial effusion")

    def __init__(self, key: str, words: str) -> None:
        self.key, self.words = key, words


@dataclass(frozen=True, slots=True)
class FindingResult:
    """What one rule, or the absence of its inputs, says of one finding.

    Attributes:
        finding: What is judged.
        state: Present, absent or not assessed.
        grade: Severity when assessed, else ``None``.
        rule_id: The deciding rule; ``None`` when no rule had its inputs.
        evidence: The measurements that the rule used, in canonical units.
        reason: One sentence a reader can check: value against threshold, or what was missing.
    """

    finding: Finding
    state: FindingState
    grade: Grade | None
    rule_id: str | None
    evidence: tuple[Measurement, ...]
    reason: str
