"""What a reader measures in a study: the truth with the reader's error, and what follows from it by formula."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from echovlm.clinical.formulas import derive
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.provenance import Provenance, Source

READER_NOISE_SD: Final = 0.015  # of the value; our choice, well below the 5-10 % between real readers
_NOISE_LIMIT_SD: Final = 3.0
# Not read off the image: the same on every screen and in every chart.
_EXACT: Final = frozenset({Quantity.AGE, Quantity.HEIGHT, Quantity.WEIGHT, Quantity.HEART_RATE})

Reading = dict[Quantity, Measurement]


def read_study(
    true: Sequence[Measurement], *, traced: Sequence[Measurement] = (), generator: np.random.Generator
) -> Reading:
    """Return what the reader has at the end: measured, stated on a trace, or derived by the laboratory's software.

    Args:
        true: Values measured on the geometry; the reader measures them with a small error.
        traced: Values as their Doppler traces state them, errors of angle included; they are copied.
        generator: Decides the reader's errors.
    """
    measured = [_read(measurement, generator) for measurement in true]
    copied = [m.canonical() for m in traced if all(m.quantity is not t.quantity for t in true)]
    # The software computes the ejection fraction from the traced volumes.
    known = [m for m in (*measured, *copied) if m.quantity is not Quantity.LVEF_BIPLANE]
    return {m.quantity: m for m in derive(known)}


def _read(measurement: Measurement, generator: np.random.Generator) -> Measurement:
    """Return what the reader gets when measuring: the truth times a small error, 0 staying 0."""
    true = measurement.canonical()
    error = generator.normal(0, READER_NOISE_SD)
    error = float(np.clip(error, -_NOISE_LIMIT_SD * READER_NOISE_SD, _NOISE_LIMIT_SD * READER_NOISE_SD))
    value = true.value if true.quantity in _EXACT else true.value * (1 + error)
    return Measurement(
        true.quantity, value, true.unit, Provenance(Source.TABLE, "structured-measurement.csv.gz")
    )
