"""A stream gives every clip once an epoch, whatever the workers and ranks, and goes on where it was stopped."""

import threading
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_dataset_roundtrip import entry, write

from echovlm.dataset import ClipStream, EchoGround, Position

# What a stream gives depends on how many rows there are, never on what they are.
ROWS = tuple(range(1000))
SIZES = st.integers(1, 60)


def stream(n: int, **options) -> ClipStream:
    return ClipStream(ROWS[:n], **{"read": lambda row: row, "batch_size": 4, "workers": 1} | options)


@settings(deadline=None, max_examples=60)
@given(
    n=SIZES,
    batch=st.integers(1, 9),
    workers=st.integers(1, 3),
    world=st.integers(1, 4),
    epoch=st.integers(0, 3),
)
def test_each_clip_comes_once_an_epoch_over_all_ranks(n, batch, workers, world, epoch):
    seen = [
        clip
        for rank in range(world)
        for clips, _ in stream(n, batch_size=batch, workers=workers, rank=rank, world_size=world).iter_epoch(
            Position(epoch)
        )
        for clip in clips
    ]
    assert sorted(seen) == list(range(n))


@settings(deadline=None, max_examples=60)
@given(
    n=SIZES,
    batch=st.integers(1, 9),
    stop=st.integers(1, 40),
    workers=st.tuples(st.integers(1, 3), st.integers(1, 3)),
)
def test_a_run_that_is_stopped_anywhere_goes_on_as_if_it_had_not_been(n, batch, stop, workers):
    whole = list(islice(stream(n, batch_size=batch, workers=workers[0]).iter_batches(), stop + 20))
    position = whole[stop - 1][1]
    rest = islice(stream(n, batch_size=batch, workers=workers[1]).iter_batches(position), 20)
    assert list(rest) == whole[stop:]


@settings(deadline=None, max_examples=40)
@given(
    n=SIZES,
    batch=st.integers(1, 9),
    worlds=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    taken=st.integers(0, 5),
)
def test_another_number_of_ranks_may_go_on_in_mid_epoch(n, batch, worlds, taken):
    seen, start = [], Position()
    for _ in range(taken):
        if start.epoch:
            break
        batches = [
            next(stream(n, batch_size=batch, rank=rank, world_size=worlds[0]).iter_batches(start))
            for rank in range(worlds[0])
        ]
        assert len({after for _, after in batches}) == 1
        seen += [clip for clips, _ in batches for clip in clips]
        start = batches[0][1]
    if not start.epoch:
        for rank in range(worlds[1]):
            for clips, _ in stream(n, batch_size=batch, rank=rank, world_size=worlds[1]).iter_epoch(start):
                seen += clips
    assert sorted(seen) == list(range(n))


def test_epochs_and_seeds_differ_in_order():
    def order(seed, epoch):
        return [clip for clips, _ in stream(50, seed=seed).iter_epoch(Position(epoch)) for clip in clips]

    assert order(0, 0) == order(0, 0)
    assert len({tuple(order(seed, epoch)) for seed in (0, 1) for epoch in (0, 1)}) == 4


def test_no_more_is_read_ahead_than_keeps_the_workers_busy():
    begun, lock = [], threading.Lock()

    def read(row):
        with lock:
            begun.append(row)
        return row

    batches = ClipStream(ROWS, read, batch_size=5, workers=2).iter_batches()
    next(batches)
    assert len(begun) <= 5 * (2 * 2 + 1)
    batches.close()


def test_a_clip_that_cannot_be_read_ends_the_stream_with_its_error():
    def read(row):
        raise OSError(f"clip {row}")

    with pytest.raises(OSError, match="clip"):
        next(ClipStream(ROWS, read, batch_size=5).iter_batches())


@pytest.mark.parametrize(
    "wrong", [{"batch_size": 0}, {"workers": 0}, {"rank": 1}, {"rank": -1}, {"rows": ()}], ids=str
)
def test_a_stream_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="allowed are"):
        ClipStream(**{"rows": ROWS, "read": str, "batch_size": 1} | wrong)


def test_frames_of_a_dataset_are_those_that_its_reader_gives(tmp_path):
    write(tmp_path, [entry(number) for number in range(7)])
    data = EchoGround.open(tmp_path)
    rows = data.rows("train")
    batches = ClipStream(rows, lambda row: (row, data.read_frames(row, [0, 2])), batch_size=3).iter_epoch()
    samples = [sample for batch, _ in batches for sample in batch]
    assert {row.clip_id for row, _ in samples} == {row.clip_id for row in rows}
    assert all((frames == data.read_frames(row, [0, 2])).all() for row, frames in samples)
