"""Pictures, archives and volumes, as the public research sets have them, become the same clips as DICOM does."""

import gzip
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from echovlm.imaging import BrokenFileError, NotAnImageError, UnsupportedFileError, iter_sources, read_clip

RNG = np.random.default_rng(3)
CINE = RNG.integers(0, 256, (5, 30, 40), dtype=np.uint8)


def write_mhd(path: Path, *, packed=False, **change) -> Path:
    raw = np.ascontiguousarray(CINE).tobytes()  # x runs fastest, then y, then time
    fields = {
        "ObjectType": "Image", "NDims": "3", "DimSize": "40 30 5", "ElementSpacing": "0.3 0.15 1",
        "ElementType": "MET_UCHAR", "CompressedData": str(packed), "ElementDataFile": f"{path.stem}.raw",
    } | change  # fmt: skip
    path.write_text("".join(f"{key} = {value}\n" for key, value in fields.items()))
    path.with_suffix(".raw").write_bytes(zlib.compress(raw) if packed else raw)
    return path


@pytest.mark.parametrize("packed", [False, True])
def test_a_metaimage_cine_keeps_its_axes_and_its_millimetres(tmp_path, packed):
    clip = read_clip(write_mhd(tmp_path / "patient0001_2CH_sequence.mhd", packed=packed))
    assert (clip.frames[..., 1] == CINE).all()
    assert clip.calibration.spacing_yx_mm == (0.15, 0.3)
    assert clip.frame_times_ms is None


def test_a_metaimage_never_reads_a_file_elsewhere(tmp_path):
    (tmp_path / "secret.raw").write_bytes(bytes(6000))
    (tmp_path / "in").mkdir()
    path = write_mhd(tmp_path / "in" / "a.mhd", ElementDataFile="../secret.raw")
    with pytest.raises(BrokenFileError, match=r"secret\.raw cannot be read"):
        read_clip(path)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"DimSize": "40 30 6"}, "need 7200"),
        ({"ElementType": "MET_LONG_LONG"}, "MET_LONG_LONG"),
        ({"DimSize": "x"}, "x"),
    ],
)
def test_a_metaimage_that_does_not_fit_its_data_says_why(tmp_path, change, why):
    with pytest.raises(BrokenFileError, match=why):
        read_clip(write_mhd(tmp_path / "a.mhd", **change))


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
@pytest.mark.parametrize("axes", ["xyt", "xy1t"])
def test_a_nifti_cine_is_x_y_time_whatever_it_is_packed_in(tmp_path, suffix, axes):
    nibabel = pytest.importorskip("nibabel", reason="needs the datasets extra")
    data = CINE.transpose(2, 1, 0)
    image = nibabel.Nifti1Image(data if axes == "xyt" else data[:, :, None], np.diag([0.3, 0.15, 1, 1]))
    image.header.set_xyzt_units("mm", "sec")
    if axes == "xy1t":
        image.header.set_zooms((0.3, 0.15, 1, 0.02))
    path = tmp_path / f"patient0001_4CH_half_sequence{suffix}"
    nibabel.save(image, path)
    clip = read_clip(path)
    assert (clip.frames[..., 0] == CINE).all()
    assert clip.calibration.spacing_yx_mm == pytest.approx((0.15, 0.3))
    assert clip.frames_per_second == (pytest.approx(50) if axes == "xy1t" else None)


def test_a_nifti_without_units_is_not_calibrated_and_a_cut_one_is_broken(tmp_path):
    nibabel = pytest.importorskip("nibabel", reason="needs the datasets extra")
    path = tmp_path / "a.nii"
    nibabel.save(nibabel.Nifti1Image(CINE.transpose(2, 1, 0), np.eye(4)), path)
    clip = read_clip(path)
    assert clip.calibration is None
    assert any("millimetres" in remark for remark in clip.remarks)
    path.write_bytes(path.read_bytes()[:900])
    with pytest.raises(BrokenFileError):
        read_clip(path)
    path.write_bytes(gzip.compress(bytes(range(250))))
    with pytest.raises(NotAnImageError):
        read_clip(path)


def test_a_png_is_a_still_and_a_gif_keeps_the_duration_of_every_frame(tmp_path):
    Image.fromarray(CINE[0]).save(tmp_path / "a.png")
    still = read_clip(tmp_path / "a.png")
    assert not still.is_cine
    assert (still.frames[0, ..., 2] == CINE[0]).all()
    pictures = [Image.fromarray(frame) for frame in CINE]
    pictures[0].save(
        tmp_path / "a.gif", save_all=True, append_images=pictures[1:], duration=[20, 40, 20, 20, 20]
    )
    clip = read_clip(tmp_path / "a.gif")
    assert clip.frame_times_ms.tolist() == [0, 20, 60, 80, 100]


def test_an_archive_of_frames_is_a_clip_and_one_of_masks_is_none(tmp_path):
    np.savez_compressed(
        tmp_path / "a.npz", frames=CINE, frame_times_ms=np.arange(5) * 25.0, spacing_mm=np.array(0.4)
    )
    clip = read_clip(tmp_path / "a.npz")
    assert clip.calibration.spacing_yx_mm == (0.4, 0.4)
    assert clip.frames_per_second == 40
    np.savez_compressed(tmp_path / "b.npz", masks=CINE)
    with pytest.raises(NotAnImageError, match="an archive of masks"):
        read_clip(tmp_path / "b.npz")


def test_a_pickle_in_an_archive_is_never_opened(tmp_path):
    np.savez(tmp_path / "a.npz", frames=np.array([{"a": 1}], dtype=object))
    with pytest.raises(UnsupportedFileError, match="pickled"):
        read_clip(tmp_path / "a.npz")


def test_an_array_that_claims_to_be_huge_is_refused_before_it_is_unpacked(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", frames=np.zeros((1, 9000, 30), np.uint8))
    from echovlm.imaging import TooLargeError

    with pytest.raises(TooLargeError, match="9000"):
        read_clip(tmp_path / "a.npz")


def test_floats_are_stretched_and_said_so_and_a_folder_lists_all_kinds(tmp_path):
    np.savez(tmp_path / "a.npz", frames=CINE / 255.0 - 0.5)
    clip = read_clip(tmp_path / "a.npz")
    assert any("stretched" in remark for remark in clip.remarks)
    assert (clip.frames[..., 0] == CINE).all()
    Image.fromarray(CINE[0]).save(tmp_path / "b.png")
    write_mhd(tmp_path / "c.mhd")
    assert [path.name for path in iter_sources(tmp_path) if isinstance(path, Path)] == [
        "a.npz",
        "b.png",
        "c.mhd",
    ]


def test_a_gif_whose_last_block_is_empty_is_a_broken_file(tmp_path):
    path = tmp_path / "cine.gif"
    path.write_bytes(
        bytes.fromhex(
            "4749463839610400040080000000000100000021f90400080000002c00000000040004000008090001081c48b02080800021"
        )
    )
    with pytest.raises(BrokenFileError, match="cine.gif"):
        read_clip(path)
