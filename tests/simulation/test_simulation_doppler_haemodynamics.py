"""One circulation per patient: volumes balance, continuity and Bernoulli hold, disease moves what it should."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from echovlm.clinical.measurement import Quantity
from echovlm.simulation.doppler.beats import lay_beats
from echovlm.simulation.doppler.haemodynamics import circulation
from echovlm.simulation.doppler.stated import ra_pressure_mmhg, stated_on, true_haemodynamics
from echovlm.simulation.doppler.traces import Trace, angle_factor
from echovlm.simulation.doppler.waves import Wave, waves_of
from echovlm.simulation.patient import Prosthesis, Rhythm, sample_patient

PATIENT = sample_patient(4, seed=11)
HEALTHY = replace(
    PATIENT, rhythm=Rhythm.SINUS, heart_rate_bpm=66.0, age_years=30.0, ef_pct=62.0, lvidd_cm=4.8,
    aortic_stenosis_frac=0.0, mitral_stenosis_frac=0.0, mitral_annular_calcification_frac=0.0,
    aortic_regurgitation_frac=0.0, mitral_regurgitation_frac=0.0, tricuspid_regurgitation_frac=0.3,
    pulmonary_regurgitation_frac=0.0, rv_systolic_pressure_mmhg=24.0, ra_pressure_mmhg=4.0,
    relaxation_frac=0.0, filling_pressure_mmhg=8.0, prosthesis=None,
)  # fmt: skip

patients = st.builds(
    lambda index, seed: sample_patient(index, seed=seed, decorrelated=True),
    index=st.integers(0, 999), seed=st.integers(0, 99),
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(patient=patients)
def test_what_the_ventricle_ejects_goes_forward_or_leaks_back(patient):
    flow = circulation(patient)
    leaked = flow.mitral_regurgitation.volume_ml + flow.aortic_regurgitation.volume_ml
    assert flow.forward_volume_ml + leaked == pytest.approx(flow.stroke_volume_ml)
    assert flow.aortic.volume_ml == pytest.approx(flow.stroke_volume_ml - flow.mitral_regurgitation.volume_ml)
    assert flow.filling.volume_ml == pytest.approx(
        flow.stroke_volume_ml - flow.aortic_regurgitation.volume_ml
    )


@settings(max_examples=25, deadline=None)
@given(patient=patients)
def test_area_times_velocity_integral_is_the_same_volume_along_the_outflow(patient):
    aortic = circulation(patient).aortic
    assert aortic.tract_area_cm2 * aortic.tract_vti_cm == pytest.approx(aortic.volume_ml)
    assert aortic.valve_area_cm2 * aortic.valve_vti_cm == pytest.approx(aortic.volume_ml)


@settings(max_examples=15, deadline=None)
@given(patient=patients)
def test_integral_and_mean_gradient_of_the_drawn_wave_are_the_stated_ones(patient):
    flow = circulation(patient)
    steady = replace(patient, rhythm=Rhythm.SINUS)
    beats = lay_beats(flow.timing, steady.rhythm, duration_ms=4000, generator=np.random.default_rng(0))
    start = beats.r_times_ms[beats.index_beat]
    time_ms = start + np.arange(flow.timing.aortic_opens_ms, flow.timing.aortic_closes_ms, 0.05)
    jet = next(wave for wave in waves_of(Trace.AORTIC_VALVE, flow) if wave.wave is Wave.EJECTION)
    speed_m_per_s = -jet.velocity(beats, time_ms) / 100
    assert 100 * speed_m_per_s.sum() * 0.05e-3 == pytest.approx(flow.aortic.valve_vti_cm, rel=0.002)
    assert 4 * np.mean(speed_m_per_s**2) == pytest.approx(flow.aortic.mean_gradient_mmhg, rel=0.002)


@settings(max_examples=25, deadline=None)
@given(patient=patients)
def test_bernoulli_ties_leaks_to_pressures_and_orifice_times_integral_is_the_leak(patient):
    flow = circulation(patient)
    jet = flow.tricuspid_regurgitation
    if jet.is_present:
        drop = patient.rv_systolic_pressure_mmhg - patient.ra_pressure_mmhg
        assert 4 * jet.peak_m_per_s**2 == pytest.approx(drop)
    for jet in (flow.mitral_regurgitation, flow.aortic_regurgitation, flow.tricuspid_regurgitation):
        assert jet.orifice_cm2 * jet.vti_cm == pytest.approx(jet.volume_ml)


@pytest.mark.parametrize("severity", [0.65, 0.8, 0.95])
def test_half_time_of_a_stenotic_mitral_valve_is_220_over_its_area(severity):
    filling = circulation(replace(HEALTHY, mitral_stenosis_frac=severity)).filling
    assert filling.valve_area_cm2 < 1.9
    assert filling.half_time_ms == pytest.approx(220 / filling.valve_area_cm2)
    # Continuity: what enters the ventricle passed this area.
    assert filling.volume_ml / filling.vti_cm == pytest.approx(filling.valve_area_cm2, rel=0.01)


def test_stenosis_raises_the_gradient_and_a_healthy_valve_has_next_to_none():
    mean = [
        circulation(replace(HEALTHY, aortic_stenosis_frac=s)).aortic.mean_gradient_mmhg
        for s in (0.0, 0.3, 0.6, 0.8, 1.0)
    ]
    assert mean == sorted(mean)
    assert mean[0] < 6
    assert mean[-1] > 60


@pytest.mark.parametrize("prosthesis", list(Prosthesis))
def test_a_prosthesis_raises_the_gradient(prosthesis):
    native, replaced = circulation(HEALTHY), circulation(replace(HEALTHY, prosthesis=prosthesis))
    if prosthesis is Prosthesis.AORTIC:
        assert 1.5 * native.aortic.mean_gradient_mmhg < replaced.aortic.mean_gradient_mmhg < 25
    else:
        assert native.filling.mean_gradient_mmhg < replaced.filling.mean_gradient_mmhg < 12


def test_a_healthy_young_heart_has_the_values_of_the_normal_tables():
    flow = circulation(HEALTHY)
    assert 60 < flow.filling.e_cm_per_s < 120
    assert 1.1 < flow.filling.e_cm_per_s / flow.filling.a_cm_per_s < 2.6
    assert flow.septal.e_cm_per_s > 9
    assert flow.lateral.e_cm_per_s > 13
    assert 140 < flow.filling.deceleration_ms < 220
    assert 50 < flow.filling.relaxation_ms < 90
    assert 0.75 < flow.aortic.tract_peak_m_per_s < 1.4
    assert flow.pulmonary.acceleration_ms > 100
    assert flow.tricuspid_regurgitation.peak_m_per_s < 2.8


def test_slow_relaxation_then_a_full_atrium_pass_through_the_grades_of_diastolic_dysfunction():
    def seen(relaxation, pressure):
        aged = replace(HEALTHY, age_years=62.0, relaxation_frac=relaxation, filling_pressure_mmhg=pressure)
        filling, septal = circulation(aged).filling, circulation(aged).septal
        return filling.e_cm_per_s / filling.a_cm_per_s, filling.e_cm_per_s / septal.e_cm_per_s, filling

    grade_1, grade_2, grade_3 = seen(0.7, 8.0), seen(0.7, 17.0), seen(0.9, 29.0)
    assert grade_1[0] <= 0.8
    assert grade_1[2].e_cm_per_s <= 50
    assert 0.8 < grade_2[0] < 2
    assert grade_2[1] > 12
    assert grade_3[0] >= 2
    assert grade_3[2].deceleration_ms < 160
    assert grade_1[2].relaxation_ms > grade_2[2].relaxation_ms > grade_3[2].relaxation_ms


def test_the_ratio_of_e_to_e_prime_follows_the_filling_pressure():
    cohort = [sample_patient(i, seed=5, decorrelated=True) for i in range(150)]
    cohort = [
        p for p in cohort
        if p.mitral_stenosis_frac == 0 and p.prosthesis is None and p.mitral_annular_calcification_frac < 0.3
    ]  # fmt: skip  # stenosis and a calcified annulus break the ratio, as they do in patients
    flows = [circulation(p) for p in cohort]
    ratio = [f.filling.e_cm_per_s / f.lateral.e_cm_per_s for f in flows]
    assert spearmanr(ratio, [p.filling_pressure_mmhg for p in cohort]).statistic > 0.8


def test_each_threshold_of_filling_has_patients_on_both_sides():
    cohort = [
        {m.quantity: m.value for m in true_haemodynamics(sample_patient(i, seed=2))} for i in range(100)
    ]

    def shares(*limits, value):
        values = [value(known) for known in cohort if value(known) is not None]
        return [np.mean([v > limit for v in values]) for limit in limits]

    def get(quantity):
        return lambda known: known.get(quantity)

    def e_over_a(known):
        e, a = known.get(Quantity.MITRAL_E_VELOCITY), known.get(Quantity.MITRAL_A_VELOCITY)
        return None if e is None or a is None else e / a

    found = [
        *shares(7.0, value=get(Quantity.E_PRIME_SEPTAL)),
        *shares(10.0, value=get(Quantity.E_PRIME_LATERAL)),
        *shares(2.8, 3.4, value=get(Quantity.TR_VMAX)),
        *shares(0.8, 2.0, value=e_over_a),
        *shares(3.0, 4.0, value=get(Quantity.AV_VMAX)),
    ]
    assert all(0.01 < share < 0.99 for share in found), found


def test_in_atrial_fibrillation_there_is_no_a_wave_and_no_beat_is_like_the_next():
    patient = replace(HEALTHY, rhythm=Rhythm.ATRIAL_FIBRILLATION)
    flow = circulation(patient)
    stated = {m.quantity for m in true_haemodynamics(patient)}
    assert not stated & {Quantity.MITRAL_A_VELOCITY, Quantity.A_PRIME_SEPTAL, Quantity.A_PRIME_LATERAL}
    assert Wave.A not in {wave.wave for wave in waves_of(Trace.MITRAL_INFLOW, flow)}

    def spread(rhythm):
        rng = np.random.default_rng(1)
        return np.std(lay_beats(flow.timing, rhythm, duration_ms=12_000, generator=rng).lengths_ms)

    assert spread(Rhythm.ATRIAL_FIBRILLATION) > 5 * spread(Rhythm.SINUS)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), duration_ms=st.floats(1800, 5000), rhythm=st.sampled_from(list(Rhythm)))
def test_the_index_beat_lies_inside_the_strip_and_has_the_mean_length_and_strength(seed, duration_ms, rhythm):
    timing = circulation(HEALTHY).timing
    beats = lay_beats(timing, rhythm, duration_ms=duration_ms, generator=np.random.default_rng(seed))
    index = beats.index_beat
    assert beats.r_times_ms[0] <= 0
    assert beats.r_times_ms[-1] >= duration_ms
    assert beats.lengths_ms[index] == pytest.approx(timing.beat_ms)
    assert beats.strengths[index] == 1
    if duration_ms >= 3 * timing.beat_ms:
        assert beats.r_times_ms[index] >= 0
        assert beats.r_times_ms[index + 1] <= duration_ms


@pytest.mark.parametrize(
    ("ivc_cm", "collapse_frac", "expected"),
    [(1.6, 0.8, 3), (1.6, 0.3, 8), (2.6, 0.8, 8), (2.6, 0.2, 15), (2.1, 0.51, 3)],
)
def test_the_vena_cava_tells_the_atrial_pressure(ivc_cm, collapse_frac, expected):
    assert ra_pressure_mmhg(ivc_cm, collapse_frac) == expected


def test_stated_values_are_the_true_ones_times_the_cosine_of_the_angle():
    stated = {m.quantity: m.value for m in stated_on(HEALTHY, Trace.MITRAL_INFLOW)}
    cosine = angle_factor(HEALTHY, Trace.MITRAL_INFLOW)
    assert math.cos(math.radians(20)) <= cosine <= 1
    assert stated[Quantity.MITRAL_E_VELOCITY] == pytest.approx(
        cosine * circulation(HEALTHY).filling.e_cm_per_s
    )


def test_without_a_tricuspid_leak_no_pressure_is_stated():
    stated = {m.quantity for m in true_haemodynamics(replace(HEALTHY, tricuspid_regurgitation_frac=0.0))}
    assert not stated & {Quantity.TR_VMAX, Quantity.RVSP, Quantity.TR_EROA}


@settings(max_examples=30, deadline=None)
@given(patient=patients)
def test_every_stated_value_is_plausible_stated_once_and_says_where_it_comes_from(patient):
    stated = true_haemodynamics(patient)
    assert len({m.quantity for m in stated}) == len(stated)
    for measurement in stated:
        measurement.checked()
        assert "simulated" in measurement.provenance.locator
