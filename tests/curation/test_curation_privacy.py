"""Who a patient is stays out of everything that is written or told, and no patient stands in two splits."""

import json
import logging
import shutil
import stat
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from curation_trees import dicom, plain_study, write_tree
from PIL import Image, ImageDraw, ImageFont
from pydicom import dcmread

from echovlm.clinical import View
from echovlm.curation import CurationOptions, ReaderUse, SourceError, curate, privacy, read_source
from echovlm.dataset import EchoGround, check_splits
from echovlm.imaging.overlay import OcrMissingError

QUIET = CurationOptions(reader=ReaderUse.NEVER)
NAME, MRN, STREET = "Brunhilde^Quastenflosser", "MRN-7719-QX", "Quastenweg"


def hospital_file(ordinal: int, view: View, *, patient: str = MRN) -> bytes:
    header = dcmread(BytesIO(dicom(1, 2, ordinal, view=view)))
    header.PatientName, header.PatientID, header.PatientAddress = NAME, patient, STREET
    header.AccessionNumber = "ACC-QUASTE"
    header.Manufacturer, header.ManufacturerModelName = "Acme", f"Cart of {NAME.split('^')[0]}"
    if "PatientIdentityRemoved" in header:
        del header.PatientIdentityRemoved
    buffer = BytesIO()
    header.save_as(buffer)
    return buffer.getvalue()


@pytest.fixture
def hospital(tmp_path) -> Path:
    folder = tmp_path / "archive" / "Quastenflosser_Brunhilde"
    folder.mkdir(parents=True)
    (folder / "IMG1.dcm").write_bytes(hospital_file(1, View.PLAX))
    (folder / "IMG2.dcm").write_bytes(hospital_file(2, View.A4C))
    (folder / "IMG3.dcm").write_bytes(hospital_file(3, View.A2C)[:9000])  # torn
    (folder / "letter to Quastenflosser.txt").write_text("dear")
    return tmp_path / "archive"


def everything_in(folder: Path) -> bytes:
    parts = [
        str(path.relative_to(folder)).encode() + path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    ]
    manifest = repr(EchoGround.open(folder).rows()).encode()  # Parquet compresses what it holds
    from echovlm.dataset import read_excluded

    return b"".join(parts) + manifest + repr(read_excluded(folder)).encode()


def test_no_name_number_or_path_of_a_hospital_reaches_the_dataset_the_log_or_the_summary(
    hospital, tmp_path, caplog, capsys
):
    caplog.set_level(logging.DEBUG)
    summary = curate(hospital, tmp_path / "out", options=QUIET)
    assert (summary.kept, summary.records) == (2, 4)
    assert {row.console for row in EchoGround.open(tmp_path / "out").rows()} == {"Acme"}
    told = everything_in(tmp_path / "out") + f"{summary}{caplog.text}{capsys.readouterr()}".encode()
    key = (tmp_path / "out.key").read_bytes().strip()
    for secret in (b"Quasten", b"Brunhilde", b"7719", b"IMG1", b"ACC-QUASTE", key):
        assert secret not in told
    log = (tmp_path / "out.originals.jsonl").read_text()
    assert "Quastenflosser_Brunhilde/IMG1.dcm" in log  # whoever may know finds the way back
    for name in ("out.key", "out.originals.jsonl"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_the_same_key_gives_the_same_pseudonyms_and_another_key_others(hospital, tmp_path):
    for out, key in (("a", "one.key"), ("b", "one.key"), ("c", "two.key")):
        curate(hospital, tmp_path / out, options=QUIET, key_file=tmp_path / key)
    names = [{row.patient_id for row in EchoGround.open(tmp_path / out).rows()} for out in "abc"]
    assert names[0] == names[1] != names[2]
    assert all(len(found) == 1 for found in names)


def test_a_source_that_says_it_is_clean_or_is_said_to_be_keeps_its_names(hospital, tmp_path):
    curate(hospital, tmp_path / "out", options=QUIET, is_clean=True)
    assert {row.patient_id for row in EchoGround.open(tmp_path / "out").rows()} == {MRN}
    assert not (tmp_path / "out.key").exists()
    for path in hospital.rglob("*.dcm"):
        if path.stem != "IMG3":
            header = dcmread(path)
            header.PatientIdentityRemoved = "YES"
            header.save_as(path)
    (hospital / "Quastenflosser_Brunhilde" / "IMG3.dcm").unlink()
    assert read_source(hospital).is_clean


def test_without_ocr_a_source_that_may_hold_identities_is_refused(hospital, tmp_path, monkeypatch):
    def missing() -> None:
        raise OcrMissingError("burned-in text cannot be read")

    monkeypatch.setattr(privacy, "check_ocr", missing)
    with pytest.raises(SourceError, match=r"not known to be de-identified.*echovlm deidentify.*--clean"):
        curate(hospital, tmp_path / "out", options=QUIET)
    assert not (tmp_path / "out").exists()


def test_a_key_inside_the_dataset_is_refused(hospital, tmp_path):
    with pytest.raises(SourceError, match="would lie inside the dataset"):
        curate(hospital, tmp_path / "out", options=QUIET, key_file=tmp_path / "out" / "key")


def test_a_name_burned_into_the_sector_is_blanked(tmp_path):
    header = dcmread(BytesIO(hospital_file(1, View.PLAX)))
    from echovlm.imaging import read_clip

    path = tmp_path / "x.dcm"
    path.write_bytes(hospital_file(1, View.PLAX))
    clip = read_clip(path)
    frames = np.repeat(np.repeat(clip.frames, 4, 1), 4, 2)  # large enough for letters
    for index, frame in enumerate(frames):
        picture = Image.fromarray(frame)
        ImageDraw.Draw(picture).rectangle((215, 220, 430, 262), fill="black")
        ImageDraw.Draw(picture).text((220, 225), "QUASTEN", fill="white", font=ImageFont.load_default(32))
        frames[index] = np.asarray(picture)
    from dataclasses import replace

    clean = privacy.clean_pixels(replace(clip, frames=frames, regions=()))
    assert clean is not None
    assert clean[:, 228:258, 222:420].max() < 60  # the letters were 255
    assert header.PatientName == NAME


def test_one_person_under_two_numbers_in_renamed_files_stands_in_one_split(tmp_path):
    # Patients whose own names fall into different splits; the second is the first with a new number.
    studies = [plain_study(1, n_files=3), plain_study(5, n_files=3), plain_study(8, n_files=1)]
    tree = write_tree(tmp_path / "tree", studies)
    first, second = studies[0].paths(), studies[1].paths()
    header = dcmread(tree / first[0])
    header.PatientID, header.SOPInstanceUID = "10000005", "2.25.77"  # other bytes, the same picture
    header.save_as(tree / second[0])
    shutil.copy(tree / first[1], tree / second[1])  # the same bytes under another name
    summary = curate(tree, tmp_path / "out", options=QUIET)
    rows = EchoGround.open(tmp_path / "out").rows()
    check_splits((row.patient_id, row.split) for row in rows)
    splits = {row.split for row in rows if row.source_path in (*first, *second)}
    assert len(splits) == 1, "one person was trained on and tested on"
    assert summary.excluded == {"duplicate_content": 2}
    assert summary.records == summary.kept + 2


def test_the_private_log_lists_each_public_path_once(hospital, tmp_path):
    curate(hospital, tmp_path / "out", options=QUIET)
    lines = [json.loads(line) for line in (tmp_path / "out.originals.jsonl").read_text().splitlines()]
    public = [line["public"] for line in lines]
    assert len(public) == len(set(public))
