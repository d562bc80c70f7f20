"""The sector of every real file is the one that a person draws on it."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from pydicom.data import get_testdata_file

from echovlm.imaging import Clip, find_sector, read_clip

# ExplVR_BigEnd.dcm is left out: a tile of 60 x 80 pixels cut out of a colour box, with no border of a sector in it.
# Drawn by eye on the brightened frames, each with a grid of 10 to 50 pixels over it: corners (x, y) in pixels of the
# file, along the border of what the beam painted, echoes or not, cut where the screen cuts it.
APICAL = (
    (315, 45), (365, 45), (597, 298), (570, 322), (520, 355), (460, 382), (400, 398), (340, 402), (280, 398),
    (220, 383), (170, 360), (120, 330), (83, 302),
)  # fmt: skip
AORTA = (
    (435, 166), (602, 166), (935, 507), (899, 545), (813, 605), (718, 644), (617, 664), (513, 668), (409, 662),
    (308, 638), (213, 592), (118, 515),
)  # fmt: skip
OESOPHAGUS = ((98, 0), (198, 0), (256, 90), (256, 112), (232, 120), (88, 120), (55, 115), (26, 108))
FOETUS = (
    (363, 67), (400, 84), (457, 97), (515, 86), (558, 67), (795, 414), (740, 447), (660, 485), (560, 510), (460, 517),
    (360, 510), (260, 483), (180, 449), (125, 414),
)  # fmt: skip
FOETUS_CUT = (
    (363, 67), (400, 84), (457, 97), (515, 86), (558, 67), (751, 350), (169, 350),
)  # fmt: skip
LYMPH_NODE = ((14, 108), (622, 108), (622, 336), (14, 336))
PELVIS_LEFT = (
    (105, 26), (145, 40), (185, 45), (225, 40), (262, 26), (335, 158), (335, 415), (32, 415), (32, 148), (60, 105),
)  # fmt: skip
PELVIS_RIGHT = (
    (410, 26), (450, 40), (488, 45), (530, 40), (566, 26), (639, 155), (639, 415), (336, 415), (336, 158),
)  # fmt: skip


def halved(outline):
    return tuple((x / 2, y / 2) for x, y in outline)


def clip_of(name: str) -> Clip:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = get_testdata_file(name, download=False)
    if found is None:
        pytest.skip(f"{name} needs the package pydicom-data")
    return read_clip(Path(str(found)))


def overlap(mask: np.ndarray, outline) -> float:
    page = Image.new("L", mask.shape[::-1])
    ImageDraw.Draw(page).polygon(list(outline), fill=1)
    drawn = np.asarray(page).astype(bool)
    return float((mask & drawn).sum() / (mask | drawn).sum())


@pytest.mark.parametrize(
    ("name", "outline"),
    [
        ("examples_ybr_color.dcm", halved(APICAL)),
        ("color3d_jpeg_baseline.dcm", APICAL),
        ("JPGLosslessP14SV1_1s_1f_8b.dcm", AORTA),
        ("color-pl.dcm", OESOPHAGUS),
        ("color-px.dcm", OESOPHAGUS),
        ("OBXXXX1A.dcm", FOETUS),
        ("OBXXXX1A_rle.dcm", FOETUS),
        ("OBXXXX1A_2frame.dcm", FOETUS),
        ("OBXXXX1A_expb.dcm", FOETUS),
        ("examples_palette.dcm", FOETUS_CUT),
        ("US1_UNCR.dcm", LYMPH_NODE),
        ("US1_J2KR.dcm", LYMPH_NODE),
        ("US1_J2KI.dcm", LYMPH_NODE),
        ("examples_jpeg2k.dcm", LYMPH_NODE),
        ("examples_rgb_color.dcm", halved(LYMPH_NODE)),
    ],
)
def test_the_sector_is_the_one_that_a_person_draws(name, outline):
    sector = find_sector(clip_of(name).frames)
    assert sector is not None
    assert overlap(sector.mask, outline) >= 0.9


@pytest.mark.parametrize("name", ["gdcm-US-ALOKA-16.dcm", "gdcm-US-ALOKA-16_big.dcm"])
@pytest.mark.parametrize(("which", "outline"), [(0, PELVIS_LEFT), (1, PELVIS_RIGHT)])
def test_each_picture_of_a_split_screen_has_its_own_sector(name, which, outline):
    clip = clip_of(name)
    _, height, width, _ = clip.frames.shape
    x0, y0, x1, y1 = clip.regions[which].box_xyxy_px(height_px=height, width_px=width)
    sector = find_sector(clip.frames[:, y0:y1, x0:x1])
    assert sector is not None
    mask = np.zeros((height, width), bool)
    mask[y0:y1, x0:x1] = sector.mask
    assert overlap(mask, outline) >= 0.9
