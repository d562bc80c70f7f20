"""What simulated patients have comes back from their notes and captions; the benchmark counts it on many."""

import pytest
from benchmarks.parsing import (
    ReportedStudy,
    lost_in_captions,
    lost_in_held_out_sentences,
    lost_in_note,
    report_patient,
    write_notes,
)

from echovlm.clinical import CORE_FINDINGS, DISEASES, finding_sentences
from echovlm.reports import DisagreementKind, find_disagreements, parse_report

N_PATIENTS = 60
VALVES = {disease.finding for disease in DISEASES if disease.at_least is not None}


@pytest.fixture(scope="module")
def studies() -> list[ReportedStudy]:
    return [report_patient(index) for index in range(N_PATIENTS)]


def test_a_note_states_what_was_written_into_it_and_nothing_else(studies):
    notes = [(text, said, study) for study in studies for text, said in write_notes(study)]
    assert len(notes) > N_PATIENTS / 2
    lost = {study.patient_index: lost_in_note(text, said, study) for text, said, study in notes}
    assert not any(lost.values()), lost


def test_captions_of_every_view_state_their_findings_and_numbers_and_nothing_else(studies):
    lost = {study.patient_index: lost_in_captions(study, seed=study.patient_index) for study in studies}
    assert not any(lost.values()), lost


def test_held_out_paraphrases_are_read_too(studies):
    lost = {study.patient_index: lost_in_held_out_sentences(study) for study in studies}
    assert not any(lost.values()), lost


def test_a_note_with_a_finding_or_value_changed_does_not_come_back(studies):
    text, said, study = next(
        (text, said, study)
        for study in studies
        for text, said in write_notes(study)
        if "no pericardial effusion" in text and "Sinus Level: " in text
    )
    assert lost_in_note(text.replace("no pericardial", "a pericardial"), said, study)
    assert lost_in_note(text.replace("Sinus Level: ", "Sinus Level: 1"), said, study)


@pytest.mark.parametrize("finding", CORE_FINDINGS, ids=lambda finding: finding.key)
@pytest.mark.parametrize("is_present", [True, False], ids=["present", "absent"])
@pytest.mark.parametrize("is_held_out", [False, True], ids=["train", "held_out"])
def test_each_sentence_of_a_caption_is_read_as_its_finding(finding, is_present, is_held_out):
    for sentence in finding_sentences(finding, present=is_present, held_out=is_held_out):
        found = {(each.finding, each.state.value) for each in parse_report(sentence).findings}
        assert found == {(finding, "present" if is_present else "absent")}, sentence


def test_notes_of_simulated_patients_agree_with_their_values_but_for_degrees_of_valves(studies):
    # The simulated reader takes the degree from one number (orifice, valve area), the rule weighs several.
    for study in studies:
        for text, _ in write_notes(study):
            for each in find_disagreements(text, study.measurements, study.findings):
                assert each.kind is DisagreementKind.DEGREE, each.sentence
                assert each.about in VALVES, each.sentence
