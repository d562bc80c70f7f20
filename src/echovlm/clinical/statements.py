"""The sentences of echocardiography, written once for captions, zero-shot prompts and reports.

Each paraphrase of a finding is a pair, positive and negative, of one style and nearly one length, so that the
wording of a sentence does not tell whether it was turned round.
"""

from dataclasses import dataclass
from typing import Final

from echovlm.clinical.findings import Finding, Grade
from echovlm.clinical.guidelines.rounding import round_half_up
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.units import Unit
from echovlm.clinical.views import View


@dataclass(frozen=True, slots=True)
class _Phrases:
    """The sentences of one finding: pairs of (present, absent), and positive forms that take a grade."""

    train: tuple[tuple[str, str], ...]
    held_out: tuple[tuple[str, str], ...]
    graded: tuple[str, ...]


def _dilation(noun: str, adjective: str) -> _Phrases:
    """Return the sentences of a chamber or vessel that may be dilated."""
    start = adjective[0].upper() + adjective[1:]
    return _Phrases(
        train=(
            (f"The {noun} is dilated.", f"The {noun} is not dilated."),
            (f"{start} dilation is present.", f"{start} dilation is absent."),
            (f"Enlarged {adjective} size.", f"Normal {adjective} size."),
            (f"There is {adjective} enlargement.", f"There is no {adjective} enlargement."),
            (f"The {noun} is enlarged.", f"The {noun} is normal in size."),
        ),
        held_out=(
            (f"Dilation of the {noun} is seen.", f"No dilation of the {noun} is seen."),
            (f"{start} size is increased.", f"{start} size is normal."),
            (f"The {noun} appears enlarged.", f"The {noun} does not appear enlarged."),
        ),
        graded=(f"The {noun} is {{adverb}} dilated.", f"{{adjective}} {adjective} enlargement is present."),
    )


_SYSTOLIC_FUNCTION: Final = _Phrases(
    train=(
        ("Left ventricular systolic function is reduced.", "Left ventricular systolic function is normal."),
        (
            "The left ventricular ejection fraction is reduced.",
            "The left ventricular ejection fraction is not reduced.",
        ),
        (
            "Left ventricular systolic dysfunction is present.",
            "Left ventricular systolic dysfunction is absent.",
        ),
        (
            "There is left ventricular systolic dysfunction.",
            "There is no left ventricular systolic dysfunction.",
        ),
        ("Reduced left ventricular contraction.", "Normal left ventricular contraction."),
    ),
    held_out=(
        (
            "A reduced left ventricular ejection fraction is seen.",
            "A normal left ventricular ejection fraction is seen.",
        ),
        (
            "Systolic function of the left ventricle is impaired.",
            "Systolic function of the left ventricle is preserved.",
        ),
        (
            "The left ventricle appears to contract poorly.",
            "The left ventricle appears to contract normally.",
        ),
    ),
    graded=(
        "Left ventricular systolic function is {adverb} reduced.",
        "{adjective} left ventricular systolic dysfunction is present.",
    ),
)

_WALL_THICKNESS: Final = _Phrases(
    train=(
        ("The left ventricular walls are thickened.", "The left ventricular walls are not thickened."),
        ("Left ventricular wall thickening is present.", "Left ventricular wall thickening is absent."),
        ("Increased left ventricular wall thickness.", "Normal left ventricular wall thickness."),
        ("There is left ventricular wall thickening.", "There is no left ventricular wall thickening."),
        ("Left ventricular wall thickness is increased.", "Left ventricular wall thickness is normal."),
    ),
    held_out=(
        (
            "Thickening of the left ventricular walls is seen.",
            "No thickening of the left ventricular walls is seen.",
        ),
        (
            "The left ventricular walls appear thickened.",
            "The left ventricular walls do not appear thickened.",
        ),
        ("The walls of the left ventricle are thick.", "The walls of the left ventricle are normal."),
    ),
    graded=(
        "The left ventricular walls are {adverb} thickened.",
        "{adjective} left ventricular wall thickening is present.",
    ),
)

_HYPERTROPHY: Final = _Phrases(
    train=(
        ("The left ventricle is hypertrophied.", "The left ventricle is not hypertrophied."),
        ("Left ventricular hypertrophy is present.", "Left ventricular hypertrophy is absent."),
        ("Increased left ventricular mass.", "Normal left ventricular mass."),
        ("There is left ventricular hypertrophy.", "There is no left ventricular hypertrophy."),
        ("Left ventricular mass is increased.", "Left ventricular mass is normal."),
    ),
    held_out=(
        ("Hypertrophy of the left ventricle is seen.", "No hypertrophy of the left ventricle is seen."),
        ("The left ventricle appears hypertrophied.", "The left ventricle does not appear hypertrophied."),
        ("The mass of the left ventricle is high.", "The mass of the left ventricle is normal."),
    ),
    graded=(
        "The left ventricle is {adverb} hypertrophied.",
        "{adjective} left ventricular hypertrophy is present.",
    ),
)

_EFFUSION: Final = _Phrases(
    train=(
        ("There is a pericardial effusion.", "There is no pericardial effusion."),
        ("Pericardial effusion is present.", "Pericardial effusion is absent."),
        ("A pericardial effusion is seen.", "No pericardial effusion is seen."),
        ("The pericardium contains an effusion.", "The pericardium contains no effusion."),
        ("Fluid is seen in the pericardial space.", "No fluid is seen in the pericardial space."),
    ),
    held_out=(
        ("The pericardial space contains fluid.", "The pericardial space contains no fluid."),
        ("An effusion is noted in the pericardium.", "No effusion is noted in the pericardium."),
        ("Pericardial fluid collection is present.", "Pericardial fluid collection is absent."),
    ),
    graded=("There is a {adjective} pericardial effusion.", "A {adjective} pericardial effusion is seen."),
)

_PHRASES: Final = {
    Finding.LV_DILATED: _dilation("left ventricle", "left ventricular"),
    Finding.LV_SYSTOLIC_DYSFUNCTION: _SYSTOLIC_FUNCTION,
    Finding.LV_WALL_THICKENED: _WALL_THICKNESS,
    Finding.LV_HYPERTROPHY: _HYPERTROPHY,
    Finding.LA_DILATED: _dilation("left atrium", "left atrial"),
    Finding.RA_DILATED: _dilation("right atrium", "right atrial"),
    Finding.RV_DILATED: _dilation("right ventricle", "right ventricular"),
    Finding.AO_SINUS_DILATED: _dilation("aortic root", "aortic root"),
    Finding.PERICARDIAL_EFFUSION: _EFFUSION,
}

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
    return finding in _PHRASES


def view_sentences(view: View, *, held_out: bool = False) -> tuple[str, ...]:
    """Return the sentences that name a view.

    Args:
        view: The view.
        held_out: Return the paraphrases that no training caption uses.
    """
    label, short = view.label, view.abbreviation
    if held_out:
        return (f"The image shows the {label}.", f"{short}, {label}.", f"Acquired in the {label}.")
    return (
        f"{label[0].upper()}{label[1:]}.",
        f"View: {label}.",
        f"{short} view.",
        f"Echocardiogram, {label}.",
        f"This view is the {label}.",
    )


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
    phrases = _PHRASES[finding]
    pairs = phrases.held_out if held_out else phrases.train
    plain = tuple(positive if present else negative for positive, negative in pairs)
    return plain if held_out or not present else (*_graded(phrases, grade), *plain)


def _graded(phrases: _Phrases, grade: Grade | None) -> tuple[str, ...]:
    if grade is None or grade is Grade.ABNORMAL:
        return ()
    filled = (
        form.format(adverb=_ADVERB.get(grade, grade.value), adjective=grade.value) for form in phrases.graded
    )
    return tuple(sentence[0].upper() + sentence[1:] for sentence in filled)


def printed_step(unit: Unit) -> float:
    """Return the step to which a report rounds numbers of this unit; one where no habit is known."""
    return _PRINTED_STEP.get(unit, 1.0)


def measurement_sentences(measurement: Measurement) -> tuple[str, ...]:
    """Return the sentences that state a number, in its canonical unit and rounded as in a report."""
    canonical = measurement.canonical()
    quantity, unit = canonical.quantity, canonical.quantity.unit
    step = _PRINTED_STEP_OF.get(quantity) or printed_step(unit)
    digits = next(n for n in range(4) if step >= 10**-n)
    number = f"{round_half_up(canonical.value, step):.{digits}f}"
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
