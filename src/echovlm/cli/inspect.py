"""`echovlm inspect`."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from echovlm.cli.progress import stderr


def inspect(
    path: Annotated[Path, typer.Argument(help="A DICOM, mp4 or avi file, or a folder of them.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """Say what each file is: size, time, calibration, heart rate, and what is unknown.

    \b
    Example:
        echovlm inspect runs/example/studies --json
    """
    from echovlm.imaging import ImagingError, Skipped, describe, iter_sources, read_clip

    read = failed = 0
    for source in iter_sources(path):
        try:
            if isinstance(source, Skipped):
                failed += 1
                stderr.print(f"skipped {source.path}: {source.reason}", soft_wrap=True, markup=False)
                continue
            _show(describe(read_clip(source)), as_json=as_json)
            read += 1
        except ImagingError as error:
            failed += 1
            stderr.print(f"skipped {error}", soft_wrap=True, markup=False)
    stderr.print(f"{read} read, {failed} skipped")
    if not read:
        raise typer.Exit(1)


def _show(facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(facts, sort_keys=True))
        return
    for key, value in facts.items():
        shown = "; ".join(map(_in_words, value)) if isinstance(value, (list, tuple)) else value
        typer.echo(f"{key:>22}  {'unknown' if shown in (None, '') else shown}")
    typer.echo("")


def _in_words(value: object) -> str:
    """Return one entry of a list; a region is told by what it shows and its steps."""
    if not isinstance(value, dict):
        return f"{value}"
    steps = zip(value["step_per_px"] or (), value["units"] or (), strict=True)
    scale = " by ".join(f"{step:.4g} {unit}" for step, unit in steps)
    return f"{value['shows']} at {value['corners_xyxy_px']}, {scale or 'no scale'} per pixel"
