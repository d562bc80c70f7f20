"""What is said of a study and of each of its clips: findings, statements, caption."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from echovlm.clinical import (
    CORE_FINDINGS,
    VISIBLE,
    Finding,
    FindingResult,
    Measurement,
    Mode,
    Provenance,
    Sex,
    Source,
    View,
    derive,
    grade_study,
    visibility,
)
from echovlm.dataset import Evidence, FindingRow, StatementRow
from echovlm.reports import compose_caption, compose_statements

# The only place that a view is read from so far.
_VIEW_CODE: Final = Provenance(Source.DICOM, "View Code Sequence (0054,0220)")


@dataclass(frozen=True, slots=True)
class StudyLabels:
    """What holds for all clips of a study.

    Attributes:
        measurements: Given and derived values in canonical units.
        findings: One per finding.
        sex: The patient's sex, if known.
    """

    measurements: tuple[Measurement, ...]
    findings: tuple[FindingResult, ...]
    sex: Sex | None


@dataclass(frozen=True, slots=True)
class ClipLabels:
    """What holds for one clip: the study's findings as its view shows them, and what may be said."""

    findings: tuple[FindingRow, ...]
    statements: tuple[StatementRow, ...]
    caption: str


def label_study(
    measurements: Sequence[Measurement], stated: Sequence[FindingResult], *, sex: Sex | None
) -> StudyLabels:
    """Judge a study: by rules where their inputs are there, else by what the table states as a category."""
    values = derive(measurements)
    categories: dict[Finding, FindingResult] = {result.finding: result for result in reversed(stated)}
    findings = tuple(
        categories.get(result.finding, result) if not result.state.is_decided else result
        for result in grade_study(values, sex=sex, findings=CORE_FINDINGS)
    )
    return StudyLabels(tuple(value.canonical() for value in values), findings, sex)


def label_clip(study: StudyLabels, view: View, mode: Mode | None, *, clip_id: str, seed: int) -> ClipLabels:
    """Return what one clip shows and says; paraphrases are drawn by ``seed`` and ``clip_id`` alone.

    A clip of unknown mode is taken for B-mode, which says least.
    """
    mode = mode or Mode.B
    clip_seed = int.from_bytes(hashlib.sha256(f"caption {seed} {clip_id}".encode()).digest()[:6], "big")
    statements = compose_statements(
        view,
        study.measurements,
        study.findings,
        seed=clip_seed,
        sex=study.sex,
        mode=mode,
        view_provenance=_VIEW_CODE,
    )
    return ClipLabels(
        findings=tuple(_finding_row(result, view, mode) for result in study.findings),
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


def _finding_row(result: FindingResult, view: View, mode: Mode) -> FindingRow:
    return FindingRow(
        finding=result.finding,
        state=result.state,
        grade=result.grade,
        rule_id=result.rule_id,
        reason=result.reason,
        visible=visibility(view, result.finding, mode) >= VISIBLE,
        evidence=tuple(Evidence(e.quantity, e.canonical().value, e.quantity.unit) for e in result.evidence),
    )
