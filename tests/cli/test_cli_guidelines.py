import json
import re
import shlex

import pytest
from typer.testing import CliRunner

from echovlm.cli import app
from echovlm.clinical.guidelines import GUIDELINES
from echovlm.errors import EchoVLMError

SUBCOMMANDS = [
    command.name or command.callback.__name__
    for command in app.registered_groups[0].typer_instance.registered_commands
]


def run(*arguments):
    return CliRunner().invoke(app, ["guidelines", *arguments], terminal_width=200)


@pytest.mark.parametrize("command", SUBCOMMANDS)
def test_the_example_of_every_help_text_runs(command):
    found = re.search(r"Example:\s*\n\s*echovlm (?P<line>.*)\n", run(command, "--help").output)
    assert found, f"`echovlm guidelines {command} --help` has no example"
    done = CliRunner().invoke(app, shlex.split(found["line"]))
    assert done.exit_code == 0, done.output
    assert done.stdout.strip()


def test_the_list_has_every_rule_with_its_confidence():
    lines = run("list", "--json").stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [each.id for each in GUIDELINES]
    assert {json.loads(line)["confidence"] for line in lines} >= {"verified_table", "partial", "memory"}


def test_a_shown_rule_says_that_nobody_checked_the_publication():
    page = run("show", "ms_grade_2020").stdout
    assert "severe (very severe): up to 1" in page
    assert "not checked against the publication" in page


FILES = {
    "study.csv": "name,value,unit\nsex,F,\nLVIDd,55,mm\nLVEF,45,%\nAV Vmax,>4,m/s\n",
    "study.json": '{"sex": "F", "LVIDd": "5.5 cm", "LVEF": 45, "seen": ["hypertension"]}',
}


@pytest.mark.parametrize("name", list(FILES))
def test_a_file_of_values_is_graded(tmp_path, name):
    path = tmp_path / name
    path.write_text(FILES[name], encoding="utf-8")
    done = run("grade", str(path), "--json")
    graded = {fact["finding"]: fact for fact in map(json.loads, done.stdout.splitlines())}
    dilated = graded["lv_dilated"]
    assert (dilated["state"], dilated["grade"], dilated["rule"]) == ("present", "mild", "lv_size_lvidd")
    assert dilated["distances"] == [
        {
            "quantity": "lv_internal_diameter_ed",
            "limit": 5.2,
            "beyond": pytest.approx(0.3),
            "fraction": pytest.approx(0.3 / 5.2),
        }
    ]
    assert "verified secondary" in dilated["source"]
    if "AV Vmax" in FILES[name]:
        stenosis = graded["aortic_stenosis"]
        assert (stenosis["state"], stenosis["grade"]) == ("present", "severe"), "more than 4 m/s is severe"
        assert "av_vmax" not in stenosis["values"], "a bound is not a value"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "lacks the columns name and value"),
        ("name,value\nfoo,3\n", "line 2: no measurement is called 'foo'"),
        ("name,value\nLVIDd,big\n", "line 2: LVIDd 'big' is no number"),
        ("name,value,unit\nLVIDd,5,furlong\n", "unknown unit 'furlong'"),
        ("name,value,unit\nLVIDd,5,mmHg\n", "LVIDd is a length"),
        ("name,value\nsex,x\n", "sex 'x' is not known"),
        ("name,value\nrhythm,jazz\n", "rhythm 'jazz' is not known"),
    ],
)
def test_a_broken_file_is_one_sentence(tmp_path, text, said):
    path = tmp_path / "study.csv"
    path.write_text(text, encoding="utf-8")
    done = run("grade", str(path))
    assert isinstance(done.exception, EchoVLMError)
    assert said in str(done.exception)
    assert "\n" not in str(done.exception)


def test_a_rule_that_is_not_there_is_answered_with_the_nearest():
    done = run("show", "as_grad")
    assert isinstance(done.exception, EchoVLMError)
    assert "nearest: as_grade" in str(done.exception)
    assert run("grade").exit_code == 2
    assert run("list", "--finding", "nothing").exit_code == 2
