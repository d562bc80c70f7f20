"""Which findings the image-text model is asked about, of which clips, and in which words."""

import pytest
import torch

from echovlm.clinical import CORE_FINDINGS, Finding, FindingResult, FindingState, Grade, Mode, View
from echovlm.clinical.diseases import find_disease
from echovlm.clinical.statements import disease_sentences
from echovlm.interpretation.impressions import EncodedClip, form_impressions
from echovlm.models import EchoVLM, EchoVLMConfig, LoadedModel, Preprocessing

LEARNT = {
    "learnt_findings": ["lv_dilated", "mitral_stenosis", "mitral_regurgitation"],
    "learnt_views": {"b": ["plax", "a4c"], "cw": ["a4c"]},
}


def ask_a_model_that_learnt(metadata, *places, measured=()):
    torch.manual_seed(0)
    dual = LoadedModel(EchoVLM(EchoVLMConfig()).eval(), Preprocessing(), metadata)
    units = torch.nn.functional.normalize(torch.randn(len(places), 128), dim=1)
    clips = [EncodedClip(n, view, mode, units[n - 1]) for n, (view, mode) in enumerate(places, start=1)]
    impressions, without = form_impressions(dual, clips, measured)
    return {i.finding: i for i in impressions}, dict(without)


def test_a_model_is_asked_for_every_finding_that_it_learnt_and_for_no_other():
    asked, without = ask_a_model_that_learnt(LEARNT, (View.A4C, Mode.B), (View.A4C, Mode.CW))
    assert [*asked, *without] == [
        Finding.LV_DILATED, Finding.MITRAL_STENOSIS, Finding.MITRAL_REGURGITATION,
    ]  # fmt: skip
    asked, without = ask_a_model_that_learnt({}, (View.PLAX, Mode.B))
    assert {*asked, *without} == set(CORE_FINDINGS)


def test_a_stenosis_is_asked_by_leaflets_in_b_mode_and_by_degree_in_doppler():
    asked, _ = ask_a_model_that_learnt(LEARNT, (View.A4C, Mode.B), (View.A4C, Mode.CW))
    stenosis, disease = asked[Finding.MITRAL_STENOSIS], find_disease(Finding.MITRAL_STENOSIS)
    assert stenosis.asked == "moderate or severe mitral stenosis"
    assert [(c.view, c.mode) for c in stenosis.clips] == [(View.A4C, Mode.B), (View.A4C, Mode.CW)]
    for mode in (Mode.B, Mode.CW):
        assert set(disease_sentences(disease, present=True, mode=mode)) < set(stenosis.present_prompts)
    alone, _ = ask_a_model_that_learnt(LEARNT, (View.A4C, Mode.B))
    assert alone[Finding.MITRAL_STENOSIS].clips[0].probability == pytest.approx(
        stenosis.clips[0].probability, rel=1e-6
    )


def test_a_clip_of_a_mode_that_the_model_has_not_learnt_is_not_asked_about():
    asked, without = ask_a_model_that_learnt(LEARNT, (View.A4C, Mode.COLOR), (View.A4C, Mode.PW))
    assert not asked
    assert "A4C continuous-wave Doppler" in without[Finding.MITRAL_STENOSIS]
    assert "colour" not in without[Finding.MITRAL_REGURGITATION]


def test_a_mild_stenosis_of_the_measurements_is_none_of_those_that_are_asked():
    mild = FindingResult(
        Finding.MITRAL_STENOSIS, FindingState.PRESENT, Grade.MILD, rule_id=None, evidence=(), reason=""
    )
    asked, _ = ask_a_model_that_learnt(LEARNT, (View.A4C, Mode.CW), measured=[mild])
    assert asked[Finding.MITRAL_STENOSIS].measured_state is FindingState.ABSENT
