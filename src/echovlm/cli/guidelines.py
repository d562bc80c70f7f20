"""`echovlm guidelines`."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from echovlm.cli.progress import stderr
from echovlm.clinical.documents import Profile
from echovlm.clinical.findings import Finding, FindingResult, FindingState
from echovlm.clinical.guidelines import GUIDELINES, grade_with_intervals, guideline_by_id
from echovlm.clinical.guidelines.page import render_page
from echovlm.clinical.value_file import parse_study, read_study

guidelines = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The guideline rules: list them, show one, grade a study. Not checked against the publications.",
)

_ProfileOption = Annotated[
    Profile,
    typer.Option(help="baseline (2015-2021), latest (2022-2025) or legacy; never mixed in one finding."),
]


@guidelines.command("list")
def list_rules(
    finding: Annotated[str, typer.Option(help="Only rules of this finding, such as aortic_stenosis.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """List the rules: id, profile, how far the numbers were checked, what they decide.

    \b
    Example:
        echovlm guidelines list --finding aortic_stenosis
    """
    known = {each.key for each in Finding}
    if finding and finding not in known:
        raise typer.BadParameter(
            f"no finding {finding!r}; known: {', '.join(sorted(known))}", param_hint="--finding"
        )
    for each in GUIDELINES:
        if finding in ("", each.finding.key):
            facts = {
                "id": each.id,
                "profile": each.profile.value,
                "confidence": each.confidence.value,
                "finding": each.finding.key,
                "source": each.cited,
                "name": each.name,
            }
            line = f"{each.id:<28} {each.profile.value:<9} {each.confidence.value:<19} {each.name}"
            typer.echo(json.dumps(facts) if as_json else line)


@guidelines.command()
def show(
    rule: Annotated[str, typer.Argument(help="The id of a rule; `echovlm guidelines list` has them.")],
) -> None:
    """Show one rule: cut points, logic, source, and how far the numbers were checked.

    \b
    Example:
        echovlm guidelines show as_grade
    """
    typer.echo(render_page(guideline_by_id(rule)).rstrip("\n"))


@guidelines.command()
def grade(
    values: Annotated[
        Path | None, typer.Argument(help="CSV with the columns name, value, unit, or a JSON object.")
    ] = None,
    value: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VALUE, such as 'LVIDd=5.5 cm', sex=F, rhythm=sinus; repeatable."),
    ] = None,
    profile: _ProfileOption = Profile.BASELINE,
    show_all: Annotated[bool, typer.Option("--all", help="Also list what was not assessed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """Grade the values of a study: findings with rule, limit, distance and source.

    \b
    Example:
        echovlm guidelines grade --value sex=F --value "LVIDd=5.5 cm" --value LVEF=45
    """
    if values is None and not value:
        raise typer.BadParameter("no values; give a file, or --value 'LVIDd=5.5 cm'", param_hint="VALUES")
    study = parse_study(value or []) if values is None else read_study(values, value or [])
    for remark in study.remarks:
        stderr.print(remark, soft_wrap=True, markup=False)
    results = grade_with_intervals(
        study.measurements, study.intervals, sex=study.sex, context=study.context, profile=profile
    )
    for result in results:
        if show_all or result.state is not FindingState.NOT_ASSESSED or result.evidence:
            typer.echo(json.dumps(_facts(result)) if as_json else _line(result))


def _line(result: FindingResult) -> str:
    cited = f" [{result.cited}]" if result.cited else ""
    flags = f" Note: {'; '.join(result.flags)}." if result.flags else ""
    state = result.state.value.replace("_", " ")
    return f"{state:<14}  {result.finding.words}: {result.reason}{flags}{cited}"


def _facts(result: FindingResult) -> dict[str, Any]:
    return {
        "finding": result.finding.key,
        "state": result.state.value,
        "grade": result.grade.value if result.grade else None,
        "label": result.label,
        "rule": result.rule_id,
        "source": result.cited,
        "reason": result.reason,
        "values": {m.quantity.key: m.value for m in result.evidence},
        "missing": [quantity.key for quantity in result.missing],
        "distances": [
            {"quantity": d.quantity.key, "limit": d.limit, "beyond": d.beyond, "fraction": d.fraction}
            for d in result.distances
        ],
        "flags": list(result.flags),
    }
