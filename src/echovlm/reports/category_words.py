"""The vocabularies of MIMIC-IV-ECHO for valves, function, pressures and walls, verbatim, with what each text means."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from echovlm.clinical.findings import Finding, FindingState, Grade

Outcome: TypeAlias = tuple[FindingState, Grade | None]

ABSENT: Final = (FindingState.ABSENT, Grade.NORMAL)
MILD: Final = (FindingState.PRESENT, Grade.MILD)
MODERATE: Final = (FindingState.PRESENT, Grade.MODERATE)
SEVERE: Final = (FindingState.PRESENT, Grade.SEVERE)
ABNORMAL: Final = (FindingState.PRESENT, Grade.ABNORMAL)
UNSEEN: Final = (FindingState.NOT_ASSESSED, None)
OPEN: Final = (FindingState.INDETERMINATE, None)

# Degrees of a leak or a narrowing. A trace is physiological; of two grades the lower counts, as the draft collapses
# them. What was seen and not measured has no grade.
DEGREES: Final[Mapping[str, Outcome]] = {
    "none": ABSENT, "no": ABSENT, "no valvular": ABSENT, "physiologic": ABSENT, "trivial": ABSENT, "trace": ABSENT,
    "trace nl for prosthesis": ABSENT,
    "mild": MILD, "minimal": MILD, "mild mod": MILD, "mild moderate": MILD,
    "mod": MODERATE, "moderate": MODERATE, "mod severe": MODERATE, "moderate severe": MODERATE, "mod sev": MODERATE,
    "severe": SEVERE, "massive": SEVERE, "torrential": SEVERE, "very severe": SEVERE,
    "low flow low gradient severe": SEVERE,
    "present": ABNORMAL, "present can t qualify": ABNORMAL, "present not quantified": ABNORMAL,
    "significant": ABNORMAL,
    "cannot exclude": OPEN,
}  # fmt: skip

_RV_FUNCTION: Final[Mapping[str, Outcome]] = {
    "Nl RV function": ABSENT,
    "Low normal function": ABSENT,
    "Hyperdynamic": ABSENT,
    "Mild global RV hypo": MILD,
    "Moderate global RV hypo": MODERATE,
    "Severe global hypo": SEVERE,
    "RV function depressed": ABNORMAL,
    "Apical free wall hypo": ABNORMAL,
    "Basal RV hypo (McConnell's sign)": ABNORMAL,
    "Cannot assess RV function": UNSEEN,
    "RV not well seen": UNSEEN,
}
_PRESSURE: Final[Mapping[str, Outcome]] = {
    "Normal (TR<26mmHg)": ABSENT,
    "HIgh normal (TR 21-25 mmHg)": ABSENT,
    "PA HTN unlikely": ABSENT,
    "Borderline (TR 26-30mmHg)": OPEN,
    "Mild (TR 26-36mmHg)": MILD,
    "Mild-mod (TR 35-40mmHg)": MILD,
    "Mod (TR 37-60mmHg)": MODERATE,
    "Mod-severe (50-60mmHg)": MODERATE,
    "Severe (TR >60mmHg)": SEVERE,
}
_DIASTOLE: Final[Mapping[str, Outcome]] = {
    "0 (nl)": ABSENT,
    "I": MILD,
    "II": MODERATE,
    "III": SEVERE,
    "IV": SEVERE,
    "III/IV": SEVERE,
    "DD Present": ABNORMAL,
    "Indeterminate": OPEN,
    "Unable to assess": UNSEEN,
}
_VENA_CAVA: Final[Mapping[str, Outcome]] = {
    "<2.2cm, >50% (0-5mmHg)": ABSENT,
    "IVC<=2.1cm, <50% collapse (5-10mmHg)": ABSENT,
    "NL IVC <2.2 cm": ABSENT,
    "Intubated, IVC<1.5cm, RA <10mmHg": ABSENT,
    ">2.1cm, >50% (10-15mmHg)": ABNORMAL,
    ">2.1cm, <50% (>15mmHg)": ABNORMAL,
    "IVC dilated (>2.5cm)": ABNORMAL,
    "Intubated - cannot assess RA pressure": UNSEEN,
    "IVC not visualized": UNSEEN,
}
_CALCIUM: Final[Mapping[str, Outcome]] = {
    "Mild": MILD,
    "Mod MAC": MODERATE,
    "Severe": SEVERE,
}  # a blank is no absence

VERBATIM: Final[Mapping[str, Mapping[str, Outcome]]] = {
    "rv_function": _RV_FUNCTION,
    "phtn_severity": _PRESSURE,
    "diastolic_grade": _DIASTOLE,
    "ivc": _VENA_CAVA,
    "mac_severity": _CALCIUM,
}

# Names whose texts are a degree, with or without a number in brackets.
LESIONS: Final[Mapping[str, Finding]] = {
    "mitral_regurg": Finding.MITRAL_REGURGITATION,
    "tricuspid_regurg": Finding.TRICUSPID_REGURGITATION,
    "aortic_regurg": Finding.AORTIC_REGURGITATION,
    "pulm_regurg": Finding.PULMONIC_REGURGITATION,
    "aortic_stenosis": Finding.AORTIC_STENOSIS,
    "mitral_stenosis": Finding.MITRAL_STENOSIS,
}
FINDINGS: Final[Mapping[str, Finding]] = {
    **LESIONS,
    "rv_function": Finding.RV_SYSTOLIC_DYSFUNCTION,
    "phtn_severity": Finding.PULMONARY_HYPERTENSION,
    "diastolic_grade": Finding.DIASTOLIC_DYSFUNCTION,
    "ivc": Finding.IVC_DILATED,
    "mac_severity": Finding.MAC,
}
