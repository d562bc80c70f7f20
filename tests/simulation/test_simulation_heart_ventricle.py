"""Facts of the left ventricle: volume, regional motion, and shapes of disease, measured on the geometry."""

from dataclasses import replace

import numpy as np
import pytest

from echovlm.clinical.measurement import Quantity
from echovlm.simulation.heart.geometry import build_heart
from echovlm.simulation.heart.motion import END_DIASTOLE, END_SYSTOLE
from echovlm.simulation.heart.segments import blend_segments, segment_masks, segment_place
from echovlm.simulation.heart.ventricle import SEPTUM_RAD
from echovlm.simulation.heart.wall import (
    MAP_ANGLES,
    MAP_HEIGHTS,
    MAP_HIGH,
    MAP_LOW,
    MAP_SHAPE,
    NOW_ENDO,
    cavity_ml,
)
from echovlm.simulation.patient import Prevalence, SimulatedPatient, sample_patient
from echovlm.simulation.views.truth import (
    biplane_volume_ml,
    cavity_volume_ml,
    true_measurements,
    wall_volume_ml,
)
from echovlm.simulation.views.wall_motion import (
    WallMotion,
    measure_wall_motion,
    wall_motion_score_index,
)

EVEN = Prevalence(regional_disease=0.0, septal_bulge=0.0, septal_flattening=0.0)
EVEN_HEARTS = [sample_patient(index, seed=31, prevalence=EVEN) for index in range(3)]
HEALTHY = replace(EVEN_HEARTS[0], ef_pct=62.0, segment_motion=(1.0,) * 17)


def value_of(patient: SimulatedPatient, quantity: Quantity) -> float:
    return next(m.value for m in true_measurements(patient) if m.quantity is quantity)


@pytest.mark.parametrize("phase", [END_DIASTOLE, END_SYSTOLE])
def test_method_of_discs_is_the_three_dimensional_volume_within_two_percent(phase):
    for index in range(20):
        heart = build_heart(sample_patient(index, seed=31, prevalence=Prevalence(regional_disease=0.0)))
        state = heart.state(phase)
        volume_ml = cavity_ml(state.wall, state.height)
        assert biplane_volume_ml(heart, state) == pytest.approx(volume_ml, rel=0.01)
        if index < 2:  # and the map's own volume is the one that its surface encloses
            assert volume_ml == pytest.approx(cavity_volume_ml(heart, state), rel=0.01)


def test_wall_volume_is_conserved_where_the_wall_is_diseased():
    patient = next(p for p in (sample_patient(i, seed=31) for i in range(400)) if p.aneurysm_frac > 0.3)
    heart = build_heart(replace(patient, septal_flattening_frac=0.7, septal_bulge_frac=0.6))
    full, empty = (wall_volume_ml(heart, heart.state(phase)) for phase in (END_DIASTOLE, END_SYSTOLE))
    assert empty == pytest.approx(full, rel=0.03)


def test_segment_values_blend_without_gain_or_loss():
    assert blend_segments((1.0,) * 17) == pytest.approx(1.0)
    heights = np.linspace(MAP_LOW, MAP_HIGH, MAP_HEIGHTS + 1)
    for segment in range(17):
        blended = blend_segments(tuple(float(k == segment) for k in range(17)))
        angle, height = segment_place(segment)
        column = round(angle % (2 * np.pi) / (2 * np.pi) * MAP_ANGLES) % MAP_ANGLES
        assert blended[np.abs(heights - height).argmin(), column] > 0.9
        assert segment_masks(np.ones(MAP_SHAPE, bool))[segment].any()


def test_a_healthy_ventricle_scores_one_everywhere_and_a_weak_one_nowhere():
    assert wall_motion_score_index(measure_wall_motion(HEALTHY)) == 1.0
    weak = measure_wall_motion(replace(HEALTHY, ef_pct=22.0))
    assert wall_motion_score_index(weak) >= 2.0


@pytest.mark.parametrize("segment", range(17))
def test_a_segment_that_does_not_contract_is_akinetic_and_the_opposite_wall_is_not(segment):
    motion = tuple(0.0 if k == segment else 1.0 for k in range(17))
    scores = [s.score for s in measure_wall_motion(replace(HEALTHY, segment_motion=motion))]
    assert scores[segment] is WallMotion.AKINETIC
    assert scores.count(WallMotion.AKINETIC) == 1


def test_a_segment_that_stretches_moves_outwards():
    motion = tuple(-0.4 if k in (12, 13, 16) else 1.0 for k in range(17))
    measured = measure_wall_motion(replace(HEALTHY, segment_motion=motion))
    for k in (12, 13, 16):
        assert measured[k].score is WallMotion.DYSKINETIC
        assert measured[k].excursion_cm < 0


def test_the_rest_makes_up_for_a_scar_until_it_cannot():
    inferior = tuple(0.0 if k in (3, 9, 14) else 1.0 for k in range(17))
    assert value_of(replace(HEALTHY, segment_motion=inferior), Quantity.LVEF_BIPLANE) == pytest.approx(
        62, abs=4
    )
    most = tuple(0.0 if k > 2 else 1.0 for k in range(17))
    assert value_of(replace(HEALTHY, segment_motion=most), Quantity.LVEF_BIPLANE) < 40


def eccentricity(patient: SimulatedPatient, phase) -> float:
    """Diameter along the septum over that across it, at mid height."""
    radius = np.sqrt(build_heart(patient).state(phase).wall[80, :, NOW_ENDO])
    column = round(SEPTUM_RAD / (2 * np.pi) * MAP_ANGLES)
    across, along = (
        radius[k % MAP_ANGLES] + radius[(k + MAP_ANGLES // 2) % MAP_ANGLES]
        for k in (column, column + MAP_ANGLES // 4)
    )
    return float(along / across)


def test_pressure_flattens_the_septum_in_systole_and_a_leak_in_diastole_too():
    even = replace(HEALTHY, shape=(0.0,) * 24, tricuspid_regurgitation_frac=0.0)
    shares = (0.0, 0.3, 0.6, 1.0)
    systole = [eccentricity(replace(even, septal_flattening_frac=f), END_SYSTOLE) for f in shares]
    diastole = [eccentricity(replace(even, septal_flattening_frac=f), END_DIASTOLE) for f in shares]
    leaking = replace(even, septal_flattening_frac=1.0, tricuspid_regurgitation_frac=1.0)
    assert np.all(np.diff(systole) > 0.02)
    assert systole[0] == pytest.approx(1.0, abs=0.06)
    assert systole[-1] > 1.25
    assert diastole[-1] < systole[-1] - 0.05
    assert eccentricity(leaking, END_DIASTOLE) > diastole[-1] + 0.05


def test_a_bulge_thickens_the_septum_and_not_the_posterior_wall():
    bulging = replace(HEALTHY, septal_bulge_frac=0.8)
    gained = value_of(bulging, Quantity.IVS_THICKNESS_ED) - value_of(HEALTHY, Quantity.IVS_THICKNESS_ED)
    assert gained > 0.3 * HEALTHY.ivsd_cm
    posterior = value_of(HEALTHY, Quantity.PW_THICKNESS_ED)
    assert value_of(bulging, Quantity.PW_THICKNESS_ED) == pytest.approx(posterior, abs=0.02)


def test_an_aneurysm_widens_the_apex_only():
    wide = replace(HEALTHY, aneurysm_frac=1.0)
    before, after = (build_heart(p).end_diastole().wall[..., NOW_ENDO] for p in (HEALTHY, wide))
    assert np.sqrt(after[50] / before[50]).max() > 1.25
    assert after[110] == pytest.approx(before[110], rel=0.01)


def test_every_segment_of_every_patient_has_a_score():
    for index in range(60):
        for segment in measure_wall_motion(sample_patient(index, seed=12)):
            assert np.isfinite([segment.thickening_frac, segment.excursion_cm]).all()
