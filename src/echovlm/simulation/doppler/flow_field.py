"""Blood velocity on the plane of a B-mode frame: flow through the valves, jets of their leaks, convergence to both.

Directions and places come from the frame's masks: a valve lies where the two chambers it parts touch each other.
Lengths are in pixels of the frame, velocities in cm/s.
"""

import math
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, UInt8
from scipy.ndimage import binary_dilation

from echovlm.clinical.anatomy import Structure
from echovlm.simulation.doppler.haemodynamics import Circulation
from echovlm.simulation.doppler.traces import Trace
from echovlm.simulation.doppler.valves import Jet
from echovlm.simulation.doppler.waves import Wave, WaveLook, waves_of

PULMONARY_TRUNK: Final = 200  # label of the pulmonary artery in masks that were extended by it
_MOST_OF_CHAMBER: Final = 0.92  # no jet is longer than this share of the chamber that receives it
_MIDDLE_SHARE: Final = 0.66  # mean of a jet's swelling over its length


class Valve(Enum):
    """A valve, the chamber before it and the one behind it."""

    MITRAL = ("mitral", Structure.LA, Structure.LV)
    AORTIC = ("aortic", Structure.LV, Structure.AORTA)
    TRICUSPID = ("tricuspid", Structure.RA, Structure.RV)
    PULMONARY = ("pulmonary", Structure.RV, PULMONARY_TRUNK)

    def __init__(self, adjective: str, before: int, behind: int) -> None:
        self.adjective, self.before, self.behind = adjective, int(before), int(behind)

    def jet(self, flow: Circulation) -> Jet:
        """Return the valve's leak."""
        return {
            Valve.MITRAL: flow.mitral_regurgitation,
            Valve.AORTIC: flow.aortic_regurgitation,
            Valve.TRICUSPID: flow.tricuspid_regurgitation,
            Valve.PULMONARY: flow.pulmonary_regurgitation,
        }[self]


@dataclass(frozen=True, slots=True, eq=False)
class Gate:
    """Where a valve is on one frame.

    Attributes:
        centre_xy_px: Its middle.
        forward_xy: Unit vector of forward flow.
        half_width_px: Half of its annulus.
    """

    centre_xy_px: Float[np.ndarray, " 2"]
    forward_xy: Float[np.ndarray, " 2"]
    half_width_px: float

    @property
    def across_xy(self) -> Float[np.ndarray, " 2"]:
        """Unit vector along the annulus."""
        return np.array([-self.forward_xy[1], self.forward_xy[0]])


@dataclass(frozen=True, slots=True)
class JetAim:
    """How a leak leaves its orifice: the same in all frames of a clip.

    Attributes:
        lean_rad: Angle to the straight way back.
        offset_frac: Place of the orifice along the annulus, -1 to 1.
        slimness: Length over the square root of the area.
    """

    lean_rad: float
    offset_frac: float
    slimness: float


def find_gate(mask: UInt8[np.ndarray, "height width"], valve: Valve, *, reach_px: int = 2) -> Gate | None:
    """Return where the chambers that a valve parts touch, or ``None`` where they do not on this plane.

    Args:
        mask: Parts of the heart.
        valve: Which valve.
        reach_px: How far each chamber may end from the line between them.
    """
    before, behind = mask == valve.before, mask == valve.behind
    touching = binary_dilation(before, iterations=reach_px) & binary_dilation(behind, iterations=reach_px)
    points = np.argwhere(touching)[:, ::-1].astype(float)
    if len(points) < 12:
        return None
    centre = points.mean(axis=0)
    along = np.linalg.svd(points - centre, full_matrices=False)[2][0]
    forward = np.array([-along[1], along[0]])
    # Which side is forward: the chamber behind the valve, looked at near the valve only.
    near = np.argwhere(behind)[:, ::-1] - centre
    near = near[np.hypot(*near.T) < 0.5 * np.ptp((points - centre) @ along) + 12]
    if len(near) and float((near @ forward).mean()) < 0:
        forward = -forward
    return Gate(centre, forward, max(0.5 * float(np.ptp((points - centre) @ along)), 3.0))


def forward_cm_per_s(valve: Valve, flow: Circulation, since_r_ms: float) -> float:
    """Return the speed of forward flow at the valve."""
    trace = {
        Valve.MITRAL: Trace.MITRAL_INFLOW,
        Valve.AORTIC: Trace.LVOT,
        Valve.TRICUSPID: Trace.MITRAL_INFLOW,
        Valve.PULMONARY: Trace.RVOT,
    }[valve]
    waves = [w for w in waves_of(trace, flow) if w.wave in (Wave.E, Wave.A, Wave.EJECTION)]
    fastest = max(_at(wave, since_r_ms) for wave in waves)
    # The tricuspid orifice is wider: the same volume passes more slowly.
    return min(0.6 * fastest, 80.0) if valve is Valve.TRICUSPID else fastest


def leak_course(valve: Valve, flow: Circulation, since_r_ms: float) -> float:
    """Return the velocity of a valve's leak over its peak."""
    trace = {
        Valve.MITRAL: Trace.MITRAL_VALVE,
        Valve.AORTIC: Trace.AORTIC_VALVE,
        Valve.TRICUSPID: Trace.TRICUSPID_VALVE,
        Valve.PULMONARY: Trace.PULMONARY_VALVE,
    }[valve]
    leaks = [wave for wave in waves_of(trace, flow) if wave.wave is Wave.LEAK]
    return _at(leaks[0], since_r_ms) / abs(leaks[0].peak_cm_per_s) if leaks else 0.0


def _at(wave: WaveLook, since_r_ms: float) -> float:
    return float(abs(wave.peak_cm_per_s) * wave.course(np.array([since_r_ms]), np.zeros(1))[0])


def forward_field(
    gate: Gate, points_xy_px: Float[np.ndarray, "point 2"], label: UInt8[np.ndarray, " point"], valve: Valve, *,
    speed_cm_per_s: float, chamber_px: float,
) -> Float[np.ndarray, "point 2"]:  # fmt: skip
    """Return forward flow: converging before the valve, a slowly fading stream behind it.

    Args:
        gate: Where the valve is.
        points_xy_px: Where the velocity is wanted.
        label: Chamber at each point.
        valve: Which valve.
        speed_cm_per_s: Speed in the valve.
        chamber_px: Length of the chamber behind it.
    """
    rel = points_xy_px - gate.centre_xy_px
    along, across = rel @ gate.forward_xy, rel @ gate.across_xy
    far, width = np.hypot(*rel.T), gate.half_width_px
    spread = width * (0.75 + 0.25 * np.clip(along / chamber_px, 0, 1))
    fade = (
        1.0
        if valve in (Valve.AORTIC, Valve.PULMONARY)
        else np.exp(-np.clip(along, 0, None) / (0.9 * chamber_px))
    )
    stream = np.exp(-((across / spread) ** 2)) * fade
    behind = (stream * speed_cm_per_s)[:, None] * gate.forward_xy
    # Beside the stream blood turns back: vortices on both sides.
    back = 0.12 * speed_cm_per_s * np.clip(np.abs(across) / spread - 1, 0, 1) * fade
    behind = behind - back[:, None] * gate.forward_xy
    pull = speed_cm_per_s / (1 + 1.6 * (far / width) ** 2)
    before = -rel / np.maximum(far, 1.0)[:, None] * pull[:, None]
    # Within the valve itself all flow is forward.
    inside = np.clip(1 - far / (1.2 * width), 0, 1)[:, None]
    before = (1 - inside) * before + inside * speed_cm_per_s * gate.forward_xy
    field = np.where((label == valve.behind)[:, None], behind, 0.0)
    return np.asarray(np.where((label == valve.before)[:, None], before, field))


def emptying_field(
    gate: Gate, points_xy_px: Float[np.ndarray, "point 2"], label: UInt8[np.ndarray, " point"], valve: Valve, *,
    speed_cm_per_s: float, chamber_px: float,
) -> Float[np.ndarray, "point 2"]:  # fmt: skip
    """Return how a ventricle empties whose outflow lies off this plane: along its inflow, the other way."""
    depth = np.clip((points_xy_px - gate.centre_xy_px) @ gate.forward_xy, 0, None)
    speed = 0.5 * speed_cm_per_s * np.exp(-depth / (0.7 * chamber_px))
    return np.asarray(np.where((label == valve.behind)[:, None], -speed[:, None] * gate.forward_xy, 0.0))


def leak_field(
    gate: Gate, points_xy_px: Float[np.ndarray, "point 2"], label: UInt8[np.ndarray, " point"], valve: Valve,
    jet: Jet, aim: JetAim, *, course: float, area_px: float, chamber_px: float, px_per_cm: float,
    ruffle: Float[np.ndarray, " point"],
) -> tuple[Float[np.ndarray, "point 2"], Bool[np.ndarray, " point"]]:  # fmt: skip
    """Return the velocity of a leak and which points its jet covers.

    Args:
        gate: Where the valve is.
        points_xy_px: Where the velocity is wanted.
        label: Chamber at each point.
        valve: Which valve.
        jet: Its leak.
        aim: Where the jet goes.
        course: Velocity of the leak at this instant over its peak.
        area_px: Area of the jet at its largest.
        chamber_px: Length of the chamber that receives it.
        px_per_cm: Pixels per cm.
        ruffle: Smooth noise of unit variance at each point: a jet's border is torn by eddies.
    """
    cos, sin = math.cos(aim.lean_rad), math.sin(aim.lean_rad)
    way = -cos * gate.forward_xy + sin * gate.across_xy
    orifice = gate.centre_xy_px + aim.offset_frac * gate.half_width_px * gate.across_xy
    rel = points_xy_px - orifice
    along, across = rel @ way, rel @ np.array([-way[1], way[0]])
    throat = jet.vena_contracta_cm * px_per_cm
    area = area_px * math.sqrt(course)
    length = max(min(aim.slimness * math.sqrt(area), _MOST_OF_CHAMBER * chamber_px), 0.6 * throat)
    swelling = max((area - throat * length) / (2 * _MIDDLE_SHARE * length), 0.0)
    share = np.clip(along / length * (1 + 0.10 * ruffle), 0, 1)
    half = 0.5 * throat * np.sqrt(1 - share**4)
    # Narrow at the orifice, widest past its middle, torn more and more on the way.
    half = half + swelling * np.sin(np.pi * share**1.25) ** 0.8 * (1 + 0.30 * ruffle)
    covered = (along >= 0) & (share < 1) & (np.abs(across) <= half) & (label == valve.before)
    peak = 100 * jet.peak_m_per_s * course
    core = (
        peak
        / (1 + along.clip(0) / (5 * max(throat, 1.0)))
        * (1 - 0.7 * (across / np.maximum(half, 0.5)) ** 2)
    )
    field = np.where(covered[:, None], core[:, None] * way, 0.0)
    # Before the orifice blood converges on it from a hemisphere: Q / (2 pi r²), the isovelocity shells of PISA.
    far_cm = np.maximum(np.hypot(*rel.T) / px_per_cm, 0.4 * jet.vena_contracta_cm)
    shell = np.minimum(jet.orifice_cm2 * peak / (2 * math.pi * far_cm**2), peak)
    converging = -rel / np.maximum(np.hypot(*rel.T), 0.5)[:, None] * shell[:, None]
    return np.asarray(np.where((label == valve.behind)[:, None], converging, field)), covered
