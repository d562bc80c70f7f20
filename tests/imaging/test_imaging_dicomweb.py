"""A study that lies in a PACS is the same study: fetched as stored, put in order by its headers."""

import http.server
import json
import threading
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from imaging_files import region, write_dicom
from pydicom import dcmread
from pydicom.uid import generate_uid

from echovlm.imaging import read_clip
from echovlm.imaging.assembly import assemble
from echovlm.imaging.dicomweb import DicomWebError, fetch_studies

RNG = np.random.default_rng(5)


@pytest.fixture(scope="module")
def study(orthanc, tmp_path_factory) -> tuple[str, str, dict[str, bytes]]:
    """The address of a server that holds a study of two series, the study's UID, and the files that went in."""
    client = pytest.importorskip("dicomweb_client.api", reason="needs the pacs extra").DICOMwebClient(orthanc)
    folder = tmp_path_factory.mktemp("sent")
    uid = generate_uid()
    sent: dict[str, bytes] = {}
    for series in (1, 2):
        for number in (2, 1):
            instance = f"{uid[:50]}.{series}.{number}"
            frames = RNG.integers(0, 255, (3, 30, 40, 3), dtype=np.uint8)
            path = write_dicom(
                folder / f"{series}{number}", frames, photometric="YBR_FULL_422", jpeg=True, regions=[region()],
                PatientID="WEB1", StudyInstanceUID=uid, SeriesInstanceUID=f"{uid[:50]}.{series}",
                SOPInstanceUID=instance, InstanceNumber=number, StudyDate="20200101", FrameTime=20.0,
            )  # fmt: skip
            sent[instance] = path.read_bytes()
            client.store_instances([dcmread(path)])
    report = dcmread(path)  # a document of the same study, which is no image
    del report.PixelData
    report.Modality, report.SeriesInstanceUID, report.SOPInstanceUID = (
        "SR",
        f"{uid[:50]}.9",
        f"{uid[:50]}.9.1",
    )
    report.file_meta.MediaStorageSOPInstanceUID = report.SOPInstanceUID
    report.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    client.store_instances([report])
    return orthanc, uid, sent


def test_a_study_of_a_pacs_is_assembled_by_its_headers(study):
    address, uid, sent = study
    found = assemble(f"{address}/studies/{uid}")
    (patient,) = found.patients
    assert patient.patient_id == "WEB1"
    assert [s.study_uid for s in patient.studies] == [uid]
    order = [[file.instance_uid for file in series.files] for series in patient.studies[0].series]
    assert order == [[f"{uid[:50]}.{series}.{number}" for number in (1, 2)] for series in (1, 2)]
    assert {file.instance_uid for file in found.files} == set(sent)
    assert uid in [s.study_uid for p in assemble(address).patients for s in p.studies]


def test_pixels_come_as_they_were_stored_and_once(study, tmp_path):
    address, uid, sent = study
    fetched = fetch_studies(f"{address}/studies/{uid}", tmp_path / "in")
    assert len(fetched.files) == len(sent) == 4
    for path in fetched.files:
        (tmp_path / "truth.dcm").write_bytes(sent[path.stem])
        truth, found = read_clip(tmp_path / "truth.dcm"), read_clip(path)
        np.testing.assert_array_equal(found.frames, truth.frames)
        assert found.calibration == truth.calibration
        assert dcmread(path).PixelData == dcmread(tmp_path / "truth.dcm").PixelData
    stamps = {path: path.stat().st_mtime_ns for path in fetched.files}
    fetched.files[0].unlink()
    again = fetch_studies(f"{address}/studies/{uid}", tmp_path / "in")
    assert again.files == fetched.files
    assert [path for path in again.files if path.stat().st_mtime_ns == stamps[path]] == list(again.files[1:])


def test_a_series_alone_can_be_named(study, tmp_path):
    address, uid, _ = study
    fetched = fetch_studies(f"{address}/studies/{uid}/series/{uid[:50]}.2", tmp_path)
    assert {path.parent.name for path in fetched.files} == {f"{uid[:50]}.2"}
    assert len(fetched.files) == 2


def test_a_study_that_is_not_there_is_an_empty_answer(orthanc, tmp_path):
    pytest.importorskip("dicomweb_client", reason="needs the pacs extra")
    assert fetch_studies(f"{orthanc}/studies/1.2.3.999", tmp_path / "in").files == ()


# ---- servers that are wrong


@contextmanager
def server(answer):
    """Serve what ``answer(path)`` returns: a status, a content type and a body."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            status, kind, body = answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments):
            pass

    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://someone:secret-word@127.0.0.1:{listening.server_port}/dicom-web"
    finally:
        listening.shutdown()


def listed(path: str) -> list[dict[str, object]]:
    """Answer a search as a server would that knows one study, whose instance's UID climbs out of its folder."""
    uids = {"0020000D": "1.2", "0020000E": "1.2.3", "00080018": "../../../climbed"}
    return [{tag: {"vr": "UI", "Value": [uid]} for tag, uid in uids.items()}]


@pytest.mark.parametrize(
    ("status", "kind", "body", "reason"),
    [
        (401, "text/plain", b"", "asks for a user and a password"),
        (403, "text/plain", b"", "refuses access"),
        (404, "text/plain", b"", "HTTP status 404"),
        (200, "text/html", b"<html>hello</html>", "does not speak DICOMweb"),
        (200, "application/json", b'["a", 3]', "does not speak DICOMweb"),
    ],
)
def test_a_server_that_does_not_answer_is_one_sentence_without_the_password(
    tmp_path, status, kind, body, reason
):
    pytest.importorskip("dicomweb_client", reason="needs the pacs extra")
    with server(lambda path: (status, kind, body)) as address:
        with pytest.raises(DicomWebError, match=reason) as error:
            fetch_studies(address, tmp_path / "in")
        assert "secret-word" not in str(error.value)
        assert "\n" not in str(error.value)


def test_nothing_climbs_out_of_the_folder_and_what_is_not_delivered_is_told(tmp_path):
    pytest.importorskip("dicomweb_client", reason="needs the pacs extra")

    def answer(path: str) -> tuple[int, str, bytes]:
        return 200, "application/dicom+json", json.dumps(listed(path)).encode()

    with server(answer) as address:
        fetched = fetch_studies(address, tmp_path / "in")
    assert fetched.files == ()
    assert [reason.split(":")[0] for _, reason in fetched.refused] == ["a UID that is none"]
    assert not list(tmp_path.rglob("*climbed*"))


def test_an_instance_that_is_listed_and_not_delivered_does_not_lose_the_others(tmp_path):
    pytest.importorskip("dicomweb_client", reason="needs the pacs extra")

    def answer(path: str) -> tuple[int, str, bytes]:
        if "/instances/" in path:
            return 404, "text/plain", b""
        items = [
            {
                t: {"vr": "UI", "Value": [u]}
                for t, u in (("0020000D", "1.2"), ("0020000E", "1.2.3"), ("00080018", i))
            }
            for i in ("1.2.3.4", "1.2.3.5")
        ]
        return 200, "application/dicom+json", json.dumps(items).encode()

    with server(answer) as address:
        fetched = fetch_studies(address, tmp_path / "in")
    assert fetched.refused == tuple(
        (uid, "the server lists it and does not deliver it") for uid in ("1.2.3.4", "1.2.3.5")
    )


@pytest.mark.parametrize(
    "address", ["ftp://host/x", "http://", "http://host:port/x", "http://host/dicom-web/studies/../x"]
)
def test_what_is_no_address_is_said_so(address):
    with pytest.raises(DicomWebError, match="give https://host/dicom-web"):
        fetch_studies(address, Path("nowhere"))


def test_a_server_that_is_not_there_is_one_sentence(tmp_path):
    pytest.importorskip("dicomweb_client", reason="needs the pacs extra")
    with pytest.raises(DicomWebError, match=r"127\.0\.0\.1:9/dicom-web cannot be reached"):
        fetch_studies("http://127.0.0.1:9/dicom-web", tmp_path / "in")
