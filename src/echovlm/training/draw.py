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


def step_generator(seed: int, stream: Stream, step: int) -> np.random.Generator:
    """Return the generator of one stream in one step, whatever ran before."""
    return np.random.default_rng((seed, int(stream), step))


def batch_indices(n_samples: int, *, batch_size: int, step: int, seed: int) -> Int[np.ndarray, "batch"]:
    """Return the samples of one step: each epoch orders all anew; a batch may reach into the next.

    Args:
        n_samples: Samples of the dataset, >= 1.
        batch_size: Samples per step.
        step: Step, from 0.
        seed: Same seed, same batches.
    """
    position = np.arange(step * batch_size, (step + 1) * batch_size)
    epoch, place = np.divmod(position, n_samples)
    chosen = np.empty(batch_size, dtype=np.int64)
    for one in np.unique(epoch):
        order = step_generator(seed, Stream.ORDER, int(one)).permutation(n_samples)
        chosen[epoch == one] = order[place[epoch == one]]
    return chosen
