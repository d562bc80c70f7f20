"""The benchmark's page holds the tables of its tasks and of the committed results.

Run as a script, this file writes them; run as a test, it compares.
"""

import json
import re
from pathlib import Path

from echovlm.cli import app
from echovlm.evaluation import TASKS, DataName, ResultsFile

ROOT = Path(__file__).parents[1]
PAGE, RESULTS = ROOT / "docs" / "benchmark.md", ROOT / "docs" / "results"


def piped(rows):
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def render_data():
    names = [name for name in DataName if any(name in task.data for task in TASKS)]
    rows = [("task", *(name.key for name in names)), ("---", *("---" for _ in names))]
    rows += [(task.name, *("x" if name in task.data else "" for name in names)) for task in TASKS]
    return piped(rows)


def render_runs():
    rows = [("result", "model", "data", "patients", "clips", "tasks with a figure"), ("---",) * 6]
    for path in sorted(RESULTS.glob("*.json")):
        if "results" not in json.loads(path.read_bytes()):
            continue  # of an ablation
        results = ResultsFile.read(path)
        scored = {
            r.task for r in results.results if r.value is not None and r.arm == "model" and not r.subgroup
        }
        model = ((results.run.get("models") or {}).get("model") or {}).get("name", "dual encoder of the demo")
        kind = "simulated" if results.simulated else "real"
        counts = (
            f"{results.run['patients']} {results.run['split']}",
            f"{results.run['clips']}",
            f"{len(scored)}",
        )
        rows.append((f"[{path.name}](results/{path.name})", model, kind, *counts))
    return piped(rows)


def rendered(text):
    for name, table in (("data", render_data()), ("runs", render_runs())):
        pattern = rf"(<!-- {name}: [^\n]*-->\n).*?(<!-- end of {name} -->)"
        text = re.sub(pattern, lambda m, table=table: f"{m[1]}{table}\n{m[2]}", text, flags=re.DOTALL)
    return text


def test_the_page_holds_the_tasks_and_the_committed_results():
    text = PAGE.read_text(encoding="utf-8")
    assert text == rendered(text), "run `make docs`"
    assert "| zero-shot/aortic-stenosis |" in text


def test_the_page_names_only_commands_that_exist():
    commands = {command.name or command.callback.__name__ for command in app.registered_commands}
    named = set(re.findall(r"^echovlm (\w+)", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert {"evaluate", "compare", "cohort", "tasks"} <= named <= commands


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
