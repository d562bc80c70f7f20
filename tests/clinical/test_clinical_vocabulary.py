import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import echovlm.clinical as clinical
from echovlm.clinical import (
    ImplausibleValueError,
    Measurement,
    Provenance,
    Quantity,
    Sex,
    Source,
    Unit,
    UnitError,
    View,
    find_quantity,
    find_sex,
    find_view,
    parse_unit,
)

TABLE = Provenance(Source.TABLE, "structured-measurement.csv row 1")


@pytest.mark.parametrize(
    ("text", "sex"),
    [
        ("M", Sex.MALE),
        (" male ", Sex.MALE),
        ("F", Sex.FEMALE),
        ("Female", Sex.FEMALE),
        ("O", None),
        ("1", None),
        ("2", None),
        ("", None),
        ("unknown", None),
    ],
)
def test_a_sex_is_read_or_unknown_but_never_guessed(text, sex):
    assert find_sex(text) is sex


@pytest.mark.parametrize("view", View, ids=lambda view: view.value)
def test_a_view_is_found_by_each_of_its_own_names(view):
    for text in (view.value, view.abbreviation, view.label.upper(), view.snomed_code or view.value):
        assert find_view(text) is view


@pytest.mark.parametrize("text", ["", "4", "doppler", "apical", "a4c zoomed and tilted"])
def test_a_view_that_is_not_named_whole_is_unknown(text):
    assert find_view(text) is None


@settings(deadline=None)
@given(
    unit=st.sampled_from(Unit),
    other=st.sampled_from(Unit),
    quantity=st.sampled_from(Quantity),
    share=st.floats(0, 1),
)
def test_a_measurement_survives_a_change_of_unit_and_refuses_another_dimension(unit, other, quantity, share):
    value = quantity.lowest + share * (quantity.highest - quantity.lowest)
    if unit.dimension != quantity.unit.dimension:
        with pytest.raises(UnitError, match="Use one of"):
            Measurement(quantity, value, unit, TABLE)
    else:
        measurement = Measurement(quantity, value, quantity.unit, TABLE)
        assert measurement.to(unit).canonical().value == pytest.approx(value)


def test_a_length_in_millimetres_that_claims_centimetres_is_implausible():
    with pytest.raises(ImplausibleValueError, match=r"LVIDd of 58 cm is implausible; allowed 2 to 11"):
        Measurement(Quantity.LV_INTERNAL_DIAMETER_ED, 58, Unit.CM, TABLE).checked()


def test_quantities_and_units_are_found_by_their_spelling():
    assert all(find_quantity(quantity.key) is quantity for quantity in Quantity)
    assert find_quantity("lvidd") is None
    assert all(parse_unit(unit.symbol) is unit for unit in Unit)
    with pytest.raises(UnitError, match="unknown unit 'furlong'"):
        parse_unit("furlong")


def test_every_public_name_of_the_package_exists():
    assert all(hasattr(clinical, name) for name in clinical.__all__)
