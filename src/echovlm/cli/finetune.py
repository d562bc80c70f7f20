"""`echovlm finetune`."""

from pathlib import Path
from typing import Annotated

import typer

from echovlm.cli.progress import progress_bar


def finetune(
    dataset: Annotated[Path, typer.Argument(help="An EchoGround dataset.")],
    out: Annotated[
        Path, typer.Argument(help="Folder for the checkpoint, the loss curve and the resumable state.")
    ],
    recipe: Annotated[
        str, typer.Option(help="A recipe (dense-demo, findings-demo) or a TOML file.")
    ] = "dense-demo",
    checkpoint: Annotated[Path | None, typer.Option(help="Pretrained checkpoint to start from.")] = None,
) -> None:
    """Train a head: segmentation with landmarks, or the findings with their labels.

    \b
    Example:
        echovlm finetune runs/example/dataset runs/example/dense --recipe dense-tiny
    """
    from echovlm.training import finetune as finetune_model
    from echovlm.training import read_recipe

    chosen = read_recipe(recipe)
    with progress_bar("finetune") as on_progress:
        written = finetune_model(dataset, out, chosen, checkpoint=checkpoint, on_step=on_progress)
    typer.echo(f"{written}")
