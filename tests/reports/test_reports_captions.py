import re
import zlib
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echovlm.clinical.findings import CORE_FINDINGS, Finding, FindingResult, FindingState, Grade
from echovlm.clinical.formulas import derive
from echovlm.clinical.guidelines import RULES, find_cut, find_rule, grade_study, rules_for
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.patient import Sex
from echovlm.clinical.provenance import Provenance, Source
from echovlm.clinical.statements import finding_sentences, measurement_sentences, view_sentences
from echovlm.clinical.views import View
from echovlm.clinical.visibility import VISIBLE, shows, visibility
from echovlm.reports import compose_caption, compose_statements
from echovlm.reports.draws import SeededDraws

TABLE = Provenance(Source.TABLE, "structured-measurement.csv row 1")
LVIDD = Quantity.LV_INTERNAL_DIAMETER_ED
LAST_NUMBER = re.compile(r"(-?\d+(?:\.\d+)?)(?:%| [a-zA-Z/]+[23]?(?:/m2)?)?\.$")


# The rules that captions draw opposites from.
CORE_RULES = [rule for rule in RULES if find_rule(rule.quantity) is rule]


def measured(values):
    return [Measurement(quantity, value, quantity.unit, TABLE) for quantity, value in values.items()]


@st.composite
def studies(draw):
    quantities = draw(st.sets(st.sampled_from(list(Quantity))))
    values = {q: draw(st.floats(q.lowest, q.highest)) for q in sorted(quantities, key=lambda q: q.name)}
    sex = draw(st.sampled_from([*Sex, None]))
    measurements = derive(measured(values))
    return measurements, grade_study(measurements, sex=sex, findings=CORE_FINDINGS), sex


@settings(max_examples=150, deadline=None)
@given(study=studies(), view=st.sampled_from(View), seed=st.integers(0, 2**31))
def test_a_caption_says_only_what_the_view_shows_and_what_was_decided(study, view, seed):
    measurements, findings, sex = study
    statements = compose_statements(view, measurements, findings, seed=seed, sex=sex)
    assert statements[0].text_options == view_sentences(view)
    state = {result.finding: result.state for result in findings}
    for statement in statements[1:]:
        if statement.finding is not None:
            assert visibility(view, statement.finding) >= VISIBLE
            assert state[statement.finding].is_decided
            assert statement.present is (state[statement.finding] is FindingState.PRESENT)
            assert statement.provenance.source is Source.RULE
        else:
            assert shows(view, statement.quantity)
            assert statement.provenance.source in (Source.TABLE, Source.FORMULA)
        assert statement.text_options


@settings(max_examples=150, deadline=None)
@given(study=studies(), view=st.sampled_from(View), seed=st.integers(0, 2**31))
def test_a_caption_speaks_of_everything_that_the_view_shows_and_that_was_decided(study, view, seed):
    measurements, findings, sex = study
    statements = compose_statements(view, measurements, findings, seed=seed, sex=sex)
    said = {statement.finding for statement in statements} | {statement.quantity for statement in statements}
    for result in findings:
        if visibility(view, result.finding) >= VISIBLE:
            assert (result.finding in said) is result.state.is_decided
    for measurement in measurements:
        if (
            shows(view, measurement.quantity)
            and measurement.quantity is not Quantity.PERICARDIAL_EFFUSION_DEPTH
        ):
            assert measurement.quantity in said


def graded_number(quantity, sentence, sex):
    """Grade the number at the end of a sentence, as a reader of the sentence would."""
    value = float(LAST_NUMBER.search(sentence)[1])
    rule = find_cut(quantity)
    assert quantity.lowest <= value <= quantity.highest, "plausible"
    return rule.band(value, sex).grade is not Grade.NORMAL


@settings(max_examples=300, deadline=None)
@given(study=studies(), view=st.sampled_from(View), seed=st.integers(0, 2**31))
def test_the_opposite_of_a_number_lies_on_the_other_side_of_the_limit(study, view, seed):
    measurements, findings, sex = study
    for statement in compose_statements(view, measurements, findings, seed=seed, sex=sex):
        if statement.quantity is None or not statement.counterfactual_options:
            continue
        for sentence in statement.counterfactual_options:
            for one in (sex,) if sex else Sex:
                assert graded_number(statement.quantity, sentence, one) is not statement.present
        if sex:
            assert graded_number(statement.quantity, statement.text_options[0], sex) is statement.present


@settings(max_examples=150, deadline=None)
@given(study=studies(), view=st.sampled_from(View), seed=st.integers(0, 2**31))
def test_the_opposite_of_a_finding_is_what_the_other_polarity_would_have_said(study, view, seed):
    measurements, findings, sex = study
    for statement in compose_statements(view, measurements, findings, seed=seed, sex=sex):
        if statement.finding is None:
            continue
        opposite = finding_sentences(statement.finding, present=not statement.present)
        assert statement.counterfactual_options[-len(opposite) :] == opposite
        assert not set(statement.counterfactual_options) & set(statement.text_options)


def test_with_a_known_sex_every_number_under_a_rule_has_an_opposite():
    values = {rule.quantity: (rule.quantity.lowest + rule.quantity.highest) / 2 for rule in CORE_RULES}
    for view in (View.PLAX, View.PSAX_PM, View.A4C, View.A2C):
        for sex in Sex:
            findings = grade_study(measured(values), sex=sex)
            for statement in compose_statements(view, measured(values), findings, seed=1, sex=sex):
                ruled = statement.quantity in values
                depth = statement.quantity is Quantity.PERICARDIAL_EFFUSION_DEPTH
                if statement.quantity is not None:
                    assert bool(statement.counterfactual_options) is (ruled and not depth)


def test_without_a_sex_a_value_between_the_limits_has_an_opposite_only_if_a_finding_tells_its_side():
    between = measured({LVIDD: 5.5})
    unknown = compose_statements(View.PLAX, between, grade_study(between, sex=None), seed=1)
    assert unknown[-1].quantity is LVIDD
    assert (unknown[-1].present, unknown[-1].counterfactual_options) == (None, ())
    told = compose_statements(View.PLAX, between, grade_study(between, sex=Sex.FEMALE), seed=1)
    assert told[-1].present is True
    assert float(LAST_NUMBER.search(told[-1].counterfactual_options[0])[1]) <= 5.2


def test_an_effusion_that_is_none_has_no_depth_to_state():
    for depth, stated in ((0.0, False), (0.2, False), (0.8, True)):
        study = measured({Quantity.PERICARDIAL_EFFUSION_DEPTH: depth})
        statements = compose_statements(View.PLAX, study, grade_study(study, sex=None), seed=1)
        assert any(s.quantity is Quantity.PERICARDIAL_EFFUSION_DEPTH for s in statements) is stated
        assert statements[1].finding is Finding.PERICARDIAL_EFFUSION


def test_an_implausible_value_is_not_stated():
    study = measured({LVIDD: 58})
    assert len(compose_statements(View.PLAX, study, grade_study(study, sex=Sex.MALE), seed=1)) == 1


def test_a_finding_that_was_read_and_not_derived_says_where_it_was_read():
    read = FindingResult(
        Finding.LA_DILATED, FindingState.PRESENT, Grade.MILD, None, (), "la_size: Mild LAE (PLA 4.1-4.9cm)."
    )
    origin = compose_statements(View.A4C, (), (read,), seed=1)[1].provenance
    assert (origin.source, origin.locator) == (Source.TABLE, "la_size: Mild LAE (PLA 4.1-4.9cm).")


def test_one_seed_draws_different_opposites_for_different_patients():
    drawn = {
        compose_statements(View.PLAX, measured({LVIDD: value / 100}), (), seed=7, sex=Sex.MALE)[
            -1
        ].counterfactual_options
        for value in range(400, 580, 5)
    }
    assert len(drawn) > 5


def test_the_grades_of_drawn_positives_are_spread_like_disease():
    count = dict.fromkeys((Grade.MILD, Grade.MODERATE, Grade.SEVERE), 0)
    for step in range(600):
        study = measured({LVIDD: 4.0 + step / 500})
        statement = compose_statements(View.PLAX, study, grade_study(study, sex=Sex.MALE), seed=3)[1]
        said = statement.counterfactual_options[0]
        count[next(grade for grade in count if grade.value in said)] += 1
    assert count[Grade.MILD] > count[Grade.MODERATE] > count[Grade.SEVERE] > 50


@settings(max_examples=60, deadline=None)
@given(study=studies(), view=st.sampled_from(View), seed=st.integers(0, 2**31))
def test_a_caption_holds_one_paraphrase_of_each_statement_and_one_seed_gives_one_caption(study, view, seed):
    measurements, findings, sex = study
    statements = compose_statements(view, measurements, findings, seed=seed, sex=sex)
    assert statements == compose_statements(view, measurements, findings, seed=seed, sex=sex)
    caption = compose_caption(statements, seed=seed)
    assert caption == compose_caption(statements, seed=seed)
    rest = caption
    for statement in statements:
        said = [text for text in statement.text_options if rest.startswith(text)]
        assert said
        rest = rest[len(max(said, key=len)) :].lstrip()
    assert rest == ""


def test_different_seeds_choose_different_paraphrases():
    study = measured({LVIDD: 6.0, Quantity.LA_DIAMETER_AP: 3.5})
    statements = compose_statements(View.PLAX, study, grade_study(study, sex=Sex.MALE), seed=0)
    assert len({compose_caption(statements, seed=seed) for seed in range(50)}) > 30


def test_a_caption_reads_as_a_short_report():
    study = measured({LVIDD: 6.0, Quantity.AORTIC_SINUS_DIAMETER: 3.4})
    findings = grade_study(study, sex=Sex.MALE)
    statements = compose_statements(View.PLAX, study, findings, seed=0)
    first = " ".join(statement.text_options[0] for statement in statements)
    assert first == (
        "Parasternal long axis. The left ventricle is mildly dilated. The aortic root is not dilated. "
        "The left ventricular cavity is not small. "
        "The LV internal diameter in diastole is 6.0 cm. "
        "The aortic root diameter at the sinuses is 3.4 cm."
    )


@pytest.mark.parametrize("finding", CORE_FINDINGS, ids=lambda finding: finding.key)
def test_the_numbers_that_decide_a_finding_print_in_a_form_this_file_can_read_back(finding):
    for rule in rules_for(finding):
        middle = Measurement(
            rule.quantity, (rule.quantity.lowest + rule.quantity.highest) / 2, rule.quantity.unit, TABLE
        )
        if any(shows(view, rule.quantity) for view in View):
            assert all(LAST_NUMBER.search(sentence) for sentence in measurement_sentences(middle))


def test_draws_are_those_of_python_and_depend_on_the_seed_and_the_words_of_the_labels():
    measurement = measured({LVIDD: 5.4})[0]
    expected = Random(zlib.crc32(f"7/a4c/{measurement}".encode()))
    drawn = SeededDraws(7, "a4c", measurement)
    assert [drawn.random() for _ in range(9)] == [expected.random() for _ in range(9)]
    others = (SeededDraws(8, "a4c", measurement), SeededDraws(7, "a2c", measurement), SeededDraws(7, "a4c"))
    assert len({each.random() for each in (*others, SeededDraws(7, "a4c", str(measurement)))}) == 4
