"""The sentences of every finding that has any."""

import itertools
import re

import pytest

from echovlm.clinical.findings import Finding, Grade
from echovlm.clinical.phrases import IN_B_MODE, PHRASES, SIGNIFICANT
from echovlm.clinical.statements import finding_sentences, graded_sentences, has_sentences
from echovlm.reports import parse_report

EVERY = [
    (f"{finding.key}-{kind}", phrases)
    for kind, table in (("any", PHRASES), ("significant", SIGNIFICANT), ("b-mode", IN_B_MODE))
    for finding, phrases in table.items()
]
by_phrases = pytest.mark.parametrize("phrases", [p for _, p in EVERY], ids=[name for name, _ in EVERY])
# A sentence about the whole thoracic aorta, or about a degree of dysfunction, names the finding of that structure.
ELSEWHERE = {Finding.THORACIC_AORTIC_ANEURYSM, Finding.SEVERE_LV_DYSFUNCTION}


def words(sentence):
    return re.findall(r"[a-z]+", sentence.lower())


@by_phrases
def test_both_polarities_are_said_in_one_style_and_at_one_length(phrases):
    assert len(phrases.train) >= 4
    assert len(phrases.held_out) >= 3
    for present, absent in (*phrases.train, *phrases.held_out):
        assert abs(len(words(present)) - len(words(absent))) <= 3
        shared = set(words(present)) & set(words(absent))
        assert len(shared) >= len(set(words(present))) / 2


@by_phrases
def test_a_sentence_is_said_once_and_no_held_out_one_in_training(phrases):
    said = list(itertools.chain.from_iterable((*phrases.train, *phrases.held_out)))
    assert len(said) == len(set(said))
    assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in said)
    assert not any(". " in sentence for sentence in said)


def test_no_two_findings_share_a_sentence():
    said = [s for f in PHRASES for side in (True, False) for s in finding_sentences(f, present=side)]
    assert len(said) == len(set(said))


@pytest.mark.parametrize(
    "finding", [f for f in PHRASES if f not in ELSEWHERE], ids=lambda finding: finding.key
)
def test_a_reader_of_reports_takes_each_sentence_for_its_finding(finding):
    for present, held_out in itertools.product((True, False), repeat=2):
        for sentence in finding_sentences(finding, present=present, held_out=held_out):
            found = [(each.finding, each.state.value) for each in parse_report(sentence).findings]
            assert found == [(finding, "present" if present else "absent")], sentence


@pytest.mark.parametrize("grade", [Grade.MILD, Grade.MODERATE, Grade.SEVERE], ids=lambda grade: grade.value)
def test_a_degree_is_read_as_that_degree(grade):
    for finding in PHRASES:
        for sentence in graded_sentences(finding, grade):
            if finding not in ELSEWHERE:
                stated = parse_report(sentence).findings
                assert [(each.finding, each.grade) for each in stated] == [(finding, grade)], sentence


def test_every_finding_can_be_said():
    assert all(has_sentences(finding) for finding in Finding)
