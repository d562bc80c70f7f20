"""The report as one HTML page that needs no network: styles, script and pictures are inside."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from echovlm.clinical.findings import FindingState
from echovlm.interpretation.pictures import LABEL_SIZE_SHARE, ClipPicture
from echovlm.interpretation.study import RESEARCH_NOTICE, ClipReport, Evidence, NormalLimit, StudyReport
from echovlm.interpretation.wording import (
    STATE_WORDS,
    STRUCTURE_WORDS,
    format_number,
    format_percent,
    format_unit,
    name_about,
    name_grade,
    name_place,
    name_result,
    sentence_case,
    tell_review,
)

_GAUGE_WIDTH_PX: Final = 150.0
_ALWAYS_SHOWN: Final = (FindingState.PRESENT, FindingState.ABSENT, FindingState.NOT_ASSESSED)
_COLUMNS: Final = (
    (FindingState.PRESENT, "Findings present"),
    (FindingState.ABSENT, "Normal"),
    (FindingState.INDETERMINATE, "Indeterminate"),
    (FindingState.DISCORDANT, "Discordant"),
    (FindingState.NOT_APPLICABLE, "Not applicable"),
    (FindingState.NOT_ASSESSED, "Not assessed"),
)


@dataclass(frozen=True, slots=True)
class Gauge:
    """Where the value and the limit stand on an inline bar, in its pixels from the left."""

    value_px: float
    limit_px: float


def place_on_gauge(value: float, limit: NormalLimit) -> Gauge:
    """Lay out a bar from half the limit to one and a half of it, stretched so that the value fits.

    A limit of zero (any fluid is abnormal) gets a bar from zero to a quarter beyond the value.
    """
    value = float(format_number(value, limit.unit))  # as printed, so that dot and number agree
    low, high = (0.5 * limit.value, 1.5 * limit.value) if limit.value > 0 else (0.0, 1.0)
    low, high = min(low, 0.9 * value), max(high, 1.25 * value)
    margin_px = 8.0  # the limit's caption and the value's dot stay inside
    scale = (_GAUGE_WIDTH_PX - 2 * margin_px) / (high - low)
    return Gauge(
        round(margin_px + (value - low) * scale, 1), round(margin_px + (limit.value - low) * scale, 1)
    )


def render_html(report: StudyReport, pictures: Sequence[ClipPicture]) -> str:
    """Return the page; outside text is escaped, and a policy in the page forbids any foreign script.

    Args:
        report: What to say.
        pictures: One per clip of the report.
    """
    environment = Environment(
        loader=PackageLoader("echovlm.interpretation", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script = _own_text("report.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return environment.get_template("report.html.j2").render(
        report=report,
        pictures={picture.clip_number: picture for picture in pictures},
        n_calibrated=sum(clip.spacing_mm is not None for clip in report.clips),
        notice=RESEARCH_NOTICE,
        not_assessed=FindingState.NOT_ASSESSED,
        columns=[c for c in _COLUMNS if c[0] in _ALWAYS_SHOWN or report.findings_in(c[0])],
        state_words=STATE_WORDS,
        structure_words=STRUCTURE_WORDS,
        number=format_number,
        unit=format_unit,
        percent=format_percent,
        name_place=name_place,
        sentence_case=sentence_case,
        name_result=name_result,
        name_grade=name_grade,
        name_about=name_about,
        tell_review=tell_review,
        bar_of=place_on_gauge,
        merge_places=_merge_places,
        cine_data=_cine_data,
        style=Markup(_own_text("report.css")),
        script=Markup(script),
        script_sha256=digest,
    )


def _merge_places(evidence: Sequence[Evidence], most: int | None = None) -> tuple[Evidence, ...]:
    """Return evidence with one entry per clip and frame, its origins joined; at most ``most`` entries.

    Entries without a clip come last, and are left out where the number is limited.
    """
    places: dict[tuple[int, int | None], list[str]] = {}
    for each in evidence:
        if each.clip_number is not None:
            places.setdefault((each.clip_number, each.frame_index), []).append(each.locator)
    merged = [Evidence(*place, "; ".join(dict.fromkeys(where))) for place, where in places.items()]
    if most is not None:
        return tuple(merged[:most])
    return (*merged, *(each for each in evidence if each.clip_number is None))


def _own_text(name: str) -> str:
    return files("echovlm.interpretation").joinpath("templates", name).read_text(encoding="utf-8")


def _cine_data(picture: ClipPicture, clip: ClipReport) -> dict[str, Any]:
    """Return what the page's script needs to play one clip."""
    return {
        "width": picture.width_px,
        "height": picture.height_px,
        "label_px": round(LABEL_SIZE_SHARE * picture.width_px, 1),
        "frames": picture.frames_base64(),
        "indices": list(picture.frame_indices),
        "times": [round(time, 1) for time in picture.frame_times_ms],
        "timed": picture.timed,
        "ed": picture.ed_position,
        "es": picture.es_position,
        "phases": clip.ed_frame_index is not None,
        "contours": [{s.name.lower(): path for s, path in frame.items()} for frame in picture.contours],
        "calipers": [
            {
                "position": caliper.position,
                "ends": [list(caliper.start_xy_px), list(caliper.end_xy_px)],
                "label": list(caliper.label_xy_px),
                "text": caliper.text,
            }
            for caliper in picture.calipers
        ],
    }
