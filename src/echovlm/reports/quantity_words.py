"""The name before a number, or just behind it, read as a quantity; short names are read with care."""

import re
from bisect import bisect_right
from functools import lru_cache
from typing import Final, NamedTuple

from echovlm.clinical.measurement import Quantity
from echovlm.clinical.names import find_quantity_by_name
from echovlm.clinical.units import Unit, UnitError, parse_unit

_Q = Quantity
_TOKEN: Final = re.compile(r"\d+(?:\.\d+)?[A-Za-z]*|[A-Za-z%][\w'\N{RIGHT SINGLE QUOTATION MARK}%]*|/")
_LONGEST_NAME: Final = 12  # tokens
_MOST_BETWEEN: Final = 12  # tokens between a name and its number

# Words that may stand between a name and its number, and leave them together.
_BETWEEN_TEXT: Final = """
    echo tte study exam last outside old baseline
    is was were are of at to be been being measures measure measured measuring calculated estimated
    estimate equals appears now approximately about around approx currently today still remains
    remained a an the as by using on in visual visually visualized quantitative quantitatively
    biplane simpson's simpson simpsons method rule discs disks 2d 3d m mode mod doppler cw
    planimetry continuity equation pht from up down has have had which that it and improved
    increased decreased declined dropped fell fallen risen rose worsened changed reduced recovered
    mildly moderately severely mild moderate severe slightly markedly normal preserved depressed low
    lownormal high borderline dilated enlarged thickened thick elevated diminished only overall
    range between value peak max maximum maximal mean tip level previously formerly prior previous
    earlier newly not hyperdynamic impaired significantly further well least most than greater less
    more over above under below with resting rest end diastole systole
"""
_BETWEEN: Final = frozenset(_BETWEEN_TEXT.split())
_SAFE: Final = ("EF", "HR", "FS")  # of two letters, and yet nothing else
_DIRECT: Final = re.compile(
    r"[\s:=~*()\[\]-]*(?:\b(?:is|of|was|at|measures|measured|measuring|equals|to|be|about|approximately|now|"
    r"estimated|calculated)\b[\s:=~*(]*)*",
    re.IGNORECASE,
)
_UNIT_IN_BRACKETS: Final = re.compile(r"\(\s*(in|lb|lbs|kg|cm|m2|bpm|mm\s*hg)\s*\)", re.IGNORECASE)
_STOP: Final = re.compile(r"[;?!]|\.\s")

_EF_FAMILY: Final = (_Q.LVEF_BIPLANE, _Q.LVEF_VISUAL)
_EF_METHODS: Final = (
    (re.compile(r"\b(?:biplane|simpson|quantitative)", re.IGNORECASE), _Q.LVEF_BIPLANE),
    (re.compile(r"\b(?:3D|three[ -]dimensional)", re.IGNORECASE), _Q.LVEF_3D),
    (re.compile(r"\bteichholz", re.IGNORECASE), _Q.LVEF_TEICHHOLZ),
    (re.compile(r"\bvisual", re.IGNORECASE), _Q.LVEF_VISUAL),
)

# Names that need the valve or lesion spoken of before: "moderate aortic stenosis (peak velocity 3.2 m/s)".
_GENERIC: Final = {
    "peak velocity": "velocity", "max velocity": "velocity", "maximal velocity": "velocity", "vmax": "velocity",
    "peak jet velocity": "velocity", "jet velocity": "velocity", "mean gradient": "mean gradient",
    "peak gradient": "peak gradient", "(area": "area", "maximal gradient": "peak gradient", "valve area": "area",
    "pressure half time": "half-time", "vena contracta": "vena contracta",
    "vena contracta width": "vena contracta",
    "eroa": "orifice", "ero": "orifice", "effective regurgitant orifice area": "orifice",
    "regurgitant volume": "volume", "regurgitant fraction": "fraction",
}  # fmt: skip
_BY_VALVE: Final = {
    ("aortic", "velocity"): _Q.AV_VMAX, ("aortic", "mean gradient"): _Q.AV_MEAN_GRADIENT,
    ("aortic", "peak gradient"): _Q.AV_PEAK_GRADIENT, ("aortic", "area"): _Q.AORTIC_VALVE_AREA,
    ("mitral", "mean gradient"): _Q.MV_MEAN_GRADIENT, ("mitral", "area"): _Q.MITRAL_VALVE_AREA,
    ("mitral", "half-time"): _Q.MV_PRESSURE_HALF_TIME, ("tricuspid", "mean gradient"): _Q.TV_MEAN_GRADIENT,
    ("tricuspid", "velocity"): _Q.TR_VMAX, ("tricuspid leak", "velocity"): _Q.TR_VMAX,
    ("tricuspid leak", "peak gradient"): _Q.TR_PEAK_GRADIENT, ("pulmon", "velocity"): _Q.PV_VMAX,
    ("pulmon", "peak gradient"): _Q.PV_PEAK_GRADIENT, ("aortic leak", "velocity"): _Q.AR_VMAX,
    ("aortic leak", "half-time"): _Q.AR_PRESSURE_HALF_TIME, ("aortic leak",
    "vena contracta"): _Q.AR_VENA_CONTRACTA,
    ("aortic leak", "orifice"): _Q.AR_EROA, ("aortic leak", "volume"): _Q.AR_REGURGITANT_VOLUME,
    ("aortic leak", "fraction"): _Q.AR_REGURGITANT_FRACTION, ("mitral leak",
    "vena contracta"): _Q.MR_VENA_CONTRACTA,
    ("mitral leak", "orifice"): _Q.MR_EROA, ("mitral leak", "volume"): _Q.MR_REGURGITANT_VOLUME,
    ("mitral leak", "fraction"): _Q.MR_REGURGITANT_FRACTION, ("mitral leak", "velocity"): _Q.MR_VMAX,
    ("tricuspid leak", "vena contracta"): _Q.TR_VENA_CONTRACTA, ("tricuspid leak", "orifice"): _Q.TR_EROA,
    ("tricuspid leak", "volume"): _Q.TR_REGURGITANT_VOLUME,
}  # fmt: skip
_VALVE: Final = re.compile(
    r"\b(?:(?i:(?P<name>aortic|mitral|tricuspid|pulmon)\w*(?P<leak>\s+(?:valve\s+)?(?:regurg|insuff|incompet))?)"
    r"|(?P<short>AVA|AS|AR|AI|AV|MVA|MS|MR|MV|TR|PS)\b)"
)
_SHORT_VALVE: Final = {
    "AS": "aortic", "AV": "aortic", "AVA": "aortic", "AR": "aortic leak", "AI": "aortic leak", "MS": "mitral",
    "MV": "mitral", "MVA": "mitral", "MR": "mitral leak", "TR": "tricuspid leak", "PS": "pulmon",
}  # fmt: skip


class NameInText(NamedTuple):
    """The words that name a quantity, and the unit that stands in brackets behind them, if any."""

    quantity: Quantity
    start: int
    end: int
    unit: Unit | None


class QuantityWords:
    """The names of quantities in one sentence.

    Args:
        sentence: The sentence.
        heading: The heading above it, which may name the valve of a bare "peak gradient".
    """

    def __init__(self, sentence: str, heading: str) -> None:
        self._sentence, self._heading = sentence, heading
        self._bracketed = [
            (match.start(), match.end(), match[1]) for match in _UNIT_IN_BRACKETS.finditer(sentence)
        ]
        self._tokens = [
            match.span()
            for match in _TOKEN.finditer(sentence)
            if not any(start <= match.start() < end for start, end, _ in self._bracketed)
        ]

        self._ends = [end for _, end in self._tokens]

    def before(self, start: int, unit: Unit | None, earliest: int) -> NameInText | None:
        """Return the name that a number at ``start`` belongs to, looking back no further than ``earliest``."""
        last = bisect_right(self._ends, start) - 1
        for index in range(last, max(-1, last - _MOST_BETWEEN), -1):
            begin, end = self._tokens[index]
            if begin < earliest or _STOP.search(self._sentence, end, start):
                return None
            for first in range(max(0, index - _LONGEST_NAME + 1), index + 1):
                named = self._named(first, index, start, unit)
                if named is not None:
                    return named
            if self._sentence[begin:end].lower() not in _BETWEEN:
                return None
        return None

    def after(self, end: int, unit: Unit) -> NameInText | None:
        """Return the name that directly follows a number, as in "a 4.5 cm ascending aorta"."""
        first = bisect_right(self._ends, end)
        if first == len(self._tokens) or self._sentence[end : self._tokens[first][0]].strip():
            return None
        last = min(len(self._tokens), first + _LONGEST_NAME) - 1
        names = (
            self._named(first, index, self._tokens[first][0], unit) for index in range(last, first - 1, -1)
        )
        return next((name for name in names if name is not None), None)

    def _named(self, first: int, last: int, number: int, unit: Unit | None) -> NameInText | None:
        begin, end = self._tokens[first][0], self._tokens[last][1]
        text = self._sentence[begin:end]
        quantity = _quantity(text) or self._by_valve(text, begin)
        if quantity is None:
            return None
        if quantity in _EF_FAMILY:
            around = self._sentence[max(0, begin - 40) : max(number, end)]
            quantity = next((method for words, method in _EF_METHODS if words.search(around)), quantity)
        found = unit or self._unit_in_brackets(end, number)
        return (
            NameInText(quantity, begin, end, found)
            if self._fits(text, quantity, found, end, number)
            else None
        )

    def _by_valve(self, text: str, begin: int) -> Quantity | None:
        if text.lower() == "area" and begin and self._sentence[begin - 1] == "(":
            text = "(area"
        generic = _GENERIC.get(" ".join(text.lower().replace("-", " ").split()))
        if generic is None:
            return None
        matches = [*_VALVE.finditer(self._heading), *_VALVE.finditer(self._sentence, 0, begin)]
        for match in reversed(matches):
            valve = (
                _SHORT_VALVE.get(match["short"] or "")
                or f"{match['name'].lower()}{' leak' if match['leak'] else ''}"
            )
            found = _BY_VALVE.get((valve, generic)) or _BY_VALVE.get((f"{valve} leak", generic))
            if found is not None:
                return found
        return None

    def _unit_in_brackets(self, start: int, end: int) -> Unit | None:
        text = next((text for begin, _, text in self._bracketed if start <= begin < end), None)
        try:
            return None if text is None else parse_unit(" ".join(text.split()))
        except UnitError:
            return None

    def _fits(self, text: str, quantity: Quantity, unit: Unit | None, end: int, number: int) -> bool:
        """Return whether a name and a number belong together: a unit of its dimension, or no word between."""
        if unit is not None and unit.dimension != quantity.unit.dimension:
            return False
        letters = re.sub(r"[^A-Za-z']", "", text)
        if len(letters) <= 2 and not text.isupper() and "'" not in text and "/" not in text:
            return False
        if unit is not None:
            return True
        if len(letters) == 1 or (len(letters) == 2 and len(text) == 2 and text not in _SAFE):
            return self._sentence[end:number].strip() in (":", "=")
        return quantity.unit is Unit.PERCENT or _DIRECT.fullmatch(self._between(end, number)) is not None

    def _between(self, start: int, end: int) -> str:
        return _UNIT_IN_BRACKETS.sub(" ", self._sentence[start:end])


@lru_cache(maxsize=1 << 16)
def _quantity(text: str) -> Quantity | None:
    return find_quantity_by_name(text)
