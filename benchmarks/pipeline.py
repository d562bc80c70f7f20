"""Curation against decoding alone, two workers against one, and reading against what training asks for."""

import tempfile
import time
from pathlib import Path

from benchmarks.timing import seconds
from benchmarks.tiny_archive import write_tiny_archive
from echovlm.curation import CurationOptions, OverlayUse, ReaderUse, curate
from echovlm.dataset import ClipStream, EchoGround
from echovlm.imaging import Skipped, extract_cine, iter_sources, read_clip
from echovlm.simulation import simulate

PATIENTS, FRAMES = 6, 12
NO_READER = CurationOptions(ReaderUse.NEVER, OverlayUse.NEVER)  # neither is needed where tables name all
TINY_STUDIES, TINY_CLIPS = 200, 3
DEMO_CLIPS_PER_S = 64 / 0.23  # a batch of the demo's recipe, and seconds of one step on two idle cores


def rows() -> list[tuple[str, float, str]]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        simulate(root / "studies", patients=PATIENTS, seed=0, workers=1, n_frames=FRAMES)
        return [*_against_decoding(root), *_against_training(root / "dataset0"), *_against_one_worker(root)]


def _against_decoding(root: Path) -> list[tuple[str, float, str]]:
    files = [path for path in iter_sources(root / "studies" / "files") if not isinstance(path, Skipped)]
    turn = iter(range(100))
    decode, curated = seconds(
        lambda: [extract_cine(read_clip(path)) for path in files],
        lambda: curate(root / "studies", root / f"dataset{next(turn)}", options=NO_READER),
        rounds=3,
    )
    return [
        ("speed of curation / of decoding the same files", decode / curated, "ratio"),
        ("curation, one worker, 12 frames", len(files) / curated, "clips/s"),
    ]


def _against_training(place: Path) -> list[tuple[str, float, str]]:
    data = EchoGround.open(place)
    many = data.rows() * 40
    measured = []
    for workers in (1, 2):
        stream = ClipStream(many, data.read_frames, batch_size=16, workers=workers)
        (spent,) = seconds(lambda stream=stream: list(map(len, stream.iter_epoch())), rounds=3)
        measured.append(len(many) / spent)
    return [
        ("read a dataset shuffled, one worker", measured[0], "clips/s"),
        ("read a dataset shuffled, two workers", measured[1], "clips/s"),
        ("two workers / what the demo's training asks for", measured[1] / DEMO_CLIPS_PER_S, "ratio"),
    ]


def _against_one_worker(root: Path) -> list[tuple[str, float, str]]:
    """Compare rates from the first finished study to the last, without the start of the processes."""
    source = write_tiny_archive(root / "tiny", TINY_STUDIES, clips=TINY_CLIPS)
    rates = {}
    for workers in (2, 1):
        told: list[tuple[float, int]] = []

        def tell(done: int, _total: int, told: list[tuple[float, int]] = told) -> None:
            told.append((time.perf_counter(), done))

        curate(source, root / f"tiny{workers}", workers=workers, options=NO_READER, on_progress=tell)
        (first_s, first), (last_s, last) = told[1 + workers * 4], told[-1]
        rates[workers] = (last - first) / (last_s - first_s)
    return [("curation with two workers / with one", rates[2] / rates[1], "ratio")]
