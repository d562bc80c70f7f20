"""Which view a clip shows, by a label, the DICOM code or the reader; unknown below a limit. Traces by the reader."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from jaxtyping import UInt8

from echovlm.clinical import Mode, View
from echovlm.curation.given import GivenView
from echovlm.imaging import Cine, Clip

if TYPE_CHECKING:
    from echovlm.models import LoadedModel, ReaderModel

LEAST_VIEW_PROB: Final = 0.5  # below it a view is unknown
_READ_FRAMES: Final = 8  # views do not change within a clip; more frames cost time and tell no more


def find_stated_view(given: GivenView | None, label: GivenView | None, clip: Clip) -> GivenView | None:
    """Return the view that somebody states, the source's own label first; ``None`` when nobody does.

    A file of labels that is less sure than the limit does not count.

    Args:
        given: The source's label.
        label: The label of a file of labels.
        clip: What the DICOM file says.
    """
    if given is not None and given.view is not None:
        return given
    if label is not None and label.view is not None and (label.prob is None or label.prob >= LEAST_VIEW_PROB):
        return label
    if clip.view is not None:
        return GivenView(clip.view, "dicom", "View Code Sequence (0054,0220)")
    return None


def predict_view(cine: Cine, mode: Mode | None) -> GivenView | None:
    """Return the reader's view with its probability; ``None`` below the limit and for what it has not learnt."""
    if mode not in (Mode.B, None):
        return None
    reader = _reader()
    step = max(1, len(cine.frames) // _READ_FRAMES)
    frames = cine.frames[::step][:_READ_FRAMES]
    answer = reader.model.predict(reader.preprocessing(frames, cine.spacing_mm))
    view, prob = _likeliest(answer.mean_view_prob())
    if prob < LEAST_VIEW_PROB:
        return None
    return GivenView(view, "model", f"embedded reader, {len(frames)} frames", round(prob, 4))


def trace_frames(cine: Cine, places: Sequence[int]) -> UInt8[np.ndarray, "frame height width"]:
    """Return the reader's labels of ``clinical.Structure`` on some frames, in pixels of its own image."""
    reader = _reader()
    frames = cine.frames[list(places)]
    masks: UInt8[np.ndarray, "frame height width"] = reader.model.predict(
        reader.preprocessing(frames, cine.spacing_mm)
    ).dense.masks
    return masks


def _likeliest(prob: Mapping[View, float]) -> tuple[View, float]:
    return max(prob.items(), key=lambda item: item[1])


@lru_cache(maxsize=1)
def _reader() -> "LoadedModel[ReaderModel]":
    """Return this process's reader; torch is loaded for it alone."""
    from echovlm.models import embedded_reader, load_reader

    return load_reader(embedded_reader())
