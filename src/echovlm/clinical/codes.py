"""LOINC codes of quantities, as DICOM's adult echocardiography report uses them (CID 12300 and CID 12200).

Codes are those of the context groups published with PS3.16. A code that names a method or a site is given only
to the quantity of that method or site; a quantity without an entry has no code that we know.
"""

from typing import Final

from echovlm.clinical.measurement import Quantity

_LOINC: Final[dict[Quantity, tuple[str, ...]]] = {
    Quantity.HEART_RATE: ("8867-4",),
    Quantity.LV_INTERNAL_DIAMETER_ED: ("80007-8", "80008-6", "29436-3"),
    Quantity.LV_INTERNAL_DIAMETER_ES: ("80011-0", "80012-8", "29438-9"),
    Quantity.LV_INTERNAL_DIAMETER_ED_INDEX: ("80009-4", "80010-2"),
    Quantity.LV_INTERNAL_DIAMETER_ES_INDEX: ("80013-6", "80014-4"),
    Quantity.IVS_THICKNESS_ED: ("79969-2", "79968-4"),
    Quantity.IVS_THICKNESS_ES: ("79971-8", "79970-0", "18158-6"),
    Quantity.PW_THICKNESS_ED: ("80031-8", "80032-6", "18152-9"),
    Quantity.PW_THICKNESS_ES: ("80033-4", "80034-2"),
    Quantity.LV_MASS: ("80019-3", "80022-7", "18087-7"),
    Quantity.LV_MASS_INDEX: ("80020-1", "80023-5"),
    Quantity.LV_MASS_INDEX_2D: ("80017-7", "80026-8"),
    Quantity.LV_MASS_HEIGHT_INDEX: ("80021-9", "80024-3"),
    Quantity.LV_EDV_BIPLANE: ("79996-5",),
    Quantity.LV_ESV_BIPLANE: ("80001-1",),
    Quantity.LV_EDV_A4C: ("79999-9",),
    Quantity.LV_ESV_A4C: ("80004-5",),
    Quantity.LV_EDV_3D: ("79995-7",),
    Quantity.LV_ESV_3D: ("80000-3",),
    Quantity.LV_EDV_INDEX: ("79997-3",),
    Quantity.LV_ESV_INDEX: ("80002-9",),
    Quantity.LVEF_BIPLANE: ("79991-6",),
    Quantity.LVEF_A4C: ("79993-2",),
    Quantity.LVEF_3D: ("79990-8",),
    Quantity.LVEF_TEICHHOLZ: ("77891-0", "18049-7"),
    Quantity.LVEF_VISUAL: ("18043-0",),  # "by US": the method is not said
    Quantity.FRACTIONAL_SHORTENING: ("29434-8", "29435-5"),
    Quantity.MITRAL_E_VELOCITY: ("80070-6",),
    Quantity.MITRAL_A_VELOCITY: ("80066-4",),
    Quantity.MITRAL_E_A_RATIO: ("18038-0",),
    Quantity.MITRAL_DECELERATION_TIME: ("78191-4",),
    Quantity.MITRAL_A_DURATION: ("80065-6",),
    Quantity.ISOVOLUMIC_RELAXATION_TIME: ("18071-1",),
    Quantity.E_PRIME_SEPTAL: ("79911-4",),
    Quantity.E_PRIME_LATERAL: ("80054-0",),
    Quantity.PULMONARY_VEIN_S_VELOCITY: ("79917-1",),
    Quantity.PULMONARY_VEIN_D_VELOCITY: ("79916-3",),
    Quantity.LA_DIAMETER_AP: ("79975-9", "79977-5"),
    Quantity.LA_LENGTH_A4C: ("79980-9",),
    Quantity.LA_AREA_A4C: ("79974-2",),
    Quantity.LA_AREA_A2C: ("79973-4",),
    Quantity.LA_VOLUME: ("79983-3", "79981-7"),
    Quantity.LA_VOLUME_INDEX: ("79984-1", "79982-5"),
    Quantity.RA_AREA: ("80075-5",),
    Quantity.RA_LENGTH: ("80076-3",),
    Quantity.RA_MINOR_DIAMETER: ("80077-1",),
    Quantity.RV_BASAL_DIAMETER: ("80080-5",),
    Quantity.RV_MID_DIAMETER: ("80085-4",),
    Quantity.RVOT_DIAMETER_PROXIMAL: ("80088-8",),
    Quantity.RVOT_DIAMETER_DISTAL: ("80087-0",),
    Quantity.RV_WALL_THICKNESS: ("80083-9", "80084-7"),
    Quantity.RV_AREA_ED: ("80081-3",),
    Quantity.RV_AREA_ES: ("80082-1",),
    Quantity.RV_FAC: ("79936-1",),
    Quantity.RV_S_PRIME: ("79926-2",),
    Quantity.TAPSE: ("77903-3",),
    Quantity.TR_VMAX: ("79921-3",),
    Quantity.TR_PEAK_GRADIENT: ("79937-9",),
    Quantity.TR_PISA_RADIUS: ("79932-0",),
    Quantity.TR_VENA_CONTRACTA: ("79933-8",),
    Quantity.IVC_DIAMETER: ("79967-6",),
    Quantity.RVOT_VTI: ("80089-6",),
    Quantity.RVOT_ACCELERATION_TIME: ("79928-8",),
    Quantity.PR_END_VELOCITY: ("79918-9",),
    Quantity.PULMONARY_ARTERY_DIAMETER: ("80049-0",),
    Quantity.AV_VMAX: ("79964-3",),
    Quantity.AV_MEAN_GRADIENT: ("79962-7",),
    Quantity.AV_PEAK_GRADIENT: ("79963-5",),
    Quantity.AV_VTI: ("79965-0",),
    Quantity.AORTIC_VALVE_AREA: ("79958-5", "79956-9"),
    Quantity.AORTIC_VALVE_AREA_INDEX: ("79959-3", "79957-7"),
    Quantity.LVOT_DIAMETER: ("80028-4",),
    Quantity.LVOT_VTI: ("80030-0",),
    Quantity.LVOT_VMAX: ("80029-2",),
    Quantity.AR_VENA_CONTRACTA: ("79948-6",),
    Quantity.AR_PRESSURE_HALF_TIME: ("79947-8",),
    Quantity.AR_PISA_RADIUS: ("79945-2",),
    Quantity.AR_ALIAS_VELOCITY: ("79946-0",),
    Quantity.AR_VMAX: ("79949-4",),
    Quantity.AR_VTI: ("79952-8",),
    Quantity.AR_EROA: ("79960-1",),
    Quantity.AR_REGURGITANT_VOLUME: ("79951-0", "79950-2"),
    Quantity.AR_REGURGITANT_FRACTION: ("79942-9",),
    Quantity.AR_JET_WIDTH: ("79944-5",),
    Quantity.MITRAL_VALVE_AREA: ("80068-0",),
    Quantity.MITRAL_VALVE_AREA_PHT: ("80069-8",),
    Quantity.MV_MEAN_GRADIENT: ("80073-0",),
    Quantity.MV_PRESSURE_HALF_TIME: ("79912-2",),
    Quantity.MV_VTI: ("79914-8",),
    Quantity.MR_VENA_CONTRACTA: ("80061-5",),
    Quantity.MR_PISA_RADIUS: ("80059-9",),
    Quantity.MR_ALIAS_VELOCITY: ("80060-7",),
    Quantity.MR_VMAX: ("80062-3",),
    Quantity.MR_EROA: ("80071-4",),
    Quantity.MR_REGURGITANT_VOLUME: ("80064-9", "80063-1"),
    Quantity.MR_REGURGITANT_FRACTION: ("80056-5", "80055-7"),
    Quantity.TV_MEAN_GRADIENT: ("79938-7",),
    Quantity.TV_VTI: ("18175-0",),
    Quantity.TV_PRESSURE_HALF_TIME: ("18032-3",),
    Quantity.PV_VMAX: ("79920-5",),
    Quantity.PV_PEAK_GRADIENT: ("79935-3",),
    Quantity.AORTIC_ANNULUS_DIAMETER: ("79940-3",),
    Quantity.AORTIC_SINUS_DIAMETER: ("79953-6",),
    Quantity.AORTIC_STJ_DIAMETER: ("79955-1",),
    Quantity.ASCENDING_AORTA_DIAMETER: ("79966-8",),
}
_WMSI_DCM: Final = "125202"  # the only one of these quantities that DICOM codes itself

_BY_CODE: Final = {code: quantity for quantity, codes in _LOINC.items() for code in codes} | {
    _WMSI_DCM: Quantity.WMSI
}


def loinc_codes(quantity: Quantity) -> tuple[str, ...]:
    """Return the LOINC codes of a quantity, the most specific first; empty when we know none."""
    return _LOINC.get(quantity, ())


def find_quantity_by_code(code: str) -> Quantity | None:
    """Return the quantity that a LOINC code, or DICOM's 125202, stands for."""
    return _BY_CODE.get(code.strip())
