"""What the files of a study state of the patient without any measurement: heart rate and body size."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

from echovlm.clinical import Measurement, Provenance, Quantity, Source, View
from echovlm.interpretation.study import Evidence, MeasuredValue, NotMeasured, ReportedMeasurement
from echovlm.interpretation.wording import format_number, format_unit, join_words
from echovlm.measure import TracedClip

_STATED_BY_THE_FILE: Final = "Stated by the file"
_ATTRIBUTE: Final[Mapping[Quantity, str]] = {
    Quantity.HEART_RATE: "clip {}, Heart Rate (0018,1088)",
    Quantity.HEIGHT: "Patient Size of clip {}",
    Quantity.WEIGHT: "Patient Weight of clip {}",
}
# A patient has one size: values further apart, in cm and in kg, are of two people or of one typing error.
_ROUNDING: Final = 1.0


@dataclass(frozen=True, slots=True)
class StudyClip:
    """One clip as the study's measurements see it.

    Attributes:
        number: The clip's number in the report.
        view: Its view; ``None`` when unknown.
        calibrated: Whether the file gives millimetres.
        traced: Outlines and points; ``None`` when the clip may not be measured.
        heart_rate_bpm: As the file states it.
        height_cm: The patient's height, as the file states it.
        weight_kg: The patient's weight, as the file states it.
    """

    number: int
    view: View | None
    calibrated: bool
    traced: TracedClip | None
    heart_rate_bpm: float | None
    height_cm: float | None = None
    weight_kg: float | None = None


def read_stated(
    clips: Sequence[StudyClip],
) -> tuple[list[ReportedMeasurement], tuple[NotMeasured, ...]]:
    """Return the heart rate and the body size that the files state, and what they contradict each other on."""
    body = {
        Quantity.HEIGHT: _collect({clip.number: clip.height_cm for clip in clips}, Quantity.HEIGHT),
        Quantity.WEIGHT: _collect({clip.number: clip.weight_kg for clip in clips}, Quantity.WEIGHT),
    }
    contradicted = {quantity: values for quantity, values in body.items() if _spread(values) > _ROUNDING}
    agreed = [_agree(values) for quantity, values in body.items() if values and quantity not in contradicted]
    disputes = tuple(
        NotMeasured(quantity, _tell_apart(values, quantity)) for quantity, values in contradicted.items()
    )
    return [*_heart_rate(clips), *agreed], disputes


def _heart_rate(clips: Sequence[StudyClip]) -> list[ReportedMeasurement]:
    """Return the median of the stated heart rates: it truly varies from clip to clip."""
    values = _collect({clip.number: clip.heart_rate_bpm for clip in clips}, Quantity.HEART_RATE)
    if not values:
        return []
    middle = replace(values[0].measurement, value=median(v.measurement.value for v in values))
    how = _STATED_BY_THE_FILE + (f"; median of {len(values)} clips" if len(values) > 1 else "")
    return [ReportedMeasurement(middle, (), how, tuple(values), None)]


def _collect(stated: Mapping[int, float | None], quantity: Quantity) -> list[MeasuredValue]:
    """Return the plausible ones of the values that the clips state, each with its clip."""
    values = []
    for number, value in stated.items():
        if value is not None and quantity.lowest <= value <= quantity.highest:
            origin = Provenance(Source.DICOM, _ATTRIBUTE[quantity].format(number))
            measurement = Measurement(quantity, value, quantity.unit, origin)
            values.append(MeasuredValue(measurement, (Evidence(number, None, origin.locator),)))
    return values


def _spread(values: Sequence[MeasuredValue]) -> float:
    numbers = [each.measurement.value for each in values]
    return max(numbers) - min(numbers) if numbers else 0.0


def _agree(values: Sequence[MeasuredValue]) -> ReportedMeasurement:
    """Return the first value: the others are the same, but for rounding."""
    how = _STATED_BY_THE_FILE + (f"; {len(values)} clips agree" if len(values) > 1 else "")
    return ReportedMeasurement(values[0].measurement, (), how, tuple(values), None)


def _tell_apart(values: Sequence[MeasuredValue], quantity: Quantity) -> str:
    """Return which clip states what."""
    clips: dict[str, list[str]] = defaultdict(list)
    for each in values:
        shown = format_number(each.measurement.value, quantity.unit)
        clips[f"{shown} {format_unit(quantity.unit)}"] += [str(e.clip_number) for e in each.evidence]
    told = [
        f"{shown} in clip{'s' if len(numbers) > 1 else ''} {join_words(numbers)}"
        for shown, numbers in clips.items()
    ]
    return f"The files contradict each other: {join_words(told)}."
