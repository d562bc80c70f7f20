"""The results as a table, in plain text and Markdown: each figure with its interval and its controls."""

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from echovlm.evaluation.results import Arm, Result, ResultsFile
from echovlm.files import write_whole

TABLE_NAME: Final = "results.md"
_HEADINGS: Final = (
    "task", "metric", "value", "95 % interval", "unseen prompts", "with values", "no image", "chance", "ceiling", "n",
    "patients",
)  # fmt: skip
_LEFT: Final = 2  # columns of words, flush left; the others are numbers
_BESIDE: Final = ("-unseen-prompts", "-with-values")
_DETAIL_SUFFIXES: Final = (
    "-exact", "-within-view", "-on-present", "-on-absent", "-uncalibrated", "-or-adjacent",
)  # fmt: skip
_DETAILS: Final = (
    "accuracy", "bias", "average-precision", "brier", "calibration-error", "sensitivity", "specificity",
    "area-error", "volume-error",
)  # fmt: skip


def render_table(results: ResultsFile) -> str:
    """Return the headline figures in plain text, then a line for each that has no value, and why."""
    cells = _cells(results, details=False)
    widths = [max(len(row[column]) for row in (_HEADINGS, *cells)) for column in range(len(_HEADINGS))]
    lines = [_line(_HEADINGS, widths), "  ".join("-" * width for width in widths)]
    lines += [_line(row, widths) for row in cells]
    notes = (line for note in _notes(results) for line in textwrap.wrap(note, 110))
    return "\n".join((_title(results), "", *lines, "", *notes))


def render_markdown(results: ResultsFile, *, details: bool = True) -> str:
    """Return every figure, or only the headline ones, in Markdown."""
    rule = ["---"] * _LEFT + ["---:"] * (len(_HEADINGS) - _LEFT)
    table = _piped([_HEADINGS, rule, *_cells(results, details=details)])
    parts = [_title(results), table, *_notes(results)]
    if details:
        parts += [part for part in (_sanity(results), _subgroups(results)) if part]
    return "\n\n".join(parts) + "\n"


def _piped(rows: Sequence[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _sanity(results: ResultsFile) -> str:
    """Return the checks that ran by themselves, as Markdown; nothing when none did."""
    checks = results.run.get("sanity") or []
    if not checks:
        return ""
    words = {True: "yes", False: "NO", None: "could not be run"}
    rows = [
        (c["name"], "" if c["value"] is None else f"{c['value']:.3f}", c["expected"], words[c["passed"]])
        for c in checks
    ]
    head = ("check", "value", "expected", "passed")
    return "## Sanity\n\n" + _piped([head, ("---", "---:", "---", "---"), *rows])


def _subgroups(results: ResultsFile) -> str:
    """Return the headline figure of every group, as Markdown; nothing without groups."""
    rows = [
        (r.task, r.metric, r.subgroup, _number(r), _interval(r), str(r.n), str(r.n_patients))
        for r in results.results
        if r.subgroup
    ]
    if not rows:
        return ""
    head = ("task", "metric", "group", "value", "95 % interval", "n", "patients")
    rule = ("---", "---", "---", "---:", "---:", "---:", "---:")
    return "## Groups of patients\n\n" + _piped([head, rule, *rows])


def write_tables(results: ResultsFile, folder: Path) -> Path:
    """Write the Markdown table beside ``results.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / TABLE_NAME, render_markdown(results).encode())
    return folder / TABLE_NAME


def _title(results: ResultsFile) -> str:
    studies = "simulated studies" if results.simulated else "studies"
    run = results.run
    return (
        f"{run['patients']} {run['split']} patients, {run['clips']} clips of {studies}; "
        f"intervals over {run['n_resamples']} resamples of patients, seed {run['seed']}"
    )


def _cells(results: ResultsFile, *, details: bool) -> list[Sequence[str]]:
    """Return a row per figure of the model, its controls beside it."""
    rows: list[Sequence[str]] = []
    for result in results.results:
        if result.arm is not Arm.MODEL or result.subgroup or result.metric.endswith(_BESIDE):
            continue
        if result.value is None:
            continue  # the notes say why
        if not details and not _is_headline(result.metric):
            continue
        rows.append(
            (
                result.task,
                _labelled(result),
                _number(result),
                _interval(result),
                *(_beside(results, result, result.metric + variant, Arm.MODEL) for variant in _BESIDE),
                _beside(results, result, result.metric, Arm.TEXT_ONLY, Arm.VIEW_ONLY),
                _beside(results, result, result.metric, Arm.CHANCE),
                _beside(results, result, result.metric, Arm.CEILING, Arm.ORACLE),
                str(result.n),
                str(result.n_patients),
            )
        )
    return rows


def _labelled(result: Result) -> str:
    """Return the metric, with the level where a task has two of them."""
    of_two = result.metric.startswith("auroc") or (result.metric, result.level) == (
        "balanced-accuracy",
        "study",
    )
    return f"{result.metric}, {result.level}" if of_two else result.metric


def _is_headline(metric: str) -> bool:
    return not metric.endswith(_DETAIL_SUFFIXES) and metric not in _DETAILS


def _beside(results: ResultsFile, result: Result, metric: str, *arms: Arm) -> str:
    """Return the figure of the first of ``arms`` that was scored at the same level."""
    for arm in arms:
        control = results.find(result.task, metric, level=result.level, arm=arm)
        if control is not None:
            return _number(control)
    return ""


def _number(result: Result) -> str:
    return "none" if result.value is None else _shown(result, result.value)


def _interval(result: Result) -> str:
    if result.low is None or result.high is None:
        return ""
    low = _shown(result, result.low).removesuffix(f" {result.unit}").removesuffix(" %")
    return f"{low} to {_shown(result, result.high)}"


def _shown(result: Result, value: float) -> str:
    if result.unit == "frac":
        return f"{value:.3f}"
    if result.unit == "rank":
        return f"{value:.0f}"
    return f"{value:.1f} %" if result.unit == "pct" else f"{value:.2f} {result.unit}"


def _notes(results: ResultsFile) -> list[str]:
    silent: dict[str, list[str]] = {}
    for r in results.results:
        if r.value is None and r.reason is not None and r.arm is Arm.MODEL and not r.subgroup:
            silent.setdefault(r.reason, []).append(r.task)
    notes = [f"No value for {', '.join(dict.fromkeys(tasks))}: {reason}." for reason, tasks in silent.items()]
    notes.append(
        "chance: the best answer without the image. no image: prompts with the view's mean embedding, or the "
        "sentences alone. with values: the picture and the measured values as text. ceiling: trained on the labels; "
        "for retrieval, a reader of view and findings alone."
    )
    return notes


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell.ljust(w) if i < _LEFT else cell.rjust(w)
        for i, (cell, w) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()
