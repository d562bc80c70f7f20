"""What a whole dataset says of itself in ``dataset.json``."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Final

from echovlm.dataset.errors import SchemaError
from echovlm.dataset.schema import OLDER_VERSIONS, SCHEMA_VERSION
from echovlm.stores import Store

INFO_NAME: Final = "dataset.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetOrigin:
    """What a dataset was made from; the writer is told this, and counts the rest.

    Attributes:
        source: The kind of source in words, such as ``MIMIC-IV-ECHO 1.0.1 tree``.
        simulated: Whether the studies come from the simulator.
        seed: Seed of captions and counterfactuals.
        licence: Licence and use agreement of the source, one sentence.
        fingerprint: Hash of the source's content and of the options; equal fingerprints give equal bytes.
        row_problems: How many table rows were set aside, by problem.
        agreement: How often two places that state one value or finding agreed and disagreed, such as
            ``table/note agree``: an estimate of the noise of the labels.
        contradictions: How many statements of captions and notes the values contradict, by text and kind, such as
            ``note degree``; ``note compared`` says of how many.
    """

    source: str
    simulated: bool
    seed: int
    licence: str
    fingerprint: str
    row_problems: Mapping[str, int]
    agreement: Mapping[str, int] = field(default_factory=dict)
    contradictions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDigest:
    """Size and content hash of one file of the dataset."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetInfo:
    """The content of ``dataset.json``.

    Attributes:
        schema_version: Version of the manifest's columns.
        origin: What the dataset was made from.
        clips: Clips by split.
        patients: Patients by split.
        studies: Studies by split.
        views: Clips by view and split.
        findings: Clips by finding, state and split.
        masked_clips: Clips with at least one mask.
        calibrated_clips: Clips with a known pixel spacing.
        frames: Stored frames.
        records: Clips that the source lists: kept and excluded ones.
        excluded: Excluded clips by reason.
        merged_patients: Patient ids that were found to be another id's person, because a clip is the same.
        files: Shards, manifest and list of exclusions with size and hash.
    """

    schema_version: int
    origin: DatasetOrigin
    clips: Mapping[str, int]
    patients: Mapping[str, int]
    studies: Mapping[str, int]
    views: Mapping[str, Mapping[str, int]]
    findings: Mapping[str, Mapping[str, Mapping[str, int]]]
    masked_clips: int
    calibrated_clips: int
    frames: int
    records: int
    excluded: Mapping[str, int]
    merged_patients: int
    files: Mapping[str, FileDigest]

    @property
    def agreeing_places(self) -> tuple[str, ...]:
        """Pairs of places that were compared, such as ``table/note``."""
        return tuple(sorted({name.rpartition(" ")[0] for name in self.origin.agreement}))

    @property
    def simulated(self) -> bool:
        """Whether the studies come from the simulator."""
        return self.origin.simulated


def write_info(store: Store, info: DatasetInfo) -> None:
    """Write ``dataset.json``; its presence says that the dataset is whole."""
    banner = {"notice": "SIMULATED STUDIES: no patient data"} if info.simulated else {}
    text = json.dumps(banner | asdict(info), indent=2, ensure_ascii=False)
    store.write(INFO_NAME, f"{text}\n".encode())


def read_info(store: Store) -> DatasetInfo:
    """Return what ``dataset.json`` says.

    Raises:
        SchemaError: If the file is missing, unreadable, damaged or of another schema version.
    """
    path = f"{store.address}/{INFO_NAME}"
    try:
        plain = json.loads(store.read(INFO_NAME))
    except (FileNotFoundError, NotADirectoryError):
        raise SchemaError(
            f"{store.address} has no {INFO_NAME}: it is not an EchoGround dataset, or its curation did not end; "
            "run `echovlm curate` to make or finish it"
        ) from None
    except OSError as error:
        raise SchemaError(
            f"{path} cannot be read as a file ({error.strerror}); copy the dataset or curate the source again"
        ) from error
    except ValueError as error:
        raise SchemaError(f"{path} is not JSON ({error}); curate the source again") from error
    version = plain.get("schema_version") if isinstance(plain, dict) else None
    if version != SCHEMA_VERSION and not (isinstance(version, int) and version in OLDER_VERSIONS):
        raise SchemaError(
            f"{path} has schema version {version!r}; this version of echovlm reads "
            f"{', '.join(map(str, sorted({*OLDER_VERSIONS, SCHEMA_VERSION})))}. "
            "Curate the source again."
        )
    try:
        known = {f.name: plain[f.name] for f in fields(DatasetInfo)}
        known["origin"] = DatasetOrigin(**plain["origin"])
        known["files"] = {name: FileDigest(**digest) for name, digest in plain["files"].items()}
        return DatasetInfo(**known)
    except (KeyError, TypeError) as error:
        raise SchemaError(f"{path} lacks or misnames a field ({error}); curate the source again") from error
