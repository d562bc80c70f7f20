"""Who is simulated: the continuous parameters of one patient, drawn across every guideline threshold.

Nothing here is a disease switch: a finding is whatever the guideline rules say of the values that are later
measured on the geometry and the spectra. Ranges are wide on purpose: each finding has examples on both sides
of its limit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

import numpy as np
from scipy.special import betaincinv, ndtri

from echovlm.clinical.patient import Sex
from echovlm.errors import EchoVLMError
from echovlm.simulation.comorbidity import draw_driven, draw_first, to_rank
from echovlm.simulation.coronary import draw_segments

_N_SHAPE: Final = 24
_FASTEST_AT_REST_BPM: Final = 105.0  # beyond it a weak ventricle has dilated instead
_MOST_LEAKED: Final = 0.4  # share of the stroke that goes forward however much leaks
_AGE_MEAN_YEARS, _AGE_SD_YEARS = 62.0, 15.0


class PrevalenceError(EchoVLMError):
    """A share of patients lies outside 0 to 1."""


class Rhythm(StrEnum):
    """What drives the ventricles; only sinus rhythm has an atrial kick."""

    SINUS = "sinus"
    ATRIAL_FIBRILLATION = "atrial_fibrillation"
    PACED = "paced"


class Prosthesis(StrEnum):
    """A valve that was replaced."""

    AORTIC = "aortic"
    MITRAL = "mitral"


@dataclass(frozen=True, slots=True)
class Prevalence:
    """Shares of patients, 0 to 1, whose value departs from none at all; how far it departs is continuous.

    Attributes:
        atrial_fibrillation: Share in atrial fibrillation.
        paced: Share with a paced rhythm, who all have a lead.
        pacemaker_lead: Share with a lead among those who are not paced.
        aortic_prosthesis: Share with a replaced aortic valve.
        mitral_prosthesis: Share with a replaced mitral valve.
        regional_disease: Share with a coronary territory that contracts less.
        septal_bulge: Share with asymmetric septal hypertrophy of any degree.
        septal_flattening: Share with a septum flattened to any degree.
        aortic_stenosis: Share with aortic cusps that lost any opening.
        annular_calcification: Share with calcium in the mitral annulus.
        mitral_stenosis: Share with mitral leaflets that lost any opening.
        regurgitation: Share with any regurgitation, for each of the four valves.
        effusion: Share with pericardial fluid.
    """

    atrial_fibrillation: float = 0.12
    paced: float = 0.04
    pacemaker_lead: float = 0.05
    aortic_prosthesis: float = 0.04
    mitral_prosthesis: float = 0.03
    regional_disease: float = 0.35
    septal_bulge: float = 0.15
    septal_flattening: float = 0.4
    aortic_stenosis: float = 0.4
    annular_calcification: float = 0.35
    mitral_stenosis: float = 0.2
    regurgitation: float = 0.6
    effusion: float = 0.45

    def __post_init__(self) -> None:
        for name in self.__slots__:
            share = getattr(self, name)
            if not 0 <= share <= 1:
                raise PrevalenceError(f"the prevalence {name} is {share:g}; allowed is 0 to 1. Give a share.")


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
        rhythm: Sinus rhythm, atrial fibrillation or paced.
        segment_motion: Contraction of the 17 AHA segments: 1 normal, 0 akinetic, negative dyskinetic.
        segment_thinning: Share of the wall's thickness that each segment lost to scar, at end-diastole.
        septal_bulge_frac: Extra thickness of the basal septum over ``ivsd_cm``.
        aneurysm_frac: Outward bulge of a thin apex, 0 none to 1.
        septal_flattening_frac: Septum pushed towards the LV, 0 round to 1: a straight line in short axis.
        aortic_stenosis_frac: Opening of the aortic cusps lost to calcium, 0 normal to 1 critical.
        mitral_annular_calcification_frac: Calcium of the mitral annulus, 0 none to 1 all around.
        mitral_stenosis_frac: Opening of the mitral leaflets lost to fusion of their tips, 0 to 1 critical.
        aortic_regurgitation_frac: Aortic leak, 0 none to 1 torrential.
        mitral_regurgitation_frac: Mitral leak.
        tricuspid_regurgitation_frac: Tricuspid leak.
        pulmonary_regurgitation_frac: Pulmonary leak.
        rv_systolic_pressure_mmhg: Systolic pressure of RV and pulmonary artery.
        ra_pressure_mmhg: Mean RA pressure.
        relaxation_frac: Impairment of LV relaxation, 0 normal to 1 severe.
        filling_pressure_mmhg: Mean LA pressure.
        pacemaker_lead: Whether a lead runs through the right heart.
        prosthesis: The replaced valve; its native counterpart's calcium and stenosis are then 0.
        ivc_cm: Diameter of the inferior vena cava in expiration.
        ivc_collapse_frac: Share of that diameter lost in inspiration.
        pulmonary_artery_cm: Diameter of the main pulmonary artery.
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
    rhythm: Rhythm
    segment_motion: tuple[float, ...]
    segment_thinning: tuple[float, ...]
    septal_bulge_frac: float
    aneurysm_frac: float
    septal_flattening_frac: float
    aortic_stenosis_frac: float
    mitral_annular_calcification_frac: float
    mitral_stenosis_frac: float
    aortic_regurgitation_frac: float
    mitral_regurgitation_frac: float
    tricuspid_regurgitation_frac: float
    pulmonary_regurgitation_frac: float
    rv_systolic_pressure_mmhg: float
    ra_pressure_mmhg: float
    relaxation_frac: float
    filling_pressure_mmhg: float
    pacemaker_lead: bool
    prosthesis: Prosthesis | None
    ivc_cm: float
    ivc_collapse_frac: float
    pulmonary_artery_cm: float


_TYPICAL: Final = Prevalence()


def sample_patient(
    patient_index: int, *, seed: int, decorrelated: bool = False, prevalence: Prevalence = _TYPICAL
) -> SimulatedPatient:
    """Draw one patient.

    Args:
        patient_index: Which patient of the cohort, >= 0.
        seed: Seed of the cohort.
        decorrelated: Draw every value independently of the others given sex and body size, so that no finding
            can be guessed from another; some then have less output than a body needs.
        prevalence: How common each disease is.
    """
    rng = np.random.default_rng((seed, patient_index, 0xEC40))
    sex = Sex.MALE if rng.random() < 0.5 else Sex.FEMALE
    male = sex is Sex.MALE
    age_years = float(np.clip(rng.normal(_AGE_MEAN_YEARS, _AGE_SD_YEARS), 20, 94))
    height_cm = float(np.clip(rng.normal(175 if male else 162, 7), 145, 203))
    weight_kg = float(np.clip(rng.normal(25.5, 4.2), 17.5, 42) * (height_cm / 100) ** 2)
    size = (height_cm - (175 if male else 162)) / 7
    first = draw_first(rng, decorrelated=decorrelated)
    rv_contraction_frac = float(rng.uniform(0.12, 0.34))
    shape = tuple(map(float, rng.standard_normal(_N_SHAPE)))
    age = (age_years - _AGE_MEAN_YEARS) / _AGE_SD_YEARS
    values = draw_driven(rng, first, age=age, decorrelated=decorrelated)
    rank = {name: to_rank(value) for name, value in values.items()}
    ivsd_cm = _between(rank["ivsd"], 0.60, 1.90, 1.35, 2.7) - (0.0 if male else 0.06)
    sinus_cm = _between(rank["sinus"], 2.75, 5.4, 1.9, 2.7) - (0.0 if male else 0.32) + 0.04 * size
    ascending_ratio = 0.90 + 0.16 * ndtri(rank["ascending"]) * 0.6
    patient = SimulatedPatient(
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
        rv_contraction_frac=rv_contraction_frac,
        sinus_cm=sinus_cm,
        ascending_cm=float(np.clip(sinus_cm * ascending_ratio, 2.2, 5.6)),
        effusion_cm=_effusion_cm(rank["effusion"], prevalence.effusion),
        shape=shape,
        **_electrical(rng, rank, prevalence),
        **_regional(rng, rank, prevalence),
        **_valvular(rng, rank, prevalence),
        **_pressures(rank, prevalence),
    )
    return patient if decorrelated else _perfused(patient)


def _perfused(patient: SimulatedPatient) -> SimulatedPatient:
    """Return the patient with a ventricle wide enough and then a rate high enough to feed the body.

    Who has less than about 2.3 L/min of forward flow is not examined at rest; a failing or leaking heart
    dilates and beats faster before it gets there.
    """
    least_ml_per_min = 2350.0 + 250.0 * float(np.tanh(patient.shape[-1]))
    leaks = (patient.mitral_regurgitation_frac, patient.aortic_regurgitation_frac)
    kept = max(_MOST_LEAKED, float(np.prod([1 - 0.6 * leak**1.25 for leak in leaks])))
    # Volume of the cavity is about 0.6 of the cube of its diameter times its relative length.
    forward_per_cube = 0.60 * patient.lv_length_ratio * patient.ef_pct / 100 * kept
    narrowest = (least_ml_per_min / (_FASTEST_AT_REST_BPM * forward_per_cube)) ** (1 / 3)
    lvidd_cm = max(patient.lvidd_cm, narrowest)
    slowest = least_ml_per_min / (forward_per_cube * lvidd_cm**3)
    return replace(patient, lvidd_cm=lvidd_cm, heart_rate_bpm=max(patient.heart_rate_bpm, slowest))


def _electrical(
    rng: np.random.Generator, rank: Mapping[str, float], prevalence: Prevalence
) -> dict[str, Any]:
    """Draw the rhythm and whether there is a lead."""
    paced = bool(rng.random() < prevalence.paced)
    lead = bool(rng.random() < prevalence.pacemaker_lead)
    fibrillating = rank["rhythm"] > 1 - prevalence.atrial_fibrillation
    rhythm = Rhythm.ATRIAL_FIBRILLATION if fibrillating else Rhythm.SINUS
    return {"rhythm": Rhythm.PACED if paced else rhythm, "pacemaker_lead": paced or lead}


def _regional(rng: np.random.Generator, rank: Mapping[str, float], prevalence: Prevalence) -> dict[str, Any]:
    """Draw what departs from one place of the LV wall to another."""
    severity = _beyond(rank["regional"], prevalence.regional_disease, 1.3, 1.1)
    motion, thinning = draw_segments(rng, severity=severity)
    # An apex only bulges where it stopped contracting, and then to any degree.
    dead = float(np.clip(0.5 - (motion[12] + motion[13] + motion[16]) / 3, 0, 0.4)) / 0.4
    return {
        "segment_motion": motion,
        "segment_thinning": thinning,
        "aneurysm_frac": dead * float(rng.uniform(0, 1)),
        "septal_bulge_frac": 1.1 * _beyond(rank["bulge"], prevalence.septal_bulge, 1.1, 1.8),
    }


def _valvular(rng: np.random.Generator, rank: Mapping[str, float], prevalence: Prevalence) -> dict[str, Any]:
    """Draw stenoses, calcium, leaks and replaced valves."""
    chance = rng.random()
    prosthesis = None
    if chance < prevalence.aortic_prosthesis:
        prosthesis = Prosthesis.AORTIC
    elif chance < prevalence.aortic_prosthesis + prevalence.mitral_prosthesis:
        prosthesis = Prosthesis.MITRAL
    native_aortic, native_mitral = prosthesis is not Prosthesis.AORTIC, prosthesis is not Prosthesis.MITRAL
    calcium = _beyond(rank["annular_calcification"], prevalence.annular_calcification, 1.0, 1.3)
    mitral = _beyond(rank["mitral_stenosis"], prevalence.mitral_stenosis, 1.1, 1.3)
    aortic = _beyond(rank["aortic_stenosis"], prevalence.aortic_stenosis, 1.2, 1.0)
    valves = ("aortic", "mitral", "tricuspid", "pulmonary")
    # The mitral valve leaks worst: a choice of this project that gives one patient in nine a moderate leak or more.
    leaks = {
        f"{valve}_regurgitation_frac": _beyond(
            rank[f"{valve}_regurgitation"], prevalence.regurgitation, 0.9, 0.9 if valve == "mitral" else 1.9
        )
        for valve in valves
    }
    return {
        "prosthesis": prosthesis,
        "aortic_stenosis_frac": aortic if native_aortic else 0.0,
        "mitral_stenosis_frac": mitral if native_mitral else 0.0,
        "mitral_annular_calcification_frac": calcium if native_mitral else 0.0,
    } | leaks


def _pressures(rank: Mapping[str, float], prevalence: Prevalence) -> dict[str, Any]:
    """Draw pressures, the vessels that widen with them, and diastolic function."""
    atrial = _between(rank["ra_pressure"], 1, 22, 1.3, 2.6)
    return {
        "ra_pressure_mmhg": atrial,
        # The RV must open the pulmonary valve, whatever the atrium's pressure.
        "rv_systolic_pressure_mmhg": max(_between(rank["pulmonary_pressure"], 15, 95, 1.4, 3.6), atrial + 8),
        "septal_flattening_frac": _beyond(rank["flattening"], prevalence.septal_flattening, 1.0, 1.7),
        "relaxation_frac": _between(rank["relaxation"], 0, 1, 1.2, 1.4),
        "filling_pressure_mmhg": _between(rank["filling"], 4, 34, 1.5, 2.5),
        "ivc_cm": _between(rank["ivc"], 0.9, 3.2, 1.8, 2.2),
        "ivc_collapse_frac": _between(rank["ivc_collapse"], 0.03, 0.95, 1.3, 1.2),
        "pulmonary_artery_cm": _between(rank["pulmonary_artery"], 1.7, 3.9, 1.7, 2.6),
    }


def _between(rank: float, low: float, high: float, a: float, b: float) -> float:
    """Map a uniform rank to a beta distribution stretched over ``[low, high]``."""
    return float(low + (high - low) * betaincinv(a, b, rank))


def _beyond(rank: float, share: float, a: float, b: float) -> float:
    """Return 0 for all but the highest ``share`` of ranks, and for those a beta-distributed severity."""
    if share == 0 or rank <= 1 - share:
        return 0.0
    return float(betaincinv(a, b, min((rank - 1 + share) / share, 1 - 1e-4)))


def _effusion_cm(rank: float, share: float) -> float:
    """Return 0 for those without fluid, and for the others a depth from 0.1 to 4 cm without a gap."""
    severity = _beyond(rank, share, 1.1, 3.3)
    return 0.1 + 3.9 * severity if severity > 0 else 0.0
