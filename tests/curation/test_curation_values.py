"""What one row of the structured table says, and what it does not."""

import pytest
from curation_trees import MEASURED
from hypothesis import given
from hypothesis import strategies as st

from echovlm.clinical import (
    Finding,
    FindingState,
    Measurement,
    Provenance,
    Quantity,
    Source,
    Unit,
    grade_study,
)
from echovlm.curation.reasons import RowProblem
from echovlm.curation.values import NAMES, choose, find_named, parse_measurement, parse_number

ROW = Provenance(Source.TABLE, "row 1")


def read(name: str, result: str, unit: str = "") -> Measurement | RowProblem:
    return parse_measurement(find_named(name), result, unit, ROW)


@given(
    st.floats(0, 500, allow_nan=False).map(lambda x: round(x, 3)),
    st.sampled_from(["", " ", " cm", "%", " mL"]),
)
def test_a_plain_number_is_itself_whatever_unit_follows(number, unit):
    assert parse_number(f" {number}{unit} ") == number


@given(st.integers(1, 90), st.integers(1, 90), st.sampled_from(["-", " - ", "–", " to ", "%-"]))
def test_a_range_is_no_number(low, high, dash):
    assert parse_number(f"{low}{dash}{high}") is RowProblem.RANGE


@given(
    st.integers(1, 90), st.sampled_from([">{}", "<{}", "> {}%", "<= {}", "≥{}", "less than {}", "{} or more"])
)
def test_a_bound_is_no_number(limit, form):
    assert parse_number(form.format(limit)) is RowProblem.BOUND


@pytest.mark.parametrize("text", ["n/a", "see report", "3,4", "1.2.3", "nan", "inf", "--", "5 6"])
def test_other_text_is_no_number(text):
    assert parse_number(text) is RowProblem.NOT_A_NUMBER


def test_a_blank_is_empty():
    assert parse_number("  ") is RowProblem.EMPTY


def test_a_blank_unit_means_the_unit_of_the_name():
    assert read("lvedd", "5.1") == Measurement(Quantity.LV_INTERNAL_DIAMETER_ED, 5.1, Unit.CM, ROW)
    assert read("lvedd", "51", "mm").value == pytest.approx(5.1)


def test_both_eras_give_the_same_patient():
    assert read("height_inches", "67").value == pytest.approx(read("height_cm", "170.18").value)
    assert read("weight_pounds", "154.3236").value == pytest.approx(read("weight_kg", "70").value)


@pytest.mark.parametrize(
    ("name", "result", "unit", "problem"),
    [
        ("lvedd", "51", "cm", RowProblem.IMPLAUSIBLE),
        ("la_vol", "50", "cm", RowProblem.WRONG_DIMENSION),
        ("la_vol", "50", "furlong", RowProblem.UNKNOWN_UNIT),
        ("lvef", "40-45", "%", RowProblem.RANGE),
        ("lvef", ">55", "%", RowProblem.BOUND),
    ],
)
def test_a_row_that_gives_no_value_says_why(name, result, unit, problem):
    assert read(name, result, unit) is problem


def test_every_name_reads_a_plausible_value_in_its_own_unit():
    for named in NAMES:
        middle = (named.quantity.lowest + named.quantity.highest) / 2
        number = middle * named.quantity.unit.in_base / named.unit.in_base
        assert read(named.name, f"{number:.4f}").value == pytest.approx(middle, rel=1e-3)
    assert set(MEASURED) <= {named.name for named in NAMES}


def test_a_biplane_ejection_fraction_decides_before_the_visual_estimate():
    rows = [("lvef", read("lvef", "55")), ("biplane_lvef", read("biplane_lvef", "48"))]
    for order in (rows, rows[::-1]):
        values, torn = choose(order)
        assert ({v.quantity: v.value for v in values}, torn) == (
            {Quantity.LVEF_BIPLANE: 48, Quantity.LVEF_VISUAL: 55},
            (),
        )
        (judged,) = [r for r in grade_study(values, sex=None) if r.finding is Finding.LV_SYSTOLIC_DYSFUNCTION]
        assert (judged.rule_id, judged.state) == ("lvef_grade", FindingState.PRESENT)


def test_two_rows_that_agree_are_one_value_and_two_that_do_not_are_none():
    assert choose([("lvedd", read("lvedd", "5.1")), ("lvedd", read("lvedd", "5.15"))])[1] == ()
    rows = [("lvedd", read("lvedd", "5.1")), ("lvedd", read("lvedd", "6.1"))]
    assert choose(rows) == ((), (rows[0][1], rows[1][1]))
