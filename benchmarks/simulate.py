"""Rendering of simulated cines with masks and landmarks: frames per second of one core's time."""

import time
from statistics import median

from echovlm.simulation import sample_patient, simulate_clip
from echovlm.simulation.views.planes import SIMULATED_VIEWS

N_FRAMES, HEIGHT_PX, WIDTH_PX, ROUNDS = 32, 224, 300, 5


def rows() -> list[tuple[str, float, str]]:
    patient = sample_patient(0, seed=0)
    found = []
    for view in SIMULATED_VIEWS:
        spent = []
        for _ in range(ROUNDS + 1):
            # The processor's own time: what else runs on the machine does not count.
            start = time.process_time()
            simulate_clip(patient, view, seed=0, n_frames=N_FRAMES, height_px=HEIGHT_PX, width_px=WIDTH_PX)
            spent.append(time.process_time() - start)
        speed = N_FRAMES / median(spent[1:])  # the first round compiles
        found.append((f"simulate {view.abbreviation}, {WIDTH_PX}×{HEIGHT_PX} with masks", speed, "frames/s"))
    return found
