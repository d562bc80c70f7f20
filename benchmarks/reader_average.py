"""One reader from several that grew from the same weights: the mean of their weights.

    python -m benchmarks.reader_average reader.safetensors runs/one/reader.safetensors runs/other/reader.safetensors

Runs that start from one checkpoint end in one basin, and the mean of their weights reads other data than the
training's at least as well as the best of them, at the cost of one (Wortsman et al. 2022, "Model soups").
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from echovlm.models import LoadedModel, ReaderModel, load_reader, save_checkpoint


def average(readers: list[LoadedModel[ReaderModel]]) -> ReaderModel:
    """Return a reader with the mean of the weights, and of the shares in which views were drawn."""
    first = readers[0].model
    states = [reader.model.state_dict() for reader in readers]
    mean: dict[str, Tensor] = {
        name: torch.stack([state[name] for state in states]).mean(0) if value.is_floating_point() else value
        for name, value in states[0].items()
    }
    shares = np.mean([reader.model.config.drawn_shares for reader in readers], axis=0)
    model = ReaderModel(replace(first.config, drawn_shares=tuple(shares.tolist())))
    model.load_state_dict(mean)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("readers", type=Path, nargs="+")
    args = parser.parse_args()
    readers = [load_reader(path) for path in args.readers]
    made_of = [reader.metadata for reader in readers]
    model = average(readers)
    metadata = {"simulated": all(one.get("simulated", False) for one in made_of), "averaged": made_of}
    save_checkpoint(args.out, model, readers[0].preprocessing, metadata, half_precision=True)
    print(f"{args.out}: the mean of {len(readers)} readers")


if __name__ == "__main__":
    main()
