"""Whatever is done to a finished dataset is found."""

import json
from dataclasses import replace

import numpy as np
import pytest
from test_dataset_roundtrip import as_older, entry, write

from echovlm.dataset import EchoGround, ExcludedClip, SchemaError, Split, verify_dataset
from echovlm.dataset.info import write_info
from echovlm.dataset.manifest import entry_to_plain
from echovlm.dataset.segments import encode_frames
from echovlm.dataset.verify import _check_people, _check_totals


@pytest.fixture
def folder(tmp_path):
    entries = [entry(n) for n in range(3)] + [entry(9, patient_id="10000009", split=Split.VAL)]
    write(tmp_path, entries, max_shard_bytes=30_000, excluded=[ExcludedClip("x.dcm", "unreadable", "cut")])
    return tmp_path


def problems(folder, **options) -> list[str]:
    return [f"{problem}" for problem in verify_dataset(EchoGround.open(folder), **options)]


def test_a_dataset_as_it_was_written_has_no_problem(folder):
    told = []
    assert verify_dataset(EchoGround.open(folder), decode=True, on_progress=lambda *at: told.append(at)) == []
    assert told[-1][0] == told[-1][1] == len(EchoGround.open(folder).info.files)


def flip_a_bit(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("name", ["shards/train-000000.tar", "excluded.parquet", "shards/sizes.json"])
def test_one_flipped_bit_is_found(folder, name):
    flip_a_bit(folder / name)
    assert problems(folder) == [f"{name}: has other content than when it was written; copy it again"]


def test_a_manifest_that_was_cut_is_named_in_one_line(folder):
    path = folder / "manifest.parquet"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(SchemaError, match=r"manifest.parquet is not a readable Parquet file") as caught:
        problems(folder)
    assert "\n" not in str(caught.value)


def test_missing_cut_and_foreign_files_are_found(folder):
    (folder / "shards/train-000000.tar").unlink()
    with (folder / "shards/val-000000.tar").open("ab") as shard:
        shard.write(b"more")
    (folder / "croissant.json").unlink()
    (folder / "shards/train-000099.tar").write_bytes(b"")
    found = problems(folder)
    assert [line.split(":")[0] for line in found] == [
        "shards/train-000000.tar", "shards/val-000000.tar", "croissant.json", "shards/train-000099.tar",
    ]  # fmt: skip
    assert "is missing" in found[0]
    assert "bytes, not" in found[1]
    assert "a reader of all shards would take it in" in found[3]


def trust_the_files(folder):
    """Make ``dataset.json`` name the files as they are now, as one does who hides a change."""
    data = EchoGround.open(folder)
    from echovlm.dataset.writer import _file_digest

    files = {name: _file_digest(data.store, name) for name in data.info.files}
    write_info(data.store, replace(data.info, files=files))


def test_a_shard_whose_clips_are_swapped_is_found_though_its_hash_is_that_listed(folder):
    first, second = folder / "shards/train-000000.tar", folder / "shards/train-000001.tar"
    one, two = first.read_bytes(), second.read_bytes()
    first.write_bytes(two)
    second.write_bytes(one)
    trust_the_files(folder)
    found = problems(folder)
    assert any("does not hold 90000001_0000.000.jpg where the manifest says" in line for line in found)
    assert any("that the manifest does not list" in line for line in found)


def test_pixels_that_do_not_decode_are_found_when_asked_for(folder):
    data = EchoGround.open(folder)
    row = data.rows("val")[0]
    path = folder / row.shard
    content = bytearray(path.read_bytes())
    start = row.frames[1].offset
    content[start : start + row.frames[1].size] = bytes(row.frames[1].size)
    path.write_bytes(content)
    trust_the_files(folder)
    assert problems(folder) == []
    (found,) = problems(folder, decode=True)
    assert row.clip_id in found


def test_frames_of_somebody_else_are_found_when_asked_for(folder):
    row = EchoGround.open(folder).rows("val")[0]
    path = folder / row.shard
    content = bytearray(path.read_bytes())
    even = np.full((1, row.height_px, row.width_px), 90, np.uint8)
    (other,) = encode_frames(even).jpegs
    place = row.frames[1]
    assert len(other) < place.size
    content[place.offset : place.offset + place.size] = other.ljust(
        place.size, b"\0"
    )  # readers pass over the rest
    path.write_bytes(content)
    trust_the_files(folder)
    assert problems(folder) == []
    (found,) = problems(folder, decode=True)
    assert f"clip {row.clip_id} holds other frames than the manifest hashed" in found


def test_totals_that_do_not_add_up_are_found(folder):
    data = EchoGround.open(folder)
    rows = data.rows()
    wrong = replace(data.info, frames=1, records=99, clips={"train": 4, "val": 0, "test": 0})
    told = " ".join(f"{problem}" for problem in _check_totals(wrong, rows))
    for words in ("says clips", "says frames 1", "not the 99 listed"):
        assert words in told
    path = folder / "dataset.json"
    plain = json.loads(path.read_text())
    path.write_text(json.dumps(plain | {"excluded": {"unreadable": 3}, "records": 7}))
    assert problems(folder) == ["excluded.parquet: lists 1 clips, but dataset.json says 3"]


def test_one_person_under_two_names_in_two_splits_is_found(folder):
    rows = EchoGround.open(folder).rows()
    assert list(_check_people(rows)) == []
    train = next(row for row in rows if row.split is Split.TRAIN)
    cheat = replace(
        train, clip_id="copy", patient_id="somebody else", split=Split.TEST, source_sha256="other bytes"
    )
    (problem,) = _check_people([*rows, cheat])
    assert "clip copy of patient somebody else stands in test" in problem.what
    assert entry_to_plain(cheat)["frames_sha256"] == train.frames_sha256 != ""


def test_an_older_dataset_whose_pixels_do_not_decode_is_checked_to_its_end(folder):
    row = EchoGround.open(folder).rows("val")[0]
    path = folder / row.shard
    content = bytearray(path.read_bytes())
    content[row.frames[1].offset : row.frames[1].offset + row.frames[1].size] = bytes(row.frames[1].size)
    path.write_bytes(content)
    as_older(folder, 5, lacks=["frames_sha256"])
    trust_the_files(folder)
    assert problems(folder) == []
    (found,) = problems(folder, decode=True)
    assert row.clip_id in found
