import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echovlm.clinical.findings import Finding, Grade
from echovlm.clinical.guidelines import (
    RULES,
    Confidence,
    Profile,
    RuleError,
    Side,
    find_rule,
    round_half_up,
    rule_by_id,
    rules_for,
)
from echovlm.clinical.measurement import Quantity
from echovlm.clinical.patient import Sex

# Copied by hand from the guideline draft, row by row: rule, sex, resolution, then grade of every cut point as
# (last value of this grade, this grade, first value of the next grade, next grade), rising.
N, MI, MO, SE, AB = Grade.NORMAL, Grade.MILD, Grade.MODERATE, Grade.SEVERE, Grade.ABNORMAL
SM, LA = Grade.SMALL, Grade.LARGE
M, F = Sex.MALE, Sex.FEMALE
GOLDEN = {
    ("lv_size_edvi", M): (1, [(74, N, 75, MI), (89, MI, 90, MO), (100, MO, 101, SE)]),
    ("lv_size_edvi", F): (1, [(61, N, 62, MI), (70, MI, 71, MO), (80, MO, 81, SE)]),
    ("lv_size_lvidd", M): (0.1, [(5.8, N, 5.9, MI), (6.3, MI, 6.4, MO), (6.8, MO, 6.9, SE)]),
    ("lv_size_lvidd", F): (0.1, [(5.2, N, 5.3, MI), (5.6, MI, 5.7, MO), (6.1, MO, 6.2, SE)]),
    ("lv_size_edv", M): (1, [(150, N, 151, MI), (174, MI, 175, MO), (200, MO, 201, SE)]),
    ("lv_size_edv", F): (1, [(106, N, 107, MI), (120, MI, 121, MO), (130, MO, 131, SE)]),
    ("lvef_grade", M): (1, [(29, SE, 30, MO), (40, MO, 41, MI), (51, MI, 52, N)]),
    ("lvef_grade", F): (1, [(29, SE, 30, MO), (40, MO, 41, MI), (53, MI, 54, N)]),
    ("lvef_grade_a4c", M): (1, [(29, SE, 30, MO), (40, MO, 41, MI), (51, MI, 52, N)]),
    ("lvef_grade_visual", M): (1, [(29, SE, 30, MO), (40, MO, 41, MI), (51, MI, 52, N)]),
    ("lvef_grade_a4c", F): (1, [(29, SE, 30, MO), (40, MO, 41, MI), (53, MI, 54, N)]),
    ("lvef_grade_visual", F): (1, [(29, SE, 30, MO), (40, MO, 41, MI), (53, MI, 54, N)]),
    ("fs_grade", M): (1, [(14, SE, 15, MO), (19, MO, 20, MI), (24, MI, 25, N)]),
    ("fs_grade", F): (1, [(16, SE, 17, MO), (21, MO, 22, MI), (26, MI, 27, N)]),
    ("lv_wall_ivsd", M): (0.1, [(1.0, N, 1.1, MI), (1.3, MI, 1.4, MO), (1.6, MO, 1.7, SE)]),
    ("lv_wall_ivsd", F): (0.1, [(0.9, N, 1.0, MI), (1.2, MI, 1.3, MO), (1.5, MO, 1.6, SE)]),
    ("lv_wall_pwd", M): (0.1, [(1.0, N, 1.1, MI), (1.3, MI, 1.4, MO), (1.6, MO, 1.7, SE)]),
    ("lv_wall_pwd", F): (0.1, [(0.9, N, 1.0, MI), (1.2, MI, 1.3, MO), (1.5, MO, 1.6, SE)]),
    ("lv_mass_index", M): (1, [(115, N, 116, MI), (131, MI, 132, MO), (148, MO, 149, SE)]),
    ("lv_mass_index", F): (1, [(95, N, 96, MI), (108, MI, 109, MO), (121, MO, 122, SE)]),
    ("la_lavi", M): (1, [(34, N, 35, MI), (41, MI, 42, MO), (48, MO, 49, SE)]),
    ("la_lavi", F): (1, [(34, N, 35, MI), (41, MI, 42, MO), (48, MO, 49, SE)]),
    ("la_ap", M): (0.1, [(4.0, N, 4.1, MI), (4.6, MI, 4.7, MO), (5.2, MO, 5.3, SE)]),
    ("la_ap", F): (0.1, [(3.8, N, 3.9, MI), (4.2, MI, 4.3, MO), (4.6, MO, 4.7, SE)]),
    ("ra_area", M): (1, [(18, N, 19, AB)]),
    ("ra_area", F): (1, [(18, N, 19, AB)]),
    ("rv_size_2015", M): (0.1, [(4.1, N, 4.2, AB)]),
    ("rv_size_2015", F): (0.1, [(4.1, N, 4.2, AB)]),
    ("ao_sinus_2015", M): (0.1, [(4.0, N, 4.1, AB)]),
    ("ao_sinus_2015", F): (0.1, [(3.6, N, 3.7, AB)]),
    ("peff_size", M): (0.1, [(0.2, N, 0.3, SM), (0.9, SM, 1.0, MO), (2.0, MO, 2.1, LA)]),
    ("peff_size", F): (0.1, [(0.2, N, 0.3, SM), (0.9, SM, 1.0, MO), (2.0, MO, 2.1, LA)]),
}
DRAFT_CONFIDENCE = {
    "lv_size_edvi": "verified_secondary",
    "lv_size_lvidd": "verified_secondary",
    "lv_size_edv": "partial",
    "lvef_grade": "verified_secondary",
    "lvef_grade_a4c": "verified_secondary",
    "lvef_grade_visual": "verified_secondary",
    "fs_grade": "partial",
    "lv_wall_ivsd": "verified_secondary",
    "lv_wall_pwd": "verified_secondary",
    "lv_mass_index": "verified_table",
    "la_lavi": "verified_secondary",
    "la_ap": "partial",
    "ra_area": "verified_secondary",
    "rv_size_2015": "partial",
    "ao_sinus_2015": "partial",
    "peff_size": "verified_secondary",
}
EDGES = [(*key, *edge) for key, (_, edges) in GOLDEN.items() for edge in edges]

by_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
by_sex = pytest.mark.parametrize("sex", Sex, ids=lambda sex: sex.plural)


def test_the_golden_table_covers_every_rule_and_every_cut_point():
    assert {rule_id for rule_id, _ in GOLDEN} == {rule.id for rule in RULES} == set(DRAFT_CONFIDENCE)
    for (rule_id, sex), (resolution, edges) in GOLDEN.items():
        rule = rule_by_id(rule_id)
        assert rule.resolution == resolution
        assert len(rule.bands.of(sex)) == len(edges) + 1


@pytest.mark.parametrize(("rule_id", "sex", "last", "grade", "first", "next_grade"), EDGES)
def test_the_values_on_both_sides_of_an_edge_have_the_grades_of_the_table(
    rule_id, sex, last, grade, first, next_grade
):
    rule = rule_by_id(rule_id)
    assert rule.band(last, sex).grade is grade
    assert rule.band(first, sex).grade is next_grade


@pytest.mark.parametrize(("rule_id", "sex", "last", "grade", "first", "next_grade"), EDGES)
def test_a_value_in_the_gap_of_the_table_is_rounded_half_up(rule_id, sex, last, grade, first, next_grade):
    rule = rule_by_id(rule_id)
    half = float(f"{(last + first) / 2:.4f}")
    assert rule.band(half, sex).grade is next_grade
    assert rule.band(half - rule.resolution / 1000, sex).grade is grade


@by_rule
@by_sex
def test_the_bands_cover_every_value_exactly_once(rule, sex):
    low, high = rule.quantity.lowest, rule.quantity.highest
    count = round((high - low) / rule.resolution)
    for step in range(count + 1):
        value = rule.rounded(low + step * rule.resolution)
        assert sum(value in band for band in rule.bands.of(sex)) == 1


@settings(deadline=None)
@given(
    rule=st.sampled_from(RULES),
    sex=st.sampled_from(Sex),
    shares=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_a_value_further_on_the_abnormal_side_is_never_graded_milder(rule, sex, shares):
    low, high = rule.quantity.lowest, rule.quantity.highest
    values = sorted(low + share * (high - low) for share in shares)
    if rule.limit(sex).side.sign < 0:
        values.reverse()
    severity = [rule.bands.of(sex).index(rule.band(value, sex)) for value in values]
    assert severity[0] <= severity[1]


@settings(deadline=None)
@given(rule=st.sampled_from(RULES), sex=st.sampled_from(Sex), share=st.floats(0, 1))
def test_the_limit_parts_normal_from_abnormal_and_the_distance_says_so(rule, sex, share):
    value = rule.quantity.lowest + share * (rule.quantity.highest - rule.quantity.lowest)
    beyond = rule.limit(sex).is_beyond(rule.rounded(value))
    assert beyond is (rule.band(value, sex).grade is not Grade.NORMAL)
    distance = rule.distance(value, sex)
    assert (distance > 0) is beyond or distance == 0


def test_the_distance_to_the_limit_is_in_the_units_of_the_quantity():
    assert rule_by_id("lv_size_lvidd").distance(6.0, Sex.MALE) == pytest.approx(0.2)
    assert rule_by_id("lvef_grade").distance(60, Sex.FEMALE) == -6
    assert rule_by_id("peff_size").distance(0.3, None) == 0


def test_without_a_sex_a_rule_has_two_limits_only_if_the_sexes_differ():
    assert [limit.value for limit in rule_by_id("lv_size_lvidd").limits(None)] == [5.8, 5.2]
    assert [limit.value for limit in rule_by_id("la_lavi").limits(None)] == [34]
    with pytest.raises(RuleError, match=r"lv_size_lvidd.*sex None.*FEMALE"):
        rule_by_id("lv_size_lvidd").limit(None)


@by_rule
def test_every_rule_cites_a_document_and_keeps_the_confidence_of_the_draft(rule):
    assert rule.confidence is Confidence(DRAFT_CONFIDENCE[rule.id])
    assert rule.document.doi.startswith("10.")
    assert rule.clause
    assert rule.profile is Profile.BASELINE
    if rule.confidence is Confidence.PARTIAL:
        assert rule.confidence_note, "what was not seen must be said"


def test_two_rules_never_band_one_quantity_and_every_finding_has_a_rule():
    assert len({rule.quantity for rule in RULES}) == len(RULES) == len({rule.id for rule in RULES})
    assert all(rules_for(finding) for finding in Finding)
    assert find_rule(Quantity.HEIGHT) is None


def test_an_unknown_rule_is_named_with_the_known_ones():
    with pytest.raises(RuleError, match=r"no rule 'lv_size'; known: lv_size_edvi, "):
        rule_by_id("lv_size")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_rule_refuses_what_is_no_number(value):
    with pytest.raises(RuleError, match="finite"):
        rule_by_id("ra_area").band(value, Sex.MALE)


def test_every_side_reads_as_it_compares():
    limit = rule_by_id("peff_size").limit(None)
    assert limit.side is Side.AT_OR_ABOVE
    assert limit.is_beyond(0.3)
    assert rule_by_id("lvef_grade").limit(Sex.MALE).side is Side.BELOW
    assert not rule_by_id("lvef_grade").limit(Sex.MALE).is_beyond(52)


@pytest.mark.parametrize(
    ("value", "resolution", "rounded"),
    [
        (5.85, 0.1, 5.9),  # binary 5.85 is a little less than 5.85
        (58.5 / 10, 0.1, 5.9),
        (0.15 + 0.1, 0.1, 0.3),
        (1.005, 0.01, 1.01),
        (2.5, 1, 3.0),
        (3.5, 1, 4.0),
        (5.8499, 0.1, 5.8),
        (0.0, 0.1, 0.0),
    ],
)
def test_halves_are_rounded_up_in_decimal(value, resolution, rounded):
    assert round_half_up(value, resolution) == rounded


def test_rounding_needs_a_step():
    with pytest.raises(ValueError, match="resolution must be > 0; got 0"):
        round_half_up(1.0, 0.0)


@settings(deadline=None)
@given(value=st.floats(0, 1000), resolution=st.sampled_from([0.01, 0.1, 1.0]))
def test_rounding_moves_a_value_by_half_a_step_at_most_and_only_once(value, resolution):
    rounded = round_half_up(value, resolution)
    assert abs(rounded - value) <= resolution / 2 + 1e-6
    assert round_half_up(rounded, resolution) == rounded
