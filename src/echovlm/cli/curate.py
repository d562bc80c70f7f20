"""`echovlm curate`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from echovlm.cli.progress import progress_bar

if TYPE_CHECKING:
    from echovlm.engines import Engine


class EngineName(StrEnum):
    """What `--engine` accepts."""

    LOCAL = "local"
    RAY = "ray"


class Overlays(StrEnum):
    """What `--overlays` accepts."""

    NEVER = "never"
    MISSING = "missing"
    ALWAYS = "always"


class Reader(StrEnum):
    """What `--reader` accepts."""

    NEVER = "never"
    MISSING = "missing"


def curate(
    source: Annotated[
        str,
        typer.Argument(
            help="A MIMIC-IV-ECHO tree of any version, a research set (CAMUS, EchoNet, TMED-2, Unity, CardiacUDA, "
            "HMC-QU, EV9V), a folder, zip or DICOMDIR, an address (s3://, gs://, http:// of a DICOMweb service), or "
            "a .toml that maps your own tables."
        ),
    ],
    out: Annotated[
        str,
        typer.Argument(
            help="The EchoGround dataset to write: a folder, or an address such as s3://bucket/dataset."
        ),
    ],
    workers: Annotated[int, typer.Option(min=1, help="Processes; the bytes do not depend on it.")] = 2,
    engine: Annotated[
        EngineName, typer.Option(help="local: processes here; ray: a Ray cluster. The bytes are the same.")
    ] = EngineName.LOCAL,
    ray_address: Annotated[
        str,
        typer.Option(
            help="With --engine ray: `auto` or HOST:PORT of a running cluster, all of whose cores are used; "
            "`local` starts one here with --workers cores."
        ),
    ] = "local",
    seed: Annotated[
        int, typer.Option(min=0, help="Chooses among paraphrases and counterfactual values.")
    ] = 0,
    notes: Annotated[
        Path | None, typer.Option(help="MIMIC-IV-Note's discharge.csv.gz, where it lies elsewhere.")
    ] = None,
    views: Annotated[
        list[Path] | None,
        typer.Option(
            help="A file that labels views: a table such as ECHOVIEW's, or MIMICEchoQA.json. May repeat."
        ),
    ] = None,
    overlays: Annotated[
        Overlays,
        typer.Option(
            help="Read burned-in values: never, of studies that are missing from the table, or always; needs the "
            "ocr extra."
        ),
    ] = Overlays.MISSING,
    reader: Annotated[
        Reader,
        typer.Option(help="Let the embedded reader name views and end-systole that are missing, or never."),
    ] = Reader.MISSING,
    all_findings: Annotated[
        bool, typer.Option("--all-findings", help="Ask every guideline rule, not only the usual ones.")
    ] = False,
    clean: Annotated[
        bool,
        typer.Option(
            "--clean", help="Trust that the files hold no identity, where the source does not say so."
        ),
    ] = False,
    key: Annotated[
        Path | None,
        typer.Option(help="Secret of the pseudonyms of a source that is not clean; OUT.key by default."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Turn studies into an EchoGround dataset: views, measurements, findings, captions, provenance. A rerun resumes.

    \b
    Example:
        echovlm curate runs/example/studies runs/example/dataset
    """
    from echovlm.curation import CurationOptions, OverlayUse, ReaderUse
    from echovlm.curation import curate as curate_source

    with progress_bar("curate") as on_progress, _started(engine, ray_address, workers) as started:
        summary = curate_source(
            source,
            out,
            engine=started,
            seed=seed,
            options=CurationOptions(ReaderUse(reader), OverlayUse(overlays), all_findings=all_findings),
            notes=notes,
            views=views or (),
            is_clean=clean,
            key_file=key,
            on_progress=on_progress,
        )
    typer.echo(json.dumps(asdict(summary), sort_keys=True, default=str) if as_json else f"{summary}")


@contextmanager
def _started(engine: EngineName, ray_address: str, workers: int) -> "Iterator[Engine]":
    """Yield the engine, running."""
    from echovlm.engines import LocalEngine, RayEngine

    if engine is EngineName.LOCAL:
        yield LocalEngine(workers)
        return
    with RayEngine(ray_address, workers=workers) as cluster:
        yield cluster
