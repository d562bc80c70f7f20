"""A MIMIC-IV-ECHO tree of many small studies, made in milliseconds each, for what depends on their number alone."""

import csv
import sys
from pathlib import Path

import numpy as np

from echovlm.clinical import Sex, View
from echovlm.clinical.views import Mode
from echovlm.simulation.archive.dicom import Content, Identity, Timing, encode_dicom
from echovlm.simulation.console.regions import tissue_region

HEIGHT, WIDTH, N_FRAMES, SPACING_MM = 120, 160, 4, 0.9
APEX, BOX = (80.0, 4.0), (10, 4, 150, 112)
VIEWS = (View.PLAX, View.A4C, View.A2C)
VALUES = (
    ("lvedd", "5.1", "cm"),
    ("la_vol", "52", "mL"),
    ("height_cm", "170", "cm"),
    ("weight_kg", "70", "kg"),
)


def write_tiny_archive(
    root: Path,
    n_studies: int,
    *,
    clips: int = 1,
    n_frames: int = N_FRAMES,
    scale: int = 1,
    states_r_waves: bool = True,
) -> Path:
    """Write a tree of one study per patient, each of ``clips`` clips of 160x120 pixels times ``scale``."""
    root.mkdir(parents=True)
    records, studies, values = [], [], []
    for number in range(n_studies):
        subject, study = 10_000_001 + number, 90_000_001 + number
        folder = f"files/p{str(subject)[:2]}/p{subject}/s{study}"
        (root / folder).mkdir(parents=True)
        for clip in range(clips):
            path = f"{folder}/{study}_{clip + 1:04d}.dcm"
            (root / path).write_bytes(
                _dicom(subject, study, clip, n_frames, scale, states_r_waves=states_r_waves)
            )
            records.append((subject, study, "2190-01-01 10:00:00", path))
        studies.append((subject, study, "2190-01-01 10:00:00", "", number + 1))
        values += [(subject, number + 1, "2190-01-01 10:30:00", "tte", *value) for value in VALUES]
    _write(
        root / "echo-record-list.csv",
        ("subject_id", "study_id", "acquisition_datetime", "dicom_filepath"),
        records,
    )
    _write(
        root / "echo-study-list.csv",
        ("subject_id", "study_id", "study_datetime", "note_id", "measurement_id"),
        studies,
    )
    columns = (
        "subject_id",
        "measurement_id",
        "measurement_datetime",
        "test_type",
        "measurement",
        "result",
        "unit",
    )
    _write(root / "structured-measurement.csv", columns, values)
    return root


def _dicom(subject: int, study: int, clip: int, n_frames: int, scale: int, *, states_r_waves: bool) -> bytes:
    generator = np.random.default_rng((study, clip))
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    fan = (np.hypot(x - APEX[0], y - APEX[1]) < 104) & (np.abs(np.arctan2(x - APEX[0], y - APEX[1])) < 0.7)
    speckle = generator.uniform(60, 220, (n_frames, HEIGHT // 4, WIDTH // 4)).repeat(4, 1).repeat(4, 2)
    frames = (speckle * fan).astype(np.uint8).repeat(scale, 1).repeat(scale, 2)[..., None].repeat(3, -1)
    identity = Identity(
        patient_id=subject, study_id=study, ordinal=clip + 1, sex=Sex.FEMALE, date="21900101", time="101500",
        study_time="100000", seed=0, age_years=60.0, height_cm=165.0, weight_kg=70.0,
    )  # fmt: skip
    box = (BOX[0] * scale, BOX[1] * scale, BOX[2] * scale, BOX[3] * scale)
    apex = (APEX[0] * scale, APEX[1] * scale)
    region = tissue_region(box, apex_xy_px=apex, spacing_mm=SPACING_MM / scale)
    content = Content(view=VIEWS[clip % len(VIEWS)], mode=Mode.B, regions=(region,), depth_mm=100.0)
    times_ms = tuple(40.0 * index for index in range(n_frames))
    r_waves_ms = (0.0,) if states_r_waves else ()
    return encode_dicom(frames, identity=identity, content=content, timing=Timing(times_ms, 60.0, r_waves_ms))


def _write(path: Path, columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)


if __name__ == "__main__":
    write_tiny_archive(Path(sys.argv[1]), int(sys.argv[2]))
