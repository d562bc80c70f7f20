"""What captions and notes say is compared with the values of their study before a dataset is written."""

import re

import pytest
from curation_trees import plain_study, write_table, write_tree

from echovlm.clinical import (
    Finding,
    FindingResult,
    FindingState,
    Grade,
    Measurement,
    Provenance,
    Quantity,
    Sex,
    Source,
)
from echovlm.clinical.views import View
from echovlm.curation import CurationOptions, OverlayUse, ReaderUse, curate
from echovlm.curation import study as study_module
from echovlm.curation.consistency import StudyTexts
from echovlm.curation.labels import label_study
from echovlm.dataset import EchoGround, merge_datasets
from echovlm.dataset.contradictions import read_contradictions
from echovlm.dataset.info import read_info
from echovlm.reports import Statement, compare_text, compose_statements
from echovlm.stores import open_store

QUIET = CurationOptions(reader=ReaderUse.NEVER, overlays=OverlayUse.NEVER)
ORIGIN = Provenance(Source.TABLE, "made up")
EF, LVIDD = Quantity.LVEF_BIPLANE, Quantity.LV_INTERNAL_DIAMETER_ED
NOTE = "TTE: LVEF 60-65 %. LVIDd 5.3 cm. No severe mitral regurgitation. Left ventricular systolic function is normal."


def labels(*values: tuple[Quantity, float], noted: tuple[FindingResult, ...] = ()):
    measurements = [Measurement(q, number, q.unit, ORIGIN) for q, number in values]
    return label_study(measurements, [], sex=Sex.FEMALE, noted=noted)


def said(sentence: str) -> Statement:
    return Statement((sentence,), (), None, None, None, ORIGIN)


def test_a_statement_that_the_values_contradict_is_listed_once_and_kept_in_no_clip():
    texts = StudyTexts(labels((EF, 30)), study_id="s1")
    right, wrong = said("LVEF 30%."), said("Left ventricular systolic function is normal.")
    for _ in range(3):
        assert texts.keep_true((right, wrong)) == (right,)
    (found,) = texts.contradictions
    assert (found.study_id, found.text, found.about, found.kind) == (
        "s1",
        "caption",
        "lv_systolic_dysfunction",
        "state",
    )
    assert found.origin == wrong.text_options[0]
    assert found.detail.startswith(
        "The text says left ventricular systolic dysfunction absent; the values say"
    )
    assert texts.compared == {"caption": 2, "note": 0}


def test_one_wording_against_the_values_condemns_the_statement():
    texts = StudyTexts(labels((EF, 30)), study_id="s1")
    mixed = Statement(("LVEF 30%.", "LVEF 60%."), (), None, EF, True, ORIGIN)
    assert texts.keep_true((mixed,)) == ()
    assert [each.kind for each in texts.contradictions] == ["number"]


@pytest.mark.parametrize("view", [View.PLAX, View.A4C, View.SC_IVC])
def test_what_captions_say_of_their_own_values_is_kept(view):
    study = labels((EF, 41), (LVIDD, 5.6), (Quantity.LA_VOLUME, 70), (Quantity.IVC_DIAMETER, 2.3))
    texts = StudyTexts(study, study_id="s1")
    statements = compose_statements(view, study.measurements, study.findings, seed=1, sex=study.sex)
    assert texts.keep_true(statements) == statements
    assert len(statements) == 1 or texts.compared["caption"] > 0


def test_a_note_may_differ_from_the_table_as_readers_do_and_not_by_more():
    close = StudyTexts(labels((EF, 57), (LVIDD, 5.1)), study_id="s1")
    close.compare_note(NOTE, ())
    assert close.contradictions == ()
    assert close.compared["note"] == 3  # nothing is known of the valve
    far = StudyTexts(labels((EF, 42), (LVIDD, 6.1)), study_id="s1")
    far.compare_note(NOTE, ())
    assert [(each.about, each.kind) for each in far.contradictions] == [
        ("lvef_biplane", "number"),
        ("lv_internal_diameter_ed", "number"),
        ("lv_systolic_dysfunction", "state"),
    ]
    assert "5.3" not in {each.origin for each in far.contradictions}
    assert all("characters" in each.origin for each in far.contradictions)


def test_a_note_is_not_confirmed_by_what_was_taken_from_itself():
    own = FindingResult(
        Finding.MITRAL_REGURGITATION, FindingState.PRESENT, Grade.MILD, None, (), "note 7, characters 3 to 9."
    )
    texts = StudyTexts(labels(noted=(own,)), study_id="s1")
    texts.compare_note("TTE: Mild mitral regurgitation.", (own,))
    assert texts.compared["note"] == 0


def test_a_history_in_a_note_contradicts_nothing():
    texts = StudyTexts(labels((EF, 60)), study_id="s1")
    texts.compare_note("INDICATION: Left ventricular systolic dysfunction.\n\nTTE: LVEF 60 %.", ())
    assert texts.contradictions == ()


def noted_tree(folder, text: str):
    study = plain_study(1, values={"biplane_lvef": ("38", "%")})
    tree = write_tree(folder, [study])
    (tree / "note").mkdir()
    note = {"note_id": "n1", "subject_id": study.subject, "charttime": study.time, "text": text}
    write_table(tree / "note" / "discharge.csv", [note], list(note))
    return tree


def test_the_dataset_lists_and_counts_what_its_notes_say_against_the_values(tmp_path):
    tree = noted_tree(tmp_path / "tree", "TTE: Normal left ventricular systolic function, EF > 55 %.\n")
    summary = curate(tree, tmp_path / "out", options=QUIET)
    found = read_contradictions(tmp_path / "out")
    assert [(each.text, each.about, each.kind) for each in found] == [
        ("note", "lv_systolic_dysfunction", "state"),
        ("note", "lvef_visual", "number"),
    ]
    counts = summary.contradictions
    assert (counts["note state"], counts["note number"], counts["note compared"]) == (1, 1, 2)
    assert counts["caption compared"] > 0
    assert "caption state" not in counts
    assert "notes: 2 statements compared with the values, 1 number, 1 state against them" in str(summary)
    assert re.search(r"captions: \d+ statements compared with the values, none against them", str(summary))
    assert "| note state | 1 |" in (tmp_path / "out" / "README.md").read_text()
    assert "contradictions.parquet" in read_info(open_store(tmp_path / "out")).files


def test_a_wrong_caption_is_not_written_and_is_listed(tmp_path, monkeypatch):
    tree = noted_tree(tmp_path / "tree", "nothing of an echo")
    plain = study_module.label_clip

    def lying(*args, keep, **kwargs):
        return plain(*args, keep=lambda given: keep((*given, said("The LVEF is 70%."))), **kwargs)

    monkeypatch.setattr(study_module, "label_clip", lying)
    summary = curate(tree, tmp_path / "out", options=QUIET)
    assert summary.contradictions["caption number"] == 1
    assert all("70%" not in row.caption for row in EchoGround.open(tmp_path / "out").rows())
    (found,) = read_contradictions(tmp_path / "out")
    assert found.origin == "The LVEF is 70%."


def test_a_merged_dataset_keeps_the_contradictions_of_its_parts(tmp_path):
    texts = ("TTE: EF > 55 %.\n", "TTE: EF > 60 %.\n")
    for number, text in enumerate(texts):
        curate(noted_tree(tmp_path / f"tree{number}", text), tmp_path / f"part{number}", options=QUIET)
    (
        tmp_path / "part1" / "contradictions.parquet"
    ).unlink()  # of a dataset that was made before there were any
    parts = [EchoGround.open(tmp_path / f"part{number}") for number in range(2)]
    info = merge_datasets(parts, tmp_path / "both")
    assert len(read_contradictions(tmp_path / "both")) == 1
    assert info.origin.contradictions["note number"] == 2


@pytest.mark.parametrize("sex", list(Sex))
def test_beside_the_findings_that_a_sentence_names_all_others_change_nothing(sex):
    values = [(EF, 30), (LVIDD, 6.1), (Quantity.LA_VOLUME_INDEX, 50)]
    study = label_study([Measurement(q, v, q.unit, ORIGIN) for q, v in values], [], sex=sex)
    texts = StudyTexts(study, study_id="s1")
    wrong = label_study([Measurement(q, v, q.unit, ORIGIN) for q, v in ((EF, 62), (LVIDD, 4.4))], [], sex=sex)
    said_of = [
        compose_statements(View.A4C, each.measurements, each.findings, seed=0, sex=sex)
        for each in (study, wrong)
    ]
    for sentence in {text for every in said_of for one in every for text in one.text_options}:
        whole = compare_text(sentence, study.measurements, study.findings)
        known, compared = len(texts.contradictions), texts.compared["caption"]
        texts.keep_true((said(sentence),))
        assert texts.compared["caption"] - compared == whole.compared
        assert len(texts.contradictions) - known == len(whole.disagreements)
    assert texts.contradictions, "sentences of a healthy heart were said of a sick one"
