"""Do all views of many random patients show what they must? Prints the share of faults per view.

A second table holds the method of discs against the volume, in as many hearts without regional disease.
Run as ``python -m benchmarks.anatomy 1000``; a thousand patients take four to eight minutes of one core.
"""

import sys
import time
from collections import Counter

import numpy as np

from echovlm.simulation import sample_patient
from echovlm.simulation.heart.geometry import build_heart
from echovlm.simulation.heart.motion import END_DIASTOLE, END_SYSTOLE
from echovlm.simulation.heart.wall import cavity_ml
from echovlm.simulation.patient import Prevalence
from echovlm.simulation.views.planes import SIMULATED_VIEWS
from echovlm.simulation.views.required import find_faults
from echovlm.simulation.views.truth import biplane_volume_ml

SEED = 20260


def main(n_patients: int) -> None:
    """Print every kind of fault with its count and the first patients that have it."""
    began = time.perf_counter()
    counts: Counter[str] = Counter()
    examples: dict[str, list[int]] = {}
    for index in range(n_patients):
        heart = build_heart(sample_patient(index, seed=SEED))
        for name, phase in (("ED", END_DIASTOLE), ("ES", END_SYSTOLE)):
            state = heart.state(phase)
            for view in SIMULATED_VIEWS:
                for fault in find_faults(heart, state, view):
                    kind = f"{view.abbreviation:10s} {name} {fault.split(' of ')[0]}"
                    counts[kind] += 1
                    examples.setdefault(kind, []).append(index)
    for kind, count in sorted(counts.items()):
        print(f"{kind:40s} {count:5d} of {n_patients}  e.g. patients {examples[kind][:6]}")
    views = n_patients * len(SIMULATED_VIEWS) * 2
    print(f"{sum(counts.values())} faults in {views} sections, {time.perf_counter() - began:.0f} s")
    print_discs(n_patients)


def print_discs(n_patients: int) -> None:
    """Print how far the method of discs is from the volume of the cavity."""
    healthy = Prevalence(regional_disease=0.0)
    for name, phase in (("ED", END_DIASTOLE), ("ES", END_SYSTOLE)):
        errors = np.zeros(n_patients)
        for index in range(n_patients):
            heart = build_heart(sample_patient(index, seed=SEED, prevalence=healthy))
            state = heart.state(phase)
            errors[index] = 100 * (biplane_volume_ml(heart, state) / cavity_ml(state.wall, state.height) - 1)
        within, worst = 100 * np.mean(np.abs(errors) <= 2), errors[np.abs(errors).argmax()]
        print(
            f"discs at {name}: mean {errors.mean():+.2f} %, worst {worst:+.2f} %, within 2 %: {within:.1f} %"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
