"""Batches that another process draws ahead."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from dataclasses import fields, is_dataclass
from pathlib import Path

import numpy as np
import pytest
from ring_hearts import write_ring_hearts

from echovlm.dataset import EchoGround
from echovlm.errors import EchoVLMError
from echovlm.models import EchoVLM, EchoVLMConfig
from echovlm.training import TrainingError, parse_recipe, pretrain
from echovlm.training.ahead import DrawnAhead
from echovlm.training.batch import describe, draw_batch

pytestmark = pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="this system cannot fork"
)
RECIPE = """
task = "pretrain"
[preprocessing]
image_size_px = 32
n_frames = 2
[image]
stem_channels = 4
width = 8
[text]
n_buckets = 1024
width = 32
hidden = 32
[optimisation]
steps = 6
batch_size = 16
save_every_steps = 2
"""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return write_ring_hearts(tmp_path_factory.mktemp("rings") / "dataset", train=24, test=4)


def square_and_process(step):
    return step * step, os.getpid()


def leaves(value):
    """Every number, text and array of a batch."""
    if is_dataclass(value):
        return [leaf for one in fields(value) for leaf in leaves(getattr(value, one.name))]
    return [np.asarray(value)]


def is_running(process):
    stat = Path(f"/proc/{process}/stat")
    return stat.exists() and stat.read_text(encoding="ascii").split(")")[1].split()[0] != "Z"


def test_steps_in_order_are_drawn_by_one_other_process_and_a_jump_starts_anew():
    ahead = DrawnAhead(square_and_process, n_steps=9)
    first = [ahead(step) for step in range(5)]
    assert [square for square, _ in first] == [0, 1, 4, 9, 16]
    assert len({process for _, process in first}) == 1
    assert first[0][1] != os.getpid()
    again = [ahead(step) for step in (3, 4, 5)]
    assert [square for square, _ in again] == [9, 16, 25]
    assert again[0][1] not in (first[0][1], os.getpid())


def test_where_nothing_can_fork_steps_are_drawn_here(monkeypatch):
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    assert DrawnAhead(square_and_process, n_steps=3)(2) == (4, os.getpid())


def test_a_batch_that_was_drawn_ahead_is_the_batch(dataset):
    rows = EchoGround.open(dataset).rows()
    recipe = parse_recipe(RECIPE, source="test")
    known = describe(rows, EchoVLM(EchoVLMConfig()))
    strips = np.zeros(len(rows), dtype=np.bool_)

    def draw(step):
        return draw_batch(known, recipe, step, is_strip=strips)

    ahead = DrawnAhead(draw, n_steps=4)
    for step in range(3):
        here, there = leaves(draw(step)), leaves(ahead(step))
        assert len(here) == len(there) > 20
        assert all(np.array_equal(mine, theirs) for mine, theirs in zip(here, there, strict=True))


def test_a_run_takes_the_same_steps_and_goes_on_where_it_stopped(dataset, tmp_path, monkeypatch):
    recipe = parse_recipe(RECIPE, source="test")
    alone = pretrain(dataset, tmp_path / "alone", recipe)
    monkeypatch.setattr(sys.modules["echovlm.training.pretrain"], "_leaves_time", lambda world: True)

    def stop(done, _all):
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pretrain(dataset, tmp_path / "ahead", recipe, on_step=stop)
    ahead = pretrain(dataset, tmp_path / "ahead", recipe)
    assert ahead.read_bytes() == alone.read_bytes()
    assert (tmp_path / "ahead/loss.csv").read_bytes() == (tmp_path / "alone/loss.csv").read_bytes()


@pytest.mark.parametrize("first", [0, 1], ids=["while it is waited for", "between two steps"])
def test_a_process_that_died_is_one_sentence(first):
    def draw(step):
        if step == first:
            os.kill(os.getpid(), signal.SIGKILL)
        return step

    ahead = DrawnAhead(draw, n_steps=3)
    if first:
        assert ahead(0) == 0
        time.sleep(0.2)
    with pytest.raises(
        TrainingError, match=f"batches died before step {first}, .* run the same command again"
    ):
        ahead(first)


class TwoPartError(EchoVLMError):
    def __init__(self, what, where):
        super().__init__(f"{what} {where}")


@pytest.mark.parametrize(
    "error", [TrainingError("no clip for step 0"), TwoPartError("no clip for", "step 0")]
)
def test_what_is_wrong_with_a_step_is_told_in_its_own_words(error):
    def draw(step):
        raise error

    with pytest.raises(TrainingError, match="^no clip for step 0$"):
        DrawnAhead(draw, n_steps=3)(0)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are looked up in /proc")
def test_a_run_that_is_killed_leaves_no_process_behind():
    """With batches larger than a pipe holds: the other process waits in the middle of sending one."""
    program = (
        "import os, time; from echovlm.training.ahead import DrawnAhead; "
        "ahead = DrawnAhead(lambda step: (os.getpid(), bytes(1_000_000)), n_steps=99); "
        "print(ahead(0)[0], flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as running:
        process = int(running.stdout.readline())
        assert is_running(process)
        running.kill()
    until = time.monotonic() + 20
    while is_running(process) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_running(process)
