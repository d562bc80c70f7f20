"""How fast a recipe with a vision transformer trains, against the least time that its arithmetic could take.

    python -m benchmarks.throughput                 # on a CPU: a tiny transformer, to see that it runs
    python -m benchmarks.throughput --device cuda   # ViT-S/16 and ViT-B/16 at 224 px in bfloat16

One step is a real one: clips and captions through both towers, contrast, gradients, clipping, AdamW. Its floating-point
operations are counted, not estimated; the floor is these over the rate of the largest matrix product on the same device
in the same run. Model-flops utilisation (Chowdhery et al. 2022, appendix B) is floor over time, so recomputation does
not count in its favour. Clips lie on the device already: reading them is another benchmark.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from echovlm.models import EchoVLM, EchoVLMConfig, ImageTowerConfig, TextTowerConfig, TimmTowerConfig
from echovlm.objectives import clip_loss
from echovlm.training import Optimisation
from echovlm.training.encoding import Precision
from echovlm.training.loop import make_optimiser

_CAPTION = "Apical four chamber. The left ventricle is dilated. LVEF {}%."
_LARGEST = {"cpu": 512, "cuda": 8192}  # side of the matrices whose product gives the device's rate


@dataclass(frozen=True)
class Setting:
    """What is trained.

    Attributes:
        backbone: A timm model.
        image_size_px: Side of the images.
        batch_size: Clips of a step.
        n_frames: Frames of a clip.
        bfloat16: Whether the towers run in bfloat16.
        compile: Whether the backbone is compiled first.
    """

    backbone: str
    image_size_px: int
    batch_size: int
    n_frames: int
    bfloat16: bool
    compile: bool = False


@dataclass(frozen=True)
class Throughput:
    """What came of it.

    Attributes:
        images_per_s: Frames that were trained on per second.
        step_ms: Median time of a step.
        floor_ms: The least time that its arithmetic takes at the device's rate.
        step_gflop: Floating-point operations of a step, forward and backward.
        device_gflop_per_s: Rate of the largest matrix product.
        utilisation_frac: Floor over time.
        memory_gib: Largest memory that tensors took on the device; 0 on a CPU, where nobody counts.
        parameters: Of the whole model.
    """

    images_per_s: float
    step_ms: float
    floor_ms: float
    step_gflop: float
    device_gflop_per_s: float
    utilisation_frac: float
    memory_gib: float
    parameters: int


class Step:
    """One training step, again and again on the same clips."""

    def __init__(self, setting: Setting, device: torch.device) -> None:
        torch.manual_seed(0)
        image = TimmTowerConfig(name=setting.backbone, image_size_px=setting.image_size_px, temporal_heads=1)
        self.model = EchoVLM(EchoVLMConfig(image=image, text=TextTowerConfig(), embedding_dim=128)).to(device)
        assert not isinstance(self.model.image_tower.config, ImageTowerConfig), "a backbone of timm"
        if setting.compile:
            self.model.image_tower.compile_body()
        side = setting.image_size_px
        self.frames = torch.randn(setting.batch_size, setting.n_frames, 1, side, side, device=device)
        self.texts = [_CAPTION.format(index) for index in range(setting.batch_size)]
        self.precision = Precision(setting.bfloat16, device.type)
        self.optimiser = make_optimiser(self.model, Optimisation())

    def loss(self) -> Tensor:
        with self.precision.context():
            clips, texts = self.model.encode_clip(self.frames), self.model.encode_text(self.texts)
        return clip_loss(clips.float(), texts.float(), temperature=self.model.temperature)

    def __call__(self) -> None:
        self.optimiser.zero_grad(set_to_none=True)
        self.loss().backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()


def count_gflop(step: Step) -> float:
    """Return the operations of one forward and backward pass, a multiplication and an addition counting as two."""
    with FlopCounterMode(display=False) as counter:
        step.loss().backward()
    return counter.get_total_flops() / 1e9


def measure_rate_gflop_per_s(device: torch.device, *, bfloat16: bool, seconds: float) -> float:
    """Return the rate of the largest matrix product: what this device gives at best, not what its sheet says."""
    side = _LARGEST[device.type]
    dtype = torch.bfloat16 if bfloat16 else torch.float32
    first, second = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    spent = time_repeatedly(lambda: first @ second, device, seconds=seconds)
    return 2 * side**3 / min(spent) / 1e9


def time_repeatedly(run: Callable[[], object], device: torch.device, *, seconds: float) -> list[float]:
    """Return the seconds of each call after a few to warm up, for about so long and at least three times."""
    for _ in range(3):
        run()
    spent: list[float] = []
    while len(spent) < 3 or sum(spent) < seconds:
        _wait(device)
        start = time.perf_counter()
        run()
        _wait(device)
        spent.append(time.perf_counter() - start)
    return spent


def measure(setting: Setting, device: torch.device, *, seconds: float) -> Throughput:
    """Train for some seconds."""
    counted = Step(Setting(**(asdict(setting) | {"compile": False})), device)
    step_gflop = count_gflop(counted)
    del counted
    rate = measure_rate_gflop_per_s(device, bfloat16=setting.bfloat16, seconds=seconds / 4)
    step = Step(setting, device)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    spent_s = median(time_repeatedly(step, device, seconds=seconds))
    floor_s = step_gflop / rate
    memory = torch.cuda.max_memory_allocated(device) / 2**30 if device.type == "cuda" else 0.0
    return Throughput(
        images_per_s=setting.batch_size * setting.n_frames / spent_s,
        step_ms=1000 * spent_s,
        floor_ms=1000 * floor_s,
        step_gflop=step_gflop,
        device_gflop_per_s=rate,
        utilisation_frac=floor_s / spent_s,
        memory_gib=memory,
        parameters=sum(p.numel() for p in step.model.parameters()),
    )


def settings_for(device: torch.device, *, batch_size: int | None, compiled: bool) -> list[Setting]:
    """Return what is measured there: the recipes of the benchmark on a GPU, a tiny one on a CPU."""
    if device.type == "cpu":
        return [Setting("test_vit", 64, batch_size or 8, 1, bfloat16=False, compile=compiled)]
    names = (("vit_small_patch16_224", 512), ("vit_base_patch16_224", 256))
    return [
        Setting(name, 224, batch_size or size, 1, bfloat16=True, compile=compiled) for name, size in names
    ]


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--batch-size", type=int, default=None)
    parser.add_argument("--seconds", type=float, default=4.0, help="to train for, each setting")
    parser.add_argument("--compile", action="store_true")
    args = parser.parse_args()
    if args.device == "cuda" and not torch.cuda.is_available():
        parser.error("no GPU is ready here; leave --device out to see that the benchmark runs on a CPU")
    device = torch.device(args.device)
    named = (
        torch.cuda.get_device_name() if device.type == "cuda" else f"CPU, {torch.get_num_threads()} threads"
    )
    for setting in settings_for(device, batch_size=args.batch_size, compiled=args.compile):
        found = measure(setting, device, seconds=args.seconds)
        told = {"device": named, "torch": torch.__version__} | asdict(setting) | asdict(found)
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
