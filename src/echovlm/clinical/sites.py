"""Where a Doppler or M-mode recording is taken from: the flow or the wall under its gate, its cursor or its colour box.

The keys are those of the draft's recording sites in words. A colour box is laid on one valve: what leaks outside of it
is not painted.
"""

from enum import Enum
from typing import Final

from echovlm.clinical.findings import Finding
from echovlm.clinical.measurement import Quantity
from echovlm.clinical.views import Mode

_F, _Q = Finding, Quantity


class Site(Enum):
    """One recording site: key, mode, and name in words. An unknown site is ``None``, never a member."""

    MITRAL_INFLOW = ("mitral-inflow", Mode.PW, "mitral inflow")
    PULMONARY_VEIN = ("pulmonary-vein", Mode.PW, "pulmonary vein")
    LVOT = ("lvot", Mode.PW, "left ventricular outflow tract")
    RVOT = ("rvot", Mode.PW, "right ventricular outflow tract")
    HEPATIC_VEIN = ("hepatic-vein", Mode.PW, "hepatic vein")
    DESCENDING_AORTA = ("descending-aorta", Mode.PW, "descending aorta")
    AORTIC_VALVE = ("aortic-valve", Mode.CW, "aortic valve")
    MITRAL_VALVE = ("mitral-valve", Mode.CW, "mitral valve")
    TRICUSPID_VALVE = ("tricuspid-valve", Mode.CW, "tricuspid valve")
    PULMONARY_VALVE = ("pulmonary-valve", Mode.CW, "pulmonary valve")
    SEPTAL_ANNULUS = ("septal-annulus", Mode.TDI, "septal mitral annulus")
    LATERAL_ANNULUS = ("lateral-annulus", Mode.TDI, "lateral mitral annulus")
    RIGHT_ANNULUS = ("tricuspid-annulus", Mode.TDI, "lateral tricuspid annulus")
    LEFT_VENTRICLE = ("left-ventricle", Mode.M, "left ventricle")
    TRICUSPID_EXCURSION = ("tricuspid-annulus", Mode.M, "lateral tricuspid annulus")
    MITRAL_EXCURSION = ("mitral-annulus", Mode.M, "mitral annulus")
    VENA_CAVA = ("vena-cava", Mode.M, "inferior vena cava")
    MITRAL_BOX = ("mitral", Mode.COLOR, "mitral valve")
    AORTIC_BOX = ("aortic", Mode.COLOR, "aortic valve")
    TRICUSPID_BOX = ("tricuspid", Mode.COLOR, "tricuspid valve")
    PULMONARY_BOX = ("pulmonary", Mode.COLOR, "pulmonary valve")

    def __init__(self, key: str, mode: Mode, words: str) -> None:
        self.key, self.mode, self.words = key, mode, words


_FILLING: Final = frozenset({_F.DIASTOLIC_DYSFUNCTION, _F.DIASTOLIC_GRADE, _F.RAISED_LAP})
_TR_PRESSURE: Final = frozenset({_F.PULMONARY_HYPERTENSION, _F.ELEVATED_RVSP, _F.RV_PA_UNCOUPLING})

# Which findings a recording at a site can show, of those that its view and mode can.
_FINDINGS: Final[dict[Site, frozenset[Finding]]] = {
    Site.MITRAL_INFLOW: _FILLING
    | {
        _F.MITRAL_REGURGITATION, _F.MITRAL_STENOSIS, _F.TAMPONADE_PHYSIOLOGY, _F.CONSTRICTION, _F.AMYLOID_SUSPICION,
    },
    Site.PULMONARY_VEIN: _FILLING | {_F.MITRAL_REGURGITATION},
    Site.LVOT: frozenset(
        {
            _F.LOW_FLOW, _F.AORTIC_STENOSIS, _F.SIGNIFICANT_SHUNT, _F.PROSTHETIC_AV_OBSTRUCTION, _F.PPM_AV,
            _F.PROSTHETIC_MV_OBSTRUCTION,
        }
    ),
    Site.RVOT: frozenset({_F.PULMONARY_HYPERTENSION, _F.SIGNIFICANT_SHUNT}),
    Site.HEPATIC_VEIN: frozenset({_F.RAISED_RAP, _F.TRICUSPID_REGURGITATION, _F.CONSTRICTION}),
    Site.DESCENDING_AORTA: frozenset({_F.AORTIC_REGURGITATION}),
    Site.AORTIC_VALVE: frozenset(
        {
            _F.AORTIC_STENOSIS, _F.AORTIC_SCLEROSIS, _F.AORTIC_REGURGITATION, _F.LVOT_OBSTRUCTION,
            _F.PROSTHETIC_AV_OBSTRUCTION, _F.PPM_AV,
        }
    ),
    Site.MITRAL_VALVE: frozenset(
        {_F.MITRAL_STENOSIS, _F.MITRAL_REGURGITATION, _F.PROSTHETIC_MV_OBSTRUCTION}
    ),
    Site.TRICUSPID_VALVE: _FILLING
    | _TR_PRESSURE
    | {_F.TRICUSPID_REGURGITATION, _F.TRICUSPID_STENOSIS, _F.TAMPONADE_PHYSIOLOGY},
    Site.PULMONARY_VALVE: frozenset(
        {_F.PULMONIC_STENOSIS, _F.PULMONIC_REGURGITATION, _F.PULMONARY_HYPERTENSION}
    ),
    Site.SEPTAL_ANNULUS: _FILLING | {_F.CONSTRICTION, _F.AMYLOID_SUSPICION},
    Site.LATERAL_ANNULUS: _FILLING | {_F.CONSTRICTION, _F.AMYLOID_SUSPICION},
    Site.RIGHT_ANNULUS: frozenset({_F.RV_SYSTOLIC_DYSFUNCTION}),
    Site.LEFT_VENTRICLE: frozenset(
        {
            _F.LV_DILATED, _F.LV_SYSTOLIC_DILATED, _F.LV_SMALL, _F.LV_WALL_THICKENED, _F.LV_HYPERTROPHY,
            _F.LV_GEOMETRY, _F.LV_SYSTOLIC_DYSFUNCTION, _F.SEVERE_LV_DYSFUNCTION, _F.LV_HYPERDYNAMIC, _F.HF_EF_CLASS,
        }
    ),
    Site.TRICUSPID_EXCURSION: frozenset({_F.RV_SYSTOLIC_DYSFUNCTION, _F.RV_PA_UNCOUPLING}),
    Site.MITRAL_EXCURSION: frozenset({_F.MAPSE_REDUCED}),
    Site.VENA_CAVA: frozenset({_F.IVC_DILATED, _F.RAISED_RAP}),
    Site.MITRAL_BOX: frozenset(
        {_F.MITRAL_REGURGITATION, _F.MITRAL_STENOSIS, _F.PROSTHETIC_MV_OBSTRUCTION, _F.LVOT_OBSTRUCTION}
    ),
    Site.AORTIC_BOX: frozenset(
        {_F.AORTIC_REGURGITATION, _F.AORTIC_STENOSIS, _F.LVOT_OBSTRUCTION, _F.VENTRICULAR_SHUNT}
    ),
    Site.TRICUSPID_BOX: frozenset(
        {_F.TRICUSPID_REGURGITATION, _F.TRICUSPID_STENOSIS, _F.VENTRICULAR_SHUNT, _F.ATRIAL_SHUNT}
    ),
    Site.PULMONARY_BOX: frozenset({_F.PULMONIC_REGURGITATION, _F.PULMONIC_STENOSIS}),
}  # fmt: skip

_NUMBERS: Final[dict[Site, frozenset[Quantity]]] = {
    Site.MITRAL_INFLOW: frozenset(
        {
            _Q.MITRAL_E_VELOCITY, _Q.MITRAL_A_VELOCITY, _Q.MITRAL_E_A_RATIO, _Q.MITRAL_DECELERATION_TIME,
            _Q.MITRAL_A_DURATION, _Q.ISOVOLUMIC_RELAXATION_TIME, _Q.MITRAL_RESPIRATORY_VARIATION,
        }
    ),
    Site.PULMONARY_VEIN: frozenset(
        {
            _Q.PULMONARY_VEIN_S_VELOCITY, _Q.PULMONARY_VEIN_D_VELOCITY, _Q.PULMONARY_VEIN_S_D_RATIO,
            _Q.PULMONARY_VEIN_AR_MINUS_A,
        }
    ),
    Site.LVOT: frozenset({_Q.LVOT_VTI, _Q.LVOT_VMAX, _Q.ISOVOLUMIC_RELAXATION_TIME}),
    Site.RVOT: frozenset(
        {_Q.RVOT_ACCELERATION_TIME, _Q.RVOT_VTI, _Q.RVOT_VMAX, _Q.RV_EJECTION_TIME}
    ),
    Site.HEPATIC_VEIN: frozenset(),
    Site.DESCENDING_AORTA: frozenset(),
    Site.AORTIC_VALVE: frozenset(
        {
            _Q.AV_VMAX, _Q.AV_MEAN_GRADIENT, _Q.AV_PEAK_GRADIENT, _Q.AV_VTI, _Q.PROSTHETIC_AV_VMAX,
            _Q.PROSTHETIC_AV_MEAN_GRADIENT, _Q.AR_PRESSURE_HALF_TIME, _Q.AR_VMAX, _Q.AR_VTI, _Q.LVOT_GRADIENT_REST,
            _Q.LVOT_GRADIENT_PROVOKED,
        }
    ),
    Site.MITRAL_VALVE: frozenset(
        {
            _Q.MV_MEAN_GRADIENT, _Q.MV_PRESSURE_HALF_TIME, _Q.MV_VTI, _Q.MR_VMAX, _Q.MR_VTI, _Q.MR_RISE_TIME,
            _Q.PROSTHETIC_MV_VMAX, _Q.PROSTHETIC_MV_MEAN_GRADIENT, _Q.PROSTHETIC_MV_PRESSURE_HALF_TIME,
        }
    ),
    Site.TRICUSPID_VALVE: frozenset(
        {
            _Q.TR_VMAX, _Q.TR_PEAK_GRADIENT, _Q.TR_VTI, _Q.RVSP, _Q.TV_MEAN_GRADIENT, _Q.TV_VTI,
            _Q.TV_PRESSURE_HALF_TIME,
        }
    ),
    Site.PULMONARY_VALVE: frozenset(
        {
            _Q.PV_VMAX, _Q.PV_PEAK_GRADIENT, _Q.PR_EARLY_VELOCITY, _Q.PR_END_VELOCITY, _Q.PR_PRESSURE_HALF_TIME,
            _Q.PR_DECELERATION_TIME, _Q.PR_INDEX,
        }
    ),
    Site.SEPTAL_ANNULUS: frozenset({_Q.E_PRIME_SEPTAL, _Q.A_PRIME_SEPTAL, _Q.S_PRIME_SEPTAL}),
    Site.LATERAL_ANNULUS: frozenset({_Q.E_PRIME_LATERAL, _Q.A_PRIME_LATERAL, _Q.S_PRIME_LATERAL}),
    Site.RIGHT_ANNULUS: frozenset(
        {_Q.RV_S_PRIME, _Q.RIMP_TDI, _Q.TRICUSPID_CLOSED_TIME, _Q.RV_EJECTION_TIME}
    ),
    Site.LEFT_VENTRICLE: frozenset(
        {
            _Q.LV_INTERNAL_DIAMETER_ED, _Q.LV_INTERNAL_DIAMETER_ES, _Q.IVS_THICKNESS_ED, _Q.PW_THICKNESS_ED,
            _Q.IVS_THICKNESS_ES, _Q.PW_THICKNESS_ES, _Q.FRACTIONAL_SHORTENING,
        }
    ),
    Site.TRICUSPID_EXCURSION: frozenset({_Q.TAPSE}),
    Site.MITRAL_EXCURSION: frozenset({_Q.MAPSE}),
    Site.VENA_CAVA: frozenset({_Q.IVC_DIAMETER, _Q.IVC_COLLAPSE}),
    Site.MITRAL_BOX: frozenset(
        {_Q.MR_VENA_CONTRACTA, _Q.MR_JET_AREA, _Q.MR_PISA_RADIUS, _Q.MR_ALIAS_VELOCITY}
    ),
    Site.AORTIC_BOX: frozenset(
        {_Q.AR_VENA_CONTRACTA, _Q.AR_JET_WIDTH, _Q.AR_PISA_RADIUS, _Q.AR_ALIAS_VELOCITY}
    ),
    Site.TRICUSPID_BOX: frozenset({_Q.TR_VENA_CONTRACTA, _Q.TR_PISA_RADIUS, _Q.TR_ALIAS_VELOCITY}),
    Site.PULMONARY_BOX: frozenset({_Q.PR_JET_WIDTH}),
}  # fmt: skip


def find_site(text: str, mode: Mode) -> Site | None:
    """Return the site that a key names in a mode, or ``None``."""
    folded = text.strip().lower().replace("_", "-").replace(" ", "-")
    return next((site for site in Site if site.key == folded and site.mode is mode), None)


def site_shows_finding(site: Site, finding: Finding) -> bool:
    """Return whether a recording at this site can show a finding."""
    return finding in _FINDINGS[site]


def site_shows_number(site: Site, quantity: Quantity) -> bool:
    """Return whether a recording at this site can show a number of this quantity."""
    return quantity in _NUMBERS[site]
