import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echovlm.clinical.formulas import (
    BSA_DU_BOIS,
    BSA_MOSTELLER,
    FORMULAS,
    derive,
    predict_root_by_height_cm,
    predict_root_cm,
    root_z,
    simpson_ml,
)
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.patient import Sex
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
    growing = derived({LVIDD: 4.0, LVIDS: 4.5})
    assert set(growing) == {Quantity.LV_EDV_TEICHHOLZ, Quantity.LV_ESV_TEICHHOLZ}, "volumes, and no more"


def test_a_cube_of_the_diameter_gives_volumes_only_where_no_tracing_did():
    assert derived({LVIDD: 5.0})[Quantity.LV_EDV_TEICHHOLZ].value == pytest.approx(7 * 125 / 7.4)
    assert Quantity.LV_EDV_TEICHHOLZ not in derived({LVIDD: 5.0, EDV: 120})


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
    found = {measurement.quantity: measurement.value for measurement in derive([inches, pounds])}
    assert found[Quantity.BSA] == pytest.approx(metric, rel=1e-3)


FLOW = {
    Quantity.HEIGHT: 170, Quantity.WEIGHT: 70, Quantity.HEART_RATE: 70, Quantity.LVOT_DIAMETER: 2.0,
    Quantity.LVOT_VTI: 20, Quantity.AV_VTI: 80, Quantity.AV_VMAX: 4.0, Quantity.TR_VMAX: 3.0,
    Quantity.IVC_DIAMETER: 2.3, Quantity.IVC_COLLAPSE: 30, Quantity.MITRAL_E_VELOCITY: 90,
    Quantity.MITRAL_A_VELOCITY: 60, Quantity.E_PRIME_SEPTAL: 6, Quantity.E_PRIME_LATERAL: 9,
    Quantity.MV_PRESSURE_HALF_TIME: 220, Quantity.MR_PISA_RADIUS: 0.8, Quantity.MR_ALIAS_VELOCITY: 40,
    Quantity.MR_VMAX: 5.0, Quantity.MR_VTI: 150, Quantity.RVOT_DIAMETER_DISTAL: 2.4, Quantity.RVOT_VTI: 18,
    Quantity.TAPSE: 18,
}  # fmt: skip


@pytest.mark.parametrize(
    ("quantity", "value"),
    [
        (Quantity.LVOT_AREA, 3.1416),
        (Quantity.STROKE_VOLUME, 62.83),
        (Quantity.STROKE_VOLUME_INDEX, 62.83 / 1.8097),
        (Quantity.CARDIAC_OUTPUT, 4.398),
        (Quantity.AORTIC_VALVE_AREA, 0.7854),
        (Quantity.AV_DIMENSIONLESS_INDEX, 0.25),
        (Quantity.AV_PEAK_GRADIENT, 64),
        (Quantity.TR_PEAK_GRADIENT, 36),
        (Quantity.RA_PRESSURE, 15),
        (Quantity.RVSP, 51),
        (Quantity.TAPSE_PASP_RATIO, 18 / 51),
        (Quantity.MITRAL_E_A_RATIO, 1.5),
        (Quantity.E_PRIME_AVERAGE, 7.5),
        (Quantity.E_E_PRIME_AVERAGE, 12),
        (Quantity.E_E_PRIME_SEPTAL, 15),
        (Quantity.MITRAL_VALVE_AREA_PHT, 1.0),
        (Quantity.MR_EROA, 0.3217),  # 2 * pi * 0.64 * 40 / 500
        (Quantity.MR_REGURGITANT_VOLUME, 48.25),
        (Quantity.MR_REGURGITANT_FRACTION, 43.44),
        (Quantity.QP_QS, 1.296),
        (Quantity.BMI, 24.22),
    ],
    ids=lambda item: getattr(item, "key", None),
)
def test_flow_and_pressure_follow_from_the_doppler_numbers_as_worked_by_hand(quantity, value):
    assert derived(FLOW)[quantity].value == pytest.approx(value, rel=2e-3)


def test_a_pulmonary_pressure_is_never_made_without_an_atrial_one():
    assert Quantity.RVSP not in derived({Quantity.TR_VMAX: 3.0})
    assert derived({Quantity.TR_VMAX: 3.0, Quantity.RA_PRESSURE: 3})[Quantity.RVSP].value == 39


def test_a_single_diameter_gives_an_ejection_fraction_only_when_nothing_better_is_there():
    assert derived({LVIDD: 5.0, LVIDS: 3.5})[Quantity.LVEF_TEICHHOLZ].value == pytest.approx(57.0, abs=0.3)
    assert Quantity.LVEF_TEICHHOLZ not in derived({LVIDD: 5.0, LVIDS: 3.5, Quantity.LVEF_VISUAL: 60})


def test_the_two_body_surface_formulas_agree_in_a_slim_adult_and_differ_in_obesity():
    for height, weight, gap in ((170, 70, 0.01), (165, 140, 0.15)):
        du_bois, mosteller = (f.compute(height, weight) for f in (BSA_DU_BOIS, BSA_MOSTELLER))
        assert abs(du_bois - mosteller) == pytest.approx(gap, abs=0.02)


def test_the_aortic_root_of_the_mean_person_has_a_z_score_of_zero():
    mean = predict_root_cm(50, 1.9, Sex.MALE)
    assert mean == pytest.approx(3.48, abs=0.01)
    assert root_z(mean, 50, 1.9, Sex.MALE) == pytest.approx(0)
    assert root_z(mean + 0.522, 50, 1.9, Sex.MALE) == pytest.approx(2)
    assert predict_root_cm(50, 1.9, Sex.FEMALE) < mean
    assert predict_root_by_height_cm(50, 175, Sex.MALE) == pytest.approx(3.52, abs=0.01)


def test_twenty_equal_discs_are_a_cylinder():
    assert simpson_ml([4.0] * 20, [4.0] * 20, 8.0) == pytest.approx(math.pi * 4 * 8)


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
