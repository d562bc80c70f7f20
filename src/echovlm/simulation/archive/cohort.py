"""A cohort of simulated studies on disk: a MIMIC-IV-ECHO 1.0.1 tree with the truth beside it."""

import importlib.metadata
import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from echovlm.clinical.views import View
from echovlm.errors import EchoVLMError
from echovlm.files import temporary_path, write_whole
from echovlm.simulation.archive.exam import Protocol, list_views
from echovlm.simulation.archive.notes import NOTE_COLUMNS
from echovlm.simulation.archive.pixels import Syntax
from echovlm.simulation.archive.study import render_json, write_study
from echovlm.simulation.archive.tables import (
    MEASUREMENT_COLUMNS,
    RECORD_COLUMNS,
    STUDY_COLUMNS,
    compress,
    render_csv,
)
from echovlm.simulation.archive.task import CohortSettings, Json, StudyTask
from echovlm.simulation.patient import Prevalence
from echovlm.source_hash import hash_packages
from echovlm.workers import run_jobs

SETTINGS_FILE: Final = "simulation.json"
SCHEMA_VERSION: Final = 1

_STATEMENT: Final = "SIMULATED. Every image, table and value here was computed; none comes from a patient."
_STAGING: Final = ".staging"
_TABLES: Final = ("structured-measurement.csv.gz", "echo-study-list.csv", "echo-record-list.csv")
_NOTES: Final = "note/discharge.csv.gz"  # as MIMIC-IV-Note has it
_OURS: Final = (SETTINGS_FILE, "files", "truth", "note", _STAGING, *_TABLES)
_LIBRARIES: Final = ("numpy", "scipy", "numba", "simplejpeg", "pydicom", "pillow")
_SOURCES: Final = ("clinical", "imaging", "reports", "simulation")  # the packages that decide the bytes

_TYPICAL: Final = Prevalence()
_SYNTAXES: Final = {
    Protocol.CORE: (Syntax.JPEG_BASELINE,),
    Protocol.STANDARD: (Syntax.JPEG_BASELINE,),
    Protocol.COMPLETE: tuple(Syntax),
}

Progress = Callable[[int, int], None]


class SimulationError(EchoVLMError):
    """An output folder holds something that a simulation may not touch."""


@dataclass(frozen=True, slots=True)
class SimulationSummary:
    """What a cohort on disk holds.

    Attributes:
        out: Its folder.
        patients: Patients, one study each.
        clips: DICOM files.
        frames: Frames over all of them.
        resumed: Studies that an earlier run had already finished.
    """

    out: Path
    patients: int
    clips: int
    frames: int
    resumed: int

    def __str__(self) -> str:
        found = f", {self.resumed} of them from an earlier run" if self.resumed else ""
        studies = f"{self.patients} simulated studies{found}"
        return f"{studies}, {self.clips} files, {self.frames} frames in {self.out}"


def simulate(
    out: Path,
    *,
    patients: int,
    seed: int,
    workers: int,
    n_frames: int = 16,
    protocol: Protocol = Protocol.CORE,
    views: Sequence[View] = (),
    syntaxes: Sequence[Syntax] = (),
    decorrelated: bool = False,
    prevalence: Prevalence = _TYPICAL,
    only: Sequence[int] = (),
    force: bool = False,
    on_progress: Progress,
) -> SimulationSummary:
    """Write ``patients`` simulated studies, or finish writing them.

    A study appears in the tree whole or not at all: a run can be killed at any moment, and the next one goes
    on. The bytes depend on the settings alone, never on ``workers`` or on where a run was cut.

    Args:
        out: Folder to write; created if need be.
        patients: Number of patients, one study each.
        seed: Seed of all random numbers.
        workers: Processes; 1 works in this one.
        n_frames: Frames per cine; a cine lasts one beat.
        protocol: How much of an examination is recorded.
        views: Confines the study to these views; empty for all views of the protocol.
        syntaxes: Transfer syntaxes among which each study draws its own; empty for all of them in the complete
            protocol, for JPEG baseline in the others.
        decorrelated: Break comorbidity, so that no finding can be guessed from another.
        prevalence: How common each disease is.
        only: Places of the patients that are written, below ``patients``; empty for all.
        force: Replace a simulation with other settings.
        on_progress: Called with (studies done, studies in all).

    Raises:
        SimulationError: If ``out`` holds anything but this simulation, or a number or a view is not allowed.
    """
    if patients < 1 or workers < 1 or n_frames < 2 or seed < 0:
        raise SimulationError(
            f"got {patients} patients, {workers} workers, {n_frames} frames and seed {seed}; allowed are at "
            "least 1, 1, 2 and 0. Correct the number."
        )
    if only and not (min(only) >= 0 and max(only) < patients):
        raise SimulationError(
            f"patient {max(only, key=abs)} is none of {patients}; name places from 0 to {patients - 1}"
        )
    settings = CohortSettings(
        seed=seed,
        n_frames=n_frames,
        protocol=protocol,
        views=_choose_views(protocol, views),
        syntaxes=tuple(syntaxes) or _SYNTAXES[protocol],
        decorrelated=decorrelated,
        prevalence=prevalence,
    )
    chosen = tuple(sorted(set(only))) or tuple(range(patients))
    _claim(out, _describe(patients, settings) | ({"only": list(chosen)} if only else {}), force=force)
    tasks = [StudyTask(out, index, settings) for index in chosen]
    missing = [task for task in tasks if not task.is_done]
    done = len(tasks) - len(missing)
    on_progress(done, len(tasks))
    simulate_one = partial(_simulate_study, code_sha256=hash_packages(*_SOURCES))
    processes = max(1, min(workers, len(missing)))
    for count, _ in enumerate(run_jobs(simulate_one, missing, workers=processes), start=done + 1):
        on_progress(count, len(tasks))
    n_clips, n_all_frames = _write_tables(out, tasks)
    shutil.rmtree(out / _STAGING, ignore_errors=True)
    return SimulationSummary(out, patients=len(tasks), clips=n_clips, frames=n_all_frames, resumed=done)


def _choose_views(protocol: Protocol, views: Sequence[View]) -> tuple[View, ...]:
    """Return the views of a protocol, confined to those asked for, in the protocol's order."""
    known = list_views(protocol)
    unknown = [view.abbreviation for view in views if view not in known]
    if unknown:
        allowed = ", ".join(view.abbreviation for view in known)
        raise SimulationError(
            f"the {protocol.value} protocol has no view {unknown[0]}; it has {allowed}. Choose among them, "
            "or another protocol."
        )
    return tuple(view for view in known if view in views or not views)


def _describe(patients: int, settings: CohortSettings) -> Json:
    """Return all that the bytes depend on."""
    return {
        "simulated": True,
        "statement": _STATEMENT,
        "schema_version": SCHEMA_VERSION,
        "layout": "MIMIC-IV-ECHO 1.0.1; rows ra_area and effusion_depth are an extension",
        "patients": patients,
        **settings.to_json(),
        "versions": {name: importlib.metadata.version(name) for name in ("echovlm", *_LIBRARIES)},
        "code_sha256": hash_packages(*_SOURCES),
    }


def _claim(out: Path, settings: Json, *, force: bool) -> None:
    """Make ``out`` ours: write its settings first, so that every later run knows what it holds."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / SETTINGS_FILE
    found = sorted(entry.name for entry in out.iterdir() if entry != temporary_path(path))
    if SETTINGS_FILE not in found and found:
        raise SimulationError(
            f"{out} holds {found[0]!r} but no {SETTINGS_FILE}, so is no simulation. Choose an empty folder."
        )
    if SETTINGS_FILE in found:
        known = _read_settings(path)
        differing = [name for name in settings if known.get(name) != settings[name]]
        if differing and not force:
            name = differing[0]
            raise SimulationError(
                f"{out} holds a simulation with {name} {_shown(known.get(name))}, "
                f"not {_shown(settings[name])}. Choose another folder, or use --force to replace it."
            )
        if differing:
            _clear(out)
    write_whole(path, render_json(settings))
    shutil.rmtree(out / _STAGING, ignore_errors=True)


def _read_settings(path: Path) -> Json:
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise SimulationError(f"{path} is not JSON ({error}); choose an empty folder.") from error
    if not isinstance(settings, dict) or settings.get("simulated") is not True:
        raise SimulationError(f"{path} does not describe a simulation; choose an empty folder.")
    return settings


def _shown(value: object) -> str:
    text = json.dumps(value, sort_keys=True)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _clear(out: Path) -> None:
    """Remove a simulation, its settings last so that a killed removal is still known for what it is."""
    for name in (*_OURS[1:], SETTINGS_FILE):
        path = out / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _simulate_study(task: StudyTask, *, code_sha256: dict[str, str]) -> None:
    """Write one study beside the tree, then move it in: the truth first, the study last and at once.

    Args:
        task: The study.
        code_sha256: The source that the run began with; a worker may have loaded another.
    """
    if hash_packages(*_SOURCES) != code_sha256:
        raise SimulationError(
            "the source of echovlm changed while the simulation ran; run it again with --force."
        )
    staging = task.out / _STAGING / f"s{task.study_id}-{os.getpid()}"
    shutil.rmtree(staging, ignore_errors=True)
    for name in ("files", "truth"):
        (staging / name).mkdir(parents=True)
    write_study(task, staging)
    truth, files = task.out / "truth" / task.folder, task.out / task.folder
    for leftover in (files, truth):  # of a run killed between the two moves, or of a study that lost a file
        shutil.rmtree(leftover, ignore_errors=True)
    for source, target in ((staging / "truth", truth), (staging / "files", files)):
        target.parent.mkdir(parents=True, exist_ok=True)
        source.replace(target)
    staging.rmdir()


def _write_tables(out: Path, tasks: list[StudyTask]) -> tuple[int, int]:
    """Write the tables from the finished studies, the record list last; return how many files and frames."""
    studies = [task.read_study() for task in tasks]
    measurements = (
        (s["subject_id"], s["measurement_id"], s["measurement_datetime"], "tte", *row)
        for s in studies
        for row in s["reported"]
    )
    study_list = (
        (s["subject_id"], s["study_id"], s["study_datetime"], "", "", "",
         *((s["measurement_id"], s["measurement_datetime"]) if s["is_linked"] else ("", "")))
        for s in studies
    )  # fmt: skip
    records = [
        (
            s["subject_id"],
            s["study_id"],
            c["acquisition_datetime"],
            (task.folder / f"{c['stem']}.dcm").as_posix(),
        )
        for task, s in zip(tasks, studies, strict=True)
        for c in s["clips"]
    ]
    if tasks[0].settings.protocol is Protocol.COMPLETE:
        notes = (study["note"] for study in studies if study["note"] is not None)
        (out / _NOTES).parent.mkdir(exist_ok=True)
        table = render_csv(NOTE_COLUMNS, ([note[column] for column in NOTE_COLUMNS] for note in notes))
        write_whole(out / _NOTES, compress(table))
    write_whole(out / _TABLES[0], compress(render_csv(MEASUREMENT_COLUMNS, measurements)))
    write_whole(out / _TABLES[1], render_csv(STUDY_COLUMNS, study_list))
    write_whole(out / _TABLES[2], render_csv(RECORD_COLUMNS, records))
    return len(records), sum(clip["n_frames"] for study in studies for clip in study["clips"])
