"""Where the numbers of a run go while it runs: TensorBoard where it is installed, or anything with two methods."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

FOLDER: Final = "tensorboard"


class Tracker(Protocol):
    """Something that takes the numbers of a run, such as an experiment tracker."""

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Take the numbers of one step, counted from 1."""

    def close(self) -> None:
        """Finish; nothing is logged after."""


class TensorBoardTracker:
    """Numbers as TensorBoard scalars; a run that resumes hides what an earlier one logged beyond its last state."""

    def __init__(self, folder: Path, *, first_step: int) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(folder), purge_step=first_step)

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Write one scalar per number."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def close(self) -> None:
        """Write what is still in memory."""
        self._writer.close()


def open_tensorboard(out: Path, *, first_step: int) -> TensorBoardTracker | None:
    """Return a tracker that writes below a run's folder; ``None`` where TensorBoard is not installed.

    Args:
        out: The run's folder.
        first_step: The first step that will be logged.
    """
    try:
        return TensorBoardTracker(out / FOLDER, first_step=first_step)
    except ModuleNotFoundError:
        return None
