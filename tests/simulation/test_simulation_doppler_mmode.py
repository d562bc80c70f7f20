"""M-mode: what is stated lies on the strip, and is what the geometry measures."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from echovlm.clinical.measurement import Quantity
from echovlm.simulation.doppler.mmode import Cursor, simulate_mmode
from echovlm.simulation.doppler.spectral import SpectrumSizeError
from echovlm.simulation.doppler.stated import true_haemodynamics
from echovlm.simulation.heart.geometry import build_heart, tapse_cm
from echovlm.simulation.patient import Rhythm, sample_patient
from echovlm.simulation.views.truth import true_measurements

PATIENTS = [replace(sample_patient(i, seed=3), rhythm=Rhythm.SINUS) for i in (4, 9, 12)]


@pytest.fixture(scope="module", params=PATIENTS, ids=lambda patient: str(patient.patient_index))
def strips(request):
    return request.param, {cursor: simulate_mmode(request.param, cursor, seed=5) for cursor in Cursor}


def test_the_walls_of_the_strip_are_those_of_the_geometry(strips):
    patient, found = strips
    truth = {m.quantity: m.value for m in true_measurements(patient)}
    stated = {m.quantity: m.value for m in found[Cursor.LEFT_VENTRICLE].measurements}
    for quantity in (
        Quantity.IVS_THICKNESS_ED, Quantity.LV_INTERNAL_DIAMETER_ED, Quantity.PW_THICKNESS_ED,
        Quantity.LV_INTERNAL_DIAMETER_ES,
    ):  # fmt: skip
        assert stated[quantity] == pytest.approx(truth[quantity], rel=0.01, abs=0.01), quantity
    assert stated[Quantity.PW_THICKNESS_ES] > stated[Quantity.PW_THICKNESS_ED]


def test_tapse_of_the_strip_is_the_descent_of_the_annulus(strips):
    patient, found = strips
    strip = found[Cursor.TRICUSPID_ANNULUS]
    (tapse,) = strip.measurements
    assert tapse.value == pytest.approx(10 * tapse_cm(build_heart(patient)), rel=0.03)
    (x0, y0), (x1, y1) = strip.points_xy_px(strip.spans[0])
    assert abs(y1 - y0) * strip.cm_per_px * 10 == pytest.approx(tapse.value)
    assert x1 > x0
    assert y1 < y0  # towards the transducer


def test_a_wide_aortic_root_hides_no_annulus():
    # At the uppermost level this plane leaves the LV straight into the root's wall.
    crowded = sample_patient(12, seed=8, decorrelated=True)
    (tapse,) = simulate_mmode(
        crowded, Cursor.TRICUSPID_ANNULUS, seed=1, height_px=96, width_px=160
    ).measurements
    stated = {m.quantity: m.value for m in true_haemodynamics(crowded)}
    assert tapse.value == pytest.approx(stated[Quantity.TAPSE], rel=0.03)


def test_the_bright_line_of_the_annulus_runs_through_both_ends_of_tapse(strips):
    _, found = strips
    strip = found[Cursor.TRICUSPID_ANNULUS]
    grey = gaussian_filter(strip.image.astype(float), (1.0, 1.0))
    for x, y in strip.points_xy_px(strip.spans[0]):
        near = grey[max(round(y) - 25, 0) : round(y) + 26, round(x)]
        brightest = np.argmax(near) + max(round(y) - 25, 0)
        assert abs(brightest - y) <= 3


def test_the_cavity_is_dark_between_bright_walls(strips):
    _, found = strips
    strip = found[Cursor.LEFT_VENTRICLE]
    span = next(s for s in strip.spans if s.measurement.quantity is Quantity.LV_INTERNAL_DIAMETER_ED)
    (x, top), (_, bottom) = strip.points_xy_px(span)
    column = gaussian_filter(strip.image.astype(float), (1.0, 2.0))[:, round(x)]
    cavity = column[round(top) + 4 : round(bottom) - 4]
    walls = np.concatenate(
        [column[round(top) - 8 : round(top) - 2], column[round(bottom) + 3 : round(bottom) + 9]]
    )
    assert np.median(cavity) < 0.6 * walls.mean()


def test_same_seed_same_bytes_and_the_strip_shows_two_beats_or_more():
    first, second = (simulate_mmode(PATIENTS[0], Cursor.TRICUSPID_ANNULUS, seed=8) for _ in range(2))
    assert first.image.tobytes() == second.image.tobytes()
    assert len(first.r_times_ms) >= 2


def test_too_small_a_strip_is_refused():
    with pytest.raises(SpectrumSizeError, match="at least 96×160"):
        simulate_mmode(PATIENTS[0], Cursor.LEFT_VENTRICLE, seed=0, width_px=90)
