"""`echovlm dataset`."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from echovlm.cli.progress import progress_bar, stderr

if TYPE_CHECKING:
    from echovlm.dataset import DatasetInfo

dataset = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="EchoGround datasets: what is inside, whether it is whole, a page to look at, several as one.",
)

_Dataset = Annotated[str, typer.Argument(help="A dataset folder, or an address such as s3://bucket/dataset.")]


@dataset.command()
def info(
    place: _Dataset,
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON.")] = False,
) -> None:
    """Print what a dataset holds: clips, patients, views and findings by split, and what was set aside.

    \b
    Example:
        echovlm dataset info runs/example/dataset
    """
    from echovlm.dataset import EchoGround

    found = EchoGround.open(place).info
    typer.echo(json.dumps(asdict(found), ensure_ascii=False) if as_json else _told(place, found))


def _told(place: str, found: "DatasetInfo") -> str:
    origin = found.origin
    splits = list(found.clips)
    lines = [
        f"{place}: EchoGround, schema {found.schema_version}{', SIMULATED' if found.simulated else ''}",
        f"source    {origin.source}",
        f"licence   {origin.licence}",
        f"size      {sum(file.size for file in found.files.values()) / 1e6:.1f} MB in {len(found.files)} files, "
        f"{found.frames} frames",
        "",
    ]
    counts = {"patients": found.patients, "studies": found.studies, "clips": found.clips} | {
        f"view {view}": by_split for view, by_split in found.views.items()
    }
    counts |= {
        f"{finding} {state}": by_split
        for finding, states in found.findings.items()
        for state, by_split in states.items()
        if state != "not_assessed"
    }
    width = max(len(name) for name in counts)
    lines.append(" " * width + "".join(f"{split:>9}" for split in splits))
    lines += [
        f"{name:<{width}}" + "".join(f"{by[split]:>9}" for split in splits) for name, by in counts.items()
    ]
    aside = ", ".join(f"{count} {reason}" for reason, count in found.excluded.items()) or "none"
    lines += ["", f"{found.records} clips listed, set aside: {aside}"]
    if found.merged_patients:
        lines.append(f"{found.merged_patients} patient ids share a clip with another one and go by its name")
    return "\n".join(lines)


@dataset.command()
def verify(
    place: _Dataset,
    decode: Annotated[
        bool,
        typer.Option("--decode", help="Also decode all frames and masks, and hash them."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per problem.")] = False,
) -> None:
    """Check hashes, offsets, totals, and that nobody stands in two splits. Exit code 1 when anything is wrong.

    \b
    Example:
        echovlm dataset verify runs/example/dataset --decode
    """
    from echovlm.dataset import EchoGround, verify_dataset

    data = EchoGround.open(place)
    with progress_bar("verify") as on_progress:
        problems = verify_dataset(data, decode=decode, on_progress=on_progress)
    for problem in problems:
        typer.echo(json.dumps(asdict(problem)) if as_json else f"{problem}")
    if problems:
        stderr.print(f"echovlm: {place} is not whole: {len(problems)} problems")
        sys.exit(1)
    if not as_json:
        typer.echo(
            f"{place}: {len(data.info.files)} files and {sum(data.info.clips.values())} clips are as written"
        )


@dataset.command()
def sample(
    place: _Dataset,
    page: Annotated[Path, typer.Argument(help="HTML file to write; it needs no other file.")],
    clips: Annotated[int, typer.Option(min=1, help="How many clips, spread over views and splits.")] = 24,
    seed: Annotated[int, typer.Option(min=0, help="Chooses the clips.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Replace the page.")] = False,
) -> None:
    """Write a page of clips with images, captions, values and where each came from.

    \b
    Example:
        echovlm dataset sample runs/example/dataset runs/example/sample.html --clips 4
    """
    from echovlm.dataset import EchoGround, render_sample
    from echovlm.files import write_whole

    if page.exists() and not force:
        raise typer.BadParameter(f"{page} exists; name another file, or use --force", param_hint="PAGE")
    html = render_sample(EchoGround.open(place), n_clips=clips, seed=seed)
    page.parent.mkdir(parents=True, exist_ok=True)
    write_whole(page, html.encode())
    typer.echo(f"{page}")


@dataset.command()
def merge(
    places: Annotated[
        list[str], typer.Argument(help="Two or more datasets, then the folder or address of the merged one.")
    ],
) -> None:
    """Write one dataset that holds the clips of several, nobody in two splits. A rerun makes the same bytes.

    \b
    Example:
        echovlm dataset merge runs/example/dataset runs/example/other runs/example/merged
    """
    from echovlm.dataset import EchoGround, merge_datasets

    *parts, out = places
    if len(parts) < 2:
        raise typer.BadParameter(
            f"got {len(parts)} datasets and {out} to write; give at least two datasets, then the merged one",
            param_hint="PLACES",
        )
    found = merge_datasets([EchoGround.open(part) for part in parts], out)
    typer.echo(_told(out, found))
