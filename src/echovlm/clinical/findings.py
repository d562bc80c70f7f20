"""Findings and their states, each with the rule and the values that decided it."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from echovlm.clinical.measurement import Measurement, Quantity


class FindingState(Enum):
    """Absence of evidence has its own name: a missing value is never a normal value.

    Only present and absent are answers. The other states say why there is none, and train no label.
    """

    PRESENT = "present"
    ABSENT = "absent"
    NOT_ASSESSED = "not_assessed"  # inputs are missing
    INDETERMINATE = "indeterminate"  # the inputs are there, and the rule cannot decide
    DISCORDANT = "discordant"  # the inputs contradict each other
    NOT_APPLICABLE = "not_applicable"  # the rule is not made for this patient, such as a prosthetic valve

    @property
    def is_decided(self) -> bool:
        """Whether this is an answer, present or absent."""
        return self in (FindingState.PRESENT, FindingState.ABSENT)


class Grade(Enum):
    """How far beyond normal; very severe, massive and torrential count as severe, and keep their word."""

    NORMAL = "normal"
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"
    SMALL = "small"
    LARGE = "large"
    ABNORMAL = "abnormal"  # beyond the limit, and the guideline gives no partition
    BORDERLINE = "borderline"  # between normal and abnormal; decides nothing


class Finding(Enum):
    """A finding that a guideline rule can decide: key and name in words."""

    # What plain B-mode cines decide; see CORE_FINDINGS.
    LV_DILATED = ("lv_dilated", "left ventricular dilation")
    LV_SYSTOLIC_DYSFUNCTION = ("lv_systolic_dysfunction", "left ventricular systolic dysfunction")
    LV_WALL_THICKENED = ("lv_wall_thickened", "increased left ventricular wall thickness")
    LV_HYPERTROPHY = ("lv_hypertrophy", "left ventricular hypertrophy")
    LA_DILATED = ("la_dilated", "left atrial dilation")
    RA_DILATED = ("ra_dilated", "right atrial dilation")
    RV_DILATED = ("rv_dilated", "right ventricular dilation")
    AO_SINUS_DILATED = ("ao_sinus_dilated", "aortic root dilation")
    PERICARDIAL_EFFUSION = ("pericardial_effusion", "pericardial effusion")

    # The left ventricle.
    LV_SYSTOLIC_DILATED = ("lv_systolic_dilated", "left ventricular dilation in systole")
    LV_SMALL = ("lv_small", "small left ventricular cavity")
    LV_GEOMETRY = ("lv_geometry", "abnormal left ventricular geometry")
    SEVERE_LV_DYSFUNCTION = ("severe_lv_dysfunction", "severe left ventricular systolic dysfunction")
    LV_HYPERDYNAMIC = ("lv_hyperdynamic", "hyperdynamic left ventricle")
    HF_EF_CLASS = ("hf_ef_class", "ejection fraction below the preserved range")
    GLS_REDUCED = ("gls_reduced", "reduced global longitudinal strain")
    REGIONAL_WMA = ("regional_wma", "regional wall motion abnormality")
    MAPSE_REDUCED = ("mapse_reduced", "reduced mitral annular excursion")
    LOW_FLOW = ("low_flow", "low stroke volume or output")
    LV_THROMBUS = ("lv_thrombus", "left ventricular thrombus")
    LV_ANEURYSM = ("lv_aneurysm", "left ventricular aneurysm")

    # Filling.
    DIASTOLIC_DYSFUNCTION = ("diastolic_dysfunction", "left ventricular diastolic dysfunction")
    DIASTOLIC_GRADE = ("diastolic_grade", "graded diastolic dysfunction")
    RAISED_LAP = ("raised_lap", "raised left atrial pressure")

    # The right heart and its pressures.
    RVOT_DILATED = ("rvot_dilated", "right ventricular outflow tract dilation")
    RV_HYPERTROPHY = ("rv_hypertrophy", "right ventricular hypertrophy")
    RV_SYSTOLIC_DYSFUNCTION = ("rv_systolic_dysfunction", "right ventricular systolic dysfunction")
    RV_PA_UNCOUPLING = ("rv_pa_uncoupling", "uncoupling of right ventricle and pulmonary artery")
    SEPTAL_FLATTENING = ("septal_flattening", "flattening of the interventricular septum")
    RAISED_RAP = ("raised_rap", "raised right atrial pressure")
    IVC_DILATED = ("ivc_dilated", "dilated inferior vena cava")
    PULMONARY_HYPERTENSION = ("pulmonary_hypertension", "pulmonary hypertension")
    ELEVATED_RVSP = ("elevated_rvsp", "elevated right ventricular systolic pressure")
    PA_DILATED = ("pa_dilated", "dilated main pulmonary artery")

    # The valves.
    AORTIC_STENOSIS = ("aortic_stenosis", "aortic stenosis")
    AORTIC_SCLEROSIS = ("aortic_sclerosis", "aortic sclerosis")
    AORTIC_REGURGITATION = ("aortic_regurgitation", "aortic regurgitation")
    BICUSPID_AV = ("bicuspid_av", "bicuspid aortic valve")
    MITRAL_STENOSIS = ("mitral_stenosis", "mitral stenosis")
    MITRAL_REGURGITATION = ("mitral_regurgitation", "mitral regurgitation")
    MITRAL_VALVE_PROLAPSE = ("mitral_valve_prolapse", "mitral valve prolapse")
    MAC = ("mac", "mitral annular calcification")
    TRICUSPID_REGURGITATION = ("tricuspid_regurgitation", "tricuspid regurgitation")
    TRICUSPID_STENOSIS = ("tricuspid_stenosis", "tricuspid stenosis")
    PULMONIC_STENOSIS = ("pulmonic_stenosis", "pulmonary stenosis")
    PULMONIC_REGURGITATION = ("pulmonic_regurgitation", "pulmonary regurgitation")
    VEGETATION = ("vegetation", "vegetation")
    PROSTHETIC_VALVE = ("prosthetic_valve", "prosthetic valve")
    PROSTHETIC_AV_OBSTRUCTION = ("prosthetic_av_obstruction", "obstruction of a prosthetic aortic valve")
    PROSTHETIC_MV_OBSTRUCTION = ("prosthetic_mv_obstruction", "obstruction of a prosthetic mitral valve")
    PPM_AV = ("ppm_av", "patient-prosthesis mismatch of an aortic valve")

    # The aorta, the pericardium and the rest.
    AO_STJ_DILATED = ("ao_stj_dilated", "sinotubular junction dilation")
    AO_ASC_DILATED = ("ao_asc_dilated", "ascending aortic dilation")
    AO_ANNULUS_DILATED = ("ao_annulus_dilated", "enlarged aortic annulus")
    THORACIC_AORTA_DILATED = ("thoracic_aorta_dilated", "thoracic aortic dilation")
    THORACIC_AORTIC_ANEURYSM = ("thoracic_aortic_aneurysm", "thoracic aortic dilation or aneurysm")
    AORTIC_DISSECTION = ("aortic_dissection", "aortic dissection flap")
    TAMPONADE_PHYSIOLOGY = ("tamponade_physiology", "tamponade physiology")
    CONSTRICTION = ("constriction", "constrictive physiology")
    PLEURAL_EFFUSION = ("pleural_effusion", "pleural effusion")
    HCM_PHENOTYPE = ("hcm_phenotype", "phenotype of hypertrophic cardiomyopathy")
    LVOT_OBSTRUCTION = ("lvot_obstruction", "left ventricular outflow tract obstruction")
    AMYLOID_SUSPICION = ("amyloid_suspicion", "suspicion of cardiac amyloidosis")
    DCM_PHENOTYPE = ("dcm_phenotype", "phenotype of dilated cardiomyopathy")
    ATRIAL_SHUNT = ("atrial_shunt", "shunt across the atrial septum")
    VENTRICULAR_SHUNT = ("ventricular_shunt", "shunt across the ventricular septum")
    SIGNIFICANT_SHUNT = ("significant_shunt", "significant shunt")
    ATRIAL_SEPTAL_ANEURYSM = ("atrial_septal_aneurysm", "atrial septal aneurysm")
    DEVICE_LEAD = ("device_lead", "pacemaker or defibrillator lead")

    # Members are single objects: their identity is a hash, and a quicker one than Enum's, which is Python code.
    __hash__ = object.__hash__

    def __init__(self, key: str, words: str) -> None:
        self.key, self.words = key, words


# What B-mode cines of the core protocol decide. Models, captions and zero-shot tasks are about these; a larger
# set must be asked for by name, so that a new rule does not change what an old recipe trains.
CORE_FINDINGS: Final = (
    Finding.LV_DILATED,
    Finding.LV_SYSTOLIC_DYSFUNCTION,
    Finding.LV_WALL_THICKENED,
    Finding.LV_HYPERTROPHY,
    Finding.LA_DILATED,
    Finding.RA_DILATED,
    Finding.RV_DILATED,
    Finding.AO_SINUS_DILATED,
    Finding.PERICARDIAL_EFFUSION,
)


@dataclass(frozen=True, slots=True)
class Distance:
    """How far one value lies from the border between normal and abnormal.

    Attributes:
        quantity: What was measured.
        value: The value, rounded as the rule rounds it, canonical unit.
        limit: The border, canonical unit.
        beyond: Signed distance, canonical unit; positive on the abnormal side.
    """

    quantity: Quantity
    value: float
    limit: float
    beyond: float

    @property
    def fraction(self) -> float | None:
        """The signed distance as a fraction of the limit; ``None`` for a limit of zero."""
        return self.beyond / abs(self.limit) if self.limit else None


@dataclass(frozen=True, slots=True)
class FindingResult:
    """What one rule, or the absence of its inputs, says of one finding.

    Attributes:
        finding: What is judged.
        state: Present, absent, or why neither can be said.
        grade: Severity when decided, else ``None``.
        rule_id: The deciding rule, or the one that could not decide; ``None`` when no rule had its inputs.
        evidence: The measurements that the rule used, in canonical units.
        reason: One sentence a reader can check: value against threshold, or what was missing.
        label: The guideline's own finer word, such as ``very severe`` or ``concentric remodelling``.
        missing: Quantities that the rule would also have used.
        distances: How far the used values lie from their limits.
        flags: Remarks for a reader: disagreement of indexed and absolute size, a flow state.
        cited: Guideline, clause and how far the numbers were checked.
    """

    finding: Finding
    state: FindingState
    grade: Grade | None
    rule_id: str | None
    evidence: tuple[Measurement, ...]
    reason: str
    label: str = ""
    missing: tuple[Quantity, ...] = ()
    distances: tuple[Distance, ...] = ()
    flags: tuple[str, ...] = ()
    cited: str = ""
