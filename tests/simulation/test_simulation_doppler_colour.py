"""Colour Doppler: where it may be painted, which way it points, and how large a leak's jet is drawn."""

import math
from dataclasses import replace

import numpy as np
import pytest

from echovlm.clinical.measurement import Quantity
from echovlm.clinical.views import View
from echovlm.simulation.doppler.colour import NoValveError, colour_scale, simulate_colour
from echovlm.simulation.doppler.flow_field import Gate, JetAim, Valve, find_gate, leak_field
from echovlm.simulation.doppler.haemodynamics import circulation
from echovlm.simulation.doppler.valves import Jet
from echovlm.simulation.patient import Prevalence, Rhythm, sample_patient

PATIENT = replace(
    sample_patient(4, seed=3), rhythm=Rhythm.SINUS, prosthesis=None, mitral_stenosis_frac=0.0,
    mitral_regurgitation_frac=0.6,
    aortic_regurgitation_frac=0.5, tricuspid_regurgitation_frac=0.5, pulmonary_regurgitation_frac=0.4,
)  # fmt: skip
SIZE = {"n_frames": 12, "height_px": 200, "width_px": 240}


@pytest.fixture(scope="module", params=list(Valve), ids=lambda valve: valve.adjective)
def colour(request):
    return simulate_colour(PATIENT, request.param, seed=5, **SIZE)


def test_outside_the_colour_the_grey_is_untouched(colour):
    grey = np.repeat(colour.clip.frames[..., None], 3, axis=-1)
    assert (colour.frames[~colour.shown] == grey[~colour.shown]).all()
    assert colour.shown.any(axis=(1, 2)).mean() > 0.5


def test_colour_stays_in_its_box_and_in_the_sector(colour):
    low, high = colour.outline_xy_px.min(axis=0), colour.outline_xy_px.max(axis=0)
    _, y, x = np.nonzero(colour.shown)
    assert (x >= low[0] - 1).all()
    assert (x <= high[0] + 1).all()
    assert (y >= low[1] - 1).all()
    assert (y <= high[1] + 1).all()
    assert not (colour.shown & ~colour.clip.sector_mask).any()
    # Nearly all of it lies on blood; the rest bleeds over walls.
    blood = colour.clip.masks > 0
    if colour.valve is not Valve.PULMONARY:  # the pulmonary trunk has no label
        assert blood[colour.shown].mean() > 0.9


def test_a_leak_is_seen_while_its_valve_should_be_shut(colour):
    timing = circulation(PATIENT).timing
    seen = colour.jets.any(axis=(1, 2))
    time_ms = colour.clip.frame_times_ms
    systole = (time_ms > timing.aortic_opens_ms + 40) & (time_ms < timing.aortic_closes_ms - 40)
    diastole = (time_ms > timing.mitral_opens_ms + 40) & (time_ms < timing.beat_ms - 60)
    shut, open_ = (
        (systole, diastole) if colour.valve in (Valve.MITRAL, Valve.TRICUSPID) else (diastole, systole)
    )
    assert seen[shut].all()
    assert not seen[open_].any()


def hue(colour, frame_index, where):
    pixels = colour.frames[frame_index][colour.shown[frame_index] & where].astype(int)
    return np.sign(pixels[:, 0] - pixels[:, 2])


def test_flow_towards_the_transducer_is_red_and_away_is_blue():
    tight = replace(PATIENT, mitral_regurgitation_frac=0.0, aortic_regurgitation_frac=0.0)
    timing = circulation(tight).timing
    filling = simulate_colour(tight, Valve.MITRAL, seed=5, **SIZE)
    frame = int(np.argmin(np.abs(filling.clip.frame_times_ms - timing.mitral_opens_ms - 60)))
    atrium = filling.clip.masks[frame] == Valve.MITRAL.before
    assert hue(filling, frame, atrium).mean() > 0.3
    outflow = simulate_colour(tight, Valve.AORTIC, seed=5, **SIZE)
    frame = int(np.argmin(np.abs(outflow.clip.frame_times_ms - timing.aortic_opens_ms - 60)))
    ventricle = outflow.clip.masks[frame] == Valve.AORTIC.before
    assert hue(outflow, frame, ventricle).mean() < -0.3


def test_the_jet_grows_with_the_leak_and_a_tight_valve_has_none():
    shares = []
    for severity in (0.0, 0.25, 0.6, 1.0):
        drawn = simulate_colour(
            replace(PATIENT, mitral_regurgitation_frac=severity), Valve.MITRAL, seed=5, **SIZE
        )
        stated = {m.quantity: m.value for m in drawn.measurements}
        shares.append(stated.get(Quantity.MR_JET_AREA, 0.0))
        largest = drawn.jets.sum(axis=(1, 2)).argmax()
        atrium = (drawn.clip.masks[largest] == Valve.MITRAL.before).sum()
        if severity:
            assert shares[-1] == pytest.approx(100 * drawn.jets[largest].sum() / atrium)
    assert shares[0] == 0
    assert shares == sorted(shares)
    assert shares[-1] > 2 * shares[1] > 0


GATE = Gate(np.array([60.0, 60.0]), np.array([0.0, -1.0]), 15.0)
JET = Jet.through(volume_ml=45.0, peak_m_per_s=5.0, vti_cm=150.0, half_time_ms=0.0)
Y, X = np.mgrid[:121, :121]
POINTS = np.stack([X.ravel(), Y.ravel()], axis=-1).astype(float)


def whole_plane(chamber):
    label = np.full(len(POINTS), chamber, np.uint8)
    return leak_field(
        GATE, POINTS, label, Valve.MITRAL, JET, JetAim(0.0, 0.0, 2.0), course=1.0, area_px=900.0, chamber_px=60.0,
        px_per_cm=20.0, ruffle=np.zeros(len(POINTS)),
    )  # fmt: skip


def test_the_drawn_vena_contracta_and_area_are_those_of_the_leak():
    _, covered = whole_plane(Valve.MITRAL.before)
    drawn = covered.reshape(Y.shape)
    assert drawn[61].sum() == pytest.approx(20 * JET.vena_contracta_cm, abs=2)
    assert drawn.sum() == pytest.approx(900, rel=0.12)


def test_every_shell_before_the_orifice_carries_the_flow_of_the_jet():
    field, _ = whole_plane(Valve.MITRAL.behind)
    far_cm = np.hypot(*(POINTS - GATE.centre_xy_px).T) / 20
    outer = far_cm > 0.8
    flow_ml_per_s = np.hypot(*field[outer].T) * 2 * math.pi * far_cm[outer] ** 2
    assert flow_ml_per_s == pytest.approx(100 * JET.peak_m_per_s * JET.orifice_cm2)


def test_a_valve_lies_where_its_chambers_touch():
    mask = np.zeros((60, 60), np.uint8)
    mask[10:30, 20:40], mask[30:50, 20:40] = Valve.MITRAL.behind, Valve.MITRAL.before
    gate = find_gate(mask, Valve.MITRAL)
    assert gate.centre_xy_px == pytest.approx([29.5, 29.5])
    assert gate.forward_xy == pytest.approx([0, -1], abs=1e-6)
    assert gate.half_width_px == pytest.approx(10, abs=2.5)


def test_the_scale_is_blue_away_and_red_towards_and_dark_when_slow():
    scale = colour_scale().astype(int)
    assert (scale[:128, 2] > scale[:128, 0]).all()
    assert (scale[128:, 0] > scale[128:, 2]).all()
    assert scale[[0, -1]].sum(axis=1).min() > scale[[126, 129]].sum(axis=1).max()


def test_same_seed_same_bytes(colour):
    again = simulate_colour(PATIENT, colour.valve, seed=5, **SIZE)
    assert again.frames.tobytes() == colour.frames.tobytes()


def test_a_plane_without_the_valve_is_refused():
    with pytest.raises(NoValveError, match="does not cut the pulmonary valve"):
        simulate_colour(PATIENT, Valve.PULMONARY, seed=5, view=View.A4C, **SIZE)


def test_the_mitral_valve_is_found_where_the_root_stands_between_ventricle_and_atrium_in_systole():
    patient = sample_patient(41, seed=4242, prevalence=Prevalence(mitral_stenosis=0.5))
    clip = simulate_colour(patient, Valve.MITRAL, seed=4242, n_frames=8, height_px=208, width_px=278)
    assert clip.frames.shape[0] == 8
