"""How often a laboratory takes each view: the odds before anybody has looked at a clip.

Counts of 946 cines of one archive (folder "P10" in ``ECHO_EG_VIEWS_AND_PLAX_NORMALIZATION_REPORT.md`` of
github.com/MohammadBelalIrshaid/Echo-ecg, commit 2f1cddf; the labels, with their "?", read like a person's): PLAX 176,
A4C 173, PSAX at the aortic valve or "valves" 132, subcostal 73, A2C 67, PSAX at the papillary muscles (with the mitral
valve) 57, A3C 49, A5C 47, IVC 17, PSAX at the apex 12, aorta 7, and 136 without a name. What it counts together is
divided as a laboratory's standard protocol asks for it (UC San Diego's, github.com/parameterz/echo-protocols,
``ucsd-standard.md``): four parasternal long axes for each right ventricular inflow, as many short axes at the mitral
valve as at the papillary muscles. That protocol takes A4C eight times for each A5C, where the counts have it 3.7 times.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from echovlm.clinical.views import View

_CINES: Final = {
    View.PLAX: 176 * 4 / 5,
    View.RV_INFLOW: 176 / 5,
    View.PSAX_AV: 132,
    View.PSAX_MV: 57 / 2,
    View.PSAX_PM: 57 / 2,
    View.PSAX_AP: 12,
    View.A4C: 173,
    View.A5C: 47,
    View.A2C: 67,
    View.A3C: 49,
    View.SC_4C: 73,
    View.SC_IVC: 17,
    View.SSN: 7,
}

LABORATORY_SHARES: Final[Mapping[View, float]] = MappingProxyType(
    {view: count / sum(_CINES.values()) for view, count in _CINES.items()}
)
"""Share of each view among the cines that show one; sums to 1."""

EQUAL_SHARES: Final[Mapping[View, float]] = MappingProxyType({view: 1 / len(View) for view in View})
"""Every view as likely as any other: what a balanced score asks for."""
