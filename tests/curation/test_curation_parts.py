"""A study's part comes back as it was written, on a disk and in a bucket, however long its index is."""

import pytest
from benchmarks.tiny_archive import write_tiny_archive

from echovlm.curation import CurationOptions, OverlayUse, ReaderUse, curate, parts, study
from echovlm.curation.parts import PARTS_FOLDER, find_parts, read_index, read_segments, write_part
from echovlm.dataset import ExcludedClip, Person
from echovlm.dataset.conflicts import ValueConflict
from echovlm.dataset.contradictions import Contradiction
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


@pytest.mark.parametrize("beyond", [-(10**6), -1, 0, 1, 10**6])
@pytest.mark.parametrize("numbers", [[], [0], [2, 0], [0, 1, 2]])
def test_a_part_comes_back_wherever_the_first_read_ends(clips, tmp_path, monkeypatch, beyond, numbers):
    store = open_store(tmp_path)
    write(store, clips)
    start = parts._read(store, "study")[1]
    monkeypatch.setattr(parts, "_FIRST_READ_BYTES", max(8, start + beyond))
    assert_is_part(store, clips, numbers)


def test_a_part_with_a_long_index_comes_back_from_a_bucket(clips, bucket):
    store = open_store(f"{bucket}/parts")
    write(store, clips)
    assert parts._read(store, "study")[1] > parts._FIRST_READ_BYTES
    assert_is_part(store, clips, [2, 0])


EXCLUDED = [ExcludedClip("files/ö.dcm", "no_picture", "x" * 40_000)]
CONFLICT = ValueConflict("study", "lvef_biplane", "%", 55.0, "table row 1", 40.0, "note 7")
CONTRADICTION = Contradiction("study", "note", "lv_dilated", "state", "characters 1 to 9", "The text says …")


def write(store, clips):
    write_part(
        store, "study", clips, EXCLUDED, [("damaged_truth", 2)], agreement=[("table/note agree", 3)],
        conflicts=[CONFLICT], contradictions=[CONTRADICTION], compared={"caption": 7},
    )  # fmt: skip


def assert_is_part(store, clips, numbers):
    assert find_parts(store) == {"study"}
    assert len(store.names(PARTS_FOLDER)) == 1
    index = read_index(store, "study")
    assert list(index.excluded) == EXCLUDED
    assert index.problems == (("damaged_truth", 2),)
    assert index.agreement == (("table/note agree", 3),)
    assert (index.conflicts, index.contradictions) == ((CONFLICT,), (CONTRADICTION,))
    assert index.compared == {"caption": 7}
    for number, (clip, packed) in enumerate(zip(index.clips, clips, strict=True)):
        assert (clip.number, clip.file_number, clip.fingerprint) == (
            number, packed.file_number, packed.fingerprint,
        )  # fmt: skip
        assert (clip.source_path, clip.source_sha256) == (
            packed.entry.source_path, packed.entry.source_sha256,
        )  # fmt: skip
        assert clip.frames_sha256 == packed.segment.frames_sha256 != ""
    found = read_segments(store, "study", numbers)
    for number, (person, segment) in zip(numbers, found, strict=True):
        packed = clips[number]
        assert person == Person(packed.entry.patient_id, packed.entry.split)
        for name in ("data", "frames", "masks", "label", "frames_sha256"):
            assert getattr(segment, name) == getattr(packed.segment, name)


def test_a_part_without_clips_is_a_part(tmp_path):
    store = open_store(tmp_path)
    write_part(store, "empty", [], [], [])
    assert find_parts(store) == {"empty"}
    assert read_index(store, "empty").clips == ()
    assert read_segments(store, "empty", []) == []


def test_a_part_that_is_not_there_is_missed(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_index(open_store(tmp_path), "study")
