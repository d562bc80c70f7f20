"""Parsing of notes and captions of simulated patients: how many come back whole, and how many a core reads a second.

``python -m benchmarks.parsing 10000 1000`` takes that many random patients, whose values are drawn one by one: hearts
that contradict themselves are the harder ones to report. The first thousand are told in every mode of every view, the
others in every mode of one view, which goes round.
"""

import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import numpy as np

from benchmarks.audit import NARROW, WIDE, draw_patient
from echovlm.clinical import (
    CORE_FINDINGS,
    DISEASE_FINDINGS,
    DISEASES,
    Finding,
    FindingResult,
    Measurement,
    Mode,
    Quantity,
    Sex,
    View,
    derive,
    grade_study,
)
from echovlm.clinical.phrases import IN_B_MODE
from echovlm.clinical.statements import finding_sentences
from echovlm.reports import (
    FindingInText,
    ParsedReport,
    SectionKind,
    Severity,
    Statement,
    TextState,
    compose_caption,
    compose_statements,
    find_disagreements,
    parse_report,
)
from echovlm.simulation.archive.notes import write_note
from echovlm.simulation.archive.reading import read_study
from echovlm.simulation.doppler.stated import true_haemodynamics
from echovlm.simulation.patient import sample_patient
from echovlm.simulation.views.truth import true_measurements

N_PATIENTS: Final = 100
_DECIDED: Final = (TextState.PRESENT, TextState.ABSENT)
# A sentence about the whole thoracic aorta, or about a degree of dysfunction, names the finding of that structure.
_READ_AS: Final = {
    Finding.THORACIC_AORTIC_ANEURYSM: Finding.THORACIC_AORTA_DILATED,
    Finding.SEVERE_LV_DYSFUNCTION: Finding.LV_SYSTOLIC_DYSFUNCTION,
}
_FROM_MODERATE: Final = tuple(disease.finding for disease in DISEASES if disease.at_least is not None)
_BELOW_MODERATE: Final = (
    Severity.PHYSIOLOGIC,
    Severity.TRIVIAL,
    Severity.MILD,
    Severity.MILD_TO_MODERATE,
)
_SPOKEN: Final = tuple(dict.fromkeys((*CORE_FINDINGS, *DISEASE_FINDINGS)))
_TOLD_EVERY: Final = 1000
_EVERY_VIEW: Final = tuple(View)
_EF: Final = (Quantity.LVEF_BIPLANE, Quantity.LVEF_VISUAL)


@dataclass(frozen=True, slots=True)
class ReportedStudy:
    """What a reader reported of a simulated patient.

    Attributes:
        patient_index: Which patient.
        sex: The patient's sex.
        measurements: The reported values.
        findings: What the guideline says of them.
    """

    patient_index: int
    sex: Sex
    measurements: tuple[Measurement, ...]
    findings: tuple[FindingResult, ...]


def report_patient(patient_index: int) -> ReportedStudy:
    """Return the reported study of one patient."""
    patient = sample_patient(patient_index, seed=0)
    generator = np.random.default_rng((0, patient_index))
    reading = read_study(true_measurements(patient), traced=true_haemodynamics(patient), generator=generator)
    values = tuple(reading.values())
    graded = grade_study(values, sex=patient.sex, findings=_SPOKEN)
    return ReportedStudy(patient_index, patient.sex, values, graded)


def write_notes(study: ReportedStudy) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Yield the patient's note with what it states; nothing for a patient without a note."""
    note = write_note(
        {m.quantity: m for m in study.measurements},
        study.findings,
        subject_id=10_000_000 + study.patient_index,
        patient_index=study.patient_index,
        sex=study.sex,
        studied=datetime(2150, 3, 4, 10, 30),
        generator=np.random.default_rng((1, study.patient_index)),
    )
    if note is not None:
        yield note["text"], note["statements"]


def lost_in_note(
    note: str | ParsedReport, statements: Sequence[dict[str, str]], study: ReportedStudy
) -> list[str]:
    """Return what the parser did not read out of a note as it was written, and what it read beyond that."""
    parsed = parse_report(note) if isinstance(note, str) else note
    wanted = {each["finding"]: each["state"] for each in statements if each["state"] in ("present", "absent")}
    return [*_wrong_findings(parsed, wanted), *_wrong_values(parsed, study)]


def draw_study(patient_index: int) -> ReportedStudy:
    """Return the reported study of one random patient, from one of two populations."""
    population = WIDE if patient_index % 2 else NARROW
    given, sex = draw_patient(population, np.random.default_rng((2, patient_index)))
    values = derive(given)
    return ReportedStudy(patient_index, sex, values, grade_study(values, sex=sex, findings=_SPOKEN))


def lost_in_captions(
    study: ReportedStudy, *, seed: int = 0, views: Sequence[View] = tuple(View)
) -> list[str]:
    """Return what the parser did not read out of the captions of every mode, and what it read beyond."""
    return [each for _, _, lost in read_captions(study, seed=seed, views=views) for each in lost]


def read_captions(
    study: ReportedStudy, *, seed: int, views: Sequence[View]
) -> Iterator[tuple[View, Mode, list[str]]]:
    """Yield what the parser lost of each caption that says more than its view."""
    for view in views:
        for mode in Mode:
            statements = compose_statements(
                view, study.measurements, study.findings, seed=seed, sex=study.sex, mode=mode
            )
            if len(statements) == 1:
                continue  # only the view is named
            caption = compose_caption(statements, seed=seed)
            parsed = parse_report(caption)
            lost = _wrong_statements(parsed, statements, mode)
            stated = {s.quantity for s in statements if s.quantity is not None}
            read = {m.quantity for m in parsed.measurements}
            lost += [f"{quantity.key} in {caption!r}" for quantity in stated ^ read]
            lost += _wrong_values(parsed, study)
            lost += [each.sentence for each in find_disagreements(parsed, study.measurements, study.findings)]
            yield view, mode, lost


def _wrong_statements(parsed: ParsedReport, statements: Sequence[Statement], mode: Mode) -> list[str]:
    """Return which findings of a caption were read as something else, or read without having been said.

    Not looked for are sentences that a reader of reports rightly leaves open: how leaflets open is no stenosis, and
    "not severely reduced" tells neither a normal nor a reduced function.
    """
    wanted: dict[Finding, bool | None] = {}
    for statement in statements:
        finding = statement.finding
        if finding is None or (mode is Mode.B and finding in IN_B_MODE):
            continue
        if finding is Finding.SEVERE_LV_DYSFUNCTION and not statement.present:
            continue
        wanted[_READ_AS.get(finding, finding)] = statement.present
    read: dict[Finding, set[bool | None]] = {}
    for stated in parsed.findings:
        read.setdefault(stated.finding, set()).add(_side(stated, wanted))
    return [
        f"{finding.key}: {wanted.get(finding)} was read as {read.get(finding)}"
        for finding in wanted.keys() | read.keys()
        if (wanted.get(finding) is not None and read.get(finding, set()) - {None} != {wanted[finding]})
        or (finding not in wanted and read[finding] - {None})
    ]


def _side(stated: FindingInText, wanted: dict[Finding, bool | None]) -> bool | None:
    """Return on which side a reading puts a finding; ``None`` when it leaves that open."""
    lesion = stated.finding in _FROM_MODERATE
    if lesion and stated.severity in _BELOW_MODERATE:
        return False
    if stated.state not in _DECIDED:
        return False if lesion and wanted.get(stated.finding) is False else None
    return stated.state is TextState.PRESENT


def lost_in_held_out_sentences(study: ReportedStudy) -> list[str]:
    """Return what the parser did not read out of the paraphrases that no training caption uses."""
    lost = []
    for result in study.findings:
        if result.finding in CORE_FINDINGS and result.state.is_decided:
            present = result.state.value == "present"
            for sentence in finding_sentences(result.finding, present=present, held_out=True):
                lost += _wrong_findings(parse_report(sentence), {result.finding.key: result.state.value})
    return lost


def _wrong_findings(parsed: ParsedReport, wanted: dict[str, str]) -> list[str]:
    read: dict[str, set[str]] = {}
    for stated in parsed.findings:
        if stated.state in _DECIDED:
            read.setdefault(stated.finding.key, set()).add(stated.state.value)
    return [
        f"{key}: {wanted.get(key)} was read as {sorted(read.get(key, set()))}"
        for key in sorted(wanted.keys() | read.keys())
        if read.get(key) != {wanted.get(key)}
    ]


def _wrong_values(parsed: ParsedReport, study: ReportedStudy) -> list[str]:
    known = {m.quantity: m.canonical().value for m in study.measurements}
    lost = []
    for stated in parsed.measurements:
        if stated.state is not TextState.PRESENT or stated.section is SectionKind.HISTORY:
            continue
        true = known.get(Quantity.LVEF_BIPLANE if stated.quantity in _EF else stated.quantity)
        # Half a unit of the last printed digit: the text cannot hold more.
        slack = 0.5001 * stated.resolution
        if true is None or not stated.low - slack <= true <= stated.high + slack:
            lost.append(f"{stated.quantity.key} of {true} was read as {stated.low:g} to {stated.high:g}")
    return lost


@dataclass(slots=True)
class Tally:
    """What came back whole so far."""

    notes: int = 0
    whole_notes: int = 0
    whole_patients: int = 0
    captions: Counter[tuple[View, Mode]] = field(default_factory=Counter)
    whole_captions: int = 0
    parsing_s: float = 0.0

    def read(self, index: int, views: Sequence[View]) -> None:
        """Write and read the note and the captions of one patient."""
        study = draw_study(index)
        for text, said in write_notes(study):
            start = time.process_time()
            parsed = parse_report(text)
            self.parsing_s += time.process_time() - start
            self.notes += 1
            self.whole_notes += not _told(lost_in_note(parsed, said, study), index)
        is_whole = True
        for view, mode, lost in read_captions(study, seed=index, views=views):
            self.captions[view, mode] += 1
            self.whole_captions += not lost
            is_whole &= not _told(lost, index)
        self.whole_patients += is_whole


def rows(n_patients: int = N_PATIENTS, n_in_every_view: int = 0) -> list[tuple[str, float, str]]:
    tally = Tally()
    for index in range(n_patients):
        one = (_EVERY_VIEW[index % len(_EVERY_VIEW)],)
        tally.read(index, _EVERY_VIEW if index < n_in_every_view else one)
        if (index + 1) % _TOLD_EVERY == 0:
            print(f"{index + 1} patients, {tally.whole_patients} whole", file=sys.stderr, flush=True)
    n_captions, (rarest, fewest) = tally.captions.total(), tally.captions.most_common()[-1]
    place = f"{rarest[0].abbreviation}, {rarest[1].value}"
    return [
        (f"notes that come back whole, of {tally.notes}", 100 * tally.whole_notes / tally.notes, "%"),
        (f"captions that come back whole, of {n_captions}", 100 * tally.whole_captions / n_captions, "%"),
        (f"patients whose captions do, of {n_patients}", 100 * tally.whole_patients / n_patients, "%"),
        (f"captions of the rarest of {len(tally.captions)} places, {place}", fewest, ""),
        ("notes parsed on one core", tally.notes / tally.parsing_s, "notes/s"),
    ]


def _told(lost: list[str], index: int) -> list[str]:
    """Return what was lost, and say it: the rest is to be explained."""
    for each in lost:
        print(f"patient {index}: {each}", file=sys.stderr)
    return lost


if __name__ == "__main__":
    for what, value, unit in rows(*map(int, sys.argv[1:])):
        print(f"{what:<60} {value:9.2f} {unit}", flush=True)
