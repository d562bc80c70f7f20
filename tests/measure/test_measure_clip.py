import numpy as np
import pytest

from echovlm.clinical.anatomy import Landmark, Structure
from echovlm.clinical.measurement import Quantity
from echovlm.clinical.provenance import Source
from echovlm.clinical.views import View
from echovlm.measure import TracedClip, measure_biplane, measure_clip

SPACING_MM = 1.0


def apical(view, *, spacing_mm=SPACING_MM, scale=(1.0, 0.9, 0.75, 0.8, 0.95), landmarks=True, width=46):
    """A beating half-ellipsoid LV with an LA below, an RA beside it, and optionally its landmarks."""
    frames, apex, septal, lateral = [], [], [], []
    y, x = np.mgrid[:160, :160]
    for s in scale:
        labels = np.zeros((160, 160), dtype=np.uint8)
        labels[((x - 90) / 25) ** 2 + ((y - 125) / 22) ** 2 <= 1] = Structure.LA.value
        labels[((x - 40) / 22) ** 2 + ((y - 125) / 20) ** 2 <= 1] = Structure.RA.value
        labels[(((x - 40) / 18) ** 2 + ((y - 100) / 60) ** 2 <= 1) & (y <= 100)] = Structure.RV.value
        inside = ((x - 90) / (width / 2 * s)) ** 2 + ((y - 100) / (85 * s)) ** 2 <= 1
        labels[inside & (y <= 100)] = Structure.LV.value
        frames.append(labels)
        apex.append((90, 100 - 85 * s))
        septal.append((90 - width / 2 * s, 100.5))
        lateral.append((90 + width / 2 * s, 100.5))
    points = {Landmark.LV_APEX: apex, Landmark.MITRAL_SEPTAL: septal, Landmark.MITRAL_LATERAL: lateral}
    known = {k: np.array(v) for k, v in points.items()} if landmarks else {}
    return TracedClip(view, np.stack(frames), known, spacing_mm, f"clip {view.value}")


def plax(*, spacing_mm=SPACING_MM):
    labels = np.zeros((2, 100, 100), dtype=np.uint8)
    labels[0, 30:80, 20:80], labels[1, 40:70, 20:80] = Structure.LV.value, Structure.LV.value
    labels[0, 85:93, 20:80] = Structure.EFFUSION.value
    ends = {
        Landmark.IVS_RV_SIDE: ((50, 20), (50, 28)),
        Landmark.IVS_LV_SIDE: ((50, 30), (50, 40)),
        Landmark.PW_LV_SIDE: ((50, 80), (50, 70)),
        Landmark.PW_EPICARDIUM: ((50, 91), (50, 84)),
    }
    points = {key: np.array(value, dtype=float) for key, value in ends.items()}
    return TracedClip(View.PLAX, labels, points, spacing_mm, "clip p")


def values(measured):
    return {m.quantity: m.value for m in measured.measurements}


def test_plax_gives_wall_cavity_and_fluid_with_the_frame_they_were_measured_on():
    measured = measure_clip(plax())
    assert values(measured) == pytest.approx(
        {
            Quantity.IVS_THICKNESS_ED: 1.0,
            Quantity.LV_INTERNAL_DIAMETER_ED: 5.0,
            Quantity.PW_THICKNESS_ED: 1.1,
            Quantity.LV_INTERNAL_DIAMETER_ES: 3.0,
            Quantity.PERICARDIAL_EFFUSION_DEPTH: 0.8,
        },
        abs=0.02,
    )
    assert (measured.ed_frame_index, measured.es_frame_index) == (0, 1)
    lvidd = next(m for m in measured.measurements if m.quantity is Quantity.LV_INTERNAL_DIAMETER_ED)
    assert lvidd.provenance.source is Source.LANDMARK
    assert "clip p frame 0" in lvidd.provenance.locator


def test_what_plax_lacks_is_said():
    remarks = " ".join(measure_clip(plax()).remarks)
    assert "LA AP needs the landmark la-anterior, la-posterior" in remarks


def test_without_calibration_only_the_ejection_fraction_is_given():
    assert measure_clip(plax(spacing_mm=None)).measurements == ()
    measured = measure_clip(apical(View.A4C, spacing_mm=None))
    assert set(values(measured)) == {Quantity.LVEF_A4C}
    assert any("millimetres per pixel" in remark for remark in measured.remarks)


@pytest.mark.parametrize("landmarks", [True, False])
def test_a_uniformly_shrinking_ventricle_ejects_one_minus_the_cube(landmarks):
    measured = values(measure_clip(apical(View.A4C, landmarks=landmarks)))
    assert measured[Quantity.LVEF_A4C] == pytest.approx(100 * (1 - 0.75**3), abs=1.0)


def test_biplane_volumes_and_ejection_fraction_of_a_half_ellipsoid():
    measured = values(measure_biplane(apical(View.A4C), apical(View.A2C, width=56)))
    edv_ml = 2 / 3 * np.pi * 2.3 * 2.8 * 8.5
    assert measured[Quantity.LV_EDV_BIPLANE] == pytest.approx(edv_ml, rel=0.02)
    assert measured[Quantity.LV_ESV_BIPLANE] == pytest.approx(edv_ml * 0.75**3, rel=0.03)
    assert measured[Quantity.LVEF_BIPLANE] == pytest.approx(57.8, abs=1.0)
    la_ml = np.pi / 6 * 5.0 * 5.0 * 4.4
    assert measured[Quantity.LA_VOLUME] == pytest.approx(la_ml, rel=0.03)  # 45 rows of pixels, not 44


def test_a_pair_without_calibration_gives_nothing_and_says_why():
    measured = measure_biplane(apical(View.A4C), apical(View.A2C, spacing_mm=None))
    assert measured.measurements == ()
    assert "millimetres per pixel" in measured.remarks[0]


def test_apical_right_heart_from_masks():
    measured = values(measure_clip(apical(View.A4C)))
    assert measured[Quantity.RV_BASAL_DIAMETER] == pytest.approx(3.6, abs=0.11)
    assert measured[Quantity.RA_AREA] == pytest.approx(np.pi * 2.2 * 2.0, rel=0.02)


def test_no_fluid_found_counts_as_none_only_where_the_pericardium_shows():
    assert values(measure_clip(apical(View.A4C)))[Quantity.PERICARDIAL_EFFUSION_DEPTH] == 0.0
    assert Quantity.PERICARDIAL_EFFUSION_DEPTH not in values(measure_clip(apical(View.A2C)))


def test_a_clip_without_a_ventricle_gives_a_remark_and_no_number():
    empty = TracedClip(View.A4C, np.zeros((5, 40, 40), dtype=np.uint8), {}, 1.0, "clip e")
    measured = measure_clip(empty)
    assert measured.measurements == ()
    assert "need two frames" in measured.remarks[0]


def test_an_implausible_value_becomes_a_remark():
    clip = plax(spacing_mm=4.0)  # a ventricle of 20 cm
    measured = measure_clip(clip)
    assert Quantity.LV_INTERNAL_DIAMETER_ED not in values(measured)
    assert any("LVIDd of 20 cm is implausible" in remark for remark in measured.remarks)
