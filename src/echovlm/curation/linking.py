"""Which measured study belongs to an imaging study."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from echovlm.curation.reasons import Reason
from echovlm.curation.task import Verdict

WINDOW: Final = timedelta(days=2)  # MIMIC-IV-ECHO 1.0 links the nearest structured echo within two days
TRANSTHORACIC: Final = ("tte", "")  # a blank test type is that of a table without the column


@dataclass(frozen=True, slots=True)
class MeasuredStudy:
    """One study of the structured table.

    Attributes:
        measurement_id: Its identifier.
        time: When it was measured; ``None`` when unknown.
        test_type: ``tte``, ``stress``, ``tee`` or blank.
    """

    measurement_id: str
    time: datetime | None
    test_type: str


@dataclass(frozen=True, slots=True)
class Link:
    """A found link.

    Attributes:
        measurement_id: The measured study.
        how: By which rule, with the distance in time, in words.
    """

    measurement_id: str
    how: str


def find_link(
    measurement_id: str, time: datetime | None, candidates: Sequence[MeasuredStudy]
) -> Link | Verdict:
    """Return the measured study of an imaging study, or why there is none.

    The identifier decides when the table has it. Otherwise the one transthoracic study within two days does;
    two of them are an ambiguity, not a guess.

    Args:
        measurement_id: What the study list says; empty when it says nothing.
        time: When the images were taken.
        candidates: The measured studies of the same patient.
    """
    named = next((c for c in candidates if measurement_id and c.measurement_id == measurement_id), None)
    if named is not None:
        if named.test_type not in TRANSTHORACIC:
            return Verdict(
                Reason.NOT_TRANSTHORACIC, f"measurement_id {measurement_id} is of type {named.test_type!r}"
            )
        return Link(measurement_id, "by measurement_id")
    if time is None:
        return Verdict(Reason.NO_LINK, "the study has neither a known measurement_id nor a time")
    near = [
        (abs(c.time - time), c.measurement_id)
        for c in candidates
        if c.time is not None and c.test_type in TRANSTHORACIC and abs(c.time - time) <= WINDOW
    ]
    if not near:
        return Verdict(Reason.NO_LINK, "no measured transthoracic study of the patient within 2 days")
    if len(near) > 1:
        listed = ", ".join(sorted(name for _, name in near))
        return Verdict(Reason.AMBIGUOUS_LINK, f"{len(near)} measured studies within 2 days: {listed}")
    distance, found = near[0]
    return Link(found, f"by time, {distance.total_seconds() / 3600:.1f} hours apart")
