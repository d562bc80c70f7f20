"""Numbers of one study that cannot all be right: a swapped unit, a typing error, another body surface.

The checks and their tolerances are those of the project's guideline draft.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from echovlm.clinical.measurement import Measurement, Quantity

_Q = Quantity


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """One relation that must hold between values of one study.

    Attributes:
        quantities: What it compares, canonical units, in the order of ``holds``'s arguments.
        holds: The relation.
        words: The relation in words, as a sentence that follows "expected".
        drops: Whether a violation makes all of them useless; otherwise it is a warning.
    """

    quantities: tuple[Quantity, ...]
    holds: Callable[..., bool]
    words: str
    drops: bool = False


def _near(value: float, other: float, tolerance_frac: float) -> bool:
    return abs(value - other) <= tolerance_frac * abs(value)


CROSS_CHECKS: Final = (
    CrossCheck(
        (_Q.LV_INTERNAL_DIAMETER_ES, _Q.LV_INTERNAL_DIAMETER_ED),
        lambda systole, diastole: systole < diastole,
        "the systolic diameter below the diastolic one",
        drops=True,
    ),
    CrossCheck(
        (_Q.LV_ESV_BIPLANE, _Q.LV_EDV_BIPLANE),
        lambda systole, diastole: systole < diastole,
        "the systolic volume below the diastolic one",
        drops=True,
    ),
    CrossCheck(
        (_Q.LVEF_BIPLANE, _Q.LV_EDV_BIPLANE, _Q.LV_ESV_BIPLANE),
        lambda ejection, diastole, systole: abs(ejection - 100 * (diastole - systole) / diastole) <= 5,
        "an ejection fraction within 5 points of that of the volumes",
    ),
    CrossCheck(
        (_Q.AV_PEAK_GRADIENT, _Q.AV_VMAX),
        lambda gradient, velocity: _near(gradient, 4 * velocity**2, 0.2),
        "a peak gradient of about four times the squared velocity",
    ),
    CrossCheck(
        (_Q.AV_MEAN_GRADIENT, _Q.AV_PEAK_GRADIENT),
        lambda mean, peak: 0.45 <= mean / peak <= 0.75,
        "a mean gradient of 45 to 75 % of the peak gradient",
    ),
    CrossCheck(
        (_Q.MITRAL_E_A_RATIO, _Q.MITRAL_E_VELOCITY, _Q.MITRAL_A_VELOCITY),
        lambda ratio, early, late: _near(ratio, early / late, 0.1),
        "an E/A ratio within 10 % of E over A",
    ),
    CrossCheck(
        (_Q.LA_VOLUME, _Q.LA_VOLUME_INDEX, _Q.BSA),
        lambda volume, index, surface: _near(volume, index * surface, 0.1),
        "a left atrial index that fits the volume and the body surface",
    ),
    CrossCheck(
        (_Q.LV_MASS, _Q.LV_MASS_INDEX, _Q.BSA),
        lambda mass, index, surface: _near(mass, index * surface, 0.1),
        "a mass index that fits the mass and the body surface",
    ),
    CrossCheck(
        (_Q.RVSP, _Q.TR_VMAX, _Q.RA_PRESSURE),
        lambda pressure, velocity, atrium: abs(pressure - (4 * velocity**2 + atrium)) <= 6,
        "a pressure within 6 mmHg of the gradient and the atrial pressure",
    ),
    CrossCheck(
        (_Q.AORTIC_VALVE_AREA, _Q.LVOT_DIAMETER, _Q.AV_DIMENSIONLESS_INDEX),
        lambda area, diameter, index: _near(area, 0.785 * diameter**2 * index, 0.15),
        "a valve area within 15 % of the continuity equation",
    ),
    CrossCheck(
        (_Q.IVS_THICKNESS_ED, _Q.LV_INTERNAL_DIAMETER_ED, _Q.PW_THICKNESS_ED),
        lambda septum, cavity, wall: septum + cavity + wall <= 14,
        "walls and cavity of 14 cm together at most: is one of them in mm",
    ),
    CrossCheck(
        (_Q.IVS_THICKNESS_ED, _Q.LV_INTERNAL_DIAMETER_ED),
        lambda septum, cavity: 0.08 <= septum / cavity <= 1.0,
        "a septum of 8 to 100 % of the cavity: is one of them in mm",
    ),
    CrossCheck(
        (_Q.E_E_PRIME_AVERAGE, _Q.E_E_PRIME_SEPTAL, _Q.E_E_PRIME_LATERAL),
        lambda average, septal, lateral: min(septal, lateral) <= average <= max(septal, lateral),
        "an average E/e' between the septal and the lateral one",
    ),
    CrossCheck(
        (_Q.TAPSE, _Q.RV_S_PRIME),
        lambda excursion, velocity: excursion >= 0.6 * velocity,
        "an excursion in mm of at least 0.6 times the velocity in cm/s: is it in cm",
    ),
    CrossCheck(
        (_Q.BSA, _Q.HEIGHT, _Q.WEIGHT),
        lambda surface, height, weight: _near(surface, 0.007184 * weight**0.425 * height**0.725, 0.05),
        "a body surface within 5 % of that of height and weight: are they in lb or in",
    ),
)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A relation that does not hold, the values concerned, and one sentence that says so."""

    check: CrossCheck
    measurements: tuple[Measurement, ...]
    sentence: str


def find_contradictions(measurements: Sequence[Measurement]) -> tuple[Contradiction, ...]:
    """Return which values of one study contradict each other; give measured values, not derived ones.

    Args:
        measurements: Values in any unit; of several for one quantity the first counts.
    """
    known: dict[Quantity, Measurement] = {}
    for measurement in measurements:
        known.setdefault(measurement.quantity, measurement.canonical())
    return tuple(
        _contradiction(check, known)
        for check in CROSS_CHECKS
        if all(quantity in known for quantity in check.quantities)
        and not check.holds(*(known[quantity].value for quantity in check.quantities))
    )


def _contradiction(check: CrossCheck, known: Mapping[Quantity, Measurement]) -> Contradiction:
    values = tuple(known[quantity] for quantity in check.quantities)
    return Contradiction(check, values, f"{', '.join(map(str, values))}: expected {check.words}.")
