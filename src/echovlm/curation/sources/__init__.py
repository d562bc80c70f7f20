"""Sources of studies: each module reads one layout into a listing of studies."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from echovlm.curation.errors import SourceError
from echovlm.curation.reasons import Reason
from echovlm.curation.sources import (
    camus,
    cardiac_uda,
    echonet,
    echonet_lvh,
    ev9v,
    folder,
    hmc_qu,
    mimic,
    tmed2,
    unity,
    user_table,
)
from echovlm.curation.task import Listing
from echovlm.curation.tree import SourceTree, hide_secrets, open_tree
from echovlm.dataset import ExcludedClip
from echovlm.engines import HERE, Engine
from echovlm.imaging.dicomweb import fetch_studies, is_web_address

__all__ = ["LAYOUTS", "Layout", "open_source", "read_source"]

_INDEX = "DICOMDIR"


@dataclass(frozen=True, slots=True)
class Layout:
    """One way in which studies lie: its name, how it is told, and its reader."""

    name: str
    is_this: Callable[[SourceTree], bool]
    read: Callable[[SourceTree], Listing]


LAYOUTS: Final = (
    Layout("EchoNet-LVH", echonet_lvh.is_lvh, echonet_lvh.read_lvh),
    Layout("EchoNet-Dynamic", echonet.is_dynamic, echonet.read_dynamic),
    Layout("EchoNet-Pediatric", echonet.is_pediatric, echonet.read_pediatric),
    Layout("CAMUS", camus.is_camus, camus.read_camus),
    Layout("TMED-2", tmed2.is_tmed2, tmed2.read_tmed2),
    Layout("Unity Imaging", unity.is_unity, unity.read_unity),
    Layout("CardiacUDA", cardiac_uda.is_cardiac_uda, cardiac_uda.read_cardiac_uda),
    Layout("HMC-QU", hmc_qu.is_hmc_qu, hmc_qu.read_hmc_qu),
    Layout("EV9V", ev9v.is_ev9v, ev9v.read_ev9v),
)


def read_source(source: Path | str, *, notes: Path | None = None) -> Listing:
    """Return what a source lists.

    Raises:
        SourceError: If the source is missing, is empty, may not be read, or lacks a table or a column.
    """
    return open_source(source, notes=notes)[1]


def open_source(
    source: Path | str,
    *,
    notes: Path | None = None,
    fetched: Path | None = None,
    engine: Engine = HERE,
) -> tuple[SourceTree, Listing]:
    """Return a source's files and what it lists: by its layout, which the tables and names in it tell.

    Args:
        source: A folder, a zip, a DICOMDIR, an address that fsspec opens, the http address of a DICOMweb service,
            or a .toml that maps the user's tables.
        notes: Discharge notes of a MIMIC-IV-ECHO tree that lie elsewhere.
        fetched: Folder for what a DICOMweb service delivers; a rerun fetches only what is missing.
        engine: Where the headers of files without tables are read.

    Raises:
        SourceError: If the source is missing, is empty, may not be read, or lacks a table or a column.
        DicomWebError: If a service cannot be read.
    """
    try:
        if is_web_address(str(source)):
            return _read_server(str(source), fetched, engine)
        path = Path(source)
        if path.suffix.lower() == ".toml" and path.is_file():
            return user_table.read_user_table(path)
        if path.name == _INDEX and path.is_file():
            tree = open_tree(path.parent)
            return tree, folder.read_folder(tree, index=path, engine=engine)
        tree = open_tree(source)
        if mimic.is_tree(tree):
            return tree, mimic.read_tree(tree, notes=notes)
        layout = next((each for each in LAYOUTS if each.is_this(tree)), None)
        listing = folder.read_folder(tree, engine=engine) if layout is None else layout.read(tree)
    except PermissionError as error:
        raise SourceError(f"{source} may not be read ({error.strerror}); ask for permission to it") from error
    if not listing.tasks:
        raise SourceError(
            f"{tree} is laid out as {listing.kind} and lists no study; give it as it was released"
        )
    return tree, listing


def _read_server(address: str, fetched: Path | None, engine: Engine) -> tuple[SourceTree, Listing]:
    """Return the files that a DICOMweb service delivers; what it lists and does not deliver is set aside."""
    if fetched is None:
        raise SourceError("a DICOMweb address needs a folder for what it delivers; curate it into a dataset")
    answer = fetch_studies(address, fetched)
    if not answer.files:
        raise SourceError(
            f"{hide_secrets(address)} delivered no ultrasound ({len(answer.refused)} refused); check the address and "
            "your permission"
        )
    tree = open_tree(fetched)
    listing = folder.read_folder(tree, engine=engine)
    lost = tuple(ExcludedClip(uid, Reason.MISSING_FILE.key, reason) for uid, reason in answer.refused)
    return tree, replace(listing, excluded=(*listing.excluded, *lost))
