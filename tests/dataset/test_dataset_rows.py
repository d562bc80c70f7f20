"""Rows of the manifest read by Arrow from the labels of clips, against the same by way of Python's values."""

import json

import pyarrow as pa
import pytest
from test_dataset_roundtrip import entry, pixels, write

from echovlm.clinical.views import Mode
from echovlm.dataset import DatasetError, EchoGround, Split, SplitError, StripAxes, manifest_parts, pack_clip
from echovlm.dataset.manifest import MANIFEST_SCHEMA, entry_to_plain
from echovlm.dataset.manifest_parts import RowsFile, iter_row_groups, labels_to_table, read_note
from echovlm.dataset.segments import place
from echovlm.dataset.shards import find_shard
from echovlm.dataset.tally import Tally
from echovlm.stores import open_store

OF_ANOTHER = entry(
    2, patient_id="10000002", split=Split.TEST, caption="Größe über 6 cm,\n\tin “two” lines.", spacing_mm=None
)
BARE = entry(
    3, study_id="90000003", mode=Mode.PW, strip=StripAxes(0.009, -1.8, 111.5), console=None, sex=None,
    frame_times_ms=None, r_wave_times_ms=(), heart_rate_bpm=61, landmarks=(), measurements=(), findings=(),
    statements=(),
)  # fmt: skip
ENTRIES = (entry(1), OF_ANOTHER, BARE)


def labels_and_places(entries):
    segments = [pack_clip(e, *pixels(number)) for number, e in enumerate(entries)]
    places = [place(s, shard="shards/train-000000.tar", offset=1024 * n) for n, s in enumerate(segments)]
    return [segment.label_text for segment in segments], places


def rows_to_table(rows):
    return pa.Table.from_pylist(rows, schema=MANIFEST_SCHEMA)


def plain_rows(labels, places):
    return [json.loads(label) | place for label, place in zip(labels, places, strict=True)]


def test_a_table_of_labels_is_that_of_their_plain_values():
    labels, places = labels_and_places(ENTRIES)
    table = labels_to_table(labels, places)
    table.validate(full=True)
    assert table.equals(rows_to_table(plain_rows(labels, places)), check_metadata=True)
    bare = labels_to_table(labels[2:], places[2:])  # without one value by which a type could be guessed
    assert bare.equals(table.slice(2))


def test_a_label_of_another_version_keeps_what_is_known():
    labels, places = labels_and_places(ENTRIES)
    older = json.loads(labels[0])
    del older["console"]
    newer = json.loads(labels[1]) | {"mood": ["new"]}
    labels[:2] = json.dumps(older).encode(), json.dumps(newer).encode()
    table = labels_to_table(labels, places)
    assert table["console"].to_pylist() == [None, "Acme Vivid 7", None]
    assert table.equals(rows_to_table(plain_rows(labels, places)))


def test_what_only_the_json_of_python_knows_is_kept():
    labels, places = labels_and_places(
        [entry(1, heart_rate_bpm=float("nan")), entry(2, heart_rate_bpm=float("inf"))]
    )
    first, second = labels_to_table(labels, places)["heart_rate_bpm"].to_pylist()
    assert first != first
    assert second == float("inf")


def test_counts_by_column_are_counts_by_row():
    labels, places = labels_and_places(ENTRIES)
    assert places[0]["masks"]
    places[0] = places[0] | {"masks": places[0]["masks"] * 2}
    places[2] = places[2] | {"masks": []}
    table = labels_to_table(labels, places)
    expected = Tally.of(plain_rows(labels, places))
    for first in range(4):  # rows of a group
        counted = Tally()
        counted.count_table(table.slice(0, first))
        counted.count_table(table.slice(first))
        assert counted == expected
    assert (counted.masked, counted.calibrated, counted.frames) == (2, 2, 9)
    assert len(counted.studies) == 3


def test_counts_by_column_refuse_a_clip_twice_and_a_patient_in_two_splits():
    table = labels_to_table(*labels_and_places([entry(1), entry(1)]))
    with pytest.raises(DatasetError, match="twice"):
        Tally().count_table(table)
    table = labels_to_table(*labels_and_places([entry(1), entry(2, split=Split.TEST)]))
    with pytest.raises(SplitError):
        Tally().count_table(table)


def test_a_shard_that_is_refused_at_its_end_leaves_nothing(tmp_path):
    with pytest.raises(DatasetError, match="twice"):
        write(tmp_path, [entry(1), entry(1)])
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_counts_of_a_shard_found_again_are_those_of_its_rows(tmp_path, monkeypatch):
    monkeypatch.setattr("echovlm.dataset.writer.WORK_FOLDER", "nothing")  # the rows stay
    write(tmp_path, [entry(1), entry(2)])
    found = find_shard(open_store(tmp_path), "shards/train-000000.tar")
    assert found is not None
    rows = EchoGround.open(tmp_path).rows()
    assert found.tally == Tally.of(entry_to_plain(row) for row in rows)


def test_rows_come_back_by_groups_and_the_note_beside_them(tmp_path, monkeypatch):
    monkeypatch.setattr(manifest_parts, "ROWS_PER_GROUP", 2)
    monkeypatch.setattr(manifest_parts, "_ROWS_PACKED", 1)
    store = open_store(tmp_path)
    rows = RowsFile(store, "rows.arrow")
    labels, places = labels_and_places(ENTRIES)
    for label, where in zip(labels, places, strict=True):
        rows.add(label, where)
    rows.finish(note={"size": "7", "sha256": "ab"})
    rows.discard()  # does nothing to a finished file
    assert read_note(store, "rows.arrow") == {"size": "7", "sha256": "ab"}
    groups = list(iter_row_groups(store, "rows.arrow"))
    assert [len(group) for group in groups] == [2, 1]
    assert pa.concat_tables(groups).equals(labels_to_table(labels, places))
    assert read_note(store, "others.arrow") is None


def test_rows_that_are_given_up_leave_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(manifest_parts, "ROWS_PER_GROUP", 1)
    rows = RowsFile(open_store(tmp_path), "rows.arrow")
    labels, places = labels_and_places(ENTRIES)
    rows.add(labels[0], places[0])
    rows.tally()  # a group was written
    rows.discard()
    assert list(tmp_path.iterdir()) == []
