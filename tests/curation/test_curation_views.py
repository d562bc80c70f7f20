"""A view is what a label says, else what the file says, else what the reader says when it is sure."""

import json
from collections import Counter

import numpy as np
import pytest
from curation_trees import dicom, plain_study, without_view, write_tree

from echovlm.clinical import Mode, View
from echovlm.curation import CurationOptions, ReaderUse, SourceError, curate, viewing
from echovlm.curation.given import GivenView
from echovlm.curation.view_labels import find_fine_view, read_questions, read_view_labels
from echovlm.curation.viewing import find_stated_view
from echovlm.dataset import EchoGround
from echovlm.imaging import Cine, read_clip

LABEL = GivenView(View.A4C, "label", "here")


@pytest.fixture
def clip(tmp_path):
    (tmp_path / "x.dcm").write_bytes(dicom(view=View.PLAX))
    return read_clip(tmp_path / "x.dcm")


def test_the_sources_own_label_comes_first_then_a_file_of_labels_then_the_code(clip):
    file = GivenView(View.A2C, "label-file", "there", 0.9)
    assert find_stated_view(LABEL, file, clip) == LABEL
    assert find_stated_view(None, file, clip) == file
    assert find_stated_view(None, None, clip).view is View.PLAX
    assert find_stated_view(GivenView(None, "label", "x"), None, clip).source == "dicom"


def test_a_label_below_the_limit_does_not_count(clip):
    unsure = GivenView(View.A2C, "label-file", "there", 0.49)
    assert find_stated_view(None, unsure, clip).view is View.PLAX


def test_a_table_of_probabilities_gives_the_likeliest_view_by_stem(tmp_path):
    path = tmp_path / "echoview.csv"
    path.write_text(
        "dicom_filepath,PLAX,A4C,A4C_zoomed,other\n"
        "files/p10/p1/s2/2_0001.dcm,0.1,0.3,0.35,0.25\n"
        "files/p10/p1/s2/2_0002.dcm,0.2,0.1,0.1,0.6\n"
    )
    labels = read_view_labels(path)
    assert labels["2_0001"].view is View.A4C
    assert labels["2_0001"].prob == pytest.approx(0.65)
    assert "2_0002" not in labels  # something that is none of our views is likelier


def test_a_long_table_of_views_is_read_and_two_views_for_one_file_are_none(tmp_path):
    path = tmp_path / "views.csv"
    path.write_text("file,view,probability\na/1.mp4,PSAX_(level_of_MV),0.8\n2,A2C,\n2,A4C,0.9\n")
    labels = read_view_labels(path)
    assert {stem: (label.view, label.prob) for stem, label in labels.items()} == {"1": (View.PSAX_MV, 0.8)}


def test_a_table_without_a_file_column_is_told_what_it_needs(tmp_path):
    path = tmp_path / "views.csv"
    path.write_text("who,view\n1,A4C\n")
    with pytest.raises(SourceError, match=r"views\.csv is no table of views.*has: who, view"):
        read_view_labels(path)


@pytest.mark.parametrize(
    ("text", "view"),
    [
        ("A4C", View.A4C), ("PLAX_Zoom_out", View.PLAX), ("DOPPLER_A4C_IVS", View.A4C),
        ("Subcostal_4C", View.SC_4C), ("PLAX_RV_inflow", View.RV_INFLOW), ("PLAX_zoomed_AV", View.PLAX),
        ("PSAX_(level_of_papillary_muscles)", View.PSAX_PM), ("A4C_LV", View.A4C), ("TEE", None), ("PSAX", None),
    ],
)  # fmt: skip
def test_a_fine_label_is_the_plane_it_starts_with(text, view):
    assert find_fine_view(text) is view


def question(**changes: object) -> dict[str, object]:
    plain = {
        "messages_id": "q1", "videos": ["mimic-iv-echo/0.1/files/p13/p13265185/s97751020/97751020_0026.mp4"],
        "question": "How large is the left atrium?", "option_A": "normal", "option_B": "mild", "option_C": "moderate",
        "option_D": "severe", "answer": "mild", "correct_option": "B", "structure": "left atrium", "view": "A4C",
    }  # fmt: skip
    return plain | changes


def test_the_questions_of_mimicechoqa_are_read_and_name_views(tmp_path):
    path = tmp_path / "MIMICEchoQA.json"
    path.write_text(json.dumps([question(), question(messages_id="q2", view="DOPPLER_A4C_IVS")]))
    first, _ = read_questions(path)
    assert (first.correct, first.options["B"]) == ("B", "mild")
    assert first.videos == ("mimic-iv-echo/0.1/files/p13/p13265185/s97751020/97751020_0026",)
    assert read_view_labels(path)["97751020_0026"].view is View.A4C


@pytest.mark.parametrize("damage", [{"correct_option": "E"}, {"videos": None}])
def test_a_damaged_question_is_named(tmp_path, damage):
    path = tmp_path / "MIMICEchoQA.json"
    path.write_text(json.dumps([question(**damage)]))
    with pytest.raises(SourceError, match=r"MIMICEchoQA\.json is not a list of questions"):
        read_questions(path)


class _Answer:
    def __init__(self, prob: float) -> None:
        self._prob = prob

    def mean_view_prob(self):
        return {View.A4C: self._prob, View.A2C: 0.3}


class _Reader:
    """Stands for a loaded reader, which answers as it is told."""

    def __init__(self, prob: float) -> None:
        self.model, self.prob, self.asked = self, prob, Counter()

    def preprocessing(self, frames: np.ndarray, spacing_mm: float | None) -> np.ndarray:
        return frames

    def predict(self, frames: np.ndarray) -> _Answer:
        self.asked["frames"] += len(frames)
        return _Answer(self.prob)


@pytest.mark.parametrize(("prob", "view"), [(0.62, View.A4C), (0.45, None)])
def test_the_reader_names_a_view_with_its_probability_or_none(monkeypatch, prob, view):
    reader = _Reader(prob)
    monkeypatch.setattr(viewing, "_reader", lambda: reader)
    cine = Cine(np.zeros((30, 8, 8), np.uint8), None, None, (), None, 1.0, (0.0, 0.0))
    found = viewing.predict_view(cine, Mode.B)
    assert (found and found.view) is view
    assert found is None or (found.prob, found.source) == (0.62, "model")
    assert reader.asked["frames"] == 8
    assert viewing.predict_view(cine, Mode.COLOR) is None  # it has learnt B-mode alone


def test_a_file_of_labels_names_the_views_of_a_tree_and_stands_in_the_manifest(tmp_path):
    study = plain_study(1)
    study.files[1] = without_view(dicom(10000001, 90000001, 2))  # another picture, no copy
    tree = write_tree(tmp_path / "tree", [study])
    table = tmp_path / "views.csv"
    table.write_text("path,view,probability\n90000001_0002.mp4,A4C,0.75\n")
    options = CurationOptions(reader=ReaderUse.NEVER)
    assert curate(tree, tmp_path / "without", options=options).excluded == {"unknown_view": 1}
    curate(tree, tmp_path / "out", options=options, views=[table])
    rows = {row.clip_id: row for row in EchoGround.open(tmp_path / "out").rows()}
    labelled = rows["90000001_0002"]
    assert (labelled.view, labelled.view_source, labelled.view_prob) == (View.A4C, "label-file", 0.75)
    assert rows["90000001_0001"].view_source == "dicom"
