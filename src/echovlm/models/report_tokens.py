"""A tokenizer of echo reports: phrases, numbers and units as single tokens, and nothing ever cut off or unknown.

In the spirit of EchoCLIP-R (Christensen et al. 2024), whose template tokenizer packs a whole report in few tokens. Here
phrases are learnt from the captions instead of written by hand.
"""

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from echovlm.clinical.units import Unit
from echovlm.models.ngrams import split_sentences

NUMBER: Final = "<number>"
END: Final = "<end>"
_PER_ROUND: Final = 32  # pairs joined before pairs are counted again
_RAREST: Final = 3  # times that a pair of phrases must stand side by side to become one

# Longest first, so that "mL/m2" is not read as "mL".
_UNITS: Final = "|".join(
    re.escape(symbol)
    for symbol in sorted({u.symbol.lower() for u in Unit if u.symbol}, key=len, reverse=True)
)
_WORD: Final = re.compile(
    rf"(?P<number>\d+(?:\.\d+)?)(?:\s*(?P<unit>{_UNITS})(?![a-z0-9]))?|(?P<word>[a-z]+)|(?P<sign>[^\sa-z0-9])"
)
_CHARACTERS: Final = tuple("abcdefghijklmnopqrstuvwxyz0123456789.,;:!?%/()-+<>=²³'\"&*#@_")
_CLOSING: Final = frozenset(".!?;,")


class Token(NamedTuple):
    """One token: its row in the vocabulary, and the value of a number."""

    row: int
    value: float


def words(sentence: str) -> tuple[tuple[str, float], ...]:
    """Return lower-case words, units and signs with 0, and numbers with their value; closing points are dropped."""
    found: list[tuple[str, float]] = []
    for match in _WORD.finditer(sentence.lower()):
        if match["number"]:
            found.append((NUMBER, float(match["number"])))
            if match["unit"]:
                found.append((match["unit"], 0.0))
        elif match["word"] or match["sign"] not in _CLOSING:
            found.append((match[0], 0.0))
    return tuple(found)


def learn_phrases(texts: Iterable[str], *, n_phrases: int) -> tuple[str, ...]:
    """Return the words of some texts and the phrases that occur again and again, the most useful first.

    Neighbours that stand together most often are joined (byte-pair encoding, Sennrich et al. 2016, on words); nothing
    is joined across a number or the end of a sentence.

    Args:
        texts: Captions.
        n_phrases: The most phrases, words included.
    """
    counted = Counter(sentence for text in texts for sentence in split_sentences(text))
    runs: Counter[tuple[str, ...]] = Counter()
    for sentence, count in counted.items():
        for run in _runs(sentence):
            runs[run] += count
    known = Counter[str]()
    for run, count in runs.items():
        for word in run:
            known[word] += count
    phrases = [word for word, _ in sorted(known.items(), key=lambda item: (-item[1], item[0]))][:n_phrases]
    while len(phrases) < n_phrases:
        joined = _frequent_pairs(runs)[: min(_PER_ROUND, n_phrases - len(phrases))]
        if not joined:
            break
        phrases += [phrase for phrase in (" ".join(pair) for pair in joined) if phrase not in phrases]
        runs = _join(runs, frozenset(joined))
    return tuple(phrases)


def _runs(sentence: str) -> tuple[tuple[str, ...], ...]:
    """Return the words of a sentence, parted at its numbers."""
    runs: list[list[str]] = [[]]
    for word, _ in words(sentence):
        if word == NUMBER:
            runs.append([])
        else:
            runs[-1].append(word)
    return tuple(tuple(run) for run in runs if run)


def _frequent_pairs(runs: Counter[tuple[str, ...]]) -> list[tuple[str, str]]:
    pairs: Counter[tuple[str, str]] = Counter()
    for run, count in runs.items():
        for pair in pairwise(run):
            pairs[pair] += count
    ordered = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
    return [pair for pair, count in ordered if count >= _RAREST]


def _join(runs: Counter[tuple[str, ...]], pairs: frozenset[tuple[str, str]]) -> Counter[tuple[str, ...]]:
    joined: Counter[tuple[str, ...]] = Counter()
    for run, count in runs.items():
        made: list[str] = []
        place = 0
        while place < len(run):
            if run[place : place + 2] in pairs:
                made.append(" ".join(run[place : place + 2]))
                place += 2
            else:
                made.append(run[place])
                place += 1
        joined[tuple(made)] += count
    return joined


@dataclass(frozen=True, slots=True)
class ReportTokenizer:
    """Texts to tokens.

    A word that no phrase knows is spelt in characters, and a character that is none of those in CRC-32's choice of one,
    so every text has tokens, and none is shortened.

    Attributes:
        phrases: Of ``learn_phrases``.
    """

    phrases: tuple[str, ...]
    _row: dict[tuple[str, ...], int] = field(init=False, repr=False, compare=False)
    _longest: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rows: dict[tuple[str, ...], int] = {
            (name,): row for row, name in enumerate((NUMBER, END, *_CHARACTERS))
        }
        for phrase in self.phrases:
            rows.setdefault(tuple(phrase.split(" ")), len(rows))
        object.__setattr__(self, "_row", rows)
        object.__setattr__(self, "_longest", max(len(key) for key in rows))

    @property
    def n_rows(self) -> int:
        """Rows of the vocabulary."""
        return len(self._row)

    def tokens(self, text: str, *, reading_seed: int | None = None) -> tuple[Token, ...]:
        """Return the tokens of a text, each sentence with its end.

        Args:
            text: Any text.
            reading_seed: In training, decides for each sentence the longest phrase that is read as one, so that
                its words learn to mean something alone (in the manner of BPE dropout, Provilkov et al. 2020).
        """
        found: list[Token] = []
        for sentence in split_sentences(text):
            longest = self._longest
            if reading_seed is not None:
                longest = 1 + zlib.crc32(f"{reading_seed} {sentence}".encode()) % self._longest
            found += self._sentence(words(sentence), longest)
            found.append(Token(self._row[(END,)], 0.0))
        return tuple(found)

    def _sentence(self, said: Sequence[tuple[str, float]], longest: int) -> list[Token]:
        found: list[Token] = []
        place = 0
        while place < len(said):
            word, value = said[place]
            if word == NUMBER:
                found.append(Token(self._row[(NUMBER,)], value))
                place += 1
                continue
            length = next(
                (
                    n
                    for n in range(min(longest, len(said) - place), 0, -1)
                    if tuple(w for w, _ in said[place : place + n]) in self._row
                ),
                0,
            )
            if length:
                found.append(Token(self._row[tuple(w for w, _ in said[place : place + length])], 0.0))
            else:
                found += [Token(self._character(character), 0.0) for character in word]
            place += max(length, 1)
        return found

    def _character(self, character: str) -> int:
        known = self._row.get((character,))
        if known is not None:
            return known
        return self._row[(_CHARACTERS[zlib.crc32(character.encode()) % len(_CHARACTERS)],)]
