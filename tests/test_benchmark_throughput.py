"""The throughput benchmark counts what a vision transformer computes, and runs without a GPU."""

import pytest
import torch
from benchmarks.throughput import Setting, Step, count_gflop, measure, settings_for

CPU = torch.device("cpu")


def test_the_operations_of_a_vit_are_those_of_the_closed_form():
    """Forward: patches, then per block 12 N d² of projections and 2 N² d of attention, each times 2; backward twice."""
    setting = Setting("vit_tiny_patch16_224", 64, 2, 1, bfloat16=False)
    step = Step(setting, CPU)
    width, depth, n_tokens = 192, 12, (64 // 16) ** 2 + 1
    block = 12 * n_tokens * width**2 + 2 * n_tokens**2 * width
    patches = (n_tokens - 1) * 16 * 16 * 3 * width
    closed_gflop = 3 * 2 * setting.batch_size * (depth * block + patches) / 1e9
    assert count_gflop(step) == pytest.approx(closed_gflop, rel=0.05)


def test_a_tiny_setting_runs_on_a_cpu_and_no_step_is_faster_than_its_floor():
    (setting,) = settings_for(CPU, batch_size=4, compiled=False)
    found = measure(setting, CPU, seconds=0.1)
    assert 0 < found.floor_ms < found.step_ms
    assert found.utilisation_frac == pytest.approx(found.floor_ms / found.step_ms)
    assert found.images_per_s == pytest.approx(4000 / found.step_ms)


def test_a_gpu_gets_both_recipes_of_the_benchmark_in_bfloat16():
    chosen = settings_for(torch.device("cuda"), batch_size=None, compiled=False)
    assert [(s.backbone, s.image_size_px, s.bfloat16) for s in chosen] == [
        ("vit_small_patch16_224", 224, True),
        ("vit_base_patch16_224", 224, True),
    ]
