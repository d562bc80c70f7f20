"""The look of another machine, patient and recording: grey images made unlike the simulator's, truth unmoved.

What varies is known to vary between real recordings (grey map, gain, shadow, speckle size, smoothing, sharpening,
compression, writing on the screen); by how much is drawn wider than any one of them does, so that only shape is
left to learn from (domain randomisation, Tobin et al. 2017).
"""

import math
from typing import Final

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from echovlm.training.recipe import Restyling
from echovlm.training.warp import polar

Images = Float[Tensor, "batch S S"]

_KNOTS: Final = 6  # of the random grey curve
_BLOCK: Final = 8  # JPEG's (ITU-T T.81)
_SHADE_CELLS: Final = (2, 3, 5)
_GRAIN_CELLS: Final = (16, 24, 40, 64)


def restyle(
    images: Images,
    sector: Bool[Tensor, "batch S S"],
    apex_xy: Float[Tensor, "batch 2"],
    config: Restyling,
    *,
    generator: np.random.Generator,
) -> Images:
    """Return grey images, 0 to 1, with another look.

    Args:
        images: Grey values, 0 to 1.
        sector: Where the beams reach; elsewhere only writing can be.
        apex_xy: Where each image's sector has its apex.
        config: How far to go.
        generator: Draws everything.
    """
    x = _bend_greys(_filter(images, config, generator), config, generator)
    x = _haze(x, config, generator)
    x = x * _shade(x, config, generator) * _shadows(x, apex_xy, config, generator)
    x = _add_grain(x, config, generator)
    x = _resolve(x, config, generator)
    x = _drop_blocks(x, config, generator) * sector
    x = _scribble(x, config, generator)
    return _compress(x.clamp(0, 1), config, generator).clamp(0, 1)


def _chosen(share: float, n: int, generator: np.random.Generator) -> Tensor:
    """Return which images a step applies to."""
    return torch.from_numpy(np.flatnonzero(generator.random(n) < share))


def _uniform(low: float, high: float, n: int, generator: np.random.Generator) -> Float[Tensor, "batch 1 1"]:
    return torch.from_numpy(generator.uniform(low, high, (n, 1, 1)).astype(np.float32))


def _field(n: int, cells: int, size: int, generator: np.random.Generator) -> Images:
    """Return smooth random fields, about standard normal."""
    coarse = torch.from_numpy(generator.standard_normal((n, 1, cells, cells), dtype=np.float32))
    return F.interpolate(coarse, size=(size, size), mode="bicubic", align_corners=True)[:, 0]


def _bend_greys(x: Images, config: Restyling, generator: np.random.Generator) -> Images:
    """Apply a random rising grey curve: gamma, gain, and a console's own bends."""
    n = len(x)
    gamma = np.exp(generator.uniform(-config.gamma_frac, config.gamma_frac, (n, 1)))
    level = np.linspace(0, 1, _KNOTS) ** gamma
    rise = np.diff(level, axis=1) * np.exp(generator.normal(0, config.curve_frac, (n, _KNOTS - 1)))
    curve = np.concatenate([np.zeros((n, 1)), np.cumsum(rise, 1)], 1)
    top = np.exp(generator.uniform(-config.gain_frac, 0.6 * config.gain_frac, (n, 1)))
    # Part of the machines show blood as black: what lies below a floor is cut.
    floor = generator.uniform(0, 0.4 * config.curve_frac, (n, 1)) * (generator.random((n, 1)) < 0.4)
    curve = (curve / curve[:, -1:] - floor) / (1 - floor) * top
    table = torch.from_numpy(curve.astype(np.float32))
    place = x.clamp(0, 1) * (_KNOTS - 1)
    low = place.floor().clamp(max=_KNOTS - 2)
    index = low.long().flatten(1)
    below, above = table.gather(1, index).view_as(x), table.gather(1, index + 1).view_as(x)
    return (below + (place - low) * (above - below)).clamp(min=0)


def _filter(x: Images, config: Restyling, generator: np.random.Generator) -> Images:
    """Mix some with themselves through a random filter: another texture on the same shapes (Xu et al. 2021)."""
    i = _chosen(2 * config.effect_share, len(x), generator)
    if not len(i):
        return x
    taps = int(generator.choice((3, 5, 7)))
    kernel = torch.from_numpy(generator.standard_normal((len(i), 1, taps, taps), dtype=np.float32))
    chosen = x[i]
    other = F.conv2d(chosen[None], kernel, padding=taps // 2, groups=len(i))[0]
    flat, plain = other - other.mean((1, 2), keepdim=True), chosen - chosen.mean((1, 2), keepdim=True)
    # Bright stays bright: blood is darker than tissue on every console.
    sign = (flat * plain).mean((1, 2), keepdim=True).sign()
    scale = plain.std((1, 2), keepdim=True) / flat.std((1, 2), keepdim=True).clamp(min=1e-4)
    other = (chosen.mean((1, 2), keepdim=True) + sign * scale * flat).clamp(0, 1)
    weight = _uniform(0, 1, len(i), generator)
    return x.index_copy(0, i, (1 - weight) * chosen + weight * other)


def _haze(x: Images, config: Restyling, generator: np.random.Generator) -> Images:
    """Add a faint other image (reverberation, side lobes) to some, and grey haze in clouds to others."""
    n, size = len(x), x.shape[-1]
    ghost = _chosen(config.effect_share, n, generator)
    other = torch.from_numpy(generator.permutation(n))
    weight = _uniform(0.05, 0.25, len(ghost), generator)
    x = x.index_copy(0, ghost, (1 - weight) * x[ghost] + weight * x[other[ghost]].flip(1))
    cloudy = _chosen(config.effect_share, n, generator)
    cloud = _field(len(cloudy), 4, size, generator).clamp(min=0) * _uniform(0.02, 0.2, len(cloudy), generator)
    # The probe's own haze: strongest at the top.
    top = torch.linspace(1, 0, size)[None, :, None] ** 4 * _uniform(0, 0.5, len(cloudy), generator)
    return x.index_add(0, cloudy, cloud + top)


def _shade(x: Images, config: Restyling, generator: np.random.Generator) -> Images:
    """Return a smooth random gain over each image, coarse or finer."""
    n, size = len(x), x.shape[-1]
    cells = int(generator.choice(_SHADE_CELLS))
    strength = _uniform(0, config.shade_frac, n, generator)
    return (_field(n, cells, size, generator) * strength).exp()


def _shadows(
    x: Images, apex_xy: Float[Tensor, "batch 2"], config: Restyling, generator: np.random.Generator
) -> Images:
    """Return a gain along the beams: ribs, lung and lost contact darken wedges from some depth on."""
    n, size = len(x), x.shape[-1]
    beam = polar(apex_xy, size)
    across = torch.from_numpy(generator.standard_normal((n, 1, 2, 12), dtype=np.float32))
    gain = F.grid_sample(across, beam, padding_mode="border", align_corners=True)[:, 0]
    db = gain * _uniform(0, 4 * config.shade_frac, n, generator)
    for _ in range(2):
        dark = (
            torch.from_numpy(generator.random((n, 1, 1)).astype(np.float32)) < config.effect_share
        ).float()
        centre, width = _uniform(-0.5, 0.5, n, generator), _uniform(0.03, 0.15, n, generator)
        start = _uniform(-1, 0.5, n, generator)
        wedge = torch.exp(-(((beam[..., 0] - centre) / width) ** 2))
        depth = torch.sigmoid((beam[..., 1] - start) * 12)
        db = db - dark * wedge * depth * _uniform(5, 30, n, generator)
    return 10 ** (db / 20)


def _add_grain(x: Images, config: Restyling, generator: np.random.Generator) -> Images:
    """Multiply by speckle of random size and add electronic noise."""
    n, size = len(x), x.shape[-1]
    rows, columns = (int(v) for v in generator.choice(_GRAIN_CELLS, 2))
    grain = torch.from_numpy(generator.standard_normal((n, 1, 2 * rows, 2 * columns), dtype=np.float32))
    speckle = F.interpolate(grain, size=(size, size), mode="bilinear", align_corners=True)[:, 0]
    noise = torch.from_numpy(generator.standard_normal(x.shape, dtype=np.float32))
    x = x * (1 + speckle * _uniform(0, config.grain_frac, n, generator)).clamp(min=0)
    return (x + noise * _uniform(0, 0.25 * config.grain_frac, n, generator).square()).clamp(min=0)


def _resolve(x: Images, config: Restyling, generator: np.random.Generator) -> Images:
    """Blur some along both axes, smooth some edge-preservingly, sharpen some, and coarsen some."""
    n, size = len(x), x.shape[-1]
    x = x.index_copy(0, (i := _chosen(config.effect_share, n, generator)), _median(x[i]))
    x = x.index_copy(0, (i := _chosen(0.5 * config.effect_share, n, generator)), _median(_median(x[i])))
    i = _chosen(1.5 * config.effect_share, n, generator)
    x = x.index_copy(0, i, _blur(x[i], generator.uniform(0.3, config.blur_px, (len(i), 2))))
    i = _chosen(config.effect_share, n, generator)
    soft = _blur(x[i], np.full((len(i), 2), 1.2))
    x = x.index_copy(0, i, (x[i] + _uniform(0.3, 2.0, len(i), generator) * (x[i] - soft)).clamp(0, 1))
    i = _chosen(config.effect_share, n, generator)
    coarse = F.interpolate(x[i, None], size=int(size * generator.uniform(0.35, 0.8)), mode="area")
    return x.index_copy(0, i, F.interpolate(coarse, size=(size, size), mode="bilinear")[:, 0])


def _median(x: Images) -> Images:
    """Return the median over 3x3 pixels: what edge-preserving speckle reduction leaves.

    By sorting rows and then merging (Smith 1996): ten times as fast as a general median.
    """
    size = x.shape[-1]
    framed = F.pad(x[:, None], (1, 1, 1, 1), mode="replicate")[:, 0]
    low, middle, high = _sort3(*(framed[:, :, at : at + size] for at in range(3)))

    def rows(values: Tensor) -> list[Tensor]:
        return [values[:, at : at + size] for at in range(3)]

    greatest_low = torch.maximum(torch.maximum(*rows(low)[:2]), rows(low)[2])
    least_high = torch.minimum(torch.minimum(*rows(high)[:2]), rows(high)[2])
    return _sort3(greatest_low, _sort3(*rows(middle))[1], least_high)[1]


def _sort3(a: Tensor, b: Tensor, c: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the least, the middle and the greatest of three, pixel by pixel."""
    a, b = torch.minimum(a, b), torch.maximum(a, b)
    b, c = torch.minimum(b, c), torch.maximum(b, c)
    return torch.minimum(a, b), torch.maximum(a, b), c


def _blur(x: Images, sigma_yx_px: Float[np.ndarray, "batch 2"]) -> Images:
    """Blur each image by its own Gaussian along each axis."""
    at = np.arange(-5, 6)
    taps = np.exp(-0.5 * (at / sigma_yx_px[..., None]) ** 2)
    kernel = torch.from_numpy((taps / taps.sum(-1, keepdims=True)).astype(np.float32))
    n = len(x)
    down = (
        F.conv2d(x[None], kernel[:, 0].view(n, 1, -1, 1), padding=(5, 0), groups=max(n, 1)) if n else x[None]
    )
    return F.conv2d(down, kernel[:, 1].view(n, 1, 1, -1), padding=(0, 5), groups=n)[0] if n else x


def _drop_blocks(x: Images, config: Restyling, generator: np.random.Generator) -> Images:
    """Hide a few rectangles of some images: no single place may decide."""
    x, size = x.clone(), x.shape[-1]
    for index in _chosen(config.effect_share, len(x), generator).tolist():
        for _ in range(int(generator.integers(1, 4))):
            height, width = (generator.uniform(0.08, 0.3, 2) * size).astype(int)
            top, left = generator.integers(0, size - height), generator.integers(0, size - width)
            x[index, top : top + height, left : left + width] *= float(generator.choice((0.0, 0.15, 0.4)))
    return x


def _scribble(x: Images, config: Restyling, generator: np.random.Generator) -> Images:
    """Draw what consoles draw: letters near the edges, an ECG trace below, the outline of a colour box."""
    x, size = x.clone(), x.shape[-1]
    for index in _chosen(config.effect_share, len(x), generator).tolist():
        grey = float(generator.uniform(0.4, 1.0))
        kind = int(generator.integers(3))
        if kind == 0:
            for _ in range(int(generator.integers(3, 25))):
                row, column = generator.integers(0, size - 6, 2)
                if min(row, column, size - row, size - column) < size // 5:
                    height, width = generator.integers(1, 6, 2)
                    x[index, row : row + height, column : column + width] = grey
        elif kind == 1:
            columns = np.arange(size)
            wave = np.abs(np.sin(columns * generator.uniform(0.03, 0.1))) ** 30 * generator.uniform(4, 14)
            rows = (size * generator.uniform(0.85, 0.97) - wave).astype(int).clip(0, size - 1)
            keep = generator.random(size) < generator.uniform(0.3, 1.0)
            x[index, rows[keep], columns[keep]] = grey
        else:
            (top, bottom), (left, right) = np.sort(generator.integers(2, size - 2, (2, 2)), 1)
            x[index, top:bottom, [left, right]] = grey
            x[index, [top, bottom], left:right] = grey
    return x


def _cosines() -> Float[Tensor, "8 8"]:
    k, at = np.mgrid[:_BLOCK, :_BLOCK]
    basis = np.cos((2 * at + 1) * k * math.pi / (2 * _BLOCK)) * math.sqrt(2 / _BLOCK)
    basis[0] /= math.sqrt(2)
    return torch.from_numpy(basis.astype(np.float32))


def _compress(x: Images, config: Restyling, generator: np.random.Generator) -> Images:
    """Quantise the cosine transform of 8x8 blocks, coarser at fine detail, as JPEG and video do."""
    i = _chosen(1.5 * config.effect_share, len(x), generator)
    if not len(i):
        return x
    size, basis = x.shape[-1], _cosines()
    short = -size % _BLOCK
    padded = F.pad(x[i, None], (0, short, 0, short), mode="replicate")[:, 0]
    n_blocks = (size + short) // _BLOCK
    blocks = padded.reshape(-1, n_blocks, _BLOCK, n_blocks, _BLOCK).transpose(2, 3)
    fine = torch.arange(_BLOCK)[:, None] + torch.arange(_BLOCK)[None]
    step = _uniform(0.01, 0.08, len(i), generator)[..., None, None] * (1 + fine / 3)
    coefficient = basis @ blocks @ basis.T
    coefficient = (coefficient / step).round() * step
    back = (basis.T @ coefficient @ basis).transpose(2, 3).flatten(1, 2).flatten(2, 3)
    return x.index_copy(0, i, back[:, :size, :size])
