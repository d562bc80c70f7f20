"""Bad input gets one clear sentence, the right exit code, and loses nothing else."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file

ECHOVLM = Path(sys.executable).parent / "echovlm"
REAL_CINE = Path(str(get_testdata_file("examples_ybr_color.dcm", download=False)))


def run(*arguments, cwd):
    done = subprocess.run(
        [ECHOVLM, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def one_sentence(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if not line.startswith(("Usage:", "Try '"))]
    assert lines, "said nothing"
    return lines[-1]


@pytest.mark.parametrize("command", ["inspect", "interpret", "curate"])
def test_a_path_that_does_not_exist_is_named(command, tmp_path):
    extra = {"curate": [tmp_path / "out"], "inspect": [], "interpret": ["--checkpoint", REAL_CINE]}[command]
    done = run(command, tmp_path / "nowhere", *extra, cwd=tmp_path)
    assert done.returncode in (1, 2)
    assert "nowhere" in one_sentence(done.stderr)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["inspect", "curate"])
def test_an_empty_folder_is_said_to_be_empty(command, tmp_path):
    (tmp_path / "empty").mkdir()
    done = run(
        command, tmp_path / "empty", *([tmp_path / "out"] if command == "curate" else []), cwd=tmp_path
    )
    assert done.returncode == 1
    assert "empty" in one_sentence(done.stderr)


def test_one_bad_file_does_not_stop_the_others(tmp_path):
    folder = tmp_path / "study"
    folder.mkdir()
    shutil.copy(REAL_CINE, folder / "good.dcm")
    (folder / "text.dcm").write_text("not a DICOM file at all\n" * 20)
    (folder / "cut.dcm").write_bytes(REAL_CINE.read_bytes()[:20_000])
    done = run("inspect", folder, "--json", cwd=tmp_path)
    assert done.returncode == 0
    assert len([json.loads(line) for line in done.stdout.splitlines()]) == 1
    assert "text.dcm" in done.stderr
    assert "cut.dcm" in done.stderr


def test_a_text_file_named_dcm_fails_alone(tmp_path):
    (tmp_path / "notes.dcm").write_text("dear colleague")
    done = run("inspect", tmp_path / "notes.dcm", cwd=tmp_path)
    assert done.returncode == 1
    assert "notes.dcm" in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_without_permission_is_skipped_with_its_reason(tmp_path):
    folder = tmp_path / "study"
    (folder / "locked").mkdir(parents=True)
    shutil.copy(REAL_CINE, folder / "good.dcm")
    (folder / "locked").chmod(0)
    try:
        done = run("inspect", folder, cwd=tmp_path)
    finally:
        (folder / "locked").chmod(0o755)
    assert done.returncode == 0
    assert "locked" in done.stderr


def test_a_file_that_is_no_checkpoint_is_refused_by_name(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"\x10\x00\x00\x00\x00\x00\x00\x00 {not json}      ")
    done = run(
        "interpret",
        REAL_CINE,
        "--checkpoint",
        "model.safetensors",
        "--dense",
        "model.safetensors",
        cwd=tmp_path,
    )
    assert done.returncode in (1, 2)
    assert "model.safetensors" in one_sentence(done.stderr)


def test_a_recipe_with_an_unknown_key_names_the_nearest_known_one(tmp_path):
    (tmp_path / "mine.toml").write_text('task = "pretrain"\n[optimisation]\nstep = 3\n')
    done = run("pretrain", tmp_path, tmp_path / "out", "--recipe", "mine.toml", cwd=tmp_path)
    assert done.returncode in (1, 2)
    assert "steps" in one_sentence(done.stderr)


def test_an_unknown_recipe_lists_the_known_ones(tmp_path):
    done = run("pretrain", tmp_path, tmp_path / "out", "--recipe", "dmeo", cwd=tmp_path)
    assert done.returncode in (1, 2)
    assert "demo" in one_sentence(done.stderr)


def test_a_file_where_the_output_folder_should_be_is_named(tmp_path):
    (tmp_path / "out").write_text("here first")
    done = run("simulate", "out", "--patients", 1, "--frames", 2, cwd=tmp_path)
    assert done.returncode == 1
    assert "out" in one_sentence(done.stderr)
    assert (tmp_path / "out").read_text() == "here first"


def test_a_binary_recipe_is_refused_in_words(tmp_path):
    (tmp_path / "mine.toml").write_bytes(b"\xff\xfe\x00task")
    done = run("pretrain", tmp_path, tmp_path / "out", "--recipe", "mine.toml", cwd=tmp_path)
    assert done.returncode == 1
    assert "mine.toml is no UTF-8 text" in one_sentence(done.stderr)


@pytest.mark.parametrize("line", ["learning_rate = nan", "steps = 0", "batch_size = 1"])
def test_a_recipe_value_that_cannot_be_is_named(tmp_path, line):
    (tmp_path / "mine.toml").write_text(f'task = "pretrain"\n[optimisation]\n{line}\n')
    done = run("pretrain", tmp_path, tmp_path / "out", "--recipe", "mine.toml", cwd=tmp_path)
    assert done.returncode == 1
    assert line.split()[0] in one_sentence(done.stderr)


def test_a_task_glob_without_a_task_is_refused(tmp_path):
    done = run("tasks", "zeroshot*", cwd=tmp_path)
    assert done.returncode == 2
    assert "zeroshot*" in done.stderr


def test_a_checkpoint_that_the_recipe_would_ignore_is_refused(tmp_path):
    done = run("finetune", tmp_path, "out", "--recipe", "dense-tiny", "--checkpoint", "pre", cwd=tmp_path)
    assert done.returncode == 1
    assert "pre" in one_sentence(done.stderr)


def test_ctrl_c_says_one_line(tmp_path):
    command = [ECHOVLM, "simulate", "out", "--patients", "50", "--workers", "1"]
    running = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "out").exists():
        time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    said = running.communicate(timeout=60)[1]
    assert running.returncode == 130
    assert "Traceback" not in said
    assert "run the same command again" in one_sentence(said)


DROPPED = """
import ctypes, signal, time
from echovlm.cli.interrupt import Interrupts

interrupts = Interrupts()
interrupts.watch()
called_from_c = ctypes.CFUNCTYPE(None)(lambda: signal.raise_signal(signal.SIGINT))
try:
    called_from_c()  # Python drops what a callback raises
    time.sleep(30)
except KeyboardInterrupt:
    print("interrupted", interrupts.came)
"""


def test_ctrl_c_in_code_called_from_c_is_not_lost_and_says_nothing_by_itself():
    done = subprocess.run([sys.executable, "-c", DROPPED], capture_output=True, text=True, check=False)
    assert done.stdout == "interrupted True\n"
    assert not done.stderr
