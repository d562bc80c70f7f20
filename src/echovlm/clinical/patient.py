"""What a rule needs to know of a patient beyond the measurements: the sex."""

from enum import Enum
from typing import Final


class Sex(Enum):
    """Biological sex as the reference tables use it. An unknown sex is ``None``, never a member."""

    FEMALE = "F"
    MALE = "M"

    @property
    def plural(self) -> str:
        """The group in words, as a threshold is quoted: ``5.8 cm (men)``."""
        return "women" if self is Sex.FEMALE else "men"


_SPELLING: Final = {"f": Sex.FEMALE, "female": Sex.FEMALE, "woman": Sex.FEMALE,
                    "m": Sex.MALE, "male": Sex.MALE, "man": Sex.MALE}  # fmt: skip


def find_sex(text: str) -> Sex | None:
    """Return the sex that ``text`` spells, or ``None``.

    DICOM's ``O`` (other) and bare digits are ``None``: sources disagree on which digit means which sex.
    """
    return _SPELLING.get(text.strip().lower())
