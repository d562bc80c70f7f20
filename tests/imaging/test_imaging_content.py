"""A screen says what it is: one picture or several, a graph, a page, a volume; and a heart only when it says so."""

import numpy as np
import pytest
from imaging_files import fan_mask, header, region, screen
from pydicom.uid import EnhancedUSVolumeStorage, SecondaryCaptureImageStorage

from echovlm.imaging.content import Layout, find_content
from echovlm.imaging.regions import read_regions

BLACK = np.zeros((1, 120, 160, 3), np.uint8)
LEFT, RIGHT = region(box=(0, 0, 75, 119)), region(box=(80, 0, 159, 119))
INSIDE = region(box=(20, 20, 60, 60), data_type=2)
SPECTRUM = region(box=(0, 80, 159, 119), spatial_format=3, data_type=3)


def content(*regions, frames=BLACK, **attributes):
    dataset = header(regions=regions, **attributes)
    return find_content(dataset, read_regions(dataset), frames)


@pytest.mark.parametrize(
    ("regions", "layout"),
    [
        ((LEFT,), Layout.SINGLE),
        ((LEFT, INSIDE), Layout.SINGLE),
        ((LEFT, RIGHT), Layout.SPLIT),
        ((region(box=(0, 0, 79, 59)), region(box=(80, 0, 159, 59)), region(box=(0, 60, 79, 119)),
          region(box=(80, 60, 159, 119))), Layout.QUAD),
        ((LEFT, SPECTRUM), Layout.GRAPH),
    ],
)  # fmt: skip
def test_the_regions_tell_how_a_screen_is_divided(regions, layout):
    assert content(*regions).layout is layout


def test_without_regions_the_pixels_tell_a_picture_from_a_page():
    mask = fan_mask(240, 320, half_angle_deg=40, apex_xy=(160, 10), radius_px=215)
    frames, _ = screen(np.random.default_rng(0), mask, n_frames=2)
    assert content(frames=frames).layout is Layout.SINGLE
    assert content().layout is Layout.PAGE


@pytest.mark.parametrize("n_frames", [1, 6])
@pytest.mark.parametrize(
    ("apexes", "layout"),
    [
        ([(160, 20)], Layout.SINGLE),
        ([(90, 20), (310, 20)], Layout.SPLIT),
        ([(90, 20), (310, 20), (90, 190), (310, 190)], Layout.QUAD),
    ],
)
def test_without_regions_separate_fans_are_separate_pictures(apexes, layout, n_frames):
    fans = [fan_mask(360, 400, half_angle_deg=38, apex_xy=apex, radius_px=145) for apex in apexes]
    frames, _ = screen(np.random.default_rng(0), np.any(fans, axis=0), n_frames=n_frames)
    assert content(frames=frames).layout is layout


@pytest.mark.parametrize("n_frames", [1, 6])
def test_a_shadow_down_the_middle_does_not_split_a_screen(n_frames):
    mask = fan_mask(300, 400, half_angle_deg=42, apex_xy=(200, 20), radius_px=240)
    frames, _ = screen(np.random.default_rng(0), mask, n_frames=n_frames)
    frames[:, 60:, 190:212] = 0
    frames[:, :60, 196:206] = 0
    assert content(frames=frames).layout is Layout.SINGLE


def test_a_tile_is_neither_a_picture_nor_a_page():
    assert content(frames=BLACK[:, :60, :80]).layout is None


def test_volumes_and_captures_are_told_by_their_class():
    assert content(LEFT, SOPClassUID=EnhancedUSVolumeStorage).layout is Layout.VOLUME
    assert content(LEFT, ImageType=["ORIGINAL", "PRIMARY", "", "0041"]).layout is Layout.VOLUME
    assert content(LEFT, SOPClassUID=SecondaryCaptureImageStorage).layout is Layout.CAPTURE


@pytest.mark.parametrize(
    ("attributes", "answer"),
    [
        ({}, None),
        ({"StudyDescription": "TTE complete"}, True),
        ({"BodyPartExamined": "HEART"}, True),
        ({"StudyDescription": "US ABDOMEN"}, False),
        ({"ProtocolName": "Carotid_Duplex"}, False),
        ({"TransducerType": "LINEAR"}, False),
        ({"Modality": "CT"}, False),
        ({"StudyDescription": "Echo, carotid added"}, True),
    ],
)
def test_an_organ_is_named_or_left_undecided(attributes, answer):
    assert content(LEFT, **attributes).is_cardiac is answer


def test_a_protocol_of_stages_is_a_stress_study():
    assert content(LEFT, NumberOfStages=4).is_stress
    assert not content(LEFT, NumberOfStages=1).is_stress
