"""Files that were damaged or forged, read one after the other: crashes, hangs, memory, and errors that name no file.

    python -m benchmarks.mutations --count 20000

Each file is a real header or a small file of every kind, changed by one to four mutations: cut, bytes flipped, blocks
copied, swapped or dropped, lengths and numbers replaced by extremes, attributes set to impossible values, sequences
nested without end, archives that climb, loop or explode. It is read, prepared and described as a clip, read again by
choice, put in order as a study, and its header is de-identified. Time is the CPU's, because a shared machine stretches
every other clock; memory is the peak of the reading process above its start.
"""

import argparse
import io
import logging
import random
import resource
import shutil
import struct
import tempfile
import time
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pydicom
import simplejpeg
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (
    ExplicitVRLittleEndian,
    JPEGBaseline8Bit,
    RLELossless,
    UltrasoundMultiFrameImageStorage,
)

from echovlm.imaging import Evenly, ImagingError, describe, extract_cine, read_clip
from echovlm.imaging.assembly import assemble
from echovlm.imaging.deidentify import DeidentifyOptions, Pseudonyms
from echovlm.imaging.deidentify.header import clean_header
from echovlm.imaging.dicom import read_dataset
from echovlm.workers import run_jobs

LIMIT_S, LIMIT_BYTES = 2.0, 1024**3
CHUNK = 250
REAL = (
    "examples_ybr_color.dcm", "ExplVR_BigEnd.dcm", "OBXXXX1A_rle.dcm", "color-pl.dcm", "examples_palette.dcm",
    "SC_rgb_jpeg_lossy_gdcm.dcm", "SC_rgb_gdcm_KY.dcm", "SC_rgb_rle_2frame.dcm", "SC_ybr_full_422_uncompressed.dcm",
)  # fmt: skip
EXTREMES = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF)


@dataclass
class Tally:
    """What a chunk of files came to."""

    outcomes: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    peak_bytes: int = 0
    bad: list[str] = field(default_factory=list)


# ---- seeds


def seeds(folder: Path) -> list[tuple[str, bytes]]:
    """Return whole files of every kind, by name; small, so that most time goes into the mutations."""
    found = []
    for name in REAL:
        path = get_testdata_file(name, download=False)
        if path is not None:
            found.append((name, Path(str(path)).read_bytes()))
    frames = np.random.default_rng(0).integers(0, 255, (3, 48, 64, 3), dtype=np.uint8)
    found += [
        ("native.dcm", dicom(frames, None)),
        ("jpeg.dcm", dicom(frames, "jpeg")),
        ("rle.dcm", dicom(frames, "rle")),
    ]
    for kind in ("mp4", "avi", "mov"):
        found.append((f"film.{kind}", film(folder / f"film.{kind}", frames)))
    pictures = [Image.fromarray(frame) for frame in frames]
    for kind in ("png", "gif"):
        buffer = io.BytesIO()
        pictures[0].save(
            buffer, kind, **({"save_all": True, "append_images": pictures[1:]} if kind == "gif" else {})
        )
        found.append((f"picture.{kind}", buffer.getvalue()))
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer, frames=frames[..., 0], frame_times_ms=np.arange(3.0), spacing_mm=np.array(0.3)
    )
    found.append(("array.npz", buffer.getvalue()))
    header = bytearray(352)
    struct.pack_into("<i8h", header, 0, 348, *([0] * 8))
    struct.pack_into("<8h", header, 40, 3, 64, 48, 3, 1, 1, 1, 1)
    struct.pack_into("<hh", header, 70, 2, 8)
    struct.pack_into("<8f", header, 76, 1, 0.3, 0.3, 1, 1, 1, 1, 1)
    struct.pack_into("<f", header, 108, 352)
    header[123], header[344:348] = 2, b"n+1\0"
    found.append(("volume.nii", bytes(header) + frames[..., 0].tobytes()))
    found.append(("volume.mhd", b"ObjectType = Image\nNDims = 3\nDimSize = 64 48 3\nElementSpacing = 1 1 1\n"
                  b"ElementType = MET_UCHAR\nElementDataFile = volume.raw\n"))  # fmt: skip
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/b.dcm", dicom(frames, None))
        archive.writestr("c.png", found[-4][1])
    found.append(("studies.zip", buffer.getvalue()))
    return found


def dicom(frames: np.ndarray, way: str | None) -> bytes:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.SOPInstanceUID = UltrasoundMultiFrameImageStorage, "1.2.3"
    dataset.Modality, dataset.PatientName, dataset.PatientID = "US", "DOE^JANE", "P1"
    dataset.FrameTime, dataset.HeartRate = 20.0, 60
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = frames.shape[:3]
    dataset.SamplesPerPixel, dataset.PlanarConfiguration, dataset.PhotometricInterpretation = 3, 0, "RGB"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 8, 8, 7, 0
    region = Dataset()
    region.RegionSpatialFormat, region.RegionDataType = 1, 1
    region.RegionLocationMinX0 = region.RegionLocationMinY0 = 0
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = 63, 47
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3
    region.PhysicalDeltaX = region.PhysicalDeltaY = 0.05
    dataset.SequenceOfUltrasoundRegions = Sequence([region])
    dataset.PixelData = frames.tobytes()
    dataset["PixelData"].VR = "OB"
    if way == "jpeg":
        dataset.PixelData = encapsulate([simplejpeg.encode_jpeg(frame) for frame in frames])
        dataset.PhotometricInterpretation = "YBR_FULL_422"
        dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    elif way == "rle":
        dataset.compress(RLELossless, generate_instance_uid=False)
    return to_bytes(dataset)


def film(path: Path, frames: np.ndarray) -> bytes:
    import av

    with av.open(str(path), "w") as target:
        stream = target.add_stream("mjpeg" if path.suffix == ".avi" else "mpeg4", rate=30)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "yuvj420p" if path.suffix == ".avi" else "yuv420p"
        for frame in frames:
            target.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        target.mux(stream.encode())
    return path.read_bytes()


def to_bytes(dataset: Dataset) -> bytes:
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


# ---- mutations


def place(rng: random.Random, data: bytearray) -> int:
    """Return where to change something: mostly in the header, where lengths and kinds are."""
    return (
        min(len(data) - 1, int(rng.expovariate(1 / 600))) if rng.random() < 0.7 else rng.randrange(len(data))
    )


def flip(rng: random.Random, data: bytearray) -> None:
    for _ in range(rng.randint(1, 16)):
        data[place(rng, data)] = rng.randrange(256)


def cut(rng: random.Random, data: bytearray) -> None:
    del data[place(rng, data) :]


def drop(rng: random.Random, data: bytearray) -> None:
    at = place(rng, data)
    del data[at : at + rng.randint(1, 64)]


def copy(rng: random.Random, data: bytearray) -> None:
    at, size = place(rng, data), rng.randint(1, 512)
    data[at:at] = data[at : at + size] * rng.randint(1, 4)


def swap(rng: random.Random, data: bytearray) -> None:
    size = rng.randint(1, 32)
    one, two = sorted((place(rng, data), place(rng, data)))
    if two + size <= len(data) and one + size <= two:
        data[one : one + size], data[two : two + size] = data[two : two + size], data[one : one + size]


def lie(rng: random.Random, data: bytearray) -> None:
    """Replace a number of two or four bytes by an extreme one: a length, a size, an offset."""
    at, size = place(rng, data), rng.choice((2, 4))
    number = rng.choice(EXTREMES) & (256**size - 1)
    data[at : at + size] = number.to_bytes(size, rng.choice(("little", "big")))


def nest(rng: random.Random, data: bytearray) -> None:
    """Insert a sequence of sequences of sequences, deeper than any reader's stack."""
    depth = rng.choice((10, 200, 3000))
    opened = struct.pack("<HH2sHI", 0x0040, 0x0275, b"SQ", 0, 0xFFFFFFFF) + struct.pack(
        "<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF
    )
    at = data.find(b"\x08\x00\x60\x00")
    at = at if at > 0 else place(rng, data)
    data[at:at] = opened * depth


ATTRIBUTES: tuple[tuple[str, tuple[object, ...]], ...] = (
    ("Rows", (0, 1, 65535)), ("Columns", (0, 1, 65535)), ("NumberOfFrames", (0, -1, 1, 2**31 - 1)),
    ("BitsAllocated", (0, 1, 12, 16, 32, 64)), ("BitsStored", (0, 1, 16, 64)), ("SamplesPerPixel", (0, 2, 3, 4, 65535)),
    ("PixelRepresentation", (1, 7)), ("PlanarConfiguration", (1, 9)), ("HighBit", (0, 63)),
    ("PhotometricInterpretation", ("MONOCHROME1", "PALETTE COLOR", "YBR_FULL_422", "YBR_ICT", "", "X" * 99)),
    ("FrameTime", ("0", "-5", "1e308", "nan", "")), ("FrameTimeVector", ([], [0.0] * 70000)),
    ("RedPaletteColorLookupTableDescriptor", ([0, 0, 16], [65535, 65535, 8], [1])),
    ("WindowWidth", ("0", "1e-300", "nan")), ("RescaleSlope", ("0", "1e300", "inf")),
    ("SpecificCharacterSet", ("ISO_IR 192", "GB18030", "nonsense")),
)  # fmt: skip


def forge(rng: random.Random, data: bytearray) -> None:
    """Set an attribute to what it cannot be; the file stays well formed."""
    try:
        dataset = pydicom.dcmread(io.BytesIO(bytes(data)), force=True)
        keyword, values = rng.choice(ATTRIBUTES)
        setattr(dataset, keyword, rng.choice(values))
        data[:] = to_bytes(dataset)
    except Exception:  # what is broken already cannot be forged; flip instead
        flip(rng, data)


MUTATIONS: tuple[Callable[[random.Random, bytearray], None], ...] = (
    flip, flip, cut, drop, copy, swap, lie, lie, nest, forge, forge,
)  # fmt: skip


def archive_of(rng: random.Random, data: bytes) -> bytes:
    """Return a zip with a name that climbs, a bomb, a name twice, or a file that is also a folder."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        match rng.randrange(5):
            case 0:
                archive.writestr(
                    zipfile.ZipInfo(rng.choice(("../../x", "/x", "a/../../x", "..\\x", "C:\\x"))), data
                )
            case 1:
                archive.writestr("bomb", bytes(90 * 1024**2))
            case 2:
                archive.writestr("a", data)
                archive.writestr("a/b", data)
            case 3:
                archive.writestr("a", data)
                archive.writestr("a", data[: len(data) // 2])
            case _:
                inner = io.BytesIO()
                with zipfile.ZipFile(inner, "w") as nested:
                    nested.writestr("a", data)
                archive.writestr("inner.zip", inner.getvalue())
    return buffer.getvalue()


# ---- reading


def read_everything(path: Path) -> str:
    """Do to a file what the commands do; return how it ended."""
    outcome = "clip"
    try:
        clip = read_clip(path)
        extract_cine(clip)
        describe(clip)
        read_clip(path, choose=Evenly(2))
    except ImagingError as error:
        check_sentence(path, f"{error}")
        outcome = type(error).__name__
    try:
        assemble(path)
    except ImagingError as error:
        check_sentence(path, f"{error}")
    try:
        dataset = read_dataset(path)
    except ImagingError:
        return outcome
    clean_header(dataset, pseudonyms=Pseudonyms(b"k" * 32), options=DeidentifyOptions())
    return outcome


def check_sentence(path: Path, text: str) -> None:
    if path.name not in text or "\n" in text:
        raise AssertionError(f"an error that is no line naming its file: {text!r}")


def run_chunk(start: int, *, seed: int, count: int) -> Tally:
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    tally = Tally()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kinds = seeds(folder)
        before = peak_bytes(reset=True)
        for index in range(start, min(start + CHUNK, count)):
            rng = random.Random(f"{seed} {index}")
            kind, whole = rng.choice(kinds)
            data = bytearray(whole)
            for _ in range(rng.randint(1, 4)):
                if data:
                    rng.choice(MUTATIONS)(rng, data)
            if rng.random() < 0.03:
                kind, data = "forged.zip", bytearray(archive_of(rng, bytes(data)))
            path = folder / f"{index}{Path(kind).suffix}"
            path.write_bytes(data)
            began = cpu_s()
            try:
                outcome = read_everything(path)
            except Exception as error:  # what must never happen is what is counted here
                outcome = "ESCAPED"
                tally.bad.append(f"{index} {kind}: {type(error).__name__}: {str(error)[:120]}")
                shutil.copy(path, Path(tempfile.gettempdir()) / f"escaped-{index}{path.suffix}")
            spent = cpu_s() - began
            if spent > LIMIT_S:
                tally.bad.append(f"{index} {kind}: {spent:.1f} s")
                shutil.copy(path, Path(tempfile.gettempdir()) / f"slow-{index}{path.suffix}")
            tally.slowest_s = max(tally.slowest_s, spent)
            tally.outcomes[outcome] += 1
            path.unlink()
        tally.peak_bytes = peak_bytes() - before
    return tally


def cpu_s() -> float:
    """Return the CPU time of this process and of those that it waited for."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def peak_bytes(*, reset: bool = False) -> int:
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    args = parser.parse_args()
    total, done = Tally(), 0
    began = time.monotonic()
    chunk = partial(run_chunk, seed=args.seed, count=args.count)
    for tally in run_jobs(chunk, range(0, args.count, CHUNK), workers=args.workers):
        total.outcomes += tally.outcomes
        total.slowest_s = max(total.slowest_s, tally.slowest_s)
        total.peak_bytes = max(total.peak_bytes, tally.peak_bytes)
        total.bad += tally.bad
        done = sum(total.outcomes.values())
        for line in tally.bad:
            print(line, flush=True)
        print(f"{done} files, {time.monotonic() - began:.0f} s", flush=True)
    print(dict(total.outcomes.most_common()))
    print(
        f"slowest {total.slowest_s:.2f} s of CPU, peak {total.peak_bytes / 1024**3:.2f} GiB, bad {len(total.bad)}"
    )


if __name__ == "__main__":
    main()
