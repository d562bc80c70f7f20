"""What is no resting transthoracic echo of an adult's heart is set aside with its reason, and silence is no reason."""

from io import BytesIO

import numpy as np
import pytest
from curation_trees import dicom, plain_study, write_tree
from pydicom import dcmread

from echovlm.clinical import Mode
from echovlm.curation import CurationOptions, ReaderUse, Reason, curate
from echovlm.curation.frames import find_sharpest
from echovlm.curation.quality import find_exclusion, find_flaw
from echovlm.dataset import EchoGround
from echovlm.imaging import read_clip
from echovlm.imaging.examination import read_examination

QUIET = CurationOptions(reader=ReaderUse.NEVER)


def altered(**tags: object) -> bytes:
    """Return the DICOM of a small clip with other tags."""
    header = dcmread(BytesIO(dicom()))
    for keyword, value in tags.items():
        setattr(header, keyword, value)
    buffer = BytesIO()
    header.save_as(buffer)
    return buffer.getvalue()


def judged(tmp_path, *, is_adult_source=True, **tags: object):
    path = tmp_path / "x.dcm"
    path.write_bytes(altered(**tags))
    found = find_exclusion(read_clip(path), read_examination(path), is_adult_source=is_adult_source)
    return found and found[0]


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({"StudyDescription": "TEE intraoperative"}, Reason.TRANSOESOPHAGEAL),
        ({"StudyDescription": "Transesophageal echo"}, Reason.TRANSOESOPHAGEAL),
        ({"StudyDescription": "Stress echo"}, Reason.STRESS),
        ({"SeriesDescription": "DOBUTAMINE 20"}, Reason.STRESS),
        ({"NumberOfStages": 4}, Reason.STRESS),
        ({"ContrastBolusAgent": "Definity"}, Reason.CONTRAST),
        ({"ContrastBolusAgent": "NONE"}, None),
        ({"ProtocolName": "LV contrast"}, Reason.CONTRAST),
        ({"ProtocolName": "Adult echo, non-contrast"}, None),
        ({"PatientAge": "011Y"}, Reason.PAEDIATRIC),
        ({"PatientAge": "018M"}, Reason.PAEDIATRIC),
        ({"PatientAge": "018Y"}, None),
        ({"PatientAge": None, "PatientBirthDate": "21750102", "StudyDate": "21900101"}, Reason.PAEDIATRIC),
        ({"PatientAge": None, "PatientBirthDate": None}, None),
        (
            {
                "StudyDescription": "ABDOMEN",
                "BodyPartExamined": "LIVER",
                "SeriesDescription": "",
                "ProtocolName": "",
            },
            Reason.NOT_CARDIAC,
        ),
        ({}, None),
    ],
)
def test_the_header_says_what_the_examination_is(tmp_path, tags, reason):
    assert judged(tmp_path, **tags) is reason


def test_a_set_of_children_keeps_its_children(tmp_path):
    assert judged(tmp_path, is_adult_source=False, PatientAge="004Y") is None


def test_a_blank_a_dim_and_an_even_picture_show_nothing():
    assert find_flaw(np.zeros((3, 40, 40), np.uint8), Mode.B) == "every pixel is black"
    assert "brighter than" in find_flaw(np.full((3, 40, 40), 9, np.uint8), Mode.B)
    assert "even" in find_flaw(np.full((3, 40, 40), 90, np.uint8), Mode.B)
    speckle = np.random.default_rng(0).integers(0, 200, (3, 40, 40)).astype(np.uint8)
    assert find_flaw(speckle, Mode.B) is None
    dark_strip = np.zeros((1, 40, 40), np.uint8)
    dark_strip[:, 3, :2] = 255
    assert find_flaw(dark_strip, Mode.CW) is None  # a spectrum is mostly black


def test_what_no_frame_shows_is_no_part_of_the_picture():
    even = np.zeros((3, 60, 60), np.uint8)
    even[:, 20:40, 20:40] = np.random.default_rng(0).integers(87, 94, (3, 20, 20))
    flaw = find_flaw(even, Mode.B)
    assert flaw == f"the picture is even: its greys spread by {even[1, 20:40, 20:40].std():.1f} of 255"
    dim = np.zeros((3, 60, 60, 3), np.uint8)
    dim[:, 20:40, 20:40, 1:] = 9
    dim[:, 20, 20, 2] = 99  # 1 of 400 pixels, in colour
    assert find_flaw(dim, Mode.COLOR) == "only 0.2% of the picture is brighter than 24 of 255"


def test_the_sharpest_frame_is_the_one_that_was_not_blurred():
    frames = np.random.default_rng(1).integers(0, 255, (5, 64, 64)).astype(np.float64)
    for index in (0, 1, 2, 4):
        frames[index] = (frames[index] + np.roll(frames[index], 1, 0) + np.roll(frames[index], 1, 1)) / 3
    assert find_sharpest(frames.astype(np.uint8)) == 3


def test_every_kind_is_counted_and_the_totals_add_up(tmp_path):
    header = dcmread(BytesIO(dicom()))
    study = plain_study(1, n_files=1)
    study.files += [
        altered(StudyDescription="Stress echo"), altered(PatientAge="009Y"), altered(ContrastBolusAgent="Optison"),
        b"no image", None,
    ]  # fmt: skip
    tree = write_tree(tmp_path / "tree", [study])
    summary = curate(tree, tmp_path / "out", options=QUIET)
    assert summary.excluded == {
        "contrast": 1, "missing_file": 1, "paediatric": 1, "stress": 1, "unreadable": 1
    }  # fmt: skip
    assert summary.records == 6 == summary.kept + sum(summary.excluded.values())
    (row,) = EchoGround.open(tmp_path / "out").rows()
    assert row.best_frame_index in range(4)
    assert (row.ed_frame_index, row.phase_source) == (0, "r-wave")  # the file states an R wave at its start
    assert header.HeartRate
