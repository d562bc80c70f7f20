"""What is written to an EchoGround dataset is what is read from it."""

import hashlib
import io
import json
import multiprocessing
import pickle
import tarfile
from dataclasses import fields, replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from echovlm.clinical.anatomy import Landmark
from echovlm.clinical.findings import Finding, FindingState, Grade
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.patient import Sex
from echovlm.clinical.provenance import Provenance, Source
from echovlm.clinical.units import Unit
from echovlm.clinical.views import Mode, View
from echovlm.dataset import (
    SCHEMA_VERSION,
    ClipEntry,
    DatasetError,
    DatasetOrigin,
    EchoGround,
    Evidence,
    ExcludedClip,
    FindingRow,
    LandmarkPoint,
    SchemaError,
    Split,
    SplitError,
    StatementRow,
    StripAxes,
    manifest_parts,
    merge_datasets,
    pack_clip,
    read_excluded,
    write_dataset,
)
from echovlm.dataset.label_text import label_text
from echovlm.dataset.manifest import entry_from_plain, entry_to_plain

ORIGIN = DatasetOrigin(
    source="a fixture",
    simulated=True,
    seed=3,
    licence="none",
    fingerprint="f" * 64,
    row_problems={"range": 2},
)
TABLE = Provenance(Source.TABLE, "structured-measurement.csv row 2")
LVIDD = Measurement(Quantity.LV_INTERNAL_DIAMETER_ED, 6.2, Unit.CM, TABLE)


def entry(number: int, **changes: object) -> ClipEntry:
    full = ClipEntry(
        clip_id=f"90000001_{number:04d}",
        patient_id="10000001",
        study_id="90000001",
        split=Split.TRAIN,
        view=View.PLAX,
        view_source="dicom",
        height_px=24,
        width_px=32,
        source_path=f"files/{number}.dcm",
        source_sha256=f"{number:064x}",
        console="Acme Vivid 7",
        sex=Sex.FEMALE,
        frame_times_ms=(0.0, 20.0, 40.5),
        heart_rate_bpm=61.5,
        r_wave_times_ms=(0.0,),
        spacing_mm=0.75,
        ed_frame_index=1,
        es_frame_index=2,
        landmarks=(LandmarkPoint(Landmark.IVS_LV_SIDE, 1, 3.25, 4.5),),
        measurements=(LVIDD,),
        findings=(
            FindingRow(
                Finding.LV_DILATED,
                FindingState.PRESENT,
                Grade.MODERATE,
                "lvidd",
                "6.2 cm is above 5.8 cm",
                True,
                (Evidence(Quantity.LV_INTERNAL_DIAMETER_ED, 6.2, Unit.CM),),
            ),
            FindingRow(Finding.RA_DILATED, FindingState.NOT_ASSESSED, None, None, "no RA area", False),
        ),
        statements=(
            StatementRow(("Dilated.", "Large."), ("Normal.",), Finding.LV_DILATED, None, True, TABLE),
            StatementRow(("LVIDd is 6.2 cm.",), (), None, Quantity.LV_INTERNAL_DIAMETER_ED, None, TABLE),
        ),
        caption="Dilated. LVIDd is 6.2 cm.",
    )
    return replace(full, **changes)


def pixels(seed: int, n_frames: int = 3) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    generator = np.random.default_rng(seed)
    smooth = np.cumsum(np.cumsum(generator.normal(size=(n_frames, 24, 32)), 1), 2)
    frames = np.uint8(127 + 100 * np.tanh(smooth / 20))
    return frames, {1: generator.integers(0, 8, (24, 32), dtype=np.uint8)}


def write(folder, entries, **options):
    clips = ((e, pack_clip(e, *pixels(number))) for number, e in enumerate(entries))
    return write_dataset(folder, clips, origin=ORIGIN, **options)


def test_every_field_of_every_clip_comes_back(tmp_path):
    bare = entry(
        2, mode=Mode.PW, strip=StripAxes(0.009, -1.8, 111.5), console=None, sex=None, frame_times_ms=None,
        spacing_mm=None, heart_rate_bpm=None, r_wave_times_ms=(), landmarks=(), ed_frame_index=None,
        es_frame_index=None,
        measurements=(), findings=(), statements=(), caption="",
    )  # fmt: skip
    write(tmp_path, [entry(1), bare])
    rows = EchoGround.open(tmp_path).rows()
    for row, written in zip(rows, [entry(1), bare], strict=True):
        assert {f.name: getattr(row, f.name) for f in fields(ClipEntry)} == {
            f.name: getattr(written, f.name) for f in fields(ClipEntry)
        }


def test_a_manifest_written_in_groups_holds_the_rows_of_one_written_at_once(tmp_path, monkeypatch):
    entries = [entry(number) for number in range(5)]
    write(tmp_path / "whole", entries)
    monkeypatch.setattr(manifest_parts, "_ROWS_PACKED", 1)
    monkeypatch.setattr(manifest_parts, "ROWS_PER_GROUP", 2)
    write(tmp_path / "groups", entries)
    with pq.ParquetFile(tmp_path / "groups" / "manifest.parquet") as file:
        assert [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)] == [2, 2, 1]
    assert EchoGround.open(tmp_path / "groups").rows() == EchoGround.open(tmp_path / "whole").rows()


def test_masks_come_back_exactly_and_frames_within_jpeg_error(tmp_path):
    write(tmp_path, [entry(number) for number in range(4)])
    data = EchoGround.open(tmp_path)
    for number, row in enumerate(data.rows()):
        frames, masks = pixels(number)
        read = data.read_frames(row)
        assert read.shape == frames.shape
        assert np.abs(read.astype(int) - frames).mean() < 3
        assert data.read_masks(row).keys() == masks.keys()
        np.testing.assert_array_equal(data.read_masks(row)[1], masks[1])


def test_any_frame_can_be_read_alone_and_in_any_order(tmp_path):
    write(tmp_path, [entry(1), entry(2)])
    data = EchoGround.open(tmp_path)
    row = data.rows()[1]
    np.testing.assert_array_equal(data.read_frames(row, [2, 0, 2]), data.read_frames(row)[[2, 0, 2]])


def test_tar_knows_the_same_members_as_the_manifest(tmp_path):
    write(tmp_path, [entry(1), entry(2)])
    data = EchoGround.open(tmp_path)
    with tarfile.open(tmp_path / "shards" / "train-000000.tar") as shard:
        members = {member.name: member for member in shard.getmembers()}
        assert {(m.mtime, m.uid, m.gid, m.uname) for m in members.values()} == {(0, 0, 0, "")}
        for row in data.rows():
            for index, place in enumerate(row.frames):
                member = members[f"{row.clip_id}.{index:03d}.jpg"]
                assert (member.offset_data, member.size) == (place.offset, place.size)
            for mask in row.masks:
                assert members[f"{row.clip_id}.{mask.frame_index:03d}.mask.png"].offset_data == mask.offset
            read = {
                kind: shard.extractfile(f"{row.clip_id}.{kind}").read() for kind in ("jpg", "txt", "json")
            }
            assert read["txt"].decode() == row.caption
            assert json.loads(read["json"])["findings"][0]["finding"] == "lv_dilated"
            key_frame = shard.extractfile(f"{row.clip_id}.{row.ed_frame_index:03d}.jpg").read()
            assert read["jpg"] == key_frame


def test_small_shards_hold_the_same_clips_as_one_large_shard(tmp_path):
    entries = [entry(number) for number in range(6)]
    write(tmp_path / "one", entries)
    write(tmp_path / "many", entries, max_shard_bytes=30_000)
    one, many = EchoGround.open(tmp_path / "one"), EchoGround.open(tmp_path / "many")
    assert len({row.shard for row in many.rows()}) > 1
    for a, b in zip(one.rows(), many.rows(), strict=True):
        assert a.clip_id == b.clip_id
        np.testing.assert_array_equal(one.read_frames(a), many.read_frames(b))


def test_same_clips_give_the_same_bytes_also_over_a_killed_attempt(tmp_path):
    entries = [entry(number) for number in range(3)]

    def stops_half_way():
        for number, e in enumerate(entries[:2]):
            yield e, pack_clip(e, *pixels(number))
        raise KeyboardInterrupt

    write(tmp_path / "a", entries)
    with pytest.raises(KeyboardInterrupt):
        write_dataset(tmp_path / "b", stops_half_way(), origin=ORIGIN)
    assert not list((tmp_path / "b").rglob("*.tar"))
    with pytest.raises(SchemaError, match="did not end"):
        EchoGround.open(tmp_path / "b")
    (tmp_path / "b" / "shards" / ".train-000000.tar.99.tmp").write_bytes(b"half")
    write(tmp_path / "b", entries)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def tree(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_rows_of_one_split_are_those_of_its_patients(tmp_path):
    entries = [
        entry(1), entry(2, patient_id="10000002", study_id="2", split=Split.TEST),
        entry(3, patient_id="10000003", study_id="3", split=Split.VAL), entry(4),
    ]  # fmt: skip
    info = write(tmp_path, entries)
    data = EchoGround.open(tmp_path)
    assert [row.clip_id for row in data.rows("train")] == ["90000001_0001", "90000001_0004"]
    assert [row.patient_id for row in data.rows(Split.TEST)] == ["10000002"]
    assert info == data.info
    assert info.patients == {"train": 1, "val": 1, "test": 1}
    with pytest.raises(ValueError, match="holdout"):
        data.rows("holdout")


def test_a_patient_in_two_splits_is_refused(tmp_path):
    with pytest.raises(SplitError, match="'10000001' stands in test and in train"):
        write(tmp_path, [entry(1), entry(2, split=Split.TEST)])


def test_a_clip_id_given_twice_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="twice"):
        write(tmp_path, [entry(1), entry(1)])


def test_no_clip_is_no_dataset_and_says_why(tmp_path):
    with pytest.raises(DatasetError, match="no_link 2"):
        write(tmp_path, [], excluded=[ExcludedClip("a", "no_link", "x"), ExcludedClip("b", "no_link", "x")])
    assert not (tmp_path / "manifest.parquet").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"clip_id": "a.b"},
        {"height_px": 25},
        {"frame_times_ms": (0.0,)},
        {"ed_frame_index": 3},
        {"landmarks": (LandmarkPoint(Landmark.LV_APEX, 9, 0, 0),)},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_an_entry_that_contradicts_its_pixels_is_refused(wrong):
    with pytest.raises(DatasetError):
        pack_clip(entry(1, **wrong), *pixels(0))


def test_a_colour_clip_gives_back_its_colours_and_its_brightness_as_grey(tmp_path):
    rgb = np.zeros((3, 24, 32, 3), np.uint8)
    rgb[:, 4:12, 4:16] = (220, 30, 30)  # towards the probe
    rgb[:, 12:20, 4:16] = (30, 60, 220)  # away from it
    coloured = entry(1, mode=Mode.COLOR, is_colour=True, landmarks=())
    write_dataset(tmp_path, [(coloured, pack_clip(coloured, rgb))], origin=ORIGIN)
    data = EchoGround.open(tmp_path)
    row = data.rows()[0]
    assert np.abs(data.read_colour(row).astype(int) - rgb).mean() < 4
    luma = rgb @ np.array([0.299, 0.587, 0.114])  # ITU-R BT.601, the Y of a JPEG
    assert np.abs(data.read_frames(row) - luma).mean() < 3


@pytest.mark.parametrize(("is_colour", "shape"), [(False, (3, 24, 32, 3)), (True, (3, 24, 32))])
def test_colour_is_what_the_entry_says_or_refused(is_colour, shape):
    with pytest.raises(DatasetError, match="grey" if not is_colour else "red"):
        pack_clip(entry(1, is_colour=is_colour), np.zeros(shape, np.uint8))


def test_exclusions_are_listed_and_the_totals_add_up(tmp_path):
    excluded = [
        ExcludedClip("x.dcm", "unreadable", "is truncated"),
        ExcludedClip("y.dcm", "no_link", "no study"),
    ]
    info = write(tmp_path, [entry(1), entry(2)], excluded=excluded)
    assert read_excluded(tmp_path) == excluded
    assert info.records == sum(info.clips.values()) + sum(info.excluded.values()) == 4


def test_the_card_says_simulated_and_counts(tmp_path):
    write(tmp_path, [entry(1), entry(2)], excluded=[ExcludedClip("x.dcm", "unreadable", "is truncated")])
    card = (tmp_path / "README.md").read_text()
    for line in (
        "**SIMULATED.**",
        "| clips | 2 | 0 | 0 | 2 |",
        "| unreadable | 1 |",
        "| lv_dilated | present | 2 | 0 |",
    ):
        assert line in card
    assert "\n|---|---:|---:|---:|\n| plax | 2 | 0 | 0 |" in card


@pytest.mark.parametrize("damage", ["cut", "missing", "swapped"])
def test_a_damaged_shard_is_named(tmp_path, damage):
    write(tmp_path, [entry(1), entry(2)])
    data = EchoGround.open(tmp_path)
    row = data.rows()[1]
    shard = tmp_path / row.shard
    if damage == "cut":
        shard.write_bytes(shard.read_bytes()[:5000])
    elif damage == "swapped":
        shard.write_bytes(b"\0" * shard.stat().st_size)
    else:
        shard.unlink()
    with pytest.raises(SchemaError, match=row.shard):
        data.read_frames(row)


def test_a_damaged_mask_is_named_without_objects_in_memory(tmp_path):
    first = entry(1)
    write(tmp_path, [first])
    data = EchoGround.open(tmp_path)
    row = next(row for row in data.rows() if row.masks)
    shard = tmp_path / row.shard
    shard.write_bytes(b"\0" * shard.stat().st_size)
    with pytest.raises(SchemaError, match=rf"{row.shard}.*the mask of frame \d+ is no image") as raised:
        data.read_masks(row)
    assert "0x" not in str(raised.value).replace(str(tmp_path), "")


def test_a_folder_in_the_place_of_a_file_is_named(tmp_path):
    write(tmp_path, [entry(1)])
    data = EchoGround.open(tmp_path)
    row = data.rows()[0]
    for name, read in (
        (row.shard, lambda: data.read_frames(row)),
        ("dataset.json", lambda: EchoGround.open(tmp_path)),
    ):
        (tmp_path / name).unlink()
        (tmp_path / name).mkdir()
        with pytest.raises(SchemaError, match=rf"{name}.*cannot be read as a file.*directory.*again"):
            read()


def test_another_schema_version_is_refused(tmp_path):
    write(tmp_path, [entry(1)])
    path = tmp_path / "dataset.json"
    path.write_text(path.read_text().replace(f'"schema_version": {SCHEMA_VERSION}', '"schema_version": 99'))
    with pytest.raises(SchemaError, match="99"):
        EchoGround.open(tmp_path)


def as_older(folder, version, *, lacks):
    """Make a dataset what one was before some columns were there, labels in the shards aside."""
    path = folder / "dataset.json"
    now, then = (f'"schema_version": {number}' for number in (SCHEMA_VERSION, version))
    path.write_text(path.read_text().replace(now, then))
    table = pq.read_table(folder / "manifest.parquet").drop_columns(lacks)
    pixels = pa.field("pixels_sha256", pa.string(), nullable=False)
    table = table.append_column(pixels, pa.array(["00" * 32] * len(table)))
    pq.write_table(table, folder / "manifest.parquet")


def as_version_4(folder):
    as_older(folder, 4, lacks=["console", "frames_sha256"])


def test_a_dataset_from_before_the_console_was_told_is_read_with_it_unknown(tmp_path):
    write(tmp_path, [entry(1)])
    as_version_4(tmp_path)
    data = EchoGround.open(tmp_path)
    (row,) = data.rows()
    assert (data.info.schema_version, row.console, row.sex) == (4, None, Sex.FEMALE)
    assert entry_from_plain(
        {k: v for k, v in data.read_segment(row).plain.items() if k != "console"}
    ) == replace(entry(1), console=None)


def test_a_dataset_that_hashed_pixels_is_read_and_its_frames_are_hashed_when_that_is_asked_for(tmp_path):
    write(tmp_path, [entry(1), entry(2)])
    (expected, _) = EchoGround.open(tmp_path).rows()
    as_older(tmp_path, 5, lacks=["frames_sha256"])
    data = EchoGround.open(tmp_path)
    (row, _) = data.rows()
    assert (data.info.schema_version, row.console, row.frames_sha256) == (5, entry(1).console, "")
    assert next(data.iter_hashed_rows()) == expected


@pytest.mark.parametrize("versions", [(5, 5), (4, SCHEMA_VERSION), (SCHEMA_VERSION, 5)])
def test_one_person_under_two_names_is_found_in_older_datasets_too(tmp_path, versions):
    one = entry(1, source_sha256="aa" * 32)
    alias = replace(one, clip_id="alias", patient_id="10000009", split=Split.TEST, source_sha256="bb" * 32)
    for name, clip, version in zip(("known", "alias"), (one, alias), versions, strict=True):
        write_dataset(tmp_path / name, [(clip, pack_clip(clip, *pixels(1)))], origin=ORIGIN)
        if version != SCHEMA_VERSION:
            lacks = {4: ["console", "frames_sha256"], 5: ["frames_sha256"]}[version]
            as_older(tmp_path / name, version, lacks=lacks)
    info = merge_datasets(
        [EchoGround.open(tmp_path / name) for name in ("known", "alias")], tmp_path / "both"
    )
    assert (info.merged_patients, info.excluded) == (1, {"duplicate_content": 1})
    (row,) = EchoGround.open(tmp_path / "both").rows()
    assert (row.patient_id, row.split) == (one.patient_id, one.split)
    assert row.frames_sha256 != ""


def test_a_manifest_of_this_version_without_the_hash_is_missed(tmp_path):
    write(tmp_path, [entry(1)])
    path = tmp_path / "manifest.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["frames_sha256"]), path)
    with pytest.raises(SchemaError, match="lacks the column 'frames_sha256'"):
        EchoGround.open(tmp_path).rows()


def test_the_hash_of_a_clip_is_that_of_its_frames_in_the_shard(tmp_path):
    write(tmp_path, [entry(1)])
    data = EchoGround.open(tmp_path)
    (row,) = data.rows()
    shard = (tmp_path / row.shard).read_bytes()
    jpegs = b"".join(shard[frame.offset : frame.offset + frame.size] for frame in row.frames)
    assert row.frames_sha256 == hashlib.sha256(jpegs).hexdigest()


def test_a_column_that_every_version_has_is_missed(tmp_path):
    write(tmp_path, [entry(1)])
    as_version_4(tmp_path)
    path = tmp_path / "manifest.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["mode"]), path)
    with pytest.raises(SchemaError, match="lacks the column 'mode'"):
        EchoGround.open(tmp_path).rows()


def test_a_folder_without_a_dataset_is_named(tmp_path):
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(SchemaError, match=path.name):
            EchoGround.open(path)


def _sum_of(job) -> int:
    data, row = job
    return int(data.read_frames(row).sum())


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_read_what_the_parent_reads(tmp_path, method):
    write(tmp_path, [entry(number) for number in range(4)])
    data = EchoGround.open(tmp_path)
    jobs = [(data, row) for row in data.rows()]
    assert pickle.loads(pickle.dumps(data)) == data
    with multiprocessing.get_context(method).Pool(1) as pool:
        assert pool.map(_sum_of, jobs) == [_sum_of(job) for job in jobs]


def test_a_shard_ends_as_tar_demands(tmp_path):
    write(tmp_path, [entry(1)])
    data = (tmp_path / "shards" / "train-000000.tar").read_bytes()
    assert data.endswith(bytes(1024))
    with tarfile.open(fileobj=io.BytesIO(data)) as shard:
        assert len(shard.getmembers()) == 3 + 1 + 3


def test_a_label_is_the_json_of_its_plain_values_also_when_clips_share_some():
    first = entry(0)
    second = replace(first, clip_id="other")
    assert second.measurements is first.measurements
    (stated, *_) = first.statements
    bare = replace(
        stated, text_options=("Größe “9”.",), counterfactual_options=(), finding=None, quantity=None
    )
    said = [replace(bare, present=present) for present in (None, False, True)]
    others = (replace(first, measurements=()), replace(first, statements=(*said, stated)))
    for clip in (first, second, *others, replace(first, statements=()), first):
        assert label_text(clip) == json.dumps(entry_to_plain(clip), ensure_ascii=False).encode()
