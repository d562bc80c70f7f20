"""An ablation study: recipes that differ in what is asked, told in one TOML file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Any, Final

from echovlm.evaluation.errors import EvaluationError
from echovlm.training import FindingsRecipe, PretrainRecipe, RecipeError, build_recipe

_STUDIES: Final = "studies"


class Captions(StrEnum):
    """Which texts an arm is trained on; every arm is tested with the same prompts."""

    GROUNDED = "grounded"  # sentences that the measurements of the clip's own view make
    RAW = "raw"  # the report as it was written, the same for every clip of the study


@dataclass(frozen=True, slots=True)
class AblationArm:
    """One recipe of a study.

    Attributes:
        name: Unique; also the name of its folder.
        group: What it belongs to, such as ``view``; arms of one group stand together.
        says: One sentence: how it differs from what it is compared with.
        against: The arm that it is compared with, by name; ``None`` for one that is compared with nothing.
        captions: The texts that it is trained on.
        recipe: What it trains; the seed is set for each run.
    """

    name: str
    group: str
    says: str
    against: str | None
    captions: Captions
    recipe: PretrainRecipe | FindingsRecipe

    def seeded(self, seed: int) -> PretrainRecipe | FindingsRecipe:
        """Return the recipe with this seed."""
        return replace(self.recipe, optimisation=replace(self.recipe.optimisation, seed=seed))


@dataclass(frozen=True, slots=True)
class AblationStudy:
    """Arms that are trained on the same clips with the same seeds.

    Attributes:
        name: What the study is called.
        seeds: Every arm is trained once with each; equal seeds share first weights, batches and augmentation.
        primary: Two arms whose difference is the question that was asked first; all else explores.
        arms: In the order in which they are run and told.
    """

    name: str
    seeds: tuple[int, ...]
    primary: tuple[str, str]
    arms: tuple[AblationArm, ...]

    def arm(self, name: str) -> AblationArm:
        """Return the arm of this name.

        Raises:
            EvaluationError: If there is none.
        """
        for arm in self.arms:
            if arm.name == name:
                return arm
        raise EvaluationError(
            f"study {self.name} has no arm {name!r}; its arms: {', '.join(arm.name for arm in self.arms)}"
        )


def study_names() -> tuple[str, ...]:
    """Return the names of the studies that ship with the package."""
    folder = resources.files("echovlm.evaluation.ablation") / _STUDIES
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


def read_study(name: str | Path) -> AblationStudy:
    """Read a study that ships with the package by its name, or any other by the path of its TOML file.

    Raises:
        EvaluationError: If there is no such study, it is no TOML, or it has a key or a value that cannot be.
    """
    shipped = study_names()
    if str(name) in shipped:
        file = resources.files("echovlm.evaluation.ablation") / _STUDIES / f"{name}.toml"
        return parse_study(file.read_text(encoding="utf-8"), name=str(name))
    path = Path(name)
    if not path.is_file():
        raise EvaluationError(
            f"there is no study {str(name)!r}; known: {', '.join(shipped)}, or the path of a TOML file"
        )
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise EvaluationError(f"{path} is no UTF-8 text; a study is a TOML file") from error
    return parse_study(text, name=path.stem)


def parse_study(text: str, *, name: str) -> AblationStudy:
    """Return the study that a TOML text describes.

    ``[recipe]`` is shared by all arms; the ``recipe`` of an arm says what is different in it. An arm that is
    ``like`` an earlier one starts from that one's recipe instead.

    Args:
        text: TOML with ``seeds``, ``primary``, ``[recipe]`` and one ``[[arm]]`` per arm.
        name: What to call the study.

    Raises:
        EvaluationError: As ``read_study``.
    """
    source = f"study {name}"
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise EvaluationError(f"{source} is no valid TOML ({error}); mend that line") from error
    _refuse_unknown(table, ("seeds", "primary", "recipe", "arm"), source=source)
    shared = _section(table, "recipe", source=source)
    plain_arms = table.get("arm")
    if not isinstance(plain_arms, list) or not plain_arms:
        raise EvaluationError(f"{source} has no arm; write one [[arm]] for each recipe")
    tables: dict[str, Mapping[str, Any]] = {}
    arms = tuple(_arm(plain, shared, tables, source=source) for plain in plain_arms)
    study = AblationStudy(name, _seeds(table, source), _primary(table, source), arms)
    _check_names(study, source=source)
    return study


def _arm(
    plain: Mapping[str, Any], shared: Mapping[str, Any], tables: dict[str, Mapping[str, Any]], *, source: str
) -> AblationArm:
    """Return one arm, and add the table of its recipe to ``tables``."""
    label = f"{source}, arm {plain.get('name')!r}"
    _refuse_unknown(plain, (*(f.name for f in fields(AblationArm)), "like"), source=label)
    for key in ("name", "group", "says"):
        if not isinstance(plain.get(key), str) or not plain[key].strip():
            raise EvaluationError(f"{label} lacks {key!r}; every arm has a name, a group and a sentence")
    if not plain["name"].replace("-", "").isalnum():
        raise EvaluationError(f"{label}: the name becomes a folder; use letters, digits and hyphens")
    captions = plain.get("captions", Captions.GROUNDED.value)
    if captions not in set(Captions):
        raise EvaluationError(f"{label} has captions {captions!r}; allowed: {', '.join(Captions)}")
    table = tables[plain["name"]] = _recipe_table(plain, shared, tables, label=label)
    try:
        recipe = build_recipe(table, source=label)
    except RecipeError as error:
        raise EvaluationError(f"{error}") from error
    if not isinstance(recipe, PretrainRecipe | FindingsRecipe):
        raise EvaluationError(
            f'{label} trains neither "pretrain" nor "findings"; the others have no ablation'
        )
    return AblationArm(
        plain["name"], plain["group"], plain["says"], plain.get("against"), Captions(captions), recipe
    )


def _recipe_table(
    plain: Mapping[str, Any],
    shared: Mapping[str, Any],
    tables: Mapping[str, Mapping[str, Any]],
    *,
    label: str,
) -> dict[str, Any]:
    """Return the whole recipe of an arm: what it starts from, with what is different in it."""
    own, like = _section(plain, "recipe", source=label), plain.get("like")
    if like is not None:
        if like not in tables:
            raise EvaluationError(
                f"{label} is like {like!r}, which is no earlier arm: {', '.join(tables) or 'none'}"
            )
        return _merged(tables[like], own)
    # What a supervised arm cannot use of the shared recipe, such as the text tower, is left out.
    start = shared if "task" not in own else {k: v for k, v in shared.items() if k in _SHARED_BY_ALL}
    return _merged({"task": "pretrain"} | dict(start), own)


_SHARED_BY_ALL: Final = tuple(
    f.name for f in fields(FindingsRecipe) if f.name in {g.name for g in fields(PretrainRecipe)}
)


def _merged(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``first`` with the values of ``second`` in it, section by section."""
    merged = dict(first)
    for key, value in second.items():
        mine = merged.get(key)
        merged[key] = _merged(mine, value) if isinstance(mine, dict) and isinstance(value, dict) else value
    return merged


def _section(table: Mapping[str, Any], key: str, *, source: str) -> dict[str, Any]:
    section = table.get(key, {})
    if not isinstance(section, dict):
        raise EvaluationError(f"{source} gives {key!r} a value, {section!r}; it is a section: [{key}]")
    return section


def _seeds(table: Mapping[str, Any], source: str) -> tuple[int, ...]:
    seeds = table.get("seeds")
    if not isinstance(seeds, list) or not seeds or not all(type(s) is int and s >= 0 for s in seeds):
        raise EvaluationError(f"{source} has seeds {seeds!r}; give whole numbers from 0, such as [0, 1, 2]")
    if len(set(seeds)) < len(seeds):
        raise EvaluationError(f"{source} has a seed twice in {seeds}; a repeated run tells nothing new")
    return tuple(seeds)


def _primary(table: Mapping[str, Any], source: str) -> tuple[str, str]:
    primary = table.get("primary")
    if not isinstance(primary, list) or len(primary) != 2 or not all(isinstance(p, str) for p in primary):
        raise EvaluationError(
            f'{source} has primary {primary!r}; name the two arms of the first question, as ["all", "clip"]'
        )
    return primary[0], primary[1]


def _check_names(study: AblationStudy, *, source: str) -> None:
    names = [arm.name for arm in study.arms]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise EvaluationError(f"{source} has two arms {twice[0]!r}; names are unique")
    for named in (*study.primary, *(arm.against for arm in study.arms if arm.against is not None)):
        study.arm(named)


def _refuse_unknown(table: Mapping[str, Any], known: tuple[str, ...], *, source: str) -> None:
    unknown = [key for key in table if key not in known]
    if unknown:
        raise EvaluationError(f"{source} has the unknown key {unknown[0]!r}; known here: {', '.join(known)}")
