"""A model from wherever it lies: a file, a folder, or the Hugging Face hub."""

from pathlib import Path

import torch

from echovlm.models.checkpoint import AnyModel, LoadedModel, load_checkpoint
from echovlm.models.embedded import embedded_model
from echovlm.models.errors import CheckpointError
from echovlm.models.hub import WEIGHTS_NAME, fetch_from_hub, is_repo_id


def load(
    source: str | Path = "embedded",
    *,
    revision: str | None = None,
    device: str | torch.device = "cpu",
) -> LoadedModel[AnyModel]:
    """Read a model with its preprocessing, whatever machine it was trained on.

    Args:
        source: A checkpoint's path, a folder that holds one, ``owner/name`` on the Hugging Face hub, or
            ``embedded`` for the dual encoder that ships with the package.
        revision: Branch, tag or commit on the hub.
        device: Where the model shall run.

    Raises:
        CheckpointError: If there is no such model, or it cannot be read.

    Example:
        >>> loaded = echovlm.load()  # doctest: +SKIP
        >>> loaded.model.encode_text(["Apical four chamber."])  # doctest: +SKIP
    """
    loaded = load_checkpoint(_find(source, revision))
    try:
        loaded.model.to(device)
    except (RuntimeError, AssertionError) as error:
        said = f"{error}".splitlines()[0].rstrip(".")
        raise CheckpointError(
            f"the model cannot run on device {str(device)!r} ({said}); use cpu, or cuda where a GPU is ready"
        ) from error
    return loaded


def _find(source: str | Path, revision: str | None) -> Path:
    """Return the checkpoint's file, fetched where it is not here."""
    if f"{source}" == "embedded":
        return embedded_model()
    path = Path(source)
    if path.is_dir():
        return _in_folder(path)
    if path.exists() or not is_repo_id(f"{source}"):
        if revision is not None:
            raise CheckpointError(
                f"{source} is a path, and only the hub has revisions; leave revision={revision!r} out"
            )
        return path
    try:
        return fetch_from_hub(f"{source}", revision=revision)
    except CheckpointError as error:
        raise CheckpointError(f"there is no file {source} here, and {error}") from error


def _in_folder(folder: Path) -> Path:
    """Return the one checkpoint of a folder, by our own name where there are several."""
    if (folder / WEIGHTS_NAME).is_file():
        return folder / WEIGHTS_NAME
    found = sorted(p for p in folder.glob("*.safetensors") if p.name != "state.safetensors")
    if len(found) == 1:
        return found[0]
    held = ", ".join(p.name for p in found) or "none"
    raise CheckpointError(
        f"{folder} holds no {WEIGHTS_NAME} and not exactly one checkpoint ({held}); name the file"
    )
