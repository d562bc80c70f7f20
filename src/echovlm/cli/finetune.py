"""`echovlm finetune`."""

import os
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
        str,
        typer.Option(
            help="A recipe (dense-demo, findings-demo, view-demo, measurements-demo) or a TOML file."
        ),
    ] = "dense-demo",
    checkpoint: Annotated[Path | None, typer.Option(help="Pretrained checkpoint to start from.")] = None,
    device: Annotated[
        str, typer.Option(help="auto (an NVIDIA GPU where there is one), cpu, cuda or mps.")
    ] = "auto",
) -> None:
    """Train a head: segmentation with landmarks, findings, views or measurements.

    The recipe's section [tuning] says how much of a pretrained tower moves (full, linear, lora), and [few_shot] with
    how few patients.

    \b
    Example:
        echovlm finetune runs/example/dataset runs/example/dense --recipe dense-tiny
    """
    from echovlm.training import finetune as finetune_model
    from echovlm.training import installed_trackers, lone_world, read_recipe

    chosen = read_recipe(recipe)
    with lone_world(os.environ, device=device) as world, progress_bar("finetune") as on_progress:
        written = finetune_model(
            dataset,
            out,
            chosen,
            checkpoint=checkpoint,
            on_step=on_progress,
            trackers=installed_trackers(out),
            world=world,
        )
    typer.echo(f"{written}")
