"""A dataset in a bucket is the dataset on a disk, byte for byte, and nothing of it is ever seen half."""

import pickle
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import s3fs
from hypothesis import given
from hypothesis import strategies as st
from test_dataset_roundtrip import entry, tree, write

from echovlm.dataset import EchoGround
from echovlm.stores import DiskStore, StoreError, _join_ranges, open_store


def content(store) -> dict[str, bytes]:
    return {name: store.read(name) for name in store.names()}


def test_a_dataset_in_a_bucket_is_that_on_a_disk(bucket, tmp_path):
    entries = [entry(number) for number in range(6)]
    write(tmp_path, entries, max_shard_bytes=30_000)
    write(f"{bucket}/whole", entries, max_shard_bytes=30_000)
    store = open_store(f"{bucket}/whole")
    assert content(store) == tree(tmp_path)
    here, there = EchoGround.open(tmp_path), EchoGround.open(f"{bucket}/whole/")
    assert here.rows() == there.rows()
    for row in here.rows():
        np.testing.assert_array_equal(there.read_frames(row, [2, 0]), here.read_frames(row, [2, 0]))
        assert there.read_segment(row).data == here.read_segment(row).data
    assert there.hash_manifest() == here.hash_manifest()
    assert pickle.loads(pickle.dumps(there)) == there
    assert "testing" not in repr(there.store)


def test_a_file_that_is_given_up_half_way_is_never_seen(bucket, tmp_path):
    for store in (open_store(tmp_path), open_store(f"{bucket}/half")):
        with pytest.raises(KeyboardInterrupt), store.new_file("shards/a.tar") as new:  # noqa: PT012
            new.file.write(b"half")
            new.file.flush()
            assert store.size("shards/a.tar") is None
            raise KeyboardInterrupt
        assert store.names() == {}


def test_both_kinds_of_store_do_the_same(bucket, tmp_path):
    for store in (open_store(tmp_path / "new"), open_store(f"{bucket}/same")):
        assert (store.names(), store.size("a"), store.size("b")) == ({}, None, None)
        store.write("a", b"0123456789")
        store.write("b/c", b"x" * 200_000)
        assert store.names() == {"a": 10, "b/c": 200_000}
        assert store.names("b") == {"b/c": 200_000}
        assert (store.size("a"), store.size("b")) == (
            10,
            None if not isinstance(store, DiskStore) else store.size("b"),
        )
        assert store.read_ranges("a", [(7, 2), (0, 1), (8, 99)])[:2] == [b"78", b"0"]
        assert store.read_ranges("b/c", []) == []
        with store.open_input("a") as file:
            file.seek(5)
            assert file.read() == b"56789"
        store.write("a", b"again")
        assert store.read("a") == b"again"
        store.remove("a")
        store.remove("a")
        store.remove_folder("b")
        store.remove_folder("b")
        store.sweep("")
        assert store.names() == {}
        with pytest.raises(FileNotFoundError):
            store.read("a")


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 10**5)), min_size=1))
def test_every_piece_lies_in_one_of_the_requests_made_for_it(ranges):
    runs = _join_ranges(ranges)
    assert all(
        any(start <= offset and offset + size <= end for start, end in runs) for offset, size in ranges
    )
    assert all(before[1] < after[0] for before, after in pairwise(runs))


@pytest.mark.parametrize(
    "place", ["s3://key:secret@echo/x", "https://me:secret@host/x", "s3://echo/x?secret=1"]
)
def test_an_address_with_credentials_is_refused_without_repeating_them(place):
    with pytest.raises(StoreError, match="environment") as caught:
        open_store(place)
    assert "secret" not in str(caught.value)


def test_an_address_that_nobody_knows_is_named():
    with pytest.raises(StoreError, match="hsdf://"):
        open_store("hsdf://a/b").read("x")


def test_a_bucket_that_does_not_answer_is_one_sentence(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "topsecret")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    s3fs.S3FileSystem.clear_instance_cache()  # which would go on with the endpoint of before
    with pytest.raises(StoreError, match="AWS_ENDPOINT_URL") as caught:
        open_store("s3://nowhere-2/x").read("x")
    s3fs.S3FileSystem.clear_instance_cache()
    assert "topsecret" not in str(caught.value)


def test_a_path_that_was_made_of_an_address_is_the_address():
    assert open_store(Path("s3://bucket/whole")) == open_store("s3://bucket/whole")
    assert isinstance(open_store(Path("s3/whole")), DiskStore)
