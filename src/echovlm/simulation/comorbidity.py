"""How the values of one patient hang together: a Gaussian copula whose factors drive one another.

Loadings are mild: they say which way two values go together, not that one can be told from the other.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

import numpy as np
from scipy.special import ndtr

# The first factors share one cause ("comorbidity").
_SHARED: Final[Mapping[str, float]] = {
    "lvidd": 0.5, "ef": -0.55, "ivsd": 0.1, "pw_ratio": 0.0, "la": 0.5, "ra": 0.45, "rv": 0.45, "sinus": 0.0,
    "ascending": 0.0, "effusion": 0.2, "heart_rate": 0.25, "lv_length": 0.0,
}  # fmt: skip

# Each later factor leans on earlier ones; what is left is its own.
_DRIVEN: Final[Mapping[str, Mapping[str, float]]] = {
    "rhythm": {"la": 0.4, "age": 0.3},
    "aortic_stenosis": {"age": 0.4, "ivsd": 0.35},
    "annular_calcification": {"age": 0.4, "aortic_stenosis": 0.15},
    "mitral_stenosis": {"la": 0.4, "rhythm": 0.15},
    "aortic_regurgitation": {"sinus": 0.3, "lvidd": 0.25},
    "mitral_regurgitation": {"la": 0.4, "lvidd": 0.3},
    "relaxation": {"age": 0.4, "ivsd": 0.3},
    "filling": {"la": 0.4, "ef": -0.25, "relaxation": 0.15},
    "pulmonary_pressure": {"rv": 0.4, "filling": 0.3, "ra": 0.15},
    "ra_pressure": {"ra": 0.35, "pulmonary_pressure": 0.3},
    "tricuspid_regurgitation": {"ra": 0.35, "rv": 0.3, "pulmonary_pressure": 0.15},
    "pulmonary_regurgitation": {"pulmonary_pressure": 0.35},
    "flattening": {"pulmonary_pressure": 0.75},
    "pulmonary_artery": {"pulmonary_pressure": 0.45, "rv": 0.15},
    "ivc": {"ra_pressure": 0.65},
    "ivc_collapse": {"ra_pressure": -0.6},
    "bulge": {"ivsd": 0.3},
    "regional": {"ef": -0.5},
}


def draw_first(rng: np.random.Generator, *, decorrelated: bool) -> dict[str, float]:
    """Draw standard normal values of chamber sizes and function, tied by one cause unless ``decorrelated``."""
    common = float(rng.standard_normal())
    own = dict(zip(_SHARED, rng.standard_normal(len(_SHARED)), strict=True))
    loading = dict.fromkeys(_SHARED, 0.0) if decorrelated else _SHARED
    return {
        name: loading[name] * common + float(np.sqrt(1 - loading[name] ** 2) * value)
        for name, value in own.items()
    }


def draw_driven(
    rng: np.random.Generator, first: Mapping[str, float], *, age: float, decorrelated: bool
) -> dict[str, float]:
    """Draw standard normal values of the factors that lean on the first ones and on age.

    Args:
        rng: Source of what is each factor's own.
        first: What `draw_first` returned.
        age: Age as a standard normal value.
        decorrelated: Let no factor lean on another.
    """
    values = {**first, "age": age}
    for name, loadings in _DRIVEN.items():
        own = float(rng.standard_normal())
        if decorrelated:
            values[name] = own
        else:
            leaning = sum(loading * values[cause] for cause, loading in loadings.items())
            values[name] = float(leaning + _own_share()[name] * own)
    return values


def to_rank(value: float) -> float:
    """Return the uniform rank of a standard normal value, short of 0 and 1."""
    return float(np.clip(ndtr(value), 1e-4, 1 - 1e-4))


@cache
def _own_share() -> dict[str, float]:
    """Return how much of each driven factor is its own, so that its variance is 1 whatever drives it."""
    names = [*_SHARED, "age"]
    loading = np.array([*_SHARED.values(), 0.0])
    covariance = np.outer(loading, loading)
    np.fill_diagonal(covariance, 1.0)
    share = {}
    for name, loadings in _DRIVEN.items():
        weights = np.array([loadings.get(cause, 0.0) for cause in names])
        with_others = covariance @ weights
        share[name] = float(np.sqrt(1 - weights @ with_others))
        covariance = np.block([[covariance, with_others[:, None]], [with_others[None], np.ones((1, 1))]])
        names.append(name)
    return share
