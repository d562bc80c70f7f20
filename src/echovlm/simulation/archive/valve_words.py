"""Categories of valves, pressures and right ventricle in the words of MIMIC-IV-ECHO, by the values behind them."""

from collections.abc import Mapping
from typing import Final

from echovlm.clinical.findings import Finding, FindingState
from echovlm.clinical.guidelines import grade_study, round_half_up
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.patient import Sex
from echovlm.clinical.provenance import Provenance, Source
from echovlm.simulation.archive.items import Row

Values = Mapping[Quantity, float]
_Steps = tuple[tuple[float, str], ...]

# Effective regurgitant orifice below which each word holds (ASE 2017 native valvular regurgitation, tables 8 and 11;
# tricuspid: ASE 2017 table 14), cm2; the last word has no limit.
_MITRAL: Final[_Steps] = (
    (0.05, "Trivial"), (0.15, "Mild (1+)"), (0.20, "Mild-moderate (1-2+)"), (0.30, "Mod [2+]"),
    (0.40, "Moderate-severe (3+)"),
)  # fmt: skip
_AORTIC: Final[_Steps] = (
    (0.03, "Trace"), (0.08, "Mild [1+]"), (0.10, "Mild-mod [1-2+]"), (0.20, "Mod [2+]"), (0.30, "Mod-severe [3+]"),
)  # fmt: skip
_TRICUSPID: Final[_Steps] = (
    (0.05, "Trivial"), (0.15, "Mild [1+]"), (0.20, "Mild-mod [1-2+]"), (0.30, "Mod [2+]"), (0.40, "Mod-severe [3+]"),
)  # fmt: skip
_WORST: Final = "Severe (4+)", "Severe [4+]", "Severe [4+]"
_PRESSURE: Final[_Steps] = (  # largest gradient of tricuspid regurgitation, as printed in the words, mmHg
    (26, "Normal (TR<26mmHg)"), (30, "Borderline (TR 26-30mmHg)"), (37, "Mild (TR 26-36mmHg)"),
    (60.5, "Mod (TR 37-60mmHg)"),
)  # fmt: skip
_STENOSIS_FROM_M_PER_S: Final = 2.6  # ASE/EACVI 2017 aortic stenosis, table 3
_NARROW_MITRAL_CM2: Final = (
    (1.0, "Severe"),
    (1.5, "Mod"),
)  # EAE/ASE 2009 valve stenosis, table 9, both inclusive
_MILD_MITRAL_MMHG: Final = (
    4.0  # mean gradient from which a wider orifice is called mildly stenotic; our choice
)
_UNSEEN: Final = "None"

DESCRIPTIONS: Final = {
    "mitral_regurg": "Mitral Valve - Regurgitation",
    "aortic_regurg": "Aortic Valve - Regurgitation",
    "tricuspid_regurg": "Tricuspid Valve - Regurgitation",
    "aortic_stenosis": "Aortic Valve - Stenosis",
    "mitral_stenosis": "Mitral Valve - Stenosis",
    "rv_function": "Right Ventricle - Function",
    "phtn_severity": "Pulmonary Artery - Systolic Hypertension",
    "ivc": "Inferior Vena Cava - Size Description",
}


def judge_valves(values: Values, *, sex: Sex, names_absence: bool = False) -> list[Row]:
    """Return the categories that the measured values decide.

    Args:
        values: Canonical values.
        sex: The patient's sex.
        names_absence: Whether a leak that was not seen is entered as none; otherwise it has no row, as in MIMIC.
    """
    words = {
        "mitral_regurg": _leak(values, Quantity.MR_VMAX, Quantity.MR_EROA, _MITRAL, _WORST[0]),
        "aortic_regurg": _leak(values, Quantity.AR_VMAX, Quantity.AR_EROA, _AORTIC, _WORST[1]),
        "tricuspid_regurg": _leak(values, Quantity.TR_VMAX, Quantity.TR_EROA, _TRICUSPID, _WORST[2]),
    }
    if names_absence:
        words = {name: word or _UNSEEN for name, word in words.items()}
    words |= {
        "aortic_stenosis": _stenosis(values),
        "mitral_stenosis": _mitral_stenosis(values),
        "rv_function": _rv_function(values, sex),
        "phtn_severity": _pressure(values),
        "ivc": _vena_cava(values),
    }
    return [Row(name, DESCRIPTIONS[name], text, "") for name, text in words.items() if text is not None]


def _leak(values: Values, seen: Quantity, orifice: Quantity, steps: _Steps, worst: str) -> str | None:
    """Return the degree of a leak that Doppler shows; one too small to be measured has the first word."""
    if seen not in values and orifice not in values:
        return None
    return next((word for limit, word in steps if values.get(orifice, 0.0) < limit), worst)


def _stenosis(values: Values) -> str | None:
    velocity, area = values.get(Quantity.AV_VMAX), values.get(Quantity.AORTIC_VALVE_AREA)
    if velocity is None or velocity < _STENOSIS_FROM_M_PER_S:
        return None
    if velocity > 5:
        return "Very severe (>5m/s;>60mmHg)"
    if area is None:
        return "Present - not quantified"
    if area < 1.0:
        return "Severe (<1.0cm2)"
    return "Mod (1.0-1.5cm2)" if area <= 1.5 else "Mild (>1.5cm2)"


def _mitral_stenosis(values: Values) -> str | None:
    """Return the degree by the area from the half-time; a valve that opens wide has no half-time and no stenosis."""
    gradient = values.get(Quantity.MV_MEAN_GRADIENT)
    if gradient is None:
        return None
    measured = values.get(Quantity.MITRAL_VALVE_AREA_PHT)
    if measured is None:
        return "No valvular"
    area = round_half_up(measured, 0.1)
    word = next((word for limit, word in _NARROW_MITRAL_CM2 if area <= limit), None)
    if word is not None:
        return word
    return "Mild" if gradient >= _MILD_MITRAL_MMHG else "Trivial"


def _rv_function(values: Values, sex: Sex) -> str | None:
    """Return normal or depressed as the guideline rule decides; the rule of 2015 knows no degrees."""
    origin = Provenance(Source.TABLE, "structured-measurement.csv.gz")
    study = [Measurement(quantity, value, quantity.unit, origin) for quantity, value in values.items()]
    (result,) = grade_study(study, sex=sex, findings=(Finding.RV_SYSTOLIC_DYSFUNCTION,))
    if result.state is FindingState.PRESENT:
        return "RV function depressed"
    return "Nl RV function" if result.state is FindingState.ABSENT else None


def _pressure(values: Values) -> str | None:
    gradient = values.get(Quantity.TR_PEAK_GRADIENT)
    if gradient is None:
        return None
    return next((word for limit, word in _PRESSURE if gradient < limit), "Severe (TR >60mmHg)")


def _vena_cava(values: Values) -> str | None:
    diameter, collapse = values.get(Quantity.IVC_DIAMETER), values.get(Quantity.IVC_COLLAPSE)
    if diameter is None or collapse is None:
        return None
    if diameter > 2.1:
        return ">2.1cm, >50% (10-15mmHg)" if collapse > 50 else ">2.1cm, <50% (>15mmHg)"
    return "<2.2cm, >50% (0-5mmHg)" if collapse > 50 else "IVC<=2.1cm, <50% collapse (5-10mmHg)"
