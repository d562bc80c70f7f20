"""What a transducer receives: the heart's fields along each beam, turned into complex echo amplitudes."""

import math
from typing import Final

import numpy as np
from numba import njit

from echovlm.simulation.bmode.tissue import Tissue
from echovlm.simulation.bmode.window import GAIN, HAZE, LINES, OUTSIDE
from echovlm.simulation.heart.leaflets import valve_distances
from echovlm.simulation.heart.surfaces import (
    ABOVE,
    AORTA,
    BONE,
    ENDO,
    EPI,
    HEART,
    LA,
    LAA,
    LIVER,
    LUNG,
    MOTION_R,
    MOTION_Z,
    N_FIELDS,
    PAPILLARY,
    PULMONARY,
    RA,
    RV,
    RV_WALL,
    SAC_BORDER,
    SCAR,
    VEIN,
    HeartState,
    heart_fields,
)  # fmt: skip  # isort: skip

N_BEAMS: Final = 129
N_SAMPLES: Final = 257
COARSE: Final = 2  # the heart's fields are smooth: every second beam and sample carries them
_LUNG_DB_PER_CM: Final = 2.5
_BONE_DB_PER_CM: Final = 25.0
CELLS: Final = 2  # scatterer cells per beam and per sample


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
    return math.exp(-((here / width) ** 2)) * facing * facing


@njit(cache=True, fastmath=True, inline="always")
def _sigmoid(x: float) -> float:
    if x > 6.0:
        return 1.0
    return 1.0 / (1.0 + math.exp(-x)) if x > -6.0 else 0.0


# One long page on purpose: the innermost loop of the simulator, in the order in which an echo is made.
@njit(cache=True, fastmath=True)
def receive_echoes(axes: np.ndarray, origin: np.ndarray, half_angle: float, depth: float, state: HeartState,
                   tube: np.ndarray, fields: np.ndarray, scatterers: np.ndarray, shade: np.ndarray,
                   window: np.ndarray, tissue: Tissue, frame_seed: int, echo: np.ndarray) -> None:  # fmt: skip
    """Turn fields into echoes: moving scatterers in tissue, specular borders, bright leaflets, dark blood."""
    right, down, across = axes[0], axes[1], axes[2]
    n_beams, n_samples = echo.shape[1], echo.shape[2]
    step, per_beam = depth / (n_samples - 1), 2.0 * half_angle / (n_beams - 1)
    per_cm = np.float32(1.0 / (step * COARSE))
    fade = math.exp(-step / tissue.tail_cm)
    calcium_loss = math.exp(-2.2 * step)
    lowest = -3.4 - 0.5 * state.height * state.lead  # a pacemaker lead reaches down to the apex
    behind_loss = 10.0 ** (-tissue.behind_db_per_cm * step / 20.0)
    lung_loss, bone_loss = 10.0 ** (-_LUNG_DB_PER_CM * step / 20.0), 10.0 ** (-_BONE_DB_PER_CM * step / 20.0)
    row = np.empty((fields.shape[1], N_FIELDS), np.float32)
    f, df = np.empty(N_FIELDS, np.float32), np.empty(N_FIELDS, np.float32)
    flow_i, flow_j = (frame_seed * 131) & 511, (frame_seed * 57) & 511
    for b in range(n_beams):
        angle = per_beam * b - half_angle
        sx, sy = math.sin(angle), math.cos(angle)
        du, dv, dz = sx * right[0] + sy * down[0], sx * right[1] + sy * down[1], sx * right[2] + sy * down[2]
        pu, pv, pz = sy * right[0] - sx * down[0], sy * right[1] - sx * down[1], sy * right[2] - sx * down[2]
        cb = b // COARSE
        tb = np.float32((b % COARSE) / COARSE)
        for ck in range(fields.shape[1]):
            for i in range(N_FIELDS):
                row[ck, i] = fields[cb, ck, i] + tb * (fields[cb + 1, ck, i] - fields[cb, ck, i])
        tail, passed, been_in, clear = 0.0, 1.0, False, 0
        for k in range(n_samples):
            d = step * k
            ck = k // COARSE
            tk = np.float32((k % COARSE) / COARSE)
            for i in range(N_FIELDS):
                change = row[ck + 1, i] - row[ck, i]
                f[i] = row[ck, i] + tk * change
                df[i] = change * per_cm
            heart, above = f[HEART], f[ABOVE]
            lv = max(f[ENDO], above)
            vessel = min(f[PULMONARY], f[VEIN])
            atrium = min(f[LA], f[LAA])
            cavity = min(min(min(lv, f[RV]), min(atrium, f[RA])), min(f[AORTA], vessel))
            g = window[GAIN, b, k] * passed
            haze, line = window[HAZE, b, k], window[LINES, b, k]
            i0, j0 = (CELLS * k) & 511, (CELLS * b) & 511
            # Clutter does not move with the heart.
            still_r, still_i = scatterers[2, i0, j0] * haze + line, scatterers[3, i0, j0] * haze
            hu, hv = origin[0] + d * du, origin[1] + d * dv
            tail *= fade
            leaflet, calcium = 9.0, 9.0
            if not (lowest < above < 3.2 and cavity < 0.4):
                clear = 0
            elif clear > 0:
                clear -= 1
            else:
                leaflet, calcium = valve_distances(
                    hu, hv, above + state.height, f[EPI], f[RV_WALL], state, tube
                )
                # Far from every valve the next samples need no look; few, as the distances end abruptly.
                clear = min(3, int(max(0.0, min(leaflet, calcium) - 0.3) / step))
                if calcium < 0.0:
                    passed *= calcium_loss
            if cavity < -0.35 and min(leaflet, calcium) > 0.3 and f[PAPILLARY] > 0.3:
                near_valve = max(0.0, 1.0 - abs(above) * 0.35)
                eddy = shade[1, (int(d * 3.0) + flow_i) & 127, (int(b * 0.3) + flow_j) & 127]
                level = tissue.blood * (1.0 + tissue.swirl * near_valve * max(0.0, eddy)) + tail
                i0, j0 = (i0 + flow_i) & 511, (j0 + flow_j) & 511
                echo[0, b, k] = g * scatterers[0, i0, j0] * level + still_r
                echo[1, b, k] = g * scatterers[1, i0, j0] * level + still_i
                been_in = True
                continue
            # Material position: where this tissue was at end-diastole, along the beam, beside it and across.
            hold = 1.0 if heart < 0.0 else 1.0 / (1.0 + 4.0 * heart * heart)
            su, sv, sz = f[MOTION_R] * hold * hu, f[MOTION_R] * hold * hv, f[MOTION_Z] * hold
            m_along, m_beside = su * du + sv * dv + sz * dz, su * pu + sv * pv + sz * pz
            m_across = su * across[0] + sv * across[1] + sz * across[2]
            ik = int(CELLS * (k + m_along / step) + 4096.5) & 511
            jb = int(CELLS * (b + m_beside / (per_beam * max(d, 1.5))) + 4096.5) & 511
            # Motion across the slice brings in other scatterers; the power stays the same.
            turn = m_across / tissue.slice_cm
            keep = 1.0 / math.sqrt(1.0 + turn * turn)
            nr = keep * (scatterers[0, ik, jb] + turn * scatterers[2, jb, ik])
            ni = keep * (scatterers[1, ik, jb] + turn * scatterers[3, jb, ik])
            mx = d * sx + m_along * sx + m_beside * sy
            my = d * sy + m_along * sy - m_beside * sx
            q_fine = shade[1, int(my * 9.0 + 1152.0) & 127, int(mx * 9.0 + 1152.0) & 127]
            q = shade[1, int(my * 3.1 + 1183.0) & 127, int(mx * 3.1 + 1152.0) & 127]
            s1 = shade[0, int(my * 4.0 + 1183.0) & 127, int(mx * 4.0 + 1152.0) & 127]
            # Trabeculae and rough borders: the visible edge wanders around the true one, most near the apex.
            apical = max(0.0, -above) / state.height
            rough = tissue.rough_cm * q_fine * (0.6 + 0.9 * apical * apical)
            if above > 0.0:  # thin atrial walls seem to wander more, over longer stretches
                rough += 0.6 * tissue.rough_cm * q
            soft = _sigmoid((cavity + rough) / 0.05)  # 0 in blood, 1 in tissue
            if f[EPI] < 0.0 and above < 0.0:
                facing = min(1.0, abs(df[EPI]))
                facing *= facing
                grey = tissue.wall * s1 * (tissue.along + (1.0 - tissue.along) * facing)
                grey *= math.exp(min(0.25, tissue.patchy * (1.0 - facing) * (q - 0.4)))
                middle = (f[ENDO] + f[EPI]) / 0.22  # fibres turn at mid-wall
                grey *= 1.0 + 0.35 * facing / (1.0 + middle * middle)
                grey *= 1.0 + 1.2 * f[SCAR]
            elif heart < 0.0:
                facing = min(1.0, abs(df[HEART]))
                grey = 1.1 * tissue.wall * s1 * (tissue.along + (1.0 - tissue.along) * facing)
                # Fat and fibrous tissue around the rings of the valves.
                ring = 1.0 - abs(above + 0.05) * 1.6
                if ring > 0.0:
                    grey *= 1.0 + tissue.ring * ring * max(0.2, 1.5 + q)
                else:
                    grey *= math.exp(min(0.25, tissue.patchy * (1.3 - facing) * (q - 0.5)))
                    if f[LA] + f[RA] < 0.9:  # the thin septum between the atria, along the beam in A4C
                        grey *= 0.12 + 0.88 * facing * facing
            elif f[LIVER] < 0.0:
                # An even organ, whatever else lies around the heart.
                grey = 0.75 * tissue.outside * (0.8 + 0.2 * s1)
            elif f[LUNG] < 0.0:  # air: what comes back rings, and little comes back from behind
                grey = tissue.outside * window[OUTSIDE, b, k] * math.exp(0.9 * f[LUNG])
                passed *= behind_loss * lung_loss
            else:
                rim = (
                    1.0 + tissue.rim * max(0.0, 0.8 + 1.2 * q) / (1.0 + (heart / 0.35) ** 2)
                    if been_in
                    else 1.0
                )
                grey = tissue.outside * window[OUTSIDE, b, k] * (0.75 + 0.25 * s1) * rim
                if been_in and heart > 0.15:
                    passed *= behind_loss
            if f[BONE] < 0.0:
                grey = 0.3 * tissue.outside
                passed *= bone_loss
            if f[PAPILLARY] < 0.2:
                soft = max(soft, 0.85 * _sigmoid(-(f[PAPILLARY] + 0.7 * rough) / 0.06))
            if state.effusion > 0.0:
                fluid = max(f[SAC_BORDER], -heart)
                soft *= _sigmoid((fluid + 0.8 * rough) / 0.05)
                if fluid < 0.0 and q > 1.0:  # strands of fibrin
                    soft = max(soft, 0.12 * (q - 1.0))
            grey = grey * soft + tissue.blood
            # No border where a valve closes the chamber.
            open_mitral = min(1.0, abs(above) / 0.5)
            open_tricuspid = min(1.0, abs(above + state.height - state.z_tricuspid) / 0.5)
            spec = 0.0
            if lv < 0.3:
                spec += tissue.border * _border_echo(f[ENDO] + rough, df[ENDO], 0.07) * open_mitral
            spec += tissue.border * _border_echo(f[RV] + rough, df[RV], 0.07) * open_tricuspid
            # No border where the appendage opens into the atrium.
            if f[LAA] > 0.0:
                spec += 1.6 * tissue.border * _border_echo(f[LA] + 0.5 * rough, df[LA], 0.07) * open_mitral
            if f[LA] > 0.0:
                spec += 1.6 * tissue.border * _border_echo(f[LAA] + 0.5 * rough, df[LAA], 0.07)
            spec += 1.4 * tissue.border * _border_echo(f[RA] + 0.5 * rough, df[RA], 0.07) * open_tricuspid
            spec += 3.0 * tissue.border * _border_echo(f[AORTA], df[AORTA], 0.08) * open_mitral
            spec += 2.5 * tissue.border * _border_echo(f[PULMONARY], df[PULMONARY], 0.07)
            spec += 2.0 * tissue.border * _border_echo(f[VEIN], df[VEIN], 0.06)
            far = 1.0 if df[SAC_BORDER] > 0.0 else 0.15  # lung lies behind the heart, chest wall before it
            strong = tissue.sac * far * _border_echo(f[SAC_BORDER] + rough, df[SAC_BORDER], 0.11)
            if heart > 0.1:  # diaphragm, pleura and the face of a rib
                strong += 0.35 * tissue.sac * _border_echo(f[LIVER], df[LIVER], 0.09)
                if df[LUNG] < 0.0:
                    strong += 0.5 * tissue.sac * _border_echo(f[LUNG] + rough, df[LUNG], 0.09)
                if df[BONE] < 0.0:
                    strong += 0.5 * tissue.sac * _border_echo(f[BONE], df[BONE], 0.09)
            if state.effusion > 0.0:
                spec += 2.0 * tissue.border * _border_echo(heart + 0.7 * rough, df[HEART], 0.07)
            if calcium < 0.3:
                strong += 1.5 * tissue.valve * _sigmoid(-calcium / 0.04) * (0.6 + 0.4 * q_fine)
            if leaflet < 0.3:
                strong += (
                    tissue.valve * math.exp(-((leaflet / tissue.leaflet_cm) ** 2)) * (0.75 + 0.25 * q_fine)
                )
            spec = (spec + strong) * max(0.15, 1.0 + 0.45 * q)
            tail += tissue.tail * strong * step / 0.06
            level = grey + tail + 0.6 * spec
            echo[0, b, k] = g * (nr * level + 0.5 * spec) + still_r
            echo[1, b, k] = g * ni * level + still_i
            been_in = been_in or heart < -0.3
        # What is strong comes again from twice its depth, by way of the transducer's face.
        for k in range(n_samples - 1, 1, -1):
            echo[0, b, k] += tissue.ghost * echo[0, b, k >> 1]
            echo[1, b, k] += tissue.ghost * echo[1, b, k >> 1]
