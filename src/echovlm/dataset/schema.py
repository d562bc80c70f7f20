"""One clip of an EchoGround dataset, as typed rows."""

from dataclasses import dataclass, field
from enum import StrEnum

from echovlm.clinical.anatomy import Landmark
from echovlm.clinical.findings import Finding, FindingState, Grade
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.patient import Sex
from echovlm.clinical.provenance import Provenance
from echovlm.clinical.sites import Site
from echovlm.clinical.units import Unit
from echovlm.clinical.views import Mode, View

# 2: clips of every mode; 3: values and views of several places, best frame, report caption; 4: hash of the pixels,
# place of the segment; 5: console; 6: hash of the stored frames instead of that of the pixels
SCHEMA_VERSION = 6
# Older versions that are still read; what their datasets lack is unknown of every clip.
OLDER_VERSIONS = frozenset({4, 5})


class Split(StrEnum):
    """The part of the dataset that a patient belongs to, with all clips."""

    TRAIN = "train"
    VAL = "val"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A value that decided a finding, in canonical units."""

    quantity: Quantity
    value: float
    unit: Unit


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding of the clip's study.

    Attributes:
        finding: What is judged.
        state: Present, absent or not assessed.
        grade: Severity when assessed.
        rule_id: The guideline rule that decided; ``None`` when a category of the table did, or nothing.
        reason: One sentence a reader can check.
        visible: Whether the clip's view shows the finding.
        evidence: The values that the rule used.
    """

    finding: Finding
    state: FindingState
    grade: Grade | None
    rule_id: str | None
    reason: str
    visible: bool
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One sentence that is true of the clip, in several wordings, with the sentences that would be false.

    Attributes:
        text_options: Paraphrases of the true sentence.
        counterfactual_options: The same sentence with its truth reversed; empty where it has no opposite.
        finding: The finding it speaks of, if any.
        quantity: The quantity it speaks of, if any.
        present: Whether the sentence speaks of something abnormal: a finding present, a number beyond its
            limit; ``None`` when it has no such side.
        provenance: Where the fact came from.
    """

    text_options: tuple[str, ...]
    counterfactual_options: tuple[str, ...]
    finding: Finding | None
    quantity: Quantity | None
    present: bool | None
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class LandmarkPoint:
    """One landmark on one stored frame, in pixels of the stored frame."""

    landmark: Landmark
    frame_index: int
    x_px: float
    y_px: float


@dataclass(frozen=True, slots=True)
class FramePlace:
    """Where one frame's JPEG lies in its shard, in bytes."""

    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class MaskPlace:
    """Where the mask PNG of one frame lies in its shard, in bytes."""

    frame_index: int
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class StripAxes:
    """What a pixel of a stored spectrum or M-mode means.

    Attributes:
        s_per_px: Seconds per column.
        value_per_px: Step per row downwards: cm/s of a spectrum, cm of an M-mode.
        zero_row_px: The row of zero velocity, or of depth 0.
    """

    s_per_px: float
    value_per_px: float
    zero_row_px: float


@dataclass(frozen=True, slots=True)
class SegmentPlace:
    """Where all of a clip's tar members lie in its shard, in bytes; they follow one another."""

    offset: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipEntry:
    """Everything known of one clip except where its pixels are stored.

    Attributes:
        clip_id: Unique in the dataset; also the WebDataset key, so letters, digits, ``_`` and ``-`` only.
        patient_id: The patient, as the source names them.
        study_id: The study, as the source names it.
        split: Train, val or test; the same for all clips of a patient.
        view: The standard view.
        view_source: Where the view came from, such as ``dicom``.
        view_prob: How sure that place is, 0 to 1; ``None`` for a person's word.
        mode: Imaging mode; ``None`` when the source does not say.
        site: What a spectrum, M-mode or colour box was laid on; ``None`` when unknown, and for plain pictures.
        is_colour: Whether the frames are stored in colour, which then means flow.
        strip: The axes of a spectrum or M-mode, which is stored as one frame; ``None`` without a known scale, and
            for moving pictures.
        console: Maker and model of the machine; ``None`` when the source does not say.
        sex: Sex of the patient when the source says so.
        frame_times_ms: Onset of each stored frame, the first is 0; ``None`` when the source gives no timing.
        heart_rate_bpm: Heart rate during the clip.
        r_wave_times_ms: R waves on the clock of ``frame_times_ms``.
        spacing_mm: Millimetres per pixel of the stored frames; ``None`` when the clip is not calibrated.
        height_px: Height of the stored frames.
        width_px: Width of the stored frames.
        ed_frame_index: End-diastolic frame among the stored ones; ``None`` when unknown.
        es_frame_index: End-systolic frame among the stored ones; ``None`` when unknown.
        phase_source: How the first was found, then, where it was found otherwise, the second: ``label``; ``r-wave``
            that the file states or ``drawn-r-wave`` on the screen; ``t-wave``, its end; ``lv-area``, the largest and
            the smallest one that the reader traced. Empty when neither is known.
        best_frame_index: The sharpest frame of a moving picture; ``None`` for a strip.
        landmarks: Known landmarks, in pixels of the stored frames.
        measurements: The study's measured and derived values, one per quantity.
        other_measurements: What further places state of the same quantities; counts for nothing, but is kept.
        findings: One row per finding.
        statements: The sentences that the caption draws on.
        caption: One caption.
        report_caption: The echo part of the study's report as it stands, grounded in nothing: the arm to compare with.
        source_path: The file, relative to the source folder.
        source_sha256: Content hash of the file.
    """

    clip_id: str
    patient_id: str
    study_id: str
    split: Split
    view: View
    view_source: str
    height_px: int
    width_px: int
    source_path: str
    source_sha256: str
    mode: Mode | None = Mode.B
    site: Site | None = None
    is_colour: bool = False
    strip: StripAxes | None = None
    console: str | None = None
    sex: Sex | None = None
    frame_times_ms: tuple[float, ...] | None = None
    heart_rate_bpm: float | None = None
    r_wave_times_ms: tuple[float, ...] = ()
    spacing_mm: float | None = None
    ed_frame_index: int | None = None
    es_frame_index: int | None = None
    phase_source: str = ""
    best_frame_index: int | None = None
    view_prob: float | None = None
    landmarks: tuple[LandmarkPoint, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    other_measurements: tuple[Measurement, ...] = ()
    findings: tuple[FindingRow, ...] = ()
    statements: tuple[StatementRow, ...] = ()
    caption: str = ""
    report_caption: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipRow(ClipEntry):
    """One row of the manifest: a clip with the place of its pixels.

    Attributes:
        shard: The shard file, relative to the dataset folder.
        frames: One place per stored frame, in order.
        masks: One place per frame that has a mask.
        segment: The place of all tar members of the clip, ``None`` when they were not written.
        frames_sha256: Hash of the stored frames, one JPEG after the other, whatever file they came from; empty when
            they are too flat to tell one clip from another, or before an older dataset was read for it.
    """

    shard: str
    frames: tuple[FramePlace, ...]
    masks: tuple[MaskPlace, ...] = field(default=())
    segment: SegmentPlace | None = None
    frames_sha256: str = ""

    def __repr__(self) -> str:
        size = f"{len(self.frames)}×{self.height_px}×{self.width_px}"
        spacing = "not calibrated" if self.spacing_mm is None else f"{self.spacing_mm:.2f} mm/px"
        return f"ClipRow({self.clip_id}, {self.view.abbreviation}, {size}, {spacing}, {self.split})"
