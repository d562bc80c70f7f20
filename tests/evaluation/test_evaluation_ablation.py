"""An ablation: recipes that differ in one thing, intervals that hold, runs that resume, a page that hides nothing."""

import json
from dataclasses import asdict, fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echovlm.dataset import ClipEntry, EchoGround, pack_clip, write_dataset
from echovlm.evaluation import EvaluationError
from echovlm.evaluation.ablation import (
    AblationData,
    AblationResult,
    ablate,
    draw_figure,
    read_study,
    render_page,
    study_names,
)
from echovlm.evaluation.ablation.compare import (
    Interval,
    mean_over_seeds,
    paired_difference,
    seed_and_patient_interval,
)
from echovlm.evaluation.ablation.page import render_verdict
from echovlm.evaluation.ablation.scores import METRICS, PRIMARY_METRIC, RunScores
from echovlm.evaluation.ablation.study import parse_study
from echovlm.training import Objective

STUDY = """
seeds = [0, 1]
primary = ["b", "a"]
[recipe.optimisation]
steps = 3
[[arm]]
name = "a"
group = "start"
says = "one"
[[arm]]
name = "b"
group = "next"
says = "another"
against = "a"
like = "a"
[arm.recipe.objective]
view_weight = 0.7
"""


def test_every_arm_is_the_shared_recipe_with_its_own_words_in_it():
    study = parse_study(STUDY, name="s")
    a, b = study.arms
    assert a.recipe.optimisation.steps == b.recipe.optimisation.steps == 3
    assert (a.recipe.objective, b.recipe.objective.view_weight) == (Objective(), 0.7)
    assert b.seeded(5).optimisation.seed == 5


@pytest.mark.parametrize("name", study_names())
def test_arms_of_a_study_that_ships_differ_in_objective_texts_batches_or_length_alone(name):
    study = read_study(name)
    first = asdict(study.arms[0].recipe)
    for arm in study.arms:
        plain = asdict(arm.recipe)
        for key in set(plain) & set(first) - {"objective", "optimisation", "sampling", "from_checkpoint"}:
            assert plain[key] == first[key], (arm.name, key)
        same = {key: value for key, value in plain["optimisation"].items() if key != "steps"}
        assert same.items() <= first["optimisation"].items()
    assert len(study.seeds) >= (3 if name == "objectives" else 2)


def test_plain_clip_is_in_the_study_and_all_is_the_packages_default():
    study = read_study("objectives")
    plain = study.arm("clip").recipe.objective
    on = {k for k, v in asdict(plain).items() if k.endswith("_weight") and v > 0}
    assert on == {"clip_weight", "cross_view_weight"}
    assert (plain.cross_view_weight, plain.shared_targets, plain.pairing) == (1.0, False, "softmax")
    assert study.arm("all").recipe.objective == Objective()


@pytest.mark.parametrize(
    ("changed", "to", "said"),
    [
        ('name = "b"', 'name = "a"', "two arms 'a'"),
        ('against = "a"', 'against = "c"', "no arm 'c'"),
        ('like = "a"', 'like = "z"', "no earlier arm"),
        ("view_weight", "veiw_weight", "did you mean 'view_weight'"),
        ("seeds = [0, 1]", "seeds = [0, 0]", "a seed twice"),
        ("seeds = [0, 1]", "seeds = []", "whole numbers"),
        ('primary = ["b", "a"]', 'primary = ["b"]', "two arms"),
        ('group = "next"', 'gruop = "next"', "unknown key 'gruop'"),
        ('name = "b"', 'name = "../b"', "becomes a folder"),
        ('like = "a"', 'captions = "loud"', "allowed: grounded, raw"),
        ("[[arm]]", "[[arm]", "no valid TOML"),
    ],
)
def test_a_study_that_cannot_be_is_one_sentence(changed, to, said):
    with pytest.raises(EvaluationError, match=said) as caught:
        parse_study(STUDY.replace(changed, to), name="s")
    assert "\n" not in f"{caught.value}"


def scores(value, replicates):
    return RunScores({"auroc": value}, {"auroc": np.asarray(replicates)}, {})


def test_a_difference_is_paired_by_seed_and_by_patients():
    """Runs that share all noise differ by exactly the shift between them, however large the noise."""
    rng = np.random.default_rng(0)
    noise, between = rng.normal(0, 0.2, (3, 400)), rng.normal(0, 0.2, 3)
    first = [scores(0.7 + b + 0.01, n + 0.01) for b, n in zip(between, noise, strict=True)]
    second = [scores(0.7 + b, n) for b, n in zip(between, noise, strict=True)]
    gain = paired_difference(first, second, "auroc", n_patients=50)
    assert gain.low == pytest.approx(0.01)
    assert gain.high == pytest.approx(0.01)
    assert gain.excludes_zero
    alone = mean_over_seeds(first, "auroc", n_patients=50)
    assert alone.high - alone.low > 0.5


def test_one_seed_or_one_patient_allows_no_interval():
    one = seed_and_patient_interval(np.array([0.1]), np.zeros((1, 100)), n_patients=9)
    assert (one.low, one.high, one.excludes_zero) == (None, None, False)
    assert seed_and_patient_interval(np.array([0.1, 0.2]), np.zeros((2, 9)), n_patients=1).low is None


@pytest.mark.parametrize("seed_share", [0.0, 0.1, 0.5, 1.0])
def test_intervals_hold_the_truth_as_often_as_they_say(seed_share):
    """Drawn from a known model: 3 seeds, 40 patients, noise from either or from both."""
    rng, truth, held, n = np.random.default_rng(1), 0.3, 0, 800
    for _ in range(n):
        seeds = rng.normal(0, seed_share, 3)
        patients = rng.normal(0, 1 - seed_share, 40)
        drawn = rng.multinomial(40, np.full(40, 1 / 40), 200) / 40
        values = truth + seeds + patients.mean()
        replicates = truth + seeds[:, None] + (drawn @ patients)[None]
        interval = seed_and_patient_interval(values, replicates, n_patients=40)
        held += interval.low <= truth <= interval.high
    assert 0.93 <= held / n <= 1.0


@settings(max_examples=50, deadline=None)
@given(
    values=st.lists(st.floats(-1, 1), min_size=2, max_size=5),
    shift=st.floats(-1, 1),
    seed=st.integers(0, 1000),
)
def test_swapping_the_arms_turns_the_interval_round(values, shift, seed):
    replicates = np.random.default_rng(seed).normal(shift, 0.1, (len(values), 50))
    there = seed_and_patient_interval(np.array(values), replicates, n_patients=20)
    back = seed_and_patient_interval(-np.array(values), -replicates, n_patients=20)
    assert (there.low, there.high) == (pytest.approx(-back.high), pytest.approx(-back.low))


def test_a_verdict_claims_a_win_only_where_the_interval_excludes_zero():
    def verdict(value, low, high, metric=PRIMARY_METRIC):
        return render_verdict("x", "y", Interval(value, low, high, (value, value)), metric)

    assert "**better** than `y`" in verdict(0.05, 0.01, 0.09)
    assert "**worse** than `y`" in verdict(-0.05, -0.09, -0.01)
    assert "**not shown to be better**" in verdict(0.05, -0.01, 0.11)
    assert "no interval" in verdict(0.05, None, None)
    error = next(metric for metric in METRICS if not metric.higher_is_better)
    assert "**better** than `y`" in verdict(-2.0, -3.0, -1.0, error), "an error that falls is a gain"


@pytest.fixture(scope="module")
def ablated(dataset, tmp_path_factory):
    """Every run of the tiny study that needs no raw captions, in two sittings."""
    out = tmp_path_factory.mktemp("ablation")
    data, study = AblationData(dataset, None, {}), read_study("tiny")
    early = ablate(data, out, study, arms="clip", seeds=[0], n_resamples=50)
    done = ablate(data, out, study, n_resamples=50)
    return data, out, study, early, done


def test_a_rerun_trains_nothing_and_says_the_same_bytes(ablated):
    data, out, study, early, done = ablated
    assert [arm.name for arm in early.tested[0].arms] == ["clip"]
    before = (out / "ablation.json").read_bytes()
    told = []
    again = ablate(data, out, study, n_resamples=50, on_run=lambda *what: told.append(what))
    assert {what for _, _, what in told} == {"done"}
    assert (out / "ablation.json").read_bytes() == before
    assert again == done


def test_all_arms_and_seeds_are_told_with_their_differences_and_controls(ablated):
    _, out, study, _, done = ablated
    own = done.tested[0]
    assert [arm.name for arm in own.arms] == ["clip", "all", "supervised"], "raw captions were not given"
    assert all(arm.seeds == study.seeds for arm in own.arms)
    assert set(own.arm("all").difference) >= {"auroc", "view", "negation"}
    assert own.arm("clip").difference == {}
    assert set(own.arm("supervised").mean) <= {"auroc", "auroc-study", "auroc-within-view", "negation"}
    assert own.controls["auroc"]["chance"] == 0.5
    assert AblationResult.read(out / "ablation.json").tested[0].arms[1].name == "all"


def test_the_page_and_the_figure_show_every_arm_and_every_comparison(ablated, tmp_path):
    _, out, _, _, done = ablated
    page = render_page(AblationResult.read(out / "ablation.json"))
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert sum("| `all` | `clip` |" in row for row in rows) == 1
    assert {row.split("`")[1] for row in rows} == {"clip", "all", "supervised"}
    assert "simulated hearts" in page
    assert sum(line.startswith("- `all` against `clip`") for line in page.splitlines()) == 1
    assert draw_figure(done, tmp_path).read_bytes().startswith(b"\x89PNG")


def test_a_question_whose_arms_were_not_run_is_not_answered(ablated):
    _, _, _, early, _ = ablated
    assert "Not run: one of them" in render_page(early)


def test_what_cannot_be_asked_is_refused_before_anything_is_trained(ablated, dataset, tmp_path):
    data, _, study, _, _ = ablated
    cases = [
        (data, {"arms": "nothing"}, "no arm of study tiny matches"),
        (data, {"seeds": [7]}, "no seed 7"),
        (AblationData(dataset, None, {"again": dataset}), {}, "trains on; test on other patients"),
    ]
    for asked, more, said in cases:
        with pytest.raises(EvaluationError, match=said):
            ablate(asked, tmp_path / "none", study, **more)
    assert not (tmp_path / "none").exists()
    (tmp_path / "old.json").write_text(json.dumps({"schema_version": 0}))
    with pytest.raises(EvaluationError, match="version 0"):
        AblationResult.read(tmp_path / "old.json")


def first_losses(out, arm):
    names, values = (out / arm / "seed-0" / "loss.csv").read_text().splitlines()[:2]
    return dict(zip(names.split(","), values.split(","), strict=True))


def test_arms_of_one_seed_share_first_weights_and_batches(dataset, tmp_path):
    """The first contrast is the same number in both: only what is asked beside it differs."""
    text = STUDY.replace("view_weight = 0.7", "cross_view_weight = 0.25\nview_weight = 0.7")
    small = """[recipe.preprocessing]
image_size_px = 32
n_frames = 2
[recipe.image]
width = 8
[recipe.optimisation]
batch_size = 6
threads = 1"""
    study = parse_study(text.replace("[recipe.optimisation]", small), name="s")
    ablate(AblationData(dataset, None, {}), tmp_path, study, seeds=[0], n_resamples=20)
    a, b = (first_losses(tmp_path, arm) for arm in ("a", "b"))
    assert a["clip"] == b["clip"]
    assert a["view"] != b["view"]


def test_raw_captions_must_be_of_the_same_clips(dataset, tmp_path):
    study = read_study("tiny")
    same = AblationData(dataset, dataset, {})
    done = ablate(same, tmp_path / "out", study, arms="clip-raw", seeds=[0], n_resamples=20)
    assert done.tested[0].arm("clip-raw").captions == "raw"
    ground = EchoGround.open(dataset)
    fewer = (
        (entry, pack_clip(entry, ground.read_frames(row)))
        for row in ground.rows()[:-1]
        for entry in [ClipEntry(**{f.name: getattr(row, f.name) for f in fields(ClipEntry)})]
    )
    write_dataset(tmp_path / "other", fewer, origin=ground.info.origin)
    with pytest.raises(EvaluationError, match="does not hold the clips"):
        ablate(AblationData(dataset, tmp_path / "other", {}), tmp_path / "none", study)
