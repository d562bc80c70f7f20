"""Memory of large contrastive batches: the similarity in chunks, and the towers in chunks with cached gradients.

    python -m benchmarks.large_batch

Each figure comes from a process of its own, because the most memory that a process ever held never falls again.
"""

import resource
import subprocess
import sys
import time

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812

from echovlm.clinical.findings import CORE_FINDINGS
from echovlm.clinical.statements import finding_sentences
from echovlm.models import Clips, EchoVLM, EchoVLMConfig, ImageTowerConfig
from echovlm.objectives import view_weighted_clip_loss
from echovlm.training.encoding import Encoder, Precision, StepInput
from echovlm.training.world import World

DIM, BATCH = 128, 4096
PLAIN = ("64", "4")  # side and frames: a plain batch must fit into this machine beside its neighbours
DEMO = ("112", "8")


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def contrast(n: int) -> None:
    """Print the memory that the loss of a batch adds, forwards and backwards."""
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(0)
    clip, text = (
        F.normalize(torch.randn(n, DIM, generator=generator), dim=1).requires_grad_(True) for _ in range(2)
    )
    view, content = torch.arange(n) % 9, torch.arange(n)
    before = peak_mb()
    view_weighted_clip_loss(clip, text, view, content, temperature=0.1, cross_view_weight=0.25).backward()
    print(peak_mb() - before)


def texts_of(n: int) -> list[str]:
    random = np.random.default_rng(0)
    sentences = [s for f in CORE_FINDINGS for p in (True, False) for s in finding_sentences(f, present=p)]
    return [" ".join(sentences[i] for i in random.integers(0, len(sentences), 4)) for _ in range(n)]


def towers(how: str, side_px: int, n_frames: int, out: str) -> None:
    """Take one batch through the towers, whole or in chunks; save loss and gradient, print memory and seconds."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = EchoVLM(EchoVLMConfig(image=ImageTowerConfig(norm="group"))).train()
    chunk = BATCH if how == "plain" else 256

    def clips(places: np.ndarray) -> Clips:
        made = [
            torch.randn(1, n_frames, 1, side_px, side_px, generator=torch.Generator().manual_seed(int(place)))
            for place in places
        ]
        return Clips.single_size(torch.cat(made))

    encoder = Encoder(model, World(), Precision(False, "cpu"), chunk)
    step = StepInput(clips, BATCH, texts_of(BATCH), None)
    start = time.process_time()
    carry_on = None
    if encoder.needs_cache(step):
        embeddings, carry_on = encoder.encode_cached(step)
    else:
        embeddings = encoder.encode(step)
    index = torch.arange(BATCH)
    loss = view_weighted_clip_loss(
        embeddings.clip_unit, embeddings.text_unit, index % 9, index, temperature=model.temperature,
        cross_view_weight=0.25,
    )  # fmt: skip
    loss.backward()
    if carry_on is not None:
        carry_on()
    gradient = torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])
    np.save(out, torch.cat([loss.detach()[None], gradient]).numpy())
    print(peak_mb(), time.process_time() - start)


def run(*arguments: str) -> list[float]:
    command = [sys.executable, "-m", "benchmarks.large_batch", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [float(value) for value in done.stdout.split()]


def rows() -> list[tuple[str, float, str]]:
    import tempfile
    from pathlib import Path

    sizes = (4096, 8192, 16384)
    memory = {n: run("contrast", str(n))[0] for n in sizes}
    found = [(f"memory of the contrast, {n} pairs", memory[n], "MB") for n in sizes]
    found.append(
        (
            "memory of 16,384 pairs / of 4,096 (linear is 4, the square 16)",
            memory[16384] / memory[4096],
            "ratio",
        )
    )
    with tempfile.TemporaryDirectory() as folder:
        files = {how: str(Path(folder) / f"{how}.npy") for how in ("plain", "cached", "demo")}
        plain_mb, plain_s = run("towers", "plain", *PLAIN, files["plain"])
        cached_mb, cached_s = run("towers", "cached", *PLAIN, files["cached"])
        demo_mb, _ = run("towers", "cached", *DEMO, files["demo"])
        plain, cached = np.load(files["plain"]), np.load(files["cached"])
    return [
        *found,
        ("4,096 clips of 64 px and 4 frames at once", plain_mb, "MB"),
        ("... cached in chunks of 256", cached_mb, "MB"),
        ("... its CPU time / that of the whole batch", cached_s / plain_s, "ratio"),
        ("... its loss against the whole batch's", abs(float(plain[0] - cached[0])), "off"),
        ("... its gradient, the largest difference", float(np.abs(plain[1:] - cached[1:]).max()), "off"),
        ("4,096 clips of 112 px and 8 frames, cached", demo_mb, "MB"),
    ]


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] == "contrast":
        contrast(int(sys.argv[2]))
    elif len(sys.argv) > 1:
        towers(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
    else:
        for what, value, unit in rows():
            print(f"{what:<66} {value:12.6g} {unit}", flush=True)
