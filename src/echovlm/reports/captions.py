"""What a caption of one clip says, each statement with its opposite."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from echovlm.clinical.findings import Finding, FindingResult, FindingState
from echovlm.clinical.guidelines import find_cut
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.patient import Sex
from echovlm.clinical.provenance import Provenance, Source
from echovlm.clinical.sites import Site
from echovlm.clinical.statements import has_sentences, measurement_sentences, view_sentences
from echovlm.clinical.views import Mode, View
from echovlm.clinical.visibility import VISIBLE, shows, visibility
from echovlm.reports.counterfactuals import is_abnormal, opposite_measurement
from echovlm.reports.draws import Draws, SeededDraws
from echovlm.reports.finding_statements import Wording, word_finding
from echovlm.reports.population import NOBODY, Population

_VIEW_ORIGIN: Final = Provenance(Source.TABLE, "view of the clip, see its view_source")


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of a caption in all its wordings.

    Attributes:
        text_options: Paraphrases; any of them may be said.
        counterfactual_options: Paraphrases of the opposite; empty for the view, for a number that no rule
            bands, for one whose side cannot be told, and for the depth of an effusion.
        finding: The finding that the sentence states or denies, else ``None``.
        quantity: The quantity whose number the sentence gives, else ``None``.
        present: Whether the finding is stated, or the number is beyond its limit; ``None`` for the view and
            for what has no known side. A leak or a narrowing of a valve counts from moderate on.
        provenance: Where the statement comes from.
        neighbour_options: Pairs of a sentence that says the degree, and the same sentence with the next degree up
            or down; empty where no degree is known.
    """

    text_options: tuple[str, ...]
    counterfactual_options: tuple[str, ...]
    finding: Finding | None
    quantity: Quantity | None
    present: bool | None
    provenance: Provenance
    neighbour_options: tuple[tuple[str, str], ...] = ()


def compose_statements(
    view: View,
    measurements: Sequence[Measurement],
    findings: Sequence[FindingResult],
    *,
    seed: int,
    sex: Sex | None = None,
    mode: Mode = Mode.B,
    site: Site | None = None,
    is_still: bool = False,
    view_provenance: Provenance = _VIEW_ORIGIN,
    population: Population = NOBODY,
) -> tuple[Statement, ...]:
    """Return what a caption of a clip in this view and mode may say.

    The view comes first, then every finding that the view shows and that was assessed, then every number that
    can be measured in the view. A finding that was not assessed says nothing. A plain picture gives no number of
    Doppler and no grade of a valve; a spectrum gives what its recording site shows.

    Args:
        view: The clip's view.
        measurements: The study's values; of several for one quantity the first plausible one is stated.
        findings: The study's findings.
        seed: Draws the grades and numbers of the counterfactuals.
        sex: The patient's sex; without it a drawn number lies on the other side for both sexes.
        mode: The clip's imaging mode.
        site: What a spectrum or M-mode was recorded from; unknown, all that the view and mode reach may be said.
        is_still: Whether the clip is one frozen frame, which shows no motion.
        view_provenance: How the view is known.
        population: Values of other patients of the source, from which the opposites of numbers are drawn.
    """
    spoken = (
        result
        for result in findings
        if has_sentences(result.finding)
        and result.state.is_decided
        and visibility(view, result.finding, mode, site, is_still=is_still) >= VISIBLE
    )
    stated = (_finding_statement(view, mode, result, seed) for result in spoken)
    return (
        Statement(view_sentences(view, mode=mode), (), None, None, None, view_provenance),
        *(statement for statement in stated if statement is not None),
        *_number_statements(
            _Place(view, mode, site, is_still), measurements, findings, seed, _Others(sex, population)
        ),
    )


def compose_caption(statements: Sequence[Statement], *, seed: int) -> str:
    """Return one paraphrase of each statement, joined by spaces."""
    random = SeededDraws(seed, "paraphrase", *(statement.text_options[0] for statement in statements))
    options = (statement.text_options for statement in statements)
    return " ".join(texts[int(random.random() * len(texts))] for texts in options)


def _finding_statement(view: View, mode: Mode, result: FindingResult, seed: int) -> Statement | None:
    # The values go into the seed: one seed for a whole cohort must not draw one grade for everybody.
    random = SeededDraws(seed, view.value, result.finding.key, *result.evidence)
    wording: Wording | None = word_finding(result, mode, random=random)
    if wording is None:
        return None
    return Statement(
        text_options=wording.said,
        counterfactual_options=wording.opposite,
        finding=result.finding,
        quantity=None,
        present=wording.present,
        provenance=_finding_origin(result),
        neighbour_options=wording.neighbours,
    )


def _finding_origin(result: FindingResult) -> Provenance:
    """Return the deciding rule, or what was read when no rule decided."""
    if result.rule_id is not None:
        return Provenance(Source.RULE, f"rule {result.rule_id}")
    return Provenance(Source.TABLE, result.reason)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a clip was recorded."""

    view: View
    mode: Mode
    site: Site | None
    is_still: bool

    def shows(self, quantity: Quantity) -> bool:
        return shows(self.view, quantity, self.mode, self.site, is_still=self.is_still)


@dataclass(frozen=True, slots=True)
class _Others:
    """Whose values an opposite may have: other patients, of the same sex where it is known."""

    sex: Sex | None
    population: Population


def _number_statements(
    place: _Place,
    measurements: Sequence[Measurement],
    findings: Sequence[FindingResult],
    seed: int,
    others: _Others,
) -> Iterator[Statement]:
    stated = set()
    for measurement in measurements:
        quantity = measurement.quantity
        if quantity in stated or not place.shows(quantity):
            continue
        value = measurement.canonical()
        if quantity.lowest <= value.value <= quantity.highest:
            stated.add(quantity)
            random = SeededDraws(seed, place.view.value, value)
            statement = _number_statement(value, findings, others, random)
            if statement is not None:
                yield statement


def _number_statement(
    measurement: Measurement, findings: Sequence[FindingResult], others: _Others, random: Draws
) -> Statement | None:
    """Return the statement of one number; ``None`` for the depth of an effusion that is none."""
    quantity, rule = measurement.quantity, find_cut(measurement.quantity)
    abnormal = None if rule is None else is_abnormal(rule, measurement.value, others.sex)
    if abnormal is None and rule is not None:
        abnormal = _side_by_finding(rule.id, findings)
    opposite: tuple[str, ...] = ()
    if quantity is Quantity.PERICARDIAL_EFFUSION_DEPTH:
        # A report gives a depth only when there is an effusion, so its opposite would betray itself.
        if not abnormal:
            return None
    elif rule is not None and abnormal is not None:
        opposite = measurement_sentences(
            opposite_measurement(
                measurement,
                rule,
                abnormal=abnormal,
                sex=others.sex,
                random=random,
                population=others.population,
            )
        )
    return Statement(
        text_options=measurement_sentences(measurement),
        counterfactual_options=opposite,
        finding=None,
        quantity=quantity,
        present=abnormal,
        provenance=measurement.provenance,
    )


def _side_by_finding(rule_id: str, findings: Sequence[FindingResult]) -> bool | None:
    """Return on which side a value lies by the finding that its rule decided; the sex is unknown here."""
    decided = next((result for result in findings if result.rule_id == rule_id), None)
    return None if decided is None or not decided.state.is_decided else decided.state is FindingState.PRESENT
