"""Curation killed with kill -9 at random moments, on each engine: resumed, it gives the bytes of an unkilled run.

python -m benchmarks.kills --engine local --kills 20
python -m benchmarks.kills --engine ray --kills 20
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.tiny_archive import write_tiny_archive

RUN = """
import sys, time
from pathlib import Path
from echovlm.curation import CurationOptions, OverlayUse, ReaderUse, curate
from echovlm.engines import LocalEngine, RayEngine
if __name__ == "__main__":
    def go(engine):
        curate(Path(sys.argv[1]), Path(sys.argv[2]), engine=engine, max_shard_bytes=100_000,
               on_progress=lambda done, total: done and print(done, flush=True),
               options=CurationOptions(ReaderUse.NEVER, OverlayUse.NEVER))
    if sys.argv[3] == "ray":
        with RayEngine(workers=2) as engine:
            go(engine)
    else:
        go(LocalEngine(2))
"""


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def start(source: Path, out: Path, script: Path, engine: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, str(script), str(source), str(out), engine],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()  # the first study of this run is done, or all of them are
    return process


def stage(out: Path) -> str:
    """Say how far a killed run had come."""
    parts = len(list(out.glob(".parts/studies/*.json")))
    shards = len(list(out.glob("shards/*.tar")))
    return f"{parts} studies, {shards} shards{', finished' if (out / 'dataset.json').exists() else ''}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=("local", "ray"), default="local")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--studies", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    generator = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        script = root / "run.py"
        script.write_text(RUN)
        source = write_tiny_archive(root / "source", options.studies)
        process = start(source, root / "whole", script, options.engine)
        begun = time.monotonic()
        assert process.wait() == 0
        duration_s = time.monotonic() - begun
        whole = snapshot(root / "whole")
        print(f"{options.engine}: {duration_s:.1f} s unkilled, {len(whole)} files", flush=True)
        out, killed, equal = root / "out", 0, 0
        while killed < options.kills:
            process = start(source, out, script, options.engine)
            time.sleep(generator.uniform(0, duration_s))
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
            code = process.wait()
            for shard in out.glob("shards/*.tar"):
                assert shard.read_bytes() == whole[f"shards/{shard.name}"], f"{shard} is visible and partial"
            if code == -signal.SIGKILL:
                killed += 1
                print(f"  kill {killed}: at {stage(out)}", flush=True)
            else:
                assert snapshot(out) == whole
                equal += 1
                subprocess.run(["rm", "-rf", str(out)], check=True)
        assert start(source, out, script, options.engine).wait() == 0
        assert snapshot(out) == whole
        print(f"{options.engine}: {killed} kills, {equal + 1} resumed runs, all equal byte for byte")


if __name__ == "__main__":
    main()
