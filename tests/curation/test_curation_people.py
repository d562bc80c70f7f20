"""The same person is never in two splits, whatever name, file name or encoding their clips come under."""

import shutil

import pydicom
from curation_trees import plain_study, write_tree

from echovlm.curation import curate
from echovlm.dataset import EchoGround, Split, split_of, verify_dataset

TRAIN, TEST = 1, 5  # patients by the hash of their identifier


def other_person(path, target, *, patient_id: str) -> None:
    """Write a file's pixels as somebody else's, as an export does that renames a patient."""
    file = pydicom.dcmread(path)
    file.PatientID, file.PatientName = patient_id, "Doe^Jane"
    file.StudyInstanceUID, file.SOPInstanceUID = "1.2.3", "1.2.3.4"
    file.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    file.save_as(target)


def test_a_clip_under_a_second_patient_moves_that_patient_with_all_clips(tmp_path):
    studies = [plain_study(TRAIN), plain_study(TEST, n_files=3)]
    names = [study.subject for study in studies]
    assert [split_of(name) for name in names] == [Split.TRAIN, Split.TEST]
    tree = write_tree(tmp_path / "tree", studies)
    other_person(tree / studies[0].paths()[0], tree / studies[1].paths()[1], patient_id=studies[1].subject)
    summary = curate(tree, tmp_path / "out", seed=0)
    data = EchoGround.open(tmp_path / "out")
    assert {(row.patient_id, row.split) for row in data.rows()} == {(names[0], Split.TRAIN)}
    assert {row.study_id for row in data.rows()} == {study.study for study in studies}
    assert (summary.kept, summary.excluded) == (4, {"duplicate_content": 1})
    assert data.info.merged_patients == 1
    assert all(data.read_segment(row).plain["split"] == "train" for row in data.rows())
    assert verify_dataset(data, decode=True) == []


def test_a_renamed_copy_in_a_folder_is_the_same_clip(tmp_path):
    studies = [plain_study(TRAIN), plain_study(TEST)]
    tree = write_tree(tmp_path / "tree", studies)
    folder = tmp_path / "clips"
    for number, study in enumerate(studies):
        (folder / f"{number}").mkdir(parents=True)
        for place, path in enumerate(study.paths()):
            shutil.copy(tree / path, folder / f"{number}" / f"{place}.dcm")
    shutil.copy(folder / "0" / "0.dcm", folder / "1" / "zz renamed.dcm")
    summary = curate(folder, tmp_path / "out", seed=0)
    assert (summary.kept, summary.excluded) == (4, {"duplicate_content": 1})
