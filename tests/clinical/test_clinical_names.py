import re

import pytest

from echovlm.clinical.codes import find_quantity_by_code, loinc_codes
from echovlm.clinical.measurement import Quantity
from echovlm.clinical.names import find_quantity_by_name, spellings
from echovlm.clinical.patient import Sex
from echovlm.clinical.ranges import reference_interval, typical_range
from echovlm.curation.values import NAMES

by_quantity = pytest.mark.parametrize("quantity", Quantity, ids=lambda quantity: quantity.key)


@by_quantity
def test_a_quantity_is_found_by_each_of_its_spellings_and_no_other_is(quantity):
    for text in spellings(quantity):
        assert find_quantity_by_name(text) is quantity, text


@by_quantity
def test_case_and_punctuation_do_not_matter_outside_the_names_of_mimic(quantity):
    assert find_quantity_by_name(f"  {quantity.words.upper()} ") is quantity
    assert find_quantity_by_name(quantity.key.replace("_", " ")) is quantity


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("lvef", Quantity.LVEF_VISUAL),  # MIMIC's visual estimate
        ("LVEF", Quantity.LVEF_BIPLANE),  # a report's label
        ("EF", Quantity.LVEF_VISUAL),
        ("E", Quantity.MITRAL_E_VELOCITY),
        ("e'", None),  # septal or lateral is not said
        ("Septal E/E'", Quantity.E_E_PRIME_SEPTAL),
        ("e prime lateral", Quantity.E_PRIME_LATERAL),
        ("e\N{RIGHT SINGLE QUOTATION MARK} septal", Quantity.E_PRIME_SEPTAL),
        ("tr_mmhg", Quantity.TR_PEAK_GRADIENT),
        ("PASP", Quantity.RVSP),
        ("Aorta - Sinus Diameter", Quantity.AORTIC_SINUS_DIAMETER),
        ("Tricuspid Valve - TR Pressure Gradient", Quantity.TR_PEAK_GRADIENT),
        ("79964-3", Quantity.AV_VMAX),
        ("", None),
        ("LV", None),
        ("lv_thrombus", None),
    ],
)
def test_a_name_is_read_whole_and_never_guessed(text, quantity):
    assert find_quantity_by_name(text) is quantity


def test_every_numeric_name_that_curation_reads_is_known_here_with_the_same_meaning():
    extension = {"ra_area", "effusion_depth"}  # the simulator's own
    for named in NAMES:
        if named.name not in extension:
            assert find_quantity_by_name(named.name) is named.quantity


def test_codes_are_loinc_and_unique():
    codes = [code for quantity in Quantity for code in loinc_codes(quantity)]
    assert len(codes) == len(set(codes)) > 100
    assert all(re.fullmatch(r"\d{4,5}-\d", code) for code in codes)
    assert all(find_quantity_by_code(code) is not None for code in codes)
    assert find_quantity_by_code("125202") is Quantity.WMSI
    assert find_quantity_by_code("0-0") is None


@by_quantity
def test_typical_values_are_plausible_and_normal_values_typical(quantity):
    low, high = typical_range(quantity)
    assert quantity.lowest <= low < high <= quantity.highest
    for sex in Sex:
        interval = reference_interval(quantity, sex)
        if interval is not None:
            assert quantity.lowest <= interval.low < interval.high <= high
            assert interval.document.doi
