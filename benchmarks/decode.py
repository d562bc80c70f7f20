"""Reading a whole cine into a Clip and a Cine, against what pydicom alone needs to decode its frames."""

from pathlib import Path

import pydicom
from pydicom.data import get_testdata_file
from pydicom.pixels import iter_pixels

from benchmarks.timing import seconds
from echovlm.imaging import extract_cine, read_clip


def rows() -> list[tuple[str, float, str]]:
    path = Path(str(get_testdata_file("examples_ybr_color.dcm", download=False)))
    alone, read, both = seconds(
        lambda: list(iter_pixels(pydicom.dcmread(path))),
        lambda: read_clip(path),
        lambda: extract_cine(read_clip(path)),
    )
    return [
        ("read_clip / pydicom decoding", read / alone, "ratio"),
        ("read_clip + extract_cine / pydicom decoding", both / alone, "ratio"),
    ]
