"""`echovlm curate`."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from echovlm.cli.progress import progress_bar


def curate(
    source: Annotated[Path, typer.Argument(help="A MIMIC-IV-ECHO tree, or a folder of clips.")],
    out: Annotated[Path, typer.Argument(help="Folder of the EchoGround dataset to write.")],
    workers: Annotated[int, typer.Option(min=1, help="Processes; the bytes do not depend on it.")] = 2,
    seed: Annotated[
        int, typer.Option(min=0, help="Chooses among paraphrases and counterfactual values.")
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Turn studies into an EchoGround dataset: views, measurements, findings, captions, provenance. A rerun resumes.

    \b
    Example:
        echovlm curate runs/example/studies runs/example/dataset
    """
    from echovlm.curation import curate as curate_source

    with progress_bar("curate") as on_progress:
        summary = curate_source(source, out, workers=workers, seed=seed, on_progress=on_progress)
    typer.echo(json.dumps(asdict(summary), sort_keys=True, default=str) if as_json else f"{summary}")
