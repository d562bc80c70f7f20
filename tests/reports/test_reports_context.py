"""What a sentence says of a word in brackets: denied, doubted, of the past, or there."""

import pytest

from echovlm.reports import SentenceContext


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("The patient denies [chest pain].", "absent"),
        ("She denies chest pain, severe [headache], or nausea.", "absent"),
        ("No [fever].", "absent"),
        ("There is no evidence of [pneumonia].", "absent"),
        ("[Pneumonia] was ruled out.", "absent"),
        ("Ruled out for [myocardial infarction].", "absent"),
        ("The abdomen is soft without [tenderness].", "absent"),
        ("Patient without [chest pain] or shortness of breath.", "absent"),
        ("Patient without chest pain, palpitations, or [syncope].", "absent"),
        ("No acute distress but has [wheezing].", "present"),
        ("He has no [headache] but complains of dizziness.", "absent"),
        ("He has no headache but complains of [dizziness].", "present"),
        ("He complains of [dizziness].", "present"),
        ("History of [stroke].", "historical"),
        ("Past medical history is significant for [hypertension].", "historical"),
        ("He had [pneumonia] in 2005.", "historical"),
        ("[CHF] cannot be excluded.", "uncertain"),
        ("Possible [pneumonia] in the left lower lobe.", "uncertain"),
        ("Chest x-ray shows [cardiomegaly].", "present"),
        ("No change in [effusion].", "present"),
        ("The [mass] is not seen.", "absent"),
        ("Negative for [DVT].", "absent"),
        ("Lungs clear to auscultation bilaterally, no [rales].", "absent"),
        ("Extremities: no clubbing, cyanosis, or [edema].", "absent"),
        ("Patient was not noted to have [jaundice].", "absent"),
        ("The patient has never had [angina].", "absent"),
        ("She did not have any [bleeding].", "absent"),
        ("There was no [ectopy] noted.", "absent"),
        ("Without any evidence of [metastasis].", "absent"),
        ("Unlikely to represent [abscess].", "uncertain"),
        ("Work up was unremarkable for [infection].", "absent"),
        ("The patient tolerated the procedure without [complications].", "absent"),
        ("No complaints of [cough].", "absent"),
        ("[Cough] is absent.", "absent"),
        ("Absence of [murmur].", "absent"),
        ("Not only [fever] but also chills.", "present"),
        ("The [pain] did not improve.", "present"),
        ("No increase in [pain].", "present"),
        ("[Pain] has not resolved.", "present"),
        ("The [infection] has resolved.", "absent"),
        ("CT shows no [hemorrhage], mass effect, or shift.", "absent"),
        ("Patient is without [complaint].", "absent"),
        ("[Edema] was not appreciated.", "absent"),
        ("He was afebrile with no [rigors] or chills and has [cough].", "absent"),
        ("Rule out [endocarditis].", "uncertain"),
        ("No known [allergies].", "absent"),
        ("Gram negative [bacteremia].", "present"),
        ("There are no new [lesions].", "absent"),
        ("Nor was there any [ascites].", "absent"),
        ("[Murmur]: none.", "absent"),
        ("No murmurs, rubs or [gallops].", "absent"),
        ("The patient is free of [pain].", "absent"),
        ("Rather than [sepsis], hypovolemia was felt to be the cause.", "absent"),
        ("If [fever] develops, call the clinic.", "uncertain"),
        ("Return for [chest pain].", "uncertain"),
        ("Evaluate for [stenosis].", "uncertain"),
        ("No further [seizures].", "absent"),
        ("No longer has [pain].", "absent"),
    ],
)
def test_a_word_in_brackets_is_denied_doubted_past_or_there(text, state):
    start, end = text.index("["), text.index("]") - 1
    found = SentenceContext(text.replace("[", "").replace("]", "")).state_at(start, end)
    assert found is not None
    assert found.value == state


def test_what_cannot_be_judged_has_no_state_unless_only_its_degree_cannot():
    sentence = "Stenosis could not be assessed."
    assert SentenceContext(sentence).state_at(0, 8) is None
    sentence = "The degree of stenosis could not be assessed."
    start = sentence.index("stenosis")
    assert SentenceContext(sentence).state_at(start, start + 8).value == "present"


def test_words_behind_the_next_mention_are_not_about_this_one():
    sentence = "EF 45%, previously 30% in 2012."
    start = sentence.index("45")
    assert SentenceContext(sentence).state_at(start, start + 2).value == "historical"
    assert SentenceContext(sentence).state_at(start, start + 2, until=sentence.index("30")).value == "present"


@pytest.mark.parametrize(
    ("text", "is_of_a_relative"),
    [("Father with aortic stenosis.", True), ("Familial cardiomyopathy.", True), ("Aortic stenosis.", False)],
)
def test_a_relative_is_not_the_patient(text, is_of_a_relative):
    assert SentenceContext(text).is_of_a_relative is is_of_a_relative
