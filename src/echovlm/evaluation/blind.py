"""The best answer without looking at the image: the average outline and points of training patients."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from echovlm.clinical.anatomy import Landmark, Structure
from echovlm.clinical.views import View
from echovlm.dataset import ClipRow, EchoGround
from echovlm.evaluation.traces import true_points
from echovlm.models import Preprocessing

_CLIPS_PER_VIEW = 60  # an average of more changes nothing


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BlindAnswer:
    """What training patients look like on average, on the grid of the model's image.

    Attributes:
        preprocessing: Gives the grid.
        outlines: The structure's pixels in most training clips, by view.
        points_xy_px: Mean landmarks at end-diastole, by view.
        points_xy_cm: The landmarks of each calibrated training clip at end-diastole, by view.
    """

    preprocessing: Preprocessing
    outlines: Mapping[tuple[View, Structure], Bool[np.ndarray, "S S"]]
    points_xy_px: Mapping[tuple[View, Landmark], Float[np.ndarray, "2"]]
    points_xy_cm: Mapping[View, tuple[Mapping[Landmark, Float[np.ndarray, "2"]], ...]]

    def __repr__(self) -> str:
        return f"BlindAnswer({len(self.outlines)} outlines, {len(self.points_xy_px)} points)"

    def mask_for(self, row: ClipRow, structure: Structure) -> Bool[np.ndarray, "height width"] | None:
        """Return the average outline on a clip's own grid; ``None`` when no training clip showed it."""
        outline = self.outlines.get((row.view, structure))
        if outline is None:
            return None
        grid = self.preprocessing.grid(row.height_px, row.width_px, row.spacing_mm)
        mask = grid.masks_to_cine(
            outline[None].astype(np.uint8), height_px=row.height_px, width_px=row.width_px
        )
        return np.asarray(mask[0] > 0)

    def point_for(self, row: ClipRow, landmark: Landmark) -> Float[np.ndarray, "2"] | None:
        """Return the average landmark on a clip's own grid; ``None`` when no training clip had it."""
        point = self.points_xy_px.get((row.view, landmark))
        if point is None:
            return None
        return self.preprocessing.grid(row.height_px, row.width_px, row.spacing_mm).points_to_cine(point)

    def median_length_cm(
        self, view: View, length: Callable[[Mapping[Landmark, Float[np.ndarray, "2"]]], float | None]
    ) -> float | None:
        """Return the median of a length over the training clips of a view that have it."""
        known = [value for points in self.points_xy_cm.get(view, ()) if (value := length(points)) is not None]
        return float(np.median(known)) if known else None


def average_training_patient(
    dataset: EchoGround,
    *,
    preprocessing: Preprocessing | None = None,
    structures: tuple[Structure, ...] = tuple(Structure),
    views: tuple[View, ...] = tuple(View),
    training: Sequence[ClipRow] | None = None,
) -> BlindAnswer:
    """Average the training split's truth: up to sixty clips of each view, the first of the manifest.

    Args:
        dataset: Whose training split.
        preprocessing: Gives the grid on which outlines are averaged; by default one of usual size.
        structures: Whose outlines.
        views: Which views.
        training: The rows of the training split, where they were read already.
    """
    preprocessing = preprocessing or Preprocessing()
    outlines: dict[tuple[View, Structure], Bool[np.ndarray, "S S"]] = {}
    points: dict[tuple[View, Landmark], Float[np.ndarray, 2]] = {}
    in_cm: dict[View, tuple[Mapping[Landmark, Float[np.ndarray, 2]], ...]] = {}
    training = dataset.rows("train") if training is None else training
    for view in views:
        rows = [row for row in training if row.view is view and (row.masks or row.landmarks)]
        rows = rows[:_CLIPS_PER_VIEW]
        for structure, share in _mask_shares(dataset, rows, preprocessing, structures).items():
            outlines[view, structure] = share > 0.5
        for landmark, mean in _mean_points(rows, preprocessing).items():
            points[view, landmark] = mean
        in_cm[view] = tuple(
            {
                name: point * row.spacing_mm / 10
                for name, point in true_points(row, row.ed_frame_index).items()
            }
            for row in rows
            if row.spacing_mm is not None and row.ed_frame_index is not None
        )
    return BlindAnswer(preprocessing, outlines, points, in_cm)


def _mask_shares(
    dataset: EchoGround,
    rows: list[ClipRow],
    preprocessing: Preprocessing,
    structures: tuple[Structure, ...],
) -> dict[Structure, Float[np.ndarray, "S S"]]:
    """Return in which share of the masks each pixel belongs to each structure."""
    total = {s: np.zeros((preprocessing.image_size_px, preprocessing.image_size_px)) for s in structures}
    n_masks = 0
    for row in rows:
        grid = preprocessing.grid(row.height_px, row.width_px, row.spacing_mm)
        for mask in dataset.read_masks(row).values():
            on_grid = grid.masks_to_model(mask[None])[0]
            n_masks += 1
            for structure in structures:
                total[structure] += on_grid == structure.value
    return {structure: count / n_masks for structure, count in total.items()} if n_masks else {}


def _mean_points(rows: list[ClipRow], preprocessing: Preprocessing) -> dict[Landmark, Float[np.ndarray, "2"]]:
    found: dict[Landmark, list[Float[np.ndarray, 2]]] = {}
    for row in rows:
        if row.ed_frame_index is None:
            continue
        grid = preprocessing.grid(row.height_px, row.width_px, row.spacing_mm)
        for landmark, point in true_points(row, row.ed_frame_index).items():
            found.setdefault(landmark, []).append(grid.points_to_model(point))
    return {landmark: np.mean(points, axis=0) for landmark, points in found.items()}
