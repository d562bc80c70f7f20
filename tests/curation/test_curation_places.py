"""A folder, a zip, a DICOMDIR or a bucket: the same files give the same clips, and no secret is told."""

import logging
import shutil
import zipfile
from pathlib import Path

import fsspec
import pytest
import research_sets as sets
from curation_trees import plain_study, write_tree
from pydicom.data import get_testdata_file
from pydicom.fileset import FileSet

from echovlm.curation import CurationOptions, ReaderUse, SourceError, curate, read_source, sources
from echovlm.curation.sources import folder, open_source
from echovlm.curation.tree import SourceTree, hide_secrets, open_tree
from echovlm.dataset import EchoGround, read_excluded
from echovlm.imaging.dicomweb import Fetched

QUIET = CurationOptions(reader=ReaderUse.NEVER)


def pack(folder: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder).as_posix())
    return target


def rows_of(out: Path):
    return {
        row.clip_id: (row.source_sha256, row.view, row.measurements) for row in EchoGround.open(out).rows()
    }


def upload(folder: Path, address: str) -> None:
    filesystem, root = fsspec.core.url_to_fs(address)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with filesystem.open(f"{root}/{path.relative_to(folder).as_posix()}", "wb") as file:
                file.write(path.read_bytes())


@pytest.fixture
def tree(tmp_path):
    return write_tree(tmp_path / "tree", [plain_study(1), plain_study(5, files=[b"torn", None])])


def test_a_folder_lists_its_files_by_folder_links_to_files_among_them_and_links_to_nothing_not(tmp_path):
    root = tmp_path / "root"
    for name in ("b/2.dcm", "b/10.dcm", "b.dcm", "b/.hidden/x", "a b/ü.dcm", "empty/"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            (root / name).mkdir()
        else:
            (root / name).write_text(name)
    (root / "link.dcm").symlink_to(root / "b.dcm")
    (root / "nothing.dcm").symlink_to(root / "gone.dcm")
    (root / "loop").symlink_to(root, target_is_directory=True)
    sizes = open_tree(root).sizes()
    assert list(sizes) == ["a b/ü.dcm", "b/.hidden/x", "b/10.dcm", "b/2.dcm", "b.dcm", "link.dcm"]
    assert sizes["b/2.dcm"] == len("b/2.dcm")
    assert sizes["link.dcm"] == len("b.dcm")
    assert list(open_tree(root).sizes(below="b")) == ["b/.hidden/x", "b/10.dcm", "b/2.dcm"]


def test_a_tree_in_a_zip_or_in_memory_gives_the_rows_of_the_folder(tree, tmp_path):
    expected = curate(tree, tmp_path / "a", options=QUIET)
    assert expected.excluded == {"missing_file": 1, "unreadable": 1}
    packed = curate(pack(tree, tmp_path / "tree.zip"), tmp_path / "b", options=QUIET)
    upload(tree, "memory://archive/1.0.1")
    remote = curate("memory://archive/1.0.1", tmp_path / "c", options=QUIET)
    assert packed.excluded == remote.excluded == expected.excluded
    assert rows_of(tmp_path / "a") == rows_of(tmp_path / "b") == rows_of(tmp_path / "c")
    assert read_source("memory://archive/1.0.1").kind == "MIMIC-IV-ECHO 1.0.1 tree"


def test_a_bucket_is_read_by_two_workers_and_a_key_in_its_address_is_never_told(
    tree, tmp_path, bucket, caplog
):
    upload(tree, f"s3://{bucket}/mimic-iv-echo/0.1")
    caplog.set_level(logging.DEBUG)
    summary = curate(f"s3://{bucket}/mimic-iv-echo/0.1", tmp_path / "out", workers=2, options=QUIET)
    assert (summary.kept, summary.records) == (2, 4)
    written = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert b"testing-secret" not in written
    assert "testing-secret" not in caplog.text + str(summary)


@pytest.fixture
def bucket(monkeypatch):
    moto_server = pytest.importorskip("moto.server")
    boto3 = pytest.importorskip("boto3")
    server = moto_server.ThreadedMotoServer(port=0)
    server.start()
    _, port = server.get_host_and_port()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing-secret", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port}",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    boto3.client("s3").create_bucket(Bucket="archive")
    yield "archive"
    server.stop()


def test_an_address_that_cannot_be_listed_is_told_without_its_password():
    with pytest.raises(SourceError, match=r"host:1/x") as raised:
        open_tree("ftp://reader:hunter2@host:1/x")
    assert "hunter2" not in str(raised.value) + repr(raised.value)
    assert raised.value.__cause__ is None


def test_userinfo_and_signatures_are_hidden():
    assert hide_secrets("s3://KEY:SECRET@bucket/a/b") == "s3://bucket/a/b"
    assert hide_secrets("https://host/x.zip?X-Amz-Signature=abc") == "https://host/x.zip"
    assert "SECRET" not in repr(SourceTree("s3://KEY:SECRET@bucket/a"))


def test_an_unknown_kind_of_address_names_the_plug_in():
    with pytest.raises(SourceError, match=r"nosuch://.*plug-in"):
        open_tree("nosuch://x/y")


def test_a_zip_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("echovlm.curation.tree.MAX_UNPACKED_BYTES", 100)
    folder = tmp_path / "x"
    folder.mkdir()
    (folder / "a.dcm").write_bytes(bytes(1000))
    with pytest.raises(SourceError, match="unpacks to 1 files of 1000 bytes"):
        read_source(pack(folder, tmp_path / "x.zip"))


def test_a_metaimage_header_in_a_zip_finds_its_raw_file(tmp_path):
    folder = sets.camus_mhd(tmp_path / "set")
    summary = curate(pack(folder, tmp_path / "set.zip"), tmp_path / "out", options=QUIET)
    assert summary.kept == 1
    assert sorted(
        EchoGround.open(tmp_path / "out").read_masks(EchoGround.open(tmp_path / "out").rows()[0])
    ) == [2, 7]


def test_a_dicomdir_decides_which_files_count(tmp_path):
    real = get_testdata_file("examples_ybr_color.dcm", download=False)
    index = FileSet()
    index.add(real)
    index.write(tmp_path / "disc")
    shutil.copy(real, tmp_path / "disc" / "beside.dcm")  # not on the list
    (listed,) = read_source(tmp_path / "disc" / "DICOMDIR").tasks
    assert len(listed.files) == 1
    assert "beside" not in listed.files[0].path
    assert len([f for t in read_source(tmp_path / "disc").tasks for f in t.files]) == 2


def test_a_server_is_curated_from_what_it_delivers_and_the_rest_is_counted(tree, tmp_path, monkeypatch):
    def deliver(address: str, folder: Path) -> Fetched:
        assert address == "http://reader:hunter2@host/dicom-web"
        folder.mkdir(exist_ok=True)
        files = [path for path in sorted(tree.rglob("*.dcm")) if path.stat().st_size > 100]
        for path in files:
            shutil.copy(path, folder / path.name)
        return Fetched(
            folder, tuple(folder.iterdir()), (("2.25.9", "the server lists it and does not deliver it"),)
        )

    monkeypatch.setattr(sources, "fetch_studies", deliver)
    summary = curate("http://reader:hunter2@host/dicom-web", tmp_path / "out", options=QUIET, is_clean=True)
    assert (summary.kept, summary.excluded) == (2, {"missing_file": 1})
    assert "hunter2" not in str(summary)
    written = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert b"hunter2" not in written


def test_a_missing_place_says_what_may_be_given(tmp_path):
    with pytest.raises(SourceError, match=r"does not exist; give the folder.*s3://"):
        read_source(tmp_path / "nowhere")


def test_files_of_two_studies_in_one_folder_are_two_studies(tmp_path):
    tree = write_tree(tmp_path / "tree", [plain_study(1), plain_study(5)])
    flat = tmp_path / "flat"
    flat.mkdir()
    for path in sorted(tree.rglob("*.dcm")):
        shutil.copy(path, flat / path.name)
    listing = read_source(flat)
    assert len(listing.tasks) == 2
    assert {len(task.files) for task in listing.tasks} == {2}
    assert len({task.patient_id for task in listing.tasks}) == 2


def test_excluded_rows_of_a_zip_keep_the_reason(tree, tmp_path):
    curate(pack(tree, tmp_path / "tree.zip"), tmp_path / "out", options=QUIET)
    reasons = {clip.path.rpartition("/")[2]: clip.reason for clip in read_excluded(tmp_path / "out")}
    assert reasons == {"90000005_0001.dcm": "unreadable", "90000005_0002.dcm": "missing_file"}


class _Backwards:
    """An engine whose jobs end in the opposite order."""

    def run(self, function, jobs):
        yield from reversed([function(job) for job in jobs])


def test_headers_that_workers_read_in_any_order_give_the_listing_of_one(tree, monkeypatch):
    files = tree / "files"
    expected = read_source(files)
    monkeypatch.setattr(folder, "_FEW_FILES", 0)
    monkeypatch.setattr(folder, "_HEADS_PER_JOB", 1)
    assert open_source(files, engine=_Backwards())[1] == expected
    assert sum(len(task.files) for task in expected.tasks) > 1
