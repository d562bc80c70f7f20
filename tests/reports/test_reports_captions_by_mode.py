"""Clips of every mode speak of what that mode shows, and of nothing else."""

import re

import pytest

from echovlm.clinical import (
    DISEASE_FINDINGS,
    Finding,
    FindingResult,
    FindingState,
    Grade,
    Measurement,
    Mode,
    Provenance,
    Quantity,
    Sex,
    Site,
    Source,
    View,
    derive,
    grade_study,
    shows,
)
from echovlm.clinical.visibility import VISIBLE, visibility
from echovlm.reports import compose_statements

TABLE = Provenance(Source.TABLE, "structured-measurement.csv row 1")
SPECTRA = (Mode.PW, Mode.CW, Mode.TDI)
# One heart with everything measured: a stiff ventricle, a leaking mitral and tricuspid valve, a raised pressure.
VALUES = {
    Quantity.LVEF_BIPLANE: 58, Quantity.LV_INTERNAL_DIAMETER_ED: 5.0, Quantity.LA_VOLUME_INDEX: 48,
    Quantity.MITRAL_E_VELOCITY: 110, Quantity.MITRAL_A_VELOCITY: 60, Quantity.MITRAL_DECELERATION_TIME: 150,
    Quantity.E_PRIME_SEPTAL: 5.0, Quantity.E_PRIME_LATERAL: 6.5, Quantity.TR_VMAX: 3.6, Quantity.RA_PRESSURE: 8,
    Quantity.MR_EROA: 0.30, Quantity.MR_REGURGITANT_VOLUME: 46, Quantity.MR_VENA_CONTRACTA: 0.5,
    Quantity.TR_EROA: 0.3, Quantity.TR_VENA_CONTRACTA: 0.5, Quantity.AV_VMAX: 3.4, Quantity.AV_MEAN_GRADIENT: 28,
    Quantity.AORTIC_VALVE_AREA: 1.2, Quantity.TAPSE: 15, Quantity.RV_S_PRIME: 8.0, Quantity.AR_EROA: 0.05,
    Quantity.AR_VENA_CONTRACTA: 0.2, Quantity.LVOT_VTI: 20, Quantity.RVOT_ACCELERATION_TIME: 80,
}  # fmt: skip


@pytest.fixture(scope="module")
def study():
    values = derive([Measurement(q, value, q.unit, TABLE) for q, value in VALUES.items()])
    findings = grade_study(values, sex=Sex.FEMALE, findings=DISEASE_FINDINGS)
    return values, findings


def said(study, view, mode, site=None, **more):
    measurements, findings = study
    return compose_statements(
        view, measurements, findings, seed=1, sex=Sex.FEMALE, mode=mode, site=site, **more
    )


def of(statements, key):
    return next((s for s in statements if key in (s.finding, s.quantity)), None)


@pytest.mark.parametrize("mode", Mode, ids=lambda mode: mode.value)
def test_in_every_mode_a_clip_says_only_what_the_mode_shows(study, mode):
    spoken = 0
    for view in View:
        for statement in said(study, view, mode)[1:]:
            spoken += 1
            if statement.finding is not None:
                assert visibility(view, statement.finding, mode) >= VISIBLE
            else:
                assert shows(view, statement.quantity, mode)
    assert spoken > 3


def test_a_plain_picture_never_carries_a_number_of_doppler(study):
    for view in View:
        for statement in said(study, view, Mode.B):
            for sentence in (*statement.text_options, *statement.counterfactual_options):
                assert not re.search(r"m/s|mmHg|\bms\b", sentence), sentence
                assert "regurgitation" not in sentence


def test_a_colour_clip_of_the_mitral_valve_speaks_of_its_regurgitation(study):
    statements = said(study, View.A4C, Mode.COLOR)
    assert "colour Doppler" in statements[0].text_options[1]
    leak = of(statements, Finding.MITRAL_REGURGITATION)
    assert leak.present is True
    assert "There is moderate mitral regurgitation." in leak.text_options
    assert of(statements, Finding.TRICUSPID_REGURGITATION) is not None
    assert of(statements, Finding.AORTIC_REGURGITATION) is None, "not in this view"


def test_a_trace_of_the_tricuspid_valve_gives_velocity_and_pressure(study):
    statements = said(study, View.A4C, Mode.CW, Site.TRICUSPID_VALVE)
    velocity = of(statements, Quantity.TR_VMAX)
    assert velocity.text_options[0] == "The tricuspid regurgitation peak velocity is 3.6 m/s."
    assert velocity.present is True
    assert float(re.search(r"(\d\.\d) m/s", velocity.counterfactual_options[0])[1]) <= 2.8
    assert of(statements, Quantity.RVSP) is not None
    assert of(statements, Finding.PULMONARY_HYPERTENSION).present is True
    assert of(statements, Finding.MITRAL_REGURGITATION) is None


def test_mitral_inflow_gives_e_and_a_and_diastolic_function(study):
    statements = said(study, View.A4C, Mode.PW, Site.MITRAL_INFLOW)
    quantities = {s.quantity for s in statements}
    assert {
        Quantity.MITRAL_E_VELOCITY,
        Quantity.MITRAL_A_VELOCITY,
        Quantity.MITRAL_E_A_RATIO,
    } <= quantities
    assert of(statements, Finding.DIASTOLIC_DYSFUNCTION).present is True


def test_tissue_doppler_gives_the_velocity_of_its_own_annulus(study):
    septal = said(study, View.A4C, Mode.TDI, Site.SEPTAL_ANNULUS)
    assert of(septal, Quantity.E_PRIME_SEPTAL) is not None
    assert of(septal, Quantity.E_PRIME_LATERAL) is None
    assert float(of(septal, Quantity.E_PRIME_SEPTAL).counterfactual_options[0].split()[-2]) >= 7


def test_a_mild_lesion_has_a_worse_one_as_its_opposite(study):
    leak = of(said(study, View.A3C, Mode.COLOR), Finding.AORTIC_REGURGITATION)
    assert leak.present is False
    assert leak.text_options[0] == "There is mild aortic regurgitation."
    assert "There is no significant aortic regurgitation." in leak.text_options
    assert not any(sentence.startswith("There is no ") for sentence in leak.counterfactual_options)
    assert any("moderate" in s or "severe" in s.lower() for s in leak.counterfactual_options)


def test_degrees_have_their_neighbours(study):
    leak = of(said(study, View.A4C, Mode.COLOR), Finding.MITRAL_REGURGITATION)
    for own, other in leak.neighbour_options:
        assert "moderate" in own.lower()
        assert "mild" in other.lower() or "severe" in other.lower()
    mild = of(said(study, View.A3C, Mode.COLOR), Finding.AORTIC_REGURGITATION)
    assert ("There is mild aortic regurgitation.", "There is moderate aortic regurgitation.") in (
        mild.neighbour_options
    )


def leaking(grade, state=FindingState.PRESENT):
    return FindingResult(Finding.MITRAL_STENOSIS, state, grade, "ms_grade_2020", (), "")


def test_a_plain_picture_says_of_a_stenosis_how_the_leaflets_open():
    for grade, state, present in (
        (Grade.SEVERE, FindingState.PRESENT, True),
        (Grade.NORMAL, FindingState.ABSENT, False),
    ):
        statement = compose_statements(View.PSAX_MV, (), (leaking(grade, state),), seed=1)[1]
        assert statement.present is present
        assert "stenosis" not in " ".join(statement.text_options)
    mild = compose_statements(View.PSAX_MV, (), (leaking(Grade.MILD),), seed=1)
    assert len(mild) == 1, "leaflets that open a little less are neither"


def test_a_lesion_that_nobody_graded_is_stated_without_a_side():
    statement = compose_statements(View.A4C, (), (leaking(Grade.ABNORMAL),), seed=1, mode=Mode.CW)[1]
    assert statement.present is None
    assert statement.text_options[0] == "There is mitral stenosis."
    assert statement.counterfactual_options[0] == "There is no mitral stenosis."


@pytest.mark.parametrize("mode", [m for m in Mode if m is not Mode.B], ids=lambda mode: mode.value)
def test_the_view_is_named_with_its_mode(mode):
    statements = compose_statements(View.A4C, (), (), seed=1, mode=mode)
    for sentence in statements[0].text_options:
        assert mode.words.lower() in sentence.lower()
        assert "apical four chamber" in sentence or "A4C" in sentence


def test_a_frozen_frame_says_less_of_what_moves(study):
    moving, frozen = (said(study, View.PLAX, Mode.B, is_still=still) for still in (False, True))
    assert of(moving, Finding.LV_SYSTOLIC_DYSFUNCTION) is not None
    assert of(frozen, Finding.LV_SYSTOLIC_DYSFUNCTION) is None, "supportive in a cine, indirect in a still"
    assert of(said(study, View.A4C, Mode.B, is_still=True), Finding.LV_SYSTOLIC_DYSFUNCTION) is not None
    assert of(said(study, View.A4C, Mode.B, is_still=True), Quantity.LVEF_BIPLANE) is None
    assert of(frozen, Quantity.LV_INTERNAL_DIAMETER_ED) is not None, "a frame is enough for a diameter"
    trace = said(study, View.A4C, Mode.CW, Site.TRICUSPID_VALVE, is_still=True)
    assert of(trace, Quantity.TR_VMAX) is not None, "a spectrum shows time"
