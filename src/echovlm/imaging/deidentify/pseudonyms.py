"""Names that stand for others: the same key and the same original give the same pseudonym, on any machine."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from echovlm.errors import EchoVLMError
from echovlm.files import write_whole

_KEY_BYTES: Final = 32
_SHIFT_DAYS: Final = 3650  # dates move back by 1 to this many days: intervals within a patient stay


class KeyFileError(EchoVLMError):
    """A key that cannot be used."""


def read_key(path: Path) -> bytes:
    """Return the secret of a key file, which is made when missing, readable by its owner only.

    Raises:
        KeyFileError: If the file is too short to be a secret, or cannot be read or made.
    """
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, secrets.token_hex(_KEY_BYTES).encode() + b"\n")
            path.chmod(0o600)
        key = path.read_bytes().strip()
    except OSError as error:
        raise KeyFileError(f"{path} cannot be used as key file: {error.strerror}; name another") from error
    if len(key) < _KEY_BYTES:
        raise KeyFileError(
            f"{path} holds {len(key)} bytes; a key has at least {_KEY_BYTES}. Name a file that does not exist, and one "
            "is made."
        )
    return key


@dataclass(frozen=True, slots=True, repr=False)
class Pseudonyms:
    """Keyed one-way names. Without the key nobody can tell which patient a pseudonym is.

    Attributes:
        key: The secret.
    """

    key: bytes

    def __repr__(self) -> str:
        return "Pseudonyms(key hidden)"

    def patient(self, patient_id: str) -> str:
        """Return the pseudonym of a patient, such as ``P3K7QX2MVTA``."""
        return "P" + base64.b32encode(self._digest("patient", patient_id))[:10].decode()

    def uid(self, uid: str) -> str:
        """Return the UID that stands for another, under 2.25, the root of UUIDs (DICOM PS3.5 B.2)."""
        return f"2.25.{int.from_bytes(self._digest('uid', uid)[:16], 'big')}"

    def shift_days(self, patient_id: str) -> int:
        """Return by how many days the dates of a patient move; always back."""
        return -1 - int.from_bytes(self._digest("days", patient_id)[:8], "big") % _SHIFT_DAYS

    def shifted(self, dicom_date: str, *, patient_id: str) -> str:
        """Return a DICOM date (YYYYMMDD) moved by the patient's shift; empty when it is no date."""
        text = dicom_date.strip()[:8]
        try:
            day = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
            return f"{day + timedelta(days=self.shift_days(patient_id)):%Y%m%d}".rjust(8, "0")
        except (ValueError, OverflowError):
            return ""

    def _digest(self, purpose: str, original: str) -> bytes:
        return hmac.new(
            self.key, f"{purpose}\0{original}".encode("utf-8", "replace"), hashlib.sha256
        ).digest()
