"""`echovlm demo`: the whole way once, on simulated studies and on one real cine."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from echovlm.cli.progress import progress_bar, stderr
from echovlm.clinical.findings import FindingState
from echovlm.files import write_whole

REAL_CINE = "examples_ybr_color.dcm"  # a real A4C cine that ships inside pydicom


def demo(
    out: Annotated[Path, typer.Option(help="Folder of everything that the demo makes.")] = Path("runs/demo"),
    patients: Annotated[int, typer.Option(min=20, help="Simulated patients.")] = 400,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same results.")] = 0,
    workers: Annotated[int, typer.Option(min=1, help="Processes of simulation and curation.")] = 2,
    recipes: Annotated[
        str, typer.Option(help="Suffix of the recipes: demo, or tiny for a trial run.")
    ] = "demo",
    force: Annotated[
        bool, typer.Option("--force", help="Begin anew: remove what an earlier demo made.")
    ] = False,
) -> None:
    """Simulate, curate, pretrain, evaluate and interpret; about ten minutes on two cores. A rerun resumes.

    \b
    Example:
        echovlm demo --out runs/tiny --patients 20 --recipes tiny
    """
    from echovlm.curation import curate
    from echovlm.evaluation import evaluate, render_table
    from echovlm.interpretation import interpret
    from echovlm.models import embedded_reader
    from echovlm.simulation import simulate
    from echovlm.training import finetune, pretrain, read_recipe

    studies, dataset, models, work = out / "studies", out / "dataset", out / "checkpoint", out / "training"
    for made in (studies, dataset, work) if force else ():
        shutil.rmtree(made, ignore_errors=True)
    with progress_bar("1/6 simulate studies") as tick:
        simulate(
            studies, patients=patients, seed=seed, workers=workers, n_frames=12, force=False, on_progress=tick
        )
    with progress_bar("2/6 curate a dataset") as tick:
        summary = curate(studies, dataset, workers=workers, seed=seed, on_progress=tick)
    stderr.print(f"{summary}", soft_wrap=True)
    with progress_bar("3/6 pretrain") as tick:
        dual = pretrain(dataset, work / "pretrain", read_recipe(recipes), on_step=tick)
    with progress_bar("4/6 train the heads") as tick:
        dense = finetune(
            dataset, work / "dense", read_recipe(f"dense-{recipes}"), checkpoint=None, on_step=tick
        )
    with progress_bar("    and the ceiling") as tick:
        ceiling = finetune(
            dataset, work / "ceiling", read_recipe(f"findings-{recipes}"), checkpoint=dual, on_step=tick
        )
    checkpoint, dense = (
        _publish(dual, models / "echovlm.safetensors"),
        _publish(dense, models / "dense.safetensors"),
    )
    with progress_bar("5/6 evaluate") as tick:
        results = evaluate(
            checkpoint,
            dataset,
            out,
            dense=dense,
            ceiling=ceiling,
            tasks="*",
            split="test",
            seed=seed,
            cache=out / "answers",
            on_progress=tick,
        )
    typer.echo(render_table(results))
    pages = []
    for name, path in (("simulated", _a_test_study(dataset, studies)), ("real", _real_cine())):
        with progress_bar(f"6/6 interpret {name}") as tick:
            interpret(
                path,
                out / "reports" / name,
                checkpoint=checkpoint,
                dense=dense,  # keeps the simulator's clips
                reader=embedded_reader(),
                sex=None,
                on_progress=tick,
            )
        pages.append(out / "reports" / name / "report.html")
    typer.echo("\nThese are results on simulated hearts; they say nothing of patients.")
    typer.echo("\n".join(f"{page}" for page in pages))
    typer.echo(f"{out / 'results.json'}")


def _publish(trained: Path, path: Path) -> Path:
    """Copy a checkpoint beside its siblings, so that `runs/demo/checkpoint` is all that service needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, trained.read_bytes())
    return path


def _a_test_study(dataset: Path, studies: Path) -> Path:
    """Return the folder of the test patient with the most findings present, the first of them on a tie."""
    from echovlm.dataset import EchoGround

    rows = EchoGround.open(dataset).rows("test")
    present = {
        row.source_path: sum(finding.state is FindingState.PRESENT for finding in row.findings)
        for row in rows
    }
    chosen = min(present, key=lambda source: (-present[source], source))
    return (studies / chosen).parent


def _real_cine() -> Path:
    from pydicom.data import get_testdata_file

    path = get_testdata_file(REAL_CINE, download=False)
    assert isinstance(path, str), f"pydicom ships {REAL_CINE}"
    return Path(path)
