"""Batches that are shared by processes, or pass the towers in chunks: the same loss and the same gradient."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from ring_hearts import write_ring_hearts
from safetensors.torch import load_file

from echovlm.dataset import EchoGround
from echovlm.training import parse_recipe
from echovlm.training.loop import Surroundings
from echovlm.training.pretrain import _prepare, pretrain

RECIPE = """
task = "pretrain"
[preprocessing]
image_size_px = 32
field_of_view_mm = 150.0
n_frames = 2
[image]
stem_channels = 4
width = 8
{norm}
[text]
n_buckets = 512
width = 16
hidden = 16
[objective]
ranking_weight = 0.2
ladder_weight = 0.2
study_weight = 0.5
pairing = "{pairing}"
[sampling]
runs_of = "study"
[optimisation]
batch_size = {batch}
chunk_size = {chunk}
threads = 1
steps = {steps}
learning_rate = 1e-3
"""


def recipe_text(*, batch=14, chunk=1024, steps=3, pairing="softmax", norm=""):
    return RECIPE.format(batch=batch, chunk=chunk, steps=steps, pairing=pairing, norm=norm)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return write_ring_hearts(tmp_path_factory.mktemp("rings") / "dataset", train=40, test=4, masked=False)


def loss_and_gradients(dataset, text):
    recipe = parse_recipe(text, source="test")
    model, run = _prepare(EchoGround.open(dataset), recipe, Surroundings())
    model.train()
    torch.manual_seed(0)
    loss = run.step_loss(0)
    torch.stack(list(loss.terms.values())).sum().backward()
    loss.carry_on()
    values = {name: float(term.detach()) for name, term in loss.terms.items()}
    buffers = {name: b.clone() for name, b in model.named_buffers()}
    return values, {n: p.grad for n, p in model.named_parameters() if p.grad is not None}, buffers


@pytest.mark.parametrize("pairing", ["softmax", "sigmoid"])
def test_a_batch_in_chunks_has_the_loss_and_the_gradient_of_the_whole(dataset, pairing):
    norm = 'norm = "group"'
    whole = loss_and_gradients(dataset, recipe_text(pairing=pairing, norm=norm))
    parts = loss_and_gradients(dataset, recipe_text(pairing=pairing, norm=norm, chunk=4))
    assert parts[0] == pytest.approx(whole[0], abs=1e-5)
    assert parts[1].keys() == whole[1].keys()
    for name, gradient in whole[1].items():
        torch.testing.assert_close(parts[1][name], gradient, atol=1e-5, rtol=1e-4, msg=name)


def test_two_passes_over_a_chunk_move_running_statistics_once(dataset):
    *_, buffers = loss_and_gradients(dataset, recipe_text(chunk=4))
    counts = [b for name, b in buffers.items() if name.endswith("num_batches_tracked")]
    assert counts
    assert {int(count) for count in counts} == {4}  # 14 clips are four chunks, each counted once
    means = [b for name, b in buffers.items() if name.endswith("running_mean")]
    assert all(float(mean.abs().max()) > 0 for mean in means)


def torchrun(n_processes, *arguments):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone",
               f"--nproc-per-node={n_processes}", str(Path(__file__).with_name("gloo_agreement.py"))]  # fmt: skip
    paths = os.pathsep.join([p for p in sys.path if p])
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": paths}
    done = subprocess.run(
        [*command, *map(str, arguments)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.parametrize("chunk", [1024, 4], ids=["whole", "in chunks"])
def test_two_processes_have_the_loss_and_the_gradient_of_one(dataset, tmp_path, chunk):
    """Batch normalisation, an odd split of 15 clips, studies and texts shared by both."""
    text = recipe_text(batch=15, chunk=chunk, steps=1, norm='norm = "group"' if chunk == 4 else "")
    path = tmp_path / "recipe.toml"
    path.write_text(text + "clip_norm = 1e9\n")
    pretrain(dataset, tmp_path / "alone", parse_recipe(path.read_text(), source="test"))
    torchrun(2, dataset, tmp_path / "shared", path)
    curves = [
        np.loadtxt(tmp_path / name / "loss.csv", delimiter=",", skiprows=1) for name in ("alone", "shared")
    ]
    np.testing.assert_allclose(curves[1], curves[0], atol=1e-5)
    one, two = (load_file(tmp_path / name / "state.safetensors") for name in ("alone", "shared"))
    moments = [name for name in one if name.endswith("exp_avg")]
    assert moments
    for name in moments:  # after one unclipped step AdamW's first moment is a tenth of the gradient
        torch.testing.assert_close(two[name] / 0.1, one[name] / 0.1, atol=1e-5, rtol=1e-4, msg=name)
    running = [name for name in one if name.endswith(("running_mean", "running_var"))]
    assert bool(running) is (chunk == 1024)
    for name in running:
        torch.testing.assert_close(two[name], one[name], atol=1e-5, rtol=1e-4, msg=name)
