"""Sentences of an echo report in the words of a reader, each with the finding that it states, denies or leaves open."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from echovlm.clinical.findings import Finding, FindingResult, FindingState, Grade
from echovlm.clinical.guidelines import round_half_up
from echovlm.clinical.measurement import Quantity
from echovlm.simulation.archive.reading import Reading


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a report.

    Attributes:
        heading: The part of the heart under which older reports print it.
        text: The sentence.
        finding: What it is about, as a key; findings without a rule have a key of their own.
        state: What it says of that.
    """

    heading: str
    text: str
    finding: str
    state: FindingState


@dataclass(frozen=True, slots=True)
class _Words:
    """How readers word one finding; ``{grade}`` stands for mild, moderate or severe with an adverb's ending."""

    heading: str
    present: tuple[str, ...]
    absent: tuple[str, ...]
    unseen: tuple[str, ...]


_HEDGED_SHARE: Final = 0.06  # of the findings; ours to choose

_DEGREE: Final = {Grade.MILD: "mild", Grade.MODERATE: "moderate", Grade.SEVERE: "severe", Grade.SMALL: "small",
                  Grade.LARGE: "large"}  # fmt: skip

_WORDS: Final = {
    Finding.LA_DILATED: _Words(
        "LEFT ATRIUM",
        ("The left atrium is {adverb}dilated.", "There is {degree}left atrial enlargement."),
        ("The left atrium is normal in size.", "No left atrial enlargement is seen."),
        ("Left atrial size could not be assessed.",),
    ),
    Finding.RA_DILATED: _Words(
        "RIGHT ATRIUM/INTERATRIAL SEPTUM",
        ("The right atrium is {adverb}dilated.", "There is {degree}right atrial enlargement."),
        ("The right atrium is normal in size.", "Right atrial size is within normal limits."),
        ("The right atrium is not well seen.",),
    ),
    Finding.LV_WALL_THICKENED: _Words(
        "LEFT VENTRICLE",
        ("There is {degree}thickening of the left ventricular walls.", "Left ventricular walls are {adverb}thickened."),
        ("Left ventricular wall thickness is normal.", "The walls of the left ventricle are not thickened."),
        ("Wall thickness could not be measured.",),
    ),
    Finding.LV_DILATED: _Words(
        "LEFT VENTRICLE",
        ("The left ventricular cavity is {adverb}dilated.", "There is {degree}left ventricular enlargement."),
        ("Left ventricular cavity size is normal.", "The left ventricle is not dilated."),
        ("Left ventricular cavity size is not reliably measured in this study.",),
    ),
    Finding.LV_SYSTOLIC_DYSFUNCTION: _Words(
        "LEFT VENTRICLE",
        (
            "Global left ventricular systolic function is {adverb}reduced ({ejection}).",
            "There is {degree}left ventricular systolic dysfunction ({ejection}).",
        ),
        (
            "Overall left ventricular systolic function is normal ({ejection}).",
            "Left ventricular systolic function is preserved, {ejection}.",
        ),
        ("Systolic function of the left ventricle could not be judged because of poor windows.",),
    ),
    Finding.RV_DILATED: _Words(
        "RIGHT VENTRICLE",
        ("The right ventricle is {adverb}dilated.", "There is {degree}right ventricular enlargement."),
        ("The right ventricular cavity is normal in size.", "The right ventricle is not enlarged."),
        ("The right ventricle is suboptimally visualized.",),
    ),
    Finding.AO_SINUS_DILATED: _Words(
        "AORTA",
        ("The aortic root is {adverb}dilated at the sinuses.", "There is {degree}dilation of the aortic sinuses."),
        ("The aortic root is normal in diameter.", "No dilation of the aortic sinuses."),
        ("The aortic root is not well seen.",),
    ),
    Finding.PERICARDIAL_EFFUSION: _Words(
        "PERICARDIUM",
        ("There is a {degree}pericardial effusion.", "A {degree}circumferential pericardial effusion is present."),
        ("There is no pericardial effusion.", "No pericardial effusion is seen."),
        ("A small pericardial effusion cannot be excluded.", "The pericardium is not well seen."),
    ),
}  # fmt: skip

# Leaks: heading, key, what shows them, what measures them, the valve, and the orifice from which they are moderate
# and severe, cm2 (ASE 2017 native valvular regurgitation, tables 8, 11 and 14).
_LEAKS: Final = (
    ("MITRAL VALVE", "mitral_regurgitation", Quantity.MR_VMAX, Quantity.MR_EROA, "mitral", (0.2, 0.4)),
    ("AORTIC VALVE", "aortic_regurgitation", Quantity.AR_VMAX, Quantity.AR_EROA, "aortic", (0.1, 0.3)),
    (
        "TRICUSPID VALVE",
        "tricuspid_regurgitation",
        Quantity.TR_VMAX,
        Quantity.TR_EROA,
        "tricuspid",
        (0.2, 0.4),
    ),
)


def describe_findings(
    graded: Sequence[FindingResult], reading: Reading, generator: np.random.Generator
) -> list[Sentence]:
    """Return a sentence for each finding that readers comment on, in the order of a report.

    Args:
        graded: What the guideline says of the reported values.
        reading: The reported values.
        generator: Chooses among wordings.
    """
    by_finding = {result.finding: result for result in graded}
    found = []
    for finding, words in _WORDS.items():
        result = by_finding[finding]
        # Windows are poor at times, whatever was measured in the end.
        state = FindingState.NOT_ASSESSED if generator.random() < _HEDGED_SHARE else result.state
        choices = {
            FindingState.PRESENT: words.present,
            FindingState.ABSENT: words.absent,
        }.get(state, words.unseen)
        text = choices[int(generator.integers(len(choices)))]
        degree = _DEGREE.get(result.grade, "") if result.grade is not None else ""
        filled = text.format(
            degree=f"{degree} " if degree else "",
            adverb=f"{degree}ly " if degree else "",
            ejection=_ejection(reading, generator),
        )
        found.append(Sentence(words.heading, filled, finding.key, state))
    found += [_describe_leak(leak, reading, generator) for leak in _LEAKS]
    found.append(_describe_aortic_valve(reading, generator))
    return found


def _ejection(reading: Reading, generator: np.random.Generator) -> str:
    """Return an ejection fraction in one of the forms that reports use."""
    form = int(generator.integers(5))
    measured = reading.get(Quantity.LVEF_BIPLANE)
    if measured is None:
        return "LVEF not quantified"
    lower = int(5 * np.floor(measured.value / 5))
    if form == 0 and measured.value >= 55:
        return "LVEF>55%"
    if form == 1:
        return f"LVEF= {lower}-{lower + 5} %"
    if form == 2:
        return f"estimated ejection fraction {lower}% to {lower + 5}%"
    if form == 3:
        return f"quantitative biplane LVEF is {round_half_up(measured.value, 1):.0f} %"
    return f"LVEF ~{lower}-{lower + 5}%"


def _describe_leak(
    leak: tuple[str, str, Quantity, Quantity, str, tuple[float, float]],
    reading: Reading,
    generator: np.random.Generator,
) -> Sentence:
    heading, key, seen, orifice, valve, (moderate, severe) = leak
    choice = int(generator.integers(2))
    if seen not in reading and orifice not in reading:
        text = (f"No {valve} regurgitation is seen.", f"There is no {valve} regurgitation.")[choice]
        return Sentence(heading, text, key, FindingState.ABSENT)
    area_cm2 = reading[orifice].value if orifice in reading else 0.0
    degree = "mild (1+)" if area_cm2 < moderate else "moderate (2+)" if area_cm2 < severe else "severe (4+)"
    if orifice not in reading:
        degree = "trivial"
    text = (
        f"There is {degree} {valve} regurgitation.",
        f"{degree.capitalize()} {valve} regurgitation is seen.",
    )[choice]
    return Sentence(heading, text, key, FindingState.PRESENT)


def _describe_aortic_valve(reading: Reading, generator: np.random.Generator) -> Sentence:
    choice = int(generator.integers(2))
    velocity = reading.get(Quantity.AV_VMAX)
    if velocity is None:
        return Sentence("AORTIC VALVE", "Aortic stenosis cannot be excluded, as Doppler of the valve is limited.",
                        "aortic_stenosis", FindingState.NOT_ASSESSED)  # fmt: skip
    if velocity.value < 2.6:  # ASE/EACVI 2017 aortic stenosis, table 3
        text = ("There is no aortic valve stenosis.", "The aortic valve opens without stenosis.")[choice]
        return Sentence("AORTIC VALVE", text, "aortic_stenosis", FindingState.ABSENT)
    degree = "mild" if velocity.value < 3 else "moderate" if velocity.value < 4 else "severe"
    text = (f"There is {degree} aortic valve stenosis (peak velocity {velocity.value:.1f} m/s).",
            f"The aortic leaflets are thickened with {degree} aortic stenosis.")[choice]  # fmt: skip
    return Sentence("AORTIC VALVE", text, "aortic_stenosis", FindingState.PRESENT)
