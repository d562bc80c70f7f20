"""The long axis of a chamber: the line that discs are stacked along."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from jaxtyping import Bool, Float

from echovlm.measure.calibration import MeasureError
from echovlm.measure.region import pixel_centres_xy


@dataclass(frozen=True, slots=True)
class LongAxis:
    """A direction in the image, from the base of a chamber towards its far end.

    Only the direction is used for volumes; the extent along it is the mask's own, so that an apex point that
    is a little short does not cut the cavity.

    Attributes:
        direction_xy: Unit vector.
        from_landmarks: False when the direction is the mask's principal axis.
    """

    direction_xy: tuple[float, float]
    from_landmarks: bool

    @classmethod
    def through(cls, start_xy_px: Float[np.ndarray, "2"], end_xy_px: Float[np.ndarray, "2"]) -> Self:
        """Lay the axis through two points.

        Raises:
            MeasureError: If the points coincide or are not finite.
        """
        along = np.asarray(end_xy_px, dtype=np.float64) - np.asarray(start_xy_px, dtype=np.float64)
        length = float(np.hypot(along[0], along[1]))
        if not np.isfinite(length) or length < 1e-6:
            raise MeasureError(
                f"a long axis needs two distinct finite points; got {tuple(map(float, start_xy_px))} and "
                f"{tuple(map(float, end_xy_px))}. Leave the landmarks out to use the mask's own axis."
            )
        return cls((float(along[0] / length), float(along[1] / length)), from_landmarks=True)

    @classmethod
    def of_hinges(
        cls,
        hinges_xy_px: tuple[Float[np.ndarray, "2"], Float[np.ndarray, "2"]],
        *,
        towards: Bool[np.ndarray, "height width"],
    ) -> Self:
        """Lay the axis across the mitral annulus at a right angle, pointing at the chamber ``towards``.

        Raises:
            MeasureError: If the hinge points coincide.
        """
        first, second = (np.asarray(point, dtype=np.float64) for point in hinges_xy_px)
        annulus = cls.through(first, second).direction_xy
        normal = np.array([-annulus[1], annulus[0]])
        inward = pixel_centres_xy(towards).mean(axis=0) - (first + second) / 2
        return cls.through(np.zeros(2), normal if normal @ inward >= 0 else -normal)

    @classmethod
    def of_mask(cls, mask: Bool[np.ndarray, "height width"]) -> Self:
        """Take the mask's principal axis, from its wider half towards its narrower half.

        Raises:
            MeasureError: If the mask has fewer than two pixels.
        """
        points = pixel_centres_xy(mask)
        if len(points) < 2:
            raise MeasureError(f"a principal axis needs at least two pixels; the mask has {len(points)}")
        centred = points - points.mean(axis=0)
        _, vectors = np.linalg.eigh(centred.T @ centred)
        along = centred @ vectors[:, -1]
        # The centroid lies nearer the wide end, so the longer arm points at the narrow one.
        sign = 1.0 if along.max() >= -along.min() else -1.0
        x, y = sign * vectors[:, -1]
        return cls((float(x), float(y)), from_landmarks=False)

    def project(self, points_xy_px: Float[np.ndarray, "point 2"]) -> Float[np.ndarray, "point"]:
        """Return the position of points along the axis, in pixels."""
        return np.asarray(points_xy_px @ np.asarray(self.direction_xy, dtype=np.float64))


def extent_px(mask: Bool[np.ndarray, "height width"], axis: LongAxis) -> tuple[float, float]:
    """Return where the mask begins and ends along ``axis``; a pixel is one unit thick."""
    along = axis.project(pixel_centres_xy(mask))
    return float(along.min()) - 0.5, float(along.max()) + 0.5
