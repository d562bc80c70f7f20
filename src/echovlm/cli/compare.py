"""`echovlm compare`: two models task by task, or several side by side."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from echovlm.cli.progress import stderr


def compare(
    results: Annotated[
        list[Path], typer.Argument(help="Two or more `results.json`, or the folders that hold them.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="Also write leaderboard.md and leaderboard.html into this folder.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the bootstrap.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per task on stdout.")] = False,
) -> None:
    """Compare models on the same data: of two, the paired difference with its interval and corrected p-value.

    A difference counts where the p-value, corrected by Holm over all tasks, is below 0.05. More than two results
    are set side by side without a test.

    \b
    Example:
        echovlm compare runs/example/results runs/example/results
    """
    from echovlm.evaluation.compare import compare as compare_models
    from echovlm.evaluation.compare import render_comparison
    from echovlm.evaluation.leaderboard import Entry, render_leaderboard, write_leaderboard

    if len(results) < 2:
        raise typer.BadParameter(
            "a comparison needs two results; `echovlm evaluate` writes them", param_hint="RESULTS"
        )
    entries = [Entry.read(path) for path in results]
    if len(results) == 2:
        compared = compare_models(results[0], results[1], seed=seed)
        if as_json:
            for one in compared:
                typer.echo(json.dumps(asdict(one), sort_keys=True))
        else:
            typer.echo(render_comparison(compared, names=(entries[0].name, entries[1].name)))
    else:
        typer.echo(render_leaderboard(entries))
    if out is not None:
        for path in write_leaderboard(entries, out):
            stderr.print(f"wrote {path}", soft_wrap=True)
