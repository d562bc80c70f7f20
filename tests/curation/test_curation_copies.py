"""A clip that was compressed anew is known again, and no two clips that were recorded apart are taken for one."""

import numpy as np
import simplejpeg
from curation_trees import plain_study, write_tree
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.encaps import encapsulate
from scipy.fft import dctn

from echovlm.clinical import View
from echovlm.curation import curate
from echovlm.curation.copies import find_copies, fingerprint, look_alike
from echovlm.dataset import EchoGround, Split, split_of
from echovlm.imaging import read_clip
from echovlm.simulation import sample_patient, simulate_cine, simulate_clip

TRAIN, TEST = 1, 5  # patients by the hash of their identifier
SIZE = {"height_px": 274, "width_px": 366}


def compressed(frames: np.ndarray, quality: int) -> list[bytes]:
    return [
        simplejpeg.encode_jpeg(np.ascontiguousarray(f), quality=quality, colorsubsampling="420")
        for f in frames
    ]


def lossy(frames: np.ndarray, quality: int) -> np.ndarray:
    return np.stack([simplejpeg.decode_jpeg(data) for data in compressed(frames, quality)])


def rgb(frames: np.ndarray) -> np.ndarray:
    return np.repeat(frames[..., None], 3, axis=-1) if frames.ndim == 3 else frames


def bits_apart(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def test_a_lossy_copy_of_a_simulated_clip_is_told_and_another_acquisition_of_the_view_is_not():
    for view in (View.A4C, View.PSAX_PM, View.PLAX):
        patient = sample_patient(3, seed=1)
        first, second = (rgb(simulate_clip(patient, view, seed=s, n_frames=4, **SIZE).frames) for s in (0, 1))
        for quality in (90, 50, 35):
            copy = lossy(first, quality)
            assert bits_apart(fingerprint(first), fingerprint(copy)) <= 12
            assert look_alike(first, copy)
        assert bits_apart(fingerprint(first), fingerprint(second)) > 24
        assert not look_alike(first, second)


def test_successive_beats_of_one_acquisition_are_two_clips():
    patient = sample_patient(1, seed=3)
    cine = rgb(simulate_cine(patient, View.A4C, seed=0, n_beats=2, frame_rate_hz=12, **SIZE).frames)
    half = len(cine) // 2
    assert not look_alike(cine[:half], cine[half : 2 * half])


def test_a_fingerprint_says_which_slow_cosines_weigh_more_than_the_middle_one():
    frames = rgb(simulate_clip(sample_patient(2, seed=5), View.A4C, seed=0, n_frames=2, **SIZE).frames)
    expected = []
    for frame in frames:
        waves = dctn(frame[::2, ::2, 1].astype(float), norm="ortho")[:8, :8].ravel()[1:]
        expected.append(waves > np.median(waves))
    assert fingerprint(frames) == np.packbits(expected).tobytes().hex()


def test_waves_that_a_mirrored_picture_lacks_say_nothing():
    """Their weights are nought, of which a machine makes some last digit that hangs on how it adds."""
    half = np.random.default_rng(0).integers(0, 256, (4, 15, 10, 3)).repeat(8, axis=1).repeat(8, axis=2)
    picture = np.concatenate([half, half[:, :, -2::-1]], axis=2).astype(np.uint8)
    bits = np.unpackbits(np.frombuffer(bytes.fromhex(fingerprint(list(picture))), np.uint8))[: 4 * 63]
    waves = np.concatenate([np.zeros((4, 1), np.uint8), bits.reshape(4, 63)], axis=1).reshape(4, 8, 8)
    assert not waves[:, :, 1::2].any()
    assert waves[:, :, ::2].any()


def test_grain_without_a_picture_is_a_copy_of_nobody():
    grain = np.random.default_rng(0).integers(60, 120, (4, 240, 320, 3), dtype=np.uint8)
    assert fingerprint(grain) == ""
    grain[:, 80:160] += 60  # a bright band, as slow as a picture
    assert len(fingerprint(grain)) == 64


def test_flat_frames_are_copies_of_nobody():
    assert fingerprint(np.zeros((4, 60, 80, 3), np.uint8)) == ""
    grey = np.full((4, 60, 80, 3), 90, np.uint8)
    assert not look_alike(grey, grey)
    assert find_copies(["", ""], lambda first, second: True) == {}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 12), st.lists(st.integers(0, 30), min_size=1, max_size=12))
def test_clips_whose_fingerprints_differ_in_few_bits_are_found_as_by_comparing_all(seed, n, changes):
    generator = np.random.default_rng(seed)
    bits = generator.integers(0, 2, (n, 256))
    altered = []
    for count in changes:
        row = bits[generator.integers(n)].copy()
        row[generator.choice(256, count, replace=False)] ^= 1
        altered.append(row)
    rows = [*bits, *altered]
    texts = [np.packbits(row).tobytes().hex() for row in rows]
    expected: dict[int, int] = {}
    for later in range(len(rows)):
        for earlier in range(later):
            is_close = int((rows[earlier] != rows[later]).sum()) <= 12
            if is_close and later not in expected and earlier not in expected:
                expected[later] = earlier
    assert find_copies(texts, lambda first, second: True) == expected


def test_a_clip_compressed_anew_for_another_patient_is_set_aside_and_both_are_one_person(tmp_path):
    studies = [plain_study(TRAIN), plain_study(TEST, n_files=3)]
    assert [split_of(study.subject) for study in studies] == [Split.TRAIN, Split.TEST]
    tree = write_tree(tmp_path / "tree", studies)
    original, copy = tree / studies[0].paths()[0], tree / studies[1].paths()[1]
    frames = read_clip(original).frames
    file = dcmread(copy)
    file.PixelData = encapsulate(compressed(frames, 60))
    file.save_as(copy)
    assert not np.array_equal(read_clip(copy).frames, frames)
    summary = curate(tree, tmp_path / "out")
    data = EchoGround.open(tmp_path / "out")
    assert (summary.kept, summary.excluded) == (4, {"recompressed": 1})
    assert {row.split for row in data.rows()} == {Split.TRAIN}
    assert data.info.merged_patients == 1
