"""Colours are right whatever the file stores: the green image of peers cannot happen here."""

import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
import simplejpeg
from imaging_files import write_dicom
from pydicom.data import get_testdata_file
from pydicom.pixels import apply_color_lut, pixel_array

from echovlm.imaging import UnsupportedFileError, read_clip
from echovlm.imaging import plugins as plugins_module

# Rows of the secondary captures of dcmtk and gdcm, from top to bottom, ten pixels each.
STRIPES = ((255, 0, 0), (255, 128, 128), (0, 255, 0), (128, 255, 128), (0, 0, 255), (128, 128, 255))
STRIPED = (
    "SC_rgb_dcmtk_+eb+cr.dcm",  # JPEG of RGB, Adobe marker, component ids R G B
    "SC_rgb_dcmtk_+eb+cy+n1.dcm",  # JPEG of YCbCr 4:2:0 tagged YBR_FULL
    "SC_rgb_dcmtk_+eb+cy+n2.dcm",
    "SC_rgb_dcmtk_+eb+cy+np.dcm",  # tagged YBR_FULL_422
    "SC_rgb_dcmtk_+eb+cy+s2.dcm",
    "SC_rgb_jpeg_dcmtk.dcm",
    "SC_rgb_jpeg_lossy_gdcm.dcm",  # no marker at all: the tag decides
    "SC_rgb_gdcm_KY.dcm",  # JPEG 2000
    "SC_rgb_rle.dcm",
    "SC_rgb_rle_16bit.dcm",
    "SC_rgb_rle_2frame.dcm",
    "SC_ybr_full_422_uncompressed.dcm",
)
GREY_ENOUGH = ("SC_rgb_jpeg_dcmd.dcm", "SC_jpeg_no_color_transform.dcm", "SC_jpeg_no_color_transform_2.dcm")
ULTRASOUND = (
    "ExplVR_BigEnd.dcm",
    "examples_jpeg2k.dcm",
    "examples_palette.dcm",
    "examples_rgb_color.dcm",
    "examples_ybr_color.dcm",
    "JPGLosslessP14SV1_1s_1f_8b.dcm",
    "OBXXXX1A.dcm",
    "OBXXXX1A_2frame.dcm",
    "OBXXXX1A_expb.dcm",
    "OBXXXX1A_rle.dcm",
    "US1_J2KI.dcm",
    "US1_UNCR.dcm",
    "color-pl.dcm",
    "gdcm-US-ALOKA-16.dcm",
    "gdcm-US-ALOKA-16_big.dcm",
)


def sample(name: str) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = get_testdata_file(name, download=False)
    if found is None:
        pytest.skip(f"{name} needs the package pydicom-data")
    return Path(str(found))


@pytest.mark.parametrize("name", STRIPED)
def test_a_red_stripe_is_red_in_every_encoding(name):
    frame = read_clip(sample(name)).frames[0]
    shown = frame[np.arange(6) * 10 + 5, 50].astype(int)
    assert np.abs(shown - np.array(STRIPES)).max() <= 6


@pytest.mark.parametrize("name", GREY_ENOUGH)
def test_an_unmarked_jpeg_of_rgb_keeps_its_paper_white(name):
    corner = read_clip(sample(name)).frames[0, :20, :20].astype(int)
    assert corner.min() > 230
    assert np.ptp(corner, axis=-1).max() < 12


@pytest.mark.parametrize("name", ULTRASOUND)
def test_ultrasound_agrees_with_an_independent_decoder(name):
    path = sample(name)
    dataset = pydicom.dcmread(path)
    is_packed = dataset.file_meta.TransferSyntaxUID.is_encapsulated
    has_palette = dataset.PhotometricInterpretation == "PALETTE COLOR"
    if is_packed and not has_palette:
        pytest.importorskip("gdcm")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        truth = pixel_array(dataset, decoding_plugin="gdcm" if is_packed and not has_palette else "")
        if has_palette:
            table = apply_color_lut(truth, dataset)[..., :3]
            truth = table >> 8 if table.max() > 255 else table  # pydicom leaves big-endian entries swapped
    frames = read_clip(path).frames
    if truth.ndim == 2:
        truth = np.repeat(truth[..., None], 3, axis=-1)
    difference = np.abs(frames.astype(int) - truth.reshape(frames.shape).astype(int))
    assert difference.max() <= 1


@pytest.mark.parametrize(
    ("little", "big"),
    [("OBXXXX1A.dcm", "OBXXXX1A_expb.dcm"), ("gdcm-US-ALOKA-16.dcm", "gdcm-US-ALOKA-16_big.dcm")],
)
def test_byte_order_does_not_change_a_palette(little, big):
    np.testing.assert_array_equal(read_clip(sample(little)).frames, read_clip(sample(big)).frames)


def test_black_stays_black_in_a_cine_of_ycbcr(tmp_path):
    path = write_dicom(
        tmp_path / "a", np.zeros((3, 24, 32, 3), np.uint8), photometric="YBR_FULL_422", jpeg=True
    )
    assert read_clip(path).frames.max() <= 1


def test_a_tag_that_contradicts_the_jpeg_is_overruled_and_told(tmp_path):
    red = np.zeros((1, 24, 32, 3), np.uint8)
    red[..., 0] = 200
    clip = read_clip(write_dicom(tmp_path / "a", red, photometric="RGB", jpeg=True))
    assert np.abs(clip.frames[0, 12, 16].astype(int) - (200, 0, 0)).max() <= 4
    assert any("the frames were believed" in remark for remark in clip.remarks)


def test_monochrome_1_is_inverted_and_2_is_not(tmp_path):
    ramp = np.tile(np.arange(32, dtype=np.uint8) * 8, (1, 24, 1))
    one = read_clip(write_dicom(tmp_path / "1", ramp, photometric="MONOCHROME1")).frames
    two = read_clip(write_dicom(tmp_path / "2", ramp, photometric="MONOCHROME2")).frames
    np.testing.assert_array_equal(two[0, :, :, 1], ramp[0])
    np.testing.assert_array_equal(one, 255 - two)


def test_monochrome_1_in_jpeg_is_inverted_too(tmp_path):
    grey = np.full((24, 32, 1), 200, np.uint8)
    stream = simplejpeg.encode_jpeg(grey, colorspace="GRAY", quality=95)
    path = write_dicom(tmp_path / "a", grey[None, ..., 0], photometric="MONOCHROME1", streams=[stream])
    assert abs(int(read_clip(path).frames[0, 5, 5, 2]) - 55) <= 2


def test_a_window_decides_what_16_bits_show(tmp_path):
    ramp = np.tile(np.arange(32, dtype=np.uint16) * 100, (1, 24, 1))
    windowed = write_dicom(
        tmp_path / "a", ramp, photometric="MONOCHROME2", WindowCenter=1000, WindowWidth=200
    )
    shown = read_clip(windowed).frames[0, 0, :, 0]
    assert shown[8] == 0
    assert shown[12] == 255
    assert 100 < shown[10] < 155
    plain = read_clip(write_dicom(tmp_path / "b", ramp, photometric="MONOCHROME2"))
    assert plain.frames[0, 0, 0, 0] == 0
    assert plain.frames[0, 0, 31, 0] == 255
    assert any("16 bits" in remark for remark in plain.remarks)


def test_an_uncompressed_ybr_full_frame_is_converted_once(tmp_path):
    ycbcr = np.zeros((2, 24, 32, 3), np.uint8)
    ycbcr[...] = (76, 85, 255)  # pure red
    frame = read_clip(write_dicom(tmp_path / "a", ycbcr, photometric="YBR_FULL")).frames[1]
    assert np.abs(frame[3, 3].astype(int) - (254, 0, 0)).max() <= 1


def test_an_unknown_colour_space_is_named(tmp_path):
    path = write_dicom(tmp_path / "a", np.zeros((1, 8, 8, 3), np.uint8), photometric="HSV")
    with pytest.raises(UnsupportedFileError, match="'HSV'; readable are MONOCHROME1"):
        read_clip(path)


def test_without_gdcm_a_lossless_jpeg_names_the_extra_to_install(monkeypatch):
    class NoDecoder:
        is_available = False

    monkeypatch.setattr(plugins_module, "get_decoder", lambda syntax: NoDecoder())
    with pytest.raises(UnsupportedFileError, match=r"pip install 'echovlm\[codecs\]'"):
        read_clip(sample("SC_rgb_jpeg_gdcm.dcm"))
