"""Batches that another process draws ahead."""

import multiprocessing
import os
import signal
from dataclasses import fields

import numpy as np
import pytest
import torch
from ring_hearts import write_ring_hearts

from echovlm.dataset import EchoGround
from echovlm.models import EchoVLM, EchoVLMConfig
from echovlm.training import TrainingError, parse_recipe
from echovlm.training.ahead import DrawnAhead
from echovlm.training.batch import describe, draw_batch

needs_fork = pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="this system cannot fork"
)


def told(step):
    return step * step, os.getpid()


@needs_fork
def test_steps_in_order_are_drawn_by_one_other_process_and_a_jump_starts_anew():
    ahead = DrawnAhead(told, n_steps=9)
    first = [ahead(step) for step in range(5)]
    assert [square for square, _ in first] == [0, 1, 4, 9, 16]
    assert len({process for _, process in first}) == 1
    assert first[0][1] != os.getpid()
    again = [ahead(step) for step in (3, 4, 5)]
    assert [square for square, _ in again] == [9, 16, 25]
    assert again[0][1] not in (first[0][1], os.getpid())


def test_where_nothing_can_fork_steps_are_drawn_here(monkeypatch):
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    assert DrawnAhead(told, n_steps=3)(2) == (4, os.getpid())


@needs_fork
def test_a_batch_that_was_drawn_ahead_is_the_batch_and_the_layers_draw_as_before(tmp_path):
    rows = EchoGround.open(write_ring_hearts(tmp_path / "rings", train=12, test=2)).rows()
    recipe = parse_recipe('task = "pretrain"\n[optimisation]\nbatch_size = 8', source="test")
    known = describe(rows, EchoVLM(EchoVLMConfig()))
    strips = np.zeros(len(rows), dtype=np.bool_)

    def draw(step):
        return draw_batch(known, recipe, step, is_strip=strips)

    torch.manual_seed(0)
    before = torch.get_rng_state()
    ahead = DrawnAhead(draw, n_steps=4)
    for step in range(3):
        here, there = draw(step), ahead(step)
        for one in fields(here):
            mine, theirs = getattr(here, one.name), getattr(there, one.name)
            if one.name == "variation":
                mine, theirs = mine.roughness.noise, theirs.roughness.noise
            assert np.array_equal(theirs, mine), one.name
    assert torch.equal(before, torch.get_rng_state())


@needs_fork
def test_a_process_that_died_is_one_sentence():
    ahead = DrawnAhead(lambda step: os.kill(os.getpid(), signal.SIGKILL), n_steps=3)
    with pytest.raises(
        TrainingError, match="process that draws batches died before step 1, .* run the same command again"
    ):
        ahead(1)


@needs_fork
def test_an_error_of_the_drawing_comes_through():
    def draw(step):
        raise TrainingError(f"no clip for step {step}")

    with pytest.raises(TrainingError, match="^no clip for step 0$"):
        DrawnAhead(draw, n_steps=3)(0)
