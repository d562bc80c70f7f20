"""A checkpoint carries the figures that were measured of it, and no others'."""

import pytest

from echovlm.evaluation import EvaluationError, ResultsFile, checkpoint_metrics, evaluate
from echovlm.models import put_metrics, read_header


def test_headline_figures_go_into_the_header_with_interval_and_chance(checkpoints, dataset, tmp_path):
    evaluate(checkpoints["dual"], dataset, tmp_path, tasks="view/zero-shot", n_resamples=50)
    metrics = checkpoint_metrics(ResultsFile.read(tmp_path / "results.json"), checkpoints["dual"])
    figure = metrics["figures"]["view/zero-shot balanced-accuracy, image"]
    assert figure["chance"] == 0.5, "two views"
    assert figure["low"] <= figure["value"] <= figure["high"]
    assert (metrics["split"], metrics["patients"], metrics["simulated"]) == ("test", 12, True)
    (tmp_path / "copy").write_bytes(checkpoints["dual"].read_bytes())
    put_metrics(tmp_path / "copy", metrics)
    assert read_header(tmp_path / "copy")["metadata"]["metrics"]["figures"] == metrics["figures"]


def test_figures_of_another_checkpoint_are_refused(checkpoints, dataset, tmp_path):
    evaluate(checkpoints["dual"], dataset, tmp_path, tasks="view/zero-shot", n_resamples=50)
    with pytest.raises(EvaluationError, match="of another checkpoint"):
        checkpoint_metrics(ResultsFile.read(tmp_path / "results.json"), checkpoints["dense"])
