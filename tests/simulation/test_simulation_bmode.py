"""Physics of the simulated B-mode: speckle, beam, shadows and grey."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echovlm.clinical.views import View
from echovlm.simulation.bmode.echoes import COARSE, N_BEAMS, N_SAMPLES, receive_echoes
from echovlm.simulation.bmode.picture import form_beams
from echovlm.simulation.bmode.render import Scan, prepare_scan
from echovlm.simulation.bmode.style import GreyMap, ImageStyle, StyleError
from echovlm.simulation.bmode.window import GAIN, HAZE, LINES, OUTSIDE, beam_sigma_deg
from echovlm.simulation.clip import simulate_clip
from echovlm.simulation.heart.geometry import build_heart
from echovlm.simulation.heart.surfaces import ABOVE, BONE, EPI, HEART, MOTION_Z, N_FIELDS
from echovlm.simulation.patient import sample_patient
from echovlm.simulation.views.acquisition import sample_acquisition

HEART_OF_ONE = build_heart(sample_patient(0, seed=3))
PLAIN = ImageStyle(GreyMap(60.0))
CENTRE = (slice(20, 109), slice(60, 200))  # beams and samples away from every edge


def scan_of(view: View = View.A4C, *, seed: int = 1) -> Scan:
    acquisition = sample_acquisition(HEART_OF_ONE, view, seed=seed, height_px=224, width_px=300)
    return prepare_scan(acquisition, PLAIN, height_px=224, width_px=300)


def amplitude_of(
    scan: Scan,
    *,
    shift_cm: float = 0.0,
    across: bool = False,
    bone: slice | None = None,
    ghost: float = 0.0,
) -> np.ndarray:
    """Amplitude received from myocardium of even brightness everywhere, moved along the LV axis.

    The axis points away from the probe, or across the slice.
    """
    acq = scan.acquisition
    fields = np.full(((N_BEAMS - 1) // COARSE + 2, (N_SAMPLES - 1) // COARSE + 2, N_FIELDS), 9.0, np.float32)
    fields[..., HEART] = fields[..., EPI] = fields[..., ABOVE] = -4.0
    fields[..., MOTION_Z] = shift_cm
    if bone is not None:
        fields[bone, 20:24, BONE] = -0.2
    window = np.zeros_like(scan.window)
    window[GAIN] = window[OUTSIDE] = 1.0
    shade = np.stack([np.ones((128, 128)), np.zeros((128, 128))]).astype(np.float32)
    axes = np.eye(3)[[0, 2, 1]] if not across else np.eye(3)
    echo = np.empty((2, N_BEAMS, N_SAMPLES), np.float32)
    tissue = scan.tissue._replace(along=1.0, patchy=0.0, blood=0.0, ghost=ghost)
    receive_echoes(axes, np.zeros(3), acq.half_angle_rad, acq.depth_cm, HEART_OF_ONE.end_diastole(),
                   HEART_OF_ONE.tube, fields, scan.scatterers, shade, window, tissue, 0, echo)  # fmt: skip
    return np.sqrt(form_beams(echo, scan.taps, 0.0, np.zeros_like(scan.noise), scan.scatterers, 0))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_developed_speckle_is_rayleigh(seed):
    amplitude = amplitude_of(scan_of(seed=seed))[CENTRE]
    assert amplitude.mean() / amplitude.std() == pytest.approx(1.91, abs=0.1)


def half_width(pattern: np.ndarray, axis: int) -> int:
    """Steps after which a pattern's autocorrelation along an axis falls below a half."""
    moved = pattern - pattern.mean()
    n = moved.shape[axis]
    for step in range(1, 20):
        first, second = (np.take(moved, range(*ends), axis) for ends in ((0, n - step), (step, n)))
        if (first * second).mean() < 0.5 * (moved**2).mean():
            return step
    return 20


def test_speckle_is_narrower_along_the_beam_than_across_it_and_widens_with_depth():
    scan = scan_of()
    acq, amplitude = scan.acquisition, amplitude_of(scan)
    sample_cm = acq.depth_cm / (N_SAMPLES - 1)
    across_cm = []
    for samples in (slice(70, 120), slice(190, 250)):
        middle = 0.5 * (samples.start + samples.stop) * sample_cm
        beam_cm = middle * 2 * acq.half_angle_rad / (N_BEAMS - 1)
        patch = amplitude[20:109, samples]
        assert half_width(patch, 1) * sample_cm < half_width(patch, 0) * beam_cm
        across_cm.append(half_width(patch, 0) * beam_cm)
    assert across_cm[1] > across_cm[0]


def likeness(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])


def test_speckle_moves_with_the_tissue():
    scan = scan_of()
    sample_cm = scan.acquisition.depth_cm / (N_SAMPLES - 1)
    middle = slice(60, 69)  # where the beam runs along the motion
    still, moved = amplitude_of(scan), amplitude_of(scan, shift_cm=5 * sample_cm)
    assert likeness(moved[middle, 60:200], still[middle, 65:205]) > 0.8
    assert likeness(moved[middle, 60:200], still[middle, 60:200]) < 0.3


def test_speckle_is_lost_when_the_tissue_leaves_the_slice():
    scan = scan_of()
    still = amplitude_of(scan, across=True)[CENTRE]
    near, far = (amplitude_of(scan, shift_cm=cm, across=True)[CENTRE] for cm in (0.05, 1.0))
    assert likeness(near, still) > 0.8
    assert likeness(far, still) < 0.3
    assert (far**2).mean() == pytest.approx((still**2).mean(), rel=0.15)


def test_bone_casts_a_shadow_on_its_own_beams_only():
    scan = scan_of()
    free, shaded = amplitude_of(scan), amplitude_of(scan, bone=slice(28, 36))
    assert shaded[62:66, 80:].mean() < 0.35 * free[62:66, 80:].mean()
    assert np.allclose(shaded[:30], free[:30])


def test_a_reverberation_copies_an_echo_to_twice_its_depth():
    scan = scan_of()
    with_ghost, without = (
        amplitude_of(scan, bone=slice(28, 36), ghost=0.5),
        amplitude_of(scan, bone=slice(28, 36)),
    )
    added = (with_ghost**2 - without**2)[62:66]
    assert added[:, 60:78].mean() > 5 * abs(added[:, 110:].mean()), (
        "the tissue before the rib, not its shadow"
    )
    assert np.allclose(with_ghost[:, :1], without[:, :1])


@pytest.mark.parametrize("view", [View.PLAX, View.A4C])
def test_the_beam_is_narrowest_at_its_focus(view):
    acquisition = scan_of(view).acquisition
    depths = np.linspace(1, acquisition.depth_cm, 400)
    sigma = beam_sigma_deg(acquisition, depths)
    assert depths[np.argmin(sigma)] == pytest.approx(acquisition.focus_cm, rel=0.15)
    assert sigma.max() < 4, "degrees: speckle is not smeared over the image"


maps = st.builds(
    GreyMap, st.floats(40, 80), st.floats(0.6, 2.0), st.floats(0, 1), st.floats(0, 0.3)
)  # range, gamma, contrast, reject


@given(grey_map=maps, grey=st.floats(10, 240))
def test_a_grey_map_never_falls_and_gives_back_the_level_that_it_shows(grey_map, grey):
    levels = grey_map.grey_levels()
    assert np.all(np.diff(levels) >= -1e-3)
    assert levels[0] == 0
    assert levels.max() == pytest.approx(255)
    power = np.array([10 ** (grey_map.level_db(grey) / 10)], np.float32)
    assert levels[power.view(np.int32)[0] >> 15] == pytest.approx(grey, abs=3)


def test_a_grey_map_that_makes_no_picture_is_refused():
    with pytest.raises(StyleError, match="range of 30 to 90"):
        GreyMap(10.0)


def test_the_style_changes_the_picture_and_never_the_truth():
    sizes = {"seed": 4, "n_frames": 3, "height_px": 160, "width_px": 200}
    patient = sample_patient(5, seed=3)
    other = ImageStyle(GreyMap(55, 1.4, 0.5, 0.1), 0.5, -0.5, 0.6, harmonic=False)
    first, second = (simulate_clip(patient, View.PLAX, style=s, **sizes) for s in (PLAIN, other))
    assert (first.masks == second.masks).all()
    assert first.landmarks_xy_px.keys() == second.landmarks_xy_px.keys()
    assert (first.frames != second.frames).mean() > 0.2


def test_persistence_calms_the_noise_from_frame_to_frame():
    sizes = {"seed": 4, "n_frames": 12, "height_px": 160, "width_px": 200}
    changes = []
    for persistence in (0.0, 0.6):
        style = ImageStyle(GreyMap(60.0), persistence_frac=persistence)
        frames = simulate_clip(sample_patient(5, seed=3), View.A4C, style=style, **sizes).frames.astype(float)
        changes.append(np.abs(np.diff(frames[1:], axis=0)).mean())
    assert changes[1] < 0.8 * changes[0]


def test_haze_and_lines_lie_under_the_probe():
    window = scan_of().window
    for plane in (HAZE, LINES):
        assert window[plane, :, 10:40].mean() > 3 * window[plane, :, 150:].mean()
