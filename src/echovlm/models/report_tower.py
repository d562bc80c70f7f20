"""The report tower: a transformer over the phrases, numbers and units of a whole report."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from echovlm.models.report_tokens import NUMBER, ReportTokenizer, Token

_NUMBER_ROW: Final = 0
_N_OCTAVES: Final = 8
_FIRST_DEVIATION: Final = 0.02


@dataclass(frozen=True, slots=True)
class ReportTowerConfig:
    """The size of the tower, and its vocabulary.

    Attributes:
        tower: ``report``.
        width: Width of the transformer.
        layers: Its layers.
        heads: Heads of each layer; they divide the width.
        n_phrases: Phrases that are learnt from the training captions.
        phrases: The learnt phrases; training fills them in, and the checkpoint keeps them.
    """

    tower: Literal["report"] = "report"
    width: int = 128
    layers: int = 2
    heads: int = 4
    n_phrases: int = 2048
    phrases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.heads < 1 or self.width < 1 or self.width % self.heads:
            raise ValueError(
                f"text.width must be a multiple of text.heads; got {self.width} and {self.heads}. Use 4 heads of 32"
            )


class ReportTower(nn.Module):
    """Texts to vectors, not yet on the unit sphere; no text is too long."""

    def __init__(self, config: ReportTowerConfig, *, embedding_dim: int) -> None:
        super().__init__()
        self.config = config
        self.tokenizer = ReportTokenizer(config.phrases)
        assert self.tokenizer.tokens("1")[0].row == _NUMBER_ROW, f"{NUMBER} is the first row"
        self.rows = nn.Embedding(self.tokenizer.n_rows, config.width)
        nn.init.normal_(self.rows.weight, std=_FIRST_DEVIATION)
        self.number = nn.Linear(2 * _N_OCTAVES + 2, config.width)
        layer = nn.TransformerEncoderLayer(
            config.width,
            config.heads,
            2 * config.width,
            dropout=0.0,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.layers = nn.TransformerEncoder(layer, config.layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(config.width)
        self.project = nn.Linear(config.width, embedding_dim)

    def forward(self, texts: Sequence[str], *, reading_seed: int | None = None) -> Float[Tensor, "text dim"]:
        """Return the vector of each text; of an empty one, zeros.

        Args:
            texts: Any texts.
            reading_seed: In training, decides how long the phrases are that are read as one.
        """
        read = [self.tokenizer.tokens(text, reading_seed=reading_seed) for text in texts]
        device = self.project.weight.device
        if not any(read):
            return torch.zeros(len(texts), self.project.out_features, device=device)
        return self.embed(*(part.to(device) for part in _padded(read)))

    def embed(
        self,
        row: Int[Tensor, "text token"],
        value: Float[Tensor, "text token"],
        said: Bool[Tensor, "text token"],
    ) -> Float[Tensor, "text dim"]:
        """Return the vector of each text from its tokens.

        Args:
            row: Row of each token in the vocabulary.
            value: Value of a number; 0 for other tokens.
            said: Which tokens there are; the others fill the text up.
        """
        x = self.rows(row) * math.sqrt(self.config.width)
        is_number = (row == _NUMBER_ROW) & said
        x = x + self.number(number_features(value)) * is_number[..., None]
        x = x + _positions(x.shape[1], self.config.width, x.device)
        # An empty text would attend to nothing and be no number; it looks at its padding and is masked after.
        padding = ~said & said.any(1, keepdim=True)
        x = self.norm(self.layers(x, src_key_padding_mask=padding)) * said[..., None]
        mean = x.sum(1) / said.sum(1, keepdim=True).clamp(min=1)
        vector: Tensor = self.project(mean) * said.any(1, keepdim=True)
        return vector


def number_features(value: Float[Tensor, "*axes"]) -> Float[Tensor, "*axes feature"]:
    """Return what the size of a number is: its logarithm as sine and cosine over octaves, and whether it is 0.

    Numbers of a report differ by ratios: 0.4 cm of an effusion and 110 mL of a ventricle are read equally finely, to
    about two percent.
    """
    octave = (value.abs() + 1e-6).log2()
    period = 16.0 / 2.0 ** torch.arange(_N_OCTAVES, device=value.device)
    angle = 2 * math.pi * octave[..., None] / period
    size = torch.stack([octave / 8, (value == 0).to(octave.dtype)], -1)
    return torch.cat([angle.sin(), angle.cos(), size], -1)


def _padded(
    read: Sequence[Sequence[Token]],
) -> tuple[Int[Tensor, "text token"], Float[Tensor, "text token"], Bool[Tensor, "text token"]]:
    longest = max(len(tokens) for tokens in read)
    row, value = torch.zeros(len(read), longest, dtype=torch.long), torch.zeros(len(read), longest)
    said = torch.zeros(len(read), longest, dtype=torch.bool)
    for index, tokens in enumerate(read):
        row[index, : len(tokens)] = torch.tensor([token.row for token in tokens], dtype=torch.long)
        value[index, : len(tokens)] = torch.tensor([token.value for token in tokens])
        said[index, : len(tokens)] = True
    return row, value, said


def _positions(n_tokens: int, width: int, device: torch.device) -> Float[Tensor, "token width"]:
    """Return sines of the position (Vaswani et al. 2017, section 3.5): there is one for every length."""
    place = torch.arange(n_tokens, device=device)[:, None]
    rate = torch.exp(torch.arange(0, width, 2, device=device) * (-math.log(10_000.0) / width))
    return torch.cat([(place * rate).sin(), (place * rate).cos()], 1)[:, :width]
