"""Facts of the simulated cohort and of its clips as data: determinism, timing, spread and independence."""

import numpy as np
import pytest

from echovlm.clinical.patient import Sex
from echovlm.clinical.views import View
from echovlm.simulation.clip import simulate_clip
from echovlm.simulation.patient import sample_patient
from echovlm.simulation.views.planes import SIMULATED_VIEWS
from echovlm.simulation.views.truth import true_measurements

NAMES = (
    "lvidd_cm",
    "ef_pct",
    "ivsd_cm",
    "la_volume_ml",
    "ra_area_cm2",
    "rv_base_cm",
    "sinus_cm",
    "effusion_cm",
)


def table(n: int, *, decorrelated: bool, sex: Sex) -> np.ndarray:
    patients = [sample_patient(i, seed=17, decorrelated=decorrelated) for i in range(n)]
    return np.array([[getattr(p, name) for name in NAMES] for p in patients if p.sex is sex])


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not():
    patient = sample_patient(4, seed=2)
    sizes = {"n_frames": 3, "height_px": 120, "width_px": 160}
    for view in SIMULATED_VIEWS:
        first, again = (simulate_clip(patient, view, seed=9, **sizes) for _ in range(2))
        other = simulate_clip(patient, view, seed=10, **sizes)
        assert first.frames.tobytes() == again.frames.tobytes()
        assert first.masks.tobytes() == again.masks.tobytes()
        assert first.frames.tobytes() != other.frames.tobytes()


def test_a_clip_lasts_one_beat_and_starts_at_the_r_wave():
    patient = sample_patient(1, seed=2)
    clip = simulate_clip(patient, View.A4C, seed=1, n_frames=16, height_px=120, width_px=160)
    step = np.diff(clip.frame_times_ms)
    assert clip.frame_times_ms[0] == 0
    assert clip.ed_frame_index == 0
    assert step == pytest.approx(60_000 / patient.heart_rate_bpm / 16)
    area = (clip.masks == 1).sum((1, 2))
    assert area[clip.es_frame_index] <= area.min() * 1.03
    assert area[0] >= area.max() * 0.99


def test_nothing_is_drawn_outside_the_sector():
    clip = simulate_clip(
        sample_patient(6, seed=2), View.PLAX, seed=1, n_frames=2, height_px=240, width_px=320
    )
    assert not clip.frames[:, ~clip.sector_mask].any()
    assert not clip.masks[:, ~clip.sector_mask].any()
    assert clip.frames[:, clip.sector_mask].mean() > 10


def test_the_cavity_is_darker_than_its_wall():
    for index in range(6):
        for view in SIMULATED_VIEWS:
            clip = simulate_clip(
                sample_patient(index, seed=2), view, seed=1, n_frames=2, height_px=120, width_px=160
            )
            wall, cavity = (clip.frames[clip.masks == label].mean() for label in (2, 1))
            assert wall > cavity + 8, (index, view)


@pytest.mark.parametrize("sex", list(Sex))
def test_comorbidity_vanishes_when_decorrelated(sex):
    off_diagonal = ~np.eye(len(NAMES), dtype=bool)
    tied = np.corrcoef(table(1500, decorrelated=False, sex=sex).T)
    loose = np.corrcoef(table(1500, decorrelated=True, sex=sex).T)
    assert np.abs(loose[off_diagonal]).max() < 0.12
    assert tied[NAMES.index("lvidd_cm"), NAMES.index("ef_pct")] < -0.15
    assert np.abs(tied[off_diagonal]).max() < 0.45


def test_values_cross_every_threshold_without_a_gap():
    values = np.concatenate([table(2500, decorrelated=True, sex=sex) for sex in Sex])
    limits = {
        "lvidd_cm": 5.5,
        "ef_pct": 53,
        "ivsd_cm": 1.0,
        "ra_area_cm2": 18,
        "rv_base_cm": 4.1,
        "sinus_cm": 3.8,
    }
    for name, limit in limits.items():
        column = np.sort(values[:, NAMES.index(name)])
        near = column[np.abs(column - limit) < 0.15 * limit]
        assert np.diff(near).max() < 0.02 * limit, name
        assert 0.15 < (column > limit).mean() < 0.85, name
    effusion = values[:, NAMES.index("effusion_cm")]
    assert (effusion == 0).mean() == pytest.approx(0.55, abs=0.04)
    assert effusion[effusion > 0].min() < 0.15
    assert effusion.max() > 2


def test_measurements_are_plausible_and_complete():
    for index in range(8):
        measured = [m.checked() for m in true_measurements(sample_patient(index, seed=40))]
        assert len({m.quantity for m in measured}) == len(measured) == 18
