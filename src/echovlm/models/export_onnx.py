"""A dual encoder as ONNX: one graph for clips, one for texts, and a JSON that says how to feed them."""

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from echovlm.files import replacing, write_whole
from echovlm.models.checkpoint import LoadedModel
from echovlm.models.clips import Clips
from echovlm.models.echovlm import EchoVLM
from echovlm.models.errors import CheckpointError
from echovlm.models.export_text import describe_table, text_graph, text_table
from echovlm.models.towers import AnyTextTower

CLIP_NAME: Final = "clip.onnx"
TEXT_NAME: Final = "text.onnx"
TOLD_NAME: Final = "export.json"
_ANY: Final = torch.export.Dim.DYNAMIC  # any size; the exporter complains where a graph would allow one only
_EXAMPLE: Final = ("A text of two sentences. Only its shape counts.", "Another.")


class _ClipGraph(nn.Module):
    """Frames to clip embeddings on the unit sphere."""

    def __init__(self, model: EchoVLM) -> None:
        super().__init__()
        self.model = model

    def forward(
        self,
        frames: Float[Tensor, "batch frame 1 height width"],
        times_ms: Float[Tensor, "batch frame"],
    ) -> Float[Tensor, "batch dim"]:
        return self.model.encode_clip(Clips.alike(frames, times_ms))


class _UnitTextGraph(nn.Module):
    """A table of texts to text embeddings on the unit sphere."""

    def __init__(self, tower: AnyTextTower) -> None:
        super().__init__()
        self.text = text_graph(tower)

    def forward(self, table: Tensor) -> Float[Tensor, "text dim"]:
        return F.normalize(self.text(table), dim=1)


def write_onnx(loaded: LoadedModel[EchoVLM], folder: Path) -> tuple[Path, Path, Path]:
    """Write ``clip.onnx``, ``text.onnx`` and ``export.json`` into a folder.

    The clip graph takes any number of clips of as many frames as the preprocessing chooses, with their times (NaN where
    unknown); the text graph takes any number of texts as a ``text_table``.

    Args:
        loaded: A dual encoder with its preprocessing.
        folder: Where to write.

    Returns:
        The three files.

    Raises:
        CheckpointError: If the onnx extra is missing.
    """
    _require_onnx()
    folder.mkdir(parents=True, exist_ok=True)
    model, preprocessing = loaded.model.eval().cpu(), loaded.preprocessing
    side = preprocessing.image_size_px
    clips = torch.zeros(2, preprocessing.n_frames, 1, side, side)
    batch = {0: _ANY}
    _export(
        _ClipGraph(model), (clips, clips.new_zeros(clips.shape[:2])), folder / CLIP_NAME,
        {"frames": batch, "times_ms": batch}, output="clip_unit",
    )  # fmt: skip
    table = text_table(model.text_tower, _EXAMPLE)
    # The last axis of the report tower's table is row and value, always two.
    free = [axis for axis in range(table.ndim) if axis < 2 or not table.is_floating_point()]
    _export(
        _UnitTextGraph(model.text_tower), (table,), folder / TEXT_NAME,
        {"table": dict.fromkeys(free, _ANY)}, output="text_unit",
    )  # fmt: skip
    told = json.dumps(_told(loaded), indent=2, sort_keys=True)
    write_whole(folder / TOLD_NAME, f"{told}\n".encode())
    return folder / CLIP_NAME, folder / TEXT_NAME, folder / TOLD_NAME


def _told(loaded: LoadedModel[EchoVLM]) -> dict[str, Any]:
    """Return what a program needs to know that has nothing but the files."""
    return {
        "clip": {
            "file": CLIP_NAME, "inputs": {
                "frames": ["batch", "frame", "1", "height", "width"], "times_ms": ["batch", "frame"],
            },
            "output": "clip_unit", "preprocessing": asdict(loaded.preprocessing),
        },
        "text": {
            "file": TEXT_NAME, "inputs": {"table": describe_table(loaded.model.text_tower)}, "output": "text_unit",
        },
        "temperature": float(loaded.model.temperature.detach()),
        "metadata": dict(loaded.metadata),
    }  # fmt: skip


def _export(
    graph: nn.Module,
    example: tuple[Tensor, ...],
    path: Path,
    dynamic: dict[str, dict[int, Any]],
    *,
    output: str,
) -> None:
    with replacing(path) as temporary, _quiet():
        program = torch.onnx.export(
            graph.eval(), example, dynamo=True, dynamic_shapes=dynamic, input_names=list(dynamic),
            output_names=[output], verbose=False, external_data=False,
        )  # fmt: skip
        assert program is not None, "the exporter returns a program unless it writes a file itself"
        program.save(temporary, external_data=False)


def _require_onnx() -> None:
    try:
        import onnx  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise CheckpointError(
            f"export to ONNX needs the package {error.name}; install echovlm[onnx]"
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's notes about its own workings off the user's screen."""
    loud = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in loud]
    for logger in loud:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loud, levels, strict=True):
            logger.setLevel(level)
