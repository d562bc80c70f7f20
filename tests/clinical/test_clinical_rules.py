import csv
import itertools
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echovlm.clinical.findings import CORE_FINDINGS, Finding, Grade
from echovlm.clinical.guidelines import (
    ALGORITHMS,
    GUIDELINES,
    RULES,
    Confidence,
    Profile,
    RuleError,
    Side,
    algorithms_for,
    find_rule,
    guideline_by_id,
    round_half_up,
    rule_by_id,
    rules_for,
)
from echovlm.clinical.measurement import Quantity
from echovlm.clinical.patient import Sex

# Every cut point of the guideline draft, read from the draft itself and not from the source: rule, quantity, sex if it
# matters, edge in the canonical unit, whether the edge belongs to the lower or the upper band, and both grades.
EDGES = list(csv.DictReader((Path(__file__).parent / "guideline_edges.csv").read_text().splitlines()))
# The draft has one rule over several diameters of the right ventricle; here each is a rule.
SPLIT = {
    ("rv_size_2015", "rv_mid_diameter"): "rv_size_2015_mid",
    ("rv_size_2015", "rvot_diameter_proximal"): "rvot_size_2015",
    ("rv_size_2015", "rvot_diameter_plax"): "rvot_size_2015_plax",
    ("rv_size_2015", "rvot_diameter_distal"): "rvot_size_2015_distal",
}
BANDED = {(rule.id, rule.quantity.key): rule for rule in RULES} | {
    (algorithm.id, part.quantity.key): part for algorithm in ALGORITHMS for part in algorithm.parts
}

by_sex = pytest.mark.parametrize("sex", Sex, ids=lambda sex: sex.plural)
by_banded = pytest.mark.parametrize("rule", list(BANDED.values()), ids=lambda rule: rule.id)
by_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
by_guideline = pytest.mark.parametrize("guideline", GUIDELINES, ids=lambda guideline: guideline.id)


@pytest.mark.parametrize("edge", EDGES, ids=lambda e: f"{e['rule']}-{e['quantity']}-{e['sex']}-{e['edge']}")
def test_the_values_on_both_sides_of_an_edge_have_the_grades_of_the_draft(edge):
    rule = BANDED[SPLIT.get((edge["rule"], edge["quantity"]), edge["rule"]), edge["quantity"]]
    value = float(edge["edge"])
    below = value if edge["owner"] == "lower" else value - rule.resolution
    for sex in [Sex(edge["sex"])] if edge["sex"] else Sex:
        assert rule.band(below, sex).grade is Grade(edge["below"])
        assert rule.band(below + rule.resolution, sex).grade is Grade(edge["above"])


def _steps_of(rule, sex):
    """Return the last value of each band and the first of the next, rising."""
    ordered = sorted(rule.bands.of(sex), key=lambda band: (band.low, band.high))
    for lower, upper in itertools.pairwise(ordered):
        last = lower.high if lower.high_inside else lower.high - rule.resolution
        yield lower, upper, rule.rounded(last), rule.rounded(last + rule.resolution)


@by_banded
@by_sex
def test_a_value_in_the_gap_of_a_table_is_rounded_half_up(rule, sex):
    for lower, upper, last, first in _steps_of(rule, sex):
        half = float(f"{(last + first) / 2:.5f}")
        assert rule.band(last, sex) == lower
        assert rule.band(first, sex) == upper
        # Halves are rounded up in size: a strain of -19.95 % is printed as -20.0 %.
        assert rule.band(half, sex) == (upper if half >= 0 else lower)
        assert rule.band(half - rule.resolution / 1000, sex) == lower
        assert rule.band(half + rule.resolution / 1000, sex) == upper


@by_banded
@by_sex
def test_the_bands_cover_every_value_exactly_once(rule, sex):
    low, high = rule.quantity.lowest, rule.quantity.highest
    for index in range(401):
        value = rule.rounded(low + index * (high - low) / 400)
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


# What the draft says of its own rules, by level. Copies for other methods of one quantity keep the level.
MEMORY = {
    "lv_size_lvids_bsa", "diast_2016_af", "rv_size_2010", "mvp", "constriction", "dcm", "asd", "vsd", "qpqs",
    "text_flail",
}  # fmt: skip
CHECKED_TABLE = {
    "lv_mass_index", "lv_mass_abs", "lv_mass_h27", "mr_primary", "tr_grade", "ts_present", "ps_grade", "ao_root_z",
}  # fmt: skip
PARTIAL = {
    "lv_size_lvidd_bsa", "lv_size_lvids", "lv_size_edv", "lv_size_esv", "fs_grade", "low_output", "la_ap",
    "ra_vol_2015",
    "ra_vol_2025", "rv_size_2015", "rv_size_2015_mid", "rvot_size_2015", "rvot_size_2015_plax", "rvot_size_2015_distal",
    "ao_sinus_2015", "ao_stj_2015", "ao_asc_2015", "ao_annulus_2015", "ao_esc2024", "ao_acc2022", "hcm",
    "amyloid_suspicion", "pav_stenosis", "pmv_stenosis",
}  # fmt: skip


@by_guideline
def test_every_rule_cites_a_document_and_keeps_the_confidence_of_the_draft(guideline):
    level = {
        **dict.fromkeys(MEMORY, Confidence.MEMORY),
        **dict.fromkeys(CHECKED_TABLE, Confidence.VERIFIED_TABLE),
        **dict.fromkeys(PARTIAL, Confidence.PARTIAL),
        "rvsp_band": Confidence.CONVENTION,
    }.get(guideline.id, Confidence.VERIFIED_SECONDARY)
    if guideline.document.key == "DESIGN":
        level = Confidence.DESIGN
    assert guideline.confidence is level
    assert guideline.clause
    assert guideline.confidence.value.replace("_", " ") in guideline.cited
    published = guideline.document.doi.startswith("10.")
    assert published or guideline.confidence in (Confidence.DESIGN, Confidence.CONVENTION)
    if guideline.confidence is Confidence.PARTIAL and guideline.id not in ("low_output", "ao_esc2024"):
        assert guideline.confidence_note, "what was not seen must be said"


# The ids of the draft that another rule of ours holds, and which.
ELSEWHERE = {
    "lv_size_combined": "lv_size_lvidd_bsa",  # the order of precedence is the combination
    "mr_secondary": "mr_primary",  # one table, with a flag
}
DRAFT = """
lv_size_lvidd lv_size_lvidd_bsa lv_size_lvids lv_size_lvids_bsa lv_size_edvi lv_size_esvi lv_size_edv
lv_size_esv lv_size_combined lv_wall_ivsd lv_wall_pwd lv_mass_index lv_mass_abs lv_mass_index_2d lv_mass_h27
lv_geometry lvef_grade lvef_hf_class fs_grade gls_2015 gls_2025 wall_motion mapse_low low_output
diast_2016_presence diast_2016_grade diast_2025_sinus diast_2025_af diast_2016_af la_lavi la_ap ra_area
ra_vol_2015 ra_vol_2025 rv_size_2015 rv_size_2010 rv_wall rv_function_2015 rv_function_2025 rv_pa_coupling
rap_estimate ph_probability rvsp_band as_grade as_sclerosis ar_grade ms_grade_2020 ms_grade_2009 mr_primary
mr_secondary mvp tr_grade ts_present ps_grade pr_grade ao_sinus_2015 ao_stj_2015 ao_asc_2015 ao_annulus_2015
ao_root_z ao_esc2024 ao_acc2022 peff_size tamponade hcm lvoto amyloid_suspicion dcm lv_thrombus vegetation bav
takotsubo_apical_aneurysm asd vsd qpqs pav_stenosis pmv_stenosis ppm_av lv_hyperdynamic lv_small ivc_dilated
pa_dilated septal_flattening constriction text_mac text_pleural_effusion text_device_lead text_prosthetic_valve
text_aortic_dissection text_atrial_septal_aneurysm
"""


def test_every_rule_of_the_draft_is_here():
    assert len(DRAFT.split()) == 90
    for rule_id in DRAFT.split():
        assert guideline_by_id(ELSEWHERE.get(rule_id, rule_id))


def test_rules_have_their_own_ids_and_every_finding_has_one_that_can_decide_it():
    assert len({guideline.id for guideline in GUIDELINES}) == len(GUIDELINES)
    for finding in Finding:
        assert any(rules_for(finding, p) or algorithms_for(finding, p) for p in Profile)


def test_a_quantity_is_banded_by_one_rule_of_a_core_finding_at_most():
    core = [
        rule.quantity for rule in RULES if rule.finding in CORE_FINDINGS and rule.profile is Profile.BASELINE
    ]
    assert len(core) == len(set(core))
    assert find_rule(Quantity.LV_INTERNAL_DIAMETER_ED).id == "lv_size_lvidd"
    assert find_rule(Quantity.HEIGHT) is None
    assert find_rule(Quantity.AV_VMAX) is None


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("finding", Finding, ids=lambda finding: finding.key)
def test_two_generations_of_guidelines_never_judge_one_finding(finding, profile):
    used = {each.profile for each in (*rules_for(finding, profile), *algorithms_for(finding, profile))}
    assert len(used) <= 1
    assert profile is not Profile.LEGACY or used <= {Profile.LEGACY}
    assert profile is not Profile.BASELINE or used <= {Profile.BASELINE}


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
