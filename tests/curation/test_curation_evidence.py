"""Values come from the table, the screen and the note, in this order of trust; what contradicts is listed."""

import gzip
from collections import Counter
from datetime import datetime, timedelta
from io import BytesIO

import numpy as np
import pytest
from curation_trees import plain_study, value_rows, write_table, write_tree
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont
from pydicom import dcmread
from pydicom.uid import ExplicitVRLittleEndian

from echovlm.clinical import Finding, FindingState, Grade, Measurement, Provenance, Quantity, Source, Unit
from echovlm.curation import (
    CurationOptions,
    OverlayUse,
    ReaderUse,
    RowProblem,
    SourceError,
    curate,
    pipeline,
    read_source,
)
from echovlm.curation.agreement import agree, weigh
from echovlm.curation.labels import label_study
from echovlm.curation.notes import Note, choose_note, find_echo, read_note
from echovlm.curation.overlays import read_overlay
from echovlm.dataset import EchoGround, read_excluded
from echovlm.dataset.conflicts import read_conflicts
from echovlm.imaging.overlay import OcrMissingError
from echovlm.imaging.still import plain_clip

QUIET = CurationOptions(reader=ReaderUse.NEVER, overlays=OverlayUse.NEVER)
NOTE = """Past Medical History: severe mitral regurgitation, repaired.
Pertinent Results:
CXR:
IMPRESSION: No pericardial effusion.

TTE (___):
LVEF= 35 %. The left atrium is mildly dilated. There is severe mitral regurgitation.
The patient may have an ASD.

CT CHEST: large pericardial effusion.

Brief Hospital Course: EF 60 % on discharge.
"""


def value(quantity: Quantity, number: float, source: Source, where: str = "x") -> Measurement:
    return Measurement(quantity, number, quantity.unit, Provenance(source, where))


def test_the_table_wins_over_screen_and_note_and_everything_is_kept():
    q = Quantity.LV_INTERNAL_DIAMETER_ED
    table, screen, note = (
        value(q, n, s) for n, s in ((5.1, Source.TABLE), (5.2, Source.OVERLAY), (7.0, Source.NOTE))
    )
    weighed = weigh([[table], [screen], [note]])
    assert weighed.chosen == (table,)
    assert weighed.others == (screen, note)
    assert weighed.conflicts == ((table, note),)
    assert weighed.agreement == {"table/overlay agree": 1, "table/note disagree": 1}


def test_a_screen_that_contradicts_itself_gives_way_to_the_note():
    q = Quantity.LA_VOLUME
    torn = [value(q, 40, Source.OVERLAY), value(q, 80, Source.OVERLAY)]
    note = value(q, 42, Source.NOTE)
    weighed = weigh([[], torn, [note]])
    assert weighed.chosen == (note,)
    assert set(weighed.others) == set(torn)
    assert weighed.conflicts == ((torn[0], torn[1]),)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([Quantity.LA_VOLUME, Quantity.LVEF_BIPLANE, Quantity.TAPSE]), st.floats(20, 80)
        ),
        max_size=6,
    ),
    st.integers(0, 2),
)
def test_no_value_is_lost_or_made_up_by_weighing(pairs, cut):
    values = [value(q, n, Source.TABLE, str(i)) for i, (q, n) in enumerate(pairs)]
    weighed = weigh([values[:cut], values[cut:]])
    assert sorted((*weighed.chosen, *weighed.others), key=repr) == sorted(values, key=repr)
    assert len({m.quantity for m in weighed.chosen}) == len(weighed.chosen)


def test_ejection_fractions_agree_by_points_and_diameters_by_shares():
    ef = Quantity.LVEF_BIPLANE
    assert agree(value(ef, 20, Source.TABLE), value(ef, 25, Source.NOTE))
    assert not agree(value(ef, 60, Source.TABLE), value(ef, 66, Source.NOTE))
    d = Quantity.LV_INTERNAL_DIAMETER_ED
    assert agree(value(d, 5.0, Source.TABLE), value(d, 5.4, Source.NOTE))
    assert not agree(value(d, 5.0, Source.TABLE), value(d, 5.7, Source.NOTE))


def test_only_the_echo_part_of_a_note_counts():
    noted = read_note(find_echo(NOTE), "note 7", Counter())
    assert {m.quantity: m.value for m in noted.measurements} == {Quantity.LVEF_BIPLANE: 35}
    states = {f.finding: (f.state, f.grade) for f in noted.findings}
    assert states[Finding.MITRAL_REGURGITATION] == (FindingState.PRESENT, Grade.SEVERE)
    assert Finding.PERICARDIAL_EFFUSION not in states  # neither the X-ray nor the CT is an echo
    assert Finding.ATRIAL_SHUNT not in states  # "may have" states nothing
    assert "Brief" not in noted.report
    assert "CXR" not in noted.report
    start, end = (
        int(w) for w in noted.measurements[0].provenance.locator.split() if w.isdigit() and w != "7"
    )
    assert find_echo(NOTE)[start:end] == "35 %"


def test_a_transoesophageal_report_is_passed_over():
    assert find_echo("TEE: No thrombus.\n\nEchocardiogram: LVEF 50 %.\n").startswith("Echocardiogram")
    assert find_echo("Pertinent Results:\nWBC 7.1\n") == ""


def test_two_notes_in_the_window_or_two_studies_are_an_ambiguity():
    day = datetime(2190, 1, 1)
    notes = [Note("a", day + timedelta(days=2), "LVEF 50 %"), Note("b", day + timedelta(days=6), "LVEF 30 %")]
    problems = Counter()
    assert choose_note(day, notes, [], problems) is None
    assert choose_note(day, notes[:1], [day + timedelta(days=1)], problems) is None
    assert problems == {RowProblem.AMBIGUOUS_NOTE: 2}
    found = choose_note(day, notes[:1], [day - timedelta(days=30)], problems)
    assert found is not None
    assert found[1] == "by time, 48.0 hours apart"
    assert choose_note(day - timedelta(days=6), notes[:1], [], problems) is None
    assert choose_note(None, notes, [], problems) is None


def test_a_rule_wins_over_a_category_and_that_over_a_note():
    q = value(Quantity.LVEF_BIPLANE, 30, Source.TABLE)
    denied = read_note(
        "ECHO: Left ventricular systolic function is normal. No aortic stenosis.", "n", Counter()
    )
    labels = label_study([q], [], sex=None, noted=denied.findings)
    states = {f.finding: f.state for f in labels.findings}
    assert states[Finding.LV_SYSTOLIC_DYSFUNCTION] is FindingState.PRESENT  # 30 % was measured
    assert states[Finding.AORTIC_STENOSIS] is FindingState.ABSENT  # nobody measured; the note denies it
    assert states[Finding.MITRAL_STENOSIS] is FindingState.NOT_ASSESSED


def screen(*lines: str) -> np.ndarray:
    image = Image.new("RGB", (400, 300))
    for row, line in enumerate(lines):
        ImageDraw.Draw(image).text((20, 40 + 40 * row), line, fill="white", font=ImageFont.load_default(20))
    return np.asarray(image)[None]


def test_a_measurement_box_is_read_with_its_place(tmp_path):
    frames = screen("LVIDd 5.1 cm", "LVIDs 3 bananas", "TI 0.4")
    clip = plain_clip(tmp_path / "x", frames, times_ms=np.zeros(1), calibration=None, remarks=[])
    (read,) = read_overlay(clip, "files/a.dcm", Counter())
    assert (read.quantity, read.value, read.unit) == (Quantity.LV_INTERNAL_DIAMETER_ED, 5.1, Unit.CM)
    assert read.provenance.source is Source.OVERLAY
    assert read.provenance.locator.startswith("files/a.dcm frame 0, box ")


def with_screen(content: bytes, *lines: str) -> bytes:
    """Return a DICOM still whose screen states values."""
    header = dcmread(BytesIO(content))
    pixels = screen(*lines)
    header.Rows, header.Columns, header.SamplesPerPixel = 300, 400, 3
    header.PhotometricInterpretation, header.PlanarConfiguration = "RGB", 0
    for keyword in ("NumberOfFrames", "FrameTimeVector", "FrameTime", "SequenceOfUltrasoundRegions"):
        if keyword in header:
            delattr(header, keyword)
    header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    header.PixelData = pixels.tobytes()
    buffer = BytesIO()
    header.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def test_version_0_1_reads_the_values_that_its_screens_state(tmp_path):
    study = plain_study(1, n_files=1)
    study.files.append(with_screen(study.files[0], "LVIDd 5.1 cm", "LA Vol 66 ml"))
    tree = version_0_1(tmp_path / "tree", [study])
    summary = curate(tree, tmp_path / "out", options=CurationOptions(reader=ReaderUse.NEVER))
    (row,) = EchoGround.open(tmp_path / "out").rows()  # the cine; the page is no picture of a heart
    found = {m.quantity: (m.value, m.provenance.source) for m in row.measurements}
    assert found[Quantity.LV_INTERNAL_DIAMETER_ED] == (5.1, Source.OVERLAY)
    assert found[Quantity.LA_VOLUME] == (66, Source.OVERLAY)
    origin = next(m.provenance.locator for m in row.measurements if m.quantity is Quantity.LA_VOLUME)
    assert "90000001_0002.dcm frame 0, box" in origin
    assert sum(summary.excluded.values()) == 1


def test_without_ocr_only_studies_that_need_it_are_set_aside_and_the_reason_says_so(tmp_path, monkeypatch):
    def missing() -> None:
        raise OcrMissingError("burned-in text cannot be read")

    monkeypatch.setattr(pipeline, "check_ocr", missing)
    studies = [plain_study(1), plain_study(6, values={})]
    tree = write_tree(tmp_path / "tree", studies)
    summary = curate(tree, tmp_path / "out", options=CurationOptions(reader=ReaderUse.NEVER))
    assert summary.kept == 2
    assert {clip.detail.partition("; ")[2] for clip in read_excluded(tmp_path / "out")} == {
        "its screens were not read, because the ocr extra is not installed"
    }
    with pytest.raises(OcrMissingError):
        curate(tree, tmp_path / "always", options=CurationOptions(overlays=OverlayUse.ALWAYS))


def version_0_1(root, studies, notes=()):
    """Write a tree as version 0.1: no structured table, and a study list without measurement_id."""
    tree = write_tree(root, studies)
    (tree / "structured-measurement.csv.gz").unlink()
    columns = ["subject_id", "study_id", "study_datetime", "note_id", "note_seq", "note_charttime"]
    rows = [{"subject_id": s.subject, "study_id": s.study, "study_datetime": s.time} for s in studies]
    write_table(tree / "echo-study-list.csv", rows, columns)
    if notes:
        header = [
            "note_id",
            "subject_id",
            "hadm_id",
            "note_type",
            "note_seq",
            "charttime",
            "storetime",
            "text",
        ]
        (tree / "note").mkdir()
        write_table(tree / "note" / "discharge.csv.gz", list(notes), header)
    return tree


def note_row(study, text=NOTE, note_id="10000001-DS-1", time="2190-01-03 00:00:00"):
    return {
        "note_id": note_id,
        "subject_id": study.subject,
        "note_type": "DS",
        "charttime": time,
        "text": text,
    }


def test_version_0_1_takes_its_values_from_the_note_and_keeps_the_report_as_the_arm_to_compare(tmp_path):
    studies = [plain_study(1), plain_study(5)]
    tree = version_0_1(tmp_path / "mimic-iv-echo" / "0.1", studies, [note_row(studies[0])])
    summary = curate(tree, tmp_path / "out", options=QUIET)
    assert read_source(tree).kind == "MIMIC-IV-ECHO 0.1 tree"
    assert summary.excluded == {"no_measurements": 2}  # the study without a note
    for row in EchoGround.open(tmp_path / "out").rows():
        assert {m.quantity: m.provenance.source for m in row.measurements} == {
            Quantity.LVEF_BIPLANE: Source.NOTE
        }
        assert "linked by time, 38.0 hours apart" in row.measurements[0].provenance.locator
        assert row.report_caption.startswith("TTE (___): LVEF= 35 %.")
        assert row.caption != row.report_caption


def test_notes_may_lie_elsewhere_and_packed_differently(tmp_path):
    study = plain_study(1)
    tree = version_0_1(tmp_path / "tree", [study], [note_row(study)])
    elsewhere = tmp_path / "elsewhere.csv"
    elsewhere.write_bytes(gzip.decompress((tree / "note" / "discharge.csv.gz").read_bytes()))
    (tree / "note" / "discharge.csv.gz").unlink()
    assert read_source(tree).tasks[0].noted == ()
    assert read_source(tree, notes=elsewhere).tasks[0].noted[0].value == 35


def test_a_table_of_notes_without_its_text_is_named_with_the_column(tmp_path):
    study = plain_study(1)
    tree = version_0_1(tmp_path / "tree", [study], [note_row(study)])
    write_table(tree / "note" / "discharge.csv.gz", [note_row(study)], ["note_id", "subject_id", "charttime"])
    with pytest.raises(SourceError, match=r"discharge\.csv\.gz lacks the column 'text'"):
        read_source(tree)


def test_table_and_note_that_disagree_are_both_kept_with_their_places(tmp_path):
    study = plain_study(1, values={"biplane_lvef": ("62", "%")})
    tree = write_tree(tmp_path / "tree", [study])
    (tree / "note").mkdir()
    write_table(
        tree / "note" / "discharge.csv", [note_row(study)], ["note_id", "subject_id", "charttime", "text"]
    )
    summary = curate(tree, tmp_path / "out", options=QUIET)
    row = EchoGround.open(tmp_path / "out").rows()[0]
    assert next(m.value for m in row.measurements if m.quantity is Quantity.LVEF_BIPLANE) == 62
    (other,) = row.other_measurements
    assert (other.value, other.provenance.source) == (35, Source.NOTE)
    (conflict,) = read_conflicts(tmp_path / "out")
    assert (conflict.quantity, conflict.value, conflict.other_value) == ("lvef_biplane", 62, 35)
    assert (conflict.origin[:5], conflict.other_origin[:4]) == ("table", "note")
    assert summary.agreement["table/note disagree"] == 1
    assert "label noise: table/note agree on 0 of 1 (0.0%)" in str(summary)
    assert "| table/note | 0 | 1 |" in (tmp_path / "out" / "README.md").read_text()


def test_rows_of_the_table_that_contradict_each_other_count_for_nothing_and_are_listed(tmp_path):
    study = plain_study(1, values={"lvedd": ("5.1", "cm"), "lvedd#2": ("6.4", "cm"), "la_vol": ("52", "mL")})
    summary = curate(write_tree(tmp_path / "tree", [study]), tmp_path / "out", options=QUIET)
    row = EchoGround.open(tmp_path / "out").rows()[0]
    assert Quantity.LV_INTERNAL_DIAMETER_ED not in {m.quantity for m in row.measurements}
    assert [m.value for m in row.other_measurements] == [5.1, 6.4]
    assert [(c.value, c.other_value) for c in read_conflicts(tmp_path / "out")] == [(5.1, 6.4)]
    assert summary.row_problems == {"conflicting": 2}


def test_doppler_values_of_the_table_are_read_and_a_tapse_in_millimetres_is_one(tmp_path):
    values = {
        "av_pk_vel": ("4.2", "m/s"),
        "tapse": ("18", "cm"),
        "tr_mmhg": ("30", "mmHg"),
        "av_leaflets": ("Sapien 3", ""),
    }
    study = plain_study(1, values=values)
    tree = write_tree(tmp_path / "tree", [study], extra_values=value_rows([]))
    (task,) = read_source(tree).tasks
    assert {
        m.quantity: round(m.canonical().to(u).value, 3) for m in task.measurements for u in [m.quantity.unit]
    }
    found = {m.quantity: m for m in task.measurements}
    assert found[Quantity.AV_VMAX].to(Unit.M_PER_S).value == pytest.approx(4.2)
    assert found[Quantity.TAPSE].to(Unit.MM).value == pytest.approx(18)
    assert task.context.prostheses  # a Sapien 3 is a prosthesis
