"""How a patient breathes during a cine: slower than the heart beats, from the end of an expiration on."""

import math

import numpy as np

from echovlm.simulation.patient import SimulatedPatient

_INSPIRATION_END_FRAC = 0.35  # of a breath; air goes out over the next half, then comes a rest
_EXPIRATION_END_FRAC = 0.85


def breath_ms(patient: SimulatedPatient) -> float:
    """Return the length of a patient's breaths: 13 to 19 a minute."""
    rng = np.random.default_rng((patient.seed, patient.patient_index, 0xB2EA))
    return float(rng.uniform(3200, 4600))


def inspiration_at(patient: SimulatedPatient, time_ms: float) -> float:
    """Return how far a breath is drawn: 0 at end-expiration, where a cine starts, to 1 at its height."""
    part = time_ms / breath_ms(patient) % 1.0
    if part < _INSPIRATION_END_FRAC:
        return 0.5 - 0.5 * math.cos(math.pi * part / _INSPIRATION_END_FRAC)
    if part < _EXPIRATION_END_FRAC:
        out = (part - _INSPIRATION_END_FRAC) / (_EXPIRATION_END_FRAC - _INSPIRATION_END_FRAC)
        return 0.5 + 0.5 * math.cos(math.pi * out)
    return 0.0
