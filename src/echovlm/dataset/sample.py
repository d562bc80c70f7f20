"""A page to look at a dataset: some clips with images, captions, values, and where each came from."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from jinja2 import Environment, StrictUndefined

from echovlm.clinical.measurement import Measurement
from echovlm.dataset.reader import EchoGround
from echovlm.dataset.schema import ClipRow, Split

_TEMPLATE: Final = "sample.html.jinja"
_MAX_FRAMES: Final = 16  # of a clip; a page of 24 clips then has a few megabytes


@dataclass(frozen=True, slots=True)
class _Shown:
    """A clip as the page shows it.

    Attributes:
        row: The clip.
        frames: Frames as data addresses, in order.
    """

    row: ClipRow
    frames: tuple[str, ...]

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What is known of the clip, in words."""
        row = self.row
        spacing = "not calibrated" if row.spacing_mm is None else f"{row.spacing_mm:.3f} mm/px"
        rate = "unknown" if row.heart_rate_bpm is None else f"{row.heart_rate_bpm:.0f} bpm"
        return [
            ("view", f"{row.view.abbreviation}, from {row.view_source}"),
            ("mode", "unknown" if row.mode is None else row.mode.value),
            ("frames", f"{len(row.frames)} of {row.height_px}×{row.width_px}, {spacing}, heart rate {rate}"),
            ("patient", row.patient_id),
            ("study", row.study_id),
            ("file", f"{row.source_path}, sha256 {row.source_sha256[:16]}…"),
            ("stored", f"{row.shard}, byte {row.frames[0].offset}"),
        ]


def choose_rows(rows: Sequence[ClipRow], *, n_clips: int, seed: int) -> list[ClipRow]:
    """Return some clips, spread over views and splits, the same for the same seed.

    Args:
        rows: The clips to choose from.
        n_clips: How many, >= 1.
        seed: Chooses within view and split.
    """

    def draw(row: ClipRow) -> bytes:
        return hashlib.sha256(f"sample {seed} {row.clip_id}".encode()).digest()

    kinds: dict[tuple[str, Split], list[ClipRow]] = {}
    for row in sorted(rows, key=draw):
        kinds.setdefault((row.view.value, row.split), []).append(row)
    in_turn = [(turn, kind) for kind, members in kinds.items() for turn in range(len(members))]
    chosen = sorted(in_turn)[:n_clips]  # the first of every kind before the second of any
    return [kinds[kind][turn] for turn, kind in sorted(chosen, key=lambda item: (item[1], item[0]))]


def render_sample(data: EchoGround, *, n_clips: int = 24, seed: int = 0) -> str:
    """Return the page as one HTML file that needs nothing else.

    Args:
        data: The dataset.
        n_clips: How many clips.
        seed: Chooses them.
    """
    rows = choose_rows(data.rows(), n_clips=n_clips, seed=seed)
    source = files("echovlm.dataset").joinpath(_TEMPLATE).read_text(encoding="utf-8")
    environment = Environment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=True
    )
    environment.filters["words"] = _words
    return environment.from_string(source).render(
        info=data.info,
        name=str(data.root).rstrip("/").rpartition("/")[2],
        shown=[_show(data, row) for row in rows],
        views=sorted({row.view.value for row in rows}),
        splits=[split.value for split in Split if any(row.split is split for row in rows)],
    )


def _show(data: EchoGround, row: ClipRow) -> _Shown:
    step = max(1, -(-len(row.frames) // _MAX_FRAMES))
    jpegs = data.read_jpegs(row, range(0, len(row.frames), step))
    return _Shown(row, tuple(f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}" for jpeg in jpegs))


def _words(measurement: Measurement) -> str:
    return f"{measurement.value:g} {measurement.unit.symbol}"
