"""A frame read alone is the frame that reading all gives, at the time that it has in the file."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from imaging_files import region, write_dicom, write_video
from PIL import Image
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.pixels.utils import compress
from pydicom.uid import RLELossless

from echovlm.imaging import BrokenFileError, Evenly, read_clip
from echovlm.imaging import pixels as pixels_module

RNG = np.random.default_rng(9)
FRAMES = RNG.integers(0, 255, (7, 24, 32, 3), dtype=np.uint8)
ONSETS_MS = [0.0, 20.0, 45.0, 60.0, 100.0, 110.0, 160.0]
STEPS_MS = [0.0, *np.diff(ONSETS_MS)]
TIMED = {"FrameTimeVector": STEPS_MS, "FrameIncrementPointer": 0x00181065, "RWaveTimeVector": [50.0]}


def files(folder):
    """The same cine in every kind of file whose frames can be chosen."""
    yield write_dicom(folder / "native.dcm", FRAMES, regions=[region()], **TIMED)
    yield write_dicom(
        folder / "jpeg.dcm", FRAMES, photometric="YBR_FULL_422", jpeg=True, regions=[region()], **TIMED
    )
    packed = dcmread(folder / "native.dcm")
    compress(packed, RLELossless, generate_instance_uid=False)
    packed.save_as(folder / "rle.dcm")
    yield folder / "rle.dcm"
    yield write_video(folder / "film.avi", FRAMES.repeat(2, 1), onsets_ms=[int(t) for t in ONSETS_MS])
    pictures = [Image.fromarray(frame) for frame in FRAMES]
    pictures[0].save(
        folder / "film.gif",
        save_all=True, append_images=pictures[1:], duration=[int(step) for step in [*STEPS_MS[1:], 50]],
    )  # fmt: skip
    yield folder / "film.gif"
    np.savez(folder / "film.npz", frames=FRAMES, frame_times_ms=np.array(ONSETS_MS))
    yield folder / "film.npz"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return [(path, read_clip(path)) for path in files(tmp_path_factory.mktemp("kinds"))]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=st.sets(st.integers(0, 6), min_size=1).map(sorted))
def test_a_chosen_frame_is_the_frame_of_the_whole_cine_in_every_kind_of_file(whole, chosen):
    for path, clip in whole:
        some = read_clip(path, choose=lambda n_frames: chosen)
        np.testing.assert_array_equal(some.frames, clip.frames[chosen])
        assert some.frame_indices == (None if len(chosen) == 7 else tuple(chosen))
        if clip.frame_times_ms is not None:
            onset_ms = clip.frame_times_ms[chosen[0]]
            assert some.frame_times_ms == pytest.approx(clip.frame_times_ms[chosen] - onset_ms)
            assert some.r_wave_times_ms == tuple(wave - onset_ms for wave in clip.r_wave_times_ms)
        assert some.calibration == clip.calibration


def test_the_frame_rate_stays_that_of_the_file(tmp_path):
    path = write_dicom(tmp_path / "a", FRAMES, FrameTime=20.0)
    assert read_clip(path, choose=Evenly(4)).frames_per_second == pytest.approx(50)
    assert read_clip(path, choose=Evenly(4)).frame_indices == (0, 2, 4, 6)


@given(count=st.integers(1, 40), n_frames=st.integers(1, 300))
def test_an_even_choice_has_both_ends_and_steps_that_differ_by_one_at_most(count, n_frames):
    chosen = list(Evenly(count)(n_frames))
    assert len(chosen) == min(count, n_frames)
    assert chosen[0] == 0
    if count > 1:
        assert chosen[-1] == n_frames - 1
    assert np.ptp(np.diff(chosen)) <= 1 if len(chosen) > 1 else True


def test_frames_that_are_not_chosen_are_not_decoded(tmp_path, monkeypatch):
    decoded = []
    truth = pixels_module.simplejpeg.decode_jpeg
    monkeypatch.setattr(
        pixels_module.simplejpeg, "decode_jpeg", lambda *a, **k: decoded.append(1) or truth(*a, **k)
    )
    path = write_dicom(tmp_path / "a", FRAMES, photometric="YBR_FULL_422", jpeg=True)
    read_clip(path, choose=lambda n_frames: [3])
    assert len(decoded) == 1


def test_a_lossless_file_of_one_frame_is_read_by_choice_too():
    pytest.importorskip("gdcm", reason="needs the codecs extra")
    path = get_testdata_file("JPGLosslessP14SV1_1s_1f_8b.dcm", download=False)
    if path is None:
        pytest.skip("needs the package pydicom-data")
    from pathlib import Path

    assert read_clip(Path(path), choose=Evenly(3)).frames.shape == (1, 768, 1024, 3)


@pytest.mark.parametrize("chosen", [[], [3, 2], [1, 1], [7], [-1]])
def test_a_choice_that_is_none_is_refused(tmp_path, chosen):
    path = write_dicom(tmp_path / "a", FRAMES)
    with pytest.raises(ValueError, match="of 7 were chosen"):
        read_clip(path, choose=lambda n_frames: chosen)
    with pytest.raises(ValueError, match="at least 1"):
        Evenly(0)


def test_a_file_that_holds_fewer_frames_than_it_states_is_broken_even_when_the_chosen_ones_are_there(
    tmp_path,
):
    path = write_dicom(tmp_path / "a", FRAMES, photometric="YBR_FULL_422", jpeg=True)
    dataset = dcmread(path)
    for stated in (9, 2**31 - 1):
        dataset.NumberOfFrames = stated
        dataset.save_as(path)
        with pytest.raises(BrokenFileError):
            read_clip(path, choose=lambda n_frames: [0])


def test_a_large_uncompressed_cine_is_read_from_the_disk_frame_by_frame(tmp_path):
    large = RNG.integers(0, 255, (6, 400, 400, 3), dtype=np.uint8)  # beyond the size that is deferred
    path = write_dicom(tmp_path / "a", large)
    np.testing.assert_array_equal(read_clip(path).frames, large)
    np.testing.assert_array_equal(read_clip(path, choose=lambda n: [2, 5]).frames, large[[2, 5]])
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(BrokenFileError, match="cut short"):
        read_clip(path, choose=lambda n: [0])


def test_neighbouring_frames_of_a_clip_are_shared_and_others_copied():
    path = get_testdata_file("examples_ybr_color.dcm", download=False)
    clip = read_clip(Path(path))
    run, spread = clip.only(lambda _: (3, 4, 5)), clip.only(lambda _: (3, 5))
    assert np.array_equal(run.frames, clip.frames[[3, 4, 5]])
    assert np.array_equal(spread.frames, clip.frames[[3, 5]])
    assert np.shares_memory(run.frames, clip.frames)
    assert not np.shares_memory(spread.frames, clip.frames)
