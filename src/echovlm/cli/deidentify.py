"""`echovlm deidentify`."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from echovlm.cli.progress import progress_bar


def deidentify(
    source: Annotated[Path, typer.Argument(help="A folder of ultrasound DICOM files, or one file.")],
    out: Annotated[Path, typer.Argument(help="Folder of the clean files to write.")],
    key: Annotated[
        Path,
        typer.Option(
            help="File with the secret of the pseudonyms; made when missing. Keep it apart and safe."
        ),
    ],
    retain: Annotated[
        str,
        typer.Option(
            help="What may stay, of dates (shifted) or full-dates, patient, device, uids, institution; or none."
        ),
    ] = "dates,patient,device",
    log: Annotated[
        Path | None,
        typer.Option(help="Private log that ties originals to clean files; beside the key by default."),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Write copies without identity, each verified by a second pass or not written. A rerun resumes.

    \b
    Example:
        echovlm deidentify runs/example/studies/files runs/example/clean --key runs/example/key.txt
    """
    from echovlm.imaging.deidentify import DeidentifyOptions, Retain, read_key
    from echovlm.imaging.deidentify import deidentify as deidentify_folder

    words = {word.strip() for word in retain.split(",")} - {"none", ""}
    unknown = words - {option.word for option in Retain}
    if unknown:
        allowed = ", ".join(f"{option.word} ({option.meaning})" for option in Retain)
        raise typer.BadParameter(
            f"{', '.join(sorted(unknown))} cannot be retained; allowed are {allowed}, or none",
            param_hint="--retain",
        )
    options = DeidentifyOptions(frozenset(option for option in Retain if option.word in words))
    with progress_bar("deidentify") as on_progress:
        summary = deidentify_folder(
            source,
            out,
            key=read_key(key),
            private_log=log or key.with_suffix(".log.jsonl"),
            options=options,
            workers=workers,
            on_progress=on_progress,
        )
    typer.echo(json.dumps(asdict(summary), sort_keys=True, default=str) if as_json else f"{summary}")
    if summary.refused:
        raise typer.Exit(1)
