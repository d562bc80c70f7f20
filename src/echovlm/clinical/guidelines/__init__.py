"""Guideline rules as data, and the grading of a study by them."""

from echovlm.clinical.documents import Confidence, Document, Profile
from echovlm.clinical.guidelines.grading import grade_study
from echovlm.clinical.guidelines.rounding import round_half_up
from echovlm.clinical.guidelines.rule import Band, Limit, Rule, RuleError, SexBands, Side
from echovlm.clinical.guidelines.table import RULES, find_rule, rule_by_id, rules_for

__all__ = [
    "RULES",
    "Band",
    "Confidence",
    "Document",
    "Limit",
    "Profile",
    "Rule",
    "RuleError",
    "SexBands",
    "Side",
    "find_rule",
    "grade_study",
    "round_half_up",
    "rule_by_id",
    "rules_for",
]
