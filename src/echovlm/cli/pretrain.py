"""`echovlm pretrain`."""

from pathlib import Path
from typing import Annotated

import typer

from echovlm.cli.progress import progress_bar


def pretrain(
    dataset: Annotated[Path, typer.Argument(help="An EchoGround dataset.")],
    out: Annotated[
        Path, typer.Argument(help="Folder for the checkpoint, the loss curve and the resumable state.")
    ],
    recipe: Annotated[str, typer.Option(help="A recipe's name (demo, tiny) or a TOML file.")] = "demo",
) -> None:
    """Train the dual encoder on clips and captions. Killed and run again, it continues to the same loss curve.

    \b
    Example:
        echovlm pretrain runs/example/dataset runs/example/model --recipe tiny
    """
    from echovlm.training import pretrain as pretrain_model
    from echovlm.training import read_recipe

    chosen = read_recipe(recipe)
    with progress_bar("pretrain") as on_progress:
        checkpoint = pretrain_model(dataset, out, chosen, on_step=on_progress)
    typer.echo(f"{checkpoint}")
