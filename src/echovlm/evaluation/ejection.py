"""Ejection fraction by biplane discs on a model's outlines, against the value that the study states."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from echovlm.clinical.measurement import Quantity
from echovlm.clinical.views import View
from echovlm.dataset import ClipRow
from echovlm.evaluation.answers import Answers
from echovlm.evaluation.evidence import Evidence
from echovlm.evaluation.needs import DataName, Need
from echovlm.evaluation.outlines import NO_OUTLINES
from echovlm.evaluation.results import Arm, Sample
from echovlm.evaluation.task import TaskScore
from echovlm.evaluation.traces import TracedFrame
from echovlm.measure import TracedClip, measure_biplane

_QUANTITY = Quantity.LVEF_BIPLANE


@dataclass(frozen=True, slots=True)
class EjectionTask:
    """Measure the ejection fraction of a study on outlines of its first A4C and A2C clip.

    Attributes:
        name: Unique.
        source: Where the task comes from.
        data: The datasets that have its truth.
    """

    name: str
    source: str
    data: tuple[DataName, ...]
    needs: frozenset[Need] = frozenset({Need.TRACES})
    headline: str = "ef-error"

    def sentences(self, rows: Sequence[ClipRow]) -> Iterable[str]:
        """Return none: nothing is asked in words."""
        return ()

    def score(self, evidence: Evidence) -> TaskScore:
        """Score the studies that state the value and have both planes traced at end-diastole and end-systole."""
        sample = Sample(self.name, "study", 0, 0)
        if evidence.traced is None:
            return TaskScore((sample.missing(NO_OUTLINES, metric=self.headline, unit="pct"),))
        pairs = _pairs(evidence.traced)
        said = {study: _measured(*pair) for study, pair in pairs.items()}
        known = [study for study, value in said.items() if value is not None]
        if len(known) < 2:
            reason = (
                f"of {len(pairs)} studies with both planes and a stated value {len(known)} could be measured"
            )
            return TaskScore((sample.missing(reason, metric=self.headline, unit="pct"),))
        truth = np.array([_stated(pairs[study][0].row) for study in known], dtype=np.float64)
        value = np.array([said[study] for study in known], dtype=np.float64)
        patients = tuple(pairs[study][0].row.patient_id for study in known)
        columns = {"ef_error_pct": np.abs(value - truth), "said_pct": value, "true_pct": truth}
        answers = Answers(self.name, "study", "", tuple(known), patients, columns, ("ef-error",))
        guess = Answers(
            self.name, "study", "", tuple(known), patients, {"ef_error_pct": np.abs(np.median(truth) - truth)},
            ("ef-error",),
        )  # fmt: skip
        every = tuple(pairs)
        done = Answers(
            self.name, "study", "", every, tuple(pairs[study][0].row.patient_id for study in every),
            {"answered": np.array([float(said[study] is not None) for study in every])}, ("answered",),
        )  # fmt: skip
        rows = [*answers.score(evidence.resamples), *done.score(evidence.resamples)]
        return TaskScore((*rows, *guess.score(evidence.resamples, arm=Arm.CHANCE)), (answers,))


Frames = tuple[TracedFrame, TracedFrame, TracedFrame, TracedFrame]


def _pairs(traced: Sequence[TracedFrame]) -> dict[str, Frames]:
    """Return A4C at ED and ES, then A2C at ED and ES, of each study that states the value."""
    by_clip: dict[str, dict[int, TracedFrame]] = {}
    for frame in traced:
        by_clip.setdefault(frame.row.clip_id, {})[frame.frame_index] = frame
    planes: dict[str, dict[View, tuple[TracedFrame, TracedFrame]]] = {}
    for frames in by_clip.values():
        row = next(iter(frames.values())).row
        ed, es = row.ed_frame_index, row.es_frame_index
        if row.view in (View.A4C, View.A2C) and ed in frames and es in frames and _stated(row) is not None:
            planes.setdefault(row.study_id, {}).setdefault(row.view, (frames[ed], frames[es]))
    return {
        study: (*of_view[View.A4C], *of_view[View.A2C])
        for study, of_view in planes.items()
        if {View.A4C, View.A2C} <= of_view.keys()
    }


def _stated(row: ClipRow) -> float | None:
    return next((m.canonical().value for m in row.measurements if m.quantity is _QUANTITY), None)


def _measured(*frames: TracedFrame) -> float | None:
    """Return the model's value; ``None`` when its outlines allow none."""
    planes = [_clip(*frames[place : place + 2]) for place in (0, 2)]
    found = measure_biplane(*planes).measurements
    return next((m.canonical().value for m in found if m.quantity is _QUANTITY), None)


def _clip(ed: TracedFrame, es: TracedFrame) -> TracedClip:
    names = ed.points_xy_px.keys() & es.points_xy_px.keys()
    return TracedClip(
        view=ed.row.view,
        masks=np.stack([ed.mask, es.mask]),
        landmarks_xy_px={name: np.stack([ed.points_xy_px[name], es.points_xy_px[name]]) for name in names},
        spacing_mm=ed.row.spacing_mm,
        locator=f"clip {ed.row.clip_id}",
        ed_frame_index=0,
        es_frame_index=1,
    )
