"""Calipers of a reader on a still or a spectrum, and what is known of the results that a screen states."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from echovlm.clinical.measurement import Measurement
from echovlm.simulation.archive.exam import Distances
from echovlm.simulation.archive.reading import Reading
from echovlm.simulation.archive.task import Json
from echovlm.simulation.clip import SimulatedClip
from echovlm.simulation.console.calipers import Caliper, CaliperKind, Result
from echovlm.simulation.console.screen import Screen
from echovlm.simulation.console.sector import Placement
from echovlm.simulation.doppler.calipers import Shape
from echovlm.simulation.doppler.mmode import MMode
from echovlm.simulation.doppler.spectral import Spectrum

_KIND: Final = {
    Shape.POINT: CaliperKind.PEAK, Shape.LINE: CaliperKind.DISTANCE, Shape.OUTLINE: CaliperKind.OUTLINE
}  # fmt: skip
_WIDEST_ERROR: Final = 0.15  # a distance that differs more from what was read lies on another structure


def place_distances(clip: SimulatedClip, distances: Distances, reading: Reading) -> tuple[Caliper, ...]:
    """Return the calipers of a frozen frame: on the landmarks, as far apart as the reader read.

    A landmark that the frame does not show, or that lies outside the sector, leaves its distance out.

    Args:
        clip: One frame.
        distances: What is measured.
        reading: What the reader read.
    """
    found = []
    for quantity, first, second in distances.spans:
        if not (quantity in reading and {first, second} <= clip.landmarks_xy_px.keys()):
            continue
        ends = np.array([clip.landmarks_xy_px[first][0], clip.landmarks_xy_px[second][0]])
        length_cm = float(np.linalg.norm(ends[1] - ends[0])) * clip.spacing_mm / 10
        value_cm = reading[quantity].value
        if not abs(length_cm - value_cm) <= _WIDEST_ERROR * value_cm:  # also of a landmark that is not there
            continue
        middle = ends.mean(axis=0)
        ends = middle + (ends - middle) * (value_cm / length_cm)
        if _all_inside(ends, clip.sector_mask):
            points = tuple((float(x), float(y)) for x, y in ends)
            found.append(Caliper(CaliperKind.DISTANCE, points, (to_result(reading[quantity]),)))
    return tuple(found)


def place_on_spectrum(spectrum: Spectrum) -> tuple[Caliper, ...]:
    """Return the calipers of a spectrum in its pixels; those that an aliased trace does not hold are left out."""
    inside = np.ones(spectrum.image.shape, bool)
    placed: dict[tuple[CaliperKind, tuple[tuple[float, float], ...]], list[Result]] = {}
    for caliper in spectrum.calipers:
        points = spectrum.points_xy_px(caliper)
        if _all_inside(points, inside):
            # One outline gives an integral and a mean gradient.
            place = (_KIND[caliper.shape], tuple((float(x), float(y)) for x, y in points))
            placed.setdefault(place, []).append(to_result(caliper.measurement))
    return tuple(Caliper(kind, points, tuple(results)) for (kind, points), results in placed.items())


def place_on_m_mode(m_mode: MMode) -> tuple[Caliper, ...]:
    """Return the distances of an M-mode in its pixels; those that leave the strip are left out."""
    inside = np.ones(m_mode.image.shape, bool)
    found = []
    for span in m_mode.spans:
        points = m_mode.points_xy_px(span)
        if _all_inside(points, inside):
            ends = tuple((float(x), float(y)) for x, y in points)
            found.append(Caliper(CaliperKind.DISTANCE, ends, (to_result(span.measurement),)))
    return tuple(found)


def _all_inside(points_xy_px: np.ndarray, inside: np.ndarray) -> bool:
    height, width = inside.shape
    columns, rows = np.round(points_xy_px).astype(int).T
    fits = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    return bool(fits.all() and inside[rows, columns].all())


def to_result(measurement: Measurement) -> Result:
    """Return a measurement as a console states it."""
    return Result(measurement.quantity.label, measurement.value, measurement.unit)


def describe_results(screen: Screen) -> list[Json]:
    """Return what the screen states: label, value before rounding, number printed, and where."""
    return [
        {
            "label": burned.result.label,
            "value": burned.result.value,
            "unit": burned.result.unit.symbol,
            "text": burned.text,
            "printed": burned.printed,
            "box_xyxy_px": [float(edge) for edge in burned.box_xyxy_px],
        }
        for burned in screen.results
    ]


def describe_calipers(calipers: Sequence[Caliper], placement: Placement) -> list[Json]:
    """Return where the calipers lie on the screen, and what is stated of each."""
    return [
        {
            "kind": caliper.kind.name.lower(),
            "labels": [result.label for result in caliper.results],
            "points_xy_px": np.round(placement.to_screen(np.array(caliper.points_xy_px)), 4).tolist(),
        }
        for caliper in calipers
    ]
