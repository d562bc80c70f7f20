import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echovlm.clinical.findings import Finding, FindingState, Grade
from echovlm.clinical.formulas import derive
from echovlm.clinical.guidelines import (
    ALGORITHMS,
    RULES,
    Algorithm,
    algorithms_for,
    grade_study,
    guideline_by_id,
    rule_by_id,
    rules_for,
)
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.patient import Sex
from echovlm.clinical.provenance import Provenance, Source
from echovlm.clinical.units import Unit

TABLE = Provenance(Source.TABLE, "structured-measurement.csv row 1")
INDETERMINATE = FindingState.INDETERMINATE
PRESENT, ABSENT, NOT_ASSESSED = FindingState.PRESENT, FindingState.ABSENT, FindingState.NOT_ASSESSED
LVIDD, EDVI, EDV = Quantity.LV_INTERNAL_DIAMETER_ED, Quantity.LV_EDV_INDEX, Quantity.LV_EDV_BIPLANE
IVSD, PWD = Quantity.IVS_THICKNESS_ED, Quantity.PW_THICKNESS_ED


BANDED = sorted(
    {rule.quantity for rule in RULES} | {part.quantity for a in ALGORITHMS for part in a.parts},
    key=lambda quantity: quantity.name,
)


def measured(values):
    return [Measurement(quantity, value, quantity.unit, TABLE) for quantity, value in values.items()]


def graded(values, finding, sex=Sex.MALE):
    return next(r for r in grade_study(measured(values), sex=sex) if r.finding is finding)


@st.composite
def studies(draw):
    quantities = draw(st.sets(st.sampled_from(BANDED), max_size=25))
    return {q: draw(st.floats(q.lowest, q.highest)) for q in sorted(quantities, key=lambda q: q.name)}


def test_a_study_without_values_says_nothing_and_says_what_was_missing():
    results = grade_study((), sex=Sex.MALE)
    assert [result.finding for result in results] == list(Finding)
    assert {result.state for result in results} == {NOT_ASSESSED}
    assert results[0].reason == "Not measured: LVEDVi or LVIDd/BSA or LVIDd or LVEDV."
    assert all(result.grade is None and result.rule_id is None for result in results)


def test_the_reason_can_be_checked_by_a_reader():
    result = graded({LVIDD: 6.0}, Finding.LV_DILATED)
    assert result.reason == "LVIDd 6.0 cm is above 5.8 cm (men), mild: ASE/EACVI 2015."
    assert (result.state, result.grade, result.rule_id) == (PRESENT, Grade.MILD, "lv_size_lvidd")
    assert [str(value) for value in result.evidence] == ["LVIDd 6 cm"]


@pytest.mark.parametrize(
    ("values", "finding", "sex", "reason"),
    [
        (
            {Quantity.LVEF_BIPLANE: 60},
            Finding.LV_SYSTOLIC_DYSFUNCTION,
            Sex.FEMALE,
            "LVEF 60 % is not below 54 % (women), normal: ASE/EACVI 2015.",
        ),
        (
            {Quantity.PERICARDIAL_EFFUSION_DEPTH: 0.3},
            Finding.PERICARDIAL_EFFUSION,
            Sex.MALE,
            "Effusion 0.3 cm is at or above 0.3 cm, small: ESC 2015.",
        ),
        (
            {Quantity.RA_AREA: 18.4},
            Finding.RA_DILATED,
            None,
            "RA area 18 cm2 is not above 18 cm2, normal: ASE 2010.",
        ),
        (
            {LVIDD: 7.5},
            Finding.LV_DILATED,
            None,
            "LVIDd 7.5 cm is above 5.8 cm (men) and 5.2 cm (women), severe: ASE/EACVI 2015.",
        ),
        (
            {IVSD: 1.0, PWD: 0.9},
            Finding.LV_WALL_THICKENED,
            Sex.MALE,
            "IVSd 1.0 cm is not above 1.0 cm (men) and LVPWd 0.9 cm is not above 1.0 cm (men), "
            "normal: ASE/EACVI 2015.",
        ),
        (
            {IVSD: 0.9},
            Finding.LV_WALL_THICKENED,
            Sex.MALE,
            "IVSd 0.9 cm is not above 1.0 cm (men), but LVPWd is not measured.",
        ),
        (
            {LVIDD: 5.5},
            Finding.LV_DILATED,
            None,
            "Sex is unknown, and LVIDd 5.5 cm is normal in men but mild in women.",
        ),
    ],
)
def test_a_reason_gives_value_threshold_grade_and_source(values, finding, sex, reason):
    assert graded(values, finding, sex).reason == reason


def test_one_thick_wall_is_enough_and_both_must_be_normal():
    assert graded({IVSD: 1.2}, Finding.LV_WALL_THICKENED).state is PRESENT
    assert graded({PWD: 1.2}, Finding.LV_WALL_THICKENED).state is PRESENT
    assert graded({IVSD: 0.9}, Finding.LV_WALL_THICKENED).state is NOT_ASSESSED
    assert graded({IVSD: 0.9, PWD: 0.9}, Finding.LV_WALL_THICKENED).state is ABSENT
    thicker = graded({IVSD: 1.2, PWD: 1.5}, Finding.LV_WALL_THICKENED)
    assert (thicker.grade, thicker.rule_id) == (Grade.MODERATE, "lv_wall_pwd")
    assert len(thicker.evidence) == 2


def test_thick_walls_are_not_yet_hypertrophy():
    assert graded({IVSD: 1.4, PWD: 1.4}, Finding.LV_HYPERTROPHY).state is NOT_ASSESSED


def test_the_better_input_decides():
    assert graded({EDVI: 70, LVIDD: 6.0}, Finding.LV_DILATED).rule_id == "lv_size_edvi"
    assert graded({EDV: 140, LVIDD: 6.0}, Finding.LV_DILATED).rule_id == "lv_size_lvidd"
    assert graded({EDV: 140}, Finding.LV_DILATED).rule_id == "lv_size_edv"
    function = {
        Quantity.FRACTIONAL_SHORTENING: 30,
        Quantity.LVEF_VISUAL: 40,
        Quantity.LVEF_A4C: 50,
        Quantity.LVEF_BIPLANE: 45,
    }
    for rule_id in ("lvef_grade", "lvef_grade_a4c", "lvef_grade_visual", "fs_grade"):
        assert graded(function, Finding.LV_SYSTOLIC_DYSFUNCTION).rule_id == rule_id
        del function[rule_by_id(rule_id).quantity]
    left_atrium = {Quantity.LA_DIAMETER_AP: 4.5, Quantity.LA_VOLUME_INDEX: 30}
    assert graded(left_atrium, Finding.LA_DILATED).state is ABSENT


def test_indexed_and_absolute_size_two_grades_apart_are_flagged_and_the_index_kept():
    result = graded({EDVI: 70, LVIDD: 6.5}, Finding.LV_DILATED)
    assert result.state is ABSENT
    assert result.reason.endswith("normal: ASE/EACVI 2015; LVIDd 6.5 cm alone would be moderate, discordant.")
    assert "discordant" not in graded({EDVI: 70, LVIDD: 6.0}, Finding.LV_DILATED).reason


def test_a_value_that_nobody_can_have_grades_nothing():
    result = graded({LVIDD: 58}, Finding.LV_DILATED)
    assert result.state is NOT_ASSESSED
    assert result.reason == "LVIDd of 58 cm is implausible (allowed 2 to 11 cm)."
    assert graded({LVIDD: float("nan")}, Finding.LV_DILATED).state is NOT_ASSESSED
    assert graded({LVIDD: 58, EDV: 160}, Finding.LV_DILATED).rule_id == "lv_size_edv"


def test_of_two_values_for_one_quantity_the_first_counts():
    twice = [*measured({LVIDD: 6.0}), *measured({LVIDD: 5.0})]
    assert grade_study(twice, sex=Sex.MALE)[0].state is PRESENT


def test_trivial_pericardial_fluid_is_no_effusion():
    assert graded({Quantity.PERICARDIAL_EFFUSION_DEPTH: 0.24}, Finding.PERICARDIAL_EFFUSION).state is ABSENT
    assert graded({Quantity.PERICARDIAL_EFFUSION_DEPTH: 0.25}, Finding.PERICARDIAL_EFFUSION).state is PRESENT


@settings(max_examples=150, deadline=None)
@given(values=studies())
def test_without_a_sex_a_finding_is_kept_only_if_both_sexes_agree(values):
    unknown = grade_study(measured(values), sex=None)
    men, women = (grade_study(measured(values), sex=sex) for sex in (Sex.MALE, Sex.FEMALE))
    for result, man, woman in zip(unknown, men, women, strict=True):
        if (man.state, man.grade) == (woman.state, woman.grade):
            assert result.grade is man.grade or result.state is INDETERMINATE
        else:
            assert result.state is INDETERMINATE
            assert "Sex is unknown" in result.reason
            assert result.grade is None


@settings(max_examples=150, deadline=None)
@given(values=studies(), sex=st.sampled_from([*Sex, None]))
def test_a_finding_is_never_graded_without_its_inputs(values, sex):
    for result in grade_study(measured(values), sex=sex):
        rules = rules_for(result.finding)
        inputs = {rule.quantity for rule in rules}
        inputs |= {q for algorithm in algorithms_for(result.finding) for q in algorithm.quantities}
        if not inputs & set(values):
            assert result.state is NOT_ASSESSED
        if not result.state.is_decided:
            assert result.grade is None
        else:
            used = {value.quantity for value in result.evidence}
            rule = guideline_by_id(result.rule_id)
            asked = rule.quantities if isinstance(rule, Algorithm) else (rule.quantity,)
            assert used <= set(values)
            assert used & set(asked)
            assert (result.state is PRESENT) is (result.grade is not Grade.NORMAL)
            assert result.cited
            assert not set(result.missing) & set(values)
        assert result.reason.endswith(".")


_OTHER_UNIT = {
    Unit.CM: Unit.MM, Unit.ML: Unit.L, Unit.CM2: Unit.MM2, Unit.M_PER_S: Unit.CM_PER_S, Unit.CM_PER_S: Unit.M_PER_S,
    Unit.MS: Unit.S, Unit.MM: Unit.CM, Unit.CM_PER_M2: Unit.MM_PER_M2,
}  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(values=studies(), sex=st.sampled_from(Sex))
def test_the_unit_in_which_a_value_is_given_changes_nothing(values, sex):
    canonical = measured(values)
    converted = [value.to(_OTHER_UNIT.get(value.unit, value.unit)) for value in canonical]
    for one, other in zip(grade_study(canonical, sex=sex), grade_study(converted, sex=sex), strict=True):
        assert (one.state, one.grade, one.rule_id, one.reason) == (
            other.state,
            other.grade,
            other.rule_id,
            other.reason,
        )


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if rule.quantity.unit is Unit.CM], ids=lambda rule: rule.id
)
def test_at_every_step_of_a_length_millimetres_and_centimetres_agree(rule):
    first, last = round(rule.quantity.lowest * 100), round(rule.quantity.highest * 100)
    for hundredths in range(first, last + 1):
        in_mm = Measurement(rule.quantity, hundredths / 10, Unit.MM, TABLE).canonical().value
        assert rule.rounded(in_mm) == rule.rounded(hundredths / 100)


@settings(max_examples=100, deadline=None)
@given(values=studies(), sex=st.sampled_from([*Sex, None]), data=st.data())
def test_the_order_of_the_measurements_does_not_matter(values, sex, data):
    shuffled = dict(data.draw(st.permutations(list(values.items()))))
    assert grade_study(measured(values), sex=sex) == grade_study(measured(shuffled), sex=sex)


def test_ten_thousand_studies_are_derived_and_graded_in_seconds():
    values = {
        Quantity.HEIGHT: 170, Quantity.WEIGHT: 80, LVIDD: 5.1, Quantity.LV_INTERNAL_DIAMETER_ES: 3.4,
        IVSD: 1.1, PWD: 1.0, EDV: 130, Quantity.LV_ESV_BIPLANE: 60, Quantity.LA_DIAMETER_AP: 3.9,
        Quantity.LA_VOLUME: 60, Quantity.RA_AREA: 17, Quantity.RV_BASAL_DIAMETER: 3.9,
        Quantity.AORTIC_SINUS_DIAMETER: 3.5, Quantity.PERICARDIAL_EFFUSION_DEPTH: 0,
    }  # fmt: skip
    study = derive(measured(values))
    start = time.process_time()
    for _ in range(2000):
        grade_study(study, sex=Sex.MALE)
    assert (time.process_time() - start) * 5 < 10
