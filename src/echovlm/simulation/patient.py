"""Who is simulated: the continuous parameters of one patient, drawn across every guideline threshold.

Nothing here is a disease switch: a finding is whatever the guideline rules say of the values that are later
measured on the geometry. Ranges are wide on purpose: each finding has examples on both sides of its limit.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import betaincinv, ndtr, ndtri

from echovlm.clinical.patient import Sex

_N_SHAPE: Final = 12

# The latent factors of a Gaussian copula, and how much of each one common factor drives ("comorbidity"). The
# loadings are mild: they correlate two values by about 0.3 at most.
_LATENT: Final = (
    "lvidd", "ef", "ivsd", "pw_ratio", "la", "ra", "rv", "sinus", "ascending", "effusion", "heart_rate",
    "lv_length",
)  # fmt: skip
_COMORBIDITY: Final = {
    "lvidd": 0.5, "ef": -0.55, "la": 0.5, "ra": 0.45, "rv": 0.45, "effusion": 0.2, "heart_rate": 0.25,
    "ivsd": 0.1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SimulatedPatient:
    """The parameters that shape one heart; what is true of it is measured on the geometry, not read here.

    Attributes:
        patient_index: Which patient of the cohort.
        seed: Seed of the cohort.
        sex: Sex.
        age_years: Age.
        height_cm: Body height.
        weight_kg: Body weight.
        heart_rate_bpm: Heart rate.
        lvidd_cm: LV internal diameter aimed at, end-diastole.
        lv_length_ratio: Length of the LV cavity over its diameter.
        ivsd_cm: Septal thickness at end-diastole.
        pwd_cm: Inferolateral wall thickness at end-diastole.
        ef_pct: Ejection fraction aimed at.
        la_volume_ml: Left atrial volume aimed at, end-systole.
        ra_area_cm2: Right atrial area aimed at in A4C, end-systole.
        rv_base_cm: RV basal diameter aimed at in A4C, end-diastole.
        rv_contraction_frac: Fractional inward motion of the RV free wall.
        sinus_cm: Aortic diameter at the sinuses.
        ascending_cm: Diameter of the ascending aorta.
        effusion_cm: Depth of the pericardial effusion behind the inferolateral wall, 0 for none.
        shape: Independent standard normal coefficients that warp this heart.
    """

    patient_index: int
    seed: int
    sex: Sex
    age_years: float
    height_cm: float
    weight_kg: float
    heart_rate_bpm: float
    lvidd_cm: float
    lv_length_ratio: float
    ivsd_cm: float
    pwd_cm: float
    ef_pct: float
    la_volume_ml: float
    ra_area_cm2: float
    rv_base_cm: float
    rv_contraction_frac: float
    sinus_cm: float
    ascending_cm: float
    effusion_cm: float
    shape: tuple[float, ...]


def sample_patient(patient_index: int, *, seed: int, decorrelated: bool = False) -> SimulatedPatient:
    """Draw one patient.

    Args:
        patient_index: Which patient of the cohort, >= 0.
        seed: Seed of the cohort.
        decorrelated: Draw every value independently of the others given sex and body size, so that no finding
            can be guessed from another.
    """
    rng = np.random.default_rng((seed, patient_index, 0xEC40))
    sex = Sex.MALE if rng.random() < 0.5 else Sex.FEMALE
    male = sex is Sex.MALE
    age_years = float(np.clip(rng.normal(62, 15), 20, 94))
    height_cm = float(np.clip(rng.normal(175 if male else 162, 7), 145, 203))
    weight_kg = float(np.clip(rng.normal(25.5, 4.2), 17.5, 42) * (height_cm / 100) ** 2)
    size = (height_cm - (175 if male else 162)) / 7
    rank = _ranks(rng, decorrelated=decorrelated)
    ivsd_cm = _between(rank["ivsd"], 0.60, 1.90, 1.35, 2.7) - (0.0 if male else 0.06)
    sinus_cm = _between(rank["sinus"], 2.75, 5.4, 1.9, 2.7) - (0.0 if male else 0.32) + 0.04 * size
    ascending_ratio = 0.90 + 0.16 * ndtri(rank["ascending"]) * 0.6
    return SimulatedPatient(
        patient_index=patient_index,
        seed=seed,
        sex=sex,
        age_years=age_years,
        height_cm=height_cm,
        weight_kg=weight_kg,
        heart_rate_bpm=_between(rank["heart_rate"], 45, 125, 2.2, 3.6),
        lvidd_cm=_between(rank["lvidd"], 3.85, 7.2, 1.7, 2.2) - (0.0 if male else 0.5) + 0.05 * size,
        lv_length_ratio=float(np.clip(1.72 + 0.10 * ndtri(rank["lv_length"]), 1.45, 2.0)),
        ivsd_cm=ivsd_cm,
        pwd_cm=float(np.clip(ivsd_cm * (0.92 + 0.10 * ndtri(rank["pw_ratio"])), 0.5, 1.8)),
        ef_pct=_between(rank["ef"], 15, 75, 1.9, 1.15),
        la_volume_ml=_between(rank["la"], 35, 135, 1.3, 2.2) * (1.0 if male else 0.92),
        ra_area_cm2=_between(rank["ra"], 9, 36, 1.3, 2.9),
        rv_base_cm=_between(rank["rv"], 2.8, 6.0, 1.5, 2.3),
        rv_contraction_frac=float(rng.uniform(0.12, 0.34)),
        sinus_cm=sinus_cm,
        ascending_cm=float(np.clip(sinus_cm * ascending_ratio, 2.2, 5.6)),
        effusion_cm=_effusion_cm(rank["effusion"]),
        shape=tuple(float(value) for value in rng.standard_normal(_N_SHAPE)),
    )


def _ranks(rng: np.random.Generator, *, decorrelated: bool) -> dict[str, float]:
    """Draw uniform ranks, tied by one common factor unless ``decorrelated``."""
    common = float(rng.standard_normal())
    own = dict(zip(_LATENT, rng.standard_normal(len(_LATENT)), strict=True))
    loading = dict.fromkeys(_LATENT, 0.0) if decorrelated else _COMORBIDITY
    mixed = {
        name: loading.get(name, 0.0) * common + np.sqrt(1 - loading.get(name, 0.0) ** 2) * value
        for name, value in own.items()
    }
    return {name: float(np.clip(ndtr(value), 1e-4, 1 - 1e-4)) for name, value in mixed.items()}


def _between(rank: float, low: float, high: float, a: float, b: float) -> float:
    """Map a uniform rank to a beta distribution stretched over ``[low, high]``."""
    return float(low + (high - low) * betaincinv(a, b, rank))


def _effusion_cm(rank: float) -> float:
    """Return 0 for 55 % of patients, and for the others a depth from 0.1 cm on without a gap."""
    if rank < 0.55:
        return 0.0
    return float(0.1 + 2.9 * betaincinv(1.1, 2.2, (rank - 0.55) / 0.45))
