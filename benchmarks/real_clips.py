"""Which views of real clips does a reader name that has seen simulated hearts only?

    python -m benchmarks.real_clips FOLDER LABELS.csv --checkpoint reader.safetensors --picture answers.png

``LABELS.csv`` has the columns file (relative to the folder), view (its value, such as a4c; empty for no view that we
know), window (parasternal, apical, subcostal, suprasternal; none for what is no transthoracic heart), mode and note.
B-mode and the other modes are counted apart. ``benchmarks/labels/`` holds the labels of public clips.
"""

import argparse
import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from contourpy import contour_generator
from PIL import Image, ImageDraw

from echovlm.clinical import View
from echovlm.imaging import Cine, ImagingError, extract_cine, read_clip
from echovlm.interpretation.tracing import closed_masks
from echovlm.measure.region import clean_region
from echovlm.models import LoadedModel, ReaderModel, ReaderPrediction, load_reader

LEAST_PROB = 0.5  # below it the answer is "unknown"
COLOURS = {1: "red", 2: "lime", 3: "deepskyblue", 4: "yellow", 5: "cyan", 6: "magenta", 7: "orange"}
TILE_PX, FRAMES_SHOWN = 300, 3


@dataclass(frozen=True)
class Label:
    """What a person says of a clip; ``view`` is ``None`` where it is no view that we know."""

    file: str
    view: View | None
    window: str
    mode: str
    note: str


@dataclass(frozen=True)
class Answer:
    """What the reader says of a clip; ``None`` is "unknown"."""

    label: Label
    prob: Mapping[View, float]
    cine: Cine
    chosen: tuple[int, ...]
    prediction: ReaderPrediction

    @property
    def first_choice(self) -> View:
        return max(self.prob, key=lambda view: self.prob[view])

    @property
    def view(self) -> View | None:
        return self.first_choice if self.prob[self.first_choice] >= LEAST_PROB else None

    @property
    def window_prob(self) -> dict[str, float]:
        sums: dict[str, float] = {}
        for view, prob in self.prob.items():
            sums[view.window] = sums.get(view.window, 0.0) + prob
        return sums

    @property
    def window(self) -> str | None:
        best = max(self.window_prob, key=lambda window: self.window_prob[window])
        return best if self.window_prob[best] >= LEAST_PROB else None

    @property
    def has_right_view(self) -> bool:
        return self.view is self.label.view

    @property
    def has_right_window(self) -> bool:
        return (self.window or "none") == self.label.window


def read_labels(path: Path) -> list[Label]:
    """Read the labels of a folder of clips."""
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Label(
                file=row["file"],
                view=View(row["view"]) if row["view"] else None,
                window=row.get("window") or (View(row["view"]).window if row["view"] else "none"),
                mode=row.get("mode") or "b",
                note=row.get("note") or "",
            )
            for row in csv.DictReader(file)
        ]


def read_view(reader: LoadedModel[ReaderModel], cine: Cine, label: Label, *, n_frames: int) -> Answer:
    """Return the reader's answer to one clip: the mean over frames spread evenly over it."""
    n = len(cine.frames)
    chosen = tuple(dict.fromkeys(int(i) for i in np.linspace(0, n - 1, min(n, n_frames)).round()))
    prediction = reader.model.predict(reader.preprocessing(cine.frames[list(chosen)], cine.spacing_mm))
    return Answer(label, prediction.mean_view_prob(), cine, chosen, prediction)


def answer_clips(
    reader: LoadedModel[ReaderModel], folder: Path, labels: Sequence[Label], *, n_frames: int
) -> list[Answer]:
    """Return the answer to every labelled clip that is there; say which are not."""
    answers = []
    for label in labels:
        try:
            cine = extract_cine(read_clip(folder / label.file))
        except ImagingError as error:
            print(f"left out: {error}")
            continue
        answers.append(read_view(reader, cine, label, n_frames=n_frames))
    return answers


def describe(answer: Answer) -> str:
    """Return one line: what is asked, what was answered, with what probabilities."""
    named = answer.view.abbreviation if answer.view else "unknown"
    wanted = answer.label.view.abbreviation if answer.label.view else "no view"
    ranked = sorted(answer.prob.items(), key=lambda item: -item[1])[:3]
    first = ", ".join(f"{view.abbreviation} {prob:.2f}" for view, prob in ranked)
    mark = "ok " if answer.has_right_view else "win" if answer.has_right_window else "-- "
    window = answer.window or "unknown"
    return f"{mark} {Path(answer.label.file).name:32s} is {wanted:8s} read {named:9s} {window:12s} ({first})"


def summarise(answers: Sequence[Answer]) -> list[str]:
    """Return the counts: cardiac B-mode, other modes of the heart, and what is no transthoracic heart."""
    heart = [a for a in answers if a.label.window != "none"]
    groups = {
        "B-mode": [a for a in heart if a.label.mode == "b"],
        "other modes": [a for a in heart if a.label.mode != "b"],
        "not a transthoracic heart (unknown is right)": [a for a in answers if a.label.window == "none"],
    }
    return [
        f"{name}: right view {sum(a.has_right_view for a in group)} of {len(group)} "
        f"(first choice, however unsure: {sum(a.first_choice is a.label.view for a in group)}), "
        f"right window {sum(a.has_right_window for a in group)} of {len(group)}"
        for name, group in groups.items()
        if group
    ]


def draw(answers: Sequence[Answer], reader: LoadedModel[ReaderModel], path: Path) -> None:
    """Write a picture: a row per clip, frames with the outlines of the masks, and the name given."""
    sheet = Image.new("RGB", (TILE_PX * FRAMES_SHOWN, (TILE_PX + 16) * len(answers)))
    pen = ImageDraw.Draw(sheet)
    for row, answer in enumerate(answers):
        top = row * (TILE_PX + 16)
        pen.text((2, top + 2), describe(answer), fill="white")
        for column, place in enumerate(
            np.linspace(0, len(answer.chosen) - 1, FRAMES_SHOWN).round().astype(int)
        ):
            sheet.paste(outlined(answer, reader, int(place)), (column * TILE_PX, top + 16))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)


def outlined(answer: Answer, reader: LoadedModel[ReaderModel], place: int) -> Image.Image:
    """Return one frame, enlarged, with the outline of each structure."""
    frame = answer.cine.frames[answer.chosen[place]]
    grid = reader.preprocessing.grid(*frame.shape, answer.cine.spacing_mm)
    mask = grid.masks_to_cine(
        closed_masks(answer.prediction.dense, answer.view)[place, None],
        height_px=frame.shape[0],
        width_px=frame.shape[1],
    )[0]
    scale = TILE_PX / max(frame.shape)
    size = (round(frame.shape[1] * scale), round(frame.shape[0] * scale))
    image = Image.fromarray(frame).resize(size, Image.Resampling.BILINEAR).convert("RGB")
    pen = ImageDraw.Draw(image)
    for structure, colour in COLOURS.items():
        if (mask == structure).any():
            piece = clean_region(mask == structure).mask.astype(float)
            for line in contour_generator(z=np.pad(piece, 1)).lines(0.5):
                pen.line([tuple(point) for point in (line - 0.5) * scale], fill=colour, width=1)
    return image


def report(checkpoint: Path, folder: Path, labels: Path, *, picture: Path, n_frames: int) -> None:
    """Print the answers and the counts, and write the picture."""
    reader = load_reader(checkpoint)
    answers = answer_clips(reader, folder, read_labels(labels), n_frames=n_frames)
    for line in (*map(describe, answers), *summarise(answers)):
        print(line)
    if not answers:
        raise SystemExit(
            f"{folder} holds none of the clips that {labels} names; files are named relative to the folder"
        )
    draw(answers, reader, picture)
    print(picture)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument(
        "--checkpoint", type=Path, required=True, help="a reader, as `echovlm finetune` writes it"
    )
    parser.add_argument("--picture", type=Path, default=Path("runs/real_clips.png"))
    parser.add_argument("--frames", type=int, default=16, help="frames read of each clip")
    args = parser.parse_args()
    report(args.checkpoint, args.folder, args.labels, picture=args.picture, n_frames=args.frames)


if __name__ == "__main__":
    main()
