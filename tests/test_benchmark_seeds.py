"""What several seeds of two recipes are said to differ by."""

import sys

import numpy as np
import pytest
from benchmarks import seeds

from echovlm.evaluation.answers import Answers
from echovlm.evaluation.predictions import write_predictions
from echovlm.evaluation.results import ResultsFile

N_PATIENTS = 60


def evaluated(folder, *, right, manifest="one"):
    """Results of a model that prefers the true sentence of this share of patients, in both polarities alike."""
    rng = np.random.default_rng(0)
    label = np.repeat([0.0, 1.0], N_PATIENTS // 2)
    hit = (rng.permuted(np.linspace(0, 1, N_PATIENTS)) < right).astype(float)
    names = tuple(f"p{i:02}" for i in range(N_PATIENTS))
    answers = Answers(
        "negation/findings", "study", "", names, names, {"hit": hit, "label": label}, ("balanced-accuracy",)
    )
    write_predictions([answers], folder)
    ResultsFile(True, {"manifest_sha256": manifest, "split": "test"}, ()).write(folder)
    return str(folder)


def said(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["seeds", *arguments, "--resamples", "200"])
    seeds.main()
    return capsys.readouterr().out


def test_a_recipe_gains_nothing_over_itself_and_something_over_a_worse_one(tmp_path, monkeypatch, capsys):
    good = [evaluated(tmp_path / f"good{i}", right=0.9) for i in range(3)]
    poor = [evaluated(tmp_path / f"poor{i}", right=0.6) for i in range(3)]
    same = said(monkeypatch, capsys, *good, "--against", *good)
    assert "negated findings by study" in same
    assert "+0.000 (+0.000 to +0.000)" in same
    gain = said(monkeypatch, capsys, *good, "--against", *poor).split("against ")[1]
    value, low = (float(word.strip("(:")) for word in gain.split()[1:3])
    assert value == pytest.approx(0.3, abs=0.03)
    assert 0 < low < value


def test_one_seed_has_no_interval(tmp_path, monkeypatch, capsys):
    assert " to " not in said(monkeypatch, capsys, evaluated(tmp_path / "a", right=0.9))


@pytest.mark.parametrize("what", ["another test set", "no results", "one seed fewer"])
def test_what_cannot_be_compared_is_refused_in_one_sentence(tmp_path, monkeypatch, capsys, what):
    ours = [evaluated(tmp_path / f"a{i}", right=0.9) for i in range(2)]
    theirs = {
        "another test set": [evaluated(tmp_path / f"b{i}", right=0.9, manifest="two") for i in range(2)],
        "no results": [str(tmp_path / "none"), ours[0]],
        "one seed fewer": ours[:1],
    }[what]
    with pytest.raises(SystemExit) as stopped:
        said(monkeypatch, capsys, *ours, "--against", *theirs)
    assert stopped.value.code == 2
    told = capsys.readouterr().err
    assert {"another test set": "one test set", "no results": "none", "one seed fewer": "2 seeds against 1"}[
        what
    ] in told
