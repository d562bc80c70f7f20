"""Our lossless JPEG streams, read by two decoders that are not ours."""

import av
import numpy as np
import simplejpeg
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from echovlm.simulation.archive.jpeg_lossless import encode_jpeg_lossless

any_image = st.tuples(st.integers(1, 24), st.integers(1, 24), st.sampled_from([(), (3,)])).flatmap(
    lambda shape: arrays.arrays(np.uint8, (*shape[:2], *shape[2]))
)


def decode_by_ffmpeg(stream: bytes) -> np.ndarray:
    decoder = av.CodecContext.create("mjpeg", "r")
    (frame,) = [*decoder.decode(av.Packet(stream)), *decoder.decode(None)]
    return frame.to_ndarray() if frame.format.name == "gray" else frame.to_ndarray(format="rgb24")


@settings(max_examples=60, deadline=None)
@given(image=any_image)
def test_ffmpeg_decodes_every_image_to_itself(image):
    assert np.array_equal(decode_by_ffmpeg(encode_jpeg_lossless(image)), image)


@settings(max_examples=60, deadline=None)
@given(image=arrays.arrays(np.uint8, st.tuples(st.integers(1, 24), st.integers(1, 24))))
def test_libjpeg_decodes_every_grey_image_to_itself(image):
    assert np.array_equal(simplejpeg.decode_jpeg(encode_jpeg_lossless(image), "GRAY")[..., 0], image)


def test_steps_of_every_size_survive():
    """All 511 differences that 8 bits allow, so every category and every code."""
    image = np.stack([np.zeros(256), np.arange(256), np.zeros(256), 255 - np.arange(256)], axis=1)
    image = np.concatenate([image, 255 - image]).astype(np.uint8)
    assert np.array_equal(decode_by_ffmpeg(encode_jpeg_lossless(image)), image)


def test_a_smooth_image_takes_less_room_than_its_samples():
    y, x = np.mgrid[:120, :160]
    image = (100 + 50 * np.sin(x / 20) * np.cos(y / 15)).astype(np.uint8)
    assert len(encode_jpeg_lossless(image)) < image.size / 2
