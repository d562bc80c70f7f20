"""What each view must show of a heart, and what must not be in it, whatever the patient."""

import math
from typing import Final

import numpy as np

from echovlm.clinical.views import View
from echovlm.simulation.heart.geometry import Heart
from echovlm.simulation.heart.surfaces import HeartState
from echovlm.simulation.views.planes import find_plane
from echovlm.simulation.views.sections import Part, section

LEAST_AREA_CM2: Final = 0.5  # a smaller patch is not a structure that a reader would name

_LEFT: Final = {Part.LV, Part.LV_MYOCARDIUM}
MUST_SHOW: Final = {
    View.PLAX: _LEFT | {Part.LA, Part.RV, Part.AORTA},
    View.RV_INFLOW: {Part.RV, Part.RA},
    View.PSAX_AV: {Part.AORTA, Part.LA, Part.RA, Part.RV, Part.PULMONARY_ARTERY},
    View.PSAX_MV: _LEFT | {Part.RV},
    View.PSAX_PM: _LEFT | {Part.RV},
    View.PSAX_AP: _LEFT | {Part.RV},
    View.A4C: _LEFT | {Part.LA, Part.RV, Part.RA},
    View.A5C: _LEFT | {Part.LA, Part.RV, Part.AORTA},
    View.A2C: _LEFT | {Part.LA},
    View.A3C: _LEFT | {Part.LA, Part.AORTA, Part.RV},
    View.SC_4C: _LEFT | {Part.LA, Part.RV, Part.RA, Part.LIVER},
    View.SC_IVC: {Part.VEIN, Part.RA, Part.LIVER},
    View.SSN: {Part.AORTA, Part.PULMONARY_ARTERY},
}
MUST_NOT_SHOW: Final = {
    View.PLAX: {Part.RA},
    View.RV_INFLOW: {Part.LV, Part.LA},
    View.PSAX_AV: {Part.LV},
    View.PSAX_MV: {Part.LA},
    View.PSAX_PM: {Part.LA, Part.RA},
    View.PSAX_AP: {Part.LA, Part.RA},
    View.A2C: {Part.RV, Part.RA},
    View.A3C: {Part.RA},
    View.SSN: {Part.LV, Part.RV},
}


def shown_area_cm2(
    heart: Heart, state: HeartState, view: View, *, spacing_cm: float = 0.2
) -> dict[Part, float]:
    """Return the area of each part in a sector of 90 degrees that reaches 2.5 cm beyond what must be seen."""
    plane = find_plane(heart, view).followed(heart.height_cm - state.height)
    parts = section(
        heart,
        state,
        plane,
        half_angle_rad=math.radians(45),
        depth_cm=plane.reach_cm + 2.5,
        spacing_cm=spacing_cm,
    )
    counts = np.bincount(parts.ravel(), minlength=len(Part))
    return {part: float(counts[part]) * spacing_cm**2 for part in Part}


def find_faults(heart: Heart, state: HeartState, view: View) -> list[str]:
    """Return what is wrong with a view of this heart, in words; empty when nothing is."""
    area = shown_area_cm2(heart, state, view)
    faults = [f"no {part.name}" for part in sorted(MUST_SHOW[view]) if area[part] < LEAST_AREA_CM2]
    faults += [
        f"{part.name} of {area[part]:.1f} cm2"
        for part in sorted(MUST_NOT_SHOW.get(view, set()))
        if area[part] >= LEAST_AREA_CM2
    ]
    if heart.patient.effusion_cm == 0 and area[Part.EFFUSION] > 0:
        faults.append("effusion in a dry pericardium")
    return faults
