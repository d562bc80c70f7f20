"""Fine-tuning: which head a recipe trains, and where it starts."""

from collections.abc import Callable, Sequence
from pathlib import Path

from echovlm.training.clip_head import finetune_clip_head
from echovlm.training.dense import finetune_dense
from echovlm.training.errors import TrainingError
from echovlm.training.loop import Surroundings
from echovlm.training.reader import finetune_reader
from echovlm.training.recipe import TASKS, DenseRecipe, PretrainRecipe, ReaderRecipe, Recipe
from echovlm.training.tracking import Tracker
from echovlm.training.world import World


def finetune(
    dataset: Path,
    out: Path,
    recipe: Recipe,
    *,
    checkpoint: Path | None,
    on_step: Callable[[int, int], None] = lambda _done, _all: None,
    trackers: Sequence[Tracker] = (),
    world: World | None = None,
) -> Path:
    """Train a reader or a head; a killed run continues to the same loss curve.

    Args:
        dataset: An EchoGround dataset.
        out: Folder of the checkpoint, of ``loss.csv`` and of the resumable state.
        recipe: Its task says which head.
        checkpoint: A pretrained dual encoder, or for a reader an earlier reader; used only when the recipe
            says ``from_checkpoint``.
        on_step: Told the steps done and the steps in all.
        trackers: Who is told the numbers.
        world: Where the model runs, one process; the CPU by default.

    Returns:
        The checkpoint.

    Raises:
        TrainingError: If the recipe is of another task or lacks its checkpoint, or the run cannot go on.
    """
    if isinstance(recipe, PretrainRecipe):
        raise TrainingError(
            'this recipe says task = "pretrain", which `echovlm pretrain` runs; fine-tuning needs '
            "one of another task: " + ", ".join(task for task in TASKS if task != "pretrain")
        )
    if recipe.from_checkpoint and checkpoint is None:
        raise TrainingError(
            "this recipe starts from a pretrained checkpoint and none was given; "
            "pass one, or set from_checkpoint = false"
        )
    if checkpoint is not None and not recipe.from_checkpoint:
        raise TrainingError(
            f"this recipe starts anew and would ignore {checkpoint}; "
            "set from_checkpoint = true in it, or pass no checkpoint"
        )
    start = checkpoint if recipe.from_checkpoint else None
    around = Surroundings(world or World(), trackers, on_step)
    if isinstance(recipe, ReaderRecipe):
        return finetune_reader(dataset, out, recipe, checkpoint=start, around=around)
    if isinstance(recipe, DenseRecipe):
        return finetune_dense(dataset, out, recipe, checkpoint=start, around=around)
    return finetune_clip_head(dataset, out, recipe, checkpoint=start, around=around)
