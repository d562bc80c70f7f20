"""Tar headers and label images that we write ourselves, against the libraries that they stand in for."""

import io
import tarfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from echovlm.dataset import EncodedFrames, encode_frames
from echovlm.dataset.png import encode_labels
from echovlm.dataset.segments import _is_flat
from echovlm.dataset.tar_members import END, header_of, join_members

NAMES = st.text("abcdefghijklmnopqrstuvwxyzABC0123456789._-", min_size=1, max_size=99)


def plain_header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.USTAR_FORMAT)


@settings(max_examples=50, deadline=None)
@given(name=NAMES, size=st.integers(0, 8**11 - 1))
def test_a_header_is_that_of_the_standard_library(name, size):
    assert header_of(name, size) == plain_header(name, size)


@pytest.mark.parametrize("name", [f"{'d' * 90}/{'n' * 40}", "Größe.json", "n" * 100])
def test_a_name_that_needs_two_fields_or_other_letters_is_left_to_the_standard_library(name):
    assert header_of(name, 7) == plain_header(name, 7)


def test_a_run_of_members_is_an_archive_that_says_where_its_files_start():
    members = [("a.jpg", b"x" * 700), ("a.txt", b""), ("a.json", b"{}" * 256)]
    data, starts = join_members(members)
    with tarfile.open(fileobj=io.BytesIO(data + END)) as archive:
        read = [(member.name, archive.extractfile(member).read(), member.offset_data) for member in archive]
    assert read == [(name, payload, start) for (name, payload), start in zip(members, starts, strict=True)]


@settings(max_examples=30, deadline=None)
@given(
    height=st.integers(1, 40), width=st.integers(1, 300), labels=st.integers(1, 255), seed=st.integers(0, 9)
)
def test_labels_come_back_from_a_png_as_they_were(height, width, labels, seed):
    image = np.random.default_rng(seed).integers(0, labels + 1, (height, width)).astype(np.uint8)
    read = Image.open(io.BytesIO(encode_labels(image)))
    assert read.mode == "L"
    np.testing.assert_array_equal(np.asarray(read), image)


def test_labels_in_large_areas_need_few_bytes():
    y, x = np.mgrid[:200, :200]
    heart = (np.hypot(y - 100, x - 100) < 60).astype(np.uint8) + (np.hypot(y - 100, x - 100) < 80)
    pillow = io.BytesIO()
    Image.fromarray(heart).save(pillow, format="PNG", compress_level=6)
    assert len(encode_labels(heart)) <= len(pillow.getvalue())


@settings(max_examples=60, deadline=None)
@given(
    n_frames=st.integers(1, 9),
    side=st.integers(1, 40),
    highest=st.integers(0, 9),
    bright=st.integers(0, 12),
    seed=st.integers(0, 9),
)
def test_flat_frames_are_those_whose_thinned_pixels_spread_by_less_than_two_greys(
    n_frames, side, highest, bright, seed
):
    random = np.random.default_rng(seed)
    frames = random.integers(0, highest + 1, (n_frames, side, side), dtype=np.uint8)
    # Few pixels may make the difference, the first of them among those that are looked at first.
    frames.reshape(-1)[[0, *random.integers(0, frames.size, bright)][:bright]] = 60
    thinned = frames[:: max(1, n_frames // 4), ::2, ::2]
    assert _is_flat(frames) == (float(thinned.std()) < 2.0)


@pytest.mark.parametrize("rgb", [(), (3,)])
def test_encoded_frames_are_one_jpeg_each_and_a_hash_of_what_they_show(rgb):
    frames = np.random.default_rng(1).integers(0, 256, (3, 20, 30, *rgb), dtype=np.uint8)
    encoded = encode_frames(frames)
    assert isinstance(encoded, EncodedFrames)
    assert encoded.shape == frames.shape
    smooth = frames // 64 + 100
    read = [np.asarray(Image.open(io.BytesIO(jpeg))) for jpeg in encode_frames(smooth).jpegs]
    np.testing.assert_allclose(np.stack(read).astype(int), smooth, atol=8)
    assert encoded.frames_sha256 == encode_frames(frames.copy()).frames_sha256
    assert encoded.frames_sha256 != encode_frames(frames[::-1]).frames_sha256
    assert encode_frames(np.zeros_like(frames)).frames_sha256 == ""
