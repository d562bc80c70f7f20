"""Mixed batches: stills and cines, grey and colour, and studies of several clips."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from echovlm.clinical import Mode, View
from echovlm.models import Clips, EchoVLM, EchoVLMConfig, ImageTowerConfig, TextTowerConfig
from echovlm.models.study import softmax_by_group

SMALL = EchoVLMConfig(
    image=ImageTowerConfig(stem_channels=4, width=8),
    text=TextTowerConfig(n_buckets=256, width=8, hidden=8),
    embedding_dim=16,
)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return EchoVLM(SMALL).eval()


def frames(*shape, seed=0):
    return torch.randn(*shape, 32, 32, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def test_grey_is_three_equal_channels(model):
    grey = frames(3, 4, 1)
    torch.testing.assert_close(
        model.encode_clip(grey), model.encode_clip(grey.expand(-1, -1, 3, -1, -1)), atol=1e-5, rtol=1e-4
    )


@torch.no_grad()
def test_the_colour_of_flow_is_seen(model):
    red_towards = frames(1, 4, 3)
    blue_towards = red_towards.flip(2)
    assert (model.encode_clip(red_towards) - model.encode_clip(blue_towards)).abs().max() > 1e-3


@settings(max_examples=15, deadline=None)
@given(shapes=st.lists(st.tuples(st.integers(1, 4), st.sampled_from((1, 3))), min_size=1, max_size=6))
def test_a_clip_in_a_mixed_batch_is_the_clip_alone(model, shapes):
    clips = [frames(*shape, seed=number) for number, shape in enumerate(shapes)]
    batch = Clips.of(clips)
    assert len(batch) == len(clips)
    with torch.no_grad():
        together = model.encode_clip(batch)
        alone = torch.cat([model.encode_clip(clip[None]) for clip in clips])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-4)


def test_times_belong_to_frames_and_unknown_ones_are_no_numbers():
    batch = Clips.of([frames(3, 1), frames(3, 1)], [(0.0, 40.0, 80.0), None])
    assert batch.groups[0].times_ms[0].tolist() == [0.0, 40.0, 80.0]
    assert batch.groups[0].times_ms[1].isnan().all()
    with pytest.raises(ValueError, match="2 times for 3 frames"):
        Clips.of([frames(3, 1)], [(0.0, 40.0)])


def study(model, n_clips, *, order=None, view=None, mode=None):
    unit = torch.nn.functional.normalize(torch.randn(n_clips, 16, generator=torch.Generator().manual_seed(5)))
    order = list(range(n_clips)) if order is None else order
    views = [View.PLAX, View.A4C, None, View.SC_IVC][:n_clips] if view is None else view
    modes = [Mode.B, Mode.CW, None, Mode.M][:n_clips] if mode is None else mode
    with torch.no_grad():
        return model.encode_study(
            unit[order],
            torch.zeros(n_clips, dtype=torch.long),
            view=[views[index] for index in order],
            mode=[modes[index] for index in order],
        ), unit


def test_before_training_a_study_is_the_mean_of_its_clips(model):
    whole, unit = study(model, 4)
    torch.testing.assert_close(whole, torch.nn.functional.normalize(unit.mean(0, keepdim=True)))


def trained(model):
    torch.manual_seed(1)
    attention = EchoVLM(SMALL).eval()
    for parameter in attention.study_attention.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return attention


@settings(max_examples=15, deadline=None)
@given(order=st.permutations(range(4)))
def test_the_order_of_a_study_s_clips_does_not_matter_and_their_views_do(model, order):
    attention = trained(model)
    whole, _ = study(attention, 4)
    torch.testing.assert_close(study(attention, 4, order=order)[0], whole, atol=1e-5, rtol=1e-4)
    renamed, _ = study(attention, 4, view=[View.A2C, View.A4C, None, View.SC_IVC])
    recorded, _ = study(attention, 4, mode=[Mode.COLOR, Mode.CW, None, Mode.M])
    assert (renamed - whole).abs().max() > 1e-3
    assert (recorded - whole).abs().max() > 1e-3


def test_studies_do_not_see_each_other(model):
    attention = trained(model)
    alone, unit = study(attention, 2, view=[View.PLAX, View.A4C], mode=[Mode.B, Mode.B])
    with torch.no_grad():
        beside = attention.encode_study(
            torch.cat([unit, -unit]),
            torch.tensor([0, 0, 1, 1]),
            view=[View.PLAX, View.A4C] * 2,
            mode=[Mode.B] * 4,
        )
    torch.testing.assert_close(beside[:1], alone, atol=1e-5, rtol=1e-4)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), shift=st.floats(-1000, 1000))
def test_shares_within_a_group_add_up_to_one_whatever_the_scale(seed, shift):
    score = torch.randn(6, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    group = torch.tensor([0, 2, 0, 0, 2, 3])
    share = softmax_by_group(score + shift, group, n_groups=4)
    for one in (0, 2, 3):
        torch.testing.assert_close(share[group == one], score[group == one].softmax(0), atol=1e-9, rtol=1e-6)
