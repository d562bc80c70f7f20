"""`echovlm export` and `echovlm push`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer


class ExportFormat(StrEnum):
    """What `--format` accepts."""

    ONNX = "onnx"
    HUB = "hub"


def export(
    checkpoint: Annotated[
        str, typer.Argument(help="A checkpoint's path, or owner/name on the Hugging Face hub.")
    ],
    out: Annotated[Path, typer.Argument(help="Folder of the files to write.")],
    form: Annotated[
        ExportFormat,
        typer.Option(
            "--format",
            help="onnx: a graph for clips and one for texts; hub: the checkpoint with its card, as a hub shows it.",
        ),
    ] = ExportFormat.ONNX,
    results: Annotated[
        Path | None,
        typer.Option(
            help="results.json of `echovlm evaluate`; its headline figures go into the card and the header."
        ),
    ] = None,
) -> None:
    """Write a model for other programs. For open_clip, see `echovlm.models.to_open_clip`.

    \b
    Example:
        echovlm export runs/tiny/checkpoint/echovlm.safetensors runs/tiny/hub --format hub \\
            --results runs/tiny/results.json
    """
    from echovlm.models import CheckpointError, EchoVLM, LoadedModel, load, write_hub_folder, write_onnx

    if form is ExportFormat.HUB:
        path = Path(checkpoint)
        typer.echo(f"{write_hub_folder(path, out, metrics=_metrics(path, results))}")
        return
    loaded = load(checkpoint)
    if not isinstance(loaded.model, EchoVLM):
        raise CheckpointError(f"{checkpoint} holds no dual encoder, and only that one is exported to ONNX")
    for path in write_onnx(LoadedModel(loaded.model, loaded.preprocessing, loaded.metadata), out):
        typer.echo(f"{path}")


def push(
    checkpoint: Annotated[Path, typer.Argument(help="A checkpoint.")],
    repo: Annotated[
        str, typer.Argument(help="owner/name on the Hugging Face hub; made when it does not exist.")
    ],
    folder: Annotated[Path, typer.Option(help="Where the files are put together.")] = Path("runs/hub"),
    results: Annotated[
        Path | None, typer.Option(help="results.json of `echovlm evaluate`, for the card.")
    ] = None,
    public: Annotated[bool, typer.Option("--public", help="Show a new repository to everybody.")] = False,
    endpoint: Annotated[str | None, typer.Option(help="Address of another hub than the public one.")] = None,
) -> None:
    """Upload a checkpoint with its card to the Hugging Face hub, by the token of `hf auth login` or HF_TOKEN.

    \b
    Example:
        echovlm push --help
    """
    from echovlm.models import push_to_hub

    commit = push_to_hub(
        checkpoint, repo, folder=folder, metrics=_metrics(checkpoint, results), private=not public,
        endpoint=endpoint,
    )  # fmt: skip
    typer.echo(f"{repo} {commit}")


def _metrics(checkpoint: Path, results: Path | None) -> dict[str, Any] | None:
    """Return the headline figures of a results file, which must be of this checkpoint."""
    if results is None:
        return None
    from echovlm.evaluation import ResultsFile, checkpoint_metrics

    return checkpoint_metrics(ResultsFile.read(results), checkpoint)
