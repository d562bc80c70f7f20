"""The pages under docs/guidelines are those that the rules render.

Run as a script, this file writes them; run as a test, it compares.
"""

import re
from pathlib import Path

import pytest

from echovlm.clinical.findings import Grade
from echovlm.clinical.guidelines import GUIDELINES
from echovlm.clinical.guidelines.page import render_index, render_page
from echovlm.clinical.patient import Sex

FOLDER = Path(__file__).parents[1] / "docs" / "guidelines"


def pages() -> dict[str, str]:
    return {"README.md": render_index(), **{f"{each.id}.md": render_page(each) for each in GUIDELINES}}


def test_every_rule_has_its_page_and_no_page_is_left_over():
    assert {path.name for path in FOLDER.iterdir()} == set(pages()), "run `make docs`"


@pytest.mark.parametrize("name", list(pages()))
def test_a_page_is_as_rendered(name):
    assert (FOLDER / name).read_text(encoding="utf-8") == pages()[name], "run `make docs`"


def test_the_example_rule_of_the_handbook_is_a_rule():
    text = (Path(__file__).parents[1] / "docs/knowledge.md").read_text(encoding="utf-8")
    names = {}
    exec(re.search(r"```python\n(.*?)```", text, re.DOTALL)[1], names)
    assert names["RV_WALL"].band(0.6, Sex.MALE).grade is Grade.ABNORMAL


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.md"):
        old.unlink()
    for page_name, text in pages().items():
        (FOLDER / page_name).write_text(text, encoding="utf-8")
