"""Every rule and algorithm, and how to look one up."""

from difflib import get_close_matches
from functools import cache
from itertools import chain
from typing import Final, TypeAlias

from echovlm.clinical.documents import Profile
from echovlm.clinical.findings import CORE_FINDINGS, Finding
from echovlm.clinical.guidelines import (
    aorta,
    aortic_valve,
    atria,
    cardiomyopathy,
    diastole_2016,
    diastole_2025,
    left_ventricle,
    lv_function,
    mitral_valve,
    pericardium,
    prosthesis,
    pulmonary_pressure,
    right_valves,
    right_ventricle,
    shunts,
    stated,
)
from echovlm.clinical.guidelines.algorithm import Algorithm
from echovlm.clinical.guidelines.rule import Rule, RuleError
from echovlm.clinical.measurement import Quantity

Guideline: TypeAlias = Rule | Algorithm

RULES: Final[tuple[Rule, ...]] = (
    *left_ventricle.RULES,
    *lv_function.RULES,
    *atria.RULES,
    *right_ventricle.RULES,
    *pulmonary_pressure.RULES,
    *mitral_valve.RULES,
    *aorta.RULES,
    *pericardium.RULES,
    *shunts.RULES,
    *prosthesis.RULES,
)

ALGORITHMS: Final[tuple[Algorithm, ...]] = (
    *left_ventricle.ALGORITHMS,
    *lv_function.ALGORITHMS,
    *diastole_2016.ALGORITHMS,
    *diastole_2025.ALGORITHMS,
    *right_ventricle.ALGORITHMS,
    *pulmonary_pressure.ALGORITHMS,
    *aortic_valve.ALGORITHMS,
    *mitral_valve.ALGORITHMS,
    *right_valves.ALGORITHMS,
    *pericardium.ALGORITHMS,
    *cardiomyopathy.ALGORITHMS,
    *prosthesis.ALGORITHMS,
    *aorta.ALGORITHMS,
    *stated.ALGORITHMS,
)

GUIDELINES: Final[tuple[Guideline, ...]] = (*RULES, *ALGORITHMS)


# Rules of the draft that are part of another one here, under the id of that one: the order in which the sizes of the
# ventricle are asked is the precedence of its rules, and a secondary leak is graded by the table of a primary one.
PART_OF: Final[dict[str, str]] = {"lv_size_combined": "lv_size_edvi", "mr_secondary": "mr_primary"}


def guideline_by_id(rule_id: str) -> Guideline:
    """Return the rule or algorithm with this id.

    Raises:
        RuleError: If there is none.
    """
    wanted = PART_OF.get(rule_id, rule_id)
    found = next((each for each in GUIDELINES if each.id == wanted), None)
    if found is None:
        near = get_close_matches(rule_id, [each.id for each in GUIDELINES], n=3, cutoff=0.3)
        said = f"nearest: {', '.join(near)}; " if near else ""
        raise RuleError(f"no rule {rule_id!r}; {said}`echovlm guidelines list` has them all")
    return found


def rule_by_id(rule_id: str) -> Rule:
    """Return the rule over one number with this id.

    Raises:
        RuleError: If there is none.
    """
    found = next((rule for rule in RULES if rule.id == rule_id), None)
    if found is None:
        raise RuleError(f"no rule {rule_id!r}; known: {', '.join(rule.id for rule in RULES)}")
    return found


@cache
def _generation(finding: Finding, profile: Profile) -> Profile:
    """Return whose rules judge a finding: those of the profile, or of the baseline where none replaced it.

    The answer depends on the finding alone, never on the patient: two generations never mix in one column.
    The legacy profile stands for itself.
    """
    own = any(each.finding is finding and each.profile is profile for each in GUIDELINES)
    return profile if own or profile is Profile.LEGACY else Profile.BASELINE


@cache
def rules_for(finding: Finding, profile: Profile = Profile.BASELINE) -> tuple[Rule, ...]:
    """Return the rules over one number that can decide a finding, by precedence."""
    generation = _generation(finding, profile)
    chosen = (rule for rule in RULES if rule.finding is finding and rule.profile is generation)
    return tuple(sorted(chosen, key=lambda rule: rule.precedence))


@cache
def algorithms_for(finding: Finding, profile: Profile = Profile.BASELINE) -> tuple[Algorithm, ...]:
    """Return the algorithms that can decide a finding, by precedence."""
    generation = _generation(finding, profile)
    chosen = (each for each in ALGORITHMS if each.finding is finding and each.profile is generation)
    return tuple(sorted(chosen, key=lambda algorithm: algorithm.precedence))


def find_rule(quantity: Quantity) -> Rule | None:
    """Return the baseline rule of a core finding that bands this quantity, or ``None``; there is at most one."""
    return next((rule for rule in RULES if rule.quantity is quantity and rule.finding in CORE_FINDINGS), None)


# Numbers that only algorithms weigh, with the one whose cut stands for normal. What says nothing by itself is left
# out: an E wave or an E/A between 0.8 and 2 is read beside others.
_ALGORITHM_WITH_CUT: Final[dict[Quantity, str]] = {
    Quantity.TAPSE: "rv_function_2015",
    Quantity.RV_S_PRIME: "rv_function_2015",
    Quantity.RV_FAC: "rv_function_2015",
    Quantity.RIMP_TDI: "rv_function_2015",
    Quantity.E_PRIME_SEPTAL: "diast_2016_presence",
    Quantity.E_PRIME_LATERAL: "diast_2016_presence",
    Quantity.TR_VMAX: "ph_probability",
    Quantity.RVOT_ACCELERATION_TIME: "ph_probability",
    Quantity.PR_EARLY_VELOCITY: "ph_probability",
    Quantity.LV_MAX_WALL_THICKNESS: "hcm",
    Quantity.AV_VMAX: "as_grade",
    Quantity.AV_MEAN_GRADIENT: "as_grade",
    Quantity.LVOT_GRADIENT_REST: "lvoto",
    Quantity.LVOT_GRADIENT_PROVOKED: "lvoto",
    Quantity.AR_VENA_CONTRACTA: "ar_grade",
    Quantity.AR_PRESSURE_HALF_TIME: "ar_grade",
    Quantity.AR_JET_WIDTH: "ar_grade",
    Quantity.MV_MEAN_GRADIENT: "ms_grade_2020",
    Quantity.MR_VENA_CONTRACTA: "mr_primary",
    Quantity.MR_JET_AREA: "mr_primary",
    Quantity.TR_VENA_CONTRACTA: "tr_grade",
    Quantity.TR_PISA_RADIUS: "tr_grade",
    Quantity.TV_MEAN_GRADIENT: "ts_present",
    Quantity.TV_VTI: "ts_present",
    Quantity.TV_PRESSURE_HALF_TIME: "ts_present",
    Quantity.PV_VMAX: "ps_grade",
    Quantity.PV_PEAK_GRADIENT: "ps_grade",
    Quantity.PR_PRESSURE_HALF_TIME: "pr_grade",
    Quantity.PR_DECELERATION_TIME: "pr_grade",
    Quantity.PR_INDEX: "pr_grade",
    Quantity.PR_JET_WIDTH: "pr_grade",
    Quantity.PROSTHETIC_AV_VMAX: "pav_stenosis",
    Quantity.PROSTHETIC_AV_MEAN_GRADIENT: "pav_stenosis",
    Quantity.PROSTHETIC_MV_VMAX: "pmv_stenosis",
    Quantity.PROSTHETIC_MV_MEAN_GRADIENT: "pmv_stenosis",
    Quantity.PROSTHETIC_MV_PRESSURE_HALF_TIME: "pmv_stenosis",
}


@cache
def find_cut(quantity: Quantity) -> Rule | None:
    """Return the baseline rule whose first border parts normal from abnormal values of a quantity, or ``None``.

    That of a core finding comes first, then any other rule over the number, then the part of an algorithm. Of a leak
    or a narrowing the border is that of the least degree.
    """
    own = find_rule(quantity)
    if own is not None:
        return own
    baseline = (r for r in RULES if r.quantity is quantity and r.profile is Profile.BASELINE)
    algorithm = next((each for each in ALGORITHMS if each.id == _ALGORITHM_WITH_CUT.get(quantity)), None)
    parts = () if algorithm is None else algorithm.parts
    return next(chain(baseline, (part for part in parts if part.quantity is quantity)), None)
