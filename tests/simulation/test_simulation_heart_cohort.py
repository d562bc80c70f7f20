"""Facts of the simulated cohort and of its clips as data: determinism, timing, spread and independence."""

import numpy as np
import pytest

from echovlm.clinical.patient import Sex
from echovlm.clinical.views import View
from echovlm.simulation.clip import simulate_clip
from echovlm.simulation.heart.motion import atrial_kick_frac, rr_intervals_ms
from echovlm.simulation.patient import Prevalence, PrevalenceError, Rhythm, sample_patient
from echovlm.simulation.views.planes import CORE_VIEWS, SIMULATED_VIEWS
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


def test_the_cavity_is_darker_than_its_wall_and_clearly_so_through_a_good_window():
    for index in range(6):
        for view in CORE_VIEWS:
            clip = simulate_clip(
                sample_patient(index, seed=2), view, seed=1, n_frames=2, height_px=120, width_px=160
            )
            wall, cavity = (clip.frames[clip.masks == label].mean() for label in (2, 1))
            assert wall > cavity, (index, view)
            if clip.quality_frac > 0.6:
                assert wall > cavity + 10, (index, view)


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
        assert len({m.quantity for m in measured}) == len(measured) == 28


SEVERITIES = (
    "aortic_stenosis_frac",
    "mitral_annular_calcification_frac",
    "mitral_stenosis_frac",
    "aortic_regurgitation_frac",
    "mitral_regurgitation_frac",
    "tricuspid_regurgitation_frac",
    "pulmonary_regurgitation_frac",
    "septal_flattening_frac",
    "rv_systolic_pressure_mmhg",
    "ra_pressure_mmhg",
    "relaxation_frac",
    "filling_pressure_mmhg",
    "ivc_cm",
    "ivc_collapse_frac",
    "pulmonary_artery_cm",
)


def severities(n: int, *, decorrelated: bool) -> np.ndarray:
    patients = [sample_patient(i, seed=23, decorrelated=decorrelated) for i in range(n)]
    return np.array([[getattr(p, name) for name in SEVERITIES] for p in patients])


def correlation(values: np.ndarray, first: str, second: str) -> float:
    return float(np.corrcoef(values[:, SEVERITIES.index(first)], values[:, SEVERITIES.index(second)])[0, 1])


def test_pressures_and_what_they_do_go_together_unless_decorrelated():
    tied, loose = (severities(1200, decorrelated=decorrelated) for decorrelated in (False, True))
    for first, second in (
        ("rv_systolic_pressure_mmhg", "septal_flattening_frac"),
        ("ra_pressure_mmhg", "ivc_cm"),
        ("rv_systolic_pressure_mmhg", "pulmonary_artery_cm"),
    ):
        assert correlation(tied, first, second) > 0.3
        assert abs(correlation(loose, first, second)) < 0.12
    assert correlation(tied, "ra_pressure_mmhg", "ivc_collapse_frac") < -0.3


def test_severities_cross_their_thresholds_without_a_gap():
    values = severities(2500, decorrelated=True)
    limits = {"rv_systolic_pressure_mmhg": 36, "ra_pressure_mmhg": 8, "filling_pressure_mmhg": 15}
    limits |= {"ivc_cm": 2.1, "ivc_collapse_frac": 0.5, "pulmonary_artery_cm": 2.5, "relaxation_frac": 0.5}
    for column, name in enumerate(SEVERITIES):
        positive = np.sort(values[values[:, column] > 0, column])
        inner = positive[len(positive) // 50 : -len(positive) // 50]
        assert np.diff(inner).max() < 0.06 * positive[-1], name
        if name in limits:
            assert 0.15 < (positive > limits[name]).mean() < 0.85, name
        else:
            assert positive[-1] > 0.9, name


def test_prevalence_is_a_setting():
    none = Prevalence(**dict.fromkeys(Prevalence.__slots__, 0.0))
    everyone = Prevalence(aortic_stenosis=1.0, effusion=1.0, paced=1.0)
    for index in range(40):
        healthy = sample_patient(index, seed=1, prevalence=none)
        assert healthy.rhythm is Rhythm.SINUS
        assert healthy.prosthesis is None
        assert healthy.effusion_cm == healthy.aortic_stenosis_frac == healthy.aneurysm_frac == 0
        assert min(healthy.segment_motion) > 0.8
        ill = sample_patient(index, seed=1, prevalence=everyone)
        assert ill.effusion_cm > 0
        assert ill.pacemaker_lead
        assert ill.rhythm is Rhythm.PACED
    with pytest.raises(PrevalenceError, match="paced is 2"):
        Prevalence(paced=2)


def test_only_an_atrium_that_does_not_fibrillate_kicks_and_beats_evenly():
    patients = [sample_patient(i, seed=4) for i in range(120)]
    for patient in patients:
        lengths = np.array(rr_intervals_ms(patient, 40))
        spread = lengths.std() / lengths.mean()
        assert lengths.mean() == pytest.approx(60_000 / patient.heart_rate_bpm, rel=0.12)
        assert rr_intervals_ms(patient, 3) == tuple(lengths[:3])
        if patient.rhythm is Rhythm.ATRIAL_FIBRILLATION:
            assert spread > 0.1
            assert atrial_kick_frac(patient) == 0
        else:
            assert spread < 0.05
            assert 0.1 < atrial_kick_frac(patient) < 0.4
    assert len({patient.rhythm for patient in patients}) == 3
