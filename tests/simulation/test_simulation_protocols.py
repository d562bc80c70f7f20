"""A complete examination: which files it has, how they are stored, and how its settings are chosen."""

import csv
import gzip
import hashlib
import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pydicom
import pytest

from echovlm.clinical.views import Mode, View, find_view
from echovlm.imaging import read_clip
from echovlm.simulation import (
    Protocol,
    SimulationError,
    parse_prevalence,
    parse_syntaxes,
    parse_views,
    simulate,
)
from echovlm.simulation.archive.exam import CORE_VIEWS, ItemKind, list_items, list_views
from echovlm.simulation.archive.options import OptionError
from echovlm.simulation.archive.pixels import Syntax
from echovlm.simulation.doppler.colour import NoValveError
from echovlm.simulation.doppler.flow_field import Valve
from echovlm.simulation.doppler.traces import Trace
from echovlm.simulation.patient import Prevalence, PrevalenceError
from echovlm.simulation.views.planes import SIMULATED_VIEWS

VIEWS = (View.PLAX, View.A4C)


def run(out: Path, *, workers: int = 1, **change):
    settings = {
        "patients": 2,
        "seed": 3,
        "n_frames": 2,
        "protocol": Protocol.COMPLETE,
        "views": VIEWS,
    } | change
    return simulate(out, workers=workers, on_progress=lambda _done, _total: None, **settings)


def contents(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def cohort(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("complete") / "studies"
    run(out)
    return out


@pytest.fixture(scope="module")
def files(cohort) -> list[tuple[Path, pydicom.FileDataset, dict]]:
    """Every file with its header and its truth."""
    paths = sorted(cohort.glob("files/**/*.dcm"))
    truths = [(cohort / "truth" / path.relative_to(cohort)).with_suffix(".json") for path in paths]
    return [(p, pydicom.dcmread(p), json.loads(t.read_text())) for p, t in zip(paths, truths, strict=True)]


def test_the_core_is_five_b_mode_cines_and_the_complete_study_has_every_view():
    core = list_items(Protocol.CORE, list_views(Protocol.CORE))
    assert [item.view for item in core] == list(CORE_VIEWS)
    assert {(item.mode, item.kind, item.take) for item in core} == {(Mode.B, ItemKind.CINE, 0)}
    complete = list_items(Protocol.COMPLETE, list_views(Protocol.COMPLETE))
    assert {item.view for item in complete if item.kind is ItemKind.CINE} == set(SIMULATED_VIEWS)
    assert len(set(complete)) == len(complete)
    assert set(core) < set(complete)


def test_the_standard_study_has_every_view_valve_and_trace_once_and_nothing_marked():
    standard = list_items(Protocol.STANDARD, list_views(Protocol.STANDARD))
    seen = Counter((item.view, item.mode, item.trace, item.valve, item.cursor) for item in standard)
    assert set(seen.values()) == {1}
    assert {item.view for item in standard if item.mode is Mode.B} == set(SIMULATED_VIEWS)
    assert {item.trace for item in standard} - {None} == set(Trace)
    assert {item.valve for item in standard} - {None} == set(Valve)
    assert {item.kind for item in standard} == {ItemKind.CINE, ItemKind.SPECTRUM, ItemKind.M_MODE}
    assert not any(item.is_marked for item in standard if item.kind is not ItemKind.CINE)


def test_a_study_confined_to_views_has_no_other(files):
    assert {truth["view"] for _, _, truth in files} == {view.value for view in VIEWS} | {None}


def test_two_takes_of_a_view_are_two_recordings(files):
    first, second = (
        next(f for f in files if (f[2]["view"], f[2]["kind"], f[2]["take"]) == ("a4c", "cine", take))
        for take in (0, 1)
    )
    assert first[2]["spacing_mm"] != second[2]["spacing_mm"]
    assert not np.array_equal(read_clip(first[0]).frames, read_clip(second[0]).frames)


def test_the_first_recording_of_a_view_is_its_standard_one(files):
    for _, _, truth in files:
        if truth["mode"] == "b" and truth["kind"] == "cine" and truth["take"] == 0:
            assert truth["is_diagnostic"]
            assert not truth["is_mirrored"]
            assert 0 <= truth["quality_frac"] <= 1


def test_the_header_says_what_the_truth_says(files):
    for _, dataset, truth in files:
        if truth["view"] is not None:
            assert find_view(dataset.ViewCodeSequence[0].CodeValue).value == truth["view"]
        assert int(dataset.get("NumberOfFrames", 1)) == len(truth["frame_times_ms"])


def test_a_study_keeps_to_one_console_and_a_cohort_does_not(tmp_path):
    run(tmp_path / "many", patients=6, views=(View.PSAX_AP,))
    stored = {}
    for path in (tmp_path / "many").glob("files/**/*.dcm"):
        dataset = pydicom.dcmread(path, stop_before_pixels=True)
        kind = (dataset.file_meta.TransferSyntaxUID, dataset.PhotometricInterpretation)
        stored.setdefault(dataset.StudyID, set()).add(kind)
    assert all(len(kinds) == 1 for kinds in stored.values())
    assert len(set.union(*stored.values())) > 1


def test_notes_are_a_table_of_their_own_that_joins_by_patient(cohort):
    with gzip.open(cohort / "note" / "discharge.csv.gz", "rt", newline="") as file:
        notes = list(csv.DictReader(file))
    studies = [json.loads(path.read_text()) for path in sorted(cohort.glob("truth/**/study.json"))]
    written = [study["note"] for study in studies if study["note"] is not None]
    assert [note["subject_id"] for note in notes] == [str(note["subject_id"]) for note in written]
    assert [note["text"] for note in notes] == [note["text"] for note in written]


def test_two_workers_write_the_bytes_of_one(cohort, tmp_path):
    run(tmp_path / "two", workers=2)
    assert contents(tmp_path / "two") == contents(cohort)


@pytest.mark.parametrize("damage", ["cut", "list", "absent"])
def test_a_study_whose_own_truth_is_damaged_is_simulated_anew(cohort, tmp_path, damage):
    out = tmp_path / "studies"
    shutil.copytree(cohort, out)
    path = next(out.glob("truth/**/study.json"))
    text = path.read_text()
    path.write_text({"cut": text[: len(text) // 2], "list": "[1, 2]", "absent": "{}"}[damage])
    assert run(out).resumed == 1
    assert contents(out) == contents(cohort)


def test_the_settings_file_says_what_was_chosen(tmp_path):
    run(
        tmp_path, patients=1, syntaxes=(Syntax.RLE,), decorrelated=True, views=(View.PSAX_AP,),
        prevalence=Prevalence(aortic_stenosis=1.0),
    )  # fmt: skip
    settings = json.loads((tmp_path / "simulation.json").read_text())
    chosen = {name: settings[name] for name in ("protocol", "views", "syntaxes", "decorrelated")}
    assert chosen == {
        "protocol": "complete", "views": ["psax-ap"], "syntaxes": ["rle"], "decorrelated": True
    }  # fmt: skip
    assert settings["prevalence"]["aortic_stenosis"] == 1.0
    patient = json.loads(next(tmp_path.glob("truth/**/study.json")).read_text())["patient"]
    assert patient["aortic_stenosis_frac"] > 0 or patient["prosthesis"] == "aortic"
    with pytest.raises(SimulationError, match='syntaxes \\["rle"\\], not \\["jpeg"\\]'):
        run(tmp_path, patients=1, syntaxes=(Syntax.JPEG_BASELINE,), decorrelated=True, views=(View.PSAX_AP,))


def test_a_view_that_the_protocol_lacks_is_refused_with_those_it_has(tmp_path):
    with pytest.raises(SimulationError, match=r"core protocol has no view SSN; it has PLAX, .*A2C"):
        run(tmp_path / "studies", protocol=Protocol.CORE, views=(View.SSN,))
    assert not (tmp_path / "studies").exists()


def test_the_words_of_the_command_line_name_views_syntaxes_and_shares():
    assert parse_views("plax, 4CH") == (View.PLAX, View.A4C)
    assert parse_views("") == ()
    assert parse_syntaxes("rle,jpeg") == (Syntax.JPEG_BASELINE, Syntax.RLE)
    assert parse_prevalence(["paced=0", "effusion=0.9"]) == Prevalence(paced=0, effusion=0.9)


@pytest.mark.parametrize(
    ("parse", "words", "told"),
    [
        (parse_views, "plaxx", "no view 'plaxx'.*Did you mean plax"),
        (parse_syntaxes, "jpg", "no transfer syntax 'jpg'; allowed are jpeg,"),
        (parse_prevalence, ["aortic_stenosi=0.5"], "Did you mean aortic_stenosis"),
        (parse_prevalence, ["effusion=often"], "write it as effusion=0.5"),
    ],
)
def test_a_word_that_names_nothing_is_answered_with_what_is_allowed(parse, words, told):
    with pytest.raises(OptionError, match=told):
        parse(words)


def test_a_share_beyond_one_is_refused():
    with pytest.raises(PrevalenceError):
        parse_prevalence(["effusion=1.5"])


def test_a_valve_that_is_not_found_is_not_recorded_and_the_rest_of_the_study_is(tmp_path, monkeypatch):
    def not_found(*_args, **_settings):
        raise NoValveError("the A4C plane does not cut the mitral valve")

    monkeypatch.setattr("echovlm.simulation.archive.shots.simulate_colour", not_found)
    run(tmp_path / "s", patients=1, protocol=Protocol.STANDARD, views=(View.A4C,))
    (study,) = (json.loads(path.read_text()) for path in (tmp_path / "s" / "truth").rglob("study.json"))
    items = list_items(Protocol.STANDARD, (View.A4C,))
    lost = sum(item.valve is not None for item in items)
    assert lost
    assert len(study["not_recorded"]) == lost
    assert len(list((tmp_path / "s").glob("files/**/*.dcm"))) == len(items) - lost
