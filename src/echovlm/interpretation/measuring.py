"""From traced clips to the measurements of a study: one value per quantity, or why there is none."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import product
from statistics import median
from typing import Final

from echovlm.clinical import (
    FORMULAS,
    VISIBLE,
    Finding,
    Measurement,
    Provenance,
    Quantity,
    Sex,
    Source,
    View,
    derive,
    visibility,
)
from echovlm.interpretation.judging import find_limit
from echovlm.interpretation.stating import StudyClip, read_stated
from echovlm.interpretation.study import Evidence, MeasuredValue, NotMeasured, ReportedMeasurement
from echovlm.interpretation.wording import join_words
from echovlm.measure import measure_biplane, measure_clip

_SEPTUM_TO_WALL: Final = "Callipers between the endocardial borders of septum and inferolateral wall"
_BIPLANE: Final = "Biplane Simpson on the traced cavity, 20 discs"

# Report order. The views are alternatives, except in `_PAIRED`, which needs all of them.
_METHOD: Final[Mapping[Quantity, tuple[tuple[View, ...], str]]] = {
    Quantity.LVEF_BIPLANE: ((View.A4C, View.A2C), "From biplane volumes at end-diastole and end-systole"),
    Quantity.LVEF_A4C: ((View.A4C,), "Single-plane Simpson, A4C only"),
    Quantity.LV_EDV_BIPLANE: ((View.A4C, View.A2C), f"{_BIPLANE}, end-diastole"),
    Quantity.LV_ESV_BIPLANE: ((View.A4C, View.A2C), f"{_BIPLANE}, end-systole"),
    Quantity.LV_INTERNAL_DIAMETER_ED: ((View.PLAX,), f"{_SEPTUM_TO_WALL}, end-diastole"),
    Quantity.LV_INTERNAL_DIAMETER_ES: ((View.PLAX,), f"{_SEPTUM_TO_WALL}, end-systole"),
    Quantity.IVS_THICKNESS_ED: ((View.PLAX,), "Callipers across the septum, end-diastole"),
    Quantity.PW_THICKNESS_ED: ((View.PLAX,), "Callipers across the inferolateral wall, end-diastole"),
    Quantity.LA_DIAMETER_AP: ((View.PLAX,), "Callipers behind the aortic root, end-systole"),
    Quantity.LA_VOLUME: ((View.A4C, View.A2C), "Biplane area-length on the traced atrium, end-systole"),
    Quantity.RA_AREA: ((View.A4C,), "Traced area, end-systole"),
    Quantity.RV_BASAL_DIAMETER: ((View.A4C,), "Largest transverse diameter of the basal third, end-diastole"),
    Quantity.AORTIC_SINUS_DIAMETER: ((View.PLAX,), "Callipers at the sinuses of Valsalva, end-diastole"),
    Quantity.PERICARDIAL_EFFUSION_DEPTH: (
        tuple(v for v in View if visibility(v, Finding.PERICARDIAL_EFFUSION) >= VISIBLE),
        "Deepest fluid on the traced mask, end-diastole; the largest of the views",
    ),
}
_PAIRED: Final = frozenset(q for q, (views, _) in _METHOD.items() if views == (View.A4C, View.A2C))
_BODY: Final = (Quantity.HEIGHT, Quantity.WEIGHT)
_INDEXED: Final = (Quantity.LV_EDV_INDEX, Quantity.LV_MASS_INDEX, Quantity.LA_VOLUME_INDEX)

# The places that `echovlm.measure` writes into a locator: "clip 2 frame 13", "clip 2 frames 0 and 7".
_PLACE: Final = re.compile(r"clip (\d+) frames? (\d+)(?: and (\d+))?")


@dataclass(frozen=True, slots=True)
class StudyMeasurements:
    """What a study's clips gave.

    Attributes:
        measurements: In report order: measured, then stated, then derived.
        not_measured: What was looked for in vain.
        remarks: For each clip number, what limits its measurements.
    """

    measurements: tuple[ReportedMeasurement, ...]
    not_measured: tuple[NotMeasured, ...]
    remarks: Mapping[int, tuple[str, ...]]


def measure_study(clips: Sequence[StudyClip], *, sex: Sex | None) -> StudyMeasurements:
    """Measure every clip that may be measured, and every A4C with every A2C, and combine the values.

    Several values in one view give their median; an effusion is the largest of its views' medians.

    Args:
        clips: The clips of one study.
        sex: The patient's sex, which decides the normal limits.
    """
    values: dict[Quantity, list[MeasuredValue]] = defaultdict(list)
    remarks: dict[int, dict[str, None]] = defaultdict(dict)
    traced = [(clip, clip.traced) for clip in clips if clip.traced is not None]
    for clip, outline in traced:
        measured = measure_clip(outline)
        for measurement in measured.measurements:
            values[measurement.quantity].append(_with_places(measurement))
        remarks[clip.number] |= dict.fromkeys(map(_count_from_one, measured.remarks))
    apical = {view: [(c, t) for c, t in traced if c.view is view] for view in (View.A4C, View.A2C)}
    for (a4c, outline_4), (a2c, outline_2) in product(apical[View.A4C], apical[View.A2C]):
        measured = measure_biplane(outline_4, outline_2)
        for measurement in measured.measurements:
            values[measurement.quantity].append(_with_places(measurement))
        for number in (a4c.number, a2c.number):
            remarks[number] |= dict.fromkeys(map(_count_from_one, measured.remarks))
    view_of = {clip.number: clip.view for clip in clips if clip.view is not None}
    measurements = [_combine(values[quantity], view_of, sex) for quantity in _METHOD if values[quantity]]
    stated, contradicted = read_stated(clips)
    measurements += stated
    measurements += _derived(measurements, sex)
    return StudyMeasurements(
        measurements=tuple(measurements),
        not_measured=_not_measured(clips, measurements, remarks, contradicted),
        remarks={number: tuple(lines) for number, lines in remarks.items()},
    )


def find_places(locator: str) -> tuple[Evidence, ...]:
    """Return the clips and frames that a locator of `echovlm.measure` names."""
    return tuple(
        Evidence(int(clip), int(frame), _count_from_one(locator))
        for clip, *frames in _PLACE.findall(locator)
        for frame in frames
        if frame
    )


def _count_from_one(text: str) -> str:
    """Return a text with its 0-based frame indices turned into the frame numbers that a reader sees."""

    def renumber(place: re.Match[str]) -> str:
        clip, *frames = place.groups()
        numbers = [str(int(frame) + 1) for frame in frames if frame is not None]
        return f"clip {clip} frame{'s' if len(numbers) > 1 else ''} {' and '.join(numbers)}"

    return _PLACE.sub(renumber, text)


def _with_places(measurement: Measurement) -> MeasuredValue:
    origin = measurement.provenance
    shown = replace(measurement, provenance=Provenance(origin.source, _count_from_one(origin.locator)))
    return MeasuredValue(shown, find_places(origin.locator))


def _combine(
    values: Sequence[MeasuredValue], view_of: Mapping[int, View], sex: Sex | None
) -> ReportedMeasurement:
    """Return one value for a quantity, with every single value behind it."""
    first = values[0].measurement
    by_view: dict[tuple[View, ...], list[MeasuredValue]] = defaultdict(list)
    for value in values:
        numbers = [place.clip_number for place in value.evidence if place.clip_number is not None]
        by_view[tuple(dict.fromkeys(view_of[number] for number in numbers))].append(value)
    # Only an effusion is measured in more than one view: its depth is that of the deepest pocket seen.
    views, chosen = max(by_view.items(), key=lambda item: median(v.measurement.value for v in item[1]))
    middle = median(v.measurement.value for v in chosen)
    how = _METHOD[first.quantity][1] + (f"; median of {len(chosen)} values" if len(chosen) > 1 else "")
    locator = "; ".join(v.measurement.provenance.locator for v in chosen)
    combined = replace(first, value=middle, provenance=Provenance(first.provenance.source, locator))
    return ReportedMeasurement(combined, views, how, tuple(values), find_limit(combined, sex))


def _derived(given: Sequence[ReportedMeasurement], sex: Sex | None) -> list[ReportedMeasurement]:
    """Return what follows by formula, with the frames of the formula's inputs."""
    frames = {m.measurement.quantity: _places_behind(m) for m in given}
    derived = []
    for measurement in derive([m.measurement for m in given])[len(given) :]:
        formula = next(f for f in FORMULAS if f.result is measurement.quantity)
        places = tuple(dict.fromkeys(e for quantity in formula.inputs for e in frames[quantity]))
        frames[measurement.quantity] = places
        inputs = join_words([quantity.label for quantity in formula.inputs])
        method = f"Calculated from {inputs} ({formula.source})"
        value = MeasuredValue(measurement, places)
        derived.append(ReportedMeasurement(measurement, (), method, (value,), find_limit(measurement, sex)))
    return derived


def _places_behind(reported: ReportedMeasurement) -> tuple[Evidence, ...]:
    """Return where a value was measured; of files that all state it, the first is enough."""
    stated = reported.measurement.provenance.source is Source.DICOM
    values = reported.values[:1] if stated else reported.values
    return tuple(e for value in values for e in value.evidence)


def _not_measured(
    clips: Sequence[StudyClip],
    measurements: Sequence[ReportedMeasurement],
    remarks: Mapping[int, dict[str, None]],
    contradicted: Sequence[NotMeasured],
) -> tuple[NotMeasured, ...]:
    known = {reported.measurement.quantity for reported in measurements}
    missing = [
        NotMeasured(quantity, _why_not(quantity, views, clips, remarks))
        for quantity, (views, _) in _METHOD.items()
        if quantity not in known
    ]
    missing += [
        NotMeasured(quantity, _why_not_indexed(quantity, known, contradicted))
        for quantity in _INDEXED
        if quantity not in known
    ]
    return (*missing, *contradicted)


def _why_not_indexed(quantity: Quantity, known: Set[Quantity], contradicted: Sequence[NotMeasured]) -> str:
    """Return why a value relative to the body surface is missing: the body, or what is divided by it."""
    lacking = [each for each in _BODY if each not in known]
    disputed = [each.quantity for each in contradicted]
    if disputed:
        words = join_words([each.words for each in disputed])
        return f"It is relative to the body surface; the files contradict each other on {words}."
    if lacking:
        words = join_words([each.words for each in lacking])
        return f"It is relative to the body surface; no file here gives {words}."
    if Quantity.BSA not in known:
        return "It is relative to the body surface; the stated height and weight give no plausible one."
    inputs = [each.label for each in _roots(quantity) if each not in known]
    if inputs:
        return f"It needs {join_words(inputs)}, which could not be measured."
    return "The values that it is calculated from do not fit together."


def _roots(quantity: Quantity) -> tuple[Quantity, ...]:
    """Return the quantities that a derived one comes from in the end."""
    formula = next((f for f in FORMULAS if f.result is quantity), None)
    if formula is None:
        return (quantity,)
    return tuple(root for each in formula.inputs for root in _roots(each))


def _why_not(
    quantity: Quantity,
    views: tuple[View, ...],
    clips: Sequence[StudyClip],
    remarks: Mapping[int, dict[str, None]],
) -> str:
    """Return why a quantity is missing: no such view, no calibration, or what the tracing lacked."""
    fitting = {view: [clip for clip in clips if clip.view is view] for view in views}
    absent = [view.abbreviation for view in views if not fitting[view]]
    if len(absent) == len(views) or (absent and quantity in _PAIRED):
        words = join_words(absent) if quantity in _PAIRED else " or ".join(absent)
        return f"No clip was recognised as {words}."
    candidates = [clip for view in views for clip in fitting[view]]
    if not any(clip.calibrated for clip in candidates) or (
        quantity in _PAIRED and any(not any(c.calibrated for c in fitting[view]) for view in views)
    ):
        bare = [f"clip {clip.number}" for clip in candidates if not clip.calibrated]
        carries = "carries" if len(bare) == 1 else "carry"
        return f"{join_words(bare).capitalize()} {carries} no calibration."
    if all(clip.traced is None for clip in candidates):
        return "No model that traces structures was given."
    spoken = [
        line for clip in candidates for line in remarks.get(clip.number, ()) if quantity.label in line
    ] or [line for clip in candidates for line in remarks.get(clip.number, ())]
    return " ".join(dict.fromkeys(spoken)) or "The traced outlines did not allow it."
