"""Every box of a screen keeps its own scale: centimetres, seconds, centimetres per second."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imaging_files import header, region, write_dicom

from echovlm.imaging import describe, read_clip
from echovlm.imaging.regions import DataType, PhysicalUnit, RegionScale, SpatialFormat, read_regions

BLACK = np.zeros((1, 300, 400, 3), np.uint8)


def spectral_region(**change):
    """A PW strip of 300 x 120 pixels: 5 ms a column, -1.5 cm/s a row, baseline 40 rows below its top."""
    item = region(
        box=(50, 160, 349, 279), delta_cm=(0.005, -1.5), units=(4, 7), spatial_format=3, data_type=3
    )
    item.ReferencePixelX0, item.ReferencePixelY0 = 0, 40
    item.ReferencePixelPhysicalValueX, item.ReferencePixelPhysicalValueY = 0.0, 0.0
    for keyword, value in change.items():
        setattr(item, keyword, value)
    return item


def scale_of(item) -> RegionScale:
    (found,) = read_regions(header(regions=(item,)))
    assert found.scale is not None
    return found.scale


def test_velocity_falls_downwards_and_is_zero_on_the_baseline():
    scale = scale_of(spectral_region())
    assert scale.unit_xy == (PhysicalUnit.SECOND, PhysicalUnit.CM_PER_S)
    assert scale.to_physical(np.array([50, 200])).tolist() == [0, 0]
    assert scale.to_physical(np.array([250, 160])) == pytest.approx([1.0, 60.0])
    assert scale.to_physical(np.array([250, 240])) == pytest.approx([1.0, -60.0])


def test_without_a_reference_pixel_a_velocity_has_no_baseline():
    item = spectral_region()
    del item.ReferencePixelX0
    scale = scale_of(item)
    assert not scale.has_origin
    ends = scale.to_physical(np.array([[50, 160], [50, 180]]))
    assert ends[1, 1] - ends[0, 1] == pytest.approx(-30)


@settings(max_examples=100, deadline=None)
@given(
    point=st.tuples(st.floats(0, 399), st.floats(0, 299)),
    corner=st.tuples(st.integers(-20, 60), st.integers(-20, 60)),
    factor=st.tuples(st.floats(0.2, 4), st.floats(0.2, 4)),
)
def test_a_value_stays_at_its_place_when_the_image_is_cropped_and_resized(point, corner, factor):
    scale = scale_of(spectral_region())
    moved = scale.cropped(*corner).resized(*factor)
    new_point = (np.subtract(point, corner) + 0.5) * factor - 0.5
    assert moved.to_physical(new_point) == pytest.approx(scale.to_physical(np.array(point)), abs=1e-6)
    assert moved.to_pixels(moved.to_physical(new_point)) == pytest.approx(new_point, abs=1e-6)


def test_all_regions_of_a_file_are_read_in_order_with_their_kinds(tmp_path):
    path = write_dicom(
        tmp_path / "page.dcm",
        BLACK,
        regions=(region(box=(100, 0, 299, 149)), spectral_region(), region(spatial_format=9, data_type=99)),
    )
    clip = read_clip(path)
    assert [item.label for item in clip.regions] == ["2-D tissue", "spectral pw doppler", "trace"]
    assert clip.regions[1].data_type == DataType.PW_DOPPLER
    assert clip.regions[1].spatial_format == SpatialFormat.SPECTRAL
    told = describe(clip)["regions"]
    assert told[1]["units"] == ["s", "cm/s"]
    assert told[1]["has_origin"]


@pytest.mark.parametrize("change", [{"PhysicalDeltaX": 0.0}, {"PhysicalUnitsYDirection": 77}])
def test_a_region_without_steps_or_units_has_no_scale(change):
    (found,) = read_regions(header(regions=(spectral_region(**change),)))
    assert found.scale is None


def test_a_region_a_few_pixels_out_of_the_image_is_cut_to_it_and_one_outside_has_no_box():
    (near,) = read_regions(header(regions=(region(box=(3, 10, 402, 300)),)))
    assert near.box_xyxy_px(height_px=300, width_px=400) == (3, 10, 400, 300)
    (far,) = read_regions(header(regions=(region(box=(500, 10, 600, 300)),)))
    assert far.box_xyxy_px(height_px=300, width_px=400) is None
