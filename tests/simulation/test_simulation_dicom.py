"""What a simulated DICOM file says, and that its pixels are the screen's."""

import io

import numpy as np
import pydicom
import pytest
from pydicom.uid import JPEGBaseline8Bit, UltrasoundMultiFrameImageStorage

from echovlm.clinical.patient import Sex
from echovlm.clinical.views import Mode, View, find_view
from echovlm.simulation.archive.dicom import Content, Identity, Timing, encode_dicom
from echovlm.simulation.archive.exam import CORE_VIEWS
from echovlm.simulation.console.regions import tissue_region

REQUIRED = (  # type 1 of the US Multi-frame Image IOD, DICOM PS3.3 A.7
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "Modality",
    "NumberOfFrames",
    "FrameIncrementPointer",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PlanarConfiguration",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PixelData",
    "LossyImageCompressionRatio",
    "LossyImageCompression",
    "LossyImageCompressionMethod",
    "FrameTime",
)
MAY_BE_EMPTY = (  # type 2
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "Manufacturer",
    "AccessionNumber",
    "ReferringPhysicianName",
    "SeriesNumber",
    "InstanceNumber",
    "PatientOrientation",
    "ImageType",
    "ContentDate",
    "ContentTime",
)
IN_REGION = (
    "RegionSpatialFormat",
    "RegionDataType",
    "RegionFlags",
    "RegionLocationMinX0",
    "RegionLocationMinY0",
    "RegionLocationMaxX1",
    "RegionLocationMaxY1",
    "PhysicalUnitsXDirection",
    "PhysicalUnitsYDirection",
    "PhysicalDeltaX",
    "PhysicalDeltaY",
)


def screen_frames() -> np.ndarray:
    """Five RGB frames: smooth grey with a bar that moves, and some colour outside."""
    y, x = np.mgrid[:96, :128]
    grey = (80 + 60 * np.sin(x / 17) * np.cos(y / 13)).astype(np.uint8)
    frames = np.repeat(np.repeat(grey[None, :, :, None], 5, axis=0), 3, axis=3)
    for index, frame in enumerate(frames):
        frame[40:56, 16 * index : 16 * index + 16] = 230
        frame[88:] = (40, 220, 70)
    return frames


def identity(**change) -> Identity:
    fields = {
        "patient_id": 10_000_007,
        "study_id": 90_000_007,
        "ordinal": 3,
        "sex": Sex.FEMALE,
        "age_years": 61.97,
        "height_cm": 163.5,
        "weight_kg": 71.25,
        "date": "21430911",
        "time": "101530",
        "study_time": "101400",
        "seed": 5,
    }
    return Identity(**(fields | change))


def encode(*, view: View = View.A4C, **change) -> bytes:
    return encode_dicom(
        screen_frames(),
        identity=identity(**change),
        content=Content(
            view,
            Mode.B,
            (tissue_region((10, 4, 118, 84), apex_xy_px=(64.2, 1.7), spacing_mm=0.713),),
            depth_mm=158.0,
        ),
        timing=Timing(
            frame_times_ms=tuple(index * 60_000 / 71.4 / 5 for index in range(5)),
            heart_rate_bpm=71.4,
            r_wave_times_ms=(0.0,),
        ),
    )


@pytest.fixture(scope="module")
def dataset() -> pydicom.FileDataset:
    return pydicom.dcmread(io.BytesIO(encode()))


def test_a_file_has_every_attribute_that_its_standard_requires(dataset):
    assert [name for name in REQUIRED if dataset.get(name) in (None, "")] == []
    assert [name for name in MAY_BE_EMPTY if name not in dataset] == []
    region = dataset.SequenceOfUltrasoundRegions[0]
    assert [name for name in IN_REGION if name not in region] == []


def test_a_file_is_an_ultrasound_cine_in_baseline_jpeg_with_subsampled_chroma(dataset):
    assert (
        dataset.SOPClassUID == dataset.file_meta.MediaStorageSOPClassUID == UltrasoundMultiFrameImageStorage
    )
    assert dataset.file_meta.TransferSyntaxUID == JPEGBaseline8Bit
    assert dataset.PhotometricInterpretation == "YBR_FULL_422"
    first = next(pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=5))
    start = first.index(b"\xff\xc0")  # baseline frame header; sampling factors follow its sizes
    assert first[start + 11] == 0x21, "the luma of 4:2:2 has twice the samples in x, as many in y"


def test_the_decoded_pixels_are_the_screen(dataset):
    error = np.abs(dataset.pixel_array.astype(int) - screen_frames())
    grey_rows = slice(0, 84)
    assert error[:, grey_rows].mean() < 2.5
    assert np.median(error[:, 91:]) <= 6, "colour survives"


def test_the_region_gives_the_spacing_in_centimetres_and_its_box(dataset):
    region = dataset.SequenceOfUltrasoundRegions[0]
    assert region.PhysicalUnitsXDirection == region.PhysicalUnitsYDirection == 3
    assert region.PhysicalDeltaX == region.PhysicalDeltaY == pytest.approx(0.0713)
    assert (region.RegionSpatialFormat, region.RegionDataType) == (1, 1), "2-D, tissue"
    box = (region.RegionLocationMinX0, region.RegionLocationMinY0, region.RegionLocationMaxX1)
    assert (*box, region.RegionLocationMaxY1) == (10, 4, 117, 83), "DICOM's box includes its last pixel"
    assert (region.ReferencePixelX0, region.ReferencePixelY0) == (54, -2), "the apex, from the box's corner"


def test_the_body_is_written_as_a_form_states_it_in_metres_kilograms_and_completed_years(dataset):
    assert (dataset.PatientSize, dataset.PatientWeight, dataset.PatientAge) == (1.64, 71.3, "061Y")
    written = [dataset[name] for name in ("PatientSize", "PatientWeight", "PatientAge")]
    assert [(element.VR, str(element.tag)) for element in written] == [
        ("DS", "(0010,1020)"),
        ("DS", "(0010,1030)"),
        ("AS", "(0010,1010)"),
    ]
    assert [str(element.value.original_string) for element in written[:2]] == ["1.64", "71.3"]


def test_the_timing_is_one_beat(dataset):
    assert int(dataset.NumberOfFrames) == 5
    assert dataset.FrameIncrementPointer == pydicom.tag.Tag("FrameTime")
    assert int(dataset.NumberOfFrames) * float(dataset.FrameTime) == pytest.approx(60_000 / 71.4, abs=1e-3)
    assert int(dataset.CineRate) == round(1000 / float(dataset.FrameTime))
    assert int(dataset.HeartRate) == 71
    assert dataset.RWaveTimeVector == 0.0


def test_a_file_says_that_it_is_simulated(dataset):
    assert dataset.Manufacturer == "echovlm simulator"
    assert "SIMULATED" in dataset.ImageComments
    assert dataset.QualityControlSubject == "YES"


@pytest.mark.parametrize("view", CORE_VIEWS, ids=lambda view: view.value)
def test_the_view_code_reads_back_as_the_view(view):
    item = pydicom.dcmread(io.BytesIO(encode(view=view))).ViewCodeSequence[0]
    assert item.CodingSchemeDesignator == "SCT"
    assert find_view(item.CodeValue) is view
    assert pydicom.sr.codedict.codes.cid12226.concepts, "the context group is known to pydicom"
    known = {c.value: c.meaning for c in pydicom.sr.codedict.codes.cid12226.concepts.values()}
    assert known[item.CodeValue] == item.CodeMeaning


def test_a_view_without_a_code_in_the_standard_gets_a_local_one_that_reads_back():
    item = pydicom.dcmread(io.BytesIO(encode(view=View.A5C))).ViewCodeSequence[0]
    assert item.CodingSchemeDesignator.startswith("99")  # PS3.16, 8: a local scheme
    assert find_view(item.CodeMeaning) is View.A5C


def test_same_arguments_same_bytes():
    assert encode() == encode()


def test_uids_are_valid_and_shared_by_level():
    first, second = identity(ordinal=1), identity(ordinal=2)
    assert first.uid("study") == second.uid("study")
    assert first.uid("series") == second.uid("series")
    assert first.uid("instance") != second.uid("instance")
    assert first.uid("study") != identity(seed=6).uid("study"), "two simulations share no study"
    levels = ("study", "series", "instance")
    assert len({first.uid(level) for level in levels}) == 3
    assert all(first.uid(level).is_valid and len(first.uid(level)) <= 64 for level in levels)
