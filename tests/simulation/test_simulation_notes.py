"""Discharge notes: what they say of the echo is what was reported, and the rest is not."""

import re
from collections import Counter
from datetime import datetime

import numpy as np
import pytest

from echovlm.clinical.findings import Finding
from echovlm.clinical.formulas import derive
from echovlm.clinical.guidelines import grade_study
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.patient import Sex
from echovlm.clinical.provenance import Provenance, Source
from echovlm.simulation.archive.notes import NOTE_COLUMNS, write_note

NORMAL = {
    Quantity.HEIGHT: 175.0, Quantity.WEIGHT: 75.0, Quantity.HEART_RATE: 70.0,
    Quantity.LV_INTERNAL_DIAMETER_ED: 4.8, Quantity.LV_INTERNAL_DIAMETER_ES: 3.1, Quantity.IVS_THICKNESS_ED: 0.9,
    Quantity.PW_THICKNESS_ED: 0.9, Quantity.LV_EDV_BIPLANE: 110.0, Quantity.LV_ESV_BIPLANE: 42.0,
    Quantity.LA_DIAMETER_AP: 3.6, Quantity.LA_VOLUME: 50.0, Quantity.RA_AREA: 14.0,
    Quantity.RV_BASAL_DIAMETER: 3.4, Quantity.AORTIC_SINUS_DIAMETER: 3.3, Quantity.ASCENDING_AORTA_DIAMETER: 3.1,
    Quantity.PERICARDIAL_EFFUSION_DEPTH: 0.0, Quantity.AV_VMAX: 1.3, Quantity.MITRAL_E_VELOCITY: 80.0,
}  # fmt: skip
ILL = NORMAL | {
    Quantity.LV_INTERNAL_DIAMETER_ED: 6.9, Quantity.LV_EDV_BIPLANE: 240.0, Quantity.LV_ESV_BIPLANE: 168.0,
    Quantity.IVS_THICKNESS_ED: 1.5, Quantity.PERICARDIAL_EFFUSION_DEPTH: 2.4, Quantity.AV_VMAX: 4.3,
    Quantity.MR_VMAX: 5.0, Quantity.MR_EROA: 0.45, Quantity.LA_VOLUME: 110.0,
}  # fmt: skip


def notes(values: dict[Quantity, float], count: int = 200) -> list[dict]:
    """Return the notes of many readers of one study."""
    origin = Provenance(Source.MASK, "made up")
    reading = {m.quantity: m for m in derive([Measurement(q, v, q.unit, origin) for q, v in values.items()])}
    graded = grade_study(tuple(reading.values()), sex=Sex.MALE)
    written = (
        write_note(
            reading, graded, subject_id=10_000_007, patient_index=6, sex=Sex.MALE,
            studied=datetime(2150, 3, 4, 10, 30), generator=np.random.default_rng(n),
        )
        for n in range(count)
    )  # fmt: skip
    return [note for note in written if note is not None]


@pytest.fixture(scope="module")
def healthy() -> list[dict]:
    return notes(NORMAL)


@pytest.fixture(scope="module")
def ill() -> list[dict]:
    return notes(ILL)


def test_a_note_has_every_column_and_some_studies_have_none(healthy):
    assert 130 < len(healthy) < 190, "of 200"
    for note in healthy:
        assert set(NOTE_COLUMNS) <= note.keys()
        assert note["note_id"] == f"10000007-DS-{note['note_seq']}"
        assert "2150-03-04" < note["charttime"] < "2150-03-15"
        assert note["storetime"] > note["charttime"]


def test_every_statement_stands_in_the_text_and_a_note_without_echo_states_nothing(ill):
    without = 0
    for note in ill:
        words = " ".join(note["text"].split())
        assert all(statement["text"] in words for statement in note["statements"])
        if note["style"] is None:
            without += 1
            assert note["statements"] == []
            assert "ventric" not in words.split("Pertinent Results:")[1]
    assert without > 5


def test_a_normal_study_is_never_said_to_show_disease_nor_a_severe_one_to_lack_it(healthy, ill):
    states = Counter((s["finding"], s["state"]) for note in healthy for s in note["statements"])
    assert not [key for key in states if key[1] == "present"]
    states = Counter((s["finding"], s["state"]) for note in ill for s in note["statements"])
    severe = (
        Finding.LV_DILATED.key, Finding.PERICARDIAL_EFFUSION.key, "aortic_stenosis", "mitral_regurgitation"
    )  # fmt: skip
    for finding in severe:
        assert states[finding, "present"] > 20
        assert states[finding, "absent"] == 0


def test_negations_and_hedges_both_occur(healthy):
    effusion = {(s["text"], s["state"]) for n in healthy for s in n["statements"] if "effusion" in s["text"]}
    assert ("There is no pericardial effusion.", "absent") in effusion
    assert ("A small pericardial effusion cannot be excluded.", "not_assessed") in effusion


def test_an_asterisk_stands_before_a_value_outside_the_range_printed_after_it(healthy, ill):
    seen = Counter()
    for note in (*healthy, *ill):
        for star, value, limits in re.findall(
            r"^[A-Z].*: (\*?)([\d.]+)(?:%| cm| m/sec| mmHg)  (.+)$", note["text"], re.M
        ):
            numbers = [float(number) for number in re.findall(r"[\d.]+(?=%|\s|$)", limits)]
            low = numbers[0] if ">=" in limits or " - " in limits else -np.inf
            high = numbers[-1] if "<=" in limits or " - " in limits else np.inf
            assert bool(star) != (low <= float(value) <= high), (star, value, limits)
            seen[bool(star)] += 1
    assert min(seen[True], seen[False]) > 50


def test_a_measurement_line_is_laid_out_as_laboratories_do(ill):
    text = next(note["text"] for note in ill if note["style"] == "findings")
    assert "Left Ventricle - Septal Wall Thickness: *1.5 cm  0.6 - 1.1 cm" in text
    assert "Left Ventricle - Ejection Fraction: *30%  >= 55%" in text


def test_the_stated_ejection_fraction_is_that_of_the_study(healthy, ill):
    for written, measured in ((healthy, 62), (ill, 30)):
        forms = set()
        for note in written:
            for statement in note["statements"]:
                if statement["finding"] != Finding.LV_SYSTOLIC_DYSFUNCTION.key:
                    continue
                numbers = [int(number) for number in re.findall(r"(\d+)(?= ?%|-)", statement["text"])]
                if not numbers:
                    continue
                forms.add(re.sub(r"\d+", "#", statement["text"]))
                bound = ">" in statement["text"]
                assert numbers[0] <= measured <= (100 if bound else max(*numbers, numbers[0] + 1))
        assert len(forms) > 3


def test_the_past_and_the_family_are_told_but_stated_of_nobody(healthy):
    told = [note for note in healthy if "LVEF of 30-35%" in " ".join(note["text"].split())]
    assert told, "an old ejection fraction that is not this study's"
    assert all("30-35" not in s["text"] for note in told for s in note["statements"])


def test_notes_say_that_they_are_simulated(ill):
    assert all("SIMULATED NOTE" in note["text"] for note in ill)
