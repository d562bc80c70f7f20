"""The first sheet of an xlsx file as rows of text: a zip of XML, read without a spreadsheet library."""

import re
import zipfile
from collections.abc import Mapping
from typing import Final
from xml.etree import ElementTree

from echovlm.curation.errors import SourceError
from echovlm.curation.tree import SourceTree
from echovlm.imaging import ImagingError

_MAX_BYTES: Final = 64 * 1024**2
_COLUMN: Final = re.compile(r"[A-Z]+")


def read_sheet(tree: SourceTree, name: str) -> list[Mapping[str, str]]:
    """Return the rows below the first one, by the names in the first one.

    Raises:
        SourceError: If it is no xlsx file.
    """
    try:
        with tree.local(name) as path, zipfile.ZipFile(path) as archive:
            shared = _shared_texts(archive)
            sheet = min(n for n in archive.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", n))
            rows = [_cells(row, shared) for row in _parse(archive, sheet).iter(f"{_ns(archive, sheet)}row")]
    except (zipfile.BadZipFile, ElementTree.ParseError, ImagingError, ValueError, KeyError, OSError) as error:
        raise SourceError(
            f"{tree.at(name)} is no readable xlsx file ({type(error).__name__}); give it as it was released"
        ) from error
    if not rows:
        return []
    header = rows[0]
    return [{header[c]: text for c, text in row.items() if header.get(c)} for row in rows[1:]]


def _parse(archive: zipfile.ZipFile, member: str) -> ElementTree.Element:
    if archive.getinfo(member).file_size > _MAX_BYTES:
        raise ValueError(f"{member} is too large")
    content = archive.read(member)
    if b"<!DOCTYPE" in content:  # no spreadsheet has one; an entity in it could unfold without limit
        raise ValueError(f"{member} declares a document type")
    return ElementTree.fromstring(content)


def _ns(archive: zipfile.ZipFile, member: str) -> str:
    tag = _parse(archive, member).tag
    return tag[: tag.index("}") + 1] if "}" in tag else ""


def _shared_texts(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    root = _parse(archive, "xl/sharedStrings.xml")
    return ["".join(item.itertext()) for item in root]


def _cells(row: ElementTree.Element, shared: list[str]) -> dict[str, str]:
    found = {}
    for cell in row:
        column = _COLUMN.match(cell.get("r", ""))
        text = "".join(cell.itertext()).strip()
        if cell.get("t") == "s" and text:
            text = shared[int(text)]
        if column:
            found[column[0]] = text.strip()
    return found
