"""Does a compiled image tower train as the plain one does, and what does a step of each cost?

    python -m benchmarks.compiled                 # needs a C++ compiler; on a GPU (--device cuda) Triton

A benchmark and no test: compiling takes from seconds to minutes, by the compiler's cache and the machine.
"""

import argparse
from statistics import median
from time import perf_counter

import torch

from echovlm.models import EchoVLM, EchoVLMConfig
from echovlm.objectives import clip_loss
from echovlm.training import Optimisation
from echovlm.training.compiling import compile_image_tower
from echovlm.training.loop import make_optimiser

_CLIPS, _FRAMES, _SIDE_PX = 16, 8, 112


def train(device: torch.device, *, compiled: bool, steps: int) -> tuple[list[float], float]:
    """Return the losses of a few steps on fixed clips, and the median seconds of a step after the first two."""
    torch.manual_seed(0)
    model = EchoVLM(EchoVLMConfig()).to(device)
    if compiled:
        compile_image_tower(model, device=device)
    frames = torch.randn(_CLIPS, _FRAMES, 1, _SIDE_PX, _SIDE_PX, device=device)
    texts = [f"LVEF {value}%." for value in range(_CLIPS)]
    optimiser = make_optimiser(model, Optimisation())
    losses, spent = [], []
    for _ in range(steps):
        start = perf_counter()
        loss = clip_loss(model.encode_clip(frames), model.encode_text(texts), temperature=model.temperature)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
        spent.append(perf_counter() - start)
    return losses, median(spent[2:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--steps", type=int, default=6)
    args = parser.parse_args()
    if args.steps < 3:
        parser.error("--steps must be at least 3: the first two warm up")
    plain, plain_s = train(torch.device(args.device), compiled=False, steps=args.steps)
    compiled, compiled_s = train(torch.device(args.device), compiled=True, steps=args.steps)
    apart = max(abs(a - b) / abs(a) for a, b in zip(plain, compiled, strict=True))
    print(f"{args.steps} steps: losses at most {apart:.1e} apart (relative)")
    print(f"a step: plain {plain_s:.3f} s, compiled {compiled_s:.3f} s, ratio {compiled_s / plain_s:.2f}")


if __name__ == "__main__":
    main()
