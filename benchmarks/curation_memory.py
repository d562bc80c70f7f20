"""Peak memory of curation by number of studies, and the processor time of parent and workers.

python -m benchmarks.curation_memory [SMALL] [LARGE]
"""

import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from benchmarks.tiny_archive import write_tiny_archive

RUN = """
import resource
import sys
from pathlib import Path
from echovlm.curation import CurationOptions, OverlayUse, ReaderUse, curate
if __name__ == "__main__":
    curate(Path(sys.argv[1]), Path(sys.argv[2]), workers=2,
           options=CurationOptions(ReaderUse.NEVER, OverlayUse.NEVER))
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        spent = resource.getrusage(who)
        print(spent.ru_utime + spent.ru_stime)
"""


def peak_mb(pid: int) -> float:
    """Return the highest resident memory that a running process has had, 0 when it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    lines = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(lines[0].split()[1]) / 1024 if lines else 0.0


def children_of(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def measure(n_studies: int) -> tuple[float, float, float, float]:
    """Return peak MB of the parent and of the largest worker, and processor seconds of parent and workers."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        source = write_tiny_archive(root / "source", n_studies)
        script = root / "run.py"
        script.write_text(RUN)
        process = subprocess.Popen(
            [sys.executable, str(script), str(source), str(root / "out")], stdout=subprocess.PIPE, text=True
        )
        parent, workers = 0.0, 0.0
        while process.poll() is None:
            parent = max(parent, peak_mb(process.pid))
            workers = max([workers, *map(peak_mb, children_of(process.pid))])
            threading.Event().wait(0.2)
        assert process.returncode == 0
        assert process.stdout is not None
        parent_s, workers_s = map(float, process.stdout.read().split())
        return parent, workers, parent_s, workers_s


def main() -> None:
    sizes = [int(text) for text in sys.argv[1:]] or [100, 2000]
    for n_studies in sizes:
        parent, worker, parent_s, workers_s = measure(n_studies)
        print(
            f"{n_studies} studies: parent {parent:.0f} MB and {parent_s:.1f} s of processor, "
            f"largest worker {worker:.0f} MB, workers {workers_s:.1f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
