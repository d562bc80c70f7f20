"""`echovlm dataset` tells, checks, shows and merges; its examples run."""

import json
import re
import shlex
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from echovlm.cli import app
from echovlm.cli.dataset import dataset

sys.path.append(str(Path(__file__).parents[1] / "dataset"))
from test_dataset_roundtrip import entry, write


@pytest.fixture
def example(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(Path("runs/example/dataset"), [entry(1), entry(2)])
    write(Path("runs/example/other"), [entry(3, patient_id="other", clip_id="c3")])
    return Path("runs/example/dataset")


def run(*arguments):
    return CliRunner().invoke(app, ["dataset", *map(str, arguments)], terminal_width=200)


@pytest.mark.parametrize("command", [command.callback.__name__ for command in dataset.registered_commands])
def test_the_example_of_every_help_text_runs(example, command):
    found = re.search(r"Example:\s*\n\s*echovlm (?P<line>.*)\n", run(command, "--help").output)
    assert found, f"`echovlm dataset {command} --help` has no example"
    done = CliRunner().invoke(app, shlex.split(found["line"]))
    assert done.exit_code == 0, done.output
    assert done.stdout.strip()


def test_info_counts_and_says_what_it_is(example):
    text = run("info", example).stdout
    assert "SIMULATED" in text
    assert re.search(r"clips +2 +0 +0\n", text)
    assert re.search(r"lv_dilated present +2 +0 +0\n", text)
    assert json.loads(run("info", example, "--json").stdout)["clips"]["train"] == 2


def test_verify_exits_with_1_and_names_the_file(example):
    (example / "shards/train-000000.tar").write_bytes(b"")
    done = run("verify", example, "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout.splitlines()[0])["name"] == "shards/train-000000.tar"


def test_the_page_holds_image_caption_value_and_source_of_a_clip(example):
    run("sample", example, "page.html", "--clips", 1)
    html = Path("page.html").read_text()
    for words in (
        "Simulated studies: no patient data", "Dilated. LVIDd is 6.2 cm.", "6.2 cm", "false: Normal.",
        "structured-measurement.csv row 2", "(rule lvidd)", "data:image/jpeg;base64,/9j/",
    ):  # fmt: skip
        assert words in html
    assert html.count("<article") == 1
    assert not re.search(r"(?:src|href)=\"(?!data:)", html), "needs no other file"


def test_a_page_is_not_replaced_unasked(example):
    Path("page.html").write_text("mine")
    assert run("sample", example, "page.html").exit_code == 2
    assert Path("page.html").read_text() == "mine"
    assert run("sample", example, "page.html", "--force").exit_code == 0


def test_merge_needs_two_datasets_and_a_place(example):
    assert run("merge", example, "out").exit_code == 2
