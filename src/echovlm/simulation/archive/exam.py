"""What a study consists of: the files of each protocol, in the order of an examination."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from echovlm.clinical.anatomy import Landmark
from echovlm.clinical.measurement import Quantity
from echovlm.clinical.views import Mode, View
from echovlm.simulation.doppler.colour import VALVE_VIEW
from echovlm.simulation.doppler.flow_field import Valve
from echovlm.simulation.doppler.mmode import Cursor
from echovlm.simulation.doppler.traces import Trace
from echovlm.simulation.views.planes import SIMULATED_VIEWS


class Protocol(Enum):
    """How much of an examination is simulated."""

    CORE = "core"  # five B-mode cines: what the nine findings of the first models need
    STANDARD = (
        "standard"  # every view, valve and trace once, with nothing written on it: what a model learns from
    )
    COMPLETE = (
        "complete"  # every view, more than once where laboratories do, stills, calipers and a page of results
    )


class ItemKind(Enum):
    """What kind of file an item becomes."""

    CINE = "cine"
    STILL = "still"
    CALIPERS = "calipers"  # a frozen frame with distances and the box of their results
    SPECTRUM = "spectrum"
    M_MODE = "m_mode"
    REPORT = "report"  # a page of results without a picture


@dataclass(frozen=True, slots=True)
class Distances:
    """Distances that are measured on one frame, each between two landmarks."""

    view: View
    at_end_systole: bool
    spans: tuple[tuple[Quantity, Landmark, Landmark], ...]


@dataclass(frozen=True, slots=True)
class ExamItem:
    """One file of a study.

    Attributes:
        view: The window and plane; ``None`` on a page without a picture.
        mode: The imaging mode.
        kind: Cine or still, and of what.
        take: Which recording of this view; each has its own aim, depth and quality.
        distances: What is measured on a still with calipers.
        trace: Which flow or motion a spectrum shows.
        valve: Which valve the box of a colour cine is laid on.
        cursor: What an M-mode goes through.
        is_marked: Whether the calipers and results of a spectrum or M-mode are drawn on it.
    """

    view: View | None
    mode: Mode
    kind: ItemKind
    take: int = 0
    distances: "Distances | None" = None
    trace: Trace | None = None
    valve: Valve | None = None
    cursor: Cursor | None = None
    is_marked: bool = True


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
# The linear measurements of a standard study, on the frames that ASE 2015 sections 2.1, 4.2 and 5 prescribe.
_DISTANCES: Final = (
    Distances(
        View.PLAX,
        at_end_systole=False,
        spans=(
            (Quantity.IVS_THICKNESS_ED, Landmark.IVS_RV_SIDE, Landmark.IVS_LV_SIDE),
            (Quantity.LV_INTERNAL_DIAMETER_ED, Landmark.IVS_LV_SIDE, Landmark.PW_LV_SIDE),
            (Quantity.PW_THICKNESS_ED, Landmark.PW_LV_SIDE, Landmark.PW_EPICARDIUM),
        ),
    ),
    Distances(
        View.PLAX,
        at_end_systole=True,
        spans=(
            (Quantity.LV_INTERNAL_DIAMETER_ES, Landmark.IVS_LV_SIDE, Landmark.PW_LV_SIDE),
            (Quantity.LA_DIAMETER_AP, Landmark.LA_ANTERIOR, Landmark.LA_POSTERIOR),
        ),
    ),
    Distances(
        View.PLAX,
        at_end_systole=False,
        spans=((Quantity.AORTIC_SINUS_DIAMETER, Landmark.SINUS_ANTERIOR, Landmark.SINUS_POSTERIOR),),
    ),
    Distances(
        View.A4C,
        at_end_systole=False,
        spans=((Quantity.RV_BASAL_DIAMETER, Landmark.RV_BASE_SEPTAL, Landmark.RV_BASE_LATERAL),),
    ),
)
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
    is_marked = protocol is Protocol.COMPLETE
    takes = _TAKES if protocol is Protocol.COMPLETE else {}
    cines = (ExamItem(v, Mode.B, ItemKind.CINE, take) for v in views for take in range(takes.get(v, 1)))
    stills = (ExamItem(v, Mode.B, ItemKind.STILL) for v in _STILLS if v in views)
    calipers = (
        ExamItem(d.view, Mode.B, ItemKind.CALIPERS, distances=d) for d in _DISTANCES if d.view in views
    )
    spectra = (
        ExamItem(t.view, t.mode, ItemKind.SPECTRUM, trace=t, is_marked=is_marked)
        for t in Trace
        if t.view in views
    )
    flows = (
        ExamItem(view, Mode.COLOR, ItemKind.CINE, valve=valve)
        for valve, view in VALVE_VIEW.items()
        if view in views
    )
    strips = (
        ExamItem(c.view, Mode.M, ItemKind.M_MODE, cursor=c, is_marked=is_marked)
        for c in Cursor
        if c.view in views
    )
    if protocol is Protocol.STANDARD:
        return (*cines, *flows, *spectra, *strips)
    page = ExamItem(None, Mode.B, ItemKind.REPORT)
    return (*cines, *flows, *stills, *calipers, *spectra, *strips, page)
