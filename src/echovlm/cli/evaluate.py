"""`echovlm evaluate` and `echovlm tasks`."""

import json
import os
from dataclasses import asdict
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated

import typer

from echovlm.cli.progress import progress_bar, stderr


def tasks(
    pattern: Annotated[str, typer.Argument(help="Task name or glob.")] = "*",
    data: Annotated[bool, typer.Option("--data", help="Show which datasets have each task's truth.")] = False,
) -> None:
    """List the 36 tasks of the benchmark, and those scored beside them, with their sources.

    \b
    Example:
        echovlm tasks 'zero-shot/*'
    """
    from echovlm.evaluation import SUPPLEMENTARY, TASKS

    chosen = [task for task in (*TASKS, *SUPPLEMENTARY) if fnmatch(task.name, pattern)]
    if not chosen:
        raise typer.BadParameter(
            f"no task matches {pattern!r}; `echovlm tasks` lists all", param_hint="PATTERN"
        )
    for task in chosen:
        beside = "" if task in TASKS else " (beside the 36)"
        said = ", ".join(name.key for name in task.data) if data else task.source
        typer.echo(f"{task.name:<40} {task.headline:<18} {said}{beside}")


def evaluate(
    model: Annotated[
        str,
        typer.Argument(
            help="A checkpoint of echovlm, `embedded` for the package's own, `random`, `majority`, `open_clip:NAME`, "
            "`echoprime:FOLDER`, `panecho:FOLDER`, or `FILE.py:CLASS` for a class of your own."
        ),
    ] = "embedded",
    data: Annotated[
        str,
        typer.Option(
            help="An EchoGround dataset: its folder, or the name of one in ECHOVLM_DATA. `echobench` is the frozen "
            "cohort, which `echovlm cohort` makes."
        ),
    ] = "echobench",
    out: Annotated[
        Path, typer.Option(help="Folder for results.json, predictions.parquet, the table and the plots.")
    ] = Path("results"),
    dense: Annotated[
        str | None,
        typer.Option(
            help="Gives outlines and landmarks where MODEL traces none; `embedded` is the package's, its default."
        ),
    ] = None,
    ceiling: Annotated[
        Path | None, typer.Option(help="Checkpoint trained on the labels, as a ceiling.")
    ] = None,
    pattern: Annotated[
        str, typer.Option("--tasks", help="Task name or glob; `echovlm tasks` lists them.")
    ] = "*",
    split: Annotated[str, typer.Option(help="train, val or test.")] = "test",
    seed: Annotated[int, typer.Option(min=0, help="Of the bootstrap.")] = 0,
    resamples: Annotated[int, typer.Option(min=1, help="Resamples of patients.")] = 2000,
    keep: Annotated[
        bool, typer.Option(help="Keep the model's answers in OUT/answers, so that a killed run goes on.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per result on stdout.")] = False,
) -> None:
    """Put a model to the 36 tasks, with patient-level intervals and controls. A rerun reads the kept answers.

    \b
    Example:
        echovlm evaluate runs/example/model/echovlm.safetensors --data runs/example/dataset \\
            --out runs/example/results --split train
    """
    from echovlm.evaluation import SUPPLEMENTARY, TASKS, choose_contender, render_table
    from echovlm.evaluation import evaluate as evaluate_model
    from echovlm.models import embedded_outlines

    if not any(fnmatch(task.name, pattern) for task in (*TASKS, *SUPPLEMENTARY)):
        raise typer.BadParameter(
            f"no task matches {pattern!r}; `echovlm tasks` lists them", param_hint="--tasks"
        )
    folder = find_data(data, os.environ.get("ECHOVLM_DATA"))
    tested = choose_contender(model)
    if dense == "embedded" or (dense is None and model == "embedded"):
        dense = f"{embedded_outlines()}"
    outliner = None if dense is None else choose_contender(dense)
    with progress_bar("evaluate") as on_progress:
        results = evaluate_model(
            tested, folder, out, dense=outliner, ceiling=ceiling, tasks=pattern, split=split, seed=seed,
            n_resamples=resamples, cache=out / "answers" if keep else None, on_progress=on_progress,
        )  # fmt: skip
    if as_json:
        for result in results.results:
            typer.echo(json.dumps(asdict(result), sort_keys=True))
    else:
        typer.echo(render_table(results))
    stderr.print(f"wrote {out / 'results.json'}", soft_wrap=True)


def find_data(name: str, shelf: str | None) -> Path:
    """Return the folder of a dataset that is named by its path, or by its name on a shelf of datasets."""
    from echovlm.evaluation import DataName, EvaluationError

    if (Path(name) / "dataset.json").is_file() or name not in {known.key for known in DataName}:
        return Path(name)
    folder = Path(shelf or "runs") / name
    if (folder / "dataset.json").is_file():
        return folder
    make = (
        "`echovlm cohort` makes it"
        if name == DataName.ECHOBENCH.key
        else "`echovlm curate` makes it of your copy"
    )
    raise EvaluationError(
        f"there is no dataset {name} at {folder}; {make}. ECHOVLM_DATA names where datasets lie."
    )
