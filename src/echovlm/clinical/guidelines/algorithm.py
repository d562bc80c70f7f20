"""A guideline rule that weighs several values or signs: its cut points as data, its logic as a small function."""

from collections.abc import Callable
from dataclasses import dataclass, field

from echovlm.clinical.context import Sign
from echovlm.clinical.documents import Confidence, Document, Profile, cite
from echovlm.clinical.findings import Distance, Finding, FindingState, Grade
from echovlm.clinical.guidelines.gates import Gate
from echovlm.clinical.guidelines.rule import Rule, SexBands
from echovlm.clinical.guidelines.study import Study
from echovlm.clinical.measurement import Quantity


@dataclass(frozen=True, slots=True)
class Decision:
    """What an algorithm concludes.

    Attributes:
        state: Present, absent, or why neither.
        grade: Severity when decided.
        label: The guideline's own word.
        reason: The deciding values in words, without a full stop.
        flags: Remarks for a reader.
        distances: Of computed values; those of measured ones follow from the parts.
    """

    state: FindingState
    grade: Grade | None = None
    label: str = ""
    reason: str = ""
    flags: tuple[str, ...] = ()
    distances: tuple[Distance, ...] = ()


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A rule over several inputs.

    Attributes:
        id: Stable name, used in datasets and reports.
        name: The rule in words.
        finding: What it decides.
        parts: Its cut points, one rule per quantity; ``part`` makes them.
        signs: The signs that it asks for.
        logic: How it decides, in a few sentences.
        decide: The logic as a function; ``None`` when the inputs do not suffice.
        document: The guideline.
        clause: Where in the guideline.
        confidence: How far the numbers and the logic were checked.
        confidence_note: What exactly was seen, and what was not.
        precedence: As of a rule.
        profile: As of a rule.
        gates: As of a rule.
        others: Quantities that it uses without a cut point of its own.
        sex_matters: Whether its logic uses the sex beyond the cut points.
        needs_sex: Whether the sex can change its answer.
        quantities: Every quantity that it uses.
        cited: The guideline, the clause, and how far it was checked.
    """

    id: str
    name: str
    finding: Finding
    parts: tuple[Rule, ...]
    logic: str
    decide: Callable[[Study], Decision | None]
    document: Document
    clause: str
    confidence: Confidence
    confidence_note: str = ""
    signs: tuple[Sign, ...] = ()
    precedence: int = 0
    profile: Profile = Profile.BASELINE
    gates: tuple[Gate, ...] = ()
    others: tuple[Quantity, ...] = ()
    sex_matters: bool = False
    needs_sex: bool = field(init=False, compare=False, repr=False)
    quantities: tuple[Quantity, ...] = field(init=False, compare=False, repr=False)
    cited: str = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        used = (*(part.quantity for part in self.parts), *self.others)
        object.__setattr__(self, "needs_sex", self.sex_matters or any(part.needs_sex for part in self.parts))
        object.__setattr__(self, "quantities", tuple(dict.fromkeys(used)))
        object.__setattr__(self, "cited", cite(self.document, self.clause, self.confidence))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the cut points of one algorithm stand, and whose they are."""

    id: str
    finding: Finding
    document: Document
    clause: str
    confidence: Confidence
    profile: Profile = Profile.BASELINE

    def part(self, quantity: Quantity, bands: SexBands, *, resolution: float) -> Rule:
        """Return the cut points of one quantity as a rule of its own."""
        return Rule(
            id=f"{self.id}/{quantity.key}",
            name=quantity.words,
            finding=self.finding,
            quantity=quantity,
            bands=bands,
            resolution=resolution,
            document=self.document,
            clause=self.clause,
            confidence=self.confidence,
            profile=self.profile,
        )

    def algorithm(
        self,
        name: str,
        parts: tuple[Rule, ...],
        decide: Callable[[Study], Decision | None],
        *,
        logic: str,
        note: str = "",
        signs: tuple[Sign, ...] = (),
        precedence: int = 0,
        gates: tuple[Gate, ...] = (),
        others: tuple[Quantity, ...] = (),
        sex_matters: bool = False,
    ) -> Algorithm:
        """Return the algorithm over these parts."""
        return Algorithm(
            id=self.id,
            name=name,
            finding=self.finding,
            parts=parts,
            logic=logic,
            decide=decide,
            document=self.document,
            clause=self.clause,
            confidence=self.confidence,
            confidence_note=note,
            signs=signs,
            precedence=precedence,
            profile=self.profile,
            gates=gates,
            others=others,
            sex_matters=sex_matters,
        )
