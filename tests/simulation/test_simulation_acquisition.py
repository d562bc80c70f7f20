"""How clips are acquired: mishaps that are flagged, depth that tells little, cines over several beats."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echovlm.clinical.anatomy import Landmark
from echovlm.clinical.views import View
from echovlm.simulation.clip import ClipSizeError, simulate_cine, simulate_clip
from echovlm.simulation.heart.geometry import build_heart
from echovlm.simulation.heart.motion import phase_at
from echovlm.simulation.patient import Rhythm, sample_patient
from echovlm.simulation.views.acquisition import AcquisitionError, AcquisitionSettings, sample_acquisition

SIZES = {"height_px": 120, "width_px": 160}
CORE = (View.PLAX, View.PSAX_MV, View.PSAX_PM, View.A4C, View.A2C)


def clip_of(settings: AcquisitionSettings, *, index: int = 2, view: View = View.A4C):
    return simulate_clip(sample_patient(index, seed=3), view, seed=1, n_frames=2, settings=settings, **SIZES)


def test_a_standard_clip_is_diagnostic_in_its_own_plane():
    for index in range(12):
        clip = clip_of(AcquisitionSettings(), index=index)
        assert clip.is_diagnostic
        assert clip.quality_frac >= 0.2
        assert clip.off_axis_deg == 0
        assert not clip.is_mirrored


def test_off_the_axis_there_are_masks_of_what_is_shown_and_no_landmarks():
    straight, off = clip_of(AcquisitionSettings()), clip_of(AcquisitionSettings(off_axis_share=1.0))
    assert off.off_axis_deg > 0
    assert np.isnan(off.landmarks_xy_px[Landmark.LV_APEX]).all()
    assert np.isfinite(straight.landmarks_xy_px[Landmark.LV_APEX]).all()
    assert (off.masks != straight.masks).mean() > 0.01
    assert (off.masks == 1).any()


def test_a_non_diagnostic_clip_says_so_and_shows_little():
    contrasts = []
    for share in (0.0, 1.0):
        clips = [clip_of(AcquisitionSettings(nondiagnostic_share=share), index=i) for i in range(8)]
        assert all(clip.is_diagnostic == (share == 0) for clip in clips)
        contrasts.append(
            np.mean(
                [clip.frames[clip.masks == 2].mean() - clip.frames[clip.masks == 1].mean() for clip in clips]
            )
        )
    assert contrasts[1] < 0.8 * contrasts[0]


def test_a_mirrored_clip_is_the_same_clip_seen_from_behind():
    plain, mirrored = clip_of(AcquisitionSettings()), clip_of(AcquisitionSettings(mirrored_share=1.0))
    assert mirrored.is_mirrored
    assert (mirrored.frames == plain.frames[..., ::-1]).all()
    assert (mirrored.masks == plain.masks[..., ::-1]).all()
    first, second = (c.landmarks_xy_px[Landmark.MITRAL_LATERAL] for c in (plain, mirrored))
    assert second[:, 0] == pytest.approx(SIZES["width_px"] - 1 - first[:, 0])
    assert second[:, 1] == pytest.approx(first[:, 1])


def test_a_share_outside_0_to_1_is_refused():
    with pytest.raises(AcquisitionError, match=r"off_axis_share is 1\.5"):
        AcquisitionSettings(off_axis_share=1.5)


@pytest.mark.parametrize("view", CORE)
def test_the_depth_alone_hardly_tells_the_size_of_the_ventricle(view):
    patients = [sample_patient(i, seed=3, decorrelated=True) for i in range(150)]
    depths = [sample_acquisition(build_heart(p), view, seed=0, **SIZES).depth_cm for p in patients]
    assert abs(np.corrcoef(depths, [p.lvidd_cm for p in patients])[0, 1]) < 0.5
    assert min(depths) >= 11
    assert max(depths) <= 30


def test_a_cine_holds_whole_beats_at_its_frame_rate():
    patient = next(
        p for i in range(40) if (p := sample_patient(i, seed=3)).rhythm is Rhythm.ATRIAL_FIBRILLATION
    )
    clip = simulate_cine(patient, View.A4C, seed=1, n_beats=6, frame_rate_hz=25.0, **SIZES)
    assert np.diff(clip.frame_times_ms) == pytest.approx(40.0)
    assert len(clip.r_wave_times_ms) == 7
    assert clip.frame_times_ms[-1] < clip.r_wave_times_ms[-1] <= clip.frame_times_ms[-1] + 40.0
    intervals_ms = np.diff(clip.r_wave_times_ms)
    assert intervals_ms.std() > 0.04 * intervals_ms.mean(), "an irregular rhythm"
    area = (clip.masks == 1).sum((1, 2)).astype(float)
    starts = [int(np.argmin(np.abs(clip.frame_times_ms - t))) for t in clip.r_wave_times_ms[:-1]]
    assert area[starts] == pytest.approx(area[0], rel=0.06), "every beat starts full"
    assert area[clip.es_frame_index] < 0.95 * area[0]


@pytest.mark.parametrize("change", [{"n_beats": 0}, {"frame_rate_hz": 1.0}, {"height_px": 10}], ids=str)
def test_a_cine_that_cannot_be_is_refused(change):
    with pytest.raises(ClipSizeError, match="cannot simulate"):
        simulate_cine(
            sample_patient(0, seed=3),
            View.A4C,
            **{"seed": 1, "n_beats": 1, "frame_rate_hz": 30.0, **SIZES, **change},
        )


@given(kick=st.floats(0, 0.4), before_the_end_ms=st.floats(0, 60))
def test_late_in_the_beat_the_atria_are_empty_and_no_root_of_a_negative_is_taken(kick, before_the_end_ms):
    phase = phase_at(800 - before_the_end_ms, heart_rate_bpm=75, atrial_kick=kick)
    assert isinstance(phase.atrial_filling, float)
    assert 0 <= phase.atrial_filling <= 1
