"""Burned-in measurement boxes are read to name, value and unit; settings of the machine are not values."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from pydicom.data import get_testdata_file

from echovlm.imaging import read_clip
from echovlm.imaging.overlay import TextBox, parse_overlay, read_text


def line(text, x=10, y=10, width=None):
    return TextBox(text, 0.99, (x, y, x + (width or 8 * len(text)), y + 16))


def read(*lines):
    return [(value.name, value.value, value.unit) for value in parse_overlay(lines)]


@pytest.mark.parametrize(
    ("text", "name", "value", "unit"),
    [
        ("LVIDd 4.8 cm", "LVIDd", 4.8, "cm"),
        ("1 AV Vmax 3.21 m/s", "AV Vmax", 3.21, "m/s"),
        ("+ EF(Biplane) 55 %", "EF(Biplane)", 55, "%"),
        ("E' Lat 9,5 cm/s", "E' Lat", 9.5, "cm/s"),
        ("LAESV Index (BP) 41.3 ml/m2", "LAESV Index (BP)", 41.3, "mL/m2"),
        ("MV E/A 0.79", "MV E/A", 0.79, None),
        ("AV maxPG: 42 mmHg", "AV maxPG", 42, "mmHg"),
    ],
)
def test_a_line_of_a_results_box_is_a_name_a_value_and_a_unit(text, name, value, unit):
    assert read(line(text)) == [(name, value, unit)]


@pytest.mark.parametrize(
    "text",
    ["16cm", "C 50", "TIS0.4 MI 1.4", "65bpm", "49Hz", "64%", "Gain 55", "Depth 16 ", "Adult Echo", "M3"],
)
def test_settings_of_the_machine_are_no_measurements(text):
    assert read(line(text)) == []


def test_a_value_in_its_own_box_belongs_to_the_name_on_its_row():
    lines = (
        line("IVSd", y=10),
        line("1.1 cm", x=120, y=11),
        line("LVPWd", y=34),
        line("0.9 cm", x=120, y=33),
    )
    assert read(*lines) == [("IVSd", 1.1, "cm"), ("LVPWd", 0.9, "cm")]


def test_two_values_on_one_row_stay_two_and_a_far_number_joins_nobody():
    assert read(line("LVIDd 4.8 cm"), line("EF 61 %", x=150)) == [("LVIDd", 4.8, "cm"), ("EF", 61, "%")]
    assert read(line("Vmax"), line("3.1 m/s", x=700)) == []


def screen_with(*texts):
    picture = Image.new("RGB", (480, 60 + 26 * len(texts)))
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(size=15)
    for row, text in enumerate(texts):
        pen.text((20, 20 + 26 * row), text, fill=(230, 230, 180), font=font)
    return np.asarray(picture)


def test_what_a_screen_says_is_read_from_its_pixels():
    pytest.importorskip("rapidocr", reason="needs the ocr extra")
    found = parse_overlay(read_text(screen_with("LVIDd 4.8 cm", "AV Vmax 3.2 m/s", "EF 55 %")))
    assert [(v.name, v.value, v.unit) for v in found] == [
        ("LVIDd", 4.8, "cm"),
        ("AV Vmax", 3.2, "m/s"),
        ("EF", 55, "%"),
    ]
    assert all(20 - 6 <= v.box_xyxy_px[0] <= 26 for v in found)
    assert read_text(np.zeros((60, 80, 3), np.uint8)) == ()


def test_the_overlay_of_a_real_screen_reads_as_the_ascending_aorta():
    pytest.importorskip("rapidocr", reason="needs the ocr extra")
    pytest.importorskip("gdcm", reason="needs the codecs extra")
    clip = read_clip(Path(get_testdata_file("JPGLosslessP14SV1_1s_1f_8b.dcm")))
    found = {v.name: (v.value, v.unit) for v in parse_overlay(read_text(clip.frames[0]))}
    assert found == {"Asc Ao Diam": (3.3, "cm"), "Asc Ao Index": (2.0, None)}
