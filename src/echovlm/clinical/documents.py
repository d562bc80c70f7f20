"""The guideline documents that the rules cite, with how far each number was checked."""

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Confidence(Enum):
    """How a number of a rule was seen; none of them was checked against the original publication."""

    VERIFIED_TABLE = "verified_table"  # cells seen in a copy of the table, or in the abstract
    VERIFIED_SECONDARY = (
        "verified_secondary"  # seen in a third-party summary or code that names the guideline
    )
    PARTIAL = "partial"  # some cells seen, the rest from memory or from weak summaries
    MEMORY = "memory"  # no source seen
    DESIGN = "design"  # a decision of this project


class Profile(Enum):
    """A generation of guidelines; the labels of two profiles are never mixed in one column."""

    BASELINE = "baseline"  # documents of 2015 to 2021
    LATEST = "latest"  # documents of 2022 to 2025


@dataclass(frozen=True, slots=True)
class Document:
    """One guideline.

    Attributes:
        key: Short name, such as ``ASE2015``.
        society: The issuing societies.
        year: Year of publication.
        title: Title, first author in brackets.
        journal: Journal, year, volume, pages.
        doi: Digital object identifier.
        doi_checked: Whether the DOI was seen to belong to this document.
    """

    key: str
    society: str
    year: int
    title: str
    journal: str
    doi: str
    doi_checked: bool

    @property
    def name(self) -> str:
        """The document as a sentence cites it, such as ``ASE/EACVI 2015``."""
        return f"{self.society} {self.year}"


ASE2015: Final = Document(
    key="ASE2015",
    society="ASE/EACVI",
    year=2015,
    title="Cardiac chamber quantification by echocardiography in adults (Lang et al.)",
    journal="JASE 2015;28:1-39",
    doi="10.1016/j.echo.2014.10.003",
    doi_checked=True,
)

ASE2005: Final = Document(
    key="ASE2005",
    society="ASE/EAE",
    year=2005,
    title="Recommendations for chamber quantification (Lang et al.); the only source of some partitions",
    journal="JASE 2005;18:1440-63",
    doi="10.1016/j.echo.2005.10.005",
    doi_checked=True,
)

ASE2010RH: Final = Document(
    key="ASE2010RH",
    society="ASE",
    year=2010,
    title="Echocardiographic assessment of the right heart in adults (Rudski et al.)",
    journal="JASE 2010;23:685-713",
    doi="10.1016/j.echo.2010.05.010",
    doi_checked=False,
)

PERI2015: Final = Document(
    key="PERI2015",
    society="ESC",
    year=2015,
    title="Diagnosis and management of pericardial diseases (Adler et al.)",
    journal="EHJ 2015;36:2921-64",
    doi="10.1093/eurheartj/ehv318",
    doi_checked=False,
)
