"""Opposites of numbers are values of other patients of the same source."""

from collections import Counter
from random import Random

import pytest

from echovlm.clinical import Measurement, Provenance, Quantity, Sex, Source, Unit, View, grade_study
from echovlm.clinical.guidelines import find_cut
from echovlm.reports import NOBODY, compose_statements, count_population
from echovlm.reports.counterfactuals import opposite_measurement

ORIGIN = Provenance(Source.TABLE, "made up")
EF, LVIDD = Quantity.LVEF_BIPLANE, Quantity.LV_INTERNAL_DIAMETER_ED


def value(quantity: Quantity, number: float, unit: Unit | None = None) -> Measurement:
    return Measurement(quantity, number, unit or quantity.unit, ORIGIN)


def draw(
    measurement: Measurement, *, abnormal: bool, sex: Sex | None, population, n: int = 400
) -> Counter[float]:
    rule = find_cut(measurement.quantity)
    assert rule is not None
    return Counter(
        opposite_measurement(
            measurement, rule, abnormal=abnormal, sex=sex, random=Random(seed), population=population
        ).value
        for seed in range(n)
    )


def test_values_are_counted_as_they_are_printed_and_once_a_study():
    studies = [
        ([value(LVIDD, 51.4, Unit.MM), value(LVIDD, 6.0)], Sex.MALE),
        ([value(LVIDD, 5.06)], Sex.MALE),
        ([value(LVIDD, 4.4)], Sex.FEMALE),
        ([value(LVIDD, 4.9)], None),
    ]
    population = count_population(studies)
    assert population.values(LVIDD, Sex.MALE) == ((5.1, 2), (4.9, 1))
    assert dict(population.values(LVIDD, None)) == {5.1: 2, 4.4: 1, 4.9: 1}
    assert population.values(EF, Sex.MALE) == ()


def test_an_opposite_is_what_patients_beyond_the_limit_have_as_often_as_they_have_it():
    numbers = [25] * 30 + [48] * 60 + [62] * 500
    population = count_population(([value(EF, number)], Sex.MALE) for number in numbers)
    drawn = draw(value(EF, 60), abnormal=False, sex=Sex.MALE, population=population)
    assert drawn[25] + drawn[48] > 380  # the rest are typical values, which count as two patients
    assert drawn[48] == pytest.approx(2 * drawn[25], rel=0.3)
    assert 62 not in drawn


def test_a_patient_has_the_values_of_the_own_sex():
    studies = [([value(LVIDD, 5.5)], Sex.FEMALE)] * 200 + [([value(LVIDD, 6.4)], Sex.MALE)] * 200
    population = count_population(studies)
    assert draw(value(LVIDD, 4.5), abnormal=False, sex=Sex.FEMALE, population=population)[5.5] > 380
    assert draw(value(LVIDD, 4.5), abnormal=False, sex=Sex.MALE, population=population)[6.4] > 380


@pytest.mark.parametrize("abnormal", [True, False])
def test_nobody_else_leaves_the_typical_values(abnormal):
    original = value(EF, 30 if abnormal else 60)
    rule = find_cut(EF)
    assert rule is not None
    drawn = draw(original, abnormal=abnormal, sex=Sex.FEMALE, population=NOBODY)
    assert len(drawn) > 10
    (limit,) = rule.limits(Sex.FEMALE)
    assert {limit.is_beyond(number) for number in drawn} == {not abnormal}


def test_captions_take_their_opposites_from_the_population():
    population = count_population([([value(EF, 37)], Sex.MALE)] * 300)
    measurements = [value(EF, 61)]
    findings = grade_study(measurements, sex=Sex.MALE)
    drawn = {
        option
        for seed in range(30)
        for each in compose_statements(
            View.A4C, measurements, findings, seed=seed, sex=Sex.MALE, population=population
        )
        if each.quantity is EF
        for option in each.counterfactual_options
    }
    assert sum("37%" in option for option in drawn) >= 4
    assert len(drawn) <= 4 * 4  # hardly any from the two typical patients


def test_two_sources_of_equal_size_lend_each_their_own_values():
    for number in (25, 37, 25):
        population = count_population([([value(EF, number)], Sex.MALE)] * 300)
        assert draw(value(EF, 60), abnormal=False, sex=Sex.MALE, population=population, n=50)[number] > 45
