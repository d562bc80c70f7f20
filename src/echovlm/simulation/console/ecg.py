"""Signals of the patient that a console plots: the ECG of a rhythm, and breathing."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from jaxtyping import Float

from echovlm.simulation.patient import Rhythm

# Wave: time after the R peak as a share of the beat to the power 1/2 (Bazett), width in s, height in R waves.
_P: Final = (-0.17, 0.022, 0.14)
_QRS: Final = ((-0.026, 0.009, -0.12), (0.0, 0.011, 1.0), (0.028, 0.011, -0.22))
_T: Final = (0.28, 0.045, 0.28)
# A ventricular paced beat: a spike, then a wide QRS with a T wave against it.
_PACED_QRS: Final = ((0.0, 0.032, 0.85), (0.075, 0.03, -0.3))
_PACED_T: Final = (0.34, 0.055, -0.25)
_SPIKE_BEFORE_S, _SPIKE_WIDTH_S, _SPIKE_HEIGHT = 0.06, 0.003, 0.9
# Beat to beat spread of RR in atrial fibrillation: coefficients of variation of 0.15 to 0.3 are usual.
_AF_SPREAD: Final = 0.2


@dataclass(frozen=True, slots=True)
class Physiology:
    """What the electrodes see during one cine.

    Attributes:
        heart_rate_bpm: The mean rate, which the console writes.
        rhythm: Shape and regularity of the beats.
        seed: Draws what the cine does not fix: beats outside it, baseline, breathing.
        r_wave_times_ms: R waves after the first frame; beats before and after these follow the rate.
        breaths_per_min: Rate of breathing.
    """

    heart_rate_bpm: float
    rhythm: Rhythm
    seed: int
    r_wave_times_ms: tuple[float, ...] = field(default=(0.0,))
    breaths_per_min: float = 15.0

    def r_peaks_s(self, start_s: float, stop_s: float) -> list[float]:
        """Return the R waves from a beat before ``start_s`` to a beat after ``stop_s``."""
        generator = np.random.default_rng((self.seed, 1))
        mean_s = 60.0 / self.heart_rate_bpm
        spread = _AF_SPREAD if self.rhythm is Rhythm.ATRIAL_FIBRILLATION else 0.0

        def interval_s() -> float:
            return mean_s * float(np.clip(generator.normal(1.0, spread), 0.6, 1.6))

        before = [self.r_wave_times_ms[0] / 1000]
        while before[0] > start_s:
            before.insert(0, before[0] - interval_s())
        after = [time_ms / 1000 for time_ms in self.r_wave_times_ms]
        while after[-1] < stop_s:
            after.append(after[-1] + interval_s())
        return before[:-1] + after


def ecg_trace(time_s: Float[np.ndarray, "time"], physiology: Physiology) -> Float[np.ndarray, "time"]:
    """Return the ECG in units of its R wave; time 0 is the cine's first frame."""
    generator = np.random.default_rng((physiology.seed, 2))
    volt = 0.04 * np.sin(2 * np.pi * (0.25 * time_s + generator.random()))
    if physiology.rhythm is Rhythm.ATRIAL_FIBRILLATION:  # fibrillatory waves, 5 to 8 per second
        for rate_hz in generator.uniform(5, 8, 3):
            volt += 0.018 * np.sin(2 * np.pi * (rate_hz * time_s + generator.random()))
    peaks_s = physiology.r_peaks_s(float(time_s[0]), float(time_s[-1]))
    next_s = [*peaks_s[1:], peaks_s[-1] + 60.0 / physiology.heart_rate_bpm]
    previous_s = [peaks_s[0] - 60.0 / physiology.heart_rate_bpm, *peaks_s[:-1]]
    for before_s, peak_s, after_s in zip(previous_s, peaks_s, next_s, strict=True):
        height = generator.uniform(0.92, 1.0)
        # Bazett: QT goes with the root of the RR interval it lies in, PR with that of the one before.
        for offset, width_s, share in _waves(physiology.rhythm):
            stretch = np.sqrt((after_s - peak_s) if offset > 0 else (peak_s - before_s))
            volt += height * share * np.exp(-0.5 * ((time_s - peak_s - offset * stretch) / width_s) ** 2)
        if physiology.rhythm is Rhythm.PACED:
            from_spike_s = time_s - peak_s + _SPIKE_BEFORE_S
            volt += _SPIKE_HEIGHT * np.exp(-0.5 * (from_spike_s / _SPIKE_WIDTH_S) ** 2)
    return np.asarray(volt)


def _waves(rhythm: Rhythm) -> tuple[tuple[float, float, float], ...]:
    if rhythm is Rhythm.PACED:
        return (*_PACED_QRS, _PACED_T)
    return (*_QRS, _T) if rhythm is Rhythm.ATRIAL_FIBRILLATION else (_P, *_QRS, _T)


def respiration_trace(time_s: Float[np.ndarray, "time"], physiology: Physiology) -> Float[np.ndarray, "time"]:
    """Return the breathing curve, 0 at the end of expiration and 1 at that of inspiration."""
    start = np.random.default_rng((physiology.seed, 3)).random()
    return np.asarray(0.5 - 0.5 * np.cos(2 * np.pi * (physiology.breaths_per_min / 60 * time_s + start)))
