"""How another laboratory would say it: other words and another order for the sentences of findings, in training alone.

A style is drawn for a whole step, so that a sentence, its opposite and the captions that compete with it change alike:
the wording never tells which is true. Sentences that are held out for unseen prompts are never made; their words may
be, in other sentences.
"""

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import numpy as np

from echovlm.clinical.phrases import IN_B_MODE, PHRASES, SIGNIFICANT

_STATE: Final = (
    r"dilated|enlarged|thickened|thick|hypertrophied|reduced|impaired|depressed|abnormal|increased|restricted"
)
_DEGREE: Final = r"(?:mildly |moderately |severely |very )?"
_CHAMBER: Final = r"(left|right) (ventric|atri)(?:ular|al)"
_FEATURE: Final = (
    r"systolic function|diastolic function|ejection fraction|contraction|regional wall motion|wall thickness|"
    r"wall thickening|mass|size|dilation|enlargement|hypertrophy|walls|systolic dysfunction|diastolic dysfunction"
)
_LESION: Final = r"stenosis|regurgitation"
_VALVE: Final = r"aortic|mitral|tricuspid|pulmonic"

# Each rule: the other wordings of one thing, as many for each pattern, of which one is drawn; a second pattern is that
# of the denial, which changes with it. The order is that of use: word order first, then verbs, then single words.
_RULES: Final[tuple[dict[str, tuple[str, ...]], ...]] = (
    {rf"\b{_CHAMBER} ((?:{_FEATURE}))\b": (r"\3 of the \1 \2#",)},
    {r"\baortic root (dilation|enlargement|size)\b": (r"\1 of the aortic root",)},
    {rf"\b({_VALVE}) ({_LESION})\b": (r"\2 of the \1 valve", r"\1 valve \2")},
    {rf"\b({_VALVE}) leaflet opening\b": (
        r"opening of the \1 leaflets", r"\1 leaflet motion", r"\1 leaflet mobility")},
    {
        r"^there (?:is|are) (?!no )(.+)$": (
            r"\1 is noted", r"\1 is identified", r"the examination reveals \1", r"imaging demonstrates \1",
            r"evidence of \1", r"signs of \1", r"with \1", r"\1 was found"),
        r"^there (?:is|are) no (.+)$": (
            r"no \1 is noted", r"no \1 is identified", r"the examination reveals no \1", r"imaging demonstrates no \1",
            r"no evidence of \1", r"no signs of \1", r"without \1", r"\1 was not found"),
    },
    {
        r"^the (?:study|findings) shows? (?!no )(.+)$": (
            r"\1 is demonstrated", r"findings with \1", r"\1 is confirmed"),
        r"^the (?:study|findings) shows? no (.+)$": (
            r"no \1 is demonstrated", r"findings without \1", r"\1 is ruled out"),
    },
    {
        r"\bis present$": ("is found", "is noted", "is observed", "is evident"),
        r"\bis absent$": ("is not present", "is not noted", "is not observed", "is not evident"),
    },
    {r"\bis seen$": ("is observed", "is visualised", "is detected", "can be seen")},
    {
        rf"\bis ({_DEGREE}(?:{_STATE}|normal))\b": (r"appears \1", r"looks \1", r"is found \1"),
        rf"\bis not ({_DEGREE}(?:{_STATE}))\b": (
            r"does not appear \1", r"does not look \1", r"is not found \1"),
    },
    {
        rf"\bare ({_DEGREE}(?:{_STATE}))\b": (r"appear \1", r"look \1"),
        rf"\bare not ({_DEGREE}(?:{_STATE}))\b": (r"do not appear \1", r"do not look \1"),
    },
    {r"\bnormal in size\b": ("of normal size", "not enlarged", "normal sized")},
    {r"((?:function|contraction|fraction)[a-z ]*) normal\b": (r"\1 preserved", r"\1 intact", r"\1 good")},
    {r"\bnormal ((?:left|right) ventricular contraction|contraction)": (r"preserved \1", r"good \1")},
    {r"\b(is|appears|looks|is found) normal$": (r"\1 unremarkable", r"\1 within normal limits")},
    {r"\bseverely reduced\b": ("severely impaired", "markedly reduced", "severely depressed", "very poor")},
    {r"\bvery low\b": ("severely reduced", "markedly low", "very poor")},
    {r"\breduced\b": ("impaired", "depressed", "decreased", "diminished")},
    {r"\b(systolic|diastolic) dysfunction\b": (r"\1 impairment", r"impaired \1 function", r"\1 failure")},
    {r"\bimpaired\b": ("reduced", "disturbed")},
    {
        r"\b(contracts?|opens?) poorly\b": (r"\1 badly", r"\1 weakly", r"\1 incompletely", r"\1 too little"),
        r"\b(contracts?|opens?) (?:well|normally)\b": (r"\1 properly", r"\1 fully", r"\1 completely", r"\1 widely"),
    },
    {r"\brestricted\b": ("limited", "narrow", "reduced", "narrowed")},
    {r"\bthickened\b": ("thick", "thicker than normal")},
    {r"\bwall thickening\b": ("thickening of the walls", "increased wall thickness", "thick walls")},
    {
        r"\bincreased (.*?)wall thickness\b": (r"thick \1walls", r"high \1wall thickness"),
        r"\bnormal (.*?)wall thickness\b": (r"normal \1walls", r"normal \1wall thickness"),
    },
    {r"\bincreased\b": ("raised", "elevated", "high", "above normal")},
    {r"\bhypertrophied\b": ("hypertrophic",)},
    {r"\bdilated\b": ("enlarged", "large", "increased in size")},
    {r"\benlarged\b": ("dilated", "large", "increased")},
    {r"\b(?:dilation|enlargement)\b": ("dilatation", "enlargement", "dilation")},
    {r"\bregurgitation\b": ("insufficiency", "incompetence")},
    {r"\bstenosis\b": ("narrowing", "obstruction")},
    {r"\bpulmonary hypertension\b": ("raised pulmonary pressure", "high pulmonary artery pressure")},
    {r"\bpericardial effusion\b": ("effusion around the heart", "effusion in the pericardium", "pericardial fluid")},
    {r"\bregional wall motion\b": ("segmental wall motion", "focal wall motion", "local wall motion")},
    {r"\bwall motion abnormality\b": (
        "abnormality of wall motion", "wall motion disturbance", "abnormal wall motion")},
    {r"\bsome segments\b": ("several segments", "one or more segments")},
    {r"\bsignificant\b": ("relevant", "clinically significant", "moderate or severe", "at least moderate")},
    {r"\bmore than mild\b": ("moderate or more", "at least moderate", "beyond mild")},
    {r"\bleft ventric(?:ular|le)\b": ("LV",)},
    {r"\bright ventric(?:ular|le)\b": ("RV",)},
    {r"\bejection fraction\b": ("EF",)},
)  # fmt: skip
_COMPILED: Final = tuple(
    tuple((re.compile(pattern), others) for pattern, others in rule.items()) for rule in _RULES
)
_ARTICLE: Final = re.compile(r"\ba (?=[aeiou])")
_WHOLE_NAME: Final = {"ventric#": "ventricle", "atri#": "atrium"}


@dataclass(frozen=True, slots=True, eq=False)
class Style:
    """How one laboratory words its findings.

    Attributes:
        changes: Patterns and what stands in their place, in the order of use.
    """

    changes: tuple[tuple[re.Pattern[str], str], ...]
    _made: dict[str, str] = field(default_factory=dict, repr=False)

    def reword(self, sentence: str) -> str:
        """Return a sentence about a finding in this style, or as it is where that would be a held-out one."""
        made = self._made.get(sentence)
        if made is None:
            made = self._made[sentence] = self._reword(sentence)
        return made

    def _reword(self, sentence: str) -> str:
        text = sentence[0].lower() + sentence[1:].rstrip(".")
        for pattern, other in self.changes:
            text = pattern.sub(other, text)
        for stem, name in _WHOLE_NAME.items():
            text = text.replace(stem, name)
        text = _ARTICLE.sub("an ", text)
        made = f"{text[0].upper()}{text[1:]}."
        return sentence if made in held_out_sentences() else made


PLAIN: Final = Style(())


def draw_style(share: float, generator: np.random.Generator) -> Style:
    """Draw the style of a step.

    Args:
        share: Chance of each rule to be used.
        generator: Draws.
    """
    if share == 0:
        return PLAIN
    changes: list[tuple[re.Pattern[str], str]] = []
    for rule, number in zip(_COMPILED, generator.random((len(_COMPILED), 2)), strict=True):
        if number[0] < share:
            changes += [(pattern, others[int(number[1] * len(others))]) for pattern, others in rule]
    return Style(tuple(changes))


@cache
def held_out_sentences() -> frozenset[str]:
    """Return every sentence of a finding that no training text may be."""
    groups = (*PHRASES.values(), *SIGNIFICANT.values(), *IN_B_MODE.values())
    return frozenset(text for phrases in groups for pair in phrases.held_out for text in pair)
