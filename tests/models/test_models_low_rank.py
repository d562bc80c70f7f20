"""Adapters and heads: nothing changes before training, little can, and afterwards the tower is plain again."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from echovlm.models import (
    ClipHeadConfig,
    ClipHeadModel,
    DenseConfig,
    DenseModel,
    ImageTowerConfig,
    Preprocessing,
    TimmTowerConfig,
    add_adapters,
    load_clip_head,
    merge_adapters,
    save_checkpoint,
)
from echovlm.models.towers import make_image_tower

SMALL = ImageTowerConfig(stem_channels=4, width=8)


def clips(n=3, side=32):
    return torch.randn(n, 2, 1, side, side, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    "config",
    [SMALL, TimmTowerConfig(name="test_vit", image_size_px=32, temporal_heads=2)],
    ids=["small", "vit"],
)
@torch.no_grad()
def test_an_adapted_tower_starts_as_it_was_and_ends_as_a_plain_one(config):
    torch.manual_seed(0)
    tower = make_image_tower(config).eval()
    before, names = tower(clips()), set(tower.state_dict())
    n_all = sum(p.numel() for p in tower.parameters())
    n_trained = add_adapters(tower, rank=2, scale=4.0)
    assert 0 < n_trained < n_all
    torch.testing.assert_close(tower(clips()), before)
    for name, parameter in tower.named_parameters():
        if name.endswith("up"):
            torch.nn.init.normal_(parameter, std=0.05)
    changed = tower(clips())
    assert (changed - before).abs().max() > 1e-4
    merge_adapters(tower)
    assert tower.state_dict().keys() == names
    torch.testing.assert_close(tower(clips()), changed, atol=1e-5, rtol=1e-4)


@settings(max_examples=15, deadline=None)
@given(rank=st.integers(1, 6), seed=st.integers(0, 2**31))
def test_a_change_has_at_most_its_rank(rank, seed):
    torch.manual_seed(seed)
    layer = torch.nn.Sequential(torch.nn.Linear(8, 6))
    before = layer[0].weight.detach().clone()
    add_adapters(layer, rank=rank, scale=1.0)
    for name, parameter in layer.named_parameters():
        if name.endswith("up"):
            torch.nn.init.normal_(parameter)
    merge_adapters(layer)
    assert torch.linalg.matrix_rank(layer[0].weight.detach() - before, rtol=1e-4) <= min(rank, 6)


def test_a_held_tower_learns_nothing_not_even_its_statistics():
    model = DenseModel(DenseConfig(image=SMALL, decoder_width=4))
    model.hold_tower()
    model.train()
    before = {name: value.clone() for name, value in model.image_tower.state_dict().items()}
    loss = model(clips()[:, 0]).mask_logit.square().mean()
    loss.backward()
    assert all(parameter.grad is None for parameter in model.image_tower.parameters())
    assert model.mask_head.weight.grad is not None
    for name, value in model.image_tower.state_dict().items():
        assert torch.equal(value, before[name]), name
    assert model.to_half.training
    assert not model.image_tower.training


@torch.no_grad()
def test_views_are_probabilities_and_measurements_come_in_their_units(tmp_path):
    torch.manual_seed(0)
    view = ClipHeadModel(ClipHeadConfig(SMALL, "view", ("plax", "a4c"))).eval()
    torch.testing.assert_close(view.predict(clips()).sum(1), torch.ones(3))
    numbers = ClipHeadModel(ClipHeadConfig(SMALL, "measurements", ("lvef_biplane",))).eval()
    numbers.output_mean.fill_(55.0)
    numbers.output_deviation.fill_(10.0)
    torch.nn.init.normal_(numbers.head.weight)
    torch.testing.assert_close(numbers.predict(clips()), 55 + 10 * numbers(clips()))
    save_checkpoint(tmp_path / "a", numbers, Preprocessing(), {})
    loaded = load_clip_head(tmp_path / "a").model
    assert loaded.config == numbers.config
    torch.testing.assert_close(loaded.predict(clips()), numbers.predict(clips()))
