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
    CONVENTION = "convention"  # a habit of laboratories, no guideline
    DESIGN = "design"  # a decision of this project


class Profile(Enum):
    """A generation of guidelines; the labels of two profiles are never mixed in one column."""

    BASELINE = "baseline"  # what most stored reports follow: 2015 to 2021, and what replaced nothing
    LATEST = "latest"  # the 2025 documents on diastole, right heart and strain; ESC 2024 on the aorta
    LEGACY = "legacy"  # superseded limits, to reproduce the wording of older reports


@dataclass(frozen=True, slots=True)
class Document:
    """One guideline.

    Attributes:
        key: Short name, such as ``ASE2015``.
        society: The issuing societies.
        year: Year of publication; 0 for what was never published.
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
        return f"{self.society} {self.year}" if self.year else self.society


def cite(document: Document, clause: str, confidence: Confidence) -> str:
    """Return where a rule stands, with its year and how far the number was checked."""
    return f"{document.name}, {clause} ({confidence.value.replace('_', ' ')})"


ASE2015: Final = Document(
    "ASE2015",
    "ASE/EACVI",
    2015,
    "Cardiac chamber quantification by echocardiography in adults (Lang et al.)",
    "JASE 2015;28:1-39",
    "10.1016/j.echo.2014.10.003",
    doi_checked=True,
)
ASE2005: Final = Document(
    "ASE2005",
    "ASE/EAE",
    2005,
    "Recommendations for chamber quantification (Lang et al.); the only source of some partitions",
    "JASE 2005;18:1440-63",
    "10.1016/j.echo.2005.10.005",
    doi_checked=True,
)
ASE2016D: Final = Document(
    "ASE2016D",
    "ASE/EACVI",
    2016,
    "Evaluation of LV diastolic function (Nagueh et al.)",
    "JASE 2016;29:277-314",
    "10.1016/j.echo.2016.01.011",
    doi_checked=False,
)
ASE2025D: Final = Document(
    "ASE2025D",
    "ASE",
    2025,
    "LV diastolic function and HFpEF diagnosis update (Nagueh et al.)",
    "JASE 2025;38(7)",
    "10.1016/j.echo.2025.03.011",
    doi_checked=True,
)
ASE2010RH: Final = Document(
    "ASE2010RH",
    "ASE",
    2010,
    "Echocardiographic assessment of the right heart in adults (Rudski et al.)",
    "JASE 2010;23:685-713",
    "10.1016/j.echo.2010.05.010",
    doi_checked=False,
)
ASE2025RH: Final = Document(
    "ASE2025RH",
    "ASE",
    2025,
    "Right heart in adults and pulmonary hypertension (Mukherjee, Rudski et al.)",
    "JASE 2025;38:141-186",
    "10.1016/j.echo.2025.01.006",
    doi_checked=True,
)
ASE2025S: Final = Document(
    "ASE2025S",
    "ASE/EACVI",
    2025,
    "Clinical applications of strain echocardiography (Thomas et al.)",
    "JASE 2025",
    "10.1016/j.echo.2025.07.007",
    doi_checked=True,
)
ESCERS2022: Final = Document(
    "ESCERS2022",
    "ESC/ERS",
    2022,
    "Diagnosis and treatment of pulmonary hypertension (Humbert et al.)",
    "EHJ 2022;43:3618-3731",
    "10.1093/eurheartj/ehac237",
    doi_checked=True,
)
AS2017: Final = Document(
    "AS2017",
    "EACVI/ASE",
    2017,
    "Echocardiographic assessment of aortic valve stenosis, focused update (Baumgartner et al.)",
    "JASE 2017;30:372-92",
    "10.1016/j.echo.2017.02.009",
    doi_checked=False,
)
VS2009: Final = Document(
    "VS2009",
    "EAE/ASE",
    2009,
    "Echocardiographic assessment of valve stenosis (Baumgartner et al.)",
    "EJE 2009;10:1-25",
    "10.1093/ejechocard/jen303",
    doi_checked=True,
)
REG2017: Final = Document(
    "REG2017",
    "ASE",
    2017,
    "Noninvasive evaluation of native valvular regurgitation (Zoghbi et al.)",
    "JASE 2017;30:303-371",
    "10.1016/j.echo.2017.01.007",
    doi_checked=False,
)
VHD2020: Final = Document(
    "VHD2020",
    "ACC/AHA",
    2020,
    "Management of patients with valvular heart disease (Otto et al.)",
    "Circulation 2021;143:e72-e227",
    "10.1161/CIR.0000000000000923",
    doi_checked=False,
)
TR5: Final = Document(
    "TR5",
    "EHJ consensus",
    2023,
    "Five-tier tricuspid regurgitation grading",
    "EHJ 2023;44:4508-4532",
    "10.1093/eurheartj/ehad653",
    doi_checked=True,
)
AO2022: Final = Document(
    "AO2022",
    "ACC/AHA",
    2022,
    "Diagnosis and management of aortic disease (Isselbacher et al.)",
    "Circulation 2022;146:e334-e482",
    "10.1161/CIR.0000000000001106",
    doi_checked=False,
)
AO2024: Final = Document(
    "AO2024",
    "ESC",
    2024,
    "Peripheral arterial and aortic diseases (Mazzolai et al.)",
    "EHJ 2024;45:3538-3700",
    "10.1093/eurheartj/ehae179",
    doi_checked=False,
)
DEV2012: Final = Document(
    "DEV2012",
    "Devereux",
    2012,
    "2D aortic root size by age, body size and sex (Devereux et al.)",
    "Am J Cardiol 2012;110:1189-94",
    "10.1016/j.amjcard.2012.05.063",
    doi_checked=True,
)
PERI2013: Final = Document(
    "PERI2013",
    "ASE",
    2013,
    "Multimodality imaging of pericardial disease (Klein et al.)",
    "JASE 2013;26:965-1012",
    "10.1016/j.echo.2013.06.023",
    doi_checked=False,
)
PERI2015: Final = Document(
    "PERI2015",
    "ESC",
    2015,
    "Diagnosis and management of pericardial diseases (Adler et al.)",
    "EHJ 2015;36:2921-64",
    "10.1093/eurheartj/ehv318",
    doi_checked=False,
)
HCM2024: Final = Document(
    "HCM2024",
    "AHA/ACC",
    2024,
    "Management of hypertrophic cardiomyopathy (Ommen et al.)",
    "Circulation 2024;149:e1239-e1311",
    "10.1161/CIR.0000000000001250",
    doi_checked=True,
)
CMP2023: Final = Document(
    "CMP2023",
    "ESC",
    2023,
    "Management of cardiomyopathies (Arbelo et al.)",
    "EHJ 2023;44:3503-3626",
    "10.1093/eurheartj/ehad194",
    doi_checked=True,
)
AMY2021: Final = Document(
    "AMY2021",
    "ESC WG",
    2021,
    "Diagnosis and treatment of cardiac amyloidosis (Garcia-Pavia et al.)",
    "EJHF 2021;23:512-526",
    "10.1002/ejhf.2140",
    doi_checked=False,
)
PHV2009: Final = Document(
    "PHV2009",
    "ASE",
    2009,
    "Evaluation of prosthetic valves with echo and Doppler (Zoghbi et al.)",
    "JASE 2009;22:975-1014",
    "10.1016/j.echo.2009.07.013",
    doi_checked=False,
)
HF2021: Final = Document(
    "HF2021",
    "HFSA/HFA-ESC/JHFS",
    2021,
    "Universal definition and classification of heart failure (Bozkurt et al.)",
    "EJHF 2021",
    "10.1002/ejhf.2115",
    doi_checked=True,
)
ACHD2018: Final = Document(
    "ACHD2018",
    "AHA/ACC",
    2018,
    "Adults with congenital heart disease (Stout et al.)",
    "Circulation 2019;139:e698-e800",
    "10.1161/CIR.0000000000000603",
    doi_checked=False,
)
MAPSE2023: Final = Document(
    "MAPSE2023",
    "Wang",
    2023,
    "Normal MAPSE values (Wang et al.)",
    "EHJ-CVI 2023;24:1384-93",
    "10.1093/ehjci/jead187",
    doi_checked=True,
)
CONV: Final = Document(
    "CONV",
    "laboratory convention",
    0,
    "Common laboratory convention, no guideline threshold",
    "",
    "",
    doi_checked=False,
)
DESIGN: Final = Document(
    "DESIGN",
    "this project",
    0,
    "A decision of this project, no guideline statement",
    "",
    "",
    doi_checked=False,
)
