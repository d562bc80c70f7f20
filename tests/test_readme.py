"""README's results are those of the committed result file, and its promises are commands that exist.

Run as a script, this file writes the table into README.md; run as a test, it compares.
"""

import re
from pathlib import Path

from echovlm.cli import app
from echovlm.evaluation import ResultsFile, render_markdown

ROOT = Path(__file__).parents[1]
PAGE, RESULTS = ROOT / "README.md", ROOT / "docs" / "results" / "echobench.json"
START = "<!-- results: rendered by `make docs` from docs/results/echobench.json -->"
END = "<!-- end of results -->"


def with_results(text: str) -> str:
    before, rest = text.split(START)
    after = rest.split(END)[1]
    table = render_markdown(ResultsFile.read(RESULTS), details=False).rstrip("\n")
    return f"{before}{START}\n\n{table}\n\n{END}{after}"


def test_readme_shows_the_committed_results():
    text = PAGE.read_text(encoding="utf-8")
    assert text == with_results(text), "run `make docs`"


def test_readme_names_only_commands_that_exist():
    commands = {command.name or command.callback.__name__ for command in app.registered_commands}
    commands |= {group.name for group in app.registered_groups}
    named = set(re.findall(r"^echovlm (\w+)", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert named
    assert named <= commands


def test_readme_links_and_pictures_are_there():
    for target in re.findall(r"\]\(([^)#:]+)\)", PAGE.read_text(encoding="utf-8")):
        assert (ROOT / target).exists(), target


if __name__ == "__main__":
    PAGE.write_text(with_results(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
