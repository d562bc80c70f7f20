"""What is said of a study and of each of its clips: findings, statements, caption."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from echovlm.clinical import (
    CORE_FINDINGS,
    VISIBLE,
    Finding,
    FindingResult,
    FindingState,
    Measurement,
    Mode,
    Provenance,
    Sex,
    Site,
    Source,
    derive,
    grade_study,
    visibility,
)
from echovlm.clinical.context import UNKNOWN_CONTEXT, StudyContext
from echovlm.clinical.diseases import DISEASE_FINDINGS
from echovlm.curation.given import GivenView
from echovlm.dataset import Evidence, FindingRow, StatementRow
from echovlm.reports import NOBODY, Population, Statement, compose_caption, compose_statements

_VIEW_SOURCES: Final = {
    "dicom": Source.DICOM, "model": Source.MODEL, "landmarks": Source.LANDMARK
}  # fmt: skip
# What is judged unless every rule is asked for: what B-mode cines decide, and the diseases of the evaluation.
USUAL_FINDINGS: Final = tuple(dict.fromkeys((*CORE_FINDINGS, *DISEASE_FINDINGS)))
_CHILD: Final = "The rules are for adults, and the set is of children."


@dataclass(frozen=True, slots=True)
class StudyLabels:
    """What holds for all clips of a study.

    Attributes:
        measurements: Given and derived values in canonical units.
        findings: One per finding.
        sex: The patient's sex, if known.
        by_rule: What the rules alone say of the findings that they were asked for.
        rows: Each finding as a clip that does not show it has it, and as one that does; all clips share them.
    """

    measurements: tuple[Measurement, ...]
    findings: tuple[FindingResult, ...]
    sex: Sex | None
    by_rule: tuple[FindingResult, ...] = ()
    rows: tuple[tuple[FindingRow, FindingRow], ...] = ()


@dataclass(frozen=True, slots=True)
class ClipLabels:
    """What holds for one clip: the study's findings as its view shows them, and what may be said."""

    findings: tuple[FindingRow, ...]
    statements: tuple[StatementRow, ...]
    caption: str


def label_study(
    measurements: Sequence[Measurement],
    stated: Sequence[FindingResult],
    *,
    sex: Sex | None,
    noted: Sequence[FindingResult] = (),
    context: StudyContext = UNKNOWN_CONTEXT,
    is_adult: bool = True,
    findings: Sequence[Finding] = USUAL_FINDINGS,
) -> StudyLabels:
    """Judge a study: by rules where their inputs are there, else by what is stated in words.

    Args:
        measurements: Values in canonical units, one per quantity.
        stated: Findings that a table states as categories.
        sex: The patient's sex, if known.
        noted: Findings that a note states; they count last.
        context: Prostheses, signs and segments of the study.
        is_adult: Whether the rules hold.
        findings: What is judged by rules; a finding beyond them is there when somebody states it.
    """
    values = derive(measurements) if is_adult else tuple(measurements)
    said: dict[Finding, FindingResult] = {r.finding: r for r in (*reversed(noted), *reversed(stated))}
    if is_adult:
        judged = grade_study(values, sex=sex, context=context, findings=tuple(findings))
    else:
        judged = tuple(
            FindingResult(finding, FindingState.NOT_APPLICABLE, None, None, (), _CHILD)
            for finding in findings
        )
    results = [said.get(r.finding, r) if not r.state.is_decided else r for r in judged]
    asked = {result.finding for result in results}
    beyond = [said[finding] for finding in Finding if finding in said and finding not in asked]
    canonical = tuple(value.canonical() for value in values)
    decided = (*results, *beyond)
    rows = tuple((_finding_row(r, visible=False), _finding_row(r, visible=True)) for r in decided)
    return StudyLabels(canonical, decided, sex, tuple(judged), rows)


def label_clip(
    study: StudyLabels,
    view: GivenView,
    mode: Mode | None,
    site: Site | None,
    *,
    clip_id: str,
    seed: int,
    population: Population = NOBODY,
    keep: Callable[[tuple[Statement, ...]], tuple[Statement, ...]] = lambda statements: statements,
) -> ClipLabels:
    """Return what one clip shows and says; paraphrases are drawn by ``seed`` and ``clip_id`` alone.

    A clip of unknown mode is taken for B-mode, which says least. The opposites of numbers are
    values of ``population``; of the statements those are said that ``keep`` keeps.
    """
    mode = mode or Mode.B
    assert view.view is not None, "clips of unknown view were set aside"
    clip_seed = int.from_bytes(hashlib.sha256(f"caption {seed} {clip_id}".encode()).digest()[:6], "big")
    statements = keep(
        compose_statements(
            view.view,
            study.measurements,
            study.findings,
            seed=clip_seed,
            sex=study.sex,
            mode=mode,
            site=site,
            view_provenance=Provenance(_VIEW_SOURCES.get(view.source, Source.TABLE), view.locator),
            population=population,
        )
    )
    return ClipLabels(
        findings=tuple(
            seen if visibility(view.view, seen.finding, mode, site) >= VISIBLE else unseen
            for unseen, seen in study.rows
        ),
        statements=tuple(
            StatementRow(
                text_options=statement.text_options,
                counterfactual_options=statement.counterfactual_options,
                finding=statement.finding,
                quantity=statement.quantity,
                present=statement.present,
                provenance=statement.provenance,
            )
            for statement in statements
        ),
        caption=compose_caption(statements, seed=clip_seed),
    )


def _finding_row(result: FindingResult, *, visible: bool) -> FindingRow:
    return FindingRow(
        finding=result.finding,
        state=result.state,
        grade=result.grade,
        rule_id=result.rule_id,
        reason=result.reason,
        visible=visible,
        evidence=tuple(Evidence(e.quantity, e.canonical().value, e.quantity.unit) for e in result.evidence),
    )
