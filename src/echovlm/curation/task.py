"""What a source hands to curation: studies, each with its files and what the tables say of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from echovlm.clinical import FindingResult, Measurement, Sex
from echovlm.curation.reasons import Reason, RowProblem
from echovlm.dataset import ExcludedClip


@dataclass(frozen=True, slots=True)
class ClipFile:
    """One file of a study.

    Attributes:
        clip_id: Unique in the dataset.
        path: Relative to the source folder, with ``/``.
    """

    clip_id: str
    path: str


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
        verdict: Why the study is set aside without looking at its files; ``None`` when it is not.
    """

    task_id: str
    patient_id: str | None
    study_id: str | None
    sex: Sex | None
    files: tuple[ClipFile, ...]
    measurements: tuple[Measurement, ...] = ()
    stated: tuple[FindingResult, ...] = ()
    verdict: Verdict | None = None


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
    """

    kind: str
    licence: str
    simulated: bool
    tasks: tuple[StudyTask, ...]
    excluded: tuple[ExcludedClip, ...]
    row_problems: Mapping[RowProblem, int]

    @property
    def n_records(self) -> int:
        """How many clips the source lists."""
        return sum(len(task.files) for task in self.tasks) + len(self.excluded)
