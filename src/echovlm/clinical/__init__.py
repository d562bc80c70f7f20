"""The words that every package shares: views, anatomy, measurements, findings, rules, sentences."""

from echovlm.clinical.anatomy import Landmark, Structure
from echovlm.clinical.codes import find_quantity_by_code, loinc_codes
from echovlm.clinical.context import Rhythm, Sign, StudyContext, Valve
from echovlm.clinical.cross_checks import find_contradictions
from echovlm.clinical.diseases import DISEASE_FINDINGS, DISEASES, Disease, find_disease
from echovlm.clinical.findings import CORE_FINDINGS, Distance, Finding, FindingResult, FindingState, Grade
from echovlm.clinical.formulas import FORMULAS, Formula, derive
from echovlm.clinical.guidelines import (
    ALGORITHMS,
    GUIDELINES,
    RULES,
    Algorithm,
    Guideline,
    Interval,
    Profile,
    Rule,
    RuleError,
    find_cut,
    find_rule,
    grade_study,
    grade_with_intervals,
    guideline_by_id,
    rule_by_id,
    rules_for,
)
from echovlm.clinical.measurement import ImplausibleValueError, Measurement, Quantity, find_quantity
from echovlm.clinical.names import find_quantity_by_name
from echovlm.clinical.patient import Sex, find_sex
from echovlm.clinical.printed import PrintedNumber, parse_printed
from echovlm.clinical.provenance import Provenance, Source
from echovlm.clinical.ranges import reference_interval, typical_range
from echovlm.clinical.reading import Reading, accepted_units, read_value
from echovlm.clinical.sites import Site, find_site
from echovlm.clinical.statements import (
    disease_sentences,
    finding_sentences,
    graded_sentences,
    measurement_sentences,
    view_sentences,
)
from echovlm.clinical.units import Unit, UnitError, parse_unit
from echovlm.clinical.views import Mode, View, find_view
from echovlm.clinical.visibility import (
    CORE_QUANTITIES,
    VISIBLE,
    places_measuring,
    places_showing,
    shows,
    structure_visibility,
    visibility,
)

__all__ = [
    "ALGORITHMS",
    "CORE_FINDINGS",
    "CORE_QUANTITIES",
    "DISEASES",
    "DISEASE_FINDINGS",
    "FORMULAS",
    "GUIDELINES",
    "RULES",
    "VISIBLE",
    "Algorithm",
    "Disease",
    "Distance",
    "Finding",
    "FindingResult",
    "FindingState",
    "Formula",
    "Grade",
    "Guideline",
    "ImplausibleValueError",
    "Interval",
    "Landmark",
    "Measurement",
    "Mode",
    "PrintedNumber",
    "Profile",
    "Provenance",
    "Quantity",
    "Reading",
    "Rhythm",
    "Rule",
    "RuleError",
    "Sex",
    "Sign",
    "Site",
    "Source",
    "Structure",
    "StudyContext",
    "Unit",
    "UnitError",
    "Valve",
    "View",
    "accepted_units",
    "derive",
    "disease_sentences",
    "find_contradictions",
    "find_cut",
    "find_disease",
    "find_quantity",
    "find_quantity_by_code",
    "find_quantity_by_name",
    "find_rule",
    "find_sex",
    "find_site",
    "find_view",
    "finding_sentences",
    "grade_study",
    "grade_with_intervals",
    "graded_sentences",
    "guideline_by_id",
    "loinc_codes",
    "measurement_sentences",
    "parse_printed",
    "parse_unit",
    "places_measuring",
    "places_showing",
    "read_value",
    "reference_interval",
    "rule_by_id",
    "rules_for",
    "shows",
    "structure_visibility",
    "typical_range",
    "view_sentences",
    "visibility",
]
