"""From what a user names on the command line to a model under test."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Final

from echovlm.evaluation.contenders.contender import Contender
from echovlm.evaluation.contenders.echoprime import EchoPrime
from echovlm.evaluation.contenders.floor import MajorityAnswers, RandomAnswers
from echovlm.evaluation.contenders.open_clip import OpenClip
from echovlm.evaluation.contenders.ours import DualEncoder, OutlineModel, SupervisedTower, kind_of
from echovlm.evaluation.contenders.panecho import load_panecho
from echovlm.evaluation.errors import EvaluationError
from echovlm.models import AnyModel, DenseModel, EchoVLM, FindingsModel, ReaderModel, embedded_model

_KINDS: Final[dict[type[AnyModel], Callable[[Path], Contender]]] = {
    EchoVLM: DualEncoder,
    FindingsModel: SupervisedTower,
    DenseModel: OutlineModel,
    ReaderModel: OutlineModel,
}
_PREFIXES: Final[dict[str, Callable[[str], Contender]]] = {
    "open_clip": OpenClip,
    "echoprime": lambda folder: EchoPrime(Path(folder)),
    "panecho": lambda folder: load_panecho(Path(folder)),
}
FORMS: Final = (
    "a checkpoint of echovlm, `embedded` for the package's own, `random`, `majority`, `open_clip:NAME`, "
    "`echoprime:FOLDER`, `panecho:FOLDER`, or `FILE.py:CLASS` for a class of your own"
)


def choose_contender(what: str | Path) -> Contender:
    """Return the model that ``what`` names.

    Raises:
        EvaluationError: If nothing is called so, or it cannot be loaded.
        CheckpointError: If it is a file that is no checkpoint of ours.
    """
    name = f"{what}"
    if name == "random":
        return RandomAnswers()
    if name == "majority":
        return MajorityAnswers()
    if name == "embedded":
        return DualEncoder(embedded_model())
    prefix, _, rest = name.partition(":")
    if rest and prefix in _PREFIXES:
        return _PREFIXES[prefix](rest)
    if rest and prefix.endswith(".py"):
        return _own_class(Path(prefix), rest)
    if rest and not Path(name).exists():
        raise EvaluationError(f"{prefix!r} is no kind of model; name {FORMS}")
    path = Path(name)
    return _KINDS[kind_of(path)](path)


def _own_class(path: Path, name: str) -> Contender:
    """Return an instance of a class in a file of the user's, which is run to get it."""
    if not path.is_file():
        raise EvaluationError(f"there is no file {path}; name {FORMS}")
    module = _run(path)
    made = getattr(module, name, None)
    if not (isinstance(made, type) and issubclass(made, Contender)):
        found = [
            key
            for key, value in vars(module).items()
            if isinstance(value, type) and value.__module__ == module.__name__
        ]
        raise EvaluationError(
            f"{path} has no class {name} that derives from echovlm.evaluation.Contender; "
            f"its classes are {', '.join(found) or 'none'}"
        )
    return made()


def _run(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"_contender_{path.stem}", path)
    assert spec is not None, "a path ending in .py has a loader"
    assert spec.loader is not None, "likewise"
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module  # dataclasses look their module up by name
    spec.loader.exec_module(module)
    return module
