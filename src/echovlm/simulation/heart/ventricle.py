"""The left ventricle of one patient: its shape at end-diastole, and how each part of its wall contracts."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from echovlm.simulation.heart.discs import ApicalDiscs, apical_discs
from echovlm.simulation.heart.segments import blend_segments
from echovlm.simulation.heart.wall import (
    ANNULUS_ROW,
    ED_ENDO,
    ED_EPI,
    MAP_SHAPE,
    N_LAYERS,
    NOW_ENDO,
    NOW_EPI,
    ROUND_EPI,
    SCARRED,
    map_angles,
    map_heights,
    slice_areas_cm2,
)  # fmt: skip
from echovlm.simulation.patient import SimulatedPatient

LEVEL_FRAC: Final = 0.70  # where LVIDd is taken: mitral leaflet tips, as a fraction of the LV height
SEPTUM_RAD: Final = math.radians(36)  # the middle of the septum
_ANNULAR_STIFFNESS: Final = 0.6  # share of the contraction that the fibrous annulus does not follow
_CURTAIN_STIFFNESS: Final = 0.30  # and in addition where it is one with the aortic root
_POSTERIOR_FREEDOM: Final = 0.45  # less of it across, where the annulus is muscle
_NORMAL_MOTION: Final = (
    0.8,
    1.2,
)  # where the discs stay right; beyond it is regional disease, which they miss
_OUTFLOW_ODD, _OUTFLOW_BUMP = 0.16, 0.20  # how far the base reaches out to the aorta, of its radius
_MOST_FANNED_CM: Final = 0.7
_MOST_EMPTIED: Final = 0.9  # no slice loses more than this share of its area
_SEGMENT_STEP_RAD: Final = math.radians(30)


@dataclass(frozen=True, slots=True, eq=False)
class Ventricle:
    """Maps of one left ventricle over relative height and angle.

    Attributes:
        height_cm: Epicardial apex to annulus at end-diastole.
        lean_cm: How far the axis has gone towards the anteroseptal wall at the annulus.
        cavity_zero_frac: Relative height of the endocardial apex.
        endo_sq: Squared endocardial radius at end-diastole, septum round.
        wall_sq: Squared epicardial minus squared endocardial radius at end-diastole.
        motion: Share of the whole contraction that each place makes.
        thickening: How much of the longitudinal shortening each place answers by thickening; mean 1.
        flattening: Greatest relative depth of the septal chord.
        flattened_at_end_diastole: Share of that depth that is there at end-diastole.
        discs: How the apical planes cut the cavity.
        even_motion: ``motion`` without regional disease.
        template: Wall map whose layers that do not change are filled in.
        shortening_frac: Relative descent of the base at end-systole.
        ejection_frac: Share of the volume aimed to be ejected.
    """

    height_cm: float
    lean_cm: float
    cavity_zero_frac: float
    endo_sq: np.ndarray
    wall_sq: np.ndarray
    motion: np.ndarray
    thickening: np.ndarray
    flattening: np.ndarray
    flattened_at_end_diastole: float
    discs: ApicalDiscs
    even_motion: np.ndarray
    template: np.ndarray
    shortening_frac: float
    ejection_frac: float

    def contract(self, contraction: float) -> tuple[float, np.ndarray]:
        """Return the height (cm) and the wall map when this much of the contraction is done.

        The share of area that every slice loses follows from the volume, which is linear in it. Where scar
        does not follow, the rest makes up for it as far as it can.
        """
        height = self.height_cm * (1 - self.shortening_frac * contraction)
        full = float((slice_areas_cm2(self.endo_sq) * self._flat_sq(0.0)).sum()) * self.height_cm
        flat, wanted = self._flat_sq(contraction), (1 - self.ejection_frac * contraction) * full / height
        # Contraction without disease decides the wave that keeps the discs right, disease what they then miss.
        even = _emptied(self.endo_sq, self.even_motion, flat, wanted)
        lasting = self.endo_sq * self.discs.correction(even * flat)
        round_endo = _emptied(lasting, self.motion, flat, wanted)
        endo = round_endo * flat
        # Incompressible: what slices lose in height they gain in area.
        wall = self.wall_sq * (1 + (self.height_cm / height - 1) * self.thickening)
        wall_map = self.template.copy()
        wall_map[..., NOW_ENDO] = endo
        wall_map[..., NOW_EPI] = np.clip(endo, 0, None) + wall
        wall_map[..., ROUND_EPI] = np.clip(round_endo, 0, None) + wall
        return height, wall_map

    def _flat_sq(self, contraction: float) -> np.ndarray | float:
        if not self.flattening.any():
            return 1.0
        share = self.flattened_at_end_diastole + (1 - self.flattened_at_end_diastole) * contraction
        return _flatten(self.flattening * share) ** 2


def build_ventricle(patient: SimulatedPatient, *, outflow_cm: float) -> Ventricle:
    """Lay out a patient's left ventricle.

    Args:
        patient: Whose ventricle.
        outflow_cm: How far the base must reach at least from the axis to the front of the aortic annulus, so
            that the apical planes, which hold the axis, pass through the mitral valve behind the aortic root.
    """
    wall_apex = 0.75 * _mean_wall_cm(patient)
    height = patient.lvidd_cm * patient.lv_length_ratio + wall_apex
    zero = wall_apex / height
    endo_sq, outer_sq, thick = _profiles(patient, zero)
    inward, outward = _septal_bulge_cm(patient)
    base = math.sqrt(float(endo_sq[ANNULUS_ROW, 0]))
    forward = float(np.clip(outflow_cm / base - 1 - _OUTFLOW_ODD - _OUTFLOW_BUMP, 0, 0.3))
    angular = _angular_shape(patient, forward)
    radius = np.sqrt(np.clip(endo_sq, 0.3, None)) * angular
    angular = angular * (1 - np.clip(inward / radius, 0, 0.35)) * _aneurysm(patient)
    flattening = 0.5 * patient.septal_flattening_frac * _septal_reach()
    # A volume overload flattens the septum in diastole, a pressure overload only in systole.
    early = 0.25 + 0.5 * patient.tricuspid_regurgitation_frac
    flat, straight = _flatten(flattening * early) ** 2, apical_discs(patient, fan_u_cm=0.0)
    endo_sq = endo_sq * angular**2
    # What the base does not give the root, A4C gives it by passing further behind.
    front = math.sqrt((endo_sq * straight.correction(endo_sq * flat))[ANNULUS_ROW, 0])
    discs = apical_discs(patient, fan_u_cm=float(np.clip(outflow_cm - front, 0, _MOST_FANNED_CM)))
    endo_sq = endo_sq * discs.correction(endo_sq * flat)
    endo = np.sqrt(np.clip(endo_sq, 0, None))
    thinning = np.clip(blend_segments(patient.segment_thinning), 0, 0.6)
    wall_cm = _wall_cm(patient) * (1 - thinning) + (inward + outward) / np.clip(thick, 0.3, None)
    below = map_heights() <= 0
    apex_sq = outer_sq * (wall_cm / _mean_wall_cm(patient)) ** 2
    wall_sq = np.where(below, apex_sq, (endo + thick * wall_cm) ** 2 - endo**2)
    follows = blend_segments(patient.segment_motion)
    stiff = _ANNULAR_STIFFNESS + _CURTAIN_STIFFNESS * np.exp(-((_turned(0.0) / math.radians(50)) ** 2))
    stiff = stiff - _POSTERIOR_FREEDOM * np.exp(-((_turned(math.pi) / math.radians(50)) ** 2))
    freedom = 1 - stiff * rise(map_heights(), 0.78, 1.0)
    contracting = 0.1 + np.clip(follows, 0, 1.5)
    weight = slice_areas_cm2(wall_sq)
    template = np.zeros((*MAP_SHAPE, N_LAYERS), np.float32)
    template[..., ED_ENDO] = endo_sq * flat
    template[..., ED_EPI] = np.clip(endo_sq * flat, 0, None) + wall_sq
    template[..., SCARRED] = np.clip(thinning / 0.45, 0, 1)
    return Ventricle(
        height_cm=height,
        lean_cm=-forward * base,
        cavity_zero_frac=zero,
        endo_sq=endo_sq,
        wall_sq=wall_sq,
        motion=follows * freedom,
        thickening=contracting * float(weight.sum() / (weight * contracting).sum()),
        flattening=flattening,
        flattened_at_end_diastole=early,
        discs=discs,
        even_motion=np.clip(follows, *_NORMAL_MOTION) * freedom,
        template=template,
        shortening_frac=0.03 + 0.235 * patient.ef_pct / 100,
        ejection_frac=patient.ef_pct / 100,
    )


def _emptied(endo_sq: np.ndarray, motion: np.ndarray, flat: np.ndarray | float, wanted: float) -> np.ndarray:
    """Return squared radii after every slice lost its share of area, so that ``wanted`` (cm2 on mean) is left."""
    area = slice_areas_cm2(endo_sq) * flat
    lost = min((float(area.sum()) - wanted) / float((area * motion).sum()), _MOST_EMPTIED)
    return np.asarray(endo_sq * np.clip(1 - lost * motion, 0.05, None))


def rise(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """Rise smoothly from 0 at ``low`` to 1 at ``high``."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def _turned(angle_rad: float) -> np.ndarray:
    """Return how far each column of the map is turned from a direction, -pi to pi."""
    return np.asarray((map_angles() - angle_rad + np.pi) % (2 * np.pi) - np.pi)


def _mean_wall_cm(patient: SimulatedPatient) -> float:
    return 0.5 * (patient.ivsd_cm + patient.pwd_cm)


def _profiles(patient: SimulatedPatient, zero: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return squared inner and outer radius and relative wall thickness over height, round and healthy."""
    shape, zeta = patient.shape, map_heights()
    inner = (zeta - zero) / (1 - zero)
    widest = 0.64 + 0.05 * math.tanh(shape[0])
    blunt = 2.1 + 0.35 * math.tanh(shape[1])
    base = 0.80 + 0.04 * math.tanh(shape[2])

    def relative(x: np.ndarray) -> np.ndarray:
        up = 1 - np.abs(np.clip((widest - x) / widest, 0, 1.5)) ** blunt
        down = np.clip(1 - (1 - base) * np.clip((x - widest) / (1 - widest), 0, None) ** 2, 0, None) ** 2
        lean = 1 + 0.10 * math.tanh(shape[12]) * (np.clip(x, 0, 1) - LEVEL_FRAC)
        girth = 1 + 0.05 * math.tanh(shape[13]) * (np.sin(np.pi * np.clip(x, 0, 1)) - 0.81)
        return np.asarray(np.where(x < widest, up, down) * (lean * girth) ** 2)

    level = relative(np.array([(LEVEL_FRAC - zero) / (1 - zero)]))[0]
    endo_sq = relative(inner) / level * (patient.lvidd_cm / 2) ** 2
    endo_sq = np.where(inner < -0.02, np.minimum(endo_sq, 0.0), endo_sq)
    wall = _mean_wall_cm(patient)
    widest_outer = zero + widest * (1 - zero)
    outer_rise = 1 - np.abs(np.clip((widest_outer - zeta) / widest_outer, 0, 1.6)) ** blunt
    top = math.sqrt(float(endo_sq.max())) + wall
    outer_sq = np.where(zeta < widest_outer, outer_rise, 1.0) * top**2
    thick = (np.sqrt(np.clip(outer_sq, 0, None)) - np.sqrt(np.clip(endo_sq, 0, None))) / wall
    thick = np.where(zeta < widest_outer, np.clip(thick, 0.5, 1.1), 1 - 0.10 * rise(zeta, 0.85, 1.0))
    return endo_sq, outer_sq, np.where(zeta < zero, np.sqrt(np.clip(outer_sq, 0, None)) / wall, thick)


def _angular_shape(patient: SimulatedPatient, forward: float) -> np.ndarray:
    """Return the relative radius over angle and height.

    Odd waves leave every chord as it is. Even ones are taken so that the chords of A4C and A2C change in
    opposite ways.
    """
    shape, zeta, theta = patient.shape, map_heights(), map_angles()
    planes = apical_discs(patient, fan_u_cm=0.0)
    middle = 0.5 * (planes.four_rad + planes.two_rad + math.pi)
    towards_base = np.clip(zeta, 0, 1)
    g = 1 + 0.03 * math.tanh(shape[3]) * np.sin(2 * (theta - middle))
    g = g + 0.02 * math.tanh(shape[14]) * np.sin(2 * (theta - middle)) * (2 * towards_base - 1)
    g = g + 0.012 * math.tanh(shape[15]) * np.sin(4 * (theta - middle))
    g = g + 0.02 * (math.tanh(shape[5]) * np.cos(3 * theta) + math.tanh(shape[6]) * np.sin(3 * theta))
    g = g + 0.03 * math.tanh(shape[16]) * np.sin(theta) * np.sin(2 * np.pi * towards_base)
    basal = rise(zeta, 0.70, 1.0)
    g = g + forward * towards_base**2 * np.cos(theta)
    g = g + basal * _OUTFLOW_ODD * (0.7 * np.cos(theta) + 0.3 * np.cos(3 * theta))
    g = g + basal * _OUTFLOW_BUMP * np.exp(-((_turned(0.0) / math.radians(30)) ** 2))
    return np.asarray(g)


def _septal_bulge_cm(patient: SimulatedPatient) -> tuple[np.ndarray, np.ndarray]:
    """Return how far the hypertrophied basal septum stands into the cavity, and into the RV."""
    away = _turned(math.radians(25))
    along = np.exp(-(((map_heights() - 0.70) / 0.22) ** 2)) * (1 - rise(map_heights(), 0.86, 1.0))
    extra = patient.ivsd_cm * patient.septal_bulge_frac * along * np.exp(-((away / math.radians(52)) ** 2))
    return 0.65 * extra, 0.35 * extra


def _aneurysm(patient: SimulatedPatient) -> np.ndarray:
    """Return the relative widening of an apex that bulges, mostly forwards."""
    bump = np.exp(-(((map_heights() - 0.2) / 0.15) ** 2)) * (0.75 + 0.25 * np.cos(map_angles() + 0.5))
    return np.asarray(1 + 0.45 * patient.aneurysm_frac * bump)


def _wall_cm(patient: SimulatedPatient) -> np.ndarray:
    """Return the wall's thickness over angle."""
    uneven = 0.5 * (patient.ivsd_cm - patient.pwd_cm) * np.cos(map_angles())
    across = 0.03 * patient.shape[11] * np.sin(map_angles())
    apical = 1 - 0.18 * rise(-map_heights(), -0.45, -0.1) * (1 - 0.4 * math.tanh(patient.shape[17]))
    return np.asarray((_mean_wall_cm(patient) + uneven + across) * apical)


def _septal_reach() -> np.ndarray:
    """Return where along the axis the septum can flatten: neither at the apex nor at the annulus."""
    return np.asarray(rise(map_heights(), 0.18, 0.45) * (1 - rise(map_heights(), 0.80, 1.0)))


def _flatten(depth: np.ndarray) -> np.ndarray:
    """Return the relative radius where the septum is pushed in to a chord at ``1 - depth`` of the radius."""
    facing = np.clip(np.cos(map_angles() - SEPTUM_RAD), 0.05, None)
    chord = (1 - depth) / facing
    blend = 0.3 * depth + 1e-9
    overlap = np.clip(blend - np.abs(chord - 1), 0, None)
    return np.asarray(np.minimum(chord, 1.0) - overlap**2 / (4 * blend))
