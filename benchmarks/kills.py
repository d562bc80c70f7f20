"""Curation killed with kill -9 at random moments, on each engine: resumed, it gives the bytes of an unkilled run.

    python -m benchmarks.kills --engine local --kills 20
    python -m benchmarks.kills --engine ray --kills 20

Runs are forked, and a moment is drawn from the first study that a run has done to its end, so that a kill falls into
the work and not into imports or the start of workers. With Ray the cluster stays and the driver dies.
"""

import argparse
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.tiny_archive import write_tiny_archive
from echovlm.curation import CurationOptions, OverlayUse, ReaderUse, curate
from echovlm.curation.parts import PART_SUFFIX, PARTS_FOLDER
from echovlm.engines import LocalEngine, RayEngine

NO_READER = CurationOptions(ReaderUse.NEVER, OverlayUse.NEVER)


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def work(source: Path, out: Path, address: str, workers: int) -> None:
    def go(engine: LocalEngine | RayEngine) -> None:
        curate(source, out, engine=engine, max_shard_bytes=100_000, options=NO_READER)

    if not address:
        go(LocalEngine(workers))
        return
    with RayEngine(address) as cluster:
        go(cluster)


CLUSTER = """
import sys
from ray.cluster_utils import Cluster
head = {"num_cpus": 2, "object_store_memory": 80 * 2**20, "include_dashboard": False}
cluster = Cluster(initialize_head=True, head_node_args=head)
print(cluster.address, flush=True)
sys.stdin.read()
cluster.shutdown()
"""


@contextmanager
def running(engine: str) -> Iterator[str]:
    """Give the address of a Ray cluster of one node that lives as long as the block runs."""
    if engine == "local":
        yield ""
        return
    import ray  # noqa: F401 - imported once, before runs are forked

    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, "-c", CLUSTER], text=True, **pipes) as cluster:
        assert cluster.stdout is not None
        yield cluster.stdout.readline().strip()
        cluster.communicate("")


def _parts(out: Path) -> Iterator[Path]:
    return out.glob(f"{PARTS_FOLDER}/*{PART_SUFFIX}")


def wait_for_work(process: multiprocessing.process.BaseProcess, out: Path) -> None:
    """Return when a run has done its first study, or has ended."""
    while process.is_alive() and not any(_parts(out)):
        process.join(0.005)


def stage(out: Path) -> str:
    """Say how far a killed run had come."""
    if (out / "dataset.json").exists():
        return "finished, before it returned"
    return f"{len(list(_parts(out)))} studies, {len(list(out.glob('shards/*.tar')))} shards"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=("local", "ray"), default="local")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--studies", type=int, default=20)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    generator = random.Random(options.seed)
    fork = multiprocessing.get_context("fork")
    with tempfile.TemporaryDirectory() as folder, running(options.engine) as address:
        source, out = write_tiny_archive(Path(folder) / "source", options.studies), Path(folder) / "out"

        def start(place: Path) -> multiprocessing.process.BaseProcess:
            process = fork.Process(target=work, args=(source, place, address, options.workers))
            process.start()
            return process

        process = start(Path(folder) / "whole")
        wait_for_work(process, Path(folder) / "whole")
        begun = time.monotonic()
        process.join()
        assert process.exitcode == 0
        duration_s = time.monotonic() - begun
        whole = snapshot(Path(folder) / "whole")
        print(f"{options.engine}: {duration_s:.1f} s of work unkilled, {len(whole)} files", flush=True)
        killed = 0
        while killed < options.kills:
            process = start(out)
            wait_for_work(process, out)
            process.join(generator.uniform(0, duration_s))
            if process.is_alive() and process.pid is not None:
                os.kill(process.pid, signal.SIGKILL)
            process.join()
            for shard in out.glob("shards/*.tar"):
                assert shard.read_bytes() == whole[f"shards/{shard.name}"], f"{shard} is visible and partial"
            if process.exitcode == -signal.SIGKILL:
                killed += 1
                print(f"  kill {killed}: at {stage(out)}", flush=True)
                process = start(out)
                process.join()
            assert process.exitcode == 0
            assert snapshot(out) == whole
            shutil.rmtree(out)
        print(f"{options.engine}: {killed} kills, each run resumed, all equal byte for byte", flush=True)


if __name__ == "__main__":
    main()
