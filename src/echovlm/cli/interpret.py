"""`echovlm interpret`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from echovlm.cli.progress import progress_bar, stderr
from echovlm.clinical.patient import find_sex


def interpret(
    path: Annotated[Path, typer.Argument(help="A DICOM, mp4 or avi file, or a folder of them.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder of the report; reports/<name> when not given.")
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="Checkpoint written by `echovlm pretrain`; the package's own when not given."),
    ] = None,
    dense: Annotated[
        Path | None,
        typer.Option(
            help="Checkpoint of masks and landmarks; dense.safetensors beside --checkpoint when not given."
        ),
    ] = None,
    reader: Annotated[
        str | None,
        typer.Option(
            help="Checkpoint of a reader, which names views and traces clips of any origin; or none. When neither it "
            "nor --dense is given, the reader of the package reads whatever does not come from the simulator."
        ),
    ] = None,
    sex: Annotated[str | None, typer.Option(help="F or M, where the files do not say.")] = None,
    reference: Annotated[
        Path | None,
        typer.Option(
            help="A reader's report (.txt) or values (.csv, .json) of the same study: what contradicts it is said."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Read a study and write report.json and one self-contained report.html.

    \b
    Example:
        echovlm interpret runs/example/studies/files/p10/p10000001 --out runs/example/report
        echovlm interpret runs/example/studies/files/p10/p10000001 --out runs/example/own \\
            --checkpoint runs/example/model/echovlm.safetensors --dense runs/example/dense/dense.safetensors
    """
    if not path.exists():
        raise typer.BadParameter(f"{path} does not exist; give a file or a folder", param_hint="PATH")
    if reference is not None and not reference.is_file():
        raise typer.BadParameter(f"{reference} is no file; give a report or values", param_hint="--reference")
    known_sex = find_sex(sex) if sex else None
    if sex and known_sex is None:
        raise typer.BadParameter(
            f"{sex!r} is not a sex that the guidelines tell apart; use F or M", param_hint="--sex"
        )
    if checkpoint is not None and not checkpoint.exists():
        raise typer.BadParameter(
            f"{checkpoint} does not exist; leave it out for the package's own, or name another",
            param_hint="--checkpoint",
        )
    from echovlm.interpretation import interpret as interpret_study
    from echovlm.interpretation import render_json, render_text
    from echovlm.models import embedded_model, embedded_reader

    view_reader = None if reader in (None, "none") else Path(str(reader))
    if view_reader is not None and not view_reader.exists():
        raise typer.BadParameter(f"{view_reader} does not exist; name a file, or none", param_hint="--reader")
    checkpoint = checkpoint or embedded_model()
    beside = checkpoint.with_name("dense.safetensors")
    # What was named comes first; the reader of the package fills in only where nothing was.
    if reader is None and dense is None:
        view_reader = embedded_reader()
    if dense is None and beside.exists() and reader in (None, "none"):
        dense = beside
    if dense is None and view_reader is None:
        stderr.print(f"{beside} does not exist and no --dense was given: nothing will be traced or measured")
    folder = out or Path("reports") / path.resolve().stem
    with progress_bar("interpret") as on_progress:
        report = interpret_study(
            path,
            folder,
            checkpoint=checkpoint,
            dense=dense,
            reader=view_reader,
            sex=known_sex,
            reference=reference,
            on_progress=on_progress,
        )
    typer.echo(json.dumps(render_json(report), indent=2, sort_keys=True) if as_json else render_text(report))
    for skipped in report.skipped:
        stderr.print(f"skipped {skipped.path}: {skipped.reason}", soft_wrap=True, markup=False)
    stderr.print(f"wrote {folder / 'report.html'} and {folder / 'report.json'}", soft_wrap=True, markup=False)
