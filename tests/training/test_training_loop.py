"""What a run does beside its steps: averages, early stops, records of a bad batch, and what it tells trackers."""

import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from ring_hearts import write_ring_hearts
from safetensors import safe_open
from sklearn.metrics import roc_auc_score

from echovlm.models import load_echovlm
from echovlm.training import (
    Surroundings,
    TrainingError,
    Validation,
    installed_trackers,
    parse_recipe,
    pretrain,
)
from echovlm.training.average import WeightAverage
from echovlm.training.loop import StepLoss, Validator, train
from echovlm.training.recipe import Optimisation
from echovlm.training.state import Progress
from echovlm.training.validate import auroc
from echovlm.training.world import World, joined_world, lone_world

RECIPE = """
task = "pretrain"
[preprocessing]
image_size_px = 32
field_of_view_mm = 150.0
n_frames = 2
[image]
stem_channels = 4
width = 8
[text]
{text}
[optimisation]
steps = {steps}
batch_size = 16
threads = 1
save_every_steps = 4
{more}
"""
NGRAMS = "n_buckets = 512\nwidth = 16\nhidden = 16"


def recipe(*, steps=8, more="", text=NGRAMS):
    return parse_recipe(RECIPE.format(steps=steps, more=more, text=text), source="test")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return write_ring_hearts(
        tmp_path_factory.mktemp("rings") / "dataset", train=60, val=20, test=4, masked=False
    )


class Listener:
    """A tracker that remembers."""

    def __init__(self):
        self.first_step, self.logged, self.closed = None, {}, False

    def start(self, first_step):
        self.first_step = first_step

    def log(self, step, values):
        self.logged.setdefault(step, {}).update(values)

    def close(self):
        self.closed = True


def run(model, losses, tmp_path, *, steps=10, validator=None, **config):
    """Train a single weight to the target of each step."""

    def step_loss(step):
        return StepLoss({"off": (model.weight - losses(step)).square().sum()}, ["a clip"])

    return train(
        model, step_loss,
        Optimisation(steps=steps, learning_rate=0.1, weight_decay=0.0, threads=1, warmup_frac=0.0, **config),
        out=tmp_path, fingerprint="x", around=Surroundings(), validator=validator,
    )  # fmt: skip


def linear():
    torch.manual_seed(0)
    return torch.nn.Linear(1, 1, bias=False)


@settings(max_examples=20, deadline=None)
@given(decay=st.floats(0.1, 0.999), values=st.lists(st.floats(-5, 5), min_size=1, max_size=12))
def test_the_average_is_the_sum_of_all_weights_with_fading_shares(decay, values):
    model = linear()
    model.weight.data.fill_(7.0)
    average, expected = WeightAverage(model, decay=decay), 7.0
    for step, value in enumerate(values):
        model.weight.data.fill_(value)
        average.follow(model, step=step)
        kept = min(decay, (1 + step) / (10 + step))
        expected = kept * expected + (1 - kept) * value
    assert float(average.tensors["weight"]) == pytest.approx(expected, abs=1e-4)
    with average.inside(model):
        assert float(model.weight.detach()) == pytest.approx(expected, abs=1e-4)
    assert float(model.weight.detach()) == pytest.approx(values[-1], abs=1e-5)


def test_without_decay_the_last_weights_stay(tmp_path):
    model = linear()
    assert WeightAverage(model, decay=0.0).tensors == {}
    run(model, lambda _: 1.0, tmp_path, steps=40)
    assert abs(float(model.weight.detach()) - 1.0) < 0.1


def test_an_averaged_run_resumes_to_the_same_bits_and_differs_from_the_last_weights(dataset, tmp_path):
    averaged = recipe(more="ema_decay = 0.9\n[validation]\nevery_steps = 3\npatience = 9")

    class Killed(BaseException):
        pass

    def kill(done, _):
        if done == 6:
            raise Killed

    whole = pretrain(dataset, tmp_path / "whole", averaged)
    with pytest.raises(Killed):
        pretrain(dataset, tmp_path / "parts", averaged, on_step=kill)
    parts = pretrain(dataset, tmp_path / "parts", averaged)
    assert whole.read_bytes() == parts.read_bytes()
    for name in ("loss.csv", "validation.csv"):
        assert (whole.parent / name).read_bytes() == (parts.parent / name).read_bytes()
    assert load_echovlm(whole).metadata["validation"][0][0] == 3
    last = pretrain(dataset, tmp_path / "last", recipe())
    assert not torch.equal(
        load_echovlm(whole).model.project_clip.weight, load_echovlm(last).model.project_clip.weight
    )


def test_a_run_stops_when_validation_stays_worse_and_leaves_the_best_weights(tmp_path):
    model = linear()
    seen = []

    def score():
        seen.append(float(model.weight.detach()))
        return -abs(seen[-1] - 0.5)  # best at 0.5, which the run passes on its way to 3

    model.weight.data.fill_(0.0)
    progress = run(
        model, lambda _: 3.0, tmp_path, steps=60,
        validator=Validator(Validation(every_steps=2, patience=3), score),
    )  # fmt: skip
    assert progress.step < 60
    best = min(seen, key=lambda value: abs(value - 0.5))
    assert float(model.weight.detach()) == pytest.approx(best)
    assert len(seen) == seen.index(best) + 1 + 3
    again = linear()
    assert run(
        again, lambda _: 3.0, tmp_path, steps=60,
        validator=Validator(Validation(every_steps=2, patience=3), score),
    ).step == progress.step  # fmt: skip
    assert float(again.weight.detach()) == pytest.approx(best)


def test_patience_counts_validations_since_the_first_best():
    def since(*scores):
        return Progress(scores=tuple(enumerate(scores))).validations_since_best()

    assert since() == 0
    assert since(0.5, 0.4, 0.6) == 0
    assert since(0.6, 0.4, 0.6) == 2  # as good as before is no better


def test_the_loss_of_the_validation_patients_may_decide_instead(dataset, tmp_path):
    chosen = recipe(steps=4, more='[validation]\nevery_steps = 2\nmetric = "loss"')
    loaded = load_echovlm(pretrain(dataset, tmp_path, chosen))
    assert all(score < 0 for _, score in loaded.metadata["validation"])


def test_validation_without_validation_patients_is_refused(tmp_path):
    bare = write_ring_hearts(tmp_path / "bare", train=30, test=2, masked=False)
    with pytest.raises(TrainingError, match=r"no validation clip.*\[validation\]"):
        pretrain(bare, tmp_path / "out", recipe(more="[validation]"))


@settings(max_examples=30, deadline=None)
@given(scored=st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_our_auroc_is_scikit_learn_s(scored):
    score = np.array([s for s, _ in scored], dtype=float)
    truth = np.array([t for _, t in scored])
    if truth.any() and not truth.all():
        assert auroc(score, truth) == pytest.approx(roc_auc_score(truth, score))


def test_a_loss_that_is_no_number_leaves_its_batch_behind(dataset, tmp_path):
    with pytest.raises(TrainingError, match=r"not a finite number .*bad_batch\.safetensors holds the batch"):
        pretrain(dataset, tmp_path, recipe(more="learning_rate = 1e30", steps=10))
    with safe_open(tmp_path / "bad_batch.safetensors", framework="pt") as file:
        facts = json.loads(file.metadata()["batch"])
        frames = file.get_tensor("frames.0")
    assert len(facts["clip_ids"]) == len(facts["captions"]) == len(frames) == 16
    assert torch.isfinite(frames).all()


def test_a_gradient_that_is_not_finite_stops_the_run_too(tmp_path):
    model = linear()
    model.weight.data.fill_(0.0)

    def step_loss(_):
        return StepLoss({"root": model.weight.abs().sqrt().sum()}, ["a clip"])  # its slope at 0 is infinite

    with pytest.raises(TrainingError, match="gradient of step 0 is not finite"):
        train(
            model, step_loss, Optimisation(steps=1, threads=1), out=tmp_path, fingerprint="x",
            around=Surroundings(),
        )  # fmt: skip


def test_a_device_without_memory_is_told_in_one_sentence_and_the_steps_before_are_kept(tmp_path):
    model = linear()

    def step_loss(step):
        if step == 2:
            raise torch.OutOfMemoryError(
                "CUDA out of memory. Tried to allocate 9 GiB.\nA page of torch's own words"
            )
        return StepLoss({"off": model.weight.square().sum()}, ["a clip"])

    with pytest.raises(
        TrainingError, match=r"for step 2 \(CUDA .*9 GiB\.\); lower optimisation.chunk_size"
    ) as told:
        train(
            model, step_loss, Optimisation(steps=4, threads=1, save_every_steps=1), out=tmp_path, fingerprint="x",
            around=Surroundings(),
        )  # fmt: skip
    assert "\n" not in str(told.value)
    assert len((tmp_path / "loss.csv").read_text().splitlines()) == 3


def test_trackers_hear_every_step_once_and_where_a_run_goes_on(dataset, tmp_path):
    listener = Listener()
    chosen = recipe(steps=6, more="[validation]\nevery_steps = 4")
    pretrain(dataset, tmp_path, chosen, around=Surroundings(trackers=(listener,)))
    assert listener.first_step == 1
    assert listener.closed
    assert sorted(listener.logged) == [1, 2, 3, 4, 5, 6]
    assert listener.logged[1]["train/loss"] > 0
    assert 0 <= listener.logged[4]["validation/score"] <= 1
    again = Listener()
    pretrain(dataset, tmp_path, chosen, around=Surroundings(trackers=(again,)))
    assert again.first_step == 7
    assert again.logged == {}


def test_tensorboard_is_told_where_it_is_installed(dataset, tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    around = Surroundings(trackers=installed_trackers(tmp_path))
    pretrain(dataset, tmp_path, recipe(steps=2), around=around)
    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert [event.step for event in events.Scalars("train/loss")] == [1, 2]
    curve = np.loadtxt(tmp_path / "loss.csv", delimiter=",", skiprows=1)
    assert events.Scalars("train/loss")[0].value == pytest.approx(curve[0, 1], rel=1e-5)


def test_bfloat16_takes_the_same_first_step_up_to_its_own_precision(dataset, tmp_path):
    """Weights and losses stay in 32 bits; only the towers' products have 8 bits of mantissa."""
    first = {}
    for precision in ("float32", "bfloat16"):
        out = tmp_path / precision
        path = pretrain(dataset, out, recipe(steps=1, more=f'precision = "{precision}"'))
        first[precision] = np.loadtxt(out / "loss.csv", delimiter=",", skiprows=1)[1]
        assert load_echovlm(path).model.project_clip.weight.dtype == torch.float32
    assert first["bfloat16"] != first["float32"]
    assert first["bfloat16"] == pytest.approx(first["float32"], rel=0.02)


def test_a_report_tower_learns_its_phrases_from_the_training_captions(dataset, tmp_path):
    chosen = recipe(steps=3, text='tower = "report"\nwidth = 16\nlayers = 1\nheads = 2\nn_phrases = 200')
    model = load_echovlm(pretrain(dataset, tmp_path, chosen)).model
    assert "dilated" in model.config.text.phrases
    assert any(len(phrase.split()) > 3 for phrase in model.config.text.phrases)
    assert len(model.config.text.phrases) <= 200


def test_a_report_tower_knows_the_words_that_rewording_will_use(dataset, tmp_path):
    text = 'tower = "report"\nwidth = 16\nlayers = 1\nheads = 2\nn_phrases = 400'
    known = {}
    for chance in (0.0, 0.5):
        chosen = recipe(steps=1, text=text, more=f"[sampling]\nrewording_chance = {chance}")
        known[chance] = load_echovlm(
            pretrain(dataset, tmp_path / str(chance), chosen)
        ).model.config.text.phrases
    assert {"dilatation", "evidence", "lv"} <= set(known[0.5])
    assert not {"dilatation", "evidence", "lv"} & set(known[0.0])


def test_a_tower_that_does_not_exist_is_one_sentence(dataset, tmp_path):
    text = RECIPE.format(steps=1, more="", text=NGRAMS).replace(
        "stem_channels = 4\nwidth = 8", 'tower = "timm"\nname = "no_such_net"\nimage_size_px = 32'
    )
    with pytest.raises(TrainingError, match="'no_such_net', which timm"):
        pretrain(dataset, tmp_path, parse_recipe(text, source="test"))


def test_alone_is_a_world_of_one():
    with joined_world({}, device="cpu") as world:
        assert world == World()
        assert world.is_first
        assert world.share(5).tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(TrainingError, match="allowed: auto, cpu, cuda, mps"), joined_world({}, device="gpu"):
        pass


def test_what_one_process_does_alone_refuses_to_be_several():
    with lone_world({}, device="cpu") as world:
        assert world == World()
    with (
        pytest.raises(TrainingError, match="torchrun started 4"),
        lone_world({"WORLD_SIZE": "4"}, device="cpu"),
    ):
        pass


@settings(max_examples=30, deadline=None)
@given(n=st.integers(0, 40), size=st.integers(1, 7))
def test_shares_are_the_whole_and_differ_by_one_at_most(n, size):
    shares = [World(rank, size).share(n).tolist() for rank in range(size)]
    assert sum(shares, []) == list(range(n))  # noqa: RUF017
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_a_batch_too_small_for_its_processes_is_refused(dataset, tmp_path):
    with pytest.raises(TrainingError, match="for 12 processes; each needs at least two clips"):
        pretrain(dataset, tmp_path, recipe(), around=Surroundings(World(0, 12)))


def test_a_decay_that_forgets_nothing_is_refused():
    assert math.isclose(Optimisation(ema_decay=0.999).ema_decay, 0.999)
    with pytest.raises(TrainingError, match=r"ema_decay must be in \[0, 1\)"):
        Optimisation(ema_decay=1.0)
