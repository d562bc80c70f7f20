"""What a task needs: which parts of a dataset through the model, and which datasets have its truth."""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Protocol

from echovlm.dataset import ClipRow


class Need(Enum):
    """What must be computed before a task can be scored."""

    CLIPS = "clips"  # every clip of the evaluated split through the model
    LEARNING_CLIPS = "learning clips"  # those of the training split too
    TUNING_CLIPS = "tuning clips"  # those of the validation split too
    TRACES = "traces"  # outlines and points of the evaluated split


class DataName(Enum):
    """A dataset that a task can be scored on: its name on the command line, and what it is."""

    ECHOBENCH = ("echobench", "the frozen simulated cohort of this benchmark")
    CAMUS = ("camus", "CAMUS (Leclerc et al. 2019)")
    ECHONET_DYNAMIC = ("echonet-dynamic", "EchoNet-Dynamic (Ouyang et al. 2020)")
    ECHONET_PEDIATRIC = ("echonet-pediatric", "EchoNet-Pediatric (Reddy et al. 2023)")
    ECHONET_LVH = ("echonet-lvh", "EchoNet-LVH (Duffy et al. 2022)")
    TMED_2 = ("tmed-2", "TMED-2 (Huang et al. 2022)")
    CARDIAC_UDA = ("cardiac-uda", "CardiacUDA (Yang et al. 2023)")
    UNITY = ("unity", "Unity Imaging (Howard et al. 2021)")
    EV9V = ("ev9v", "EV9V: nine views")
    MIMIC = ("mimic-iv-echo", "MIMIC-IV-ECHO 1.0.1")

    def __init__(self, key: str, words: str) -> None:
        self.key, self.words = key, words


class Question(Protocol):
    """What must be known of a task before it can be scored."""

    @property
    def needs(self) -> frozenset[Need]:
        """What must be computed."""
        ...

    def sentences(self, rows: Sequence[ClipRow]) -> Iterable[str]:
        """Return every sentence that is put to the model over these clips."""
        ...
