"""Pixels agree with decoders that share no code with ours: DCMTK on every file, gdcm where it can."""

import shutil
import subprocess
import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
from imaging_files import write_dicom
from PIL import Image
from pydicom.data import get_testdata_file

from echovlm.imaging import UnsupportedFileError, read_clip

WITHIN = 1  # grey levels
# All ultrasound in pydicom and pydicom-data but JPEG 2000, which DCMTK does not read.
ULTRASOUND = (
    "ExplVR_BigEnd.dcm", "examples_palette.dcm", "examples_rgb_color.dcm", "examples_ybr_color.dcm",
    "JPGLosslessP14SV1_1s_1f_8b.dcm", "OBXXXX1A.dcm", "OBXXXX1A_2frame.dcm", "OBXXXX1A_expb.dcm",
    "OBXXXX1A_expb_2frame.dcm", "OBXXXX1A_rle.dcm", "OBXXXX1A_rle_2frame.dcm", "US1_UNCR.dcm", "US1_UNCI.dcm",
    "color-pl.dcm", "color-px.dcm", "color3d_jpeg_baseline.dcm", "gdcm-US-ALOKA-16.dcm", "gdcm-US-ALOKA-16_big.dcm",
)  # fmt: skip
JPEG_2000 = ("examples_jpeg2k.dcm", "US1_J2KI.dcm", "US1_J2KR.dcm")
RNG = np.random.default_rng(1)
SMOOTH = np.array(
    Image.fromarray(RNG.integers(0, 255, (8, 10, 3), dtype=np.uint8)).resize(
        (80, 64), Image.Resampling.BICUBIC
    )
)


def sample(name: str) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = get_testdata_file(name, download=False)
    if found is None:
        pytest.skip(f"{name} needs the package pydicom-data")
    return Path(str(found))


def needs_dcmtk(tool: str = "dcmj2pnm") -> str:
    found = shutil.which(tool)
    if found is None:
        pytest.skip("needs the system package dcmtk")
    return found


def shown_by_dcmtk(path: Path, folder: Path, *, frame: int) -> np.ndarray:
    """Return one frame as DCMTK shows it: 8 bits, RGB, without a window."""
    tool, picture = needs_dcmtk(), folder / "shown.ppm"
    command = [tool, "--write-raw-pnm", "--frame", str(frame + 1), str(path), str(picture)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    if done.returncode:  # the 16-bit palettes of ALOKA: "wrong number of entries"
        pytest.skip(f"DCMTK cannot show it: {done.stderr.strip().splitlines()[-1]}")
    return np.asarray(Image.open(picture).convert("RGB"))


@pytest.mark.parametrize("name", ULTRASOUND)
def test_a_real_file_looks_as_in_dcmtk(name, tmp_path):
    path = sample(name)
    needs_dcmtk()
    clip = read_clip(path)
    for frame in sorted({0, len(clip.frames) - 1}):
        other = shown_by_dcmtk(path, tmp_path, frame=frame)
        assert np.abs(clip.frames[frame].astype(int) - other).max() <= WITHIN


@pytest.mark.parametrize("name", JPEG_2000)
def test_jpeg_2000_looks_as_in_gdcm(name):
    pytest.importorskip("gdcm", reason="needs the codecs extra")
    path = sample(name)
    other = pydicom.pixels.pixel_array(pydicom.dcmread(path), decoding_plugin="gdcm")
    assert np.abs(read_clip(path).frames[0].astype(int) - other).max() <= WITHIN


# ---- every syntax that DCMTK can write


def stored(kind: str, folder: Path) -> Path:
    grey = SMOOTH[None, ..., 0]
    two = np.stack([SMOOTH, SMOOTH[::-1]])
    match kind:
        case "MONOCHROME2":
            return write_dicom(folder / "a.dcm", grey, photometric="MONOCHROME2")
        case "MONOCHROME1":
            return write_dicom(folder / "a.dcm", grey, photometric="MONOCHROME1")
        case "16 bits":
            wide = grey.astype(np.uint16) * 200
            return write_dicom(
                folder / "a.dcm", wide, photometric="MONOCHROME2", WindowCenter=25000, WindowWidth=30000
            )
        case "RGB":
            return write_dicom(folder / "a.dcm", two, photometric="RGB")
        case "YBR_FULL":
            return write_dicom(folder / "a.dcm", two, photometric="YBR_FULL")
    table = (RNG.permutation(256).astype(np.uint16) * 257).tobytes()
    palette = {
        f"{colour}PaletteColorLookupTable{what}": value
        for colour in ("Red", "Green", "Blue")
        for what, value in (("Descriptor", [256, 0, 16]), ("Data", table))
    }
    return write_dicom(folder / "a.dcm", grey, photometric="PALETTE COLOR", **palette)


LOSSLESS = {
    "lossless, first order": ("dcmcjpeg", "+e1"),
    "lossless, process 14": ("dcmcjpeg", "+el"),
    "JPEG-LS": ("dcmcjpls", "+el"),
    "RLE": ("dcmcrle",),
}
KINDS = ("MONOCHROME2", "MONOCHROME1", "16 bits", "RGB", "YBR_FULL", "PALETTE COLOR")


def packed(path: Path, tool: str, *options: str) -> Path:
    target = path.with_name("packed.dcm")
    done = subprocess.run(
        [needs_dcmtk(tool), *options, str(path), str(target)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"{tool} does not write it: {done.stderr.decode()[-80:].strip()}")
    return target


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", LOSSLESS)
def test_what_is_packed_without_loss_looks_as_before(kind, way, tmp_path):
    path = stored(kind, tmp_path)
    target = packed(path, *LOSSLESS[way])
    try:
        again = read_clip(target)
    except UnsupportedFileError as error:
        pytest.skip(f"needs the codecs extra: {error.reason}")
    plain = read_clip(path)
    assert np.abs(again.frames.astype(int) - plain.frames).max() <= WITHIN
    assert pydicom.dcmread(target).file_meta.TransferSyntaxUID.is_encapsulated


@pytest.mark.parametrize("kind", ["MONOCHROME2", "MONOCHROME1", "RGB", "YBR_FULL"])
@pytest.mark.parametrize("options", [("+eb",), ("+ee",), ("+eb", "+cr"), ("+eb", "+s2")], ids=" ".join)
def test_jpeg_with_loss_looks_as_in_dcmtk(kind, options, tmp_path):
    target = packed(stored(kind, tmp_path), "dcmcjpeg", *options, "+q", "95")
    clip = read_clip(target)
    for frame in range(len(clip.frames)):
        other = shown_by_dcmtk(target, tmp_path, frame=frame)
        # Each codec rounds its inverse transform and its colours by itself.
        assert np.abs(clip.frames[frame].astype(int) - other).mean() <= WITHIN
        assert np.abs(clip.frames[frame].astype(int) - other).max() <= 4
