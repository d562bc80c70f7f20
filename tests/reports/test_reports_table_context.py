import pytest

from echovlm.clinical import Finding, FindingState, Sign, StudyContext, Valve, grade_study
from echovlm.reports import CONTEXT_NAMES, read_table_context
from echovlm.simulation.archive.wall_motion import SEGMENT_NAMES


@pytest.mark.parametrize(
    ("name", "text", "valve"),
    [
        ("av_leaflets", "Bioprosthesis", Valve.AORTIC),
        ("av_leaflets", "Sapien 3", Valve.AORTIC),
        ("mv_leaflets", "MitraClip", Valve.MITRAL),
        ("mv_leaflets", "Annular ring", Valve.MITRAL),
        ("mv_leaflets", "SIngle tilting disc", Valve.MITRAL),
        ("tvr_structure2", "Bioprosthesis", Valve.TRICUSPID),
        ("avr_structure1", "native", None),
        ("av_leaflets", "Nl (3 leaflets)", None),
        ("mv_leaflets", "Myxomatous", None),
    ],
)
def test_a_replaced_or_repaired_valve_is_known_from_its_leaflets(name, text, valve):
    assert read_table_context([(name, text)]).prostheses == (frozenset() if valve is None else {valve})


def test_a_valve_of_two_cusps_is_no_bileaflet_prosthesis():
    two = read_table_context([("av_leaflets", "Bicuspid...")])
    assert Sign.BICUSPID_AV in two.seen
    assert not two.prostheses
    three = read_table_context([("av_leaflets", "Mild thickened (3)")])
    assert Sign.BICUSPID_AV in three.denied
    assert Sign.AORTIC_LEAFLETS_THICKENED in three.seen
    assert read_table_context([("av_leaflets", "Nl (?# leaflets)")]).shows(Sign.BICUSPID_AV) is None


def test_segments_are_numbered_from_base_to_cap_and_the_worse_score_counts():
    rows = [(name, "Normal") for name in SEGMENT_NAMES]
    assert read_table_context(rows).segment_scores == dict.fromkeys(range(1, 18), 1)
    rows += [("wm_inf_base", "Akinetic"), ("wm_apical_cap", "Dyskinetic"), ("wm_ant_mid", "not seen")]
    scores = read_table_context(rows).segment_scores
    assert (scores[4], scores[17], scores[7]) == (3, 4, 1)


def test_walls_that_move_badly_in_one_territory_make_a_regional_abnormality():
    rows = [(name, "Normal") for name in SEGMENT_NAMES]
    rows += [("wm_inf_base", "Hypokinetic"), ("wm_inf_mid", "Akinetic")]

    def judged(rows):
        context = read_table_context(rows)
        return grade_study([], sex=None, context=context, findings=[Finding.REGIONAL_WMA])[0].state

    assert judged(rows) is FindingState.PRESENT
    assert judged(rows[:17]) is FindingState.ABSENT
    assert judged([]) is FindingState.NOT_ASSESSED


def test_significant_lesions_gate_the_rules_of_other_structures():
    context = read_table_context(
        [
            ("mitral_regurg", "Severe (4+)"),
            ("aortic_regurg", "Mild [1+]"),
            ("tricuspid_regurg", "Severe [4+]"),
            ("mac_severity", "Mod MAC"),
            ("mitral_stenosis", "No valvular"),
        ]
    )
    assert context.seen == {
        Sign.SIGNIFICANT_MITRAL_REGURGITATION,
        Sign.SEVERE_TRICUSPID_REGURGITATION,
        Sign.MAC,
        Sign.MODERATE_MAC,
    }
    assert context.denied == {Sign.SIGNIFICANT_AORTIC_REGURGITATION, Sign.MITRAL_STENOSIS}
    assert context.shows(Sign.CONSTRICTION) is None


def test_rows_of_other_names_say_nothing():
    assert read_table_context([("lvedd", "5.4"), ("technical_quality", "Good")]) == StudyContext()
    assert len(CONTEXT_NAMES) == len(set(CONTEXT_NAMES))
