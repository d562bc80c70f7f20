from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from echovlm.clinical.diseases import DISEASES
from echovlm.clinical.findings import CORE_FINDINGS, Finding, FindingState, Grade
from echovlm.clinical.statements import disease_sentences, finding_sentences, view_sentences
from echovlm.clinical.views import Mode, View
from echovlm.dataset import EchoGround
from echovlm.evaluation.cache import AnswerCache
from echovlm.evaluation.clips import EncodedClips
from echovlm.evaluation.contenders import Contender, MajorityAnswers, RandomAnswers, TestClip
from echovlm.evaluation.evidence import Evidence
from echovlm.evaluation.negation import Pair, study_answers, text_only_hits
from echovlm.evaluation.results import Arm
from echovlm.evaluation.sentences import SentenceBank
from echovlm.evaluation.statistics.bootstrap import PatientResamples
from echovlm.evaluation.tasks import SUPPLEMENTARY, TASKS
from echovlm.evaluation.view_probe import _draws
from echovlm.evaluation.zero_shot import MACRO, macro_rows
from echovlm.models import (
    EchoVLM,
    EchoVLMConfig,
    ImageTowerConfig,
    TextTowerConfig,
    predict_choice_prob,
    predict_finding_logit,
)

TASK = {task.name: task for task in (*TASKS, *SUPPLEMENTARY)}
FINDINGS = tuple(dict.fromkeys((*CORE_FINDINGS, *(disease.finding for disease in DISEASES))))
AXIS = {finding: index for index, finding in enumerate(FINDINGS)}
VIEW_AXIS = {view: len(AXIS) + index for index, view in enumerate(View)}
N_DIM = len(AXIS) + len(View)


def meanings():
    """Every sentence that is known, with its axis and sign."""
    for finding in CORE_FINDINGS:
        for present, held_out in ((a, b) for a in (True, False) for b in (True, False)):
            for known in finding_sentences(finding, present=present, held_out=held_out):
                yield known, AXIS[finding], 1.0 if present else -1.0
    for disease in DISEASES:
        for present, held_out, mode in (
            (a, b, m) for a in (True, False) for b in (True, False) for m in Mode
        ):
            for known in disease_sentences(disease, present=present, held_out=held_out, mode=mode):
                yield known, AXIS[disease.finding], 1.0 if present else -1.0
    for view, axis in VIEW_AXIS.items():
        for held_out in (True, False):
            for known in view_sentences(view, held_out=held_out):
                yield known, axis, 1.0


MEANING = {known: (axis, sign) for known, axis, sign in meanings()}


class Understanding(Contender):
    """Texts as what they mean: an axis per finding, signed by polarity, and an axis per view."""

    name, temperature = "understanding", 0.1

    def fingerprint(self):
        return "understanding"

    def embed_texts(self, texts):
        return np.array([self.vector(text) for text in texts])

    def vector(self, text):
        vector = np.zeros(N_DIM)
        for known, (axis, sign) in MEANING.items():
            if known in text:
                vector[axis] = sign
        return vector


def clip_vector(row):
    vector = np.zeros(N_DIM)
    for finding in row.findings:
        if finding.visible and finding.state.is_decided:
            vector[AXIS[finding.finding]] = 1.0 if finding.state is FindingState.PRESENT else -1.0
    vector[VIEW_AXIS[row.view]] = 1.0
    return vector


def made_evidence(rows, unit, *, ceiling=None, tuning=None, learning=None):
    model = Understanding()
    sentences = {s for task in (*TASKS, *SUPPLEMENTARY) for s in task.sentences(rows)}
    return Evidence(
        data=None,
        rows=rows,
        resamples=PatientResamples.draw([row.patient_id for row in rows], n_resamples=300, seed=0),
        model=model,
        clips=EncodedClips(rows, unit, {}, {}),
        bank=SentenceBank.encode(model, sentences, cache=AnswerCache(None)),
        ceiling=ceiling,
        tuning=tuning,
        learning=learning,
    )


@pytest.fixture(scope="module")
def perfect(test_rows):
    unit = np.array([clip_vector(row) for row in test_rows])
    known = {f: np.array([clip_vector(row)[AXIS[f]] for row in test_rows]) for f in CORE_FINDINGS}
    seen = EncodedClips(test_rows, unit, {}, {})
    return made_evidence(
        test_rows, unit, ceiling=EncodedClips(test_rows, None, known, {}), tuning=seen, learning=seen
    )


@pytest.fixture(scope="module")
def blind(test_rows):
    """A model that sees noise."""
    return made_evidence(test_rows, np.random.default_rng(0).normal(size=(len(test_rows), N_DIM)))


def value(rows, metric, *, level=None, arm=Arm.MODEL):
    found = [r.result for r in rows if (r.result.metric, r.result.arm) == (metric, arm)]
    return next(r for r in found if level in (None, r.level)).value


def test_a_model_that_knows_the_finding_reaches_1_and_a_blind_one_does_not(perfect, blind):
    task = TASK["zero-shot/lv-dilation"]
    rows = task.score(perfect).rows
    assert value(rows, "auroc", level="image") == value(rows, "auroc", level="study") == 1.0
    assert value(rows, "auroc-unseen-prompts", level="study") == 1.0
    assert value(rows, "auroc-within-view", level="image") == 1.0
    assert value(rows, "auroc", arm=Arm.CEILING) == 1.0
    noise = next(r.result for r in task.score(blind).rows)
    assert noise.low < 0.5 < noise.high


def test_the_threshold_of_validation_patients_decides_and_its_curve_calibrates(test_rows):
    timid = np.array([clip_vector(row) for row in test_rows]) / 100
    evidence = made_evidence(test_rows, timid, tuning=EncodedClips(test_rows, timid, {}, {}))
    rows = TASK["zero-shot/lv-dilation"].score(evidence).rows
    assert value(rows, "sensitivity") == value(rows, "specificity") == 1.0
    assert value(rows, "brier") < value(rows, "brier-uncalibrated")
    assert value(rows, "calibration-error") < 0.05


def test_without_validation_patients_nothing_is_decided(blind):
    metrics = {r.result.metric for r in TASK["zero-shot/lv-dilation"].score(blind).rows}
    assert "sensitivity" not in metrics
    assert {"auroc", "brier-uncalibrated"} <= metrics


def test_a_reader_of_the_values_alone_stands_beside_picture_and_values(perfect):
    rows = TASK["zero-shot/lv-dilation"].score(perfect).rows
    assert {r.result.arm for r in rows if r.result.metric == "auroc-with-values"} <= {
        Arm.MODEL,
        Arm.TEXT_ONLY,
    }


def test_the_view_alone_tells_no_finding_that_every_study_is_asked_in_the_same_views(perfect):
    rows = TASK["zero-shot/lv-dilation"].score(perfect).rows
    assert value(rows, "auroc", level="study", arm=Arm.VIEW_ONLY) == 0.5


def test_only_views_that_show_the_finding_and_studies_that_assessed_it_are_asked(perfect):
    rows = TASK["zero-shot/ra-dilation"].score(perfect).rows
    assert {r.result.n for r in rows} == {30}, "the right atrium shows in A4C only"
    unassessed = TASK["zero-shot/aortic-dilation"].score(perfect).rows
    assert {r.result.n for r in unassessed} == {0}


def test_a_finding_of_one_class_has_no_value_and_a_reason(perfect):
    for name, said in (("ra-dilation", "all are absent"), ("aortic-dilation", "there is none")):
        for row in TASK[f"zero-shot/{name}"].score(perfect).rows:
            assert row.result.value is None
            assert row.result.low is None
            assert said in row.result.reason


def test_a_leak_counts_from_moderate_on_and_one_without_a_degree_is_not_known(test_rows):
    task = TASK["zero-shot/mitral-regurgitation"]
    shown = replace(test_rows[0].findings[0], finding=Finding.MITRAL_REGURGITATION, visible=True)
    for state, grade, label in (
        (FindingState.ABSENT, None, 0),
        (FindingState.PRESENT, Grade.MILD, 0),
        (FindingState.PRESENT, Grade.MODERATE, 1),
        (FindingState.PRESENT, Grade.SEVERE, 1),
        (FindingState.PRESENT, None, -1),
        (FindingState.NOT_ASSESSED, None, -1),
    ):
        row = replace(test_rows[0], findings=(replace(shown, state=state, grade=grade),))
        assert task.state(row) == label, (state, grade)
    hidden = replace(shown, state=FindingState.PRESENT, grade=Grade.SEVERE, visible=False)
    assert task.state(replace(test_rows[0], findings=(hidden,))) == -1


def test_the_mean_over_findings_leaves_out_those_without_a_value(perfect):
    tasks = [TASK[f"zero-shot/{name}"] for name in ("lv-dilation", "ra-dilation", "pericardial-effusion")]
    macro = macro_rows([r for t in tasks for r in t.score(perfect).rows], perfect.resamples)
    assert {r.result.task for r in macro} == {MACRO}
    assert value(macro, "auroc", level="study") == 1.0
    assert value(macro, "auroc", level="study", arm=Arm.CHANCE) == 0.5


@pytest.mark.parametrize(
    "direction", ["image-to-caption", "caption-to-image", "study-to-report", "report-to-study"]
)
def test_a_reader_of_content_finds_equal_content_and_is_no_better_than_the_oracle(perfect, blind, direction):
    task = TASK[f"retrieval/{direction}"]
    rows = task.score(perfect).rows
    assert value(rows, "recall@1") == 1.0
    assert value(rows, "median-rank") == 1.0
    n = rows[0].result.n
    assert n == (30 if "study" in direction else 60)
    assert value(rows, "recall@1-exact") == value(rows, "recall@1-exact", arm=Arm.ORACLE) < 1.0
    assert value(rows, "recall@1-exact", arm=Arm.CHANCE) == pytest.approx(1 / n, abs=1e-6)
    noise = task.score(blind).rows
    assert value(noise, "recall@1-exact") < 0.2
    assert value(noise, "median-rank-exact") > n / 6


def test_a_model_that_knows_the_view_reaches_1(perfect, blind):
    score = TASK["view/zero-shot"].score(perfect)
    for metric in (
        "balanced-accuracy",
        "accuracy",
        "balanced-accuracy-unseen-prompts",
        "accuracy-or-adjacent",
    ):
        assert value(score.rows, metric) == 1.0
    assert value(score.rows, "balanced-accuracy", arm=Arm.CEILING) == 1.0
    assert value(score.rows, "balanced-accuracy", arm=Arm.CHANCE) == 0.5, "two views in the cohort"
    assert value(TASK["view/zero-shot"].score(blind).rows, "balanced-accuracy") < 0.7


@pytest.mark.parametrize("name", ["view/linear-probe", "view/few-shot"])
def test_a_probe_learns_the_view_from_embeddings_that_hold_it_and_needs_a_training_split(
    perfect, blind, name
):
    assert value(TASK[name].score(perfect).rows, "balanced-accuracy") == 1.0
    missing = TASK[name].score(blind).rows[0].result
    assert missing.value is None
    assert "training split" in missing.reason


def test_one_percent_of_few_labels_is_one_of_each_view_and_draws_differ():
    truth = np.repeat([0, 1, 2], [150, 150, 40])
    drawn = _draws(truth, share=0.01, draws=5)
    assert all(np.bincount(truth[some]).tolist() == [2, 2, 1] for some in drawn)
    assert len({tuple(some) for some in drawn}) > 1
    assert [tuple(some) for some in _draws(truth, share=0.01, draws=5)] == [tuple(some) for some in drawn]


def test_a_model_without_sentences_is_asked_for_its_own_scores_and_says_what_it_lacks(test_rows, perfect):
    known = {f: np.array([clip_vector(row)[AXIS[f]] for row in test_rows]) for f in CORE_FINDINGS}
    clips = EncodedClips(test_rows, None, known, {})
    own = replace(perfect, model=MajorityAnswers(), clips=clips, bank=None, tuning=None)
    assert value(TASK["zero-shot/lv-dilation"].score(own).rows, "auroc", level="study") == 1.0
    for name in ("retrieval/study-to-report", "view/zero-shot", "negation/findings", "view/linear-probe"):
        row = TASK[name].score(own).rows[0].result
        assert row.value is None
        assert "majority" in row.reason


def test_random_answers_are_blind_and_the_same_every_time(dataset):
    ground = EchoGround.open(dataset)
    clips = [TestClip(ground, row) for row in ground.rows("test")]
    first, second = (RandomAnswers().embed_clips(clips) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, RandomAnswers(1).embed_clips(clips))
    names = RandomAnswers().embed_texts([clip.clip_id for clip in clips])
    assert (
        abs((first * names).sum(1) / np.linalg.norm(first, axis=1) / np.linalg.norm(names, axis=1)).mean()
        < 0.2
    )


def test_a_clip_that_prefers_its_true_sentences_reaches_1_and_a_blind_one_half(perfect, blind):
    task = TASK["negation/findings"]
    rows = task.score(perfect).rows
    for metric in ("balanced-accuracy", "balanced-accuracy-unseen-prompts", "accuracy-on-present"):
        assert value(rows, metric) == 1.0
    assert value(rows, "balanced-accuracy", arm=Arm.CEILING) == 1.0
    assert value(task.score(blind).rows, "balanced-accuracy") == pytest.approx(0.5, abs=0.15)


def test_a_model_that_always_says_no_is_at_chance_however_rare_findings_are(test_rows):
    rows = TASK["negation/findings"].score(made_evidence(test_rows, -np.ones((len(test_rows), N_DIM)))).rows
    assert value(rows, "accuracy-on-absent") == 1.0
    assert value(rows, "accuracy-on-present") == 0.0
    assert value(rows, "balanced-accuracy") == 0.5


def test_a_model_that_cannot_tell_numbers_apart_is_at_chance_on_measurements(perfect):
    rows = TASK["negation/measurements"].score(perfect).rows
    assert value(rows, "balanced-accuracy") == 0.5
    assert not any(r.result.arm is Arm.CEILING for r in rows)


def test_a_study_prefers_what_the_mean_of_its_clips_prefers():
    """Two clips of one study, 0.3 for the truth and 0.1 against it; another has one clip against it, a third a tie."""
    clips = [SimpleNamespace(study_id=name) for name in "aabc"]
    said = [Pair(index, "p", "lv_dilated", True, Finding.LV_DILATED, ("x",), ("y",)) for index in range(4)]
    answers = study_answers(
        TASK["negation/findings"], SimpleNamespace(rows=clips), said, np.array([0.3, -0.1, -0.2, 0.0])
    )
    assert answers.sample_ids == tuple(f"{name} lv_dilated present" for name in "abc")
    assert answers.values["hit"].tolist() == [1.0, 0.0, 0.5]


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


def test_the_bank_asks_as_the_models_own_zero_shot_does():
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(0)
        config = EchoVLMConfig(
            image=ImageTowerConfig(width=8), text=TextTowerConfig(n_buckets=256), embedding_dim=16
        )
        model = EchoVLM(config).eval()

    class Wrapped(Contender):
        temperature = model.temperature.item()

        def fingerprint(self):
            return "wrapped"

        @torch.inference_mode()
        def embed_texts(self, texts):
            return model.encode_text(texts).numpy()

    clip_unit = torch.nn.functional.normalize(torch.randn(5, 16, generator=torch.Generator().manual_seed(1)))
    present, absent = (finding_sentences(Finding.LA_DILATED, present=side) for side in (True, False))
    bank = SentenceBank.encode(Wrapped(), [*present, *absent], cache=AnswerCache(None))
    with torch.inference_mode():
        theirs = predict_finding_logit(model, clip_unit, present=present, absent=absent)
        choice = predict_choice_prob(model, clip_unit, prompts=[present, absent])
    direction = torch.from_numpy(np.stack([bank.direction(present), bank.direction(absent)]))
    torch.testing.assert_close(clip_unit @ (direction[0] - direction[1]), theirs, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close((clip_unit @ direction.T).softmax(1), choice, rtol=1e-4, atol=1e-5)
