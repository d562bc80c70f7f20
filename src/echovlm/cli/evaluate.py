"""`echovlm evaluate` and `echovlm tasks`."""

import json
from dataclasses import asdict
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated

import typer

from echovlm.cli.progress import progress_bar, stderr


def tasks(
    pattern: Annotated[str, typer.Argument(help="Task name or glob.")] = "*",
) -> None:
    """List the evaluation tasks with their sources.

    \b
    Example:
        echovlm tasks 'zero-shot/*'
    """
    from echovlm.evaluation import TASKS

    chosen = [task for task in TASKS if fnmatch(task.name, pattern)]
    if not chosen:
        raise typer.BadParameter(
            f"no task matches {pattern!r}; `echovlm tasks` lists all", param_hint="PATTERN"
        )
    for task in chosen:
        typer.echo(f"{task.name:<44} {task.source}")


def evaluate(
    checkpoint: Annotated[Path, typer.Argument(help="Checkpoint written by `echovlm pretrain`.")],
    dataset: Annotated[Path, typer.Argument(help="An EchoGround dataset.")],
    out: Annotated[Path, typer.Option(help="Folder for results.json, the table and the plots.")] = Path(
        "results"
    ),
    dense: Annotated[
        Path | None, typer.Option(help="Checkpoint with the segmentation and landmark head.")
    ] = None,
    ceiling: Annotated[
        Path | None, typer.Option(help="Checkpoint trained on the labels, as a ceiling.")
    ] = None,
    pattern: Annotated[
        str, typer.Option("--tasks", help="Task name or glob; `echovlm tasks` lists them.")
    ] = "*",
    split: Annotated[str, typer.Option(help="train, val or test.")] = "test",
    seed: Annotated[int, typer.Option(min=0, help="Of the bootstrap.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per result on stdout.")] = False,
) -> None:
    """Score a checkpoint on the tasks, with patient-level intervals and controls.

    \b
    Example:
        echovlm evaluate runs/example/model/echovlm.safetensors runs/example/dataset \\
            --out runs/example/results --split train
    """
    from echovlm.evaluation import TASKS, render_table
    from echovlm.evaluation import evaluate as evaluate_model

    if not any(fnmatch(task.name, pattern) for task in TASKS):
        raise typer.BadParameter(
            f"no task matches {pattern!r}; `echovlm tasks` lists them", param_hint="--tasks"
        )
    with progress_bar("evaluate") as on_progress:
        results = evaluate_model(
            checkpoint, dataset, out, dense=dense, ceiling=ceiling, tasks=pattern, split=split, seed=seed,
            on_progress=on_progress,
        )  # fmt: skip
    if as_json:
        for result in results.results:
            typer.echo(json.dumps(asdict(result), sort_keys=True))
    else:
        typer.echo(render_table(results))
    stderr.print(f"wrote {out / 'results.json'}", soft_wrap=True)
