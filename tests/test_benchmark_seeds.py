"""What several seeds of two recipes are said to differ by."""

import json
import sys

import numpy as np
import pytest
from benchmarks import seeds

from echovlm.evaluation.answers import Answers
from echovlm.evaluation.predictions import write_predictions
from echovlm.evaluation.results import ResultsFile

NAMES = tuple(f"p{i:02}" for i in range(60))
LABEL = np.repeat([0.0, 1.0], 30)
WHERE = {"manifest_sha256": "one", "split": "test"}


def evaluated(folder, *, right, seed=0, diseases=(), **where):
    """Results of a model that prefers the true sentence of this share of patients, other ones with each seed."""
    rng = np.random.default_rng(seed)
    hit = (rng.permuted(np.linspace(0, 1, len(NAMES))) < right).astype(float)
    negation = Answers(
        "negation/findings", "study", "", NAMES, NAMES, {"hit": hit, "label": LABEL}, ("balanced-accuracy",)
    )
    named = [
        Answers(name, "study", "", NAMES, NAMES, {"label": LABEL, "score": score}, ("auroc",))
        for name, score in diseases
    ]
    write_predictions([negation, *named], folder)
    run = {"models": {"model": {"name": folder.name, "fingerprint": "f"}}} | WHERE | where
    ResultsFile(True, run, ()).write(folder)
    return str(folder)


def printed(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["seeds", *arguments, "--resamples", "200"])
    seeds.main()
    return capsys.readouterr().out


def test_a_recipe_gains_nothing_over_itself_and_something_over_a_worse_one(tmp_path, monkeypatch, capsys):
    good = [evaluated(tmp_path / f"good{i}", right=0.9, seed=i) for i in range(3)]
    poor = [evaluated(tmp_path / f"poor{i}", right=0.6, seed=i) for i in range(3)]
    assert "+0.000 (+0.000 to +0.000)" in printed(monkeypatch, capsys, *good, "--against", *good)
    out = tmp_path / "figures.json"
    printed(monkeypatch, capsys, *good, "--against", *poor, "--out", str(out))
    (row,) = json.loads(out.read_text())["figures"]
    assert row["figure"] == "negated findings by study"
    assert row["gain"]["value"] == pytest.approx(row["mean"]["value"] - np.mean(row["against"]))
    assert 0.2 < row["gain"]["low"] < row["gain"]["value"] == pytest.approx(0.3, abs=0.03)


def test_the_same_seed_is_set_against_the_same_seed(tmp_path, monkeypatch, capsys):
    """A seed that is good for both tells as much of their difference as one that is bad for both."""
    good = [evaluated(tmp_path / f"good{i}", right=0.9 + luck) for i, luck in enumerate((-0.05, 0, 0.05))]
    poor = [evaluated(tmp_path / f"poor{i}", right=0.6 + luck) for i, luck in enumerate((-0.05, 0, 0.05))]
    widths = []
    for order in ((0, 1, 2), (2, 0, 1)):
        out = tmp_path / "figures.json"
        printed(monkeypatch, capsys, *good, "--against", *(poor[i] for i in order), "--out", str(out))
        gain = json.loads(out.read_text())["figures"][0]["gain"]
        widths.append(gain["high"] - gain["low"])
    assert widths[0] < 0.8 * widths[1]


def test_one_seed_has_no_interval(tmp_path, monkeypatch, capsys):
    assert " to " not in printed(monkeypatch, capsys, evaluated(tmp_path / "a", right=0.9))


def test_findings_are_averaged_and_what_not_every_run_answered_is_named(tmp_path, monkeypatch, capsys):
    perfect, reversed_ = LABEL, 1 - LABEL
    both = [("zero-shot/lv-dilation", perfect), ("zero-shot/aortic-stenosis", reversed_)]
    one = evaluated(tmp_path / "one", right=0.9, diseases=both)
    assert "findings by study, macro AUROC    0.500" in printed(monkeypatch, capsys, one)
    other = evaluated(tmp_path / "other", right=0.9, diseases=both[:1])
    text = printed(monkeypatch, capsys, one, "--against", other)
    assert "left out, since not every run answered the same samples" in text
    assert "findings by study, macro AUROC" in text.split("left out")[1]


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("another test set", "not of one test set"),
        ("no results", "none"),
        ("one seed fewer", "2 seeds against 1"),
        ("a folder twice", "named twice"),
        ("results of an older kind", "does not say 'split'"),
        ("nowhere to write", "is no folder"),
        ("no resample", "at least 1 is needed"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_sentence(tmp_path, monkeypatch, capsys, what, sentence):
    ours = [evaluated(tmp_path / f"a{i}", right=0.9) for i in range(2)]
    theirs, more = [evaluated(tmp_path / f"b{i}", right=0.9) for i in range(2)], []
    if what == "another test set":
        theirs = [evaluated(tmp_path / f"c{i}", right=0.9, manifest_sha256="two") for i in range(2)]
    elif what == "no results":
        theirs[0] = str(tmp_path / "none")
    elif what == "one seed fewer":
        theirs = theirs[:1]
    elif what == "a folder twice":
        theirs = [theirs[0]] * 2
    elif what == "results of an older kind":
        ResultsFile(True, {"models": {"model": {}}, "manifest_sha256": "one"}, ()).write(tmp_path / "b0")
    elif what == "nowhere to write":
        more = ["--out", str(tmp_path / "no" / "figures.json")]
    else:
        more = ["--resamples", "0"]
    monkeypatch.setattr(sys, "argv", ["seeds", *ours, "--against", *theirs, *more])
    with pytest.raises(SystemExit) as stopped:
        seeds.main()
    assert stopped.value.code == 2
    assert sentence in capsys.readouterr().err
