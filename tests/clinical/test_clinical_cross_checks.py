import pytest

from echovlm.clinical.cross_checks import CROSS_CHECKS, find_contradictions
from echovlm.clinical.formulas import derive
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.provenance import Provenance, Source

TABLE = Provenance(Source.TABLE, "row 1")
Q = Quantity
# One healthy study; what follows from it must agree with it.
SOUND = {
    Q.HEIGHT: 175, Q.WEIGHT: 75, Q.LV_INTERNAL_DIAMETER_ED: 5.0, Q.LV_INTERNAL_DIAMETER_ES: 3.2,
    Q.IVS_THICKNESS_ED: 0.9, Q.PW_THICKNESS_ED: 0.9, Q.LV_EDV_BIPLANE: 110, Q.LV_ESV_BIPLANE: 42,
    Q.LA_VOLUME: 50, Q.AV_VMAX: 1.4, Q.AV_MEAN_GRADIENT: 4.5,
    Q.AV_VTI: 28, Q.LVOT_DIAMETER: 2.1, Q.LVOT_VTI: 21, Q.MITRAL_E_VELOCITY: 75,
    Q.MITRAL_A_VELOCITY: 60, Q.E_PRIME_SEPTAL: 9, Q.E_PRIME_LATERAL: 12, Q.TR_VMAX: 2.3, Q.IVC_DIAMETER: 1.6,
    Q.IVC_COLLAPSE: 70, Q.TAPSE: 22, Q.RV_S_PRIME: 13,
}  # fmt: skip


def measured(values):
    return [Measurement(quantity, value, quantity.unit, TABLE) for quantity, value in values.items()]


def test_what_is_derived_from_a_study_never_contradicts_it_and_meets_every_check():
    study = derive(measured(SOUND))
    assert find_contradictions(study) == ()
    known = {measurement.quantity for measurement in study}
    assert all(set(check.quantities) <= known for check in CROSS_CHECKS)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({Q.LV_INTERNAL_DIAMETER_ES: 5.4}, "the systolic diameter below the diastolic one"),
        ({Q.LV_ESV_BIPLANE: 130}, "the systolic volume below the diastolic one"),
        ({Q.LVEF_BIPLANE: 40}, "within 5 points"),
        ({Q.AV_PEAK_GRADIENT: 30}, "four times the squared velocity"),
        ({Q.AV_MEAN_GRADIENT: 7}, "45 to 75 %"),
        ({Q.MITRAL_E_A_RATIO: 2.0}, "E over A"),
        ({Q.LA_VOLUME_INDEX: 40}, "left atrial index"),
        ({Q.LV_MASS_INDEX: 120}, "mass index"),
        ({Q.RVSP: 45}, "6 mmHg"),
        ({Q.AORTIC_VALVE_AREA: 1.2}, "continuity equation"),
        ({Q.IVS_THICKNESS_ED: 3.9, Q.LV_INTERNAL_DIAMETER_ED: 9.5}, "14 cm together"),
        ({Q.IVS_THICKNESS_ED: 0.35}, "8 to 100 %"),
        ({Q.E_E_PRIME_AVERAGE: 20}, "between the septal and the lateral"),
        ({Q.TAPSE: 4}, "is it in cm"),
        ({Q.BSA: 1.5}, "lb or in"),
    ],
)
def test_a_wrong_number_is_found_and_the_expected_relation_said(wrong, said):
    found = find_contradictions(derive(measured(SOUND | wrong)))
    assert any(said in contradiction.sentence for contradiction in found)


def test_only_a_heart_that_grows_in_systole_makes_its_values_useless():
    assert [check.drops for check in CROSS_CHECKS].count(True) == 2
