"""What a study says without a number: rhythm, prostheses, signs seen or denied, scores of segments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final


class Rhythm(Enum):
    """The rhythm during the study. An unknown rhythm is ``None``, never a member."""

    SINUS = "sinus"
    ATRIAL_FIBRILLATION = "atrial_fibrillation"
    PACED = "paced"


class Valve(Enum):
    """A heart valve, as the place of a prosthesis or a repair."""

    AORTIC = "aortic"
    MITRAL = "mitral"
    TRICUSPID = "tricuspid"
    PULMONARY = "pulmonary"


class Sign(Enum):
    """Something seen, or known of the patient, that has no number; the value is its name in words."""

    RVOT_NOTCH = "mid-systolic notch in the RVOT flow"
    AORTIC_HOLODIASTOLIC_REVERSAL = "holodiastolic reversal in the descending aorta"
    PULMONARY_VEIN_SYSTOLIC_REVERSAL = "systolic reversal in the pulmonary veins"
    HEPATIC_VEIN_SYSTOLIC_DOMINANT = "systolic dominance in the hepatic veins"
    HEPATIC_VEIN_SYSTOLIC_BLUNTING = "systolic blunting in the hepatic veins"
    HEPATIC_VEIN_SYSTOLIC_REVERSAL = "systolic reversal in the hepatic veins"
    HEPATIC_VEIN_EXPIRATORY_REVERSAL = "expiratory diastolic reversal in the hepatic veins"
    RA_COLLAPSE = "right atrial collapse for more than a third of the cycle"
    RV_COLLAPSE = "right ventricular early-diastolic collapse"
    SEPTAL_BOUNCE = "respirophasic septal shift"
    SYSTOLIC_ANTERIOR_MOTION = "systolic anterior motion of the mitral valve"
    AORTIC_LEAFLETS_THICKENED = "thickened or calcified aortic leaflets"
    ATRIAL_COLOR_SHUNT = "colour flow across the atrial septum"
    VENTRICULAR_COLOR_SHUNT = "colour flow across the ventricular septum"
    FLAIL_LEAFLET = "flail mitral leaflet"
    D_SHAPED_VENTRICLE = "D-shaped left ventricle"
    LV_THROMBUS = "thrombus in the left ventricle"
    LV_ANEURYSM = "aneurysm of the left ventricle"
    VEGETATION = "vegetation on a valve"
    BICUSPID_AV = "aortic valve of two cusps"
    MAC = "calcified mitral annulus"
    PLEURAL_EFFUSION = "fluid in the pleural space"
    DEVICE_LEAD = "lead of a pacemaker or defibrillator"
    AORTIC_DISSECTION = "intimal flap in the aorta"
    ATRIAL_SEPTAL_ANEURYSM = "aneurysm of the atrial septum"
    # What gates a rule.
    MODERATE_MAC = "moderate or severe mitral annular calcification"
    MITRAL_STENOSIS = "mitral stenosis, rheumatic or calcific"
    SIGNIFICANT_MITRAL_REGURGITATION = "moderate or severe mitral regurgitation"
    SIGNIFICANT_AORTIC_REGURGITATION = "moderate or severe aortic regurgitation"
    SEVERE_TRICUSPID_REGURGITATION = "severe tricuspid regurgitation"
    SECONDARY_MITRAL_REGURGITATION = "secondary mechanism of mitral regurgitation"
    MYOCARDIAL_DISEASE = "known myocardial disease"
    LEFT_BUNDLE_BRANCH_BLOCK = "left bundle branch block"
    FUSED_E_AND_A = "fused E and A waves"
    ASSIST_DEVICE = "left ventricular assist device"
    HEART_TRANSPLANT = "heart transplant"
    CONSTRICTION = "constrictive pericarditis"
    VENTILATED = "positive-pressure ventilation"
    CARDIAC_SURGERY = "previous cardiac surgery"
    RV_OUTFLOW_OBSTRUCTION = "pulmonary stenosis or RVOT obstruction"
    LV_OUTFLOW_OBSTRUCTION = "subvalvular obstruction of the LVOT"
    HYPERTENSION = "arterial hypertension"
    AMYLOIDOSIS_SUSPECTED = "suspected amyloidosis"
    ATHLETE = "endurance athlete"
    FAMILY_OF_HCM = "family or genotype of hypertrophic cardiomyopathy"
    PULMONARY_DISEASE_HYPERTENSION = "pulmonary hypertension of non-cardiac cause"


@dataclass(frozen=True, slots=True)
class StudyContext:
    """What is known of a study beside its measurements. What is in neither set is unknown, not absent.

    Attributes:
        rhythm: The rhythm, if known.
        prostheses: Valves that are replaced or repaired.
        seen: Signs that were seen, or conditions that the patient has.
        denied: Signs that were looked for and not seen.
        segment_scores: Wall motion by segment of the 16- or 17-segment model (1 to 17): 1 normal, 2 hypokinetic,
            3 akinetic, 4 dyskinetic. A segment that was not seen is left out.
    """

    rhythm: Rhythm | None = None
    prostheses: frozenset[Valve] = frozenset()
    seen: frozenset[Sign] = frozenset()
    denied: frozenset[Sign] = frozenset()
    segment_scores: Mapping[int, int] = field(default_factory=dict)

    def shows(self, sign: Sign) -> bool | None:
        """Return whether a sign was seen (True), denied (False), or not spoken of (None)."""
        return True if sign in self.seen else False if sign in self.denied else None


UNKNOWN_CONTEXT: Final = StudyContext()
