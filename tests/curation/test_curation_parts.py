"""A study's part comes back as it was written, on a disk and in a bucket, however long its index is."""

import pytest
from benchmarks.tiny_archive import write_tiny_archive
from hypothesis import given, settings
from hypothesis import strategies as st

from echovlm.curation import CurationOptions, OverlayUse, ReaderUse, curate, study
from echovlm.curation.parts import PARTS_FOLDER, find_parts, read_index, read_segments, write_part
from echovlm.dataset import ExcludedClip, Person
from echovlm.stores import open_store

N_CLIPS = 3


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """The packed clips of one study."""
    folder = tmp_path_factory.mktemp("study")
    kept = []

    def keep(store, task_id, packed, *rest, **named):
        kept.extend(packed)
        write_part(store, task_id, packed, *rest, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study, "write_part", keep)
        source = write_tiny_archive(folder / "source", 1, clips=N_CLIPS)
        curate(source, folder / "out", options=CurationOptions(ReaderUse.NEVER, OverlayUse.NEVER))
    assert len(kept) == N_CLIPS
    return kept


@settings(max_examples=40, deadline=None)
@given(
    letters=st.integers(0, 70_000),
    numbers=st.lists(st.integers(0, N_CLIPS - 1), unique=True),
)
def test_a_part_comes_back_whatever_the_length_of_its_index(clips, tmp_path_factory, letters, numbers):
    store = open_store(tmp_path_factory.mktemp("parts"))
    excluded = [ExcludedClip("files/ö.dcm", "no_picture", "x" * letters)]
    write_part(store, "study", clips, excluded, [("damaged_truth", 2)], compared={"caption": 7})
    assert_is_part(store, clips, excluded, numbers)


def test_a_part_in_a_bucket_is_read_by_pieces(clips, bucket):
    store = open_store(f"{bucket}/parts")
    excluded = [ExcludedClip("files/1.dcm", "no_picture", "x" * 40_000)]
    write_part(store, "study", clips, excluded, [("damaged_truth", 2)], compared={"caption": 7})
    assert_is_part(store, clips, excluded, [2, 0])


def assert_is_part(store, clips, excluded, numbers):
    assert find_parts(store) == {"study"}
    assert len(store.names(PARTS_FOLDER)) == 1
    index = read_index(store, "study")
    assert list(index.excluded) == excluded
    assert index.problems == (("damaged_truth", 2),)
    assert index.compared == {"caption": 7}
    assert [clip.fingerprint for clip in index.clips] == [clip.fingerprint for clip in clips]
    assert [clip.size for clip in index.clips] == [len(clip.segment.data) for clip in clips]
    found = read_segments(store, "study", numbers)
    assert [person for person, _ in found] == [
        Person(clips[number].entry.patient_id, clips[number].entry.split) for number in numbers
    ]
    for number, (_, segment) in zip(numbers, found, strict=True):
        assert segment.data == clips[number].segment.data
        assert segment.label_text == clips[number].segment.label_text
        assert segment.frames == clips[number].segment.frames
        assert segment.masks == clips[number].segment.masks


def test_a_part_without_clips_is_a_part(tmp_path):
    store = open_store(tmp_path)
    write_part(store, "empty", [], [], [])
    assert find_parts(store) == {"empty"}
    assert read_index(store, "empty").clips == ()
    assert read_segments(store, "empty", []) == []


def test_a_part_that_is_not_there_is_missed(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_index(open_store(tmp_path), "study")
