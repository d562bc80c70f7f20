"""Users' own tables come in by a small TOML file, in which every key is checked."""

import pytest
from curation_trees import dicom, write_table

from echovlm.clinical import Finding, FindingState, Quantity, Sex, Unit, View
from echovlm.curation import CurationOptions, ReaderUse, SourceError, curate, read_source
from echovlm.dataset import EchoGround, Split

QUIET = CurationOptions(reader=ReaderUse.NEVER)
TOML = """
licence = "Ours alone."
clean = true

[files]
table = "files.csv"
path = "File"
patient = "Patient"
study = "Exam"
time = "When"
view = "Plane"
sex = "Sex"
split = "Set"
"""
LONG = '[values]\ntable = "values.csv"\nstudy = "Exam"\nname = "What"\nvalue = "Value"\nunit = "Unit"\n'
WIDE = """
[values]
table = "wide.csv"
study = "Exam"
[values.columns]
"LV EF" = "lvef_biplane %"
"LVIDd mm" = "LVIDd mm"
"""
BY_TIME = (
    '[values]\ntable = "timed.csv"\npatient = "Patient"\ntime = "Measured"\nname = "What"\nvalue = "Value"\n'
)
REPORTS = '[reports]\ntable = "reports.csv"\nstudy = "Exam"\ntext = "Text"\n'


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "mine"
    (root / "clips").mkdir(parents=True)
    header = ["File", "Patient", "Exam", "When", "Plane", "Sex", "Set"]
    rows = []
    for number, (patient, exam, view) in enumerate(
        [("p1", "e1", "4CH"), ("p1", "e1", "PLAX"), ("p2", "e2", "")]
    ):
        name = f"clips/{number}.dcm"
        (root / name).write_bytes(dicom(study=number, ordinal=number, view=View.A2C))
        rows.append(
            [name, patient, exam, f"2020-05-0{number + 1}", view, "F", "test" if patient == "p1" else "train"]
        )
    rows += [
        ["clips/0.dcm", "p9", "e9", "", "", "", ""],
        ["", "p3", "e3", "", "", "", ""],
        ["../x.dcm", "p3", "e3", "", "", "", ""],
    ]
    table(root / "files.csv", header, rows)
    table(root / "values.csv", ["Exam", "What", "Value", "Unit"], [
        ["e1", "LVIDd", "51", "mm"], ["e1", "Zodiac", "7", ""], ["e2", "LVEF", "30-35", "%"],
        ["e2", "LA volume", "52", "mL"], ["e7", "LVIDd", "5.0", "cm"],
    ])  # fmt: skip
    table(root / "wide.csv", ["Exam", "LV EF", "LVIDd mm"], [["e1", "30", "62"], ["e2", "58", ""]])
    table(root / "timed.csv", ["Patient", "Measured", "What", "Value"], [
        ["p1", "2020-05-02", "LVEF", "40"], ["p2", "2020-05-01", "LVEF", "50"], ["p2", "2020-05-04", "LVEF", "60"],
    ])  # fmt: skip
    table(root / "reports.csv", ["Exam", "Text"], [["e1", "Severe mitral regurgitation. LVEF 31 %."]])
    return root


def table(path, header, rows):
    write_table(path, [dict(zip(header, row, strict=True)) for row in rows], header)


def mapped(folder, text):
    path = folder / "map.toml"
    path.write_text(text)
    return path


def values(task):
    return {m.quantity: m.value for m in task.measurements}


def test_files_long_values_and_reports_come_together(folder, tmp_path):
    source = mapped(folder, TOML + LONG + REPORTS)
    listing = read_source(source)
    first, second = listing.tasks if listing.tasks[0].patient_id == "p1" else reversed(listing.tasks)
    assert values(first) == {Quantity.LV_INTERNAL_DIAMETER_ED: pytest.approx(5.1)}
    assert values(second) == {Quantity.LA_VOLUME: 52}
    assert (first.sex, first.split, second.split) == (Sex.FEMALE, Split.TEST, Split.TRAIN)
    assert [m.value for m in first.noted] == [31]
    assert listing.licence == "Ours alone."
    problems = {problem.value: count for problem, count in listing.row_problems.items() if count}
    assert problems == {"unknown_name": 1, "range": 1, "ambiguous_row": 1}
    assert sorted(clip.reason for clip in listing.excluded) == [
        "invalid_record",
        "invalid_record",
        "repeated_record",
    ]
    summary = curate(source, tmp_path / "out", options=QUIET)
    assert summary.records == 6 == summary.kept + sum(summary.excluded.values())
    rows = {row.source_path: row for row in EchoGround.open(tmp_path / "out").rows()}
    assert {path: row.view for path, row in rows.items()} == {
        "clips/0.dcm": View.A4C, "clips/1.dcm": View.PLAX, "clips/2.dcm": View.A2C
    }  # fmt: skip
    leak = next(f for f in rows["clips/0.dcm"].findings if f.finding is Finding.MITRAL_REGURGITATION)
    assert leak.state is FindingState.PRESENT
    assert rows["clips/0.dcm"].report_caption.startswith("Severe mitral")


def test_a_wide_table_names_quantity_and_unit_per_column(folder):
    tasks = {task.patient_id: task for task in read_source(mapped(folder, TOML + WIDE)).tasks}
    found = {
        m.quantity: m.to(Unit.CM).value if m.quantity.unit is Unit.CM else m.value
        for m in tasks["p1"].measurements
    }
    assert found == {Quantity.LVEF_BIPLANE: 30, Quantity.LV_INTERNAL_DIAMETER_ED: pytest.approx(6.2)}
    assert values(tasks["p2"]) == {Quantity.LVEF_BIPLANE: 58}


def test_values_without_a_study_are_linked_by_time_and_two_in_the_window_are_none(folder):
    listing = read_source(mapped(folder, TOML + BY_TIME))
    tasks = {task.patient_id: task for task in listing.tasks}
    assert values(tasks["p1"]) == {Quantity.LVEF_BIPLANE: 40}
    assert "linked by time, 24.0 hours apart" in tasks["p1"].measurements[0].provenance.locator
    assert values(tasks["p2"]) == {}
    problems = {problem.value: count for problem, count in listing.row_problems.items() if count}
    assert problems == {"ambiguous_row": 2}


def test_a_source_that_is_not_clean_gives_up_its_report_and_its_names(folder, tmp_path):
    source = mapped(folder, (TOML + LONG + REPORTS).replace("clean = true", "clean = false"))
    curate(source, tmp_path / "out", options=QUIET)
    rows = EchoGround.open(tmp_path / "out").rows()
    assert all(row.report_caption == "" for row in rows)
    assert not {row.patient_id for row in rows} & {"p1", "p2"}
    assert not {row.source_path for row in rows} & {"clips/0.dcm", "clips/1.dcm", "clips/2.dcm"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("licence = ", "no readable TOML"),
        ("licence = 'x'", r"has no section \[files\]"),
        (TOML.replace("patient =", "patiant ="), r"'patiant' is not known.*Did you mean patient\?"),
        (TOML.replace('patient = "Patient"\n', ""), r"\[files\] lacks 'patient'"),
        (TOML.replace('"Plane"', '"Section"'), r"files\.csv lacks the column 'section'"),
        (TOML.replace("clean = true", "clean = 'yes'"), "clean must be true or false"),
        (TOML + LONG.replace('unit = "Unit"', "unit = 3"), "must be a text"),
        (TOML + '[values]\ntable = "values.csv"\nstudy = "Exam"\n', r"needs either name and value"),
        (TOML + LONG.replace('study = "Exam"\n', ""), "needs study, or patient and time"),
        (TOML + WIDE.replace("lvef_biplane %", "Zodiac %"), "no measurement is called 'Zodiac %'"),
        (TOML + WIDE.replace("lvef_biplane %", "lvef_biplane parsec"), "unknown unit"),
    ],
)
def test_a_mistake_in_the_mapping_is_named(folder, text, told):
    with pytest.raises(SourceError, match=told):
        read_source(mapped(folder, text))
