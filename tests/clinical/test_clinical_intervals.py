import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echovlm.clinical import (
    Finding,
    FindingState,
    Grade,
    Interval,
    Measurement,
    Provenance,
    Quantity,
    Sex,
    Source,
    derive,
    grade_study,
    grade_with_intervals,
    typical_range,
)
from echovlm.clinical.value_file import parse_study

TABLE = Provenance(Source.TABLE, "structured-measurement.csv row 1")
PRESENT, ABSENT, OPEN = FindingState.PRESENT, FindingState.ABSENT, FindingState.INDETERMINATE


def graded(*texts):
    study = parse_study(texts)
    results = grade_with_intervals(study.measurements, study.intervals, sex=study.sex, context=study.context)
    return {result.finding: result for result in results}


@pytest.mark.parametrize(
    ("text", "state", "grade"),
    [
        ("LVEF=>55", ABSENT, Grade.NORMAL),
        ("LVEF=>53", ABSENT, Grade.NORMAL),  # more than 53 % is 54 % and more
        ("LVEF=>=53", OPEN, None),  # without a sex: reduced in women
        ("LVEF=50-55", OPEN, None),
        ("LVEF=<30", PRESENT, Grade.SEVERE),
        ("LVEF=<=30", PRESENT, None),  # 30 % itself is moderate
        ("LVEF=31-39", PRESENT, Grade.MODERATE),
        ("LVEF=35-45", PRESENT, None),
    ],
)
def test_a_bounded_ejection_fraction_decides_only_what_holds_at_both_ends(text, state, grade):
    result = graded(text)[Finding.LV_SYSTOLIC_DYSFUNCTION]
    assert (result.state, result.grade) == (state, grade), result.reason


def test_more_than_55_percent_is_normal_and_may_be_hyperdynamic():
    results = graded("LVEF=>55", "sex=M")
    assert results[Finding.LV_SYSTOLIC_DYSFUNCTION].state is ABSENT
    assert results[Finding.LV_HYPERDYNAMIC].state is OPEN
    assert "absent or present" in results[Finding.LV_HYPERDYNAMIC].reason


def test_an_end_that_nobody_measured_is_no_evidence_and_has_no_distance():
    result = graded("LVEF=<30", "LVIDd=6.8 cm", "sex=M")[Finding.DCM_PHENOTYPE]
    assert result.state is PRESENT
    assert [value.quantity for value in result.evidence] == [Quantity.LV_INTERNAL_DIAMETER_ED]
    assert all(each.quantity is not Quantity.LVEF_BIPLANE for each in result.distances)


def test_a_measured_value_wins_over_a_bound():
    assert graded("LVEF=>55", "LVEF=38")[Finding.LV_SYSTOLIC_DYSFUNCTION].grade is Grade.MODERATE


def test_what_follows_from_a_bounded_value_is_derived_at_both_ends():
    results = graded("LA vol=>90", "BSA=1.8")
    assert results[Finding.LA_DILATED].grade is Grade.SEVERE
    assert "LA volume 91 to" in results[Finding.LA_DILATED].reason


def test_bounds_in_another_unit_are_converted_and_implausible_ones_are_said():
    study = parse_study(["LVIDd=>70mm"])
    assert study.intervals[0].low == pytest.approx(7.1)
    wrong = parse_study(["LVEF=>550"])
    assert not wrong.intervals
    assert "implausible" in wrong.remarks[0]


@settings(max_examples=60, deadline=None)
@given(value=st.integers(10, 80), sex=st.sampled_from([*Sex, None]))
def test_an_interval_of_one_point_is_graded_like_the_value(value, sex):
    interval = Interval.within(Quantity.LVEF_BIPLANE, value, value, TABLE)
    measured = [Measurement(Quantity.LVEF_BIPLANE, value, Quantity.LVEF_BIPLANE.unit, TABLE)]
    assert grade_with_intervals([], [interval], sex=sex) == grade_study(derive(measured), sex=sex)


@settings(max_examples=100, deadline=None)
@given(
    low=st.integers(10, 80),
    width=st.integers(0, 20),
    place=st.floats(0, 1),
    sex=st.sampled_from([*Sex, None]),
)
def test_what_an_interval_decides_holds_for_every_value_in_it(low, width, place, sex):
    high = min(low + width, 85)
    interval = Interval.within(Quantity.LVEF_BIPLANE, low, high, TABLE)
    inside = low + place * (high - low)
    exact = grade_study(
        derive([Measurement(Quantity.LVEF_BIPLANE, inside, Quantity.LVEF_BIPLANE.unit, TABLE)]), sex=sex
    )
    for bounded, known in zip(grade_with_intervals([], [interval], sex=sex), exact, strict=True):
        if bounded.state.is_decided:
            assert known.state is bounded.state
            if bounded.grade is not None:
                assert known.grade is bounded.grade


def test_an_interval_outside_what_is_plausible_is_none():
    assert Interval.within(Quantity.LVEF_BIPLANE, 120, math.inf, TABLE) is None
    whole = Interval.within(Quantity.LVEF_BIPLANE, -math.inf, 40, TABLE)
    assert (whole.low, whole.high) == (typical_range(Quantity.LVEF_BIPLANE)[0], 40)
    low = Interval.within(Quantity.LVEF_BIPLANE, -math.inf, 8, TABLE)
    assert low.low == Quantity.LVEF_BIPLANE.lowest
