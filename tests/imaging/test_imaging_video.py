"""A video's frames carry their own times, and never a millimetre."""

from pathlib import Path

import numpy as np
import pytest
from imaging_files import write_video

from echovlm.clinical.views import Mode
from echovlm.imaging import extract_cine, read_clip

REAL = Path(__file__).parents[3] / "shared" / "real"


def moving_square(n_frames: int) -> np.ndarray:
    frames = np.full((n_frames, 96, 128, 3), 20, np.uint8)
    for index, frame in enumerate(frames):
        frame[20:60, 10 + 8 * index : 40 + 8 * index] = (200, 60, 60)
    return frames


@pytest.mark.parametrize("ending", ["mp4", "avi"])
def test_frames_and_their_colours_come_back(tmp_path, ending):
    frames = moving_square(6)
    clip = read_clip(write_video(tmp_path / f"a.{ending}", frames, onsets_ms=[0, 40, 80, 120, 160, 200]))
    assert clip.frames.shape == frames.shape
    inside = clip.frames[2, 30:50, 32:50].reshape(-1, 3).mean(axis=0)
    assert np.abs(inside - (200, 60, 60)).max() < 12
    assert clip.calibration is None
    assert "Not calibrated: a video carries no ultrasound region." in clip.remarks


def test_uneven_frames_keep_their_true_times(tmp_path):
    onsets_ms = [0, 20, 60, 70, 170]
    clip = read_clip(write_video(tmp_path / "a.mp4", moving_square(5), onsets_ms=onsets_ms))
    assert clip.frame_times_ms == pytest.approx(onsets_ms, abs=0.6)


def test_a_name_says_nothing_about_the_content(tmp_path):
    path = write_video(tmp_path / "a.mp4", moving_square(3), onsets_ms=[0, 40, 80])
    assert len(read_clip(path.rename(tmp_path / "a.dcm")).frames) == 3


@pytest.mark.skipif(not REAL.is_dir(), reason="the real clips do not lie beside this checkout")
@pytest.mark.parametrize(
    ("name", "n_frames", "per_second", "mode"),
    [
        ("SDX000001.mp4", 94, 30, None),
        ("SDX000002.mp4", 93, 30, None),
        ("SDX000028.mp4", 90, 30, None),
        ("SDX000053.mp4", 57, 19, Mode.COLOR),
    ],
)
def test_real_clips_are_read_uncalibrated(name, n_frames, per_second, mode):
    clip = read_clip(REAL / name)
    assert clip.frames.shape == (n_frames, 600, 800, 3)
    assert clip.frames_per_second == pytest.approx(per_second, rel=0.01)
    assert clip.mode is mode
    cine = extract_cine(clip)
    assert cine.spacing_mm is None
    assert max(cine.frames.shape[1:]) == 224
    assert cine.frames[:, -1, 0].max() == 0  # the lower corners lie outside a fan
