"""Asked to compile, a machine that cannot says so at once."""

import pytest
from ring_hearts import write_ring_hearts

from echovlm.training import TrainingError, parse_recipe, pretrain

RECIPE = """
task = "pretrain"
[text]
n_buckets = 256
width = 16
hidden = 16
[preprocessing]
image_size_px = 32
n_frames = 2
[image]
stem_channels = 4
width = 8
[optimisation]
batch_size = 8
steps = 3
threads = 1
compile = true
"""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return write_ring_hearts(tmp_path_factory.mktemp("rings") / "dataset", train=16, test=4)


def test_a_machine_without_a_compiler_is_told_before_the_first_step(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr("torch._inductor.config.cpp.cxx", (None, "no-such-compiler"))
    with pytest.raises(TrainingError, match="'no-such-compiler' is not on this machine; .* compile = false"):
        pretrain(dataset, tmp_path, parse_recipe(RECIPE, source="test"))
    assert not (tmp_path / "loss.csv").exists()
