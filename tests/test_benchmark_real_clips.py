"""The benchmark on real clips: its labels are of files that exist, and it counts as a reader of its lines would."""

from pathlib import Path

import numpy as np
import pytest
from benchmarks import real_clips

from echovlm.clinical import View
from echovlm.imaging import Cine, read_clip
from echovlm.models import DensePrediction, ReaderPrediction

LABELS = Path(real_clips.__file__).parent / "labels"


def answer(label_view, prob, *, window=None, mode="b"):
    window = window or (label_view.window if label_view else "none")
    cine = Cine(np.zeros((1, 8, 8), np.uint8), None, None, (), None, 1.0, (0.0, 0.0))
    dense = DensePrediction(np.zeros((1, 8, 8), np.uint8), np.zeros((1, 1, 2)), np.zeros((1, 1)))
    label = real_clips.Label("clip.mp4", label_view, window, mode, "")
    return real_clips.Answer(label, prob, cine, (0,), ReaderPrediction(dense, np.zeros((1, 2)), tuple(prob)))


def test_a_view_below_the_threshold_is_unknown_but_its_window_may_be_sure():
    torn = answer(View.A4C, {View.A4C: 0.45, View.A2C: 0.4, View.PLAX: 0.1})
    assert torn.view is None
    assert not torn.has_right_view
    assert torn.window == "apical"
    assert torn.has_right_window


def test_unknown_is_the_right_answer_to_what_is_no_heart():
    assert answer(None, {View.A4C: 0.2, View.PLAX: 0.1}).has_right_window
    assert not answer(None, {View.A4C: 0.9, View.PLAX: 0.1}).has_right_window


def test_modes_and_other_organs_are_counted_apart():
    sure = {View.A4C: 0.9, View.PLAX: 0.05}
    answers = [
        answer(View.A4C, sure),
        answer(View.PLAX, sure),
        answer(View.A2C, sure),
        answer(View.A4C, sure, mode="color"),
        answer(None, sure),
    ]
    first_choice = "first choice, however unsure"
    other = "not a transthoracic heart (unknown is right)"
    assert real_clips.summarise(answers) == [
        f"B-mode: right view 1 of 3 ({first_choice}: 1), right window 2 of 3",
        f"other modes: right view 1 of 1 ({first_choice}: 1), right window 1 of 1",
        f"{other}: right view 0 of 1 ({first_choice}: 0), right window 0 of 1",
    ]


@pytest.mark.parametrize("table", sorted(LABELS.glob("*.csv")), ids=lambda p: p.stem)
def test_labels_name_views_and_windows_that_fit(table):
    for label in real_clips.read_labels(table):
        assert label.window in {"parasternal", "apical", "subcostal", "suprasternal", "none"}
        if label.view:
            assert label.view.window == label.window


def test_the_labelled_files_of_pydicom_can_be_read():
    data = pytest.importorskip("data_store", reason="needs pydicom-data")
    folder = Path(next(iter(data.__path__))).parent
    for label in real_clips.read_labels(LABELS / "pydicom.csv"):
        assert read_clip(folder / label.file).frames.ndim == 4
