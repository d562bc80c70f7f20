"""What contradicts the values of a study, and what does not."""

import pytest

from echovlm.clinical import (
    Finding,
    FindingResult,
    FindingState,
    Grade,
    Measurement,
    Provenance,
    Quantity,
    Source,
    Unit,
)
from echovlm.reports import find_disagreements, parse_report

ORIGIN = Provenance(Source.TABLE, "made up")
MR, EFFUSION = Finding.MITRAL_REGURGITATION, Finding.PERICARDIAL_EFFUSION


def result(finding: Finding, grade: Grade | None, state: FindingState | None = None) -> FindingResult:
    decided = FindingState.ABSENT if grade is Grade.NORMAL else FindingState.PRESENT
    return FindingResult(finding, state or decided, grade, None, (), "made up.")


def value(quantity: Quantity, number: float, unit: Unit | None = None) -> Measurement:
    return Measurement(quantity, number, unit or quantity.unit, ORIGIN)


@pytest.mark.parametrize(
    ("text", "grade", "is_contradicted"),
    [
        ("Severe mitral regurgitation.", Grade.SEVERE, False),
        ("Severe mitral regurgitation.", Grade.MILD, True),
        ("Severe mitral regurgitation.", Grade.NORMAL, True),
        ("No mitral regurgitation.", Grade.NORMAL, False),
        ("No mitral regurgitation.", Grade.MILD, True),
        ("Mitral regurgitation is seen.", Grade.SEVERE, False),
        ("Mild to moderate mitral regurgitation.", Grade.MODERATE, False),
        ("Mild to moderate mitral regurgitation.", Grade.SEVERE, True),
        ("Trace mitral regurgitation.", Grade.NORMAL, False),
        ("Trace mitral regurgitation.", Grade.SEVERE, True),
        ("Moderate mitral regurgitation.", Grade.ABNORMAL, False),
        ("Mitral regurgitation cannot be excluded.", Grade.NORMAL, False),
        ("Severe MR on the prior study.", Grade.NORMAL, False),
        ("MR previously severe, now mild.", Grade.MILD, False),
        ("MR previously mild, now severe.", Grade.MILD, True),
        ("The left atrium is dilated.", Grade.NORMAL, False),
    ],
)
def test_a_finding_contradicts_when_no_reading_of_its_words_fits(text, grade, is_contradicted):
    found = find_disagreements(text, [], [result(MR, grade)])
    assert bool(found) is is_contradicted
    assert all(each.stated.finding is MR and each.known.grade is grade for each in found)


@pytest.mark.parametrize("state", [s for s in FindingState if not s.is_decided])
def test_what_no_rule_decided_contradicts_nothing(state):
    assert find_disagreements("Severe mitral regurgitation.", [], [result(MR, None, state)]) == ()


def test_small_and_large_are_the_words_for_mild_and_severe_effusions():
    assert find_disagreements("A small pericardial effusion.", [], [result(EFFUSION, Grade.SMALL)]) == ()
    assert find_disagreements("A mild pericardial effusion.", [], [result(EFFUSION, Grade.SMALL)]) == ()
    assert find_disagreements("A large pericardial effusion.", [], [result(EFFUSION, Grade.SMALL)])


@pytest.mark.parametrize(
    ("text", "is_contradicted"),
    [
        ("LVIDd 5.0 cm", False),
        ("LVIDd 50 mm", False),
        ("LVIDd 5.1 cm", True),
        ("LVIDd 5.04 cm", False),
        ("LVIDd about 5.3 cm", False),
        ("LVIDd about 6.0 cm", True),
        ("LVIDd < 5.5 cm", False),
        ("LVIDd < 4.5 cm", True),
        ("LVIDd was 6.0 cm in 2012.", False),
        ("IVSd 3.0 cm", False),
    ],
)
def test_a_number_contradicts_when_the_value_would_not_be_printed_so(text, is_contradicted):
    known = [value(Quantity.LV_INTERNAL_DIAMETER_ED, 5.04)]
    assert bool(find_disagreements(text, known, [])) is is_contradicted


def test_any_of_several_values_may_confirm_and_units_do_not_matter():
    two = [value(Quantity.LVEF_BIPLANE, 41), value(Quantity.LVEF_VISUAL, 0.5, Unit.FRACTION)]
    assert find_disagreements("LVEF 40-45%", two, []) == ()
    assert find_disagreements("EF 50%", two, []) == ()
    assert find_disagreements("EF >55%", two, [])


def test_a_disagreement_says_where_and_why_and_a_parsed_report_serves_as_well():
    text = "LVEF 30%. There is no mitral regurgitation."
    known, graded = [value(Quantity.LVEF_BIPLANE, 60)], [result(MR, Grade.SEVERE)]
    number, leak = find_disagreements(text, known, graded)
    assert find_disagreements(parse_report(text), known, graded) == (number, leak)
    assert number.stated.span.of(text) == "30%"
    assert number.sentence == "The text gives LVEF as 30 %; the value is 60 %."
    assert leak.stated.span.of(text) == "mitral regurgitation"
    assert (
        leak.sentence
        == "The text says mitral regurgitation absent; the values say present (severe): made up."
    )
