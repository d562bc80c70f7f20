"""Recipes: every shipped one reads, and nothing unknown passes."""

from dataclasses import fields, is_dataclass, replace

import pytest

from echovlm.training import (
    DenseRecipe,
    FindingsRecipe,
    MeasurementsRecipe,
    PretrainRecipe,
    ReaderRecipe,
    RecipeError,
    ViewRecipe,
    parse_recipe,
    read_recipe,
    recipe_names,
)
from echovlm.training.recipe import TASKS


def n_leaves(kind):
    made = kind()
    return sum(
        n_leaves(type(getattr(made, f.name))) if is_dataclass(getattr(made, f.name)) else 1
        for f in fields(made)
    )


@pytest.mark.parametrize("kind", TASKS.values())
def test_a_recipe_stays_a_page(kind):
    """Fifty-seven choices: each of the objective's terms, of the machine and of the towers has one, and no second."""
    assert n_leaves(kind) <= 57


@pytest.mark.parametrize("name", recipe_names())
def test_every_shipped_recipe_reads_as_the_task_of_its_name(name):
    recipe = read_recipe(name)
    wanted = {
        "dense": DenseRecipe, "findings": FindingsRecipe, "reader": ReaderRecipe, "view": ViewRecipe,
        "measurements": MeasurementsRecipe,
    }.get(name.split("-")[0], PretrainRecipe)  # fmt: skip
    assert type(recipe) is wanted


@pytest.mark.parametrize("suffix", ["demo", "tiny"])
def test_recipes_that_are_run_together_fit_together(suffix):
    dual, ceiling = read_recipe(suffix), read_recipe(f"findings-{suffix}")
    assert dual.image == ceiling.image
    assert replace(dual.preprocessing) == ceiling.preprocessing


def test_the_embedded_model_is_the_default_recipe_on_every_patient():
    default = read_recipe("standard")
    assert read_recipe("embedded") == replace(default, sampling=replace(default.sampling, all_splits=True))


def test_plain_clip_differs_from_the_default_in_its_objective_alone_and_has_one_term():
    default, plain = read_recipe("standard"), read_recipe("clip")
    assert replace(plain, objective=default.objective) == default
    weights = {f.name for f in fields(plain.objective) if f.name.endswith("_weight")} - {"cross_view_weight"}
    assert {name for name in weights if getattr(plain.objective, name)} == {"clip_weight"}
    assert plain.objective.cross_view_weight == 1
    assert not plain.objective.shared_targets


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('task = "pretrain"\n[optimisation]\nlerning_rate = 1.0', "did you mean 'learning_rate'"),
        ('task = "pretrain"\n[optimization]\nsteps = 1', "did you mean 'optimisation'"),
        (
            'task = "pretrain"\n[optimisation]\nsteps = "ten"',
            "'optimisation.steps' 'ten'; it must be of type int",
        ),
        ('task = "pretrain"\n[optimisation]\nsteps = 1.5', "of type int"),
        ('task = "pretrain"\noptimisation = 3', r"it is a section: \[optimisation\]"),
        ('task = "pretrain"\n[optimisation]\nsteps = 0', "steps must be above 0; got 0"),
        ('task = "pretrain"\n[optimisation]\nbatch_size = 1', "at least 2"),
        ('task = "pretrain"\n[optimisation]\nwarmup_frac = 1.0', r"in \[0, 1\)"),
        ('task = "pretrain"\n[preprocessing]\nn_frames = 0', "n_frames must be at least 1"),
        ('task = "pretrain"\n[sampling]\nall_splits = true\n[validation]', "leave out one of them"),
        ('task = "predict"', "allowed: pretrain, segmentation"),
        ("[optimisation]\nsteps = 1", "has task None"),
        ("task = ", "no valid TOML"),
    ],
)
def test_what_a_recipe_cannot_say_is_refused_with_a_way_out(text, said):
    with pytest.raises(RecipeError, match=said) as caught:
        parse_recipe(text, source="mine.toml")
    assert "mine.toml" in str(caught.value)


def test_a_recipe_that_is_nowhere_is_answered_with_those_that_are():
    with pytest.raises(RecipeError, match="demo"):
        read_recipe("nowhere.toml")


def test_a_file_overrides_the_defaults_and_whole_numbers_pass_for_real_ones(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('task = "findings"\nfrom_checkpoint = true\n[optimisation]\nlearning_rate = 1\n')
    recipe = read_recipe(path)
    assert isinstance(recipe, FindingsRecipe)
    assert recipe.from_checkpoint
    assert recipe.optimisation.learning_rate == 1.0
    assert recipe.optimisation.steps == FindingsRecipe().optimisation.steps
