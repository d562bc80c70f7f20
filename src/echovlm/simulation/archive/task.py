"""One study to simulate: the settings of its cohort, its numbers, its folder and its random numbers."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from echovlm.clinical.views import View
from echovlm.simulation.archive.exam import CORE_VIEWS, ExamItem, Protocol, list_items
from echovlm.simulation.archive.pixels import Syntax
from echovlm.simulation.patient import Prevalence, SimulatedPatient, sample_patient

STUDY_FILE: Final = "study.json"
_FIRST_SUBJECT, _FIRST_STUDY, _FIRST_MEASUREMENT = 10_000_001, 90_000_001, 1_000_001

Json = dict[str, Any]


def subject_id(patient_index: int) -> int:
    """Return MIMIC's number of a cohort's n-th patient, from 0; it does not depend on the seed."""
    return _FIRST_SUBJECT + patient_index


@dataclass(frozen=True, slots=True)
class CohortSettings:
    """All that the bytes of a study depend on, beside our source and which study it is.

    Attributes:
        seed: Seed of all random numbers.
        n_frames: Frames per cine; a cine lasts one beat.
        protocol: How much of an examination is recorded.
        views: The views to which it is confined.
        syntaxes: Transfer syntaxes among which each study draws its own.
        decorrelated: Whether no finding can be guessed from another.
        prevalence: How common each disease is.
    """

    seed: int
    n_frames: int = 16
    protocol: Protocol = Protocol.CORE
    views: tuple[View, ...] = CORE_VIEWS
    syntaxes: tuple[Syntax, ...] = (Syntax.JPEG_BASELINE,)
    decorrelated: bool = False
    prevalence: Prevalence = field(default_factory=Prevalence)

    def to_json(self) -> Json:
        """Return the settings as a settings file states them."""
        return {
            "seed": self.seed,
            "n_frames": self.n_frames,
            "protocol": self.protocol.value,
            "views": [view.value for view in self.views],
            "syntaxes": [syntax.key for syntax in self.syntaxes],
            "decorrelated": self.decorrelated,
            "prevalence": asdict(self.prevalence),
        }


@dataclass(frozen=True, slots=True)
class StudyTask:
    """One study to simulate: all that a worker needs to know.

    Attributes:
        out: Folder of the cohort.
        patient_index: Which patient of the cohort.
        settings: The settings of the cohort.
    """

    out: Path
    patient_index: int
    settings: CohortSettings

    @property
    def subject_id(self) -> int:
        """MIMIC's patient number; eight digits, the first two name the folder."""
        return subject_id(self.patient_index)

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
    def items(self) -> tuple[ExamItem, ...]:
        """The files of the study, in the order of an examination."""
        return list_items(self.settings.protocol, self.settings.views)

    @property
    def is_done(self) -> bool:
        """Whether every file of the study is in the tree, and its own truth can be read."""
        files, truth = self.out / self.folder, self.out / "truth" / self.folder
        try:
            study = self.read_study()
            stems = [(clip["stem"], clip["has_masks"]) for clip in study["clips"]]
        except (OSError, ValueError, KeyError, TypeError):  # absent, cut short or of something else
            return False
        needed = [files / f"{stem}.dcm" for stem, _ in stems] + [truth / f"{stem}.json" for stem, _ in stems]
        needed += [truth / f"{stem}.npz" for stem, has_masks in stems if has_masks]
        return all(path.is_file() for path in needed)

    def read_study(self) -> Json:
        """Return what the finished study says of itself."""
        study = json.loads((self.out / "truth" / self.folder / STUDY_FILE).read_bytes())
        if not isinstance(study, dict):
            raise TypeError(f"{STUDY_FILE} of study {self.study_id} holds no object")
        return study

    def stem(self, ordinal: int) -> str:
        """Return the name of the study's files of one image, without suffix; the first image is 1."""
        return f"{self.study_id}_{ordinal:04d}"

    def generator(self, purpose: int) -> np.random.Generator:
        """Return this study's random numbers for one purpose, the same in any process and order."""
        return np.random.default_rng((self.settings.seed, self.patient_index, purpose))

    def take_seed(self, take: int) -> int:
        """Return the seed of the n-th recording of a view."""
        if take == 0:
            return self.settings.seed
        return int(np.random.SeedSequence((self.settings.seed, take)).generate_state(1)[0])

    def sample_patient(self) -> SimulatedPatient:
        """Return whose study it is."""
        return sample_patient(
            self.patient_index,
            seed=self.settings.seed,
            decorrelated=self.settings.decorrelated,
            prevalence=self.settings.prevalence,
        )
