"""Names of machines and houses in a header, as far as they can be no person's."""

import re
from typing import Final

from pydicom.dataset import Dataset

from echovlm.imaging.tags import find_text

# One line that begins with a letter, without a sign that could hide anything.
_PLAIN_NAME: Final = re.compile(r"[^\W\d_][\w .,&/()'-]{0,40}")


def find_plain_name(header: Dataset, keyword: str) -> str | None:
    """Return the name of a machine or a house, or ``None`` when there is none that is plain.

    One that shares a word with the patient's name or identifier cannot be told from it, and is not returned.
    """
    name = find_text(header, keyword) or ""
    own = _words(" ".join(find_text(header, each) or "" for each in ("PatientName", "PatientID")))
    return name if _PLAIN_NAME.fullmatch(name) and not own & _words(name) else None


def find_console(header: Dataset) -> str | None:
    """Return maker and model of the machine (PS3.3 C.7.5.1), such as ``Philips Medical Systems iE33``.

    What is missing of the two is left out; ``None`` when both are.
    """
    maker = find_plain_name(header, "Manufacturer")
    model = find_plain_name(header, "ManufacturerModelName")
    return " ".join(" ".join(part for part in (maker, model) if part).split()) or None


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", text.casefold()))
