"""The label of a clip as JSON; what clips share is put into words once: values by identity, sentences by content."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Any, Final

from echovlm.dataset.manifest import MANIFEST_SCHEMA, to_plain
from echovlm.dataset.schema import ClipEntry, FindingRow, StatementRow

_MOST_SHARED: Final = 256  # a study has some 50 findings, each seen or not, and two lists of values
_SHARED_COLUMNS: Final = ("measurements", "other_measurements", "findings")  # side by side in the manifest
_FIELDS: Final = frozenset(field.name for field in fields(ClipEntry))
_COLUMNS: Final = tuple(name for name in MANIFEST_SCHEMA.names if name in _FIELDS)
# Made once: ``json.dumps`` makes an encoder for each call that says anything but its defaults.
_dumps: Final[Callable[[object], str]] = json.JSONEncoder(ensure_ascii=False).encode


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
    names = _COLUMNS
    first = names.index(_SHARED_COLUMNS[0])
    after = first + len(_SHARED_COLUMNS)
    assert names[after] == "statements", "they follow in the manifest"
    parts = (
        _members(entry, names[:first]),
        *(f'"{name}": {_shared(getattr(entry, name))}' for name in names[first:after]),
        f'"statements": [{", ".join(map(_statement_text, entry.statements))}]',
        _members(entry, names[after + 1 :]),
    )
    return f"{{{', '.join(parts)}}}".encode()


def plain_text(plain: Mapping[str, Any]) -> bytes:
    """Return a label that is plain already as JSON in UTF-8."""
    return _dumps(plain).encode()


def _members(entry: ClipEntry, names: Iterable[str]) -> str:
    """Return some columns as the members of a JSON object, without its braces."""
    return _dumps({name: to_plain(getattr(entry, name)) for name in names})[1:-1]


def _statement_text(row: StatementRow) -> str:
    """Return what ``to_plain`` gives of a statement as JSON, spelt out in a fraction of the time."""
    finding = None if row.finding is None else row.finding.key
    quantity = None if row.quantity is None else row.quantity.key
    origin = row.provenance
    return (
        f'{{"finding": {_json_of(finding)}, "quantity": {_json_of(quantity)}, "present": {_json_of(row.present)}, '
        f'"text_options": {_json_of(tuple(row.text_options))}, '
        f'"counterfactual_options": {_json_of(tuple(row.counterfactual_options))}, '
        f'"source": {_json_of(origin.source.value)}, "locator": {_json_of(origin.locator)}}}'
    )


# The statements of an archive are made of a few thousand sentences.
@lru_cache(maxsize=8192)
def _json_of(value: str | bool | tuple[str, ...] | None) -> str:
    return _dumps(value)


def _shared(value: object) -> str:
    if isinstance(value, tuple) and value and isinstance(value[0], FindingRow):
        return f"[{', '.join(map(_TEXTS.of, value))}]"
    return _TEXTS.of(value)
