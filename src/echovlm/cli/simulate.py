"""`echovlm simulate`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from echovlm.cli.progress import progress_bar


class ProtocolName(StrEnum):
    """What `--protocol` accepts."""

    CORE = "core"
    STANDARD = "standard"
    COMPLETE = "complete"


def simulate(
    out: Annotated[Path, typer.Argument(help="Folder to write; a MIMIC-IV-ECHO tree with truth/ beside it.")],
    patients: Annotated[int, typer.Option(min=1, help="Number of patients, one study each.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same bytes.")] = 0,
    frames: Annotated[int, typer.Option(min=2, help="Frames per cine; a cine lasts one beat.")] = 16,
    protocol: Annotated[
        ProtocolName,
        typer.Option(
            help="core: five B-mode cines; standard: every view, valve and trace once, nothing burned in; "
            "complete: a whole examination with stills, calipers and pages."
        ),
    ] = ProtocolName.CORE,
    views: Annotated[
        str, typer.Option(help="Only these views, such as `plax,a4c`; all of the protocol by default.")
    ] = "",
    syntaxes: Annotated[
        str,
        typer.Option(
            help="Transfer syntaxes to draw from: jpeg, jpeg-lossless, rle, uncompressed. By default jpeg, "
            "but all in the complete protocol."
        ),
    ] = "",
    decorrelated: Annotated[
        bool, typer.Option("--decorrelated", help="Break comorbidity: no finding hints at another.")
    ] = False,
    prevalence: Annotated[
        list[str] | None,
        typer.Option(help="Share of a disease, such as `aortic_stenosis=0.5`; may be given several times."),
    ] = None,
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
    from echovlm.simulation import Protocol, parse_prevalence, parse_syntaxes, parse_views
    from echovlm.simulation import simulate as write_studies

    with progress_bar("simulate") as on_progress:
        summary = write_studies(
            out,
            patients=patients,
            seed=seed,
            workers=workers,
            n_frames=frames,
            protocol=Protocol(protocol.value),
            views=parse_views(views),
            syntaxes=parse_syntaxes(syntaxes),
            decorrelated=decorrelated,
            prevalence=parse_prevalence(prevalence or []),
            force=force,
            on_progress=on_progress,
        )
    typer.echo(f"{summary}")
