"""How each of the 17 segments moves, measured on the geometry between end-diastole and end-systole."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np

from echovlm.simulation.heart.geometry import Heart, build_heart
from echovlm.simulation.heart.motion import END_DIASTOLE, END_SYSTOLE, Phase
from echovlm.simulation.heart.segments import segment_masks
from echovlm.simulation.heart.wall import NOW_ENDO, NOW_EPI
from echovlm.simulation.patient import SimulatedPatient

# ASE 2015 §1.6 names the four classes by thickening without limits; 30 % and 10 % are the usual convention.
_NORMAL_THICKENING: Final = 0.30
_AKINETIC_THICKENING: Final = 0.10
_OUTWARD_CM: Final = -0.02
_CAVITY_CM: Final = 0.5


class WallMotion(IntEnum):
    """The score of one segment (ASE 2015 §1.6)."""

    NORMAL = 1
    HYPOKINETIC = 2
    AKINETIC = 3
    DYSKINETIC = 4


@dataclass(frozen=True, slots=True)
class SegmentMotion:
    """What one segment does in systole.

    Attributes:
        segment: AHA number, 1 to 17.
        thickening_frac: Growth of the wall's thickness over that at end-diastole.
        excursion_cm: Inward motion of the endocardium; negative is outward.
        score: Its class.
    """

    segment: int
    thickening_frac: float
    excursion_cm: float
    score: WallMotion


def measure_wall_motion(patient: SimulatedPatient) -> tuple[SegmentMotion, ...]:
    """Measure all 17 segments of a patient's heart, in AHA order."""
    heart = build_heart(patient)
    (inner_ed, wall_ed), (inner_es, wall_es) = (_radii(heart, p) for p in (END_DIASTOLE, END_SYSTOLE))
    measured = []
    for number, mask in enumerate(segment_masks(inner_ed > _CAVITY_CM), start=1):
        thickening = float(wall_es[mask].mean() / wall_ed[mask].mean() - 1)
        excursion = float((inner_ed - inner_es)[mask].mean())
        measured.append(SegmentMotion(number, thickening, excursion, _score(thickening, excursion)))
    return tuple(measured)


def wall_motion_score_index(segments: tuple[SegmentMotion, ...]) -> float:
    """Return the mean score of the segments, 1 when all are normal (ASE 2015 §1.6)."""
    return sum(segment.score for segment in segments) / len(segments)


def _radii(heart: Heart, phase: Phase) -> tuple[np.ndarray, np.ndarray]:
    """Return the endocardial radius and the wall's thickness over the map."""
    wall = heart.state(phase).wall
    inner, outer = (np.sqrt(np.clip(wall[..., layer], 0, None)) for layer in (NOW_ENDO, NOW_EPI))
    return inner, outer - inner


def _score(thickening: float, excursion: float) -> WallMotion:
    if excursion < _OUTWARD_CM:
        return WallMotion.DYSKINETIC
    if thickening < _AKINETIC_THICKENING:
        return WallMotion.AKINETIC
    return WallMotion.HYPOKINETIC if thickening < _NORMAL_THICKENING else WallMotion.NORMAL
