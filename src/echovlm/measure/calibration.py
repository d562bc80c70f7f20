"""What millimetres rest on: a pixel spacing that a file states, never one that is guessed."""

import math

from echovlm.errors import EchoVLMError


class MeasureError(EchoVLMError):
    """A measurement cannot be made on this geometry."""


class NotCalibratedError(MeasureError):
    """The image says nothing of its scale, so no length, area or volume can be given."""


def require_spacing(spacing_mm: float | None) -> float:
    """Return the spacing when there is one.

    Raises:
        NotCalibratedError: If it is ``None``.
        MeasureError: If it is not a positive number.
    """
    if spacing_mm is None:
        raise NotCalibratedError(
            "the pixel spacing is unknown (None); a length, an area or a volume needs millimetres per pixel, "
            "from an ultrasound region of the DICOM file. Only ratios, such as an EF, can be given without."
        )
    if not (math.isfinite(spacing_mm) and spacing_mm > 0):
        raise MeasureError(
            f"the pixel spacing is {spacing_mm:g} mm; it must be a positive number. Check the file."
        )
    return spacing_mm
