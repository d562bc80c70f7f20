"""`echovlm cohort`."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from echovlm.cli.progress import progress_bar, stderr


def cohort(
    out: Annotated[
        Path, typer.Argument(help="Folder of the dataset; the studies are kept beside it, in OUT-studies.")
    ] = Path("runs/echobench"),
    patients: Annotated[
        int, typer.Option(min=0, help="Patients of each split, for a trial; 0 for the frozen cohort.")
    ] = 0,
    workers: Annotated[int, typer.Option(min=1, help="Processes; the bytes do not depend on it.")] = 2,
) -> None:
    """Make the frozen test cohort of the benchmark anew from its seed, and check its hash. A rerun resumes.

    \b
    Example:
        echovlm cohort runs/example/cohort --patients 1
    """
    from echovlm.curation import curate
    from echovlm.dataset import EchoGround, split_of
    from echovlm.evaluation.cohort import ECHOBENCH
    from echovlm.simulation import Prevalence, Protocol, simulate, subject_id

    chosen = ECHOBENCH
    if patients:
        few = tuple((split, patients) for split, _ in ECHOBENCH.patients)
        chosen = replace(ECHOBENCH, name="a trial", patients=few, content_sha256="")
    members = chosen.choose(lambda index: split_of(f"{subject_id(index)}"))
    studies = out.with_name(f"{out.name}-studies")
    with progress_bar("1/2 simulate studies") as tick:
        simulate(
            studies, patients=max(members) + 1, only=members, seed=chosen.seed, workers=workers,
            n_frames=chosen.n_frames, protocol=Protocol.STANDARD, prevalence=Prevalence(**chosen.prevalence),
            on_progress=tick,
        )  # fmt: skip
    with progress_bar("2/2 curate a dataset") as tick:
        summary = curate(studies, out, workers=workers, seed=chosen.seed, on_progress=tick)
    stderr.print(f"{summary}", soft_wrap=True)
    found = chosen.check(EchoGround.open(out).rows())
    typer.echo(f"{chosen.name}: {len(members)} patients, hash {found}")
