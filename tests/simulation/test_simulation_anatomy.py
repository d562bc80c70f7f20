"""Every view of every heart shows what it must, the way an echo laboratory holds the probe."""

import math
from dataclasses import replace

import numpy as np
import pytest

from echovlm.clinical.measurement import Quantity
from echovlm.clinical.views import View
from echovlm.simulation import Part, sample_patient, section
from echovlm.simulation.heart.body import ANTERIOR, INFERIOR, LEFT, POSTERIOR, SUPERIOR
from echovlm.simulation.heart.geometry import build_heart, rv_wall_cm, tapse_cm
from echovlm.simulation.heart.motion import END_DIASTOLE, END_SYSTOLE
from echovlm.simulation.heart.respiration import breath_ms, inspiration_at
from echovlm.simulation.heart.surfaces import LA, LAA, N_FIELDS, heart_fields
from echovlm.simulation.heart.tubes import APPENDAGE, VEIN_TUBE
from echovlm.simulation.views.planes import SIMULATED_VIEWS, find_plane
from echovlm.simulation.views.required import LEAST_AREA_CM2, find_faults, shown_area_cm2
from echovlm.simulation.views.right_truth import right_measurements

HEARTS = [build_heart(sample_patient(index, seed=20260)) for index in range(8)]


def middle_of(view: View, part: Part, heart) -> tuple[float, float]:
    """Mean position (right, down) of a part in the sector, cm from the transducer."""
    parts = section(
        heart, heart.end_diastole(), find_plane(heart, view),
        half_angle_rad=math.radians(45), depth_cm=18.0, spacing_cm=0.2,
    )  # fmt: skip
    y, x = np.nonzero(parts == part)
    return 0.2 * (float(x.mean()) - parts.shape[1] // 2), 0.2 * float(y.mean())


@pytest.mark.parametrize("phase", [END_DIASTOLE, END_SYSTOLE], ids=["ed", "es"])
def test_every_view_shows_what_it_must_and_nothing_that_it_cannot(phase):
    for index in range(24):
        heart = build_heart(sample_patient(index, seed=20260))
        state = heart.state(phase)
        faults = {view: find_faults(heart, state, view) for view in SIMULATED_VIEWS}
        assert not any(faults.values()), (index, {v: f for v, f in faults.items() if f})


# (view, part, other part): the first lies to the left of the second on the screen.
LEFT_OF = [
    (View.PLAX, Part.LV, Part.LA),
    (View.PLAX, Part.LV, Part.AORTA),
    (View.RV_INFLOW, Part.RV, Part.RA),
    (View.PSAX_AV, Part.RA, Part.LA),
    (View.PSAX_AV, Part.AORTA, Part.PULMONARY_ARTERY),
    (View.PSAX_MV, Part.RV, Part.LV),
    (View.PSAX_PM, Part.RV, Part.LV),
    (View.PSAX_AP, Part.RV, Part.LV),
    (View.A4C, Part.RV, Part.LV),
    (View.A4C, Part.RA, Part.LA),
    (View.A5C, Part.RV, Part.LV),
    (View.A3C, Part.LA, Part.RV),
    (View.SC_4C, Part.RA, Part.LV),
    (View.SC_4C, Part.LA, Part.LV),
    (View.SC_IVC, Part.VEIN, Part.RA),
]
# The first lies nearer to the transducer than the second.
ABOVE = [
    (View.PLAX, Part.RV, Part.LV),
    (View.PLAX, Part.AORTA, Part.LA),
    (View.RV_INFLOW, Part.RV, Part.RA),
    (View.PSAX_AV, Part.RV, Part.AORTA),
    (View.PSAX_AV, Part.AORTA, Part.LA),
    (View.A4C, Part.LV, Part.LA),
    (View.A4C, Part.RV, Part.RA),
    (View.A2C, Part.LV, Part.LA),
    (View.A3C, Part.LV, Part.AORTA),
    (View.SC_4C, Part.LIVER, Part.RV),
    (View.SC_4C, Part.RV, Part.LV),
    (View.SSN, Part.PULMONARY_ARTERY, Part.LA),
]


@pytest.mark.parametrize(("view", "left", "right"), LEFT_OF)
def test_the_screen_has_the_heart_the_right_way_round(view, left, right):
    for heart in HEARTS:
        assert middle_of(view, left, heart)[0] < middle_of(view, right, heart)[0]


@pytest.mark.parametrize(("view", "near", "far"), ABOVE)
def test_the_near_structures_are_at_the_top(view, near, far):
    for heart in HEARTS:
        assert middle_of(view, near, heart)[1] < middle_of(view, far, heart)[1]


def test_the_ivc_lies_under_a_layer_of_liver():
    # Liver goes on below the vein too, so that its middle says little; what counts is what the beam meets first.
    for heart in HEARTS:
        plane = find_plane(heart, View.SC_IVC)
        parts = section(
            heart, heart.end_diastole(), plane, half_angle_rad=math.radians(45), depth_cm=18.0, spacing_cm=0.2
        )
        (liver, _), (vein, columns) = np.nonzero(parts == Part.LIVER), np.nonzero(parts == Part.VEIN)
        assert 0.2 * (vein.min() - liver.min()) > 0.5
        above = [
            np.any(parts[: vein[columns == column].min(), column] == Part.LIVER) for column in set(columns)
        ]
        assert np.mean(above) > 0.4  # towards the RA the heart lies above it


def test_the_body_axes_are_orthonormal_and_the_heart_lies_as_hearts_do():
    axes = np.stack([LEFT, POSTERIOR, SUPERIOR])
    assert np.allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    apex_from_base = np.array([0.0, 0.0, -1.0])
    for direction in (LEFT, ANTERIOR, INFERIOR):
        assert 0.3 < apex_from_base @ direction < 0.8


def test_a_moved_plane_turns_about_the_transducer_and_comes_back():
    for view in SIMULATED_VIEWS:
        plane = find_plane(HEARTS[0], view)
        moved = plane.moved(rotation_rad=0.2, tilt_rad=-0.1, rock_rad=0.3)
        assert np.allclose(moved.probe, plane.probe)
        assert moved.right @ moved.down == pytest.approx(0, abs=1e-12)
        assert np.allclose(plane.moved(tilt_rad=0.2).moved(tilt_rad=-0.2).down, plane.down)
        slid = plane.moved(slide_cm=(1.0, -2.0))
        assert np.allclose(slid.probe - plane.probe, plane.right - 2.0 * plane.normal)


def test_the_ivc_is_as_wide_as_it_was_laid():
    for heart in HEARTS:
        measured = {m.quantity: m.value for m in right_measurements(heart)}
        patient = heart.patient
        assert measured[Quantity.IVC_DIAMETER] == pytest.approx(patient.ivc_cm, abs=0.02)
        assert measured[Quantity.IVC_COLLAPSE] == pytest.approx(100 * patient.ivc_collapse_frac, abs=1)


def test_right_sided_diameters_are_those_of_the_tubes_that_were_laid():
    for heart in HEARTS:
        measured = {m.quantity: m.value for m in right_measurements(heart)}
        patient = heart.patient
        trunk = measured[Quantity.PULMONARY_ARTERY_DIAMETER]
        assert trunk == pytest.approx(patient.pulmonary_artery_cm, rel=0.06)
        assert measured[Quantity.RV_AREA_ES] < measured[Quantity.RV_AREA_ED]
        assert measured[Quantity.RV_MID_DIAMETER] < measured[Quantity.RV_LENGTH]


def test_the_tricuspid_annulus_descends_by_the_tapse():
    for heart in HEARTS:
        descent = heart.state(END_DIASTOLE).z_tricuspid - heart.state(END_SYSTOLE).z_tricuspid
        assert descent == pytest.approx(tapse_cm(heart))


def test_the_ivc_narrows_with_a_breath_in_by_the_stated_share():
    for heart in HEARTS:
        wide, narrow = (heart.state(END_DIASTOLE, inspiration=breath).tubes for breath in (0.0, 1.0))
        # Rows of veins: ..., mouth, lower IVC, hepatic vein, SVC.
        wide, narrow = (tubes[tubes[:, 9] == VEIN_TUBE] for tubes in (wide, narrow))
        ratio = narrow[-3, 7] / wide[-3, 7]
        assert ratio == pytest.approx(1 - heart.patient.ivc_collapse_frac)


def test_a_cine_starts_at_end_expiration_and_a_breath_outlasts_a_beat():
    for heart in HEARTS:
        patient = heart.patient
        assert inspiration_at(patient, 0.0) == 0
        assert breath_ms(patient) > 60_000 / patient.heart_rate_bpm
        drawn = [inspiration_at(patient, t) for t in np.linspace(0, breath_ms(patient), 400)]
        assert max(drawn) == pytest.approx(1, abs=1e-3)
        assert np.abs(np.diff(drawn)).max() < 0.02


def test_the_free_wall_of_the_rv_thickens_with_pulmonary_pressure():
    calm = sample_patient(0, seed=1)
    walls = [rv_wall_cm(replace(calm, rv_systolic_pressure_mmhg=p)) for p in (20.0, 40.0, 80.0)]
    assert walls == sorted(walls)
    assert walls[0] < 0.5 < walls[2]


@pytest.mark.parametrize("phase", [END_DIASTOLE, END_SYSTOLE], ids=["ed", "es"])
def test_the_septum_between_the_atria_is_thin_in_the_four_chamber_view_all_beat_long(phase):
    thin_cm = []
    for heart in HEARTS:
        state, plane = heart.state(phase), find_plane(heart, View.A4C)
        parts = section(heart, state, plane, half_angle_rad=math.radians(45), depth_cm=20.0, spacing_cm=0.05)
        gaps = []
        for row in parts:
            right, left = np.flatnonzero(row == Part.RA), np.flatnonzero(row == Part.LA)
            if right.size and left.size:
                gaps.append(0.05 * (left.min() - right.max()))
        assert min(gaps) == pytest.approx(0.25, abs=0.08)  # 2 to 4 mm in people
        thin_cm.append(0.05 * np.count_nonzero(np.array(gaps) < 0.45))
    # Flat over some length, as two balls that touch are not; a wide aortic root may come between.
    assert np.median(thin_cm) > 1.2
    assert min(thin_cm) > 0.3


def test_the_aortic_root_stays_out_of_the_four_chamber_view():
    shown = []
    for heart in HEARTS:
        for phase in (END_DIASTOLE, END_SYSTOLE):
            state, plane = heart.state(phase), find_plane(heart, View.A4C)
            parts = section(
                heart, state, plane, half_angle_rad=math.radians(45), depth_cm=20.0, spacing_cm=0.1
            )
            y, x = np.nonzero(parts == Part.AORTA)
            valve_cm = state.height - plane.probe_cm[1]  # below the face
            near = np.hypot(0.1 * (x - parts.shape[1] // 2) + plane.probe_cm[0], 0.1 * y - valve_cm) < 3.5
            shown.append(0.01 * np.count_nonzero(near))
    assert np.median(shown) == 0
    assert max(shown) < 2.0


def test_the_atrial_appendage_opens_into_the_atrium_and_is_no_part_of_it():
    point = np.empty(N_FIELDS)
    for heart in HEARTS:
        state = heart.end_diastole()
        neck = next(row for row in state.tubes if row[9] == APPENDAGE)
        places = neck[:3] + np.linspace(0, 1, 40)[:, None] * neck[3:6]
        fields = []
        for place in places:
            heart_fields(*place, state, heart.table, heart.tube, point)
            fields.append(point[[LA, LAA]].copy())
        atrium, appendage = np.array(fields).T
        assert np.any((atrium < 0) & (appendage < 0)), "a wall across the mouth"
        assert appendage[atrium > 0].max() < 0


def test_a2c_shows_the_atrial_appendage_of_most_patients():
    shown = [
        shown_area_cm2(heart, heart.end_diastole(), View.A2C)[Part.LA_APPENDAGE] >= LEAST_AREA_CM2
        for heart in (build_heart(sample_patient(index, seed=31)) for index in range(60))
    ]
    assert np.mean(shown) >= 0.8  # a wide root pushes it aside


@pytest.mark.parametrize(
    ("seed", "index", "view"),
    [
        (20260, 653, View.RV_INFLOW),
        (4242, 938, View.RV_INFLOW),
        (7, 160, View.A5C),
        (20261126, 923, View.A5C),
    ],
)
def test_a_wide_left_ventricle_beside_small_neighbours_leaves_each_view_what_it_shows(seed, index, view):
    heart = build_heart(sample_patient(index, seed=seed))
    for phase in (END_DIASTOLE, END_SYSTOLE):
        assert not find_faults(heart, heart.state(phase), view)
