"""Every help text ends with an example, and every example runs."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from echovlm.cli import app

ECHOVLM = Path(sys.executable).parent / "echovlm"
# Each example works on what the ones before it made.
IN_ORDER = (
    "simulate", "inspect", "deidentify", "curate", "pretrain", "finetune", "tasks", "evaluate", "compare", "cohort",
    "interpret", "demo", "ablate", "export", "push",
)  # fmt: skip


ASKS_A_SERVER = "rewrite"  # run on loopback by tests/reports/test_reports_rewriting.py


def example_of(command: str) -> list[str]:
    text = CliRunner().invoke(app, [command, "--help"], terminal_width=200).output
    found = re.search(r"Example:\s*\n\s*echovlm (?P<line>(?:.*\\\n)*.*)\n", text)
    assert found, f"`echovlm {command} --help` has no example"
    return shlex.split(found["line"].replace("\\\n", " "))


def test_every_command_is_in_the_chain():
    assert {command.name or command.callback.__name__ for command in app.registered_commands} == {
        *IN_ORDER,
        ASKS_A_SERVER,
    }


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_example_of_every_help_text_runs(tmp_path):
    for command in IN_ORDER:
        arguments = example_of(command)
        done = subprocess.run(
            [ECHOVLM, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
        assert done.stdout.strip(), f"{command} printed no result"
        assert "Traceback" not in done.stderr
    assert (tmp_path / "runs/tiny/results.json").exists()
    for name in ("simulated", "real"):
        assert (tmp_path / "runs/tiny/reports" / name / "report.html").stat().st_size > 10_000
