import itertools

import pytest

from echovlm.clinical.diseases import DISEASE_FINDINGS, DISEASES, find_disease
from echovlm.clinical.findings import Finding, FindingResult, FindingState, Grade
from echovlm.clinical.guidelines import GUIDELINES
from echovlm.clinical.statements import disease_sentences
from echovlm.clinical.views import Mode, View
from echovlm.clinical.visibility import PRIMARY, VISIBLE, places_showing, visibility
from echovlm.reports import TextState, parse_report

PRESENT, ABSENT = FindingState.PRESENT, FindingState.ABSENT
VALVES = [disease for disease in DISEASES if disease.at_least is not None]
by_disease = pytest.mark.parametrize("disease", DISEASES, ids=lambda disease: disease.key)
# A sentence about the whole thoracic aorta, or about a degree of dysfunction, names the finding of that structure.
READ_AS = {
    Finding.THORACIC_AORTIC_ANEURYSM: Finding.THORACIC_AORTA_DILATED,
    Finding.SEVERE_LV_DYSFUNCTION: Finding.LV_SYSTOLIC_DYSFUNCTION,
}


def test_there_are_eighteen_diseases_each_of_its_own_finding():
    assert len(DISEASES) == len(set(DISEASE_FINDINGS)) == len({disease.key for disease in DISEASES}) == 18
    assert all(find_disease(disease.finding) is disease for disease in DISEASES)
    assert find_disease(Finding.MAC) is None


@by_disease
def test_a_rule_decides_every_disease_and_some_clip_shows_it(disease):
    assert any(rule.finding is disease.finding for rule in GUIDELINES)
    places = places_showing(disease.finding, at_least=VISIBLE)
    assert places
    mode, view = places[0]
    # The best view of the ascending aorta is a high parasternal one, which has no name of its own here.
    best = VISIBLE if disease.key == "aortic-dilation" else PRIMARY
    assert visibility(view, disease.finding, mode) == best


@by_disease
@pytest.mark.parametrize("mode", [None, Mode.B])
def test_every_disease_is_said_in_both_polarities_and_in_words_kept_from_training(disease, mode):
    said = {
        (side, held): disease_sentences(disease, present=side, held_out=held, mode=mode)
        for side, held in itertools.product((True, False), repeat=2)
    }
    assert len(said[True, False]) == len(said[False, False]) >= 4
    assert len(said[True, True]) == len(said[False, True]) >= 3
    sentences = list(itertools.chain.from_iterable(said.values()))
    assert len(sentences) == len(set(sentences))


@pytest.mark.parametrize("disease", VALVES, ids=lambda disease: disease.key)
def test_a_lesion_of_a_valve_counts_from_moderate_on(disease):
    assert disease.at_least is Grade.MODERATE
    states = {grade: disease.state(PRESENT, grade) for grade in Grade}
    assert states[Grade.MILD] is ABSENT
    assert states[Grade.MODERATE] is states[Grade.SEVERE] is PRESENT
    assert states[Grade.ABNORMAL] is FindingState.INDETERMINATE, "present, but nobody said how much"
    assert disease.state(PRESENT, None) is FindingState.INDETERMINATE
    assert disease.state(ABSENT, Grade.NORMAL) is ABSENT
    assert disease.state(FindingState.NOT_ASSESSED, None) is FindingState.NOT_ASSESSED


def test_of_the_other_diseases_every_degree_counts():
    for disease in DISEASES:
        if disease not in VALVES:
            for state in FindingState:
                assert disease.state(state, Grade.MILD) is state


def test_a_study_that_was_not_judged_for_a_disease_has_not_been_assessed():
    leak = find_disease(Finding.MITRAL_REGURGITATION)
    mild = FindingResult(Finding.MITRAL_REGURGITATION, PRESENT, Grade.MILD, "mr_primary", (), "")
    assert leak.state_in([mild]) is ABSENT
    assert leak.state_in([]) is FindingState.NOT_ASSESSED


@by_disease
@pytest.mark.parametrize("held_out", [False, True])
def test_a_reader_of_reports_takes_each_sentence_for_what_it_says(disease, held_out):
    for present in (True, False):
        for sentence in disease_sentences(disease, present=present, held_out=held_out):
            stated = parse_report(sentence).findings
            assert [each.finding for each in stated] == [READ_AS.get(disease.finding, disease.finding)], (
                sentence
            )
            if present:
                # "Very low" is no degree that a report uses; it must not be read as its opposite.
                allowed = {TextState.PRESENT} | ({TextState.UNCERTAIN} if "low" in sentence else set())
                assert stated[0].state in allowed, sentence
                assert stated[0].grade not in (Grade.NORMAL, Grade.MILD), sentence
            else:
                assert stated[0].state in (TextState.ABSENT, TextState.UNCERTAIN), sentence


def test_a_plain_picture_tells_a_stenosis_by_its_leaflets_and_names_no_grade():
    for finding in (Finding.AORTIC_STENOSIS, Finding.MITRAL_STENOSIS):
        disease = find_disease(finding)
        for present, held_out in itertools.product((True, False), repeat=2):
            for sentence in disease_sentences(disease, present=present, held_out=held_out, mode=Mode.B):
                assert "stenosis" not in sentence
                assert not any(word in sentence for word in ("mild", "moderate", "severe", "significant"))
                assert "leaflet" in sentence or "valve" in sentence


def test_no_plain_picture_shows_a_leak_well_enough_to_speak_of_it():
    for finding in (
        Finding.MITRAL_REGURGITATION,
        Finding.AORTIC_REGURGITATION,
        Finding.TRICUSPID_REGURGITATION,
    ):
        assert max(visibility(view, finding) for view in View) < VISIBLE
        assert max(visibility(view, finding, Mode.COLOR) for view in View) == PRIMARY
