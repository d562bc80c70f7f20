"""Progress on stderr: a bar where a person watches, one plain line per stage where nobody does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

stderr = Console(stderr=True, highlight=False)


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a function of (done, total) that moves a bar labelled ``what``."""
    if not stderr.is_terminal:
        stderr.print(f"{what} ...")
        yield _quarters(what)
        return
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
               TextColumn("{task.fields[note]}"))  # fmt: skip
    with Progress(*columns, console=stderr) as bar:
        task = bar.add_task(what, total=None, note="")
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _quarters(what: str) -> Callable[[int, int], None]:
    """Return a progress function that prints a line at each quarter of the way."""
    said = 0

    def tell(done: int, total: int) -> None:
        nonlocal said
        quarter = 4 * done // max(total, 1)
        if said < quarter < 4:
            stderr.print(f"{what}: {done} of {total}")
        said = max(said, quarter)

    return tell
