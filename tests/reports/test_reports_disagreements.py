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
from echovlm.reports import compare_text, find_disagreements, parse_report

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


@pytest.mark.parametrize(
    ("text", "none", "mild", "moderate", "severe"),
    [
        ("No significant mitral regurgitation.", "", "", "degree", "degree"),
        ("Significant mitral regurgitation is absent.", "", "", "degree", "degree"),
        ("Mitral regurgitation is not significant.", "", "", "degree", "degree"),
        ("No more than mild mitral regurgitation is seen.", "", "", "degree", "degree"),
        ("Mitral regurgitation is not more than mild.", "", "", "degree", "degree"),
        ("Mitral regurgitation is less than moderate.", "", "", "degree", "degree"),
        ("At most moderate mitral regurgitation.", "", "", "", "degree"),
        ("There is no severe mitral regurgitation.", "", "", "", "degree"),
        ("There is no moderate or severe mitral regurgitation.", "", "", "degree", "degree"),
        ("More than mild mitral regurgitation is seen.", "state", "degree", "", ""),
        ("Mitral regurgitation is at least moderate.", "state", "degree", "", ""),
        ("There is significant mitral regurgitation.", "state", "degree", "", ""),
        ("There is moderate or severe mitral regurgitation.", "state", "degree", "", ""),
        ("No significant tricuspid or mitral regurgitation.", "", "", "degree", "degree"),
        ("Significant aortic stenosis and mild mitral regurgitation.", "state", "", "degree", "degree"),
    ],
)
def test_a_bound_contradicts_only_what_lies_beyond_it(text, none, mild, moderate, severe):
    grades = (Grade.NORMAL, Grade.MILD, Grade.MODERATE, Grade.SEVERE)
    found = [find_disagreements(text, [], [result(MR, grade)]) for grade in grades]
    assert [each[0].kind.value if each else "" for each in found] == [none, mild, moderate, severe]


def test_how_much_of_a_text_could_be_compared_is_told():
    text = "LVEF 30%. IVSd 1.0 cm. No mitral regurgitation. Severe aortic stenosis. Severe MR on the prior study."
    comparison = compare_text(text, [value(Quantity.LVEF_BIPLANE, 30)], [result(MR, Grade.NORMAL)])
    assert (comparison.compared, comparison.disagreements) == (2, ())


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


@pytest.mark.parametrize("known", [Quantity.LVEF_BIPLANE, Quantity.LVEF_VISUAL])
def test_an_ejection_fraction_in_a_text_is_compared_with_any_kind_of_it_and_with_nothing_else(known):
    comparison = compare_text(
        "LVEF 30%.", [value(known, 60), value(Quantity.LV_INTERNAL_DIAMETER_ED, 3.0)], []
    )
    assert (comparison.compared, len(comparison.disagreements)) == (1, 1)
    assert comparison.disagreements[0].known.quantity is known


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
