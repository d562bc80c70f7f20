"""The eighteen diseases of the benchmark, and every degree of a finding that counts as one.

A leak or a narrowing is a disease from moderate on: a trace of regurgitation is physiological, and a mild one is
found in every second adult. The set is a choice of this project (the paper names the family of tasks only).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from echovlm.clinical.findings import Finding, FindingResult, FindingState, Grade

# How bad a degree is; small and large are sizes of an effusion. Grades that no word names have no rank.
GRADE_RANK: Final = {
    Grade.NORMAL: 0, Grade.SMALL: 1, Grade.MILD: 1, Grade.MODERATE: 2, Grade.LARGE: 3, Grade.SEVERE: 3,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Disease:
    """A finding, from a degree on.

    Attributes:
        key: Name in files and tasks, lower case with dashes.
        words: Name in words.
        finding: The finding that a guideline rule or a reader's category decides.
        at_least: The mildest degree that counts; ``None`` when every degree does.
    """

    key: str
    words: str
    finding: Finding
    at_least: Grade | None = None

    def state(self, state: FindingState, grade: Grade | None) -> FindingState:
        """Return whether the disease is there, by the state and the grade of its finding.

        A finding below the degree that counts is the absence of the disease. One whose degree is not known, such as
        "present, cannot be qualified", is indeterminate.
        """
        if self.at_least is None or state is not FindingState.PRESENT:
            return state
        rank = None if grade is None else GRADE_RANK.get(grade)
        if rank is None:
            return FindingState.INDETERMINATE
        return FindingState.PRESENT if rank >= GRADE_RANK[self.at_least] else FindingState.ABSENT

    def state_in(self, results: Iterable[FindingResult]) -> FindingState:
        """Return whether the disease is there in a study; not assessed when its finding was not judged."""
        result = next((each for each in results if each.finding is self.finding), None)
        return FindingState.NOT_ASSESSED if result is None else self.state(result.state, result.grade)


DISEASES: Final[tuple[Disease, ...]] = (
    Disease("reduced-lvef", "reduced left ventricular ejection fraction", Finding.LV_SYSTOLIC_DYSFUNCTION),
    Disease(
        "severely-reduced-lvef",
        "severely reduced left ventricular ejection fraction",
        Finding.SEVERE_LV_DYSFUNCTION,
    ),
    Disease("lv-dilation", "left ventricular dilation", Finding.LV_DILATED),
    Disease("lv-hypertrophy", "left ventricular hypertrophy", Finding.LV_HYPERTROPHY),
    Disease("wall-motion-abnormality", "regional wall motion abnormality", Finding.REGIONAL_WMA),
    Disease("diastolic-dysfunction", "left ventricular diastolic dysfunction", Finding.DIASTOLIC_DYSFUNCTION),
    Disease("la-dilation", "left atrial dilation", Finding.LA_DILATED),
    Disease("ra-dilation", "right atrial dilation", Finding.RA_DILATED),
    Disease("rv-dilation", "right ventricular dilation", Finding.RV_DILATED),
    Disease(
        "rv-systolic-dysfunction", "right ventricular systolic dysfunction", Finding.RV_SYSTOLIC_DYSFUNCTION
    ),
    Disease("aortic-stenosis", "moderate or severe aortic stenosis", Finding.AORTIC_STENOSIS, Grade.MODERATE),
    Disease(
        "aortic-regurgitation",
        "moderate or severe aortic regurgitation",
        Finding.AORTIC_REGURGITATION,
        Grade.MODERATE,
    ),
    Disease("mitral-stenosis", "moderate or severe mitral stenosis", Finding.MITRAL_STENOSIS, Grade.MODERATE),
    Disease(
        "mitral-regurgitation",
        "moderate or severe mitral regurgitation",
        Finding.MITRAL_REGURGITATION,
        Grade.MODERATE,
    ),
    Disease(
        "tricuspid-regurgitation",
        "moderate or severe tricuspid regurgitation",
        Finding.TRICUSPID_REGURGITATION,
        Grade.MODERATE,
    ),
    Disease("pulmonary-hypertension", "pulmonary hypertension", Finding.PULMONARY_HYPERTENSION),
    # One limit for both sexes, of root and ascending aorta together: an image does not tell the patient's sex.
    Disease(
        "aortic-dilation", "dilation of the aortic root or ascending aorta", Finding.THORACIC_AORTIC_ANEURYSM
    ),
    Disease("pericardial-effusion", "pericardial effusion", Finding.PERICARDIAL_EFFUSION),
)

DISEASE_FINDINGS: Final = tuple(disease.finding for disease in DISEASES)

_BY_FINDING: Final = {disease.finding: disease for disease in DISEASES}


def find_disease(finding: Finding) -> Disease | None:
    """Return the disease that a finding decides, or ``None``."""
    return _BY_FINDING.get(finding)
