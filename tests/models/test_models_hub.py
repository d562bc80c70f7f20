"""Models go to a hub and come back as the same bytes; whatever cannot be found is one sentence."""

import subprocess
import sys
from functools import partial

import pytest
import torch
from loopback_hub import LoopbackHub

import echovlm
from echovlm.models import (
    CheckpointError,
    DenseConfig,
    DenseModel,
    EchoVLM,
    EchoVLMConfig,
    ImageTowerConfig,
    Preprocessing,
    TextTowerConfig,
    fetch_from_hub,
    push_to_hub,
    put_metrics,
    read_header,
    save_checkpoint,
)
from echovlm.models.card import render_model_card
from echovlm.models.checkpoint import _KIND

PRE = Preprocessing(image_size_px=32, n_frames=2)
IMAGE = ImageTowerConfig(stem_channels=4, width=8)
FACTS = {
    "simulated": True, "steps": 7, "dataset_sha256": "d" * 64, "code_sha256": {"models": "c" * 64},
    "versions": {"torch": "2"},
}  # fmt: skip
METRICS = {
    "split": "test", "patients": 12,
    "figures": {"zero-shot/macro auroc": {"value": 0.912, "low": 0.88, "high": 0.94, "chance": 0.5, "n_patients": 12}},
}  # fmt: skip


def save(path, *, seed=3, kind=EchoVLM):
    torch.manual_seed(seed)
    text = TextTowerConfig(n_buckets=64, width=8, hidden=8)
    config = EchoVLMConfig(image=IMAGE, text=text, embedding_dim=8)
    model = EchoVLM(config) if kind is EchoVLM else DenseModel(DenseConfig(image=IMAGE, decoder_width=4))
    save_checkpoint(path, model, PRE, FACTS)
    return path


@pytest.fixture(scope="module")
def hub():
    pytest.importorskip("huggingface_hub", reason="needs the huggingface extra")
    with LoopbackHub() as hub:
        yield hub


@pytest.fixture
def asks_loopback(hub, tmp_path, monkeypatch):
    """Let ``echovlm.load`` ask the stand-in, with a cache of its own."""
    ask = partial(fetch_from_hub, endpoint=hub.endpoint, cache=tmp_path / "cache")
    monkeypatch.setattr("echovlm.models.loading.fetch_from_hub", ask)
    return hub


@pytest.fixture
def never_waits(monkeypatch):
    """Let the hub's client try again at once where it would wait."""
    pytest.importorskip("huggingface_hub", reason="needs the huggingface extra")
    monkeypatch.setattr("time.sleep", lambda _seconds: None)


def test_what_goes_up_comes_down_as_the_same_bytes_and_the_same_embeddings(hub, tmp_path):
    path = save(tmp_path / "mine.safetensors")
    push_to_hub(path, "lab/echo-a", folder=tmp_path / "up", endpoint=hub.endpoint, token="hf_secret")
    back = fetch_from_hub("lab/echo-a", endpoint=hub.endpoint, cache=tmp_path / "cache")
    assert back.read_bytes() == path.read_bytes()
    frames = torch.randn(2, 2, 1, 32, 32)
    with torch.no_grad():
        mine, theirs = (echovlm.load(p).model.encode_clip(frames) for p in (path, back))
    assert torch.equal(mine, theirs)
    assert hub.private["lab/echo-a"], "nobody publishes by accident"
    assert "Bearer hf_secret" in hub.tokens


def test_a_second_push_is_a_second_commit_and_the_first_can_still_be_had(hub, tmp_path):
    first, second = save(tmp_path / "first"), save(tmp_path / "second", seed=4)
    oids = [
        push_to_hub(path, "lab/echo-b", folder=tmp_path / "up", endpoint=hub.endpoint, token="hf_x")
        for path in (first, second)
    ]
    assert oids[0] != oids[1]
    for path, revision in ((first, oids[0]), (second, oids[1]), (second, None)):
        back = fetch_from_hub(
            "lab/echo-b", revision=revision, endpoint=hub.endpoint, cache=tmp_path / "cache"
        )
        assert back.read_bytes() == path.read_bytes()


def test_the_card_says_what_was_measured_and_from_what(hub, tmp_path):
    path = save(tmp_path / "mine.safetensors")
    before, up = path.read_bytes(), tmp_path / "up"
    push_to_hub(path, "lab/echo-c", folder=up, metrics=METRICS, endpoint=hub.endpoint, token="hf_x")
    assert path.read_bytes() == before, "what was measured goes into the copy"
    assert echovlm.load(up).metadata["metrics"] == METRICS
    card = hub.repos["lab/echo-c"][-1]["README.md"].decode()
    for said in (
        "0.912 | 0.880 to 0.940 | 0.500",
        "d" * 64,
        "c" * 64,
        "simulated hearts",
        "Not for diagnosis",
    ):
        assert said in card
    assert set(hub.repos["lab/echo-c"][-1]) == {"README.md", "config.json", "echovlm.safetensors"}


def test_every_kind_of_model_has_a_card():
    for kind in _KIND.values():
        card = render_model_card({"kind": kind, "metadata": {}})
        assert f"# EchoVLM, {kind}" in card
        assert "Nothing was measured" in card


def test_metrics_in_the_header_leave_weights_and_the_rest_alone(tmp_path):
    path, untouched = save(tmp_path / "a"), save(tmp_path / "b")
    put_metrics(path, METRICS)
    header = read_header(path)
    assert header["metadata"] == FACTS | {"metrics": METRICS}
    assert {k: v for k, v in header.items() if k != "metadata"} == {
        k: v for k, v in read_header(untouched).items() if k != "metadata"
    }
    ours, theirs = (echovlm.load(p).model.state_dict() for p in (path, untouched))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_load_finds_a_file_a_folder_and_a_model_of_the_hub(asks_loopback, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    path = save(folder / "dense.safetensors", kind=DenseModel)
    (folder / "state.safetensors").write_bytes(b"of a run that goes on")
    assert isinstance(echovlm.load(path).model, DenseModel)
    assert isinstance(echovlm.load(f"{folder}").model, DenseModel)
    dual = save(folder / "echovlm.safetensors")
    assert isinstance(echovlm.load(folder).model, EchoVLM), "our own name comes first"
    push_to_hub(dual, "lab/echo-d", folder=tmp_path / "up", endpoint=asks_loopback.endpoint, token="hf_x")
    loaded = echovlm.load("lab/echo-d")
    assert loaded.preprocessing == PRE
    assert loaded.metadata == FACTS


def test_what_was_fetched_once_needs_no_network(never_waits, tmp_path):
    path = save(tmp_path / "mine.safetensors")
    with LoopbackHub() as passing:
        oid = push_to_hub(path, "lab/echo-e", folder=tmp_path / "up", endpoint=passing.endpoint, token="hf_x")
        fetch_from_hub("lab/echo-e", revision=oid, endpoint=passing.endpoint, cache=tmp_path / "cache")
    again = fetch_from_hub("lab/echo-e", revision=oid, endpoint=passing.endpoint, cache=tmp_path / "cache")
    assert again.read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("lab/nobody-made-this", "there is no file lab/nobody-made-this here, and .*hub"),
        ("runs/nobodys/echovlm.safetensors", "no checkpoint at runs/nobodys"),
        ("/nowhere/at/all", "no checkpoint at /nowhere"),
    ],
)
def test_what_is_nowhere_is_one_sentence(asks_loopback, source, said):
    with pytest.raises(CheckpointError, match=said) as caught:
        echovlm.load(source)
    assert "\n" not in f"{caught.value}"


def test_a_folder_of_two_models_asks_which(tmp_path):
    for name in ("a.safetensors", "b.safetensors"):
        save(tmp_path / name)
    with pytest.raises(CheckpointError, match=r"a\.safetensors, b\.safetensors.*name the file"):
        echovlm.load(tmp_path)


def test_a_revision_of_a_path_and_a_device_that_is_not_there_are_refused(tmp_path):
    path = save(tmp_path / "mine.safetensors")
    with pytest.raises(CheckpointError, match="only the hub has revisions"):
        echovlm.load(path, revision="main")
    with pytest.raises(CheckpointError, match="'nonsense'"):
        echovlm.load(path, device="nonsense")


def test_a_hub_that_does_not_answer_is_one_sentence(never_waits, tmp_path):
    with LoopbackHub() as gone:
        endpoint = gone.endpoint
    path = save(tmp_path / "mine.safetensors")
    for ask in (
        lambda: fetch_from_hub("lab/echo", endpoint=endpoint, cache=tmp_path / "cache"),
        lambda: push_to_hub(path, "lab/echo", folder=tmp_path / "up", endpoint=endpoint, token="hf_x"),
    ):
        with pytest.raises(CheckpointError, match="check the name, the network") as caught:
            ask()
        assert "\n" not in f"{caught.value}"
    with pytest.raises(CheckpointError, match="owner/name"):
        push_to_hub(path, "no owner", folder=tmp_path / "up", endpoint=endpoint)


def test_naming_the_package_imports_neither_torch_nor_the_hub():
    told = "import sys, echovlm; print([m for m in ('torch', 'huggingface_hub') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    with pytest.raises(AttributeError, match="it has: load"):
        _ = echovlm.lode
