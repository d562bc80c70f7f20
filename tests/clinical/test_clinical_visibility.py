import pytest

from echovlm.clinical.findings import CORE_FINDINGS, Finding
from echovlm.clinical.guidelines import rules_for
from echovlm.clinical.measurement import Quantity
from echovlm.clinical.views import View
from echovlm.clinical.visibility import PARTIAL, PRIMARY, VISIBLE, shows, visibility

# Rows of the draft's table for the five views that are simulated first: PLAX, PSAX-MV, PSAX-PM, A4C, A2C.
COLUMNS = (View.PLAX, View.PSAX_MV, View.PSAX_PM, View.A4C, View.A2C)
DRAFT = {
    Finding.LV_DILATED: (3, 2, 2, 3, 3),
    Finding.LV_SYSTOLIC_DYSFUNCTION: (2, 2, 3, 3, 3),
    Finding.LV_WALL_THICKENED: (3, 2, 3, 2, 1),
    Finding.LV_HYPERTROPHY: (3, 2, 3, 2, 1),
    Finding.LA_DILATED: (2, 0, 0, 3, 3),
    Finding.RA_DILATED: (0, 0, 0, 3, 0),
    Finding.RV_DILATED: (2, 2, 2, 3, 0),
    Finding.AO_SINUS_DILATED: (3, 0, 0, 0, 0),
    Finding.PERICARDIAL_EFFUSION: (3, 2, 2, 3, 1),
}
OTHERS = {
    (View.RV_INFLOW, Finding.RA_DILATED): 1,
    (View.RV_INFLOW, Finding.LV_DILATED): 0,
    (View.PSAX_AV, Finding.RV_DILATED): 2,
    (View.PSAX_AP, Finding.LV_SYSTOLIC_DYSFUNCTION): 1,
    (View.A3C, Finding.LV_WALL_THICKENED): 2,
    (View.A5C, Finding.AO_SINUS_DILATED): 1,
    (View.SC_4C, Finding.PERICARDIAL_EFFUSION): 3,
    (View.SC_IVC, Finding.PERICARDIAL_EFFUSION): 0,
    (View.SSN, Finding.AO_SINUS_DILATED): 0,
}


@pytest.mark.parametrize("finding", CORE_FINDINGS, ids=lambda finding: finding.key)
def test_the_weights_are_those_of_the_draft(finding):
    assert tuple(visibility(view, finding) for view in COLUMNS) == DRAFT[finding]


@pytest.mark.parametrize(("pair", "weight"), OTHERS.items())
def test_the_weights_of_other_views_are_those_of_the_draft(pair, weight):
    assert visibility(*pair) == weight


def test_every_finding_has_a_primary_view_and_weights_stay_on_the_scale():
    for finding in CORE_FINDINGS:
        weights = [visibility(view, finding) for view in View]
        assert max(weights) == PRIMARY > VISIBLE > PARTIAL
        assert min(weights) >= 0


def test_a_short_axis_at_the_mitral_valve_gives_no_caliper_values():
    assert not any(shows(View.PSAX_MV, quantity) for quantity in Quantity)


@pytest.mark.parametrize(
    ("view", "quantity", "shown"),
    [
        (View.PLAX, Quantity.LV_INTERNAL_DIAMETER_ED, True),
        (View.PLAX, Quantity.LA_DIAMETER_AP, True),
        (View.PLAX, Quantity.RA_AREA, False),
        (View.PLAX, Quantity.LVEF_BIPLANE, False),
        (View.A4C, Quantity.RV_BASAL_DIAMETER, True),
        (View.A4C, Quantity.IVS_THICKNESS_ED, False),
        (View.A2C, Quantity.LV_EDV_BIPLANE, True),
        (View.A2C, Quantity.RA_AREA, False),
        (View.PSAX_PM, Quantity.IVS_THICKNESS_ED, True),
        (View.PSAX_PM, Quantity.LA_DIAMETER_AP, False),
        (View.SSN, Quantity.AORTIC_SINUS_DIAMETER, False),
    ],
)
def test_a_view_shows_the_numbers_that_are_measured_in_it(view, quantity, shown):
    assert shows(view, quantity) is shown


@pytest.mark.parametrize(
    "quantity",
    [
        Quantity.AGE, Quantity.HEIGHT, Quantity.WEIGHT, Quantity.BSA, Quantity.LV_EDV_INDEX,
        Quantity.LA_VOLUME_INDEX, Quantity.LV_MASS, Quantity.LV_MASS_INDEX, Quantity.RELATIVE_WALL_THICKNESS,
    ],
    ids=lambda quantity: quantity.key,
)  # fmt: skip
def test_no_view_shows_the_body_or_what_a_formula_makes_of_it(quantity):
    assert not any(shows(view, quantity) for view in View)


def test_where_a_number_is_measured_its_finding_is_visible():
    for finding in CORE_FINDINGS:
        for rule in rules_for(finding):
            for view in View:
                if shows(view, rule.quantity):
                    assert visibility(view, finding) >= VISIBLE
