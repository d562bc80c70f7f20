"""A model's masks and points on the frames that have a truth, in the pixels of the stored frame."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8

from echovlm.clinical.anatomy import Landmark
from echovlm.dataset import ClipRow, EchoGround
from echovlm.evaluation.cache import AnswerCache, Arrays
from echovlm.evaluation.contenders import Contender, Outlines, TestClip

_CLIPS_PER_PART = 64


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TracedFrame:
    """One frame with its truth and the model's answer, all in pixels of the stored frame.

    Attributes:
        dataset: Where the image lies.
        row: The clip.
        frame_index: The frame.
        true_mask: Labels of ``Structure``; ``None`` where the dataset has none.
        mask: The model's labels; 0 where it saw nothing.
        true_points_xy_px: The landmarks that the dataset knows on this frame.
        points_xy_px: The model's landmarks.
        spread_px: How unsure each of them is, when the model says.
    """

    dataset: EchoGround | None
    row: ClipRow
    frame_index: int
    true_mask: UInt8[np.ndarray, "height width"] | None
    mask: UInt8[np.ndarray, "height width"]
    true_points_xy_px: dict[Landmark, Float[np.ndarray, "2"]]
    points_xy_px: dict[Landmark, Float[np.ndarray, "2"]]
    spread_px: dict[Landmark, float]

    def __repr__(self) -> str:
        return f"TracedFrame({self.row.clip_id}, frame {self.frame_index}, {self.row.view.abbreviation})"

    @property
    def sample_id(self) -> str:
        """The same for every model."""
        return f"{self.row.clip_id} {self.frame_index}"

    def read_image(self) -> UInt8[np.ndarray, "height width"]:
        """Return the grey frame."""
        assert self.dataset is not None, "made up in a test"
        return np.asarray(self.dataset.read_frames(self.row, [self.frame_index])[0])


def true_points(row: ClipRow, frame_index: int) -> dict[Landmark, Float[np.ndarray, "2"]]:
    """Return the landmarks that the dataset knows on one frame."""
    return {
        point.landmark: np.array([point.x_px, point.y_px])
        for point in row.landmarks
        if point.frame_index == frame_index
    }


def trace_frames(
    dataset: EchoGround,
    rows: Sequence[ClipRow],
    *,
    model: Contender,
    cache: AnswerCache,
    on_clip: Callable[[int], None],
) -> tuple[TracedFrame, ...]:
    """Trace every frame that has a mask, and the end-diastolic frame of a clip that has landmarks there."""
    traced: list[TracedFrame] = []
    known = model.fingerprint()
    for start in range(0, len(rows), _CLIPS_PER_PART):
        batch = [row for row in rows[start : start + _CLIPS_PER_PART] if _frames_with_truth(row)]
        if batch:
            key = (
                "traces",
                known,
                *(f"{r.clip_id} {r.source_sha256} {_frames_with_truth(r)}" for r in batch),
            )
            kept = cache.compute(key, lambda batch=batch: _trace(dataset, batch, model))  # type: ignore[misc]
            for place, row in enumerate(batch):
                traced += _frames(dataset, row, _unpacked(kept, place))
        on_clip(min(start + _CLIPS_PER_PART, len(rows)))
    return tuple(traced)


def _frames_with_truth(row: ClipRow) -> tuple[int, ...]:
    frames = {place.frame_index for place in row.masks}
    if any(point.frame_index == row.ed_frame_index for point in row.landmarks):
        frames |= {row.ed_frame_index} if row.ed_frame_index is not None else set()
    return tuple(sorted(frames))


def _trace(dataset: EchoGround, rows: Sequence[ClipRow], model: Contender) -> Arrays:
    """Return the masks of each clip, and its points and spreads in the order of their names."""
    made: dict[str, np.ndarray] = {}
    for place, row in enumerate(rows):
        outlines = model.outline(TestClip(dataset, row), _frames_with_truth(row))
        names = sorted(name.value for name in outlines.points_xy_px)
        made[f"{place} masks"] = outlines.masks
        made[f"{place} names"] = np.array(names)
        if names:
            made[f"{place} points"] = np.stack([outlines.points_xy_px[Landmark(name)] for name in names])
        unsure = sorted(name.value for name in outlines.spread_px)
        made[f"{place} unsure"] = np.array(unsure)
        if unsure:
            made[f"{place} spread"] = np.stack([outlines.spread_px[Landmark(name)] for name in unsure])
    return made


def _unpacked(kept: Arrays, place: int) -> Outlines:
    names, unsure = (kept[f"{place} {part}"].tolist() for part in ("names", "unsure"))
    return Outlines(
        kept[f"{place} masks"],
        {Landmark(name): kept[f"{place} points"][index] for index, name in enumerate(names)},
        {Landmark(name): kept[f"{place} spread"][index] for index, name in enumerate(unsure)},
    )


def _frames(dataset: EchoGround, row: ClipRow, outlines: Outlines) -> list[TracedFrame]:
    masks = dataset.read_masks(row) if row.masks else {}
    return [
        TracedFrame(
            dataset=dataset,
            row=row,
            frame_index=frame_index,
            true_mask=masks.get(frame_index),
            mask=outlines.masks[place],
            true_points_xy_px=true_points(row, frame_index),
            points_xy_px={name: points[place] for name, points in outlines.points_xy_px.items()},
            spread_px={name: float(spread[place]) for name, spread in outlines.spread_px.items()},
        )
        for place, frame_index in enumerate(_frames_with_truth(row))
    ]
