import pytest

from echovlm.clinical.findings import Finding, FindingState, Grade
from echovlm.reports import CATEGORICAL_NAMES, find_category

PRESENT, ABSENT, NOT_ASSESSED = FindingState.PRESENT, FindingState.ABSENT, FindingState.NOT_ASSESSED

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
}
FINDING = {
    "la_size": Finding.LA_DILATED,
    "lv_wall_thickness": Finding.LV_WALL_THICKENED,
    "pericardial_effusion": Finding.PERICARDIAL_EFFUSION,
    "rv_chamber_size": Finding.RV_DILATED,
    "lv_chamber_size": Finding.LV_DILATED,
    "ra_size": Finding.RA_DILATED,
}
CASES = [(name, text, outcome) for name, texts in VERBATIM.items() for text, outcome in texts.items()]


@pytest.mark.parametrize(("name", "text", "outcome"), CASES)
def test_a_category_is_read_as_the_table_spells_it(name, text, outcome):
    expected = None if outcome is None else (FINDING[name], *outcome)
    assert find_category(name, text) == expected
    assert find_category(name, f"  {text.upper()} ") == expected


@pytest.mark.parametrize("name", CATEGORICAL_NAMES)
@pytest.mark.parametrize(
    "text", ["", "   ", "Mild (1+)", "see comment", "not normal", "no mild", "Normal or mild"]
)
def test_a_text_outside_the_vocabulary_says_nothing(name, text):
    assert find_category(name, text) is None


def test_a_measurement_without_a_vocabulary_says_nothing():
    assert find_category("mitral_regurg", "Mild (1+)") is None


def test_one_spelling_does_not_mean_two_things():
    assert find_category("pericardial_effusion", "Normal") is None
    assert find_category("lv_wall_thickness", "Trivial") is None


def test_every_name_of_the_vocabulary_is_covered_here():
    assert set(CATEGORICAL_NAMES) == set(VERBATIM)
