"""An Orthanc of one's own on loopback, for the tests that need a PACS."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

_PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
_START_S = 20.0


@pytest.fixture(scope="session")
def orthanc(tmp_path_factory) -> Iterator[str]:
    """The DICOMweb address of a real, empty Orthanc; `.ci/run` starts one, else this does, else the test skips."""
    running = os.environ.get("ECHOVLM_TEST_DICOMWEB")
    if running:
        yield running
        return
    program = shutil.which("Orthanc")
    if program is None or not _PLUGIN.exists():
        pytest.skip("needs the system packages orthanc and orthanc-dicomweb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("orthanc")
    settings = {
        "StorageDirectory": str(folder / "store"), "IndexDirectory": str(folder / "store"), "HttpPort": port,
        "DicomServerEnabled": False, "RemoteAccessAllowed": False, "AuthenticationEnabled": False,
        "Plugins": [str(_PLUGIN)], "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }  # fmt: skip
    (folder / "orthanc.json").write_text(json.dumps(settings))
    server = subprocess.Popen(
        [program, str(folder / "orthanc.json")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}/dicom-web"
    try:
        _wait(f"{address}/studies", server)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait(address: str, server: subprocess.Popen) -> None:
    for _ in range(int(_START_S * 10)):
        if server.poll() is not None:
            pytest.skip(f"Orthanc ended at once with status {server.returncode}")
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.skip(f"Orthanc did not answer within {_START_S:g} s")
