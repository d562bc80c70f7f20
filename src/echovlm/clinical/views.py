"""The standard echocardiographic views, in the ASE's abbreviations, with every foreign spelling that we read.

View names follow ASE 2019 (Mitchell et al., comprehensive adult TTE); codes are DICOM CID 12226.
"""

import re
from enum import Enum
from typing import Final


class Mode(Enum):
    """An imaging mode; never fused with the view."""

    B = "b"
    M = "m"
    COLOR = "color"
    PW = "pw"
    CW = "cw"
    TDI = "tdi"

    @property
    def words(self) -> str:
        """The mode in words, lower case but for its letters."""
        return _MODE_WORDS[self]


_MODE_WORDS: Final = {
    Mode.B: "B-mode",
    Mode.M: "M-mode",
    Mode.COLOR: "colour Doppler",
    Mode.PW: "pulsed-wave Doppler",
    Mode.CW: "continuous-wave Doppler",
    Mode.TDI: "tissue Doppler",
}


class View(Enum):
    """A standard transthoracic view. An unknown view is ``None``, never a member."""

    PLAX = "plax"
    RV_INFLOW = "rv-inflow"
    PSAX_AV = "psax-av"
    PSAX_MV = "psax-mv"
    PSAX_PM = "psax-pm"
    PSAX_AP = "psax-ap"
    A4C = "a4c"
    A5C = "a5c"
    A2C = "a2c"
    A3C = "a3c"
    SC_4C = "sc-4c"
    SC_IVC = "sc-ivc"
    SSN = "ssn"

    @property
    def abbreviation(self) -> str:
        """The abbreviation as a report prints it, such as ``PSAX-MV``."""
        return self.value.upper()

    @property
    def label(self) -> str:
        """The view in words, lower case."""
        return _LABEL[self]

    @property
    def window(self) -> str:
        """Where the probe lies (ASE 2019, section II): parasternal, apical, subcostal or suprasternal."""
        return _WINDOW.get(self, "parasternal")

    @property
    def snomed_code(self) -> str | None:
        """The SNOMED CT code of DICOM CID 12226; the context group has none for A5C and SSN is long-axis."""
        return _SNOMED.get(self)


_LABEL: Final = {
    View.PLAX: "parasternal long axis",
    View.RV_INFLOW: "right ventricular inflow",
    View.PSAX_AV: "parasternal short axis at the aortic valve level",
    View.PSAX_MV: "parasternal short axis at the mitral valve level",
    View.PSAX_PM: "parasternal short axis at the papillary muscle level",
    View.PSAX_AP: "parasternal short axis at the apex",
    View.A4C: "apical four chamber",
    View.A5C: "apical five chamber",
    View.A2C: "apical two chamber",
    View.A3C: "apical long axis",
    View.SC_4C: "subcostal four chamber",
    View.SC_IVC: "subcostal inferior vena cava",
    View.SSN: "suprasternal long axis",
}

_WINDOW: Final = {
    **dict.fromkeys((View.A4C, View.A5C, View.A2C, View.A3C), "apical"),
    **dict.fromkeys((View.SC_4C, View.SC_IVC), "subcostal"),
    View.SSN: "suprasternal",
}

_SNOMED: Final = {
    View.PLAX: "399139001",
    View.RV_INFLOW: "398998003",
    View.PSAX_AV: "399239005",
    View.PSAX_MV: "399036006",
    View.PSAX_PM: "399271003",
    View.A4C: "399214001",
    View.A2C: "399232001",
    View.A3C: "399339008",
    View.SC_4C: "399310008",
    View.SSN: "399106004",
}

# Spellings beyond value, label and code, after `_fold`: EchoPrime, CAMUS, TMED-2, TTE47, EchoNet-LVH, EV9V.
_FOREIGN: Final = {
    View.PLAX: ("parasternal long", "plhla", "lax", "plax lv", "plax zoom out"),
    View.RV_INFLOW: ("plax rv inflow", "rvif", "plax tv", "right ventricular inflow tract view"),
    View.PSAX_AV: ("psax level great vessels", "psax av level", "psax av", "pasa"),
    View.PSAX_MV: ("psax level of mv", "psax lv base", "pmvlsa"),
    View.PSAX_PM: ("psax level of papillary muscles", "psax lv mid", "pmpala", "psax mid"),
    View.PSAX_AP: ("psax level of apex", "psax lv apex"),
    View.A4C: (
        "4ch",
        "ap4",
        "apical 4 chamber",
        "apical 4c",
        "4 chamber",
        "four chamber",
        "a4ch full",
        "a4c lv",
    ),
    View.A5C: ("5ch", "ap5", "apical 5 chamber", "a5ch full"),
    View.A2C: ("2ch", "ap2", "apical 2 chamber", "2 chamber", "two chamber", "a2ch full", "a2c lv"),
    View.A3C: ("3ch", "ap3", "aplax", "apical 3 chamber", "apical three chamber", "a3ch full", "a3c lv"),
    View.SC_4C: ("subcostal 4c", "sc4c", "subcostal 4 chamber", "subcostal heart"),
    View.SC_IVC: ("subcostal ivc", "ivc"),
    View.SSN: ("suprasternal", "ssn aortic arch", "suprasternal notch"),
}


def _fold(text: str) -> str:
    """Reduce a spelling to lower-case words parted by single spaces."""
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


_SPELLING: Final = {
    _fold(spelling): view
    for view in View
    for spelling in (view.value, view.label, view.snomed_code or view.value, *_FOREIGN[view])
}


def find_view(text: str) -> View | None:
    """Return the view that ``text`` spells, or ``None`` when no known spelling matches the whole text."""
    return _SPELLING.get(_fold(text))
