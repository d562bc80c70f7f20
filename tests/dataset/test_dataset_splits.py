"""Patients, not clips, are split."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echovlm.dataset import Split, SplitError, check_splits, split_of


@given(st.lists(st.text(min_size=1), unique=True, min_size=2))
def test_the_split_of_a_patient_does_not_depend_on_other_patients(patients):
    alone = {patient: split_of(patient) for patient in patients}
    assert {patient: split_of(patient) for patient in reversed(patients)} == alone
    check_splits(alone.items())


def test_splits_are_70_10_20():
    counts = dict.fromkeys(Split, 0)
    for number in range(20_000):
        counts[split_of(f"{10_000_000 + number}")] += 1
    assert counts[Split.TRAIN] == pytest.approx(14_000, abs=200)
    assert counts[Split.VAL] == pytest.approx(2_000, abs=150)
    assert counts[Split.TEST] == pytest.approx(4_000, abs=170)


def test_the_split_of_a_known_patient_never_changes():
    # frozen: published results depend on it
    assert [split_of(f"1000000{n}").value for n in range(6)] == ["train"] * 5 + ["test"]


def test_one_patient_in_two_splits_is_an_error():
    with pytest.raises(SplitError, match="'b' stands in val and in test"):
        check_splits([("a", "train"), ("b", "val"), ("a", "train"), ("b", "test")])
