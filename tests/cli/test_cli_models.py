"""`export`, `push` and `ablate`: bad input gets one sentence and writes nothing; a hub of loopback takes a model."""

import sys
from pathlib import Path

import pytest
import torch

from echovlm.cli import main
from echovlm.models import (
    DenseConfig,
    DenseModel,
    EchoVLM,
    EchoVLMConfig,
    ImageTowerConfig,
    Preprocessing,
    TextTowerConfig,
    load,
    save_checkpoint,
)

sys.path.append(str(Path(__file__).parents[1] / "models"))
from loopback_hub import LoopbackHub

IMAGE = ImageTowerConfig(stem_channels=4, width=8)


@pytest.fixture
def dual(tmp_path):
    torch.manual_seed(0)
    model = EchoVLM(EchoVLMConfig(image=IMAGE, text=TextTowerConfig(n_buckets=64), embedding_dim=8))
    save_checkpoint(tmp_path / "dual.safetensors", model, Preprocessing(image_size_px=32, n_frames=2), {})
    return tmp_path / "dual.safetensors"


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Run a command line in this process; return its exit code, and what it said on both streams."""
    monkeypatch.chdir(tmp_path)

    def go(*arguments):
        monkeypatch.setattr(sys, "argv", ["echovlm", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return ended.value.code, said.out, said.err.strip()

    return go


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("export", "nowhere.safetensors", "out"), 1, "nowhere.safetensors"),
        (("export", "nowhere.safetensors", "out", "--format", "hub"), 1, "nowhere.safetensors"),
        (("export", "dual.safetensors", "out", "--format", "hub", "--results", "no.json"), 1, "no.json"),
        (("export", "dual.safetensors", "out", "--format", "pickle"), 2, "'onnx', 'hub'"),
        (("push", "nowhere.safetensors", "lab/echo"), 1, "nowhere.safetensors"),
        (("push", "dual.safetensors", "no owner"), 1, "owner/name"),
        (("ablate", "nowhere", "out"), 1, "nowhere"),
        (("ablate", "nowhere", "out", "--study", "nonsense"), 1, "known: objectives, tiny"),
        (("ablate", "nowhere", "out", "--seeds", "one"), 2, "no list of whole numbers"),
        (("ablate", "nowhere", "out", "--also", "name"), 2, "NAME=DATASET"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_nothing_is_written(
    dual, run, tmp_path, arguments, code, said
):
    ended, _, complaint = run(*arguments)
    assert ended == code
    assert said in complaint.splitlines()[-1]
    assert not (tmp_path / "out").exists()
    assert [path.name for path in tmp_path.glob("*.safetensors")] == ["dual.safetensors"]


def test_only_a_dual_encoder_becomes_onnx(run, tmp_path):
    model = DenseModel(DenseConfig(image=IMAGE, decoder_width=4))
    save_checkpoint(tmp_path / "dense.safetensors", model, Preprocessing(image_size_px=32), {})
    code, _, complaint = run("export", "dense.safetensors", "out")
    assert (code, "no dual encoder" in complaint) == (1, True)


def test_a_model_is_pushed_private_with_its_card(dual, run, tmp_path, monkeypatch):
    pytest.importorskip("huggingface_hub", reason="needs the huggingface extra")
    monkeypatch.setenv("HF_TOKEN", "hf_x")
    with LoopbackHub() as hub:
        code, said, _ = run("push", dual, "lab/echo", "--folder", "up", "--endpoint", hub.endpoint)
        assert (code, said.split()[0]) == (0, "lab/echo")
        assert hub.private["lab/echo"]
        assert "Not for diagnosis" in hub.repos["lab/echo"][0]["README.md"].decode()
    assert isinstance(load(tmp_path / "up").model, EchoVLM)
