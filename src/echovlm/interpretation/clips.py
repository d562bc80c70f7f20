"""One file as the report sees it: its view, its outlines, its picture, and whether it may be measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from echovlm.clinical import Mode, View
from echovlm.imaging import Cine, Clip, extract_cine, read_clip
from echovlm.imaging.ecg import with_drawn_ecg
from echovlm.imaging.picture import PictureSearch
from echovlm.interpretation.loading import Models
from echovlm.interpretation.pictures import ClipPicture, Placement, encode_frames, trace_contours
from echovlm.interpretation.study import ClipReport
from echovlm.interpretation.tracing import Phases, Tracing, find_phases, trace_cine
from echovlm.interpretation.viewing import choose_view
from echovlm.measure import TracedClip
from echovlm.models import MVP_VIEWS, EchoVLM, LoadedModel, ReaderModel, learnt_views, predict_view_prob

_WINDOW_MS: Final = 2000.0  # holds a whole beat from 30 per minute on
_WINDOW_FRAMES: Final = 64
_LONGEST_BEAT_MS: Final = 1500.0  # where the heart rate is unknown; as in the training data
_FRAMES_READ: Final = 16  # frames of a clip that name its view
_MAX_SHOWN: Final = 40  # frames on the page
_PICTURE_SIDE_PX: Final = 384
_UNTIMED_STEP_MS: Final = 40.0  # pace on the page of a clip without times


@dataclass(frozen=True, slots=True, eq=False)
class ClipReading:
    """All that one file gives to the study.

    Attributes:
        report: What the report says of the clip.
        picture: What the page shows.
        placement: From the outlines' pixels to the picture's; ``None`` without outlines.
        traced: Outlines to measure on; ``None`` unless the view is known and the clip calibrated and traced.
        clip_unit: The clip's embedding.
        mode: Its mode; B-mode where the file does not say.
        sex_text: The sex as the file writes it.
        patient_id: To refuse a mixture of patients; never reported.
        study_uid: To refuse a mixture of studies; never reported.
        height_cm: The patient's height as the file states it.
        weight_kg: The patient's weight as the file states it.
    """

    report: ClipReport
    picture: ClipPicture
    placement: Placement | None
    traced: TracedClip | None
    clip_unit: Float[Tensor, "dim"]
    mode: Mode
    sex_text: str | None
    patient_id: str | None
    study_uid: str | None
    height_cm: float | None
    weight_kg: float | None


def read_study_clip(path: Path, models: Models, *, number: int) -> ClipReading:
    """Read one file, name its view, trace it.

    Args:
        path: A DICOM, mp4 or avi file.
        models: The models.
        number: The clip's number in the report, from 1.

    Raises:
        ImagingError: If the file cannot be read.
    """
    read = read_clip(path)
    search = PictureSearch(read)
    clip = with_drawn_ecg(read, search)
    cine = extract_cine(clip, search=search)
    clip_unit = _encode(models.dual, cine)
    reader = models.reader_of(clip)
    learnt = learnt_views(models.dual.metadata, clip.mode) if reader is None else ()
    knows_mode = len(learnt) > 1
    prob = (
        _view_prob(models.dual.model, clip_unit, learnt if knows_mode else MVP_VIEWS)
        if reader is None
        else _read_view(reader, cine)
    )
    view = choose_view(prob, stated=clip.view, mode=clip.mode, knows_mode=knows_mode)
    n_window = _n_window(cine)
    tracing, phases = None, Phases(None, None, _why_untraced(clip))
    tracer = reader or models.dense
    if tracer is not None and clip.mode in (None, Mode.B):
        tracing = trace_cine(tracer, cine, n_frames=n_window, view=view.view)
        phases = find_phases(
            tracing.masks,
            frame_times_ms=None if cine.frame_times_ms is None else cine.frame_times_ms.tolist(),
            r_wave_times_ms=cine.r_wave_times_ms,
        )
    picture, placement = _draw(clip, cine, tracing, phases, number=number, n_window=n_window)
    _, height, width, _ = clip.frames.shape
    remarks = [*clip.remarks, *cine.remarks]
    if tracing is not None and view.view is None:
        remarks.append("Outlines are drawn, but nothing was measured on them: the view is unknown.")
    rate = clip.frames_per_second
    report = ClipReport(
        number=number,
        file_name=path.name,
        n_frames=len(clip.frames),
        height_px=height,
        width_px=width,
        spacing_mm=None if cine.spacing_mm is None else cine.spacing_mm / cine.scale,
        frame_rate_hz=rate,
        heart_rate_bpm=clip.heart_rate_bpm,
        view=view,
        ed_frame_index=phases.ed_frame_index,
        es_frame_index=phases.es_frame_index,
        phase_source=phases.source,
        remarks=tuple(dict.fromkeys(remarks)),
        view_model=models.file_of(reader or models.dual),
        tracing_model=None if tracing is None or tracer is None else models.file_of(tracer),
    )
    traced = _to_measure(tracing, view.view, phases, number)
    return ClipReading(
        report=report,
        picture=picture,
        placement=placement,
        traced=traced,
        clip_unit=clip_unit,
        mode=clip.mode or Mode.B,
        sex_text=clip.sex_text,
        patient_id=clip.patient_id,
        study_uid=clip.study_uid,
        height_cm=clip.height_cm,
        weight_kg=clip.weight_kg,
    )


@torch.no_grad()
def _view_prob(
    model: EchoVLM, clip_unit: Float[Tensor, "dim"], views: Sequence[View]
) -> Mapping[View, float]:
    return {v: float(prob[0]) for v, prob in predict_view_prob(model, clip_unit[None], views=views).items()}


def _read_view(reader: LoadedModel[ReaderModel], cine: Cine) -> Mapping[View, float]:
    """Return the reader's answer: the mean over frames spread evenly over the clip."""
    n_frames = len(cine.frames)
    chosen = np.unique(np.linspace(0, n_frames - 1, min(n_frames, _FRAMES_READ)).round().astype(int))
    return reader.model.predict(reader.preprocessing(cine.frames[chosen], cine.spacing_mm)).mean_view_prob()


@torch.no_grad()
def _encode(dual: LoadedModel[EchoVLM], cine: Cine) -> Float[Tensor, "dim"]:
    """Return the embedding of the clip's first beat."""
    times_ms: Sequence[float] | None = None
    n_available = len(cine.frames)
    if cine.frame_times_ms is not None:
        if cine.heart_rate_bpm is None:
            n_available = int((cine.frame_times_ms < _LONGEST_BEAT_MS).sum())
        times_ms = cine.frame_times_ms[:n_available].tolist()
    chosen = dual.preprocessing.select_frames(n_available, times_ms, cine.heart_rate_bpm)
    seen = cine.frames if cine.colour is None else cine.colour
    frames = dual.preprocessing(seen[list(chosen)], cine.spacing_mm)
    return dual.model.encode_clip(frames[None])[0]


def _n_window(cine: Cine) -> int:
    """Return how many frames from the first on are traced and shown: whole beats of every heart rate."""
    n_frames = min(len(cine.frames), _WINDOW_FRAMES)
    if cine.frame_times_ms is None:
        return n_frames
    return min(n_frames, int((cine.frame_times_ms < _WINDOW_MS).sum()))


def _why_untraced(clip: Clip) -> str:
    return (
        "Not looked for: no B-mode."
        if clip.mode not in (None, Mode.B)
        else "Not looked for: no tracing model."
    )


def _to_measure(tracing: Tracing | None, view: View | None, phases: Phases, number: int) -> TracedClip | None:
    if tracing is None or view is None or tracing.grid.spacing_mm is None:
        return None
    return TracedClip(
        view=view,
        masks=tracing.masks,
        landmarks_xy_px=tracing.landmarks_xy_px,
        spacing_mm=tracing.grid.spacing_mm,
        locator=f"clip {number}",
        ed_frame_index=phases.ed_frame_index,
        es_frame_index=phases.es_frame_index,
    )


def _draw(
    clip: Clip, cine: Cine, tracing: Tracing | None, phases: Phases, *, number: int, n_window: int
) -> tuple[ClipPicture, Placement | None]:
    """Return the clip's picture, larger than the model's cine, and where the outlines lie on it."""
    large = extract_cine(replace(clip, frames=clip.frames[:n_window]), max_side_px=_PICTURE_SIDE_PX)
    found = {i for i in (phases.ed_frame_index, phases.es_frame_index) if i is not None}
    evenly = np.linspace(0, n_window - 1, min(n_window, _MAX_SHOWN)).round().astype(int).tolist()
    indices = tuple(sorted(found | set(evenly)))
    placement = None if tracing is None else _place(tracing, cine, large)
    times_ms = large.frame_times_ms
    return (
        ClipPicture(
            clip_number=number,
            height_px=large.frames.shape[1],
            width_px=large.frames.shape[2],
            frames_jpeg=encode_frames(large.frames[list(indices)]),
            frame_indices=indices,
            frame_times_ms=tuple(
                float(times_ms[i] - times_ms[0]) if times_ms is not None else i * _UNTIMED_STEP_MS
                for i in indices
            ),
            timed=times_ms is not None,
            contours=tuple(
                {} if tracing is None or placement is None else trace_contours(tracing.masks[i], placement)
                for i in indices
            ),
            calipers=(),
            ed_position=indices.index(phases.ed_frame_index) if phases.ed_frame_index is not None else 0,
            es_position=indices.index(phases.es_frame_index) if phases.es_frame_index is not None else None,
        ),
        placement,
    )


def _place(tracing: Tracing, cine: Cine, large: Cine) -> Placement:
    """Chain model image, cine and file image back to the picture; each is a scale and an offset."""
    grid = tracing.grid
    x_px, y_px = (
        (at * cine.scale + small - big) / large.scale
        for at, small, big in zip(grid.offset_xy_px, cine.offset_xy_px, large.offset_xy_px, strict=True)
    )
    return Placement(grid.scale * cine.scale / large.scale, (x_px, y_px))
