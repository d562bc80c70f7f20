import json
import re
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from typer.testing import CliRunner

from echovlm.cli import app
from echovlm.clinical.anatomy import Landmark, Structure
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.provenance import Provenance, Source
from echovlm.clinical.units import Unit
from echovlm.clinical.views import View
from echovlm.dataset import EchoGround
from echovlm.evaluation import (
    Arm,
    EvaluationError,
    ResultsFile,
    evaluate,
    read_predictions,
    render_markdown,
    render_table,
)
from echovlm.evaluation.blind import average_training_patient
from echovlm.evaluation.contenders import DualEncoder, RandomAnswers, SupervisedTower
from echovlm.evaluation.contenders.regrid import mask_on_cine
from echovlm.evaluation.evidence import Evidence
from echovlm.evaluation.sanity import refuse_overlap
from echovlm.evaluation.statistics.bootstrap import PatientResamples
from echovlm.evaluation.tasks import SUPPLEMENTARY, TASKS
from echovlm.evaluation.traces import TracedFrame, true_points
from echovlm.models import CheckpointError, Preprocessing
from echovlm.training.run import PATIENT_DIGITS, training_patients

TASK = {task.name: task for task in (*TASKS, *SUPPLEMENTARY)}
LVIDD = TASK["landmarks/lvidd"]
WHOLE_CLIP = Preprocessing(image_size_px=48, field_of_view_mm=144.0)


@pytest.fixture(scope="module")
def evaluated(dataset, checkpoints, tmp_path_factory):
    out = tmp_path_factory.mktemp("results")
    results = evaluate(
        checkpoints["dual"], dataset, out, dense=checkpoints["dense"], ceiling=checkpoints["ceiling"],
        n_resamples=200, cache=out.parent / "answers",
    )  # fmt: skip
    return results, out


def test_the_results_file_says_what_was_run_on_what(evaluated):
    plain = json.loads((evaluated[1] / "results.json").read_text())
    assert plain["simulated"] is True
    assert {"versions", "models", "manifest_sha256", "seed", "split", "sanity", "overlap"} <= plain[
        "run"
    ].keys()
    assert {role: model["name"] for role, model in plain["run"]["models"].items()} == {
        "model": "dual", "outlines": "dense", "ceiling": "ceiling (supervised)",
    }  # fmt: skip
    prints = [model["fingerprint"] for model in plain["run"]["models"].values()]
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in (*prints, plain["run"]["manifest_sha256"]))
    for row in plain["results"]:
        assert {
            "task",
            "metric",
            "value",
            "low",
            "high",
            "n",
            "arm",
            "level",
            "unit",
            "subgroup",
        } <= row.keys()
        assert (row["value"] is None) == (row["reason"] is not None)
        if row["low"] is not None:
            assert row["low"] <= row["high"]


def test_every_task_has_a_result_and_what_is_read_is_what_was_written(evaluated):
    results, out = evaluated
    assert TASK.keys() <= {result.task for result in results.results}
    assert ResultsFile.read(out / "results.json") == results


def test_every_headline_stands_beside_chance(evaluated):
    results = evaluated[0]
    for task, metric in (
        ("zero-shot/macro", "auroc"),
        ("view/zero-shot", "balanced-accuracy"),
        ("view/few-shot", "balanced-accuracy"),
        ("negation/findings", "balanced-accuracy"),
        ("segmentation/lv-a4c", "dice"),
        ("landmarks/lvidd", "error"),
        ("retrieval/study-to-report", "recall@1"),
    ):
        assert results.find(task, metric).value is not None, task
        assert results.find(task, metric, arm=Arm.CHANCE).value is not None, task


def test_a_second_run_writes_the_same_bytes_with_and_without_kept_answers(
    evaluated, dataset, checkpoints, tmp_path
):
    asked = []
    for name, cache in (("kept", evaluated[1].parent / "answers"), ("afresh", None)):
        out = tmp_path / name
        evaluate(
            checkpoints["dual"], dataset, out, dense=checkpoints["dense"], ceiling=checkpoints["ceiling"],
            n_resamples=200, cache=cache,
        )  # fmt: skip
        written = sorted(p.relative_to(out) for p in out.rglob("*") if p.is_file())
        assert {p.suffix for p in written} == {".json", ".md", ".png", ".parquet"}
        for path in written:
            if path.suffix != ".parquet":  # whose compressor need not be the same everywhere
                assert (out / path).read_bytes() == (evaluated[1] / path).read_bytes(), path
        asked.append(pq.read_table(out / "predictions.parquet"))
    assert asked[0].equals(asked[1])


def test_kept_answers_are_read_and_damaged_ones_made_again(dataset, checkpoints, tmp_path, monkeypatch):
    cache = tmp_path / "answers"
    model = DualEncoder(checkpoints["dual"])
    first = evaluate(model, dataset, tmp_path / "a", tasks="view/*", n_resamples=50, cache=cache)
    parts = sorted(cache.glob("*.npz"))
    assert parts
    parts[0].write_bytes(parts[0].read_bytes()[:100])
    calls = []
    plain = DualEncoder.embed_clips
    monkeypatch.setattr(DualEncoder, "embed_clips", lambda self, clips: calls.append(1) or plain(self, clips))
    again = evaluate(model, dataset, tmp_path / "b", tasks="view/*", n_resamples=50, cache=cache)
    assert again == first
    assert len(calls) <= 1, "only the damaged part was asked again"


def test_the_answers_give_back_the_figures(evaluated):
    results, out = evaluated
    for answers in read_predictions(out):
        resamples = PatientResamples.draw(answers.patient_ids, n_resamples=20, seed=0)
        for scored in answers.score(resamples):
            stated = results.find(answers.task, scored.result.metric, level=answers.level)
            assert scored.result.value == pytest.approx(stated.value, abs=1e-6), scored.result


def test_a_file_of_answers_that_is_none_is_refused(tmp_path):
    (tmp_path / "predictions.parquet").write_bytes(b"no table")
    for place in (tmp_path, tmp_path / "elsewhere"):
        with pytest.raises(EvaluationError, match="holds no answers"):
            read_predictions(place)


def test_both_tables_show_the_same_headline(evaluated):
    results = evaluated[0]
    value = f"{results.find('zero-shot/macro', 'auroc', level='study').value:.3f}"
    for table in (render_table(results), render_markdown(results)):
        line = next(line for line in table.splitlines() if "zero-shot/macro" in line and "study" in line)
        assert value in line
        assert "zero-shot/ra-dilation" in table[table.index("No value for") :]
        assert "simulated studies" in table


def test_the_long_table_has_groups_of_patients_and_the_checks_that_ran(evaluated):
    table = render_markdown(evaluated[0])
    assert "## Sanity" in table
    assert "labels shuffled" in table


def test_a_model_that_traces_nothing_is_refused_as_one_that_outlines(dataset, checkpoints, tmp_path):
    with pytest.raises(EvaluationError, match="traces no outlines; name a checkpoint"):
        evaluate(checkpoints["dual"], dataset, tmp_path, dense=checkpoints["dual"], n_resamples=20)


def test_the_outlines_of_the_package_can_be_named_beside_any_model(dataset, checkpoints, tmp_path):
    asked = ["evaluate", checkpoints["dual"], "--data", dataset, "--out", tmp_path, "--dense", "embedded"]
    done = CliRunner().invoke(
        app, [f"{word}" for word in (*asked, "--tasks", "segmentation/lv-a4c", "--resamples", 20)]
    )
    assert done.exit_code == 0, done.output
    written = json.loads((tmp_path / "results.json").read_text())
    assert written["run"]["models"]["outlines"]["name"] == "dense"


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
    with pytest.raises(CheckpointError, match="there is no checkpoint at"):
        evaluate(tmp_path / "nothing.safetensors", dataset, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_model_that_was_trained_on_a_test_patient_is_refused(dataset, checkpoints, tmp_path, monkeypatch):
    rows = EchoGround.open(dataset).rows("test")
    trained = frozenset({rows[0].source_sha256[:PATIENT_DIGITS]})
    monkeypatch.setattr(DualEncoder, "trained_on", lambda self: trained)
    with pytest.raises(EvaluationError, match=r"was trained on 1 of these 12 patients, among them p000"):
        evaluate(checkpoints["dual"], dataset, tmp_path)
    others = frozenset(training_patients(EchoGround.open(dataset).rows("train")))
    assert len(others) == 6
    monkeypatch.setattr(DualEncoder, "trained_on", lambda self: others)
    assert "none of these patients" in refuse_overlap(DualEncoder(checkpoints["dual"]), rows)
    assert "does not say" in refuse_overlap(RandomAnswers(), rows)


def test_a_ceiling_that_was_trained_on_a_test_patient_is_refused(dataset, checkpoints, tmp_path, monkeypatch):
    rows = EchoGround.open(dataset).rows("test")
    trained = frozenset({rows[0].source_sha256[:PATIENT_DIGITS]})
    monkeypatch.setattr(SupervisedTower, "trained_on", lambda self: trained)
    with pytest.raises(
        EvaluationError, match=r"ceiling \(supervised\) was trained on 1 of these 12 patients"
    ):
        evaluate(checkpoints["dual"], dataset, tmp_path, ceiling=checkpoints["ceiling"])


@pytest.mark.parametrize("text", ["", "[]", '{"schema_version": 99}', '{"schema_version": 1, "run": {}}'])
def test_a_file_that_holds_no_results_is_refused(tmp_path, text):
    (tmp_path / "results.json").write_text(text)
    with pytest.raises(EvaluationError, match=r"results\.json"):
        ResultsFile.read(tmp_path / "results.json")


def traced_evidence(dataset, *, shift_px=0.0, forget=()):
    """Frames traced without fault, or with every point and mask moved downwards, or with nothing seen of some."""
    data = EchoGround.open(dataset)
    rows, traced = data.rows("test"), []
    for row in rows:
        for frame, mask in data.read_masks(row).items():
            points = true_points(row, frame)
            moved = {name: point + np.array([0.0, shift_px]) for name, point in points.items()}
            said = np.zeros_like(mask) if row.clip_id in forget else np.roll(mask, round(shift_px), axis=0)
            traced.append(TracedFrame(data, row, frame, mask, said, points, moved, {}))
    return Evidence(
        data=None,
        rows=tuple(rows),
        resamples=PatientResamples.draw([row.patient_id for row in rows], n_resamples=50, seed=0),
        model=RandomAnswers(),
        traced=tuple(traced),
        blind=average_training_patient(data, preprocessing=WHOLE_CLIP),
    )


def figures(score):
    return {(r.result.metric, r.result.arm): r.result.value for r in score.rows}


def test_a_faultless_tracing_has_dice_1_and_no_error(dataset):
    evidence = traced_evidence(dataset)
    outlined = figures(TASK["segmentation/lv-a4c"].score(evidence))
    assert outlined["dice", Arm.MODEL] == 1.0 > outlined["dice", Arm.CHANCE]
    assert outlined["hausdorff-95", Arm.MODEL] == outlined["area-error", Arm.MODEL] == 0.0
    assert outlined["volume-error", Arm.MODEL] == 0.0
    score = LVIDD.score(evidence)
    measured = figures(score)
    assert measured["error", Arm.MODEL] == measured["point-error", Arm.MODEL] == 0.0
    assert measured["error", Arm.CHANCE] > 0
    assert set(np.round(score.answers[0].values["true_cm"], 3)) == {4.5, 6.3}


def test_points_and_masks_moved_together_are_off_by_their_shift_and_keep_their_size(dataset):
    evidence = traced_evidence(dataset, shift_px=2.0)
    measured = figures(LVIDD.score(evidence))
    assert measured["error", Arm.MODEL] == pytest.approx(0.0, abs=1e-6)
    assert measured["point-error", Arm.MODEL] == pytest.approx(6.0), "2 px of 3 mm"
    outlined = figures(TASK["segmentation/lv-a4c"].score(evidence))
    assert outlined["hausdorff-95", Arm.MODEL] == pytest.approx(6.0, abs=0.5)
    assert outlined["area-error", Arm.MODEL] == 0.0


def test_a_frame_on_which_nothing_was_outlined_counts_as_entirely_wrong(dataset):
    some = next(r.clip_id for r in EchoGround.open(dataset).rows("test") if r.view is View.A4C)
    answers = TASK["segmentation/lv-a4c"].score(traced_evidence(dataset, forget={some})).answers
    values = {name: column for one in answers for name, column in one.values.items()}
    assert sorted(values["dice"])[:2] == [0, 0]
    assert sorted(values["area_error_pct"])[-2:] == [100, 100]
    assert max(values["hausdorff_95_mm"]) == pytest.approx(3 * np.hypot(48, 48))


def test_without_a_calibration_there_are_no_millimetres_but_a_dice(dataset):
    evidence = traced_evidence(dataset)
    bare = tuple(replace(f, row=replace(f.row, spacing_mm=None)) for f in evidence.traced)
    outlined = figures(TASK["segmentation/lv-a4c"].score(replace(evidence, traced=bare)))
    assert outlined["dice", Arm.MODEL] == 1.0
    assert ("hausdorff-95", Arm.MODEL) not in outlined
    missing = LVIDD.score(replace(evidence, traced=bare)).rows[0].result
    assert missing.value is None
    assert "no calibrated end-diastolic frame" in missing.reason


def test_the_average_training_patient_is_between_the_two_that_there_are(dataset):
    answer = average_training_patient(EchoGround.open(dataset), preprocessing=WHOLE_CLIP)
    assert answer.median_length_cm(View.PLAX, LVIDD.length) in (
        pytest.approx(4.5), pytest.approx(5.4), pytest.approx(6.3)
    )  # fmt: skip
    assert answer.median_length_cm(View.A4C, LVIDD.length) is None
    row = next(r for r in EchoGround.open(dataset).rows("test") if r.view is View.PLAX)
    assert answer.mask_for(row, Structure.LV).sum() > 200
    upper, lower = (answer.point_for(row, name) for name in (Landmark.IVS_LV_SIDE, Landmark.PW_LV_SIDE))
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


def apical_study(test_rows, *, stated_pct, study_id):
    """A4C and A2C of one ventricle, traced without fault: half axes 40 and 18 px at ED, 36 and 14 px at ES."""
    y, x = np.mgrid[:100, :60]
    masks = [
        np.where(((y - 50) / long) ** 2 + ((x - 30) / wide) ** 2 <= 1, Structure.LV.value, 0).astype(np.uint8)
        for long, wide in ((40, 18), (36, 14))
    ]
    said = Measurement(Quantity.LVEF_BIPLANE, stated_pct, Unit.PERCENT, Provenance(Source.TABLE, "made up"))
    for view in (View.A4C, View.A2C):
        row = replace(
            test_rows[0], clip_id=f"{study_id}-{view.value}", study_id=study_id, patient_id=study_id, view=view,
            measurements=(said,), spacing_mm=1.0, height_px=100, width_px=60,
        )  # fmt: skip
        for frame, mask in enumerate(masks):
            yield TracedFrame(None, row, frame, mask, mask, {}, {}, {})


def test_the_ejection_fraction_of_an_outline_is_compared_with_the_stated_one(test_rows):
    traced = [
        f
        for i, ef in enumerate((46.0, 56.0))
        for f in apical_study(test_rows, stated_pct=ef, study_id=f"s{i}")
    ]
    evidence = Evidence(
        data=None, rows=(), resamples=PatientResamples.draw(["s0", "s1"], n_resamples=20, seed=0),
        model=RandomAnswers(), traced=tuple(traced),
    )  # fmt: skip
    score = TASK["measurement/lvef-biplane"].score(evidence)
    true_pct = 100 * (1 - 36 * 14**2 / (40 * 18**2))
    assert score.answers[0].values["said_pct"] == pytest.approx([true_pct] * 2, abs=1.0)
    assert figures(score)["ef-error", Arm.MODEL] == pytest.approx(
        np.mean(np.abs(np.array([46, 56]) - true_pct)), abs=1
    )
    assert figures(score)["answered", Arm.MODEL] == 1.0
    assert figures(score)["ef-error", Arm.CHANCE] == 5.0
