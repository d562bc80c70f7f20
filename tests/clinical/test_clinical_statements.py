import itertools
import re

import pytest

from echovlm.clinical.findings import CORE_FINDINGS, Finding, Grade
from echovlm.clinical.guidelines import RULES, find_rule, round_half_up, rules_for
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.patient import Sex
from echovlm.clinical.provenance import Provenance, Source
from echovlm.clinical.statements import (
    finding_sentences,
    measurement_sentences,
    printed_step,
    view_sentences,
)
from echovlm.clinical.units import Unit
from echovlm.clinical.views import View

TABLE = Provenance(Source.TABLE, "structured-measurement.csv row 1")
STRUCTURE = {
    Finding.LV_DILATED: "left ventric",
    Finding.LV_SYSTOLIC_DYSFUNCTION: "left ventric",
    Finding.LV_WALL_THICKENED: "left ventric",
    Finding.LV_HYPERTROPHY: "left ventric",
    Finding.LA_DILATED: "left atri",
    Finding.RA_DILATED: "right atri",
    Finding.RV_DILATED: "right ventric",
    Finding.AO_SINUS_DILATED: "aortic root",
    Finding.PERICARDIAL_EFFUSION: "pericardi",
}
by_finding = pytest.mark.parametrize("finding", CORE_FINDINGS, ids=lambda finding: finding.key)
by_view = pytest.mark.parametrize("view", View, ids=lambda view: view.value)


def words(sentence):
    return re.findall(r"[a-z]+", sentence.lower())


@by_finding
@pytest.mark.parametrize("held_out", [False, True])
def test_both_polarities_have_as_many_paraphrases_of_one_length(finding, held_out):
    positive = finding_sentences(finding, present=True, held_out=held_out)
    negative = finding_sentences(finding, present=False, held_out=held_out)
    assert len(positive) == len(negative) >= (2 if held_out else 4)
    for one, other in zip(positive, negative, strict=True):
        assert abs(len(words(one)) - len(words(other))) <= 3
        shared = set(words(one)) & set(words(other))
        assert len(shared) >= len(set(words(one))) / 2, "one style"
    mean_length = [sum(len(words(s)) for s in group) / len(group) for group in (positive, negative)]
    assert abs(mean_length[0] - mean_length[1]) <= 1.2


@by_finding
def test_every_paraphrase_names_the_structure(finding):
    for present, held_out in itertools.product((True, False), repeat=2):
        for sentence in finding_sentences(finding, present=present, held_out=held_out):
            assert STRUCTURE[finding] in sentence.lower()


def test_no_sentence_is_used_twice_or_in_both_groups():
    said = [
        sentence
        for finding in CORE_FINDINGS
        for present, held_out in itertools.product((True, False), repeat=2)
        for sentence in finding_sentences(finding, present=present, held_out=held_out)
    ]
    said += [
        s for view in View for held_out in (True, False) for s in view_sentences(view, held_out=held_out)
    ]
    assert len(said) == len(set(said))
    assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in said)
    assert not any(". " in sentence for sentence in said), "one sentence each"


def test_both_polarities_of_the_corpus_are_worded_in_the_positive_and_in_the_negative_style():
    negations = [
        bool({"no", "not", "absent"} & set(words(sentence)))
        for finding in CORE_FINDINGS
        for sentence in finding_sentences(finding, present=False)
    ]
    assert 0.3 < sum(negations) / len(negations) < 0.9, "some absences are said as normality"


@by_finding
def test_a_grade_adds_sentences_that_say_it_and_come_first(finding):
    grades = {band.grade for rule in rules_for(finding) for band in rule.bands.men[1:]}
    plain = finding_sentences(finding, present=True)
    for grade in grades - {Grade.ABNORMAL}:
        said = finding_sentences(finding, present=True, grade=grade)
        assert said[2:] == plain
        assert all(grade.value in sentence.lower() for sentence in said[:2])
        assert all(STRUCTURE[finding] in sentence.lower() for sentence in said[:2])
    assert finding_sentences(finding, present=True, grade=Grade.ABNORMAL) == plain
    assert finding_sentences(finding, present=False, grade=Grade.NORMAL) == finding_sentences(
        finding, present=False
    )


def test_a_grade_that_contradicts_the_polarity_is_refused():
    with pytest.raises(ValueError, match="left atrial dilation cannot be absent with grade mild"):
        finding_sentences(Finding.LA_DILATED, present=False, grade=Grade.MILD)
    with pytest.raises(ValueError, match="cannot be present with grade normal"):
        finding_sentences(Finding.LA_DILATED, present=True, grade=Grade.NORMAL)


def test_the_sentences_read_as_a_report():
    severe = finding_sentences(Finding.LV_DILATED, present=True, grade=Grade.SEVERE)
    assert severe[0] == "The left ventricle is severely dilated."
    small = finding_sentences(Finding.PERICARDIAL_EFFUSION, present=True, grade=Grade.SMALL)
    assert small[0] == "There is a small pericardial effusion."
    assert finding_sentences(Finding.LA_DILATED, present=False)[0] == "The left atrium is not dilated."


@by_view
def test_a_view_is_named_in_several_ways_and_by_no_other_view(view):
    train, held_out = view_sentences(view), view_sentences(view, held_out=True)
    assert len(train) >= 4
    assert len(held_out) >= 2
    for sentence in (*train, *held_out):
        assert view.label in sentence.lower() or view.abbreviation in sentence


@pytest.mark.parametrize(
    ("quantity", "value", "unit", "sentence"),
    [
        (
            Quantity.LV_INTERNAL_DIAMETER_ED,
            58.5,
            Unit.MM,
            "The LV internal diameter in diastole is 5.9 cm.",
        ),
        (Quantity.AORTIC_VALVE_AREA, 0.984, Unit.CM2, "The aortic valve area is 0.98 cm2."),
        (Quantity.E_PRIME_SEPTAL, 0.0652, Unit.M_PER_S, "The septal e' velocity is 6.5 cm/s."),
        (Quantity.TR_VMAX, 284, Unit.CM_PER_S, "The tricuspid regurgitation peak velocity is 2.8 m/s."),
        (Quantity.GLS, -17.94, Unit.PERCENT, "The LV global longitudinal strain is -17.9%."),
        (Quantity.LVEF_BIPLANE, 54.5, Unit.PERCENT, "The LV ejection fraction is 55%."),
        (Quantity.LA_VOLUME, 0.0614, Unit.L, "The left atrial volume is 61 mL."),
        (Quantity.RA_AREA, 18.49, Unit.CM2, "The right atrial area is 18 cm2."),
        (Quantity.BSA, 1.805, Unit.M2, "The body surface area is 1.81 m2."),
        (Quantity.RELATIVE_WALL_THICKNESS, 0.42, Unit.RATIO, "The relative wall thickness is 0.42."),
    ],
)
def test_a_number_is_rounded_and_carries_its_unit_as_in_a_report(quantity, value, unit, sentence):
    said = measurement_sentences(Measurement(quantity, value, unit, TABLE))
    assert said[0] == sentence
    assert len(said) >= 3


def test_every_form_of_a_number_says_the_same_number():
    for quantity in Quantity:
        value = (quantity.lowest + quantity.highest) / 3
        said = measurement_sentences(Measurement(quantity, value, quantity.unit, TABLE))
        assert len(set(said)) == len(said)
        assert (
            len({re.search(r"(\d+(\.\d+)?)\D*$", sentence.replace("m2", "m"))[1] for sentence in said}) == 1
        )


CORE_RULES = [rule for rule in RULES if find_rule(rule.quantity) is rule]


@pytest.mark.parametrize("rule", CORE_RULES, ids=lambda rule: rule.id)
def test_a_printed_number_is_graded_like_the_value_behind_it(rule):
    assert printed_step(rule.quantity.unit) == rule.resolution
    for sex in Sex:
        edge = rule.limit(sex).value
        for share in (-0.6, -0.5, -0.4, 0.0, 0.4, 0.5, 0.6):
            value = edge + share * rule.resolution
            printed = round_half_up(value, printed_step(rule.quantity.unit))
            assert rule.band(printed, sex) == rule.band(value, sex)
