"""Every kind of file that a simulated archive holds: read back by us, and judged by an independent validator."""

import io
import shutil
import subprocess
from dataclasses import dataclass

import numpy as np
import pydicom
import pytest
from pydicom.uid import UltrasoundImageStorage, UltrasoundMultiFrameImageStorage
from test_simulation_dicom import identity, screen_frames

from echovlm.clinical.views import Mode, View
from echovlm.imaging import read_clip
from echovlm.simulation.archive.dicom import Content, Timing, encode_dicom
from echovlm.simulation.archive.pixels import (
    ENCODINGS,
    JPEG_BASELINE,
    Encoding,
    Photometric,
    Syntax,
    draw_encoding,
)
from echovlm.simulation.console.regions import (
    DataType,
    PhysicalUnit,
    ScreenRegion,
    SpatialFormat,
    tissue_region,
)

TISSUE = tissue_region((10, 4, 118, 84), apex_xy_px=(64.2, 1.7), spacing_mm=0.713)
FLOW = tissue_region(
    (40, 20, 90, 60), apex_xy_px=(64.2, 1.7), spacing_mm=0.713, data_type=DataType.COLOR_FLOW
)
SECOND, VELOCITY = PhysicalUnit.SECOND, PhysicalUnit.CM_PER_S
PULSED = ScreenRegion(
    SpatialFormat.SPECTRAL, DataType.PW_DOPPLER, (0, 50, 128, 96), reference_xy_px=(0, 80),
    delta_xy=(0.01, -2.5), unit_xy=(SECOND, VELOCITY), sample_gate_xy_px=(60, 30),
)  # fmt: skip
CONTINUOUS = ScreenRegion(
    SpatialFormat.SPECTRAL, DataType.CW_DOPPLER, (0, 50, 128, 96), reference_xy_px=(0, 60),
    delta_xy=(0.01, -9.5), unit_xy=(SECOND, VELOCITY),
)  # fmt: skip
SWEEP = ScreenRegion(
    SpatialFormat.M_MODE, DataType.TISSUE, (0, 50, 128, 96), reference_xy_px=(0, 50),
    delta_xy=(0.01, 0.05), unit_xy=(SECOND, PhysicalUnit.CM),
)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """A kind of file: what it shows, and of how many frames."""

    name: str
    mode: Mode
    regions: tuple[ScreenRegion, ...]
    n_frames: int = 1
    view: View | None = View.A4C
    as_vector: bool = False


KINDS = (
    Kind("cine", Mode.B, (TISSUE,), n_frames=5),
    Kind("cine with a vector of times", Mode.B, (TISSUE,), n_frames=5, as_vector=True),
    Kind("colour cine", Mode.COLOR, (TISSUE, FLOW), n_frames=5),
    Kind("still", Mode.B, (TISSUE,)),
    Kind("pulsed Doppler", Mode.PW, (TISSUE, PULSED)),
    Kind("tissue Doppler", Mode.TDI, (TISSUE, PULSED)),
    Kind("continuous Doppler", Mode.CW, (TISSUE, CONTINUOUS)),
    Kind("M-mode", Mode.M, (TISSUE, SWEEP)),
    Kind("report page", Mode.B, (), view=None),
)
TIMES_MS = (0.0, 43.0, 80.0, 123.0, 160.0)


def encode(kind: Kind, encoding: Encoding = JPEG_BASELINE) -> bytes:
    return encode_dicom(
        screen_frames()[: kind.n_frames],
        identity=identity(),
        content=Content(kind.view, kind.mode, kind.regions, depth_mm=158.0),
        timing=Timing(
            TIMES_MS[: kind.n_frames],
            heart_rate_bpm=71.4,
            r_wave_times_ms=(0.0,) * (kind.n_frames > 1),
            as_vector=kind.as_vector,
        ),
        encoding=encoding,
    )


def parse(data: bytes) -> pydicom.FileDataset:
    return pydicom.dcmread(io.BytesIO(data))


each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
each_encoding = pytest.mark.parametrize(
    "encoding", ENCODINGS, ids=lambda encoding: f"{encoding.syntax.key}-{encoding.photometric.name}"
)


@each_encoding
@each_kind
def test_an_independent_validator_finds_no_fault(tmp_path, kind, encoding):
    validator = shutil.which("dciodvfy")
    if validator is None:
        pytest.skip("dciodvfy is not installed; it comes with dicom3tools")
    path = tmp_path / "file.dcm"
    path.write_bytes(encode(kind, encoding))
    told = subprocess.run([validator, "-new", path], capture_output=True, text=True)
    lines = (told.stdout + told.stderr).splitlines()
    assert told.returncode == 0, lines
    assert [line for line in lines if line.startswith(("Error", "Warning"))] == []


@each_encoding
def test_what_is_read_back_is_the_screen(tmp_path, encoding):
    path, frames = tmp_path / "file.dcm", screen_frames()
    path.write_bytes(encode(KINDS[0], encoding))
    assert parse(path.read_bytes()).file_meta.TransferSyntaxUID == encoding.syntax.uid
    shown = frames
    if encoding.photometric is Photometric.GREY:
        luma = np.rint(frames @ [0.299, 0.587, 0.114]).astype(np.uint8)
        shown = np.repeat(luma[..., None], 3, axis=-1)
    error = np.abs(read_clip(path).frames.astype(int) - shown)
    if encoding.syntax is Syntax.JPEG_BASELINE:
        assert error.mean() < 2
    elif encoding.photometric is Photometric.PALETTE:
        grey = np.ptp(frames, axis=-1) == 0
        assert error[grey].max() <= 1, "half a step of 128 greys"
        assert error.max() <= 32, "half a step of five levels"
    elif encoding.photometric is Photometric.YBR_FULL:
        assert error.max() <= 2, "the rounding of two conversions"
    else:
        assert error.max() == 0


@each_kind
def test_one_frame_is_a_still_and_more_are_a_cine(kind):
    dataset = parse(encode(kind))
    cine = kind.n_frames > 1
    assert dataset.SOPClassUID == (UltrasoundMultiFrameImageStorage if cine else UltrasoundImageStorage)
    for name in ("NumberOfFrames", "FrameIncrementPointer", "CineRate", "RWaveTimeVector"):
        assert (name in dataset) is cine, name


@each_kind
def test_the_mode_is_read_back_from_the_regions(tmp_path, kind):
    path = tmp_path / "file.dcm"
    path.write_bytes(encode(kind))
    stated = read_clip(path).mode
    # DICOM has no data type of tissue Doppler: it is a pulsed spectrum.
    assert stated is (Mode.PW if kind.mode is Mode.TDI else kind.mode)


def test_frame_times_are_read_back_each_by_a_vector_or_evenly_by_their_mean(tmp_path):
    path = tmp_path / "file.dcm"
    path.write_bytes(encode(KINDS[1]))
    assert read_clip(path).frame_times_ms == pytest.approx(TIMES_MS)
    path.write_bytes(encode(KINDS[0]))
    assert read_clip(path).frame_times_ms == pytest.approx(np.arange(5) * 40.0)


def test_a_velocity_is_read_off_a_spectrum_by_the_attributes_of_its_region():
    item = parse(encode(KINDS[4])).SequenceOfUltrasoundRegions[1]
    assert (item.PhysicalUnitsXDirection, item.PhysicalUnitsYDirection) == (4, 7), "seconds, cm per second"
    assert item.RegionFlags & 0b100 == 0, "the scale is a velocity, not a frequency"
    row_px = item.RegionLocationMinY0 + item.ReferencePixelY0
    assert row_px == 80, "the baseline, counted from the region's corner"
    velocity = item.ReferencePixelPhysicalValueY + (60 - row_px) * item.PhysicalDeltaY
    assert velocity == 50.0, "twenty rows above it, towards the transducer"
    assert (item.DopplerSampleVolumeXPosition, item.DopplerSampleVolumeYPosition) == (60, 30)


def test_where_colour_covers_tissue_the_colour_counts():
    tissue, flow = parse(encode(KINDS[2])).SequenceOfUltrasoundRegions
    assert (tissue.RegionFlags & 1, flow.RegionFlags & 1) == (1, 0), "1 is low priority"
    assert parse(encode(KINDS[0])).SequenceOfUltrasoundRegions[0].RegionFlags == 0
    assert parse(encode(KINDS[2])).UltrasoundColorDataPresent == 1


@each_encoding
def test_only_a_lossy_file_says_that_it_lost_something(encoding):
    dataset = parse(encode(KINDS[0], encoding))
    lossy = encoding.syntax is Syntax.JPEG_BASELINE
    assert dataset.LossyImageCompression == ("01" if lossy else "00")
    assert dataset.ImageType[0] == ("DERIVED" if lossy else "ORIGINAL")


@each_encoding
def test_no_console_stores_colour_flow_in_grey(encoding):
    coloured = encoding.with_colour()
    assert coloured.syntax is encoding.syntax
    assert coloured.photometric is not Photometric.GREY
    assert coloured in ENCODINGS


def test_a_study_draws_every_encoding_of_the_syntaxes_that_are_allowed_and_no_other():
    drawn = {draw_encoding(np.random.default_rng(n), tuple(Syntax)) for n in range(400)}
    assert drawn == set(ENCODINGS)
    allowed = (Syntax.RLE, Syntax.UNCOMPRESSED)
    drawn = {draw_encoding(np.random.default_rng(n), allowed) for n in range(100)}
    assert drawn == {encoding for encoding in ENCODINGS if encoding.syntax in allowed}
