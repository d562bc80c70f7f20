import re
from dataclasses import replace

import pytest
from benchmarks.audit import NARROW, WIDE, balance, draw_pairs, judge, text_only_auc

from echovlm.clinical import Finding, Mode, Quantity, Unit, View

# Every mode is here; `python -m benchmarks.audit` goes through all views.
PLACES = (
    (View.PLAX, Mode.B), (View.A4C, Mode.B), (View.A4C, Mode.COLOR), (View.A4C, Mode.CW), (View.A5C, Mode.CW),
    (View.A4C, Mode.TDI), (View.A4C, Mode.M), (View.A4C, Mode.PW),
)  # fmt: skip


@pytest.fixture(scope="module", params=["wide", "narrow"])
def drawn(request):
    return draw_pairs({"wide": WIDE, "narrow": NARROW}[request.param], 250, places=PLACES)


@pytest.fixture(scope="module")
def pairs(drawn):
    return drawn[0]


def test_the_words_alone_do_not_tell_a_statement_from_its_opposite(pairs):
    assert text_only_auc(balance(pairs)) <= 0.55


def test_the_words_alone_do_not_tell_a_finding_from_its_opposite(pairs):
    findings = [pair for pair in balance(pairs) if isinstance(pair.topic[0], Finding)]
    assert len(findings) > 1000
    assert text_only_auc(findings) <= 0.55


def test_the_words_alone_do_not_tell_a_number_from_its_opposite(pairs):
    numbers = [pair for pair in balance(pairs) if isinstance(pair.topic[0], Quantity)]
    assert len(numbers) > 600
    assert text_only_auc(numbers) <= 0.55


def test_numbers_drawn_without_knowing_the_patients_betray_themselves_where_most_are_normal():
    strange, _ = draw_pairs(NARROW, 250, places=PLACES, knows_population=False)
    numbers = [pair for pair in balance(strange) if isinstance(pair.topic[0], Quantity)]
    assert text_only_auc(numbers) > 0.56


def test_the_interval_of_the_audit_holds_its_estimate(pairs):
    verdict = judge(balance(pairs), resamples=20)
    assert verdict.low < verdict.auc < verdict.high < verdict.low + 0.05


def test_the_words_alone_do_not_tell_a_degree_from_its_neighbour(drawn):
    neighbours = balance(drawn[1])
    assert len(neighbours) > 500
    assert text_only_auc(neighbours) <= 0.55


def test_the_audit_notices_when_only_one_polarity_is_ever_original(pairs):
    assert text_only_auc([pair for pair in pairs if pair.side]) > 0.9


def test_the_audit_notices_opposites_that_are_worded_differently(pairs):
    clumsy = [replace(pair, opposite=f"It is not true: {pair.opposite}") for pair in balance(pairs)]
    assert text_only_auc(clumsy) > 0.95


def test_the_audit_notices_numbers_drawn_too_far_from_the_limit(pairs):
    numbers = [
        pair
        for pair in balance(pairs)
        if isinstance(pair.topic[0], Quantity) and pair.topic[0].unit is Unit.CM
    ]
    far = [
        replace(pair, opposite=re.sub(r"(\d+)\.", lambda m: f"{int(m[1]) + 4}.", pair.opposite, count=1))
        for pair in numbers
    ]
    assert text_only_auc(numbers) < 0.65 < 0.8 < text_only_auc(far)
