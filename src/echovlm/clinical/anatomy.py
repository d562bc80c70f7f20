"""Cardiac structures as mask labels, and the landmarks between which a reader measures."""

from enum import Enum, IntEnum


class Structure(IntEnum):
    """A segmented structure; the value is its label in every mask that we read or write. 0 is background."""

    LV = 1  # cavity, papillary muscles and trabeculae included (ASE 2015 §2.1: traced at the compacted wall)
    LV_MYOCARDIUM = 2
    LA = 3
    RV = 4
    RA = 5
    AORTA = 6  # lumen of LVOT-side root, sinuses and ascending aorta
    EFFUSION = 7


class Landmark(Enum):
    """A named point that one end of a linear measurement rests on; inner edge to inner edge unless said."""

    IVS_RV_SIDE = "ivs-rv-side"  # septum, right ventricular border (PLAX, at the mitral leaflet tips)
    IVS_LV_SIDE = "ivs-lv-side"  # septum, LV border = upper end of LVIDd
    PW_LV_SIDE = "pw-lv-side"  # inferolateral wall, LV border = lower end of LVIDd
    PW_EPICARDIUM = "pw-epicardium"
    LA_ANTERIOR = "la-anterior"  # PLAX, behind the aortic root
    LA_POSTERIOR = "la-posterior"
    SINUS_ANTERIOR = "sinus-anterior"  # aortic root at the sinuses of Valsalva
    SINUS_POSTERIOR = "sinus-posterior"
    LV_APEX = "lv-apex"  # endocardial, apical views
    MITRAL_SEPTAL = "mitral-septal"  # hinge points of the mitral annulus, apical views
    MITRAL_LATERAL = "mitral-lateral"
    RV_BASE_SEPTAL = "rv-base-septal"  # largest transverse RV diameter in the basal third, A4C
    RV_BASE_LATERAL = "rv-base-lateral"
