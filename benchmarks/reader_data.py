"""Frames to train the reader on: a few phases of every simulated view of many hearts, as an EchoGround dataset.

    python -m benchmarks.reader_data runs/reader/data --patients 700

The frames go straight from the simulator into the dataset. `echovlm simulate` and `echovlm curate` reach the same
kind of dataset through DICOM files, but store two masks per cine of a whole beat, ten times the frames to render.
"""

import argparse
import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from scipy.ndimage import binary_dilation

from echovlm.clinical import Mode, Structure, View
from echovlm.dataset import (
    ClipEntry,
    DatasetOrigin,
    LandmarkPoint,
    Segment,
    Split,
    pack_clip,
    write_dataset,
)
from echovlm.simulation import SimulatedClip, sample_patient, simulate_clip
from echovlm.simulation.views.acquisition import AcquisitionSettings
from echovlm.simulation.views.planes import SIMULATED_VIEWS
from echovlm.source_hash import hash_packages

HEIGHT_PX, WIDTH_PX = 224, 300
IMPERFECT = AcquisitionSettings(off_axis_share=0.4, mirrored_share=0.03)
NAMED_DEG = 20.0  # a plane further off its own is one between two views
LVOT_PX = 6  # of the LV's border that open into the aorta make a left ventricular outflow tract
VAL_EVERY = 12  # one patient in so many is held out


def pack_frames(clip: SimulatedClip, *, patient_index: int) -> tuple[ClipEntry, Segment]:
    """Return the sector's box of a simulated clip with the truth of every frame, as a dataset stores it."""
    rows, columns = np.flatnonzero(clip.sector_mask.any(1)), np.flatnonzero(clip.sector_mask.any(0))
    box = (slice(None), slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    frames = np.ascontiguousarray(clip.frames[box])
    landmarks = tuple(
        LandmarkPoint(landmark, index, float(x - columns[0]), float(y - rows[0]))
        for landmark, points in clip.landmarks_xy_px.items()
        for index, (x, y) in enumerate(points)
        if np.isfinite(x) and np.isfinite(y)
    )
    name = f"p{patient_index:05d}"
    entry = ClipEntry(
        clip_id=f"{name}_{clip.view.value}",
        patient_id=name,
        study_id=name,
        split=Split.VAL if patient_index % VAL_EVERY == 0 else Split.TRAIN,
        view=clip.view,
        view_source="simulation",
        mode=Mode.B,
        height_px=frames.shape[1],
        width_px=frames.shape[2],
        spacing_mm=clip.spacing_mm,
        ed_frame_index=clip.ed_frame_index,
        es_frame_index=clip.es_frame_index,
        landmarks=landmarks,
        caption=f"{clip.view.label}.",
        source_path=f"{name}/{clip.view.value}",
        source_sha256="0" * 64,
    )
    return entry, pack_clip(entry, frames, dict(enumerate(np.ascontiguousarray(clip.masks[box]))))


def is_named_rightly(clip: SimulatedClip) -> bool:
    """Return whether a reader who sees the clip alone would give it the name of the view that was aimed at.

    A four-chamber view becomes a five-chamber view when the outflow tract comes in: they differ by nothing else.
    """
    if not clip.is_diagnostic or clip.off_axis_deg > NAMED_DEG:
        return False
    if clip.view not in (View.A4C, View.A5C):
        return True
    shows_outflow = max(map(outflow_px, clip.masks)) >= LVOT_PX
    return shows_outflow is (clip.view is View.A5C)


def outflow_px(mask: UInt8[np.ndarray, "height width"]) -> int:
    """Return how many pixels of the LV cavity have the aorta next to them."""
    near = binary_dilation(mask == Structure.AORTA, iterations=2)
    return int(np.count_nonzero(near & (mask == Structure.LV)))


def simulate_patient(
    patient_index: int, *, seed: int, views: tuple[View, ...]
) -> list[tuple[ClipEntry, Segment]]:
    """Return two to four phases of each view of one patient; their number changes which phases they are."""
    patient = sample_patient(patient_index, seed=seed, decorrelated=bool(patient_index % 2))
    n_frames = 2 + patient_index % 3
    size = {"height_px": HEIGHT_PX, "width_px": WIDTH_PX}
    clips = (
        simulate_clip(patient, view, seed=seed, n_frames=n_frames, settings=IMPERFECT, **size)
        for view in views
    )
    return [pack_frames(clip, patient_index=patient_index) for clip in clips if is_named_rightly(clip)]


def iter_clips(
    patients: int, *, seed: int, views: tuple[View, ...], workers: int
) -> Iterator[tuple[ClipEntry, Segment]]:
    """Yield every clip in the order of the patients, on any number of workers."""
    one = partial(simulate_patient, seed=seed, views=views)
    with ProcessPoolExecutor(workers) as pool:
        for done, clips in enumerate(pool.map(one, range(patients), chunksize=8), start=1):
            if done % 50 == 0:
                print(f"{done} of {patients} patients", flush=True)
            yield from clips


def write(out: Path, *, patients: int, seed: int, workers: int) -> None:
    """Write the dataset."""
    told = {"patients": patients, "seed": seed, "code": hash_packages("clinical", "simulation")}
    origin = DatasetOrigin(
        source=f"simulator, {patients} patients, seed {seed}",
        simulated=True,
        seed=seed,
        licence="Apache-2.0, like the simulator",
        fingerprint=hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest(),
        row_problems={},
    )
    clips = iter_clips(patients, seed=seed, views=SIMULATED_VIEWS, workers=workers)
    info = write_dataset(out, clips, origin=origin)
    print(f"{out}: {sum(info.clips.values())} clips, {info.frames} frames")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--patients", type=int, default=600)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    write(args.out, patients=args.patients, seed=args.seed, workers=args.workers)


if __name__ == "__main__":
    main()
