"""Curation against decoding alone, two workers against one, and reading against what training asks for."""

import math
import shutil
import tempfile
import time
from pathlib import Path
from statistics import mean, median, stdev

from benchmarks.timing import seconds, take_turns
from benchmarks.tiny_archive import write_tiny_archive
from echovlm.allocator import keep_freed_memory
from echovlm.curation import CurationOptions, OverlayUse, ReaderUse, curate
from echovlm.dataset import ClipStream, EchoGround
from echovlm.imaging import Skipped, extract_cine, iter_sources, read_clip
from echovlm.simulation import simulate

# So many clips that what a call costs at any number of them (60 ms) counts for little, as in an archive.
PATIENTS, FRAMES = 100, 12
ROUNDS = 8  # one alone is off by 2 or 3 %
CINE_STUDIES, CINE_CLIPS, CINE_FRAMES, CINE_SCALE = (
    10,
    3,
    72,
    4,
)  # 640x480, as long as many of MIMIC-IV-ECHO's
NO_READER = CurationOptions(ReaderUse.NEVER, OverlayUse.NEVER)  # neither is needed where tables name all
TINY_STUDIES, TINY_CLIPS = 200, 3
DEMO_CLIPS_PER_S = 64 / 0.23  # a batch of the demo's recipe, and seconds of one step on two idle cores


def rows() -> list[tuple[str, float, str]]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        simulate(
            root / "studies",
            patients=PATIENTS,
            seed=0,
            workers=1,
            n_frames=FRAMES,
            on_progress=lambda *_: None,
        )
        # As an archive comes: nobody traced it, and the beat is read from the ECG that the console drew.
        shutil.copytree(root / "studies", root / "untraced", ignore=shutil.ignore_patterns("truth"))
        cines = write_tiny_archive(
            root / "cines", CINE_STUDIES, clips=CINE_CLIPS, n_frames=CINE_FRAMES, scale=CINE_SCALE
        )
        silent = write_tiny_archive(
            root / "silent", CINE_STUDIES, clips=CINE_CLIPS, n_frames=CINE_FRAMES, scale=CINE_SCALE,
            states_r_waves=False,
        )  # fmt: skip
        return [
            *_against_decoding(root / "studies", f"{FRAMES} frames"),
            *_against_decoding(root / "untraced", f"{FRAMES} frames without the simulator's truth"),
            *_against_decoding(cines, f"{CINE_FRAMES} frames of 640x480"),
            *_against_decoding(silent, f"{CINE_FRAMES} frames of 640x480 without R waves"),
            *_against_training(root / "studies0"),
            *_against_one_worker(root),
        ]


def _against_decoding(source: Path, kind: str) -> list[tuple[str, float, str]]:
    """Compare with decoding every frame and finding the sector, in processor time: what else runs does not count."""
    files = [path for path in iter_sources(source / "files") if not isinstance(path, Skipped)]
    turn = iter(range(100))
    keep_freed_memory(whole_cines=True)  # as curation does in this process: decoding is not slower alone
    decode, curated = take_turns(
        lambda: [extract_cine(read_clip(path)) for path in files],
        lambda: curate(source, source.with_name(f"{source.name}{next(turn)}"), options=NO_READER),
        rounds=ROUNDS,
        clock=time.process_time,
    )
    ratios = [alone / whole for alone, whole in zip(decode, curated, strict=True)]
    return [
        (f"curation / decoding alone, {kind}", mean(ratios), "ratio"),
        (f"its standard error over {ROUNDS} rounds", stdev(ratios) / math.sqrt(ROUNDS), "ratio"),
        (f"curation, one worker, {kind}", len(files) / median(curated), "clips/s"),
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
    """Compare rates from the first finished study to the last, without the start of the processes.

    That needs two idle cores. The bound does not: what this process spends with two workers is the part that they
    cannot share, and everything else is halved at best (Amdahl).
    """
    source = write_tiny_archive(root / "tiny", TINY_STUDIES, clips=TINY_CLIPS)
    rates, spent = {}, {}
    for workers in (2, 1):
        told: list[tuple[float, int]] = []

        def tell(done: int, _total: int, told: list[tuple[float, int]] = told) -> None:
            told.append((time.perf_counter(), done))

        begun = time.process_time()
        curate(source, root / f"tiny{workers}", workers=workers, options=NO_READER, on_progress=tell)
        spent[workers] = time.process_time() - begun
        (first_s, first), (last_s, last) = told[1 + workers * 4], told[-1]
        rates[workers] = (last - first) / (last_s - first_s)
    serial, whole = spent[2], spent[1]
    return [
        ("curation with two workers / with one, by the clock", rates[2] / rates[1], "ratio"),
        ("share of the processor time that is not shared out", serial / whole, "ratio"),
        ("bound on two workers / one that this share sets", whole / (serial + (whole - serial) / 2), "ratio"),
    ]


if __name__ == "__main__":
    for what, value, unit in rows():
        print(f"{what:<72} {value:10.3f} {unit}", flush=True)
