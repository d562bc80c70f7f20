import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echovlm.clinical.context import Rhythm, Sign, StudyContext, Valve
from echovlm.clinical.findings import Finding, FindingState, Grade
from echovlm.clinical.guidelines import (
    ALGORITHMS,
    GUIDELINES,
    Algorithm,
    Profile,
    grade_study,
    guideline_by_id,
)
from echovlm.clinical.guidelines.bands import bands, severity
from echovlm.clinical.guidelines.lv_function import TERRITORY, adjacent
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.patient import Sex
from echovlm.clinical.provenance import Provenance, Source
from echovlm.clinical.ranges import typical_range
from echovlm.clinical.views import Mode, View
from echovlm.clinical.visibility import VISIBLE, places_measuring, places_showing, shows, visibility

TABLE = Provenance(Source.TABLE, "row 1")
Q = Quantity
# Algorithms whose answer to more disease in every value can only be a higher grade.
WEIGHED = ("ar_grade", "mr_primary", "tr_grade", "rv_function_2025", "ps_grade", "lvoto", "ao_acc2022")


def graded(values, finding, *, sex=Sex.MALE, **more):
    measured = [Measurement(q, value, q.unit, TABLE) for q, value in values.items()]
    (result,) = grade_study(measured, sex=sex, findings=(finding,), **more)
    return result


@pytest.mark.parametrize("rule_id", WEIGHED)
@settings(max_examples=40, deadline=None)
@given(share=st.tuples(st.floats(0, 1), st.floats(0, 1)), picked=st.integers(1, 127))
def test_more_disease_in_every_value_is_never_a_milder_grade(rule_id, share, picked):
    algorithm = guideline_by_id(rule_id)
    parts = [part for index, part in enumerate(algorithm.parts) if picked >> index & 1] or algorithm.parts[:1]
    ranks = []
    for level in sorted(share):
        values = {}
        for part in parts:
            ordered = sorted(part.bands.men, key=lambda band: severity(band.grade))
            rising = ordered[0].low < ordered[-1].low
            low, high = typical_range(part.quantity)
            values[part.quantity] = low + (level if rising else 1 - level) * (high - low)
        result = graded(values, algorithm.finding, profile=algorithm.profile)
        ranks.append(severity(result.grade) if result.grade else None)
    if None not in ranks:
        assert ranks[0] <= ranks[1]


@settings(max_examples=60, deadline=None)
@given(speeds=st.tuples(st.floats(0.6, 7), st.floats(0.6, 7)), area=st.one_of(st.none(), st.floats(0.3, 3)))
def test_a_faster_aortic_jet_is_never_a_milder_stenosis(speeds, area):
    ranks = []
    for speed in sorted(speeds):
        result = graded(
            {Q.AV_VMAX: speed} | ({Q.AORTIC_VALVE_AREA: area} if area else {}), Finding.AORTIC_STENOSIS
        )
        ranks.append(severity(result.grade) if result.grade else None)
    if None not in ranks:
        assert ranks[0] <= ranks[1]


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda algorithm: algorithm.id)
def test_an_algorithm_without_any_input_says_nothing(algorithm):
    result = graded({}, algorithm.finding, profile=algorithm.profile)
    assert result.state is FindingState.NOT_ASSESSED
    assert result.evidence == ()


VALVES = {
    Valve.AORTIC: ({Q.AV_VMAX: 4.5}, Finding.AORTIC_STENOSIS),
    Valve.MITRAL: ({Q.MR_EROA: 0.5}, Finding.MITRAL_REGURGITATION),
    Valve.TRICUSPID: ({Q.TR_EROA: 0.5}, Finding.TRICUSPID_REGURGITATION),
    Valve.PULMONARY: ({Q.PV_VMAX: 3.5}, Finding.PULMONIC_STENOSIS),
}


@pytest.mark.parametrize(("one", "other"), list(itertools.product(Valve, Valve)))
def test_a_prosthesis_gates_the_rules_of_its_own_valve_only(one, other):
    values, finding = VALVES[other]
    state = graded(values, finding, context=StudyContext(prostheses=frozenset({one}))).state
    assert state is (FindingState.NOT_APPLICABLE if one is other else FindingState.PRESENT)


def test_the_reason_of_a_closed_gate_names_it():
    context = StudyContext(seen=frozenset({Sign.VENTILATED}))
    result = graded({Q.IVC_DIAMETER: 2.5, Q.IVC_COLLAPSE: 20}, Finding.RAISED_RAP, context=context)
    assert result.reason == "Not applicable: positive-pressure ventilation."
    assert result.rule_id == "rap_estimate"


def test_an_unknown_rhythm_is_said_and_never_taken_for_sinus_without_an_atrial_wave():
    values = {
        Q.E_PRIME_SEPTAL: 5,
        Q.E_E_PRIME_AVERAGE: 18,
        Q.TR_VMAX: 3.2,
        Q.LA_VOLUME_INDEX: 45,
        Q.LVEF_BIPLANE: 60,
    }
    assert graded(values, Finding.DIASTOLIC_DYSFUNCTION).state is FindingState.NOT_ASSESSED
    told = graded(values | {Q.MITRAL_E_A_RATIO: 1.2}, Finding.DIASTOLIC_DYSFUNCTION)
    assert told.state is FindingState.PRESENT
    assert told.flags == ("rhythm unknown, an A wave was measured",)
    sinus = graded(values, Finding.DIASTOLIC_DYSFUNCTION, context=StudyContext(rhythm=Rhythm.SINUS))
    assert (sinus.state, sinus.flags) == (FindingState.PRESENT, ())


def test_indexed_and_absolute_size_that_disagree_are_flagged():
    small = {Q.LV_INTERNAL_DIAMETER_ED: 5.0, Q.LV_INTERNAL_DIAMETER_ED_INDEX: 3.5, Q.BMI: 22}
    result = graded(small, Finding.LV_DILATED)
    assert (result.grade, result.rule_id) == (Grade.MODERATE, "lv_size_lvidd_bsa")
    assert result.flags == ("LVIDd 5.0 cm alone would be normal, discordant",)
    assert graded(small | {Q.BMI: 40}, Finding.LV_DILATED).rule_id == "lv_size_lvidd"


def test_a_result_carries_values_missing_inputs_distance_and_source():
    result = graded({Q.AV_VMAX: 4.4, Q.AORTIC_VALVE_AREA: 0.8}, Finding.AORTIC_STENOSIS)
    assert {m.quantity for m in result.evidence} == {Q.AV_VMAX, Q.AORTIC_VALVE_AREA}
    assert Q.AV_MEAN_GRADIENT in result.missing
    velocity = next(d for d in result.distances if d.quantity is Q.AV_VMAX)
    assert (velocity.value, velocity.limit) == (4.4, 2.6)
    assert velocity.beyond == pytest.approx(1.8)
    assert velocity.fraction == pytest.approx(1.8 / 2.6)
    assert result.cited == (
        "EACVI/ASE 2017, severity table and algorithm; ACC/AHA 2020 stages (verified secondary)"
    )


def test_a_finding_without_a_rule_in_the_profile_says_so():
    assert graded({Q.ASCENDING_AORTA_DIAMETER: 4.2}, Finding.THORACIC_AORTA_DILATED).reason == (
        "No rule of the profile baseline."
    )
    latest = graded({Q.ASCENDING_AORTA_DIAMETER: 4.2}, Finding.THORACIC_AORTA_DILATED, profile=Profile.LATEST)
    assert latest.state is FindingState.PRESENT


def test_segments_touch_their_neighbours_and_territories_cover_the_ventricle():
    assert adjacent(1, 2)
    assert adjacent(1, 6)
    assert adjacent(1, 7)
    assert adjacent(7, 13)
    assert adjacent(16, 17)
    assert not adjacent(1, 4)
    assert not adjacent(1, 13)
    assert all(adjacent(a, b) is adjacent(b, a) for a in range(1, 18) for b in range(1, 18) if a != b)
    assert sorted(itertools.chain.from_iterable(TERRITORY.values())) == list(range(1, 18))


def test_a_partition_reads_from_low_to_high_and_starts_at_the_least_severe_end():
    severe, moderate, mild = reversed(bands("<200 severe | <=500 moderate | mild:slow"))
    assert 199.9 in severe
    assert 200 in moderate
    assert 500 in moderate
    assert 500.1 in mild
    assert mild.label == "slow"
    assert bands("<200 severe | mild")[0].grade is Grade.MILD


# Which view and mode shows what.

CALCULATED = (Q.BSA, Q.BMI, Q.LV_MASS, Q.LV_MASS_INDEX, Q.RELATIVE_WALL_THICKNESS, Q.AORTIC_VALVE_AREA, Q.STROKE_VOLUME,
              Q.RVSP, Q.LA_VOLUME_INDEX, Q.E_E_PRIME_AVERAGE, Q.QP_QS)  # fmt: skip
DOPPLER = (Q.MITRAL_E_VELOCITY, Q.E_PRIME_SEPTAL, Q.TR_VMAX, Q.AV_VMAX, Q.AV_MEAN_GRADIENT, Q.LVOT_VTI, Q.MR_EROA,
           Q.RV_S_PRIME, Q.MV_PRESSURE_HALF_TIME, Q.GLS)  # fmt: skip


def test_no_doppler_number_and_no_calculated_one_can_be_read_off_a_plain_picture():
    for quantity in (*DOPPLER, *CALCULATED):
        assert not any(shows(view, quantity) for view in View), quantity
    for quantity in CALCULATED:
        # A console prints the pressure beside the trace of the regurgitation that it follows from.
        modes = {mode for mode, _ in places_measuring(quantity)}
        assert modes == ({Mode.CW} if quantity is Q.RVSP else set())


def test_doppler_numbers_are_measured_where_their_beam_can_reach():
    assert (Mode.CW, View.A5C) in places_measuring(Q.AV_VMAX)
    assert (Mode.PW, View.A4C) in places_measuring(Q.MITRAL_E_VELOCITY)
    assert places_measuring(Q.TAPSE) == ((Mode.M, View.A4C),)
    assert set(places_measuring(Q.E_PRIME_LATERAL)) == {(Mode.TDI, View.A4C)}


@pytest.mark.parametrize("finding", Finding, ids=lambda finding: finding.key)
def test_every_finding_has_a_place_that_shows_it(finding):
    places = places_showing(finding, at_least=1)
    assert places
    weights = [visibility(view, finding, mode) for mode, view in places]
    assert weights == sorted(weights, reverse=True)
    assert set(weights) <= {1, 2, 3}
    assert all(visibility(view, finding, mode) >= VISIBLE for mode, view in places_showing(finding))


def test_a_leak_is_seen_in_colour_and_hardly_in_a_plain_picture():
    assert visibility(View.A4C, Finding.MITRAL_REGURGITATION, Mode.COLOR) == 3
    assert visibility(View.A4C, Finding.MITRAL_REGURGITATION) == 1


def test_every_guideline_is_a_rule_or_an_algorithm_with_its_logic_in_words():
    for each in GUIDELINES:
        if isinstance(each, Algorithm):
            assert each.logic.endswith(".")
