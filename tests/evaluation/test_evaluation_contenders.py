import json
import re
import textwrap
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from echovlm.cli import app
from echovlm.clinical.findings import Finding
from echovlm.clinical.views import View
from echovlm.dataset import EchoGround, Split, split_of
from echovlm.evaluation import Arm, EvaluationError, ResultsFile, TestClip, choose_contender, evaluate
from echovlm.evaluation.cohort import ECHOBENCH, Cohort, content_hash
from echovlm.evaluation.compare import compare, render_comparison
from echovlm.evaluation.contenders import EchoPrime, MajorityAnswers, OpenClip, RandomAnswers, load_panecho
from echovlm.evaluation.contenders.echoprime import ENCODER_NAME, build_video_encoder, prepare_video
from echovlm.evaluation.contenders.panecho import weigh
from echovlm.evaluation.leaderboard import Entry, render_leaderboard, write_leaderboard

OWN = '''
import numpy as np
from echovlm.evaluation import Contender

class Brightness(Contender):
    """Embeds a clip as its mean brightness, and every text alike."""
    name = "brightness"

    def fingerprint(self):
        return "brightness 1"

    def embed_clips(self, clips):
        return np.array([[clip.read([0]).mean(), 100.0] for clip in clips])

    def embed_texts(self, texts):
        return np.array([[float(len(text)), 50.0] for text in texts])
'''


@pytest.fixture
def clip(dataset):
    ground = EchoGround.open(dataset)
    return TestClip(ground, ground.rows("test")[0])


def test_a_class_in_a_file_of_ones_own_runs_through_the_benchmark(dataset, tmp_path):
    (tmp_path / "own.py").write_text(textwrap.dedent(OWN))
    model = choose_contender(f"{tmp_path / 'own.py'}:Brightness")
    results = evaluate(model, dataset, tmp_path / "out", n_resamples=50)
    assert results.run["models"]["model"]["name"] == "brightness"
    for task, metric in (("zero-shot/lv-dilation", "auroc"), ("retrieval/study-to-report", "recall@1")):
        assert results.find(task, metric).value is not None
    assert results.find("view/linear-probe", "balanced-accuracy").value is not None
    assert "--dense" in results.find("segmentation/lv-a4c", "dice").reason


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("nothing.py:Model", "there is no file nothing.py"),
        ("echoprim:weights", "'echoprim' is no kind of model"),
        ("echoprime:nowhere", "nowhere has no echo_prime_encoder.pt"),
        ("panecho:nowhere", "nowhere has no hubconf.py"),
        ("open_clip:no-such-architecture", "cannot build 'no-such-architecture'"),
    ],
)
def test_a_model_that_cannot_be_had_is_named_in_one_sentence(named, said):
    with pytest.raises(EvaluationError, match=said) as caught:
        choose_contender(named)
    assert "\n" not in str(caught.value)


def test_a_file_without_such_a_class_names_those_it_has(tmp_path):
    (tmp_path / "own.py").write_text(OWN)
    with pytest.raises(EvaluationError, match="has no class Darkness .* its classes are Brightness"):
        choose_contender(f"{tmp_path / 'own.py'}:Darkness")


def test_an_open_clip_model_embeds_clips_and_texts_into_one_space(clip):
    pytest.importorskip("open_clip", reason="the openclip extra is not installed")
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(0)
        model = OpenClip("RN50-quickgelu", n_frames=1)
    seen, said = model.embed_clips([clip, clip]), model.embed_texts(["an echocardiogram"])
    assert seen.shape == (2, said.shape[1])
    np.testing.assert_allclose(seen[0], seen[1], rtol=1e-5)
    assert model.temperature == pytest.approx(0.07, rel=1e-3)
    assert len(model.fingerprint()) == 64


def test_echoprimes_weights_load_into_its_architecture_and_a_clip_becomes_512_numbers(clip, tmp_path):
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(0)
        torch.save(build_video_encoder().state_dict(), tmp_path / ENCODER_NAME)
    model = EchoPrime(tmp_path)
    video = prepare_video(clip)
    assert video.shape == (3, 16, 224, 224)
    assert (video[:, 1:] == 0).all(), "two frames, of which every second, then padding after normalisation"
    assert model.embed_clips([clip]).shape == (1, 512)
    assert not model.can("embed_texts")
    (tmp_path / ENCODER_NAME).write_bytes(b"damaged")
    with pytest.raises(EvaluationError, match="does not hold the video encoder"):
        EchoPrime(tmp_path)


HUB = """
import torch
from typer.testing import CliRunner
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(1))
    def forward(self, x):
        assert x.shape[1:] == (3, 16, 224, 224)
        return {"EF": torch.full((len(x), 1), 42.0), "RVSize": torch.tensor([[0.2, 0.5, 0.3]]).expand(len(x), -1)}
def PanEcho(clip_len=16):
    return Net()
"""


def test_panechos_outputs_rise_with_the_finding_whatever_the_order_of_its_classes(clip, tmp_path):
    (tmp_path / "hubconf.py").write_text(HUB)
    said = load_panecho(tmp_path).judge_findings([clip])
    assert said[Finding.LV_SYSTOLIC_DYSFUNCTION].tolist() == [-42.0], "a low EF is the finding"
    assert said[Finding.RV_DILATED][0] == pytest.approx(1 * 0.2 + 2 * 0.5 + 0 * 0.3), "mild, severe, normal"
    assert Finding.PERICARDIAL_EFFUSION not in said
    with pytest.raises(EvaluationError, match="has 2 numbers where its task list has 3"):
        weigh(torch.tensor([0.5, 0.5]), (1, 2, 0))


def test_the_majority_answers_every_clip_alike(clip):
    model = MajorityAnswers(View.A2C)
    scores = model.judge_views([clip, clip])
    assert max(scores, key=lambda view: scores[view][0]) is View.A2C
    assert all((column == column[0]).all() for column in model.judge_findings([clip, clip]).values())


@pytest.fixture(scope="module")
def two_runs(dataset, checkpoints, tmp_path_factory):
    out = tmp_path_factory.mktemp("compared")
    for name, model in (("ours", checkpoints["dual"]), ("random", RandomAnswers())):
        evaluate(model, dataset, out / name, dense=checkpoints["dense"], n_resamples=50, tasks="[zrvs]*")
    return out


def test_a_model_does_not_differ_from_itself(two_runs):
    for one in compare(two_runs / "ours", two_runs / "ours" / "results.json", n_resamples=50):
        assert (one.difference.value, one.p_holm, one.better) == (0, 1, "neither"), one.task


def test_a_comparison_turns_its_sign_with_its_order_and_its_claims_need_the_corrected_p(two_runs):
    there = compare(two_runs / "ours", two_runs / "random", n_resamples=100)
    back = compare(two_runs / "random", two_runs / "ours", n_resamples=100)
    assert [one.task for one in there] == [one.task for one in back]
    for one, other in zip(there, back, strict=True):
        assert one.difference.value == pytest.approx(-other.difference.value)
        assert one.p_holm == pytest.approx(other.p_holm)
        assert (one.better == "neither") == (not one.p_holm < 0.05)
    assert {"segmentation/lv-a4c", "view/zero-shot"} <= {one.task for one in there}
    table = render_comparison(there, names=("ours", "random"))
    assert table.count("\n") == len(there) + 2


def test_results_on_different_data_are_not_compared(two_runs, tmp_path):
    plain = json.loads((two_runs / "ours" / "results.json").read_text())
    plain["run"]["manifest_sha256"] = "0" * 64
    (tmp_path / "results.json").write_text(json.dumps(plain))
    with pytest.raises(EvaluationError, match="different datasets"):
        compare(two_runs / "ours", tmp_path)


def test_the_leaderboard_sets_the_best_in_bold_and_its_page_needs_no_network(two_runs, tmp_path):
    entries = [Entry.read(two_runs / name) for name in ("ours", "random")]
    table = render_leaderboard(entries)
    assert "| ours | random |".replace("ours", entries[0].name) in table
    for line in table.splitlines():
        assert line.count("**") in (0, 2, 4), line
    page = write_leaderboard(entries, tmp_path)[1].read_text()
    assert "data:image/png;base64," in page
    assert "http" not in page
    assert "simulated hearts" in page
    assert entries[0].results.find("zero-shot/macro", "auroc", arm=Arm.CHANCE).value == 0.5


def test_the_cohort_takes_patients_in_order_until_every_split_is_full():
    small = Cohort("small", 0, 2, {}, ((Split.TRAIN, 3), (Split.VAL, 1), (Split.TEST, 2)), "")

    def split(index):
        return split_of(f"{10_000_001 + index}")

    members = small.choose(split)
    assert [sum(split(i) is s for i in members) for s in (Split.TRAIN, Split.VAL, Split.TEST)] == [3, 1, 2]
    larger = Cohort("larger", 0, 2, {}, ((Split.TRAIN, 3), (Split.VAL, 1), (Split.TEST, 4)), "").choose(split)
    assert set(members) < set(larger)
    assert dict(ECHOBENCH.patients)[Split.TEST] >= 300


def test_a_cohort_of_other_content_is_not_the_frozen_one(dataset):
    rows = EchoGround.open(dataset).rows()
    frozen = Cohort("frozen", 0, 2, {}, (), content_hash(rows))
    assert frozen.check(list(reversed(rows))) == frozen.content_sha256
    with pytest.raises(EvaluationError, match="this cohort has the hash"):
        frozen.check(rows[1:])


def test_the_model_of_the_page_runs_as_it_stands(dataset, tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "benchmark.md").read_text(encoding="utf-8")
    (tmp_path / "own.py").write_text(re.findall(r"```python\n(# own.py.*?)```", page, flags=re.DOTALL)[0])
    asked = [f"{tmp_path / 'own.py'}:Mine", "--data", f"{dataset}", "--out", f"{tmp_path / 'out'}"]
    ran = CliRunner().invoke(app, ["evaluate", *asked, "--tasks", "view/zero-shot", "--resamples", "20"])
    assert ran.exit_code == 0, ran.output
    results = ResultsFile.read(tmp_path / "out" / "results.json")
    assert results.run["models"]["model"]["name"] == "mine"
    assert 0 <= results.find("view/zero-shot", "balanced-accuracy").value <= 1
