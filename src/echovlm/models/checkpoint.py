"""One safetensors file that holds a model: weights, sizes, preprocessing, and where it came from.

Nothing in it is executed when it is read. All JSON stands under one header key, because the format does not
keep the order of several.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from echovlm.files import write_whole
from echovlm.models.backbone import BackboneConfig
from echovlm.models.clip_head import ClipHeadConfig, ClipHeadModel
from echovlm.models.dense import DenseConfig, DenseModel
from echovlm.models.echovlm import EchoVLM, EchoVLMConfig
from echovlm.models.errors import CheckpointError
from echovlm.models.findings import FindingsConfig, FindingsModel
from echovlm.models.preprocess import Preprocessing
from echovlm.models.reader import ReaderConfig, ReaderModel
from echovlm.models.towers import image_config, text_config

FORMAT_VERSION: Final = 1
_HEADER: Final = "echovlm"

AnyModel = EchoVLM | DenseModel | FindingsModel | ClipHeadModel | ReaderModel
M = TypeVar("M", EchoVLM, DenseModel, FindingsModel, ClipHeadModel, ReaderModel, AnyModel)

_KIND: Final[dict[type[AnyModel], str]] = {
    EchoVLM: "dual encoder",
    DenseModel: "dense model",
    FindingsModel: "findings classifier",
    ClipHeadModel: "clip head",
    ReaderModel: "reader",
}


@dataclass(frozen=True, slots=True)
class LoadedModel(Generic[M]):
    """A model, ready for inference on the CPU, with all that is needed to use it.

    Attributes:
        model: In evaluation mode.
        preprocessing: What its input went through in training.
        metadata: Recipe, seed, steps, dataset hash, whether the training data were simulated.
    """

    model: M
    preprocessing: Preprocessing
    metadata: Mapping[str, Any]


def save_checkpoint(
    path: Path,
    model: AnyModel,
    preprocessing: Preprocessing,
    metadata: Mapping[str, Any],
    *,
    half_precision: bool = False,
) -> None:
    """Write a model to one safetensors file, whole or not at all.

    Args:
        path: The file; its folder must exist.
        model: The model.
        preprocessing: What its input goes through.
        metadata: JSON-able facts about its training.
        half_precision: Store weights as float16, in half the space; they are read back as float32.
    """
    header = {
        "format_version": FORMAT_VERSION,
        "kind": _KIND[type(model)],
        "config": asdict(model.config),
        "preprocessing": asdict(preprocessing),
        "metadata": dict(metadata),
    }
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    if half_precision:
        tensors = {name: t.half() if t.is_floating_point() else t for name, t in tensors.items()}
    _write(path, header, tensors)


def put_metrics(path: Path, metrics: Mapping[str, Any]) -> None:
    """Write what a checkpoint was measured at into its header; weights and all else stay as they are.

    Args:
        path: The checkpoint, which is replaced whole or not at all.
        metrics: JSON-able figures, such as ``evaluation.checkpoint_metrics`` gives.

    Raises:
        CheckpointError: As ``load_checkpoint``.
    """
    header, tensors = _read(path)
    _write(path, header | {"metadata": header["metadata"] | {"metrics": dict(metrics)}}, tensors)


def read_header(path: Path) -> dict[str, Any]:
    """Return what a checkpoint says of itself: kind, config, preprocessing, and where it came from.

    Raises:
        CheckpointError: As ``load_checkpoint``.
    """
    return _read(path)[0]


def _write(path: Path, header: Mapping[str, Any], tensors: dict[str, Tensor]) -> None:
    write_whole(path, save(tensors, {_HEADER: json.dumps(header, sort_keys=True)}))


def load_checkpoint(path: Path) -> LoadedModel[AnyModel]:
    """Read any model that ``save_checkpoint`` wrote; it runs on the CPU whatever it was trained on.

    Raises:
        CheckpointError: If the file is missing, damaged, not ours, or of another format version.
    """
    header, tensors = _read(path)
    try:
        model = _build(header["kind"], header["config"])
        preprocessing = Preprocessing(**header["preprocessing"])
        model.load_state_dict(tensors)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(
            f"{path} does not fit this version of echovlm ({_first_line(error)}); "
            "install the version that wrote it, or train again"
        ) from error
    return LoadedModel(model.eval(), preprocessing, header["metadata"])


def load_echovlm(path: Path) -> LoadedModel[EchoVLM]:
    """Read a dual encoder.

    Raises:
        CheckpointError: As ``load_checkpoint``, or if the file holds another kind of model.
    """
    return _narrow(path, EchoVLM)


def load_dense(path: Path) -> LoadedModel[DenseModel]:
    """Read a dense model.

    Raises:
        CheckpointError: As ``load_checkpoint``, or if the file holds another kind of model.
    """
    return _narrow(path, DenseModel)


def load_findings(path: Path) -> LoadedModel[FindingsModel]:
    """Read a supervised classifier of findings.

    Raises:
        CheckpointError: As ``load_checkpoint``, or if the file holds another kind of model.
    """
    return _narrow(path, FindingsModel)


def load_clip_head(path: Path) -> LoadedModel[ClipHeadModel]:
    """Read a head for views or measurements.

    Raises:
        CheckpointError: As ``load_checkpoint``, or if the file holds another kind of model.
    """
    return _narrow(path, ClipHeadModel)


def load_reader(path: Path) -> LoadedModel[ReaderModel]:
    """Read a reader.

    Raises:
        CheckpointError: As ``load_checkpoint``, or if the file holds another kind of model.
    """
    return _narrow(path, ReaderModel)


def _narrow(path: Path, kind: type[M]) -> LoadedModel[M]:
    loaded = load_checkpoint(path)
    if not isinstance(loaded.model, kind):
        raise CheckpointError(
            f"{path} holds a {_KIND[type(loaded.model)]}; a {_KIND[kind]} is needed here. "
            "Pass the checkpoint of the matching training run"
        )
    return LoadedModel(loaded.model, loaded.preprocessing, loaded.metadata)


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return header and tensors of a checkpoint of ours."""
    if not path.is_file():
        raise CheckpointError(f"there is no checkpoint at {path}; `echovlm pretrain` writes one")
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            text = (file.metadata() or {}).get(_HEADER)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"{path} is no readable safetensors file ({_first_line(error)}); copy it again or train again"
        ) from error
    if text is None:
        raise CheckpointError(
            f"{path} is a safetensors file without an echovlm header; only checkpoints that echovlm wrote "
            "hold the preprocessing that a model needs"
        )
    header: dict[str, Any] = json.loads(text)
    if header.get("format_version") != FORMAT_VERSION:
        raise CheckpointError(
            f"{path} has checkpoint format {header.get('format_version')}; this version reads "
            f"{FORMAT_VERSION}. "
            "Install the version of echovlm that wrote it"
        )
    return header, tensors


def _build(kind: str, config: dict[str, Any]) -> AnyModel:
    """Return a model of this kind and size with weights still to be loaded."""
    if kind == _KIND[ReaderModel]:
        return _build_reader(config)
    config = config | {"image": image_config(config["image"])}
    with torch.random.fork_rng(devices=()):  # initial weights draw numbers; the caller's must not change
        if kind == _KIND[EchoVLM]:
            names = {name: tuple(config[name]) for name in ("quantities", "views", "modes")}
            return EchoVLM(EchoVLMConfig(**(config | names | {"text": text_config(config["text"])})))
        if kind == _KIND[DenseModel]:
            return DenseModel(DenseConfig(**(config | {"landmarks": tuple(config["landmarks"])})))
        if kind == _KIND[FindingsModel]:
            return FindingsModel(FindingsConfig(**(config | {"findings": tuple(config["findings"])})))
        if kind == _KIND[ClipHeadModel]:
            return ClipHeadModel(ClipHeadConfig(**(config | {"outputs": tuple(config["outputs"])})))
    raise ValueError(f"unknown kind of model {kind!r}; known: {', '.join(_KIND.values())}")


def _build_reader(config: dict[str, Any]) -> ReaderModel:
    # Checkpoints without shares drew all views alike, as the default says.
    known = ("landmarks", "views", "drawn_shares")
    names: dict[str, Any] = {name: tuple(config[name]) for name in known if name in config}
    with torch.random.fork_rng(devices=()):
        return ReaderModel(
            ReaderConfig(**(config | names | {"backbone": BackboneConfig(**config["backbone"])}))
        )


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(":") if str(error).strip() else type(error).__name__
