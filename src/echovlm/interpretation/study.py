"""What a study report says: clips, measurements, findings, impressions, each with its evidence."""

from dataclasses import dataclass
from pathlib import Path

from echovlm.clinical.findings import Finding, FindingResult, FindingState
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.patient import Sex
from echovlm.clinical.units import Unit
from echovlm.clinical.views import Mode, View

RESEARCH_NOTICE = "Research software, not for diagnosis."


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a reader can look to check a sentence.

    Attributes:
        clip_number: The clip of this report, counted from 1; ``None`` when the evidence is no clip.
        frame_index: The 0-based frame in the clip's file; ``None`` when the whole clip is meant.
        locator: The origin in words, such as ``mask: clip 2 frame 14`` or ``rule: lvef_grade``.
    """

    clip_number: int | None
    frame_index: int | None
    locator: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of the report; a sentence without evidence cannot be made.

    Raises:
        ValueError: If ``evidence`` is empty.
    """

    text: str
    evidence: tuple[Evidence, ...]

    def __post_init__(self) -> None:
        if not self.evidence:
            raise ValueError(
                f"report sentence {self.text!r} has no evidence; a sentence needs at least one. "
                "Cite the clip, the measurement or the rule that it rests on."
            )


@dataclass(frozen=True, slots=True)
class ViewReading:
    """Which view a clip shows.

    Attributes:
        view: The view that the report works with; ``None`` when unknown.
        candidate: The most probable view.
        candidate_prob: Its probability.
        runner_up: The second most probable view.
        runner_up_prob: Its probability.
        stated: The view that the file itself states, if any.
        reason: Why ``view`` is what it is, one sentence.
    """

    view: View | None
    candidate: View
    candidate_prob: float
    runner_up: View
    runner_up_prob: float
    stated: View | None
    reason: str


@dataclass(frozen=True, slots=True)
class ClipReport:
    """What the report says of one clip.

    Attributes:
        number: Counted from 1 in reading order; the handle by which evidence cites the clip.
        file_name: Name of the file without its folder.
        n_frames: Frames in the file.
        height_px: Height of a frame in the file.
        width_px: Width of a frame in the file.
        spacing_mm: Millimetres per pixel of the file's image; ``None`` when not calibrated.
        frame_rate_hz: Mean frame rate; ``None`` when the file gives no timing.
        heart_rate_bpm: Heart rate stated by the file.
        view: Which view it shows.
        ed_frame_index: End-diastolic frame in the file; ``None`` when not found.
        es_frame_index: End-systolic frame in the file; ``None`` when not found.
        phase_source: How the two frames were chosen, or why they were not.
        remarks: What is unknown about the clip, and why.
        view_model: File name of the model, among the report's ``models``, that named the view.
        tracing_model: The same for the outlines and all that is measured on them; ``None`` without outlines.
    """

    number: int
    file_name: str
    n_frames: int
    height_px: int
    width_px: int
    spacing_mm: float | None
    frame_rate_hz: float | None
    heart_rate_bpm: float | None
    view: ViewReading
    ed_frame_index: int | None
    es_frame_index: int | None
    phase_source: str
    remarks: tuple[str, ...]
    view_model: str
    tracing_model: str | None


@dataclass(frozen=True, slots=True)
class MeasuredValue:
    """One value taken from one clip, or from a pair of clips.

    Attributes:
        measurement: The value with its origin.
        evidence: The clips and frames that it was measured on.
    """

    measurement: Measurement
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class NormalLimit:
    """Where abnormal begins, according to one rule.

    Attributes:
        value: The limit, in ``unit``.
        unit: Canonical unit of the quantity.
        abnormal_above: Whether values above the limit are the abnormal ones.
        beyond: Whether the value that it stands beside is abnormal, at the rule's resolution.
        rule_id: The rule.
        source: Its publication with year.
    """

    value: float
    unit: Unit
    abnormal_above: bool
    beyond: bool
    rule_id: str
    source: str


@dataclass(frozen=True, slots=True)
class ReportedMeasurement:
    """One quantity of the study.

    Attributes:
        measurement: The reported value, the median of ``values`` when there are several.
        views: The views that it was measured in; empty for a derived or stated value.
        method: How it was obtained, in words.
        values: Every single value behind it.
        limit: The normal limit that applies, if a rule has one for this patient.
    """

    measurement: Measurement
    views: tuple[View, ...]
    method: str
    values: tuple[MeasuredValue, ...]
    limit: NormalLimit | None


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """A quantity that was looked for in vain.

    Attributes:
        quantity: What was looked for.
        reason: Why it could not be had, naming the clips.
    """

    quantity: Quantity
    reason: str


@dataclass(frozen=True, slots=True)
class ReportedFinding:
    """One finding with what decided it.

    Attributes:
        result: State, grade, rule and values.
        deciding: The value that the deciding rule judged.
        limit: The limit that it was compared with; ``None`` when no rule decided, or when the sex is unknown
            and men and women have different limits.
        source: Publication and year of the deciding rule; ``None`` when none decided.
        evidence: Clips and frames of the values that decided it, and the rule.
    """

    result: FindingResult
    deciding: Measurement | None
    limit: NormalLimit | None
    source: str | None
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class ClipImpression:
    """What one clip contributes to an impression.

    Attributes:
        clip_number: The clip.
        view: Its view.
        mode: Its mode.
        probability: Probability that the finding is present, from this clip alone.
    """

    clip_number: int
    view: View
    mode: Mode
    probability: float


@dataclass(frozen=True, slots=True)
class Impression:
    """What the image-text model makes of the study for one finding, by prompts and without any measurement.

    Attributes:
        finding: What is judged.
        asked: The same in words; of a valve's leak or narrowing the probability is of a moderate or severe one.
        probability: Probability from the mean logit over the clips; not a calibrated probability.
        clips: Each clip's own probability.
        present_prompts: Sentences that speak for the finding.
        absent_prompts: Sentences that speak against it.
        measured_state: What the measurements say of the same finding.
    """

    finding: Finding
    asked: str
    probability: float
    clips: tuple[ClipImpression, ...]
    present_prompts: tuple[str, ...]
    absent_prompts: tuple[str, ...]
    measured_state: FindingState

    @property
    def leaning(self) -> str:
        """In words, which side the model leans to; between 0.4 and 0.6 neither."""
        if self.probability > 0.6:
            return "favours present"
        return "favours absent" if self.probability < 0.4 else "undecided"


@dataclass(frozen=True, slots=True)
class Contradicted:
    """One statement of the report that something contradicts.

    Attributes:
        about: The finding or the quantity.
        kind: In what: ``state``, ``degree`` or ``number``.
        said: What the report says of it.
        held: What is held against it.
    """

    about: Finding | Quantity
    kind: str
    said: str
    held: str


@dataclass(frozen=True, slots=True)
class Review:
    """The report's statements beside what is known otherwise.

    Attributes:
        against: What they were compared with: the report's own values, or the name of a reference file.
        compared: How many statements there were to compare.
        contradicted: Those that do not hold.
    """

    against: str
    compared: int
    contradicted: tuple[Contradicted, ...]


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that was not interpreted.

    Attributes:
        path: The file or folder; the written report gives its name only.
        reason: One sentence saying why.
    """

    path: Path
    reason: str

    @property
    def file_name(self) -> str:
        """Name without its folder."""
        return self.path.name


@dataclass(frozen=True, slots=True)
class ModelReport:
    """A model that the report rests on.

    Attributes:
        role: What it did, such as ``view and impressions``.
        file_name: Checkpoint file name.
        sha256: Digest of the checkpoint file.
        training_data: What it was trained on, in words.
        simulated: Whether its training data were simulated; ``None`` when the checkpoint does not say.
    """

    role: str
    file_name: str
    sha256: str
    training_data: str
    simulated: bool | None


@dataclass(frozen=True, slots=True)
class StudyReport:
    """Everything that the report says, ready to be written as JSON or HTML.

    Attributes:
        source_name: Name of the file or folder that was read.
        sex: The sex that the rules used; ``None`` when unknown.
        sex_source: Where the sex came from, or that it is unknown.
        summary: The report in plain language.
        clips: Clips in reading order.
        measurements: Measured, stated and derived quantities.
        not_measured: Quantities that were looked for in vain.
        findings: One per finding that the rules know.
        impressions: What the image-text model makes of it, apart from the measurements.
        no_impressions: Why a finding got no impression; finding and reason.
        skipped: Files that were not interpreted.
        models: The models used.
        versions: Software and version pairs.
        reviews: The report beside its own values, and beside a reference.
    """

    source_name: str
    sex: Sex | None
    sex_source: str
    summary: tuple[Sentence, ...]
    clips: tuple[ClipReport, ...]
    measurements: tuple[ReportedMeasurement, ...]
    not_measured: tuple[NotMeasured, ...]
    findings: tuple[ReportedFinding, ...]
    impressions: tuple[Impression, ...]
    no_impressions: tuple[tuple[Finding, str], ...]
    skipped: tuple[SkippedFile, ...]
    models: tuple[ModelReport, ...]
    versions: tuple[tuple[str, str], ...]
    reviews: tuple[Review, ...] = ()

    @property
    def simulated_training(self) -> bool:
        """Whether any model used was trained on simulated images."""
        return any(model.simulated for model in self.models)

    def findings_in(self, state: FindingState) -> tuple[ReportedFinding, ...]:
        """Return the findings whose state is ``state``, in report order."""
        return tuple(f for f in self.findings if f.result.state is state)

    def __repr__(self) -> str:
        present = len(self.findings_in(FindingState.PRESENT))
        return (
            f"StudyReport({self.source_name}, {len(self.clips)} clips, "
            f"{len(self.measurements)} measurements, {present} findings present, {len(self.skipped)} skipped)"
        )
