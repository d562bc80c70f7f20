"""Zero-shot disease classification: one task per core finding, which a guideline rule decides."""

from typing import Final

from echovlm.clinical.findings import CORE_FINDINGS, Finding
from echovlm.clinical.guidelines import rules_for
from echovlm.clinical.statements import finding_sentences
from echovlm.clinical.views import View
from echovlm.clinical.visibility import VISIBLE, visibility
from echovlm.evaluation.task import ZeroShotTask


def _task(finding: Finding) -> ZeroShotTask:
    rules = ", ".join(rule.id for rule in rules_for(finding))
    return ZeroShotTask(
        name=f"zero-shot/{finding.key.replace('_', '-')}",
        finding=finding,
        present=finding_sentences(finding, present=True),
        absent=finding_sentences(finding, present=False),
        present_unseen=finding_sentences(finding, present=True, held_out=True),
        absent_unseen=finding_sentences(finding, present=False, held_out=True),
        views=frozenset(view for view in View if visibility(view, finding) >= VISIBLE),
        source=f"labels by rule {rules}; our choice of task",
    )


TASKS: Final = tuple(_task(finding) for finding in CORE_FINDINGS)
