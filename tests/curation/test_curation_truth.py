"""Masks and landmarks lie on the stored frames where they lay on the file's."""

import zipfile

import numpy as np
import pytest
from curation_trees import SPACING_MM, disc, plain_study, write_tree, write_truth
from hypothesis import given, settings
from hypothesis import strategies as st

from echovlm.clinical import Landmark
from echovlm.curation import curate
from echovlm.curation.truth import Truth, _read_masks, move_truth
from echovlm.dataset import EchoGround
from echovlm.imaging import Cine


def cine(height: int, width: int, scale: float, offset: tuple[float, float]) -> Cine:
    frames = np.zeros((2, height, width), np.uint8)
    return Cine(frames, None, None, (), None, scale, offset)


@settings(deadline=None, max_examples=40)
@given(st.floats(1, 4), st.floats(-8, 30), st.floats(-8, 30))
def test_mask_and_landmark_move_together(scale, x0, y0):
    centre = (60.0, 50.0)
    y, x = np.mgrid[:100, :120]
    mask = (np.hypot(x - centre[0], y - centre[1]) <= 20).astype(np.uint8)
    truth = Truth({0: mask, 1: mask}, {Landmark.LV_APEX: {0: centre, 1: centre}}, 0, 1)
    stored = move_truth(truth, cine(120, 140, scale, (x0, y0)), stored=[0, 1])
    point = stored.landmarks[0]
    rows, columns = np.nonzero(stored.masks[0])
    assert columns.mean() == pytest.approx(point.x_px, abs=0.6)
    assert rows.mean() == pytest.approx(point.y_px, abs=0.6)
    assert rows.size * scale**2 == pytest.approx(np.pi * 400, rel=0.12)


def test_only_stored_key_frames_have_truth():
    ones = np.ones((8, 8), np.uint8)
    track = {0: (1.0, 2.0), 5: (1.0, 2.0), 7: (1.0, 2.0)}
    truth = Truth({0: ones, 5: ones, 7: ones}, {Landmark.LV_APEX: track}, 0, 5)
    stored = move_truth(truth, cine(8, 8, 1, (0, 0)), stored=[0, 3, 5, 8])
    assert sorted(stored.masks) == [0, 2]
    assert {point.frame_index for point in stored.landmarks} == {0, 2}
    assert (stored.ed_frame_index, stored.es_frame_index) == (0, 2)


def test_outside_the_files_image_there_is_background():
    truth = Truth({0: np.full((4, 4), 3, np.uint8)}, {}, 0, None)
    mask = move_truth(truth, cine(8, 8, 1, (-2, -2)), stored=[0]).masks[0]
    assert mask.sum() == 3 * 16
    assert mask[2:6, 2:6].all()


def curated(tmp_path):
    study = plain_study(1)
    tree = write_tree(tmp_path / "tree", [study])
    for path in study.paths():
        write_truth(tree, path)
    return tree, study


def test_the_stored_mask_covers_the_dark_disc_of_the_stored_frame(tmp_path):
    tree, _ = curated(tmp_path)
    curate(tree, tmp_path / "out", workers=1, seed=0)
    data = EchoGround.open(tmp_path / "out")
    for row in data.rows():
        masks, frames = data.read_masks(row), data.read_frames(row)
        assert (row.ed_frame_index, row.es_frame_index) == (0, 2)
        assert sorted(masks) == [0, 2]
        area_mm2 = masks[0].sum() * row.spacing_mm**2
        assert area_mm2 == pytest.approx(disc().sum() * SPACING_MM**2, rel=0.03)
        inner = masks[0].astype(bool) & np.roll(masks[0], 3, 0) & np.roll(masks[0], -3, 0)
        assert frames[0][inner.astype(bool)].mean() < 40  # the disc was painted 12, the speckle 60 to 220
        ends = {p.landmark: (p.x_px, p.y_px) for p in row.landmarks if p.frame_index == 0}
        (x1, y1), (x2, y2) = ends[Landmark.IVS_LV_SIDE], ends[Landmark.PW_LV_SIDE]
        assert np.hypot(x2 - x1, y2 - y1) * row.spacing_mm == pytest.approx(24 * SPACING_MM)
        column = np.flatnonzero(masks[0][:, round(x1)])
        assert (column[0], column[-1]) == (pytest.approx(y1, abs=1), pytest.approx(y2, abs=1))


@pytest.mark.parametrize("damage", ["json", "npz", "stream", "shape", "frame"])
def test_damaged_truth_is_counted_and_the_clip_kept_without_masks(tmp_path, damage):
    tree, study = curated(tmp_path)
    stem = tree / "truth" / study.paths()[0].removesuffix(".dcm")
    facts, arrays = stem.with_suffix(".json"), stem.with_suffix(".npz")
    if damage == "json":
        facts.write_text("{")
    elif damage == "npz":
        arrays.write_bytes(b"PK\x03\x04 torn")
    elif damage == "stream":
        data = bytearray(arrays.read_bytes())
        data[60:90] = b"\xff" * 30  # behind the local header
        arrays.write_bytes(data)
    elif damage == "frame":
        facts.write_text(facts.read_text().replace('"es_frame_index": 2', '"es_frame_index": 99'))
    else:
        np.savez(arrays, masks=np.zeros((4, 5, 5), np.uint8))
    summary = curate(tree, tmp_path / "out", workers=1, seed=0)
    assert (summary.kept, summary.row_problems) == (2, {"damaged_truth": 1})
    with_truth = {row.source_path: bool(row.masks) for row in EchoGround.open(tmp_path / "out").rows()}
    assert with_truth == dict(zip(study.paths(), [False, True], strict=True))


@pytest.mark.parametrize("padding", [0, 1, 40, 300])
def test_the_masks_of_some_frames_are_those_of_the_whole_file_however_long_its_header(tmp_path, padding):
    masks = np.random.default_rng(0).integers(0, 9, (5, 7, 11), dtype=np.uint8)
    told = str({"descr": "|u1", "fortran_order": False, "shape": masks.shape}) + " " * padding + "\n"
    member = b"\x93NUMPY\x01\x00" + len(told).to_bytes(2, "little") + told.encode() + masks.tobytes()
    path = tmp_path / "truth.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("masks.npy", member)
    if len(member) - masks.nbytes > 128:  # longer than NumPy writes of masks: damage
        with pytest.raises(ValueError, match="EOF: reading array header"):
            _read_masks(path, [0, 3])
        return
    n_frames, found = _read_masks(path, [0, 3])
    assert n_frames == len(masks)
    assert list(found) == [0, 3]
    assert all(np.array_equal(found[index], masks[index]) for index in found)
