"""Guideline rules as data, algorithms as small functions, and the grading of a study by them."""

from echovlm.clinical.documents import Confidence, Document, Profile
from echovlm.clinical.guidelines.algorithm import Algorithm, Decision
from echovlm.clinical.guidelines.grading import grade_study
from echovlm.clinical.guidelines.intervals import Interval, grade_with_intervals
from echovlm.clinical.guidelines.rounding import round_half_up
from echovlm.clinical.guidelines.rule import Band, Limit, Rule, RuleError, SexBands, Side
from echovlm.clinical.guidelines.table import (
    ALGORITHMS,
    GUIDELINES,
    RULES,
    Guideline,
    algorithms_for,
    find_cut,
    find_rule,
    guideline_by_id,
    rule_by_id,
    rules_for,
)

__all__ = [
    "ALGORITHMS",
    "GUIDELINES",
    "RULES",
    "Algorithm",
    "Band",
    "Confidence",
    "Decision",
    "Document",
    "Guideline",
    "Interval",
    "Limit",
    "Profile",
    "Rule",
    "RuleError",
    "SexBands",
    "Side",
    "algorithms_for",
    "find_cut",
    "find_rule",
    "grade_study",
    "grade_with_intervals",
    "guideline_by_id",
    "round_half_up",
    "rule_by_id",
    "rules_for",
]
