"""Other laboratories' wordings: what they keep, and what they never say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echovlm.clinical.findings import Grade
from echovlm.clinical.phrases import IN_B_MODE, PHRASES, SIGNIFICANT
from echovlm.clinical.statements import graded_sentences
from echovlm.training import RecipeError, Sampling
from echovlm.training.draw import Stream, step_generator
from echovlm.training.rewording import PLAIN, draw_style, is_held_out

GROUPS = [phrases for group in (PHRASES, SIGNIFICANT, IN_B_MODE) for phrases in group.values()]
PAIRS = sorted({pair for phrases in GROUPS for pair in phrases.train})
GRADES = (Grade.MILD, Grade.MODERATE, Grade.SEVERE)
GRADED = [
    (grade, text) for finding in PHRASES for grade in GRADES for text in graded_sentences(finding, grade)
]
DEGREE = {
    Grade.MILD: {"mild", "mildly", "small"},
    Grade.MODERATE: {"moderate", "moderately"},
    Grade.SEVERE: {"severe", "severely", "markedly", "large", "very"},
}
NEGATIVES = {"no", "not", "without", "out", "less"}
HEALTHY = {"normal", "normally", "well", "preserved", "intact", "good", "unremarkable", "limits", "properly", "fully",
           "completely", "widely"}  # fmt: skip


def style(seed, share=0.5):
    return draw_style(share, np.random.default_rng(seed))


def words(sentence):
    return set(sentence.lower().rstrip(".").split())


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32), pair=st.sampled_from(PAIRS))
def test_a_finding_and_its_denial_never_become_one(seed, pair):
    stated, denied = (style(seed).reword(sentence) for sentence in pair)
    assert stated != denied


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32), pair=st.sampled_from(PAIRS), share=st.floats(0, 1))
def test_a_denial_stays_one_and_a_statement_too(seed, pair, share):
    """No rule adds or loses a negation; "above normal" and "below the preserved range" state."""
    stated, denied = (style(seed, share).reword(sentence) for sentence in pair)
    for limit in ("than normal", "above normal", "below the preserved range"):
        stated = stated.replace(limit, "")
    assert not words(stated) & (NEGATIVES | HEALTHY)
    assert words(denied) & (NEGATIVES | HEALTHY | {"absent"})


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32), pair=st.sampled_from(PAIRS), share=st.floats(0, 1))
def test_a_held_out_sentence_is_never_said_nor_one_that_an_abbreviation_apart(seed, pair, share):
    for sentence in pair:
        assert not is_held_out(style(seed, share).reword(sentence))


def test_what_only_abbreviates_a_held_out_sentence_is_one():
    assert is_held_out("The LV appears enlarged.")
    assert is_held_out("Dilatation of left atrium is seen.")
    assert not is_held_out("The left ventricle is dilated.")


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32), pair=st.sampled_from(PAIRS))
def test_if_one_of_a_pair_must_stay_as_it_is_so_does_the_other(seed, pair):
    """Otherwise the words of a whole step would tell what is stated and what denied."""
    drawn = style(seed)
    if any(is_held_out(drawn._change(sentence)) for sentence in pair):
        assert [drawn.reword(sentence) for sentence in pair] == list(pair)


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32), graded=st.sampled_from(GRADED))
def test_a_degree_is_kept(seed, graded):
    grade, sentence = graded
    made = words(style(seed).reword(sentence))
    assert made & DEGREE[grade]
    assert not made & set().union(*(DEGREE[other] for other in DEGREE if other is not grade)) - {"large"}


@pytest.mark.parametrize(
    ("sentence", "never"),
    [
        ("There is a dilated cardiomyopathy phenotype.", "large"),  # the name of a disease
        ("There is left ventricular systolic dysfunction.", "failure"),  # a syndrome
        ("There is a significant intracardiac shunt.", "moderate"),  # told by Qp/Qs, not graded
        ("The study shows no aortic dissection.", "ruled"),  # what is not seen may be there
        ("Aortic stenosis is seen.", "aortic narrowing"),  # coarctation
        ("Normal left ventricular wall thickness.", "normal left ventricular walls"),  # says more
    ],
)
def test_a_wording_of_another_meaning_is_never_drawn(sentence, never):
    assert not any(never in style(seed).reword(sentence).lower() for seed in range(300))


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32), pair=st.sampled_from(PAIRS))
def test_no_place_of_a_form_is_left_open_and_it_is_one_sentence(seed, pair):
    for sentence in pair:
        made = style(seed).reword(sentence)
        assert made[0].isupper()
        assert made.endswith(".")
        assert made.count(".") == 1
        assert not set(made) & set("#\\{}")
        assert "  " not in made


def test_without_a_share_everything_is_said_as_it_was():
    assert style(3, share=0.0) is PLAIN
    assert all(PLAIN.reword(sentence) == sentence for pair in PAIRS for sentence in pair)


def test_every_finding_is_said_in_many_ways():
    """Otherwise a rule that fits nothing would pass."""
    for finding, phrases in PHRASES.items():
        made = {
            style(seed).reword(sentence) for seed in range(60) for pair in phrases.train for sentence in pair
        }
        assert len(made) > 3 * 2 * len(phrases.train), finding


def test_a_step_that_is_drawn_again_after_a_kill_has_the_same_style():
    first, again = (draw_style(0.5, step_generator(3, Stream.STYLE, 40)) for _ in range(2))
    assert all(first.reword(text) == again.reword(text) for pair in PAIRS for text in pair)


@pytest.mark.parametrize("chance", [-0.1, 1.5])
def test_a_chance_that_is_none_is_refused(chance):
    with pytest.raises(RecipeError, match=r"sampling.rewording_chance must be in \[0, 1\]"):
        Sampling(rewording_chance=chance)
