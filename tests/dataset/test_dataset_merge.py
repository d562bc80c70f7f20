"""Merged datasets hold every clip once and nobody in two splits, however the same person is disguised."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_dataset_roundtrip import ORIGIN, entry, pixels, tree, write

from echovlm.dataset import (
    DatasetError,
    EchoGround,
    Split,
    find_people,
    merge_datasets,
    pack_clip,
    read_excluded,
    split_of,
    verify_dataset,
    write_dataset,
)

SPLITS = st.sampled_from(list(Split))


def write_clips(folder, clips):
    """Write (entry, seed of its pixels) pairs."""
    packed = ((e, pack_clip(e, *pixels(seed))) for e, seed in clips)
    return write_dataset(folder, packed, origin=ORIGIN)


def person(name: str, split: Split, number: int, **changes: object):
    return entry(number, patient_id=name, study_id=f"s{name}", split=split, **changes)


def test_a_merged_dataset_holds_the_clips_of_both(tmp_path):
    write_clips(tmp_path / "a", [(person("p1", Split.TRAIN, 1), 1), (person("p2", Split.TEST, 2), 2)])
    write_clips(tmp_path / "b", [(person("p3", Split.TRAIN, 3), 3)])
    parts = [EchoGround.open(tmp_path / name) for name in "ab"]
    info = merge_datasets(parts, tmp_path / "m")
    data = EchoGround.open(tmp_path / "m")
    assert {row.clip_id for row in data.rows()} == {row.clip_id for part in parts for row in part.rows()}
    assert (info.merged_patients, info.excluded, info.records) == (0, {}, 3)
    for part in parts:
        for row in part.rows():
            twin = next(other for other in data.rows() if other.clip_id == row.clip_id)
            np.testing.assert_array_equal(data.read_frames(twin), part.read_frames(row))
            assert data.read_masks(twin).keys() == part.read_masks(row).keys()
            assert (twin.measurements, twin.landmarks) == (row.measurements, row.landmarks)
    assert verify_dataset(data, decode=True) == []


def test_a_person_under_another_name_is_found_by_a_clip_and_taken_out_of_the_test_split(tmp_path):
    write_clips(tmp_path / "a", [(person("known", Split.TRAIN, 1), 1)])
    renamed = person("alias", Split.TEST, 71, source_path="other/name.dcm", source_sha256="0" * 64)
    write_clips(
        tmp_path / "b", [(renamed, 1), (person("alias", Split.TEST, 72), 72), (person("x", Split.TEST, 5), 5)]
    )
    info = merge_datasets([EchoGround.open(tmp_path / name) for name in "ba"], tmp_path / "m")
    data = EchoGround.open(tmp_path / "m")
    assert {row.patient_id: row.split for row in data.rows()} == {"known": Split.TRAIN, "x": Split.TEST}
    assert {row.clip_id for row in data.rows("train")} == {"90000001_0071", "90000001_0072"}
    assert (info.merged_patients, info.excluded) == (1, {"duplicate_content": 1})
    (aside,) = read_excluded(tmp_path / "m")
    assert "the same content as clip 90000001_0071" in aside.detail
    assert verify_dataset(data, decode=True) == []
    assert all(data.read_segment(row).plain["split"] == "train" for row in data.rows("train"))


def test_one_patient_whom_two_datasets_put_in_different_splits_stands_where_models_may_have_trained(tmp_path):
    write_clips(tmp_path / "a", [(person("p", Split.TEST, 1), 1)])
    write_clips(tmp_path / "b", [(person("p", Split.VAL, 2), 2)])
    for order in ("ab", "ba"):
        merge_datasets([EchoGround.open(tmp_path / name) for name in order], tmp_path / order)
        rows = EchoGround.open(tmp_path / order).rows()
        assert {row.split for row in rows} == {Split.VAL}
        assert len(rows) == 2


def test_two_clips_of_one_id_are_both_kept(tmp_path):
    write_clips(tmp_path / "a", [(person("p", Split.TRAIN, 1), 1)])
    write_clips(tmp_path / "b", [(person("q", Split.TRAIN, 1, source_sha256="b" * 64), 2)])
    merge_datasets([EchoGround.open(tmp_path / name) for name in "ab"], tmp_path / "m")
    data = EchoGround.open(tmp_path / "m")
    assert [row.clip_id for row in data.rows()] == ["90000001_0001", f"90000001_0001-{'b' * 12}"]
    assert verify_dataset(data, decode=True) == []


def test_merging_again_changes_nothing_and_goes_on_after_a_kill(tmp_path, monkeypatch):
    write_clips(tmp_path / "a", [(person("p", Split.TRAIN, 1), 1)])
    write_clips(tmp_path / "b", [(person("q", Split.TEST, 2), 2)])
    parts = [EchoGround.open(tmp_path / name) for name in "ab"]
    merge_datasets(parts, tmp_path / "m")
    whole = tree(tmp_path / "m")
    merge_datasets(parts, tmp_path / "m")
    assert tree(tmp_path / "m") == whole
    with monkeypatch.context() as patch:
        patch.setattr(
            "echovlm.dataset.merge.finish_dataset", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        with pytest.raises(KeyboardInterrupt):
            merge_datasets(parts, tmp_path / "n")
    merge_datasets(parts, tmp_path / "n")
    assert tree(tmp_path / "n") == whole


def test_merging_what_was_merged_names_each_source_once(tmp_path):
    for number, name in enumerate("abc", start=1):
        write_clips(tmp_path / name, [(person(f"p{number}", Split.TRAIN, number), number)])
    merge_datasets([EchoGround.open(tmp_path / name) for name in "ab"], tmp_path / "ab")
    info = merge_datasets([EchoGround.open(tmp_path / name) for name in ("ab", "c")], tmp_path / "abc")
    assert info.origin.source.count("merged from") == 1
    assert info.origin.source.count(ORIGIN.source) == 1


def test_one_dataset_or_a_folder_with_other_files_is_refused(tmp_path):
    write(tmp_path / "a", [entry(1)])
    part = EchoGround.open(tmp_path / "a")
    for parts in ([part], [part, part]):
        with pytest.raises(DatasetError, match="at least two"):
            merge_datasets(parts, tmp_path / "m")
    write_clips(tmp_path / "b", [(person("q", Split.TEST, 2), 2)])
    with pytest.raises(DatasetError, match="holds other files"):
        merge_datasets([part, EchoGround.open(tmp_path / "b")], tmp_path / "a")


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), SPLITS, st.lists(st.sampled_from("123456"), max_size=2)))
)
def test_whoever_shares_a_clip_is_one_person_in_one_split(clips):
    people = find_people(clips)
    for name, _, contents in clips:
        for other, _, others in clips:
            if set(contents) & set(others):
                assert people[name] == people[other]
    assert find_people(reversed(clips)) == people
    assert len({one.patient_id for one in people.values()}) == len(set(people.values()))


@given(st.sets(st.text(min_size=1), min_size=1))
def test_without_a_shared_clip_everybody_keeps_name_and_split(names):
    people = find_people((name, split_of(name), (f"content of {name}", "")) for name in names)
    assert {name: (one.patient_id, one.split) for name, one in people.items()} == {
        name: (name, split_of(name)) for name in names
    }


def test_a_black_screen_makes_nobody_a_relative(tmp_path):
    black = np.zeros((3, 24, 32), np.uint8)
    clips = [(person(name, split_of(name), number), number) for number, name in enumerate(("p", "q"))]
    segments = [(e, pack_clip(e, black)) for e, _ in clips]
    assert [segment.frames_sha256 for _, segment in segments] == ["", ""]
    info = write_dataset(tmp_path, segments, origin=ORIGIN)
    assert info.merged_patients == 0
    assert verify_dataset(EchoGround.open(tmp_path)) == []
