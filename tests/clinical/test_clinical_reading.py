import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echovlm.clinical.measurement import Quantity
from echovlm.clinical.printed import PrintedNumber, parse_printed
from echovlm.clinical.provenance import Provenance, Source
from echovlm.clinical.ranges import typical_range
from echovlm.clinical.reading import accepted_units, read_value
from echovlm.clinical.units import Unit, UnitError

ROW = Provenance(Source.TABLE, "row 1")
Q = Quantity


@pytest.mark.parametrize(
    ("quantity", "value", "canonical"),
    [
        (Q.LV_INTERNAL_DIAMETER_ED, 58, 5.8),
        (Q.AORTIC_SINUS_DIAMETER, 38, 3.8),
        (Q.TAPSE, 1.8, 18),
        (Q.MITRAL_E_VELOCITY, 0.8, 80),
        (Q.E_PRIME_SEPTAL, 0.08, 8),
        (Q.TR_VMAX, 280, 2.8),
        (Q.MITRAL_DECELERATION_TIME, 0.2, 200),
        (Q.MR_EROA, 30, 0.3),
        (Q.LVEF_VISUAL, 0.55, 55),
        (Q.LVOT_VTI, 0.22, 22),
        (Q.HEIGHT, 70, 177.8),
        (Q.HEIGHT, 1.75, 175),
        (Q.CARDIAC_OUTPUT, 4500, 4.5),
        (Q.RVOT_DIAMETER_PROXIMAL, 32, 3.2),
    ],
)
def test_a_forgotten_unit_is_supplied_when_only_one_makes_sense_and_that_is_said(quantity, value, canonical):
    reading = read_value(quantity, value, None, ROW)
    assert reading.measurement.value == pytest.approx(canonical)
    assert reading.measurement.unit is quantity.unit
    assert "has no unit" in reading.remark


@pytest.mark.parametrize(
    ("quantity", "value"),
    [
        (Q.IVS_THICKNESS_ED, 3.5),  # massive hypertrophy or a thinned scar
        (Q.PERICARDIAL_EFFUSION_DEPTH, 2),
        (Q.WEIGHT, 150),
        (Q.TAPSE, 3.5),
        (Q.RV_WALL_THICKNESS, 1.5),
        (Q.AR_VENA_CONTRACTA, 1.5),
        (Q.IVC_DIAMETER, 3.5),
    ],
)
def test_a_value_that_may_be_either_unit_is_dropped_and_never_converted(quantity, value):
    reading = read_value(quantity, value, None, ROW)
    assert reading.measurement is None
    assert reading.remark.endswith("it needs its unit.")


def test_a_stated_unit_that_makes_the_value_impossible_drops_it_and_names_the_likely_one():
    reading = read_value(Q.LV_INTERNAL_DIAMETER_ED, 58, Unit.CM, ROW)
    assert reading.measurement is None
    assert reading.remark == (
        "LVIDd of 58 cm is implausible (allowed 2 to 11 cm); 58 mm would be 5.8 cm. Check the unit."
    )
    assert read_value(Q.LV_INTERNAL_DIAMETER_ED, 5800, Unit.MM, ROW).measurement is None


def test_a_stated_unit_is_believed_where_the_bare_number_would_be_ambiguous():
    assert read_value(Q.IVS_THICKNESS_ED, 3.5, Unit.MM, ROW).measurement.value == pytest.approx(0.35)
    assert read_value(Q.PERICARDIAL_EFFUSION_DEPTH, 2, Unit.CM, ROW).measurement.value == 2
    assert read_value(Q.WEIGHT, 150, Unit.POUND, ROW).measurement.value == pytest.approx(68, abs=0.1)
    with pytest.raises(UnitError, match="Use one of"):
        read_value(Q.LVOT_VTI, 20, Unit.ML, ROW)


def test_strain_is_negative_however_it_was_printed():
    printed = read_value(Q.GLS, 18, Unit.PERCENT, ROW)
    assert printed.measurement.value == -18
    assert "sign" in printed.remark
    assert read_value(Q.GLS, -18, None, ROW).remark == ""
    assert read_value(Q.LA_RESERVOIR_STRAIN, 30, None, ROW).measurement.value == 30


@settings(deadline=None)
@given(quantity=st.sampled_from(Quantity), share=st.floats(0, 1), data=st.data())
def test_a_value_with_its_unit_is_read_as_it_stands_in_every_unit(quantity, share, data):
    low, high = typical_range(quantity)
    value = low + share * (high - low)
    unit = data.draw(st.sampled_from(accepted_units(quantity)))
    shown = value * quantity.unit.in_base / unit.in_base
    reading = read_value(quantity, shown, unit, ROW)
    assert reading.measurement.value == pytest.approx(value)
    assert reading.remark == ""


@settings(deadline=None)
@given(quantity=st.sampled_from(Quantity), value=st.floats(-500, 5000))
def test_whatever_is_read_is_plausible_and_a_plausible_value_is_never_converted(quantity, value):
    reading = read_value(quantity, value, None, ROW)
    if reading.measurement is None:
        assert reading.remark
        return
    assert quantity.lowest <= reading.measurement.value <= quantity.highest
    if quantity.lowest <= value <= quantity.highest:
        assert reading.measurement.value == value


inf = math.inf


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("55", PrintedNumber(55, 55)),
        (" 5.4 cm ", PrintedNumber(5.4, 5.4, unit_text="cm")),
        (".9", PrintedNumber(0.9, 0.9)),
        ("-18.5 %", PrintedNumber(-18.5, -18.5, unit_text="%")),
        (">55", PrintedNumber(55, inf, False, False)),
        (">= 55%", PrintedNumber(55, inf, True, False, unit_text="%")),
        ("\N{LESS-THAN OR EQUAL TO}30", PrintedNumber(-inf, 30, False, True)),
        ("less than 30", PrintedNumber(-inf, 30, False, False)),
        ("40-45", PrintedNumber(40, 45)),
        ("50% to 55%", PrintedNumber(50, 55, unit_text="%")),
        ("30\N{EN DASH}35 %", PrintedNumber(30, 35, unit_text="%")),
        ("between 50 and 55%", PrintedNumber(50, 55, unit_text="%")),
        ("about 60", PrintedNumber(60, 60, approximate=True)),
        ("~50-55%", PrintedNumber(50, 55, approximate=True, unit_text="%")),
    ],
)
def test_a_printed_number_is_the_interval_that_it_states(text, printed):
    assert parse_printed(text) == printed


@pytest.mark.parametrize("text", ["", "normal", "45-40", "55% (nl >=55%)", "1 2", ">", "5.4 x 3.2"])
def test_what_is_no_number_is_none(text):
    assert parse_printed(text) is None


def test_only_a_single_number_has_a_value_and_a_bound_has_no_middle():
    assert parse_printed("55").value == 55
    assert parse_printed("50-55").value is None
    assert parse_printed("50-55").middle == 52.5
    assert parse_printed(">55").value is None
    assert parse_printed(">55").middle is None


@settings(deadline=None)
@given(low=st.integers(1, 200), width=st.integers(1, 50))
def test_a_range_is_read_back(low, width):
    assert parse_printed(f"{low / 10:g}-{(low + width) / 10:g}") == PrintedNumber(
        low / 10, (low + width) / 10
    )
