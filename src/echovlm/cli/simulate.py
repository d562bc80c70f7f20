"""`echovlm simulate`."""

from pathlib import Path
from typing import Annotated

import typer

from echovlm.cli.progress import progress_bar


def simulate(
    out: Annotated[
        Path, typer.Argument(help="Folder to write; a MIMIC-IV-ECHO 1.0.1 tree with truth/ beside it.")
    ],
    patients: Annotated[int, typer.Option(min=1, help="Number of patients, one study each.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same bytes.")] = 0,
    frames: Annotated[int, typer.Option(min=2, help="Frames per cine; a cine lasts one beat.")] = 16,
    workers: Annotated[int, typer.Option(min=1, help="Processes; the bytes do not depend on it.")] = 2,
    force: Annotated[
        bool, typer.Option("--force", help="Replace what OUT holds from other settings.")
    ] = False,
) -> None:
    """Write simulated echo studies as DICOM, with tables and the truth. A rerun resumes.

    \b
    Example:
        echovlm simulate runs/example/studies --patients 2 --frames 4
    """
    from echovlm.simulation import simulate as write_studies

    with progress_bar("simulate") as on_progress:
        summary = write_studies(
            out,
            patients=patients,
            seed=seed,
            workers=workers,
            n_frames=frames,
            force=force,
            on_progress=on_progress,
        )
    typer.echo(f"{summary}")
