"""Research sets come in with their splits, values, masks, landmarks and phases; what does not fit is counted."""

import numpy as np
import pytest
import research_sets as sets

from echovlm.clinical import Finding, FindingState, Grade, Landmark, Quantity, Structure, View
from echovlm.curation import CurationOptions, ReaderUse, curate, read_source
from echovlm.curation.sources.unity import _spline
from echovlm.dataset import EchoGround, Split, read_excluded

QUIET = CurationOptions(reader=ReaderUse.NEVER)


def curated(tmp_path, write):
    root = write(tmp_path / "set")
    summary = curate(root, tmp_path / "out", options=QUIET)
    data = EchoGround.open(tmp_path / "out")
    assert summary.records == summary.kept + sum(summary.excluded.values())
    return data, {row.clip_id: row for row in data.rows()}, summary


def values(row):
    return {m.quantity: m.value for m in row.measurements}


def overlap(mask: np.ndarray, truth: np.ndarray) -> float:
    return 2 * (mask & truth).sum() / (mask.sum() + truth.sum())


def test_echonet_dynamic_keeps_split_volumes_outline_and_phases(tmp_path):
    data, rows, summary = curated(tmp_path, sets.echonet_dynamic)
    assert {name: row.split for name, row in rows.items()} == {
        "0X1A": Split.TRAIN, "0X2B": Split.VAL, "0X3C": Split.TEST
    }  # fmt: skip
    row = rows["0X1A"]
    assert (row.view, row.view_source) == (View.A4C, "label")
    assert values(row)[Quantity.LVEF_A4C] == 55
    assert values(row)[Quantity.LV_EDV_A4C] == 100
    assert (row.ed_frame_index, row.es_frame_index, row.phase_source) == (0, 5, "label")
    masks = data.read_masks(row)
    assert sorted(masks) == [0, 5]
    assert (masks[0] == Structure.LV).sum() == pytest.approx(np.pi * 24**2, rel=0.05)
    assert (masks[5] == Structure.LV).sum() == pytest.approx(np.pi * 16**2, rel=0.06)
    assert summary.excluded == {"missing_file": 1, "not_listed": 1}
    assert summary.row_problems == {"implausible": 1}  # a volume of five litres
    dysfunction = next(f for f in rows["0X2B"].findings if f.finding is Finding.LV_SYSTOLIC_DYSFUNCTION)
    assert dysfunction.state is FindingState.PRESENT  # an ejection fraction of 35 %


def test_a_frame_rate_of_the_set_is_that_of_its_videos(tmp_path):
    _, rows, _ = curated(tmp_path, sets.echonet_dynamic)
    assert np.diff(rows["0X1A"].frame_times_ms) == pytest.approx(20)


def test_echonet_pediatric_judges_no_child_by_rules_for_adults_and_splits_no_child(tmp_path):
    data, rows, _ = curated(tmp_path, sets.echonet_pediatric)
    assert sorted(rows) == ["C1-A4C", "C2-A4C"]  # the level of the short axis is unknown, so is its view
    child = rows["C1-A4C"]
    assert values(child)[Quantity.LVEF_A4C] == pytest.approx(62.1)
    assert {f.state for f in child.findings} == {FindingState.NOT_APPLICABLE}
    assert (data.read_masks(child)[0] == Structure.LV).sum() == pytest.approx(np.pi * 24**2, rel=0.06)
    assert rows["C2-A4C"].split is Split.TEST
    listing = read_source(tmp_path / "set")
    assert {t.split for t in listing.tasks if t.patient_id == "C1"} == {Split.TRAIN}
    assert [e.reason for e in read_excluded(tmp_path / "out")] == ["unknown_view"]


def test_echonet_lvh_gives_diameters_between_landmarks_of_the_right_side(tmp_path):
    _, rows, summary = curated(tmp_path, sets.echonet_lvh)
    row = rows["0XAA"]
    assert values(row)[Quantity.IVS_THICKNESS_ED] == pytest.approx(1.1)
    assert values(row)[Quantity.LV_INTERNAL_DIAMETER_ES] == pytest.approx(3.2)
    ed = {p.landmark: p.y_px for p in row.landmarks if p.frame_index == row.ed_frame_index}
    shift = ed[Landmark.IVS_RV_SIDE] - 30
    assert {name: y - shift for name, y in ed.items()} == pytest.approx({
        Landmark.IVS_RV_SIDE: 30, Landmark.IVS_LV_SIDE: 38, Landmark.PW_LV_SIDE: 84, Landmark.PW_EPICARDIUM: 92
    })  # fmt: skip
    assert (row.ed_frame_index, row.es_frame_index) == (0, 5)
    assert rows["0XBB"].split is Split.TEST
    assert summary.row_problems == {"implausible": 1, "not_a_number": 1, "unknown_name": 1}


def test_camus_in_nifti_has_calibrated_masks_of_every_frame_and_the_rate_of_its_settings(tmp_path):
    data, rows, summary = curated(tmp_path, sets.camus_nifti)
    assert summary.excluded == {}
    row = rows["patient0001_4CH"]
    assert (row.view, row.split, row.spacing_mm) == (View.A4C, Split.TRAIN, pytest.approx(0.308, rel=1e-3))
    assert rows["patient0002_2CH"].split is Split.TEST
    masks = data.read_masks(row)
    assert sorted(masks) == list(range(8))
    assert set(np.unique(masks[0])) == {0, Structure.LV, Structure.LV_MYOCARDIUM, Structure.LA}
    assert (masks[0] == Structure.LV).sum() == pytest.approx(np.pi * 24**2, rel=0.03)
    dark = data.read_frames(row)[0] < 40
    assert overlap((masks[0] == Structure.LV), dark & (masks[0] > 0)) > 0.97  # not transposed
    assert (row.ed_frame_index, row.es_frame_index) == (0, 7)
    assert np.diff(row.frame_times_ms) == pytest.approx(1000 / 51.2)
    assert values(row)[Quantity.LVEF_BIPLANE] == 54


def test_camus_in_metaimage_with_systole_first_puts_each_mask_on_its_frame(tmp_path):
    data, rows, _ = curated(tmp_path, sets.camus_mhd)
    row = rows["patient0001_2CH"]
    assert (row.ed_frame_index, row.es_frame_index) == (7, 2)
    masks = data.read_masks(row)
    assert sorted(masks) == [2, 7]
    assert (masks[7] == Structure.LV).sum() == pytest.approx(np.pi * 16**2, rel=0.04)  # the smallest disc
    assert values(row)[Quantity.LV_EDV_BIPLANE] == 94
    assert row.spacing_mm is None  # its pixels are not square


def test_tmed2_grades_stenosis_of_a_study_and_keeps_its_fold(tmp_path):
    _, rows, summary = curated(tmp_path, sets.tmed2)
    stenosis = {
        name: next(f for f in row.findings if f.finding is Finding.AORTIC_STENOSIS)
        for name, row in rows.items()
    }
    assert (stenosis["4860s1_0"].state, stenosis["4860s1_0"].grade) == (FindingState.PRESENT, Grade.SEVERE)
    assert (stenosis["4861s1_0"].state, stenosis["4861s1_0"].grade) == (FindingState.PRESENT, Grade.MILD)
    assert stenosis["4863s1_0"].state is FindingState.ABSENT
    assert rows["4860s1_1"].view is View.A4C
    assert (rows["4860s1_0"].split, rows["4861s1_0"].split) == (Split.TRAIN, Split.TEST)
    assert rows["4860s1_0"].patient_id == rows["4860s1_1"].patient_id == "4860"
    assert summary.excluded == {"invalid_record": 1, "not_listed": 1, "unknown_view": 1}


def test_unity_names_the_parasternal_view_by_its_points_and_fills_the_endocardial_curve(tmp_path):
    data, rows, summary = curated(tmp_path, sets.unity)
    (row,) = rows.values()
    assert (row.view, row.view_source) == (View.PLAX, "landmarks")
    assert {p.landmark for p in row.landmarks} == {
        Landmark.IVS_RV_SIDE, Landmark.IVS_LV_SIDE, Landmark.PW_LV_SIDE
    }  # fmt: skip
    assert summary.excluded == {"unknown_view": 1}
    assert data.read_masks(row) == {}
    apical = next(t for t in read_source(tmp_path / "set").tasks if t.task_id.startswith("02-"))
    (outline,) = apical.files[0].given.truth.outlines
    assert outline.structure is Structure.LV


def test_a_natural_spline_through_points_of_a_circle_is_the_circle():
    angles = np.linspace(0, 1.5 * np.pi, 13)
    curve = np.array(_spline([(50 + 20 * np.cos(a), 50 + 20 * np.sin(a)) for a in angles]))
    assert np.hypot(*(curve - 50).T) == pytest.approx(20, abs=0.2)  # free ends flatten a little


def test_cardiac_uda_fills_contours_of_traced_frames_in_the_four_chamber_view(tmp_path):
    data, rows, summary = curated(tmp_path, sets.cardiac_uda)
    (row,) = rows.values()
    assert row.view is View.A4C
    masks = data.read_masks(row)
    assert sorted(masks) == [0, 7]
    assert overlap(masks[0] == Structure.LV, (data.read_frames(row)[0] < 40) & (masks[0] > 0)) > 0.95
    assert summary.excluded == {"unknown_view": 1}
    assert summary.row_problems == {"unknown_category": 1}


def test_hmc_qu_stretches_wall_masks_over_the_picture_and_reads_flags_of_segments(tmp_path):
    data, rows, summary = curated(tmp_path, sets.hmc_qu)
    assert summary.excluded == {}
    row = rows["ES0001_CH4_1"]
    assert (row.view, rows["ES0001_CH2_1"].view) == (View.A4C, View.A2C)
    walls = {
        r.clip_id: next(f.state for f in r.findings if f.finding is Finding.REGIONAL_WMA)
        for r in rows.values()
    }
    assert walls["ES0001_CH4_1"] is walls["ES0001_CH2_1"] is FindingState.PRESENT  # one patient
    assert walls["ES0002_CH4_1"] is FindingState.ABSENT
    masks = data.read_masks(row)
    assert sorted(masks) == list(range(6))
    wall = masks[0] == Structure.LV_MYOCARDIUM
    rows_of_wall, columns = np.nonzero(wall)
    ring_width_px = 120 / 224 * 200  # outer diameter of the ring on a picture 200 px wide
    assert np.ptp(columns) + 1 == pytest.approx(ring_width_px, rel=0.05)
    assert np.ptp(rows_of_wall) + 1 == pytest.approx(120 / 224 * 160, rel=0.05)


def test_ev9v_takes_the_view_of_the_folder_and_counts_what_names_none(tmp_path):
    _, rows, summary = curated(tmp_path, sets.ev9v)
    assert {name: row.view for name, row in rows.items()} == {
        "clip0": View.A4C, "clip1": View.PLAX, "clip2": View.PSAX_PM
    }  # fmt: skip
    assert {row.split for row in rows.values()} == {Split.TRAIN}
    assert summary.excluded == {"unknown_view": 1}


@pytest.mark.parametrize(
    ("write", "kind"),
    [
        (sets.echonet_dynamic, "EchoNet-Dynamic"), (sets.echonet_pediatric, "EchoNet-Pediatric"),
        (sets.echonet_lvh, "EchoNet-LVH"), (sets.camus_nifti, "CAMUS"), (sets.camus_mhd, "CAMUS"),
        (sets.tmed2, "TMED-2"), (sets.unity, "Unity Imaging"), (sets.cardiac_uda, "CardiacUDA"),
        (sets.hmc_qu, "HMC-QU"), (sets.ev9v, "EV9V"),
    ],
)  # fmt: skip
def test_a_set_is_told_by_its_layout_and_carries_its_terms(tmp_path, write, kind):
    listing = read_source(write(tmp_path))
    assert listing.kind == kind
    assert len(listing.licence) > 40
    assert listing.is_clean
