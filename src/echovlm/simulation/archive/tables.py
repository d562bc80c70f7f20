"""The three tables of a MIMIC-IV-ECHO 1.0.1 tree, as a reader of simulated studies would have filled them."""

import csv
import gzip
import io
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

import numpy as np

from echovlm.clinical.guidelines import round_half_up
from echovlm.clinical.measurement import Quantity
from echovlm.clinical.patient import Sex
from echovlm.clinical.units import parse_unit
from echovlm.simulation.archive.categories import CATEGORY_NAMES, judge
from echovlm.simulation.archive.items import (
    CATEGORY_FILL,
    CORE_FILL,
    CORE_ITEMS,
    DOPPLER_ITEMS,
    PUBLISHED_FILL,
    STANDARD_FILL,
    Item,
    Row,
)
from echovlm.simulation.archive.quirks import Era, estimate_ejection_fraction, make_untidy
from echovlm.simulation.archive.reading import Reading
from echovlm.simulation.archive.valve_words import DESCRIPTIONS, judge_valves
from echovlm.simulation.archive.wall_motion import SCORE_WORDS, SEGMENT_NAMES
from echovlm.simulation.views.wall_motion import WallMotion

_IMPERIAL_SHARE: Final = 0.4  # of the studies; the eras follow each other in time, which shifted dates hide

RECORD_COLUMNS: Final = ("subject_id", "study_id", "acquisition_datetime", "dicom_filepath")
STUDY_COLUMNS: Final = (
    "subject_id", "study_id", "study_datetime", "note_id", "note_seq", "note_charttime",
    "measurement_id", "measurement_datetime",
)  # fmt: skip
MEASUREMENT_COLUMNS: Final = (
    "subject_id", "measurement_id", "measurement_datetime", "test_type", "measurement",
    "measurement_description", "result", "unit",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Form:
    """Which fields a laboratory fills in, and how often.

    Attributes:
        items: The numeric rows.
        fill: Share of studies in which each trace was done.
        is_untidy: Whether the table has the oddities of a real one.
        has_valves: Whether valves, wall motion and the visual ejection fraction are entered.
        names_absence: Whether leaks that were not seen and segments that move as they should are entered too.
    """

    items: tuple[Item, ...]
    fill: Mapping[str, float]
    is_untidy: bool
    has_valves: bool = True
    names_absence: bool = False


CORE_FORM: Final = Form(CORE_ITEMS, CORE_FILL, is_untidy=False, has_valves=False)
STANDARD_FORM: Final = Form((*CORE_ITEMS, *DOPPLER_ITEMS), STANDARD_FILL, is_untidy=False, names_absence=True)
COMPLETE_FORM: Final = Form((*CORE_ITEMS, *DOPPLER_ITEMS), PUBLISHED_FILL, is_untidy=True)


def report_study(
    reading: Reading, *, sex: Sex, generator: np.random.Generator, form: Form = CORE_FORM,
    segment_scores: Sequence[WallMotion] = (),
) -> tuple[Row, ...]:  # fmt: skip
    """Return the rows that a reader of this study enters.

    The reader rounds, judges the categories by the guideline rules, and leaves some fields empty.

    Args:
        reading: What was measured and derived.
        sex: The patient's sex, which the limits depend on.
        generator: Decides what is left out.
        form: Which fields there are.
        segment_scores: Wall motion of the 17 segments; entered where the form has valves.
    """
    skipped = {trace for trace, fill in form.fill.items() if generator.random() >= fill}
    # A category is entered by itself: drawn for all of them, so that no draw depends on the patient.
    names = (*CATEGORY_NAMES, *DESCRIPTIONS) if form.has_valves else CATEGORY_NAMES
    says = dict(zip(names, generator.random(len(names)) < CATEGORY_FILL, strict=True))
    sex_known = generator.random() < form.fill["body"]
    rows = [Row("gender", "Gender", sex.value, "")] if sex_known else []
    numbers, rounded = _enter_numbers(reading, form, skipped)
    rows += numbers
    categories = judge(rounded, sex)
    if not form.has_valves:
        return (*rows, *(row for row in categories if says[row.name]))
    if "visual" not in skipped:
        rows += estimate_ejection_fraction(reading, generator)
    values = {quantity: measurement.canonical().value for quantity, measurement in reading.items()}
    valves = judge_valves(values, sex=sex, names_absence=form.names_absence)
    rows += [row for row in (*categories, *valves) if says[row.name]]
    # MIMIC's readers enter no row when all segments are normal.
    if form.names_absence or any(score > 1 for score in segment_scores):
        rows += [
            Row(name, "Left Ventricle - Wall Motion", SCORE_WORDS[score], "")
            for name, score in zip(SEGMENT_NAMES, segment_scores, strict=True)
        ]
    if not form.is_untidy:
        return tuple(rows)
    era = Era.IMPERIAL if generator.random() < _IMPERIAL_SHARE else Era.METRIC
    return make_untidy(rows, era=era, generator=generator)


def _enter_numbers(
    reading: Reading, form: Form, skipped: Set[str]
) -> tuple[list[Row], dict[Quantity, float]]:
    """Return the numeric rows, and every value as rounded, entered or not, in its canonical unit."""
    rows, rounded = [], {}
    for item in form.items:
        if item.quantity not in reading:
            continue
        unit = parse_unit(item.unit)
        entered = round_half_up(reading[item.quantity].to(unit).value, item.resolution)
        rounded[item.quantity] = entered * unit.in_base / item.quantity.unit.in_base
        if item.trace not in skipped:
            digits = max(0, -int(np.floor(np.log10(item.resolution))))
            rows.append(Row(item.name, item.description, f"{entered:.{digits}f}", item.unit))
    return rows, rounded


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
