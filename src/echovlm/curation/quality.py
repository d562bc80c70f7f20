"""Whether a clip can be used at all: another examination, another patient group, or a picture that shows nothing."""

import re
from typing import Final

import numpy as np
from jaxtyping import UInt8

from echovlm.clinical import Mode
from echovlm.curation.reasons import Reason
from echovlm.imaging import Clip
from echovlm.imaging.examination import Examination
from echovlm.imaging.spread import find_spread

_ADULT_YEARS: Final = 18
_OESOPHAGEAL: Final = re.compile(r"\b(?:tee|toe|tr?ans-?o?esoph\w*)\b", re.IGNORECASE)
_STRESS: Final = re.compile(r"\b(?:stress|dobutamine|treadmill|exercise|dse)\b", re.IGNORECASE)
_CONTRAST: Final = re.compile(r"\b(?:contrast|definity|optison|lumason|sonovue|perflutren)\b", re.IGNORECASE)
_DENIED: Final = re.compile(r"\b(?:no|non|without|w/o)[\s-]*$", re.IGNORECASE)
# Of the sector's pixels. A picture of the heart has blood and tissue; ours to choose, wide of any that we saw.
_LEAST_LIT_FRAC: Final = 0.02
_LIT_GREY: Final = 24
_LEAST_SPREAD_GREY: Final = 4.0


def find_exclusion(
    clip: Clip, examination: Examination | None, *, is_adult_source: bool
) -> tuple[Reason, str] | None:
    """Return why a clip is of another kind than resting transthoracic echo of adults, or ``None``.

    Only what the file says counts: silence is not held against it.

    Args:
        clip: The clip.
        examination: What the header says; ``None`` for files without one.
        is_adult_source: ``False`` for a set of children, whose files are not set aside for that.
    """
    content = clip.content
    if content is not None and content.is_cardiac is False:
        return Reason.NOT_CARDIAC, " ".join(content.reasons) or Reason.NOT_CARDIAC.words
    if examination is not None:
        words = examination.words
        if examination.is_transoesophageal or _says(_OESOPHAGEAL, words):
            return Reason.TRANSOESOPHAGEAL, "the header names a transoesophageal study"
        if _says(_STRESS, words):
            return Reason.STRESS, "the header names a stress study"
        if examination.has_contrast_agent or _says(_CONTRAST, words):
            return Reason.CONTRAST, "the header names a contrast agent"
        years = examination.age_years
        if is_adult_source and years is not None and years < _ADULT_YEARS:
            return Reason.PAEDIATRIC, "the header's age is below 18 years"
    if content is not None and content.is_stress:
        return Reason.STRESS, " ".join(content.reasons) or Reason.STRESS.words
    return None


def _says(pattern: re.Pattern[str], words: str) -> bool:
    """Whether words name something that no word right before it denies."""
    return any(not _DENIED.search(words[: match.start()]) for match in pattern.finditer(words))


def find_flaw(frames: UInt8[np.ndarray, "frame height width *rgb"], mode: Mode | None) -> str | None:
    """Return why the stored frames show nothing, or ``None``; strips of Doppler and M-mode may be mostly dark."""
    if mode not in (Mode.B, Mode.COLOR, None):
        return None if frames.any() else "the strip is black"
    middle = frames[len(frames) // 2]
    grey = middle if middle.ndim == 2 else middle.max(axis=-1)
    seen = np.bitwise_or.reduce(frames, axis=0)  # as any() is, three times as fast
    count = int(np.count_nonzero(seen if frames.ndim == 3 else seen.any(axis=-1)))
    if not count:
        return "every pixel is black"
    # Where nothing was seen this frame is black as well, so that neither sum needs the others cut out.
    lit = np.count_nonzero(grey > _LIT_GREY) / count
    if lit < _LEAST_LIT_FRAC:
        return f"only {lit:.1%} of the picture is brighter than {_LIT_GREY} of 255"
    spread = find_spread(grey, count=count)
    if spread < _LEAST_SPREAD_GREY:
        return f"the picture is even: its greys spread by {spread:.1f} of 255"
    return None
