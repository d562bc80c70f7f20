"""Identities of a source that is not clean, replaced by keyed pseudonyms before anything is written."""

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Final

import numpy as np
from jaxtyping import UInt8

from echovlm.curation.errors import SourceError
from echovlm.curation.overlays import check_ocr
from echovlm.curation.reasons import Reason
from echovlm.curation.task import ClipFile, Listing, StudyTask
from echovlm.dataset import ExcludedClip
from echovlm.files import write_whole
from echovlm.imaging import Clip
from echovlm.imaging.deidentify import Pseudonyms, read_key
from echovlm.imaging.deidentify.pixels import blank_identity, find_kept_area
from echovlm.imaging.deidentify.run import read_screen
from echovlm.imaging.overlay import OcrMissingError

_LETTERS: Final = 16
_WORDS: Final = {reason.key: reason.words for reason in Reason}


@dataclass(frozen=True, slots=True)
class Privacy:
    """How identities are hidden.

    Attributes:
        key: The secret of the pseudonyms; never shown.
        private_log: Where the originals are listed, for whoever may know them.
    """

    key: bytes = field(repr=False)
    private_log: Path

    @property
    def key_hash(self) -> str:
        """A hash that tells keys apart and gives none away."""
        return hashlib.sha256(b"echoground key " + self.key).hexdigest()[:_LETTERS]


def open_privacy(out: Path, key_file: Path | None) -> Privacy:
    """Return the privacy of a dataset: its key, made beside it when there is none, and its private log.

    Raises:
        KeyFileError: If the key cannot be used.
        SourceError: If burned-in text cannot be read, so that nothing could be proven clean.
    """
    path = key_file or out.with_name(f"{out.name}.key")
    if out.resolve() in path.resolve().parents:
        raise SourceError(f"the key {path} would lie inside the dataset; name a file outside {out}")
    try:
        check_ocr()
    except OcrMissingError as error:
        raise SourceError(
            f"the source is not known to be de-identified, and {error}; or de-identify it first with "
            "`echovlm deidentify`, or say --clean when its files hold no identity"
        ) from error
    return Privacy(read_key(path), path.with_suffix(".originals.jsonl"))


def hide_identities(listing: Listing, privacy: Privacy) -> Listing:
    """Return the listing with pseudonyms for patients, studies, clips and paths; files are still read by their paths.

    What was set aside keeps its reason, and loses every word of its own: a path or a value may hold a name.
    """
    names = Pseudonyms(privacy.key)
    tasks = tuple(_hide_task(task, names, privacy.key) for task in listing.tasks)
    excluded = tuple(hide_excluded(clip, privacy.key) for clip in listing.excluded)
    return replace(listing, tasks=tasks, excluded=excluded)


def _hide_task(task: StudyTask, names: Pseudonyms, key: bytes) -> StudyTask:
    return replace(
        task,
        task_id=_name(key, "task", task.task_id),
        patient_id=None if task.patient_id is None else names.patient(task.patient_id),
        study_id=None if task.study_id is None else "S" + _name(key, "study", task.study_id),
        files=tuple(_hide_file(file, key) for file in task.files),
        verdict=task.verdict and replace(task.verdict, detail=task.verdict.reason.words),
        unmeasured=task.unmeasured and replace(task.unmeasured, detail=task.unmeasured.reason.words),
        report_is_clean=False,  # free text that nobody has proven clean
    )


def _hide_file(file: ClipFile, key: bytes) -> ClipFile:
    return replace(file, clip_id="C" + _name(key, "clip", file.path), public_path=hide_path(file.path, key))


def hide_path(path: str, key: bytes) -> str:
    """Return a stand-in for a path that keeps only the kind of file."""
    suffix = PurePosixPath(path).suffix.lower()
    return f"{_name(key, 'path', path)}{suffix if suffix in ('.dcm', '.mp4', '.avi', '.png', '.gz') else ''}"


def hide_excluded(clip: ExcludedClip, key: bytes) -> ExcludedClip:
    """Return a file that was set aside without its name and without the words on it."""
    return ExcludedClip(hide_path(clip.path, key), clip.reason, _WORDS.get(clip.reason, clip.reason))


def _name(key: bytes, purpose: str, original: str) -> str:
    message = f"curation {purpose}\0{original}".encode("utf-8", "surrogateescape")
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:_LETTERS]


def write_private_log(privacy: Privacy, pairs: Iterable[tuple[str, str]]) -> None:
    """Write which public path stands for which original, readable by its owner only."""
    lines = [json.dumps({"public": public, "original": original}) for public, original in pairs]
    privacy.private_log.parent.mkdir(parents=True, exist_ok=True)
    if not privacy.private_log.exists():
        privacy.private_log.touch(mode=0o600)
    write_whole(
        privacy.private_log, "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")
    )
    privacy.private_log.chmod(0o600)


def clean_pixels(clip: Clip) -> UInt8[np.ndarray, "frame height width 3"] | None:
    """Return frames that are black outside the ultrasound and wherever text stood in it; ``None`` when not provable."""
    kept = find_kept_area(clip.frames, clip.regions)
    if kept is None:
        return None
    blanked = blank_identity(clip.frames, kept, reader=read_screen)
    return None if blanked is None else blanked[0]
