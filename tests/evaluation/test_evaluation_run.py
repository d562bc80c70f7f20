import json
import re

import numpy as np
import pytest
import torch

from echovlm.clinical.anatomy import Structure
from echovlm.clinical.views import View
from echovlm.dataset import EchoGround
from echovlm.evaluation import Arm, EvaluationError, ResultsFile, evaluate, render_markdown, render_table
from echovlm.evaluation.blind import average_training_patient
from echovlm.evaluation.bootstrap import PatientResamples
from echovlm.evaluation.diameters import score_diameters
from echovlm.evaluation.outlines import score_outlines
from echovlm.evaluation.tasks import TASKS
from echovlm.evaluation.tasks.landmarks import LVIDD
from echovlm.evaluation.traces import TracedFrame, mask_on_cine, true_points
from echovlm.models import CheckpointError, Preprocessing

TASK = {task.name: task for task in TASKS}
WHOLE_CLIP = Preprocessing(image_size_px=48, field_of_view_mm=144.0)


@pytest.fixture(scope="module")
def evaluated(dataset, checkpoints, tmp_path_factory):
    out = tmp_path_factory.mktemp("results")
    results = evaluate(
        checkpoints["dual"], dataset, out, dense=checkpoints["dense"], ceiling=checkpoints["ceiling"],
        n_resamples=200,
    )  # fmt: skip
    return results, out


def test_the_results_file_says_what_was_run_on_what(evaluated):
    plain = json.loads((evaluated[1] / "results.json").read_text())
    assert plain["simulated"] is True
    assert {"versions", "sha256", "seed", "split"} <= plain["run"].keys()
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in plain["run"]["sha256"].values())
    assert plain["run"]["sha256"].keys() == {"checkpoint", "dense", "ceiling", "manifest"}
    for row in plain["results"]:
        assert {"task", "metric", "value", "low", "high", "n", "arm", "level", "unit"} <= row.keys()
        assert (row["value"] is None) == (row["reason"] is not None)
        if row["low"] is not None:
            assert row["low"] <= row["high"]


def test_every_task_has_a_result_and_what_is_read_is_what_was_written(evaluated):
    results, out = evaluated
    assert {task.name for task in TASKS} <= {result.task for result in results.results}
    assert ResultsFile.read(out / "results.json") == results


def test_every_headline_stands_beside_chance(evaluated):
    results = evaluated[0]
    for task, metric in (
        ("zero-shot/macro", "auroc"),
        ("view/zero-shot", "balanced-accuracy"),
        ("negation/findings", "balanced-accuracy"),
        ("segmentation/lv", "dice"),
        ("landmarks/lvidd", "error"),
        ("retrieval/image-to-caption", "recall@1"),
    ):
        assert results.find(task, metric).value is not None
        assert results.find(task, metric, arm=Arm.CHANCE).value is not None


def test_a_second_run_writes_the_same_bytes(evaluated, dataset, checkpoints, tmp_path):
    evaluate(
        checkpoints["dual"], dataset, tmp_path, dense=checkpoints["dense"], ceiling=checkpoints["ceiling"],
        n_resamples=200,
    )  # fmt: skip
    written = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file())
    assert len(written) == 6
    for path in written:
        assert (tmp_path / path).read_bytes() == (evaluated[1] / path).read_bytes(), path


def test_both_tables_show_the_same_headline(evaluated):
    results = evaluated[0]
    value = f"{results.find('zero-shot/macro', 'auroc', level='study').value:.3f}"
    for table in (render_table(results), render_markdown(results)):
        line = next(line for line in table.splitlines() if "zero-shot/macro" in line and "study" in line)
        assert value in line
        assert "No value for zero-shot/ra-dilated" in table
        assert "simulated studies" in table


def test_without_a_dense_checkpoint_the_dense_tasks_say_so(dataset, checkpoints, tmp_path):
    results = evaluate(checkpoints["dual"], dataset, tmp_path, tasks="[sl]*", n_resamples=50)
    assert {r.value for r in results.results} == {None}
    assert all("--dense" in r.reason for r in results.results)


def test_progress_counts_up_to_its_total(dataset, checkpoints, tmp_path):
    seen = []
    evaluate(
        checkpoints["dual"], dataset, tmp_path, tasks="view/*", n_resamples=50,
        on_progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    assert len({total for _, total in seen}) == 1
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1][0] == seen[-1][1]


def test_what_cannot_be_evaluated_is_said_in_one_sentence(dataset, checkpoints, tmp_path):
    with pytest.raises(EvaluationError, match="no task matches 'zero-shoot/"):
        evaluate(checkpoints["dual"], dataset, tmp_path, tasks="zero-shoot/*")
    with pytest.raises(EvaluationError, match="unknown split 'tset'; known: train, val, test"):
        evaluate(checkpoints["dual"], dataset, tmp_path, split="tset")
    with pytest.raises(EvaluationError, match="split val .* has no clip"):
        evaluate(checkpoints["dual"], dataset, tmp_path, split="val")
    with pytest.raises(CheckpointError, match="holds a dense model"):
        evaluate(checkpoints["dense"], dataset, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["", "[]", '{"schema_version": 99}', '{"schema_version": 1, "run": {}}'])
def test_a_file_that_holds_no_results_is_refused(tmp_path, text):
    (tmp_path / "results.json").write_text(text)
    with pytest.raises(EvaluationError, match=r"results\.json"):
        ResultsFile.read(tmp_path / "results.json")


def traced_rows(dataset, *, shift_px=0.0):
    """Frames traced without fault, or with every point and mask moved downwards."""
    data = EchoGround.open(dataset)
    for row in data.rows("test"):
        images = data.read_frames(row)
        for frame, mask in data.read_masks(row).items():
            points = true_points(row, frame)
            moved = {name: point + np.array([0.0, shift_px]) for name, point in points.items()}
            yield TracedFrame(
                row, frame, images[frame], mask, np.roll(mask, round(shift_px), axis=0), points, moved
            )


def blind_answer(dataset):
    return average_training_patient(
        EchoGround.open(dataset), preprocessing=WHOLE_CLIP, structures=[Structure.LV],
        pairs=[(LVIDD.first, LVIDD.second)], views=frozenset(View),
    )  # fmt: skip


def test_a_faultless_tracing_has_dice_1_and_no_error(dataset):
    traced = list(traced_rows(dataset))
    resamples = PatientResamples.draw([f.row.patient_id for f in traced], n_resamples=50, seed=0)
    outlines = score_outlines(TASK["segmentation/lv"], traced, blind_answer(dataset), resamples)
    assert [(r.result.arm, r.result.value == 1.0) for r in outlines.rows] == [
        (Arm.MODEL, True),
        (Arm.CHANCE, False),
    ]
    diameters = score_diameters(LVIDD, traced, blind_answer(dataset), resamples)
    figures = {(r.result.metric, r.result.arm): r.result.value for r in diameters.rows}
    assert figures["error", Arm.MODEL] == figures["point-error", Arm.MODEL] == 0.0
    assert figures["error", Arm.CHANCE] > 0
    assert set(np.round(diameters.true_cm, 3)) == {4.5, 6.3}


def test_points_moved_together_are_misplaced_by_their_shift_and_keep_the_diameter(dataset):
    traced = list(traced_rows(dataset, shift_px=2.0))
    resamples = PatientResamples.draw([f.row.patient_id for f in traced], n_resamples=50, seed=0)
    figures = {
        (r.result.metric, r.result.arm): r.result.value
        for r in score_diameters(LVIDD, traced, blind_answer(dataset), resamples).rows
    }
    assert figures["error", Arm.MODEL] == pytest.approx(0.0, abs=1e-6)
    assert figures["point-error", Arm.MODEL] == pytest.approx(6.0), "2 px of 3 mm"


def test_the_average_training_patient_is_between_the_two_that_there_are(dataset):
    answer = blind_answer(dataset)
    assert answer.distances_cm[View.PLAX, LVIDD.first, LVIDD.second] in (4.5, 5.4, 6.3)
    row = next(r for r in EchoGround.open(dataset).rows("test") if r.view is View.PLAX)
    assert answer.mask_for(row, Structure.LV).sum() > 200
    assert answer.mask_for(row, Structure.RV) is None, "nobody asked for it"
    upper, lower = answer.point_for(row, LVIDD.first), answer.point_for(row, LVIDD.second)
    assert upper[1] < 24 < lower[1]


def test_a_mask_comes_back_from_the_models_grid_where_it_was():
    grid = Preprocessing(image_size_px=64, field_of_view_mm=170.0).grid(90, 120, 1.5)
    y, x = np.mgrid[:90, :120]
    truth = np.where(((x - 55) / 20) ** 2 + ((y - 45) / 30) ** 2 <= 1, 1, 0).astype(np.uint8)
    model = torch.from_numpy(grid.masks_to_model(truth[None])[0]).long()
    logit = torch.nn.functional.one_hot(model, 8).permute(2, 0, 1).float()
    back = mask_on_cine(logit, grid, 90, 120)
    overlap = 2 * ((back == 1) & (truth == 1)).sum() / ((back == 1).sum() + (truth == 1).sum())
    assert overlap > 0.96


def test_outside_what_the_model_saw_there_is_no_mask():
    grid = Preprocessing(image_size_px=32, field_of_view_mm=32.0).grid(100, 100, 1.0)
    logit = torch.zeros(8, 32, 32)
    logit[1] = 1.0
    mask = mask_on_cine(logit, grid, 100, 100)
    assert mask.sum() == 32 * 32
    assert mask[:32, 34:66].all()
