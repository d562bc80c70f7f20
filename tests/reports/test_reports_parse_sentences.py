"""Findings of single sentences, scored against labels: finding, state and degree must all be right."""

from collections import Counter
from pathlib import Path

import pytest

from echovlm.clinical.findings import Finding
from echovlm.reports import Severity, TextState, parse_report

HERE = Path(__file__).parent
HALVES = ("development", "held_out")
PARTS = (*HALVES, "hostile", "unseen")

Label = tuple[str, ...]


def read_sentences(part: str) -> list[tuple[str, Counter[Label]]]:
    """Return the sentences of one file, each with what it states."""
    lines = (HERE / f"sentences_{part}.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split(" => ") for line in lines if line and not line.startswith("#")]
    return [
        (text, Counter(() if label == "-" else (tuple(each.split()) for each in label.split("; "))))
        for text, label in rows
    ]


def stated(text: str) -> Counter[Label]:
    return Counter(
        (each.finding.key, each.state.value, *((each.severity.key,) if each.severity else ()))
        for each in parse_report(text).findings
    )


def f1(part: str) -> float:
    right = wrong = missed = 0
    for text, label in read_sentences(part):
        found = stated(text)
        right += (found & label).total()
        wrong += (found - label).total()
        missed += (label - found).total()
    return 2 * right / (2 * right + wrong + missed)


@pytest.mark.parametrize("part", PARTS)
def test_findings_states_and_degrees_are_read_with_an_f1_of_95_percent(part):
    assert f1(part) >= 0.95


def test_there_are_300_sentences_and_none_is_there_twice():
    texts = [text for part in PARTS for text, _ in read_sentences(part)]
    assert len(texts) >= 300
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("part", PARTS)
def test_labels_use_words_that_exist(part):
    findings, states = {f.key for f in Finding}, {s.value for s in TextState}
    degrees = {s.key for s in Severity}
    for text, label in read_sentences(part):
        for finding, state, *degree in label:
            assert finding in findings, text
            assert state in states, text
            assert set(degree) <= degrees, text


def test_every_state_and_most_degrees_are_in_both_halves():
    for part in HALVES:
        labels = [each for _, label in read_sentences(part) for each in label]
        assert {state for _, state, *_ in labels} == {s.value for s in TextState}
        assert len({degree for *_, degree in labels} & {s.key for s in Severity}) >= 8


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("No change in severe MR.", "mitral_regurgitation present severe"),
        ("Cannot exclude effusion.", "pericardial_effusion uncertain"),
        (
            "MR previously moderate, now mild.",
            "mitral_regurgitation present mild; mitral_regurgitation historical moderate",
        ),
        ("No evidence of more than mild TR.", "tricuspid_regurgitation uncertain mild"),
    ],
)
def test_the_hostile_examples_are_read_right(text, label):
    assert stated(text) == Counter(tuple(each.split()) for each in label.split("; "))
