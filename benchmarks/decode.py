"""Reading cines into a Clip and a Cine, against what pydicom alone needs to decode them: time, memory, both cores."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pydicom
from pydicom.data import get_testdata_file
from pydicom.pixels import iter_pixels

from benchmarks.timing import seconds
from echovlm.imaging import Evenly, every_frame, extract_cine, read_clip
from echovlm.workers import run_jobs

SHORT, LONG = (
    "examples_ybr_color.dcm",
    "color3d_jpeg_baseline.dcm",
)  # 30 and 120 frames; the second is in pydicom-data
SOME = 16
BATCH = 96  # starting two workers takes as long as preparing some eight of them


def sample(name: str) -> Path | None:
    found = get_testdata_file(name, download=False)
    return None if found is None else Path(str(found))


def prepare(path: Path) -> int:
    """Read and prepare one cine, as a worker does."""
    return len(extract_cine(read_clip(path)).frames)


def rows() -> list[tuple[str, float, str]]:
    path = sample(SHORT)
    assert path is not None, "ships inside pydicom"
    alone, read, both = seconds(
        lambda: list(iter_pixels(pydicom.dcmread(path))),
        lambda: read_clip(path),
        lambda: extract_cine(read_clip(path)),
    )
    found = [
        ("read_clip / pydicom decoding", read / alone, "ratio"),
        ("read_clip + extract_cine / pydicom decoding", both / alone, "ratio"),
    ]
    long = sample(LONG)
    if long is not None:
        found += some_rows(long) + memory_rows(long)
        found += batch_rows(long)
    return found


def some_rows(path: Path) -> list[tuple[str, float, str]]:
    alone, some, whole = seconds(
        lambda: list(iter_pixels(pydicom.dcmread(path))),
        lambda: extract_cine(read_clip(path, choose=Evenly(SOME))),
        lambda: extract_cine(read_clip(path)),
        rounds=3,
    )
    return [
        ("120 frames prepared / pydicom decoding them", whole / alone, "ratio"),
        (f"{SOME} of 120 frames prepared / all prepared", some / whole, "ratio"),
        (f"{SOME} of 120 frames prepared / pydicom decoding 120", some / alone, "ratio"),
    ]


def memory_rows(path: Path) -> list[tuple[str, float, str]]:
    """Peak memory above an idle process, in sizes of the frames that are kept; measured in processes of their own."""
    with tempfile.TemporaryDirectory() as folder:
        native = Path(folder) / "native.dcm"
        dataset = pydicom.dcmread(path)
        dataset.decompress(generate_instance_uid=False)
        dataset.save_as(native)
        found = []
        for kind, source in (("JPEG", path), ("uncompressed", native)):
            for what, count in (("all", 0), (f"{SOME} of 120", SOME)):
                child = [sys.executable, "-m", "benchmarks.decode", str(source), str(count)]
                answer = json.loads(subprocess.run(child, capture_output=True, check=True).stdout)
                found.append(
                    (f"peak memory, {what} frames, {kind}", answer["peak"] / answer["kept"], "x kept")
                )
    return found


def batch_rows(path: Path) -> list[tuple[str, float, str]]:
    jobs = [path] * BATCH
    one, two = seconds(
        lambda: list(run_jobs(prepare, jobs, workers=1)),
        lambda: list(run_jobs(prepare, jobs, workers=2)),
        rounds=1,
    )
    return [(f"{BATCH} cines, two workers / one, start included", two / one, "ratio")]


def peak_bytes() -> int:
    """Return the largest memory of this process so far; ``ru_maxrss`` would count the parent's, too (Linux only)."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])


def main(path: str, count: str) -> None:
    """Print the peak memory of reading a file above that of the process before it, and the bytes of what is kept."""
    choose = Evenly(int(count)) if int(count) else every_frame
    prepare(Path(str(sample(SHORT))))  # libraries are loaded, their own memory counted before
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew from what is held now
    before = peak_bytes()
    clip = read_clip(Path(path), choose=choose)
    sys.stdout.write(json.dumps({"peak": peak_bytes() - before, "kept": clip.frames.nbytes}))


if __name__ == "__main__":
    main(*sys.argv[1:])
