"""No identity gets out: not by a tag, not by a file name, not by a pixel; and what cannot be proven is not written."""

import json
import string
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imaging_files import fan_mask, header, region, screen, write_dicom
from PIL import Image, ImageDraw, ImageFont
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from echovlm.imaging import read_clip
from echovlm.imaging.deidentify import (
    DeidentifyError,
    DeidentifyOptions,
    KeyFileError,
    Pseudonyms,
    Retain,
    RetainError,
    deidentify,
    read_key,
)
from echovlm.imaging.deidentify.header import clean_header
from echovlm.imaging.deidentify.pixels import blank_identity
from echovlm.imaging.deidentify.verify import find_leaks
from echovlm.imaging.overlay import TextBox

KEY = b"k" * 32
NAMES = Pseudonyms(KEY)
ALL = DeidentifyOptions()
BASIC = DeidentifyOptions(frozenset())
TEXT_VRS = {"AE", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"}


def identified(**change) -> Dataset:
    known = {
        "PatientName": "DOE^JANE", "PatientID": "MRN-4711-XY", "PatientBirthDate": "19510203", "PatientAge": "069Y",
        "PatientSex": "F", "StudyDate": "20200405", "StudyTime": "101500", "AcquisitionDateTime": "20200405101530",
        "InstitutionName": "Saint Elsewhere", "ReferringPhysicianName": "SMITH^ADAM", "StudyID": "88123",
        "StudyDescription": "TTE for Jane Doe", "SeriesInstanceUID": "1.2.3.9", "HeartRate": 71, "FrameTime": 33.3,
        "Manufacturer": "Acme", "StationName": "ROOM12", "DeviceSerialNumber": "SN99123",
    }  # fmt: skip
    return header(**{"regions": (region(),), **known, **change})


def everything_in(dataset: Dataset) -> str:
    return str(dataset) + str(dataset.to_json())


def test_the_same_key_gives_the_same_names_and_another_key_others():
    assert NAMES.patient("A") == Pseudonyms(KEY).patient("A") != NAMES.patient("B")
    assert NAMES.patient("A") != Pseudonyms(b"x" * 32).patient("A")
    assert pydicom.uid.UID(NAMES.uid("1.2.3")).is_valid
    assert "k" * 8 not in repr(NAMES)


@settings(max_examples=50, deadline=None)
@given(
    days=st.lists(st.dates(min_value=__import__("datetime").date(1990, 1, 1)), min_size=2, max_size=2),
    patient=st.text(min_size=1, max_size=12),
)
def test_intervals_between_the_dates_of_a_patient_stay(days, patient):
    from datetime import datetime

    shifted = [NAMES.shifted(f"{day:%Y%m%d}", patient_id=patient) for day in days]
    moved = [datetime.strptime(text, "%Y%m%d").date() for text in shifted]
    assert moved[1] - moved[0] == days[1] - days[0]
    assert moved[0] < days[0]


def test_dates_move_ages_and_sizes_stay_and_the_heart_keeps_its_time():
    clean = clean_header(identified(), pseudonyms=NAMES, options=ALL)
    assert clean.StudyDate == NAMES.shifted("20200405", patient_id="MRN-4711-XY") != "20200405"
    assert clean.AcquisitionDateTime[8:] == "101530"
    assert (clean.PatientSex, clean.PatientAge, clean.Manufacturer) == ("F", "069Y", "Acme")
    assert (clean.HeartRate, clean.FrameTime) == (71, 33.3)
    assert clean.SequenceOfUltrasoundRegions[0].PhysicalDeltaX == 0.05
    assert clean.PatientName == clean.PatientID == NAMES.patient("MRN-4711-XY")
    codes = [item.CodeValue for item in clean.DeidentificationMethodCodeSequence]
    assert codes == ["113100", "113101", "113107", "113108", "113109"]


def test_a_machine_named_like_the_patient_is_not_told():
    source = identified(PatientName="ACME^ANN", ManufacturerModelName="Vivid 7")
    clean = clean_header(source, pseudonyms=NAMES, options=ALL)
    assert (clean.Manufacturer, clean.ManufacturerModelName) == ("", "Vivid 7")


def test_the_basic_profile_alone_keeps_neither_dates_nor_patient_nor_device():
    clean = clean_header(identified(), pseudonyms=NAMES, options=BASIC)
    assert clean.StudyDate == clean.StudyTime == clean.PatientSex == clean.Manufacturer == ""
    assert not {"PatientAge", "AcquisitionDateTime", "PatientWeight"} & set(clean.dir())
    assert clean.LongitudinalTemporalInformationModified == "REMOVED"


def test_what_is_asked_to_stay_stays_and_is_no_leak(tmp_path):
    options = DeidentifyOptions(frozenset({Retain.FULL_DATES, Retain.UIDS, Retain.INSTITUTION}))
    source = identified(InstitutionAddress="1 Elsewhere Road", PatientBirthDate="19510203")
    clean = clean_header(source, pseudonyms=NAMES, options=options)
    assert (clean.StudyDate, clean.StudyInstanceUID) == ("20200405", "1.2.3")
    assert clean.InstitutionName == "Saint Elsewhere"
    assert not {"InstitutionAddress", "PatientAge"} & set(clean.dir())
    assert clean.PatientBirthDate == clean.Manufacturer == ""
    assert clean.LongitudinalTemporalInformationModified == "UNMODIFIED"
    codes = [item.CodeValue for item in clean.DeidentificationMethodCodeSequence]
    assert codes == ["113100", "113101", "113106", "113110", "113112"]
    attributes = {e.keyword: e.value for e in clean if e.keyword != "SequenceOfUltrasoundRegions"}
    path = write_dicom(
        tmp_path / "x.dcm", np.zeros((1, 16, 16), np.uint8), photometric="MONOCHROME2", **attributes
    )
    nothing = lambda image: ()  # noqa: E731
    assert find_leaks(source, path.read_bytes(), reader=nothing, repeated=options.repeated) == ()
    assert find_leaks(source, path.read_bytes(), reader=nothing) != ()


def test_a_house_named_like_the_patient_is_not_told_and_a_date_that_is_none_goes():
    options = DeidentifyOptions(frozenset({Retain.FULL_DATES, Retain.INSTITUTION}))
    source = identified(InstitutionName="Doe Memorial")
    source.StudyDate = "JANE DOE"
    clean = clean_header(source, pseudonyms=NAMES, options=options)
    assert "InstitutionName" not in clean
    assert clean.StudyDate == ""


def test_dates_cannot_be_both_shifted_and_full():
    with pytest.raises(RetainError, match="either dates or full-dates"):
        DeidentifyOptions(frozenset({Retain.FULL_DATES, Retain.DATES}))


def test_text_that_flashes_up_in_the_middle_of_a_cine_is_a_leak(tmp_path):
    clean = clean_header(identified(), pseudonyms=NAMES, options=ALL)
    attributes = {e.keyword: e.value for e in clean if e.keyword != "SequenceOfUltrasoundRegions"}
    frames = np.full((7, 60, 80), 9, np.uint8)
    frames[3, 20:30, 20:60] = 255
    path = write_dicom(tmp_path / "x.dcm", frames, photometric="MONOCHROME2", **attributes)
    sees_bright = lambda image: (name_box(box=(20, 20, 60, 30)),) if image.max() == 255 else ()  # noqa: E731
    assert find_leaks(identified(), path.read_bytes(), reader=sees_bright)
    assert (
        blank_identity(np.repeat(frames[..., None], 3, -1), np.ones((60, 80), bool), reader=sees_bright)[1]
        >= 1
    )


@pytest.mark.parametrize(
    ("age", "told"), [("089Y", "089Y"), ("090Y", "090Y"), ("104Y", "090Y"), ("007M", "007M")]
)
def test_the_oldest_become_one_age(age, told):
    assert clean_header(identified(PatientAge=age), pseudonyms=NAMES, options=ALL).PatientAge == told


def test_nothing_planted_in_any_text_attribute_of_the_standard_passes():
    """Every text attribute of the dictionary, at the top and inside the one sequence that stays."""
    keywords = sorted(
        entry[4] for entry in DicomDictionary.values()
        if entry[0] in TEXT_VRS and entry[1] == "1" and entry[4] and entry[3] != "Retired"
    )  # fmt: skip
    assert len(keywords) > 600
    source = identified()
    inner = source.SequenceOfUltrasoundRegions[0]
    for number, keyword in enumerate(keywords):
        planted = f"QZPLANT{number:04d}"
        if keyword not in ("PatientID", "PatientName"):
            setattr(source, keyword, planted)
            setattr(inner, keyword, planted)
    block = source.private_block(0x0099, "QZPLANT CREATOR", create=True)
    block.add_new(1, "LO", "QZPLANT PRIVATE")
    nested = Dataset()
    nested.PatientName = "QZPLANT^NESTED"
    source.RequestAttributesSequence = Sequence([nested])
    clean = clean_header(
        source, pseudonyms=NAMES, options=DeidentifyOptions(frozenset({Retain.DATES, Retain.PATIENT}))
    )
    assert "QZPLANT" not in everything_in(clean)
    assert len(clean) > 20


@settings(max_examples=40, deadline=None)
@given(word=st.text(string.ascii_uppercase + string.digits, min_size=6, max_size=14))
def test_a_coded_attribute_lets_no_name_through(word):
    source = identified(
        ImageType=["ORIGINAL", "PRIMARY", word], TransducerType=word, LossyImageCompressionMethod=word
    )
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "399214001", "SCT", word
    source.ViewCodeSequence = Sequence([code])
    clean = clean_header(source, pseudonyms=NAMES, options=ALL)
    assert clean.ViewCodeSequence[0].CodeMeaning == "apical four chamber"
    assert word not in str(clean.ImageType) or word in ("ORIGINAL", "PRIMARY", "DERIVED", "SECONDARY")
    assert "TransducerType" not in clean


# ---- pixels


def name_box(text="JANE DOE", box=(30, 40, 90, 52)):
    return TextBox(text, 0.99, box)


def test_outside_the_ultrasound_is_black_and_inside_untouched():
    mask = fan_mask(120, 160, half_angle_deg=40, apex_xy=(80, 5), radius_px=100)
    frames, _ = screen(np.random.default_rng(0), mask, n_frames=3)
    clean, blanked = blank_identity(frames, mask, reader=lambda image: ())
    assert blanked == 0
    assert not clean[:, ~mask].any()
    assert (clean[:, mask] == frames[:, mask]).all()


def test_text_that_will_not_go_away_is_a_refusal():
    frames = np.full((1, 120, 160, 3), 90, np.uint8)
    everything = np.ones((120, 160), bool)
    rows = iter(range(0, 100, 14))
    elsewhere = lambda image: (name_box(box=(30, (row := next(rows)), 90, row + 12)),)  # noqa: E731
    assert blank_identity(frames, everything, reader=elsewhere) is None
    once = iter([(name_box(),), ()])
    clean, blanked = blank_identity(frames, everything, reader=lambda image: next(once))
    assert blanked == 1
    assert not clean[0, 40:52, 30:90].any()


# ---- the second pass


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, ""),
        ({"StudyDescription": "for DOE"}, "a word of the patient's name"),
        ({"PatientAge": "093Y"}, "age above 90"),
        ({"PatientComments": "free text"}, "free text"),
        ({"OperatorsName": "SOMEBODY^ELSE"}, "person's name"),
        ({"PatientIdentityRemoved": "NO"}, "Identity Removed"),
        ({"PatientBirthDate": "19000101"}, "birth date"),
        ({"StudyID": "MRN-4711-XY"}, "a word of the patient's name or number"),
        ({"AccessionNumber": "Elsewhere"}, "a value of InstitutionName is still there"),
    ],
)
def test_the_second_pass_finds_what_the_first_would_have_let_through(tmp_path, change, why):
    source = identified()
    clean = clean_header(source, pseudonyms=NAMES, options=ALL)
    attributes = {e.keyword: e.value for e in clean if e.keyword not in ("SequenceOfUltrasoundRegions",)}
    path = write_dicom(tmp_path / "x.dcm", np.zeros((1, 16, 16), np.uint8), photometric="MONOCHROME2",
                       **(attributes | {"Modality": "US"} | change))  # fmt: skip
    leaks = find_leaks(source, path.read_bytes(), reader=lambda image: ())
    assert any(why in leak for leak in leaks) if why else not leaks


def test_text_in_the_pixels_of_the_written_file_is_a_leak(tmp_path):
    clean = clean_header(identified(), pseudonyms=NAMES, options=ALL)
    attributes = {e.keyword: e.value for e in clean if e.keyword not in ("SequenceOfUltrasoundRegions",)}
    path = write_dicom(
        tmp_path / "x.dcm", np.full((1, 120, 160), 9, np.uint8), photometric="MONOCHROME2", **attributes
    )
    leaks = find_leaks(identified(), path.read_bytes(), reader=lambda image: (name_box(),))
    assert leaks == ("1 lines of text are still read in the picture",)


# ---- folders


def sector_file(path: Path, *, text: str = "", **attributes) -> Path:
    mask = fan_mask(240, 320, half_angle_deg=40, apex_xy=(160, 10), radius_px=215)
    frames, _ = screen(np.random.default_rng(1), mask, n_frames=1)
    pictures = []
    for frame in frames:
        picture = Image.fromarray(frame)
        if text:
            ImageDraw.Draw(picture).text(
                (100, 140), text, fill=(255, 255, 255), font=ImageFont.load_default(size=18)
            )
        pictures.append(np.asarray(picture))
    plain = {e.keyword: e.value for e in identified(regions=()) if e.keyword not in attributes}
    return write_dicom(
        path, np.stack(pictures), regions=(region(box=(0, 0, 319, 239)),), **(plain | attributes)
    )


@pytest.fixture
def ocr():
    return pytest.importorskip("rapidocr", reason="needs the ocr extra")


@pytest.mark.usefixtures("ocr")
def test_a_name_burned_into_the_sector_is_gone_and_the_report_tells_nobody(tmp_path):
    source, out, log = tmp_path / "JANE_DOE", tmp_path / "clean", tmp_path / "log.jsonl"
    source.mkdir()
    sector_file(source / "JANE_DOE_1.dcm", text="JANE DOE 4711")
    (source / "note.txt").write_text("JANE DOE")
    summary = deidentify(source, out, key=KEY, private_log=log)
    assert (summary.written, summary.refused, sum(summary.skipped.values())) == (1, {}, 1)
    (path,) = out.rglob("*.dcm")
    shared = (out / "deidentification.jsonl").read_text()
    assert json.loads(shared)["text_lines_blanked"] >= 1
    for text in (shared, str(path.relative_to(out))):
        assert "JANE" not in text
    assert "JANE" in log.read_text()
    before, after = read_clip(source / "JANE_DOE_1.dcm"), read_clip(path)
    assert after.calibration == before.calibration
    assert after.heart_rate_bpm == before.heart_rate_bpm == 71
    kept = after.frames.any(axis=-1)
    assert 0.3 < kept.mean() < 0.9
    assert (after.frames[kept] == before.frames[kept]).all()


@pytest.mark.usefixtures("ocr")
def test_a_rerun_does_nothing_twice_and_a_lost_file_is_made_again(tmp_path):
    source, out, log = tmp_path / "in", tmp_path / "clean", tmp_path / "log.jsonl"
    source.mkdir()
    sector_file(source / "a.dcm")
    deidentify(source, out, key=KEY, private_log=log)
    (path,) = out.rglob("*.dcm")
    first, entries = path.read_bytes(), log.read_text().count("\n")
    deidentify(source, out, key=KEY, private_log=log)
    assert log.read_text().count("\n") == entries
    path.unlink()
    deidentify(source, out, key=KEY, private_log=log)
    assert path.read_bytes() == first


def test_what_cannot_be_proven_clean_is_not_written_and_counted(tmp_path):
    source, out = tmp_path / "in", tmp_path / "clean"
    source.mkdir()
    write_dicom(source / "black.dcm", np.zeros((1, 60, 80, 3), np.uint8))
    write_dicom(source / "ct.dcm", np.zeros((1, 60, 80, 3), np.uint8), Modality="CT")
    (source / "cut.dcm").write_bytes((source / "black.dcm").read_bytes()[:900])
    summary = deidentify(source, out, key=KEY, private_log=tmp_path / "log.jsonl")
    assert summary.written == 0
    assert sum(summary.refused.values()) == 3
    assert any("not stated to be ultrasound" in reason for reason in summary.refused)
    assert not list(out.rglob("*.dcm"))


def test_the_private_log_may_not_lie_among_the_clean_files(tmp_path):
    (tmp_path / "in").mkdir()
    with pytest.raises(DeidentifyError, match="among the clean files"):
        deidentify(tmp_path / "in", tmp_path / "out", key=KEY, private_log=tmp_path / "out" / "log.jsonl")
    with pytest.raises(DeidentifyError, match="inside one another"):
        deidentify(tmp_path / "in", tmp_path / "in" / "out", key=KEY, private_log=tmp_path / "log.jsonl")


def test_a_key_is_made_once_for_its_owner_and_a_short_one_is_refused(tmp_path):
    key = read_key(tmp_path / "key.txt")
    assert read_key(tmp_path / "key.txt") == key
    assert (tmp_path / "key.txt").stat().st_mode & 0o077 == 0
    (tmp_path / "short").write_text("abc")
    with pytest.raises(KeyFileError, match="at least 32"):
        read_key(tmp_path / "short")
