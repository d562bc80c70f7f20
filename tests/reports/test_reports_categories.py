import pytest

from echovlm.clinical.findings import Finding, FindingState, Grade
from echovlm.reports import CATEGORICAL_NAMES, find_category

PRESENT, ABSENT, NOT_ASSESSED = FindingState.PRESENT, FindingState.ABSENT, FindingState.NOT_ASSESSED
OPEN = (FindingState.INDETERMINATE, None)

# The table's vocabularies, verbatim: trailing blank, missing blank, brackets and case included.
VERBATIM = {
    "la_size": {
        "Normal LAVI (<34ml/m2)": (ABSENT, Grade.NORMAL),
        "Mild LAVI (34-41ml/m2) ": (PRESENT, Grade.MILD),
        "Mod LAVI (41-48ml/m2)": (PRESENT, Grade.MODERATE),
        "Severe LAVI(>48ml/m2)": (PRESENT, Grade.SEVERE),
        "Nl (PLA <4.1cm)": (ABSENT, Grade.NORMAL),
        "Mild LAE (PLA 4.1-4.9cm)": (PRESENT, Grade.MILD),
        "Mod LAE (PLA 5.0-5.9cm)": (PRESENT, Grade.MODERATE),
        "Sev LAE (PLA >=6.0cm)": (PRESENT, Grade.SEVERE),
        "LA Elongated (4Ch>5.2cm)": (PRESENT, Grade.ABNORMAL),
        "Dilated - no qualifier": (PRESENT, Grade.ABNORMAL),
        "Not well seen": (NOT_ASSESSED, None),
    },
    "lv_wall_thickness": {
        "Normal (<1.2cm)": (ABSENT, Grade.NORMAL),
        "Mild symmetric LVH (1.1-1.4cm)": (PRESENT, Grade.MILD),
        "Mod symmetric LVH (1.5-1.7cm)": (PRESENT, Grade.MODERATE),
        "Severe symmetric (>1.7cm)": (PRESENT, Grade.SEVERE),
        "Symmetric (no qualifiers)": (PRESENT, Grade.ABNORMAL),
        "Asymmetric (Sept>post 1.5:1)": (PRESENT, Grade.ABNORMAL),
        "Focal non-obstructive hypertrophy basal septum": (PRESENT, Grade.ABNORMAL),
        "Apical hypertrophy": (PRESENT, Grade.ABNORMAL),
        "Focal hypertrophy of XXX": (PRESENT, Grade.ABNORMAL),
        "Focal hypertrophy of the anterior wall": (PRESENT, Grade.ABNORMAL),
    },
    "pericardial_effusion": {
        "Trivial": (ABSENT, Grade.NORMAL),
        "Very small (<0.5cm)": (PRESENT, Grade.SMALL),
        "Small (<1.0cm)": (PRESENT, Grade.SMALL),
        "Small-moderate": (PRESENT, Grade.SMALL),
        "Moderate (1.0-2.0cm)": (PRESENT, Grade.MODERATE),
        "Moderate-large": (PRESENT, Grade.MODERATE),
        "Large (>2.0cm)": (PRESENT, Grade.LARGE),
        "Anterior fat pad": (NOT_ASSESSED, None),
    },
    "rv_chamber_size": {
        "Normal": (ABSENT, Grade.NORMAL),
        "Nl RV size": (ABSENT, Grade.NORMAL),
        "Mild RVE": (PRESENT, Grade.MILD),
        "Mod RVE": (PRESENT, Grade.MODERATE),
        "Sev RVE": (PRESENT, Grade.SEVERE),
        "RV not well seen": None,
    },
    "lv_chamber_size": {
        "Mildly dilated": (PRESENT, Grade.MILD),
        "Moderately dilated": (PRESENT, Grade.MODERATE),
        "SEVERE LVE": (PRESENT, Grade.SEVERE),
        "Normal LV cavity size": (ABSENT, Grade.NORMAL),
    },
    "ra_size": {"Mild-mod RAE": (PRESENT, Grade.MILD), "Mod-severe RAE": (PRESENT, Grade.MODERATE)},
    "mitral_regurg": {
        "Physiologic": (ABSENT, Grade.NORMAL),
        "Trivial": (ABSENT, Grade.NORMAL),
        "Mild (1+)": (PRESENT, Grade.MILD),
        "Mild-moderate (1-2+)": (PRESENT, Grade.MILD),
        "Mod [2+]": (PRESENT, Grade.MODERATE),
        "Moderate-severe (3+)": (PRESENT, Grade.MODERATE),
        "Severe (4+)": (PRESENT, Grade.SEVERE),
        "Present, can't qualify": (PRESENT, Grade.ABNORMAL),
        "Not well seen": (NOT_ASSESSED, None),
    },
    "tricuspid_regurg": {
        "Mild [1+]": (PRESENT, Grade.MILD),
        "Mild-mod [1-2+]": (PRESENT, Grade.MILD),
        "Mod-severe [3+]": (PRESENT, Grade.MODERATE),
        "Severe [4+]": (PRESENT, Grade.SEVERE),
        "Torrential": (PRESENT, Grade.SEVERE),
    },
    "aortic_regurg": {
        "Trace": (ABSENT, Grade.NORMAL),
        "Trace (NL for prosthesis)": (ABSENT, Grade.NORMAL),
        "Present": (PRESENT, Grade.ABNORMAL),
    },
    "pulm_regurg": {"Significant": (PRESENT, Grade.ABNORMAL), "Mod/severe": (PRESENT, Grade.MODERATE)},
    "aortic_stenosis": {
        "Minimal": (PRESENT, Grade.MILD),
        "None, incr vel high output": (ABSENT, Grade.NORMAL),
        "None, incr grad from AR/stroke vol": (ABSENT, Grade.NORMAL),
        "Mild (>1.5cm2)": (PRESENT, Grade.MILD),
        "Mod (1.0-1.5cm2)": (PRESENT, Grade.MODERATE),
        "Severe (<1.0cm2)": (PRESENT, Grade.SEVERE),
        "Severe (<0.6cm2/m2)": (PRESENT, Grade.SEVERE),
        "Very severe (>5m/s;>60mmHg)": (PRESENT, Grade.SEVERE),
        "Low flow/low gradient severe": (PRESENT, Grade.SEVERE),
        "Present - not quantified": (PRESENT, Grade.ABNORMAL),
        "Cannot exclude": OPEN,
    },
    "mitral_stenosis": {
        "No valvular": (ABSENT, Grade.NORMAL),
        "Trivial": (ABSENT, Grade.NORMAL),
        "Mild from MAC": (PRESENT, Grade.MILD),
        "Moderate (1.0-1.5cm2)": (PRESENT, Grade.MODERATE),
    },
    "rv_function": {
        "Nl RV function": (ABSENT, Grade.NORMAL),
        "Low normal function": (ABSENT, Grade.NORMAL),
        "Hyperdynamic": (ABSENT, Grade.NORMAL),
        "Mild global RV hypo": (PRESENT, Grade.MILD),
        "Moderate global RV hypo": (PRESENT, Grade.MODERATE),
        "Severe global hypo": (PRESENT, Grade.SEVERE),
        "RV function depressed": (PRESENT, Grade.ABNORMAL),
        "Basal RV hypo (McConnell's sign)": (PRESENT, Grade.ABNORMAL),
        "Cannot assess RV function": (NOT_ASSESSED, None),
        "RV not well seen": (NOT_ASSESSED, None),
    },
    "phtn_severity": {
        "Normal (TR<26mmHg)": (ABSENT, Grade.NORMAL),
        "HIgh normal (TR 21-25 mmHg)": (ABSENT, Grade.NORMAL),
        "PA HTN unlikely": (ABSENT, Grade.NORMAL),
        "Borderline (TR 26-30mmHg)": OPEN,
        "Mild (TR 26-36mmHg)": (PRESENT, Grade.MILD),
        "Mod (TR 37-60mmHg)": (PRESENT, Grade.MODERATE),
        "Severe (TR >60mmHg)": (PRESENT, Grade.SEVERE),
    },
    "diastolic_grade": {
        "0 (nl)": (ABSENT, Grade.NORMAL),
        "I": (PRESENT, Grade.MILD),
        "II": (PRESENT, Grade.MODERATE),
        "III/IV": (PRESENT, Grade.SEVERE),
        "DD Present": (PRESENT, Grade.ABNORMAL),
        "Indeterminate": OPEN,
        "Unable to assess": (NOT_ASSESSED, None),
    },
    "ivc": {
        "<2.2cm, >50% (0-5mmHg)": (ABSENT, Grade.NORMAL),
        "NL IVC <2.2 cm": (ABSENT, Grade.NORMAL),
        ">2.1cm, <50% (>15mmHg)": (PRESENT, Grade.ABNORMAL),
        "IVC dilated (>2.5cm)": (PRESENT, Grade.ABNORMAL),
        "Intubated - cannot assess RA pressure": (NOT_ASSESSED, None),
    },
    "mac_severity": {"Mild": (PRESENT, Grade.MILD), "Mod MAC": (PRESENT, Grade.MODERATE)},
}
FINDING = {
    "la_size": Finding.LA_DILATED,
    "lv_wall_thickness": Finding.LV_WALL_THICKENED,
    "pericardial_effusion": Finding.PERICARDIAL_EFFUSION,
    "rv_chamber_size": Finding.RV_DILATED,
    "lv_chamber_size": Finding.LV_DILATED,
    "ra_size": Finding.RA_DILATED,
    "mitral_regurg": Finding.MITRAL_REGURGITATION,
    "tricuspid_regurg": Finding.TRICUSPID_REGURGITATION,
    "aortic_regurg": Finding.AORTIC_REGURGITATION,
    "pulm_regurg": Finding.PULMONIC_REGURGITATION,
    "aortic_stenosis": Finding.AORTIC_STENOSIS,
    "mitral_stenosis": Finding.MITRAL_STENOSIS,
    "rv_function": Finding.RV_SYSTOLIC_DYSFUNCTION,
    "phtn_severity": Finding.PULMONARY_HYPERTENSION,
    "diastolic_grade": Finding.DIASTOLIC_DYSFUNCTION,
    "ivc": Finding.IVC_DILATED,
    "mac_severity": Finding.MAC,
}
CASES = [(name, text, outcome) for name, texts in VERBATIM.items() for text, outcome in texts.items()]


@pytest.mark.parametrize(("name", "text", "outcome"), CASES)
def test_a_category_is_read_as_the_table_spells_it(name, text, outcome):
    expected = None if outcome is None else (FINDING[name], *outcome)
    assert find_category(name, text) == expected
    assert find_category(name, f"  {text.upper()} ") == expected


@pytest.mark.parametrize("name", CATEGORICAL_NAMES)
@pytest.mark.parametrize(
    "text", ["", "   ", "Mild (9 cows)x", "see comment", "not normal", "no mild", "Normal or mild"]
)
def test_a_text_outside_the_vocabulary_says_nothing(name, text):
    assert find_category(name, text) is None


def test_a_measurement_without_a_vocabulary_says_nothing():
    assert find_category("technical_quality", "Good") is None


def test_one_spelling_does_not_mean_two_things():
    assert find_category("pericardial_effusion", "Normal") is None
    assert find_category("lv_wall_thickness", "Trivial") is None


def test_every_name_of_the_vocabulary_is_covered_here():
    assert set(CATEGORICAL_NAMES) == set(VERBATIM)
