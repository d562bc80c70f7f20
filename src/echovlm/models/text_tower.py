"""The text tower: a bag of hashed n-grams per sentence, a small network on it, and a sum over sentences.

A caption is the sum of its sentences, so what is learned of a sentence holds inside every caption, and the
length of its vector says how much it matters there. There is no vocabulary to download and no length at
which a text is cut.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from echovlm.models.ngrams import count_ngrams, ngram_buckets, split_sentences, tokens

_FIRST_DEVIATION: Final = 0.02
_MOST_KEPT: Final = 20_000  # sentences, of about 1 kB each; reworded ones are without end


@dataclass(frozen=True, slots=True)
class TextTowerConfig:
    """The size of the tower.

    Attributes:
        tower: ``ngrams``.
        n_buckets: Rows of the hashed embedding table.
        longest_ngram: Words of the longest n-gram.
        width: Width of an n-gram's embedding.
        hidden: Width of the hidden layer.
    """

    tower: Literal["ngrams"] = "ngrams"
    n_buckets: int = 16384
    longest_ngram: int = 6
    width: int = 96
    hidden: int = 256


class TextTower(nn.Module):
    """Texts to vectors, not yet on the unit sphere."""

    def __init__(self, config: TextTowerConfig, *, embedding_dim: int) -> None:
        super().__init__()
        self.config = config
        self.ngrams = nn.EmbeddingBag(config.n_buckets, config.width, mode="mean")
        # Start small: an n-gram that training never met must not drown the ones that it did.
        nn.init.normal_(self.ngrams.weight, std=_FIRST_DEVIATION)
        self.norm = nn.LayerNorm(config.width)
        self.hidden = nn.Linear(config.width, config.hidden)
        self.project = nn.Linear(config.hidden, embedding_dim)
        self._read: dict[str, tuple[Tensor, int]] = {}  # a sentence's n-grams and words never change

    def forward(self, texts: Sequence[str], *, reading_seed: int | None = None) -> Float[Tensor, "text dim"]:
        """Return the sum of each text's sentence vectors; each distinct sentence is computed once.

        Args:
            texts: Any number of sentences each, of any length.
            reading_seed: In training, decides for each sentence the longest n-gram that is read of it. Short ones must
                then carry the meaning alone, as they have to in a wording that training never met. It depends on seed
                and sentence alone, so that processes which share a batch read alike.
        """
        sentences = [split_sentences(text) for text in texts]
        place = {
            sentence: index for index, sentence in enumerate(dict.fromkeys(s for t in sentences for s in t))
        }
        device = self.project.weight.device
        sums = torch.zeros(len(texts), self.project.out_features, device=device)
        if not place:
            return sums
        vectors = self._embed(tuple(place), reading_seed)
        row = torch.tensor([place[s] for text in sentences for s in text], device=device)
        text_index = torch.tensor([i for i, text in enumerate(sentences) for _ in text], device=device)
        # Not `vectors[row]`: its gradient adds in the order in which threads come by, another one in each run.
        return sums.index_add(0, text_index, vectors.index_select(0, row).to(sums.dtype))

    def _embed(self, sentences: Sequence[str], reading_seed: int | None) -> Float[Tensor, "sentence dim"]:
        read = [self._lookup(sentence) for sentence in sentences]
        bags = [bag for bag, _ in read]
        if reading_seed is not None:
            # The n-grams lie in the order of their length, so that a prefix is all up to one length.
            bags = [
                bag[: count_ngrams(n_words, longest=self._longest(sentence, reading_seed))]
                for sentence, (bag, n_words) in zip(sentences, read, strict=True)
            ]
        device = self.project.weight.device
        lengths = torch.tensor([0, *(len(bag) for bag in bags[:-1])])
        bag_SD = self.ngrams(torch.cat(bags).to(device), lengths.cumsum(0).to(device))
        vectors: Tensor = self.project(F.gelu(self.hidden(self.norm(bag_SD))))
        return vectors

    def _longest(self, sentence: str, reading_seed: int) -> int:
        drawn = zlib.crc32(f"{reading_seed} {sentence}".encode())
        return 1 + drawn % self.config.longest_ngram

    def _lookup(self, sentence: str) -> tuple[Tensor, int]:
        """Return the buckets of a sentence's n-grams, and how many words it has."""
        found = self._read.get(sentence)
        if found is None:
            config = self.config
            buckets = ngram_buckets(sentence, n_buckets=config.n_buckets, longest=config.longest_ngram)
            found = torch.tensor(buckets, dtype=torch.long), len(tokens(sentence))
            if len(self._read) >= _MOST_KEPT:
                self._read.clear()
            self._read[sentence] = found
        return found
