"""Does a reader name and trace simulated hearts that it never saw? The figures that the card of the weights states.

    python -m benchmarks.reader_fresh --patients 60

Patients are drawn with a seed of their own, in standard planes, as the simulator shows them.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.reader_data import HEIGHT_PX, WIDTH_PX
from echovlm.clinical import Structure, View
from echovlm.models import LoadedModel, ReaderModel, embedded_reader, load_reader
from echovlm.simulation import SimulatedClip, sample_patient, simulate_clip
from echovlm.simulation.views.planes import SIMULATED_VIEWS

SEED = 2026  # training draws from others
N_FRAMES = 4


@dataclass(frozen=True)
class FreshScores:
    """Over all clips; Dice of the LV cavity over the frames that show it."""

    clips: int
    right_views: int
    right_windows: int
    lv_dice: float


def judge_fresh(
    reader: LoadedModel[ReaderModel], *, patients: int, views: tuple[View, ...] = SIMULATED_VIEWS
) -> FreshScores:
    """Return the scores on the standard views of so many patients."""
    said, dices = [], []
    for clip in simulate_fresh(patients, views):
        frames, masks = sector_box(clip)
        prediction = reader.model.predict(reader.preprocessing(frames, clip.spacing_mm))
        prob = prediction.mean_view_prob()
        said.append((max(prob, key=lambda view: prob[view]), clip.view))
        true = reader.preprocessing.grid(*frames.shape[1:], clip.spacing_mm).masks_to_model(masks)
        for drawn, wanted in zip(prediction.dense.masks == Structure.LV, true == Structure.LV, strict=True):
            if wanted.any():
                dices.append(2 * (drawn & wanted).sum() / (drawn.sum() + wanted.sum()))
    return FreshScores(
        clips=len(said),
        right_views=sum(answer is view for answer, view in said),
        right_windows=sum(answer.window == view.window for answer, view in said),
        lv_dice=float(np.mean(dices)),
    )


def simulate_fresh(patients: int, views: tuple[View, ...]) -> Iterator[SimulatedClip]:
    """Yield the clips of so many patients, each view once."""
    for index in range(patients):
        patient = sample_patient(index, seed=SEED)
        for view in views:
            yield simulate_clip(
                patient, view, seed=SEED, n_frames=N_FRAMES, height_px=HEIGHT_PX, width_px=WIDTH_PX
            )


def sector_box(clip: SimulatedClip) -> tuple[np.ndarray, np.ndarray]:
    """Return frames and masks of the sector alone, as every reader of files sees them."""
    rows, columns = np.flatnonzero(clip.sector_mask.any(1)), np.flatnonzero(clip.sector_mask.any(0))
    box = (slice(None), slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    return clip.frames[box], clip.masks[box]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, default=embedded_reader())
    parser.add_argument("--patients", type=int, default=60)
    args = parser.parse_args()
    print(judge_fresh(load_reader(args.checkpoint), patients=args.patients))


if __name__ == "__main__":
    main()
