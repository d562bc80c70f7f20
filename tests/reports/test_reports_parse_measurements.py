"""Numbers in notes: every form that laboratories print, its unit, its range, its date and its place."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.provenance import Provenance, Source
from echovlm.clinical.ranges import typical_range
from echovlm.clinical.statements import measurement_sentences
from echovlm.reports import MeasurementInText, SectionKind, TextState, parse_report

Q = Quantity


def read(text: str) -> list[MeasurementInText]:
    return list(parse_report(text).measurements)


def only(text: str) -> MeasurementInText:
    (one,) = read(text)
    return one


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("LVEF 55-60%", 55, 60),
        ("EF>55%", 55, inf),
        ("(LVEF>55%)", 55, inf),
        ("(LVEF >55%).", 55, inf),
        ("(LVEF= 40-45 %)", 40, 45),
        ("(LVEF= < 30 %)", -inf, 30),
        ("(LVEF~25-30 %)", 25, 30),
        ("ejection fraction is 45 %", 45, 45),
        ("estimated ejection fraction 55-60%", 55, 60),
        ("The ejection fraction is 30% to 35%.", 30, 35),
        ("EF between 40 and 45%.", 40, 45),
        ("EF at least 55%.", 55, inf),
        ("EF approximately 40%.", 40, 40),
        ("EF 60", 60, 60),
        ("EF: 35", 35, 35),
        ("LVEF normal (55-60%).", 55, 60),
        ("Depressed EF of 20-25%.", 20, 25),
        ("Left Ventricle - Ejection Fraction: 55% (nl >=55%)", 55, 55),
        ("Quantitative biplane left ventricular ejection fraction is 45 % (normal 54-73%).", 45, 45),
    ],
)
def test_every_form_of_an_ejection_fraction_is_read(text, low, high):
    found = only(text)
    assert found.quantity in (Q.LVEF_BIPLANE, Q.LVEF_VISUAL)
    assert (found.low, found.high, found.state) == (low, high, TextState.PRESENT)


def test_a_bound_or_a_range_is_no_measured_value():
    assert only("LVEF>55%").measurement is None
    assert only("LVEF 40-45%").measurement is None
    assert only("LVEF 41%").measurement.value == 41


@pytest.mark.parametrize(
    ("text", "quantity", "value", "reference", "is_marked"),
    [
        ("Left Ventricle - Septal Wall Thickness: *1.3 cm  0.6 - 1.1 cm", Q.IVS_THICKNESS_ED, 1.3, (0.6, 1.1), True),
        ("Left Ventricle - Ejection Fraction: 60%  >= 55%", Q.LVEF_VISUAL, 60, (55, inf), False),
        ("Aortic Valve - Peak Velocity: *2.1 m/sec  <= 2.0 m/sec", Q.AV_VMAX, 2.1, (-inf, 2), True),
        ("TR Gradient (+ RA = PASP): *35 mm Hg <= 25 mm Hg", Q.TR_PEAK_GRADIENT, 35, (-inf, 25), True),
        ("Mitral Valve - E Wave: 0.8 m/sec", Q.MITRAL_E_VELOCITY, 80, None, False),
        ("Mitral Valve - E/A Ratio: 1.20", Q.MITRAL_E_A_RATIO, 1.2, None, False),
        ("Left Atrium - Four Chamber Length: 5.9* cm (nl <= 5.2 cm)", Q.LA_LENGTH_A4C, 5.9, None, True),
    ],
)  # fmt: skip
def test_a_measurement_line_gives_value_range_and_asterisk(text, quantity, value, reference, is_marked):
    found = only(text)
    assert (found.quantity, found.is_marked) == (quantity, is_marked)
    assert found.measurement.value == pytest.approx(value)
    if reference is not None:
        assert (found.reference.low, found.reference.high) == reference


@pytest.mark.parametrize(
    ("text", "now", "past"),
    [
        ("EF improved from 30% to 50%.", [50], [30]),
        ("EF is now 50% (previously 30%).", [50], [30]),
        ("LVEF was 30% in 2012, now 55%.", [55], [30]),
        ("The ascending aorta measures 4.5 cm, previously 4.1 cm in 2015.", [4.5], [4.1]),
        ("LVEF of 30-35% on an outside echocardiogram in ___, since recovered.", [], [30]),
        ("Prior EF 20%.", [], [20]),
        ("EF on prior echo was 20%.", [], [20]),
        ("EF dropped from 60 to 35%.", [35], [60]),
        ("EF decreased to 35% from 60%.", [35], [60]),
        ("The LVEF is 40% compared to 55% previously.", [40], [55]),
        ("LVEF 40%, down from 55%.", [40], [55]),
        ("Previous EF of 45% is now 30%.", [30], [45]),
        ("EF, previously 30%, is 50%.", [50], [30]),
        ("Dilated ascending aorta (4.6 cm; prior 4.4 cm).", [4.6], [4.4]),
        ("The ejection fraction has fallen from 60% in 2014 to 35%.", [35], [60]),
        ("Compared with the prior study of 2015, LVEF is 45%.", [45], []),
        ("Past Medical History:\nCardiomyopathy with an EF of 25%.\n", [], [25]),
        ("Indication: EF 20%.\n", [], [20]),
    ],
)
def test_a_value_of_another_date_is_told_from_one_of_this_study(text, now, past):
    found = read(text)
    assert [m.low for m in found if m.state is TextState.PRESENT] == now
    assert [m.low for m in found if m.state is TextState.HISTORICAL] == past


@pytest.mark.parametrize(
    ("text", "quantity", "value"),
    [
        ("Height: (in) 71", Q.HEIGHT, 180.34),
        ("Weight (lb): 208", Q.WEIGHT, 94.347),
        ("BSA (m2): 2.15 m2", Q.BSA, 2.15),
        ("HR (bpm): 69", Q.HEART_RATE, 69),
        ("LVIDd 45 mm", Q.LV_INTERNAL_DIAMETER_ED, 4.5),
        ("TAPSE 1.8 cm", Q.TAPSE, 18),
        ("GLS 18.5 %", Q.GLS, -18.5),
        ("Septal e' 6 cm/s", Q.E_PRIME_SEPTAL, 6),
        ("A 4.5 cm ascending aorta.", Q.ASCENDING_AORTA_DIAMETER, 4.5),
        ("The aortic root is mildly dilated (4.2 cm).", Q.AORTIC_SINUS_DIAMETER, 4.2),
        ("Estimated PA systolic pressure 45 mmHg.", Q.RVSP, 45),
        ("Moderate aortic stenosis (peak velocity 3.2 m/s).", Q.AV_VMAX, 3.2),
        ("AORTIC VALVE: Mean gradient 32 mmHg.", Q.AV_MEAN_GRADIENT, 32),
        ("LV mass over height to the power 2.7: 50 g/m2.7.", Q.LV_MASS_HEIGHT_INDEX, 50),
        ("Teichholz EF 61%", Q.LVEF_TEICHHOLZ, 61),
        ("LV ejection fraction, 3D is 55%.", Q.LVEF_3D, 55),
    ],
)
def test_a_number_is_read_by_its_name_in_canonical_units(text, quantity, value):
    found = only(text)
    assert found.quantity is quantity
    assert found.measurement.value == pytest.approx(value, rel=1e-4)


@pytest.mark.parametrize("quantity", Quantity, ids=lambda quantity: quantity.key)
def test_every_sentence_that_states_a_number_is_read_as_that_number_and_nothing_else(quantity):
    middle = sum(typical_range(quantity)) / 2
    stated = Measurement(quantity, middle, quantity.unit, Provenance(Source.TABLE, "made up"))
    for sentence in measurement_sentences(stated):
        parsed = parse_report(sentence)
        (found,) = parsed.measurements
        assert found.quantity is quantity, sentence
        assert abs(found.measurement.value - middle) <= 0.501 * found.resolution, sentence
        # "Effusion 1.2 cm" names what is there; a leak in "MR VC 0.3 cm" is part of a longer name.
        assert all(each.span == found.name_span for each in parsed.findings), sentence


def test_line_ends_of_any_system_part_the_lines_of_a_table():
    rows = ["Aorta - Ascending: 3.3 cm <= 3.4 cm", "Aorta - Arch: 2.8 cm <= 3.0 cm", "LVIDd 4.5 cm"]
    for end in ("\n", "\r\n", "\n\n", "\r\n\r\n"):
        assert [m.low for m in read(end.join(rows))] == [3.3, 2.8, 4.5]


def test_a_blood_pressure_is_two_values():
    systolic, diastolic = read("BP (mm Hg): 113/52")
    assert (systolic.quantity, systolic.low) == (Q.SYSTOLIC_BLOOD_PRESSURE, 113)
    assert (diastolic.quantity, diastolic.low) == (Q.DIASTOLIC_BLOOD_PRESSURE, 52)


@pytest.mark.parametrize(
    "text",
    [
        "A 45-year-old man.", "Vitamin E 400 units.", "CO 2.", "The aortic root is normal, 3 leaflets.",
        "MR 2+ and TR 1+.", "No prior study since 2012.", "LVEF normal.", "[**2019-1-2**] LVEF pending.",
        "LA 35 mL", "EF 60-55%", "17 segments", "LVEF (normal >55%)",
    ],
)  # fmt: skip
def test_a_number_without_its_name_is_no_measurement(text):
    assert read(text) == []


def test_an_impossible_value_is_kept_with_its_remark_and_never_a_measurement():
    found = only("LVEF 550%")
    assert found.measurement is None
    assert "implausible" in found.remark


def test_spans_are_the_words_themselves():
    text = "Measurements:\nLeft Ventricle - Septal Wall Thickness: *1.3 cm  0.6 - 1.1 cm\nLVEF is 45 %.\n"
    septum, ejection = read(text)
    assert septum.span.of(text) == "1.3 cm"
    assert septum.name_span.of(text) == "Left Ventricle - Septal Wall Thickness"
    assert septum.section is SectionKind.MEASUREMENTS
    assert ejection.span.of(text) == "45 %"
    assert "LVEF is 45 %" in ejection.sentence.of(text)


@given(st.text(alphabet=st.sampled_from("LVEF 0123456789.%<>=-~()*cm/sMRno;,\n:AS'+"), max_size=60))
def test_no_text_is_refused_and_every_span_lies_inside(text):
    parsed = parse_report(text)
    for each in (*parsed.measurements, *parsed.findings):
        assert 0 <= each.sentence.start <= each.span.start <= each.span.end <= each.sentence.end <= len(text)
