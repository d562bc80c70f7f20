"""From a text to the hashed n-grams of each of its sentences."""

import re
import zlib
from typing import Final

_TOKEN: Final = re.compile(r"[a-z]+|\d+(?:\.\d+)?|[^\sa-z0-9]")
_SENTENCE_END: Final = re.compile(r"(?<=[.!?;])\s+")
_CLOSING: Final = frozenset(".!?;,")


def split_sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of a text; a point inside a number ends none."""
    return tuple(part for part in _SENTENCE_END.split(text.strip()) if part)


def tokens(sentence: str) -> tuple[str, ...]:
    """Return lower-case words, whole numbers with their decimals, and signs; closing points are dropped."""
    return tuple(token for token in _TOKEN.findall(sentence.lower()) if token not in _CLOSING)


def ngram_buckets(sentence: str, *, n_buckets: int, longest: int) -> tuple[int, ...]:
    """Return the bucket of every n-gram of one sentence, for n from 1 to ``longest``, shorter ones first.

    The hash is CRC-32, which is the same on every machine and in every process. Nothing is ever cut off: a
    long sentence has more n-grams.

    Args:
        sentence: One sentence; n-grams never cross into another.
        n_buckets: Number of rows of the embedding table.
        longest: Words of the longest n-gram.
    """
    words = tokens(sentence)
    grams = (
        " ".join(words[start : start + n])
        for n in range(1, longest + 1)
        for start in range(len(words) - n + 1)
    )
    return tuple(zlib.crc32(gram.encode()) % n_buckets for gram in grams)


def count_ngrams(n_words: int, *, longest: int) -> int:
    """Return how many n-grams a sentence of ``n_words`` has, for n from 1 to ``longest``."""
    return sum(max(n_words - n + 1, 0) for n in range(1, longest + 1))
