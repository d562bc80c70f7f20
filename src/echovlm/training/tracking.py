"""Where the numbers of a run go while it runs: TensorBoard where it is installed, or anything with three methods."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

FOLDER: Final = "tensorboard"


class Tracker(Protocol):
    """Something that takes the numbers of a run, such as an experiment tracker."""

    def start(self, first_step: int) -> None:
        """Begin, or go on: what was logged from this step on belongs to a run that was cut off."""

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Take the numbers of one step, counted from 1."""

    def close(self) -> None:
        """Finish; nothing is logged after."""


class TensorBoardTracker:
    """Numbers as TensorBoard scalars below a run's folder."""

    def __init__(self, out: Path) -> None:
        self._folder = out / FOLDER
        self._writer: SummaryWriter | None = None

    def start(self, first_step: int) -> None:
        """Open a file of events that hides what an earlier one logged beyond the last saved state."""
        from torch.utils.tensorboard import SummaryWriter  # here, because it takes a second

        self._writer = SummaryWriter(str(self._folder), purge_step=first_step)

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Write one scalar per number."""
        if self._writer is not None:
            for name, value in values.items():
                self._writer.add_scalar(name, value, step)

    def close(self) -> None:
        """Write what is still in memory."""
        if self._writer is not None:
            self._writer.close()


def installed_trackers(out: Path) -> tuple[Tracker, ...]:
    """Return TensorBoard where it is installed, else nothing: ``loss.csv`` holds every number anyway."""
    return (TensorBoardTracker(out),) if find_spec("tensorboard") else ()
