"""The ECG that a console draws on the picture: its curve, the R waves on it, and when they were."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Int, Int16, UInt8
from scipy import ndimage, signal

from echovlm.imaging.clip import Clip
from echovlm.imaging.ecg_place import CONTRAST, LEAST_HEIGHT_PX, MAX_FRAMES, find_strips
from echovlm.imaging.over_frames import QUARTERS, count_strays, find_median, median_quarters, stray
from echovlm.imaging.picture import Box, PictureSearch
from echovlm.imaging.regions import PhysicalUnit

Curve = Float[np.ndarray, "column"]

_GREY_SATURATION: Final = 0.25
_HUES_DEG: Final = (0, 60, 120, 180, 240, 300)
_HUE_HALF_WIDTH_DEG: Final = 50.0
_LEAST_COVER: Final = 0.5  # a curve runs over at least this share of its strip, a word does not
_R_FRAC: Final = 0.5  # an R wave stands out by this share of the curve's height; P and T reach a third
_MOST_WAVES: Final = 24  # of a paced rhythm, each beat has two: a strip shows at most a dozen beats
_MOST_IRREGULAR: Final = 0.75  # spread of the gaps over their mean; a pacemaker's spikes make 0.7 at 100 bpm
_LEAST_ALIKE: Final = 0.45
_WIDEST_R_FRAC: Final = 0.05  # of the strip, at half its height; a breath is wider
_STEEP_TO_FLAT: Final = 4.0  # an R wave's height in medians of the rest of the curve
_MERGED_MS: Final = 200.0  # of two deflections this close the wider is the QRS, the other a pacemaker's spike
_MARKER_ROWS: Final = 0.6  # a marker covers this share of a column
_MARKED_FRAMES: Final = 0.6
_MARKER_ERROR_PX: Final = 2.5
_LEAST_GAP_PX: Final = 3
_T_WINDOW: Final = (0.12, 0.62)  # of the RR interval after R, where a T wave can lie
_LEAST_T_FRAC: Final = 0.06


@dataclass(frozen=True, slots=True)
class Ecg:
    """What a drawn ECG tells.

    Attributes:
        box_xyxy_px: Where it is drawn, end exclusive.
        r_columns_px: Columns of the R waves, from left to right.
        r_wave_times_ms: R waves within the cine, from its first frame; empty when nothing ties the curve to the frames.
        t_end_times_ms: Ends of the T waves that follow those, where there are any; the valve closes about then.
        heart_rate_bpm: From the distance of the R waves; ``None`` when there is no scale or only one wave.
        source: How the curve was tied to the frames, or why it was not.
    """

    box_xyxy_px: Box
    r_columns_px: tuple[float, ...]
    r_wave_times_ms: tuple[float, ...]
    t_end_times_ms: tuple[float, ...]
    heart_rate_bpm: float | None
    source: str


@dataclass(frozen=True, slots=True, eq=False)
class _Strip:
    """Where a curve may be drawn: each pixel's median over the frames, and of those the median."""

    box: Box
    usual_quarters: Int16[np.ndarray, "height width 3"]
    ground_quarters: Int16[np.ndarray, "3"]


@dataclass(frozen=True, slots=True, eq=False)
class _Trace:
    """A curve: its height above the strip's bottom by column, upright, and its R waves."""

    strip: _Strip
    height_px: Curve
    r_columns_px: tuple[int, ...]
    steepness: float
    mask: Bool[np.ndarray, "height width"]


def read_ecg(clip: Clip, search: PictureSearch | None = None) -> Ecg | None:
    """Read the ECG on a picture; ``None`` when there is none with an R wave.

    Times come from the marker that runs along the curve with the frames. A strip without one has a scale at most,
    from its ultrasound region, and that gives the heart rate alone: no file says which column is which frame.

    Args:
        clip: A cine or a still.
        search: A search for the clip's picture that somebody else asks too.
    """
    boxes = find_strips(clip, search or PictureSearch(clip))
    found = [trace for box in boxes for trace in _find_traces(clip.frames, box)]
    if not found:
        return None
    trace = max(found, key=lambda trace: trace.steepness)
    left = trace.strip.box[0]
    columns = tuple(float(left + column) for column in trace.r_columns_px)
    track = _track_marker(clip, trace)
    if track is None:
        ms_per_px = _ms_per_px(clip, trace.strip.box)
        rate = None if ms_per_px is None else _rate_bpm(np.diff(columns) * ms_per_px)
        return Ecg(trace.strip.box, columns, (), (), rate, "no marker ties the drawn ECG to the frames")
    start_px, px_per_ms = track
    assert clip.frame_times_ms is not None, "a marker is tracked over known times"
    trace = _without_spikes(trace, px_per_ms)
    times_ms = [(column - start_px) / px_per_ms for column in trace.r_columns_px]
    step_ms = find_median(np.diff(clip.frame_times_ms))
    last_ms = float(clip.frame_times_ms[-1]) + step_ms / 2
    inside = tuple(max(0.0, round(time, 1)) for time in times_ms if -step_ms / 2 <= time <= last_ms)
    ends_ms = [(column - start_px) / px_per_ms for column in _t_ends(trace, px_per_ms)]
    return Ecg(
        box_xyxy_px=trace.strip.box,
        r_columns_px=tuple(float(left + column) for column in trace.r_columns_px),
        r_wave_times_ms=inside,
        t_end_times_ms=tuple(round(time, 1) for time in ends_ms if 0 <= time <= last_ms),
        heart_rate_bpm=_rate_bpm(np.diff(times_ms)),
        source="the marker that runs along the drawn ECG",
    )


def with_drawn_ecg(clip: Clip, search: PictureSearch | None = None) -> Clip:
    """Return the clip with the R waves and the heart rate of the ECG drawn on it, where the file states none."""
    if clip.r_wave_times_ms or clip.frame_times_ms is None or not clip.is_cine:
        return clip
    ecg = read_ecg(clip, search)
    if ecg is None or not ecg.r_wave_times_ms:
        return clip
    told = f"The R waves were read from the ECG drawn on the picture, by {ecg.source}."
    rate = clip.heart_rate_bpm if clip.heart_rate_bpm is not None else ecg.heart_rate_bpm
    return replace(
        clip, r_wave_times_ms=ecg.r_wave_times_ms, heart_rate_bpm=rate, remarks=(*clip.remarks, told)
    )


# ---- the curve


def _find_traces(frames: UInt8[np.ndarray, "frame height width 3"], box: Box) -> Iterator[_Trace]:
    """Yield a curve for every colour of the strip that has one with R waves; breathing is drawn in another."""
    x0, y0, x1, y1 = box
    if min(y1 - y0, x1 - x0) < LEAST_HEIGHT_PX:
        return
    usual = median_quarters(frames[_some(len(frames)), y0:y1, x0:x1])
    # Whole: the median of halves lies at a quarter at the finest.
    ground = np.array([find_median(usual[..., channel].ravel()) for channel in range(3)], dtype=np.int16)
    strip = _Strip(box, usual, ground)
    for mask in _by_colour(strip):
        covered = np.asarray(mask.any(axis=0))
        if np.count_nonzero(covered) < _LEAST_COVER * len(covered):
            continue
        for is_upright in (True, False):
            trace = _read_curve(strip, mask, covered, is_upright=is_upright)
            if trace is not None:
                yield trace


def _some(n_frames: int) -> slice | np.ndarray:
    if n_frames <= MAX_FRAMES:
        return slice(None)  # no copy
    return np.unique(np.linspace(0, n_frames - 1, MAX_FRAMES).round().astype(int))


def _by_colour(strip: _Strip) -> Iterator[Bool[np.ndarray, "height width"]]:
    """Yield the lit pixels of one colour after the other: greys, and hues in overlapping sectors."""
    # One channel after the other: over the short axis of three each step takes five times as long.
    channels = np.ascontiguousarray(np.moveaxis(strip.usual_quarters, 2, 0))
    apart = np.abs(channels - strip.ground_quarters[:, None, None]) > QUARTERS * CONTRAST
    lit = apart[0] | apart[1] | apart[2]
    red, green, blue = channels
    high, low = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
    is_grey = (high - low) < _GREY_SATURATION * np.maximum(high, QUARTERS)
    yield lit & is_grey
    coloured = np.nonzero(lit & ~is_grey)
    if not len(coloured[0]):
        return
    red, green, blue = (channel[coloured] for channel in channels)
    hue_deg = np.degrees(np.arctan2(np.sqrt(3) * (green - blue), 2 * red - green - blue))
    for centre_deg in _HUES_DEG:
        away_deg = np.abs((hue_deg - centre_deg + 180) % 360 - 180)
        mask = np.zeros_like(lit)
        mask[coloured] = away_deg <= _HUE_HALF_WIDTH_DEG
        yield mask


def _read_curve(
    strip: _Strip,
    mask: Bool[np.ndarray, "height width"],
    covered: Bool[np.ndarray, "width"],
    *,
    is_upright: bool,
) -> _Trace | None:
    """Return the curve along the upper (or lower) edge of a line, when it has R waves."""
    height, width = mask.shape
    edge = height - mask.argmax(axis=0) if is_upright else height - mask[::-1].argmax(axis=0)
    columns = np.arange(width)
    level = np.interp(columns, columns[covered], edge[covered].astype(float))
    level -= find_median(level)
    span = float(np.ptp(level))
    if span < LEAST_HEIGHT_PX:
        return None
    peaks, about = signal.find_peaks(
        np.concatenate((level[:1], level, level[-1:])),
        prominence=_R_FRAC * span,
        width=0,
        rel_height=0.5,
        plateau_size=0,
    )
    narrow = about["widths"] <= max(4.0, _WIDEST_R_FRAC * width)
    if not narrow.any() or not narrow.all():
        return None
    if len(peaks) > _MOST_WAVES or _is_irregular(peaks, level[peaks - 1]):
        return None
    rest = find_median(np.abs(level)) + 1.0
    steepness = float(about["prominences"].min()) / rest
    if steepness < _STEEP_TO_FLAT:
        return None
    r_columns_px = tuple(int(peak) - 1 for peak in peaks)
    steepness *= float(covered.mean())
    return _Trace(strip, level, r_columns_px, steepness, mask)


def _is_irregular(columns: np.ndarray, heights_px: np.ndarray) -> bool:
    """Whether peaks are too unlike each other for heart beats, even fibrillating ones: letters of a word are."""
    gaps = np.diff(columns)
    spreads = len(gaps) >= 3 and float(gaps.std() / gaps.mean()) > _MOST_IRREGULAR
    return spreads or float(heights_px.min()) < _LEAST_ALIKE * float(heights_px.max())


def _without_spikes(trace: _Trace, px_per_ms: float) -> _Trace:
    """Return the curve with one wave per beat: of a spike and the QRS behind it the wider one."""
    widths = signal.peak_widths(trace.height_px, trace.r_columns_px, rel_height=0.5)[0]
    kept: list[int] = []
    kept_widths: list[float] = []
    for column, width in zip(trace.r_columns_px, widths.tolist(), strict=True):
        if kept and column - kept[-1] < _MERGED_MS * px_per_ms:
            if width >= kept_widths[-1]:
                kept[-1], kept_widths[-1] = column, width
        else:
            kept.append(column)
            kept_widths.append(width)
    return replace(trace, r_columns_px=tuple(kept))


def _t_ends(trace: _Trace, px_per_ms: float) -> Iterator[float]:
    """Yield where each T wave ends: where the steepest tangent of its fall meets the level before the next beat."""
    beats = np.diff(trace.r_columns_px)
    if not len(beats):
        return
    beat_px = find_median(beats)
    smooth = ndimage.gaussian_filter1d(trace.height_px, max(1.0, 12.0 * px_per_ms))
    r_height = float(max(trace.height_px[column] for column in trace.r_columns_px))
    for column in trace.r_columns_px:
        start, stop = (int(column + share * beat_px) for share in _T_WINDOW)
        if stop + 2 >= len(smooth):
            continue
        level = find_median(smooth[start : column + int(0.9 * beat_px)])
        wave = np.abs(smooth[start:stop] - level)
        top = int(wave.argmax())
        if not 0 < top < len(wave) - 2 or wave[top] < max(1.5, _LEAST_T_FRAC * r_height):
            continue
        fall = np.diff(wave[top:])
        steepest = int(fall.argmin())
        if fall[steepest] < 0:
            yield (
                start
                + top
                + steepest
                + 0.5
                - float(wave[top + steepest] + wave[top + steepest + 1]) / (2 * float(fall[steepest]))
            )


# ---- its time


def _track_marker(clip: Clip, trace: _Trace) -> tuple[float, float] | None:
    """Return the strip's column of the first frame and the columns per ms that the marker moves by."""
    if clip.frame_times_ms is None or len(clip.frames) < 3:
        return None
    x0, y0, x1, y1 = trace.strip.box
    chosen = _some(len(clip.frames))
    strips = clip.frames[chosen, y0:y1, x0:x1]
    places = _bars(strips, trace)
    if sum(place is not None for place in places) < _MARKED_FRAMES * len(places):
        places = _gaps(strips, trace)
    marked = [
        (time, place)
        for time, place in zip(clip.frame_times_ms[chosen], places, strict=True)
        if place is not None
    ]
    if len(marked) < max(3, _MARKED_FRAMES * len(places)):
        return None
    times, columns = np.array(marked, float).T
    earlier, later = _pairs(len(times))
    slope = find_median(
        (columns[later] - columns[earlier]) / (times[later] - times[earlier])
    )  # Theil and Sen
    start = find_median(columns - slope * times)
    fits = np.abs(columns - start - slope * times) <= _MARKER_ERROR_PX
    return (start, slope) if slope > 0 and fits.mean() >= _MARKED_FRAMES else None


# Clips of an archive have a few lengths.
@lru_cache(maxsize=64)
def _pairs(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices of the first and of the second of every pair."""
    first, second = np.triu_indices(count, 1)
    return first, second


def _bars(strips: UInt8[np.ndarray, "frame height width 3"], trace: _Trace) -> list[float | None]:
    """Return for each frame the middle of the columns that differ from top to bottom; ``None`` for none or many."""
    different = count_strays(strips, trace.strip.usual_quarters, by=CONTRAST)
    marked = different / strips.shape[1] >= _MARKER_ROWS
    widest_px = 1 + strips.shape[2] // 20
    counts, sums = marked.sum(axis=1).tolist(), (marked @ np.arange(strips.shape[2])).tolist()
    return [
        total / count if 0 < count <= widest_px else None for count, total in zip(counts, sums, strict=True)
    ]


def _gaps(strips: UInt8[np.ndarray, "frame height width 3"], trace: _Trace) -> list[float | None]:
    """Return for each frame the left end of the longest run of columns in which the curve is missing: the pen."""
    rows, columns = np.nonzero(trace.mask)
    pixels = np.ascontiguousarray(strips[:, rows, columns])  # indexing by two arrays puts the frames last
    there = stray(pixels, trace.strip.ground_quarters, by=CONTRAST // 2)
    missing = np.zeros((len(strips), strips.shape[2] + 2), dtype=np.int8)  # a column at either end ends a run
    missing[:, columns + 1] = 1
    frame, pixel = np.nonzero(there)
    missing[frame, columns[pixel] + 1] = 0
    return _find_longest_runs(np.diff(missing, axis=1))


def _find_longest_runs(steps: Int[np.ndarray, "frame column"]) -> list[float | None]:
    """Return for each frame where its longest run starts, the first of equals; ``None`` when none is long enough.

    Args:
        steps: 1 where a run starts, -1 one column behind its end, else 0.
    """
    frame_indices, starts = np.nonzero(steps == 1)
    lengths = np.nonzero(steps == -1)[1] - starts  # in order, each run's end follows its start
    found: list[float | None] = [None] * len(steps)
    longest = [_LEAST_GAP_PX - 1] * len(steps)
    for frame, start, length in zip(frame_indices.tolist(), starts.tolist(), lengths.tolist(), strict=True):
        if length > longest[frame]:
            longest[frame], found[frame] = length, float(start)
    return found


def _ms_per_px(clip: Clip, box: Box) -> float | None:
    """Return the scale of the strip's own region, when it states seconds."""
    _, height, width, _ = clip.frames.shape
    for region in clip.regions:
        scale_is_time = region.unit_x == PhysicalUnit.SECOND and region.delta_x
        if scale_is_time and region.box_xyxy_px(height_px=height, width_px=width) == box:
            return 1000.0 * abs(region.delta_x or 0.0)
    return None


def _rate_bpm(intervals_ms: Float[np.ndarray, "beat"]) -> float | None:
    if not len(intervals_ms):
        return None
    rate = 60_000.0 / float(np.mean(intervals_ms))
    return round(rate, 1) if 20 <= rate <= 300 else None
