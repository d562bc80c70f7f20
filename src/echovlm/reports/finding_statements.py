"""How one judged finding is said in a caption: its sentences, those of its opposite, and its neighbours in degree."""

from dataclasses import dataclass

from echovlm.clinical.diseases import Disease, find_disease
from echovlm.clinical.findings import FindingResult, FindingState, Grade
from echovlm.clinical.phrases import IN_B_MODE
from echovlm.clinical.statements import disease_sentences, finding_sentences, graded_sentences
from echovlm.clinical.views import Mode
from echovlm.reports.counterfactuals import neighbouring_grade, opposite_grade, other_side_of_moderate
from echovlm.reports.draws import Draws


@dataclass(frozen=True, slots=True)
class Wording:
    """What is said of a finding.

    Attributes:
        said: Paraphrases that hold.
        opposite: Paraphrases of the opposite.
        present: Which of the two sides is the one that holds; ``None`` when the side is not known.
        neighbours: Pairs of a sentence that says the degree, and the same with the next degree.
    """

    said: tuple[str, ...]
    opposite: tuple[str, ...]
    present: bool | None
    neighbours: tuple[tuple[str, str], ...] = ()


def word_finding(result: FindingResult, mode: Mode, *, random: Draws) -> Wording | None:
    """Return the sentences of a decided finding in a clip of this mode; ``None`` where the mode can say nothing.

    A plain picture says of a stenosis how the leaflets open: well, or poorly from moderate on; of a mild one nothing.
    """
    disease = find_disease(result.finding)
    if mode is Mode.B and result.finding in IN_B_MODE:
        return None if disease is None else _by_opening(result, disease)
    if disease is not None and disease.at_least is not None:
        return _by_significance(result, disease, random)
    return _by_polarity(result, random)


def _by_polarity(result: FindingResult, random: Draws) -> Wording:
    present = result.state is FindingState.PRESENT
    opposite = opposite_grade(result, random=random)
    return Wording(
        said=finding_sentences(result.finding, present=present, grade=result.grade),
        opposite=finding_sentences(result.finding, present=not present, grade=opposite),
        present=present,
        neighbours=_neighbours(result, random) if present else (),
    )


def _by_opening(result: FindingResult, disease: Disease) -> Wording | None:
    state = disease.state(result.state, result.grade)
    if not state.is_decided or result.grade is Grade.MILD:
        return None
    present = state is FindingState.PRESENT
    return Wording(
        said=disease_sentences(disease, present=present, mode=Mode.B),
        opposite=disease_sentences(disease, present=not present, mode=Mode.B),
        present=present,
    )


def _by_significance(result: FindingResult, disease: Disease, random: Draws) -> Wording:
    """Return the sentences of a lesion that counts from moderate on.

    Mild and none are one side, moderate and severe the other, so that a mild lesion has a moderate one as its opposite.
    """
    state = disease.state(result.state, result.grade)
    if not state.is_decided or result.grade is None:
        said, denied = (finding_sentences(result.finding, present=side) for side in (True, False))
        return Wording(said, denied, None)
    opposite = other_side_of_moderate(result.grade, random=random)
    return Wording(
        said=_of_degree(disease, result.grade),
        opposite=_of_degree(disease, opposite),
        present=state is FindingState.PRESENT,
        neighbours=_neighbours(result, random) if result.state is FindingState.PRESENT else (),
    )


def _of_degree(disease: Disease, grade: Grade) -> tuple[str, ...]:
    """Return what holds of a lesion of this degree."""
    significant = disease.state(FindingState.PRESENT, grade) is FindingState.PRESENT
    told = disease_sentences(disease, present=significant)
    if grade is Grade.NORMAL:
        return (*told, *finding_sentences(disease.finding, present=False))
    # That a mild lesion is there at all is true, and would teach that it is no worse than a severe one.
    degree = graded_sentences(disease.finding, grade)
    return (*degree, *told, *(finding_sentences(disease.finding, present=True) if significant else ()))


def _neighbours(result: FindingResult, random: Draws) -> tuple[tuple[str, str], ...]:
    if result.grade is None:
        return ()
    other = neighbouring_grade(result.finding, result.grade, random=random)
    if other is None:
        return ()
    return tuple(
        zip(
            graded_sentences(result.finding, result.grade),
            graded_sentences(result.finding, other),
            strict=True,
        )
    )
