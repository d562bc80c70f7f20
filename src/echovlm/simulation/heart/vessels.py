"""Where the great vessels and veins run: tapered tubes hung on the chambers, in heart coordinates.

Every course is laid out once per patient from the chambers' places at end-diastole and end-systole, so that a
large atrium or root pushes its neighbours away; what moves with the beat or the breath is placed per instant.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from echovlm.simulation.heart.body import ANTERIOR, INFERIOR, LEFT, POSTERIOR, RIGHT, SUPERIOR, unit
from echovlm.simulation.heart.surfaces import TUBE_HIGH, TUBE_LOW, TUBE_STEPS, HeartState, aorta_bulge
from echovlm.simulation.heart.surroundings import NO_CHEST, lay_chest
from echovlm.simulation.heart.tubes import (
    ARCH,
    DESCENDING,
    N_TUBE,
    PULMONARY_TUBE,
    VEIN_TUBE,
    tube_row,
)
from echovlm.simulation.patient import SimulatedPatient

_PULMONARY_ANGLE: Final = math.radians(50)  # where the pulmonary valve sits around the aorta; 0 is sternal
_AORTIC_WALL_CM: Final = 0.5  # with the fat between the two vessels
_PULMONARY_RISE: Final = math.radians(11)  # of the plane of the trunk, to the patient's left
_ARCH_STEPS: Final = 12
_BRANCHES: Final = (
    (0.30, 0.62, -0.25),
    (0.50, 0.42, 0.0),
    (0.66, 0.46, 0.15),
)  # place on the arch, radius, lean
# What a heart state holds before its vessels are placed.
UNPLACED: Final[dict[str, Any]] = {
    "pv_u": 0.0, "pv_v": 0.0, "pv_z": 0.0, "pv_along_u": 0.0, "pv_along_v": 0.0, "pv_along_z": 1.0,
    "pv_radius": 1.0, "tubes": np.empty((0, N_TUBE)), "chest": NO_CHEST,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class VesselLayout:
    """The courses of one patient's vessels; points in heart coordinates at end-diastole, cm.

    Attributes:
        arch: Centre line from the ascending aorta over the arch to the isthmus.
        arch_radius_cm: Radius at each point of it.
        descending: Isthmus and lower end of the descending aorta.
        descending_radius_cm: Radius of the descending aorta.
        pulmonary_valve: Centre of the pulmonary annulus.
        bifurcation: Where the pulmonary trunk divides.
        right_pulmonary: Course of the right branch, behind the ascending aorta.
        left_pulmonary: End of the left branch.
        pulmonary_radius_cm: Radius of the trunk.
        caval_mouth: Where the IVC enters the RA.
        caval: Course of the IVC from there down.
        caval_radius_cm: Its radius at end-expiration.
        superior_caval: Mouth and upper end of the SVC.
        caval_collapse_frac: Share of that radius lost at the height of a breath in.
        hepatic: Mouth and outer end of the hepatic vein.
        chest: Where diaphragm, liver and mediastinum lie, see `surroundings`.
    """

    arch: np.ndarray
    arch_radius_cm: np.ndarray
    descending: np.ndarray
    descending_radius_cm: float
    pulmonary_valve: np.ndarray
    bifurcation: np.ndarray
    right_pulmonary: np.ndarray
    left_pulmonary: np.ndarray
    pulmonary_radius_cm: float
    caval_mouth: np.ndarray
    caval: np.ndarray
    caval_radius_cm: float
    caval_collapse_frac: float
    superior_caval: np.ndarray
    hepatic: np.ndarray
    chest: np.ndarray

    def at(self, descent_cm: float, *, inspiration: float) -> dict[str, Any]:
        """Return what the vessels add to a heart state.

        Args:
            descent_cm: How far the base has moved since end-diastole, negative towards the apex.
            inspiration: 0 at end-expiration, 1 at the height of a breath in.
        """
        valve = self.pulmonary_valve + np.array([0.0, 0.0, descent_cm])
        along = unit(self.bifurcation - self.pulmonary_valve)
        places = dict(zip(("pv_u", "pv_v", "pv_z"), valve, strict=True))
        directions = dict(zip(("pv_along_u", "pv_along_v", "pv_along_z"), along, strict=True))
        rows = [
            *self._aortic_rows(descent_cm),
            *self._pulmonary_rows(valve, along),
            *self._venous_rows(inspiration),
        ]
        return (
            places
            | directions
            | {
                "pv_radius": 0.92 * self.pulmonary_radius_cm,
                "tubes": np.stack(rows),
                "chest": self.chest,
            }
        )

    def _aortic_rows(self, descent_cm: float) -> list[np.ndarray]:
        radius, thin = self.arch_radius_cm, self.descending_radius_cm
        # The root pulls the ascending aorta down with it; the arch stays.
        pull = np.clip(1.0 - np.arange(len(self.arch)) / 5.0, 0.0, 1.0)
        line = self.arch + pull[:, None] * np.array([0.0, 0.0, descent_cm])
        rows = [tube_row(line[i], line[i + 1], radius[i], radius[i + 1], ARCH) for i in range(len(line) - 1)]
        for place, branch_radius, lean in _BRANCHES:
            mouth = self.arch[round(place * (len(self.arch) - 1))]
            end = mouth + 6.0 * unit(SUPERIOR + lean * LEFT)
            rows.append(tube_row(mouth, end, branch_radius, 0.85 * branch_radius, ARCH))
        return [*rows, tube_row(self.descending[0], self.descending[1], thin, 0.9 * thin, DESCENDING)]

    def _pulmonary_rows(self, valve: np.ndarray, along: np.ndarray) -> list[np.ndarray]:
        radius, right = self.pulmonary_radius_cm, self.right_pulmonary
        return [
            tube_row(valve - 0.6 * along, valve + 1.2 * along, 0.92 * radius, radius, PULMONARY_TUBE),
            tube_row(valve + 1.2 * along, self.bifurcation, radius, 0.97 * radius, PULMONARY_TUBE),
            tube_row(right[0], right[1], 0.72 * radius, 0.66 * radius, PULMONARY_TUBE),
            tube_row(right[1], right[2], 0.66 * radius, 0.6 * radius, PULMONARY_TUBE),
            tube_row(self.bifurcation, self.left_pulmonary, 0.72 * radius, 0.6 * radius, PULMONARY_TUBE),
        ]

    def _venous_rows(self, inspiration: float) -> list[np.ndarray]:
        radius = self.caval_radius_cm * (1.0 - self.caval_collapse_frac * inspiration)
        into_atrium, below = self.caval_mouth + 0.8 * SUPERIOR, self.caval_mouth + 0.8 * INFERIOR
        mouth_radius = 0.5 * (radius + self.caval_radius_cm)
        return [
            tube_row(into_atrium, below, mouth_radius, radius, VEIN_TUBE),
            tube_row(below, self.caval[1], radius, radius, VEIN_TUBE),
            tube_row(self.caval[1], self.caval[2], radius, radius, VEIN_TUBE),
            tube_row(self.hepatic[0], self.hepatic[1], 0.45 * self.caval_radius_cm, 0.25, VEIN_TUBE),
            tube_row(self.superior_caval[0] - 0.6 * SUPERIOR, self.superior_caval[1], 0.85, 0.9, VEIN_TUBE),
        ]


def place_vessels(
    patient: SimulatedPatient, tube: np.ndarray, ed: HeartState, es: HeartState
) -> VesselLayout:
    """Lay out every vessel of a patient around the chambers."""
    trunk = 0.5 * patient.pulmonary_artery_cm
    over_atrium = _over_the_left_atrium(tube, ed, es, radius_cm=0.66 * trunk)
    arch, arch_radius, descending, descending_radius = _aorta_beyond_the_root(
        patient, tube, ed, es, clear_level_cm=float(over_atrium @ SUPERIOR) + 0.66 * trunk
    )
    over_atrium = _pushed_off(over_atrium, arch, arch_radius + 0.66 * trunk + 0.35)
    root, root_radius = aortic_axis(ed, tube, 1.2)
    # The trunk winds around the root in one plane, which is the short axis that shows it.
    back, left = pulmonary_axes(ed)
    away = root_radius + 0.35 + trunk
    valve = root - away * math.cos(_PULMONARY_ANGLE) * back + away * math.sin(_PULMONARY_ANGLE) * left
    bifurcation = root + (0.8 * root_radius + 0.6) * back + (root_radius + trunk + 1.0) * left
    aside = _aside(valve, bifurcation, root, clear_cm=root_radius + _AORTIC_WALL_CM + trunk)
    valve, bifurcation = valve + aside, bifurcation + aside
    # To the right and behind, where neither the LA nor the LV stands in the way of a wide vein.
    mouth = _atrial_wall(ed, es, unit(INFERIOR + 1.3 * POSTERIOR + 1.6 * RIGHT))
    caval = np.stack([mouth, mouth + 2.5 * INFERIOR, mouth + 10.0 * unit(INFERIOR + 0.12 * POSTERIOR)])
    joint = mouth + 3.4 * INFERIOR
    top = _atrial_wall(ed, es, unit(SUPERIOR + 0.2 * RIGHT))
    return VesselLayout(
        arch=arch,
        arch_radius_cm=arch_radius,
        descending=descending,
        descending_radius_cm=descending_radius,
        pulmonary_valve=valve,
        bifurcation=bifurcation,
        right_pulmonary=np.stack(
            [bifurcation, over_atrium, over_atrium + 6.0 * unit(RIGHT + 0.6 * POSTERIOR)]
        ),
        left_pulmonary=bifurcation + 3.5 * unit(0.75 * POSTERIOR + 0.5 * LEFT + 0.2 * SUPERIOR),
        pulmonary_radius_cm=trunk,
        caval_mouth=mouth,
        caval=caval,
        caval_radius_cm=0.5 * patient.ivc_cm,
        caval_collapse_frac=patient.ivc_collapse_frac,
        superior_caval=np.stack([top, top + 6.0 * SUPERIOR]),
        chest=lay_chest(
            caval_mouth=mouth,
            arch=arch,
            atrium=np.array([ed.la_u, ed.la_v, ed.la_z]),
            height_cm=ed.height,
            floor_cm=-1.0 + 0.3 * patient.effusion_cm,
        ),
        hepatic=np.stack([joint, joint + 5.0 * unit(0.75 * INFERIOR + 0.7 * ANTERIOR)]),
    )


def _aside(first: np.ndarray, second: np.ndarray, point: np.ndarray, *, clear_cm: float) -> np.ndarray:
    """Return the shift after which the line through two points passes a third at this distance or farther."""
    along = unit(second - first)
    away = (first - point) - ((first - point) @ along) * along
    return max(0.0, clear_cm - float(np.linalg.norm(away))) * unit(away)


def aortic_axis(state: HeartState, tube: np.ndarray, along_cm: float) -> tuple[np.ndarray, float]:
    """Return the point of the root's centre line at a distance above the annulus, and the radius there."""
    sin, cos = state.ao_sin, state.ao_cos
    radius = float(np.interp(along_cm, np.linspace(TUBE_LOW, TUBE_HIGH, TUBE_STEPS + 1), tube))
    lift = float(aorta_bulge(radius, state.ao_annulus)) - state.ao_curve * along_cm**2
    u, z = state.ao_u + along_cm * sin + lift * cos, state.height + along_cm * cos - lift * sin
    return np.array([u, 0.0, z]), radius


def pulmonary_axes(state: HeartState) -> tuple[np.ndarray, np.ndarray]:
    """Return the directions backwards and to the left of the plane in which the pulmonary trunk runs."""
    back = np.array([-state.ao_cos, 0.0, state.ao_sin])
    cos, sin = math.cos(_PULMONARY_RISE), math.sin(_PULMONARY_RISE)
    return back, np.array([sin * state.ao_sin, -cos, sin * state.ao_cos])


def _aorta_beyond_the_root(
    patient: SimulatedPatient,
    tube: np.ndarray,
    ed: HeartState,
    es: HeartState,
    *,
    clear_level_cm: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Return the arch with its radii, and the descending aorta behind the LA with its radius."""
    start, radius = aortic_axis(ed, tube, root_end_cm(patient))
    before, _ = aortic_axis(ed, tube, root_end_cm(patient) - 0.4)
    thin = 0.5 * (0.95 + 0.46 * patient.ascending_cm)
    atrium_back = es.la_a - es.la_u
    wall_back = -ed.mv_back + 1.2 * ed.wall_mean + patient.effusion_cm
    behind = np.array([-(max(atrium_back, wall_back) + 0.4 + thin), 0.0, ed.height + 0.7])
    # The cubic rises about 2.6 cm over its ends; the right pulmonary artery must pass underneath.
    level = max(float(start @ SUPERIOR) + 0.6, clear_level_cm + 0.4 + radius - 2.6)
    isthmus = behind + (level - behind @ SUPERIOR) * SUPERIOR
    # A cubic from the ascending aorta, bending to the head, over to the isthmus, heading down.
    t = np.linspace(0, 1, _ARCH_STEPS + 1)[:, None]
    leave = 10.0 * unit(0.3 * unit(start - before) + SUPERIOR)
    arrive = 12.0 * INFERIOR
    arch = (
        (2 * t**3 - 3 * t**2 + 1) * start
        + (t**3 - 2 * t**2 + t) * leave
        + (3 * t**2 - 2 * t**3) * isthmus
        + (t**3 - t**2) * arrive
    )
    radii = radius + (thin - radius) * np.linspace(0, 1, _ARCH_STEPS + 1) ** 0.8
    return arch, radii, np.stack([isthmus, behind + 9.0 * INFERIOR]), thin


def _over_the_left_atrium(
    tube: np.ndarray, ed: HeartState, es: HeartState, *, radius_cm: float
) -> np.ndarray:
    """Return where the right pulmonary artery crosses: on the roof of the LA, behind the ascending aorta."""
    scaled = SUPERIOR / (es.la_a, es.la_b, es.la_c)
    roof = np.array([es.la_u, es.la_v, es.la_z]) + SUPERIOR / np.linalg.norm(scaled)
    place = roof + (radius_cm + 0.4) * unit(SUPERIOR + 0.4 * RIGHT)
    axis, radius = aortic_axis(ed, tube, float(place[2]) - ed.height)
    furthest_forward = axis[0] - radius - radius_cm - 0.35
    return np.array([min(place[0], furthest_forward), place[1], place[2]])


def _pushed_off(place: np.ndarray, line: np.ndarray, least_cm: np.ndarray) -> np.ndarray:
    """Return a point moved straight away from a line that it lies too near to."""
    away = place - line
    missing = least_cm - np.linalg.norm(away, axis=1)
    nearest = int(np.argmax(missing))
    return np.asarray(place + max(0.0, float(missing[nearest])) * unit(away[nearest]))


def root_end_cm(patient: SimulatedPatient) -> float:
    """Return how far above the annulus the straight root and ascending aorta go over into the arch."""
    return 3.2 * (0.75 + 0.42 * patient.sinus_cm / 2) + 0.4


def _atrial_wall(ed: HeartState, es: HeartState, direction: np.ndarray) -> np.ndarray:
    """Return where a ray from the RA's centre meets its wall, midway through the beat."""
    along, across = np.array([ed.ra_c, ed.ra_s, 0.0]), np.array([-ed.ra_s, ed.ra_c, 0.0])
    places = []
    for state in (ed, es):
        centre = state.ra_r * along + state.ra_t * across + np.array([0.0, 0.0, state.ra_z])
        scaled = np.array([direction @ along / state.ra_a, direction @ across / state.ra_b,
                           direction[2] / state.ra_d])  # fmt: skip
        places.append(centre + direction / np.linalg.norm(scaled))
    return np.asarray(0.5 * (places[0] + places[1]))
