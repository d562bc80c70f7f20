"""What a study consists of: the files of each protocol, in the order of an examination."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from echovlm.clinical.views import Mode, View
from echovlm.simulation.views.planes import SIMULATED_VIEWS


class Protocol(Enum):
    """How much of an examination is simulated."""

    CORE = "core"  # five B-mode cines: what the nine findings of the first models need
    COMPLETE = "complete"  # every view, more than once where laboratories do, and stills


class ItemKind(Enum):
    """What kind of file an item becomes."""

    CINE = "cine"
    STILL = "still"


@dataclass(frozen=True, slots=True)
class ExamItem:
    """One file of a study.

    Attributes:
        view: The window and plane.
        mode: The imaging mode.
        kind: Cine or still, and of what.
        take: Which recording of this view; each has its own aim, depth and quality.
    """

    view: View
    mode: Mode
    kind: ItemKind
    take: int = 0


CORE_VIEWS: Final = (View.PLAX, View.PSAX_MV, View.PSAX_PM, View.A4C, View.A2C)

# The windows from which laboratories keep several loops (ASE 2019 lists PLAX, PSAX and apical ones twice or more).
_TAKES: Final = {
    View.PLAX: 3,
    View.PSAX_AV: 2,
    View.PSAX_PM: 2,
    View.A4C: 3,
    View.A2C: 2,
    View.A3C: 2,
    View.SC_4C: 2,
}
_STILLS: Final = (View.PLAX, View.A4C, View.SSN, View.SC_IVC)


def list_views(protocol: Protocol) -> tuple[View, ...]:
    """Return the views that a protocol records."""
    return CORE_VIEWS if protocol is Protocol.CORE else SIMULATED_VIEWS


def list_items(protocol: Protocol, views: Sequence[View]) -> tuple[ExamItem, ...]:
    """Return the files of a study.

    Args:
        protocol: How much is recorded.
        views: The views to which it is confined.
    """
    if protocol is Protocol.CORE:
        return tuple(ExamItem(view, Mode.B, ItemKind.CINE) for view in views)
    cines = (ExamItem(v, Mode.B, ItemKind.CINE, take) for v in views for take in range(_TAKES.get(v, 1)))
    stills = (ExamItem(v, Mode.B, ItemKind.STILL) for v in _STILLS if v in views)
    return (*cines, *stills)
