"""Peak velocities of simulated spectra against the truth, and whether their intervals hold it.

Run `python -m benchmarks.doppler_peaks [PATIENTS]`.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from echovlm.measure import MeasureError, SpectrumAxes, measure_peak_cm_per_s
from echovlm.simulation.doppler.calipers import Shape
from echovlm.simulation.doppler.spectral import Spectrum, render_spectrum
from echovlm.simulation.doppler.traces import Trace
from echovlm.simulation.patient import sample_patient


@dataclass(frozen=True, slots=True)
class Reading:
    """One peak, read and known.

    Attributes:
        trace: The recording.
        true_cm_per_s: Fastest flow on that side of the baseline.
        error_cm_per_s: Read minus true.
        deviation_cm_per_s: What the reading says of itself.
    """

    trace: Trace
    true_cm_per_s: float
    error_cm_per_s: float
    deviation_cm_per_s: float

    @property
    def held(self) -> bool:
        """Whether the 95 % interval holds the truth."""
        return abs(self.error_cm_per_s) <= 1.96 * self.deviation_cm_per_s


def read_peaks(n_patients: int, *, seed: int = 5) -> Iterator[Reading]:
    """Yield every peak of every trace of some patients, but for what is wrapped around."""
    for patient in (sample_patient(index, seed=seed) for index in range(n_patients)):
        for trace in Trace:
            spectrum = render_spectrum(patient, trace, seed=seed, height_px=300)
            if spectrum.settings.is_aliased:
                continue
            for above in (True, False):
                yield from _read(spectrum, trace, above=above, heart_rate_bpm=patient.heart_rate_bpm)


def _read(spectrum: Spectrum, trace: Trace, *, above: bool, heart_rate_bpm: float) -> Iterator[Reading]:
    peaks = [
        float(caliper.velocity_cm_per_s[0]) for caliper in spectrum.calipers if caliper.shape is Shape.POINT
    ]
    here = [abs(peak) for peak in peaks if (peak > 0) is above]
    if not here:
        return
    axes = SpectrumAxes(
        s_per_px=spectrum.ms_per_px / 1000,
        cm_per_s_per_px=-spectrum.cm_per_s_per_px,
        zero_row_px=float(spectrum.baseline_row),
    )
    try:
        said = measure_peak_cm_per_s(spectrum.image, axes, above=above, heart_rate_bpm=heart_rate_bpm)
    except MeasureError:
        return
    yield Reading(trace, max(here), said.value - max(here), said.deviation)


def describe(name: str, some: Sequence[Reading]) -> str:
    """Return one line on some peaks."""
    error = np.array([one.error_cm_per_s for one in some])
    share = 100 * error / np.array([one.true_cm_per_s for one in some])
    held = 100 * np.mean([one.held for one in some])
    return (
        f"{name:<18} {len(some):4d} peaks  off by {np.abs(error).mean():5.1f} cm/s ({np.abs(share).mean():4.1f} %)  "
        f"bias {share.mean():+5.1f} %  interval holds the truth in {held:5.1f} %"
    )


if __name__ == "__main__":
    found = list(read_peaks(*(int(text) for text in sys.argv[1:2] or ("40",))))
    for trace in Trace:
        if some := [one for one in found if one.trace is trace]:
            print(describe(trace.file_name, some))
    print(describe("all", found))
