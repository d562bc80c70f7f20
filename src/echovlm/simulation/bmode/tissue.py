"""How bright each tissue is in one clip: echo amplitudes relative to full scale."""

from typing import NamedTuple

import numpy as np


class Tissue(NamedTuple):
    """Echo amplitudes (1 is full scale) and habits of the tissues of one clip.

    Attributes:
        blood: Blood.
        wall: Myocardium that the beam meets head-on.
        outside: Tissue around the heart at its brightest.
        sac: Specular echo of the pericardium.
        valve: Leaflets.
        border: Specular echo of the endocardium.
        along: Share of the wall's echo that is left where the beam runs along it.
        patchy: How much of a wall along the beam drops out in patches, 0 to 2.
        rough_cm: How far the visible border wanders around the true one.
        leaflet_cm: Half thickness of a leaflet's echo.
        tail: Share of a strong echo that rings on behind it.
        tail_cm: Distance over which it fades.
        behind_db_per_cm: Loss in what lies behind the heart.
        swirl: Extra echo of blood near the valves, relative to blood.
        ghost: Amplitude of the copy of an echo at twice its depth.
        rim: How much brighter than its surroundings the fat next to the heart is, relative to what is usual.
        ring: The same for the fat around the rings of the valves.
        slice_cm: Thickness of the imaged slice: motion across it by this much brings new speckle.
    """

    blood: float
    wall: float
    outside: float
    sac: float
    valve: float
    border: float
    along: float
    patchy: float
    rough_cm: float
    leaflet_cm: float
    tail: float
    tail_cm: float
    behind_db_per_cm: float
    swirl: float
    ghost: float
    rim: float
    ring: float
    slice_cm: float


def sample_tissue(rng: np.random.Generator, *, quality_frac: float, dropout: float) -> Tissue:
    """Draw the tissues of one clip: in a poor window blood is filled in and walls drop out."""

    def level(typical_db: float, spread_db: float) -> float:
        return float(10 ** ((typical_db + np.clip(rng.normal(0, spread_db), -7, 7)) / 20))

    return Tissue(
        blood=level(-62 + 11 * (1 - quality_frac) ** 1.5, 3.0),
        wall=level(-26, 2.5),
        outside=level(-25, 2.5),
        sac=level(-9, 3.5),
        valve=level(-10, 2.5),
        border=level(-29, 3.5),
        along=float(rng.uniform(0.12, 0.5)),
        patchy=float(np.clip(rng.normal(0.4 + 1.0 * dropout, 0.3), 0, 2)),
        rough_cm=float(rng.uniform(0.04, 0.10)),
        leaflet_cm=float(rng.uniform(0.035, 0.065)),
        tail=float(rng.uniform(0.02, 0.18)),
        tail_cm=float(rng.uniform(0.2, 1.1)),
        behind_db_per_cm=float(rng.uniform(0.0, 5.0)),
        swirl=float(rng.uniform(0.0, 3.0)),
        ghost=level(-44 + 10 * (1 - quality_frac), 4),
        slice_cm=float(rng.uniform(0.25, 0.45)),
        rim=float(rng.uniform(0.0, 1.2)),
        ring=float(rng.uniform(0.0, 1.0)),
    )
