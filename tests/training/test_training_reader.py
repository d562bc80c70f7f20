"""Training of the reader: it learns view, mask and landmark at once, resumes to the same bits, says where it starts."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from ring_hearts import write_ring_hearts

from echovlm.clinical import Landmark, Structure
from echovlm.dataset import EchoGround, Split
from echovlm.models import load_reader
from echovlm.training import TrainingError, finetune, parse_recipe

TEXT = """
task = "view+segmentation+landmarks"
decoder_width = 8
imagenet = {imagenet}
{more}
[backbone]
name = "test_efficientnet"
[preprocessing]
image_size_px = 48
use_spacing = false
n_frames = 1
mean = 0.5
deviation = 0.5
[optimisation]
steps = {steps}
batch_size = 16
learning_rate = 6e-3
threads = 1
save_every_steps = 4
[restyling]
rotation_deg = 5.0
elastic_frac = 0.02
refan_share = 0.0
effect_share = 0.05
gamma_frac = 0.2
gain_frac = 0.2
shade_frac = 0.1
"""


def recipe(*, steps, imagenet="false", more=""):
    return parse_recipe(TEXT.format(steps=steps, imagenet=imagenet, more=more), source="test")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return write_ring_hearts(tmp_path_factory.mktemp("rings") / "dataset")


def test_a_reader_learns_view_mask_and_landmark_at_once(dataset, tmp_path):
    loaded = load_reader(finetune(dataset, tmp_path, recipe(steps=80), checkpoint=None))
    ground = EchoGround.open(dataset)
    right, dice, off_px = [], [], []
    for row in ground.rows(Split.TEST):
        frames = ground.read_frames(row, [0])
        said = loaded.model.predict(loaded.preprocessing(frames, row.spacing_mm))
        prob = said.mean_view_prob()
        right.append(max(prob, key=lambda view: prob[view]) is row.view)
        drawn, true = said.dense.masks[0] == Structure.LV, ground.read_masks(row)[0] == Structure.LV
        dice.append(2 * (drawn & true).sum() / (drawn.sum() + true.sum()))
        point = next(p for p in row.landmarks if p.landmark is Landmark.PW_LV_SIDE)
        off_px.append(np.hypot(*(said.dense.point_xy_px(Landmark.PW_LV_SIDE)[0] - (point.x_px, point.y_px))))
    assert np.mean(right) > 0.8
    assert np.mean(dice) > 0.8
    assert np.mean(off_px) < 6
    assert loaded.metadata["start"] == "random weights"
    assert loaded.metadata["simulated"] is True


def test_a_run_that_was_stopped_ends_in_the_same_weights(dataset, tmp_path):
    def stop(done, _all):
        if done == 6:
            raise KeyboardInterrupt

    whole = finetune(dataset, tmp_path / "whole", recipe(steps=8), checkpoint=None)
    with pytest.raises(KeyboardInterrupt):
        finetune(dataset, tmp_path / "cut", recipe(steps=8), checkpoint=None, on_step=stop)
    resumed = finetune(dataset, tmp_path / "cut", recipe(steps=8), checkpoint=None)
    assert whole.read_bytes() == resumed.read_bytes()


def test_a_backbone_without_shipped_weights_says_that_it_starts_from_nothing(dataset, tmp_path):
    with pytest.warns(UserWarning, match="starts from random weights"):
        path = finetune(dataset, tmp_path, recipe(steps=2, imagenet="true"), checkpoint=None)
    assert load_reader(path).metadata["start"] == "random weights"


def test_a_reader_goes_on_from_an_earlier_one_of_its_own_size(dataset, tmp_path):
    first = finetune(dataset, tmp_path / "first", recipe(steps=8), checkpoint=None)
    goes_on = recipe(steps=2, more="from_checkpoint = true")
    second = load_reader(finetune(dataset, tmp_path / "second", goes_on, checkpoint=first))
    assert second.metadata["start"] == "an earlier reader"
    frozen = "backbone.body.conv_stem.weight"
    before, after = load_reader(first).model.state_dict()[frozen], second.model.state_dict()[frozen]
    assert torch.equal(before, after)
    wider = replace(goes_on, decoder_width=4)
    with pytest.raises(TrainingError, match="decoder_width"):
        finetune(dataset, tmp_path / "third", wider, checkpoint=first)


def test_a_reader_does_not_start_from_a_dual_encoder(dataset, tmp_path):
    with pytest.raises(TrainingError, match="starts anew"):
        finetune(dataset, tmp_path, recipe(steps=2), checkpoint=tmp_path / "dual.safetensors")


def test_training_leaves_the_callers_random_numbers_alone(dataset, tmp_path):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    finetune(dataset, tmp_path, recipe(steps=2), checkpoint=None)
    assert torch.equal(before, torch.get_rng_state())
