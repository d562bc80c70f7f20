"""Clips of every mode in training: how they are held, how they vary, and how they stand together in a batch."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from ring_hearts import write_ring_hearts

from echovlm.clinical import Mode
from echovlm.dataset import EchoGround, Split
from echovlm.models import Preprocessing
from echovlm.training import Augmentation
from echovlm.training.augment import (
    apply_curves,
    apply_roughness,
    cut_windows,
    draw_curves,
    draw_roughness,
    look_up_curves,
)
from echovlm.training.clips import ClipFrames
from echovlm.training.draw import batch_indices
from echovlm.training.variation import draw_variation

SIZE = 24


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    return EchoGround.open(write_ring_hearts(tmp_path_factory.mktemp("rings") / "dataset", train=24, test=4))


def vary(frames, *, is_strip=False, seed=0, config=None, copies=1):
    variation = draw_variation(
        np.array([is_strip] * copies), config or Augmentation(), n_frames=frames.shape[0], size_px=SIZE,
        generator=np.random.default_rng(seed),
    )  # fmt: skip
    return variation, variation.apply(torch.from_numpy(np.stack([frames] * copies)))


def test_a_grey_picture_in_three_channels_stays_grey():
    grey = np.random.default_rng(0).integers(0, 256, (2, 1, SIZE, SIZE)).astype(np.uint8)
    _, varied = vary(grey.repeat(3, 1))
    torch.testing.assert_close(varied[:, :, 0], varied[:, :, 1])
    torch.testing.assert_close(varied[:, :, 0], varied[:, :, 2])
    _, single = vary(grey)
    torch.testing.assert_close(single[:, :, 0], varied[:, :, 0])


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_a_velocity_keeps_its_height_and_a_cine_does_not(seed):
    """A horizontal line is a velocity in a strip; blur and noise aside it stays on its row."""
    line = np.zeros((1, 1, SIZE, SIZE), np.uint8)
    line[..., 9, :] = 200
    config = Augmentation(noise_frac=0, blur_frac=0)
    _, strip = vary(line, is_strip=True, seed=seed, config=config)
    assert set(strip[0, 0, 0].nonzero()[:, 0].tolist()) == {9}
    _, cine = vary(
        line, seed=seed, config=Augmentation(rotation_deg=8, noise_frac=0, blur_frac=0, shift_px=3)
    )
    assert set(cine[0, 0, 0].nonzero()[:, 0].tolist()) != {9}


def test_the_ways_of_a_gpu_give_what_those_of_a_cpu_do():
    generator = np.random.default_rng(0)
    frames = torch.from_numpy(generator.integers(0, 256, (4, 3, 1, SIZE, SIZE)).astype(np.uint8))
    curves = draw_curves(4, Augmentation(), generator=generator)
    assert torch.equal(look_up_curves(frames, torch.from_numpy(curves)), apply_curves(frames, curves))
    rough = draw_roughness(4, 3, SIZE, Augmentation(gain_frac=0, blur_frac=0), generator=generator)
    seen = cut_windows(rough.noise, torch.from_numpy(rough.corner), size=SIZE)
    torch.testing.assert_close(apply_roughness(torch.ones(4, 3, SIZE, SIZE), rough), seen.clamp(0, 255))


def test_a_part_of_a_batch_varies_as_it_does_in_the_whole():
    frames = np.random.default_rng(0).integers(0, 256, (3, 1, SIZE, SIZE)).astype(np.uint8)
    variation, whole = vary(frames, copies=5)
    part = np.array([4, 1])
    torch.testing.assert_close(
        variation.of(part).apply(torch.from_numpy(np.stack([frames] * 2))), whole[part]
    )


class Coloured(EchoGround):
    """Shades of red: what flow towards the probe looks like."""

    def read_colour(self, row, frame_indices=None):
        grey = self.read_frames(row, frame_indices)
        return np.stack([grey, grey // 2, grey // 4], -1)


def mixed(ground):
    coloured = Coloured(ground.store, ground.info)
    rows = ground.rows(Split.TRAIN)[:6]
    for number, row in enumerate(rows):
        object.__setattr__(row, "mode", (Mode.B, Mode.COLOR, Mode.CW)[number % 3])
        object.__setattr__(row, "is_colour", row.mode is Mode.COLOR)
        if row.mode is Mode.CW:
            object.__setattr__(row, "frames", row.frames[:1])
            object.__setattr__(row, "frame_times_ms", None)
    return coloured, rows


def test_a_batch_holds_cines_colour_and_strips_each_at_its_own_cost(ground):
    coloured, rows = mixed(ground)
    clips = ClipFrames.open(coloured, rows, Preprocessing(image_size_px=SIZE, n_frames=3))
    assert [tuple(clip.shape[:2]) for clip in clips.decoded] == [(3, 1), (3, 3), (1, 1)] * 2
    batch = clips.batch(np.array([2, 1, 0, 4]))
    shapes = {tuple(group.frames.shape[:3]): group.place.tolist() for group in batch.groups}
    assert shapes == {(1, 1, 1): [0], (2, 3, 3): [1, 3], (1, 3, 1): [2]}
    colour = next(group for group in batch.groups if group.frames.shape[2] == 3)
    assert (colour.frames[:, :, 0] >= colour.frames[:, :, 2]).all()
    assert clips.is_strip(np.arange(3)).tolist() == [False, False, True]
    times = {tuple(group.frames.shape[:3]): group.times_ms for group in batch.groups}
    assert times[1, 1, 1].isnan().all()  # a strip has its time along its columns
    assert times[1, 3, 1].tolist() == [[0.0, 200.0, 600.0]]


@settings(max_examples=50, deadline=None)
@given(
    stratum=st.lists(st.integers(0, 4), min_size=1, max_size=60), run=st.integers(1, 9),
    seed=st.integers(0, 2**31),
)  # fmt: skip
def test_batches_in_runs_of_one_view_still_see_every_clip_once_an_epoch(stratum, run, seed):
    n, kinds = len(stratum), np.array(stratum)
    order = batch_indices(n, batch_size=n, step=0, seed=seed, stratum=kinds, run_length=run)
    assert sorted(order) == list(range(n))
    # Runs of one kind meet by chance at most: there are never more changes than runs.
    n_runs = sum(-(-count // run) for count in np.bincount(kinds))
    assert np.count_nonzero(np.diff(kinds[order])) <= n_runs - 1


def test_a_batch_of_runs_has_few_views_and_many_patients_of_each():
    kinds = np.arange(1000) % 10
    batch = batch_indices(1000, batch_size=64, step=1, seed=0, stratum=kinds, run_length=16)
    _, count = np.unique(kinds[batch], return_counts=True)
    assert len(count) <= 6
    assert count.max() >= 12
