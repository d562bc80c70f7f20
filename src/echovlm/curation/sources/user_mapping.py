"""The TOML file by which users map their own tables: read, and every key checked."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from echovlm.clinical import Quantity, Unit, UnitError, find_quantity_by_name, parse_unit
from echovlm.curation import licences
from echovlm.curation.errors import SourceError

FILE_KEYS: Final = ("table", "path", "patient", "study", "time", "view", "sex", "split")
_VALUE_KEYS: Final = ("table", "study", "patient", "time", "name", "value", "unit", "columns")
_REPORT_KEYS: Final = ("table", "study", "text")
_SECTIONS: Final = {"files": FILE_KEYS, "values": _VALUE_KEYS, "reports": _REPORT_KEYS}
_NEEDED: Final = {
    "files": ("table", "path", "patient"),
    "values": ("table",),
    "reports": ("table", "study", "text"),
}
_TOP: Final = ("licence", "clean", *_SECTIONS)


@dataclass(frozen=True, slots=True)
class UserMapping:
    """The content of the TOML file, checked.

    Attributes:
        licence: Who may use the data, and how.
        is_clean: Whether files and tables hold no identity.
        sections: ``files``, and ``values`` and ``reports`` where they are given.
    """

    licence: str
    is_clean: bool
    sections: Mapping[str, Mapping[str, Any]]


def read_mapping(path: Path) -> UserMapping:
    """Return the mapping in a TOML file.

    Raises:
        SourceError: If it is no TOML, or a key is missing, unknown or of another kind; it names the key.
    """
    try:
        plain = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SourceError(f"{path} is no readable TOML file ({error})") from error
    _check_keys(path, "", plain, _TOP)
    sections = {name: plain[name] for name in _SECTIONS if name in plain}
    if "files" not in sections:
        raise SourceError(
            f"{path} has no section [files]; it must name a table of files, with path and patient"
        )
    for name, section in sections.items():
        if not isinstance(section, dict):
            raise SourceError(f"{path}: {name} is no section; write it as [{name}]")
        _check_keys(path, f"[{name}] ", section, _SECTIONS[name])
        missing = [key for key in _NEEDED[name] if key not in section]
        if missing:
            raise SourceError(f"{path}: [{name}] lacks {missing[0]!r}; it needs {', '.join(_NEEDED[name])}")
        wrong = [key for key, value in section.items() if key != "columns" and not isinstance(value, str)]
        if wrong:
            raise SourceError(f"{path}: [{name}] {wrong[0]} must be a text, the name of a column or table")
    if "values" in sections:
        _check_values(path, sections["values"])
    if not isinstance(plain.get("clean", False), bool):
        raise SourceError(f"{path}: clean must be true or false; got {plain['clean']!r}")
    return UserMapping(str(plain.get("licence", licences.UNSTATED)), plain.get("clean", False), sections)


def _check_keys(path: Path, where: str, plain: Mapping[str, Any], allowed: Sequence[str]) -> None:
    for key in plain:
        if key not in allowed:
            near = get_close_matches(key, allowed, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise SourceError(f"{path}: {where}{key!r} is not known; allowed are {', '.join(allowed)}.{hint}")


def _check_values(path: Path, section: Mapping[str, Any]) -> None:
    is_long = {"name", "value"} <= section.keys()
    if is_long == ("columns" in section):
        raise SourceError(
            f"{path}: [values] needs either name and value (one row per value) or [values.columns] (one column per "
            "quantity)"
        )
    if "study" not in section and not {"patient", "time"} <= section.keys():
        raise SourceError(f"{path}: [values] needs study, or patient and time, to tell whose values they are")
    for column, text in section.get("columns", {}).items():
        parse_column(path, column, text)


def parse_column(path: Path, column: str, text: object) -> tuple[Quantity, Unit | None]:
    """Return quantity and unit of ``lvef_biplane %``."""
    words = str(text).split()
    quantity = find_quantity_by_name(" ".join(words)) or find_quantity_by_name(" ".join(words[:-1]))
    if quantity is None:
        raise SourceError(
            f"{path}: [values.columns] {column!r}: no measurement is called {text!r}; write a label such as LVIDd, "
            "or a key such as lvef_biplane, and its unit behind it"
        )
    if find_quantity_by_name(" ".join(words)) is not None:
        return quantity, None
    try:
        return quantity, parse_unit(words[-1])
    except UnitError as error:
        raise SourceError(f"{path}: [values.columns] {column!r}: {error}") from error
