"""Where a dataset goes: whether it may be written there, and whether it is there already."""

from pathlib import Path

from echovlm.curation.errors import OutputError
from echovlm.curation.tree import SourceTree
from echovlm.dataset import DatasetInfo
from echovlm.dataset.card import CARD_NAME
from echovlm.dataset.claim import find_claim, is_blank
from echovlm.dataset.croissant import CROISSANT_NAME
from echovlm.dataset.shards import WORK_FOLDER
from echovlm.stores import DiskStore, Store


def check_output(tree: SourceTree, store: Store, fingerprint: str) -> bool:
    """Return whether the dataset is already there.

    Raises:
        OutputError: If the output holds anything but this dataset or its parts, or lies in the source.
    """
    check_place(tree, store)
    if isinstance(store, DiskStore) and store.root.exists() and not store.root.is_dir():
        raise OutputError(f"{store.root} is a file; choose another folder for the dataset")
    found, finished = find_claim(store)
    if found is None:
        if is_blank(store):
            return False
        raise OutputError(
            f"{store.address} holds other files; choose an empty or a new folder for the dataset"
        )
    if found != fingerprint:
        what = "a dataset" if finished else "an unfinished dataset"
        raise OutputError(
            f"{store.address} holds {what} of another source, seed or version; remove it or choose another folder"
        )
    return finished


def check_place(tree: SourceTree, store: Store) -> None:
    """Check that a dataset does not go into its own source.

    Raises:
        OutputError: If it does.
    """
    if isinstance(store, DiskStore):
        out = store.root
        inside = tree.folder is not None and tree.folder.resolve() in (out.resolve(), *out.resolve().parents)
    else:
        inside = f"{store.address}/".startswith(f"{tree.address.rstrip('/')}/")
    if inside:
        raise OutputError(f"{store.address} lies inside the source {tree}; choose a folder outside it")


def find_companion(store: Store, out: Path | str) -> Path:
    """Return the path beside which lies what belongs to a dataset and must not be in it, such as the key.

    Of a dataset in a bucket it is a path of the last name of its address, in the working directory.
    """
    return store.root if isinstance(store, DiskStore) else Path(str(out).rstrip("/").rpartition("/")[2])


def is_whole(store: Store, info: DatasetInfo) -> bool:
    """Return whether every file of a finished dataset is there with its size.

    Raises:
        OutputError: If a folder stands where a file belongs; what it holds is not ours to remove.
    """
    made = (CARD_NAME, CROISSANT_NAME)
    for name in (*info.files, *made):
        if isinstance(store, DiskStore) and (store.root / name).is_dir():
            raise OutputError(
                f"{store.root / name} is a folder, not the dataset's file; remove it and run again"
            )
    sizes = all(store.size(name) == digest.size for name, digest in info.files.items())
    return sizes and all(store.size(name) is not None for name in made)


def remove_blank(store: Store) -> None:
    """Remove what a call without a result made."""
    store.remove_folder(WORK_FOLDER)
    if isinstance(store, DiskStore) and not any(store.root.iterdir()):
        store.root.rmdir()
