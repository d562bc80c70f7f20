"""Facts of the simulated heart's geometry: what is stated is what can be measured on it."""

import math

import numpy as np
import pytest

from echovlm.clinical.anatomy import Landmark, Structure
from echovlm.clinical.measurement import Quantity
from echovlm.clinical.views import View
from echovlm.simulation.clip import ClipSizeError, simulate_clip
from echovlm.simulation.heart.geometry import build_heart
from echovlm.simulation.heart.motion import END_DIASTOLE, END_SYSTOLE, phase_at
from echovlm.simulation.patient import SimulatedPatient, sample_patient
from echovlm.simulation.views.planes import CORE_VIEWS, SIMULATED_VIEWS, find_plane
from echovlm.simulation.views.truth import (
    biplane_volume_ml,
    cavity_volume_ml,
    true_measurements,
    wall_volume_ml,
)

HEIGHT, WIDTH = 240, 320
COHORT = [sample_patient(index, seed=3) for index in range(24)]
MUST_SHOW = {
    View.PLAX: {Structure.LV, Structure.LV_MYOCARDIUM, Structure.LA, Structure.RV, Structure.AORTA},
    View.PSAX_MV: {Structure.LV, Structure.LV_MYOCARDIUM, Structure.RV},
    View.PSAX_PM: {Structure.LV, Structure.LV_MYOCARDIUM, Structure.RV},
    View.A4C: {Structure.LV, Structure.LV_MYOCARDIUM, Structure.LA, Structure.RV, Structure.RA},
    View.A2C: {Structure.LV, Structure.LV_MYOCARDIUM, Structure.LA},
}


def clip_of(patient: SimulatedPatient, view: View, *, n_frames: int = 2, seed: int = 5):
    return simulate_clip(patient, view, seed=seed, n_frames=n_frames, height_px=HEIGHT, width_px=WIDTH)


def value_of(patient: SimulatedPatient, quantity: Quantity) -> float:
    return next(m.value for m in true_measurements(patient) if m.quantity is quantity)


@pytest.mark.parametrize("view", CORE_VIEWS)
def test_each_view_shows_its_structures_and_no_other(view):
    for patient in COHORT:
        mask = clip_of(patient, view).masks[0]
        large = {Structure(label) for label in range(1, 8) if np.count_nonzero(mask == label) >= 120}
        any_pixel = {Structure(int(label)) for label in np.unique(mask) if label}
        assert MUST_SHOW[view] <= large, patient
        assert any_pixel - {Structure.EFFUSION, Structure.AORTA} == MUST_SHOW[view] - {Structure.AORTA}, (
            patient
        )


@pytest.mark.parametrize("view", CORE_VIEWS)
def test_a_dry_pericardium_has_no_effusion_pixel_and_a_wet_one_has(view):
    for patient in COHORT:
        fluid = np.count_nonzero(clip_of(patient, view).masks == Structure.EFFUSION)
        if patient.effusion_cm == 0:
            assert fluid == 0
        elif patient.effusion_cm > 0.4:
            assert fluid > 100


@pytest.mark.parametrize("view", CORE_VIEWS)
def test_landmarks_lie_inside_the_sector(view):
    for patient in COHORT:
        clip = clip_of(patient, view)
        for name, points in clip.landmarks_xy_px.items():
            for x, y in np.round(points).astype(int):
                assert clip.sector_mask[y, x], (patient.patient_index, name)


def run_length_cm(mask: np.ndarray, label: int, start, end, spacing_cm: float) -> float:
    """Length over which a label is met on the line through two points, sampled finely a bit beyond both."""
    start, end = np.asarray(start), np.asarray(end)
    steps = np.linspace(-0.4, 1.4, 4001)
    points = start + steps[:, None] * (end - start)
    x, y = np.round(points[:, 0]).astype(int), np.round(points[:, 1]).astype(int)
    inside = (x >= 0) & (x < mask.shape[1]) & (y >= 0) & (y < mask.shape[0])
    hit = inside & (mask[y.clip(0, mask.shape[0] - 1), x.clip(0, mask.shape[1] - 1)] == label)
    return float(hit.sum() / len(steps) * 1.8 * np.linalg.norm(end - start) * spacing_cm)


SEPTUM = (Landmark.IVS_RV_SIDE, Landmark.IVS_LV_SIDE)
CAVITY = (Landmark.IVS_LV_SIDE, Landmark.PW_LV_SIDE)
POSTERIOR_WALL = (Landmark.PW_LV_SIDE, Landmark.PW_EPICARDIUM)
SINUSES = (Landmark.SINUS_ANTERIOR, Landmark.SINUS_POSTERIOR)
RV_BASE = (Landmark.RV_BASE_SEPTAL, Landmark.RV_BASE_LATERAL)
CALIPERS = [
    (View.PLAX, Quantity.LV_INTERNAL_DIAMETER_ED, Structure.LV, CAVITY),
    (View.PLAX, Quantity.IVS_THICKNESS_ED, Structure.LV_MYOCARDIUM, SEPTUM),
    (View.PLAX, Quantity.PW_THICKNESS_ED, Structure.LV_MYOCARDIUM, POSTERIOR_WALL),
    (View.PLAX, Quantity.AORTIC_SINUS_DIAMETER, Structure.AORTA, SINUSES),
    (View.A4C, Quantity.RV_BASAL_DIAMETER, Structure.RV, RV_BASE),
]


@pytest.mark.parametrize(("view", "quantity", "label", "ends"), CALIPERS)
def test_mask_diameter_equals_the_stated_value_within_a_pixel(view, quantity, label, ends):
    for patient in COHORT[:12]:
        clip = clip_of(patient, view)
        first, second = (clip.landmarks_xy_px[name][0] for name in ends)
        stated = value_of(patient, quantity)
        between = np.linalg.norm(first - second) * clip.spacing_mm / 10
        assert between == pytest.approx(stated, abs=1e-6)
        measured = run_length_cm(clip.masks[0], label, first, second, clip.spacing_mm / 10)
        assert measured == pytest.approx(stated, abs=1.5 * clip.spacing_mm / 10), patient.patient_index


def test_effusion_depth_is_that_of_the_rim_behind_the_inferolateral_wall():
    for patient in COHORT:
        clip = clip_of(patient, View.PLAX)
        inner, outer = (
            clip.landmarks_xy_px[name][0] for name in (Landmark.PW_LV_SIDE, Landmark.PW_EPICARDIUM)
        )
        direction = (outer - inner) / np.linalg.norm(outer - inner)
        end = outer + direction * (patient.effusion_cm + 0.05) / (clip.spacing_mm / 10)
        measured = run_length_cm(clip.masks[0], Structure.EFFUSION, outer, end, clip.spacing_mm / 10)
        stated = value_of(patient, Quantity.PERICARDIAL_EFFUSION_DEPTH)
        assert measured == pytest.approx(stated, abs=1.5 * clip.spacing_mm / 10)


def simpson_ml(clip, frame: int) -> tuple[np.ndarray, float]:
    """Widths (cm) of the LV mask in 20 discs from the annulus to the apex, and the disc height."""
    spacing = clip.spacing_mm / 10
    apex = clip.landmarks_xy_px[Landmark.LV_APEX][frame]
    base = (
        clip.landmarks_xy_px[Landmark.MITRAL_SEPTAL][frame]
        + clip.landmarks_xy_px[Landmark.MITRAL_LATERAL][frame]
    ) / 2
    axis = (base - apex) / np.linalg.norm(base - apex)
    y, x = np.nonzero(clip.masks[frame] == Structure.LV)
    along = (np.stack([x, y], -1) - apex) @ axis
    length = np.linalg.norm(base - apex)
    counts, _ = np.histogram(along, bins=20, range=(0, length))
    return counts * spacing**2 / (length * spacing / 20), float(length * spacing / 20)


def test_biplane_simpson_of_the_masks_is_near_the_volume_and_the_ejection_fraction():
    for patient in COHORT[:8]:
        four, two = (clip_of(patient, view, n_frames=24) for view in (View.A4C, View.A2C))
        volumes = []
        for frame in (four.ed_frame_index, four.es_frame_index):
            (width_a, height_a), (width_b, height_b) = simpson_ml(four, frame), simpson_ml(two, frame)
            volumes.append(math.pi / 4 * float((width_a * width_b).sum()) * max(height_a, height_b))
        assert volumes[0] == pytest.approx(value_of(patient, Quantity.LV_EDV_BIPLANE), rel=0.04)
        ejection = 100 * (volumes[0] - volumes[1]) / volumes[0]
        assert ejection == pytest.approx(value_of(patient, Quantity.LVEF_BIPLANE), abs=2.5)


def test_method_of_discs_is_near_the_three_dimensional_volume():
    for patient in COHORT[:3]:
        heart = build_heart(patient)
        state = heart.state(END_DIASTOLE)
        assert biplane_volume_ml(heart, state) == pytest.approx(cavity_volume_ml(heart, state), rel=0.12)


def test_wall_volume_is_conserved_over_the_beat():
    for patient in COHORT[:2]:
        heart = build_heart(patient)
        volumes = [wall_volume_ml(heart, heart.state(phase)) for phase in (END_DIASTOLE, END_SYSTOLE)]
        assert volumes[1] == pytest.approx(volumes[0], rel=0.03)


def test_the_cavity_ejects_what_the_patient_is_said_to_eject():
    for patient in COHORT[:2]:
        heart = build_heart(patient)
        full, empty = (cavity_volume_ml(heart, heart.state(phase)) for phase in (END_DIASTOLE, END_SYSTOLE))
        assert 100 * (full - empty) / full == pytest.approx(patient.ef_pct, abs=1.0)


def test_apical_planes_hold_the_apex_and_the_long_axis_plane_the_axis():
    heart = build_heart(COHORT[0])
    for view in SIMULATED_VIEWS:
        plane = find_plane(heart, view)
        assert plane.right @ plane.down == pytest.approx(0, abs=1e-9)
    assert np.allclose(find_plane(heart, View.A4C).origin, 0)
    assert np.allclose(np.cross(find_plane(heart, View.PLAX).right, (0, 0, 1)), 0)


def test_a_clip_of_one_frame_is_refused():
    with pytest.raises(ClipSizeError, match="at least 2"):
        clip_of(COHORT[0], View.A4C, n_frames=1)


def test_contraction_is_nil_at_the_r_wave_and_whole_once():
    for rate in (45, 75, 125):
        beat = 60_000 / rate
        curve = [
            phase_at(t, heart_rate_bpm=rate, atrial_kick=0.2).contraction for t in np.linspace(0, beat, 400)
        ]
        assert curve[0] == 0
        assert max(curve) == pytest.approx(1)
        assert curve[-1] == pytest.approx(0, abs=0.02)
        assert np.all(np.diff(curve[int(np.argmax(curve)) :]) <= 1e-9)
