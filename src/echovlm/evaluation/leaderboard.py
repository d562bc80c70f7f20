"""Several results side by side, as Markdown and as one HTML page with its pictures inside."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import jinja2

from echovlm.evaluation.answers import metric_by_name
from echovlm.evaluation.results import RESULTS_NAME, Arm, Result, ResultsFile
from echovlm.evaluation.task import Task
from echovlm.evaluation.tasks import TASKS
from echovlm.evaluation.zero_shot import MACRO
from echovlm.files import write_whole

_LEVEL: Final = {"zero-shot": "study"}  # by family; other headlines have one level


@dataclass(frozen=True, slots=True)
class Entry:
    """One model on one dataset.

    Attributes:
        name: The model.
        folder: Where its results lie.
        results: The results.
    """

    name: str
    folder: Path
    results: ResultsFile

    @classmethod
    def read(cls, path: Path) -> "Entry":
        """Read a ``results.json`` or its folder.

        Raises:
            EvaluationError: If it cannot be read.
        """
        folder = path if path.is_dir() else path.parent
        results = ResultsFile.read(folder / RESULTS_NAME if path.is_dir() else path)
        name = ((results.run.get("models") or {}).get("model") or {}).get("name") or folder.name
        return cls(str(name), folder, results)

    def headline(self, task: str, metric: str) -> Result | None:
        """Return the figure that ranks the model on a task."""
        return self.results.find(task, metric, level=_LEVEL.get(task.partition("/")[0]), arm=Arm.MODEL)


def render_leaderboard(entries: Sequence[Entry]) -> str:
    """Return the headline of every task, one column per model, the best in bold, as Markdown."""
    head = ("task", "metric", *(entry.name for entry in entries))
    rule = ("---", "---", *("---:" for _ in entries))
    rows = [(name, metric, *_cells(entries, name, metric, rises)) for name, metric, rises in _lines()]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows)) + "\n"


def _lines() -> list[tuple[str, str, bool]]:
    """Return every task with its headline and whether more is better, the mean over findings after the findings."""
    lines = []
    for place, task in enumerate(TASKS):
        lines.append((task.name, task.headline, _rises(task)))
        following = TASKS[place + 1].name if place + 1 < len(TASKS) else ""
        if task.name.startswith("zero-shot/") and not following.startswith("zero-shot/"):
            lines.append((MACRO, task.headline, True))
    return lines


def _rises(task: Task) -> bool:
    return metric_by_name(task.headline).rises is not False


def _cells(entries: Sequence[Entry], task: str, metric: str, rises: bool) -> list[str]:
    found = [entry.headline(task, metric) for entry in entries]
    values = [r.value for r in found if r is not None and r.value is not None]
    best = (max if rises else min)(values) if len(values) > 1 else None
    return [_cell(result, best) for result in found]


def _cell(result: Result | None, best: float | None) -> str:
    if result is None or result.value is None:
        return ""
    unit = "" if result.unit == "frac" else f" {result.unit}"
    interval = (
        "" if result.low is None or result.high is None else f" ({result.low:.3f} to {result.high:.3f})"
    )
    text = f"{result.value:.3f}{unit}"
    return (f"**{text}**" if result.value == best else text) + interval


def write_leaderboard(entries: Sequence[Entry], folder: Path) -> tuple[Path, Path]:
    """Write ``leaderboard.md`` and ``leaderboard.html``; the page holds its pictures and needs no network."""
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "leaderboard.md", render_leaderboard(entries).encode())
    write_whole(folder / "leaderboard.html", _render_page(entries).encode())
    return folder / "leaderboard.md", folder / "leaderboard.html"


def _render_page(entries: Sequence[Entry]) -> str:
    pictures = {
        entry.name: [
            (path.stem, base64.b64encode(path.read_bytes()).decode())
            for path in sorted((entry.folder / "plots").glob("*.png"))
        ]
        for entry in entries
    }
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    rows = [
        (name, metric, [_split(cell) for cell in _cells(entries, name, metric, rises)])
        for name, metric, rises in _lines()
    ]
    return environment.from_string(_PAGE).render(entries=entries, rows=rows, pictures=pictures)


def _split(cell: str) -> tuple[bool, str, str]:
    """Return whether a cell is the best, its figure, and its interval."""
    figure, _, interval = cell.partition(" (")
    return figure.startswith("**"), figure.strip("*"), interval.rstrip(")")


_PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>EchoBench</title>
<style>
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: #1a1a1a; }
table { border-collapse: collapse; } th, td { padding: .25rem .7rem; border-bottom: 1px solid #ddd; text-align: left; }
td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } small { color: #666; }
img { max-width: 100%; margin: .5rem 0 1.5rem; } .note { background: #fff4d6; padding: .6rem 1rem; }
</style>
<h1>EchoBench</h1>
{% for entry in entries %}{% if entry.results.simulated %}
<p class="note">{{ entry.name }}: simulated hearts, {{ entry.results.run.patients }} {{ entry.results.run.split }}
patients, {{ entry.results.run.clips }} clips. These figures say nothing of patients.</p>
{% endif %}{% endfor %}
<table><tr><th>task<th>metric{% for entry in entries %}<th>{{ entry.name }}{% endfor %}</tr>
{% for task, metric, cells in rows %}<tr><td>{{ task }}<td>{{ metric }}
{% for best, figure, interval in cells %}<td class="n">{% if best %}<b>{{ figure }}</b>{% else %}{{ figure }}{% endif %}
{% if interval %}<br><small>{{ interval }}</small>{% endif %}{% endfor %}</tr>
{% endfor %}</table>
{% for entry in entries %}<h2>{{ entry.name }}</h2>
{% for check in entry.results.run.sanity or [] %}<p>{{ check.name }}: {{ check.value }}
(expected {{ check.expected }}) {{ {true: "passed", false: "FAILED"}.get(check.passed, "could not be run") }}</p>
{% endfor %}
{% for name, data in pictures[entry.name] %}<h3>{{ name }}</h3>
<img alt="{{ name }}" src="data:image/png;base64,{{ data }}">
{% endfor %}{% endfor %}</html>
"""
