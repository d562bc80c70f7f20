"""The three tables of a MIMIC-IV-ECHO 1.0.1 tree, as a reader of simulated studies would have filled them."""

import csv
import gzip
import io
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from echovlm.clinical.guidelines import round_half_up
from echovlm.clinical.patient import Sex
from echovlm.simulation.archive.categories import CATEGORY_NAMES, judge
from echovlm.simulation.archive.items import CATEGORY_FILL, FILL, ITEMS, Row
from echovlm.simulation.archive.reading import Reading

RECORD_COLUMNS: Final = ("subject_id", "study_id", "acquisition_datetime", "dicom_filepath")
STUDY_COLUMNS: Final = (
    "subject_id", "study_id", "study_datetime", "note_id", "note_seq", "note_charttime",
    "measurement_id", "measurement_datetime",
)  # fmt: skip
MEASUREMENT_COLUMNS: Final = (
    "subject_id", "measurement_id", "measurement_datetime", "test_type", "measurement",
    "measurement_description", "result", "unit",
)  # fmt: skip


def report_study(reading: Reading, *, sex: Sex, generator: np.random.Generator) -> tuple[Row, ...]:
    """Return the rows that a reader of this study enters.

    The reader rounds, judges the categories by the guideline rules, and leaves some fields empty.

    Args:
        reading: What was measured and derived.
        sex: The patient's sex, which the limits depend on.
        generator: Decides what is left out.
    """
    skipped = {trace for trace, fill in FILL.items() if generator.random() >= fill}
    # A category is entered by itself: drawn for all of them, so that no draw depends on the patient.
    says = dict(zip(CATEGORY_NAMES, generator.random(len(CATEGORY_NAMES)) < CATEGORY_FILL, strict=True))
    sex_known = generator.random() < FILL["body"]
    rows = [Row("gender", "Gender", sex.value, "")] if sex_known else []
    rounded = {
        item.quantity: round_half_up(reading[item.quantity].value, item.resolution)
        for item in ITEMS
        if item.quantity in reading
    }
    for item in ITEMS:
        if item.quantity in rounded and item.trace not in skipped:
            digits = max(0, -int(np.floor(np.log10(item.resolution))))
            rows.append(Row(item.name, item.description, f"{rounded[item.quantity]:.{digits}f}", item.unit))
    return (*rows, *(row for row in judge(rounded, sex) if says[row.name]))


def render_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a table as CSV with Unix line ends."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def compress(table: bytes) -> bytes:
    """Return a table as gzip without a time in its header."""
    return gzip.compress(table, compresslevel=6, mtime=0)
