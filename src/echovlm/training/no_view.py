"""Images that are no cardiac view: what a reader must answer with "unknown"."""

from typing import Final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

_PIECES: Final = 4


def draw_no_views(
    frames: Float[Tensor, "batch S S"], *, generator: np.random.Generator
) -> Float[Tensor, "batch S S"]:
    """Return one image without anatomy for each frame, 0 to 1, with the greys of the frames.

    Pieces of a heart in disorder, its textures without its shapes, tissue in layers with cysts, bare noise, a probe
    without contact: equally often.
    """
    makers = (_disordered, _phaseless, _layered, _noise, _no_contact)
    kinds = generator.integers(0, len(makers), len(frames))
    made = [makers[kind](frame, generator) for kind, frame in zip(kinds.tolist(), frames, strict=True)]
    return torch.stack(made) if made else frames


def _disordered(frame: Float[Tensor, "S S"], generator: np.random.Generator) -> Float[Tensor, "S S"]:
    side = frame.shape[-1] // _PIECES
    size = side * _PIECES
    pieces = frame[:size, :size].reshape(_PIECES, side, _PIECES, side).transpose(1, 2).flatten(0, 1)
    order = torch.from_numpy(generator.permutation(_PIECES * _PIECES))
    mixed = pieces[order].reshape(_PIECES, _PIECES, side, side).transpose(1, 2)
    whole = frame.clone()
    whole[:size, :size] = mixed.reshape(size, size)
    return whole


def _phaseless(frame: Float[Tensor, "S S"], generator: np.random.Generator) -> Float[Tensor, "S S"]:
    spectrum = torch.fft.rfft2(frame)
    turn = torch.from_numpy(generator.uniform(-np.pi, np.pi, tuple(spectrum.shape)).astype(np.float32))
    turn[0, 0] = 0  # the mean stays
    texture: Tensor = torch.fft.irfft2(torch.polar(spectrum.abs(), turn), s=frame.shape)
    return texture.clamp(0, 1) * (frame > 0)


def _layered(frame: Float[Tensor, "S S"], generator: np.random.Generator) -> Float[Tensor, "S S"]:
    size = frame.shape[-1]
    layers = generator.standard_normal((1, 1, int(generator.integers(6, 30)), int(generator.integers(2, 5))))
    grey = F.interpolate(torch.from_numpy(layers.astype(np.float32)), (size, size), mode="bicubic")[0, 0]
    grey = (0.35 + 0.25 * grey).clamp(0, 1)
    y, x = torch.meshgrid(torch.linspace(0, 1, size), torch.linspace(0, 1, size), indexing="ij")
    for _ in range(int(generator.integers(0, 4))):
        cx, cy, wide, high = generator.uniform((0.1, 0.1, 0.03, 0.03), (0.9, 0.9, 0.25, 0.2))
        grey = torch.where(((x - cx) / wide) ** 2 + ((y - cy) / high) ** 2 < 1, grey * 0.1, grey)
    return grey * (frame > 0) if generator.random() < 0.5 else grey


def _noise(frame: Float[Tensor, "S S"], generator: np.random.Generator) -> Float[Tensor, "S S"]:
    size, cells = frame.shape[-1], int(generator.choice((6, 20, 60, 128)))
    grain = torch.from_numpy(generator.standard_normal((1, 1, cells, cells), dtype=np.float32))
    grey = F.interpolate(grain, (size, size), mode="bilinear")[0, 0]
    return (generator.uniform(0.05, 0.4) + 0.2 * grey).clamp(0, 1) * (frame > 0)


def _no_contact(frame: Float[Tensor, "S S"], generator: np.random.Generator) -> Float[Tensor, "S S"]:
    size = frame.shape[-1]
    depth = torch.linspace(0, 1, size)[:, None] / generator.uniform(0.05, 0.25)
    rings = 0.6 + 0.4 * torch.cos(depth * generator.uniform(3, 12))
    noise = torch.from_numpy(generator.random((size, size), dtype=np.float32)) * generator.uniform(0, 0.2)
    return ((torch.exp(-depth) * rings + noise) * (frame > 0)).clamp(0, 1)
