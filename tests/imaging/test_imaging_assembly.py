"""Studies are put together by what headers say; names, folders and archives tell nothing, and nothing climbs out."""

import shutil
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from imaging_files import write_dicom, write_video
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, MediaStorageDirectoryStorage

from echovlm.imaging import BrokenFileError, TooLargeError
from echovlm.imaging.assembly import assemble

RNG = np.random.default_rng(0)


def picture(
    path: Path, *, patient="P1", study="1.2.1", series="1.2.1.1", number=1, date="20200101", pixels=None
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = RNG.integers(0, 255, (1, 8, 8, 3), dtype=np.uint8) if pixels is None else pixels
    uid = f"{series}.{number}.{zlib.crc32(path.name.encode())}"
    return write_dicom(path, pixels, PatientID=patient, StudyInstanceUID=study, SeriesInstanceUID=series,
                       InstanceNumber=number, StudyDate=date, SOPInstanceUID=uid)  # fmt: skip


@pytest.fixture
def folder(tmp_path) -> Path:
    root = tmp_path / "in"
    picture(root / "z" / "b", patient="P2", study="1.3.1", series="1.3.1.1")
    picture(root / "a" / "late.dcm", study="1.2.2", series="1.2.2.1", date="20210101")
    picture(root / "a" / "x.bin", number=10)
    picture(root / "other" / "y", number=2)
    write_video(
        root / "clip.mp4", RNG.integers(0, 255, (3, 32, 32, 3), dtype=np.uint8), onsets_ms=[0, 20, 40]
    )
    (root / "note.txt").write_text("hello")
    return root


def shape(assembly):
    return [
        (
            p.patient_id,
            [
                (s.study_uid, [[f.path.as_posix() for f in series.files] for series in s.series])
                for s in p.studies
            ],
        )
        for p in assembly.patients
    ]


EXPECTED = [
    ("", [("", [["clip.mp4"]])]),
    ("P1", [("1.2.1", [["other/y", "a/x.bin"]]), ("1.2.2", [["a/late.dcm"]])]),
    ("P2", [("1.3.1", [["z/b"]])]),
]


def test_headers_and_not_names_make_patients_studies_and_series(folder):
    found = assemble(folder)
    assert shape(found) == EXPECTED
    assert [item.path.name for item in found.skipped] == ["note.txt"]


def test_a_zip_is_the_same_as_its_folder(folder, tmp_path):
    packed = Path(shutil.make_archive(str(tmp_path / "studies"), "zip", folder))
    assert shape(assemble(packed)) == EXPECTED


def test_one_picture_under_two_names_is_kept_once(folder):
    pixels = np.full((1, 8, 8, 3), 7, np.uint8)
    picture(folder / "m1", pixels=pixels, number=5)
    picture(folder / "m2", pixels=pixels, number=6, patient="P9", study="9.9", series="9.9.9")
    found = assemble(folder)
    assert [(a.as_posix(), b.as_posix()) for a, b in found.duplicates] == [("m2", "m1")]
    assert "P9" not in [patient.patient_id for patient in found.patients]


def test_a_dicomdir_lists_what_is_read_and_what_is_lost_is_told(folder):
    records = []
    for parts in (["z", "b"], ["gone", "away"], ["..", "secret"]):
        record = Dataset()
        record.DirectoryRecordType, record.ReferencedFileID = "IMAGE", parts
        records.append(record)
    index = Dataset()
    index.file_meta = FileMetaDataset()
    index.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    index.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    index.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    index.DirectoryRecordSequence = Sequence(records)
    index.save_as(folder / "DICOMDIR", enforce_file_format=True)
    found = assemble(folder / "DICOMDIR")
    assert [file.path.as_posix() for file in found.files] == ["z/b"]
    assert len(found.skipped) == 2


@pytest.mark.parametrize("name", ["../out.dcm", "/out.dcm", "a/../../out.dcm", "..\\out.dcm", "C:/out.dcm"])
def test_nothing_climbs_out_of_an_archive(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), b"x")
    with pytest.raises(BrokenFileError, match="outside of it"):
        assemble(tmp_path / "a.zip")
    assert not list(tmp_path.rglob("out.dcm"))


def test_a_bomb_is_stopped_by_what_comes_out_and_not_by_what_it_claims(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(80 * 1024**2))
    with pytest.raises(TooLargeError, match="unpacks without end"):
        assemble(tmp_path / "a.zip")


def test_a_cut_archive_is_broken(folder, tmp_path):
    packed = Path(shutil.make_archive(str(tmp_path / "studies"), "zip", folder))
    data = bytearray(packed.read_bytes())
    data[60:200] = bytes(140)
    packed.write_bytes(data)
    with pytest.raises(BrokenFileError):
        assemble(packed)
