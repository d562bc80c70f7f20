"""Models on the Hugging Face hub: one safetensors file, its card and what it was measured at, up and down."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from echovlm.files import write_whole
from echovlm.models.card import render_model_card
from echovlm.models.checkpoint import put_metrics, read_header
from echovlm.models.errors import CheckpointError

WEIGHTS_NAME: Final = "echovlm.safetensors"
CARD_NAME: Final = "README.md"  # what the hub shows
CONFIG_NAME: Final = "config.json"
_REPO_ID: Final = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def is_repo_id(source: str) -> bool:
    """Return whether a text has the form ``owner/name`` of the hub."""
    return _REPO_ID.fullmatch(source) is not None and not source.endswith(".safetensors")


def write_hub_folder(checkpoint: Path, folder: Path, *, metrics: Mapping[str, Any] | None = None) -> Path:
    """Write what a hub repository holds: weights, a card, and the header as JSON for readers of other tongues.

    Args:
        checkpoint: Any checkpoint of ours.
        folder: The folder to write; the three files in it are replaced.
        metrics: What the checkpoint was measured at, for card and header; without them, what it says itself.

    Returns:
        The folder.

    Raises:
        CheckpointError: If the checkpoint cannot be read.
    """
    read_header(checkpoint)  # refused before anything is written
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / WEIGHTS_NAME).exists() or not checkpoint.samefile(folder / WEIGHTS_NAME):
        write_whole(folder / WEIGHTS_NAME, checkpoint.read_bytes())
    if metrics is not None:
        put_metrics(folder / WEIGHTS_NAME, metrics)
    header = read_header(folder / WEIGHTS_NAME)
    write_whole(folder / CARD_NAME, render_model_card(header).encode())
    told = json.dumps(header, indent=2, sort_keys=True, ensure_ascii=False)
    write_whole(folder / CONFIG_NAME, f"{told}\n".encode())
    return folder


def push_to_hub(
    checkpoint: Path,
    repo_id: str,
    *,
    folder: Path,
    metrics: Mapping[str, Any] | None = None,
    private: bool = True,
    message: str = "Upload a checkpoint of echovlm",
    endpoint: str | None = None,
    token: str | None = None,
) -> str:
    """Upload a checkpoint with its card; the repository is made when it does not exist.

    Args:
        checkpoint: Any checkpoint of ours.
        repo_id: ``owner/name``.
        folder: Where the files are put together before they go up.
        metrics: As in ``write_hub_folder``.
        private: Whether a repository that is made now is private.
        message: Of the commit.
        endpoint: Address of the hub; by default what ``HF_ENDPOINT`` says, or the public one.
        token: Access token; by default what ``hf auth login`` or ``HF_TOKEN`` left.

    Returns:
        The commit's identifier.

    Raises:
        CheckpointError: If the checkpoint cannot be read, or the hub does not take it.
    """
    if not is_repo_id(repo_id):
        raise CheckpointError(
            f"{repo_id!r} is no repository of the hub; write owner/name, as in lab/echo-base"
        )
    write_hub_folder(checkpoint, folder, metrics=metrics)
    hub = _import_hub()
    with _one_sentence(f"the hub did not take {repo_id}", hub):
        api = hub.HfApi(endpoint=endpoint, token=token)
        api.create_repo(repo_id, private=private, exist_ok=True)
        names = (WEIGHTS_NAME, CARD_NAME, CONFIG_NAME)
        files = [hub.CommitOperationAdd(path_in_repo=name, path_or_fileobj=folder / name) for name in names]
        done = api.create_commit(repo_id, files, commit_message=message)
    return f"{done.oid}"


def fetch_from_hub(
    repo_id: str,
    *,
    revision: str | None = None,
    endpoint: str | None = None,
    cache: Path | None = None,
    token: str | None = None,
) -> Path:
    """Return a checkpoint of the hub as a local file; one that was fetched before needs no network.

    Args:
        repo_id: ``owner/name``.
        revision: Branch, tag or commit; a commit pins the very bytes.
        endpoint: Address of the hub, as in ``push_to_hub``.
        cache: Folder of the files that were fetched; by default the hub client's own.
        token: Access token, as in ``push_to_hub``.

    Raises:
        CheckpointError: If the hub has no such checkpoint, or cannot be asked.
    """
    hub = _import_hub()
    with _one_sentence(f"{repo_id} could not be fetched from the hub", hub):
        path = hub.hf_hub_download(
            repo_id, WEIGHTS_NAME, revision=revision, endpoint=endpoint, cache_dir=cache, token=token
        )
    return Path(path)


def _import_hub() -> ModuleType:
    try:
        import huggingface_hub
        import huggingface_hub.errors
    except ImportError as error:
        raise CheckpointError(
            "the hub needs the package huggingface-hub; install echovlm[huggingface], or copy the file and name it"
        ) from error
    return huggingface_hub


@contextmanager
def _one_sentence(what: str, hub: ModuleType) -> Iterator[None]:
    """Turn what the hub's client raises into one sentence of ours."""
    unreachable: type[Exception] = hub.errors.HTTPError  # of whichever HTTP client the hub's own client uses
    try:
        yield
    except (unreachable, OSError, ValueError) as error:
        lines = [line.strip() for line in f"{error}".splitlines() if line.strip()]
        said = lines[0].rstrip(".:") if lines else "no reason given"
        raise CheckpointError(
            f"{what} ({type(error).__name__}: {said}); check the name, the network and the access token, "
            "or copy the file and give its path"
        ) from error
