"""The pages of an examination that are no sector alone: spectra, M-modes, and the page of results."""

from dataclasses import replace
from typing import Final

import numpy as np
from jaxtyping import Float

from echovlm.clinical.anatomy import Landmark, Structure
from echovlm.clinical.measurement import Quantity
from echovlm.clinical.views import Mode
from echovlm.simulation.archive.burned import to_result
from echovlm.simulation.archive.reading import Reading
from echovlm.simulation.clip import SimulatedClip
from echovlm.simulation.console.calipers import Caliper
from echovlm.simulation.console.pages import ResultGroup, TimeStrip, compose_report, compose_time_page
from echovlm.simulation.console.regions import DataType
from echovlm.simulation.console.screen import Examination, Screen
from echovlm.simulation.console.sector import SectorCine
from echovlm.simulation.doppler.mmode import MMode
from echovlm.simulation.doppler.spectral import Spectrum
from echovlm.simulation.doppler.traces import Trace

_PAGE: Final = (
    ("Dimensions", (
        Quantity.IVS_THICKNESS_ED, Quantity.LV_INTERNAL_DIAMETER_ED, Quantity.PW_THICKNESS_ED,
        Quantity.LV_INTERNAL_DIAMETER_ES, Quantity.LA_DIAMETER_AP, Quantity.AORTIC_SINUS_DIAMETER,
        Quantity.ASCENDING_AORTA_DIAMETER,
    )),
    ("Volumes", (
        Quantity.LV_EDV_BIPLANE, Quantity.LV_ESV_BIPLANE, Quantity.LVEF_BIPLANE, Quantity.LA_VOLUME,
        Quantity.LA_VOLUME_INDEX,
    )),
    ("Doppler", (
        Quantity.MITRAL_E_VELOCITY, Quantity.MITRAL_A_VELOCITY, Quantity.MITRAL_DECELERATION_TIME,
        Quantity.E_PRIME_SEPTAL, Quantity.E_PRIME_LATERAL, Quantity.AV_VMAX, Quantity.AV_MEAN_GRADIENT,
        Quantity.LVOT_VTI, Quantity.TR_VMAX, Quantity.RVSP,
    )),
)  # fmt: skip


def show_spectrum(
    clip: SimulatedClip, spectrum: Spectrum, examination: Examination, *, calipers: tuple[Caliper, ...]
) -> Screen:
    """Return the page of a spectrum under the picture from which it was taken; its R waves are on its ECG.

    Args:
        clip: The reference picture.
        spectrum: The recording.
        examination: The machine and the moment.
        calipers: In pixels of the spectrum.
    """
    strip = TimeStrip(
        grey=spectrum.image,
        data_type=DataType.CW_DOPPLER if spectrum.trace.mode is Mode.CW else DataType.PW_DOPPLER,
        start_s=-float(spectrum.r_times_ms[0]) / 1000,
        s_per_column=spectrum.ms_per_px / 1000,
        top_value=float(spectrum.velocity_cm_per_s[0]),
        value_per_row=-spectrum.cm_per_s_per_px,
        target_xy_px=_find_gate(clip, spectrum.trace),
    )
    at_beats = _with_beats(examination, spectrum.r_times_ms)
    return compose_time_page(SectorCine.from_clip(clip).still(0), strip, at_beats, calipers=calipers)


def show_m_mode(
    clip: SimulatedClip, m_mode: MMode, examination: Examination, *, calipers: tuple[Caliper, ...]
) -> Screen:
    """Return the page of an M-mode under the picture through which its cursor goes.

    Args:
        clip: The reference picture, of the same view, seed and size.
        m_mode: The recording.
        examination: The machine and the moment.
        calipers: In pixels of the M-mode.
    """
    middle = m_mode.cursor_xy_px.mean(axis=0)
    strip = TimeStrip(
        grey=m_mode.image,
        data_type=DataType.TISSUE,
        start_s=-float(m_mode.r_times_ms[0]) / 1000,
        s_per_column=m_mode.ms_per_px / 1000,
        top_value=float(m_mode.depth_cm[0]),
        value_per_row=m_mode.cm_per_px,
        target_xy_px=(float(middle[0]), float(middle[1])),
    )
    at_beats = _with_beats(examination, m_mode.r_times_ms)
    return compose_time_page(SectorCine.from_clip(clip).still(0), strip, at_beats, calipers=calipers)


def _with_beats(examination: Examination, r_times_ms: Float[np.ndarray, " r"]) -> Examination:
    """Return the examination with the R waves of a strip, counted from the first of them."""
    waves_ms = tuple(float(wave_ms) for wave_ms in r_times_ms - r_times_ms[0])
    return replace(examination, physiology=replace(examination.physiology, r_wave_times_ms=waves_ms))


def show_results(reading: Reading, examination: Examination) -> Screen:
    """Return the page of results; a quantity that was not measured is not on it."""
    groups = (
        ResultGroup(
            heading, tuple(to_result(reading[quantity]) for quantity in quantities if quantity in reading)
        )
        for heading, quantities in _PAGE
    )
    return compose_report(tuple(group for group in groups if group.results), examination)


_AT: Final = {
    Trace.MITRAL_INFLOW: (Landmark.MITRAL_SEPTAL, Landmark.MITRAL_LATERAL),
    Trace.MITRAL_VALVE: (Landmark.MITRAL_SEPTAL, Landmark.MITRAL_LATERAL),
    Trace.SEPTAL_ANNULUS: (Landmark.MITRAL_SEPTAL,),
    Trace.LATERAL_ANNULUS: (Landmark.MITRAL_LATERAL,),
    Trace.TRICUSPID_ANNULUS: (Landmark.RV_BASE_LATERAL,),
    Trace.TRICUSPID_VALVE: (Landmark.RV_BASE_SEPTAL, Landmark.RV_BASE_LATERAL),
}
_WITHIN: Final = {
    Trace.LVOT: Structure.AORTA, Trace.AORTIC_VALVE: Structure.AORTA,
    Trace.RVOT: Structure.RV, Trace.PULMONARY_VALVE: Structure.RV,
}  # fmt: skip


def _find_gate(clip: SimulatedClip, trace: Trace) -> tuple[float, float]:
    """Return where the sample gate lies: between landmarks, within a chamber, or else mid-sector."""
    points = [clip.landmarks_xy_px[name][0] for name in _AT.get(trace, ()) if name in clip.landmarks_xy_px]
    if points and np.isfinite(points).all():
        x_px, y_px = np.mean(points, axis=0)
        return float(x_px), float(y_px)
    structure = _WITHIN.get(trace)
    inside = clip.masks[0] == structure if structure is not None else np.zeros_like(clip.sector_mask)
    rows, columns = np.nonzero(inside if inside.any() else clip.sector_mask)
    return float(columns.mean()), float(rows.mean())
