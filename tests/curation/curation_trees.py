"""Small MIMIC-IV-ECHO trees whose every row and pixel is chosen by the test."""

import csv
import gzip
import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from echovlm.clinical import Sex, View
from echovlm.clinical.views import Mode
from echovlm.simulation.archive.dicom import Content, Identity, Timing, encode_dicom
from echovlm.simulation.console.regions import tissue_region

HEIGHT, WIDTH, APEX = 120, 160, (80.0, 4.0)
SPACING_MM = 0.9
BOX = (10, 4, 150, 112)
MEASURED = {
    "lvedd": ("5.1", "cm"),
    "la_vol": ("52", "mL"),
    "height_cm": ("170", "cm"),
    "weight_kg": ("70", "kg"),
}


def sector(seed: int, n_frames: int) -> np.ndarray:
    """Return RGB frames: a fan of moving speckle with a dark disc of 12 px radius at (80, 60)."""
    generator = np.random.default_rng(seed)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    depth, side = np.hypot(x - APEX[0], y - APEX[1]), np.abs(np.arctan2(x - APEX[0], y - APEX[1]))
    fan = (depth < 104) & (side < 0.7)
    speckle = generator.uniform(60, 220, (n_frames, HEIGHT // 4, WIDTH // 4)).repeat(4, 1).repeat(4, 2)
    speckle[:, disc()] = 12
    return (speckle * fan).astype(np.uint8)[..., None].repeat(3, -1)


def disc() -> np.ndarray:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return np.hypot(x - 80, y - 60) <= 12


def dicom(patient: int = 10000001, study: int = 90000001, ordinal: int = 1, *, view: View = View.PLAX,
          n_frames: int = 4, sex: Sex = Sex.FEMALE) -> bytes:  # fmt: skip
    identity = Identity(
        patient_id=patient, study_id=study, ordinal=ordinal, sex=sex, date="21900101", time="101500",
        study_time="100000", seed=0, age_years=60.0, height_cm=165.0, weight_kg=70.0,
    )  # fmt: skip
    return encode_dicom(
        sector(study + ordinal, n_frames),
        identity=identity,
        content=Content(
            view=view,
            mode=Mode.B,
            regions=(tissue_region(BOX, apex_xy_px=APEX, spacing_mm=SPACING_MM),),
            depth_mm=100.0,
        ),
        timing=Timing(tuple(40.0 * index for index in range(n_frames)), 60.0, (0.0,)),
    )


def without_view(content: bytes) -> bytes:
    """Return the DICOM with the view code of a view that the standard does not know."""
    code, meaning = b"399139001", b"Parasternal long axis"
    assert content.count(code) == content.count(meaning) == 1
    return content.replace(code, b"999999999").replace(meaning, b"An unheard-of section")


@dataclass
class Study:
    """One study of a tree; ``values`` are rows of its measured study, name to result and unit."""

    subject: str = "10000001"
    study: str = "90000001"
    time: str = "2190-01-01 10:00:00"
    measurement_id: str = "1"
    measured_time: str = "2190-01-01 10:30:00"
    test_type: str = "tte"
    values: dict[str, tuple[str, str]] = field(default_factory=lambda: dict(MEASURED))
    files: list[bytes | None] = field(default_factory=list)  # None: listed, not there
    in_study_list: bool = True
    linked: bool = True  # whether the study list names the measurement_id

    def paths(self) -> list[str]:
        folder = f"files/p{self.subject[:2]}/p{self.subject}/s{self.study}"
        return [f"{folder}/{self.study}_{n + 1:04d}.dcm" for n in range(len(self.files))]

    def with_(self, **changes: object) -> "Study":
        return replace(self, **changes)


def plain_study(number: int, n_files: int = 2, **changes: object) -> Study:
    subject, study = 10000000 + number, 90000000 + number
    files = [
        dicom(subject, study, n + 1, view=(View.PLAX, View.A4C, View.A2C)[n % 3]) for n in range(n_files)
    ]
    return Study(subject=str(subject), study=str(study), measurement_id=str(number), files=files).with_(
        **changes
    )


def write_table(path: Path, rows: list[dict[str, str]], columns: list[str]) -> None:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


RECORD_COLUMNS = ["subject_id", "study_id", "acquisition_datetime", "dicom_filepath"]
STUDY_COLUMNS = ["subject_id", "study_id", "study_datetime", "note_id", "measurement_id"]
VALUE_COLUMNS = [
    "subject_id", "measurement_id", "measurement_datetime", "test_type", "measurement",
    "measurement_description", "result", "unit",
]  # fmt: skip


def record_rows(studies: list[Study]) -> list[dict[str, str]]:
    return [
        {"subject_id": s.subject, "study_id": s.study, "acquisition_datetime": s.time, "dicom_filepath": path}
        for s in studies
        for path in s.paths()
    ]


def value_rows(studies: list[Study]) -> list[dict[str, str]]:
    return [
        {
            "subject_id": s.subject, "measurement_id": s.measurement_id,
            "measurement_datetime": s.measured_time, "test_type": s.test_type,
            "measurement": name.partition("#")[0], "result": result, "unit": unit,
        }
        for s in studies
        for name, (result, unit) in s.values.items()
    ]  # fmt: skip


def write_tree(root: Path, studies: list[Study], *, extra_records: list[dict[str, str]] | None = None,
               extra_values: list[dict[str, str]] | None = None) -> Path:  # fmt: skip
    root.mkdir(parents=True, exist_ok=True)
    write_table(root / "echo-record-list.csv", record_rows(studies) + (extra_records or []), RECORD_COLUMNS)
    write_table(
        root / "echo-study-list.csv",
        [
            {
                "subject_id": s.subject, "study_id": s.study, "study_datetime": s.time,
                "measurement_id": s.measurement_id if s.linked else "",
            }
            for s in studies
            if s.in_study_list
        ],
        STUDY_COLUMNS,
    )  # fmt: skip
    write_table(
        root / "structured-measurement.csv.gz", value_rows(studies) + (extra_values or []), VALUE_COLUMNS
    )
    for study in studies:
        for path, content in zip(study.paths(), study.files, strict=True):
            if content is not None:
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_bytes(content)
    return root


def write_truth(root: Path, path: str, *, n_frames: int = 4, es: int = 2) -> None:
    """Write the truth of a clip: the disc as the LV, and two landmarks on its rim."""
    stem = root / "truth" / Path(path).with_suffix("")
    stem.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(stem.with_suffix(".npz"), masks=np.repeat(disc()[None].astype(np.uint8), n_frames, 0))
    landmarks = {"ivs-lv-side": [[80, 48]] * n_frames, "pw-lv-side": [[80, 72]] * n_frames}
    facts = {"view": "plax", "ed_frame_index": 0, "es_frame_index": es, "spacing_mm": SPACING_MM}
    stem.with_suffix(".json").write_text(json.dumps(facts | {"landmarks": landmarks}))


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
