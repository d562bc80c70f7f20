"""From a step's clips and texts to embeddings, in one go or a chunk at a time with gradients cached."""

import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from echovlm.models import Clips, EchoVLM
from echovlm.training.terms import Embeddings
from echovlm.training.world import World

_TEXTS_PER_CLIP: Final = 8  # texts are so much shorter than clips that a chunk may hold more of them


@dataclass(frozen=True, slots=True, eq=False)
class StepInput:
    """What this process encodes of one step.

    Attributes:
        clips: Returns some of its clips, by their places in the global batch, ready for the model.
        n_clips: Clips of all processes.
        texts: The distinct texts of all processes.
        reading_seed: How coarsely the texts are read; ``None`` reads all of them.
    """

    clips: Callable[[Int[np.ndarray, "clip"]], Clips]
    n_clips: int
    texts: Sequence[str]
    reading_seed: int | None


@dataclass(frozen=True, slots=True)
class Precision:
    """In what numbers the towers compute; losses always take 32 bits.

    Attributes:
        bfloat16: Whether matrix products run in bfloat16.
        device_type: Where.
    """

    bfloat16: bool
    device_type: str

    def context(self) -> AbstractContextManager[object]:
        """Return the context in which towers run."""
        if not self.bfloat16:
            return nullcontext()
        return torch.autocast(self.device_type, dtype=torch.bfloat16)


@dataclass(frozen=True, slots=True, eq=False)
class Encoder:
    """Encodes the parts of a step that are this process's, and gathers those of the others.

    Attributes:
        model: The dual encoder.
        world: The processes.
        precision: Of the towers.
        chunk_size: Clips that pass the towers at once; a larger part is encoded in chunks, twice.
    """

    model: EchoVLM
    world: World
    precision: Precision
    chunk_size: int

    def needs_cache(self, step: StepInput) -> bool:
        """Return whether this process's clips are too many for one pass. All processes answer alike."""
        return math.ceil(step.n_clips / self.world.size) > self.chunk_size

    def encode(self, step: StepInput) -> Embeddings:
        """Return the embeddings of a step whose gradients reach the towers."""
        own_clips, own_texts = self._shares(step)
        return self._gathered(self._clips(step, own_clips), self._texts(step, own_texts), step)

    def encode_alone(self, step: StepInput) -> Embeddings:
        """Return the embeddings of a whole step by this process alone."""
        return Embeddings(
            self._clips(step, np.arange(step.n_clips)), self._texts(step, np.arange(len(step.texts)))
        )

    def encode_clips(self, clips: Clips) -> Float[Tensor, "clip dim"]:
        """Return the embeddings of clips."""
        with self.precision.context():
            unit = self.model.encode_clip(clips.to(self.world.device))
        return unit.float()

    def encode_cached(self, step: StepInput) -> tuple[Embeddings, Callable[[], None]]:
        """Return embeddings whose gradients stop at them, and a function that carries those on into the towers.

        This is GradCache (Gao et al. 2021): every chunk is encoded without a graph; the loss leaves a gradient at each
        embedding; each chunk is encoded again and takes its own. Memory is that of one chunk. Random numbers of both
        passes agree, so that dropout does; batch normalisation knows only the statistics of a chunk.
        """
        own_clips, own_texts = self._shares(step)
        jobs = self._chunks(step, own_clips, own_texts)
        states, units = [], []
        with torch.no_grad(), _silent_statistics(self.model):
            for job, _ in jobs:
                states.append(_random_state(self.world.device))
                units.append(job())
        n_clip_jobs = sum(1 for _, is_clip in jobs if is_clip)
        leaf_clip, leaf_text = (
            _joined(part, self.model.config.embedding_dim, self.world.device).requires_grad_(True)
            for part in (units[:n_clip_jobs], units[n_clip_jobs:])
        )
        lengths = [len(unit) for unit in units]

        def carry_on() -> None:
            gradients = torch.split(torch.cat([_gradient_of(leaf_clip), _gradient_of(leaf_text)]), lengths)
            for (job, _), state, gradient in zip(jobs, states, gradients, strict=True):
                with _from_state(state, self.world.device):
                    unit = job()
                torch.autograd.backward(unit, gradient)

        return self._gathered(leaf_clip, leaf_text, step), carry_on

    def _shares(self, step: StepInput) -> tuple[Int[np.ndarray, "own"], Int[np.ndarray, "own_text"]]:
        return self.world.share(step.n_clips), self.world.share(len(step.texts))

    def _gathered(self, clip_unit: Tensor, text_unit: Tensor, step: StepInput) -> Embeddings:
        return Embeddings(
            self.world.gather(clip_unit, step.n_clips), self.world.gather(text_unit, len(step.texts))
        )

    def _chunks(
        self, step: StepInput, own_clips: Int[np.ndarray, "own"], own_texts: Int[np.ndarray, "own_text"]
    ) -> list[tuple[Callable[[], Tensor], bool]]:
        """Return the encoding of each chunk, clips first, and whether it is one of clips."""
        clip_parts = _parts(own_clips, self.chunk_size)
        text_parts = _parts(own_texts, self.chunk_size * _TEXTS_PER_CLIP)
        return [
            *((lambda part=part: self._clips(step, part), True) for part in clip_parts),
            *((lambda part=part: self._texts(step, part), False) for part in text_parts),
        ]

    def _clips(self, step: StepInput, places: Int[np.ndarray, "part"]) -> Float[Tensor, "part dim"]:
        return self.encode_clips(step.clips(places))

    def _texts(self, step: StepInput, places: Int[np.ndarray, "part"]) -> Float[Tensor, "part dim"]:
        texts = [step.texts[place] for place in places.tolist()]
        with self.precision.context():
            unit = self.model.encode_text(texts, reading_seed=step.reading_seed)
        return unit.float()


def _parts(places: Int[np.ndarray, "own"], size: int) -> list[Int[np.ndarray, "part"]]:
    """Return nearly equal parts of at most ``size``: a last part of one clip would have no batch statistics."""
    return list(np.array_split(places, math.ceil(len(places) / size))) if len(places) else []


def _joined(units: Sequence[Tensor], dim: int, device: torch.device) -> Float[Tensor, "own dim"]:
    return torch.cat(list(units)) if units else torch.zeros(0, dim, device=device)


def _gradient_of(leaf: Tensor) -> Tensor:
    return torch.zeros_like(leaf) if leaf.grad is None else leaf.grad


@contextmanager
def _silent_statistics(model: nn.Module):  # type: ignore[no-untyped-def]  # noqa: ANN202
    """Keep running statistics still while a pass is run whose like follows."""
    norms = [m for m in model.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    tracked = [None if n.num_batches_tracked is None else n.num_batches_tracked.clone() for n in norms]
    for norm in norms:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, momentum, count in zip(norms, momenta, tracked, strict=True):
            norm.momentum = momentum
            if count is not None and norm.num_batches_tracked is not None:
                norm.num_batches_tracked.copy_(count)


def _random_state(device: torch.device) -> tuple[Tensor, Tensor | None]:
    return torch.get_rng_state(), torch.cuda.get_rng_state(device) if device.type == "cuda" else None


@contextmanager
def _from_state(state: tuple[Tensor, Tensor | None], device: torch.device):  # type: ignore[no-untyped-def]  # noqa: ANN202
    """Run with an earlier state of the random numbers, and leave the present one as it was."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else ()):
        torch.set_rng_state(state[0])
        if state[1] is not None:
            torch.cuda.set_rng_state(state[1], device)
        yield
