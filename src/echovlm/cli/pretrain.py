"""`echovlm pretrain`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from echovlm.cli.progress import progress_bar


def pretrain(
    dataset: Annotated[Path, typer.Argument(help="An EchoGround dataset.")],
    out: Annotated[
        Path, typer.Argument(help="Folder for the checkpoint, the curves and the resumable state.")
    ],
    recipe: Annotated[
        str, typer.Option(help="A recipe's name (standard, small, demo, tiny) or a TOML file.")
    ] = "standard",
    device: Annotated[
        str, typer.Option(help="auto (an NVIDIA GPU where there is one), cpu, cuda or mps.")
    ] = "auto",
) -> None:
    """Train the dual encoder on clips and captions. Killed and run again, it continues to the same loss curve.

    TensorBoard, where it is installed, finds the curves in OUT/tensorboard. Started by torchrun, all processes share
    each batch: `torchrun --nproc-per-node 8 --no-python echovlm pretrain DATASET OUT`. On several machines, the same
    line on each, with the first one's name:
    `torchrun --nnodes 4 --nproc-per-node 8 --rdzv-backend c10d --rdzv-id echo --rdzv-endpoint HOST:29500
    --no-python echovlm pretrain DATASET OUT`, DATASET and OUT on a disk that all of them see.

    \b
    Example:
        echovlm pretrain runs/example/dataset runs/example/model --recipe tiny
    """
    from echovlm.training import Surroundings, installed_trackers, joined_world, read_recipe
    from echovlm.training import pretrain as pretrain_model

    chosen = read_recipe(recipe)
    with joined_world(os.environ, device=device) as world:
        if not world.is_first:
            pretrain_model(dataset, out, chosen, around=Surroundings(world))
            return
        with progress_bar("pretrain") as on_progress:
            around = Surroundings(world, installed_trackers(out), on_progress)
            checkpoint = pretrain_model(dataset, out, chosen, around=around)
    typer.echo(f"{checkpoint}")
