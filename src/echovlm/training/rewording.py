"""How another laboratory would say it: the sentences of findings in other words and another order, in training alone.

A style is drawn for a whole step, so that a sentence, its opposite and the captions that compete with it change alike:
the wording never tells which is true. No sentence that is held out for unseen prompts is made, nor one that differs
from it only by an article or an abbreviation; the words of held-out sentences may stand in others.
"""

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import numpy as np

from echovlm.clinical.phrases import IN_B_MODE, PHRASES, SIGNIFICANT
from echovlm.training.other_words import RULES

_COMPILED: Final = tuple(
    tuple((re.compile(pattern), others) for pattern, others in rule.items()) for rule in RULES
)
assert all(len({len(others) for others in rule.values()}) == 1 for rule in RULES), "a wording for each denial"
_ARTICLE: Final = re.compile(r"\ba (?=[aeiou]|LV\b|RV\b|EF\b)")
_WHOLE_NAME: Final = {"ventric#": "ventricle", "atri#": "atrium"}
# What makes no other sentence: articles, abbreviations, adjective or noun, spelling.
_SAME: Final = (
    (re.compile(r"\b(?:a|an|the) "), ""),
    (re.compile(r"\b(?:left ventric(?:ular|le))\b"), "lv"),
    (re.compile(r"\b(?:right ventric(?:ular|le))\b"), "rv"),
    (re.compile(r"\bejection fraction\b"), "ef"),
    (re.compile(r"\batri(?:al|um)\b"), "atri"),
    (re.compile(r"\bdilatation\b"), "dilation"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Style:
    """How one laboratory words its findings.

    Attributes:
        changes: Patterns and what stands in their place, in the order of use.
    """

    changes: tuple[tuple[re.Pattern[str], str], ...]
    _made: dict[str, str] = field(default_factory=dict, repr=False)
    _changed: dict[str, str] = field(default_factory=dict, repr=False)

    def reword(self, sentence: str) -> str:
        """Return a sentence about a finding in this style.

        It stays as it is where it, or its opposite of the same form, would become a held-out one: if one of them alone
        stayed, the style would tell which is stated and which denied.
        """
        made = self._made.get(sentence)
        if made is None:
            made = self._change(sentence)
            both = (made, *(self._change(other) for other in _opposites().get(sentence, ())))
            if any(is_held_out(text) for text in both):
                made = sentence
            self._made[sentence] = made
        return made

    def _change(self, sentence: str) -> str:
        # Most sentences are asked for a second time, as another one's opposite.
        text = self._changed.get(sentence)
        if text is None:
            text = self._changed[sentence] = self._replace(sentence)
        return text

    def _replace(self, sentence: str) -> str:
        text = sentence[0].lower() + sentence[1:].rstrip(".")
        for pattern, other in self.changes:
            text = pattern.sub(other, text)
        for stem, name in _WHOLE_NAME.items():
            text = text.replace(stem, name)
        text = _ARTICLE.sub("an ", text)
        return f"{text[0].upper()}{text[1:]}."


PLAIN: Final = Style(())


def draw_style(chance: float, generator: np.random.Generator) -> Style:
    """Draw the style of a step.

    Args:
        chance: Of each rule to be used; at 0.5 about two thirds of the sentences change.
        generator: Draws.
    """
    if chance == 0:
        return PLAIN
    changes: list[tuple[re.Pattern[str], str]] = []
    for rule, number in zip(_COMPILED, generator.random((len(_COMPILED), 2)), strict=True):
        if number[0] < chance:
            changes += [(pattern, others[int(number[1] * len(others))]) for pattern, others in rule]
    return Style(tuple(changes))


def is_held_out(sentence: str) -> bool:
    """Return whether a sentence is held out for unseen prompts, but for articles, abbreviations and spelling."""
    return _core(sentence) in _held_out()


def _core(sentence: str) -> str:
    text = sentence.lower()
    for pattern, same in _SAME:
        text = pattern.sub(same, text)
    return text


@cache
def _held_out() -> frozenset[str]:
    groups = (*PHRASES.values(), *SIGNIFICANT.values(), *IN_B_MODE.values())
    return frozenset(_core(text) for phrases in groups for pair in phrases.held_out for text in pair)


@cache
def _opposites() -> dict[str, frozenset[str]]:
    """Return the opposites that each training sentence has in its own form."""
    found: dict[str, frozenset[str]] = {}
    for phrases in (*PHRASES.values(), *SIGNIFICANT.values(), *IN_B_MODE.values()):
        for stated, denied in phrases.train:
            found[stated] = found.get(stated, frozenset()) | {denied}
            found[denied] = found.get(denied, frozenset()) | {stated}
    return found
