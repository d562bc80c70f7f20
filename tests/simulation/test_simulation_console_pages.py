"""Stills, colour, spectra, M-modes, split screens and reports: scales that are true, results that are known."""

from dataclasses import replace

import numpy as np
import pytest
from console_scenes import EVERY_STYLE, FULL, SMALL, examine, sector_on, speckle

from echovlm.clinical.units import Unit
from echovlm.imaging.mode import shows_flow
from echovlm.simulation.console.calipers import Caliper, CaliperError, CaliperKind, Result, write_value
from echovlm.simulation.console.makes import STYLES
from echovlm.simulation.console.pages import ResultGroup, TimeStrip, compose_report, compose_time_page
from echovlm.simulation.console.regions import DataType, PhysicalUnit, SpatialFormat
from echovlm.simulation.console.screen import Flow, ScreenKind, compose_cine, compose_split

DIAMETER = Caliper(CaliperKind.DISTANCE, ((0.0, 0.0), (1.0, 1.0)), (Result("LVIDd", 4.849, Unit.CM),))


def on_sector(cine, *, first=(0.0, 0.4), second=(0.1, 0.62)) -> Caliper:
    """A caliper between two points given as shares of the picture's height from the apex."""
    height = cine.frames.shape[1]
    points = tuple(
        (cine.apex_xy_px[0] + x * height, cine.apex_xy_px[1] + y * height) for x, y in (first, second)
    )
    return replace(DIAMETER, points_xy_px=points)


@EVERY_STYLE
@pytest.mark.parametrize("height_px", [SMALL, FULL], ids=["small", "full"])
def test_a_still_states_its_results_in_a_box_beside_the_sector(style, height_px):
    examination = examine(style, height_px=height_px)
    cine = speckle(examination, n_frames=1)
    calipers = (on_sector(cine), on_sector(cine, second=(-0.1, 0.6)))
    plain, still = compose_cine(cine, examination), compose_cine(cine, examination, calipers=calipers)
    assert still.kind is ScreenKind.STILL
    assert not plain.results
    inside = sector_on(still, cine)
    changed = (plain.frames != still.frames).any(axis=(0, 3))
    assert changed[inside].any(), "calipers are drawn"
    for burned in still.results:
        left, top, right, bottom = burned.box_xyxy_px
        assert changed[top:bottom, left:right].any()
        assert not inside[top:bottom, left:right].any()
        assert burned.text.endswith("cm")
        assert str(burned.printed).rstrip("0").rstrip(".") in burned.text
    (left, top, right, bottom) = still.result_boxes[0].box_xyxy_px
    changed[top:bottom, left:right] = False
    assert not changed[~inside].any(), (
        "with its box covered, nothing beside the sector tells what was measured"
    )


@EVERY_STYLE
def test_the_marks_of_a_caliper_lie_where_it_measured(style):
    examination = examine(style, height_px=FULL)
    cine = speckle(examination, n_frames=1)
    cine = replace(cine, frames=np.zeros_like(cine.frames))
    caliper = on_sector(cine)
    still = compose_cine(cine, examination, calipers=(caliper,))
    lit = still.frames[0].any(axis=2) & sector_on(still, cine)
    for x, y in still.placements[0].to_screen(np.array(caliper.points_xy_px)):
        arm = examination.console.style.results.arm_px
        assert lit[round(y) - arm : round(y) + arm + 1, round(x) - arm : round(x) + arm + 1].sum() >= 2 * arm


def test_a_caliper_outside_the_sector_is_refused():
    examination = examine(STYLES[0])
    cine = speckle(examination, n_frames=1)
    with pytest.raises(CaliperError, match="LVIDd has a point at .* outside the picture"):
        compose_cine(cine, examination, calipers=(on_sector(cine, second=(0.6, 0.1)),))


@pytest.mark.parametrize(
    ("value", "unit", "fine", "coarse"),
    [(4.849, Unit.CM, "4.85 cm", "4.8 cm"), (55.25, Unit.PERCENT, "55.3 %", "55 %"),
     (3.25, Unit.M_PER_S, "3.25 m/s", "3.3 m/s"), (43.56, Unit.MMHG, "43.6 mmHg", "44 mmHg"),
     (0.45, Unit.RATIO, "0.45", "0.5"), (212.4, Unit.MS, "212 ms", "212 ms")],
)  # fmt: skip
def test_numbers_are_written_as_the_console_rounds_them(value, unit, fine, coarse):
    assert write_value(value, unit, STYLES[0].results)[0] == fine
    assert write_value(value, unit, STYLES[1].results)[0] == coarse


def spectrum(*, top_cm_per_s=400.0, rows=200, columns=300, data_type=DataType.CW_DOPPLER, target=(0.0, 0.0)):
    grey = np.zeros((rows, columns), np.uint8)
    grey[49:52, 100:103] = 255  # one bright spot, at a known time and velocity
    step = -2 * top_cm_per_s / rows
    return TimeStrip(grey, data_type, -0.4, 0.008, top_cm_per_s, step, target)


@EVERY_STYLE
@pytest.mark.parametrize("data_type", [DataType.PW_DOPPLER, DataType.CW_DOPPLER])
def test_a_spectrums_region_gives_back_time_and_velocity(style, data_type):
    examination = examine(style, height_px=FULL)
    cine = speckle(examination)
    strip = spectrum(data_type=data_type, target=(cine.apex_xy_px[0], cine.frames.shape[1] / 2))
    caliper = Caliper(CaliperKind.PEAK, ((101.0, 50.0),), (Result("AV Vmax", 2.0, Unit.M_PER_S),))
    screen = compose_time_page(cine, strip, examination, calipers=(caliper,))
    region = screen.regions[1]
    assert (region.spatial_format, region.data_type) == (SpatialFormat.SPECTRAL, data_type)
    assert region.unit_xy == (PhysicalUnit.SECOND, PhysicalUnit.CM_PER_S)
    assert region.delta_xy[1] < 0
    assert (region.sample_gate_xy_px is not None) == (data_type is DataType.PW_DOPPLER)
    x, y = screen.placements[1].to_screen(np.array([101.0, 50.0]))
    assert region.value_at(x, y) == pytest.approx((-0.4 + 101 * 0.008, 400 - 50 * 4), abs=0.02)
    left, top, right, bottom = region.box_xyxy_px
    unmarked = compose_time_page(cine, strip, examination).frames[0, top:bottom, left:right].max(axis=2)
    rows, columns = np.nonzero(unmarked > 150)
    bright = np.hypot(rows + top - y, columns + left - x) < 12
    assert bright.any()
    assert np.abs(rows[bright] + top - y).min() <= 2
    if len(screen.regions) > 2:
        electrodes = screen.regions[2]
        assert electrodes.value_at(x, 0)[0] == pytest.approx(region.value_at(x, 0)[0], abs=0.02), (
            "one time axis"
        )


@EVERY_STYLE
def test_an_m_mode_counts_depth_from_the_apex_downwards(style):
    examination = examine(style, height_px=FULL)
    cine = speckle(examination)
    strip = TimeStrip(
        np.full((150, 200), 90, np.uint8), DataType.TISSUE, 0.0, 0.01, 0.0, 0.1, cine.apex_xy_px
    )
    screen = compose_time_page(cine, strip, examination)
    region = screen.regions[1]
    assert region.spatial_format is SpatialFormat.M_MODE
    assert region.unit_xy[1] is PhysicalUnit.CM
    box = region.box_xyxy_px
    assert region.value_at(box[0], box[1])[1] == pytest.approx(0.0, abs=0.06)
    assert region.value_at(box[0], box[3] - 1)[1] == pytest.approx(14.9, abs=0.06)


@EVERY_STYLE
def test_colour_lies_in_its_box_and_is_seen_as_colour(style):
    examination = examine(style)
    cine = speckle(examination)
    n, height, width = cine.frames.shape
    shown = np.zeros((n, height, width), bool)
    x0, y0, x1, y1 = round(0.4 * width), round(0.4 * height), round(0.6 * width), round(0.7 * height)
    shown[:, y0:y1, x0:x1] = True
    flow_frames = np.zeros((n, height, width, 3), np.uint8)
    flow_frames[:, : (y0 + y1) // 2] = (230, 60, 20)
    flow_frames[:, (y0 + y1) // 2 :] = (20, 60, 230)
    outline = np.array([(x0 - 3, y0 - 3), (x1 + 3, y0 - 3), (x1 + 3, y1 + 3), (x0 - 3, y1 + 3)], float)
    colours = np.linspace((20, 60, 230), (230, 60, 20), 255).astype(np.uint8)
    screen = compose_cine(cine, examination, flow=Flow(flow_frames, shown, outline, 61.6, colours))
    assert screen.kind is ScreenKind.COLOR
    assert shows_flow(screen.frames)
    flow_region = screen.regions[1]
    assert flow_region.data_type is DataType.COLOR_FLOW
    assert flow_region.delta_xy == screen.regions[0].delta_xy
    x, y = screen.offset_xy_px
    assert (screen.frames[0, y0 + y + 1, x0 + x + 1] == (230, 60, 20)).all()
    assert {"+61.6", "-61.6"} <= {text.text for text in screen.texts}


@EVERY_STYLE
def test_a_split_screen_holds_two_calibrated_sectors(style):
    examination = examine(style, height_px=FULL)
    first, second = speckle(examination, seed=1), speckle(examination, seed=2, half_angle_deg=35)
    screen = compose_split(first, second, examination)
    left, right = screen.regions[:2]
    assert left.box_xyxy_px[2] <= right.box_xyxy_px[0]
    for region, placement, cine in zip(screen.regions, screen.placements, (first, second), strict=False):
        assert region.delta_xy[0] == pytest.approx(cine.spacing_mm / 10 / placement.scale_xy[0], rel=0.02)


@EVERY_STYLE
def test_a_report_page_is_text_alone(style):
    rows = tuple(Result(f"Value {n}", 1.05 + n, Unit.CM) for n in range(30))
    screen = compose_report(
        (ResultGroup("2D", rows[:12]), ResultGroup("M-mode", rows[12:])), examine(style, height_px=FULL)
    )
    assert not screen.regions
    assert len(screen.results) >= 20
    height, width = screen.frames.shape[1:3]
    boxes = [burned.box_xyxy_px for burned in screen.results]
    assert all(0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height for x0, y0, x1, y1 in boxes)
    assert len(set(boxes)) == len(boxes)
