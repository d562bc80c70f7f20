"""Colour Doppler: velocity along the beam, wrapped at the Nyquist limit, painted over the grey where there is blood."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, UInt8
from scipy.ndimage import binary_dilation, gaussian_filter

from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.provenance import Provenance, Source
from echovlm.clinical.views import View
from echovlm.errors import EchoVLMError
from echovlm.simulation.clip import SimulatedClip, simulate_clip
from echovlm.simulation.doppler.colour_box import ColourBox, lay_box
from echovlm.simulation.doppler.flow_field import (
    PULMONARY_TRUNK,
    Gate,
    JetAim,
    Valve,
    emptying_field,
    find_gate,
    forward_cm_per_s,
    forward_field,
    leak_course,
    leak_field,
)
from echovlm.simulation.doppler.haemodynamics import Circulation, circulation
from echovlm.simulation.heart.geometry import build_heart
from echovlm.simulation.heart.motion import beat_ms, phase_in_beat
from echovlm.simulation.patient import SimulatedPatient
from echovlm.simulation.views.acquisition import sample_acquisition

VALVE_VIEW: Final = {
    Valve.MITRAL: View.A4C,
    Valve.AORTIC: View.A5C,
    Valve.TRICUSPID: View.A4C,
    Valve.PULMONARY: View.PSAX_AV,
}
_OUTFLOW: Final = {Valve.MITRAL: Valve.AORTIC, Valve.TRICUSPID: Valve.PULMONARY}
_LEVELS: Final = 256
_TRUNK_CM: Final = 3.5  # how far beyond its valve the pulmonary artery is painted
_REACHES_PX: Final = (2, 4, 6, 9)  # how far two chambers may end from the valve between them, tried in turn


class NoValveError(EchoVLMError):
    """Colour was asked for on a plane that does not cut the valve."""


@dataclass(frozen=True, slots=True)
class ColourSettings:
    """How the console was set for one colour clip.

    Attributes:
        nyquist_cm_per_s: Velocity at which colour wraps.
        filter_cm_per_s: Slower blood and walls stay grey.
        grey_priority: Brighter grey hides colour.
        noise_frac: Scatter of the estimate over the Nyquist velocity.
        flash: How much wall motion bleeds into colour.
        shows_variance: Whether turbulence is tinted green.
    """

    nyquist_cm_per_s: float
    filter_cm_per_s: float
    grey_priority: int
    noise_frac: float
    flash: float
    shows_variance: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ColourClip:
    """A colour Doppler cine of one valve.

    Attributes:
        valve: What it is about.
        clip: The grey cine under it, with masks and landmarks.
        frames: RGB; colour inside the box where blood moves, grey elsewhere.
        shown: Where colour hides the grey.
        jets: Pixels of the valve's regurgitant jet.
        outline_xy_px: Corners of the colour box, in order around it.
        nyquist_cm_per_s: Velocity at which colour wraps.
        colours: The scale, from away at full speed to towards at full speed.
        measurements: What is measured on the drawn jet.
    """

    valve: Valve
    clip: SimulatedClip
    frames: UInt8[np.ndarray, "frame height width 3"]
    shown: Bool[np.ndarray, "frame height width"]
    jets: Bool[np.ndarray, "frame height width"]
    outline_xy_px: Float[np.ndarray, "corner 2"]
    nyquist_cm_per_s: float
    colours: UInt8[np.ndarray, "level 3"]
    measurements: tuple[Measurement, ...]

    def __repr__(self) -> str:
        n, height, width, _ = self.frames.shape
        return f"ColourClip({self.valve.adjective}, {self.clip.view.abbreviation}, {n}×{height}×{width})"


def simulate_colour(
    patient: SimulatedPatient, valve: Valve, *, seed: int, n_frames: int, height_px: int, width_px: int,
    view: View | None = None,
) -> ColourClip:  # fmt: skip
    """Render one beat of colour Doppler; the same arguments give the same bytes.

    Args:
        patient: Whose heart.
        valve: The valve that the colour box is laid on.
        seed: Seed of the acquisition.
        n_frames: Frames over one beat.
        height_px: Image height.
        width_px: Image width.
        view: The plane; by default the valve's usual one.

    Raises:
        NoValveError: If the plane does not cut the valve.
    """
    chosen = view or VALVE_VIEW[valve]
    clip = simulate_clip(
        patient, chosen, seed=seed, n_frames=n_frames, height_px=height_px, width_px=width_px
    )
    masks, gates = clip.masks, {}
    if chosen is View.PSAX_AV:
        masks, gates[Valve.PULMONARY] = _pulmonary(patient, clip, seed=seed)
    for found in (Valve.MITRAL, Valve.AORTIC, Valve.TRICUSPID):
        # In systole the root may stand between ventricle and atrium: the valve that was asked for is looked for there.
        reaches = _REACHES_PX if found is valve else _REACHES_PX[:1]
        per_frame = [
            next(filter(None, (find_gate(mask, found, reach_px=reach) for reach in reaches)), None)
            for mask in masks
        ]
        if chosen is not View.PSAX_AV and all(gate is not None for gate in per_frame):
            gates[found] = [gate for gate in per_frame if gate is not None]
    if valve not in gates:
        raise NoValveError(
            f"the {chosen.abbreviation} plane does not cut the {valve.adjective} valve of patient "
            f"{patient.patient_index}; choose {VALVE_VIEW[valve].abbreviation} or another view."
        )
    return _paint(patient, clip, masks, valve, gates, seed=seed)


def _pulmonary(
    patient: SimulatedPatient, clip: SimulatedClip, *, seed: int
) -> tuple[UInt8[np.ndarray, "frame height width"], list[Gate]]:
    """Return the masks with the pulmonary trunk added, and its valve, both from the heart's own geometry."""
    heart, (height_px, width_px) = build_heart(patient), clip.frames.shape[1:]
    acquisition = sample_acquisition(heart, clip.view, seed=seed, height_px=height_px, width_px=width_px)
    rr_ms = beat_ms(patient.heart_rate_bpm)
    axes = np.stack([acquisition.right, acquisition.down])
    y, x = np.mgrid[:height_px, :width_px]
    points = np.stack([x.ravel(), y.ravel()], axis=-1).astype(float)
    masks, gates = clip.masks.copy(), []
    for mask, time_ms in zip(masks, clip.frame_times_ms, strict=True):
        state = heart.state(phase_in_beat(patient, float(time_ms), rr_ms=rr_ms))
        place = np.array([state.pv_u, state.pv_v, state.pv_z]) - acquisition.origin
        along = axes @ np.array([state.pv_along_u, state.pv_along_v, state.pv_along_z])
        centre = np.asarray(acquisition.apex_xy_px) + axes @ place / acquisition.spacing_cm
        gate = Gate(centre, along / np.linalg.norm(along), state.pv_radius / acquisition.spacing_cm)
        rel = points - gate.centre_xy_px
        ahead, aside = rel @ gate.forward_xy, rel @ gate.across_xy
        trunk = (
            (ahead >= 0) & (ahead < _TRUNK_CM / acquisition.spacing_cm) & (np.abs(aside) < gate.half_width_px)
        )
        free = trunk.reshape(mask.shape) & (mask == 0) & clip.sector_mask
        mask[free] = PULMONARY_TRUNK
        gates.append(gate)
    return masks, gates


def _draw_settings(rng: np.random.Generator) -> ColourSettings:
    nyquist = float(rng.uniform(48, 72))
    return ColourSettings(
        nyquist_cm_per_s=nyquist,
        filter_cm_per_s=nyquist * float(rng.uniform(0.07, 0.13)),
        grey_priority=int(rng.integers(90, 190)),
        noise_frac=float(rng.uniform(0.03, 0.08)),
        flash=float(rng.uniform(0.0, 1.0)),
        shows_variance=bool(rng.random() < 0.5),
    )


def colour_scale() -> UInt8[np.ndarray, "level 3"]:
    """Return the scale: blue away, red towards, darker the slower (BART)."""
    speed = np.linspace(-1, 1, _LEVELS)
    strength = np.abs(speed)[:, None] ** 0.8
    dark_red, yellow = np.array([90, 0, 0]), np.array([255, 230, 60])
    dark_blue, cyan = np.array([0, 0, 95]), np.array([90, 235, 255])
    middle_red, middle_blue = np.array([235, 30, 10]), np.array([15, 50, 245])
    red = np.where(strength < 0.6, dark_red + (middle_red - dark_red) * strength / 0.6,
                   middle_red + (yellow - middle_red) * (strength - 0.6) / 0.4)  # fmt: skip
    blue = np.where(strength < 0.6, dark_blue + (middle_blue - dark_blue) * strength / 0.6,
                    middle_blue + (cyan - middle_blue) * (strength - 0.6) / 0.4)  # fmt: skip
    return np.asarray(np.where((speed > 0)[:, None], red, blue).round(), dtype=np.uint8)


def _paint(
    patient: SimulatedPatient, clip: SimulatedClip, masks: np.ndarray, valve: Valve, gates: dict[Valve, list[Gate]],
    *, seed: int,
) -> ColourClip:  # fmt: skip
    flow = circulation(patient)
    rng = np.random.default_rng((seed, patient.patient_index, tuple(Valve).index(valve), 0xC01))
    settings = _draw_settings(rng)
    box = lay_box(clip, masks, valve, gates[valve], rng)
    aims = {
        v: JetAim(float(rng.normal(0, 0.25)), float(rng.uniform(-0.3, 0.3)), float(rng.uniform(1.6, 2.4)))
        for v in Valve
    }
    scale, px_per_cm = colour_scale(), 10 / clip.spacing_mm
    y, x = np.nonzero(box.inside)
    points = np.stack([x, y], axis=-1).astype(float)
    beam = points - np.asarray(clip.apex_xy_px)
    beam /= np.maximum(np.hypot(*beam.T), 1.0)[:, None]
    lasting = _smooth_noise(rng, box.inside.shape, 5.0)[box.inside]
    frames, shown, jets = np.repeat(clip.frames[..., None], 3, axis=-1), np.zeros(clip.frames.shape, bool), []
    for i, time_ms in enumerate(clip.frame_times_ms):
        label = masks[i][y, x]
        fleeting = _smooth_noise(rng, box.inside.shape, 4.0)
        field, covered, turbulent = np.zeros_like(points), np.zeros(len(points), bool), np.zeros(len(points))
        for v, per_frame in gates.items():
            ruffle = (lasting + fleeting[box.inside]) / math.sqrt(2)
            added, jet_points = _flow_of(
                v, per_frame[i], flow, aims[v], masks[i], points, label, since_r_ms=float(time_ms),
                px_per_cm=px_per_cm, ruffle=ruffle, is_emptied=_OUTFLOW.get(v) not in gates,
            )  # fmt: skip
            field += added
            turbulent[jet_points] = 1.0
            if v is valve:
                covered = jet_points
        towards = -(field * beam).sum(axis=1)
        estimate, seen = _estimate(towards, turbulent, label > 0, clip.frames[i], box, settings, rng)
        frames[i, y[seen], x[seen]] = _tint(estimate[seen], turbulent[seen], scale, settings)
        shown[i, y[seen], x[seen]] = True
        jet = np.zeros(clip.frames.shape[1:], bool)
        jet[y[covered], x[covered]] = True
        jets.append(jet)
    drawn = np.stack(jets)
    return ColourClip(
        valve=valve,
        clip=clip,
        frames=frames,
        shown=shown,
        jets=drawn,
        outline_xy_px=box.outline_xy_px,
        nyquist_cm_per_s=settings.nyquist_cm_per_s,
        colours=scale,
        measurements=_measure_jet(valve, drawn, masks),
    )


def _smooth_noise(rng: np.random.Generator, shape: tuple[int, ...], sigma_px: float) -> np.ndarray:
    field = gaussian_filter(rng.standard_normal(shape), sigma_px)
    return np.asarray(field / field.std())


def _flow_of(
    valve: Valve, gate: Gate, flow: Circulation, aim: JetAim, mask: np.ndarray, points: np.ndarray, label: np.ndarray,
    *, since_r_ms: float, px_per_cm: float, ruffle: np.ndarray, is_emptied: bool,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Return the velocity that one valve makes, forward and back, and which points its jet covers."""
    sizes = {chamber: float((mask == chamber).sum()) for chamber in (valve.before, valve.behind)}
    length_px = {chamber: 1.5 * math.sqrt(max(size, 1.0)) for chamber, size in sizes.items()}
    speed = forward_cm_per_s(valve, flow, since_r_ms)
    field = np.zeros_like(points)
    if speed > 1:
        field = forward_field(gate, points, label, valve, speed_cm_per_s=speed,
                              chamber_px=length_px[valve.behind])  # fmt: skip
    outflow = _OUTFLOW.get(valve)
    if outflow is not None and is_emptied:
        leaving = forward_cm_per_s(outflow, flow, since_r_ms)
        field += emptying_field(gate, points, label, valve, speed_cm_per_s=leaving,
                                chamber_px=length_px[valve.behind])  # fmt: skip
    jet, course = valve.jet(flow), leak_course(valve, flow, since_r_ms)
    if not jet.is_present or course < 0.05:
        return field, np.zeros(len(points), bool)
    # In an atrium the jet fills as much as the orifice lets pass; in a ventricle it is thinned out sooner.
    share = (1 - math.exp(-1.9 * jet.orifice_cm2)) * (
        1.0 if valve in (Valve.MITRAL, Valve.TRICUSPID) else 0.8
    )
    back, covered = leak_field(
        gate, points, label, valve, jet, aim, course=course, area_px=share * sizes[valve.before],
        chamber_px=length_px[valve.before], px_per_cm=px_per_cm, ruffle=ruffle,
    )  # fmt: skip
    return field + back, covered


def _estimate(
    towards: np.ndarray, turbulent: np.ndarray, blood: np.ndarray, grey: np.ndarray, box: ColourBox,
    settings: ColourSettings, rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Return the velocity that autocorrelation would give, unwrapped, and where the console shows it."""
    inside = box.inside
    noise = gaussian_filter(rng.standard_normal(inside.shape), 0.9)[inside] * 1.8
    coarse = gaussian_filter(rng.standard_normal(inside.shape), 2.0)[inside] * 5.0
    spread = settings.noise_frac * settings.nyquist_cm_per_s + 0.45 * turbulent * np.abs(towards)
    velocity = np.zeros(inside.shape)
    velocity[inside] = towards + spread * noise
    velocity = gaussian_filter(velocity, 0.6)
    estimate = velocity[inside]
    flash = settings.flash * (coarse > 1.9) * (grey[inside] > 25)
    bled = np.zeros(inside.shape, bool)
    bled[inside] = blood
    near_wall = binary_dilation(bled)[inside] & (noise > 0.4)
    moving = np.abs(estimate) > settings.filter_cm_per_s * (1 + 0.4 * noise.clip(-1, 1))
    seen = (blood | near_wall) & moving & ((grey[inside] < settings.grey_priority) | (turbulent > 0))
    walls = (flash > 0.6) & ~seen
    estimate = np.where(walls, 1.4 * settings.filter_cm_per_s * np.sign(noise), estimate)
    return estimate, seen | walls


def _tint(
    estimate: np.ndarray, turbulent: np.ndarray, scale: np.ndarray, settings: ColourSettings
) -> UInt8[np.ndarray, "point 3"]:
    nyquist = settings.nyquist_cm_per_s
    wrapped = (estimate + nyquist) % (2 * nyquist)
    level = (wrapped / (2 * nyquist) * (_LEVELS - 1)).round().astype(int)
    colour = scale[level].astype(float)
    if settings.shows_variance:
        colour[:, 1] = np.maximum(colour[:, 1], 210 * turbulent * (0.4 + 0.6 * (level % 7) / 6))
    return np.asarray(np.clip(colour, 0, 255), dtype=np.uint8)


def _measure_jet(valve: Valve, jets: np.ndarray, masks: np.ndarray) -> tuple[Measurement, ...]:
    """Measure the drawn mitral jet where it is largest: its area over that of the atrium."""
    if valve is not Valve.MITRAL or not jets.any():
        return ()
    largest = int(np.argmax(jets.sum(axis=(1, 2))))
    share = 100 * float(jets[largest].sum()) / float((masks[largest] == valve.before).sum())
    quantity = Quantity.MR_JET_AREA
    origin = Provenance(Source.MASK, f"simulated colour Doppler, jet of frame {largest}")
    return (Measurement(quantity, share, quantity.unit, origin),) if share >= quantity.lowest else ()
