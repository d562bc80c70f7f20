"""What a step draws: batches, rates, wordings and augmentation."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from ring_hearts import write_ring_hearts

from echovlm.clinical import Finding
from echovlm.dataset import EchoGround, Split
from echovlm.models import Preprocessing
from echovlm.training import Augmentation
from echovlm.training.augment import Motion, draw_motion, move_frames, roughen, vary_grey
from echovlm.training.clips import ClipFrames
from echovlm.training.draw import Stream, batch_indices, step_generator
from echovlm.training.schedule import rate_factor
from echovlm.training.targets import finding_targets, measurement_targets
from echovlm.training.wording import content_key, polarity_weights, word_batch

STILL = Augmentation(
    shift_px=0, rotation_deg=0, scale_frac=0, gain_frac=0, gamma_frac=0, noise_frac=0, blur_frac=0
)
SIZE = 41


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    return EchoGround.open(write_ring_hearts(tmp_path_factory.mktemp("rings") / "dataset", train=24, test=4))


@settings(max_examples=50, deadline=None)
@given(n=st.integers(1, 40), batch_size=st.integers(1, 50), seed=st.integers(0, 2**31))
def test_every_epoch_sees_every_clip_once(n, batch_size, seed):
    steps = -(-3 * n // batch_size)
    seen = np.concatenate([batch_indices(n, batch_size=batch_size, step=s, seed=seed) for s in range(steps)])
    for epoch in range(3):
        assert sorted(seen[epoch * n : (epoch + 1) * n]) == list(range(n))


def test_a_batch_depends_on_seed_and_step_alone():
    later = batch_indices(30, batch_size=8, step=17, seed=5)
    for step in range(3):
        batch_indices(30, batch_size=8, step=step, seed=5)
    np.testing.assert_array_equal(later, batch_indices(30, batch_size=8, step=17, seed=5))
    assert not np.array_equal(later, batch_indices(30, batch_size=8, step=17, seed=6))


def test_streams_are_independent():
    draws = {stream: step_generator(0, stream, 0).random() for stream in Stream}
    assert len(set(draws.values())) == len(Stream)


@settings(max_examples=50, deadline=None)
@given(steps=st.integers(1, 500), warmup=st.floats(0, 0.9))
def test_the_rate_climbs_once_falls_once_and_never_passes_its_peak(steps, warmup):
    factor = [rate_factor(step, steps=steps, warmup_frac=warmup) for step in range(steps)]
    assert all(0 <= f <= 1 for f in factor)
    rises = [b > a for a, b in pairwise(factor)]
    assert rises == sorted(rises, reverse=True)
    assert factor[0] > 0


def test_without_augmentation_a_clip_stays_itself():
    frames = np.random.default_rng(0).integers(0, 256, (3, 2, SIZE, SIZE)).astype(np.uint8)
    generator = np.random.default_rng(1)
    grey = vary_grey(frames, STILL, generator=generator)
    moved = move_frames(grey, draw_motion(3, STILL, generator=generator))
    torch.testing.assert_close(
        roughen(moved, STILL, generator=generator), torch.from_numpy(frames).float(), atol=0.05, rtol=0
    )


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_a_point_moves_with_the_structure_under_it(seed):
    """A bright dot is moved as pixels and as a point; both must agree."""
    generator = np.random.default_rng(seed)
    config = Augmentation(shift_px=4, rotation_deg=15, scale_frac=0.1)
    point = generator.uniform(14, 26, (2, 1, 2))
    y, x = np.mgrid[:SIZE, :SIZE]
    dots = np.stack([np.exp(-((x - p[0, 0]) ** 2 + (y - p[0, 1]) ** 2) / 4) for p in point])[:, None]
    motion = draw_motion(2, config, generator=generator)
    moved = move_frames(torch.from_numpy(dots).float(), motion)[:, 0].numpy()
    found = [[(m * x).sum() / m.sum(), (m * y).sum() / m.sum()] for m in moved]
    np.testing.assert_allclose(motion.move_points(point, size_px=SIZE)[:, 0], found, atol=0.1)


def test_a_shift_by_whole_pixels_is_exact_and_what_comes_in_is_black():
    frames = torch.rand(1, 1, SIZE, SIZE) + 1
    moved = move_frames(frames, Motion(np.eye(2)[None], np.array([[3.0, 0.0]])))
    torch.testing.assert_close(moved[..., :-3], frames[..., 3:], atol=1e-4, rtol=0)
    assert moved[..., -3:].abs().max() < 1e-3


def test_labels_are_never_mixed():
    labels = torch.from_numpy(np.random.default_rng(0).choice([0, 7], (2, 1, SIZE, SIZE))).float()
    motion = draw_motion(2, Augmentation(rotation_deg=20), generator=np.random.default_rng(0))
    assert set(move_frames(labels, motion, nearest=True).unique().tolist()) == {0.0, 7.0}


def test_black_outside_the_sector_stays_black_and_grey_stays_in_range():
    frames = np.zeros((2, 3, SIZE, SIZE), np.uint8)
    frames[..., 10:30, 10:30] = 250
    generator = np.random.default_rng(2)
    rough = roughen(
        vary_grey(frames, Augmentation(), generator=generator), Augmentation(), generator=generator
    )
    assert rough[..., :8, :].abs().max() == 0
    assert rough.max() <= 255
    assert (rough[:, 0] != rough[:, 1]).any()  # noise differs from frame to frame


def test_frames_read_at_once_and_in_every_step_are_the_same(ground):
    rows, pre = ground.rows(Split.TRAIN), Preprocessing(image_size_px=32, n_frames=3)
    chosen = np.array([5, 0, 5])
    at_once = ClipFrames.open(ground, rows, pre)
    lazy = ClipFrames.open(ground, rows, pre, memory_limit_bytes=0)
    assert lazy.decoded is None
    np.testing.assert_array_equal(lazy.read(chosen), at_once.read(chosen))


def test_a_small_container_or_many_processes_keep_frames_out_of_memory(ground, tmp_path, monkeypatch):
    """48 frames of 32 px are 49 kB, a quarter of 200 kB; two processes that share it have half of that each."""
    rows, pre = ground.rows(Split.TRAIN)[:24], Preprocessing(image_size_px=32, n_frames=2)
    limit = tmp_path / "memory.max"
    monkeypatch.setattr("echovlm.training.clips._CONTAINER_LIMIT", limit)
    for said, processes, held in (("max", "1", True), ("200000", "1", True), ("200000", "2", False)):
        limit.write_text(f"{said}\n")
        monkeypatch.setenv("LOCAL_WORLD_SIZE", processes)
        assert (ClipFrames.open(ground, rows, pre).decoded is not None) is held, (said, processes)


def test_a_caption_says_each_statement_once_and_pairs_need_two_sides(ground):
    rows = ground.rows(Split.TRAIN)[:4]
    wording = word_batch(rows, polarity_weights(rows), generator=np.random.default_rng(0))
    assert len(wording.captions) == 4
    for row, caption, naming in zip(rows, wording.captions, wording.view_sentences, strict=True):
        assert naming in row.statements[0].text_options
        for statement in row.statements:
            assert sum(text in caption for text in statement.text_options) >= 1
    assert [pair.clip for pair in wording.pairs] == [0, 0, 1, 1, 2, 2, 3, 3]  # the view has no opposite
    assert [pair.is_number for pair in wording.pairs[:2]] == [False, True]
    for pair in wording.pairs:
        statement = rows[pair.clip].statements[2 if pair.is_number else 1]
        assert pair.text in statement.text_options
        assert pair.counterfactual in statement.counterfactual_options


def test_both_polarities_weigh_the_same_over_the_training_set(ground):
    rows = ground.rows(Split.TRAIN)
    weights = polarity_weights(rows)
    about = list(Finding).index(Finding.LV_DILATED)
    n_yes = sum(row.statements[1].present is True for row in rows)
    assert weights[about, True] * n_yes == pytest.approx(weights[about, False] * (len(rows) - n_yes))
    assert polarity_weights([]) == {}


def test_captions_with_one_content_share_a_key_whatever_their_numbers(ground):
    keys = {content_key(row) for row in ground.rows(Split.TRAIN)}
    assert keys == {(view, "b", f"lv_dilated={state}") for view in ("plax", "a4c") for state in (True, False)}


def test_a_view_teaches_only_the_quantities_that_it_shows(ground):
    rows = ground.rows(Split.TRAIN)
    targets = measurement_targets(rows, ("lv_internal_diameter_ed", "ra_area"))
    is_plax = torch.tensor([row.view.value == "plax" for row in rows])
    torch.testing.assert_close(targets.measured[:, 0], is_plax)
    assert not targets.measured[:, 1].any()
    taught = targets.value[is_plax, 0]
    assert float(taught.mean()) == pytest.approx(0, abs=1e-5)
    assert float(taught.std(correction=0)) == pytest.approx(1, abs=1e-5)
    back = taught[0] * targets.deviation[0] + targets.mean[0]
    assert float(back) == pytest.approx(next(r for r in rows if r.view.value == "plax").measurements[0].value)


def test_findings_unseen_or_not_assessed_have_no_weight(ground):
    targets = finding_targets(ground.rows(Split.TRAIN), ("lv_dilated", "ra_dilated", "la_dilated"))
    assert (targets.weight[:, 0] > 0).all()
    assert (targets.weight[:, 1:] == 0).all()
