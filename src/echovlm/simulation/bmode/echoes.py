"""What a transducer receives: the heart's fields along each beam, turned into complex echo amplitudes."""

import math
from typing import Final

import numpy as np
from numba import njit

from echovlm.simulation.heart.leaflets import leaflet_distance
from echovlm.simulation.heart.surfaces import (
    ABOVE,
    AORTA,
    ENDO,
    EPI,
    HEART,
    LA,
    MOTION_R,
    MOTION_Z,
    N_FIELDS,
    PAPILLARY,
    PULMONARY,
    RA,
    RV,
    RV_WALL,
    SAC_BORDER,
    VEIN,
    HeartState,
    heart_fields,
)  # fmt: skip  # isort: skip

N_BEAMS: Final = 129
N_SAMPLES: Final = 257
COARSE: Final = 2  # the heart's fields are smooth: every second beam and sample carries them
GRAIN_PER_CM: Final = 22.0  # scatterer lattice, cells per cm


@njit(cache=True, fastmath=True)
def trace_fields(origin: np.ndarray, right: np.ndarray, down: np.ndarray, half_angle: float, depth: float,
                 state: HeartState, table: np.ndarray, tube: np.ndarray,
                 fields: np.ndarray) -> None:  # fmt: skip
    """Evaluate the heart's fields on every beam and sample."""
    n_beams, n_samples = fields.shape[0], fields.shape[1]
    out = np.empty(fields.shape[2])
    for b in range(n_beams):
        angle = (2.0 * COARSE * b / (N_BEAMS - 1) - 1.0) * half_angle
        sx, sy = math.sin(angle), math.cos(angle)
        du, dv, dz = sx * right[0] + sy * down[0], sx * right[1] + sy * down[1], sx * right[2] + sy * down[2]
        for k in range(n_samples):
            d = depth * COARSE * k / (N_SAMPLES - 1)
            heart_fields(origin[0] + d * du, origin[1] + d * dv, origin[2] + d * dz, state, table, tube, out)
            for f in range(out.shape[0]):
                fields[b, k, f] = out[f]


@njit(cache=True, fastmath=True, inline="always")
def _border_echo(here: float, along: float, width: float) -> float:
    """Return the specular echo of a border: strong where the beam meets it head-on.

    Args:
        here: Distance from the border.
        along: Change of that distance per cm along the beam.
        width: Thickness of the echo.
    """
    if abs(here) > 2.6 * width:
        return 0.0
    facing = min(1.0, abs(along))
    root = math.sqrt(math.sqrt(facing))
    # facing ** 1.375, without a slow power
    return math.exp(-((here / width) ** 2)) * facing * root * math.sqrt(root)


@njit(cache=True, fastmath=True, inline="always")
def _sigmoid(x: float) -> float:
    if x > 6.0:
        return 1.0
    return 1.0 / (1.0 + math.exp(-x)) if x > -6.0 else 0.0


# One long page on purpose: the innermost loop of the simulator, in the order in which an echo is made.
@njit(cache=True, fastmath=True)
def receive_echoes(right: np.ndarray, down: np.ndarray, origin: np.ndarray, half_angle: float, depth: float,
                   state: HeartState, tube: np.ndarray, fields: np.ndarray, scatterers: np.ndarray,
                   shade: np.ndarray, gain: np.ndarray, near: np.ndarray, levels: np.ndarray,
                   echo: np.ndarray) -> None:  # fmt: skip
    """Turn fields into echoes: moving scatterers in tissue, specular borders, bright leaflets, dark blood."""
    n_beams, n_samples = echo.shape[1], echo.shape[2]
    step = depth / (n_samples - 1)
    one, per_cm = np.float32(1.0), np.float32(1.0 / (step * COARSE))
    blood, wall, outside, sac, valve = levels[0], levels[1], levels[2], levels[3], levels[4]
    f, df = np.empty(N_FIELDS, np.float32), np.empty(N_FIELDS, np.float32)
    for b in range(n_beams):
        angle = (2.0 * b / (n_beams - 1) - 1.0) * half_angle
        sx, sy = math.sin(angle), math.cos(angle)
        cb = b // COARSE
        tb = np.float32((b % COARSE) / COARSE)
        for k in range(n_samples):
            d = step * k
            x, y = d * sx, d * sy
            ck = k // COARSE
            tk = np.float32((k % COARSE) / COARSE)
            for i in range(N_FIELDS):
                upper = fields[cb, ck, i] * (one - tb) + fields[cb + 1, ck, i] * tb
                lower = fields[cb, ck + 1, i] * (one - tb) + fields[cb + 1, ck + 1, i] * tb
                f[i] = upper * (one - tk) + lower * tk
                df[i] = (lower - upper) * per_cm
            heart, above = f[HEART], f[ABOVE]
            lv = max(f[ENDO], above)
            vessel = min(f[PULMONARY], f[VEIN])
            cavity = min(min(min(lv, f[RV]), min(f[LA], f[RA])), min(f[AORTA], vessel))
            g = gain[b, k]
            haze = near[0, k]
            hu = origin[0] + x * right[0] + y * down[0]
            hv = origin[1] + x * right[1] + y * down[1]
            leaflet = 9.0
            if -3.4 < above < 3.2 and cavity < 0.4:
                leaflet = leaflet_distance(hu, hv, above + state.height, f[EPI], f[RV_WALL], state, tube)
            # material position: where this tissue was at end-diastole
            hold = 1.0 if heart < 0.0 else 1.0 / (1.0 + 4.0 * heart * heart)
            shift_r, shift_z = f[MOTION_R] * hold, f[MOTION_Z] * hold
            mx = x + shift_r * (hu * right[0] + hv * right[1]) + shift_z * right[2]
            my = y + shift_r * (hu * down[0] + hv * down[1]) + shift_z * down[2]
            ix, iy = int(np.floor(mx * GRAIN_PER_CM)) & 511, int(np.floor(my * GRAIN_PER_CM)) & 511
            nr, ni = scatterers[0, iy, ix], scatterers[1, iy, ix]
            if cavity < -0.3 and leaflet > 0.3 and f[PAPILLARY] > 0.3:
                level = blood + haze
                echo[0, b, k] = g * (nr * level + near[1, k])
                echo[1, b, k] = g * ni * level
                continue
            fine = shade[0, int(np.floor(my * 9.0)) & 127, int(np.floor(mx * 9.0)) & 127]
            s1 = shade[0, int(np.floor(my * 4.0 + 31.0)) & 127, int(np.floor(mx * 4.0)) & 127]
            # trabeculae and rough borders: the visible edge wanders around the true one
            rough = 0.05 * (fine - 1.0) if lv < 0.5 or f[RV] < 0.5 else 0.02 * (fine - 1.0)
            soft = _sigmoid((cavity + rough) / 0.035)  # 0 in blood, 1 in tissue
            if f[EPI] < 0.0 and above < 0.0:
                facing = min(1.0, abs(df[EPI]))
                tissue = wall * s1 * (0.35 + 0.65 * facing)
            elif heart < 0.0:
                tissue = 1.2 * wall * s1
            else:
                s2 = shade[1, int(np.floor(my * 1.7 + 40.0)) & 127, int(np.floor(mx * 1.7)) & 127]
                tissue = outside * s1 * s2 * (0.10 + 0.90 / (1.0 + (heart / 1.3) ** 2))
            if f[PAPILLARY] < 0.2:
                soft = max(soft, 0.8 * _sigmoid(-(f[PAPILLARY] + rough) / 0.05))
            if state.effusion > 0.0:
                soft *= _sigmoid((max(f[SAC_BORDER], -heart) + 0.3 * rough) / 0.025)
            tissue = tissue * soft + blood
            # no border where a valve closes the chamber
            open_mitral = min(1.0, abs(above) / 0.5)
            open_tricuspid = min(1.0, abs(above + state.height - state.z_tricuspid) / 0.5)
            spec = 0.0
            if lv < 0.3:
                spec += 0.085 * _border_echo(f[ENDO] + rough, df[ENDO], 0.06) * open_mitral
            spec += 0.06 * _border_echo(f[RV] + rough, df[RV], 0.06) * open_tricuspid
            spec += 0.09 * _border_echo(f[LA], df[LA], 0.07) * open_mitral
            spec += 0.07 * _border_echo(f[RA], df[RA], 0.07) * open_tricuspid
            spec += 0.16 * _border_echo(f[AORTA], df[AORTA], 0.08) * open_mitral
            spec += 0.12 * _border_echo(f[PULMONARY], df[PULMONARY], 0.07)
            spec += 0.08 * _border_echo(f[VEIN], df[VEIN], 0.06)
            spec += sac * _border_echo(f[SAC_BORDER] + 0.5 * rough, df[SAC_BORDER], 0.10)
            if state.effusion > 0.0:
                spec += 0.10 * _border_echo(heart, df[HEART], 0.06)
            if leaflet < 0.3:
                spec += valve * math.exp(-((leaflet / 0.075) ** 2))
            spec *= fine
            echo[0, b, k] = g * (nr * (tissue + haze + 0.45 * spec) + spec + near[1, k])
            echo[1, b, k] = g * ni * (tissue + haze + 0.45 * spec)
