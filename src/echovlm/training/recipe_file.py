"""Reading a recipe from TOML, refusing whatever it does not know."""

import difflib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from echovlm.training.errors import RecipeError
from echovlm.training.recipe import TASKS, Recipe


def recipe_names() -> tuple[str, ...]:
    """Return the names of the recipes that ship with the package."""
    folder = resources.files("echovlm.training") / "recipes"
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


def read_recipe(name: str | Path) -> Recipe:
    """Read a recipe that ships with the package by its name, or any other by the path of its TOML file.

    Raises:
        RecipeError: If there is no such recipe, it is no TOML, or it has a key or a value that cannot be.
    """
    shipped = recipe_names()
    if str(name) in shipped:
        text = (resources.files("echovlm.training") / "recipes" / f"{name}.toml").read_text(encoding="utf-8")
        return parse_recipe(text, source=f"recipe {name}")
    path = Path(name)
    if not path.is_file():
        raise RecipeError(
            f"there is no recipe {str(name)!r}; known: {', '.join(shipped)}, or the path of a TOML file"
        )
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise RecipeError(f"{path} is no UTF-8 text; a recipe is a TOML file") from error
    return parse_recipe(text, source=str(path))


def parse_recipe(text: str, *, source: str) -> Recipe:
    """Return the recipe that a TOML text describes; a key that it leaves out keeps its default.

    Args:
        text: TOML, with the ``task`` at its top.
        source: What to call the text in an error.

    Raises:
        RecipeError: As ``read_recipe``.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{source} is no valid TOML ({error}); mend that line") from error
    return build_recipe(table, source=source)


def build_recipe(table: Mapping[str, Any], *, source: str) -> Recipe:
    """Return the recipe that a table describes, as ``parse_recipe`` does of its text.

    Raises:
        RecipeError: As ``read_recipe``.
    """
    task = table.get("task")
    kind = TASKS.get(task) if isinstance(task, str) else None
    if kind is None:
        raise RecipeError(f"{source} has task {task!r}; allowed: {', '.join(TASKS)}. Put it at the top")
    told = {key: value for key, value in table.items() if key != "task"}
    recipe: Recipe = _build(kind, told, source=source, section="")
    return recipe


def _build(kind: type[Any], table: Mapping[str, Any], *, source: str, section: str) -> Any:  # noqa: ANN401
    """Return the dataclass ``kind`` filled from a TOML table."""
    wanted = get_type_hints(kind)
    known = [f.name for f in fields(kind)]
    values: dict[str, Any] = {}
    for key, value in table.items():
        dotted = f"{section}{key}"
        if key not in known:
            raise RecipeError(f"{source} has the unknown key {dotted!r}; {_nearest(key, known)}")
        values[key] = _value(wanted[key], value, source=source, dotted=dotted)
    try:
        return kind(**values)
    except (RecipeError, ValueError) as error:
        raise RecipeError(f"{source}: {error}") from error


def _value(kind: type[Any], value: Any, *, source: str, dotted: str) -> Any:  # noqa: ANN401
    """Return one value in the type that its field wants."""
    if get_origin(kind) is Literal:
        kind = str  # the section itself says which strings it takes
    if type(None) in get_args(kind):  # a section that may be left out
        (kind,) = (one for one in get_args(kind) if one is not type(None))
    towers = [one for one in get_args(kind) if is_dataclass(one)]
    if towers and isinstance(value, Mapping):
        kind = _tower(towers, value, source=source, dotted=dotted)
    if is_dataclass(kind):
        if not isinstance(value, Mapping):
            raise RecipeError(f"{source} gives {dotted!r} a value, {value!r}; it is a section: [{dotted}]")
        return _build(kind, value, source=source, section=f"{dotted}.")
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise RecipeError(f"{source} gives {dotted!r} {value!r}; it must be of type {kind.__name__}")
    return value


def _tower(kinds: Sequence[Any], value: Mapping[str, Any], *, source: str, dotted: str) -> Any:  # noqa: ANN401
    """Return the kind of tower that a section names by ``tower``; the first where it names none."""
    wanted = value.get("tower", kinds[0]().tower)
    found = [kind for kind in kinds if kind().tower == wanted]
    if not found:
        known = ", ".join(kind().tower for kind in kinds)
        raise RecipeError(f"{source} gives {dotted}.tower {wanted!r}; allowed: {known}")
    return found[0]


def _nearest(key: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    listed = f"known here: {', '.join(known)}"
    return f"did you mean {close[0]!r}? ({listed})" if close else listed
