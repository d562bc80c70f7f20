"""One simulated study as files: its images as DICOM, the truth of each, and what a reader reported."""

import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from echovlm.clinical.findings import CORE_FINDINGS
from echovlm.clinical.guidelines import grade_study
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.provenance import Provenance, Source
from echovlm.clinical.units import Unit
from echovlm.simulation.archive.dicom import Identity, encode_dicom
from echovlm.simulation.archive.exam import ExamItem, Protocol
from echovlm.simulation.archive.items import Row
from echovlm.simulation.archive.notes import write_note
from echovlm.simulation.archive.pixels import draw_encoding
from echovlm.simulation.archive.reading import Reading, read_study
from echovlm.simulation.archive.shots import Recorder, Shot
from echovlm.simulation.archive.tables import COMPLETE_FORM, CORE_FORM, STANDARD_FORM, report_study
from echovlm.simulation.archive.task import STUDY_FILE, Json, StudyTask
from echovlm.simulation.console.ecg import Physiology
from echovlm.simulation.console.settings import draw_console
from echovlm.simulation.doppler.colour import NoValveError
from echovlm.simulation.doppler.haemodynamics import circulation
from echovlm.simulation.doppler.stated import true_haemodynamics
from echovlm.simulation.patient import SimulatedPatient
from echovlm.simulation.views.truth import true_measurements
from echovlm.simulation.views.wall_motion import SegmentMotion, measure_wall_motion

_CINE_HEIGHT_PX: Final = 208  # of the sector: what a model sees of it is 224 px at most
_STILL_HEIGHT_PX: Final = 416  # burned-in text is then about ten pixels high, as a reader of it needs
_DATES, _CONSOLE, _ORDER, _READER, _STORAGE, _LINK, _NOTE = range(101, 108)  # purposes of random numbers
_VECTOR_SHARE: Final = 0.3  # of the consoles of a complete archive; ours to choose
_UNLINKED_SHARE: Final = (
    0.1  # of a complete archive's studies, whose list names no measurement; ours to choose
)
_FORMS: Final = {
    Protocol.CORE: CORE_FORM, Protocol.STANDARD: STANDARD_FORM, Protocol.COMPLETE: COMPLETE_FORM
}  # fmt: skip
_TEXT_FORMAT: Final = "%Y-%m-%d %H:%M:%S"


def write_study(task: StudyTask, folder: Path) -> None:
    """Write a study's images to ``folder/files`` and their truth to ``folder/truth``."""
    patient = task.sample_patient()
    true, traced = true_measurements(patient), (*true_haemodynamics(patient), *_by_cuff_and_m_mode(patient))
    reader = task.generator(_READER)
    reading = read_study(true, traced=traced, generator=reader)
    recorder = _prepare(task, patient, reading)
    storage = task.generator(_STORAGE)
    encoding = draw_encoding(storage, task.settings.syntaxes)
    started = _study_time(task.generator(_DATES))
    clips, missed = [], []
    # Files in no fixed order: a file's number must not tell its view.
    order = task.generator(_ORDER).permutation(len(task.items))
    for ordinal, place in enumerate(order, start=1):
        item, stem = task.items[place], task.stem(ordinal)
        acquired = started + timedelta(seconds=40 * ordinal)
        try:
            shot = recorder.record(item, acquired)
        except NoValveError as error:  # who does not find a valve puts no colour on it
            missed.append(f"{error}")
            continue
        identity = Identity(
            task.subject_id, task.study_id, ordinal, patient.sex, age_years=patient.age_years,
            height_cm=patient.height_cm, weight_kg=patient.weight_kg, date=f"{started:%Y%m%d}",
            time=f"{acquired:%H%M%S}", study_time=f"{started:%H%M%S}", seed=task.settings.seed,
        )  # fmt: skip
        data = encode_dicom(
            shot.frames,
            identity=identity,
            content=shot.content,
            timing=shot.timing,
            encoding=encoding.with_colour() if shot.shows_colour else encoding,
        )
        (folder / "files" / f"{stem}.dcm").write_bytes(data)
        _write_truth(item, shot, folder / "truth", stem)
        clips.append(
            {
                "stem": stem,
                "acquisition_datetime": acquired.strftime(_TEXT_FORMAT),
                "has_masks": shot.masks is not None,
                "n_frames": len(shot.frames),
            }
        )
    protocol = task.settings.protocol
    segments = measure_wall_motion(patient)
    rows = report_study(
        reading, sex=patient.sex, generator=reader, form=_FORMS[protocol],
        segment_scores=[segment.score for segment in segments],
    )  # fmt: skip
    study = _describe_study(task, patient, started, true=(*true, *traced), rows=rows, segments=segments)
    study |= {
        "clips": clips,
        "note": _note(task, patient, reading, started) if protocol is Protocol.COMPLETE else None,
    }
    if missed:
        study["not_recorded"] = missed
    (folder / "truth" / STUDY_FILE).write_bytes(render_json(study))


def _prepare(task: StudyTask, patient: SimulatedPatient, reading: Reading) -> Recorder:
    """Draw the machine of a study."""
    generator = task.generator(_CONSOLE)
    console = draw_console(generator, sector_height_px=_CINE_HEIGHT_PX)
    larger = draw_console(task.generator(_CONSOLE), sector_height_px=_STILL_HEIGHT_PX)
    physiology = Physiology(
        patient.heart_rate_bpm, patient.rhythm, seed=int(generator.integers(2**31)),
        r_wave_times_ms=(0.0, 60_000.0 / patient.heart_rate_bpm),
    )  # fmt: skip
    is_complete = task.settings.protocol is Protocol.COMPLETE
    has_vector = bool(generator.random() < _VECTOR_SHARE) and is_complete
    return Recorder(
        task, patient, console, larger, physiology, has_frame_time_vector=has_vector, reading=reading
    )


def _describe_study(
    task: StudyTask,
    patient: SimulatedPatient,
    started: datetime,
    *,
    true: Sequence[Measurement],
    rows: Sequence[Row],
    segments: Sequence[SegmentMotion],
) -> Json:
    """Return what is known of a study beyond its images."""
    is_complete = task.settings.protocol is Protocol.COMPLETE
    return {
        "simulated": True,
        "subject_id": task.subject_id,
        "study_id": task.study_id,
        "measurement_id": task.measurement_id,
        "study_datetime": started.strftime(_TEXT_FORMAT),
        "is_linked": not is_complete or bool(task.generator(_LINK).random() >= _UNLINKED_SHARE),
        "measurement_datetime": (started + timedelta(minutes=25)).strftime(_TEXT_FORMAT),
        "sex": patient.sex.value,
        "true_measurements": [
            {"quantity": m.quantity.key, "value": m.value, "unit": m.unit.symbol} for m in true
        ],
        "patient": asdict(patient) | {"sex": patient.sex.value},
        "wall_motion": [asdict(segment) for segment in segments],
        "reported": [[row.name, row.description, row.result, row.unit] for row in rows],
    }


def _by_cuff_and_m_mode(patient: SimulatedPatient) -> tuple[Measurement, ...]:
    """Return what no spectrum states: blood pressure, and the excursion of the tricuspid annulus."""
    flow = circulation(patient)
    cuff = Provenance(Source.TABLE, f"simulated patient {patient.patient_index}, cuff")
    m_mode = Provenance(Source.LANDMARK, "simulated geometry, lateral tricuspid annulus in A4C")
    return (
        Measurement(Quantity.SYSTOLIC_BLOOD_PRESSURE, flow.aortic_systolic_mmhg, Unit.MMHG, cuff),
        Measurement(Quantity.DIASTOLIC_BLOOD_PRESSURE, flow.aortic_diastolic_mmhg, Unit.MMHG, cuff),
        Measurement(Quantity.TAPSE, flow.tapse_cm, Unit.CM, m_mode).canonical(),
    )


def _note(task: StudyTask, patient: SimulatedPatient, reading: Reading, started: datetime) -> Json | None:
    return write_note(
        reading,
        grade_study(tuple(reading.values()), sex=patient.sex, findings=CORE_FINDINGS),
        subject_id=task.subject_id,
        patient_index=task.patient_index,
        sex=patient.sex,
        studied=started,
        generator=task.generator(_NOTE),
    )


def _study_time(generator: np.random.Generator) -> datetime:
    """Draw a date as MIMIC shifts them, 2110 to 2209, in working hours."""
    day = datetime(2110, 1, 1) + timedelta(days=int(generator.integers(36_500)))
    return day + timedelta(seconds=int(generator.integers(8 * 3600, 17 * 3600)))


def _write_truth(item: ExamItem, shot: Shot, folder: Path, stem: str) -> None:
    """Write what is known of an image: masks as ``.npz``, all else as ``.json``."""
    if shot.masks is not None:
        buffer = io.BytesIO()
        if shot.jets is None:
            np.savez_compressed(buffer, masks=shot.masks)
        else:
            np.savez_compressed(buffer, masks=shot.masks, jets=shot.jets)
        (folder / f"{stem}.npz").write_bytes(buffer.getvalue())
    truth = {
        "simulated": True,
        "view": None if item.view is None else item.view.value,
        "mode": item.mode.value,
        "kind": item.kind.value,
        "take": item.take,
    }
    (folder / f"{stem}.json").write_bytes(render_json(truth | shot.truth))


def render_json(value: Json) -> bytes:
    """Return JSON text that is the same for the same content."""
    return (json.dumps(value, indent=1, sort_keys=True, allow_nan=False) + "\n").encode()
