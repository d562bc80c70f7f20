"""The sentences of echocardiography, written once for captions, zero-shot prompts and reports.

Each paraphrase of a finding is a pair, positive and negative, of one style and nearly one length, so that the
wording of a sentence does not tell whether it was turned round.
"""

from functools import cache, lru_cache
from typing import Final

from echovlm.clinical.diseases import Disease
from echovlm.clinical.findings import Finding, Grade
from echovlm.clinical.guidelines.rounding import round_half_up
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.phrase_forms import Phrases
from echovlm.clinical.phrases import IN_B_MODE, PHRASES, SIGNIFICANT
from echovlm.clinical.units import Unit
from echovlm.clinical.views import Mode, View

_ADVERB: Final = {Grade.MILD: "mildly", Grade.MODERATE: "moderately", Grade.SEVERE: "severely"}

# How finely a report prints a number; never coarser than the resolution of a rule over it.
_PRINTED_STEP: Final = {
    Unit.CM: 0.1, Unit.CM2: 1.0, Unit.ML: 1.0, Unit.ML_PER_M2: 1.0, Unit.PERCENT: 1.0, Unit.G: 1.0,
    Unit.G_PER_M2: 1.0, Unit.M2: 0.01, Unit.RATIO: 0.01, Unit.BPM: 1.0, Unit.KG: 1.0, Unit.YEAR: 1.0,
    Unit.M_PER_S: 0.1, Unit.CM_PER_S: 1.0, Unit.MMHG: 1.0, Unit.MS: 1.0, Unit.MM: 1.0, Unit.CM_PER_M2: 0.1,
    Unit.CM2_PER_M2: 0.01, Unit.MM_PER_MMHG: 0.01, Unit.L_PER_MIN: 0.1, Unit.L_PER_MIN_PER_M2: 0.1,
    Unit.KG_PER_M2: 0.1, Unit.CM_PER_M: 0.1, Unit.CM2_PER_M: 0.1, Unit.Z_SCORE: 0.1, Unit.INDEX: 0.01,
}  # fmt: skip

# Quantities that a report prints finer than their unit, as finely as a rule over them cuts.
_HUNDREDTHS: Final = (
    Quantity.AORTIC_VALVE_AREA, Quantity.AR_EROA, Quantity.MR_EROA, Quantity.TR_EROA,
    Quantity.PROSTHETIC_AV_EOA, Quantity.PROSTHETIC_MV_EOA, Quantity.AR_VENA_CONTRACTA,
    Quantity.MR_VENA_CONTRACTA, Quantity.TR_VENA_CONTRACTA, Quantity.TR_PISA_RADIUS,
    Quantity.MR_PISA_RADIUS, Quantity.AR_PISA_RADIUS,
)  # fmt: skip
_TENTHS: Final = (
    Quantity.MITRAL_VALVE_AREA, Quantity.MITRAL_VALVE_AREA_PHT, Quantity.MITRAL_VALVE_AREA_CONTINUITY,
    Quantity.TRICUSPID_VALVE_AREA, Quantity.LVOT_AREA, Quantity.E_PRIME_SEPTAL,
    Quantity.E_PRIME_LATERAL, Quantity.E_PRIME_AVERAGE, Quantity.A_PRIME_SEPTAL,
    Quantity.A_PRIME_LATERAL, Quantity.RV_S_PRIME, Quantity.S_PRIME_SEPTAL, Quantity.S_PRIME_LATERAL,
    Quantity.GLS, Quantity.RV_FREE_WALL_STRAIN, Quantity.E_E_PRIME_SEPTAL, Quantity.E_E_PRIME_LATERAL,
    Quantity.E_E_PRIME_AVERAGE,
)  # fmt: skip
_PRINTED_STEP_OF: Final = dict.fromkeys(_HUNDREDTHS, 0.01) | dict.fromkeys(_TENTHS, 0.1)


def has_sentences(finding: Finding) -> bool:
    """Return whether a finding has sentences; those without are never said of a clip."""
    return finding in PHRASES


# Asked again for every clip; of a finding, with its grades, there are a dozen answers.
@cache
def view_sentences(view: View, *, held_out: bool = False, mode: Mode = Mode.B) -> tuple[str, ...]:
    """Return the sentences that name a view, and the mode when it is not a plain picture.

    Args:
        view: The view.
        held_out: Return the paraphrases that no training caption uses.
        mode: The imaging mode of the clip.
    """
    label, short = view.label, view.abbreviation
    if mode is not Mode.B:
        words = mode.words
        start = f"{words[0].upper()}{words[1:]}"
        if held_out:
            return (f"The image shows {words} of the {label}.", f"{short}, {words}.")
        return (
            f"{start}, {label}.",
            f"View: {label}, {words}.",
            f"{short} view, {words}.",
            f"{start} in the {label}.",
        )
    if held_out:
        return (f"The image shows the {label}.", f"{short}, {label}.", f"Acquired in the {label}.")
    return (
        f"{label[0].upper()}{label[1:]}.",
        f"View: {label}.",
        f"{short} view.",
        f"Echocardiogram, {label}.",
        f"This view is the {label}.",
    )


@cache
def finding_sentences(
    finding: Finding, *, present: bool, grade: Grade | None = None, held_out: bool = False
) -> tuple[str, ...]:
    """Return the sentences that state a finding, or deny it.

    A grade with a word of its own (mild, moderate, severe; small, moderate, large for an effusion) adds two
    sentences, which come first; ``ABNORMAL`` has none. Held-out sentences name no grade.

    Args:
        finding: The finding.
        present: Whether it is stated or denied.
        grade: Severity, if known.
        held_out: Return the paraphrases that no training caption uses.

    Raises:
        ValueError: If the grade contradicts ``present``.
    """
    if grade is not None and present is (grade is Grade.NORMAL):
        said = "present" if present else "absent"
        raise ValueError(
            f"{finding.words} cannot be {said} with grade {grade.value}; "
            f"present goes with any grade but normal, absent with normal. Pass the grade of the same result."
        )
    phrases = PHRASES[finding]
    plain = _side(phrases, present=present, held_out=held_out)
    return plain if held_out or not present else (*_graded(phrases, grade), *plain)


@cache
def disease_sentences(
    disease: Disease, *, present: bool, held_out: bool = False, mode: Mode | None = None
) -> tuple[str, ...]:
    """Return the sentences that state a disease, or deny it: prompts for a zero-shot task.

    Of a leak or a narrowing they part moderate and severe from mild and none. A stenosis in B-mode is told by how the
    leaflets open, as captions tell it there.

    Args:
        disease: The disease.
        present: Whether it is stated or denied.
        held_out: Return the paraphrases that no training caption uses.
        mode: The mode of the clips, if it matters; without it the sentences of Doppler are returned.
    """
    finding = disease.finding
    phrases = PHRASES[finding] if disease.at_least is None else SIGNIFICANT[finding]
    if mode is Mode.B:
        phrases = IN_B_MODE.get(finding, phrases)
    return _side(phrases, present=present, held_out=held_out)


@cache
def graded_sentences(finding: Finding, grade: Grade) -> tuple[str, ...]:
    """Return the sentences that say a degree of a finding; empty where the degree has no word of its own."""
    return _graded(PHRASES[finding], grade)


def _side(phrases: Phrases, *, present: bool, held_out: bool) -> tuple[str, ...]:
    pairs = phrases.held_out if held_out else phrases.train
    return tuple(positive if present else negative for positive, negative in pairs)


def _graded(phrases: Phrases, grade: Grade | None) -> tuple[str, ...]:
    if grade is None or grade is Grade.ABNORMAL:
        return ()
    filled = (
        form.format(adverb=_ADVERB.get(grade, grade.value), adjective=grade.value) for form in phrases.graded
    )
    return tuple(sentence[0].upper() + sentence[1:] for sentence in filled)


def printed_step(unit: Unit) -> float:
    """Return the step to which a report rounds numbers of this unit; one where no habit is known."""
    return _PRINTED_STEP.get(unit, 1.0)


def printed_value(measurement: Measurement) -> float:
    """Return a number in its canonical unit, rounded as in a report."""
    canonical = measurement.canonical()
    return round_half_up(canonical.value, _printed_step_of(canonical.quantity))


def _printed_step_of(quantity: Quantity) -> float:
    return _PRINTED_STEP_OF.get(quantity) or printed_step(quantity.unit)


def measurement_sentences(measurement: Measurement) -> tuple[str, ...]:
    """Return the sentences that state a number, in its canonical unit and rounded as in a report."""
    canonical = measurement.canonical()
    quantity = canonical.quantity
    step = _printed_step_of(quantity)
    digits = next(n for n in range(4) if step >= 10**-n)
    return _number_sentences(quantity, f"{round_half_up(canonical.value, step):.{digits}f}")


# Patients share most of their printed numbers.
@lru_cache(maxsize=8192)
def _number_sentences(quantity: Quantity, number: str) -> tuple[str, ...]:
    unit = quantity.unit
    shown = {Unit.RATIO: number, Unit.INDEX: number, Unit.PERCENT: f"{number}%"}.get(
        unit, f"{number} {unit.symbol}"
    )
    words = quantity.words
    return (
        f"The {words} is {shown}.",
        f"{quantity.label} {shown}.",
        f"{quantity.label} measures {shown}.",
        f"{words[0].upper()}{words[1:]}: {shown}.",
    )
