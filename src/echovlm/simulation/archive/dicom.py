"""A simulated still or cine as a DICOM ultrasound file that says it is simulated."""

import io
import uuid
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import UInt8
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.sr.coding import Code
from pydicom.tag import Tag
from pydicom.uid import UID, UltrasoundImageStorage, UltrasoundMultiFrameImageStorage

from echovlm.clinical.guidelines import round_half_up
from echovlm.clinical.patient import Sex
from echovlm.clinical.views import Mode, View
from echovlm.imaging import SIMULATOR
from echovlm.simulation.archive.pixels import JPEG_BASELINE, Encoding, Syntax, set_pixels
from echovlm.simulation.archive.regions import describe_regions
from echovlm.simulation.console.regions import ScreenRegion

SIMULATED: Final = "SIMULATED by echovlm: rendered from a computed heart, not from a patient."
_LOCAL_CODES: Final = "99ECHOVLM"  # PS3.16: a local scheme begins with 99
_UID_NAMESPACE: Final = uuid.UUID(
    "9d4a43b1-6b1d-5c0e-9a53-0f4f4c1d7a11"
)  # ours; UUID-derived UIDs: PS3.5 B.2
# PS3.3 C.8.5.6.1.1: value 4 of Image Type is a sum of hexadecimal bits; a Doppler still shows its 2-D guide too.
_IMAGE_TYPE_BITS: Final = {
    Mode.B: 0x0001,
    Mode.M: 0x0003,
    Mode.CW: 0x0005,
    Mode.PW: 0x0009,
    Mode.TDI: 0x0009,
    Mode.COLOR: 0x0011,
}

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
class Timing:
    """When frames and R waves came.

    Attributes:
        frame_times_ms: Onset of each frame, the first at 0; one for a still.
        heart_rate_bpm: Heart rate.
        r_wave_times_ms: R waves, from the first frame's onset; a still states none.
        as_vector: State each frame's increment (Frame Time Vector), not their mean (Frame Time).
    """

    frame_times_ms: tuple[float, ...]
    heart_rate_bpm: float
    r_wave_times_ms: tuple[float, ...] = ()
    as_vector: bool = False

    @property
    def frame_time_ms(self) -> float:
        """Mean time between two frames of a cine."""
        return (self.frame_times_ms[-1] - self.frame_times_ms[0]) / (len(self.frame_times_ms) - 1)


@dataclass(frozen=True, slots=True)
class Content:
    """What an image shows.

    Attributes:
        view: The window and plane; ``None`` on a page without one.
        mode: The imaging mode.
        regions: The calibrated regions of the screen; of two that overlap the later lies on top.
        depth_mm: Imaging depth of the 2-D sector; ``None`` where there is none.
    """

    view: View | None
    mode: Mode
    regions: tuple[ScreenRegion, ...]
    depth_mm: float | None


def encode_dicom(
    frames: UInt8[np.ndarray, "frame height width 3"],
    *,
    identity: Identity,
    content: Content,
    timing: Timing,
    encoding: Encoding = JPEG_BASELINE,
) -> bytes:
    """Return the bytes of a DICOM file; the same arguments give the same bytes.

    One frame makes a US Image (DICOM PS3.3 A.6), more of them a US Multi-frame Image (A.7).
    """
    is_cine = len(frames) > 1
    sop_class = UltrasoundMultiFrameImageStorage if is_cine else UltrasoundImageStorage
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = identity.uid("instance")
    meta.TransferSyntaxUID = encoding.syntax.uid
    meta.ImplementationClassUID = UID(f"2.25.{_UID_NAMESPACE.int}")
    meta.ImplementationVersionName = "ECHOVLM_SIM_1"
    buffer = io.BytesIO()
    dataset = FileDataset(buffer, {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID = sop_class
    _set_patient_and_study(dataset, identity)
    _set_series_and_image(dataset, identity, mode=content.mode, encoding=encoding)
    if content.view is not None:
        _set_view(dataset, content.view)
    dataset.HeartRate = round(timing.heart_rate_bpm)
    if is_cine:
        _set_timing(dataset, timing)
    if content.regions:
        dataset.SequenceOfUltrasoundRegions = Sequence(describe_regions(content.regions))
    if content.depth_mm is not None:
        dataset.DepthOfScanField = round(content.depth_mm)
    dataset.UltrasoundColorDataPresent = int(content.mode is Mode.COLOR)
    set_pixels(dataset, frames, encoding)
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


def _set_series_and_image(dataset: Dataset, identity: Identity, *, mode: Mode, encoding: Encoding) -> None:
    """Set the General Series, Equipment, Image and SOP Common modules (PS3.3 C.7.3.1, C.7.5.1, C.7.6.1)."""
    dataset.SOPInstanceUID = identity.uid("instance")
    dataset.Modality = "US"
    dataset.SeriesInstanceUID = identity.uid("series")
    dataset.SeriesNumber = 1
    dataset.SeriesDate, dataset.SeriesTime = identity.date, identity.study_time
    dataset.SeriesDescription = "Simulated echocardiogram"
    dataset.BodyPartExamined = "HEART"
    dataset.Manufacturer = SIMULATOR
    dataset.ManufacturerModelName = "Simulated heart"
    dataset.SoftwareVersions = "1"
    dataset.InstanceNumber = identity.ordinal
    dataset.PatientOrientation = ""
    dataset.ContentDate, dataset.ContentTime = identity.date, identity.time
    dataset.AcquisitionDateTime = identity.date + identity.time
    is_lossy = encoding.syntax is Syntax.JPEG_BASELINE
    dataset.ImageType = [
        "DERIVED" if is_lossy else "ORIGINAL", "PRIMARY", "TTE", f"{_IMAGE_TYPE_BITS[mode]:04X}"
    ]  # fmt: skip
    if is_lossy:
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
    """Set the view code (PS3.3 C.8.5.6, CID 12226); where that has none a local one, as PS3.16 allows."""
    if view.snomed_code is not None:
        code = Code(view.snomed_code, "SCT", _VIEW_MEANING[view])
    else:
        code = Code(view.abbreviation, _LOCAL_CODES, view.label.capitalize())
    dataset.ViewCodeSequence = Sequence([_coded(code)])


def _set_timing(dataset: Dataset, timing: Timing) -> None:
    """Set the Cine and Multi-frame modules (PS3.3 C.7.6.5, C.7.6.6) and the US image's R waves."""
    n_frames, frame_time_ms = len(timing.frame_times_ms), timing.frame_time_ms
    rate_hz = 1000.0 / frame_time_ms
    dataset.NumberOfFrames = n_frames
    if timing.as_vector:
        dataset.FrameIncrementPointer = Tag("FrameTimeVector")
        increments_ms = np.diff(timing.frame_times_ms, prepend=timing.frame_times_ms[0])
        dataset.FrameTimeVector = [f"{increment_ms:.4f}" for increment_ms in increments_ms]
    else:
        dataset.FrameIncrementPointer = Tag("FrameTime")
        dataset.FrameTime = f"{frame_time_ms:.6f}"
    dataset.CineRate = max(1, round(rate_hz))
    dataset.RecommendedDisplayFrameRate = max(1, round(rate_hz))
    dataset.StartTrim, dataset.StopTrim = 1, n_frames
    dataset.EffectiveDuration = f"{n_frames * frame_time_ms / 1000:.6f}"
    if timing.r_wave_times_ms:
        dataset.RWaveTimeVector = [float(time_ms) for time_ms in timing.r_wave_times_ms]
