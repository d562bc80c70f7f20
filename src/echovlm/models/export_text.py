"""The text towers as graphs of tensors, and texts as the tables that go in: what other runtimes need.

A table has one row per text and is filled up where a text is shorter than the longest; nothing is ever cut off.
"""

from collections.abc import Sequence
from typing import Any, Final

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from echovlm.models.hugging_face_tower import HuggingFaceTower
from echovlm.models.ngrams import ngram_buckets, split_sentences
from echovlm.models.report_tower import ReportTower
from echovlm.models.text_tower import TextTower, TextTowerConfig
from echovlm.models.towers import AnyTextTower

FILLER: Final = -1  # fills a sentence, a part or a text up to the longest
NO_PART: Final = -2  # fills a text that has fewer sentences or parts than another

TextTable = Int[Tensor, "text part token"] | Float[Tensor, "text token 2"]


def text_table(tower: AnyTextTower, texts: Sequence[str]) -> TextTable:
    """Return the texts as the table that the tower's graph takes."""
    if isinstance(tower, TextTower):
        return bucket_table(texts, tower.config)
    if isinstance(tower, ReportTower):
        return phrase_table(texts, tower)
    return _nested_table([tower.parts(text) for text in texts])


def text_graph(tower: AnyTextTower) -> nn.Module:
    """Return the tower as a graph over such a table; it shares the tower's weights."""
    if isinstance(tower, TextTower):
        return BucketGraph(tower)
    return PhraseGraph(tower) if isinstance(tower, ReportTower) else EncoderGraph(tower)


def describe_table(tower: AnyTextTower) -> dict[str, Any]:
    """Return how a program without this package makes the table, as JSON-able values."""
    if isinstance(tower, TextTower):
        return {
            "axes": ["text", "sentence", "ngram"], "filler": FILLER, "no_sentence": NO_PART,
            "n_buckets": tower.config.n_buckets, "longest_ngram": tower.config.longest_ngram,
            "hash": "CRC-32 of the n-gram's lower-case words joined by spaces, modulo n_buckets; shorter n-grams first",
        }  # fmt: skip
    if isinstance(tower, ReportTower):
        return {
            "axes": ["text", "token", "row and value"], "filler": FILLER,
            "phrases": list(tower.tokenizer.phrases),
        }  # fmt: skip
    return {
        "axes": ["text", "part", "token"], "filler": FILLER, "no_part": NO_PART,
        "max_tokens": tower.config.max_tokens, "tokenizer": tower.config.tokenizer,
    }  # fmt: skip


def bucket_table(texts: Sequence[str], config: TextTowerConfig) -> Int[Tensor, "text sentence ngram"]:
    """Return the hashed n-grams of every sentence of every text.

    A sentence ends with ``.``, ``!``, ``?`` or ``;`` before a space. Its lower-case words, numbers and signs make
    n-grams of 1 to ``config.longest_ngram`` words, and each n-gram's CRC-32 modulo ``config.n_buckets`` is its bucket.
    """
    size = {"n_buckets": config.n_buckets, "longest": config.longest_ngram}
    return _nested_table(
        [[ngram_buckets(sentence, **size) for sentence in split_sentences(text)] for text in texts]
    )


def phrase_table(texts: Sequence[str], tower: ReportTower) -> Float[Tensor, "text token 2"]:
    """Return the row and, for a number, the value of every token of every text."""
    read = [tower.tokenizer.tokens(text) for text in texts]
    filled = torch.full((len(texts), max([1, *map(len, read)]), 2), float(FILLER))
    for row, tokens in zip(filled, read, strict=True):
        if tokens:
            row[: len(tokens)] = torch.tensor([(float(token.row), token.value) for token in tokens])
    return filled


def _nested_table(texts: Sequence[Sequence[Sequence[int]]]) -> Int[Tensor, "text part token"]:
    n_parts = max([1, *map(len, texts)])
    n_tokens = max([1, *(len(part) for text in texts for part in text)])
    filled = torch.full((len(texts), n_parts, n_tokens), NO_PART, dtype=torch.long)
    for row, parts in zip(filled, texts, strict=True):
        for place, part in zip(row, parts, strict=False):
            place[:] = FILLER
            place[: len(part)] = torch.tensor(part, dtype=torch.long)
    return filled


class BucketGraph(nn.Module):
    """The n-gram tower over a table of buckets."""

    def __init__(self, tower: TextTower) -> None:
        super().__init__()
        self.table = tower.ngrams.weight
        self.norm, self.hidden, self.project = tower.norm, tower.hidden, tower.project

    def forward(self, table: Int[Tensor, "text sentence ngram"]) -> Float[Tensor, "text dim"]:
        """Return the sum of each text's sentence vectors, not yet on the unit sphere."""
        is_ngram = (table >= 0).to(self.table.dtype)[..., None]
        is_sentence = (table[..., :1] != NO_PART).to(self.table.dtype)
        embedded = F.embedding(table.clamp(min=0), self.table) * is_ngram
        bag = embedded.sum(2) / is_ngram.sum(2).clamp(min=1)
        vectors = self.project(F.gelu(self.hidden(self.norm(bag))))
        summed: Tensor = (vectors * is_sentence).sum(1)
        return summed


class PhraseGraph(nn.Module):
    """The report tower over a table of rows and values."""

    def __init__(self, tower: ReportTower) -> None:
        super().__init__()
        self.tower = tower

    def forward(self, table: Float[Tensor, "text token 2"]) -> Float[Tensor, "text dim"]:
        """Return the vector of each text, not yet on the unit sphere."""
        said = table[..., 0] >= 0
        row = table[..., 0].clamp(min=0).long()
        embedded: Tensor = self.tower.embed(row, table[..., 1] * said, said)
        return embedded


class EncoderGraph(nn.Module):
    """A Hugging Face tower over a table of token numbers."""

    def __init__(self, tower: HuggingFaceTower) -> None:
        super().__init__()
        self.body, self.project = tower.body, tower.project

    def forward(self, table: Int[Tensor, "text part token"]) -> Float[Tensor, "text dim"]:
        """Return the mean of each text's parts by length, not yet on the unit sphere."""
        said = (table >= 0).long()
        flat, mask = table.clamp(min=0).flatten(0, 1), said.flatten(0, 1)
        hidden = self.body(input_ids=flat, attention_mask=mask).last_hidden_state
        weight = mask.to(hidden.dtype)[..., None]
        # A part that is not there looks at nothing: whatever comes of it counts for nothing.
        mean = torch.where(weight > 0, hidden, 0.0).sum(1) / weight.sum(1).clamp(min=1)
        length = said.sum(2).to(hidden.dtype)[..., None]
        vectors = self.project(mean).unflatten(0, table.shape[:2])
        averaged: Tensor = (vectors * length).sum(1) / length.sum(1).clamp(min=1)
        return averaged
