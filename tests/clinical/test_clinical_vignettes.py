"""Sixty short patients, each with the findings that a cardiologist would expect."""

from dataclasses import dataclass, field

import pytest

from echovlm.clinical.context import Rhythm, Sign, StudyContext, Valve
from echovlm.clinical.findings import Finding, FindingState, Grade
from echovlm.clinical.formulas import derive
from echovlm.clinical.guidelines import Profile, grade_study
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.names import find_quantity_by_name
from echovlm.clinical.patient import Sex
from echovlm.clinical.provenance import Provenance, Source

M, F = Sex.MALE, Sex.FEMALE
PRESENT, ABSENT = FindingState.PRESENT, FindingState.ABSENT
UNKNOWN, OPEN = FindingState.NOT_ASSESSED, FindingState.INDETERMINATE
DISCORDANT, NOT_MEANT = FindingState.DISCORDANT, FindingState.NOT_APPLICABLE
MILD, MODERATE, SEVERE = Grade.MILD, Grade.MODERATE, Grade.SEVERE
SINUS = StudyContext(rhythm=Rhythm.SINUS)
AF = StudyContext(rhythm=Rhythm.ATRIAL_FIBRILLATION)
LATEST = Profile.LATEST


@dataclass(frozen=True)
class Patient:
    """A story, its values by laboratory name in canonical units, and what must come out.

    ``expected`` gives per finding a state, a grade (which means present), or a word of the label.
    """

    story: str
    values: dict
    expected: dict
    sex: Sex | None = M
    context: StudyContext = field(default_factory=StudyContext)
    profile: Profile = Profile.BASELINE


def seen(*signs, **more):
    return StudyContext(seen=frozenset(signs), **more)


DIASTOLE = {"LVEF": 60, "A": 60}
PATIENTS = [
    # The left ventricle.
    Patient("a healthy man", {"LVIDd": 5.0, "LVIDs": 3.2, "IVSd": 0.9, "LVPWd": 0.9, "LVEF": 60, "BSA": 1.9},
            {Finding.LV_DILATED: ABSENT, Finding.LV_WALL_THICKENED: ABSENT, Finding.LV_HYPERTROPHY: ABSENT,
             Finding.LV_GEOMETRY: "normal geometry", Finding.LV_SYSTOLIC_DYSFUNCTION: ABSENT}),
    Patient("5.5 cm is normal in a man", {"LVIDd": 5.5}, {Finding.LV_DILATED: ABSENT}),
    Patient("and mildly dilated in a woman", {"LVIDd": 5.5}, {Finding.LV_DILATED: MILD}, sex=F),
    Patient("and undecided without a sex", {"LVIDd": 5.5}, {Finding.LV_DILATED: OPEN}, sex=None),
    Patient("but 7.0 cm is severe in either", {"LVIDd": 7.0}, {Finding.LV_DILATED: SEVERE}, sex=None),
    Patient("small woman: diameter normal, index large", {"LVIDd": 4.9, "Height": 150, "Weight": 45},
            {Finding.LV_DILATED: MODERATE}, sex=F),
    Patient("obesity: the index is not used beyond a BMI of 35", {"LVIDd": 6.0, "Height": 170, "Weight": 130},
            {Finding.LV_DILATED: MILD}),
    Patient("indexed volume wins over the diameter and says so", {"LVEDVi": 70, "LVIDd": 6.5},
            {Finding.LV_DILATED: ABSENT}),
    Patient("ejection fraction of 50 %: reduced by ASE, preserved range for heart failure", {"LVEF": 50},
            {Finding.LV_SYSTOLIC_DYSFUNCTION: MILD, Finding.HF_EF_CLASS: ABSENT}),
    Patient("ejection fraction of 25 %", {"LVEF": 25},
            {Finding.LV_SYSTOLIC_DYSFUNCTION: SEVERE, Finding.SEVERE_LV_DYSFUNCTION: PRESENT,
             Finding.HF_EF_CLASS: "HFrEF"}),
    Patient("45 % is the mid range and not severe", {"LVEF": 45},
            {Finding.HF_EF_CLASS: "HFmrEF", Finding.SEVERE_LV_DYSFUNCTION: ABSENT}),
    Patient("a hyperdynamic ventricle is no dysfunction", {"LVEF": 78},
            {Finding.LV_HYPERDYNAMIC: PRESENT, Finding.LV_SYSTOLIC_DYSFUNCTION: ABSENT}),
    Patient("thick walls without a mass are no hypertrophy", {"IVSd": 1.4, "LVPWd": 1.4},
            {Finding.LV_WALL_THICKENED: MODERATE, Finding.LV_HYPERTROPHY: UNKNOWN}),
    Patient("one normal wall clears nothing", {"IVSd": 0.9}, {Finding.LV_WALL_THICKENED: UNKNOWN}),
    Patient("pressure load: concentric hypertrophy", {"IVSd": 1.5, "LVPWd": 1.5, "LVIDd": 4.6, "BSA": 1.8},
            {Finding.LV_GEOMETRY: "concentric hypertrophy", Finding.LV_HYPERTROPHY: PRESENT}),
    Patient("volume load: eccentric hypertrophy", {"IVSd": 1.0, "LVPWd": 1.0, "LVIDd": 6.5, "BSA": 1.8},
            {Finding.LV_GEOMETRY: "eccentric hypertrophy"}),
    Patient("small cavity, thick wall, normal mass", {"IVSd": 1.0, "LVPWd": 1.0, "LVIDd": 4.0, "BSA": 2.0},
            {Finding.LV_GEOMETRY: "concentric remodelling", Finding.LV_SMALL: PRESENT}),
    Patient("strain of -17 %: reduced by the words of 2015", {"GLS": -17}, {Finding.GLS_REDUCED: PRESENT}),
    Patient("and borderline in 2025", {"GLS": -17}, {Finding.GLS_REDUCED: OPEN}, profile=LATEST),
    Patient("infarction of the anterior wall", {}, {Finding.REGIONAL_WMA: "LAD"},
            context=StudyContext(segment_scores={**dict.fromkeys(range(1, 17), 1), 7: 3, 13: 3})),
    Patient("one weak segment proves nothing", {}, {Finding.REGIONAL_WMA: OPEN},
            context=StudyContext(segment_scores={**dict.fromkeys(range(1, 17), 1), 9: 2})),
    Patient("global hypokinesis is not regional", {}, {Finding.REGIONAL_WMA: ABSENT},
            context=StudyContext(segment_scores=dict.fromkeys(range(1, 17), 2))),
    # Filling.
    Patient("healthy filling", {**DIASTOLE, "E": 80, "e' sep": 10, "e' lat": 13, "TR Vmax": 2.2, "LAVi": 28},
            {Finding.DIASTOLIC_DYSFUNCTION: ABSENT, Finding.DIASTOLIC_GRADE: ABSENT,
             Finding.RAISED_LAP: ABSENT}, context=SINUS),
    Patient("three of four criteria", {**DIASTOLE, "E": 100, "e' sep": 5, "e' lat": 7, "TR Vmax": 3.1, "LAVi": 40},
            {Finding.DIASTOLIC_DYSFUNCTION: PRESENT, Finding.DIASTOLIC_GRADE: MODERATE,
             Finding.RAISED_LAP: PRESENT}, context=SINUS),
    Patient("two of four: undecided", {**DIASTOLE, "E": 70, "e' sep": 5.5, "e' lat": 8, "TR Vmax": 2.5, "LAVi": 40},
            {Finding.DIASTOLIC_DYSFUNCTION: OPEN}, context=SINUS),
    Patient("restrictive filling in heart failure", {"LVEF": 30, "E": 110, "A": 45}, {Finding.DIASTOLIC_GRADE: SEVERE},
            context=SINUS),
    Patient("impaired relaxation in heart failure", {"LVEF": 35, "E": 45, "A": 80}, {Finding.DIASTOLIC_GRADE: MILD,
            Finding.RAISED_LAP: ABSENT}, context=SINUS),
    Patient("no grade in atrial fibrillation", {"LVEF": 35, "E": 110, "e' sep": 6, "IVRT": 50},
            {Finding.DIASTOLIC_GRADE: NOT_MEANT, Finding.RAISED_LAP: PRESENT}, context=AF),
    Patient("calcified annulus suspends the grade", {**DIASTOLE, "E": 120, "e' sep": 5, "e' lat": 6, "LAVi": 45},
            {Finding.DIASTOLIC_GRADE: NOT_MEANT}, context=seen(Sign.MODERATE_MAC, rhythm=Rhythm.SINUS)),
    Patient("paced rhythm suspends it too", {**DIASTOLE, "E": 120, "e' sep": 5, "e' lat": 6, "LAVi": 45},
            {Finding.DIASTOLIC_GRADE: NOT_MEANT}, context=StudyContext(rhythm=Rhythm.PACED)),
    Patient("2025: low e' with E/A 0.7 is grade I", {"E": 50, "A": 72, "e' sep": 5.5, "e' lat": 8, "TR Vmax": 2.2},
            {Finding.DIASTOLIC_GRADE: MILD, Finding.RAISED_LAP: ABSENT}, context=SINUS, profile=LATEST),
    Patient("2025: three primary criteria", {"E": 100, "A": 70, "e' sep": 5, "e' lat": 6, "TR Vmax": 3.0},
            {Finding.DIASTOLIC_GRADE: MODERATE, Finding.RAISED_LAP: PRESENT}, context=SINUS, profile=LATEST),
    # The right heart.
    Patient("RV of 4.1 cm is normal, 4.2 dilated", {"RVD1": 4.2}, {Finding.RV_DILATED: PRESENT}),
    Patient("wide mid-cavity alone", {"RVD1": 3.9, "RVD2": 3.8}, {Finding.RV_DILATED: PRESENT}),
    Patient("TAPSE of 17 mm is normal in 2015", {"TAPSE": 17}, {Finding.RV_SYSTOLIC_DYSFUNCTION: ABSENT}),
    Patient("and mildly reduced in 2025", {"TAPSE": 17}, {Finding.RV_SYSTOLIC_DYSFUNCTION: MILD}, profile=LATEST),
    Patient("TAPSE says nothing after surgery", {"TAPSE": 11}, {Finding.RV_SYSTOLIC_DYSFUNCTION: UNKNOWN},
            context=seen(Sign.CARDIAC_SURGERY)),
    Patient("one of three values low", {"TAPSE": 15, "RV S'": 11, "RV FAC": 42},
            {Finding.RV_SYSTOLIC_DYSFUNCTION: OPEN}),
    Patient("plethoric vena cava", {"IVC": 2.5, "IVC collapse": 20}, {Finding.RAISED_RAP: PRESENT}),
    Patient("wide but collapsing vena cava", {"IVC": 2.5, "IVC collapse": 60}, {Finding.RAISED_RAP: OPEN}),
    Patient("no reading of the vena cava on a ventilator", {"IVC": 2.5, "IVC collapse": 20},
            {Finding.RAISED_RAP: NOT_MEANT}, context=seen(Sign.VENTILATED)),
    Patient("fast tricuspid regurgitation", {"TR Vmax": 3.6}, {Finding.PULMONARY_HYPERTENSION: PRESENT}),
    Patient("3.0 m/s with signs of two groups", {"TR Vmax": 3.0, "RVOT AT": 80, "RA area": 24},
            {Finding.PULMONARY_HYPERTENSION: PRESENT}),
    Patient("no measurable regurgitation is no normal pressure", {"RA area": 14, "RVOT AT": 130},
            {Finding.PULMONARY_HYPERTENSION: UNKNOWN, Finding.ELEVATED_RVSP: UNKNOWN}),
    # The valves.
    Patient("classic severe aortic stenosis", {"AV Vmax": 4.4, "AV MG": 46, "AVA": 0.8},
            {Finding.AORTIC_STENOSIS: SEVERE}),
    Patient("very severe", {"AV Vmax": 5.2}, {Finding.AORTIC_STENOSIS: "very severe"}),
    Patient("low-flow low-gradient", {"AV Vmax": 3.2, "AV MG": 25, "AVA": 0.8, "SVi": 28, "LVEF": 30},
            {Finding.AORTIC_STENOSIS: OPEN}),
    Patient("paradoxical low flow", {"AV Vmax": 3.4, "AV MG": 30, "AVA": 0.9, "SVi": 30, "LVEF": 65},
            {Finding.AORTIC_STENOSIS: "paradoxical"}, sex=F),
    Patient("small area at normal flow", {"AV Vmax": 3.4, "AV MG": 30, "AVA": 0.9, "SVi": 42},
            {Finding.AORTIC_STENOSIS: DISCORDANT}),
    Patient("an area alone makes no stenosis", {"AVA": 0.8}, {Finding.AORTIC_STENOSIS: UNKNOWN}),
    Patient("small area of a small woman without velocity", {"AV Vmax": 1.6, "AVA": 0.95},
            {Finding.AORTIC_STENOSIS: ABSENT}, sex=F),
    Patient("a fast prosthesis is no native stenosis", {"AV Vmax": 4.2, "AV MG": 42},
            {Finding.AORTIC_STENOSIS: NOT_MEANT, Finding.PROSTHETIC_VALVE: PRESENT},
            context=StudyContext(prostheses=frozenset({Valve.AORTIC}))),
    Patient("moderate aortic regurgitation", {"AR VC": 0.5, "AR EROA": 0.22, "AR RVol": 50},
            {Finding.AORTIC_REGURGITATION: MODERATE}),
    Patient("contradictory regurgitation", {"AR VC": 0.2, "AR EROA": 0.35}, {Finding.AORTIC_REGURGITATION: DISCORDANT}),
    Patient("severe primary mitral regurgitation", {"MR EROA": 0.5, "MR RVol": 75, "MR VC": 0.8},
            {Finding.MITRAL_REGURGITATION: SEVERE}),
    Patient("secondary regurgitation of 0.2 cm2 is not severe", {"MR EROA": 0.22, "MR RVol": 32, "LVEF": 30},
            {Finding.MITRAL_REGURGITATION: MILD}, context=seen(Sign.SECONDARY_MITRAL_REGURGITATION)),
    Patient("mitral stenosis of 1.2 cm2: severe since 2014", {"MVA": 1.2, "MV MG": 8},
            {Finding.MITRAL_STENOSIS: SEVERE}),
    Patient("moderate in the words of 2009", {"MVA": 1.2, "MV MG": 8}, {Finding.MITRAL_STENOSIS: MODERATE},
            profile=Profile.LEGACY),
    Patient("torrential tricuspid regurgitation", {"TR VC": 2.3, "TR EROA": 0.9},
            {Finding.TRICUSPID_REGURGITATION: "torrential"}),
    Patient("pulmonary stenosis", {"PV Vmax": 3.5}, {Finding.PULMONIC_STENOSIS: MODERATE}),
    # The aorta, the pericardium, cardiomyopathies.
    Patient("root of 4.0 cm: normal man by diameter", {"Ao sinus": 4.0}, {Finding.AO_SINUS_DILATED: ABSENT}),
    Patient("dilated for a small old woman by z-score", {"Ao sinus": 3.6, "Age": 40, "BSA": 1.5},
            {Finding.AO_SINUS_DILATED: MILD}, sex=F),
    Patient("ascending aneurysm", {"Asc Ao": 4.7, "Ao sinus": 3.8},
            {Finding.THORACIC_AORTIC_ANEURYSM: "aneurysm", Finding.AO_ASC_DILATED: PRESENT}),
    Patient("trivial fluid", {"Effusion": 0.2}, {Finding.PERICARDIAL_EFFUSION: ABSENT,
            Finding.TAMPONADE_PHYSIOLOGY: ABSENT}),
    Patient("large effusion alone is no tamponade", {"Effusion": 2.5}, {Finding.PERICARDIAL_EFFUSION: Grade.LARGE,
            Finding.TAMPONADE_PHYSIOLOGY: UNKNOWN}),
    Patient("tamponade", {"Effusion": 1.8, "MV resp": 35}, {Finding.TAMPONADE_PHYSIOLOGY: PRESENT},
            context=seen(Sign.RV_COLLAPSE)),
    Patient("septum of 1.9 cm", {"IVSd": 1.9, "LVPWd": 1.0}, {Finding.HCM_PHENOTYPE: PRESENT}),
    Patient("thick walls of a severe stenosis are explained", {"IVSd": 1.6, "LVPWd": 1.5, "AV Vmax": 4.5},
            {Finding.HCM_PHENOTYPE: OPEN}),
    Patient("latent obstruction", {"LVOT PG": 12, "LVOT PG prov": 60}, {Finding.LVOT_OBSTRUCTION: "labile or latent"}),
    Patient("dilated cardiomyopathy", {"LVIDd": 6.8, "LVEF": 28}, {Finding.DCM_PHENOTYPE: PRESENT}),
    Patient("stiff thick heart", {"IVSd": 1.6, "LVPWd": 1.6, "LVIDd": 4.2, "E/e'": 18, "TAPSE": 14, "GLS": -11},
            {Finding.AMYLOID_SUSPICION: OPEN}),
    Patient("and apical sparing tips the score",
            {"IVSd": 1.6, "LVPWd": 1.6, "LVIDd": 4.2, "E/e'": 18, "TAPSE": 14, "GLS": -11, "SAB": 3.4},
            {Finding.AMYLOID_SUSPICION: PRESENT}),
    # Pitfalls: limits that look alike, and rules that another disease or a missing input makes useless.
    Patient("5.9 cm was normal in a man in 2005 and is dilated since 2015", {"LVIDd": 5.9}, {Finding.LV_DILATED: MILD}),
    Patient("fused waves of a tachycardia have no grade", {**DIASTOLE, "E": 120, "e' sep": 5, "e' lat": 6, "LAVi": 45},
            {Finding.DIASTOLIC_GRADE: NOT_MEANT}, context=seen(Sign.FUSED_E_AND_A, rhythm=Rhythm.SINUS)),
    Patient("nor has a heart with an assist device", {**DIASTOLE, "E": 120, "e' sep": 5, "e' lat": 6, "LAVi": 45},
            {Finding.DIASTOLIC_GRADE: NOT_MEANT}, context=seen(Sign.ASSIST_DEVICE, rhythm=Rhythm.SINUS)),
    Patient("half-time fails beside significant aortic regurgitation", {"MVA (PHT)": 1.0},
            {Finding.MITRAL_STENOSIS: UNKNOWN},
            context=seen(Sign.SIGNIFICANT_AORTIC_REGURGITATION)),
    Patient("a velocity without atrial pressure gives no ventricular pressure", {"TR Vmax": 3.0},
            {Finding.ELEVATED_RVSP: UNKNOWN}),
    Patient("a ventricular pressure behind a narrow outflow is no pulmonary one", {"RVSP": 70},
            {Finding.ELEVATED_RVSP: NOT_MEANT}, context=seen(Sign.RV_OUTFLOW_OBSTRUCTION)),
    Patient("a velocity of 2.8 is not raised", {"TR Vmax": 2.84}, {Finding.PULMONARY_HYPERTENSION: ABSENT}),
    Patient("an effusion of 1.0 cm is moderate", {"Effusion": 1.0},
            {Finding.PERICARDIAL_EFFUSION: MODERATE}),
    Patient("and of 0.94 small", {"Effusion": 0.94}, {Finding.PERICARDIAL_EFFUSION: Grade.SMALL}),
    Patient("walls of 12 mm: thick, and no hypertrophic cardiomyopathy", {"IVSd": 1.2, "LVPWd": 1.1},
            {Finding.LV_WALL_THICKENED: MILD, Finding.HCM_PHENOTYPE: ABSENT}),
    Patient("thrombus only by statement", {"LVEF": 25}, {Finding.LV_THROMBUS: UNKNOWN}),
    Patient("thrombus denied", {"LVEF": 25}, {Finding.LV_THROMBUS: ABSENT},
            context=StudyContext(denied=frozenset({Sign.LV_THROMBUS}))),
]  # fmt: skip


def test_there_are_at_least_sixty_stories():
    assert len({patient.story for patient in PATIENTS}) == len(PATIENTS) >= 60


@pytest.mark.parametrize("patient", PATIENTS, ids=lambda patient: patient.story)
def test_a_patient_has_the_findings_of_the_story(patient):
    origin = Provenance(Source.NOTE, "vignette")
    values = []
    for name, value in patient.values.items():
        quantity = find_quantity_by_name(name)
        assert isinstance(quantity, Quantity), name
        values.append(Measurement(quantity, value, quantity.unit, origin))
    results = {
        result.finding: result
        for result in grade_study(
            derive(values), sex=patient.sex, context=patient.context, profile=patient.profile
        )
    }
    for finding, expected in patient.expected.items():
        result = results[finding]
        if isinstance(expected, FindingState):
            assert result.state is expected, result.reason
        elif isinstance(expected, Grade):
            assert (result.state, result.grade) == (PRESENT, expected), result.reason
        else:
            assert expected in result.label, result.reason
