"""Ctrl-C that is never lost: code that Python calls back from C can only print and drop what it raises."""

import _thread
import signal
import sys
import threading
from types import FrameType
from typing import Final

_AGAIN_AFTER_S: Final = 0.1  # by then the callback that dropped the interrupt has returned


class Interrupts:
    """What Ctrl-C does while a command runs.

    A compiler that calls Python back drops a `KeyboardInterrupt` raised there, and may then fail on what the
    callback left undone. So the interrupt is raised again, and remembered: whatever a command ends with after
    Ctrl-C, it ended because of Ctrl-C.

    Attributes:
        came: Whether Ctrl-C was pressed.
    """

    def __init__(self) -> None:
        self.came = False

    def watch(self) -> None:
        """Take over Ctrl-C, if nobody has told the process to ignore it."""
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._on_signal)
            sys.unraisablehook = self._on_dropped

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.came = True
        raise KeyboardInterrupt

    def _on_dropped(self, dropped: "sys.UnraisableHookArgs") -> None:
        if issubclass(dropped.exc_type, KeyboardInterrupt):
            threading.Timer(_AGAIN_AFTER_S, _thread.interrupt_main).start()
        elif not self.came:
            sys.__unraisablehook__(dropped)
