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
            continue  # of an ablation, or of two dense models
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


def render_dense():
    """Dice and Hausdorff distance of both models of `benchmarks.dense_baseline`, a task a row."""
    path = RESULTS / "dense-baseline.json"
    if not path.is_file():
        return "Not run to its end yet."
    result = json.loads(path.read_bytes())
    return (
        f"{result['steps']} steps of {result['batch_size']} frames.\n\n{piped(dense_rows(result['models']))}"
    )


def dense_rows(models):
    found = {(name, f["task"], f["metric"]): f for name, one in models.items() for f in one["figures"]}
    columns = [(name, metric) for metric in ("dice", "hausdorff-95") for name in models]
    rows = [("task", *(f"{name}: {metric}" for name, metric in columns)), ("---", *("---:" for _ in columns))]
    for task in dict.fromkeys(task for _, task, _ in found):
        cells = [found.get((name, task, metric)) for name, metric in columns]
        told = ("" if c is None else f"{c['value']:.3f} ({c['low']:.3f} to {c['high']:.3f})" for c in cells)
        rows.append((task, *told))
    for what in ("parameters", "training_cpu_s"):
        told = (f"{models[name][what]}" if metric == "dice" else "" for name, metric in columns)
        rows.append((what.replace("training_cpu_s", "CPU seconds of training"), *told))
    return rows


def rendered(text):
    for name, table in (("data", render_data()), ("runs", render_runs()), ("dense", render_dense())):
        pattern = rf"(<!-- {name}: [^\n]*-->\n).*?(<!-- end of {name} -->)"
        text = re.sub(pattern, lambda m, table=table: f"{m[1]}{table}\n{m[2]}", text, flags=re.DOTALL)
    return text


def test_the_page_holds_the_tasks_and_the_committed_results():
    text = PAGE.read_text(encoding="utf-8")
    assert text == rendered(text), "run `make docs`"
    assert "| zero-shot/aortic-stenosis |" in text


def test_two_dense_models_stand_side_by_side_with_what_their_training_cost():
    figure = {"task": "segmentation/lv-a4c", "metric": "dice", "value": 0.9, "low": 0.88, "high": 0.92}
    models = {
        "U-Net": {"parameters": 9, "training_cpu_s": 60, "figures": [figure]},
        "ours": {"parameters": 8, "training_cpu_s": 50, "figures": []},
    }
    _, _, row, size, cost = dense_rows(models)
    assert row == ("segmentation/lv-a4c", "0.900 (0.880 to 0.920)", "", "", "")
    assert (size[1:3], cost[1:3]) == (("9", "8"), ("60", "50"))


def test_the_page_names_only_commands_that_exist():
    commands = {command.name or command.callback.__name__ for command in app.registered_commands}
    named = set(re.findall(r"^echovlm (\w+)", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert {"evaluate", "compare", "cohort", "tasks"} <= named <= commands


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
