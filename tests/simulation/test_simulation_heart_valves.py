"""Facts of the left valves: opening falls with stenosis, calcium and metal lie where they belong."""

from dataclasses import replace

import numpy as np
import pytest

from echovlm.simulation.heart.geometry import build_heart, mitral_centre_u
from echovlm.simulation.heart.leaflets import valve_distances
from echovlm.simulation.heart.left_valves import aortic_distances, mitral_distances
from echovlm.simulation.heart.motion import Phase
from echovlm.simulation.patient import Prevalence, Prosthesis, SimulatedPatient, sample_patient
from echovlm.simulation.views.truth import aortic_diameter_ends

NONE = Prevalence(**dict.fromkeys(Prevalence.__slots__, 0.0))
HEALTHY = sample_patient(1, seed=8, prevalence=NONE)
EJECTING = Phase(contraction=0.4, mitral_opening=0.0, aortic_opening=1.0, atrial_filling=0.5)
FILLING = Phase(contraction=0.4, mitral_opening=1.0, aortic_opening=0.0, atrial_filling=0.5)
CUSP_HEIGHT_CM = 1.3


def root_axis(patient: SimulatedPatient, phase: Phase, along_cm: float) -> np.ndarray:
    heart = build_heart(patient)
    return np.mean(aortic_diameter_ends(heart, heart.state(phase), along_cm), axis=0)


def aortic_gap_cm(patient: SimulatedPatient, phase: Phase) -> float:
    """Distance from the middle of the root to the nearest cusp, near the cusps' free edges."""
    heart, (u, v, z) = build_heart(patient), root_axis(patient, phase, CUSP_HEIGHT_CM)
    state = heart.state(phase)
    return float(aortic_distances(u, v, z - state.height, state, heart.tube)[0])


def test_the_aortic_valve_is_closed_in_diastole_and_opens_less_the_more_it_is_stenosed():
    gaps = [aortic_gap_cm(replace(HEALTHY, aortic_stenosis_frac=f), EJECTING) for f in np.linspace(0, 1, 6)]
    assert np.all(np.diff(gaps) < 0)
    assert gaps[0] > 0.6
    assert gaps[-1] < 0.3
    assert aortic_gap_cm(HEALTHY, FILLING) < 0.12


def test_closed_aortic_cusps_meet_along_three_lines():
    heart = build_heart(HEALTHY)
    state, axis = heart.state(FILLING), root_axis(HEALTHY, FILLING, CUSP_HEIGHT_CM)
    angles = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    on_line = np.array([
        aortic_distances(
            axis[0] + 0.7 * np.cos(a) * state.ao_cos, axis[1] + 0.7 * np.sin(a),
            axis[2] - 0.7 * np.cos(a) * state.ao_sin - state.height, state, heart.tube,
        )[0] < 0.16
        for a in angles
    ])  # fmt: skip
    assert np.count_nonzero(on_line & ~np.roll(on_line, 1)) == 3


def tip_gap_cm(patient: SimulatedPatient) -> float:
    state = build_heart(patient).state(FILLING)
    return state.mv_front_tip_u - state.mv_back_tip_u


def test_mitral_tips_open_less_and_bodies_dome_more_with_stenosis():
    patients = [replace(HEALTHY, mitral_stenosis_frac=f) for f in (0.0, 0.3, 0.6, 1.0)]
    states = [build_heart(p).state(FILLING) for p in patients]
    assert np.all(np.diff([tip_gap_cm(p) for p in patients]) < -0.1)
    assert np.all(np.diff([state.mv_dome for state in states]) > 0)
    assert np.all(np.diff([state.mv_thick for state in states]) > 0)


def calcium_volume_ml(patient: SimulatedPatient) -> float:
    """Volume of mitral calcium or metal; it must lie behind the middle of the ring unless it is a ring."""
    heart, step = build_heart(patient), 0.15
    state, centre = heart.end_diastole(), mitral_centre_u(heart)
    count = 0
    for u in np.arange(state.mv_back - 1, state.mv_front + 1, step):
        for v in np.arange(-state.mv_half_width - 0.6, state.mv_half_width + 0.6, step):
            for down in np.arange(-0.8, 1.0, step):
                if mitral_distances(u, v, down, state)[1] < 0:
                    count += 1
                    assert patient.prosthesis or u < centre + 0.6
    return count * step**3


def test_annular_calcium_grows_and_lies_on_the_posterior_ring():
    shares = (0.0, 0.2, 0.5, 1.0)
    volumes = [calcium_volume_ml(replace(HEALTHY, mitral_annular_calcification_frac=f)) for f in shares]
    assert volumes[0] == 0
    assert np.all(np.diff(volumes) > 0)


@pytest.mark.parametrize(
    ("prosthesis", "other"), [(Prosthesis.AORTIC, "mitral"), (Prosthesis.MITRAL, "aortic")]
)
def test_a_replaced_valve_has_metal_and_the_other_has_not(prosthesis, other):
    patient = replace(HEALTHY, prosthesis=prosthesis)
    heart = build_heart(patient)
    state = heart.end_diastole()
    ring_u = state.ao_u + state.ao_cos * 0.95 * state.ao_annulus
    ring_above = -state.ao_sin * 0.95 * state.ao_annulus
    aortic = aortic_distances(ring_u, 0.0, ring_above, state, heart.tube)[1] < 0
    mitral = calcium_volume_ml(patient) > 0
    assert {"aortic": aortic, "mitral": mitral} == {"aortic": other != "aortic", "mitral": other != "mitral"}


def test_a_lead_runs_from_the_atrium_to_the_apex_of_the_right_ventricle_and_only_where_there_is_one():
    for lead in (False, True):
        heart = build_heart(replace(HEALTHY, pacemaker_lead=lead))
        state = heart.end_diastole()
        middle = (
            0.5 * (state.lead_ring_u + state.lead_tip_u),
            0.5 * (state.lead_ring_v + state.lead_tip_v),
            0.5 * (state.z_tricuspid + state.lead_tip_z),
        )
        assert (valve_distances(*middle, 2.0, -2.0, state, heart.tube)[0] < 0.01) == lead
