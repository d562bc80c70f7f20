"""The echo-report tokenizer and its tower: few tokens, whole numbers, and nothing cut off."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from echovlm.clinical import CORE_QUANTITIES, Measurement, Provenance, Source, View
from echovlm.clinical.findings import CORE_FINDINGS
from echovlm.clinical.statements import finding_sentences, measurement_sentences, view_sentences
from echovlm.models import ReportTokenizer, ReportTowerConfig, learn_phrases
from echovlm.models.report_tokens import NUMBER, words
from echovlm.models.report_tower import ReportTower, number_features

MADE_UP = Provenance(Source.TABLE, "made up")


def measured(quantity, value):
    return measurement_sentences(Measurement(quantity, value, quantity.unit, MADE_UP))


@pytest.fixture(scope="module")
def corpus():
    texts = [sentence for view in View for sentence in view_sentences(view)]
    for finding in CORE_FINDINGS:
        for present in (True, False):
            texts += finding_sentences(finding, present=present)
    for quantity in CORE_QUANTITIES:
        texts += [sentence for value in (1.2, 3.4) for sentence in measured(quantity, value)]
    return texts * 5


@pytest.fixture(scope="module")
def tokenizer(corpus):
    return ReportTokenizer(learn_phrases(corpus, n_phrases=1200))


@pytest.fixture(scope="module")
def tower(tokenizer):
    torch.manual_seed(0)
    config = ReportTowerConfig(width=32, layers=1, heads=2, phrases=tokenizer.phrases)
    return ReportTower(config, embedding_dim=16).eval()


def test_numbers_are_whole_with_their_value_and_units_are_one_word():
    assert words("LVIDd 5.8 cm, LAVI 41 mL/m2, EF 38%.") == (
        ("lvidd", 0.0), (NUMBER, 5.8), ("cm", 0.0), ("lavi", 0.0), (NUMBER, 41.0), ("ml/m2", 0.0),
        ("ef", 0.0), (NUMBER, 38.0), ("%", 0.0),
    )  # fmt: skip


def test_a_whole_report_is_few_tokens(tokenizer):
    """A report of every finding and number of the core protocol: under half as many tokens as words and numbers."""
    report = [finding_sentences(finding, present=True)[0] for finding in CORE_FINDINGS]
    report += [measured(quantity, 7.7)[0] for quantity in CORE_QUANTITIES]
    text = " ".join(report)
    assert len(tokenizer.tokens(text)) < 0.6 * len(words(text))
    assert len(tokenizer.tokens(text)) <= 4 * len(report)


def test_a_sentence_of_the_captions_is_one_token_and_its_end(tokenizer):
    assert len(tokenizer.tokens("There is no pericardial effusion.")) == 2
    assert len(tokenizer.tokens("There is no pericardial effusion.", reading_seed=0)) >= 2
    lengths = {len(tokenizer.tokens("There is no pericardial effusion.", reading_seed=s)) for s in range(30)}
    assert {2, 6} <= lengths  # at times its words are read one by one


def test_a_number_is_its_value_whatever_stands_around_it(tokenizer):
    values = [
        t.value
        for text in ("EF 38%.", "The ejection fraction is 38 %", "xyz38")
        for t in tokenizer.tokens(text)
        if t.row == 0
    ]
    assert values == [38.0, 38.0, 38.0]


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=120))
def test_any_text_has_tokens_and_none_is_dropped(tokenizer, text):
    tokens = tokenizer.tokens(text)
    assert all(0 <= token.row < tokenizer.n_rows for token in tokens)
    said = sum(len(words(sentence)) for sentence in text.split("\n"))
    spelt = tokenizer.tokens(text + " zzqj.")
    assert len(spelt) >= len(tokens)
    if said:
        assert tokens


def test_words_that_training_never_met_are_spelt_and_told_apart(tokenizer):
    assert tokenizer.tokens("Zqx.") != tokenizer.tokens("Zqy.")
    assert tokenizer.tokens("ß") == tokenizer.tokens("ß")


def test_a_vocabulary_is_the_same_for_the_same_captions_in_any_order(corpus):
    assert learn_phrases(corpus, n_phrases=300) == learn_phrases(corpus[::-1], n_phrases=300)
    assert learn_phrases([], n_phrases=10) == ()


@torch.no_grad()
def test_texts_do_not_depend_on_their_neighbours_and_an_empty_one_is_zero(tower):
    alone = tower(["EF 38%."])
    beside = tower(["EF 38%.", "A much longer text. There is no pericardial effusion. EF 61%.", ""])
    torch.testing.assert_close(beside[:1], alone, atol=1e-5, rtol=1e-4)
    assert beside[2].abs().sum() == 0
    assert tower([]).shape == (0, 16)
    assert tower(["", ""]).shape == (2, 16)


@torch.no_grad()
def test_the_last_of_five_hundred_sentences_still_counts(tower):
    long = "The left atrium is dilated. " * 500
    yes, no = tower([long + "Effusion.", long + "No effusion."])
    assert (yes - no).abs().max() > 0


@torch.no_grad()
def test_neighbouring_numbers_read_alike_and_distant_ones_do_not(tower):
    near, close, far = tower(["EF 38%.", "EF 39%.", "EF 61%."])
    assert (near - close).norm() < (near - far).norm()


def test_number_features_tell_two_percent_apart_and_know_zero():
    value = torch.tensor([0.0, 0.4, 0.41, 110.0, 112.0])
    feature = number_features(value)
    assert torch.isfinite(feature).all()
    assert (feature[1] - feature[2]).norm() > 0.1
    assert (feature[3] - feature[4]).norm() > 0.1
    assert feature[0, -1] == 1
