"""Rendering of simulated cines with masks and landmarks, on one core."""

from benchmarks.timing import seconds
from echovlm.clinical.views import View
from echovlm.simulation import sample_patient, simulate_clip

VIEWS = (View.PLAX, View.PSAX_MV, View.PSAX_PM, View.A4C, View.A2C)


def rows() -> list[tuple[str, float, str]]:
    patient = sample_patient(0, seed=0)
    found = []
    for view in VIEWS:
        (spent,) = seconds(
            lambda view=view: simulate_clip(patient, view, seed=0, n_frames=16, height_px=240, width_px=320)
        )
        found.append((f"simulate {view.abbreviation}, 320×240 with masks", 16 / spent, "frames/s"))
    return found
