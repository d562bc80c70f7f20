"""One simulated study as files: its cines as DICOM, and the truth of each."""

import io
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
from jaxtyping import Float

from echovlm.clinical.views import Mode, View
from echovlm.simulation.archive.dicom import Content, Identity, Timing, encode_dicom
from echovlm.simulation.archive.tables import report_study
from echovlm.simulation.clip import SimulatedClip, simulate_clip
from echovlm.simulation.console.ecg import Physiology
from echovlm.simulation.console.screen import Examination, Screen, compose_cine
from echovlm.simulation.console.sector import SectorCine
from echovlm.simulation.console.settings import draw_console
from echovlm.simulation.patient import SimulatedPatient, sample_patient
from echovlm.simulation.views.truth import true_measurements

VIEWS: Final = (View.PLAX, View.PSAX_MV, View.PSAX_PM, View.A4C, View.A2C)

_FIRST_SUBJECT, _FIRST_STUDY, _FIRST_MEASUREMENT = 10_000_001, 90_000_001, 1_000_001
_SECTOR_HEIGHT_PX: Final = 208  # small screens: what a model sees is 224 px at most
_DATES, _CONSOLE, _ORDER, _READER = 101, 102, 103, 104  # purposes of random numbers
_TEXT_FORMAT: Final = "%Y-%m-%d %H:%M:%S"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class StudyTask:
    """One study to simulate: all that a worker needs to know.

    Attributes:
        out: Folder of the cohort.
        patient_index: Which patient of the cohort.
        seed: Seed of the cohort.
        n_frames: Frames per cine.
    """

    out: Path
    patient_index: int
    seed: int
    n_frames: int

    @property
    def subject_id(self) -> int:
        """MIMIC's patient number; eight digits, the first two name the folder."""
        return _FIRST_SUBJECT + self.patient_index

    @property
    def study_id(self) -> int:
        """MIMIC's study number; starts with 9."""
        return _FIRST_STUDY + self.patient_index

    @property
    def measurement_id(self) -> int:
        """The number that ties the study to its rows in the measurement table."""
        return _FIRST_MEASUREMENT + self.patient_index

    @property
    def folder(self) -> Path:
        """The study's folder, relative to ``out`` and to ``out/truth``."""
        subject = f"p{self.subject_id}"
        return Path("files") / subject[:3] / subject / f"s{self.study_id}"

    @property
    def is_done(self) -> bool:
        """Whether every file of the study is in the tree."""
        study, truth = self.out / self.folder, self.out / "truth" / self.folder
        needed = [truth / "study.json"]
        for stem in map(self.stem, range(1, len(VIEWS) + 1)):
            needed += [study / f"{stem}.dcm", truth / f"{stem}.npz", truth / f"{stem}.json"]
        return all(path.is_file() for path in needed)

    def stem(self, ordinal: int) -> str:
        """Return the name of the study's files of one cine, without suffix; the first cine is 1."""
        return f"{self.study_id}_{ordinal:04d}"

    def generator(self, purpose: int) -> np.random.Generator:
        """Return this study's random numbers for one purpose, the same in any process and order."""
        return np.random.default_rng((self.seed, self.patient_index, purpose))


def write_study(task: StudyTask, folder: Path) -> None:
    """Write a study's cines to ``folder/files`` and their truth to ``folder/truth``."""
    patient = sample_patient(task.patient_index, seed=task.seed)
    console_generator = task.generator(_CONSOLE)
    console = draw_console(console_generator, sector_height_px=_SECTOR_HEIGHT_PX)
    physiology = Physiology(
        patient.heart_rate_bpm, patient.rhythm, seed=int(console_generator.integers(2**31)),
        r_wave_times_ms=(0.0, 60_000.0 / patient.heart_rate_bpm),
    )  # fmt: skip
    started = _study_time(task.generator(_DATES))
    true = true_measurements(patient)
    clips = []
    # Files in no fixed order: a file's number must not tell its view.
    for ordinal, place in enumerate(task.generator(_ORDER).permutation(len(VIEWS)), start=1):
        stem = task.stem(ordinal)
        acquired = started + timedelta(seconds=40 * ordinal)
        clip = simulate_clip(
            patient, VIEWS[place], seed=task.seed, n_frames=task.n_frames,
            height_px=console.sector_height_px, width_px=console.sector_width_px,
        )  # fmt: skip
        screen = compose_cine(SectorCine.from_clip(clip), Examination(console, physiology, acquired))
        identity = Identity(
            task.subject_id, task.study_id, ordinal, patient.sex, age_years=patient.age_years,
            height_cm=patient.height_cm, weight_kg=patient.weight_kg, date=f"{started:%Y%m%d}",
            time=f"{acquired:%H%M%S}", study_time=f"{started:%H%M%S}", seed=task.seed,
        )  # fmt: skip
        (folder / "files" / f"{stem}.dcm").write_bytes(_encode(clip, screen, patient, identity))
        _write_clip_truth(clip, screen, folder / "truth", stem)
        clips.append({"stem": stem, "acquisition_datetime": acquired.strftime(_TEXT_FORMAT)})
    rows = report_study(true, sex=patient.sex, generator=task.generator(_READER))
    study = {
        "simulated": True,
        "subject_id": task.subject_id,
        "study_id": task.study_id,
        "measurement_id": task.measurement_id,
        "study_datetime": started.strftime(_TEXT_FORMAT),
        "measurement_datetime": (started + timedelta(minutes=25)).strftime(_TEXT_FORMAT),
        "sex": patient.sex.value,
        "clips": clips,
        "true_measurements": [
            {"quantity": m.quantity.key, "value": m.value, "unit": m.unit.symbol} for m in true
        ],
        "patient": _patient_json(patient),
        "reported": [[row.name, row.description, row.result, row.unit] for row in rows],
    }
    (folder / "truth" / "study.json").write_bytes(render_json(study))


def _patient_json(patient: SimulatedPatient) -> Json:
    """Return the parameters that the heart was made from."""
    return asdict(patient) | {"sex": patient.sex.value}


def _study_time(generator: np.random.Generator) -> datetime:
    """Draw a date as MIMIC shifts them, 2110 to 2209, in working hours."""
    day = datetime(2110, 1, 1) + timedelta(days=int(generator.integers(36_500)))
    return day + timedelta(seconds=int(generator.integers(8 * 3600, 17 * 3600)))


def _encode(clip: SimulatedClip, screen: Screen, patient: SimulatedPatient, identity: Identity) -> bytes:
    beat_ms = 60_000.0 / patient.heart_rate_bpm
    return encode_dicom(
        screen.frames,
        identity=identity,
        content=Content(clip.view, Mode.B, screen.regions, depth_mm=clip.depth_mm),
        timing=Timing(
            frame_times_ms=tuple(float(time_ms) for time_ms in clip.frame_times_ms),
            heart_rate_bpm=patient.heart_rate_bpm,
            r_wave_times_ms=tuple(np.arange(0.0, float(clip.frame_times_ms[-1]) + 1e-6, beat_ms)),
        ),
    )


def _write_clip_truth(clip: SimulatedClip, screen: Screen, folder: Path, stem: str) -> None:
    """Write masks and landmarks in the pixels of the DICOM file."""
    x_px, y_px = offset_xy_px = screen.offset_xy_px
    top, left = (int(i) for i in np.argwhere(clip.sector_mask).min(axis=0))
    bottom, right = (int(i) + 1 for i in np.argwhere(clip.sector_mask).max(axis=0))
    masks = np.zeros(screen.frames.shape[:3], np.uint8)
    masks[:, top + y_px : bottom + y_px, left + x_px : right + x_px] = clip.masks[:, top:bottom, left:right]
    buffer = io.BytesIO()
    np.savez_compressed(buffer, masks=masks)
    (folder / f"{stem}.npz").write_bytes(buffer.getvalue())
    truth = {
        "simulated": True,
        "view": clip.view.value,
        "ed_frame_index": clip.ed_frame_index,
        "es_frame_index": clip.es_frame_index,
        "spacing_mm": clip.spacing_mm,
        "frame_times_ms": [round(float(time_ms), 6) for time_ms in clip.frame_times_ms],
        "landmarks": {
            landmark.value: [_point_json(point) for point in points + np.array(offset_xy_px)]
            for landmark, points in sorted(clip.landmarks_xy_px.items(), key=lambda item: item[0].value)
        },
    }
    (folder / f"{stem}.json").write_bytes(render_json(truth))


def _point_json(point: Float[np.ndarray, "2"]) -> list[float | None]:
    """Return a point in JSON, which has no NaN: a point that does not exist in a frame has null for both."""
    return [round(float(value), 4) if np.isfinite(value) else None for value in point]


def render_json(value: Json) -> bytes:
    """Return JSON text that is the same for the same content."""
    return (json.dumps(value, indent=1, sort_keys=True, allow_nan=False) + "\n").encode()
