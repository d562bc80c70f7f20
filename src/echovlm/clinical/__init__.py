"""The words that every package shares: views, anatomy, measurements, findings, rules, sentences."""

from echovlm.clinical.anatomy import Landmark, Structure
from echovlm.clinical.findings import Finding, FindingResult, FindingState, Grade
from echovlm.clinical.formulas import FORMULAS, Formula, derive
from echovlm.clinical.guidelines import RULES, Rule, find_rule, grade_study, rule_by_id, rules_for
from echovlm.clinical.measurement import ImplausibleValueError, Measurement, Quantity, find_quantity
from echovlm.clinical.patient import Sex, find_sex
from echovlm.clinical.provenance import Provenance, Source
from echovlm.clinical.statements import finding_sentences, measurement_sentences, view_sentences
from echovlm.clinical.units import Unit, UnitError, parse_unit
from echovlm.clinical.views import Mode, View, find_view
from echovlm.clinical.visibility import VISIBLE, shows, visibility

__all__ = [
    "FORMULAS",
    "RULES",
    "VISIBLE",
    "Finding",
    "FindingResult",
    "FindingState",
    "Formula",
    "Grade",
    "ImplausibleValueError",
    "Landmark",
    "Measurement",
    "Mode",
    "Provenance",
    "Quantity",
    "Rule",
    "Sex",
    "Source",
    "Structure",
    "Unit",
    "UnitError",
    "View",
    "derive",
    "find_quantity",
    "find_rule",
    "find_sex",
    "find_view",
    "finding_sentences",
    "grade_study",
    "measurement_sentences",
    "parse_unit",
    "rule_by_id",
    "rules_for",
    "shows",
    "view_sentences",
    "visibility",
]
