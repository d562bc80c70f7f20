"""A folder of ultrasound files to a folder of clean ones: each proven clean before it appears, or not written."""

import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, RLELossless

from echovlm.errors import EchoVLMError
from echovlm.files import write_whole
from echovlm.imaging.deidentify.header import clean_header, patient_key
from echovlm.imaging.deidentify.options import DeidentifyOptions
from echovlm.imaging.deidentify.pixels import blank_identity, find_kept_area
from echovlm.imaging.deidentify.pseudonyms import Pseudonyms
from echovlm.imaging.deidentify.verify import find_leaks
from echovlm.imaging.dicom import read_dataset
from echovlm.imaging.errors import ImagingError
from echovlm.imaging.overlay import TextBox, read_text
from echovlm.imaging.pixels import decode_frames
from echovlm.imaging.regions import read_regions
from echovlm.imaging.sources import Skipped, iter_sources
from echovlm.imaging.tags import find_text
from echovlm.source_hash import hash_packages
from echovlm.workers import run_jobs

_LARGE_SCREEN_PX: Final = 700
REPORT_NAME: Final = "deidentification.jsonl"
Progress = Callable[[int, int], None]


class DeidentifyError(EchoVLMError):
    """A folder that cannot be made clean as asked."""


@dataclass(frozen=True, slots=True)
class DeidentifiedFile:
    """What became of one file.

    Attributes:
        source: The original, as the caller named it; it can hold a name, so it stays in the private log.
        source_sha256: Hash of its bytes.
        written: Path below the output folder, made of pseudonyms; ``None`` when the file was refused.
        reason: Why it was refused; never a value of it.
        text_lines_blanked: Lines of burned-in text that were found inside the ultrasound and blanked.
        kept_pixels_frac: Share of the image that was kept.
    """

    source: str
    source_sha256: str
    written: str | None
    reason: str | None
    text_lines_blanked: int = 0
    kept_pixels_frac: float = 0.0


@dataclass(frozen=True, slots=True)
class DeidentifySummary:
    """What became of a folder.

    Attributes:
        out: The clean folder.
        written: Files written, those of an earlier run included.
        refused: Number of files refused, by reason.
        skipped: Files that are no DICOM images, by reason.
    """

    out: Path
    written: int
    refused: dict[str, int]
    skipped: dict[str, int]

    def __str__(self) -> str:
        lines = [f"{self.out}: {self.written} files written, each verified by a second pass"]
        for title, counts in (("refused, not written", self.refused), ("passed over", self.skipped)):
            if counts:
                lines.append(
                    f"{title}: " + "; ".join(f"{count} {reason}" for reason, count in counts.items())
                )
        return "\n".join(lines)


def deidentify(
    source: Path,
    out: Path,
    *,
    key: bytes,
    private_log: Path,
    options: DeidentifyOptions | None = None,
    workers: int = 1,
    on_progress: Progress = lambda done, total: None,
) -> DeidentifySummary:
    """Write clean copies of the ultrasound images below ``source``; a rerun goes on where it stopped.

    The report in ``out`` names files by their pseudonyms alone. The log that ties them to the originals is written
    elsewhere; whoever has it or the key can undo the pseudonyms.

    Args:
        source: A file or folder.
        out: Folder of the clean files; made if missing.
        key: Secret of the pseudonyms; the same key gives the same names in every run.
        private_log: One JSON line per original; must not lie in ``out``.
        options: What stays; `USUAL` by default.
        workers: Processes.
        on_progress: Told how many files are done, and of how many.

    Raises:
        DeidentifyError: If the folders or the log lie inside one another.
        ImagingError: If the source cannot be opened.
    """
    options = options or DeidentifyOptions()
    _check_places(source, out, private_log)
    found = list(iter_sources(source))
    files = [item for item in found if isinstance(item, Path)]
    skipped = Counter(item.reason for item in found if isinstance(item, Skipped))
    out.mkdir(parents=True, exist_ok=True)
    settings = _settings(key, options)
    done = _read_log(private_log, settings)
    results: list[DeidentifiedFile] = []
    todo: list[Path] = []
    for path in files:
        earlier = done.get(str(path))
        if earlier and earlier.source_sha256 == _sha256(path) and _is_there(out, earlier):
            results.append(earlier)
        else:
            todo.append(path)
    on_progress(len(results), len(files))
    clean = partial(clean_file, out=out, key=key, options=options)
    for result in run_jobs(clean, todo, workers=max(1, min(workers, len(todo)))):
        results.append(result)
        _append(private_log, {"settings": settings} | asdict(result))
        on_progress(len(results), len(files))
    results.sort(key=lambda result: result.source)
    _write_report(out, results, options)
    refused = Counter(result.reason for result in results if result.reason is not None)
    return DeidentifySummary(out, sum(r.written is not None for r in results), dict(refused), dict(skipped))


def clean_file(path: Path, *, out: Path, key: bytes, options: DeidentifyOptions) -> DeidentifiedFile:
    """Make one file clean, verify it, and only then let it appear below ``out``."""
    data = _bytes_or_none(path)
    digest = hashlib.sha256(data or b"").hexdigest()
    refuse = partial(DeidentifiedFile, str(path), digest, None)
    try:
        dataset = read_dataset(path)
        frames = decode_frames(path, dataset).frames
    except ImagingError as error:
        return refuse(f"cannot be read ({type(error).__name__})")
    if find_text(dataset, "Modality") not in ("US", "IVUS"):
        return refuse("not stated to be ultrasound")
    kept = find_kept_area(frames, read_regions(dataset))
    if kept is None:
        return refuse("no part of the picture can be told to be ultrasound")
    blanked = blank_identity(frames, kept, reader=read_screen)
    if blanked is None:
        return refuse("text in the ultrasound cannot be blanked")
    frames, lines = blanked
    pseudonyms = Pseudonyms(key)
    clean = clean_header(dataset, pseudonyms=pseudonyms, options=options)
    if "SOPInstanceUID" not in clean or "SOPClassUID" not in clean:
        return refuse("no SOP Instance or SOP Class UID")
    written = _encode(clean, frames)
    leaks = find_leaks(dataset, written, reader=read_screen, repeated=options.repeated)
    if leaks:
        return refuse(f"not proven clean: {leaks[0]}")
    study, series = (str(clean.get(keyword, "none")) for keyword in ("StudyInstanceUID", "SeriesInstanceUID"))
    place = Path(pseudonyms.patient(patient_key(dataset))) / study / series / f"{clean.SOPInstanceUID}.dcm"
    (out / place).parent.mkdir(parents=True, exist_ok=True)
    write_whole(out / place, written)
    return DeidentifiedFile(str(path), digest, place.as_posix(), None, lines, round(float(kept.mean()), 4))


def read_screen(image: np.ndarray) -> tuple[TextBox, ...]:
    """Return the text of one picture; a large screen has letters that are read without enlarging it."""
    return read_text(image, upsampling=1 if min(image.shape[:2]) >= _LARGE_SCREEN_PX else 2)


def _encode(clean: Dataset, frames: np.ndarray) -> bytes:
    """Return a DICOM file of the header and the frames, without loss; grey stays grey."""
    is_grey = bool((frames == frames[..., :1]).all())
    clean.SamplesPerPixel = 1 if is_grey else 3
    clean.PhotometricInterpretation = "MONOCHROME2" if is_grey else "RGB"
    if not is_grey:
        clean.PlanarConfiguration = 0
    elif "PlanarConfiguration" in clean:
        del clean.PlanarConfiguration
    for keyword in ("RedPaletteColorLookupTableDescriptor", "GreenPaletteColorLookupTableDescriptor",
                    "BluePaletteColorLookupTableDescriptor", "WindowCenter", "WindowWidth", "RescaleSlope",
                    "RescaleIntercept"):  # fmt: skip
        if keyword in clean:  # the pixels are what these made of them
            delattr(clean, keyword)
    clean.Rows, clean.Columns = frames.shape[1:3]
    clean.BitsAllocated = clean.BitsStored = 8
    clean.HighBit, clean.PixelRepresentation = 7, 0
    if len(frames) > 1 or "NumberOfFrames" in clean:
        clean.NumberOfFrames = len(frames)
    clean.file_meta = FileMetaDataset()
    clean.file_meta.MediaStorageSOPClassUID = UID(clean.SOPClassUID)
    clean.file_meta.MediaStorageSOPInstanceUID = UID(clean.SOPInstanceUID)
    clean.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    samples = frames[..., 0] if is_grey else frames
    samples = samples[0] if len(samples) == 1 else samples
    clean.compress(RLELossless, np.ascontiguousarray(samples), generate_instance_uid=False)
    buffer = io.BytesIO()
    clean.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _check_places(source: Path, out: Path, private_log: Path) -> None:
    inside = (source.resolve(), *source.resolve().parents)
    if (
        out.resolve() == source.resolve()
        or source.resolve() in out.resolve().parents
        or out.resolve() in inside
    ):
        raise DeidentifyError(
            f"{out} and the source {source} lie inside one another; choose a folder apart from it"
        )
    if out.resolve() in private_log.resolve().parents:
        raise DeidentifyError(
            f"the private log {private_log} would lie among the clean files; choose a place outside {out}"
        )
    if out.exists() and not out.is_dir():
        raise DeidentifyError(f"{out} is a file; choose another folder for the clean files")


def _settings(key: bytes, options: DeidentifyOptions) -> str:
    """Return a hash of all that the clean bytes depend on besides the file."""
    retained = sorted(option.word for option in options.retain)
    told = f"{hashlib.sha256(key).hexdigest()} {retained} {hash_packages('clinical', 'imaging')}"
    return hashlib.sha256(told.encode()).hexdigest()


def _read_log(path: Path, settings: str) -> dict[str, DeidentifiedFile]:
    """Return what an earlier run with the same settings did, by source."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            entry = json.loads(line)
        except ValueError:
            continue  # the last line of a killed run
        if entry.pop("settings", None) == settings:
            result = DeidentifiedFile(**entry)
            found[result.source] = result
    return found


def _is_there(out: Path, result: DeidentifiedFile) -> bool:
    return result.written is None or (out / result.written).is_file()


def _append(path: Path, entry: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry, sort_keys=True) + "\n")


def _write_report(out: Path, results: list[DeidentifiedFile], options: DeidentifyOptions) -> None:
    """Write what may be shared: pseudonyms, counts and reasons; no name of an original file."""
    lines: Iterator[dict[str, object]] = (
        {
            "file": result.written,
            "refused": result.reason,
            "text_lines_blanked": result.text_lines_blanked,
            "kept_pixels_frac": result.kept_pixels_frac,
            "method_codes": [code for code, _ in options.codes()],
        }
        for result in results
    )
    write_whole(out / REPORT_NAME, "".join(json.dumps(line) + "\n" for line in lines).encode())


def _bytes_or_none(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _sha256(path: Path) -> str:
    return hashlib.sha256(_bytes_or_none(path) or b"").hexdigest()
