"""Whose a folder is: which work it was begun for, so that only that work goes on in it."""

import json
from typing import Final

from echovlm.dataset.info import INFO_NAME, read_info
from echovlm.dataset.shards import WORK_FOLDER
from echovlm.stores import Store

_RUN_NAME: Final = f"{WORK_FOLDER}/run.json"


def claim(store: Store, fingerprint: str) -> None:
    """Mark a folder as begun for the dataset of this fingerprint."""
    store.write(_RUN_NAME, json.dumps({"fingerprint": fingerprint}).encode())


def find_claim(store: Store) -> tuple[str | None, bool]:
    """Return the fingerprint of the dataset that is there or was begun, if any, and whether it is finished.

    Raises:
        SchemaError: If a dataset of another version is there.
    """
    if store.size(INFO_NAME) is not None:
        return read_info(store).origin.fingerprint, True
    try:
        begun: str = json.loads(store.read(_RUN_NAME))["fingerprint"]
    except FileNotFoundError:
        return None, False
    return begun, False


def is_blank(store: Store) -> bool:
    """Return whether a folder holds nothing, or only what a call that was killed at its start left."""
    return all(name.startswith(f"{WORK_FOLDER}/") for name in store.names())
