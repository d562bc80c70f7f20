"""The page of the ablation is that of the committed result file.

Run as a script, this file writes page and figure; run as a test, it compares the page.
"""

from pathlib import Path

from echovlm.evaluation.ablation import AblationResult, draw_figure, read_study, render_page

ROOT = Path(__file__).parents[1]
PAGE, RESULT = ROOT / "docs" / "ablation.md", ROOT / "docs" / "results" / "ablation.json"
START = "<!-- ablation: rendered by `make docs` from docs/results/ablation.json -->"
END = "<!-- end of ablation -->"


def with_result(text: str) -> str:
    before, rest = text.split(START)
    after = rest.split(END)[1]
    return f"{before}{START}\n\n{render_page(AblationResult.read(RESULT)).rstrip()}\n\n{END}{after}"


def test_the_page_shows_the_committed_result():
    text = PAGE.read_text(encoding="utf-8")
    assert text == with_result(text), "run `make docs`"


def test_the_committed_result_is_of_arms_that_the_study_has_with_three_seeds_or_more():
    result, study = AblationResult.read(RESULT), read_study("objectives")
    for arm in result.tested[0].arms:
        known = study.arm(arm.name)
        assert (arm.says, arm.against, arm.steps) == (
            known.says,
            known.against,
            known.recipe.optimisation.steps,
        )
        assert len(arm.seeds) >= 3, f"{arm.name} was left out of the page until it has three seeds"


def test_the_page_names_every_arm_of_the_study_that_was_not_run():
    ran = {arm.name for arm in AblationResult.read(RESULT).tested[0].arms}
    text = PAGE.read_text(encoding="utf-8").split(START)[0]
    for arm in read_study("objectives").arms:
        assert arm.name in ran or f"`{arm.name}`" in text, arm.name


def test_the_figure_is_there():
    assert (ROOT / "docs" / "ablation.png").read_bytes().startswith(b"\x89PNG")


if __name__ == "__main__":
    PAGE.write_text(with_result(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    draw_figure(AblationResult.read(RESULT), ROOT / "docs")
