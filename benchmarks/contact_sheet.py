"""Simulated frames beside real ones, for a sonographer to compare.

    python -m benchmarks.contact_sheet FOLDER [FOLDER ...] --out sheet.png [--blind]

Each folder is searched for clips that `read_clip` opens (``.mp4``, ``.avi``, ``.dcm``). Each view has a row of
simulated frames; real frames fill the rows below. ``--blind`` shuffles both kinds and writes which is which beside
the picture. The sheet holds third-party pixels where the clips do: keep it out of the repository.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from echovlm.imaging import ImagingError, read_clip
from echovlm.simulation import sample_patient, simulate_clip
from echovlm.simulation.views.planes import SIMULATED_VIEWS

WIDTH_PX, HEIGHT_PX, LINE_PX = 320, 240, 14
PER_ROW = 5
SUFFIXES = frozenset({".mp4", ".avi", ".dcm"})


@dataclass(frozen=True, eq=False)
class Tile:
    """One frame and where it comes from."""

    frame: np.ndarray
    origin: str


def simulated_tiles(*, seed: int) -> Iterator[Tile]:
    """Render a row of frames per view, each of another patient and at another instant."""
    n_frames = 6
    for row, view in enumerate(SIMULATED_VIEWS):
        for column in range(PER_ROW):
            patient = sample_patient(row * PER_ROW + column, seed=seed)
            clip = simulate_clip(
                patient, view, seed=seed, n_frames=n_frames, height_px=HEIGHT_PX, width_px=WIDTH_PX
            )
            yield Tile(clip.frames[column % n_frames], f"simulated {view.abbreviation}")


def real_tiles(folders: Sequence[Path]) -> Iterator[Tile]:
    """Return two frames of every clip below the folders; a file that is no clip is named and left out."""
    for path in sorted(path for folder in folders for path in folder.rglob("*")):
        if path.suffix.lower() not in SUFFIXES:
            continue
        try:
            frames = np.asarray(read_clip(path).frames)
        except ImagingError as error:
            print(f"left out {path.name}: {error}")
            continue
        for index in sorted({0, len(frames) // 3}):
            yield Tile(frames[index], f"real {path.name}")


def draw_sheet(tiles: Sequence[Tile], *, is_labelled: bool) -> Image.Image:
    """Lay tiles out in rows, each fitted into the same box."""
    rows = -(-len(tiles) // PER_ROW)
    sheet = Image.new("RGB", (PER_ROW * WIDTH_PX, rows * (HEIGHT_PX + LINE_PX)))
    for place, tile in enumerate(tiles):
        x, y = place % PER_ROW * WIDTH_PX, place // PER_ROW * (HEIGHT_PX + LINE_PX)
        picture = Image.fromarray(tile.frame.squeeze()).convert("RGB")
        picture.thumbnail((WIDTH_PX, HEIGHT_PX))
        sheet.paste(picture, (x + (WIDTH_PX - picture.width) // 2, y + LINE_PX))
        text = tile.origin if is_labelled else str(place + 1)
        ImageDraw.Draw(sheet).text((x + 4, y + 2), text, fill="white")
    return sheet


def main() -> None:
    """Draw the sheet that the command line asks for."""
    parser = argparse.ArgumentParser(description="Simulated frames beside real ones.")
    parser.add_argument("folders", nargs="*", type=Path, help="folders of real clips")
    parser.add_argument("--out", type=Path, required=True, help="picture to write")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--blind", action="store_true", help="shuffle, and write the answers beside the picture"
    )
    asked = parser.parse_args()
    tiles = [*simulated_tiles(seed=asked.seed), *real_tiles(asked.folders)]
    if asked.blind:
        tiles = [tiles[i] for i in np.random.default_rng(asked.seed).permutation(len(tiles))]
        answers = "".join(f"{place}\t{tile.origin}\n" for place, tile in enumerate(tiles, start=1))
        asked.out.with_suffix(".txt").write_text(answers)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    draw_sheet(tiles, is_labelled=not asked.blind).save(asked.out)
    print(f"{asked.out}: {len(tiles)} frames")


if __name__ == "__main__":
    main()
