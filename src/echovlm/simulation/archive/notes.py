"""Discharge notes in the layout of MIMIC-IV-Note, with the echo section that the reported values make."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

import numpy as np

from echovlm.clinical.findings import FindingResult
from echovlm.clinical.guidelines import round_half_up
from echovlm.clinical.measurement import Quantity
from echovlm.clinical.patient import Sex
from echovlm.clinical.units import Unit
from echovlm.simulation.archive.note_sentences import Sentence, describe_findings
from echovlm.simulation.archive.reading import Reading
from echovlm.simulation.archive.task import Json

NOTE_COLUMNS: Final = (
    "note_id", "subject_id", "hadm_id", "note_type", "note_seq", "charttime", "storetime", "text"
)  # fmt: skip

_FIRST_ADMISSION: Final = 20_000_001
_NOTE_SHARE, _ECHO_SHARE = 0.8, 0.85  # notes of studies, echo sections of notes; ours to choose
_TEXT_FORMAT: Final = "%Y-%m-%d %H:%M:%S"
_HIDDEN: Final = "___"  # what de-identification leaves


class NoteStyle(Enum):
    """How the echo laboratory printed its report when it was pasted."""

    FINDINGS = "headings in capitals, measurement lines with ranges, conclusions"
    CONCLUSION = "one paragraph of conclusions"
    IMPRESSION = "sentences, then a numbered impression"


@dataclass(frozen=True, slots=True)
class _Line:
    """A measurement line: its name, quantity, unit, decimals and the range printed after it."""

    name: str
    quantity: Quantity
    unit: Unit
    step: float
    low: float | None
    high: float | None


# Ranges as laboratories print them: ASE 2015 tables 2, 4 and 14 for the larger sex, and ASE 2010 for velocities.
_LINES: Final = (
    _Line("Left Atrium - Long Axis Dimension", Quantity.LA_DIAMETER_AP, Unit.CM, 0.1, None, 4.0),
    _Line("Left Ventricle - Septal Wall Thickness", Quantity.IVS_THICKNESS_ED, Unit.CM, 0.1, 0.6, 1.1),
    _Line("Left Ventricle - Inferolateral Thickness", Quantity.PW_THICKNESS_ED, Unit.CM, 0.1, 0.6, 1.1),
    _Line("Left Ventricle - Diastolic Dimension", Quantity.LV_INTERNAL_DIAMETER_ED, Unit.CM, 0.1, None, 5.8),
    _Line("Left Ventricle - Ejection Fraction", Quantity.LVEF_BIPLANE, Unit.PERCENT, 1, 55, None),
    _Line("Right Ventricle - Diastolic Dimension", Quantity.RV_BASAL_DIAMETER, Unit.CM, 0.1, None, 4.1),
    _Line("Aorta - Sinus Level", Quantity.AORTIC_SINUS_DIAMETER, Unit.CM, 0.1, None, 4.0),
    _Line("Aorta - Ascending", Quantity.ASCENDING_AORTA_DIAMETER, Unit.CM, 0.1, None, 3.8),
    _Line("Aortic Valve - Peak Velocity", Quantity.AV_VMAX, Unit.M_PER_S, 0.1, None, 2.0),
    _Line("Mitral Valve - E Wave", Quantity.MITRAL_E_VELOCITY, Unit.M_PER_S, 0.1, None, None),
    _Line("TR Gradient (+ RA = PASP)", Quantity.TR_PEAK_GRADIENT, Unit.MMHG, 1, None, 25),
)


def write_note(
    reading: Reading,
    graded: Sequence[FindingResult],
    *,
    subject_id: int,
    patient_index: int,
    sex: Sex,
    studied: datetime,
    generator: np.random.Generator,
) -> Json | None:
    """Return a patient's discharge note as a row with what it states, or ``None`` where there is none.

    Args:
        reading: The reported values.
        graded: What the guideline says of them.
        subject_id: MIMIC's patient number.
        patient_index: Which patient of the cohort.
        sex: The patient's sex.
        studied: When the echo was made.
        generator: Decides style, wording and omissions.
    """
    has_note, has_echo = generator.random() < _NOTE_SHARE, generator.random() < _ECHO_SHARE
    style = tuple(NoteStyle)[int(generator.integers(len(NoteStyle)))]
    sentences = describe_findings(graded, reading, generator)
    sequence, stay_days = int(generator.integers(2, 30)), int(generator.integers(1, 10))
    # Readers leave out some of what is normal; what is left out states nothing.
    kept = [sentence for sentence in sentences if generator.random() < 0.85]
    if not has_note:
        return None
    echo = _render_echo(kept, reading, style, generator) if has_echo else ""
    charted = studied + timedelta(days=stay_days)
    return {
        "note_id": f"{subject_id}-DS-{sequence}",
        "subject_id": subject_id,
        "hadm_id": _FIRST_ADMISSION + patient_index,
        "note_type": "DS",
        "note_seq": sequence,
        "charttime": charted.strftime("%Y-%m-%d 00:00:00"),
        "storetime": (charted + timedelta(hours=30)).strftime(_TEXT_FORMAT),
        "text": _render_summary(echo, sex, generator),
        "style": style.name.lower() if has_echo else None,
        "statements": [
            {"finding": s.finding, "state": s.state.value, "text": s.text} for s in kept if has_echo
        ],
    }


def _render_echo(
    sentences: Sequence[Sentence], reading: Reading, style: NoteStyle, generator: np.random.Generator
) -> str:
    """Return the pasted echo report."""
    compared = (
        f"Compared with the prior study (images reviewed) of {_HIDDEN}, the findings are similar.",
        f"Compared with the report of the prior study of {_HIDDEN}, no major change is evident.",
        "No prior study is available for comparison.",
    )[int(generator.integers(3))]
    paragraph = " ".join(sentence.text for sentence in sentences)
    if style is NoteStyle.CONCLUSION:
        return f"TTE ({_HIDDEN}):\nConclusions:\n{_wrap(f'{paragraph} {compared}')}"
    if style is NoteStyle.IMPRESSION:
        present = [sentence.text for sentence in sentences if sentence.state.value == "present"]
        numbered = "\n".join(f"{n}. {text}" for n, text in enumerate(present or ["Normal study."], start=1))
        return f"Echocardiogram {_HIDDEN}:\n{_wrap(f'{paragraph} {compared}')}\n\nIMPRESSION:\n{numbered}"
    headings = dict.fromkeys(sentence.heading for sentence in sentences)
    findings = "\n".join(
        _wrap(f"{heading}: " + " ".join(s.text for s in sentences if s.heading == heading))
        for heading in headings
    )
    lines = "\n".join(_render_line(line, reading) for line in _LINES if line.quantity in reading)
    return (
        f"ECHO: PATIENT/TEST INFORMATION:\nIndication: Left ventricular function.\nStatus: Inpatient\n"
        "Test: TTE (Complete)\nDoppler: Full Doppler and color Doppler\nContrast: None\n"
        f"Technical Quality: Adequate\n\nINTERPRETATION:\nMeasurements:\n{lines}\n\nFindings:\n{findings}\n\n"
        f"Conclusions:\n{_wrap(compared)}"
    )


def _render_line(line: _Line, reading: Reading) -> str:
    """Return a measurement line; an asterisk says that the value lies outside the range printed after it."""
    value = round_half_up(reading[line.quantity].to(line.unit).value, line.step)
    digits = 0 if line.step >= 1 else 1
    too_low = line.low is not None and value < line.low
    too_high = line.high is not None and value > line.high
    unit = "%" if line.unit is Unit.PERCENT else f" {line.unit.symbol.replace('/s', '/sec')}"
    shown = f"{'*' if too_low or too_high else ''}{value:.{digits}f}{unit}"
    if line.low is not None and line.high is not None:
        return f"{line.name}: {shown}  {line.low:.{digits}f} - {line.high:.{digits}f}{unit}"
    if line.high is not None:
        return f"{line.name}: {shown}  <= {line.high:.{digits}f}{unit}"
    return f"{line.name}: {shown}" + (f"  >= {line.low:.{digits}f}{unit}" if line.low is not None else "")


def _render_summary(echo: str, sex: Sex, generator: np.random.Generator) -> str:
    """Return the whole note; what it tells of the past and of relatives is not of this study."""
    history = (
        f"Heart failure with an LVEF of 30-35% on an outside echocardiogram in {_HIDDEN}, since recovered.",
        f"Hypertension. A prior echo in {_HIDDEN} showed no valvular disease.",
        "Hypertension and hyperlipidemia. No known heart disease.",
        f"Pericardial effusion after surgery in {_HIDDEN}, resolved.",
    )[int(generator.integers(4))]
    family = (
        "Father with severe aortic stenosis.", "No family history of heart disease.", "Mother with heart failure.",
    )[int(generator.integers(3))]  # fmt: skip
    course = (
        "The patient was diuresed and discharged in stable condition.",
        "Pericarditis was considered but felt to be unlikely; symptoms resolved with rest.",
        "The patient was monitored on telemetry without events.",
    )[int(generator.integers(3))]
    results = f"{echo}\n\n" if echo else ""
    return (
        f" \nName:  {_HIDDEN}                     Unit No:   {_HIDDEN}\n \nAdmission Date:  {_HIDDEN}       "
        f"Discharge Date:   {_HIDDEN}\n \nDate of Birth:  {_HIDDEN}             Sex:   {sex.value}\n \n"
        f"Service: MEDICINE\n \nChief Complaint:\ndyspnea\n \nPast Medical History:\n{_wrap(history)}\n \n"
        f"Family History:\n{family}\n \nPertinent Results:\nWBC-7.1 Hgb-12.9 Plt-210\n\n{results}"
        f"CXR: No acute process.\n \nBrief Hospital Course:\n{_wrap(course)}\n \n"
        f"SIMULATED NOTE: no patient is described here.\n"
    )


def _wrap(text: str) -> str:
    """Return text broken into lines as notes are, sometimes in mid-sentence."""
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + len(word) >= 78:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return "\n".join([*lines, line])
