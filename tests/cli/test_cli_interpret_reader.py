"""Which models `echovlm interpret` reads with: what was named, and the package's reader where nothing was."""

import pytest
import typer
from typer.testing import CliRunner

from echovlm.cli import app
from echovlm.models import embedded_model, embedded_outlines, embedded_reader

EMBEDDED = "the package's"


@pytest.fixture
def models_of(tmp_path, monkeypatch):
    """Return a function from options to the dense model and the reader that the interpretation is given."""
    for name in ("clip.mp4", "echovlm.safetensors", "dense.safetensors", "own.safetensors"):
        (tmp_path / name).touch()
    given = {}

    def spy(path, out, **models):
        given.update(models)
        raise typer.Exit

    monkeypatch.setattr("echovlm.interpretation.interpret", spy)

    def run(*options):
        placed = [str(tmp_path / o) if o.endswith(".safetensors") else o for o in options]
        fixed = [
            "interpret",
            str(tmp_path / "clip.mp4"),
            "--checkpoint",
            str(tmp_path / "echovlm.safetensors"),
        ]
        answer = CliRunner().invoke(app, [*fixed, *placed])
        assert answer.exit_code == 0, answer.output
        names = {embedded_reader(): EMBEDDED, None: None}
        return tuple(names.get(path, path and path.name) for path in (given["dense"], given["reader"]))

    return run


@pytest.mark.parametrize(
    ("options", "dense", "reader"),
    [
        ([], "dense.safetensors", EMBEDDED),
        (["--reader", "none"], "dense.safetensors", None),
        (["--reader", "own.safetensors"], None, "own.safetensors"),
        (["--dense", "own.safetensors"], "own.safetensors", None),
        (
            ["--dense", "dense.safetensors", "--reader", "own.safetensors"],
            "dense.safetensors",
            "own.safetensors",
        ),
    ],
)
def test_what_was_named_is_used_and_the_package_s_reader_fills_in(models_of, options, dense, reader):
    assert models_of(*options) == (dense, reader)


def test_without_any_tracer_beside_the_checkpoint_the_package_s_reader_traces(models_of, tmp_path):
    (tmp_path / "dense.safetensors").unlink()
    assert models_of() == (None, EMBEDDED)


def test_a_reader_that_does_not_exist_is_named(tmp_path):
    (tmp_path / "clip.mp4").touch()
    (tmp_path / "echovlm.safetensors").touch()
    options = ["--checkpoint", str(tmp_path / "echovlm.safetensors"), "--reader", "nowhere.safetensors"]
    answer = CliRunner().invoke(app, ["interpret", str(tmp_path / "clip.mp4"), *options])
    assert answer.exit_code == 2
    assert "nowhere.safetensors" in answer.output


def test_right_after_installation_the_models_of_the_package_read(tmp_path, monkeypatch):
    given = {}

    def spy(path, out, **models):
        given.update(models)
        raise typer.Exit

    monkeypatch.setattr("echovlm.interpretation.interpret", spy)
    (tmp_path / "clip.mp4").touch()
    assert CliRunner().invoke(app, ["interpret", str(tmp_path / "clip.mp4")]).exit_code == 0
    assert (given["checkpoint"], given["dense"]) == (embedded_model(), embedded_outlines())
    assert given["reader"] == embedded_reader()
