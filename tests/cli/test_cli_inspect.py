"""`echovlm inspect` tells a person and a program the same: a line or an object a file, and what belongs together."""

import json
import shutil
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file
from typer.testing import CliRunner

from echovlm.cli import app

CINE = Path(str(get_testdata_file("examples_ybr_color.dcm", download=False)))


def inspect(*arguments) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["inspect", *map(str, arguments)])
    return done.exit_code, done.stdout


@pytest.fixture
def folder(tmp_path) -> Path:
    root = tmp_path / "studies"
    (root / "b").mkdir(parents=True)
    shutil.copy(CINE, root / "a.dcm")
    other = dcmread(CINE)  # the same picture, sent again under another name and patient
    other.PatientID, other.SOPInstanceUID = "SOMEBODY ELSE", "1.2.3.4"
    other.save_as(root / "b" / "again")
    (root / "note.txt").write_text("notes")
    return root


def test_a_folder_is_a_table_with_its_studies_and_what_shows_the_same(folder):
    code, text = inspect(folder)
    lines = text.splitlines()
    assert code == 0
    assert lines[0].split()[:4] == ["file", "kind", "size", "frames/s"]
    row = dict(zip(lines[0].split(), lines[1].split(), strict=False))
    assert (row["file"], row["kind"], row["size"], row["frames/s"]) == ("a.dcm", "cine", "30×240×320", "30")
    assert (row["mode"], row["mm/px"]) == ("b", "–")  # its region does not fit the image
    assert "1 patients, 1 studies, 1 files" in text
    assert "b/again shows the same as a.dcm" in text


def test_one_file_is_told_in_full_and_nobody_is_named(folder):
    code, text = inspect(folder / "a.dcm")
    told = dict(line.strip().split("  ", 1) for line in text.splitlines() if "  " in line.strip())
    assert code == 0
    assert told["sector_xyxy_px"].strip() == "37; 22; 302; 202"
    assert "no R wave is stated or drawn" in told["phases"]
    assert "does not fit the image" in told["remarks"]
    assert f"{dcmread(CINE).PatientName}" not in text or not f"{dcmread(CINE).PatientName}"


def test_json_says_the_same_of_a_folder_and_of_its_zip(folder, tmp_path):
    packed = shutil.make_archive(str(tmp_path / "packed"), "zip", folder)
    (_, of_folder), (_, of_zip) = inspect(folder, "--json"), inspect(packed, "--json")
    assert of_folder == of_zip
    facts = [json.loads(line) for line in of_folder.splitlines()]
    assert [fact["path"] for fact in facts] == ["a.dcm", "b/again"]
    assert facts[0]["frame_step_range_ms"] == [33.333, 33.333]
    assert facts[0]["drawn_ecg"] is None
    assert 0.3 < facts[0]["sector_share"] < 0.6


def test_an_address_that_is_not_there_is_one_sentence():
    pytest.importorskip("dicomweb_client", reason="needs the pacs extra")
    done = CliRunner().invoke(app, ["inspect", "http://127.0.0.1:9/dicom-web"])
    assert done.exit_code == 1
    assert "cannot be reached" in str(done.exception)


def test_burned_in_measurements_are_read_when_asked():
    pytest.importorskip("rapidocr", reason="needs the ocr extra")
    pytest.importorskip("gdcm", reason="needs the codecs extra")
    path = get_testdata_file("JPGLosslessP14SV1_1s_1f_8b.dcm", download=False)
    if path is None:
        pytest.skip("needs the package pydicom-data")
    _, text = inspect(path, "--overlay", "--json")
    assert json.loads(text)["overlay"] == [
        {"name": "Asc Ao Diam", "value": 3.3, "unit": "cm"},
        {"name": "Asc Ao Index", "value": 2.0, "unit": None},
    ]
