"""Spectra show what is stated of them: a simple edge finder reads the same peaks off the picture."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from echovlm.clinical.measurement import Quantity
from echovlm.clinical.units import Unit
from echovlm.clinical.views import Mode
from echovlm.simulation.doppler.beats import lay_beats
from echovlm.simulation.doppler.calipers import Shape
from echovlm.simulation.doppler.haemodynamics import circulation
from echovlm.simulation.doppler.spectral import SpectrumSizeError, render_spectrum
from echovlm.simulation.doppler.stated import stated_on, true_haemodynamics
from echovlm.simulation.doppler.traces import Trace
from echovlm.simulation.doppler.waves import Wave, waves_of
from echovlm.simulation.patient import Rhythm, sample_patient

PATIENTS = [sample_patient(i, seed=21) for i in range(12)]
PROMISED = {
    Quantity.MITRAL_E_VELOCITY, Quantity.MITRAL_A_VELOCITY, Quantity.E_PRIME_SEPTAL, Quantity.E_PRIME_LATERAL,
    Quantity.LVOT_VMAX, Quantity.AV_VMAX, Quantity.TR_VMAX, Quantity.RV_S_PRIME, Quantity.RVOT_VMAX,
    Quantity.MR_VMAX, Quantity.PV_VMAX, Quantity.PROSTHETIC_AV_VMAX,
}  # fmt: skip


def read_peak(spectrum, caliper):
    """Return the fastest edge near the caliper's time: where the smoothed grey is half of its column's."""
    grey = gaussian_filter(spectrum.image.astype(float), (1.2, 0.7))
    up = caliper.velocity_cm_per_s[0] > 0
    side = grey[: spectrum.baseline_row][::-1] if up else grey[spectrum.baseline_row + 1 :]
    side = side[3:]  # the baseline's clutter is no flow
    column = round((caliper.time_ms[0] - spectrum.time_ms[0]) / spectrum.ms_per_px)
    reach = max(2, round(20 / spectrum.ms_per_px))
    edges = []
    for x in range(max(column - reach, 0), min(column + reach + 1, grey.shape[1])):
        line = side[:, x]
        noise = np.median(line[-len(line) // 10 :])
        bright = line > noise + 0.5 * (np.percentile(line, 98) - noise)
        solid = bright[:-2] & bright[1:-1] & bright[2:]  # a speckle of noise is no edge
        edges.append(
            np.flatnonzero(solid)[-1] + 2 + 4 + 0.5
        )  # between the last bright row and the first dark one
    return np.median(np.sort(edges)[-2:]) * spectrum.cm_per_s_per_px


@pytest.mark.parametrize("trace", list(Trace), ids=lambda trace: trace.file_name)
def test_the_peaks_read_off_the_picture_are_the_stated_ones_within_3_percent(trace):
    n_read = 0
    for patient in PATIENTS:
        spectrum = render_spectrum(patient, trace, seed=7, height_px=400)
        if spectrum.settings.is_aliased:
            continue
        for caliper in spectrum.calipers:
            if caliper.shape is Shape.POINT and caliper.measurement.quantity in PROMISED:
                stated, value = abs(caliper.velocity_cm_per_s[0]), caliper.measurement.to(Unit.CM_PER_S).value
                assert value == pytest.approx(stated, rel=0.002)
                row = spectrum.cm_per_s_per_px  # of the smallest waves a row is more than 3 %
                assert read_peak(spectrum, caliper) == pytest.approx(value, rel=0.03, abs=row), (
                    caliper.measurement
                )
                n_read += 1
    assert n_read >= 4


@settings(max_examples=12, deadline=None)
@given(index=st.integers(0, 500), seed=st.integers(0, 2**31), trace=st.sampled_from(list(Trace)))
def test_same_seed_same_bytes_and_a_study_states_what_its_spectra_show(index, seed, trace):
    patient = sample_patient(index, seed=3, decorrelated=True)
    first, second = (render_spectrum(patient, trace, seed=seed) for _ in range(2))
    assert first.image.tobytes() == second.image.tobytes()
    assert first.measurements == stated_on(patient, trace)
    assert set(first.measurements) <= set(true_haemodynamics(patient))


def test_axes_and_caliper_points_agree():
    for trace in Trace:
        spectrum = render_spectrum(PATIENTS[3], trace, seed=1)
        assert spectrum.velocity_cm_per_s[spectrum.baseline_row] == 0
        assert (np.diff(spectrum.velocity_cm_per_s) < 0).all()
        for caliper in spectrum.calipers:
            x, y = spectrum.points_xy_px(caliper).T
            rows, columns = np.arange(spectrum.image.shape[0]), np.arange(spectrum.image.shape[1])
            assert np.interp(x, columns, spectrum.time_ms) == pytest.approx(
                caliper.time_ms, abs=spectrum.ms_per_px
            )
            if not spectrum.settings.is_aliased:
                found = np.interp(y, rows, spectrum.velocity_cm_per_s)
                assert found == pytest.approx(caliper.velocity_cm_per_s, abs=1e-6)


def test_a_strip_shows_three_beats_or_more():
    for patient in PATIENTS:
        spectrum = render_spectrum(patient, Trace.LVOT, seed=patient.patient_index)
        assert len(spectrum.r_times_ms) >= 2
        assert spectrum.time_ms[-1] >= 2.9 * 60_000 / patient.heart_rate_bpm


def test_too_small_a_scale_wraps_the_flow_round_to_the_other_side():
    spectra = (
        render_spectrum(PATIENTS[3], Trace.LVOT, seed=s, height_px=120, width_px=200) for s in range(120)
    )
    aliased = next(spectrum for spectrum in spectra if spectrum.settings.is_aliased)
    peak = next(c for c in aliased.calipers if c.measurement.quantity is Quantity.LVOT_VMAX)
    x, y = aliased.points_xy_px(peak)[0]
    assert y > aliased.image.shape[0]
    wrapped = round(y - aliased.image.shape[0]) - 3
    assert aliased.image[: max(wrapped, 4), round(x)].mean() > 100


def test_an_aortic_leak_fills_diastole_and_its_half_time_is_on_the_trace():
    patient = replace(PATIENTS[3], aortic_regurgitation_frac=0.8, rhythm=Rhythm.SINUS)
    spectrum = render_spectrum(patient, Trace.AORTIC_VALVE, seed=2)
    line = next(c for c in spectrum.calipers if c.measurement.quantity is Quantity.AR_PRESSURE_HALF_TIME)
    assert np.diff(line.time_ms)[0] == pytest.approx(line.measurement.value)
    assert line.velocity_cm_per_s[1] ** 2 == pytest.approx(0.5 * line.velocity_cm_per_s[0] ** 2)


def test_an_aortic_leak_fades_without_a_step_however_long_the_beat():
    patient = replace(PATIENTS[3], aortic_regurgitation_frac=0.8, rhythm=Rhythm.ATRIAL_FIBRILLATION)
    flow = circulation(patient)
    beats = lay_beats(flow.timing, patient.rhythm, duration_ms=6000, generator=np.random.default_rng(4))
    leak = next(wave for wave in waves_of(Trace.AORTIC_VALVE, flow) if wave.wave is Wave.LEAK)
    since_r = np.arange(0.0, flow.timing.aortic_opens_ms - 1, 1.0)
    for r_ms in beats.r_times_ms[2:-1]:
        around = leak.velocity(beats, np.concatenate([r_ms - since_r[::-1] - 1, r_ms + since_r]))
        assert np.abs(np.diff(around)).max() < 0.01 * leak.peak_cm_per_s


def test_tissue_is_slow_and_bright_without_valve_clicks():
    assert {trace for trace in Trace if trace.mode is Mode.TDI} == {
        Trace.SEPTAL_ANNULUS, Trace.LATERAL_ANNULUS, Trace.TRICUSPID_ANNULUS,
    }  # fmt: skip
    spectrum = render_spectrum(PATIENTS[3], Trace.LATERAL_ANNULUS, seed=2)
    assert spectrum.velocity_cm_per_s[0] < 40


def test_too_small_a_picture_is_refused():
    with pytest.raises(SpectrumSizeError, match="at least 96×160"):
        render_spectrum(PATIENTS[0], Trace.LVOT, seed=0, height_px=50)
