"""One console as it was set for one study, and what its screen says in words: nothing of it knows the heart."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from jaxtyping import UInt8

from echovlm.simulation.bmode.style import ImageStyle, sample_style
from echovlm.simulation.console.makes import STYLES
from echovlm.simulation.console.style import Style, scaled

_PROBES: Final = ("A4-1", "K3p", "T5c", "Q2-5", "N3S", "PH4")
_PRESETS: Final = ("Adult Echo", "Cardiac", "TTE Gen", "Adult TTE", "Echo 1")
_INSTITUTIONS: Final = ("ECHO LAB 1", "HEART STATION", "CARDIOLOGY WARD 4", "ECHO ROOM B", "")
_MAPS: Final = ("M1", "M2", "M3", "G4")


@dataclass(frozen=True, slots=True)
class PlantedIdentity:
    """Invented identity text to burn in, so that de-identification has something to find."""

    patient_name: str
    patient_id: str
    birth_date: str


@dataclass(frozen=True, slots=True)
class Console:
    """One machine as it was set for one study: its look, and numbers that mean nothing here.

    Attributes:
        style: The look, already in pixels of this study's screens.
        tint_share: How much of the style's tint is switched on.
        probe: Transducer.
        preset: Preset.
        institution: Name of the laboratory, or nothing.
        map_name: Name of the grey map.
        gain: Gain of B-mode, as written.
        colour_gain: Gain of colour Doppler, as written.
        doppler_gain: Gain of spectral Doppler, as written.
        range_db: Dynamic range, as written.
        frequency_mhz: Doppler frequency, as written.
        mechanical_index: MI.
        thermal_index: TIS.
        ecg_gain: Height of the ECG in its strip.
        has_ecg: Whether electrodes are attached.
        has_respiration: Whether breathing is plotted.
        focus_frac: Depth of the focus mark, as a share of the depth.
        flips_marker: Whether the orientation mark stands on the left.
        image_style: What the machine does to every image of the study, for ``simulate_clip``.
    """

    style: Style
    tint_share: float
    probe: str
    preset: str
    institution: str
    map_name: str
    gain: int
    colour_gain: int
    doppler_gain: int
    range_db: int
    frequency_mhz: float
    mechanical_index: float
    thermal_index: float
    ecg_gain: float
    has_ecg: bool
    has_respiration: bool
    focus_frac: float
    flips_marker: bool
    image_style: ImageStyle

    @property
    def sector_height_px(self) -> int:
        """Height of the picture to render for a full-size cine."""
        return self.style.sector_box_px[3] - self.style.sector_box_px[1]

    @property
    def sector_width_px(self) -> int:
        """Width of the picture to render for a full-size cine."""
        return self.style.sector_box_px[2] - self.style.sector_box_px[0]

    @property
    def grey_map(self) -> UInt8[np.ndarray, "256 3"]:
        """The colour of each grey level; black stays black."""
        tint = 1 + self.tint_share * (np.array(self.style.tint) - 1)
        return np.asarray(np.clip(np.arange(256)[:, None] * tint + 0.5, 0, 255).astype(np.uint8))


def draw_console(
    generator: np.random.Generator, *, styles: tuple[Style, ...] = STYLES, sector_height_px: int | None = None
) -> Console:
    """Draw a console; every choice is independent of the patient.

    Args:
        generator: The study's random numbers for this purpose.
        styles: The makes to choose from.
        sector_height_px: Scale the whole screen until its sector is this high; ``None`` keeps the make's size.
    """
    style = styles[int(generator.integers(len(styles)))]
    if sector_height_px is not None:
        style = scaled(style, sector_height_px / (style.sector_box_px[3] - style.sector_box_px[1]))
    return Console(
        style=style,
        tint_share=float(generator.uniform(0.3, 1.0)),
        probe=_choice(generator, _PROBES),
        preset=_choice(generator, _PRESETS),
        institution=_choice(generator, _INSTITUTIONS),
        map_name=_choice(generator, _MAPS),
        gain=int(generator.integers(44, 72)),
        colour_gain=int(generator.integers(48, 70)),
        doppler_gain=int(generator.integers(38, 62)),
        range_db=int(generator.integers(46, 64)),
        frequency_mhz=round(float(generator.uniform(1.6, 2.8)), 1),
        mechanical_index=round(float(generator.uniform(0.9, 1.5)), 1),
        thermal_index=round(float(generator.uniform(0.3, 1.4)), 1),
        ecg_gain=float(generator.uniform(0.6, 1.0)),
        has_ecg=bool(generator.random() < 0.9),
        has_respiration=bool(generator.random() < 0.15),
        focus_frac=float(generator.uniform(0.35, 0.8)),
        flips_marker=bool(generator.random() < 0.2),
        image_style=sample_style(generator),
    )


def _choice(generator: np.random.Generator, names: tuple[str, ...]) -> str:
    return names[int(generator.integers(len(names)))]


@dataclass(frozen=True, slots=True)
class Readings:
    """The values that a style's templates may name: a label or line shows only these.

    An empty field leaves its place empty.
    """

    institution: str
    preset: str
    probe: str
    map_name: str
    patient_name: str
    patient_id: str
    birth_date: str
    date_us: str
    date_iso: str
    date_dmy: str
    time_12h: str
    time_24h: str
    gain: int
    colour_gain: int
    doppler_gain: int
    range_db: int
    frequency_mhz: float
    mechanical_index: float
    thermal_index: float
    heart_rate_bpm: float
    frame_rate_hz: float
    depth_cm: float


def read_out(
    console: Console,
    *,
    acquired: datetime,
    identity: PlantedIdentity | None,
    heart_rate_bpm: float,
    frame_rate_hz: float,
    depth_cm: float,
) -> Readings:
    """Return what the screen writes; without a planted identity it names nobody."""
    return Readings(
        institution=console.institution,
        preset=console.preset,
        probe=console.probe,
        map_name=console.map_name,
        patient_name=identity.patient_name if identity else "",
        patient_id=identity.patient_id if identity else "",
        birth_date=identity.birth_date if identity else "",
        date_us=f"{acquired:%m/%d/%Y}",
        date_iso=f"{acquired:%Y-%m-%d}",
        date_dmy=f"{acquired:%d.%m.%Y}",
        time_12h=f"{acquired:%I:%M:%S %p}",
        time_24h=f"{acquired:%H:%M:%S}",
        gain=console.gain,
        colour_gain=console.colour_gain,
        doppler_gain=console.doppler_gain,
        range_db=console.range_db,
        frequency_mhz=console.frequency_mhz,
        mechanical_index=console.mechanical_index,
        thermal_index=console.thermal_index,
        heart_rate_bpm=heart_rate_bpm,
        frame_rate_hz=frame_rate_hz,
        depth_cm=depth_cm,
    )
