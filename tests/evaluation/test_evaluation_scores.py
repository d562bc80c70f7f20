from dataclasses import replace

import numpy as np
import pytest
import torch

from echovlm.clinical.findings import CORE_FINDINGS, Finding, FindingState
from echovlm.clinical.statements import finding_sentences, view_sentences
from echovlm.clinical.views import View
from echovlm.evaluation.bootstrap import PatientResamples
from echovlm.evaluation.clips import EncodedClips
from echovlm.evaluation.negation import Pair, score_negation, text_only_hits
from echovlm.evaluation.results import Arm
from echovlm.evaluation.retrieval import score_retrieval
from echovlm.evaluation.sentences import SentenceBank, sentences_for
from echovlm.evaluation.tasks import TASKS
from echovlm.evaluation.view_choice import score_views
from echovlm.evaluation.zero_shot import MACRO, macro_rows, score_zero_shot
from echovlm.models import (
    EchoVLM,
    EchoVLMConfig,
    ImageTowerConfig,
    TextTowerConfig,
    predict_choice_prob,
    predict_finding_logit,
)

TASK = {task.name: task for task in TASKS}
AXIS = {finding: index for index, finding in enumerate(CORE_FINDINGS)}
VIEW_AXIS = {view: len(AXIS) + index for index, view in enumerate(View)}
N_DIM = len(AXIS) + len(View)


def sentence_vector(sentence):
    """An embedding that means something: an axis per finding, signed by polarity, and an axis per view."""
    vector = np.zeros(N_DIM)
    for finding, axis in AXIS.items():
        for present in (True, False):
            for held_out in (True, False):
                for known in finding_sentences(finding, present=present, held_out=held_out):
                    if known in sentence:
                        vector[axis] = 1.0 if present else -1.0
    for view, axis in VIEW_AXIS.items():
        if any(known in sentence for held in (True, False) for known in view_sentences(view, held_out=held)):
            vector[axis] = 1.0
    return vector


def clip_vector(row):
    vector = np.zeros(N_DIM)
    for finding in row.findings:
        if finding.visible and finding.state.is_decided:
            vector[AXIS[finding.finding]] = 1.0 if finding.state is FindingState.PRESENT else -1.0
    vector[VIEW_AXIS[row.view]] = 1.0
    return vector


def perfect_bank(rows):
    sentences = sorted(sentences_for(TASKS, rows))
    unit = torch.tensor(np.array([sentence_vector(s) for s in sentences]), dtype=torch.float32)
    return SentenceBank({s: i for i, s in enumerate(sentences)}, unit, 0.1)


@pytest.fixture(scope="module")
def perfect(test_rows):
    unit = torch.tensor(np.array([clip_vector(row) for row in test_rows]), dtype=torch.float32)
    logit = np.array([[clip_vector(row)[AXIS[f]] for f in CORE_FINDINGS] for row in test_rows])
    return EncodedClips(test_rows, unit, logit), perfect_bank(test_rows)


@pytest.fixture(scope="module")
def blind(test_rows):
    """A model that sees noise."""
    unit = torch.randn(len(test_rows), N_DIM, generator=torch.Generator().manual_seed(0))
    return EncodedClips(test_rows, unit, None), perfect_bank(test_rows)


@pytest.fixture(scope="module")
def resamples(test_rows):
    return PatientResamples.draw([row.patient_id for row in test_rows], n_resamples=300, seed=0)


def value(rows, metric, *, level=None, arm=Arm.MODEL):
    found = [r.result for r in rows if (r.result.metric, r.result.arm) == (metric, arm)]
    return next(r for r in found if level in (None, r.level)).value


def test_a_model_that_knows_the_finding_reaches_1_and_a_blind_one_does_not(perfect, blind, resamples):
    task = TASK["zero-shot/lv-dilated"]
    rows = score_zero_shot(task, *perfect, resamples)
    for metric in ("auroc", "auroc-unseen-prompts"):
        for level in ("image", "study"):
            assert value(rows, metric, level=level) == 1.0
    assert value(rows, "auroc-within-view", level="image") == 1.0
    assert value(rows, "auroc", arm=Arm.CEILING) == 1.0
    noise = next(r.result for r in score_zero_shot(task, *blind, resamples))
    assert noise.low < 0.5 < noise.high


def test_the_view_alone_tells_no_finding_that_every_study_is_asked_in_the_same_views(perfect, resamples):
    rows = score_zero_shot(TASK["zero-shot/lv-dilated"], *perfect, resamples)
    assert value(rows, "auroc", level="image", arm=Arm.VIEW_ONLY) == 0.5
    assert value(rows, "auroc", level="study", arm=Arm.VIEW_ONLY) == 0.5


def test_only_views_that_show_the_finding_and_studies_that_assessed_it_are_asked(perfect, resamples):
    rows = score_zero_shot(TASK["zero-shot/ra-dilated"], *perfect, resamples)
    assert {r.result.n for r in rows} == {30}, "the right atrium shows in A4C only"
    unassessed = score_zero_shot(TASK["zero-shot/ao-sinus-dilated"], *perfect, resamples)
    assert {r.result.n for r in unassessed} == {0}


def test_a_finding_of_one_class_has_no_value_and_a_reason(perfect, resamples):
    for name, said in (("ra-dilated", "all are absent"), ("ao-sinus-dilated", "there is none")):
        for row in score_zero_shot(TASK[f"zero-shot/{name}"], *perfect, resamples):
            assert row.result.value is None
            assert row.result.low is None
            assert said in row.result.reason


def test_the_mean_over_findings_leaves_out_those_without_a_value(perfect, resamples):
    tasks = [TASK[f"zero-shot/{name}"] for name in ("lv-dilated", "ra-dilated", "pericardial-effusion")]
    macro = macro_rows([r for t in tasks for r in score_zero_shot(t, *perfect, resamples)], resamples)
    assert {r.result.task for r in macro} == {MACRO}
    assert value(macro, "auroc", level="study") == 1.0
    assert value(macro, "auroc", level="study", arm=Arm.CHANCE) == 0.5


def test_shuffling_the_labels_brings_the_auroc_to_chance(perfect, resamples):
    clips, bank = perfect
    rng = np.random.default_rng(0)
    aurocs = []
    for _ in range(20):
        given = {row.patient_id: row.findings for row in clips.rows if row.view is View.PLAX}
        patients = sorted(given)
        taken = dict(zip(patients, rng.permutation(patients), strict=True))
        shuffled = tuple(replace(row, findings=given[taken[row.patient_id]]) for row in clips.rows)
        rows = score_zero_shot(
            TASK["zero-shot/lv-dilated"], EncodedClips(shuffled, clips.clip_unit, None), bank, resamples
        )
        aurocs.append(value(rows, "auroc", level="image"))
    assert np.mean(aurocs) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("direction", ["image-to-caption", "caption-to-image"])
def test_a_reader_of_content_finds_equal_content_and_is_no_better_than_the_oracle(
    perfect, blind, resamples, direction
):
    task = TASK[f"retrieval/{direction}"]
    rows = score_retrieval(task, *perfect, resamples)
    assert value(rows, "recall@1") == 1.0
    assert value(rows, "median-rank") == 1.0
    assert value(rows, "recall@1-exact") == value(rows, "recall@1-exact", arm=Arm.ORACLE) < 1.0
    assert value(rows, "recall@1-exact", arm=Arm.CHANCE) == pytest.approx(1 / 60, abs=1e-6)
    noise = score_retrieval(task, *blind, resamples)
    assert value(noise, "recall@1-exact") < 0.15
    assert value(noise, "median-rank-exact") > 10


def test_a_model_that_knows_the_view_reaches_1(perfect, blind, resamples):
    score = score_views(TASK["view/zero-shot"], *perfect, resamples)
    for metric in ("balanced-accuracy", "accuracy", "balanced-accuracy-unseen-prompts"):
        assert value(score.rows, metric) == 1.0
    assert value(score.rows, "balanced-accuracy", arm=Arm.CEILING) == 1.0
    assert value(score.rows, "balanced-accuracy", arm=Arm.CHANCE) == 0.5, "two views in the cohort"
    assert score.confusion.sum() == np.trace(score.confusion) == 60
    assert value(score_views(TASK["view/zero-shot"], *blind, resamples).rows, "balanced-accuracy") < 0.5


def test_a_clip_that_prefers_its_true_sentences_reaches_1_and_a_blind_one_half(perfect, blind, resamples):
    task = TASK["negation/findings"]
    rows = score_negation(task, *perfect, resamples)
    for metric in ("balanced-accuracy", "balanced-accuracy-unseen-prompts", "accuracy-on-present"):
        assert value(rows, metric) == 1.0
    assert value(rows, "balanced-accuracy", arm=Arm.CEILING) == 1.0
    noise = value(score_negation(task, *blind, resamples), "balanced-accuracy")
    assert noise == pytest.approx(0.5, abs=0.15)


def test_a_model_that_always_says_no_is_at_chance_however_rare_findings_are(test_rows, resamples):
    says_no = -torch.ones(len(test_rows), N_DIM)
    rows = score_negation(
        TASK["negation/findings"], EncodedClips(test_rows, says_no, None), perfect_bank(test_rows), resamples
    )
    assert value(rows, "accuracy-on-absent") == 1.0
    assert value(rows, "accuracy-on-present") == 0.0
    assert value(rows, "balanced-accuracy") == 0.5


def test_a_model_that_cannot_tell_numbers_apart_is_at_chance_on_measurements(perfect, resamples):
    rows = score_negation(TASK["negation/measurements"], *perfect, resamples)
    assert value(rows, "balanced-accuracy") == 0.5
    assert not any(r.result.arm is Arm.CEILING for r in rows)


def pairs(true, false):
    return [
        Pair(i, f"p{i // 2}", "lv_dilated", i % 2 == 0, Finding.LV_DILATED, (true(i),), (false(i),))
        for i in range(60)
    ]


def test_wording_that_gives_the_truth_away_is_found_without_any_image():
    leaking = pairs(lambda i: f"It is so, case {i % 3}.", lambda i: f"It is so , case {i % 3}.")
    assert text_only_hits(leaking).mean() == 1.0


def test_wording_that_only_states_or_denies_gives_nothing_away():
    fair = pairs(
        lambda i: "It is large." if i % 2 == 0 else "It is not large.",
        lambda i: "It is not large." if i % 2 == 0 else "It is large.",
    )
    polarity = np.array([pair.present for pair in fair])
    hit = text_only_hits(fair)
    assert (hit[polarity].mean() + hit[~polarity].mean()) / 2 == pytest.approx(0.5, abs=0.01)


def test_the_bank_asks_as_the_models_own_zero_shot_does(test_rows):
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(0)
        config = EchoVLMConfig(
            image=ImageTowerConfig(width=8), text=TextTowerConfig(n_buckets=256), embedding_dim=16
        )
        model = EchoVLM(config).eval()
    clip_unit = torch.nn.functional.normalize(torch.randn(5, 16, generator=torch.Generator().manual_seed(1)))
    present, absent = (finding_sentences(Finding.LA_DILATED, present=side) for side in (True, False))
    bank = SentenceBank.encode(model, [*present, *absent])
    with torch.inference_mode():
        theirs = predict_finding_logit(model, clip_unit, present=present, absent=absent)
        choice = predict_choice_prob(model, clip_unit, prompts=[present, absent])
    direction = torch.stack([bank.direction(present), bank.direction(absent)])
    torch.testing.assert_close(clip_unit @ (direction[0] - direction[1]), theirs, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close((clip_unit @ direction.T).softmax(1), choice, rtol=1e-4, atol=1e-5)
