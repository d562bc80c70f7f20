"""`echovlm ablate`."""

from pathlib import Path
from typing import Annotated

import typer

from echovlm.cli.progress import progress_bar, stderr
from echovlm.files import write_whole

PAGE_NAME = "ablation.md"


def ablate(
    dataset: Annotated[
        Path, typer.Argument(help="An EchoGround dataset: its training split trains, its test split tests.")
    ],
    out: Annotated[
        Path, typer.Argument(help="Folder of the runs, of ablation.json, its page and its figure.")
    ],
    study: Annotated[
        str, typer.Option(help="A study's name (objectives, tiny) or a TOML file.")
    ] = "objectives",
    raw: Annotated[
        Path | None,
        typer.Option(
            help="The same clips with reports as they were written; arms that need them are left out otherwise."
        ),
    ] = None,
    also: Annotated[
        list[str] | None,
        typer.Option(help="Further patients to test on, as NAME=DATASET; may be given several times."),
    ] = None,
    arms: Annotated[str, typer.Option(help="Which arms to run now: names or globs, with commas.")] = "*",
    seeds: Annotated[
        str, typer.Option(help="Which of the study's seeds to run now, such as `0,1`; all by default.")
    ] = "",
) -> None:
    """Train and score every arm of a study with every seed; tell the differences with intervals. A rerun resumes.

    \b
    Example:
        echovlm ablate runs/tiny/dataset runs/tiny/ablation --study tiny --arms clip,all --seeds 0
    """
    from echovlm.evaluation.ablation import AblationData, draw_figure, read_study, render_page
    from echovlm.evaluation.ablation import ablate as ablate_study

    chosen = read_study(study)
    data = AblationData(dataset, raw, _named(also or []))
    if raw is None and (left_out := [a.name for a in chosen.arms if a.captions.value == "raw"]):
        stderr.print(f"without --raw these arms are left out: {', '.join(left_out)}", soft_wrap=True)
    with progress_bar("ablate") as tick:
        result = ablate_study(
            data, out, chosen, arms=arms, seeds=_numbers(seeds),
            on_run=lambda arm, seed, what: stderr.print(f"{arm}, seed {seed}: {what}", soft_wrap=True),
            on_step=tick,
        )  # fmt: skip
    page = render_page(result)
    write_whole(out / PAGE_NAME, page.encode())
    figure = draw_figure(result, out)
    typer.echo(page)
    stderr.print(f"wrote {out / 'ablation.json'}, {out / PAGE_NAME} and {figure}", soft_wrap=True)


def _named(also: list[str]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for one in also:
        name, sign, path = one.partition("=")
        if not sign or not path or not name.replace("-", "").isalnum() or name in found:
            raise typer.BadParameter(
                f"{one!r} is no NAME=DATASET with a name of its own of letters, digits and hyphens",
                param_hint="--also",
            )
        found[name] = Path(path)
    return found


def _numbers(text: str) -> tuple[int, ...] | None:
    try:
        return tuple(int(part) for part in text.split(",")) if text else None
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is no list of whole numbers, such as 0,1,2", param_hint="--seeds"
        ) from error
