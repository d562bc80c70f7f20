"""The words of MIMIC-IV-ECHO for the motion of the 17 segments."""

from typing import Final

from echovlm.simulation.views.wall_motion import WallMotion

# AHA order: base, mid, apex, cap. The names that public code reads (wm_inf_base, wm_inf_mid, wm_ant_sept_mid,
# wm_apical_cap) give the pattern of the others.
SEGMENT_NAMES: Final = (
    *(f"wm_{wall}_{level}" for level in ("base", "mid")
      for wall in ("ant", "ant_sept", "inf_sept", "inf", "inf_lat", "ant_lat")),
    "wm_ant_apex", "wm_sept_apex", "wm_inf_apex", "wm_lat_apex", "wm_apical_cap",
)  # fmt: skip
SCORE_WORDS: Final = {
    WallMotion.NORMAL: "Normal",
    WallMotion.HYPOKINETIC: "Hypokinetic",
    WallMotion.AKINETIC: "Akinetic",
    WallMotion.DYSKINETIC: "Dyskinetic",
}
