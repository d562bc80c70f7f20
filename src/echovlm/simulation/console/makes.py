"""The makes of console that the simulator knows: invented names, layouts of the kinds that archives hold."""

from typing import Final

from echovlm.clinical.units import Unit
from echovlm.simulation.console.style import (
    Bar,
    Column,
    Justify,
    Label,
    Marker,
    Results,
    Ruler,
    RulerKind,
    RulerNumbers,
    Style,
    Trace,
)

_WHITE: Final = (235, 235, 235)
_BLACK: Final = (0, 0, 0)
_FINE: Final = (
    (Unit.CM, 0.01), (Unit.CM2, 0.01), (Unit.M_PER_S, 0.01), (Unit.CM_PER_S, 0.1), (Unit.ML, 0.1),
    (Unit.PERCENT, 0.1), (Unit.MMHG, 0.1), (Unit.MS, 1.0), (Unit.BPM, 1.0), (Unit.RATIO, 0.01),
)  # fmt: skip
_COARSE: Final = (
    (Unit.CM, 0.1), (Unit.CM2, 0.1), (Unit.M_PER_S, 0.1), (Unit.CM_PER_S, 1.0), (Unit.ML, 1.0),
    (Unit.PERCENT, 1.0), (Unit.MMHG, 1.0), (Unit.MS, 1.0), (Unit.BPM, 1.0), (Unit.RATIO, 0.1),
)  # fmt: skip

_NAVY, _PALE = (34, 52, 96), (205, 214, 235)
_BANNER: Final = Style(
    maker="Aurel 7", width_px=800, height_px=600, background=_BLACK, tint=(1.0, 1.0, 1.0),
    sector_box_px=(164, 66, 736, 516), page_split_frac=0.40,
    bars=(Bar((0, 0, 800, 54), _NAVY),),
    labels=(
        Label((10, 6), "AUREL", 15.0, _WHITE),
        Label((110, 6), "{patient_name}", 15.0, _PALE),
        Label((110, 29), "{patient_id}  {birth_date}", 14.0, _PALE),
        Label((440, 6), "{institution}", 14.0, _PALE),
        Label((440, 29), "{preset}", 14.0, _PALE),
        Label((660, 6), "MI {mechanical_index:.1f}", 14.0, _WHITE, Justify.RIGHT),
        Label((660, 29), "TIS {thermal_index:.1f}", 14.0, _WHITE, Justify.RIGHT),
        Label((792, 6), "{date_us}", 14.0, _WHITE, Justify.RIGHT),
        Label((792, 29), "{time_12h}", 14.0, _WHITE, Justify.RIGHT),
        Label((792, 566), "{heart_rate_bpm:.0f} bpm", 15.0, _WHITE, Justify.RIGHT),
    ),
    column=Column(
        (8, 62), 17, 14.0, _WHITE,
        tissue=("{preset}", "{probe}", "{frame_rate_hz:.0f}Hz", "{depth_cm:.0f}cm", "", "2D", " HGen", " Gn {gain}",
                " C {range_db}", " 3 / 2 / 0"),
        flow=("", "Color", " {frequency_mhz:.1f} MHz", " Gn {colour_gain}", " 4 / 4 / 0", " Fltr High"),
        spectral=("", "Doppler", " {frequency_mhz:.1f} MHz", " Gn {doppler_gain}", " Angle 0"),
        m_mode=("", "M-Mode", " Gn {gain}"),
    ),
    ruler=Ruler(RulerKind.TICKS, RulerNumbers.FIVES, (120, 200, 215), 5, 12.0),
    ecg=(Trace((164, 528, 736, 592), (70, 225, 90), Marker.BAR, (240, 240, 240), 2, 3.2, 0.7, (90, 150, 220)),),
    grey_bar_px=((784, 70, 793, 190),), colour_bar_px=(776, 214, 792, 324),
    orientation_colour=(90, 150, 240), focus_colour=_WHITE,
    results=Results(
        (6, 380), 152, 12.5, _WHITE, _BLACK, _BLACK, _WHITE, 5, ("+", "x", "o", "T"),
        "{number} {label}", is_justified=True, resolution=_FINE,
    ),
)  # fmt: skip

_STEEL: Final = (170, 180, 190)
_EDGE: Final = Style(
    maker="Norvel C", width_px=636, height_px=420, background=_BLACK, tint=(0.90, 0.96, 1.08),
    sector_box_px=(124, 26, 572, 356), page_split_frac=0.44,
    bars=(),
    labels=(
        Label((6, 5), "{preset}", 11.5, _WHITE),
        Label((300, 5), "{patient_name} {patient_id}", 11.5, _WHITE),
        Label((630, 5), "TIS{thermal_index:.1f}  MI {mechanical_index:.1f}", 11.5, _WHITE, Justify.RIGHT),
        Label((630, 398), "{heart_rate_bpm:.0f}bpm", 11.0, _WHITE, Justify.RIGHT),
        Label((6, 404), "{date_iso} {time_24h}", 9.5, _STEEL),
        Label((630, 234), "{map_name}", 10.0, _STEEL, Justify.RIGHT),
    ),
    column=Column(
        (6, 22), 13, 11.0, _WHITE,
        tissue=("{probe}", "{frame_rate_hz:.0f}Hz", "{depth_cm:.0f}cm", "", "2D", " {gain}%", " C {range_db}", " P Low",
                " HPen"),
        flow=("", "CF", " {colour_gain}%", " {frequency_mhz:.1f}MHz", " WF High"),
        spectral=("", "PW/CW", " {doppler_gain}%", " {frequency_mhz:.1f}MHz", " WF 225Hz"),
        m_mode=("", "MM", " {gain}%"),
    ),
    ruler=Ruler(RulerKind.EDGE_DOTS, RulerNumbers.NONE, _WHITE, 3, 10.0),
    ecg=(Trace((124, 366, 572, 414), (225, 225, 225), Marker.BAR, (120, 230, 120), 1, 2.6, 0.5, (230, 170, 60)),),
    grey_bar_px=((620, 140, 626, 230),), colour_bar_px=(612, 40, 624, 100),
    orientation_colour=(150, 150, 150), focus_colour=_BLACK,
    results=Results(
        (4, 262), 116, 10.5, _WHITE, _BLACK, _BLACK, _WHITE, 4, ("+", "+", "+"),
        "{label}", is_justified=True, resolution=_COARSE,
    ),
)  # fmt: skip

_CREAM, _AMBER = (232, 222, 190), (235, 190, 80)
_SIDE: Final = Style(
    maker="Morava E", width_px=1024, height_px=768, background=(6, 6, 8), tint=(1.06, 0.96, 0.80),
    sector_box_px=(212, 52, 860, 636), page_split_frac=0.36,
    bars=(Bar((0, 0, 1024, 34), (26, 26, 30)), Bar((906, 44, 1018, 420), (20, 20, 24))),
    labels=(
        Label((12, 8), "{institution}", 16.0, _CREAM),
        Label((330, 8), "{patient_name}  {patient_id}", 16.0, _CREAM),
        Label((1012, 8), "{date_dmy}  {time_24h}", 16.0, _CREAM, Justify.RIGHT),
        Label((14, 44), "MORAVA", 18.0, _AMBER),
        Label((14, 70), "{probe}", 15.0, _CREAM),
        Label((196, 736), "HR {heart_rate_bpm:.0f}", 17.0, (120, 230, 120), Justify.RIGHT),
    ),
    column=Column(
        (912, 50), 19, 14.5, _CREAM,
        tissue=("{preset}", "", "MI {mechanical_index:.1f}", "TIs {thermal_index:.1f}", "FR {frame_rate_hz:.1f}",
                "2D G {gain}", "DR {range_db}", "D {depth_cm:.1f} cm"),
        flow=("", "CF", "F {frequency_mhz:.1f} MHz", "G {colour_gain}", "LVR {range_db}"),
        spectral=("", "D", "F {frequency_mhz:.1f} MHz", "G {doppler_gain}", "AC 0", "SW 50 mm/s"),
        m_mode=("", "M", "G {gain}", "SW 50 mm/s"),
    ),
    ruler=Ruler(RulerKind.TICKS, RulerNumbers.FIVES, _AMBER, 7, 13.5),
    ecg=(Trace((212, 650, 860, 756), (110, 225, 120), Marker.GAP, _BLACK, 10, 3.6, 0.8, (110, 190, 235)),),
    grey_bar_px=((24, 104, 40, 300),), colour_bar_px=(60, 104, 80, 300),
    orientation_colour=_AMBER, focus_colour=_AMBER,
    results=Results(
        (10, 340), 196, 15.0, _CREAM, (30, 30, 36), (120, 112, 90), (120, 235, 235), 6, ("+", "+", "+"),
        "{number} {label}", is_justified=True, resolution=_FINE,
    ),
)  # fmt: skip

_DIM, _KEYS = (150, 150, 156), (18, 30, 62)
_PORTABLE: Final = Style(
    maker="Fenwick P", width_px=640, height_px=480, background=_BLACK, tint=(0.97, 0.99, 1.0),
    sector_box_px=(122, 24, 566, 392), page_split_frac=0.42,
    bars=(Bar((60, 450, 600, 478), _KEYS),),
    labels=(
        Label((6, 5), "{patient_name}", 12.0, _DIM),
        Label((220, 5), "{patient_id}", 12.0, _DIM),
        Label((634, 5), "{date_us} {time_24h}", 12.0, _DIM, Justify.RIGHT),
        Label((634, 40), "Crd", 13.0, _DIM, Justify.RIGHT),
        Label((634, 58), "{probe}", 13.0, _DIM, Justify.RIGHT),
        Label((634, 96), "MI", 13.0, _DIM, Justify.RIGHT),
        Label((634, 112), "{mechanical_index:.1f}", 13.0, _DIM, Justify.RIGHT),
        Label((634, 132), "TIS", 13.0, _DIM, Justify.RIGHT),
        Label((634, 148), "{thermal_index:.1f}", 13.0, _DIM, Justify.RIGHT),
        Label((634, 426), "{heart_rate_bpm:.0f} BPM", 12.0, (70, 210, 120), Justify.RIGHT),
        Label((80, 457), "Gen", 12.0, _DIM),
        Label((188, 457), "G {gain}", 12.0, _DIM),
        Label((300, 457), "Sector", 12.0, _DIM),
        Label((420, 457), "THI On", 12.0, _DIM),
        Label((528, 457), "Page 1/3", 12.0, _DIM),
    ),
    column=Column(
        (6, 26), 16, 12.5, _DIM,
        tissue=("{preset}", "Gen THI", "S"), flow=("", "Color", "{frequency_mhz:.1f}"),
        spectral=("", "Doppler", "{doppler_gain}"), m_mode=("", "M Mode"),
    ),
    ruler=Ruler(RulerKind.DOTS, RulerNumbers.LAST, (190, 190, 190), 2, 13.0),
    ecg=(Trace((122, 402, 566, 444), (60, 200, 110), Marker.GAP, _BLACK, 6, 2.8, 0.6, (200, 200, 90)),),
    grey_bar_px=(), colour_bar_px=(600, 180, 614, 280),
    orientation_colour=(80, 190, 150), focus_colour=_BLACK,
    results=Results(
        (4, 170), 114, 11.0, (235, 225, 120), _BLACK, _BLACK, (235, 225, 120), 4, ("x", "+", "o"),
        "{label}", is_justified=False, resolution=_COARSE,
    ),
)  # fmt: skip

_PLAIN: Final = Style(
    maker="plain", width_px=640, height_px=480, background=_BLACK, tint=(0.94, 0.97, 1.06),
    sector_box_px=(120, 16, 600, 470), page_split_frac=0.42, bars=(),
    labels=(Label((6, 4), "{patient_name} {patient_id}", 11.0, _DIM),),
    column=Column((6, 6), 13, 11.0, _DIM, tissue=(), flow=(), spectral=(), m_mode=()),
    ruler=Ruler(RulerKind.EDGE_DOTS, RulerNumbers.NONE, _WHITE, 3, 11.0),
    ecg=(), grey_bar_px=(), colour_bar_px=(616, 30, 628, 130),
    orientation_colour=_BLACK, focus_colour=_BLACK,
    results=Results(
        (4, 24), 112, 10.5, _WHITE, _BLACK, _BLACK, _WHITE, 4, ("+", "x"), "{label}", is_justified=False,
        resolution=_COARSE,
    ),
)  # fmt: skip

STYLES: Final = (_BANNER, _EDGE, _SIDE, _PORTABLE, _PLAIN)
