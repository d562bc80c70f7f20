"""What went wrong is shown: each confusion of views once before any is shown twice."""

import numpy as np
import pytest

from echovlm.clinical.views import View
from echovlm.dataset import EchoGround
from echovlm.evaluation.answers import Answers
from echovlm.evaluation.gallery import ClipPictures
from echovlm.evaluation.plots.misnamed import draw_misnamed, find_confusions

TASK = "view/zero-shot"
ORDER = list(View)


@pytest.fixture
def rows(dataset):
    return EchoGround.open(dataset).rows("test")


def named(rows, said):
    """Answers in which the clips at some places are named as another view."""
    label = np.array([ORDER.index(row.view) for row in rows], float)
    choice = label.copy()
    for place, view in said.items():
        choice[place] = ORDER.index(view)
    ids, patients = tuple(row.clip_id for row in rows), tuple(row.patient_id for row in rows)
    values = {"label": label, "choice": choice, "hit": (label == choice).astype(float)}
    return Answers(TASK, "image", "", ids, patients, values, ("accuracy",))


def test_confusions_are_counted_the_most_frequent_first_and_of_each_patient_one_before_a_second(rows):
    places = [place for place, row in enumerate(rows) if row.view is View.A4C][:3]
    other = next(place for place, row in enumerate(rows) if row.view is View.PLAX)
    one = named(rows, {other: View.SSN, **dict.fromkeys(places, View.A5C)})
    # The second clip of a patient is shown after the first ones of all others.
    again = Answers(*(getattr(one, n) for n in ("task", "level", "variant", "sample_ids")),
                    tuple("p" if i in places[:2] else p for i, p in enumerate(one.patient_ids)),
                    one.values, one.metrics)  # fmt: skip
    first, second = find_confusions(again)
    assert (first.true, first.said, second.true, second.said) == (View.A4C, View.A5C, View.PLAX, View.SSN)
    assert first.clip_ids == tuple(rows[places[i]].clip_id for i in (0, 2, 1))


def test_each_confusion_has_a_picture_before_any_has_a_second(rows, dataset):
    wrong = {place: View.SSN for place, row in enumerate(rows) if row.view is View.PLAX}
    wrong[next(place for place, row in enumerate(rows) if row.view is View.A4C)] = View.A2C
    pictures = ClipPictures(EchoGround.open(dataset), {row.clip_id: row for row in rows})
    figure = draw_misnamed([named(rows, wrong)], TASK, pictures)
    shown = [panel for panel in figure.axes if panel.images]
    titles = [panel.get_title() for panel in shown]
    n_plax = len(wrong) - 1
    assert titles[:3] == [
        f"PLAX named SSN\n1 of {n_plax}",
        "A4C named A2C\n1 of 1",
        f"PLAX named SSN\n2 of {n_plax}",
    ]
    assert len(shown) == min(len(wrong), 12)
    np.testing.assert_array_equal(
        shown[1].images[0].get_array(), pictures.read(find_confusions(named(rows, wrong))[1].clip_ids[0])
    )


def test_where_every_view_is_named_rightly_there_is_nothing_to_show(rows, dataset):
    pictures = ClipPictures(EchoGround.open(dataset), {row.clip_id: row for row in rows})
    assert draw_misnamed([named(rows, {})], TASK, pictures) is None
    assert draw_misnamed([], TASK, pictures) is None
