"""A simulated study read by models that answer with the truth: errors left are the interpretation's."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from page_text import Page
from truthful_models import truthful_models

from echovlm.clinical import (
    FindingState,
    Measurement,
    Mode,
    Provenance,
    Quantity,
    Sex,
    Source,
    Structure,
    View,
    derive,
)
from echovlm.imaging import iter_sources
from echovlm.interpretation import MixedStudyError, render_html
from echovlm.interpretation.interpret import compose_report, read_study
from echovlm.interpretation.measuring import find_places, measure_study
from echovlm.interpretation.stating import StudyClip
from echovlm.interpretation.tracing import find_phases
from echovlm.interpretation.viewing import choose_view
from echovlm.simulation import simulate


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    out = tmp_path_factory.mktemp("studies")
    simulate(out, patients=2, seed=3, workers=1, n_frames=12, on_progress=lambda done, total: None)
    return out


@pytest.fixture(scope="module")
def patient(studies):
    return studies / "files" / "p10" / "p10000001"


@pytest.fixture(scope="module")
def models(patient, studies):
    return truthful_models(patient, studies)


@pytest.fixture(scope="module")
def readings(patient, models):
    ticks = []
    found, skipped = read_study(
        list(iter_sources(patient)), models, alone=False, on_progress=lambda *tick: ticks.append(tick)
    )
    assert ticks == [(n, 5) for n in range(1, 6)]
    assert not skipped
    return found


@pytest.fixture(scope="module")
def composed(readings, models):
    return compose_report(readings, models, source_name="study", skipped=(), sex=None)


@pytest.fixture(scope="module")
def truth(patient, studies):
    path = next((studies / "truth" / patient.relative_to(studies)).rglob("study.json"))
    return {m["quantity"]: m["value"] for m in json.loads(path.read_text())["true_measurements"]}


DICOM_NAME = {Quantity.HEIGHT: "Size", Quantity.WEIGHT: "Weight"}
INDEXED = {
    Quantity.LV_MASS_INDEX: Quantity.LV_MASS,
    Quantity.LA_VOLUME_INDEX: Quantity.LA_VOLUME,
    Quantity.LV_EDV_INDEX: Quantity.LV_EDV_BIPLANE,
}


def value(report, quantity):
    return next(m.measurement.value for m in report.measurements if m.measurement.quantity is quantity)


@pytest.mark.parametrize(
    ("quantity", "error"),
    [
        (Quantity.LVEF_BIPLANE, 3.0),
        (Quantity.LV_INTERNAL_DIAMETER_ED, 0.1),
        (Quantity.LV_INTERNAL_DIAMETER_ES, 0.1),
        (Quantity.IVS_THICKNESS_ED, 0.05),
        (Quantity.PW_THICKNESS_ED, 0.05),
        (Quantity.LA_DIAMETER_AP, 0.1),
        (Quantity.AORTIC_SINUS_DIAMETER, 0.15),
        (Quantity.RV_BASAL_DIAMETER, 0.15),
        (Quantity.PERICARDIAL_EFFUSION_DEPTH, 0.2),
    ],
)
def test_from_true_outlines_come_the_true_values(composed, truth, quantity, error):
    assert value(composed[0], quantity) == pytest.approx(truth[quantity.key], abs=error)


def test_volumes_and_areas_of_true_outlines_are_right_within_a_pixel_s_worth(composed, truth):
    for quantity in (Quantity.LV_EDV_BIPLANE, Quantity.LV_ESV_BIPLANE, Quantity.RA_AREA):
        assert value(composed[0], quantity) == pytest.approx(truth[quantity.key], rel=0.08)


def test_the_report_tells_which_frames_each_value_was_measured_on(composed):
    report, _ = composed
    for reported in report.measurements:
        assert reported.values
        for each in reported.values:
            assert each.evidence
            for place in each.evidence:
                clip = report.clips[place.clip_number - 1]
                assert place.frame_index in (clip.ed_frame_index, clip.es_frame_index, None)
    ef = next(m for m in report.measurements if m.measurement.quantity is Quantity.LVEF_BIPLANE)
    assert {report.clips[e.clip_number - 1].view.view for e in ef.values[0].evidence} == {View.A4C, View.A2C}


def test_a_finding_is_present_exactly_when_its_value_is_beyond_the_limit(composed):
    report, _ = composed
    assert not report.findings_in(FindingState.NOT_ASSESSED)
    for finding in report.findings:
        if finding.result.state is not FindingState.NOT_ASSESSED:
            assert finding.limit.beyond == (finding.result.state is FindingState.PRESENT)
            assert finding.deciding.value == value(report, finding.deciding.quantity)
            assert any(e.clip_number for e in finding.evidence)
            assert f"rule {finding.result.rule_id}" in [e.locator for e in finding.evidence]


def test_a_calliper_is_as_long_on_the_picture_as_its_value_says(composed, readings):
    report, pictures = composed
    plax = next(c.number for c in report.clips if c.view.view is View.PLAX)
    picture, reading = pictures[plax - 1], readings[plax - 1]
    mm_per_picture_px = reading.traced.spacing_mm / reading.placement.scale
    line = next(c for c in picture.calipers if c.text.startswith("LVIDd"))
    length_cm = np.hypot(*np.subtract(line.end_xy_px, line.start_xy_px)) * mm_per_picture_px / 10
    assert length_cm == pytest.approx(value(report, Quantity.LV_INTERNAL_DIAMETER_ED), abs=0.02)
    assert line.position == picture.ed_position
    assert all(0 <= c.label_xy_px[0] <= picture.width_px for c in picture.calipers)


def test_outlines_lie_inside_the_picture_they_are_drawn_on(composed):
    for picture in composed[1]:
        numbers = [
            float(n) for n in re.findall(r"-?[\d.]+", picture.contours[picture.ed_position][Structure.LV])
        ]
        assert min(numbers) > 0
        assert max(numbers[::2]) < picture.width_px
        assert max(numbers[1::2]) < picture.height_px


def test_without_an_a2c_the_ejection_fraction_is_single_plane_and_says_so(readings, models):
    some = [r for r in readings if r.report.view.view is not View.A2C]
    report, _ = compose_report(some, models, source_name="study", skipped=(), sex=None)
    measured = {m.measurement.quantity: m for m in report.measurements}
    assert Quantity.LVEF_BIPLANE not in measured
    assert "Single-plane" in measured[Quantity.LVEF_A4C].method
    reason = next(m.reason for m in report.not_measured if m.quantity is Quantity.LVEF_BIPLANE)
    assert reason == "No clip was recognised as A2C."
    function = next(f for f in report.findings if f.result.finding.key == "lv_systolic_dysfunction")
    assert function.result.rule_id == "lvef_grade_a4c"


def test_a_clip_without_calibration_is_not_measured_and_the_page_has_no_millimetre(readings, models):
    bare = [replace(r, traced=None, report=replace(r.report, spacing_mm=None)) for r in readings]
    report, pictures = compose_report(bare, models, source_name="study", skipped=(), sex=None)
    stated = {Quantity.HEART_RATE, Quantity.HEIGHT, Quantity.WEIGHT}
    assert {m.measurement.quantity for m in report.measurements} == stated | {Quantity.BSA, Quantity.BMI}
    assert {f.result.state for f in report.findings} == {FindingState.NOT_ASSESSED}
    assert "None of the clips carries a calibration" in report.summary[1].text
    assert all(
        "no calibration" in m.reason or "which could not be measured" in m.reason for m in report.not_measured
    )
    lengths = re.findall(r"([\d.]+)\s*(?:mm|cm|mL)\b", Page(render_html(report, pictures)).text)
    assert set(lengths) == {f"{value(report, Quantity.HEIGHT):.1f}"}, "the one length that the file states"


def test_the_body_that_the_files_state_indexes_what_the_outlines_gave(composed, truth):
    report, _ = composed
    reported = {m.measurement.quantity: m for m in report.measurements}
    for quantity in (Quantity.HEIGHT, Quantity.WEIGHT):
        origin = reported[quantity].measurement.provenance
        assert origin == Provenance(Source.DICOM, f"Patient {DICOM_NAME[quantity]} of clip 1")
        assert reported[quantity].method == "Stated by the file; 5 clips agree"
        assert reported[quantity].views == ()
    assert value(report, Quantity.HEIGHT) == pytest.approx(truth["height"], abs=0.5)
    assert value(report, Quantity.WEIGHT) == pytest.approx(truth["weight"], abs=0.05)
    bsa = 0.007184 * truth["weight"] ** 0.425 * truth["height"] ** 0.725
    assert value(report, Quantity.BSA) == pytest.approx(bsa, rel=0.005)
    for index, whole in INDEXED.items():
        assert value(report, index) * value(report, Quantity.BSA) == pytest.approx(value(report, whole))


def test_hypertrophy_is_judged_on_the_mass_index_and_cites_walls_and_body(composed, truth):
    report, _ = composed
    finding = next(f for f in report.findings if f.result.finding.key == "lv_hypertrophy")
    made_up = Provenance(Source.TABLE, "truth")
    true = [Measurement(q, truth[q.key], q.unit, made_up) for q in Quantity if q.key in truth]
    true_index = next(m.value for m in derive(true) if m.quantity is Quantity.LV_MASS_INDEX)
    assert finding.deciding.quantity is Quantity.LV_MASS_INDEX
    assert finding.deciding.value == pytest.approx(true_index, rel=0.1)
    plax = next(c for c in report.clips if c.view.view is View.PLAX)
    assert (plax.number, plax.ed_frame_index) in [(e.clip_number, e.frame_index) for e in finding.evidence]
    locators = [e.locator for e in finding.evidence]
    assert "Patient Size of clip 1" in locators
    assert "Patient Size of clip 2" not in locators, "one of the clips that agree is enough"


def test_the_page_calls_a_body_size_stated_and_not_measured(composed):
    text = Page(render_html(*composed)).text
    assert text.count("Stated by the file; 5 clips agree") == 2
    assert "LVMi" in text
    assert "Du Bois" in text


def with_body(readings, heights, weights):
    return [replace(r, height_cm=h, weight_kg=w) for r, h, w in zip(readings, heights, weights, strict=True)]


def reasons(report):
    return {m.quantity: m.reason for m in report.not_measured}


def test_files_that_contradict_each_other_on_the_body_give_none_and_say_so(readings, models):
    some = with_body(readings, (160.0, 178.0, 160.0, None, 160.0), (80.0,) * 5)
    report, pictures = compose_report(some, models, source_name="study", skipped=(), sex=None)
    known = {m.measurement.quantity for m in report.measurements}
    assert Quantity.WEIGHT in known
    assert not known & {Quantity.HEIGHT, Quantity.BSA, *INDEXED}
    told = "The files contradict each other: 160.0 cm in clips 1, 3 and 5 and 178.0 cm in clip 2."
    assert reasons(report)[Quantity.HEIGHT] == told
    assert "contradict each other on height" in reasons(report)[Quantity.LV_MASS_INDEX]
    assert told in Page(render_html(report, pictures)).text
    hypertrophy = next(f for f in report.findings if f.result.finding.key == "lv_hypertrophy")
    assert hypertrophy.result.rule_id == "lv_mass_abs", "without a body surface the mass itself decides"


def test_a_body_rounded_differently_is_the_same_body(readings, models):
    some = with_body(readings, (173.0, 172.5, 173.0, 173.0, None), (80.0, 80.4, 80.0, None, 80.0))
    report, _ = compose_report(some, models, source_name="study", skipped=(), sex=None)
    assert value(report, Quantity.HEIGHT) == 173.0
    assert value(report, Quantity.WEIGHT) == 80.0


@pytest.mark.parametrize(
    ("height_cm", "weight_kg", "missing"),
    [(None, None, "height and weight"), (None, 70.0, "height"), (170.0, None, "weight")],
)
def test_without_a_body_nothing_is_indexed_and_the_reason_names_what_is_missing(
    readings, models, height_cm, weight_kg, missing
):
    some = with_body(readings, (height_cm,) * 5, (weight_kg,) * 5)
    report, _ = compose_report(some, models, source_name="study", skipped=(), sex=None)
    assert not {m.measurement.quantity for m in report.measurements} & {Quantity.BSA, *INDEXED}
    for index in INDEXED:
        told = f"It is relative to the body surface; no file here gives {missing}."
        assert reasons(report)[index] == told
    hypertrophy = next(f for f in report.findings if f.result.finding.key == "lv_hypertrophy")
    # Without a body surface the mass decides over the height, or by itself.
    assert hypertrophy.result.rule_id == ("lv_mass_abs" if height_cm is None else "lv_mass_h27")


def test_with_a_body_but_without_walls_the_mass_index_names_the_walls(readings, models):
    some = [r for r in readings if r.report.view.view is not View.PLAX]
    report, _ = compose_report(some, models, source_name="study", skipped=(), sex=None)
    told = reasons(report)[Quantity.LV_MASS_INDEX]
    assert told == "It needs IVSd, LVIDd and LVPWd, which could not be measured."
    assert Quantity.LA_VOLUME_INDEX not in reasons(report)


def test_two_clips_of_one_view_give_their_median_and_keep_both_values(readings):
    plax = next(r for r in readings if r.report.view.view is View.PLAX)
    stretched = replace(plax.traced, spacing_mm=plax.traced.spacing_mm * 1.1, locator="clip 7")
    clips = [
        StudyClip(plax.report.number, View.PLAX, True, plax.traced, None),
        StudyClip(7, View.PLAX, True, stretched, None),
    ]
    both = measure_study(clips, sex=None)
    lvidd = next(m for m in both.measurements if m.measurement.quantity is Quantity.LV_INTERNAL_DIAMETER_ED)
    single = [v.measurement.value for v in lvidd.values]
    assert single[1] == pytest.approx(1.1 * single[0])
    assert lvidd.measurement.value == pytest.approx(1.05 * single[0])
    assert "median of 2" in lvidd.method
    assert {e.clip_number for v in lvidd.values for e in v.evidence} == {plax.report.number, 7}


def test_a_missing_sex_is_never_guessed(readings, models):
    anonymous = [replace(r, sex_text=None) for r in readings]
    unknown, women, men = (
        compose_report(anonymous, models, source_name="study", skipped=(), sex=sex)[0]
        for sex in (None, Sex.FEMALE, Sex.MALE)
    )
    assert unknown.sex is None
    assert unknown.sex_source == "not stated by any file"
    for open_one, woman, man in zip(unknown.findings, women.findings, men.findings, strict=True):
        agree = woman.result.state is man.result.state and woman.result.grade is man.result.grade
        assert open_one.result.state is (woman.result.state if agree else FindingState.INDETERMINATE)
    lvidd = next(
        m for m in unknown.measurements if m.measurement.quantity is Quantity.LV_INTERNAL_DIAMETER_ED
    )
    assert lvidd.limit is None


def test_a_sex_that_contradicts_the_files_is_told(readings, models):
    report, _ = compose_report(readings, models, source_name="study", skipped=(), sex=Sex.MALE)
    assert report.sex is Sex.MALE
    assert "the files state female" in report.sex_source


def test_clips_of_two_patients_are_refused(studies):
    one_each = [sorted(folder.rglob("*.dcm"))[0] for folder in sorted((studies / "files" / "p10").iterdir())]
    models = truthful_models(studies / "files" / "p10", studies)
    with pytest.raises(MixedStudyError, match="different patients"):
        read_study(one_each, models, alone=False, on_progress=lambda *_: None)


def test_impressions_ask_only_clips_that_show_the_finding(composed):
    report, _ = composed
    aorta = next(i for i in report.impressions if i.finding.key == "ao_sinus_dilated")
    assert [c.view for c in aorta.clips] == [View.PLAX]
    assert all(i.measured_state is not None for i in report.impressions)


PROB = {View.PLAX: 0.05, View.A4C: 0.62, View.A2C: 0.33}


def test_a_sure_view_is_used():
    reading = choose_view(PROB, stated=None, mode=Mode.B)
    assert (reading.view, reading.runner_up, reading.runner_up_prob) == (View.A4C, View.A2C, 0.33)


def test_an_unsure_view_a_contradicted_view_and_a_doppler_clip_are_unknown():
    unsure = choose_view({View.PLAX: 0.2, View.A4C: 0.49, View.A2C: 0.31}, stated=None, mode=None)
    contradicted = choose_view(PROB, stated=View.A2C, mode=None)
    doppler = choose_view(PROB, stated=None, mode=Mode.COLOR)
    assert unsure.view is contradicted.view is doppler.view is None
    assert "50%" in unsure.reason
    assert "apical views together have 80%" in unsure.reason
    assert "A2C" in contradicted.reason
    assert "colour Doppler" in doppler.reason
    assert choose_view(PROB, stated=None, mode=Mode.COLOR, knows_mode=True).view is View.A4C


def beating(areas):
    masks = np.zeros((len(areas), 40, 40), np.uint8)
    for mask, area in zip(masks, areas, strict=True):
        mask.reshape(-1)[:area] = Structure.LV
    return masks


AREAS = [700, 640, 560, 520, 600, 690, 720, 650, 570, 530, 610, 700]


def test_with_an_r_wave_end_diastole_is_there_and_end_systole_in_the_same_beat():
    times = [50.0 * n for n in range(12)]
    phases = find_phases(beating(AREAS), frame_times_ms=times, r_wave_times_ms=(260.0,))
    assert (phases.ed_frame_index, phases.es_frame_index) == (5, 9)
    assert "R wave" in phases.source


def test_without_an_r_wave_the_areas_tell():
    phases = find_phases(beating(AREAS), frame_times_ms=None, r_wave_times_ms=())
    assert (phases.ed_frame_index, phases.es_frame_index) == (6, 3)


def test_without_a_left_ventricle_there_is_no_phase_and_the_reason_is_told():
    phases = find_phases(beating([0] * 8), frame_times_ms=None, r_wave_times_ms=())
    assert phases.ed_frame_index is None
    assert "0 of 8 frames" in phases.source


def test_places_are_found_in_the_locators_that_measuring_writes():
    places = find_places("clip 2 frames 0 and 7, clip 11 frames 3 and 9")
    assert [(p.clip_number, p.frame_index) for p in places] == [(2, 0), (2, 7), (11, 3), (11, 9)]
    assert places[0].locator == "clip 2 frames 1 and 8, clip 11 frames 4 and 10"
