"""The learning rate over a run."""

import math


def rate_factor(step: int, *, steps: int, warmup_frac: float) -> float:
    """Return the part of the peak rate at one step: a linear climb, then half a cosine that ends near zero.

    Args:
        step: Step, from 0.
        steps: Steps of the run.
        warmup_frac: Part of the run that climbs, in [0, 1).
    """
    climb = warmup_frac * steps
    if step < climb:
        return (step + 1) / (climb + 1)
    done = (step - climb) / max(steps - climb, 1)
    return 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))
