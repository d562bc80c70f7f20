"""Whatever is wrong with a path, the answer is one sentence that names it, and the other files are read."""

import contextlib
import os
import pickle
import time
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
import simplejpeg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from imaging_files import region, write_dicom, write_video
from pydicom import dcmread

from echovlm.imaging import (
    BrokenFileError,
    EmptyFolderError,
    ImagingError,
    MissingPathError,
    NotAnImageError,
    Skipped,
    TooLargeError,
    UnreadablePathError,
    UnsupportedFileError,
    extract_cine,
    iter_sources,
    read_clip,
)
from echovlm.imaging import plugins as plugins_module
from echovlm.imaging.assembly import assemble

RAMP = np.tile(np.arange(40, dtype=np.uint8)[None, None, :, None] * 5, (3, 30, 1, 3))


@pytest.fixture(scope="module")
def jpeg_bytes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    path = write_dicom(
        folder / "a.dcm", RAMP, photometric="YBR_FULL_422", jpeg=True, regions=[region()], FrameTime=20.0
    )
    return path.read_bytes()


@pytest.fixture(scope="module")
def native_bytes(tmp_path_factory):
    return write_dicom(tmp_path_factory.mktemp("whole") / "a.dcm", RAMP, FrameTime=20.0).read_bytes()


def sentence(error: pytest.ExceptionInfo[ImagingError], path: Path) -> str:
    text = str(error.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    return text


def test_a_path_that_does_not_exist_is_said_to_be_missing(tmp_path):
    for read in (read_clip, iter_sources):
        with pytest.raises(MissingPathError) as error:
            read(tmp_path / "no.dcm")
        assert "does not exist" in sentence(error, tmp_path / "no.dcm")


def test_an_empty_folder_is_said_to_be_empty(tmp_path):
    (tmp_path / "inner").mkdir()
    with pytest.raises(EmptyFolderError) as error:
        iter_sources(tmp_path)
    assert "the folder is empty" in sentence(error, tmp_path)


def test_a_text_file_named_dcm_is_not_dicom(tmp_path):
    path = tmp_path / "a.dcm"
    path.write_text("patient,study\n" * 40)
    with pytest.raises(NotAnImageError) as error:
        read_clip(path)
    assert "named .dcm but not DICOM" in sentence(error, path)


def test_a_folder_is_sifted_by_content_in_order(tmp_path, jpeg_bytes):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "no-name-ending").write_bytes(jpeg_bytes)
    (tmp_path / "a.dcm").write_text("text, not DICOM" * 20)
    (tmp_path / "c.txt").write_text("notes")
    (tmp_path / "d.dcm").write_bytes(b"")
    write_video(tmp_path / "e.mp4", RAMP[:, :, :32].repeat(2, 1), onsets_ms=[0, 40, 80])
    os.mkfifo(tmp_path / "f.dcm")
    (tmp_path / "g").symlink_to(tmp_path / "b", target_is_directory=True)
    found = list(iter_sources(tmp_path))
    names = [
        (str((item.path if isinstance(item, Skipped) else item).relative_to(tmp_path))) for item in found
    ]
    assert names == ["a.dcm", "b/no-name-ending", "c.txt", "d.dcm", "e.mp4", "f.dcm", "g"]
    reasons = [item.reason for item in found if isinstance(item, Skipped)]
    assert [reason.split()[0] for reason in reasons] == ["named", "neither", "an", "not", "a"]
    for item in found:
        if isinstance(item, Path):
            assert len(read_clip(item).frames) == 3


def test_a_single_file_is_yielded_so_that_reading_it_complains(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("notes")
    assert list(iter_sources(path)) == [path]


def test_a_folder_without_permission_is_one_sentence_and_the_rest_is_read(tmp_path, jpeg_bytes, monkeypatch):
    closed = tmp_path / "closed"
    closed.mkdir()
    (tmp_path / "open.dcm").write_bytes(jpeg_bytes)
    truth = os.scandir

    def refuse(folder):
        if Path(folder) == closed:
            raise PermissionError(13, "Permission denied")
        return truth(folder)

    monkeypatch.setattr(os, "scandir", refuse)  # root may open any folder, so the refusal is played
    assert list(iter_sources(tmp_path)) == [
        Skipped(closed, "the folder cannot be opened: Permission denied"),
        tmp_path / "open.dcm",
    ]
    with pytest.raises(UnreadablePathError, match="the folder cannot be opened: Permission denied"):
        iter_sources(closed)


def test_a_pipe_is_refused_instead_of_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.dcm")
    with pytest.raises(UnreadablePathError, match="not a regular file"):
        read_clip(tmp_path / "pipe.dcm")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keep=st.floats(0, 1), native=st.booleans())
def test_a_truncated_dicom_gives_one_sentence(tmp_path, jpeg_bytes, native_bytes, keep, native):
    whole = native_bytes if native else jpeg_bytes
    path = tmp_path / "cut.dcm"
    path.write_bytes(whole[: int(keep * (len(whole) - 9))])  # beyond lies padding and the closing delimiter
    with pytest.raises((BrokenFileError, NotAnImageError)) as error:
        read_clip(path)
    sentence(error, path)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    edits=st.lists(st.tuples(st.integers(0, 2500), st.integers(0, 255)), min_size=1, max_size=12),
    cut=st.integers(0, 60),
    native=st.booleans(),
)
def test_a_mutated_dicom_is_a_clip_or_an_imaging_error_and_never_slow(
    tmp_path, jpeg_bytes, native_bytes, edits, cut, native
):
    data = bytearray(native_bytes if native else jpeg_bytes)
    for at, value in edits:
        data[132 + at % (len(data) - 132)] = value
    del data[400 : 400 + cut]
    path = tmp_path / "mutated.dcm"
    path.write_bytes(data)
    began = time.perf_counter()
    with contextlib.suppress(ImagingError):  # anything else escapes and fails
        extract_cine(read_clip(path))
    assert time.perf_counter() - began < 2


def test_absurd_sizes_are_refused_before_anything_is_allocated(tmp_path, native_bytes, jpeg_bytes):
    for whole in (native_bytes, jpeg_bytes):
        for change in ({"Rows": 65535, "Columns": 65535}, {"NumberOfFrames": 2**31 - 1}):
            path = tmp_path / "huge.dcm"
            path.write_bytes(whole)
            dataset = dcmread(path)
            for keyword, value in change.items():
                setattr(dataset, keyword, value)
            dataset.save_as(path)
            with pytest.raises(TooLargeError) as error:
                read_clip(path)
            assert "are read" in sentence(error, path)


def test_more_frames_stated_than_held_is_a_broken_file(tmp_path, jpeg_bytes):
    path = tmp_path / "a.dcm"
    path.write_bytes(jpeg_bytes)
    dataset = dcmread(path)
    dataset.NumberOfFrames = 7
    dataset.save_as(path)
    with pytest.raises(BrokenFileError):
        read_clip(path)


def test_a_frame_of_another_size_than_the_header_is_refused(tmp_path, jpeg_bytes):
    path = tmp_path / "a.dcm"
    path.write_bytes(jpeg_bytes)
    dataset = dcmread(path)
    dataset.Rows, dataset.Columns = 300, 400
    dataset.save_as(path)
    with pytest.raises(BrokenFileError, match="frame 1 is compressed as 40×30 pixels"):
        read_clip(path)


def test_a_frame_cut_inside_its_wrapping_is_a_broken_jpeg(tmp_path):
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, (64, 64, 3)).astype(np.uint8)
    stream = simplejpeg.encode_jpeg(noise)
    path = write_dicom(
        tmp_path / "a.dcm", noise[None], photometric="YBR_FULL_422", streams=[stream[: len(stream) // 2]]
    )
    with pytest.raises(BrokenFileError, match="frame 1 is a broken JPEG"):
        read_clip(path)


def test_a_deflated_file_is_not_unfolded(tmp_path, native_bytes):
    path = tmp_path / "bomb.dcm"
    syntax = b"1.2.840.10008.1.2.1.99"
    path.write_bytes(native_bytes[:300] + syntax + zlib.compress(bytes(10_000_000)))
    with pytest.raises(UnsupportedFileError, match="deflated"):
        read_clip(path)


def test_a_report_is_dicom_without_pixels(tmp_path, native_bytes):
    path = tmp_path / "sr.dcm"
    path.write_bytes(native_bytes)
    dataset = dcmread(path)
    for keyword in ("PixelData", "Rows", "Columns"):
        delattr(dataset, keyword)
    dataset.Modality = "SR"
    dataset.save_as(path)
    with pytest.raises(NotAnImageError, match="modality SR without pixels"):
        read_clip(path)


@pytest.mark.parametrize(
    ("child", "limit_s", "reason"),
    [
        ("import os; os.abort()", 60.0, "gave up on damaged data"),
        ("import time; time.sleep(60)", 0.5, "not decoded in 0.5 s"),
    ],
)
def test_a_decoder_that_aborts_or_hangs_takes_only_its_own_process(
    tmp_path, monkeypatch, child, limit_s, reason
):
    class OnlyGdcm:
        is_available = True
        available_plugins = ("gdcm",)

    (tmp_path / "child.py").write_text(child)
    monkeypatch.setattr(plugins_module, "get_decoder", lambda syntax: OnlyGdcm())
    monkeypatch.setattr(plugins_module, "_CHILD", tmp_path / "child.py")
    monkeypatch.setattr(plugins_module, "_CHILD_LIMIT_S", limit_s)
    path = write_dicom(tmp_path / "a.dcm", RAMP[:1, ..., 0], photometric="MONOCHROME2")
    with pytest.raises(BrokenFileError, match=reason):
        read_clip(path)


def test_a_truncated_video_is_broken(tmp_path):
    path = write_video(tmp_path / "a.mp4", np.repeat(RAMP[:, :, :32], 3, 1)[:, :64], onsets_ms=[0, 40, 80])
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(BrokenFileError) as error:
        read_clip(path)
    assert "video" in sentence(error, path)


def test_errors_come_back_from_a_worker_process():
    error = TooLargeError(Path("a.dcm"), "too\nlarge")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is TooLargeError
    assert str(again) == str(error) == "a.dcm: too large"


def test_pixels_of_an_unknown_value_representation_are_broken(tmp_path, native_bytes):
    path = tmp_path / "a.dcm"
    path.write_bytes(native_bytes.replace(b"\xe0\x7f\x10\x00OB\x00\x00", b"\xe0\x7f\x10\x00O(\x00\x00"))
    with pytest.raises(BrokenFileError) as error:
        read_clip(path)
    sentence(error, path)


# ---- what broke under mutation (benchmarks/mutations.py)


def test_a_sliver_of_a_picture_has_no_sector_and_is_still_read(tmp_path):
    for shape in ((1, 600, 1, 3), (1, 1, 600, 3), (1, 2, 2, 3)):
        path = write_dicom(tmp_path / "a.dcm", np.full(shape, 90, np.uint8))
        assert extract_cine(read_clip(path)).frames.shape[0] == 1


def test_noise_over_the_whole_of_a_tiny_still_has_a_hull_or_none(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (1, 60, 80, 3), dtype=np.uint8)
    extract_cine(read_clip(write_dicom(tmp_path / "a.dcm", noise)))


@pytest.mark.parametrize("name", ["a.zip", "a.npz"])
def test_damage_inside_a_deflated_member_is_a_broken_archive(tmp_path, name):
    path = tmp_path / name
    noise = np.random.default_rng(0).integers(0, 4, (3, 30, 40), dtype=np.uint8)
    np.savez_compressed(tmp_path / "a.npz", frames=noise)
    data = bytearray((tmp_path / "a.npz").read_bytes())
    data[80:200] = b"\xff" * 120
    path.write_bytes(data)
    read = assemble if name == "a.zip" else read_clip
    with pytest.raises(BrokenFileError) as error:
        read(path)
    sentence(error, path)


def test_a_metaimage_whose_data_file_has_an_impossible_name_is_broken(tmp_path):
    path = tmp_path / "a.mhd"
    path.write_bytes(
        b"ObjectType = Image\nNDims = 2\nDimSize = 4 4\nElementType = MET_UCHAR\nElementDataFile = a\0b\n"
    )
    with pytest.raises(BrokenFileError, match="cannot be read"):
        read_clip(path)


@pytest.mark.parametrize(
    "header", ["{'descr': '|u1', 'fortran_order': (", "{'descr': 7}", "]", "{'shape': (1,"]
)
def test_an_array_whose_header_is_no_python_is_a_broken_archive(tmp_path, header):
    path = tmp_path / "a.npz"
    text = header.encode().ljust(117) + b"\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("frames.npy", b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text)
    with pytest.raises(BrokenFileError) as error:
        read_clip(path)
    sentence(error, path)


@pytest.mark.parametrize(
    ("photometric", "channels"),
    [("RGB", 1), ("YBR_ICT", 1), ("YBR_FULL", 1), ("MONOCHROME2", 3), ("PALETTE COLOR", 3)],
)
def test_a_colour_space_that_contradicts_the_samples_of_a_pixel_is_broken(tmp_path, photometric, channels):
    samples = np.zeros((1, 20, 30, 3) if channels == 3 else (1, 20, 30), np.uint8)
    path = write_dicom(tmp_path / "a.dcm", samples, photometric=photometric)
    with pytest.raises(BrokenFileError) as error:
        read_clip(path)
    sentence(error, path)
