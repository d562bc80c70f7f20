"""Recipes, pretraining and fine-tuning."""

from echovlm.training.errors import RecipeError, TrainingError
from echovlm.training.finetune import finetune
from echovlm.training.pretrain import pretrain
from echovlm.training.recipe import (
    Augmentation,
    DenseRecipe,
    FindingsRecipe,
    Objective,
    Optimisation,
    PretrainRecipe,
    ReaderRecipe,
    Recipe,
    Restyling,
)
from echovlm.training.recipe_file import parse_recipe, read_recipe, recipe_names

__all__ = [
    "Augmentation",
    "DenseRecipe",
    "FindingsRecipe",
    "Objective",
    "Optimisation",
    "PretrainRecipe",
    "ReaderRecipe",
    "Recipe",
    "RecipeError",
    "Restyling",
    "TrainingError",
    "finetune",
    "parse_recipe",
    "pretrain",
    "read_recipe",
    "recipe_names",
]
