"""The command line: results on stdout, progress and complaints on stderr, exit 0 done, 1 failed, 2 misused.

A command imports what it runs when it runs: torch and numba would keep every `--help` waiting for seconds.
"""

import os
import sys
from typing import Final, NoReturn

import typer

from echovlm.cli.ablate import ablate
from echovlm.cli.cohort import cohort
from echovlm.cli.compare import compare
from echovlm.cli.curate import curate
from echovlm.cli.dataset import dataset
from echovlm.cli.deidentify import deidentify
from echovlm.cli.demo import demo
from echovlm.cli.evaluate import evaluate, tasks
from echovlm.cli.export import export, push
from echovlm.cli.finetune import finetune
from echovlm.cli.guidelines import guidelines
from echovlm.cli.inspect import inspect
from echovlm.cli.interpret import interpret
from echovlm.cli.interrupt import Interrupts
from echovlm.cli.pretrain import pretrain
from echovlm.cli.rewrite import rewrite
from echovlm.cli.simulate import simulate
from echovlm.errors import EchoVLMError

__all__ = ["app", "main"]

INTERRUPTED: Final = "interrupted; run the same command again to go on where it stopped"

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Curate echo studies, pretrain, evaluate, interpret a study. Research software, not for diagnosis.",
)
for command in (
    simulate,
    inspect,
    deidentify,
    curate,
    rewrite,
    pretrain,
    finetune,
    evaluate,
    tasks,
    compare,
    cohort,
    ablate,
    export,
    push,
    interpret,
    demo,
):
    app.command()(command)
app.add_typer(guidelines, name="guidelines")
app.add_typer(dataset, name="dataset")


def main() -> None:
    """Run the command line; an error that the user can mend becomes one line on stderr and exit code 1."""
    try:
        _obey_interrupts()
    except EchoVLMError as error:
        _stop(f"{error}", 1)
    except BrokenPipeError:
        # The reader (`| head`) has gone; Python would complain once more while flushing at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        # A full disk, a file where a folder should be, a folder without permission.
        place = f"{error.filename}: " if error.filename else ""
        reason = error.strerror or f"{error}"
        _stop(f"{place}{reason}; name a place that can be read or written and has room, and run again", 1)


def _obey_interrupts() -> None:
    interrupts = Interrupts()
    interrupts.watch()
    try:
        app()
    except BaseException as error:
        finished = isinstance(error, SystemExit) and not error.code
        if interrupts.came and not finished:
            _stop(INTERRUPTED, 130)
        raise


def _stop(sentence: str, code: int) -> NoReturn:
    sys.stderr.write(f"echovlm: {sentence}\n")
    sys.exit(code)
