"""What a source hands to curation: studies, each with its files and what the tables say of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from echovlm.clinical import FindingResult, Measurement, Sex
from echovlm.clinical.context import UNKNOWN_CONTEXT, StudyContext
from echovlm.curation.given import NOTHING_GIVEN, Given, GivenView
from echovlm.curation.reasons import Reason, RowProblem
from echovlm.dataset import ExcludedClip, Split


@dataclass(frozen=True, slots=True)
class ClipFile:
    """One file of a study.

    Attributes:
        clip_id: Unique in the dataset.
        path: Relative to the source folder, with ``/``.
        given: What the source itself says of the clip.
        beside: Files that belong to it, such as the raw data of a MetaImage header.
        label: What a file of labels says of its view.
        public_path: What stands for the path in everything that is written; empty for the path itself.
    """

    clip_id: str
    path: str
    given: Given = NOTHING_GIVEN
    beside: tuple[str, ...] = ()
    label: GivenView | None = None
    public_path: str = ""

    @property
    def shown_path(self) -> str:
        """The path as it may be written into a dataset."""
        return self.public_path or self.path


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why all clips of a study are set aside.

    Attributes:
        reason: The kind.
        detail: One sentence on this study.
    """

    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class StudyTask:
    """One study: the unit of work, of resuming and of linking.

    Attributes:
        task_id: Unique, and fit for a file name.
        patient_id: ``None`` when only the files say.
        study_id: ``None`` when only the files say.
        sex: ``None`` when only the files say, if at all.
        files: The study's files in order.
        measurements: Plausible values in canonical units, at most one per quantity.
        stated: Findings that the table states as categories, in the order of its rows.
        torn: Values of the table that contradict each other: none counts, all are kept.
        context: Prostheses, signs and segments that a table states; they open and close rules.
        verdict: Why the study is set aside without looking at its files; ``None`` when it is not.
        unmeasured: Why it is set aside when no other place gives a value either, such as the screens of its images.
        split: The split that the source itself puts the patient in; ``None`` to draw it from the patient's name.
        is_adult: Whether rules for adults hold; ``False`` for a set of children.
        keeps_stills: Whether single B-mode frames are what the source is made of.
        noted: Values that a note or report states; they count after the table and the screens.
        noted_findings: Findings that a note or report states; they count where neither rule nor category decides.
        report: The echo part of a report, as it stands; empty when there is none.
        report_is_clean: Whether the report may be written; one that may hold an identity is only compared.
    """

    task_id: str
    patient_id: str | None
    study_id: str | None
    sex: Sex | None
    files: tuple[ClipFile, ...]
    measurements: tuple[Measurement, ...] = ()
    stated: tuple[FindingResult, ...] = ()
    torn: tuple[Measurement, ...] = ()
    context: StudyContext = UNKNOWN_CONTEXT
    verdict: Verdict | None = None
    unmeasured: Verdict | None = None
    split: Split | None = None
    is_adult: bool = True
    keeps_stills: bool = False
    noted: tuple[Measurement, ...] = ()
    noted_findings: tuple[FindingResult, ...] = ()
    report: str = ""
    report_is_clean: bool = True


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything that a source lists.

    Attributes:
        kind: The kind of source in words.
        licence: Licence and use agreement, one sentence.
        simulated: Whether the simulator wrote it.
        tasks: The studies in order.
        excluded: Records that belong to no study.
        row_problems: Rows of tables set aside, by problem.
        is_clean: Whether its files are free of identities already; others are made so on the way.
    """

    kind: str
    licence: str
    simulated: bool
    tasks: tuple[StudyTask, ...]
    excluded: tuple[ExcludedClip, ...]
    row_problems: Mapping[RowProblem, int] = field(default_factory=dict)
    is_clean: bool = True

    @property
    def n_records(self) -> int:
        """How many clips the source lists."""
        return sum(len(task.files) for task in self.tasks) + len(self.excluded)
