"""One process of a run that is compared with the same run in one process: ``torchrun`` starts several of these."""

import os
import sys
from pathlib import Path

import torch

from echovlm.training import parse_recipe
from echovlm.training.loop import Surroundings
from echovlm.training.pretrain import pretrain
from echovlm.training.world import joined_world


def main() -> None:
    dataset, out, recipe = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    torch.set_num_threads(1)
    with joined_world(os.environ, device="cpu") as world:
        pretrain(
            dataset, out, parse_recipe(recipe.read_text(), source="test"), around=Surroundings(world=world)
        )


if __name__ == "__main__":
    main()
