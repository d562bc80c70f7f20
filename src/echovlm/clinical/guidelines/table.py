"""Every rule, and how to look one up."""

from typing import Final

from echovlm.clinical.findings import Finding
from echovlm.clinical.guidelines import aorta, atria, left_ventricle, pericardium, right_ventricle
from echovlm.clinical.guidelines.rule import Rule, RuleError
from echovlm.clinical.measurement import Quantity

RULES: Final[tuple[Rule, ...]] = (
    *left_ventricle.RULES,
    *atria.RULES,
    *right_ventricle.RULES,
    *aorta.RULES,
    *pericardium.RULES,
)


def rule_by_id(rule_id: str) -> Rule:
    """Return the rule with this id.

    Raises:
        RuleError: If there is none.
    """
    found = next((rule for rule in RULES if rule.id == rule_id), None)
    if found is None:
        raise RuleError(f"no rule {rule_id!r}; known: {', '.join(rule.id for rule in RULES)}")
    return found


def rules_for(finding: Finding) -> tuple[Rule, ...]:
    """Return the rules that can decide a finding, by precedence."""
    return tuple(sorted((r for r in RULES if r.finding is finding), key=lambda rule: rule.precedence))


def find_rule(quantity: Quantity) -> Rule | None:
    """Return the rule that bands this quantity, or ``None``; no two rules band the same one."""
    return next((rule for rule in RULES if rule.quantity is quantity), None)
