"""The words of other laboratories: what may stand in place of what in a sentence about a finding.

Each rule holds the other wordings of one thing, of which a style takes one. A second pattern is that of the denial; its
wordings stand in the same order, because both change together. The order of the rules is that of use, and a later one
sees what an earlier one made: word order first, then verbs, then single words.
"""

from typing import Final

_STATE: Final = r"dilated|enlarged|thickened|hypertrophied|reduced|impaired|abnormal|increased|restricted"
_DEGREE: Final = r"(?:mildly |moderately |severely |very )?"
_UNGRADED: Final = r"(?<!mild )(?<!moderate )(?<!severe )"  # "severe reduced function" is nobody's wording
_CHAMBER: Final = r"(left|right) (ventric|atri)(?:ular|al)"
_ATTRIBUTE: Final = (
    r"systolic function|diastolic function|ejection fraction|contraction|regional wall motion|wall thickness|"
    r"wall thickening|mass|size|dilation|enlargement|hypertrophy|walls|systolic dysfunction|diastolic dysfunction"
)
_VALVE: Final = r"aortic|mitral|tricuspid|pulmonic"
_VENTRICLE: Final = r"((?:left|right) ventricular )?"

# "ventric#" and "atri#" become "ventricle" and "atrium".
RULES: Final[tuple[dict[str, tuple[str, ...]], ...]] = (
    {rf"\b{_CHAMBER} ({_ATTRIBUTE})\b": (r"\3 of the \1 \2#",)},
    {r"\baortic root (dilation|enlargement|size)\b": (r"\1 of the aortic root",)},
    {rf"\b({_VALVE}) (stenosis|regurgitation)\b": (r"\2 of the \1 valve", r"\1 valve \2")},
    {rf"\b({_VALVE}) leaflet opening\b": (r"opening of the \1 leaflets",)},
    {
        r"^there (?:is|are) (?!no )(.+)$": (
            r"\1 is noted", r"\1 is identified", r"the examination reveals \1", r"imaging demonstrates \1",
            r"evidence of \1", r"signs of \1", r"with \1", r"\1 was found"),
        r"^there (?:is|are) no (.+)$": (
            r"no \1 is noted", r"no \1 is identified", r"the examination reveals no \1", r"imaging demonstrates no \1",
            r"no evidence of \1", r"no signs of \1", r"without \1", r"no \1 was found"),
    },
    {
        r"^the (?:study|findings) shows? (?!no )(.+)$": (r"\1 is demonstrated", r"findings with \1", r"\1 is recorded"),
        r"^the (?:study|findings) shows? no (.+)$": (
            r"no \1 is demonstrated", r"findings without \1", r"no \1 is recorded"),
    },
    {
        r"\bis present$": ("is found", "is noted", "is observed", "is evident"),
        r"\bis absent$": ("is not present", "is not noted", "is not observed", "is not evident"),
    },
    {r"\bis seen$": ("is observed", "is visualised", "is detected", "can be seen")},
    {r"\bis normal in size\b": ("is of normal size", "is not enlarged", "is normal sized")},
    {
        rf"\bis ({_DEGREE}(?:{_STATE}|normal))\b": (r"appears \1", r"looks \1", r"is seen to be \1"),
        rf"\bis not ({_DEGREE}(?:{_STATE}))\b": (r"does not appear \1", r"does not look \1", r"is not seen to be \1"),
    },
    {
        rf"\bare ({_DEGREE}(?:{_STATE}))\b": (r"appear \1", r"look \1"),
        rf"\bare not ({_DEGREE}(?:{_STATE}))\b": (r"do not appear \1", r"do not look \1"),
    },
    {r"((?:function|contraction|fraction)[a-z ]*) normal\b": (r"\1 preserved", r"\1 intact", r"\1 good")},
    {r"\bnormal ((?:left|right) ventricular contraction|contraction)\b": (r"preserved \1", r"good \1")},
    {r"\b(is|appears|looks|is seen to be) normal$": (r"\1 unremarkable", r"\1 within normal limits")},
    {r"\bseverely reduced\b": ("severely impaired", "markedly reduced", "severely depressed", "very poor")},
    {r"\bvery low\b": ("severely reduced", "markedly low", "very poor")},
    {r"(?<!severely )(?<!markedly )\breduced\b": ("impaired", "depressed", "decreased", "diminished")},
    {rf"{_UNGRADED}\b{_VENTRICLE}(systolic|diastolic) dysfunction\b": (r"impaired \1\2 function", r"\1\2 impairment")},
    {r"\bwall motion is impaired\b": ("wall motion is disturbed", "wall motion is abnormal")},
    {
        r"\b(contracts?) poorly\b": (r"\1 badly", r"\1 weakly"),
        r"\b(contracts?) normally\b": (r"\1 well", r"\1 properly"),
    },
    {
        r"\b(opens?) poorly\b": (r"\1 badly", r"\1 incompletely", r"\1 too little"),
        r"\b(opens?) (?:well|normally)\b": (r"\1 properly", r"\1 completely", r"\1 widely"),
    },
    {r"\b(opening of the \w+ valve (?:is|appears|looks|is seen to be)) restricted\b": (r"\1 narrow", r"\1 narrowed")},
    {r"\brestricted\b": ("limited", "reduced")},
    {r"\bthickened\b": ("thick", "thicker than normal")},
    {rf"{_UNGRADED}\b{_VENTRICLE}wall thickening\b": (r"increased \1wall thickness", r"thickening of the \1walls")},
    {r"\bis increased$": ("is elevated", "is high", "is above normal")},
    {r"^increased\b": ("elevated", "high")},
    {r"\bhypertrophied\b": ("hypertrophic",)},
    {r"(?<=ly )dilated\b": ("enlarged",)},
    {r"(?<!ly )\bdilated\b(?! cardiomyopathy)": ("enlarged", "large", "increased in size")},
    {r"^enlarged\b(?=.* size)": ("increased", "large")},
    {r"(?<!ly )(?<!^)\benlarged\b": ("dilated", "large", "increased in size")},
    {r"\b(?:dilation|enlargement)\b": ("dilatation", "enlargement", "dilation")},
    {r"\bregurgitation\b": ("insufficiency", "incompetence")},
    {r"\bstenosis of the (\w+) valve\b": (r"narrowing of the \1 valve",)},
    {rf"{_UNGRADED}\bpulmonary hypertension\b": ("raised pulmonary pressure", "high pulmonary artery pressure")},
    {r"\bpericardial effusion\b": ("effusion in the pericardium",)},
    {r"\bregional wall motion\b": ("segmental wall motion", "focal wall motion", "local wall motion")},
    {r"\bwall motion abnormality\b": ("abnormality of wall motion", "wall motion disturbance")},
    {r"\bin some segments\b": ("in one or more segments",)},
    {r"(?<!clinically )\bsignificant\b(?! intracardiac)": (
        "relevant", "clinically significant", "moderate or severe")},
    {r"\b(is|appears|is not) more than mild\b": (r"\1 moderate or more", r"\1 at least moderate", r"\1 beyond mild")},
    {
        r"^more than mild\b": ("at least moderate", "moderate or severe"),
        r"^no more than mild\b": ("no moderate or more", "no moderate or severe"),
    },
    {r"\bleft ventric(?:ular|le)\b": ("LV",)},
    {r"\bright ventric(?:ular|le)\b": ("RV",)},
    {r"\bejection fraction\b": ("EF",)},
)  # fmt: skip
