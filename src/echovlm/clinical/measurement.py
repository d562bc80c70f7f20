"""Quantities that an echo laboratory measures, and one measured value with its unit and origin.

Plausible ranges are the widest that living adults have; outside them a value is a typing error, no disease.
"""

from dataclasses import dataclass, replace
from enum import Enum

from echovlm.clinical.provenance import Provenance
from echovlm.clinical.units import Unit, UnitError
from echovlm.errors import EchoVLMError


class ImplausibleValueError(EchoVLMError, ValueError):
    """A value lies outside what a living adult can have."""


class Quantity(Enum):
    """What was measured: report label, name in words, canonical unit, plausible range in that unit."""

    # The patient.
    AGE = ("Age", "age", Unit.YEAR, 18, 110)
    HEIGHT = ("Height", "height", Unit.CM, 120, 220)
    WEIGHT = ("Weight", "weight", Unit.KG, 30, 250)
    BSA = ("BSA", "body surface area", Unit.M2, 1.0, 3.2)
    BMI = ("BMI", "body mass index", Unit.KG_PER_M2, 12, 80)
    HEART_RATE = ("HR", "heart rate", Unit.BPM, 25, 220)
    SYSTOLIC_BLOOD_PRESSURE = ("SBP", "systolic blood pressure", Unit.MMHG, 50, 260)
    DIASTOLIC_BLOOD_PRESSURE = ("DBP", "diastolic blood pressure", Unit.MMHG, 20, 150)

    # The left ventricle: size, walls and mass.
    LV_INTERNAL_DIAMETER_ED = ("LVIDd", "LV internal diameter in diastole", Unit.CM, 2.0, 11.0)
    LV_INTERNAL_DIAMETER_ES = ("LVIDs", "LV internal diameter in systole", Unit.CM, 1.0, 10.0)
    LV_INTERNAL_DIAMETER_ED_INDEX = ("LVIDd/BSA", "LV diastolic diameter index", Unit.CM_PER_M2, 0.8, 8.0)
    LV_INTERNAL_DIAMETER_ES_INDEX = ("LVIDs/BSA", "LV systolic diameter index", Unit.CM_PER_M2, 0.4, 7.0)
    IVS_THICKNESS_ED = ("IVSd", "septal thickness in diastole", Unit.CM, 0.3, 4.0)
    PW_THICKNESS_ED = ("LVPWd", "posterior wall thickness in diastole", Unit.CM, 0.3, 3.0)
    IVS_THICKNESS_ES = ("IVSs", "septal thickness in systole", Unit.CM, 0.3, 5.0)
    PW_THICKNESS_ES = ("LVPWs", "posterior wall thickness in systole", Unit.CM, 0.3, 4.5)
    LV_MAX_WALL_THICKNESS = ("MWT", "maximal LV wall thickness", Unit.CM, 0.3, 5.0)
    SEPTAL_POSTERIOR_RATIO = ("IVSd/LVPWd", "septal to posterior wall ratio", Unit.RATIO, 0.2, 5.0)
    LV_MASS = ("LV mass", "LV mass", Unit.G, 30, 900)
    LV_MASS_INDEX = ("LVMi", "LV mass index", Unit.G_PER_M2, 15, 400)
    LV_MASS_INDEX_2D = ("LVMi (2D)", "LV mass index by a 2D method", Unit.G_PER_M2, 15, 400)
    LV_MASS_HEIGHT_INDEX = ("LVM/h2.7", "LV mass over height to the power 2.7", Unit.G_PER_M27, 8, 220)
    RELATIVE_WALL_THICKNESS = ("RWT", "relative wall thickness", Unit.RATIO, 0.1, 1.6)
    LV_EDV_BIPLANE = ("LVEDV", "LV end-diastolic volume", Unit.ML, 20, 600)
    LV_ESV_BIPLANE = ("LVESV", "LV end-systolic volume", Unit.ML, 4, 500)
    LV_EDV_3D = ("LVEDV (3D)", "LV end-diastolic volume, 3D", Unit.ML, 20, 600)
    LV_ESV_3D = ("LVESV (3D)", "LV end-systolic volume, 3D", Unit.ML, 4, 550)
    LV_EDV_A4C = ("LVEDV (A4C)", "LV end-diastolic volume, single plane", Unit.ML, 20, 600)
    LV_ESV_A4C = ("LVESV (A4C)", "LV end-systolic volume, single plane", Unit.ML, 4, 550)
    LV_EDV_TEICHHOLZ = ("LVEDV (Teich)", "LV end-diastolic volume by Teichholz", Unit.ML, 10, 650)
    LV_ESV_TEICHHOLZ = ("LVESV (Teich)", "LV end-systolic volume by Teichholz", Unit.ML, 2, 600)
    LV_EDV_INDEX = ("LVEDVi", "LV end-diastolic volume index", Unit.ML_PER_M2, 10, 300)
    LV_ESV_INDEX = ("LVESVi", "LV end-systolic volume index", Unit.ML_PER_M2, 2, 250)

    # The left ventricle: systolic function and output.
    LVEF_BIPLANE = ("LVEF", "LV ejection fraction", Unit.PERCENT, 5, 90)
    LVEF_3D = ("LVEF (3D)", "LV ejection fraction, 3D", Unit.PERCENT, 5, 90)
    LVEF_A4C = ("LVEF (A4C)", "LV ejection fraction, single plane", Unit.PERCENT, 5, 90)
    LVEF_TEICHHOLZ = ("LVEF (Teich)", "LV ejection fraction by Teichholz", Unit.PERCENT, 5, 90)
    LVEF_VISUAL = ("LVEF (visual)", "LV ejection fraction, visual estimate", Unit.PERCENT, 5, 90)
    FRACTIONAL_SHORTENING = ("FS", "fractional shortening", Unit.PERCENT, 2, 65)
    GLS = ("GLS", "LV global longitudinal strain", Unit.PERCENT, -35, 0)
    WMSI = ("WMSI", "wall motion score index", Unit.RATIO, 1.0, 4.0)
    MAPSE = ("MAPSE", "mitral annular plane systolic excursion", Unit.MM, 3, 25)
    S_PRIME_LATERAL = ("S' lat", "lateral mitral annular systolic velocity", Unit.CM_PER_S, 1, 20)
    S_PRIME_SEPTAL = ("S' sep", "septal mitral annular systolic velocity", Unit.CM_PER_S, 1, 20)
    LV_DPDT = ("dP/dt", "LV pressure rise", Unit.MMHG_PER_S, 100, 4000)
    STROKE_VOLUME = ("SV", "stroke volume", Unit.ML, 10, 250)
    STROKE_VOLUME_INDEX = ("SVi", "stroke volume index", Unit.ML_PER_M2, 6, 120)
    CARDIAC_OUTPUT = ("CO", "cardiac output", Unit.L_PER_MIN, 0.8, 20)
    CARDIAC_INDEX = ("CI", "cardiac index", Unit.L_PER_MIN_PER_M2, 0.5, 10)
    APICAL_SPARING_RATIO = ("Apical sparing", "apical to basal and mid strain ratio", Unit.RATIO, 0.1, 5)
    SEPTAL_APICAL_BASE_RATIO = ("SAB", "septal apical-to-base strain ratio", Unit.RATIO, 0.3, 12)
    AMYLI = ("AMYLI", "relative wall thickness times E/e'", Unit.INDEX, 0.2, 60)

    # Filling.
    MITRAL_E_VELOCITY = ("E", "mitral E velocity", Unit.CM_PER_S, 15, 350)
    MITRAL_A_VELOCITY = ("A", "mitral A velocity", Unit.CM_PER_S, 10, 250)
    MITRAL_E_A_RATIO = ("E/A", "mitral E/A ratio", Unit.RATIO, 0.2, 8.0)
    MITRAL_DECELERATION_TIME = ("DT", "mitral E deceleration time", Unit.MS, 60, 500)
    MITRAL_A_DURATION = ("A dur", "mitral A duration", Unit.MS, 50, 250)
    ISOVOLUMIC_RELAXATION_TIME = ("IVRT", "isovolumic relaxation time", Unit.MS, 30, 200)
    E_PRIME_SEPTAL = ("e' sep", "septal e' velocity", Unit.CM_PER_S, 1.5, 25)
    E_PRIME_LATERAL = ("e' lat", "lateral e' velocity", Unit.CM_PER_S, 1.5, 30)
    E_PRIME_AVERAGE = ("e' avg", "average e' velocity", Unit.CM_PER_S, 1.5, 28)
    A_PRIME_SEPTAL = ("a' sep", "septal a' velocity", Unit.CM_PER_S, 1, 25)
    A_PRIME_LATERAL = ("a' lat", "lateral a' velocity", Unit.CM_PER_S, 1, 25)
    E_E_PRIME_SEPTAL = ("E/e' sep", "septal E/e' ratio", Unit.RATIO, 2, 60)
    E_E_PRIME_LATERAL = ("E/e' lat", "lateral E/e' ratio", Unit.RATIO, 2, 60)
    E_E_PRIME_AVERAGE = ("E/e'", "average E/e' ratio", Unit.RATIO, 2, 60)
    PULMONARY_VEIN_S_VELOCITY = ("PV S", "pulmonary vein systolic velocity", Unit.CM_PER_S, 5, 150)
    PULMONARY_VEIN_D_VELOCITY = ("PV D", "pulmonary vein diastolic velocity", Unit.CM_PER_S, 5, 150)
    PULMONARY_VEIN_S_D_RATIO = ("PV S/D", "pulmonary vein S/D ratio", Unit.RATIO, 0.05, 4)
    PULMONARY_VEIN_AR_MINUS_A = ("Ar-A", "pulmonary vein Ar minus mitral A duration", Unit.MS, -120, 150)
    LA_RESERVOIR_STRAIN = ("LASr", "left atrial reservoir strain", Unit.PERCENT, 1, 80)

    # The atria.
    LA_DIAMETER_AP = ("LA AP", "left atrial anteroposterior diameter", Unit.CM, 1.5, 9.0)
    LA_LENGTH_A4C = ("LA length", "left atrial four chamber length", Unit.CM, 2.0, 12.0)
    LA_AREA_A4C = ("LA area (A4C)", "left atrial area, four chamber", Unit.CM2, 4, 80)
    LA_AREA_A2C = ("LA area (A2C)", "left atrial area, two chamber", Unit.CM2, 4, 80)
    LA_VOLUME = ("LA volume", "left atrial volume", Unit.ML, 8, 500)
    LA_VOLUME_INDEX = ("LAVi", "left atrial volume index", Unit.ML_PER_M2, 5, 250)
    LA_LENGTH_A2C = ("LA length (A2C)", "left atrial two chamber length", Unit.CM, 2.0, 12.0)
    RA_AREA = ("RA area", "right atrial area", Unit.CM2, 4, 80)
    RA_LENGTH = ("RA length", "right atrial four chamber length", Unit.CM, 2.0, 12.0)
    RA_VOLUME = ("RA volume", "right atrial volume", Unit.ML, 8, 400)
    RA_VOLUME_INDEX = ("RAVi", "right atrial volume index", Unit.ML_PER_M2, 4, 200)
    RA_MINOR_DIAMETER = ("RA minor", "right atrial minor-axis diameter", Unit.CM, 1.5, 9)

    # The right ventricle.
    RV_BASAL_DIAMETER = ("RVD1", "RV basal diameter", Unit.CM, 1.2, 9.0)
    RV_MID_DIAMETER = ("RVD2", "RV mid-cavity diameter", Unit.CM, 1.0, 8.0)
    RV_LENGTH = ("RVD3", "RV longitudinal diameter", Unit.CM, 3.5, 13.0)
    RVOT_DIAMETER_PLAX = ("RVOT (PLAX)", "RVOT diameter in the long axis", Unit.CM, 1.0, 7.0)
    RVOT_DIAMETER_PROXIMAL = ("RVOT prox", "proximal RVOT diameter", Unit.CM, 1.0, 7.0)
    RVOT_DIAMETER_DISTAL = ("RVOT dist", "distal RVOT diameter", Unit.CM, 0.8, 6.0)
    RV_WALL_THICKNESS = ("RV wall", "RV free wall thickness", Unit.CM, 0.1, 2.0)
    RV_AREA_ED = ("RVEDA", "RV end-diastolic area", Unit.CM2, 5, 80)
    RV_AREA_ES = ("RVESA", "RV end-systolic area", Unit.CM2, 2, 70)
    RV_LV_RATIO = ("RV/LV", "RV to LV basal diameter ratio", Unit.RATIO, 0.2, 3.0)
    LV_BASAL_DIAMETER = ("LV basal", "LV basal diameter, four chamber", Unit.CM, 2.0, 9.0)
    TAPSE = ("TAPSE", "tricuspid annular plane systolic excursion", Unit.MM, 3, 40)
    RV_S_PRIME = ("RV S'", "tricuspid annular systolic velocity", Unit.CM_PER_S, 2, 30)
    RV_FAC = ("RV FAC", "RV fractional area change", Unit.PERCENT, 5, 80)
    RVEF_3D = ("RVEF (3D)", "RV ejection fraction, 3D", Unit.PERCENT, 10, 85)
    RIMP_TDI = ("RIMP (TDI)", "RV myocardial performance index, tissue Doppler", Unit.RATIO, 0.05, 1.6)
    RIMP_PW = ("RIMP (PW)", "RV myocardial performance index, pulsed Doppler", Unit.RATIO, 0.05, 1.6)
    RV_FREE_WALL_STRAIN = ("RVFWS", "RV free wall longitudinal strain", Unit.PERCENT, -45, 0)
    TRICUSPID_CLOSED_TIME = ("TCO", "tricuspid closure to opening time", Unit.MS, 150, 800)
    RV_EJECTION_TIME = ("RVET", "RV ejection time", Unit.MS, 120, 500)
    LV_DIAMETER_ALONG_SEPTUM = ("LV D2", "LV short-axis diameter parallel to the septum", Unit.CM, 1.5, 11.0)
    LV_DIAMETER_ACROSS_SEPTUM = ("LV D1", "LV short-axis diameter across the septum", Unit.CM, 1.5, 11.0)
    LV_ECCENTRICITY_INDEX = ("LVEI", "LV eccentricity index", Unit.RATIO, 0.7, 2.5)
    TAPSE_PASP_RATIO = ("TAPSE/PASP", "TAPSE to pulmonary pressure ratio", Unit.MM_PER_MMHG, 0.05, 3)

    # Right-sided pressures.
    TR_VMAX = ("TR Vmax", "tricuspid regurgitation peak velocity", Unit.M_PER_S, 0.8, 6.5)
    TR_PEAK_GRADIENT = ("TR PG", "tricuspid regurgitation peak gradient", Unit.MMHG, 2.5, 170)
    RA_PRESSURE = ("RAP", "estimated right atrial pressure", Unit.MMHG, 0, 30)
    RVSP = ("RVSP", "RV systolic pressure", Unit.MMHG, 8, 180)
    MEAN_PULMONARY_PRESSURE = ("mPAP", "mean pulmonary artery pressure", Unit.MMHG, 5, 100)
    IVC_DIAMETER = ("IVC", "inferior vena cava diameter", Unit.CM, 0.3, 4.0)
    IVC_COLLAPSE = ("IVC collapse", "inferior vena cava collapse on sniff", Unit.PERCENT, 0, 100)
    RVOT_ACCELERATION_TIME = ("RVOT AT", "RVOT acceleration time", Unit.MS, 25, 220)
    RVOT_VTI = ("RVOT VTI", "RVOT velocity time integral", Unit.CM, 4, 50)
    RVOT_VMAX = ("RVOT Vmax", "RVOT peak velocity", Unit.M_PER_S, 0.2, 3.0)
    PR_EARLY_VELOCITY = ("PR early", "early-diastolic pulmonary regurgitation velocity", Unit.M_PER_S, 0.5, 5)
    PR_END_VELOCITY = ("PR end", "end-diastolic pulmonary regurgitation velocity", Unit.M_PER_S, 0.2, 4)
    PULMONARY_ARTERY_DIAMETER = ("PA", "main pulmonary artery diameter", Unit.CM, 1.0, 7.0)

    # The aortic valve.
    AV_VMAX = ("AV Vmax", "aortic valve peak velocity", Unit.M_PER_S, 0.5, 7.5)
    AV_MEAN_GRADIENT = ("AV MG", "aortic valve mean gradient", Unit.MMHG, 0.5, 130)
    AV_PEAK_GRADIENT = ("AV PG", "aortic valve peak gradient", Unit.MMHG, 1, 225)
    AV_VTI = ("AV VTI", "aortic valve velocity time integral", Unit.CM, 8, 220)
    AORTIC_VALVE_AREA = ("AVA", "aortic valve area", Unit.CM2, 0.2, 6.0)
    AORTIC_VALVE_AREA_INDEX = ("AVAi", "aortic valve area index", Unit.CM2_PER_M2, 0.1, 3.5)
    AV_DIMENSIONLESS_INDEX = ("DVI", "aortic dimensionless index", Unit.RATIO, 0.08, 1.2)
    LVOT_DIAMETER = ("LVOT", "LVOT diameter", Unit.CM, 1.2, 3.2)
    LVOT_AREA = ("LVOT area", "LVOT area", Unit.CM2, 1.1, 8.1)
    LVOT_VTI = ("LVOT VTI", "LVOT velocity time integral", Unit.CM, 4, 60)
    LVOT_VMAX = ("LVOT Vmax", "LVOT peak velocity", Unit.M_PER_S, 0.3, 4.0)
    LVOT_GRADIENT_REST = ("LVOT PG", "LVOT peak gradient at rest", Unit.MMHG, 0, 250)
    LVOT_GRADIENT_PROVOKED = ("LVOT PG prov", "LVOT peak gradient, provoked", Unit.MMHG, 0, 300)
    AR_VENA_CONTRACTA = ("AR VC", "aortic regurgitation vena contracta", Unit.CM, 0.05, 2.0)
    AR_PRESSURE_HALF_TIME = ("AR PHT", "aortic regurgitation pressure half-time", Unit.MS, 40, 1500)
    AR_PISA_RADIUS = ("AR PISA", "aortic regurgitation PISA radius", Unit.CM, 0.1, 2.5)
    AR_ALIAS_VELOCITY = ("AR Nyquist", "aortic regurgitation aliasing velocity", Unit.CM_PER_S, 10, 100)
    AR_VMAX = ("AR Vmax", "aortic regurgitation peak velocity", Unit.M_PER_S, 1.5, 7.0)
    AR_VTI = ("AR VTI", "aortic regurgitation velocity time integral", Unit.CM, 20, 450)
    AR_EROA = ("AR EROA", "aortic regurgitant orifice area", Unit.CM2, 0.01, 2.0)
    AR_REGURGITANT_VOLUME = ("AR RVol", "aortic regurgitant volume", Unit.ML, 1, 250)
    AR_REGURGITANT_FRACTION = ("AR RF", "aortic regurgitant fraction", Unit.PERCENT, 1, 90)
    AR_JET_WIDTH = ("AR jet/LVOT", "aortic regurgitation jet width over LVOT", Unit.PERCENT, 1, 100)

    # The mitral valve.
    MITRAL_VALVE_AREA = ("MVA", "mitral valve area", Unit.CM2, 0.3, 8)
    MITRAL_VALVE_AREA_PHT = ("MVA (PHT)", "mitral valve area by half-time", Unit.CM2, 0.3, 11)
    MITRAL_VALVE_AREA_CONTINUITY = ("MVA (cont)", "mitral valve area by continuity", Unit.CM2, 0.3, 12)
    MV_MEAN_GRADIENT = ("MV MG", "mitral mean gradient", Unit.MMHG, 0.3, 40)
    MV_PRESSURE_HALF_TIME = ("MV PHT", "mitral pressure half-time", Unit.MS, 20, 600)
    MV_VTI = ("MV VTI", "mitral inflow velocity time integral", Unit.CM, 5, 150)
    MR_VENA_CONTRACTA = ("MR VC", "mitral regurgitation vena contracta", Unit.CM, 0.05, 2.0)
    MR_PISA_RADIUS = ("MR PISA", "mitral regurgitation PISA radius", Unit.CM, 0.1, 2.5)
    MR_ALIAS_VELOCITY = ("MR Nyquist", "mitral regurgitation aliasing velocity", Unit.CM_PER_S, 10, 100)
    MR_VMAX = ("MR Vmax", "mitral regurgitation peak velocity", Unit.M_PER_S, 1.5, 8.0)
    MR_VTI = ("MR VTI", "mitral regurgitation velocity time integral", Unit.CM, 20, 350)
    MR_EROA = ("MR EROA", "mitral regurgitant orifice area", Unit.CM2, 0.01, 2.5)
    MR_REGURGITANT_VOLUME = ("MR RVol", "mitral regurgitant volume", Unit.ML, 1, 300)
    MR_REGURGITANT_FRACTION = ("MR RF", "mitral regurgitant fraction", Unit.PERCENT, 1, 90)
    MR_JET_AREA = ("MR jet/LA", "mitral regurgitation jet area over LA area", Unit.PERCENT, 1, 100)
    MR_RISE_TIME = ("MR dt", "time of mitral regurgitation from 1 to 3 m/s", Unit.MS, 8, 320)
    MITRAL_LEAFLET_DISPLACEMENT = ("MVP", "leaflet displacement beyond the annulus", Unit.MM, 0, 25)
    MITRAL_RESPIRATORY_VARIATION = ("MV resp", "respiratory variation of mitral E", Unit.PERCENT, 0, 90)

    # The tricuspid and the pulmonary valve.
    TR_VENA_CONTRACTA = ("TR VC", "tricuspid regurgitation vena contracta", Unit.CM, 0.05, 4.0)
    TR_PISA_RADIUS = ("TR PISA", "tricuspid regurgitation PISA radius", Unit.CM, 0.1, 2.5)
    TR_ALIAS_VELOCITY = ("TR Nyquist", "tricuspid regurgitation aliasing velocity", Unit.CM_PER_S, 10, 100)
    TR_VTI = ("TR VTI", "tricuspid regurgitation velocity time integral", Unit.CM, 10, 300)
    TR_EROA = ("TR EROA", "tricuspid regurgitant orifice area", Unit.CM2, 0.01, 4.0)
    TR_REGURGITANT_VOLUME = ("TR RVol", "tricuspid regurgitant volume", Unit.ML, 1, 250)
    TV_MEAN_GRADIENT = ("TV MG", "tricuspid mean gradient", Unit.MMHG, 0.2, 25)
    TV_VTI = ("TV VTI", "tricuspid inflow velocity time integral", Unit.CM, 5, 150)
    TV_PRESSURE_HALF_TIME = ("TV PHT", "tricuspid pressure half-time", Unit.MS, 20, 500)
    TRICUSPID_VALVE_AREA = ("TVA", "tricuspid valve area", Unit.CM2, 0.3, 12)
    TRICUSPID_RESPIRATORY_VARIATION = (
        "TV resp",
        "respiratory variation of tricuspid E",
        Unit.PERCENT,
        0,
        150,
    )
    PV_VMAX = ("PV Vmax", "pulmonary valve peak velocity", Unit.M_PER_S, 0.3, 7)
    PV_PEAK_GRADIENT = ("PV PG", "pulmonary valve peak gradient", Unit.MMHG, 0.5, 200)
    PR_PRESSURE_HALF_TIME = ("PR PHT", "pulmonary regurgitation pressure half-time", Unit.MS, 20, 900)
    PR_DECELERATION_TIME = ("PR DT", "pulmonary regurgitation deceleration time", Unit.MS, 50, 2000)
    PR_INDEX = ("PR index", "pulmonary regurgitation duration over diastole", Unit.RATIO, 0.2, 1.0)
    PR_JET_WIDTH = ("PR jet/annulus", "pulmonary regurgitation jet width over annulus", Unit.PERCENT, 1, 100)
    PR_REGURGITANT_FRACTION = ("PR RF", "pulmonary regurgitant fraction", Unit.PERCENT, 1, 80)
    QP_QS = ("Qp/Qs", "pulmonary to systemic flow ratio", Unit.RATIO, 0.2, 8)

    # The aorta and the pericardium.
    AORTIC_ANNULUS_DIAMETER = ("Ao annulus", "aortic annulus diameter", Unit.CM, 1.0, 9.0)
    AORTIC_SINUS_DIAMETER = ("Ao sinus", "aortic root diameter at the sinuses", Unit.CM, 1.0, 9.0)
    AORTIC_STJ_DIAMETER = ("STJ", "sinotubular junction diameter", Unit.CM, 1.0, 9.0)
    ASCENDING_AORTA_DIAMETER = ("Asc Ao", "ascending aortic diameter", Unit.CM, 1.0, 9.0)
    AORTIC_ARCH_DIAMETER = ("Ao arch", "aortic arch diameter", Unit.CM, 1.0, 7.0)
    ABDOMINAL_AORTA_DIAMETER = ("Abd Ao", "abdominal aortic diameter", Unit.CM, 0.8, 12)
    AORTIC_SINUS_INDEX = ("Ao sinus/BSA", "aortic root size index", Unit.CM_PER_M2, 0.5, 7.0)
    ASCENDING_AORTA_INDEX = ("Asc Ao/BSA", "ascending aortic size index", Unit.CM_PER_M2, 0.5, 7.0)
    ASCENDING_AORTA_HEIGHT_INDEX = ("Asc Ao/h", "ascending aortic height index", Unit.CM_PER_M, 0.6, 7.0)
    ASCENDING_AORTA_AREA_INDEX = (
        "Asc Ao area/h",
        "ascending aortic area over height",
        Unit.CM2_PER_M,
        0.5,
        50,
    )
    AORTIC_ROOT_Z = ("Ao root z", "aortic root z-score", Unit.Z_SCORE, -8, 20)
    PERICARDIAL_EFFUSION_DEPTH = ("Effusion", "pericardial effusion depth", Unit.CM, 0.0, 6.0)

    # Prosthetic valves.
    PROSTHETIC_AV_VMAX = ("PrAV Vmax", "prosthetic aortic valve peak velocity", Unit.M_PER_S, 0.5, 7)
    PROSTHETIC_AV_MEAN_GRADIENT = ("PrAV MG", "prosthetic aortic valve mean gradient", Unit.MMHG, 0.5, 100)
    PROSTHETIC_AV_DVI = ("PrAV DVI", "prosthetic aortic valve Doppler velocity index", Unit.RATIO, 0.08, 8)
    PROSTHETIC_AV_EOA = ("PrAV EOA", "prosthetic aortic valve orifice area", Unit.CM2, 0.2, 5)
    PROSTHETIC_AV_EOA_INDEX = ("PrAV EOAi", "prosthetic aortic orifice area index", Unit.CM2_PER_M2, 0.08, 4)
    PROSTHETIC_AV_ACCELERATION_TIME = ("PrAV AT", "prosthetic aortic acceleration time", Unit.MS, 20, 250)
    PROSTHETIC_MV_VMAX = ("PrMV Vmax", "prosthetic mitral valve peak velocity", Unit.M_PER_S, 0.5, 7)
    PROSTHETIC_MV_MEAN_GRADIENT = ("PrMV MG", "prosthetic mitral valve mean gradient", Unit.MMHG, 0.5, 100)
    PROSTHETIC_MV_DVI = ("PrMV DVI", "prosthetic mitral valve Doppler velocity index", Unit.RATIO, 0.08, 8)
    PROSTHETIC_MV_EOA = ("PrMV EOA", "prosthetic mitral valve orifice area", Unit.CM2, 0.2, 5)
    PROSTHETIC_MV_PRESSURE_HALF_TIME = ("PrMV PHT", "prosthetic mitral half-time", Unit.MS, 20, 600)

    # Members are single objects: their identity is a hash, and a quicker one than Enum's, which is Python code.
    __hash__ = object.__hash__

    def __init__(self, label: str, words: str, unit: Unit, lowest: float, highest: float) -> None:
        self.label, self.words, self.unit, self.lowest, self.highest = label, words, unit, lowest, highest

    @property
    def key(self) -> str:
        """The snake-case name used in files, such as ``lv_edv_biplane``."""
        return self.name.lower()


def find_quantity(key: str) -> Quantity | None:
    """Return the quantity whose ``key`` this is."""
    return next((q for q in Quantity if q.key == key), None)


@dataclass(frozen=True, slots=True)
class Measurement:
    """One value of one quantity.

    Attributes:
        quantity: What was measured.
        value: The number, in ``unit``.
        unit: Any unit of the quantity's dimension; ``canonical()`` removes the choice.
        provenance: Where the number came from.

    Raises:
        UnitError: If the unit's dimension is not the quantity's.
    """

    quantity: Quantity
    value: float
    unit: Unit
    provenance: Provenance

    def __post_init__(self) -> None:
        wanted = self.quantity.unit.dimension
        if self.unit.dimension != wanted:
            fitting = ", ".join(u.symbol for u in Unit if u.dimension == wanted)
            raise UnitError(
                f"{self.quantity.label} is a {wanted}; got {self.value:g} {self.unit.symbol}, "
                f"a {self.unit.dimension}. Use one of: {fitting}."
            )

    def __str__(self) -> str:
        return f"{self.quantity.label} {self.value:g} {self.unit.symbol}"

    def to(self, unit: Unit) -> "Measurement":
        """Return the same measurement expressed in ``unit``."""
        if unit is self.unit:
            return self
        return replace(self, value=self.value * self.unit.in_base / unit.in_base, unit=unit)

    def canonical(self) -> "Measurement":
        """Return the same measurement in its quantity's canonical unit."""
        return self.to(self.quantity.unit)

    def checked(self) -> "Measurement":
        """Return this measurement in its canonical unit.

        Raises:
            ImplausibleValueError: If the value lies outside the quantity's plausible range.
        """
        measured, quantity = self.canonical(), self.quantity
        if not quantity.lowest <= measured.value <= quantity.highest:
            raise ImplausibleValueError(
                f"{quantity.label} of {measured.value:g} {quantity.unit.symbol} is implausible; "
                f"allowed {quantity.lowest:g} to {quantity.highest:g}. Check the unit ({self.provenance})."
            )
        return measured
