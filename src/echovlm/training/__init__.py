"""Recipes, pretraining and fine-tuning."""

from echovlm.training.errors import RecipeError, TrainingError
from echovlm.training.finetune import finetune
from echovlm.training.loop import Surroundings
from echovlm.training.pretrain import pretrain
from echovlm.training.recipe import (
    Augmentation,
    DenseRecipe,
    FewShot,
    FindingsRecipe,
    MeasurementsRecipe,
    Objective,
    Optimisation,
    PretrainRecipe,
    ReaderRecipe,
    Recipe,
    Restyling,
    Sampling,
    Tuning,
    Validation,
    ViewRecipe,
)
from echovlm.training.recipe_file import build_recipe, parse_recipe, read_recipe, recipe_names
from echovlm.training.tracking import Tracker, installed_trackers
from echovlm.training.world import World, joined_world, lone_world

__all__ = [
    "Augmentation",
    "DenseRecipe",
    "FewShot",
    "FindingsRecipe",
    "MeasurementsRecipe",
    "Objective",
    "Optimisation",
    "PretrainRecipe",
    "ReaderRecipe",
    "Recipe",
    "RecipeError",
    "Restyling",
    "Sampling",
    "Surroundings",
    "Tracker",
    "TrainingError",
    "Tuning",
    "Validation",
    "ViewRecipe",
    "World",
    "build_recipe",
    "finetune",
    "installed_trackers",
    "joined_world",
    "lone_world",
    "parse_recipe",
    "pretrain",
    "read_recipe",
    "recipe_names",
]
