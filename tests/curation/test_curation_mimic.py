"""A MIMIC-IV-ECHO tree: read by name, linked, every exclusion counted."""

import csv
import gzip
import hashlib
import shutil
from collections import Counter

import pytest
from curation_trees import (
    MEASURED,
    dicom,
    plain_study,
    record_rows,
    value_rows,
    without_view,
    write_table,
    write_tree,
)

from echovlm.clinical import Finding, FindingState, Quantity, Sex, View
from echovlm.curation import Reason, RowProblem, SourceError, curate, read_source
from echovlm.dataset import EchoGround, read_excluded


def one_value(listing, number=0):
    return {m.quantity: m.value for m in listing.tasks[number].measurements}


def test_columns_are_found_by_name_in_any_order_with_unknown_ones_ignored(tmp_path):
    studies = [plain_study(1)]
    plain = read_source(write_tree(tmp_path / "plain", studies))
    shuffled = write_tree(tmp_path / "shuffled", studies)
    write_table(
        shuffled / "echo-record-list.csv",
        [row | {"vendor": "x"} for row in record_rows(studies)],
        ["vendor", "dicom_filepath", "study_id", "acquisition_datetime", "subject_id"],
    )
    (shuffled / "structured-measurement.csv.gz").unlink()
    write_table(
        shuffled / "structured-measurement.csv",
        value_rows(studies),
        ["unit", "result", "measurement", "measurement_datetime", "measurement_id", "subject_id"],
    )
    listing = read_source(shuffled)
    assert [task.files for task in listing.tasks] == [task.files for task in plain.tasks]
    assert one_value(listing) == one_value(plain)
    assert one_value(plain)[Quantity.LV_INTERNAL_DIAMETER_ED] == 5.1


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("echo-record-list.csv", "dicom_filepath"),
        ("echo-study-list.csv", "study_datetime"),
        ("structured-measurement.csv.gz", "result"),
    ],
)
def test_a_missing_column_is_named_with_its_file(tmp_path, table, column):
    tree = write_tree(tmp_path, [plain_study(1)])
    opener = gzip.open if table.endswith(".gz") else open
    with opener(tree / table, "rt") as file:
        rows = list(csv.DictReader(file))
    write_table(tree / table, rows, [name for name in rows[0] if name != column])
    with pytest.raises(SourceError, match=rf"{table} lacks the column '{column}'"):
        read_source(tree)


@pytest.mark.parametrize("table", ["echo-study-list.csv", "structured-measurement.csv.gz"])
def test_a_missing_table_is_named(tmp_path, table):
    tree = write_tree(tmp_path, [plain_study(1)])
    (tree / table).unlink()
    with pytest.raises(SourceError, match=table.removesuffix(".gz")):
        read_source(tree)


@pytest.mark.parametrize("content", [b"", b"subject_id,study_id,dicom_filepath\n"])
def test_an_empty_record_list_is_said_to_be_empty(tmp_path, content):
    tree = write_tree(tmp_path, [plain_study(1)])
    (tree / "echo-record-list.csv").write_bytes(content)
    with pytest.raises(SourceError, match="empty"):
        read_source(tree)


def test_an_empty_file_is_told_what_to_give(tmp_path):
    tree = write_tree(tmp_path, [plain_study(1)])
    (tree / "echo-record-list.csv").write_bytes(b"")
    with pytest.raises(SourceError, match=r"empty CSV.*Give the table as it was released: CSV in UTF-8"):
        read_source(tree)


@pytest.mark.parametrize("kind", ["utf-16", "binary"])
def test_a_record_list_that_is_no_utf_8_is_told_so_in_printable_words(tmp_path, kind):
    tree = write_tree(tmp_path, [plain_study(1)])
    path = tree / "echo-record-list.csv"
    text = path.read_text().encode("utf-16")
    path.write_bytes(text if kind == "utf-16" else b"\x89PNG\x1b[31m\0,\0\x07\xff" + b",\xfe\x02" * 500)
    with pytest.raises(SourceError, match=r"is no CSV table in UTF-8.*saved as UTF-8") as raised:
        read_source(tree)
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 600 + len(str(path))


def test_a_table_of_many_columns_names_eight_and_counts_the_rest(tmp_path):
    tree = write_tree(tmp_path, [plain_study(1)])
    (tree / "echo-record-list.csv").write_text(",".join(f"c{i}" for i in range(30)) + "\n")
    with pytest.raises(SourceError, match=r"it has: 'c0', .*'c7', and 22 more\. Give"):
        read_source(tree)


def test_a_table_that_is_not_gzip_is_named(tmp_path):
    tree = write_tree(tmp_path, [plain_study(1)])
    whole = (tree / "structured-measurement.csv.gz").read_bytes()
    (tree / "structured-measurement.csv.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError, match="structured-measurement.csv.gz"):
        read_source(tree)


def test_identifiers_written_as_floats_and_a_byte_order_mark_are_understood(tmp_path):
    tree = write_tree(tmp_path, [plain_study(1)])
    path = tree / "echo-study-list.csv"
    text = path.read_text().replace(",1\n", ",1.0\n").replace(",1\r\n", ",1.0\r\n")
    assert ",1.0" in text
    path.write_text("\ufeff" + text)
    assert read_source(tree).tasks[0].verdict is None


def test_each_value_knows_its_row(tmp_path):
    tree = write_tree(tmp_path, [plain_study(1), plain_study(2)])
    first = read_source(tree).tasks[1].measurements[0]
    with gzip.open(tree / "structured-measurement.csv.gz", "rt") as file:
        rows = list(csv.DictReader(file))
    assert first.quantity is Quantity.LV_INTERNAL_DIAMETER_ED
    number = int(first.provenance.locator.split("row ")[1].split(",")[0])
    assert (rows[number - 1]["measurement"], rows[number - 1]["measurement_id"]) == ("lvedd", "2")


def test_rows_without_a_value_are_counted_and_the_others_kept(tmp_path):
    bad = {
        "lvedd": ("40-45", "mm"), "lvesd": (">3", "cm"), "septal_thickness": ("", "cm"),
        "inf_lat_thickness": ("thick", "cm"), "la_dimen": ("41", "cm"), "la_vol": ("50", "cm"),
        "sinus_diam": ("3", "apples"), "rv_diam": ("3.0", "cm"), "rv_diam#2": ("4.5", "cm"),
        "gender": ("unknown", ""), "ra_size": ("Gigantic", ""), "biplane_lvef": ("61", "%"),
        "not_ours": ("x", ""),
    }  # fmt: skip
    listing = read_source(write_tree(tmp_path, [plain_study(1, values=bad)]))
    assert one_value(listing) == {Quantity.LVEF_BIPLANE: 61}
    assert {problem: count for problem, count in listing.row_problems.items() if count} == {
        RowProblem.RANGE: 1,
        RowProblem.BOUND: 1,
        RowProblem.EMPTY: 1,
        RowProblem.NOT_A_NUMBER: 1,
        RowProblem.IMPLAUSIBLE: 1,
        RowProblem.WRONG_DIMENSION: 1,
        RowProblem.UNKNOWN_UNIT: 1,
        RowProblem.CONFLICTING: 2,
        RowProblem.UNKNOWN_SEX: 1,
        RowProblem.UNKNOWN_CATEGORY: 1,
    }


def test_an_estimate_with_two_ends_is_a_range(tmp_path):
    one = plain_study(1, values={"lvef": ("55", "%"), "lvef_upper": ("55", "%")})
    two = plain_study(2, values={"lvef": ("40", "%"), "lvef_upper": ("45", "%"), "lvedd": ("5", "cm")})
    listing = read_source(write_tree(tmp_path, [one, two]))
    assert one_value(listing, 0) == {Quantity.LVEF_VISUAL: 55}
    assert one_value(listing, 1) == {Quantity.LV_INTERNAL_DIAMETER_ED: 5}
    assert listing.row_problems[RowProblem.RANGE] == 1


def planted(root):
    """Return a tree with one of each exclusion, and how many clips each must give."""
    good = dicom(10000001, 90000001, 1)
    cut = dicom(10000001, 90000001, 3)
    still = dicom(10000001, 90000001, 5, n_frames=1)
    m_mode = dicom(10000001, 90000001, 7).replace(b"TTE\\0001", b"TTE\\0002")  # says so, not where
    files = [
        good,
        None,
        cut[: len(cut) // 3],
        b"not a DICOM",
        still,
        without_view(dicom(10000001, 90000001, 6)),
        m_mode,
        good,
    ]
    lone = plain_study(2, n_files=1, in_study_list=False)
    far = plain_study(3, n_files=2, linked=False, measured_time="2190-02-01 10:00:00")
    stress = plain_study(4, n_files=1, test_type="stress")
    blank = plain_study(5, n_files=1, values={"lvedd": ("", "cm")})
    torn = plain_study(6, n_files=3, linked=False)
    twin = [row | {"measurement_id": "66"} for row in value_rows([torn])]
    first = plain_study(1, n_files=0, files=files)
    repeated = record_rows([first])[0]
    extra = [
        repeated,
        repeated | {"dicom_filepath": "../outside.dcm"},
        repeated | {"dicom_filepath": ""},
        repeated | {"subject_id": "", "dicom_filepath": "files/nobody.dcm"},
    ]
    tree = write_tree(
        root, [first, lone, far, stress, blank, torn, plain_study(7)], extra_records=extra, extra_values=twin
    )
    return tree, {
        Reason.MISSING_FILE: 1,
        Reason.UNREADABLE: 2,
        Reason.SINGLE_FRAME: 1,
        Reason.UNKNOWN_VIEW: 1,
        Reason.NO_STRIP: 1,
        Reason.DUPLICATE_CONTENT: 1,
        Reason.NO_LINK: 3,
        Reason.NOT_TRANSTHORACIC: 1,
        Reason.NO_MEASUREMENTS: 1,
        Reason.AMBIGUOUS_LINK: 3,
        Reason.REPEATED_RECORD: 1,
        Reason.INVALID_RECORD: 3,
    }


def test_every_planted_exclusion_is_found_and_the_totals_add_up(tmp_path):
    tree, wanted = planted(tmp_path / "tree")
    summary = curate(tree, tmp_path / "out", workers=1, seed=0)
    assert summary.excluded == {
        reason.key: count for reason, count in sorted(wanted.items(), key=lambda x: x[0].key)
    }
    assert summary.kept == 1 + 2
    assert summary.records == summary.kept + sum(summary.excluded.values())
    with (tree / "echo-record-list.csv").open() as file:
        assert summary.records == len(list(csv.DictReader(file)))
    listed = read_excluded(tmp_path / "out")
    assert Counter(clip.reason for clip in listed) == summary.excluded
    assert all(clip.detail and clip.path for clip in listed)


def test_kept_clips_carry_what_the_tables_and_files_say(tmp_path):
    values = MEASURED | {
        "gender": ("M", ""),
        "pericardial_effusion": ("Small (<1.0cm)", ""),
        "lvedd": ("5.9", "cm"),
    }
    tree = write_tree(tmp_path / "tree", [plain_study(1, values=values)])
    curate(tree, tmp_path / "out", workers=1, seed=0)
    data = EchoGround.open(tmp_path / "out")
    row, other = data.rows()
    assert (row.view, other.view) == (View.PLAX, View.A4C)
    assert row.sex is Sex.MALE  # the table goes before the file, which says F
    assert row.console == "echovlm simulator"  # whose model, "Simulated heart", is named like the patients
    assert row.spacing_mm == pytest.approx(0.9)
    assert row.frame_times_ms == (0, 40, 80, 120)
    assert row.source_sha256 == hashlib.sha256((tree / row.source_path).read_bytes()).hexdigest()
    assert not row.masks
    assert not data.info.simulated
    assert data.read_frames(row).shape == (4, row.height_px, row.width_px)
    findings = {finding.finding: finding for finding in row.findings}
    assert findings[Finding.LV_DILATED].state is FindingState.PRESENT
    assert findings[Finding.LV_DILATED].rule_id is not None
    effusion = findings[Finding.PERICARDIAL_EFFUSION]
    assert (effusion.state, effusion.rule_id) == (FindingState.PRESENT, None)
    assert "pericardial_effusion" in effusion.reason
    assert findings[Finding.RA_DILATED].state is FindingState.NOT_ASSESSED
    assert any(m.quantity is Quantity.LA_VOLUME_INDEX for m in row.measurements)


def test_a_category_is_used_only_where_no_rule_had_its_inputs(tmp_path):
    values = MEASURED | {"lvedd": ("4.5", "cm"), "gender": ("M", ""), "lv_chamber_size": ("Severe LVE", "")}
    curate(write_tree(tmp_path / "a", [plain_study(1, values=values)]), tmp_path / "out_a", workers=1, seed=0)
    del values["lvedd"]
    curate(write_tree(tmp_path / "b", [plain_study(1, values=values)]), tmp_path / "out_b", workers=1, seed=0)
    states = [
        next(f for f in EchoGround.open(tmp_path / out).rows()[0].findings if f.finding is Finding.LV_DILATED)
        for out in ("out_a", "out_b")
    ]
    assert [(s.state, s.rule_id is None) for s in states] == [
        (FindingState.ABSENT, False),
        (FindingState.PRESENT, True),
    ]


def test_sex_comes_from_the_file_when_the_table_is_silent(tmp_path):
    curate(write_tree(tmp_path / "tree", [plain_study(1)]), tmp_path / "out", workers=1, seed=0)
    assert {row.sex for row in EchoGround.open(tmp_path / "out").rows()} == {Sex.FEMALE}


def test_the_same_file_under_two_patients_is_kept_once(tmp_path):
    studies = [plain_study(1), plain_study(5)]
    tree = write_tree(tmp_path / "tree", studies)
    shutil.copy(tree / studies[0].paths()[0], tree / studies[1].paths()[1])
    summary = curate(tree, tmp_path / "out", workers=1, seed=0)
    assert summary.excluded == {"duplicate_content": 1}
    rows = EchoGround.open(tmp_path / "out").rows()
    assert len({row.source_sha256 for row in rows}) == len(rows) == 3
