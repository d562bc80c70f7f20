"""Training on a GPU: what a CPU gives but for its rounding, which steps add up. Skipped where there is none."""

import numpy as np
import pytest
import torch
from ring_hearts import write_ring_hearts

from echovlm.models import load_dense, load_echovlm, load_findings, load_reader
from echovlm.training import (
    Augmentation,
    Surroundings,
    TrainingError,
    World,
    finetune,
    parse_recipe,
    pretrain,
)
from echovlm.training.variation import draw_variation

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU is ready here")
SIZE = 32
SMALL = """
[preprocessing]
image_size_px = 64
n_frames = 2
[optimisation]
steps = 6
batch_size = 16
save_every_steps = 2
"""
TOWER = SMALL + "[image]\nwidth = 8\n"


def recipe(task, top="", rest=TOWER):
    return parse_recipe(f'task = "{task}"\n{top}\n{rest}', source="test")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return write_ring_hearts(tmp_path_factory.mktemp("rings") / "dataset", train=24, test=4)


@pytest.fixture
def gpu():
    return World(device=torch.device("cuda", 0))


def losses(folder):
    return np.loadtxt(folder / "loss.csv", delimiter=",", skiprows=1)[:, 1]


def test_clips_vary_alike_on_both():
    frames = torch.from_numpy(
        np.random.default_rng(0).integers(0, 256, (5, 3, 3, SIZE, SIZE)).astype(np.uint8)
    )
    variation = draw_variation(
        np.array([False, True, False, False, True]), Augmentation(), n_frames=3, size_px=SIZE,
        generator=np.random.default_rng(1),
    )  # fmt: skip
    torch.testing.assert_close(
        variation.apply(frames.cuda()).cpu(), variation.apply(frames), rtol=0, atol=0.02
    )


def test_pretraining_follows_the_same_curve_and_its_checkpoint_loads_on_a_cpu(dataset, tmp_path, gpu):
    chosen = recipe("pretrain")
    pretrain(dataset, tmp_path / "cpu", chosen)
    path = pretrain(dataset, tmp_path / "gpu", chosen, around=Surroundings(gpu))
    on_gpu, on_cpu = losses(tmp_path / "gpu"), losses(tmp_path / "cpu")
    np.testing.assert_allclose(on_gpu[0], on_cpu[0], rtol=1e-3)
    np.testing.assert_allclose(on_gpu, on_cpu, rtol=0.05)
    loaded = load_echovlm(path)
    assert loaded.model.temperature.device.type == "cpu"
    assert loaded.metadata["device"] == torch.cuda.get_device_name()


def test_a_run_that_stopped_goes_on_there(dataset, tmp_path, gpu):
    chosen = recipe("pretrain")

    def stop(done, _all):
        if done == 4:
            raise KeyboardInterrupt

    pretrain(dataset, tmp_path / "whole", chosen, around=Surroundings(gpu))
    with pytest.raises(KeyboardInterrupt):
        pretrain(dataset, tmp_path / "cut", chosen, around=Surroundings(gpu, on_step=stop))
    pretrain(dataset, tmp_path / "cut", chosen, around=Surroundings(gpu))
    np.testing.assert_allclose(losses(tmp_path / "cut"), losses(tmp_path / "whole"), rtol=1e-4)


def test_a_head_that_stopped_goes_on_there(dataset, tmp_path, gpu):
    chosen = recipe("findings")

    def stop(done, _all):
        if done == 4:
            raise KeyboardInterrupt

    finetune(dataset, tmp_path / "whole", chosen, checkpoint=None, world=gpu)
    with pytest.raises(KeyboardInterrupt):
        finetune(dataset, tmp_path / "cut", chosen, checkpoint=None, world=gpu, on_step=stop)
    finetune(dataset, tmp_path / "cut", chosen, checkpoint=None, world=gpu)
    np.testing.assert_allclose(losses(tmp_path / "cut"), losses(tmp_path / "whole"), rtol=1e-4)


def test_a_batch_that_its_memory_cannot_hold_is_refused_in_one_sentence(dataset, tmp_path, gpu):
    free_bytes, _ = torch.cuda.mem_get_info()
    filled = torch.empty(free_bytes - 2**29, dtype=torch.uint8, device="cuda")
    large = SMALL.replace("= 16", "= 32").replace("= 64", "= 1024")
    try:
        with pytest.raises(TrainingError, match="the GPU has too little memory for step 0"):
            pretrain(dataset, tmp_path / "out", recipe("pretrain", rest=large), around=Surroundings(gpu))
    finally:
        del filled
        torch.cuda.empty_cache()


@pytest.mark.parametrize(
    ("chosen", "load"),
    [
        (recipe("segmentation+landmarks", "decoder_width = 8"), load_dense),
        (recipe("findings"), load_findings),
        (recipe("view+segmentation+landmarks", "imagenet = false", SMALL), load_reader),
    ],
)
def test_every_head_is_taught_there_as_on_a_cpu(dataset, tmp_path, gpu, chosen, load):
    finetune(dataset, tmp_path / "cpu", chosen, checkpoint=None)
    path = finetune(dataset, tmp_path / "gpu", chosen, checkpoint=None, world=gpu)
    np.testing.assert_allclose(losses(tmp_path / "gpu")[0], losses(tmp_path / "cpu")[0], rtol=5e-3)
    assert all(parameter.device.type == "cpu" for parameter in load(path).model.parameters())
