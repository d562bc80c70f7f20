"""A simulated cine as a DICOM ultrasound multi-frame file that says it is simulated."""

import io
import uuid
from dataclasses import dataclass
from typing import Final

import numpy as np
import simplejpeg
from jaxtyping import UInt8
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.sr.coding import Code
from pydicom.tag import Tag
from pydicom.uid import UID, JPEGBaseline8Bit, UltrasoundMultiFrameImageStorage

from echovlm.clinical.guidelines import round_half_up
from echovlm.clinical.patient import Sex
from echovlm.clinical.views import View

SIMULATED: Final = "SIMULATED by echovlm: rendered from a computed heart, not from a patient."
MANUFACTURER: Final = "echovlm simulator"
JPEG_QUALITY: Final = 85

_UID_NAMESPACE: Final = uuid.UUID(
    "9d4a43b1-6b1d-5c0e-9a53-0f4f4c1d7a11"
)  # ours; UUID-derived UIDs: PS3.5 B.2
_TISSUE_REGION: Final = 1  # PS3.3 C.8.5.5.1.1 region data type
_TWO_D_REGION: Final = 1  # PS3.3 C.8.5.5.1.1 region spatial format
_CENTIMETRE: Final = 3  # PS3.3 C.8.5.5.1.15 physical units

# CID 12226; the codes are `View.snomed_code`, the meanings the standard's.
_VIEW_MEANING: Final = {
    View.PLAX: "Parasternal long axis",
    View.PSAX_AV: "Parasternal short axis at the aortic valve level",
    View.PSAX_MV: "Parasternal short axis at the Mitral Valve level",
    View.PSAX_PM: "Parasternal short axis at the Papillary Muscle level",
    View.A4C: "Apical four chamber",
    View.A2C: "Apical two chamber",
    View.A3C: "Apical long axis",
    View.RV_INFLOW: "Right Ventricular Inflow Tract View",
    View.SC_4C: "Subcostal long axis",
    View.SSN: "Suprasternal long axis",
}


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose clip a file holds and when it was made, in MIMIC-IV-ECHO's terms.

    Attributes:
        patient_id: MIMIC subject id.
        study_id: MIMIC study id.
        ordinal: Place of the clip in its study, from 1.
        sex: Recorded sex.
        age_years: Age at the study.
        height_cm: Body height.
        weight_kg: Body weight.
        date: Shifted date, ``YYYYMMDD``.
        time: ``HHMMSS`` of the clip.
        study_time: ``HHMMSS`` of the study.
        seed: The simulation's seed; two seeds share no UID.
    """

    patient_id: int
    study_id: int
    ordinal: int
    sex: Sex
    age_years: float
    height_cm: float
    weight_kg: float
    date: str
    time: str
    study_time: str
    seed: int

    def uid(self, level: str) -> UID:
        """Return the UID of this identity's ``"study"``, ``"series"`` or ``"instance"``."""
        ordinal = self.ordinal if level == "instance" else 0
        name = f"{self.seed}/{self.study_id}/{level}/{ordinal}"
        return UID(f"2.25.{uuid.uuid5(_UID_NAMESPACE, name).int}")


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where the sector lies on the screen, and how large a pixel is.

    Attributes:
        region_xyxy_px: Box of the sector, end exclusive.
        apex_xy_px: The transducer's virtual apex on the screen.
        spacing_mm: Millimetres per pixel, in x and in y.
        depth_mm: Depth of the sector.
    """

    region_xyxy_px: tuple[int, int, int, int]
    apex_xy_px: tuple[float, float]
    spacing_mm: float
    depth_mm: float


@dataclass(frozen=True, slots=True)
class Timing:
    """When frames and R waves came, in ms from the first frame."""

    frame_time_ms: float
    heart_rate_bpm: float
    r_wave_times_ms: tuple[float, ...]


def encode_dicom(
    frames: UInt8[np.ndarray, "frame height width 3"],
    *,
    identity: Identity,
    view: View,
    geometry: Geometry,
    timing: Timing,
) -> bytes:
    """Return the bytes of a DICOM file; the same arguments give the same bytes.

    US Multi-frame Image IOD, DICOM PS3.3 A.7, JPEG baseline as PS3.5 A.4.1.
    """
    jpegs = [
        simplejpeg.encode_jpeg(frame, quality=JPEG_QUALITY, colorspace="RGB", colorsubsampling="422")
        for frame in frames
    ]
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UltrasoundMultiFrameImageStorage
    meta.MediaStorageSOPInstanceUID = identity.uid("instance")
    meta.TransferSyntaxUID = JPEGBaseline8Bit
    meta.ImplementationClassUID = UID(f"2.25.{_UID_NAMESPACE.int}")
    meta.ImplementationVersionName = "ECHOVLM_SIM_1"
    buffer = io.BytesIO()
    dataset = FileDataset(buffer, {}, file_meta=meta, preamble=b"\0" * 128)
    _set_patient_and_study(dataset, identity)
    _set_series_and_image(dataset, identity)
    _set_view(dataset, view)
    _set_timing(dataset, timing, n_frames=len(frames))
    dataset.SequenceOfUltrasoundRegions = Sequence([_region(geometry)])
    dataset.DepthOfScanField = round(geometry.depth_mm)
    _set_pixels(dataset, frames.shape, jpegs)
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _set_patient_and_study(dataset: Dataset, identity: Identity) -> None:
    """Set the Patient, General Study and Patient Study modules (PS3.3 C.7.1.1, C.7.2.1, C.7.2.2)."""
    dataset.SpecificCharacterSet = "ISO_IR 100"
    dataset.PatientName = f"Simulated^p{identity.patient_id}"
    dataset.PatientID = str(identity.patient_id)
    dataset.PatientBirthDate = ""
    dataset.PatientSex = identity.sex.value
    # As a form is filled in: completed years, whole centimetres (in metres), tenths of a kilogram (C.7.2.2).
    dataset.PatientAge = f"{int(identity.age_years):03d}Y"
    dataset.PatientSize = f"{round_half_up(identity.height_cm, 1) / 100:.2f}"
    dataset.PatientWeight = f"{round_half_up(identity.weight_kg, 0.1):.1f}"
    dataset.QualityControlSubject = "YES"  # a phantom, not a person
    dataset.StudyInstanceUID = identity.uid("study")
    dataset.StudyDate, dataset.StudyTime = identity.date, identity.study_time
    dataset.StudyID = str(identity.study_id)
    dataset.AccessionNumber = ""
    dataset.ReferringPhysicianName = ""
    dataset.StudyDescription = "Simulated transthoracic echocardiogram"


def _set_series_and_image(dataset: Dataset, identity: Identity) -> None:
    """Set the General Series, Equipment, Image and SOP Common modules (PS3.3 C.7.3.1, C.7.5.1, C.7.6.1)."""
    dataset.SOPClassUID = UltrasoundMultiFrameImageStorage
    dataset.SOPInstanceUID = identity.uid("instance")
    dataset.Modality = "US"
    dataset.SeriesInstanceUID = identity.uid("series")
    dataset.SeriesNumber = 1
    dataset.SeriesDate, dataset.SeriesTime = identity.date, identity.study_time
    dataset.SeriesDescription = "Simulated B-mode cines"
    dataset.BodyPartExamined = "HEART"
    dataset.Manufacturer = MANUFACTURER
    dataset.ManufacturerModelName = "Simulated heart"
    dataset.SoftwareVersions = "1"
    dataset.InstanceNumber = identity.ordinal
    dataset.PatientOrientation = ""
    dataset.ContentDate, dataset.ContentTime = identity.date, identity.time
    dataset.AcquisitionDateTime = identity.date + identity.time
    dataset.ImageType = ["DERIVED", "PRIMARY", "TTE", "0001"]  # 0001: 2-D imaging (PS3.3 C.8.5.6.1.1)
    dataset.DerivationDescription = "Simulated; compressed once, as JPEG baseline"
    dataset.ImageComments = SIMULATED
    dataset.BurnedInAnnotation = "NO"  # no annotation that identifies a patient
    dataset.AnatomicRegionSequence = Sequence([_coded(Code("80891009", "SCT", "Heart"))])


def _coded(code: Code) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = (
        code.value,
        code.scheme_designator,
        code.meaning,
    )
    return item


def _set_view(dataset: Dataset, view: View) -> None:
    """Set the view code (PS3.3 C.8.5.6, CID 12226); a view without a code gets none."""
    if view.snomed_code is not None:
        code = Code(view.snomed_code, "SCT", _VIEW_MEANING[view])
        dataset.ViewCodeSequence = Sequence([_coded(code)])


def _set_timing(dataset: Dataset, timing: Timing, *, n_frames: int) -> None:
    """Set the Cine and Multi-frame modules (PS3.3 C.7.6.5, C.7.6.6) and the US image's beat."""
    rate_hz = 1000.0 / timing.frame_time_ms
    dataset.NumberOfFrames = n_frames
    dataset.FrameIncrementPointer = Tag("FrameTime")
    dataset.FrameTime = f"{timing.frame_time_ms:.6f}"
    dataset.CineRate = max(1, round(rate_hz))
    dataset.RecommendedDisplayFrameRate = max(1, round(rate_hz))
    dataset.StartTrim, dataset.StopTrim = 1, n_frames
    dataset.EffectiveDuration = f"{n_frames * timing.frame_time_ms / 1000:.6f}"
    dataset.HeartRate = round(timing.heart_rate_bpm)
    dataset.RWaveTimeVector = [float(time_ms) for time_ms in timing.r_wave_times_ms]


def _region(geometry: Geometry) -> Dataset:
    """Return the region calibration (PS3.3 C.8.5.5), referred to the apex, counted from the box's corner."""
    left, top, right, bottom = geometry.region_xyxy_px
    region = Dataset()
    region.RegionSpatialFormat = _TWO_D_REGION
    region.RegionDataType = _TISSUE_REGION
    region.RegionFlags = 0
    region.RegionLocationMinX0, region.RegionLocationMinY0 = left, top
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = right - 1, bottom - 1
    region.ReferencePixelX0 = round(geometry.apex_xy_px[0]) - left
    region.ReferencePixelY0 = round(geometry.apex_xy_px[1]) - top
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = _CENTIMETRE
    region.ReferencePixelPhysicalValueX = region.ReferencePixelPhysicalValueY = 0.0
    region.PhysicalDeltaX = region.PhysicalDeltaY = geometry.spacing_mm / 10
    return region


def _set_pixels(dataset: Dataset, shape: tuple[int, ...], jpegs: list[bytes]) -> None:
    """Set the Image Pixel module (PS3.3 C.7.6.3) and what was lost in it (C.7.6.1.1.5)."""
    dataset.SamplesPerPixel = 3
    dataset.PhotometricInterpretation = "YBR_FULL_422"
    dataset.PlanarConfiguration = 0
    dataset.Rows, dataset.Columns = shape[1], shape[2]
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit = 7
    dataset.PixelRepresentation = 0
    dataset.UltrasoundColorDataPresent = 0
    dataset.LossyImageCompression = "01"
    dataset.LossyImageCompressionRatio = f"{np.prod(shape) / sum(map(len, jpegs)):.2f}"
    dataset.LossyImageCompressionMethod = "ISO_10918_1"
    dataset.PixelData = encapsulate(jpegs)
    dataset["PixelData"].VR = "OB"
