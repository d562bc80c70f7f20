"""The label of a clip as JSON; what the clips of a study share is put into words once."""

import json
from collections.abc import Mapping
from typing import Any, Final

from echovlm.dataset.manifest import MANIFEST_SCHEMA, to_plain
from echovlm.dataset.schema import ClipEntry, FindingRow

_MOST_SHARED: Final = 256  # a study has some 50 findings, each seen or not, and two lists of values
_SHARED_COLUMNS: Final = ("measurements", "other_measurements")


class _SharedTexts:
    """JSON of values by identity; they never change, and are kept so that no other takes their place in memory."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[object, str]] = {}

    def of(self, value: object) -> str:
        known = self._known.get(id(value))
        if known is not None and known[0] is value:
            return known[1]
        text = _dumps(to_plain(value))
        if len(self._known) >= _MOST_SHARED:
            self._known.clear()
        self._known[id(value)] = (value, text)
        return text


_TEXTS: Final = _SharedTexts()


def label_text(entry: ClipEntry) -> bytes:
    """Return what ``entry_to_plain`` gives of a clip as JSON in UTF-8."""
    columns = (
        f'"{name}": {_column(name, getattr(entry, name))}'
        for name in MANIFEST_SCHEMA.names
        if hasattr(entry, name)
    )
    return f"{{{', '.join(columns)}}}".encode()


def plain_text(plain: Mapping[str, Any]) -> bytes:
    """Return a label that is plain already as JSON in UTF-8."""
    return _dumps(plain).encode()


def _column(name: str, value: object) -> str:
    if name in _SHARED_COLUMNS:
        return _TEXTS.of(value)
    if name == "findings" and isinstance(value, tuple):
        return f"[{', '.join(map(_finding, value))}]"
    return _dumps(to_plain(value))


def _finding(row: FindingRow) -> str:
    return _TEXTS.of(row)


def _dumps(plain: object) -> str:
    return json.dumps(plain, ensure_ascii=False)
