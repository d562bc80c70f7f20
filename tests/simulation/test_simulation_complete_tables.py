"""The untidy table of a complete archive: what it holds of the truth, and the oddities that a reader must survive."""

from collections import Counter

import numpy as np
import pytest

from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.names import find_quantity_by_name
from echovlm.clinical.patient import Sex
from echovlm.clinical.provenance import Provenance, Source
from echovlm.clinical.units import parse_unit
from echovlm.simulation.archive.items import CORE_ITEMS, DOPPLER_ITEMS, PUBLISHED_FILL, Row
from echovlm.simulation.archive.quirks import Era, QuirkShares, estimate_ejection_fraction, make_untidy
from echovlm.simulation.archive.reading import read_study
from echovlm.simulation.archive.tables import COMPLETE_FORM, report_study
from echovlm.simulation.archive.valve_words import judge_valves
from echovlm.simulation.archive.wall_motion import SEGMENT_NAMES
from echovlm.simulation.doppler.stated import true_haemodynamics
from echovlm.simulation.patient import sample_patient
from echovlm.simulation.views.truth import true_measurements
from echovlm.simulation.views.wall_motion import WallMotion, measure_wall_motion

NONE = QuirkShares(repeated=0, corrected=0, emptied=0, unitless=0, millimetres=0, ranged=0, bounded=0)


@pytest.fixture(scope="module")
def readings():
    """Sex, reading and wall motion of ten patients."""
    found = []
    for index in range(10):
        patient = sample_patient(index, seed=5)
        reading = read_study(
            true_measurements(patient), traced=true_haemodynamics(patient),
            generator=np.random.default_rng(index),
        )  # fmt: skip
        found.append((patient.sex, reading, [segment.score for segment in measure_wall_motion(patient)]))
    return found


def report(sex, reading, scores, seed):
    return report_study(
        reading, sex=sex, generator=np.random.default_rng(seed), form=COMPLETE_FORM, segment_scores=scores
    )


@pytest.fixture(scope="module")
def reports(readings):
    """Many forms filled in by many readers."""
    return [report(*readings[n % len(readings)], seed=n) for n in range(500)]


@pytest.mark.parametrize("item", [*CORE_ITEMS, *DOPPLER_ITEMS], ids=lambda item: item.name)
def test_a_row_is_named_and_measured_as_its_quantity_is(item):
    assert parse_unit(item.unit).dimension == item.quantity.unit.dimension
    assert item.trace in PUBLISHED_FILL
    if item.name not in ("ra_area", "effusion_depth", "biplane_lvef"):
        assert find_quantity_by_name(item.name) in (item.quantity, None)


def test_doppler_rows_say_what_the_traces_say(readings):
    for sex, reading, scores in readings[:10]:
        rows = {row.name: row for row in report(sex, reading, scores, seed=1)}
        for item in DOPPLER_ITEMS:
            row = rows.get(item.name)
            if row is None or row.unit != item.unit or not row.result or item.quantity not in reading:
                continue
            value = reading[item.quantity].to(parse_unit(item.unit)).value
            assert abs(float(row.result) - value) <= 0.5 * item.resolution + 1e-9 or item.name == "tapse"


def test_fields_are_filled_about_as_often_as_published(reports):
    for name, trace in {"lvedd": "lv diastole", "biplane_lvef": "biplane", "sept_e_prime": "annulus",
                        "la_vol": "la volume"}.items():  # fmt: skip
        share = np.mean([any(row.name == name for row in report) for report in reports])
        assert share == pytest.approx(PUBLISHED_FILL[trace], abs=0.07), name


def test_a_form_is_of_one_era(reports):
    eras = Counter()
    for rows in reports:
        names = {row.name for row in rows}
        imperial, metric = (
            names & {"height_inches", "weight_pounds", "gender"},
            names & {"height_cm", "weight_kg"},
        )
        assert not (imperial and metric)
        eras["imperial" if imperial else "metric" if metric else "neither"] += 1
    assert min(eras["imperial"], eras["metric"]) > 100


def test_inches_and_pounds_are_the_same_body():
    rows = [Row("height_cm", "Height", "178", "cm"), Row("weight_kg", "Weight", "80.0", "kg")]
    imperial = make_untidy(rows, era=Era.IMPERIAL, generator=np.random.default_rng(0), shares=NONE)
    assert [(row.name, row.result) for row in imperial] == [("height_inches", "70"), ("weight_pounds", "176")]


def test_every_oddity_occurs_in_a_large_table(reports):
    rows = [row for rows in reports for row in rows]
    assert any(row.result == "" for row in rows)
    assert any(row.name == "lvef" and row.result in (">55", "<30") for row in rows)
    assert any(row.name == "lvef" and "-" in row.result for row in rows)
    assert any(row.name == "lvedd" and row.unit == "" for row in rows)
    repeated = [n for rows in reports for n in Counter(rows).values() if n > 1]
    assert repeated
    values = [Counter(row.name for row in set(rows) if row.result)["lvedd"] for rows in reports]
    assert max(values) == 2, "a correction: two values, and nothing says which is right"


def test_without_oddities_a_metric_table_is_unchanged_but_for_the_sex():
    rows = [Row("gender", "Gender", "F", ""), Row("lvedd", "d", "4.9", "cm"), Row("tapse", "d", "2.1", "cm")]
    assert make_untidy(rows, era=Era.METRIC, generator=np.random.default_rng(1), shares=NONE) == tuple(
        rows[1:]
    )


def test_a_tapse_in_millimetres_keeps_the_unit_of_centimetres():
    rows = [Row("tapse", "Right Ventricle - TAPSE", "2.1", "cm")]
    shares = QuirkShares(**(dict.fromkeys(QuirkShares.__slots__, 0) | {"millimetres": 1}))
    (row,) = make_untidy(rows, era=Era.METRIC, generator=np.random.default_rng(1), shares=shares)
    assert (row.result, row.unit) == ("21", "cm")


def test_a_visual_estimate_comes_in_steps_of_five_around_the_measured_fraction(readings):
    for n, (_, reading, _) in enumerate(readings):
        lower, upper = estimate_ejection_fraction(reading, np.random.default_rng(n))
        assert float(lower.result) % 5 == 0
        assert float(upper.result) - float(lower.result) in (0, 5)
        assert abs(float(lower.result) - reading[Quantity.LVEF_BIPLANE].value) <= 15


@pytest.mark.parametrize(
    ("values", "name", "word"),
    [
        ({"AV_VMAX": 2.5, "AORTIC_VALVE_AREA": 1.2}, "aortic_stenosis", None),
        ({"AV_VMAX": 2.7, "AORTIC_VALVE_AREA": 1.6}, "aortic_stenosis", "Mild (>1.5cm2)"),
        ({"AV_VMAX": 3.5, "AORTIC_VALVE_AREA": 1.2}, "aortic_stenosis", "Mod (1.0-1.5cm2)"),
        ({"AV_VMAX": 4.2, "AORTIC_VALVE_AREA": 0.8}, "aortic_stenosis", "Severe (<1.0cm2)"),
        ({"AV_VMAX": 5.1, "AORTIC_VALVE_AREA": 0.6}, "aortic_stenosis", "Very severe (>5m/s;>60mmHg)"),
        ({}, "mitral_regurg", None),
        ({"MR_VMAX": 5.0}, "mitral_regurg", "Trivial"),
        ({"MR_VMAX": 5.0, "MR_EROA": 0.45}, "mitral_regurg", "Severe (4+)"),
        ({"TR_VMAX": 3.0, "TR_EROA": 0.25}, "tricuspid_regurg", "Mod [2+]"),
        ({"MV_MEAN_GRADIENT": 2.0}, "mitral_stenosis", "No valvular"),
        ({"MV_MEAN_GRADIENT": 7.0, "MITRAL_VALVE_AREA_PHT": 1.52}, "mitral_stenosis", "Mod"),
        ({"MV_MEAN_GRADIENT": 12.0, "MITRAL_VALVE_AREA_PHT": 0.9}, "mitral_stenosis", "Severe"),
        ({"MV_MEAN_GRADIENT": 5.0, "MITRAL_VALVE_AREA_PHT": 1.9}, "mitral_stenosis", "Mild"),
        ({"MV_MEAN_GRADIENT": 3.0, "MITRAL_VALVE_AREA_PHT": 1.9}, "mitral_stenosis", "Trivial"),
        ({"MITRAL_VALVE_AREA_PHT": 0.9}, "mitral_stenosis", None),
        ({"TAPSE": 12.0}, "rv_function", "RV function depressed"),
        ({"TAPSE": 21.0, "RV_S_PRIME": 12.0}, "rv_function", "Nl RV function"),
        ({"TAPSE": 15.0, "RV_S_PRIME": 12.0}, "rv_function", None),
        ({"TR_PEAK_GRADIENT": 25.0}, "phtn_severity", "Normal (TR<26mmHg)"),
        ({"TR_PEAK_GRADIENT": 61.0}, "phtn_severity", "Severe (TR >60mmHg)"),
        ({"IVC_DIAMETER": 2.3, "IVC_COLLAPSE": 30.0}, "ivc", ">2.1cm, <50% (>15mmHg)"),
    ],
)
def test_a_word_stands_for_the_numbers_printed_in_it(values, name, word):
    rows = {
        row.name: row.result
        for row in judge_valves({Quantity[key]: v for key, v in values.items()}, sex=Sex.FEMALE)
    }
    assert rows.get(name) == word


def test_a_form_that_names_absence_says_none_of_a_leak_that_was_not_seen():
    rows = {row.name: row.result for row in judge_valves({}, sex=Sex.MALE, names_absence=True)}
    assert rows == {"mitral_regurg": "None", "aortic_regurg": "None", "tricuspid_regurg": "None"}


def test_wall_motion_is_entered_by_segment_or_not_at_all(readings, reports):
    assert len(set(SEGMENT_NAMES)) == 17
    for n, rows in enumerate(reports[:50]):
        scores = readings[n % len(readings)][2]
        entered = {row.name for row in rows if row.name.startswith("wm_")}
        assert entered == (set(SEGMENT_NAMES) if max(scores) > 1 else set())


def test_what_is_judged_depends_on_the_numbers_alone():
    """Two patients with one set of numbers get one set of words, whatever made the numbers."""
    origin = Provenance(Source.MASK, "made up")
    reading = {q: Measurement(q, v, q.unit, origin) for q, v in {Quantity.AV_VMAX: 4.5}.items()}
    first = report(Sex.MALE, reading, (WallMotion.NORMAL,) * 17, seed=3)
    assert first == report(Sex.MALE, reading, (WallMotion.NORMAL,) * 17, seed=3)
