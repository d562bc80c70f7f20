"""Runs: they learn, they resume to the same bits, and they stop with a reason."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from ring_hearts import write_ring_hearts
from sklearn.metrics import roc_auc_score

from echovlm.clinical import Finding, Landmark, Structure
from echovlm.dataset import EchoGround, Split
from echovlm.models import load_dense, load_echovlm, load_findings, predict_finding_prob, predict_view_prob
from echovlm.training import TrainingError, finetune, parse_recipe, pretrain
from echovlm.training.clips import ClipFrames
from echovlm.training.run import fingerprint, run_facts

SMALL = """
[preprocessing]
image_size_px = 32
field_of_view_mm = 150.0
n_frames = 2
[image]
stem_channels = 4
width = 8
[optimisation]
batch_size = 16
threads = 1
save_every_steps = 4
{optimisation}
[augmentation]
shift_px = 1.0
"""


def recipe(task, *, top="", steps=10, more=""):
    text = SMALL.format(optimisation=f"steps = {steps}\n{more}")
    return parse_recipe(f'task = "{task}"\n{top}\n{text}', source="test")


TEXT = "[text]\nn_buckets = 1024\nwidth = 32\nhidden = 32"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return write_ring_hearts(tmp_path_factory.mktemp("rings") / "dataset")


def test_frames(dataset, preprocessing):
    ground = EchoGround.open(dataset)
    rows = ground.rows(Split.TEST)
    return rows, ClipFrames.open(ground, rows, preprocessing).batch(np.arange(len(rows)))


test_frames.__test__ = False


def test_pretraining_learns_to_tell_dilated_from_not_in_words_and_to_name_the_view(dataset, tmp_path):
    chosen = recipe("pretrain", top=TEXT, steps=120, more="learning_rate = 5e-3")
    loaded = load_echovlm(pretrain(dataset, tmp_path, chosen))
    rows, frames = test_frames(dataset, loaded.preprocessing)
    dilated = [row.statements[1].present for row in rows]
    with torch.no_grad():
        unit = loaded.model.encode_clip(frames)
        for held_out in (False, True):
            prob = predict_finding_prob(loaded.model, unit, Finding.LV_DILATED, held_out=held_out)
            assert roc_auc_score(dilated, prob) > (0.8 if held_out else 0.9)
        views = predict_view_prob(loaded.model, unit, views=(rows[0].view, rows[1].view))
        named = views[rows[0].view] > views[rows[1].view]
        assert (named == torch.tensor([row.view is rows[0].view for row in rows])).float().mean() > 0.9
        column = loaded.model.config.quantities.index("lv_internal_diameter_ed")
        predicted = loaded.model.predict_measurements(frames)[::2, column]  # the views that show it
    true = torch.tensor([row.measurements[0].value for row in rows[::2]])
    assert float((predicted - true).abs().mean()) < 0.6
    assert loaded.metadata["simulated"] is True
    assert loaded.metadata["steps"] == 120


def test_masks_and_landmarks_are_learned(dataset, tmp_path):
    chosen = recipe("segmentation+landmarks", top="decoder_width = 8", steps=120, more="learning_rate = 1e-2")
    loaded = load_dense(finetune(dataset, tmp_path, chosen, checkpoint=None))
    ground, pre = EchoGround.open(dataset), loaded.preprocessing
    dice, error_px = [], []
    for row in ground.rows(Split.TEST)[:12]:
        grid = pre.grid(row.height_px, row.width_px, row.spacing_mm)
        predicted = loaded.model.predict(pre(ground.read_frames(row, [0]), row.spacing_mm))
        cine = grid.masks_to_cine(predicted.masks, height_px=row.height_px, width_px=row.width_px)
        lv, true = cine[0] == Structure.LV, ground.read_masks(row)[0] == Structure.LV
        dice.append(2 * (lv & true).sum() / (lv.sum() + true.sum()))
        point = grid.points_to_cine(predicted.point_xy_px(Landmark.IVS_LV_SIDE))[0]
        mark = row.landmarks[0]
        error_px.append(np.hypot(point[0] - mark.x_px, point[1] - mark.y_px))
    assert np.mean(dice) > 0.85
    assert np.mean(error_px) < 3


def test_the_supervised_ceiling_learns_and_may_start_from_the_dual_encoder(dataset, tmp_path):
    dual = pretrain(dataset, tmp_path / "dual", recipe("pretrain", top=TEXT, steps=4))
    chosen = recipe("findings", top="from_checkpoint = true", steps=80, more="learning_rate = 5e-3")
    loaded = load_findings(finetune(dataset, tmp_path / "ceiling", chosen, checkpoint=dual))
    rows, frames = test_frames(dataset, loaded.preprocessing)
    with torch.no_grad():
        prob = loaded.model.predict_prob(frames)[:, loaded.model.config.findings.index("lv_dilated")]
    assert roc_auc_score([row.statements[1].present for row in rows], prob) > 0.9
    with pytest.raises(TrainingError, match="starts from a pretrained checkpoint"):
        finetune(dataset, tmp_path / "none", chosen, checkpoint=None)
    wider = recipe("findings", top="from_checkpoint = true")
    object.__setattr__(wider.image, "width", 16)
    with pytest.raises(TrainingError, match="image tower of"):
        finetune(dataset, tmp_path / "wider", wider, checkpoint=dual)


class Killed(BaseException):
    """Stands for a signal: no code of ours catches it."""


@pytest.mark.parametrize("task", ["pretrain", "segmentation+landmarks", "findings"])
@pytest.mark.parametrize("killed_at", [3, 8])
def test_a_run_that_was_stopped_ends_in_the_same_bytes(dataset, tmp_path, task, killed_at):
    chosen = recipe(task, top=TEXT if task == "pretrain" else "", steps=10)

    def run(out, on_step):
        if task == "pretrain":
            return pretrain(dataset, out, chosen, on_step=on_step)
        return finetune(dataset, out, chosen, checkpoint=None, on_step=on_step)

    def kill(done, _total):
        if done == killed_at:
            raise Killed

    whole = run(tmp_path / "whole", lambda _done, _total: None)
    with pytest.raises(Killed):
        run(tmp_path / "parts", kill)
    first: list[int] = []
    parts = run(tmp_path / "parts", lambda done, _total: first.append(done))
    assert first[0] == killed_at - killed_at % 4  # the last saved state
    assert (whole.parent / "loss.csv").read_bytes() == (parts.parent / "loss.csv").read_bytes()
    assert whole.read_bytes() == parts.read_bytes()
    again: list[int] = []
    run(tmp_path / "parts", lambda done, _total: again.append(done))
    assert again == [10]
    assert whole.read_bytes() == parts.read_bytes()


@pytest.mark.slow
def test_kill_9_leaves_a_run_that_ends_in_the_same_bytes(dataset, tmp_path):
    program = (
        "import sys; from pathlib import Path; from echovlm.training import *; "
        "pretrain(Path(sys.argv[1]), Path(sys.argv[2]), read_recipe(sys.argv[3]))"
    )
    path = tmp_path / "recipe.toml"
    path.write_text('task = "pretrain"\n' + TEXT + SMALL.format(optimisation="steps = 24"))
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    command = [sys.executable, "-c", program, str(dataset)]
    subprocess.run([*command, str(whole), str(path)], check=True)
    running = subprocess.Popen([*command, str(parts), str(path)])
    while not (parts / "state.safetensors").exists():
        time.sleep(0.01)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    subprocess.run([*command, str(parts), str(path)], check=True)
    for name in ("loss.csv", "echovlm.safetensors"):
        assert (whole / name).read_bytes() == (parts / name).read_bytes()


def test_a_run_of_other_code_is_another_run(dataset, monkeypatch):
    chosen = recipe("pretrain", top=TEXT, steps=2)
    facts = run_facts(EchoGround.open(dataset), chosen, checkpoint=None)
    assert set(facts["code_sha256"]) >= {"models", "objectives", "training"}
    monkeypatch.setattr("echovlm.training.run.hash_packages", lambda *names: dict.fromkeys(names, "other"))
    other = run_facts(EchoGround.open(dataset), chosen, checkpoint=None)
    assert fingerprint(other) != fingerprint(facts)


def test_a_folder_of_another_run_is_refused_and_a_damaged_state_named(dataset, tmp_path):
    pretrain(dataset, tmp_path, recipe("pretrain", top=TEXT, steps=2))
    with pytest.raises(TrainingError, match="another recipe"):
        pretrain(dataset, tmp_path, recipe("pretrain", top=TEXT, steps=3))
    (tmp_path / "state.safetensors").write_bytes(b"cut")
    with pytest.raises(TrainingError, match=r"state\.safetensors"):
        pretrain(dataset, tmp_path, recipe("pretrain", top=TEXT, steps=2))


def test_a_loss_that_is_no_number_stops_the_run_with_the_clips(dataset, tmp_path):
    wild = recipe("pretrain", top=TEXT, steps=10, more="learning_rate = 1e30")
    with pytest.raises(TrainingError, match=r"not a finite number .* its clips: ring_"):
        pretrain(dataset, tmp_path, wild)


def test_a_seed_decides_the_run_and_the_caller_s_random_numbers_stay_untouched(dataset, tmp_path):
    one = pretrain(dataset, tmp_path / "a", recipe("pretrain", top=TEXT, steps=2))
    other = pretrain(dataset, tmp_path / "b", recipe("pretrain", top=TEXT, steps=2, more="seed = 1"))
    assert one.read_bytes() != other.read_bytes()
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    pretrain(dataset, tmp_path / "c", recipe("pretrain", top=TEXT, steps=2))
    assert torch.equal(torch.rand(1), expected)


def test_tasks_that_do_not_fit_the_command_are_sent_to_the_other(dataset, tmp_path):
    with pytest.raises(TrainingError, match="echovlm finetune"):
        pretrain(dataset, tmp_path, recipe("findings"))
    with pytest.raises(TrainingError, match="echovlm pretrain"):
        finetune(dataset, tmp_path, recipe("pretrain", top=TEXT), checkpoint=None)


def test_masks_are_needed_for_segmentation(tmp_path):
    bare = write_ring_hearts(tmp_path / "bare", train=4, test=2, masked=False)
    with pytest.raises(TrainingError, match="has a mask"):
        finetune(bare, tmp_path / "out", recipe("segmentation+landmarks"), checkpoint=None)
