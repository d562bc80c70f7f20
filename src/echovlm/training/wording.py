"""What is said of the clips of one step: captions, and statements with their opposites."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Int

from echovlm.clinical.findings import Finding
from echovlm.clinical.measurement import Quantity
from echovlm.dataset import ClipRow, StatementRow
from echovlm.objectives import balanced_polarity_weight
from echovlm.training.rewording import PLAIN, Style

_FINDINGS: Final = tuple(Finding)
_QUANTITIES: Final = tuple(Quantity)


@dataclass(frozen=True, slots=True)
class Pair:
    """One statement of one clip beside its opposite.

    Attributes:
        clip: Place of the clip in the batch.
        text: A sentence that holds.
        counterfactual: One that does not.
        weight: Weight by polarity, so that presence and absence count alike over the training set.
        is_number: Whether the sentence gives a measured number rather than a finding.
    """

    clip: int
    text: str
    counterfactual: str
    weight: float
    is_number: bool


@dataclass(frozen=True, slots=True)
class BatchWording:
    """The texts of a batch.

    Attributes:
        captions: One per clip.
        view_sentences: One per clip: the sentence that names its view.
        pairs: Statements with their opposites.
    """

    captions: tuple[str, ...]
    view_sentences: tuple[str, ...]
    pairs: tuple[Pair, ...]


def topic(statement: StatementRow) -> int | None:
    """Return the number of the finding or quantity that a two-sided statement speaks of, else ``None``."""
    if statement.present is None or not statement.counterfactual_options:
        return None
    if statement.finding is not None:
        return _FINDINGS.index(statement.finding)
    if statement.quantity is not None:
        return len(_FINDINGS) + _QUANTITIES.index(statement.quantity)
    return None


def polarity_weights(rows: Sequence[ClipRow]) -> dict[tuple[int, bool], float]:
    """Return the weight of each (topic, polarity) over a training set."""
    said = [(topic(s), bool(s.present)) for row in rows for s in row.statements if topic(s) is not None]
    if not said:
        return {}
    group = torch.tensor([t for t, _ in said])
    present = torch.tensor([p for _, p in said])
    weight = balanced_polarity_weight(group, present).tolist()
    return {(t, p): w for (t, p), w in zip(said, weight, strict=True) if t is not None}


def content_key(row: ClipRow) -> tuple[str, ...]:
    """Return what a caption says apart from its numbers: view, mode, and the state of each finding it mentions.

    Two captions with one key are no negatives of each other.
    """
    states = (f"{s.finding.key}={s.present}" for s in row.statements if s.finding is not None)
    return (row.view.value, _mode(row), *states)


def place_key(row: ClipRow) -> tuple[str, str]:
    """Return where a clip was taken: view and mode, which together say what it can show."""
    return (row.view.value, _mode(row))


def naming_key(row: ClipRow) -> tuple[str, ...]:
    """Return the sentences that name a clip's view; clips with the same ones are named alike."""
    return row.statements[0].text_options if row.statements else ()


def numbered(keys: Sequence[Hashable]) -> Int[np.ndarray, "clip"]:
    """Return the number of each key among the distinct ones."""
    number: dict[Hashable, int] = {}
    return np.array([number.setdefault(key, len(number)) for key in keys], dtype=np.int64)


def word_batch(
    rows: Sequence[ClipRow],
    weights: dict[tuple[int, bool], float],
    *,
    generator: np.random.Generator,
    style: Style = PLAIN,
) -> BatchWording:
    """Draw one paraphrase of everything that is said of each clip.

    Args:
        rows: The clips of the batch.
        weights: What ``polarity_weights`` gave for the training set.
        generator: Draws the paraphrases.
        style: How the sentences of findings are worded.
    """
    captions, views, pairs = [], [], []
    for clip, row in enumerate(rows):
        texts = [_say(s, s.text_options, style, generator) for s in row.statements]
        captions.append(" ".join(texts))
        views.append(texts[0] if texts else "")
        for statement, text in zip(row.statements, texts, strict=True):
            about = topic(statement)
            if about is None:
                continue
            opposite = _say(statement, statement.counterfactual_options, style, generator)
            weight = weights[about, bool(statement.present)]
            pairs.append(Pair(clip, text, opposite, weight, statement.finding is None))
    return BatchWording(tuple(captions), tuple(views), tuple(pairs))


def every_wording(rows: Sequence[ClipRow], styles: Sequence[Style]) -> Iterator[str]:
    """Yield the sentences of clips and their opposites as they are written, those of findings in a style as well.

    Args:
        rows: The clips.
        styles: They take turns, clip by clip.
    """
    for number, row in enumerate(rows):
        style = styles[number % len(styles)]
        for statement in row.statements:
            for text in (*statement.text_options, *statement.counterfactual_options):
                yield text
                if style is not PLAIN and statement.finding is not None:
                    yield style.reword(text)


def _mode(row: ClipRow) -> str:
    return "unknown" if row.mode is None else row.mode.value


def _say(
    statement: StatementRow, options: Sequence[str], style: Style, generator: np.random.Generator
) -> str:
    """Draw a wording; numbers and names of views stay as they are written, which is how they are looked for."""
    drawn = options[int(generator.integers(len(options)))]
    return drawn if statement.finding is None else style.reword(drawn)
