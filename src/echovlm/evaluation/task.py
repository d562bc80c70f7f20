"""What an evaluation task is: a question, the views in which it may be asked, and where it comes from."""

from dataclasses import dataclass

from echovlm.clinical.anatomy import Landmark, Structure
from echovlm.clinical.findings import Finding
from echovlm.clinical.measurement import Quantity
from echovlm.clinical.views import View
from echovlm.errors import EchoVLMError


class EvaluationError(EchoVLMError):
    """An evaluation that cannot be run as asked."""


@dataclass(frozen=True, slots=True)
class ZeroShotTask:
    """Tell by prompts alone whether a finding is present: AUROC at image and at study level.

    Attributes:
        name: Unique, such as ``zero-shot/lv-dilated``.
        finding: The finding.
        present: Prompts that speak for it, in words the captions use.
        absent: Prompts that speak against it.
        present_unseen: The same in paraphrases that no training caption uses.
        absent_unseen: Likewise.
        views: Views that show the finding; clips of others are left out.
        source: The rule or paper behind the task.
    """

    name: str
    finding: Finding
    present: tuple[str, ...]
    absent: tuple[str, ...]
    present_unseen: tuple[str, ...]
    absent_unseen: tuple[str, ...]
    views: frozenset[View]
    source: str


@dataclass(frozen=True, slots=True)
class RetrievalTask:
    """Find a clip's caption among all, or a caption's clip: recall at k and median rank.

    Attributes:
        name: Unique.
        image_to_text: True to look for captions, False to look for clips.
        ks: How far down the ranking to look.
        source: Where the task comes from.
    """

    name: str
    image_to_text: bool
    ks: tuple[int, ...]
    source: str


@dataclass(frozen=True, slots=True)
class ViewTask:
    """Name the view by prompts alone: balanced accuracy.

    Attributes:
        name: Unique.
        prompts: The candidates with their prompts.
        prompts_unseen: The same in paraphrases that no training caption uses.
        source: Where the task comes from.
    """

    name: str
    prompts: tuple[tuple[View, tuple[str, ...]], ...]
    prompts_unseen: tuple[tuple[View, tuple[str, ...]], ...]
    source: str

    @property
    def views(self) -> tuple[View, ...]:
        """The candidates."""
        return tuple(view for view, _ in self.prompts)


@dataclass(frozen=True, slots=True)
class SegmentationTask:
    """Outline a structure on the end-diastolic and the end-systolic frame: Dice.

    Attributes:
        name: Unique.
        structure: What to outline.
        views: In which views.
        source: Where the task comes from.
    """

    name: str
    structure: Structure
    views: frozenset[View]
    source: str


@dataclass(frozen=True, slots=True)
class LandmarkTask:
    """Place both ends of a linear measurement at end-diastole: the error of its value and of the points.

    Attributes:
        name: Unique.
        quantity: The measurement.
        first: One end.
        second: The other end.
        views: In which views.
        source: Where the task comes from.
    """

    name: str
    quantity: Quantity
    first: Landmark
    second: Landmark
    views: frozenset[View]
    source: str


@dataclass(frozen=True, slots=True)
class NegationTask:
    """Prefer the true sentence of a clip to its opposite: accuracy, the mean over both polarities.

    Attributes:
        name: Unique.
        of_measurements: True for numbers moved across a rule's limit, False for findings stated or denied.
        source: Where the task comes from.
    """

    name: str
    of_measurements: bool
    source: str


Task = ZeroShotTask | RetrievalTask | ViewTask | SegmentationTask | LandmarkTask | NegationTask
