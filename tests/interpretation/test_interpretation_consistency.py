"""A report is compared with its own values, and with what a reader holds of the study, before it is written."""

from dataclasses import replace

import pytest
from made_up_report import make_pictures, make_report
from page_text import Page
from typer.testing import CliRunner

from echovlm.cli import app
from echovlm.clinical import Finding, FindingState, Grade, Quantity, Sex
from echovlm.clinical.value_file import ValueFileError
from echovlm.interpretation import Evidence, Sentence, dump_json, render_html, render_text
from echovlm.interpretation.consistency import OWN_VALUES, read_reference, review
from echovlm.interpretation.errors import InterpretationError
from echovlm.interpretation.study import Contradicted, StudyReport


@pytest.fixture(scope="module")
def report() -> StudyReport:
    return make_report()


def reference(folder, name: str, text: str):
    path = folder / name
    path.write_text(text)
    return read_reference(path, sex=Sex.MALE)


@pytest.mark.parametrize("sex", [Sex.MALE, Sex.FEMALE, None])
def test_a_report_agrees_with_its_own_values(sex):
    (own,) = review(make_report(sex=sex)).reviews
    assert own.against == OWN_VALUES
    assert own.contradicted == ()
    assert own.compared > 15


def test_a_summary_against_the_values_is_told(report):
    evidence = (Evidence(1, None, "clip 1"),)
    wrong = Sentence("The left ventricle is normal in size, with an LVEF of 60 %.", evidence)
    (own,) = review(replace(report, summary=(wrong,))).reviews
    assert own.contradicted == (
        Contradicted(Finding.LV_DILATED, "state", "left ventricular dilation absent", "present (mild)"),
        Contradicted(Quantity.LVEF_BIPLANE, "number", "60 %", "38.4 %"),
    )


def test_a_finding_with_another_degree_than_its_value_has_is_told(report):
    findings = tuple(
        replace(each, result=replace(each.result, grade=Grade.SEVERE))
        if each.result.finding is Finding.LV_DILATED
        else each
        for each in report.findings
    )
    summary = (Sentence("Mild left ventricular dilation.", (Evidence(1, None, "clip 1"),)),)
    (own,) = review(replace(report, findings=findings, summary=summary)).reviews
    assert [(each.about, each.kind) for each in own.contradicted] == [(Finding.LV_DILATED, "degree")]


def test_a_measurement_against_another_is_told(report):
    doubled = replace(
        report.measurements[0], measurement=replace(report.measurements[0].measurement, value=76.0)
    )
    summary = (Sentence("LVEF 38 %.", (Evidence(1, None, "clip 1"),)),)
    (own,) = review(
        replace(report, measurements=(doubled, *report.measurements[1:]), summary=summary)
    ).reviews
    assert [(each.said, each.held) for each in own.contradicted] == [("38 %", "76 %")]


def test_a_reader_s_report_is_compared_as_readers_differ(report, tmp_path):
    near = reference(
        tmp_path, "near.txt", "Findings: LVEF 40 %. LVIDd 5.8 cm. Mildly dilated left ventricle."
    )
    far = reference(
        tmp_path,
        "far.txt",
        "Indication: severe mitral regurgitation, pericardial effusion.\n\n"
        "Findings: LVEF 55-60 %. The left ventricle is not dilated. No pericardial effusion.",
    )
    own, other = review(report, near).reviews
    assert (other.against, other.compared, other.contradicted) == ("near.txt", 3, ())
    own, other = review(report, far).reviews
    assert own.contradicted == ()
    assert other.contradicted == (
        Contradicted(Quantity.LVEF_BIPLANE, "number", "38.4 %", "55 to 60 %"),
        Contradicted(Finding.LV_DILATED, "state", "present (mild)", "left ventricular dilation absent"),
    )
    assert other.compared == 3  # the indication says nothing of this study


def test_a_reader_s_values_are_graded_and_compared(report, tmp_path):
    table = reference(tmp_path, "reader.csv", "name,value,unit\nLVEF,61,%\nLVIDd,5.9,cm\n")
    as_json = reference(tmp_path, "reader.json", '{"LVEF": "61 %", "LVIDd": "59 mm"}')
    _, told = review(report, table).reviews
    assert {(each.about, each.kind) for each in told.contradicted} == {
        (Quantity.LVEF_BIPLANE, "number"),
        (Finding.LV_SYSTOLIC_DYSFUNCTION, "state"),
    }
    assert review(report, as_json).reviews[1].contradicted == told.contradicted


@pytest.mark.parametrize(
    ("name", "content", "error", "words"),
    [
        ("blank.txt", b"Thank you for this referral.", InterpretationError, "states no value or finding"),
        ("scan.txt", b"\xff\xfe\x00\x81", InterpretationError, "no text in UTF-8"),
        ("values.csv", b"name,value\n", ValueFileError, "lacks the columns"),
        ("values.json", b"{]", ValueFileError, "is no JSON"),
        ("values.csv", b"name,value\nnose,3\n", ValueFileError, "no measurement is called"),
    ],
)
def test_a_reference_that_cannot_be_used_is_refused_in_one_sentence(tmp_path, name, content, error, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(error, match=words):
        read_reference(tmp_path / name, sex=None)


def test_page_text_and_json_tell_what_contradicts(report, tmp_path):
    told = review(report, reference(tmp_path, "far.txt", "LVEF 60 %. No left ventricular dilation."))
    html = render_html(told, make_pictures(told))
    for text in (Page(html).text, render_text(told)):
        assert "compared with its own values: no contradiction." in text
        assert "2 statements compared with far.txt: 2 contradictions." in text
    cells = Page(html[html.index('<section id="reviews"') :]).text
    assert "38.4 %" in cells
    assert "60 %" in cells
    assert '"against": "far.txt"' in dump_json(told)
    assert "Nothing in the report could be compared with x" in render_text(
        replace(told, reviews=(replace(told.reviews[0], against="x", compared=0),))
    )


def test_findings_that_are_not_assessed_are_listed_with_their_reason_beside_rarer_states():
    undecided = make_report(sex=None)  # one finding depends on the sex
    assert undecided.findings_in(FindingState.INDETERMINATE)
    html = render_html(undecided, make_pictures(undecided))
    listed = html[html.index('<section id="not-assessed"') :]
    for each in undecided.findings_in(FindingState.NOT_ASSESSED):
        assert each.result.reason in Page(listed).text


def test_a_reference_that_is_no_file_is_refused_at_once(tmp_path):
    (tmp_path / "study").mkdir()
    answer = CliRunner().invoke(
        app, ["interpret", str(tmp_path / "study"), "--reference", str(tmp_path / "none.txt")]
    )
    assert answer.exit_code == 2
    assert "none.txt is no file" in " ".join(answer.output.split())
