"""The two datasets of the ablation: the same clips with grounded captions, and with reports as they were written.

    python -m benchmarks.ablation_data runs/ablation/dataset runs/ablation/data

Frames are stored as the towers of the ablation see them, at their size and spacing, and without masks: a run then
spends its time on training and not on decoding.

Of the raw captions: every study gets the echo report that the simulator's notes would have, from the same values and
gradings: laboratory phrases and measurement lines, some normal findings left out, the whole study in one text. All its
clips share it, whatever their view shows.
"""

import argparse
import hashlib
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path

import numpy as np

from echovlm.clinical.findings import CORE_FINDINGS
from echovlm.clinical.guidelines import grade_study
from echovlm.clinical.patient import Sex
from echovlm.clinical.provenance import Provenance, Source
from echovlm.dataset import (
    ClipEntry,
    ClipRow,
    DatasetOrigin,
    EchoGround,
    Segment,
    StatementRow,
    pack_clip,
    write_dataset,
)
from echovlm.evaluation.ablation import AblationStudy, read_study
from echovlm.models import Preprocessing
from echovlm.simulation.archive.notes import write_note

_BEFORE, _AFTER = (
    "WBC-7.1 Hgb-12.9 Plt-210",
    "CXR: No acute process.",
)  # what stands around the report in a note
_TRIES = 200  # a simulated note may have no echo section; here every study has one


def preprocessing_of(study: AblationStudy) -> Preprocessing:
    """Return the preprocessing that all arms of a study share."""
    (shared,) = {arm.recipe.preprocessing for arm in study.arms}
    return shared


def as_seen(row: ClipRow, dataset: EchoGround, preprocessing: Preprocessing) -> tuple[ClipEntry, np.ndarray]:
    """Return a clip on the model's own grid: preprocessing leaves its frames as they are."""
    chosen = preprocessing.select_frames(len(row.frames), row.frame_times_ms, row.heart_rate_bpm)
    frames = preprocessing.resize(dataset.read_frames(row, chosen), row.spacing_mm)
    side = preprocessing.image_size_px
    spacing_mm = preprocessing.grid(row.height_px, row.width_px, row.spacing_mm).spacing_mm
    entry = ClipEntry(**{f.name: getattr(row, f.name) for f in fields(ClipEntry)})
    # Grey and without times: the chosen frames are all there is, and preprocessing takes them one after the other.
    return replace(
        entry, height_px=side, width_px=side, spacing_mm=spacing_mm, is_colour=False, landmarks=(), frame_times_ms=None,
        heart_rate_bpm=None, r_wave_times_ms=(), ed_frame_index=None, es_frame_index=None,
    ), frames  # fmt: skip


def report_of(row: ClipEntry, *, seed: int) -> str:
    """Return the echo report of a clip's study; the same for each of its clips."""
    digest = hashlib.sha256(f"{seed} {row.study_id}".encode()).digest()
    generator = np.random.default_rng(int.from_bytes(digest[:8], "big"))
    values = {m.quantity: m.canonical() for m in row.measurements}
    sex = row.sex or Sex.FEMALE
    graded = grade_study(tuple(values.values()), sex=sex, findings=CORE_FINDINGS)
    for _ in range(_TRIES):
        note = write_note(
            values, graded, subject_id=0, patient_index=0, sex=sex, studied=datetime(2150, 1, 1),
            generator=generator,
        )  # fmt: skip
        if note is not None and note["style"] is not None:
            return " ".join(note["text"].split(_BEFORE)[1].split(_AFTER)[0].split())
    raise AssertionError(f"no report in {_TRIES} notes of study {row.study_id}")


def with_report(entry: ClipEntry, *, seed: int) -> ClipEntry:
    """Return a clip with the report as all that is said of it."""
    origin = Provenance(Source.NOTE, f"simulated report of study {entry.study_id}")
    text = report_of(entry, seed=seed)
    return replace(entry, statements=(StatementRow((text,), (), None, None, None, origin),), caption=text)


def write(source: Path, out: Path, *, raw: bool, seed: int, preprocessing: Preprocessing) -> None:
    """Write one of the two datasets."""
    dataset = EchoGround.open(source)

    def clips() -> Iterator[tuple[ClipEntry, Segment]]:
        for row in dataset.rows():
            entry, frames = as_seen(row, dataset, preprocessing)
            told = with_report(entry, seed=seed) if raw else entry
            yield told, pack_clip(told, frames)

    info = dataset.info.origin
    words = "reports as they were written" if raw else "grounded captions"
    origin = DatasetOrigin(
        source=f"{info.source}; frames of {preprocessing.image_size_px} px, {words}",
        simulated=info.simulated, seed=seed, licence=info.licence,
        fingerprint=hashlib.sha256(f"{info.fingerprint} {preprocessing} {raw} {seed}".encode()).hexdigest(),
        row_problems=info.row_problems,
    )  # fmt: skip
    made = write_dataset(out, clips(), origin=origin)
    print(f"{out}: {sum(made.clips.values())} clips, {words}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--study", default="objectives", help="whose preprocessing to store the frames for")
    parser.add_argument("--seed", type=int, default=0, help="of the reports' wording")
    args = parser.parse_args()
    preprocessing = preprocessing_of(read_study(args.study))
    for raw in (False, True):
        name = "raw" if raw else "grounded"
        write(args.dataset, args.out / name, raw=raw, seed=args.seed, preprocessing=preprocessing)


if __name__ == "__main__":
    main()
