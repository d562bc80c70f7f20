"""How a heart moves through one beat: contraction, valve opening and atrial filling as functions of time."""

from dataclasses import dataclass

import numpy as np

from echovlm.simulation.patient import Rhythm, SimulatedPatient

ED_TIME_FRAC = 0.0  # the beat starts at the R wave, which is end-diastole


@dataclass(frozen=True, slots=True)
class Phase:
    """The state of motion at one instant.

    Attributes:
        contraction: 0 at end-diastole, 1 at end-systole.
        mitral_opening: 0 closed, 1 fully open (tricuspid likewise).
        aortic_opening: 0 closed, 1 fully open.
        atrial_filling: 0 smallest atria (end-diastole), 1 largest (end-systole).
    """

    contraction: float
    mitral_opening: float
    aortic_opening: float
    atrial_filling: float


END_DIASTOLE = Phase(contraction=0.0, mitral_opening=0.12, aortic_opening=0.0, atrial_filling=0.0)
END_SYSTOLE = Phase(contraction=1.0, mitral_opening=0.0, aortic_opening=0.0, atrial_filling=1.0)


def beat_ms(heart_rate_bpm: float) -> float:
    """Return the length of one beat."""
    return 60_000.0 / heart_rate_bpm


def rr_intervals_ms(patient: SimulatedPatient, n_beats: int) -> tuple[float, ...]:
    """Return the lengths of a patient's first beats, always the same ones.

    In sinus rhythm they breathe by a few percent, paced they are equal, and in atrial fibrillation each is
    drawn by itself: a coefficient of variation of about 0.2.
    """
    mean = beat_ms(patient.heart_rate_bpm)
    rng = np.random.default_rng((patient.seed, patient.patient_index, 0x52522))
    start = rng.random()
    drawn = rng.standard_normal(n_beats)
    if patient.rhythm is Rhythm.PACED:
        return (mean,) * n_beats
    if patient.rhythm is Rhythm.ATRIAL_FIBRILLATION:
        lengths = mean * np.exp(0.2 * np.clip(drawn, -2, 2) - 0.02)
        return tuple(map(float, np.maximum(lengths, 330.0)))
    breath = 0.03 * np.sin(2 * np.pi * (np.arange(n_beats) / 4 + start))
    return tuple(map(float, mean * (1 + breath + 0.005 * drawn)))


def atrial_kick_frac(patient: SimulatedPatient) -> float:
    """Return the share of LV filling that atrial contraction adds: none without an organised P wave.

    A stiff ventricle leans on it while relaxation is impaired; once the LA pressure is high, little is added.
    """
    if patient.rhythm is Rhythm.ATRIAL_FIBRILLATION:
        return 0.0
    overfilled = float(np.clip((patient.filling_pressure_mmhg - 15) / 15, 0, 1))
    return 0.17 + 0.20 * patient.relaxation_frac - 0.22 * patient.relaxation_frac * overfilled


def systole_ms(heart_rate_bpm: float) -> float:
    """Return the time from the R wave to end-systole (Weissler's regression of electromechanical systole)."""
    return float(np.clip(540.0 - 2.05 * heart_rate_bpm, 240.0, 0.55 * beat_ms(heart_rate_bpm)))


def phase_in_beat(patient: SimulatedPatient, time_ms: float, *, rr_ms: float) -> Phase:
    """Return the state of motion ``time_ms`` after the R wave of a beat of this length."""
    return phase_at(time_ms, heart_rate_bpm=60_000.0 / rr_ms, atrial_kick=atrial_kick_frac(patient))


def phase_at(time_ms: float, *, heart_rate_bpm: float, atrial_kick: float) -> Phase:
    """Return the state of motion ``time_ms`` after the R wave.

    Args:
        time_ms: Time since the R wave.
        heart_rate_bpm: Heart rate.
        atrial_kick: Share of the filling that atrial contraction adds, 0 to 0.4.
    """
    beat, systole = beat_ms(heart_rate_bpm), systole_ms(heart_rate_bpm)
    now = time_ms % beat
    if now < systole:
        # Volume is nearly still for 40 ms at both ends (isovolumic contraction, protodiastole).
        active = float(np.clip((now - 35.0) / (systole - 35.0 - 30.0), 0.0, 1.0))
        contraction = 0.5 - 0.5 * np.cos(np.pi * active)
        ejecting = float(np.clip((now - 45.0) / 35.0, 0, 1) * np.clip((systole - 15.0 - now) / 45.0, 0, 1))
        closing = float(np.clip(1 - now / 35.0, 0, 1))
        return Phase(contraction, 0.12 * closing, ejecting, contraction**0.8)
    late = (now - systole) / (beat - systole)
    relaxed = _smooth((late - 0.08) / 0.42)
    kick = _smooth((late - 0.76) / 0.22)
    # Rounding must not end below 0: a root is taken of it.
    contraction = max(0.0, 1.0 - (1.0 - atrial_kick) * relaxed - atrial_kick * kick)
    early = float(np.exp(-(((late - 0.24) / 0.13) ** 2)))
    drift = 0.5 * _smooth((late - 0.1) / 0.1) * (1 - _smooth((late - 0.9) / 0.1))
    atrial = (
        min(1.0, 10 * atrial_kick)
        * (0.35 + 1.2 * atrial_kick)
        * float(np.exp(-(((late - 0.84) / 0.08) ** 2)))
    )
    opening = float(np.clip(max(early, drift, atrial), 0, 1)) * _smooth((late - 0.03) / 0.08)
    return Phase(contraction, max(opening, 0.12 * _smooth((late - 0.9) / 0.1)), 0.0, contraction**0.8)


def _smooth(x: float) -> float:
    """Rise smoothly from 0 at ``x <= 0`` to 1 at ``x >= 1``."""
    x = float(np.clip(x, 0.0, 1.0))
    return x * x * (3 - 2 * x)
