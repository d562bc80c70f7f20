"""`interpret` on files: real cines, damaged ones, and checkpoints that were never trained."""

import json
import re
import shutil
from pathlib import Path

import pytest
import torch
from page_text import Page
from pydicom import dcmread
from pydicom.data import get_testdata_file

from echovlm.clinical import FindingState, View, view_sentences
from echovlm.imaging import SIMULATOR, ImagingError
from echovlm.interpretation import InterpretationError, NothingReadableError, interpret
from echovlm.models import (
    BackboneConfig,
    CheckpointError,
    DenseConfig,
    DenseModel,
    EchoVLM,
    EchoVLMConfig,
    Preprocessing,
    ReaderConfig,
    ReaderModel,
    save_checkpoint,
)
from echovlm.models.zero_shot import MVP_VIEWS

REAL_CINE = Path(str(get_testdata_file("examples_ybr_color.dcm", download=False)))
REAL_CLIPS = Path(__file__).resolve().parents[3] / "shared" / "real"


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    """A dual encoder that takes every clip for an A4C, and a tracer that was never trained."""
    folder = tmp_path_factory.mktemp("checkpoints")
    torch.manual_seed(0)
    dual = EchoVLM(EchoVLMConfig()).eval()
    with torch.no_grad():
        units = torch.stack([dual.encode_text(view_sentences(view)).mean(0) for view in MVP_VIEWS])
        dual.project_clip.weight.zero_()
        dual.project_clip.bias.copy_(units[MVP_VIEWS.index(View.A4C)] - units.mean(0))
        dual.log_temperature.fill_(-4.6)
    save_checkpoint(folder / "dual.safetensors", dual, Preprocessing(), {"simulated": True})
    save_checkpoint(
        folder / "dense.safetensors", DenseModel(DenseConfig()), Preprocessing(), {"simulated": True}
    )
    return {"checkpoint": folder / "dual.safetensors", "dense": folder / "dense.safetensors"}


@pytest.fixture
def read(checkpoints, tmp_path):
    def run(path, **changed):
        return interpret(
            path, tmp_path / "report", on_progress=lambda done, total: None, **(checkpoints | changed)
        )

    return run


def no_measurement(report, folder):
    """The bar for every clip without calibration."""
    page = Page((folder / "report.html").read_text()).text
    assert all(clip.spacing_mm is None for clip in report.clips)
    assert not re.search(r"\d\s*(mm|cm|mL)\b", page)
    assert "no calibration" in report.summary[1].text or "carries a calibration" in report.summary[1].text
    assert page.count("not calibrated no measurement") == len(report.clips)
    assert {f.result.state for f in report.findings} == {FindingState.NOT_ASSESSED}


def test_the_cine_inside_pydicom_has_no_usable_calibration_and_gets_no_measurement(read, tmp_path):
    report = read(REAL_CINE)
    no_measurement(report, tmp_path / "report")
    assert report.clips[0].view.view is View.A4C
    written = json.loads((tmp_path / "report" / "report.json").read_text())
    assert written["clips"][0]["file_name"] == REAL_CINE.name
    assert written["simulated_training"] is True


@pytest.mark.skipif(not REAL_CLIPS.is_dir(), reason="the real clips lie beside the repository, not in it")
def test_four_real_videos_are_read_shown_and_not_measured(read, tmp_path):
    report = read(REAL_CLIPS)
    assert [clip.file_name for clip in report.clips] == [f"SDX0000{n}.mp4" for n in ("01", "02", "28", "53")]
    no_measurement(report, tmp_path / "report")
    doppler = report.clips[3]
    assert doppler.view.view is None
    assert "colour Doppler" in doppler.view.reason
    assert {s.file_name for s in report.skipped} == {"LICENSE", "README.md"}
    assert (tmp_path / "report" / "report.html").stat().st_size < 6_000_000


def test_damaged_files_are_skipped_with_their_reason_and_the_others_read(read, tmp_path):
    study = tmp_path / "study"
    study.mkdir()
    shutil.copy(REAL_CINE, study / "good.dcm")
    (study / "cut.dcm").write_bytes(REAL_CINE.read_bytes()[:20_000])
    (study / "notes.dcm").write_text("dear colleague")
    report = read(study)
    assert [clip.file_name for clip in report.clips] == ["good.dcm"]
    assert {s.file_name for s in report.skipped} == {"cut.dcm", "notes.dcm"}
    assert all(s.reason and str(tmp_path) not in s.reason for s in report.skipped)
    assert str(tmp_path) not in (tmp_path / "report" / "report.html").read_text()


def test_a_second_run_writes_the_same_bytes(read, tmp_path):
    read(REAL_CINE)
    first = {path.name: path.read_bytes() for path in (tmp_path / "report").iterdir()}
    read(REAL_CINE)
    assert first == {path.name: path.read_bytes() for path in (tmp_path / "report").iterdir()}
    assert set(first) == {"report.html", "report.json"}


def test_without_a_tracing_model_the_report_says_so_and_still_names_the_view(read):
    report = read(REAL_CINE, dense=None)
    assert report.clips[0].view.view is View.A4C
    assert report.clips[0].phase_source == "Not looked for: no tracing model."
    assert len(report.models) == 1


@pytest.fixture
def ssn_reader(tmp_path):
    """A reader that takes everything for the suprasternal view."""
    torch.manual_seed(0)
    reader = ReaderModel(ReaderConfig(BackboneConfig("test_efficientnet"), decoder_width=4))
    with torch.no_grad():
        for head in (reader.view_head, reader.arrangement_head):
            head[-1].weight.zero_()
            head[-1].bias.zero_()[reader.config.views.index("ssn")] = 12.0
    path = tmp_path / "reader.safetensors"
    save_checkpoint(path, reader, Preprocessing(image_size_px=64, use_spacing=False), {"simulated": True})
    return path


def test_a_reader_names_any_of_thirteen_views_and_traces_without_the_dense_model(read, ssn_reader):
    report = read(REAL_CINE, dense=None, reader=ssn_reader)
    assert report.clips[0].view.view is View.SSN
    assert "no tracing model" not in report.clips[0].phase_source
    assert [model.role for model in report.models] == [
        "Gives impressions",
        "Names the view, traces structures",
    ]


def test_every_clip_says_which_model_named_its_view_and_which_drew_its_outlines(read, ssn_reader, tmp_path):
    written = tmp_path / "report" / "report.json"
    for given, expected in (
        ({"reader": ssn_reader}, ("reader.safetensors", "reader.safetensors")),
        ({}, ("dual.safetensors", "dense.safetensors")),
        ({"dense": None}, ("dual.safetensors", None)),
    ):
        read(REAL_CINE, **given)
        report = json.loads(written.read_text())
        assert (report["clips"][0]["view_model"], report["clips"][0]["tracing_model"]) == expected
        assert {model["file_name"] for model in report["models"]} == {"dual.safetensors", *expected} - {None}


def test_the_simulator_s_clips_stay_with_the_models_that_learnt_from_them(read, ssn_reader, tmp_path):
    simulated = tmp_path / "simulated.dcm"
    dataset = dcmread(REAL_CINE)
    dataset.Manufacturer = SIMULATOR
    dataset.save_as(simulated)
    assert read(simulated, reader=ssn_reader).clips[0].tracing_model == "dense.safetensors"
    assert read(simulated, reader=ssn_reader, dense=None).clips[0].tracing_model == "reader.safetensors"


def test_a_dense_model_of_other_data_is_never_put_aside_for_the_reader(read, ssn_reader, tmp_path):
    own = tmp_path / "own.safetensors"
    save_checkpoint(own, DenseModel(DenseConfig()), Preprocessing(), {"simulated": False})
    assert read(REAL_CINE, dense=own, reader=ssn_reader).clips[0].tracing_model == "own.safetensors"


def test_a_folder_of_nothing_readable_fails_with_the_reasons(read, tmp_path):
    study = tmp_path / "study"
    study.mkdir()
    (study / "notes.dcm").write_text("dear colleague")
    with pytest.raises(NothingReadableError, match=r"notes\.dcm"):
        read(study)
    assert not (tmp_path / "report").exists()


def test_a_single_bad_file_a_missing_path_and_an_empty_folder_are_named(read, tmp_path):
    (tmp_path / "cut.dcm").write_bytes(REAL_CINE.read_bytes()[:20_000])
    (tmp_path / "empty").mkdir()
    for name in ("cut.dcm", "nowhere", "empty"):
        with pytest.raises(ImagingError, match=name):
            read(tmp_path / name)


def test_checkpoints_in_the_wrong_place_are_refused(read, checkpoints):
    with pytest.raises(CheckpointError, match="dual encoder"):
        read(REAL_CINE, checkpoint=checkpoints["dense"])
    with pytest.raises(CheckpointError, match="dense model"):
        read(REAL_CINE, dense=checkpoints["checkpoint"])


def test_a_file_in_place_of_the_report_s_folder_is_left_alone(checkpoints, tmp_path):
    (tmp_path / "report").write_text("mine")
    with pytest.raises(InterpretationError, match="is a file"):
        interpret(REAL_CINE, tmp_path / "report", on_progress=lambda done, total: None, **checkpoints)
    assert (tmp_path / "report").read_text() == "mine"
