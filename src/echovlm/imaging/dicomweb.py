"""Studies fetched from a DICOMweb address: QIDO-RS says what is there, WADO-RS brings it as it was stored."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit, urlunsplit

from pydicom.errors import BytesLengthException, InvalidDicomError

from echovlm.errors import EchoVLMError
from echovlm.files import remove_leftovers, replacing

if TYPE_CHECKING:
    from dicomweb_client.api import DICOMwebClient

Answer = TypeVar("Answer")
Progress = Callable[[int, int], None]

_SCHEMES: Final = ("http", "https")
# As stored, whatever the transfer syntax: without the star a server unpacks it first (PS3.18 8.7.3.5.2).
_AS_STORED: Final = (("application/dicom", "*"),)
_UID: Final = re.compile(r"[0-9.]{1,64}")
_STUDY, _SERIES, _INSTANCE, _MODALITY = "0020000D", "0020000E", "00080018", "00080060"
_IMAGES: Final = ("US", "IVUS", "")
_PAGE: Final = 100


class DicomWebError(EchoVLMError):
    """A DICOMweb address that cannot be read; the message never repeats a password."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came from a DICOMweb address.

    Attributes:
        folder: Where the files lie, as ``study/series/instance.dcm`` by their UIDs.
        files: Every file of the answer, those of an earlier run included.
        refused: What the server lists and did not deliver, each with the reason.
    """

    folder: Path
    files: tuple[Path, ...]
    refused: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Address:
    base: str
    study_uid: str | None
    series_uid: str | None
    user: str | None
    password: str | None


def is_web_address(text: str) -> bool:
    """Whether a text is meant as an address and not as a path."""
    return text.split("://", 1)[0].lower() in _SCHEMES and "://" in text


def fetch_studies(
    address: str, folder: Path, *, timeout_s: float = 30.0, on_progress: Progress = lambda done, total: None
) -> Fetched:
    """Bring the ultrasound instances of a DICOMweb server into a folder; a rerun fetches only what is missing.

    Args:
        address: Of the service, of one of its studies or of one series: ``https://host/dicom-web``,
            ``…/studies/1.2.3``, ``…/studies/1.2.3/series/4.5``. A user and a password may stand before the host.
        folder: Made if missing.
        timeout_s: How long the server may stay silent.
        on_progress: Told how many instances are there, and of how many.

    Raises:
        DicomWebError: If the address is none, the server cannot be reached, or its answer is no DICOMweb.
    """
    place = _parse(address)
    client = _client(place, timeout_s)
    listed = list(_iter_listed(client, place))
    folder.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    refused: list[tuple[str, str]] = []
    for done, uids in enumerate(listed):
        on_progress(done, len(listed))
        if not all(_UID.fullmatch(uid) and uid.strip(".") for uid in uids):
            refused.append(("/".join(uids)[:200], "a UID that is none: digits and dots, at most 64"))
            continue
        target = folder.joinpath(*uids[:2], f"{uids[2]}.dcm")
        reason = None if target.is_file() else _fetch(client, place, uids, target)
        if reason is None:
            files.append(target)
        else:
            refused.append((uids[2], reason))
    on_progress(len(listed), len(listed))
    return Fetched(folder, tuple(files), tuple(refused))


def _parse(address: str) -> _Address:
    try:
        parts = urlsplit(address)
        host = f"{parts.hostname}:{parts.port}" if parts.port else f"{parts.hostname}"
    except ValueError as error:
        raise DicomWebError(f"not a web address ({error}); give https://host/dicom-web") from error
    if parts.scheme.lower() not in _SCHEMES or not parts.hostname:
        raise DicomWebError(f"{address.split('@')[-1]!r} is no web address; give https://host/dicom-web")
    base, _, rest = parts.path.rstrip("/").partition("/studies")
    found = re.fullmatch(r"(?:/([0-9.]{1,64})(?:/series(?:/([0-9.]{1,64}))?)?)?", rest)
    if found is None:
        raise DicomWebError(
            f"{host}{parts.path} names neither a service, a study nor a series; "
            "give https://host/dicom-web, with /studies/UID and /series/UID behind it to choose"
        )
    clean = urlunsplit((parts.scheme.lower(), host, base, "", ""))
    return _Address(clean, found[1], found[2], parts.username, parts.password)


def _client(place: _Address, timeout_s: float) -> "DICOMwebClient":
    try:
        from dicomweb_client.api import DICOMwebClient
        from dicomweb_client.session_utils import create_session, create_session_from_user_pass
    except ImportError as error:
        raise DicomWebError(
            "a DICOMweb address cannot be read: dicomweb-client is not installed; "
            "run `pip install 'echovlm[pacs]'`"
        ) from error
    if place.user is None or place.password is None:
        session = create_session()
    else:
        session = create_session_from_user_pass(place.user, place.password)
    client = DICOMwebClient(place.base, session=session, timeout=timeout_s, permissive_uid=True)
    client.set_http_retry_params(retry=True, max_attempts=3, wait_exponential_multiplier=200)
    return client


def _iter_listed(client: "DICOMwebClient", place: _Address) -> Iterator[tuple[str, str, str]]:
    """Yield study, series and instance UIDs of every ultrasound instance that the server lists, sorted."""

    def ask(what: Callable[..., list[dict[str, Any]]], **which: str | None) -> list[dict[str, Any]]:
        """Ask page by page until nothing new comes: a server may cut a long list, or not know of pages."""
        found: list[dict[str, Any]] = []
        while True:
            page = _answered(place, partial(what, limit=_PAGE, offset=len(found), **which))
            if not isinstance(page, list) or not all(isinstance(item, dict) for item in page):
                raise DicomWebError(f"{place.base} does not speak DICOMweb: its answer is no DICOM JSON")
            fresh = [item for item in page if item not in found[:_PAGE]]
            found += fresh
            if not fresh:
                return found

    if place.study_uid:
        studies = {place.study_uid}
    else:
        studies = {_first(study, _STUDY) for study in ask(client.search_for_studies)}
    for study in sorted(studies):
        series = ask(client.search_for_series, study_instance_uid=study)
        chosen = {
            _first(item, _SERIES)
            for item in series
            if _first(item, _MODALITY) in _IMAGES and place.series_uid in (None, _first(item, _SERIES))
        }
        for uid in sorted(chosen):
            instances = ask(client.search_for_instances, study_instance_uid=study, series_instance_uid=uid)
            for instance in sorted({_first(item, _INSTANCE) for item in instances}):
                yield study, uid, instance


def _fetch(client: "DICOMwebClient", place: _Address, uids: tuple[str, str, str], target: Path) -> str | None:
    """Bring one instance; return why not, when the server is there and this one instance is not."""
    try:
        dataset = _answered(place, lambda: client.retrieve_instance(*uids, media_types=_AS_STORED))
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(target.parent)
        with replacing(target) as temporary:
            dataset.save_as(temporary, enforce_file_format=True)
    except (InvalidDicomError, BytesLengthException, ValueError, TypeError, AttributeError, KeyError,
            IndexError) as error:  # fmt: skip
        return f"not delivered as a DICOM file ({type(error).__name__})"
    except DicomWebError as error:
        if isinstance(error.__cause__, Exception) and getattr(error.__cause__, "response", None) is not None:
            return "the server lists it and does not deliver it"
        raise
    return None


def _answered(place: _Address, question: Callable[[], Answer]) -> Answer:
    """Ask the server; what goes wrong on the way is one sentence."""
    import requests
    import urllib3

    try:
        return question()
    except requests.HTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        known = {401: "asks for a user and a password: https://user:password@host/…", 403: "refuses access"}
        what = known.get(status, f"answers with HTTP status {status}; check the address of the service")
        raise DicomWebError(f"{place.base} {what}") from error
    except requests.JSONDecodeError as error:
        raise DicomWebError(f"{place.base} does not speak DICOMweb: its answer is no DICOM JSON") from error
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise DicomWebError(
            f"{place.base} cannot be reached ({type(error).__name__}); check the address and that it runs"
        ) from error


def _first(item: dict[str, Any], tag: str) -> str:
    """Return the first value of an attribute in DICOM JSON, or an empty text (PS3.18 F.2)."""
    try:
        return str(item[tag]["Value"][0])
    except (KeyError, IndexError, TypeError):
        return ""
