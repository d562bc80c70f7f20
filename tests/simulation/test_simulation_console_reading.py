"""A reader that knows nothing of consoles reads their files right: sector, scale, mode, and no word of the machine."""

from functools import lru_cache

import numpy as np
import pytest
from console_scenes import EVERY_STYLE, FULL, SMALL, examine, sector_on
from scipy import ndimage

from echovlm.clinical.views import Mode, View
from echovlm.imaging import extract_cine, read_clip
from echovlm.simulation import SimulatedClip, sample_patient, simulate_clip
from echovlm.simulation.archive.dicom import Content, Identity, Timing, encode_dicom
from echovlm.simulation.console.pages import TimeStrip, compose_time_page
from echovlm.simulation.console.regions import DataType
from echovlm.simulation.console.screen import compose_cine
from echovlm.simulation.console.sector import SectorCine

PATIENT = sample_patient(3, seed=0)


@lru_cache(maxsize=2)
def clip_of(height_px: int, width_px: int, view: View) -> SimulatedClip:
    return simulate_clip(PATIENT, view, seed=0, n_frames=6, height_px=height_px, width_px=width_px)


def write(path, screen, *, mode, view=None, depth_mm=None, frame_time_ms=25.0):
    n_frames = len(screen.frames)
    identity = Identity(
        1, 2, 1, PATIENT.sex, 60.0, 170.0, 70.0, date="21500304", time="102233", study_time="102200", seed=0
    )
    times_ms = tuple(frame_time_ms * index for index in range(n_frames))
    content = Content(view, mode, screen.regions, depth_mm=depth_mm)
    path.write_bytes(
        encode_dicom(screen.frames, identity=identity, content=content, timing=Timing(times_ms, 70.0))
    )
    return path


@EVERY_STYLE
@pytest.mark.parametrize("height_px", [SMALL, FULL], ids=["small", "full"])
@pytest.mark.parametrize("view", [View.PLAX, View.A4C])
def test_a_cine_comes_back_with_its_sector_its_scale_and_no_word(style, height_px, view, tmp_path):
    examination = examine(style, height_px=height_px)
    console = examination.console
    clip = clip_of(console.sector_height_px, console.sector_width_px, view)
    cine = SectorCine.from_clip(clip)
    screen = compose_cine(cine, examination)
    read = read_clip(write(tmp_path / "a.dcm", screen, mode=Mode.B, view=view, depth_mm=clip.depth_mm))
    assert (read.mode, read.view) == (Mode.B, view)
    assert read.calibration.region_xyxy_px == screen.region_xyxy_px
    assert read.calibration.spacing_yx_mm == pytest.approx((clip.spacing_mm, clip.spacing_mm), rel=1e-4)
    seen = extract_cine(read, max_side_px=2000)
    x, y = (round(place) for place in seen.offset_xy_px)
    left_over = np.zeros(screen.frames.shape[1:3], bool)
    height, width = seen.frames.shape[1:]
    left_over[y : y + height, x : x + width] = (seen.frames > 40).any(axis=0)
    inside = sector_on(screen, cine)
    beside = left_over & ~ndimage.binary_dilation(inside, iterations=2)  # JPEG blurs the rim
    # A few dots of a ruler that runs along the sector's edge may be left where the tissue beside them is dark.
    assert beside.sum() < 0.002 * inside.sum(), "nothing of the overlay is left"
    bright = (clip.frames.max(axis=0) > 60)[cine.sector_mask]
    assert left_over[inside][bright].mean() > 0.98, "and nothing of the heart is lost"


@EVERY_STYLE
def test_a_spectral_page_is_read_as_doppler_with_a_calibrated_reference(style, tmp_path):
    examination = examine(style, height_px=FULL)
    console = examination.console
    clip = clip_of(console.sector_height_px, console.sector_width_px, View.A4C)
    cine = SectorCine.from_clip(clip)
    grey = np.random.default_rng(0).integers(0, 90, (200, 300), dtype=np.uint8)
    target = (clip.apex_xy_px[0], clip.apex_xy_px[1] + 0.5 * clip.depth_mm / clip.spacing_mm)
    strip = TimeStrip(grey, DataType.PW_DOPPLER, 0.0, 0.01, 100.0, -1.0, target)
    screen = compose_time_page(cine, strip, examination)
    read = read_clip(write(tmp_path / "a.dcm", screen, mode=Mode.PW))
    assert read.mode is Mode.PW
    shrunk = screen.placements[0].scale_xy[0]
    assert read.calibration.spacing_yx_mm[0] == pytest.approx(clip.spacing_mm / shrunk, rel=0.01)
    assert len(read.regions) == len(screen.regions)
