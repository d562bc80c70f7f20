"""The sentences that state or deny each finding, in pairs of one style and nearly one length."""

from dataclasses import replace
from typing import Final

from echovlm.clinical.findings import Finding
from echovlm.clinical.phrase_forms import Phrases, dilation, lesion, narrow_opening, significance

_SYSTOLIC_FUNCTION: Final = Phrases(
    train=(
        ("Left ventricular systolic function is reduced.", "Left ventricular systolic function is normal."),
        (
            "The left ventricular ejection fraction is reduced.",
            "The left ventricular ejection fraction is not reduced.",
        ),
        (
            "Left ventricular systolic dysfunction is present.",
            "Left ventricular systolic dysfunction is absent.",
        ),
        (
            "There is left ventricular systolic dysfunction.",
            "There is no left ventricular systolic dysfunction.",
        ),
        ("Reduced left ventricular contraction.", "Normal left ventricular contraction."),
    ),
    held_out=(
        (
            "A reduced left ventricular ejection fraction is seen.",
            "A normal left ventricular ejection fraction is seen.",
        ),
        (
            "Systolic function of the left ventricle is impaired.",
            "Systolic function of the left ventricle is preserved.",
        ),
        (
            "The left ventricle appears to contract poorly.",
            "The left ventricle appears to contract normally.",
        ),
    ),
    graded=(
        "Left ventricular systolic function is {adverb} reduced.",
        "{adjective} left ventricular systolic dysfunction is present.",
    ),
)

_SEVERE_DYSFUNCTION: Final = Phrases(
    train=(
        (
            "There is severe left ventricular systolic dysfunction.",
            "There is no severe left ventricular systolic dysfunction.",
        ),
        (
            "The left ventricular ejection fraction is severely reduced.",
            "The left ventricular ejection fraction is not severely reduced.",
        ),
        (
            "Left ventricular contraction is severely reduced.",
            "Left ventricular contraction is not severely reduced.",
        ),
        (
            "The ejection fraction of the left ventricle is very low.",
            "The ejection fraction of the left ventricle is not very low.",
        ),
    ),
    held_out=(
        (
            "A severely reduced left ventricular ejection fraction is seen.",
            "No severely reduced left ventricular ejection fraction is seen.",
        ),
        (
            "Systolic function of the left ventricle is severely impaired.",
            "Systolic function of the left ventricle is not severely impaired.",
        ),
        (
            "The left ventricle appears to contract very poorly.",
            "The left ventricle does not appear to contract very poorly.",
        ),
    ),
)

_WALL_THICKNESS: Final = Phrases(
    train=(
        ("The left ventricular walls are thickened.", "The left ventricular walls are not thickened."),
        ("Left ventricular wall thickening is present.", "Left ventricular wall thickening is absent."),
        ("Increased left ventricular wall thickness.", "Normal left ventricular wall thickness."),
        ("There is left ventricular wall thickening.", "There is no left ventricular wall thickening."),
        ("Left ventricular wall thickness is increased.", "Left ventricular wall thickness is normal."),
    ),
    held_out=(
        (
            "Thickening of the left ventricular walls is seen.",
            "No thickening of the left ventricular walls is seen.",
        ),
        (
            "The left ventricular walls appear thickened.",
            "The left ventricular walls do not appear thickened.",
        ),
        ("The walls of the left ventricle are thick.", "The walls of the left ventricle are normal."),
    ),
    graded=(
        "The left ventricular walls are {adverb} thickened.",
        "{adjective} left ventricular wall thickening is present.",
    ),
)

_HYPERTROPHY: Final = Phrases(
    train=(
        ("The left ventricle is hypertrophied.", "The left ventricle is not hypertrophied."),
        ("Left ventricular hypertrophy is present.", "Left ventricular hypertrophy is absent."),
        ("Increased left ventricular mass.", "Normal left ventricular mass."),
        ("There is left ventricular hypertrophy.", "There is no left ventricular hypertrophy."),
        ("Left ventricular mass is increased.", "Left ventricular mass is normal."),
    ),
    held_out=(
        ("Hypertrophy of the left ventricle is seen.", "No hypertrophy of the left ventricle is seen."),
        ("The left ventricle appears hypertrophied.", "The left ventricle does not appear hypertrophied."),
        ("The mass of the left ventricle is high.", "The mass of the left ventricle is normal."),
    ),
    graded=(
        "The left ventricle is {adverb} hypertrophied.",
        "{adjective} left ventricular hypertrophy is present.",
    ),
)

_WALL_MOTION: Final = Phrases(
    train=(
        ("There is a regional wall motion abnormality.", "There is no regional wall motion abnormality."),
        ("Regional wall motion abnormality is present.", "Regional wall motion abnormality is absent."),
        (
            "Left ventricular regional wall motion is abnormal.",
            "Left ventricular regional wall motion is normal.",
        ),
        ("A wall motion abnormality is seen.", "No wall motion abnormality is seen."),
        ("Wall motion is impaired in some segments.", "Wall motion is normal in all segments."),
    ),
    held_out=(
        ("Focal wall motion abnormalities are noted.", "No focal wall motion abnormalities are noted."),
        ("Segmental wall motion is abnormal.", "Segmental wall motion is normal."),
        (
            "The study shows wall motion abnormalities.",
            "The study shows no wall motion abnormalities.",
        ),
    ),
)

_DIASTOLIC_FUNCTION: Final = Phrases(
    train=(
        (
            "There is left ventricular diastolic dysfunction.",
            "There is no left ventricular diastolic dysfunction.",
        ),
        ("Diastolic dysfunction is present.", "Diastolic dysfunction is absent."),
        (
            "Left ventricular diastolic function is abnormal.",
            "Left ventricular diastolic function is normal.",
        ),
        (
            "Left ventricular diastolic function is impaired.",
            "Left ventricular diastolic function is not impaired.",
        ),
        ("Abnormal diastolic function.", "Normal diastolic function."),
    ),
    held_out=(
        ("Diastolic dysfunction is seen.", "No diastolic dysfunction is seen."),
        (
            "Diastolic function of the left ventricle is reduced.",
            "Diastolic function of the left ventricle is preserved.",
        ),
        ("Evidence of diastolic dysfunction is noted.", "No evidence of diastolic dysfunction is noted."),
    ),
)

_RV_FUNCTION: Final = Phrases(
    train=(
        ("Right ventricular systolic function is reduced.", "Right ventricular systolic function is normal."),
        (
            "Right ventricular systolic dysfunction is present.",
            "Right ventricular systolic dysfunction is absent.",
        ),
        (
            "There is right ventricular systolic dysfunction.",
            "There is no right ventricular systolic dysfunction.",
        ),
        ("The right ventricle contracts poorly.", "The right ventricle contracts normally."),
        ("Reduced right ventricular contraction.", "Normal right ventricular contraction."),
    ),
    held_out=(
        (
            "Systolic function of the right ventricle is impaired.",
            "Systolic function of the right ventricle is preserved.",
        ),
        ("Right ventricular function appears reduced.", "Right ventricular function appears normal."),
        (
            "Right ventricular systolic dysfunction is seen.",
            "No right ventricular systolic dysfunction is seen.",
        ),
    ),
    graded=(
        "Right ventricular systolic function is {adverb} reduced.",
        "{adjective} right ventricular systolic dysfunction is present.",
    ),
)

_PULMONARY_PRESSURE: Final = Phrases(
    train=(
        ("There is pulmonary hypertension.", "There is no pulmonary hypertension."),
        ("Pulmonary hypertension is present.", "Pulmonary hypertension is absent."),
        ("Pulmonary hypertension is seen.", "No pulmonary hypertension is seen."),
        ("The findings show pulmonary hypertension.", "The findings show no pulmonary hypertension."),
    ),
    held_out=(
        ("Signs of pulmonary hypertension are seen.", "No signs of pulmonary hypertension are seen."),
        ("Pulmonary hypertension is noted.", "Pulmonary hypertension is not noted."),
        (
            "Evidence of pulmonary hypertension is present.",
            "Evidence of pulmonary hypertension is absent.",
        ),
    ),
    graded=("There is {adjective} pulmonary hypertension.", "{adjective} pulmonary hypertension is present."),
)

_EFFUSION: Final = Phrases(
    train=(
        ("There is a pericardial effusion.", "There is no pericardial effusion."),
        ("Pericardial effusion is present.", "Pericardial effusion is absent."),
        ("A pericardial effusion is seen.", "No pericardial effusion is seen."),
        ("The pericardium contains an effusion.", "The pericardium contains no effusion."),
        ("Fluid is seen in the pericardial space.", "No fluid is seen in the pericardial space."),
    ),
    held_out=(
        ("The pericardial space contains fluid.", "The pericardial space contains no fluid."),
        ("An effusion is noted in the pericardium.", "No effusion is noted in the pericardium."),
        ("Pericardial fluid collection is present.", "Pericardial fluid collection is absent."),
    ),
    graded=("There is a {adjective} pericardial effusion.", "A {adjective} pericardial effusion is seen."),
)


_LESION_NAME: Final = {
    Finding.AORTIC_STENOSIS: "aortic stenosis",
    Finding.AORTIC_REGURGITATION: "aortic regurgitation",
    Finding.MITRAL_STENOSIS: "mitral stenosis",
    Finding.MITRAL_REGURGITATION: "mitral regurgitation",
    Finding.TRICUSPID_REGURGITATION: "tricuspid regurgitation",
}

# Findings that are named in the same way; with an article where there may be several.
_NAMED: Final = {
    Finding.TRICUSPID_STENOSIS: ("tricuspid stenosis", ""),
    Finding.PULMONIC_STENOSIS: ("pulmonic stenosis", ""),
    Finding.PULMONIC_REGURGITATION: ("pulmonic regurgitation", ""),
    Finding.AORTIC_SCLEROSIS: ("aortic sclerosis", ""),
    Finding.MITRAL_VALVE_PROLAPSE: ("mitral valve prolapse", ""),
    Finding.MAC: ("mitral annular calcification", ""),
    Finding.RV_HYPERTROPHY: ("right ventricular hypertrophy", ""),
    Finding.IVC_DILATED: ("dilation of the inferior vena cava", ""),
    Finding.PA_DILATED: ("dilation of the main pulmonary artery", ""),
    Finding.SEPTAL_FLATTENING: ("septal flattening", ""),
    Finding.LVOT_OBSTRUCTION: ("outflow tract obstruction", ""),
    Finding.TAMPONADE_PHYSIOLOGY: ("tamponade", ""),
    Finding.CONSTRICTION: ("constrictive physiology", ""),
    Finding.PLEURAL_EFFUSION: ("pleural effusion", "a"),
    Finding.LV_THROMBUS: ("left ventricular thrombus", "a"),
    Finding.LV_ANEURYSM: ("left ventricular aneurysm", "a"),
    Finding.VEGETATION: ("vegetation", "a"),
    Finding.BICUSPID_AV: ("bicuspid aortic valve", "a"),
    Finding.PROSTHETIC_VALVE: ("prosthetic valve", "a"),
    Finding.DEVICE_LEAD: ("pacemaker lead", "a"),
    Finding.ATRIAL_SHUNT: ("atrial septal defect", "an"),
    Finding.VENTRICULAR_SHUNT: ("ventricular septal defect", "a"),
    Finding.ATRIAL_SEPTAL_ANEURYSM: ("atrial septal aneurysm", "an"),
    Finding.AORTIC_DISSECTION: ("aortic dissection", "an"),
    Finding.LV_SYSTOLIC_DILATED: ("end-systolic left ventricular dilation", ""),
    Finding.RVOT_DILATED: ("dilation of the right ventricular outflow tract", ""),
    Finding.AO_STJ_DILATED: ("dilation of the sinotubular junction", ""),
    Finding.AO_ANNULUS_DILATED: ("enlargement of the aortic annulus", ""),
    Finding.PPM_AV: ("patient-prosthesis mismatch of the aortic valve", ""),
    Finding.LOW_FLOW: ("low-flow state", "a"),
    Finding.HCM_PHENOTYPE: ("hypertrophic cardiomyopathy phenotype", "a"),
    Finding.DCM_PHENOTYPE: ("dilated cardiomyopathy phenotype", "a"),
    Finding.HF_EF_CLASS: ("ejection fraction below the preserved range", "an"),
    Finding.DIASTOLIC_GRADE: ("abnormal diastolic grade", "an"),
    Finding.AMYLOID_SUSPICION: ("amyloid pattern", "an"),
    Finding.SIGNIFICANT_SHUNT: ("significant intracardiac shunt", "a"),
}
# Named alike, but no reader says "mild reduced strain".
_NAMED_WITHOUT_DEGREE: Final = {
    Finding.LV_GEOMETRY: "abnormal left ventricular geometry",
    Finding.LV_HYPERDYNAMIC: "hyperdynamic left ventricular contraction",
    Finding.GLS_REDUCED: "reduced global longitudinal strain",
    Finding.MAPSE_REDUCED: "reduced mitral annular excursion",
    Finding.RAISED_LAP: "raised left atrial pressure",
    Finding.RAISED_RAP: "raised right atrial pressure",
    Finding.ELEVATED_RVSP: "elevated right ventricular systolic pressure",
    Finding.RV_PA_UNCOUPLING: "uncoupling of the right ventricle from the pulmonary artery",
    Finding.PROSTHETIC_AV_OBSTRUCTION: "obstruction of the prosthetic aortic valve",
    Finding.PROSTHETIC_MV_OBSTRUCTION: "obstruction of the prosthetic mitral valve",
    Finding.THORACIC_AORTA_DILATED: "thoracic aortic dilation at one level or more",
}

_SMALL: Final = lesion("small left ventricular cavity", "a")
_SMALL_CAVITY: Final = replace(
    _SMALL,
    train=(
        ("The left ventricular cavity is small.", "The left ventricular cavity is not small."),
        *_SMALL.train,
    ),
)

# Of any degree.
PHRASES: Final = {
    Finding.LV_DILATED: dilation("left ventricle", "left ventricular"),
    Finding.LV_SYSTOLIC_DYSFUNCTION: _SYSTOLIC_FUNCTION,
    Finding.LV_WALL_THICKENED: _WALL_THICKNESS,
    Finding.LV_HYPERTROPHY: _HYPERTROPHY,
    Finding.LA_DILATED: dilation("left atrium", "left atrial"),
    Finding.RA_DILATED: dilation("right atrium", "right atrial"),
    Finding.RV_DILATED: dilation("right ventricle", "right ventricular"),
    Finding.AO_SINUS_DILATED: dilation("aortic root", "aortic root"),
    Finding.PERICARDIAL_EFFUSION: _EFFUSION,
    Finding.SEVERE_LV_DYSFUNCTION: _SEVERE_DYSFUNCTION,
    Finding.REGIONAL_WMA: _WALL_MOTION,
    Finding.DIASTOLIC_DYSFUNCTION: _DIASTOLIC_FUNCTION,
    Finding.RV_SYSTOLIC_DYSFUNCTION: _RV_FUNCTION,
    Finding.PULMONARY_HYPERTENSION: _PULMONARY_PRESSURE,
    Finding.THORACIC_AORTIC_ANEURYSM: dilation("thoracic aorta", "thoracic aortic"),
    Finding.AO_ASC_DILATED: dilation("ascending aorta", "ascending aortic"),
    **{finding: lesion(name) for finding, name in _LESION_NAME.items()},
    **{finding: lesion(*words) for finding, words in _NAMED.items()},
    Finding.LV_SMALL: _SMALL_CAVITY,
    **{finding: replace(lesion(name), graded=()) for finding, name in _NAMED_WITHOUT_DEGREE.items()},
}

# From moderate on, for the findings of which only that counts as disease.
SIGNIFICANT: Final = {finding: significance(name) for finding, name in _LESION_NAME.items()}

# What a B-mode clip says in place of a valve's grade, which needs Doppler (draft, caption policy).
IN_B_MODE: Final = {
    Finding.AORTIC_STENOSIS: narrow_opening("aortic"),
    Finding.MITRAL_STENOSIS: narrow_opening("mitral"),
}
