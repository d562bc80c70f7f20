"""What an evaluation task is: data, protocol and scorer in one object."""

from dataclasses import dataclass
from typing import Protocol

from echovlm.evaluation.answers import Answers
from echovlm.evaluation.evidence import Evidence
from echovlm.evaluation.needs import DataName, Question
from echovlm.evaluation.results import Scored
from echovlm.evaluation.traces import TracedFrame


@dataclass(frozen=True, slots=True, eq=False)
class TaskScore:
    """What one task yielded.

    Attributes:
        rows: The figures.
        answers: What the model said of each sample, for comparison, subgroups and plots.
        traced: The frames behind an outline, for the gallery.
    """

    rows: tuple[Scored, ...]
    answers: tuple[Answers, ...] = ()
    traced: tuple[TracedFrame, ...] = ()


class Task(Question, Protocol):
    """A question, the data on which it may be asked, how it is asked, and how the answers are scored.

    Attributes:
        name: Unique, such as ``zero-shot/aortic-stenosis``.
        source: The rule or paper behind the task.
        data: The datasets that have its truth.
        needs: What must be computed before it can be scored.
        headline: The metric by which models are ranked on it.
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def source(self) -> str: ...  # noqa: D102

    @property
    def data(self) -> tuple[DataName, ...]: ...  # noqa: D102

    @property
    def headline(self) -> str: ...  # noqa: D102

    def score(self, evidence: Evidence) -> TaskScore:
        """Return the figures; where there is none, a result that says why."""
        ...
