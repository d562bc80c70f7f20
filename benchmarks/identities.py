"""Identities planted in simulated studies, and what of them is left after `echovlm deidentify`.

    python -m benchmarks.identities runs/identities --studies 500

Each study gets a person of its own. Their name, number, birth date and a token per attribute go into every text, date
and UID attribute of the DICOM dictionary, retired ones too (a superset of PS3.15 Table E.1-1), at the top, in the
items of the sequences that stay, three sequences deep, into private elements, the preamble, the file meta group, an
overlay plane, an icon and data after the end; into folder and file names; and onto the picture, beside the ultrasound
and, in every second study, on it. The search that follows shares nothing with the de-identification: it reads bytes,
paths, letter shapes and, by OCR, words.
"""

import argparse
import json
import re
import warnings
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from pydicom import dcmread
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

from echovlm.clinical.views import View
from echovlm.files import write_whole
from echovlm.imaging import read_clip
from echovlm.imaging.deidentify import deidentify
from echovlm.imaging.overlay import read_text
from echovlm.simulation import simulate
from echovlm.workers import run_jobs

KEY = b"a key of the benchmark, which is no secret"
SYLLABLES = "ber wick ton ham ley ford hart mund sen gard vik dal holm strand quist zell".split()  # noqa: SIM905
TEXTS = {"AE", "AS", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"}
# What says how the file is to be read, or is asked to stay, cannot hold a token and stay readable.
NEEDED = re.compile(
    r"SOPClassUID|Modality|ImageType|PhotometricInterpretation|PatientSex|PatientAge|Manufacturer|ManufacturerModelName"
    r"|SpecificCharacterSet|PixelData|.*TransferSyntaxUID.*|LossyImageCompression.*|HeartRate.*|TransducerType"
)
TOKEN = re.compile(rb"ZQ[A-Z2-7]{8}")
LIKE = 0.75  # two words are one when this share of their letters agrees in order


@dataclass(frozen=True)
class Person:
    """Who a study is made to belong to."""

    family: str
    given: str
    number: str
    born: str

    @property
    def words(self) -> tuple[str, ...]:
        return self.family, self.given, self.number, self.born

    @property
    def lines(self) -> tuple[str, ...]:
        return f"{self.family}, {self.given}", f"ID {self.number}", f"DOB {self.born}"


def make_person(rng: np.random.Generator) -> Person:
    family, given = ("".join(rng.choice(SYLLABLES, 3)).upper() for _ in range(2))
    born = f"19{rng.integers(20, 99)}{rng.integers(1, 13):02d}{rng.integers(1, 29):02d}"
    return Person(family, given, f"{rng.integers(10**7, 10**8)}", born)


# ---- planting


def plant(
    source: Path, target: Path, person: Person, rng: np.random.Generator, *, on_tissue: bool, still: bool
) -> int:
    """Write a copy of a simulated file that names its person everywhere; return how many values were planted."""
    dataset = dcmread(source)
    frames = read_clip(source).frames
    frames = frames[:1] if still else frames[: min(4, len(frames))]
    planted = plant_attributes(dataset, person, rng)
    dataset.Rows, dataset.Columns = frames.shape[1:3]
    dataset.NumberOfFrames, dataset.SamplesPerPixel, dataset.PlanarConfiguration = len(frames), 3, 0
    dataset.PhotometricInterpretation = "RGB"
    dataset.PixelData = draw(frames, person, rng, on_tissue=on_tissue).tobytes()
    dataset["PixelData"].VR = "OB"
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.SourceApplicationEntityTitle = person.family[:16]
    dataset.preamble = f"{person.family}^{person.given} {person.number}".encode().ljust(128, b"\0")
    dataset.DataSetTrailingPadding = " ".join(person.words).encode().ljust(64)
    target.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(target)
    return planted


def plant_attributes(dataset: Dataset, person: Person, rng: np.random.Generator) -> int:
    """Plant a token beside a piece of the person's identity in every attribute that can hold text, a date or a UID."""
    keep = {element.keyword for element in dataset if NEEDED.fullmatch(element.keyword or "")}
    homes = [dataset, *dataset.get("SequenceOfUltrasoundRegions", ()), deep_item(dataset)]
    count = 0
    for tag, (vr, _, _, _, keyword) in sorted(DicomDictionary.items()):
        if (
            not keyword
            or keyword in keep
            or NEEDED.fullmatch(keyword)
            or tag < 0x00080000
            or tag >> 16 >= 0x5000
        ):
            continue
        for home in homes:
            value = planted_value(vr, person, rng)
            if value is not None:
                home.add_new(tag, vr, value)
                count += 1
    dataset.PatientName, dataset.PatientID = f"{person.family}^{person.given}", person.number
    dataset.PatientBirthDate = person.born
    plant_oddities(dataset, person, rng)
    return count + 12


def deep_item(dataset: Dataset) -> Dataset:
    """Return an item three sequences below the top."""
    item = inner = Dataset()
    for _ in range(2):
        deeper = Dataset()
        inner.RequestAttributesSequence = Sequence([deeper])
        inner = deeper
    dataset.OriginalAttributesSequence = Sequence([item])
    return inner


def planted_value(vr: str, person: Person, rng: np.random.Generator) -> object:
    token = "ZQ" + "".join(rng.choice(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), 8))
    if vr == "PN":
        return f"{person.family}^{token}"
    if vr in TEXTS:
        return token if vr in ("AE", "AS", "CS", "SH") else f"{token} {person.family} {person.number}"
    return {
        "DA": person.born, "DT": f"{person.born}101500", "UI": f"1.2.826.0.1.{person.number}.{rng.integers(10**9)}",
        "OB": f"{token}{person.family}".encode().ljust(32), "UN": f"{token}{person.given}".encode().ljust(32),
    }.get(vr)  # fmt: skip


def plant_oddities(dataset: Dataset, person: Person, rng: np.random.Generator) -> None:
    """Private elements of three kinds, an overlay, a curve, an icon, and a code whose meaning is a name."""
    for group in (0x0009, 0x0019, 0x7FE1):
        block = dataset.private_block(group, f"{person.family[:20]} CREATOR", create=True)
        block.add_new(1, "LO", planted_value("LO", person, rng))
        block.add_new(2, "UN", planted_value("UN", person, rng))
        nested = Dataset()
        nested.PatientName = f"{person.family}^{person.given}"
        block.add_new(3, "SQ", Sequence([nested]))
    dataset.add_new(0x60000010, "US", 8)
    dataset.add_new(0x60000022, "LO", planted_value("LO", person, rng))
    dataset.add_new(0x60003000, "OW", planted_value("OB", person, rng))
    dataset.add_new(0x50002500, "LO", planted_value("LO", person, rng))
    icon = Dataset()
    icon.Rows, icon.Columns, icon.PixelData = 4, 8, planted_value("OB", person, rng)
    icon["PixelData"].VR = "OB"
    dataset.IconImageSequence = Sequence([icon])
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator = "399214001", "SCT"
    code.CodeMeaning = f"{person.given} {person.family}"
    dataset.ViewCodeSequence = Sequence([code])


def draw(frames: np.ndarray, person: Person, rng: np.random.Generator, *, on_tissue: bool) -> np.ndarray:
    """Burn the person's lines into the corner of every frame, and on the tissue when asked, on some frames alone."""
    drawn = frames.copy()
    letters, _ = text_masks(person, rng_of_text(person), frames.shape[1:3], on_tissue=on_tissue)
    first = (
        0 if len(drawn) == 1 or rng.random() < 0.7 else len(drawn) - 1
    )  # text that flashes up on the last frame
    for index, frame in enumerate(drawn):
        for mask, grey, tissue in letters:
            if index >= first or not tissue:
                frame[mask] = grey
    return drawn


def rng_of_text(person: Person) -> np.random.Generator:
    return np.random.default_rng(int(person.number))


def text_masks(
    person: Person, rng: np.random.Generator, shape: tuple[int, int], *, on_tissue: bool
) -> tuple[list[tuple[np.ndarray, int, bool]], int]:
    """Return where each line's letters stand, their grey, and whether they stand on the tissue."""
    height, width = shape
    masks = []
    places = [(4 + 16 * row, 6, 13, 255, False, line) for row, line in enumerate(person.lines)]
    if on_tissue:
        scale_px = int(rng.integers(14, 27))
        top = int(rng.integers(height // 3, 2 * height // 3))
        places.append(
            (top, width // 3, scale_px, int(rng.integers(170, 256)), True, str(rng.choice(person.lines)))
        )
    for top, left, scale_px, grey, tissue, line in places:
        page = Image.new("L", (width, height))
        ImageDraw.Draw(page).text((left, top), line, fill=255, font=ImageFont.load_default(size=scale_px))
        masks.append((np.asarray(page) > 127, grey, tissue))
    return masks, len(places)


# ---- searching


def search(path: Path, place: str, original: Path, person: Person, *, on_tissue: bool) -> Counter[str]:
    """Count what is left of a person in one clean file."""
    left: Counter[str] = Counter()
    data = path.read_bytes()
    folded = data.upper()
    planted = original.read_bytes()
    # Eight letters of pixels look like a token now and then: one that was planted counts.
    if any(token in planted for token in TOKEN.findall(folded)):
        left["tokens in bytes"] += 1
    if any(word.encode() in folded for word in person.words) or any(
        word in place.upper() for word in person.words
    ):
        left["names, numbers or dates in bytes or paths"] += 1
    clean, source = read_clip(path).frames, read_clip(original).frames
    masks, _ = text_masks(person, rng_of_text(person), source.shape[1:3], on_tissue=on_tissue)
    for mask, _, tissue in masks:
        shown = clean[:, mask].max(axis=-1)
        burned = source[:, mask].max(axis=-1)
        same = (shown > 0) & (np.abs(shown.astype(int) - burned) < 24)
        # On tissue some letters' strokes are darker than the tissue; a line is left when a third of it shows.
        if same.mean(axis=1).max() > 0.33 and (not tissue or is_drawn(source, mask)):
            left["letter shapes in the picture"] += 1
    words = [
        word
        for frame in clean[:: max(1, len(clean) - 1)]
        for line in read_text(frame)
        for word in line.text.split()
    ]
    if any(
        SequenceMatcher(None, word.upper(), own).ratio() >= LIKE for word in words for own in person.words
    ):
        left["words in the picture by OCR"] += 1
    return left


def is_drawn(frames: np.ndarray, mask: np.ndarray) -> bool:
    return bool((np.ptp(frames[:, mask].astype(int), axis=1) < 8).any())


@dataclass(frozen=True)
class Job:
    """One clean file to search, and whose it was."""

    path: Path
    place: str
    original: Path
    person: Person
    on_tissue: bool


def examine(job: Job) -> tuple[Job, Counter[str], list[str]]:
    found = search(job.path, job.place, job.original, job.person, on_tissue=job.on_tissue)
    return job, found, differs(job.path, job.original)


def differs(path: Path, original: Path) -> list[str]:
    """Return which clinical facts a clean file lost."""
    clean, source = read_clip(path), read_clip(original)
    lost = [
        name for name in ("regions", "calibration", "heart_rate_bpm", "view")
        if getattr(clean, name) != getattr(source, name)
    ]  # fmt: skip
    if not np.array_equal(clean.frame_times_ms, source.frame_times_ms):
        lost.append("frame times")
    kept = clean.frames.any(axis=-1)
    if not np.array_equal(clean.frames[kept], source.frames[kept]):
        lost.append("pixels that were kept")
    return lost


# ---- the whole way


def report(folder: Path, *, studies: int, workers: int, seed: int) -> None:
    warnings.simplefilter("ignore")
    simulated, named, clean = folder / "simulated", folder / "named", folder / "clean"
    simulate(simulated, patients=studies, seed=seed, workers=workers, n_frames=4, views=(View.A4C,),
             on_progress=lambda _d, _t: None)  # fmt: skip
    people: dict[str, tuple[Person, bool]] = {}
    planted = 0
    for index, source in enumerate(sorted((simulated / "files").rglob("*.dcm"))):
        rng = np.random.default_rng((seed, index))
        person = make_person(rng)
        on_tissue, still = bool(index % 2), bool(index % 3)
        target = named / f"{person.family}_{person.given}" / f"{person.number}_{person.born}.dcm"
        people[str(target)] = (person, on_tissue)
        if target.is_file():
            continue
        draft = folder / "draft.dcm"
        planted += plant(source, draft, person, rng, on_tissue=on_tissue, still=still)
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, draft.read_bytes())
    print(f"{len(people)} studies, {planted} values planted", flush=True)
    log = folder / "private.jsonl"
    summary = deidentify(named, clean, key=KEY, private_log=log, workers=workers)
    print(summary, flush=True)
    left: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    written = [entry for entry in entries if entry["written"] and entry["source"] in people]
    jobs = [
        Job(clean / entry["written"], entry["written"], Path(entry["source"]), *people[entry["source"]])
        for entry in written
    ]
    for job, found, facts in run_jobs(examine, jobs, workers=workers):
        left.update(found)
        lost.update(facts)
        if found:
            print(job.original, job.place, dict(found), flush=True)
    blanked = sum(entry["text_lines_blanked"] for entry in written)
    shared = (clean / "deidentification.jsonl").read_text().upper()
    # Whole words: among the digits of a thousand new UIDs some birth date stands by chance.
    words = {word for person, _ in people.values() for word in person.words}
    in_report = sum(bool(re.search(rf"(?<![0-9A-Z]){word}(?![0-9A-Z])", shared)) for word in words)
    print(f"lines blanked on the ultrasound: {blanked}")
    print(f"identities left, by kind: {dict(left) or 'none'}; in the shared report: {in_report}")
    print(f"clinical facts lost, by kind: {dict(lost) or 'none'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--studies", type=int, default=500)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    report(args.folder, studies=args.studies, workers=args.workers, seed=args.seed)


if __name__ == "__main__":
    main()
