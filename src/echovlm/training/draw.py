"""What a step draws: its batch and its random numbers, from seed and step alone."""

from enum import IntEnum

import numpy as np
from jaxtyping import Int


class Stream(IntEnum):
    """Independent streams of random numbers; a new one must not shift the others."""

    ORDER = 1
    WORDING = 2
    AUGMENTATION = 3
    NGRAMS = 4
    LADDER = 5
    VALIDATION = 6
    STYLE = 7


def step_generator(seed: int, stream: Stream, step: int) -> np.random.Generator:
    """Return the generator of one stream in one step, whatever ran before."""
    return np.random.default_rng((seed, int(stream), step))


def batch_indices(
    n_samples: int,
    *,
    batch_size: int,
    step: int,
    seed: int,
    stratum: Int[np.ndarray, "sample"] | None = None,
    run_length: int = 1,
) -> Int[np.ndarray, "batch"]:
    """Return the samples of one step: each epoch orders all anew; a batch may reach into the next.

    Args:
        n_samples: Samples of the dataset, >= 1.
        batch_size: Samples per step.
        step: Step, from 0.
        seed: Same seed, same batches.
        stratum: Samples of one stratum, such as a view, come in runs; ``None`` mixes all.
        run_length: Samples of a run.
    """
    position = np.arange(step * batch_size, (step + 1) * batch_size)
    epoch, place = np.divmod(position, n_samples)
    chosen = np.empty(batch_size, dtype=np.int64)
    for one in np.unique(epoch):
        generator = step_generator(seed, Stream.ORDER, int(one))
        order = generator.permutation(n_samples)
        if stratum is not None:
            order = _in_runs(order, stratum, run_length, generator)
        chosen[epoch == one] = order[place[epoch == one]]
    return chosen


def _in_runs(
    order: Int[np.ndarray, "sample"],
    stratum: Int[np.ndarray, "sample"],
    run_length: int,
    generator: np.random.Generator,
) -> Int[np.ndarray, "sample"]:
    """Return the samples in runs of one stratum each, the runs in random order."""
    by_stratum = order[np.argsort(stratum[order], kind="stable")]
    edges = np.flatnonzero(np.diff(stratum[by_stratum])) + 1
    runs = [
        part[start : start + run_length]
        for part in np.split(by_stratum, edges)
        for start in range(0, len(part), run_length)
    ]
    return np.concatenate([runs[index] for index in generator.permutation(len(runs))])
