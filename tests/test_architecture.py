"""The import table that holds the house together, and the rendering of it in ARCHITECTURE.md.

Run as a script, this file writes the table into ARCHITECTURE.md; run as a test, it compares.
"""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "echovlm"

MAY_IMPORT: dict[str, set[str]] = {
    "clinical": set(),
    "objectives": set(),
    "imaging": {"clinical"},
    "reports": {"clinical"},
    "simulation": {"clinical", "imaging", "reports"},
    "dataset": {"clinical", "imaging"},
    "curation": {"clinical", "imaging", "reports", "dataset", "models", "measure"},
    "models": {"clinical"},
    "measure": {"clinical", "imaging"},
    "training": {"clinical", "dataset", "models", "objectives"},
    "evaluation": {"clinical", "dataset", "models", "measure", "training"},
    "interpretation": {"clinical", "imaging", "reports", "measure", "models"},
    "cli": {
        "clinical", "imaging", "reports", "simulation", "dataset", "curation", "models", "measure",
        "training", "evaluation", "interpretation",
    },
}  # fmt: skip

KNOWS: dict[str, str] = {
    "clinical": "views, modes, anatomy, units, measurements, findings, guideline rules, what a view shows",
    "objectives": "losses as pure functions of tensors",
    "imaging": "a file → `Clip` (frames, timing, calibration, colour) → the sector alone, as a `Cine`",
    "reports": "measurements and findings → captions and counterfactuals; notes and categories → findings and values",
    "simulation": "one 3-D heart per patient → images, masks, landmarks, DICOM studies, tables",
    "dataset": "the EchoGround schema: manifest, shards, splits, card; reading it",
    "curation": "sources (MIMIC-IV-ECHO, research sets, archives, tables of users) → an EchoGround dataset",
    "models": "towers, EchoVLM, heads, preprocessing, checkpoint file",
    "measure": "masks and landmarks with calibration → measurements",
    "training": "recipes, pretraining, fine-tuning",
    "evaluation": "what a task is, the tasks, metrics with intervals, results file, controls",
    "interpretation": "a study → views → measurements → findings → report, with evidence",
    "cli": "one file per command; thin calls",
}

NAMES_WITHOUT_MEANING = {"utils", "helpers", "common", "misc", "base", "util", "helper"}
MODULES = sorted(SRC.glob("*/**/*.py"))
TABLE_START, TABLE_END = "<!-- import table: rendered by `make docs` -->", "<!-- end of import table -->"


def imported_packages(module: Path) -> set[str]:
    """Return the packages of ours that a module imports anywhere in it, late imports included."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import; write the full path"
            names = [node.module or ""]
            if node.module == "echovlm":
                names = [f"echovlm.{alias.name}" for alias in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("echovlm.")}
    return found & MAY_IMPORT.keys()


def imported_modules(module: Path, known: set[str]) -> set[str]:
    """Return which of the known modules it imports; ``from package import module`` imports the module."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & known
        elif isinstance(node, ast.ImportFrom) and node.module:
            parts = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= parts & known or {node.module} & known
    return found


def render_table() -> str:
    rows = ["| package | knows | may import (of ours) |", "| --- | --- | --- |"]
    for package, allowed in MAY_IMPORT.items():
        named = ", ".join(p for p in MAY_IMPORT if p in allowed) if package != "cli" else "everything"
        rows.append(f"| `{package}` | {KNOWS[package]} | {named or 'nothing'} |")
    return "\n".join(rows)


def with_table(text: str) -> str:
    before, rest = text.split(TABLE_START)
    after = rest.split(TABLE_END)[1]
    return f"{before}{TABLE_START}\n{render_table()}\n{TABLE_END}{after}"


def test_the_diagram_has_no_cycle():
    TopologicalSorter(MAY_IMPORT).prepare()


def test_modules_have_no_import_cycle():
    path = {".".join(("echovlm", *m.relative_to(SRC).with_suffix("").parts)): m for m in MODULES}
    path = {name.removesuffix(".__init__"): module for name, module in path.items()}
    TopologicalSorter({name: imported_modules(m, path.keys() - {name}) for name, m in path.items()}).prepare()


def test_every_package_is_in_the_table_and_none_is_empty():
    packages = {p.parent.name for p in SRC.glob("*/__init__.py")}
    assert packages == MAY_IMPORT.keys() == KNOWS.keys()
    for package in packages:
        assert len(list((SRC / package).glob("*.py"))) > 1, f"{package} is empty"


@pytest.mark.parametrize("module", MODULES, ids=lambda p: str(p.relative_to(SRC)))
def test_module_imports_only_what_the_diagram_allows(module):
    package = module.relative_to(SRC).parts[0]
    extra = imported_packages(module) - MAY_IMPORT[package] - {package}
    assert not extra, f"{package} may import {sorted(MAY_IMPORT[package])}; also imports {sorted(extra)}"


def test_a_module_beside_the_packages_imports_none_of_them():
    for module in SRC.glob("*.py"):
        # The front door gives `echovlm.load` to who asks for it, and is no module that others build on.
        allowed = {"models"} if module.name == "__init__.py" else set()
        assert imported_packages(module) <= allowed, module


@pytest.mark.parametrize("module", MODULES, ids=lambda p: str(p.relative_to(SRC)))
def test_module_has_a_name_with_meaning_a_first_sentence_and_one_idea(module):
    assert not set(module.relative_to(SRC).with_suffix("").parts) & NAMES_WITHOUT_MEANING
    text = module.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), "says in one sentence what it knows"
    assert text.count("\n") <= 400, "has grown past one idea"


def test_the_training_path_runs_where_polars_and_pydicom_are_absent():
    banned = {"polars", "pydicom", "av", "jinja2"}
    for package in ("objectives", "models", "training"):
        for module in (SRC / package).rglob("*.py"):
            for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
                names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                assert not {n.split(".")[0] for n in names} & banned, module


def test_architecture_md_holds_the_table():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert text == with_table(text), "run `make docs`"


if __name__ == "__main__":
    page = ROOT / "ARCHITECTURE.md"
    page.write_text(with_table(page.read_text(encoding="utf-8")), encoding="utf-8")
