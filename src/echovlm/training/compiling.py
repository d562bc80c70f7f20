"""Compiling the image tower, where the machine has what that needs."""

import importlib.util
import shutil

import torch
from torch._inductor import config as inductor

from echovlm.models import EchoVLM
from echovlm.training.errors import TrainingError


def compile_image_tower(model: EchoVLM, *, device: torch.device) -> None:
    """Have the image tower compiled when it first runs; weights and their names stay as they are.

    torch compiles with the C++ compiler that the variable ``CXX`` names, ``g++`` or ``clang++`` otherwise, and on a GPU
    with Triton too. It would find out only in the first step, and say so in a page of its own code.

    Args:
        model: The dual encoder.
        device: Where it will run.

    Raises:
        TrainingError: If the machine lacks a part of this.
    """
    compiler = inductor.cpp.cxx[-1]
    if shutil.which(compiler) is None:
        raise _cannot(
            f"the C++ compiler {compiler!r} is not on this machine", "install it, or name another in CXX"
        )
    if device.type == "cuda" and importlib.util.find_spec("triton") is None:
        raise _cannot("Triton, which compiles for GPUs, is not installed", "pip install triton")
    model.image_tower.compile_body()


def _cannot(reason: str, way_out: str) -> TrainingError:
    return TrainingError(f"optimisation.compile is true, but {reason}; {way_out}, or say compile = false")
