"""Our dense model against MONAI's U-Net on the same images: `python -m benchmarks.dense_baseline DATASET OUT`.

Both learn for equally many steps from the same training frames in the same order, with the same loss of masks, batches
and augmentation, each at its own rate; ours learns landmarks beside. Both are scored by the same tasks on the test
split. CPU seconds of reading and training are counted apart. The figures are in OUT/dense-baseline.json; with the file
in docs/results, `make docs` writes them into docs/benchmark.md.
"""

import argparse
import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from monai.networks.nets import UNet

from echovlm.dataset import EchoGround, Split
from echovlm.evaluation import Contender, Outlines, ResultsFile, TestClip, evaluate
from echovlm.evaluation.contenders import OutlineModel
from echovlm.evaluation.contenders.regrid import mask_on_cine
from echovlm.evaluation.results import Arm, Result
from echovlm.files import write_whole
from echovlm.models.dense import LANDMARK_NAMES, N_LABELS
from echovlm.objectives import segmentation_loss
from echovlm.training import DenseRecipe, finetune, read_recipe
from echovlm.training.augment import draw_motion, move_frames, roughen, vary_grey
from echovlm.training.dense_images import read_dense_images
from echovlm.training.draw import Stream, batch_indices, step_generator

RESULT_NAME: Final = "dense-baseline.json"
_UNET_RATE: Final = 2e-3


class Baseline(Contender):
    """A U-Net with channels 16 to 128 and two residual units a level, masks only."""

    name = "MONAI U-Net"

    def __init__(self, dataset: Path, recipe: DenseRecipe) -> None:
        steps, rate = recipe.optimisation.steps, _UNET_RATE
        self.preprocessing = recipe.preprocessing
        torch.manual_seed(recipe.optimisation.seed)
        self.network = UNet(
            spatial_dims=2, in_channels=1, out_channels=N_LABELS, channels=(16, 32, 64, 128), strides=(2, 2, 2),
            num_res_units=2,
        )  # fmt: skip
        data = EchoGround.open(dataset)
        images = read_dense_images(data, data.rows(Split.TRAIN), recipe.preprocessing, LANDMARK_NAMES)
        optimiser = torch.optim.AdamW(self.network.parameters(), lr=rate, weight_decay=0.05)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps)
        for step in range(steps):
            config = recipe.optimisation
            chosen = batch_indices(
                len(images.images), batch_size=config.batch_size, step=step, seed=config.seed
            )
            generator = step_generator(config.seed, Stream.AUGMENTATION, step)
            grey = vary_grey(images.images[chosen, None], recipe.augmentation, generator=generator)
            motion = draw_motion(len(chosen), recipe.augmentation, generator=generator)
            image = roughen(move_frames(grey, motion), recipe.augmentation, generator=generator)
            label = move_frames(torch.from_numpy(images.masks[chosen, None]).float(), motion, nearest=True)
            loss = segmentation_loss(self.network(recipe.preprocessing.normalise(image)), label[:, 0].long())
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            if step % 20 == 0:
                print(f"{self.name}: step {step} of {steps}, loss {loss.item():.3f}", flush=True)
        self.network.eval()

    def fingerprint(self) -> str:
        """Return a hash of the weights."""
        digest = hashlib.sha256()
        for tensor in self.network.state_dict().values():
            digest.update(tensor.numpy().tobytes())
        return digest.hexdigest()

    @torch.inference_mode()
    def outline(self, clip: TestClip, frame_indices: Sequence[int]) -> Outlines:
        """Return masks; this network places no points."""
        height, width = clip.row.height_px, clip.row.width_px
        logit = self.network(self.preprocessing(clip.read(frame_indices), clip.spacing_mm))
        grid = self.preprocessing.grid(height, width, clip.spacing_mm)
        return Outlines(np.stack([mask_on_cine(one, grid, height, width) for one in logit]), {}, {})


def train_ours(dataset: Path, out: Path, recipe: DenseRecipe) -> OutlineModel:
    """Train our dense model afresh."""

    def tell(done: int, of: int) -> None:
        if done % 20 == 0:
            print(f"ours: step {done} of {of}", flush=True)

    return OutlineModel(finetune(dataset, out / "ours", recipe, checkpoint=None, on_step=tell))


def measure(model: Contender, network: torch.nn.Module, dataset: Path, out: Path) -> dict[str, Any]:
    """Score a model on the test split, and return its figures."""
    results = evaluate(model, dataset, out, tasks="segmentation/*", cache=out / "answers")
    return {
        "parameters": sum(weight.numel() for weight in network.parameters()),
        "run": {
            name: results.run[name] for name in ("manifest_sha256", "patients", "clips", "split", "versions")
        },
        "figures": [
            {"task": r.task, "metric": r.metric, "value": r.value, "low": r.low, "high": r.high, "n": r.n}
            for r in _headlines(results)
        ],
    }


def _headlines(results: ResultsFile) -> list[Result]:
    return [
        r
        for r in results.results
        if r.arm is Arm.MODEL and not r.subgroup and r.metric in ("dice", "hausdorff-95")
    ]


def compare(dataset: Path, out: Path, recipe: DenseRecipe) -> dict[str, Any]:
    """Train and score both models."""
    out.mkdir(parents=True, exist_ok=True)
    start = time.process_time()
    unet = Baseline(dataset, recipe)
    between = time.process_time()
    ours = train_ours(dataset, out, recipe)
    end = time.process_time()
    return {
        "steps": recipe.optimisation.steps,
        "batch_size": recipe.optimisation.batch_size,
        "image_size_px": recipe.preprocessing.image_size_px,
        "seed": recipe.optimisation.seed,
        "monai": version("monai"),
        "models": {
            "MONAI U-Net": {"training_cpu_s": round(between - start)}
            | measure(unet, unet.network, dataset, out / "unet-results"),
            "ours": {"training_cpu_s": round(end - between)}
            | measure(ours, ours.loaded.model, dataset, out / "ours-results"),
        },
    }


def main() -> None:
    """Train both, print their figures and keep them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("dataset", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--recipe", default="dense-demo")
    parser.add_argument("--steps", type=int, default=300, help="of each model")
    given = parser.parse_args()
    recipe = read_recipe(given.recipe)
    if not isinstance(recipe, DenseRecipe):
        parser.error(f"the recipe {given.recipe} trains no masks; dense-demo and dense-embedded do")
    recipe = replace(recipe, optimisation=replace(recipe.optimisation, steps=given.steps))
    result = compare(given.dataset, given.out, recipe)
    write_whole(given.out / RESULT_NAME, f"{json.dumps(result, indent=1)}\n".encode())
    for name, one in result["models"].items():
        print(
            f"{name}: {one['parameters']} parameters, {one['training_cpu_s']} CPU seconds, {given.steps} steps"
        )
        for each in one["figures"]:
            print(
                f"{each['task']:<32} {each['metric']:<14} {each['value']:.3f} ({each['low']:.3f} to {each['high']:.3f})"
            )


if __name__ == "__main__":
    main()
