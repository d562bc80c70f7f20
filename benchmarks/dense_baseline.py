"""Our dense model against MONAI's U-Net on the same images: `python -m benchmarks.dense_baseline DATASET OUT`.

Both learn from the same training frames with the same loss, augmentation, batches and steps, and are scored by the
same tasks. Ours starts afresh, frozen from a pretrained tower, and thawed from it.
"""

import argparse
import hashlib
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from monai.networks.nets import UNet

from echovlm.dataset import EchoGround, Split
from echovlm.evaluation import Contender, Outlines, TestClip, evaluate
from echovlm.evaluation.contenders.regrid import mask_on_cine
from echovlm.models.dense import LANDMARK_NAMES, N_LABELS
from echovlm.objectives import segmentation_loss
from echovlm.training import read_recipe
from echovlm.training.augment import draw_motion, move_frames, roughen, vary_grey
from echovlm.training.dense_images import read_dense_images
from echovlm.training.draw import Stream, batch_indices, step_generator


class Baseline(Contender):
    """A U-Net with channels 16 to 128 and two residual units a level, masks only."""

    name = "MONAI U-Net"

    def __init__(self, dataset: Path, recipe_name: str, *, steps: int) -> None:
        recipe = read_recipe(recipe_name)
        self.preprocessing = recipe.preprocessing
        torch.manual_seed(0)
        self.network = UNet(
            spatial_dims=2, in_channels=1, out_channels=N_LABELS, channels=(16, 32, 64, 128), strides=(2, 2, 2),
            num_res_units=2,
        )  # fmt: skip
        data = EchoGround.open(dataset)
        images = read_dense_images(data, data.rows(Split.TRAIN), recipe.preprocessing, LANDMARK_NAMES)
        optimiser = torch.optim.AdamW(self.network.parameters(), lr=2e-3, weight_decay=0.05)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps)
        start = time.process_time()
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
        self.seconds = time.process_time() - start
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


def main() -> None:
    """Train the baseline and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--recipe", default="dense-demo")
    parser.add_argument("--steps", type=int, default=600)
    given = parser.parse_args()
    model = Baseline(given.dataset, given.recipe, steps=given.steps)
    results = evaluate(model, given.dataset, given.out, tasks="segmentation/*")
    print(f"{model.seconds:.0f} CPU seconds for {given.steps} steps")
    for result in results.results:
        if result.arm == "model" and not result.subgroup and result.metric in ("dice", "hausdorff-95"):
            print(
                f"{result.task:<32} {result.metric:<14} {result.value:.3f} ({result.low:.3f} to {result.high:.3f})"
            )


if __name__ == "__main__":
    main()
