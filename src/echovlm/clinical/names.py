"""Every spelling of a quantity that we read: MIMIC's names of both eras, laboratory abbreviations, codes.

MIMIC's names are those that public code reads; about 110 of 186 are known. A spelling that leaves the method or
the site open stands for the least specific quantity: ``EF`` is an ejection fraction by an unsaid method, which
is kept as the visual estimate.
"""

import re
from typing import Final

from echovlm.clinical.codes import find_quantity_by_code
from echovlm.clinical.measurement import Quantity

# Exact names of MIMIC-IV-ECHO's structured table, always lower case; they win over the laboratory's
# abbreviations, because MIMIC's `lvef` is visual while a report's LVEF is not.
_MIMIC: Final[dict[str, Quantity]] = {
    "lvef": Quantity.LVEF_VISUAL,
    "biplane_lvef": Quantity.LVEF_BIPLANE,
    "lvef_3d": Quantity.LVEF_3D,
    "biplane_lvedv": Quantity.LV_EDV_BIPLANE,
    "biplane_lvesv": Quantity.LV_ESV_BIPLANE,
    "lvedv_3d": Quantity.LV_EDV_3D,
    "lvesv_3d": Quantity.LV_ESV_3D,
    "fs": Quantity.FRACTIONAL_SHORTENING,
    "lvedd": Quantity.LV_INTERNAL_DIAMETER_ED,
    "lvesd": Quantity.LV_INTERNAL_DIAMETER_ES,
    "septal_thickness": Quantity.IVS_THICKNESS_ED,
    "inf_lat_thickness": Quantity.PW_THICKNESS_ED,
    "lvot_diam": Quantity.LVOT_DIAMETER,
    "lvot_vti": Quantity.LVOT_VTI,
    "la_dimen": Quantity.LA_DIAMETER_AP,
    "la_vol": Quantity.LA_VOLUME,
    "la_4ch_length": Quantity.LA_LENGTH_A4C,
    "ra_length": Quantity.RA_LENGTH,
    "ivc_diam": Quantity.IVC_DIAMETER,
    "rv_diam": Quantity.RV_BASAL_DIAMETER,
    "tapse": Quantity.TAPSE,
    "sinus_diam": Quantity.AORTIC_SINUS_DIAMETER,
    "ascending_diam": Quantity.ASCENDING_AORTA_DIAMETER,
    "arch_diam": Quantity.AORTIC_ARCH_DIAMETER,
    "av_pk_vel": Quantity.AV_VMAX,
    "av_pk_grad": Quantity.AV_PEAK_GRADIENT,
    "av_mean_grad": Quantity.AV_MEAN_GRADIENT,
    "av_area_continuity": Quantity.AORTIC_VALVE_AREA,
    "mv_peak_e": Quantity.MITRAL_E_VELOCITY,
    "mv_peak_a": Quantity.MITRAL_A_VELOCITY,
    "mv_peak_e_a": Quantity.MITRAL_E_A_RATIO,
    "mv_e_decel": Quantity.MITRAL_DECELERATION_TIME,
    "mv_mean_grad": Quantity.MV_MEAN_GRADIENT,
    "mv_pht": Quantity.MV_PRESSURE_HALF_TIME,
    "mv_ero": Quantity.MR_EROA,
    "sept_e_prime": Quantity.E_PRIME_SEPTAL,
    "lat_e_prime": Quantity.E_PRIME_LATERAL,
    "e_e_prime": Quantity.E_E_PRIME_AVERAGE,
    "mean_E_to_eprime": Quantity.E_E_PRIME_AVERAGE,
    "septal_E_to_eprime": Quantity.E_E_PRIME_SEPTAL,
    "lateral_E_to_eprime": Quantity.E_E_PRIME_LATERAL,
    "tr_velocity": Quantity.TR_VMAX,
    "tr_mmhg": Quantity.TR_PEAK_GRADIENT,  # the gradient, not the pulmonary pressure
    "resting_sbp": Quantity.SYSTOLIC_BLOOD_PRESSURE,
    "resting_dbp": Quantity.DIASTOLIC_BLOOD_PRESSURE,
    "resting_hr": Quantity.HEART_RATE,
    "body_surface_area": Quantity.BSA,
    "height_cm": Quantity.HEIGHT,
    "height_inches": Quantity.HEIGHT,
    "weight_kg": Quantity.WEIGHT,
    "weight_pounds": Quantity.WEIGHT,
}

# The few with capitals are also met in lower case, as tables that fold their names have them.
_MIMIC_FOLDED: Final = {name.lower(): quantity for name, quantity in _MIMIC.items()}

# Laboratory abbreviations and words, with MIMIC's "Chamber - Item" descriptions; compared after `_fold`.
_SPOKEN: Final[dict[Quantity, tuple[str, ...]]] = {
    Quantity.BMI: ("body mass index",),
    Quantity.HEART_RATE: ("pulse", "heart rate"),
    Quantity.LV_INTERNAL_DIAMETER_ED: (
        "LVEDD", "LVDd", "LVID d", "LVIDd (2D)", "LVIDd MM", "Left Ventricle - End Diastolic Dimension",
        "LV diastolic dimension", "LV end diastolic diameter", "LV EDD", "Left Ventricle - Diastolic Dimension",
        "LV end diastolic dimension", "left ventricular end diastolic dimension",
        "left ventricular end diastolic diameter",
    ),
    Quantity.LV_INTERNAL_DIAMETER_ES: (
        "LVESD", "LVDs", "LVID s", "LVIDs (2D)", "LVIDs MM", "Left Ventricle - End Systolic Dimension",
        "LV systolic dimension", "LV end systolic diameter", "LV ESD", "Left Ventricle - Systolic Dimension",
        "LV end systolic dimension", "left ventricular end systolic dimension",
        "left ventricular end systolic diameter",
    ),
    Quantity.IVS_THICKNESS_ED: (
        "IVS d", "IVS", "IVSd (2D)", "IVSd MM", "septal wall thickness", "septal thickness",
        "Left Ventricle - Septal Wall Thickness", "interventricular septum",
    ),
    Quantity.PW_THICKNESS_ED: (
        "PWd", "LVPW d", "LVPW", "LVPWd (2D)", "LVPWd MM", "posterior wall thickness", "PWT",
        "Left Ventricle - Inferolateral Wall Thickness", "inferolateral wall thickness",
        "Left Ventricle - Inferolateral Thickness",
    ),
    Quantity.LV_MAX_WALL_THICKNESS: ("maximal LV wall thickness", "maximal wall thickness", "max LV wall thickness"),
    Quantity.LV_MASS: ("left ventricular mass",),
    Quantity.LV_MASS_INDEX: ("LV mass index", "LVMI", "LV mass/BSA", "LV mass (ASE) index"),
    Quantity.LV_EDV_BIPLANE: ("EDV (MOD-bp)", "LVEDV (BP)", "LVEDV MOD BP", "EDV(MOD-bp)", "LV EDV"),
    Quantity.LV_ESV_BIPLANE: ("ESV (MOD-bp)", "LVESV (BP)", "LVESV MOD BP", "ESV(MOD-bp)", "LV ESV"),
    Quantity.LV_EDV_A4C: ("EDV (MOD-sp4)", "LVEDV MOD A4C", "EDV A4C"),
    Quantity.LV_ESV_A4C: ("ESV (MOD-sp4)", "LVESV MOD A4C", "ESV A4C"),
    Quantity.LV_EDV_TEICHHOLZ: ("EDV (Teich)",),
    Quantity.LV_ESV_TEICHHOLZ: ("ESV (Teich)",),
    Quantity.LV_EDV_INDEX: ("LVEDV index", "LVEDV/BSA", "EDVi"),
    Quantity.LV_ESV_INDEX: ("LVESV index", "LVESV/BSA", "ESVi"),
    Quantity.LVEF_BIPLANE: ("EF (MOD-bp)", "biplane LVEF", "EF biplane", "LVEF (biplane)", "EF MOD BP"),
    Quantity.LVEF_A4C: ("EF (MOD-sp4)", "EF A4C", "EF MOD A4C"),
    Quantity.LVEF_TEICHHOLZ: ("EF (Teich)", "EF Teichholz"),
    Quantity.LVEF_3D: ("EF 3D", "3D LVEF", "3D EF"),
    Quantity.LVEF_VISUAL: (
        "EF", "ejection fraction", "estimated EF", "Left Ventricle - Ejection Fraction",
        "left ventricular ejection fraction", "visual EF",
    ),
    Quantity.FRACTIONAL_SHORTENING: ("%FS", "FS (2D)"),
    Quantity.GLS: ("LV GLS", "GLPS avg", "global longitudinal strain", "GLS avg"),
    Quantity.STROKE_VOLUME: ("SV (LVOT)", "LVOT SV"),
    Quantity.STROKE_VOLUME_INDEX: ("SVI (LVOT)", "SV index"),
    Quantity.MITRAL_E_VELOCITY: (
        "Mitral Valve - E Wave", "MV E", "MV E Vel", "E wave", "E velocity", "MV Peak E",
        "Mitral Valve - Peak E Wave", "MV E max vel",
    ),
    Quantity.MITRAL_A_VELOCITY: (
        "Mitral Valve - A Wave", "MV A", "MV A Vel", "A wave", "A velocity", "MV Peak A",
        "Mitral Valve - Peak A Wave", "MV A max vel",
    ),
    Quantity.MITRAL_E_A_RATIO: ("MV E/A", "MV E/A Ratio", "E/A ratio", "Mitral Valve - E/A Ratio"),
    Quantity.MITRAL_DECELERATION_TIME: (
        "MV DT", "MV DecT", "MV dec time", "decel time", "deceleration time", "E deceleration time",
        "Mitral Valve - E Wave Deceleration Time",
    ),
    Quantity.E_PRIME_SEPTAL: (
        "e' septal", "septal e'", "med e'", "medial e'", "e' med", "Med Peak E' Vel", "septal peak e'",
    ),
    Quantity.E_PRIME_LATERAL: ("e' lateral", "lateral e'", "lat e'", "Lat Peak E' Vel", "lateral peak e'"),
    Quantity.E_PRIME_AVERAGE: ("e' average", "average e'", "avg e'", "mean e'"),
    Quantity.E_E_PRIME_SEPTAL: ("septal E/e'", "E/e' septal", "E/med e'", "E/e' med", "E/E' medial"),
    Quantity.E_E_PRIME_LATERAL: ("lateral E/e'", "E/e' lateral", "E/lat e'"),
    Quantity.E_E_PRIME_AVERAGE: (
        "E/e' avg", "E/e' average", "average E/e'", "E/e' ratio", "E/e' mean", "E To E Prime Ratio",
    ),
    Quantity.LA_RESERVOIR_STRAIN: ("LARS", "LASr ED", "left atrial strain"),
    Quantity.LA_DIAMETER_AP: (
        "LA", "LAD", "LA diameter", "LA dimension", "LA diam", "Left Atrium - Diastolic Dimension",
        "Left Atrium - Long Axis Dimension", "left atrial diameter",
    ),
    Quantity.LA_LENGTH_A4C: ("Left Atrium - Four Chamber Length",),
    Quantity.LA_VOLUME: ("LA vol", "LAV", "Left Atrium - Volume", "LAESV"),
    Quantity.LA_VOLUME_INDEX: ("LAVI", "LA volume index", "LA vol index", "LAESV index"),
    Quantity.RA_LENGTH: ("Right Atrium - Four Chamber Length",),
    Quantity.RA_VOLUME_INDEX: ("RAVI", "RA volume index"),
    Quantity.RV_BASAL_DIAMETER: (
        "RV basal diameter", "RV base", "RV basal", "RVDd base", "RV diameter", "Right Ventricle - Diastolic Dimension",
    ),
    Quantity.RV_MID_DIAMETER: ("RV mid", "RV mid diameter"),
    Quantity.RV_S_PRIME: (
        "tricuspid annular S'", "TDI S'", "RV s'", "TV s'", "S' RV", "RVS'", "tricuspid s'", "RV S prime",
    ),
    Quantity.RV_FAC: ("FAC", "fractional area change"),
    Quantity.RV_FREE_WALL_STRAIN: ("RV FWS", "RVFWLS", "RV free wall strain"),
    Quantity.TR_VMAX: (
        "TR Vel", "TR max vel", "TR velocity", "TR peak velocity", "TR jet velocity", "peak TR velocity",
    ),
    Quantity.TR_PEAK_GRADIENT: (
        "TR gradient", "TR max PG", "TR peak gradient", "Tricuspid Valve - TR Pressure Gradient",
        "TR Gradient (+ RA = PASP)", "Tricuspid Valve - TR Gradient (+ RA = PASP)",
    ),
    Quantity.RVSP: (
        "PASP", "SPAP", "estimated PASP", "RVSP (TR)", "pulmonary artery systolic pressure", "PA systolic pressure",
        "right ventricular systolic pressure", "systolic pulmonary artery pressure",
    ),
    Quantity.RA_PRESSURE: ("RA pressure", "right atrial pressure", "est RAP"),
    Quantity.IVC_DIAMETER: ("IVC diameter", "IVC diam", "Inferior Vena Cava - Diameter"),
    Quantity.IVC_COLLAPSE: ("IVC collapsibility", "IVC collapse index"),
    Quantity.RVOT_ACCELERATION_TIME: ("PAAT", "PA acceleration time", "PAcT", "RVOT AcT"),
    Quantity.PULMONARY_ARTERY_DIAMETER: ("MPA", "main PA", "PA diameter"),
    Quantity.AV_VMAX: (
        "AoV Vmax", "AV Vel", "AV max vel", "AV peak velocity", "Aortic Valve - Peak Velocity", "Ao V2 max",
        "AV peak vel", "aortic jet velocity", "peak aortic velocity", "peak aortic valve velocity",
    ),
    Quantity.AV_MEAN_GRADIENT: (
        "AV mean PG", "AV mean gradient", "Ao mean PG", "Aortic Valve - Mean Gradient", "mean AV gradient",
        "mean aortic gradient", "mean aortic valve gradient", "mean transaortic gradient",
        "transaortic mean gradient",
    ),
    Quantity.AV_PEAK_GRADIENT: (
        "AV max PG", "AV peak gradient", "Ao max PG", "Aortic Valve - Peak Gradient", "peak AV gradient",
        "peak aortic gradient", "peak aortic valve gradient", "peak transaortic gradient",
    ),
    Quantity.AV_VTI: ("Ao V2 VTI",),
    Quantity.AORTIC_VALVE_AREA: (
        "Aortic Valve - Valve Area", "AVA (VTI)", "AVA (V,D)", "AVA continuity", "AVA (I,D)",
    ),
    Quantity.AORTIC_VALVE_AREA_INDEX: ("AVAI", "AVA index", "AVA/BSA"),
    Quantity.AV_DIMENSIONLESS_INDEX: ("dimensionless index", "velocity ratio", "AV DVI", "DI"),
    Quantity.LVOT_DIAMETER: ("LVOT diam", "LVOT d", "Left Ventricle - LVOT Diameter", "Aortic Valve - LVOT diam"),
    Quantity.LVOT_VMAX: ("LVOT max vel", "LV V1 max", "LVOT peak velocity"),
    Quantity.LVOT_VTI: ("LV V1 VTI",),
    Quantity.LVOT_GRADIENT_REST: ("resting LVOT gradient", "peak resting LVOT gradient", "LVOT gradient at rest"),
    Quantity.LVOT_GRADIENT_PROVOKED: ("provoked LVOT gradient", "LVOT gradient with Valsalva"),
    Quantity.AR_PRESSURE_HALF_TIME: ("AI PHT", "AI P1/2t", "AR P1/2t"),
    Quantity.AR_VENA_CONTRACTA: ("AI VC",),
    Quantity.AR_EROA: ("AR ERO", "AI ERO"),
    Quantity.AR_REGURGITANT_VOLUME: ("AI RVol", "AR volume"),
    Quantity.MITRAL_VALVE_AREA: ("mitral valve area planimetry",),
    Quantity.MITRAL_VALVE_AREA_PHT: ("MVA P1/2t", "MVA PHT"),
    Quantity.MV_MEAN_GRADIENT: (
        "MV mean PG", "mitral mean gradient", "MV mean gradient", "Mitral Valve - Mean Gradient",
        "mean mitral gradient", "mean transmitral gradient", "mean mitral valve gradient",
    ),
    Quantity.MV_PRESSURE_HALF_TIME: ("MV P1/2t", "MV pressure half time"),
    Quantity.MR_EROA: ("MR ERO", "EROA", "ERO"),
    Quantity.MR_REGURGITANT_VOLUME: ("MR volume",),
    Quantity.MR_PISA_RADIUS: ("PISA radius", "MR radius"),
    Quantity.AORTIC_SINUS_DIAMETER: (
        "Ao root", "aortic root", "sinus of Valsalva", "Aorta - Sinus Diameter", "Ao root diam", "SoV",
        "aortic sinus", "Aorta - Sinus Level",
    ),
    Quantity.AORTIC_STJ_DIAMETER: ("ST junction", "sinotubular junction", "Ao STJ"),
    Quantity.ASCENDING_AORTA_DIAMETER: (
        "ascending aorta", "Asc Ao Diam", "Ao asc", "Aorta - Ascending Diameter", "AAo", "Aorta - Ascending",
    ),
    Quantity.AORTIC_ARCH_DIAMETER: ("aortic arch", "Aorta - Arch Diameter", "Aorta - Arch"),
    Quantity.S_PRIME_LATERAL: ("lateral s'", "s' lateral", "mitral lateral annular S'",),
    Quantity.S_PRIME_SEPTAL: ("septal s'", "s' septal",),
    Quantity.PULMONARY_VEIN_S_D_RATIO: (
        "PV S/D", "pulmonary vein S/D", "S/D ratio", "pulmonary vein S/D velocity ratio",
    ),
    Quantity.RV_LENGTH: ("RV longitudinal diameter", "RV length", "RV long axis",),
    Quantity.PR_EARLY_VELOCITY: ("early diastolic PR velocity", "PR early diastolic velocity", "PR peak velocity",),
    Quantity.AR_JET_WIDTH: ("AR jet width/LVOT", "AR jet/LVOT", "jet width / LVOT",),
    Quantity.MR_JET_AREA: ("MR jet area / LA area", "MR jet/LA area", "MR jet area/LA",),
    Quantity.MITRAL_LEAFLET_DISPLACEMENT: (
        "leaflet displacement", "mitral leaflet displacement", "leaflet displacement beyond mitral annulus",
    ),
    Quantity.TR_PISA_RADIUS: ("TR PISA radius", "TR radius",),
    Quantity.PR_JET_WIDTH: ("PR jet width / pulmonic annulus", "PR jet/annulus",),
    Quantity.PERICARDIAL_EFFUSION_DEPTH: (
        "effusion depth", "pericardial effusion size", "effusion size", "pericardial effusion depth",
        "largest pericardial separation",
    ),
    Quantity.PROSTHETIC_AV_VMAX: ("prosthetic AV peak velocity", "AVR Vmax", "prosthetic AV Vmax",),
    Quantity.PROSTHETIC_MV_VMAX: ("prosthetic MV peak velocity", "MVR Vmax", "prosthetic MV Vmax",),
    Quantity.PROSTHETIC_AV_DVI: ("prosthetic AV DVI", "AVR DVI",),
    Quantity.PROSTHETIC_MV_DVI: ("prosthetic MV DVI", "MVR DVI",),
    Quantity.BSA: ("Body Surface Area",),
}  # fmt: skip


def _fold(text: str) -> str:
    """Reduce a spelling to lower-case words; the prime of ``e'`` is kept, for without it e' reads as E."""
    plain = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").replace("_", " ")
    plain = re.sub(r"[\s-]*\bprime\b", "'", plain)
    return " ".join(re.findall(r"[a-z0-9'%]+|/", plain))


def _spellings(quantity: Quantity) -> tuple[str, ...]:
    return (quantity.label, quantity.words, quantity.key, *_SPOKEN.get(quantity, ()))


_BY_SPELLING: Final = {_fold(text): q for q in reversed(Quantity) for text in _spellings(q)}


def spellings(quantity: Quantity) -> tuple[str, ...]:
    """Return every spelling that is read as this quantity, its own label first, MIMIC's names last."""
    mimic = tuple(name for name, named in _MIMIC.items() if named is quantity)
    return (*dict.fromkeys((*_spellings(quantity), *mimic)),)


def find_quantity_by_name(text: str) -> Quantity | None:
    """Return the quantity that the whole of ``text`` names, or ``None``.

    Read are MIMIC's table names, our keys and labels, laboratory abbreviations, and LOINC codes. A MIMIC name
    is compared letter by letter first: ``lvef`` is MIMIC's visual estimate, ``LVEF`` a biplane value.
    """
    name = text.strip()
    return (
        _MIMIC.get(name)
        or _MIMIC_FOLDED.get(name)
        or find_quantity_by_code(name)
        or _BY_SPELLING.get(_fold(name))
    )
