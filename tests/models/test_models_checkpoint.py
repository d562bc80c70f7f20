"""The checkpoint: the same answers after reading, and one clear error for every wrong file."""

import json

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from echovlm.models import (
    CheckpointError,
    DenseConfig,
    DenseModel,
    EchoVLM,
    EchoVLMConfig,
    FindingsConfig,
    FindingsModel,
    ImageTowerConfig,
    Preprocessing,
    TextTowerConfig,
    load_checkpoint,
    load_dense,
    load_echovlm,
    load_findings,
    save_checkpoint,
)

IMAGE = ImageTowerConfig(stem_channels=4, width=8, blocks_per_stage=2)
PRE = Preprocessing(image_size_px=32, n_frames=2)


def make(kind):
    torch.manual_seed(3)
    if kind is EchoVLM:
        text = TextTowerConfig(n_buckets=64, width=8, hidden=8)
        return EchoVLM(EchoVLMConfig(image=IMAGE, text=text, embedding_dim=8))
    if kind is DenseModel:
        return DenseModel(DenseConfig(image=IMAGE, decoder_width=4))
    return FindingsModel(FindingsConfig(image=IMAGE))


LOADERS = [(EchoVLM, load_echovlm), (DenseModel, load_dense), (FindingsModel, load_findings)]


@pytest.mark.parametrize(("kind", "load"), LOADERS)
def test_a_model_answers_the_same_after_reading(tmp_path, kind, load):
    model, path = make(kind).eval(), tmp_path / "model.safetensors"
    save_checkpoint(path, model, PRE, {"seed": 3})
    loaded = load(path)
    assert type(loaded.model) is kind
    assert loaded.model.config == model.config
    assert loaded.preprocessing == PRE
    assert loaded.metadata == {"seed": 3}
    assert not loaded.model.training
    frames = torch.randn(2, 2, 1, 32, 32)
    with torch.no_grad():
        for answer in ("encode_clip", "predict_prob"):
            if hasattr(model, answer):
                assert torch.equal(getattr(loaded.model, answer)(frames), getattr(model, answer)(frames))
    if isinstance(model, DenseModel):
        assert (loaded.model.predict(frames[0]).masks == model.predict(frames[0]).masks).all()


def test_equal_models_are_equal_bytes_and_no_temporary_file_stays(tmp_path):
    for name in ("a", "b"):
        save_checkpoint(tmp_path / name, make(EchoVLM), PRE, {"x": 1, "y": 2})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b"]


def test_reading_draws_no_random_number(tmp_path):
    save_checkpoint(tmp_path / "a", make(DenseModel), PRE, {})
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    load_checkpoint(tmp_path / "a")
    assert torch.equal(torch.rand(1), expected)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_weights_kept_in_a_gpus_precision_run_on_a_cpu_in_float32(tmp_path, dtype):
    model = make(EchoVLM).to(dtype)
    model.image_tower.to(memory_format=torch.channels_last)
    save_checkpoint(tmp_path / "a", model, PRE, {})
    loaded = load_echovlm(tmp_path / "a").model
    for name, tensor in model.state_dict().items():
        back = loaded.state_dict()[name]
        assert back.device.type == "cpu"
        assert back.dtype == (torch.float32 if tensor.is_floating_point() else tensor.dtype)
        assert torch.equal(back, tensor.to(back.dtype)), name
    assert loaded.encode_clip(torch.zeros(1, 2, 1, 32, 32)).dtype == torch.float32


@pytest.mark.parametrize(("kind", "load"), LOADERS)
def test_another_kind_of_model_is_refused_by_name(tmp_path, kind, load):
    path = tmp_path / "model.safetensors"
    other = DenseModel if kind is not DenseModel else FindingsModel
    save_checkpoint(path, make(other), PRE, {})
    with pytest.raises(CheckpointError, match="is needed here"):
        load(path)


def test_wrong_files_get_one_sentence_that_names_them(tmp_path):
    good = tmp_path / "good.safetensors"
    save_checkpoint(good, make(EchoVLM), PRE, {})
    cases = {
        "missing.safetensors": None,
        "text.safetensors": b"this is no checkpoint",
        "empty.safetensors": b"",
        "cut.safetensors": good.read_bytes()[:-100],
    }
    for name, data in cases.items():
        if data is not None:
            (tmp_path / name).write_bytes(data)
        with pytest.raises(CheckpointError, match=name):
            load_checkpoint(tmp_path / name)
    save_file({"x": torch.zeros(1)}, tmp_path / "foreign.safetensors")
    with pytest.raises(CheckpointError, match="without an echovlm header"):
        load_checkpoint(tmp_path / "foreign.safetensors")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("format_version", 99, "format 99"),
        ("kind", "oracle", "oracle"),
        ("config", {"image": {}}, "does not fit"),
    ],
)
def test_a_header_of_another_version_is_refused(tmp_path, key, value, said):
    path = tmp_path / "model.safetensors"
    save_checkpoint(path, make(EchoVLM), PRE, {})
    with safe_open(path, framework="pt") as file:
        header = json.loads(file.metadata()["echovlm"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    save_file(tensors, path, {"echovlm": json.dumps(header | {key: value})})
    with pytest.raises(CheckpointError, match=said):
        load_checkpoint(path)
