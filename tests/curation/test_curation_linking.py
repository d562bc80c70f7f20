"""An imaging study is linked to one measured study, or to none for a reason."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echovlm.curation import Reason, Verdict
from echovlm.curation.linking import Link, MeasuredStudy, find_link

NOON = datetime(2190, 1, 1, 12)


def measured(name: str, hours: float, test_type: str = "tte") -> MeasuredStudy:
    return MeasuredStudy(name, NOON + timedelta(hours=hours), test_type)


def test_the_identifier_goes_before_the_nearest_time():
    assert find_link("b", NOON, [measured("a", 1), measured("b", 30)]) == Link("b", "by measurement_id")


def test_without_an_identifier_the_only_study_in_the_window_is_linked_with_its_distance():
    link = find_link("", NOON, [measured("a", -47.5), measured("b", 49)])
    assert link == Link("a", "by time, 47.5 hours apart")


@given(st.floats(-48, 48), st.floats(-48, 48))
def test_two_studies_in_the_window_are_an_ambiguity_not_a_guess(first, second):
    verdict = find_link("", NOON, [measured("a", first), measured("b", second)])
    assert isinstance(verdict, Verdict)
    assert verdict.reason is Reason.AMBIGUOUS_LINK
    assert "a, b" in verdict.detail


@pytest.mark.parametrize(
    "candidates", [[], [measured("a", 48.1)], [measured("a", 1, "tee")], [measured("a", 1, "stress")]]
)
def test_nothing_transthoracic_in_the_window_is_no_link(candidates):
    assert find_link("", NOON, candidates).reason is Reason.NO_LINK


def test_an_identifier_that_the_table_lacks_falls_back_to_time():
    assert find_link("lost", NOON, [measured("a", 3)]).measurement_id == "a"
    assert find_link("lost", None, [measured("a", 3)]).reason is Reason.NO_LINK


def test_a_stress_study_named_by_its_identifier_is_set_aside():
    assert find_link("a", NOON, [measured("a", 0, "stress")]).reason is Reason.NOT_TRANSTHORACIC
