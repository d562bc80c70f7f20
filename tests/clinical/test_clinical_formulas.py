import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echovlm.clinical.formulas import FORMULAS, derive
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.provenance import Provenance, Source
from echovlm.clinical.units import Unit

TABLE = Provenance(Source.TABLE, "structured-measurement.csv row 1")
LVIDD, LVIDS = Quantity.LV_INTERNAL_DIAMETER_ED, Quantity.LV_INTERNAL_DIAMETER_ES
IVSD, PWD = Quantity.IVS_THICKNESS_ED, Quantity.PW_THICKNESS_ED
EDV, ESV = Quantity.LV_EDV_BIPLANE, Quantity.LV_ESV_BIPLANE


def derived(values):
    given_ones = [Measurement(quantity, value, quantity.unit, TABLE) for quantity, value in values.items()]
    return {m.quantity: m for m in derive(given_ones)[len(given_ones) :]}


@pytest.mark.parametrize(
    ("values", "result", "expected"),
    [
        ({Quantity.HEIGHT: 170, Quantity.WEIGHT: 70}, Quantity.BSA, 1.810),  # Du Bois' own nomogram: 1.81
        ({EDV: 120, ESV: 48}, Quantity.LVEF_BIPLANE, 60),
        ({LVIDD: 5.0, LVIDS: 3.5}, Quantity.FRACTIONAL_SHORTENING, 30),
        ({IVSD: 1.0, LVIDD: 5.0, PWD: 1.0}, Quantity.LV_MASS, 0.8 * 1.04 * (343 - 125) + 0.6),
        ({PWD: 1.0, LVIDD: 5.0}, Quantity.RELATIVE_WALL_THICKNESS, 0.4),
        ({EDV: 120, Quantity.BSA: 2.0}, Quantity.LV_EDV_INDEX, 60),
        ({Quantity.LV_MASS: 200, Quantity.BSA: 2.0}, Quantity.LV_MASS_INDEX, 100),
        ({Quantity.LA_VOLUME: 70, Quantity.BSA: 2.0}, Quantity.LA_VOLUME_INDEX, 35),
    ],
)
def test_a_formula_gives_the_textbook_value(values, result, expected):
    assert derived(values)[result].value == pytest.approx(expected, abs=5e-4)


def test_an_index_is_derived_from_what_was_itself_derived():
    values = {Quantity.HEIGHT: 180, Quantity.WEIGHT: 80, IVSD: 1.1, LVIDD: 5.0, PWD: 1.0}
    results = derived(values)
    assert results[Quantity.LV_MASS_INDEX].value == pytest.approx(
        results[Quantity.LV_MASS].value / results[Quantity.BSA].value
    )


def test_a_derived_value_names_its_formula_and_source():
    origin = derived({Quantity.LA_VOLUME: 70, Quantity.BSA: 2.0})[Quantity.LA_VOLUME_INDEX].provenance
    assert origin.source is Source.FORMULA
    assert origin.locator == "la_volume_index = la_volume / bsa (ASE/EACVI 2015)"


def test_a_given_value_is_kept_and_never_derived_again():
    assert Quantity.LVEF_BIPLANE not in derived({EDV: 120, ESV: 48, Quantity.LVEF_BIPLANE: 55})


def test_no_body_surface_is_assumed():
    assert not derived({EDV: 120, Quantity.LA_VOLUME: 60, Quantity.HEIGHT: 170})


def test_a_heart_that_grows_in_systole_has_no_ejection_fraction():
    assert not derived({EDV: 100, ESV: 120})
    assert not derived({LVIDD: 4.0, LVIDS: 4.5})


def test_walls_in_another_unit_than_the_cavity_give_no_mass():
    assert Quantity.LV_MASS not in derived({IVSD: 3.9, LVIDD: 3.0, PWD: 1.0})


def test_nothing_is_derived_from_or_into_the_implausible():
    assert not derived({Quantity.HEIGHT: 17, Quantity.WEIGHT: 70})
    assert Quantity.LA_VOLUME_INDEX not in derived({Quantity.LA_VOLUME: 390, Quantity.BSA: 1.2})
    assert not derived({EDV: 100, ESV: 99})  # 1 % is below what a living heart ejects


def test_units_are_converted_before_a_formula():
    inches = Measurement(Quantity.HEIGHT, 70, Unit.INCH, TABLE)
    pounds = Measurement(Quantity.WEIGHT, 176.4, Unit.POUND, TABLE)
    metric = derived({Quantity.HEIGHT: 177.8, Quantity.WEIGHT: 80.01})[Quantity.BSA].value
    assert derive([inches, pounds])[-1].value == pytest.approx(metric, rel=1e-3)


def test_formulas_stand_in_order_of_dependency():
    results = [formula.result for formula in FORMULAS]
    for index, formula in enumerate(FORMULAS):
        assert not set(formula.inputs) & set(results[index:])
        assert formula.source


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(list(Quantity)), st.floats(0, 1), max_size=8))
def test_derived_values_are_plausible_and_the_given_ones_come_first(shares):
    given_ones = [
        Measurement(q, q.lowest + share * (q.highest - q.lowest), q.unit, TABLE)
        for q, share in shares.items()
    ]
    results = derive(given_ones)
    assert list(results[: len(given_ones)]) == given_ones
    for result in results[len(given_ones) :]:
        assert result.checked() == result
    assert derive(results) == results
