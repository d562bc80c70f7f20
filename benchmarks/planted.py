"""Damage planted in archives of every MIMIC-IV-ECHO version: all of it must be found, and nothing else lost.

    python -m benchmarks.planted runs/planted --patients 200

simulates one archive (or takes ``--archive``), lays it out as version 0.1, 1.0 and 1.0.1, damages each on purpose,
curates it, and compares what was planted with what the dataset says was set aside, reason by reason. Exit status 1 when
a count differs.
"""

import argparse
import csv
import gzip
import io
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from echovlm.clinical import Provenance, Source
from echovlm.curation import CurationOptions, OverlayUse, ReaderUse, RowProblem, curate
from echovlm.curation.values import find_named, parse_measurement
from echovlm.dataset import EchoGround, check_splits, read_excluded
from echovlm.dataset.conflicts import read_conflicts

VERSIONS = ("0.1", "1.0", "1.0.1")
FILE_SHARE = 0.03
STUDY_SHARE = 0.03
RECORDS, STUDIES, STRUCTURED = "echo-record-list.csv", "echo-study-list.csv", "structured-measurement.csv"
OPTIONS = CurationOptions(reader=ReaderUse.NEVER, overlays=OverlayUse.NEVER)
Rows = list[dict[str, str]]


@dataclass
class Archive:
    """An archive on disk with its tables in memory, and the ledger of what was planted in it.

    Attributes:
        root: Its folder.
        version: Its version.
        records: The record list.
        studies: The study list.
        values: The structured table; empty for 0.1.
        notes: Discharge notes.
        excluded: Clips that must be set aside, by reason.
        problems: Table rows that must give no value, by problem.
        conflicts: Pairs of values that must be listed.
        listed: Records and files that must be accounted for.
    """

    root: Path
    version: str
    records: Rows
    studies: Rows
    values: Rows
    notes: Rows
    excluded: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    conflicts: int = 0
    listed: int = 0

    def files_of(self, study: dict[str, str]) -> Rows:
        return [row for row in self.records if row["study_id"] == study["study_id"]]

    def values_of(self, study: dict[str, str]) -> Rows:
        return [row for row in self.values if row["measurement_id"] == study["measurement_id"]]


def read_rows(path: Path) -> Rows:
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def write_rows(path: Path, rows: Rows, columns: list[str]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    data = text.getvalue().encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)


def lay_out(base: Path, root: Path, version: str, *, patients: int = 1_000_000) -> Archive:
    """Copy the first patients of an archive of version 1.0.1 by hard links, in the layout of another version."""
    shutil.rmtree(root, ignore_errors=True)
    records = read_rows(base / RECORDS)
    subjects = set(sorted({row["subject_id"] for row in records})[:patients])
    records = [row for row in records if row["subject_id"] in subjects]
    for row in records:
        (root / row["dicom_filepath"]).parent.mkdir(parents=True, exist_ok=True)
        os.link(base / row["dicom_filepath"], root / row["dicom_filepath"])
    studies = [row for row in read_rows(base / STUDIES) if row["subject_id"] in subjects]
    rows = [row for row in read_rows(base / f"{STRUCTURED}.gz") if row["subject_id"] in subjects]
    values = [row for row in rows if is_usable(row)]
    if len(values) < len(rows):
        print(
            f"{len(rows) - len(values)} rows of the archive give no value before any damage; they are left out"
        )
    for study in studies:  # every study is linked by its id until damage says otherwise
        known = [row for row in values if row["subject_id"] == study["subject_id"]]
        study["measurement_id"] = known[0]["measurement_id"] if known else ""
    notes = [
        write_note(study, [v for v in values if v["subject_id"] == study["subject_id"]]) for study in studies
    ]
    archive = Archive(root, version, records, studies, values, notes if version == "0.1" else [])
    if version == "0.1":
        archive.values = []
    return archive


def is_usable(row: dict[str, str]) -> bool:
    """Whether a row is plausible as the simulator wrote it, so that the ledger knows every row that is not."""
    named = find_named(row["measurement"])
    origin = Provenance(Source.TABLE, "row")
    return named is None or not isinstance(
        parse_measurement(named, row["result"], row["unit"], origin), RowProblem
    )


def write_note(study: dict[str, str], values: Rows) -> dict[str, str]:
    """Return a discharge note that reports the study's ejection fraction and cavity."""
    said = {row["measurement"]: row["result"] for row in values}
    time = datetime.fromisoformat(study["study_datetime"]) + timedelta(days=2)
    lines = [f"LVEF = {said.get('biplane_lvef', '60')} %.", "No pericardial effusion."]
    if "lvedd" in said:
        lines.append(f"Left Ventricle - Diastolic Dimension: {said['lvedd']} cm")
    text = "Pertinent Results:\n\nTTE:\n" + "\n".join(lines) + "\n\nCXR: clear.\n"
    return {
        "note_id": f"{study['subject_id']}-DS-7", "subject_id": study["subject_id"], "note_type": "DS",
        "note_seq": "7", "charttime": f"{time:%Y-%m-%d %H:%M:%S}", "text": text,
    }  # fmt: skip


def store(archive: Archive) -> None:
    """Write the tables as the version has them; 1.0 plain and with its columns in another order."""
    root = archive.root
    write_rows(
        root / RECORDS, archive.records, ["subject_id", "study_id", "acquisition_datetime", "dicom_filepath"]
    )
    columns = ["subject_id", "study_id", "study_datetime", "note_id", "note_seq", "note_charttime"]
    later = [] if archive.version == "0.1" else ["measurement_id", "measurement_datetime"]
    write_rows(root / STUDIES, archive.studies, [*columns, *later])
    names = ["subject_id", "measurement_id", "measurement_datetime", "test_type", "measurement",
             "measurement_description", "result", "unit"]  # fmt: skip
    if archive.version == "1.0":
        write_rows(root / STRUCTURED, archive.values, ["vendor_column", *reversed(names)])
    elif archive.version == "1.0.1":
        write_rows(root / f"{STRUCTURED}.gz", archive.values, names)
    if archive.notes:
        header = [
            "note_id",
            "subject_id",
            "hadm_id",
            "note_type",
            "note_seq",
            "charttime",
            "storetime",
            "text",
        ]
        write_rows(root / "note" / "discharge.csv.gz", archive.notes, header)


# Damage to one file, told by its record; each returns the reason that must be counted for it.


def _replace(path: Path, content: bytes) -> None:
    path.unlink()  # a hard link must not change the original
    path.write_bytes(content)


def truncate(path: Path) -> str:
    content = path.read_bytes()
    _replace(path, content[: len(content) // 3])
    return "unreadable"


def empty(path: Path) -> str:
    _replace(path, b"")
    return "unreadable"


def overwrite(path: Path) -> str:
    _replace(path, b"this was an echo once\n" * 40)
    return "unreadable"


def remove(path: Path) -> str:
    path.unlink()
    return "missing_file"


FILE_DAMAGE = (truncate, empty, overwrite, remove)


def plant_in_files(archive: Archive, rows: Rows) -> None:
    """Damage some files, rename one in five of them, and give every fifth the content of an earlier file."""
    for number, row in enumerate(rows):
        path = archive.root / row["dicom_filepath"]
        if number % 6 == 4:
            path.rename(path.with_name(f"renamed_{path.name}"))
            archive.excluded["missing_file"] += 1
            archive.excluded["not_listed"] += 1
            archive.listed += 1
        elif number % 6 == 5:
            sibling = next(r for r in archive.records if r["study_id"] == row["study_id"] and r is not row)
            _replace(path, (archive.root / sibling["dicom_filepath"]).read_bytes())
            archive.excluded["duplicate_content"] += 1
        else:
            archive.excluded[FILE_DAMAGE[number % 4](path)] += 1


# Damage to one study's rows.


def lose_study_row(archive: Archive, study: dict[str, str]) -> None:
    archive.studies.remove(study)
    archive.excluded["no_link"] += len(archive.files_of(study))


def lose_values(archive: Archive, study: dict[str, str]) -> None:
    if archive.version == "0.1":
        archive.notes = [note for note in archive.notes if note["subject_id"] != study["subject_id"]]
        archive.excluded["no_measurements"] += len(archive.files_of(study))
        return
    archive.values = [row for row in archive.values if row["measurement_id"] != study["measurement_id"]]
    archive.excluded["no_link"] += len(archive.files_of(study))


def make_transoesophageal(archive: Archive, study: dict[str, str]) -> None:
    for row in archive.values_of(study):
        row["test_type"] = "tee"
    archive.excluded["not_transthoracic"] += len(archive.files_of(study))


def make_ambiguous(archive: Archive, study: dict[str, str]) -> None:
    """Take the id away and put a second measured study into the window."""
    copies = [row | {"measurement_id": f"8{row['measurement_id']}"} for row in archive.values_of(study)]
    for row in copies:
        time = datetime.fromisoformat(row["measurement_datetime"]) + timedelta(hours=20)
        row["measurement_datetime"] = f"{time:%Y-%m-%d %H:%M:%S}"
    archive.values += copies
    study["measurement_id"] = ""
    archive.excluded["ambiguous_link"] += len(archive.files_of(study))


def make_two_notes(archive: Archive, study: dict[str, str]) -> None:
    note = next(note for note in archive.notes if note["subject_id"] == study["subject_id"])
    archive.notes.append(note | {"note_id": f"{study['subject_id']}-DS-8"})
    archive.problems["ambiguous_note"] += 1
    archive.excluded["no_measurements"] += len(archive.files_of(study))


def repeat_study_row(archive: Archive, study: dict[str, str]) -> None:
    archive.studies.append(dict(study))
    archive.problems["repeated_study"] += 1


def repeat_record(archive: Archive, study: dict[str, str]) -> None:
    archive.records.append(dict(archive.files_of(study)[0]))
    archive.excluded["repeated_record"] += 1
    archive.listed += 1


def record_of_nobody(archive: Archive, study: dict[str, str]) -> None:
    first = archive.files_of(study)[0]
    archive.records.append(first | {"subject_id": "", "dicom_filepath": f"{first['dicom_filepath']}.copy"})
    archive.excluded["invalid_record"] += 1
    archive.listed += 1


def _spare_row(archive: Archive, study: dict[str, str], **changes: str) -> None:
    """Add a row of a quantity that the study has no row of."""
    template = archive.values_of(study)[0]
    archive.values.append(template | {"measurement": "arch_diam", "result": "2.9", "unit": "cm"} | changes)


def plant_rows(archive: Archive, study: dict[str, str]) -> None:
    """Add rows that give no value, one of each kind, and one quantity in conflict."""
    for result, problem in (("2.7-3.1", "range"), (">3", "bound"), ("", "empty"), ("large", "not_a_number"),
                            ("29", "implausible")):  # fmt: skip
        _spare_row(archive, study, result=result)
        archive.problems[problem] += 1
    _spare_row(archive, study, unit="furlong")
    archive.problems["unknown_unit"] += 1
    _spare_row(archive, study, unit="mL")
    archive.problems["wrong_dimension"] += 1
    _spare_row(archive, study, measurement="ivc_diam", result="1.2")
    _spare_row(archive, study, measurement="ivc_diam", result="2.6")
    archive.problems["conflicting"] += 2
    archive.conflicts += 1


_Damage = Callable[[Archive, dict[str, str]], None]
ROW_DAMAGE: tuple[_Damage, ...] = (repeat_study_row, repeat_record, record_of_nobody)
STUDY_DAMAGE: dict[str, tuple[_Damage, ...]] = {
    "0.1": (lose_study_row, lose_values, make_two_notes, *ROW_DAMAGE),
    "1.0": (lose_study_row, lose_values, make_transoesophageal, make_ambiguous, *ROW_DAMAGE, plant_rows),
}
STUDY_DAMAGE["1.0.1"] = STUDY_DAMAGE["1.0"]


def plant(archive: Archive, *, seed: int, share: float = FILE_SHARE) -> None:
    """Damage an archive: each kind of damage to some studies, and a share of the files of the others."""
    generator = np.random.default_rng(seed)
    archive.listed = len(archive.records)
    kinds = STUDY_DAMAGE[archive.version]
    each = max(1, round(STUDY_SHARE * len(archive.studies) / 3))
    order = [archive.studies[i] for i in generator.permutation(len(archive.studies))]
    chosen, whole = order[: each * len(kinds)], order[each * len(kinds) :]
    for number, study in enumerate(chosen):
        kinds[number % len(kinds)](archive, study)
    ids = {study["study_id"] for study in whole}
    firsts = {
        study: next(r for r in archive.records if r["study_id"] == study)["dicom_filepath"] for study in ids
    }
    files = [
        r for r in archive.records if r["study_id"] in ids and r["dicom_filepath"] != firsts[r["study_id"]]
    ]
    count = max(6, round(share * len(archive.records)))
    picked: Rows = []
    for index in generator.permutation(
        len(files)
    ):  # at most one file of a study, so that no twin is damaged too
        if files[index]["study_id"] not in {row["study_id"] for row in picked}:
            picked.append(files[index])
    plant_in_files(archive, picked[:count])
    store(archive)


def compare(archive: Archive, out: Path, *, workers: int) -> list[str]:
    """Curate a damaged archive and return what does not fit the ledger; nothing when all does."""
    summary = curate(archive.root, out, workers=workers, options=OPTIONS)
    wrong = []
    for title, planted, found in (
        ("set aside", archive.excluded, Counter(summary.excluded)),
        ("table rows", archive.problems, Counter(summary.row_problems)),
    ):
        for name in sorted({*planted, *found}):
            mark = "" if planted[name] == found[name] else "  <-- differs"
            print(f"  {title:10} {name:20} planted {planted[name]:4}  found {found[name]:4}{mark}")
            if mark:
                wrong.append(f"{archive.version}: {name}: planted {planted[name]}, found {found[name]}")
    conflicts = len(read_conflicts(out))
    total = summary.kept + sum(summary.excluded.values())
    print(
        f"  records {archive.listed}, accounted for {total}; conflicts planted {archive.conflicts}, listed {conflicts}"
    )
    if total != archive.listed or summary.records != archive.listed:
        wrong.append(f"{archive.version}: {archive.listed} records, {total} accounted for")
    if conflicts != archive.conflicts:
        wrong.append(f"{archive.version}: {archive.conflicts} conflicts planted, {conflicts} listed")
    if len(read_excluded(out)) != sum(archive.excluded.values()):
        wrong.append(f"{archive.version}: the list of exclusions has another length than the ledger")
    check_splits((row.patient_id, row.split) for row in EchoGround.open(out).rows())
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--patients", type=int, default=200)
    parser.add_argument("--archive", type=Path, help="a finished simulation to take instead of a new one")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    from echovlm.simulation import simulate

    base = arguments.archive or arguments.out / "archive"
    if arguments.archive is None:
        simulate(base, patients=arguments.patients, seed=arguments.seed, workers=arguments.workers, n_frames=4,
                 on_progress=lambda done, total: None)  # fmt: skip
    wrong: list[str] = []
    for version in VERSIONS:
        archive = lay_out(
            base, arguments.out / "mimic-iv-echo" / version, version, patients=arguments.patients
        )
        plant(archive, seed=arguments.seed)
        print(f"{version}: {len(archive.records)} records, {len(archive.studies)} studies")
        out = arguments.out / f"dataset-{version}"
        shutil.rmtree(out, ignore_errors=True)
        wrong += compare(archive, out, workers=arguments.workers)
    print("\n".join(wrong) or "everything planted was found, nothing else was lost, the totals add up")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
