"""Which view can show which finding and which number: one table for captions, aggregation and reports.

Weights and number lists are those of the project's guideline draft, for B-mode cines.
"""

from typing import Final

from echovlm.clinical.findings import Finding
from echovlm.clinical.measurement import Quantity
from echovlm.clinical.views import View

PRIMARY: Final = 3  # the view in which the finding is judged
VISIBLE: Final = 2  # supportive; from here on a caption of one clip may speak of the finding
PARTIAL: Final = 1  # indirect; for a whole study only

_LV_SIZE: Final = {
    View.PLAX: 3, View.PSAX_MV: 2, View.PSAX_PM: 2, View.A4C: 3, View.A2C: 3, View.A3C: 2, View.A5C: 1,
    View.SC_4C: 2,
}  # fmt: skip
_LV_WALL: Final = {
    View.PLAX: 3, View.PSAX_MV: 2, View.PSAX_PM: 3, View.A4C: 2, View.A3C: 2, View.A2C: 1, View.SC_4C: 2,
}  # fmt: skip

_WEIGHT: Final[dict[Finding, dict[View, int]]] = {
    Finding.LV_DILATED: _LV_SIZE,
    Finding.LV_SYSTOLIC_DYSFUNCTION: {
        View.PLAX: 2, View.PSAX_MV: 2, View.PSAX_PM: 3, View.PSAX_AP: 1, View.A4C: 3, View.A2C: 3,
        View.A3C: 2, View.A5C: 1, View.SC_4C: 2,
    },
    Finding.LV_WALL_THICKENED: _LV_WALL,
    Finding.LV_HYPERTROPHY: _LV_WALL,
    Finding.LA_DILATED: {
        View.PLAX: 2, View.A4C: 3, View.A2C: 3, View.A3C: 1, View.PSAX_AV: 1, View.SC_4C: 1,
    },
    Finding.RA_DILATED: {View.A4C: 3, View.SC_4C: 2, View.RV_INFLOW: 1, View.PSAX_AV: 1},
    Finding.RV_DILATED: {
        View.A4C: 3, View.SC_4C: 3, View.PLAX: 2, View.PSAX_AV: 2, View.PSAX_PM: 2, View.PSAX_MV: 2,
        View.RV_INFLOW: 1,
    },
    Finding.AO_SINUS_DILATED: {View.PLAX: 3, View.A3C: 1, View.PSAX_AV: 1, View.A5C: 1},
    Finding.PERICARDIAL_EFFUSION: {
        View.PLAX: 3, View.SC_4C: 3, View.A4C: 3, View.PSAX_PM: 2, View.PSAX_MV: 2, View.A2C: 1,
        View.RV_INFLOW: 1,
    },
}  # fmt: skip

# Indexes, mass and relative wall thickness are in no list: no image shows body size or a formula's result.
# The draft lists LAVi under the apical views and forbids calculated numbers; the prohibition wins. Ejection
# fraction and fractional shortening stay: the cine shows the motion that they count.
_LINEAR_LV: Final = {
    Quantity.LV_INTERNAL_DIAMETER_ED, Quantity.LV_INTERNAL_DIAMETER_ES, Quantity.IVS_THICKNESS_ED,
    Quantity.PW_THICKNESS_ED, Quantity.PERICARDIAL_EFFUSION_DEPTH,
}  # fmt: skip
_APICAL_LEFT: Final = {
    Quantity.LV_EDV_BIPLANE, Quantity.LV_ESV_BIPLANE, Quantity.LVEF_BIPLANE, Quantity.LA_VOLUME,
}  # fmt: skip

_NUMBERS: Final[dict[View, frozenset[Quantity]]] = {
    View.PLAX: frozenset(
        _LINEAR_LV
        | {
            Quantity.FRACTIONAL_SHORTENING, Quantity.LA_DIAMETER_AP, Quantity.AORTIC_SINUS_DIAMETER,
            Quantity.ASCENDING_AORTA_DIAMETER,
        }
    ),
    View.PSAX_PM: frozenset(_LINEAR_LV),
    View.A4C: frozenset(
        _APICAL_LEFT
        | {
            Quantity.LVEF_A4C, Quantity.RA_AREA, Quantity.RV_BASAL_DIAMETER,
            Quantity.PERICARDIAL_EFFUSION_DEPTH,
        }
    ),
    View.A2C: frozenset(_APICAL_LEFT),
    View.SC_4C: frozenset({Quantity.PERICARDIAL_EFFUSION_DEPTH}),
}  # fmt: skip


def visibility(view: View, finding: Finding) -> int:
    """Return how well a view shows a finding: 3 primary, 2 visible, 1 partial or indirect, 0 not at all."""
    return _WEIGHT[finding].get(view, 0)


def shows(view: View, quantity: Quantity) -> bool:
    """Return whether a number of this quantity can be measured in this view."""
    return quantity in _NUMBERS.get(view, frozenset())
