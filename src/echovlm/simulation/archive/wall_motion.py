"""Wall motion scores of the 17 segments, as a reader gives them to a heart that contracts so."""

from typing import Final

from echovlm.simulation.patient import SimulatedPatient

# AHA order: base, mid, apex, cap. The names that public code reads (wm_inf_base, wm_inf_mid, wm_ant_sept_mid,
# wm_apical_cap) give the pattern of the others.
SEGMENT_NAMES: Final = (
    *(f"wm_{wall}_{level}" for level in ("base", "mid")
      for wall in ("ant", "ant_sept", "inf_sept", "inf", "inf_lat", "ant_lat")),
    "wm_ant_apex", "wm_sept_apex", "wm_inf_apex", "wm_lat_apex", "wm_apical_cap",
)  # fmt: skip
SCORE_WORDS: Final = {1: "Normal", 2: "Hypokinetic", 3: "Akinetic", 4: "Dyskinetic"}  # ASE 2015 section 3.5

# Our cuts of a continuous contraction, 1 normal and 0 none: readers call what lost about a third hypokinetic.
_NORMAL_FROM, _HYPOKINETIC_FROM, _AKINETIC_FROM = 0.7, 0.2, -0.1


def score_segments(patient: SimulatedPatient) -> tuple[int, ...]:
    """Return the score of each segment: 1 normal, 2 hypokinetic, 3 akinetic, 4 dyskinetic."""
    cuts = (_NORMAL_FROM, _HYPOKINETIC_FROM, _AKINETIC_FROM)
    return tuple(1 + sum(motion < cut for cut in cuts) for motion in patient.segment_motion)
