"""Curation against decoding alone, and reading of shards against the rate that training asks for."""

import tempfile
from pathlib import Path

from benchmarks.timing import seconds
from echovlm.curation import curate
from echovlm.dataset import EchoGround
from echovlm.imaging import Skipped, extract_cine, iter_sources, read_clip
from echovlm.simulation import simulate

PATIENTS = 6


def rows() -> list[tuple[str, float, str]]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        simulate(
            root / "studies",
            patients=PATIENTS,
            seed=0,
            workers=1,
            n_frames=12,
            on_progress=lambda _d, _t: None,
        )
        files = [path for path in iter_sources(root / "studies" / "files") if not isinstance(path, Skipped)]
        turn = iter(range(100))
        decode, curated = seconds(
            lambda: [extract_cine(read_clip(path)) for path in files],
            lambda: curate(
                root / "studies",
                root / f"dataset{next(turn)}",
                workers=1,
                seed=0,
                on_progress=lambda _d, _t: None,
            ),
            rounds=3,
        )
        dataset = EchoGround.open(root / "dataset0")
        clips = dataset.rows()
        (read,) = seconds(lambda: [dataset.read_frames(row) for row in clips], rounds=3)
    return [
        ("curate / decoding the same files, one worker", curated / decode, "ratio"),
        ("read a dataset's clips, one core", len(clips) / read, "clips/s"),
    ]
