"""Does a reader hold on simulated hearts whose look no training frame had? The figure to choose augmentation by.

    python -m benchmarks.reader_shift runs/reader/data --checkpoint runs/reader/reader.safetensors

Patients are those of the validation split. The looks come from other operations than the training's: local contrast
equalisation, painting over with a large median, few grey levels, motion along the beam, an inverted corner. Real clips
are too few to choose by, and choosing by them would spend them.
"""

import argparse
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

from echovlm.clinical import Structure
from echovlm.clinical.view_shares import LABORATORY_SHARES
from echovlm.dataset import EchoGround, Split
from echovlm.models import LoadedModel, ReaderModel, load_reader

LEAST_PROB = 0.5  # below it the answer is "unknown"


def equalised(frame: np.ndarray) -> np.ndarray:
    """Stretch the contrast around each pixel, as adaptive gain does."""
    grey = frame.astype(np.float32)
    mean = ndimage.uniform_filter(grey, 41)
    deviation = np.sqrt(np.clip(ndimage.uniform_filter(grey**2, 41) - mean**2, 25, None))
    return (90 + 60 * (grey - mean) / deviation).clip(0, 255) * (frame > 0)


def painted(frame: np.ndarray) -> np.ndarray:
    """Remove all speckle with a wide median."""
    return ndimage.median_filter(frame, 9).astype(np.float32)


def few_greys(frame: np.ndarray) -> np.ndarray:
    """Leave six grey levels, dark ones lifted."""
    return np.floor(np.sqrt(frame / 255.0) * 5.99) / 5 * 255


def smeared(frame: np.ndarray) -> np.ndarray:
    """Move the probe during the exposure."""
    return ndimage.uniform_filter1d(frame.astype(np.float32), 13, axis=0)


def drowned(frame: np.ndarray) -> np.ndarray:
    """Bury the picture in haze that is brightest in the middle, at a third of the contrast."""
    height, width = frame.shape
    y, x = np.mgrid[:height, :width]
    haze = 130 * np.exp(-(((y / height - 0.4) / 0.4) ** 2) - ((x / width - 0.5) / 0.3) ** 2)
    return (frame / 3.0 + haze).clip(0, 255) * (ndimage.uniform_filter(frame, 9) > 0)


LOOKS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "as simulated": lambda frame: frame,
    "equalised": equalised,
    "painted": painted,
    "few greys": few_greys,
    "smeared": smeared,
    "drowned": drowned,
}


@dataclass(frozen=True)
class ShiftScores:
    """Over the clips of one look.

    Attributes:
        view: Share of right views, every view counted alike.
        view_in_laboratory: The same, each view counted as often as a laboratory takes it.
        wrongly_named: Likewise, share of clips that get a wrong name, and that with at least ``LEAST_PROB``.
        window: Share of right windows.
        lv_dice: Mean Dice of the LV cavity where there is one.
    """

    view: float
    view_in_laboratory: float
    wrongly_named: float
    window: float
    lv_dice: float


def judge(
    reader: LoadedModel[ReaderModel], ground: EchoGround, look: Callable[[np.ndarray], np.ndarray], clips: int
) -> ShiftScores:
    """Return the scores of a reader on so many validation clips with another look."""
    views, sure, windows, dices = [], [], [], []
    rows = ground.rows(Split.VAL)
    rows = rows[:: max(1, len(rows) // clips)]
    for row in rows:
        frames = np.stack([look(frame) for frame in ground.read_frames(row)]).astype(np.uint8)
        said = reader.model.predict(reader.preprocessing(frames, row.spacing_mm))
        prob = said.mean_view_prob()
        best = max(prob, key=lambda view: prob[view])
        views.append(best is row.view)
        sure.append(prob[best] >= LEAST_PROB)
        windows.append(best.window == row.view.window)
        grid = reader.preprocessing.grid(row.height_px, row.width_px, row.spacing_mm)
        masks = ground.read_masks(row)
        true = grid.masks_to_model(np.stack([masks[i] for i in sorted(masks)])) == Structure.LV
        drawn = said.dense.masks[sorted(masks)] == Structure.LV
        dices += [
            2 * (d & t).sum() / (d.sum() + t.sum()) for d, t in zip(drawn, true, strict=True) if t.any()
        ]
    counts = Counter(row.view for row in rows)
    alike = np.array([1 / counts[row.view] for row in rows])
    taken = alike * [LABORATORY_SHARES[row.view] for row in rows]
    is_right = np.array(views)
    return ShiftScores(
        view=float(np.average(is_right, weights=alike)),
        view_in_laboratory=float(np.average(is_right, weights=taken)),
        wrongly_named=float(np.average(~is_right & np.array(sure), weights=taken)),
        window=float(np.mean(windows)),
        lv_dice=float(np.mean(dices)),
    )


def report(dataset: Path, checkpoint: Path, *, clips: int) -> None:
    """Print the figures of every look."""
    reader, ground = load_reader(checkpoint), EchoGround.open(dataset)
    for name, look in LOOKS.items():
        got = judge(reader, ground, look, clips)
        print(
            f"{name:14s} right view {got.view:.3f}, in a laboratory {got.view_in_laboratory:.3f} "
            f"(named wrongly {got.wrongly_named:.3f})  right window {got.window:.3f}  LV Dice {got.lv_dice:.3f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--clips", type=int, default=130)
    args = parser.parse_args()
    report(args.dataset, args.checkpoint, clips=args.clips)


if __name__ == "__main__":
    main()
