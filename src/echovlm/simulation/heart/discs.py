"""Keep the method of discs right: an even wave per height makes up for what the apical planes do not see."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from echovlm.simulation.heart.wall import MAP_ANGLES, map_angles, map_heights
from echovlm.simulation.patient import SimulatedPatient

FOUR_CHAMBER_RAD: Final = math.radians(60)  # direction of the septum in A4C
TWO_CHAMBER_RAD: Final = math.radians(-65)  # direction of the anterior wall in A2C
_GREATEST_WAVE: Final = 0.25
_PASSES: Final = 2


@dataclass(frozen=True, slots=True)
class ApicalDiscs:
    """Where A4C and A2C cut the cavity, and how far its axis bows away from the straight one that they hold.

    Attributes:
        four_rad: Direction of A4C.
        two_rad: Direction of A2C.
        bow_u_cm: Bow towards the anteroseptal wall, times four at mid height.
        bow_v_cm: Bow towards the inferoseptal wall.
        fan_u_cm: How far behind the axis, along the same direction as ``bow_u_cm``, A4C passes at the annulus.
    """

    four_rad: float
    two_rad: float
    bow_u_cm: float
    bow_v_cm: float
    fan_u_cm: float

    def correction(self, endo_sq: np.ndarray) -> np.ndarray:
        """Return factors of squared radii after which each disc has the area of its slice.

        The wave widens the chords of both planes and narrows what lies between, so that areas hardly change.
        """
        middle = 0.5 * (self.four_rad + self.two_rad + math.pi)
        wave = np.cos(2 * (map_angles() - middle)) / math.cos(2 * (self.four_rad - middle))
        squared = np.clip(endo_sq, 0.0, None)
        depth = np.zeros((squared.shape[0], 1))
        for _ in range(_PASSES):
            now = squared * (1 + depth * wave) ** 2
            area = now[:, :-1].mean(axis=1)
            discs = self._half_chord(now, self.four_rad, self.fan_u_cm)
            discs = discs * self._half_chord(now, self.two_rad, 0.0)
            missing = np.sqrt(area / np.maximum(discs, 1e-6)) - 1
            depth += np.where(area > 0.05, missing, 0.0)[:, None]
            depth = np.clip(depth, -_GREATEST_WAVE, _GREATEST_WAVE)
        return np.asarray((1 + depth * wave) ** 2)

    def _half_chord(self, squared: np.ndarray, angle_rad: float, fan_u_cm: float) -> np.ndarray:
        """Return half the chord at every height in the plane of this direction through the apex."""
        cos, sin = math.cos(angle_rad), math.sin(angle_rad)
        aside = (self.bow_v_cm * cos - self.bow_u_cm * sin) * _ARC - fan_u_cm * sin * _HEIGHT
        half = np.zeros(len(squared))
        for side, turn in ((angle_rad, -1.0), (angle_rad + math.pi, 1.0)):
            far = np.sqrt(_at(squared, np.full(len(squared), side)))
            off = np.arcsin(np.clip(aside / np.maximum(far, 0.1), -0.9, 0.9))
            half += 0.5 * np.sqrt(_at(squared, side + turn * off)) * np.cos(off)
        return half


def apical_discs(patient: SimulatedPatient, *, fan_u_cm: float) -> ApicalDiscs:
    """Return how a patient's apical planes cut the cavity."""
    four, two = apical_jitter_rad(patient)
    bow_u, bow_v = axis_bow_cm(patient)
    return ApicalDiscs(FOUR_CHAMBER_RAD + four, TWO_CHAMBER_RAD + two, bow_u, bow_v, fan_u_cm)


def apical_jitter_rad(patient: SimulatedPatient) -> tuple[float, float]:
    """Return how far A4C and A2C are turned about the long axis from their usual directions."""
    return tuple(math.radians(5) * math.tanh(patient.shape[k]) for k in (4, 5))  # type: ignore[return-value]


def axis_bow_cm(patient: SimulatedPatient) -> tuple[float, float]:
    """Return the bow of the long axis, times four at mid height, towards anteroseptum and inferoseptum."""
    return 0.8 * math.tanh(patient.shape[7]), 0.8 * math.tanh(patient.shape[8])


def _bow_share() -> np.ndarray:
    """Return which share of the bow the axis has at every height of the map, as in `surfaces`."""
    height = np.clip(map_heights()[:, 0], 0.0, 1.0)
    return np.asarray(height * (1 - height))


_ARC: Final = _bow_share()
_HEIGHT: Final = np.clip(map_heights()[:, 0], 0.0, 1.0)


def _at(values: np.ndarray, angles_rad: np.ndarray) -> np.ndarray:
    """Return a map's values in one direction per height."""
    place = angles_rad % (2 * math.pi) / (2 * math.pi) * MAP_ANGLES
    column = np.minimum(place.astype(np.intp), MAP_ANGLES - 1)
    share, row = place - column, np.arange(len(values))
    return np.asarray((1 - share) * values[row, column] + share * values[row, column + 1])
