"""The colour box: the part of the sector that colour Doppler looks at."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from echovlm.simulation.clip import SimulatedClip
from echovlm.simulation.doppler.flow_field import Gate, Valve


@dataclass(frozen=True, slots=True, eq=False)
class ColourBox:
    """A range of depths and angles of the sector.

    Attributes:
        inside: Pixels in the box.
        outline_xy_px: Corners of its outline, in order around it.
    """

    inside: Bool[np.ndarray, "height width"]
    outline_xy_px: Float[np.ndarray, "corner 2"]


def lay_box(
    clip: SimulatedClip, masks: np.ndarray, valve: Valve, gates: list[Gate], rng: np.random.Generator
) -> ColourBox:
    """Lay the box round a valve: all of the chamber that a leak would enter, and some way behind the valve."""
    apex = np.asarray(clip.apex_xy_px)
    width = max(gate.half_width_px for gate in gates)
    leaking = np.argwhere((masks == valve.before).any(axis=0))[:, ::-1].astype(float)
    centre = np.mean([gate.centre_xy_px for gate in gates], axis=0)
    near = leaking[np.hypot(*(leaking - centre).T) < 4.0 * width] if len(leaking) else leaking
    around = [
        gate.centre_xy_px + ahead * width * gate.forward_xy + aside * width * gate.across_xy
        for gate in gates
        for ahead in (-0.8, float(rng.uniform(1.2, 2.2)))
        for aside in (-1.3, 1.3)
    ]
    points = np.concatenate([np.stack(around), near]) - apex
    radius, angle = np.hypot(*points.T), np.arctan2(points[:, 0], points[:, 1])
    half, deepest = 0.5 * clip.angle_rad, clip.depth_mm / clip.spacing_mm
    low_r, high_r = (
        np.percentile(radius, 2) * rng.uniform(0.85, 0.97),
        np.percentile(radius, 99) * rng.uniform(1.01, 1.08),
    )
    margin = float(rng.uniform(0.02, 0.09))
    low_a, high_a = np.percentile(angle, 1) - margin, np.percentile(angle, 99) + margin
    low_a, high_a = (float(np.clip(a, -0.97 * half, 0.97 * half)) for a in (low_a, high_a))
    high_r = min(float(high_r), 0.98 * deepest)
    y, x = np.mgrid[: clip.frames.shape[1], : clip.frames.shape[2]]
    at_r, at_a = np.hypot(x - apex[0], y - apex[1]), np.arctan2(x - apex[0], y - apex[1])
    inside = (at_r >= low_r) & (at_r <= high_r) & (at_a >= low_a) & (at_a <= high_a) & clip.sector_mask
    arc = np.linspace(low_a, high_a, 16)
    corners = [(low_r, a) for a in arc] + [(high_r, a) for a in arc[::-1]]
    outline = np.array([[apex[0] + r * np.sin(a), apex[1] + r * np.cos(a)] for r, a in corners])
    return ColourBox(inside, outline)
