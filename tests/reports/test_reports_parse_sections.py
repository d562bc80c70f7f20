"""A note's sections and sentences, and how a section changes what its statements mean."""

from itertools import pairwise

import pytest

from echovlm.clinical.findings import Finding, Grade
from echovlm.clinical.measurement import Quantity
from echovlm.reports import SectionKind, Severity, TextState, parse_report

# The layout of an older laboratory report inside a discharge note; the patient is made up.
NOTE = """
Name:  ___                     Unit No:   ___

Past Medical History:
1. Mitral regurgitation
2. No known coronary disease, EF 60% in 2015

Family History:
Father with severe aortic stenosis.

Pertinent Results:
ECHO: PATIENT/TEST INFORMATION:
Indication: Aortic stenosis.
Height: (in) 71
Weight (lb): 208
BP (mm Hg): 113/52
Status: Inpatient
Test: TTE (Complete)

INTERPRETATION:
Measurements:
Left Ventricle - Septal Wall Thickness: *1.3 cm  0.6 - 1.1 cm
Left Ventricle - Ejection Fraction: *40% to 45%  >= 55%

Findings:
LEFT ATRIUM: Mild LA enlargement.
AORTIC VALVE: Three leaflets. No MS. Moderate AS (area 1.0-1.2cm2).
TRICUSPID VALVE: Physiologic TR.

Conclusions:
The left ventricular cavity is normal in size with mildly
depressed systolic function (LVEF= 40-45 %). There is
no pericardial effusion.
Compared with the prior study (images reviewed) of ___, the findings are similar.

CXR: Small pleural effusion.
"""


def found(text: str) -> set[tuple[Finding, TextState, Severity | None]]:
    return {(each.finding, each.state, each.severity) for each in parse_report(text).findings}


def test_a_whole_note_gives_what_its_echo_reports_and_keeps_history_apart():
    absent, past, present = TextState.ABSENT, TextState.HISTORICAL, TextState.PRESENT
    assert found(NOTE) == {
        (Finding.MITRAL_REGURGITATION, past, None),
        (Finding.AORTIC_STENOSIS, TextState.UNCERTAIN, None),
        (Finding.LA_DILATED, present, Severity.MILD),
        (Finding.MITRAL_STENOSIS, absent, None),
        (Finding.AORTIC_STENOSIS, present, Severity.MODERATE),
        (Finding.TRICUSPID_REGURGITATION, present, Severity.PHYSIOLOGIC),
        (Finding.LV_DILATED, absent, None),
        (Finding.LV_SYSTOLIC_DYSFUNCTION, present, Severity.MILD),
        (Finding.PERICARDIAL_EFFUSION, absent, None),
        (Finding.PLEURAL_EFFUSION, present, Severity.SMALL),
    }
    values = [(m.quantity, m.low, m.high, m.state) for m in parse_report(NOTE).measurements]
    assert values == [
        (Quantity.LVEF_VISUAL, 60, 60, past),
        (Quantity.HEIGHT, pytest.approx(180.34), pytest.approx(180.34), present),
        (Quantity.WEIGHT, pytest.approx(94.35, abs=0.01), pytest.approx(94.35, abs=0.01), present),
        (Quantity.SYSTOLIC_BLOOD_PRESSURE, 113, 113, present),
        (Quantity.DIASTOLIC_BLOOD_PRESSURE, 52, 52, present),
        (Quantity.IVS_THICKNESS_ED, 1.3, 1.3, present),
        (Quantity.LVEF_VISUAL, 40, 45, present),
        (Quantity.AORTIC_VALVE_AREA, 1.0, 1.2, present),
        (Quantity.LVEF_BIPLANE, 40, 45, present),
    ]


def test_statements_know_their_section():
    kinds = {each.finding: each.section for each in parse_report(NOTE).findings}
    assert kinds[Finding.LA_DILATED] is SectionKind.FINDINGS
    assert kinds[Finding.PERICARDIAL_EFFUSION] is SectionKind.CONCLUSION
    assert kinds[Finding.PLEURAL_EFFUSION] is SectionKind.OTHER


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Mild MR.", TextState.PRESENT),
        ("Past Medical History:\nMild MR.", TextState.HISTORICAL),
        ("PMH: possible MR.", TextState.HISTORICAL),
        ("Indication: MR.", TextState.UNCERTAIN),
        ("Findings:\nMild MR.", TextState.PRESENT),
    ],
)
def test_a_section_decides_how_a_statement_counts(text, state):
    assert [each.state for each in parse_report(text).findings] == [state]


@pytest.mark.parametrize(
    "text",
    [
        "Past Medical History:\nNo MR.",
        "PMH: pericardial effusion, resolved.",
        "Family History:\nSevere MR.",
        "FH: MVP.",
    ],
)
def test_what_a_history_denies_and_what_relatives_have_says_nothing(text):
    assert parse_report(text).findings == ()


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("No MS. Mild MR.", ["No MS", "Mild MR"]),
        ("Seen by Dr. Smith: mild MR.", ["Seen by Dr. Smith: mild MR"]),
        ("EF approx. 45%.", ["EF approx. 45%"]),
        ("LVIDd is 4.5 cm. LVIDs is 3.1 cm.", ["LVIDd is 4.5 cm", "LVIDs is 3.1 cm"]),
        ("1. Mild MR\n2. Mild TR\n", ["Mild MR", "Mild TR"]),
        ("Mild mitral\nregurgitation.", ["Mild mitral\nregurgitation"]),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text, sentences):
    parsed = parse_report(text)
    stated = sorted((*parsed.findings, *parsed.measurements), key=lambda each: each.span.start)
    assert [each.sentence.of(text).strip() for each in stated] == sentences


def test_the_sections_of_a_note_cover_it_in_order():
    sections = parse_report(NOTE).sections
    assert all(one.end <= other.start for one, other in pairwise(sections))
    assert sections[-1].end == len(NOTE)
    assert {"Indication", "Measurements", "LEFT ATRIUM", "Conclusions"} <= {each.heading for each in sections}


def test_a_degree_between_two_grades_has_no_grade():
    (between,) = parse_report("Mild to moderate MR.").findings
    assert (between.severity, between.grade) == (Severity.MILD_TO_MODERATE, None)
    (mild,) = parse_report("Mild MR.").findings
    assert mild.grade is Grade.MILD
    (trace,) = parse_report("Trace MR.").findings
    assert trace.grade is Grade.NORMAL
