"""Other laboratories' wordings: what they keep, and what they never say."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from echovlm.clinical.phrases import IN_B_MODE, PHRASES, SIGNIFICANT
from echovlm.training.rewording import PLAIN, draw_style, held_out_sentences

PAIRS = sorted(
    {pair for group in (PHRASES, SIGNIFICANT, IN_B_MODE) for p in group.values() for pair in p.train}
)
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
def test_a_held_out_sentence_is_never_said(seed, pair, share):
    for sentence in pair:
        assert style(seed, share).reword(sentence) not in held_out_sentences()


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
