import math

import numpy as np
import pytest
from benchmarks.doppler_peaks import read_peaks
from scipy import ndimage

from echovlm.measure import MeasureError, simpson_biplane_ml, simpson_monoplane_px3
from echovlm.measure.doppler import SpectrumAxes, measure_peak_cm_per_s, trace_envelope_cm_per_s
from echovlm.measure.uncertainty import (
    OutlineSpread,
    Uncertain,
    area_length_with_spread_ml,
    distance_with_spread_cm,
    ejection_fraction_with_spread_pct,
    simpson_biplane_with_spread_ml,
    simpson_monoplane_with_spread_px3,
)

Y, X = np.mgrid[:260, :200]


def ellipse(half_length_px, half_width_px, grow_px=0.0):
    """An upright ellipse whose outline is moved outwards."""
    plain = ((Y - 130) / half_length_px) ** 2 + ((X - 100) / half_width_px) ** 2 <= 1
    if grow_px == 0:
        return plain
    outside = ndimage.distance_transform_edt(~plain)
    inside = ndimage.distance_transform_edt(plain)
    return (outside - inside) <= grow_px + math.copysign(
        0.5, grow_px
    )  # pixels lie half a step off the border


def test_an_outline_moved_outwards_changes_the_volume_as_its_uncertainty_says():
    plain = ellipse(90, 45)
    grown, shrunk = (simpson_monoplane_px3(ellipse(90, 45, move)) for move in (2.0, -2.0))
    said = simpson_monoplane_with_spread_px3(plain, OutlineSpread(2.0, 0.0))
    assert said.value == pytest.approx(simpson_monoplane_px3(plain))
    assert said.deviation == pytest.approx((grown - shrunk) / 2, rel=0.08)


def test_both_planes_of_a_biplane_volume_move_on_their_own():
    a4c, a2c = ellipse(90, 45), ellipse(88, 40)
    spacing = {"a4c_spacing_mm": 0.5, "a2c_spacing_mm": 0.5}
    parts = []
    for grow_a, grow_b in ((2.0, 0.0), (0.0, 2.0)):
        up = simpson_biplane_ml(ellipse(90, 45, grow_a), ellipse(88, 40, grow_b), **spacing)
        down = simpson_biplane_ml(ellipse(90, 45, -grow_a), ellipse(88, 40, -grow_b), **spacing)
        parts.append((up - down) / 2)
    said = simpson_biplane_with_spread_ml(a4c, a2c, OutlineSpread(2.0, 0.0), **spacing)
    assert said.deviation == pytest.approx(math.hypot(*parts), rel=0.08)


def test_the_area_length_volume_moves_as_its_uncertainty_says():
    first, second = ellipse(60, 45), ellipse(66, 48)
    spacing = {"a4c_spacing_mm": 0.5, "a2c_spacing_mm": 0.5}

    def volume(a, b):
        return area_length_with_spread_ml(a, b, OutlineSpread(0, 0), **spacing).value

    parts = [
        (volume(ellipse(60, 45, 2.0), second) - volume(ellipse(60, 45, -2.0), second)) / 2,
        (volume(first, ellipse(66, 48, 2.0)) - volume(first, ellipse(66, 48, -2.0))) / 2,
    ]
    said = area_length_with_spread_ml(first, second, OutlineSpread(2.0, 0.0), **spacing)
    assert said.deviation == pytest.approx(math.hypot(*parts), rel=0.1)


def test_local_errors_average_out_over_discs_and_common_ones_do_not():
    plain = ellipse(90, 45)
    common = simpson_monoplane_with_spread_px3(plain, OutlineSpread(1.0, 0.0))
    local = simpson_monoplane_with_spread_px3(plain, OutlineSpread(0.0, 1.0))
    assert local.deviation < 0.3 * common.deviation


def test_95_percent_of_callipers_hold_the_true_distance():
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(2000):
        ends = np.array([[50.0, 40.0], [80.0, 90.0]]) + rng.normal(size=(2, 2)) * np.array([[1.5], [2.5]])
        low, high = distance_with_spread_cm(*ends, spread_px=(1.5, 2.5), spacing_mm=0.4).interval()
        held += low <= math.hypot(30, 50) * 0.04 <= high
    assert held / 2000 == pytest.approx(0.95, abs=0.015)


def test_95_percent_of_ejection_fractions_hold_the_truth_and_shared_errors_cancel():
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(2000):
        shared, own = rng.normal(), rng.normal(size=2)
        errors = math.sqrt(0.8) * shared + math.sqrt(0.2) * own
        ed, es = Uncertain(120 + 8 * errors[0], 8.0), Uncertain(54 + 5 * errors[1], 5.0)
        low, high = ejection_fraction_with_spread_pct(ed, es, correlation=0.8).interval()
        held += low <= 55.0 <= high
    assert held / 2000 == pytest.approx(0.95, abs=0.015)
    together, apart = (
        ejection_fraction_with_spread_pct(Uncertain(120, 8), Uncertain(54, 5), correlation=c).deviation
        for c in (0.9, 0)
    )
    assert together < 0.6 * apart


def test_impossible_spreads_are_refused():
    with pytest.raises(MeasureError, match="0 or more; got -1"):
        OutlineSpread(-1.0, 0.0)
    with pytest.raises(MeasureError, match="between -1 and 1; got 2"):
        ejection_fraction_with_spread_pct(Uncertain(120, 8), Uncertain(54, 5), correlation=2)


AXES = SpectrumAxes(s_per_px=0.005, cm_per_s_per_px=-2.0, zero_row_px=150.0)


def spectrum(peak_cm_per_s, *, seed=0, heart_rate_bpm=75):
    """Half sines of velocity above the baseline, filled with speckle, over noise."""
    rng = np.random.default_rng(seed)
    seconds = np.arange(480) * AXES.s_per_px
    phase = (seconds * heart_rate_bpm / 60) % 1
    velocity = np.where(phase < 0.4, peak_cm_per_s * np.sin(np.pi * phase / 0.4), 0.0)
    rows = (150 - np.arange(200))[:, None] * 2.0
    flow = (rows > 0) & (rows <= velocity[None, :])
    grey = np.where(flow, 150, 12) * rng.gamma(4, 0.25, size=(200, 480))
    return grey.clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("peak", [60.0, 120.0, 250.0])
def test_the_peak_of_a_spectrum_is_found_within_its_uncertainty(peak):
    said = measure_peak_cm_per_s(spectrum(peak), AXES, above=True, heart_rate_bpm=75)
    assert said.value == pytest.approx(peak, abs=max(3 * said.deviation, 4.0))
    assert said.deviation < 6


def test_valve_clicks_that_cross_all_velocities_are_no_flow():
    clicked = spectrum(120.0)
    for column in range(30, 480, 160):  # 800 ms: once a beat, through the whole height, 15 ms long
        clicked[:, column : column + 3] = 220
    said = measure_peak_cm_per_s(clicked, AXES, above=True, heart_rate_bpm=75)
    assert said.value == pytest.approx(120.0, abs=max(3 * said.deviation, 4.0))


def test_peaks_of_simulated_spectra_are_the_true_ones_as_surely_as_they_say():
    # `python -m benchmarks.doppler_peaks 40` has the figures of every trace.
    found = list(read_peaks(3))
    assert len(found) > 25
    off = np.array([one.error_cm_per_s / one.true_cm_per_s for one in found])
    assert np.abs(off).mean() < 0.02
    assert np.mean([one.held for one in found]) >= 0.9


def test_the_empty_side_of_a_spectrum_has_no_flow():
    assert not trace_envelope_cm_per_s(spectrum(120.0), AXES, above=False).any()
    with pytest.raises(MeasureError, match="no flow is seen"):
        measure_peak_cm_per_s(spectrum(120.0), AXES, above=False, heart_rate_bpm=75)
    with pytest.raises(MeasureError, match="positive heart rate"):
        measure_peak_cm_per_s(spectrum(120.0), AXES, above=True, heart_rate_bpm=0)
