"""Times, millimetres, view and mode come from the header by the standard's rules, or are unknown out loud."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imaging_files import header, region, write_dicom, write_video
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from echovlm.clinical.views import Mode, View
from echovlm.imaging import describe, read_clip
from echovlm.imaging.body import read_body_size
from echovlm.imaging.calibration import find_calibration
from echovlm.imaging.regions import read_regions
from echovlm.imaging.timing import read_timing

BLACK = np.zeros((4, 30, 40, 3), np.uint8)


def calibrate(*regions, height_px=30, width_px=40):
    return find_calibration(read_regions(header(regions=regions)), height_px=height_px, width_px=width_px)


# ---- the machine


@pytest.mark.parametrize(
    ("stated", "console"),
    [
        ({"Manufacturer": "GE Vingmed", "ManufacturerModelName": "Vivid E95"}, "GE Vingmed Vivid E95"),
        ({"Manufacturer": " Philips  Medical Systems "}, "Philips Medical Systems"),
        ({"ManufacturerModelName": "EPIQ 7C"}, "EPIQ 7C"),
        ({"Manufacturer": "", "ManufacturerModelName": ""}, None),
        ({}, None),
        # What may be a person's, or hide one, is not told.
        ({"Manufacturer": "Acme", "ManufacturerModelName": "Roe's own", "PatientName": "ROE^ANN"}, "Acme"),
        ({"Manufacturer": "Acme", "ManufacturerModelName": "Unit P1"}, "Acme"),
        ({"Manufacturer": "Acme <roe@home>", "ManufacturerModelName": "x" * 50}, None),
    ],
)
def test_a_console_is_maker_and_model_as_far_as_they_are_stated_and_name_nobody(tmp_path, stated, console):
    path = write_dicom(tmp_path / "a.dcm", BLACK, **stated)
    assert read_clip(path).console == console


def test_a_video_names_no_console(tmp_path):
    assert read_clip(write_video(tmp_path / "a.mp4", BLACK, onsets_ms=[0, 40, 80, 120])).console is None


# ---- time


def test_the_increment_pointer_chooses_between_time_and_vector():
    both = {"FrameTime": 33.0, "FrameTimeVector": [0.0, 10.0, 30.0, 10.0]}
    by_time = read_timing(header(FrameIncrementPointer=Tag(0x00181063), **both), n_frames=4)
    by_vector = read_timing(header(FrameIncrementPointer=Tag(0x00181065), **both), n_frames=4)
    assert by_time.frame_times_ms.tolist() == [0, 33, 66, 99]
    assert by_vector.frame_times_ms.tolist() == [0, 10, 40, 50]


def test_a_vector_of_the_wrong_length_gives_way_to_the_frame_time():
    timing = read_timing(
        header(FrameIncrementPointer=Tag(0x00181065), FrameTimeVector=[0.0, 10.0], FrameTime=20.0), n_frames=3
    )
    assert timing.frame_times_ms.tolist() == [0, 20, 40]
    assert any("2 values for 3 frames" in remark for remark in timing.remarks)


@pytest.mark.parametrize(("keyword", "rate"), [("CineRate", 50), ("RecommendedDisplayFrameRate", 25)])
def test_a_rate_paces_the_frames_when_no_time_is_given(keyword, rate):
    timing = read_timing(header(**{keyword: rate}), n_frames=3)
    assert timing.frame_times_ms.tolist() == [0, 1000 / rate, 2000 / rate]
    assert bool(timing.remarks) == (keyword == "RecommendedDisplayFrameRate")


@pytest.mark.parametrize("frame_time", [0.0, -33.0, 0.0333, 60_000.0])
def test_an_impossible_frame_time_is_no_time(frame_time):
    timing = read_timing(header(FrameTime=frame_time), n_frames=5)
    assert timing.frame_times_ms is None
    assert any("FrameTime is ignored" in remark for remark in timing.remarks)


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.floats(-50, 6000, allow_nan=False), min_size=2, max_size=12),
    frame_time=st.floats(-10, 6000) | st.none(),
    pointer=st.sampled_from([0x00181063, 0x00181065, None]),
)
def test_times_are_known_and_increasing_or_unknown_with_a_reason(steps, frame_time, pointer):
    dataset = header(FrameTimeVector=[round(step, 3) for step in steps])
    if frame_time is not None:
        dataset.FrameTime = round(frame_time, 3)
    if pointer:
        dataset.FrameIncrementPointer = Tag(pointer)
    timing = read_timing(dataset, n_frames=len(steps))
    if timing.frame_times_ms is None:
        assert any("unknown" in remark for remark in timing.remarks)
    else:
        assert timing.frame_times_ms[0] == 0
        assert len(timing.frame_times_ms) == len(steps)
        assert np.all(np.diff(timing.frame_times_ms) > 0)


def test_a_heart_rate_of_zero_is_unknown_and_one_of_70_is_kept():
    assert read_timing(header(HeartRate=70, FrameTime=30), n_frames=2).heart_rate_bpm == 70
    zero = read_timing(header(HeartRate=0, FrameTime=30), n_frames=2)
    assert zero.heart_rate_bpm is None
    assert "0 bpm" in zero.remarks[0]


def test_r_waves_are_read():
    timing = read_timing(header(RWaveTimeVector=[12.5, 800.0], FrameTime=30), n_frames=2)
    assert timing.r_wave_times_ms == (12.5, 800.0)


# ---- millimetres


@settings(max_examples=100, deadline=None)
@given(
    x=st.floats(0.02, 0.2),
    y=st.floats(0.02, 0.2),
    sign_x=st.sampled_from([1, -1]),
    sign_y=st.sampled_from([1, -1]),
)
def test_spacing_is_ten_times_the_step_in_cm_whatever_its_sign(x, y, sign_x, sign_y):
    calibration, remarks = calibrate(region(delta_cm=(sign_x * x, sign_y * y)))
    assert not remarks
    assert calibration.spacing_yx_mm == pytest.approx((10 * y, 10 * x))
    assert calibration.region_xyxy_px == (0, 0, 40, 30)


@settings(max_examples=200, deadline=None)
@given(box=st.tuples(*[st.integers(0, 70)] * 4))
def test_a_calibrated_region_lies_inside_the_image(box):
    calibration, remarks = calibrate(region(box=box))
    x0, y0, x1, y1 = box
    if x0 < x1 <= 44 and y0 < y1 <= 34 and x0 < 40 and y0 < 30 and (y1 - y0 + 1) * 0.5 >= 5:
        left, top, right, bottom = calibration.region_xyxy_px
        assert 0 <= left < right <= 40
        assert 0 <= top < bottom <= 30
    else:
        assert calibration is None
        assert len(remarks) == 1


def test_a_region_outside_the_image_says_so_and_calibrates_nothing():
    calibration, remarks = calibrate(region(box=(84, 31, 595, 414)), height_px=240, width_px=320)
    assert calibration is None
    assert "does not fit the image of 320×240" in remarks[0]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"units": (3, 4)}, "codes 3 and 4"),
        ({"delta_cm": (0.0, 0.05)}, "0.0 and 0.05"),
        ({"delta_cm": (5.0, 5.0)}, "mm deep"),
        ({"spatial_format": 3}, "no two-dimensional"),
    ],
)
def test_an_unusable_region_calibrates_nothing_and_says_why(change, reason):
    calibration, remarks = calibrate(region(**change))
    assert calibration is None
    assert reason in remarks[0]


def test_of_several_regions_the_largest_flat_tissue_one_counts():
    calibration, remarks = calibrate(
        region(box=(0, 20, 39, 29), spatial_format=3, data_type=4, units=(4, 7), delta_cm=(0.004, -1.2)),
        region(box=(10, 0, 20, 19), data_type=2, delta_cm=(0.07, 0.07)),
        region(box=(0, 0, 15, 19), delta_cm=(0.05, 0.05)),
        region(box=(16, 0, 39, 19), delta_cm=(0.06, 0.06)),
    )
    assert calibration.region_xyxy_px == (16, 0, 40, 20)
    assert calibration.spacing_yx_mm == pytest.approx((0.6, 0.6))
    assert "2 two-dimensional regions" in remarks[0]


# ---- body size


def test_the_height_is_stated_in_metres_and_the_weight_in_kilograms():
    body = read_body_size(header(PatientSize="1.73", PatientWeight="81.5"))
    assert (body.height_cm, body.weight_kg, body.remarks) == (173.0, 81.5, ())


@given(height_cm=st.integers(120, 220))
def test_no_plausible_height_is_lost_to_the_binary_fraction(height_cm):
    assert read_body_size(header(PatientSize=f"{height_cm / 100:.2f}")).height_cm == height_cm


@pytest.mark.filterwarnings("ignore:Invalid value for VR DS")  # the test writes it on purpose
@pytest.mark.parametrize("stated", ["0", "-1.7", "17", "173", "1.19", "2.21", "nan", "inf"])
def test_an_impossible_height_is_unknown_out_loud_and_the_weight_stays(stated):
    body = read_body_size(header(PatientSize=stated, PatientWeight="70"))
    assert (body.height_cm, body.weight_kg) == (None, 70.0)
    assert len(body.remarks) == 1
    assert body.remarks[0].startswith("The height is unknown")


@pytest.mark.filterwarnings("ignore:Invalid value for VR DS")  # the test writes it on purpose
@pytest.mark.parametrize("stated", ["0", "-70", "7", "29.9", "70000", "nan"])
def test_an_impossible_weight_is_unknown_out_loud_and_the_height_stays(stated):
    body = read_body_size(header(PatientSize="1.7", PatientWeight=stated))
    assert (body.height_cm, body.weight_kg) == (170.0, None)
    assert body.remarks[0].startswith("The weight is unknown")


def test_text_that_is_no_number_is_an_impossible_height():
    dataset = header()
    dataset[0x00101020] = RawDataElement(Tag(0x00101020), "DS", 4, b"tall", 0, False, True)
    body = read_body_size(dataset)
    assert body.height_cm is None
    assert body.remarks == ("The height is unknown: PatientSize is not a finite number.",)


@pytest.mark.parametrize("empty", [{}, {"PatientSize": "", "PatientWeight": None}])
def test_a_form_left_empty_is_no_remark(empty):
    body = read_body_size(header(**empty))
    assert (body.height_cm, body.weight_kg, body.remarks) == (None, None, ())


def test_a_clip_and_its_description_tell_the_body_size(tmp_path):
    path = write_dicom(tmp_path / "a", BLACK, regions=[region()], PatientSize="1.8", PatientWeight="900")
    clip = read_clip(path)
    assert (clip.height_cm, clip.weight_kg) == (180.0, None)
    assert any("900 kg" in remark for remark in clip.remarks)
    assert (describe(clip)["height_cm"], describe(clip)["weight_kg"]) == (180.0, None)


# ---- the whole clip


def test_view_mode_and_people_are_read(tmp_path):
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "399214001", "SCT", "Apical four chamber"
    path = write_dicom(
        tmp_path / "a", BLACK, regions=[region()], ViewCodeSequence=[code], FrameTime=20.0, HeartRate=60
    )
    clip = read_clip(path)
    assert (clip.view, clip.mode) == (View.A4C, Mode.B)
    assert (clip.patient_id, clip.sex_text, clip.study_uid, clip.instance_uid) == (
        "P1",
        "F",
        "1.2.3",
        "1.2.3.4",
    )
    assert clip.frames_per_second == pytest.approx(50)
    assert repr(clip) == "Clip(A4C, 4×30×40, 50 fps, 0.5 mm/px, study ….2.3)"
    assert clip.remarks == ()


@pytest.mark.parametrize(
    ("regions", "image_type", "mode"),
    [
        ([region(), region(data_type=2, box=(5, 5, 20, 20))], None, Mode.COLOR),
        ([region(spatial_format=3, data_type=3)], None, Mode.PW),
        ([region(), region(spatial_format=3, data_type=4)], None, Mode.CW),
        ([region(spatial_format=2)], None, Mode.M),
        ([], ["ORIGINAL", "PRIMARY", "", "0011"], Mode.COLOR),
        ([], ["ORIGINAL", "PRIMARY", "", "0001"], Mode.B),
        ([], ["ORIGINAL", "PRIMARY"], None),
    ],
)
def test_the_mode_is_the_rarest_that_the_file_states(tmp_path, regions, image_type, mode):
    extra = {"ImageType": image_type} if image_type else {}
    assert read_clip(write_dicom(tmp_path / "a", BLACK, regions=regions, **extra)).mode is mode


def test_red_and_blue_beside_the_picture_are_no_flow(tmp_path):
    frames = np.zeros((2, 60, 80, 3), np.uint8)
    frames[:, 2:12, 60:70], frames[:, 14:24, 60:70] = (230, 20, 20), (20, 20, 230)  # two buttons
    inside = write_dicom(tmp_path / "a.dcm", frames, regions=[region(box=(0, 0, 79, 59))], FrameTime=20.0)
    beside = write_dicom(tmp_path / "b.dcm", frames, regions=[region(box=(0, 0, 49, 59))], FrameTime=20.0)
    assert read_clip(inside).mode is Mode.COLOR
    assert read_clip(beside).mode is Mode.B


def test_colour_flow_in_the_pixels_overrules_silence(tmp_path):
    frames = BLACK.copy()
    frames[:, :8, :8] = (220, 30, 10)
    frames[:, 12:20, :8] = (10, 30, 220)
    clip = read_clip(write_dicom(tmp_path / "a", frames))
    assert clip.mode is Mode.COLOR
    assert any("colour flow" in remark for remark in clip.remarks)


def test_a_description_holds_plain_values_and_no_patient(tmp_path):
    path = write_dicom(tmp_path / "a", BLACK, regions=[region()], FrameTime=20.0, HeartRate=60)
    text = json.dumps(describe(read_clip(path)))
    assert '"frames_per_second": 50.0' in text
    assert '"spacing_yx_mm": [0.5, 0.5]' in text
    assert "P1" not in text
