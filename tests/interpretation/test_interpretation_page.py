"""The page and the JSON of a report, from made-up values."""

import base64
import hashlib
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up_report import make_pictures, make_report
from page_text import Page

from echovlm.clinical import FindingState, Measurement, Provenance, Quantity, Sex, Source, Structure, Unit
from echovlm.interpretation import RESEARCH_NOTICE, Evidence, Sentence, dump_json, render_html, render_text
from echovlm.interpretation.judging import find_limit
from echovlm.interpretation.pictures import Placement, trace_contours
from echovlm.interpretation.report_html import place_on_gauge
from echovlm.interpretation.wording import format_number

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}.dcm'


@pytest.fixture(scope="module")
def report():
    return make_report()


@pytest.fixture(scope="module")
def html(report):
    return render_html(report, make_pictures(report))


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def test_the_page_of_five_clips_is_small_enough_to_mail(html):
    assert len(html.encode()) < 6_000_000


def test_the_page_asks_nothing_of_a_network(html, page):
    wanted = page.attributes("src") + page.attributes("href")
    assert all(link.startswith(("data:image/jpeg;base64,", "#")) for link in wanted)
    assert "@import" not in html
    assert "url(" not in html
    assert set(re.findall(r"https?://[^\s\"'<]+", html)) == {"http://www.w3.org/2000/svg"}


def test_rare_states_have_a_column_only_when_a_finding_has_one(report, html):
    always = {FindingState.PRESENT, FindingState.ABSENT, FindingState.NOT_ASSESSED}
    for state in FindingState:
        assert (f'class="column is-{state.value}"' in html) == (
            state in always or bool(report.findings_in(state))
        )


def test_only_the_page_s_own_script_may_run(page):
    policy = next(
        attrs["content"] for _, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    own = page.scripts[-1]
    digest = base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_hostile_names_are_text_and_nothing_else():
    report = make_report(file_name=HOSTILE, source_name=HOSTILE)
    page = Page(render_html(report, make_pictures(report)))
    assert HOSTILE in page.text
    kinds = [attrs.get("type") for tag, attrs in page.tags if tag == "script"]
    assert kinds == ["application/json"] * 5 + [None]
    assert not page.attributes("onerror")
    assert "49.dcm" not in page.text


def test_every_link_leads_to_a_place_on_the_page(page):
    places = page.attributes("id")
    assert len(places) == len(set(places))
    assert {link.removeprefix("#") for link in page.attributes("href")} <= set(places)


def test_the_page_says_what_it_is_and_what_it_rests_on(report, page):
    assert page.text.count(RESEARCH_NOTICE) == 2
    assert "trained on simulated hearts" in page.text
    for model in report.models:
        assert model.file_name in page.text
        assert model.sha256[:16] in page.text
    for name, version in report.versions:
        assert f"{name} {version}" in page.text


def test_each_finding_shows_its_rule_its_reason_and_its_year(report, page):
    for finding in report.findings:
        assert finding.result.reason in page.text
        if finding.result.state is not FindingState.NOT_ASSESSED:
            assert finding.result.rule_id in page.text
            assert finding.source in page.text
            assert re.search(r"(19|20)\d\d", finding.source)


def test_what_was_not_assessed_or_skipped_is_said_with_its_reason(report, page):
    for reason in [m.reason for m in report.not_measured] + [reason for _, reason in report.no_impressions]:
        assert reason in page.text
    assert "notes.dcm" in page.text
    assert report.skipped[0].reason in page.text


def test_impressions_stand_apart_and_show_their_prompts(report, html, page):
    impressions = html[html.index('<section id="impressions"') : html.index('<section id="not-assessed"')]
    assert "No measurement and no rule stands behind these" in impressions
    for impression in report.impressions:
        assert all(prompt in page.text for prompt in impression.present_prompts + impression.absent_prompts)
    assert "rule" not in Page(impressions).attributes("title")


def test_a_probability_is_as_long_as_its_bar(report):
    sure, unsure = (replace(report.impressions[0], probability=p) for p in (0.9996, 0.0004))
    page = Page(render_html(replace(report, impressions=(sure, unsure)), make_pictures(report)))
    bars = [style for tag, attrs in page.tags if tag == "i" for style in [attrs["style"]]]
    assert bars[-2:] == ["width: 100.0%", "width: 0.0%"]
    assert ">99%" in page.text
    assert "<1%" in page.text


def test_the_cine_can_be_worked_by_keyboard_and_by_screen_reader(page):
    for tag, attrs in page.tags:
        if tag == "input":
            assert attrs["type"] == "range"
            assert attrs["aria-label"]
        if tag == "img":
            assert attrs["alt"]
    assert sum(attrs.get("data-do") == "play" for tag, attrs in page.tags if tag == "button") == 5


def test_the_script_gets_every_frame_with_its_outlines(report, page):
    for text, picture in zip(page.scripts[:-1], make_pictures(report), strict=True):
        cine = json.loads(text)
        assert [base64.b64decode(frame) for frame in cine["frames"]] == list(picture.frames_jpeg)
        assert len(cine["contours"]) == len(cine["times"]) == len(cine["frames"])


def test_no_folder_of_the_reader_s_disk_reaches_the_report(report, html):
    for text in (html, dump_json(report), render_text(report)):
        assert "/somewhere" not in text


def test_the_json_says_the_same_twice_and_names_states_and_units(report):
    text = dump_json(report)
    assert text == dump_json(make_report())
    read = json.loads(text)
    states = {each["result"]["finding"]: each["result"]["state"] for each in read["findings"]}
    assert states["lv_dilated"] == "present"
    assert states["ra_dilated"] == "not_assessed"
    lvidd = next(m["measurement"] for m in read["measurements"] if m["measurement"]["label"] == "LVIDd")
    assert lvidd["unit"] == "cm"
    assert all(sentence["evidence"] for sentence in read["summary"])


def test_a_sentence_without_evidence_cannot_be_made():
    with pytest.raises(ValueError, match="no evidence"):
        Sentence("The heart is fine.", ())
    assert Sentence("The heart is fine.", (Evidence(1, None, "clip 1"),)).evidence


@settings(max_examples=60, deadline=None)
@given(
    quantity=st.sampled_from([Quantity.LVEF_BIPLANE, Quantity.LV_INTERNAL_DIAMETER_ED, Quantity.RA_AREA]),
    share=st.floats(0.0, 1.0),
    sex=st.sampled_from(Sex),
)
def test_the_dot_stands_on_the_side_of_the_limit_that_the_rule_says(quantity, share, sex):
    value = quantity.lowest + share * (quantity.highest - quantity.lowest)
    limit = find_limit(Measurement(quantity, value, quantity.unit, Provenance(Source.MASK, "made up")), sex)
    bar = place_on_gauge(value, limit)
    assert 5 <= bar.value_px <= 145
    assert 5 <= bar.limit_px <= 145
    if limit.beyond:
        assert (bar.value_px >= bar.limit_px) if limit.abnormal_above else (bar.value_px <= bar.limit_px)


def test_without_a_sex_no_limit_that_needs_one_is_shown():
    lvidd = Measurement(Quantity.LV_INTERNAL_DIAMETER_ED, 5.5, Unit.CM, Provenance(Source.MASK, "made up"))
    assert find_limit(lvidd, None) is None
    assert find_limit(lvidd, Sex.MALE).beyond is False
    assert find_limit(lvidd, Sex.FEMALE).beyond is True


def test_numbers_are_rounded_half_up_as_reports_are():
    assert format_number(5.85, Unit.CM) == "5.9"
    assert format_number(51.5, Unit.PERCENT) == "52"


def polygon(path):
    points = np.array([[float(v) for v in point.split()] for point in path.strip("MZ").split("L")])
    x, y = points.T
    return points, 0.5 * abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))


@settings(max_examples=25, deadline=None)
@given(radius=st.floats(8, 30), scale=st.floats(0.5, 4), left=st.floats(-20, 20), centre=st.floats(38, 42))
def test_an_outline_lies_on_the_border_of_its_structure(radius, scale, left, centre):
    y, x = np.mgrid[:80, :80]
    label = np.where(np.hypot(x - centre, y - 40) < radius, Structure.LA, 0).astype(np.uint8)
    paths = trace_contours(label, Placement(scale, (left, 5.0)))
    assert set(paths) == {Structure.LA}
    points, area = polygon(paths[Structure.LA])
    from_centre = np.hypot(points[:, 0] - (centre * scale + left), points[:, 1] - (40 * scale + 5.0)) / scale
    assert np.abs(from_centre - radius).max() < 1.0
    assert area / scale**2 == pytest.approx(np.count_nonzero(label), rel=0.05)


def test_a_structure_cut_by_the_edge_is_still_closed():
    label = np.zeros((40, 40), np.uint8)
    label[:, :15] = Structure.RV
    _, area = polygon(trace_contours(label, Placement(1.0, (0.0, 0.0)))[Structure.RV])
    assert area == pytest.approx(600, rel=0.08)
