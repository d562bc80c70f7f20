"""Fine-tuning: probes, adapters and few patients, for views, findings and measurements."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from ring_hearts import write_ring_hearts

from echovlm.dataset import EchoGround, Split
from echovlm.evaluation import EvaluationError
from echovlm.evaluation.contenders import DualEncoder
from echovlm.evaluation.sanity import refuse_overlap
from echovlm.models import load_checkpoint, load_clip_head, load_echovlm, load_findings
from echovlm.training import FewShot, RecipeError, TrainingError, finetune, parse_recipe, pretrain
from echovlm.training.clips import ClipFrames
from echovlm.training.tuning import few_shot_rows

RECIPE = """
task = "{task}"
{top}
[preprocessing]
image_size_px = 32
field_of_view_mm = 150.0
n_frames = 2
[image]
stem_channels = 4
width = 8
[augmentation]
shift_px = 1.0
[optimisation]
steps = {steps}
batch_size = 16
threads = 1
learning_rate = {rate}
{more}
"""


def recipe(task, *, top="", steps=60, rate=1e-2, more=""):
    text = RECIPE.format(task=task, top=top, steps=steps, rate=rate, more=more)
    return parse_recipe(text, source="test")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return write_ring_hearts(tmp_path_factory.mktemp("rings") / "dataset", train=80, test=40)


@pytest.fixture(scope="module")
def dual(dataset, tmp_path_factory):
    chosen = recipe("pretrain", steps=60, rate=5e-3, more="[text]\nn_buckets = 512\nwidth = 16\nhidden = 16")
    return pretrain(dataset, tmp_path_factory.mktemp("dual"), chosen)


def clips_under_test(dataset, preprocessing):
    ground = EchoGround.open(dataset)
    rows = ground.rows(Split.TEST)
    return rows, ClipFrames.open(ground, rows, preprocessing).batch(np.arange(len(rows)))


def test_a_linear_probe_names_views_and_leaves_the_tower_as_it_was(dataset, dual, tmp_path):
    chosen = recipe("view", top="from_checkpoint = true", more='[tuning]\nmethod = "linear"')
    loaded = load_clip_head(finetune(dataset, tmp_path, chosen, checkpoint=dual))
    pretrained = load_echovlm(dual).model.image_tower.state_dict()
    for name, value in loaded.model.image_tower.state_dict().items():
        assert torch.equal(value, pretrained[name]), name
    rows, clips = clips_under_test(dataset, loaded.preprocessing)
    with torch.no_grad():
        named = loaded.model.predict(clips).argmax(1).tolist()
    right = [loaded.model.config.outputs[n] == row.view.value for n, row in zip(named, rows, strict=True)]
    assert np.mean(right) > 0.9


def test_adapters_move_every_layer_and_leave_a_plain_checkpoint(dataset, dual, tmp_path):
    chosen = recipe("measurements", top="from_checkpoint = true", more='[tuning]\nmethod = "lora"\nrank = 2')
    loaded = load_clip_head(finetune(dataset, tmp_path, chosen, checkpoint=dual))
    pretrained = load_echovlm(dual).model.image_tower.state_dict()
    assert loaded.model.image_tower.state_dict().keys() == pretrained.keys()
    moved = {n for n, v in loaded.model.image_tower.state_dict().items() if not torch.equal(v, pretrained[n])}
    assert moved
    assert all(name.endswith("weight") for name in moved)  # no statistics, no biases
    rows, clips = clips_under_test(dataset, loaded.preprocessing)
    column = loaded.model.config.outputs.index("lv_internal_diameter_ed")
    with torch.no_grad():
        predicted = loaded.model.predict(clips)[::2, column]  # the views that show it
    true = torch.tensor([row.measurements[0].value for row in rows[::2]])
    assert float((predicted - true).abs().mean()) < 0.6 < float((true - true.mean()).abs().mean())


def test_masks_may_be_learnt_on_a_held_tower_too(dataset, dual, tmp_path):
    chosen = recipe(
        "segmentation+landmarks", top="from_checkpoint = true\ndecoder_width = 4", steps=2,
        more='[tuning]\nmethod = "linear"',
    )  # fmt: skip
    dense = load_checkpoint(finetune(dataset, tmp_path, chosen, checkpoint=dual)).model
    pretrained = load_echovlm(dual).model.image_tower.state_dict()
    for name, value in dense.image_tower.state_dict().items():
        assert torch.equal(value, pretrained[name]), name


@pytest.mark.parametrize("method", ["linear", "lora"])
def test_a_tuned_run_that_was_stopped_ends_in_the_same_bytes(dataset, dual, tmp_path, method):
    chosen = recipe(
        "findings", top="from_checkpoint = true", steps=6,
        more=f'save_every_steps = 2\n[tuning]\nmethod = "{method}"',
    )  # fmt: skip

    class Killed(BaseException):
        pass

    def kill(done, _):
        if done == 3:
            raise Killed

    whole = finetune(dataset, tmp_path / "whole", chosen, checkpoint=dual)
    with pytest.raises(Killed):
        finetune(dataset, tmp_path / "parts", chosen, checkpoint=dual, on_step=kill)
    parts = finetune(dataset, tmp_path / "parts", chosen, checkpoint=dual)
    assert whole.read_bytes() == parts.read_bytes()


def test_few_patients_are_said_in_the_checkpoint(dataset, tmp_path):
    chosen = recipe("findings", steps=2, more="[few_shot]\npatients_per_class = 3")
    loaded = load_findings(finetune(dataset, tmp_path, chosen, checkpoint=None))
    assert 3 <= loaded.metadata["labelled_patients"] <= 6


@settings(max_examples=15, deadline=None)
@given(fewer=st.integers(1, 10), more=st.integers(0, 10), seed=st.integers(0, 100))
def test_fewer_patients_are_among_more_and_every_label_has_its_number(dataset, fewer, more, seed):
    rows = EchoGround.open(dataset).rows(Split.TRAIN)

    def labels(row):
        return {row.statements[1].present}

    small, large = (few_shot_rows(rows, FewShot(n, seed), labels) for n in (fewer, fewer + more))
    patients = [{row.patient_id for row in some} for some in (small, large)]
    assert patients[0] <= patients[1]
    for label in (True, False):
        having = {row.patient_id for row in rows if label in labels(row)}
        assert len(patients[0] & having) >= min(fewer, len(having))
    # All clips of a chosen patient, and of nobody else.
    assert [row.clip_id for row in small] == [r.clip_id for r in rows if r.patient_id in patients[0]]
    assert few_shot_rows(rows, None, labels) == rows


def test_what_a_dataset_does_not_teach_is_said(tmp_path):
    little = write_ring_hearts(tmp_path / "little", train=6, test=2)
    with pytest.raises(TrainingError, match="measured in twenty training clips"):
        finetune(little, tmp_path / "out", recipe("measurements"), checkpoint=None)
    one = write_ring_hearts(tmp_path / "one", train=2, test=2)
    with pytest.raises(TrainingError, match="present in some training clips and absent in others"):
        finetune(one, tmp_path / "out", recipe("findings"), checkpoint=None)


def test_a_method_that_does_not_exist_is_refused():
    with pytest.raises(RecipeError, match="allowed: full, linear, lora"):
        recipe("view", more='[tuning]\nmethod = "adapter"')
    with pytest.raises(RecipeError, match="patients_per_class must be at least 1"):
        recipe("view", more="[few_shot]\npatients_per_class = 0")


def test_another_seed_draws_other_patients(dataset):
    rows = EchoGround.open(dataset).rows(Split.TRAIN)
    drawn = {
        frozenset(row.patient_id for row in few_shot_rows(rows, FewShot(3, seed), lambda row: {row.view}))
        for seed in range(5)
    }
    assert len(drawn) > 1


def test_a_model_trained_on_every_split_can_be_tested_on_none_of_these_patients(dataset, tmp_path):
    every = recipe("pretrain", steps=2, more="[sampling]\nall_splits = true")
    ground, tested = EchoGround.open(dataset), DualEncoder(pretrain(dataset, tmp_path, every))
    assert len(tested.trained_on()) == len({row.patient_id for row in ground.rows()})
    for split in (Split.TRAIN, Split.TEST):
        with pytest.raises(EvaluationError, match="was trained on"):
            refuse_overlap(tested, ground.rows(split))


def test_a_checkpoint_remembers_its_patients_and_those_of_its_start_and_evaluation_refuses_them(
    dataset, dual, tmp_path
):
    ground, tested = EchoGround.open(dataset), DualEncoder(dual)
    trained, held_out = ground.rows(Split.TRAIN), ground.rows(Split.TEST)
    assert tested.loaded.metadata["learnt_views"] == {"b": sorted({row.view.value for row in trained})}
    assert tested.loaded.metadata["learnt_findings"] == ["lv_dilated"]
    assert len(tested.trained_on()) == len({row.patient_id for row in trained})
    with pytest.raises(EvaluationError, match="was trained on"):
        refuse_overlap(tested, trained)
    assert "how well it fits" in refuse_overlap(tested, trained, split=Split.TRAIN)
    assert "none of these patients" in refuse_overlap(tested, held_out)
    few = recipe("findings", steps=2, top="from_checkpoint = true", more="[few_shot]\npatients_per_class = 3")
    head = load_findings(finetune(dataset, tmp_path, few, checkpoint=dual))
    assert set(head.metadata["training_patients"]) == tested.trained_on()
