"""Settings of a cohort, read from the words of a command line."""

import difflib
from collections.abc import Sequence
from dataclasses import fields

from echovlm.clinical.views import View, find_view
from echovlm.errors import EchoVLMError
from echovlm.simulation.archive.pixels import Syntax
from echovlm.simulation.patient import Prevalence


class OptionError(EchoVLMError, ValueError):
    """A word of the command line that names nothing."""


def parse_views(text: str) -> tuple[View, ...]:
    """Return the views of a list such as ``plax,a4c``; nothing names none."""
    views = []
    for word in _words(text):
        view = find_view(word)
        if view is None:
            raise OptionError(_unknown("view", word, [view.value for view in View]))
        views.append(view)
    return tuple(views)


def parse_syntaxes(text: str) -> tuple[Syntax, ...]:
    """Return the transfer syntaxes of a list such as ``jpeg,rle``; nothing names none."""
    syntax_of = {syntax.key: syntax for syntax in Syntax}
    unknown = [word for word in _words(text) if word not in syntax_of]
    if unknown:
        raise OptionError(_unknown("transfer syntax", unknown[0], list(syntax_of)))
    return tuple(syntax for key, syntax in syntax_of.items() if key in _words(text))


def parse_prevalence(texts: Sequence[str]) -> Prevalence:
    """Return the usual prevalence but for the shares given as ``name=share``.

    Raises:
        OptionError: If a name is unknown or a share is no number.
        PrevalenceError: If a share is not between 0 and 1.
    """
    names = [field.name for field in fields(Prevalence)]
    shares: dict[str, float] = {}
    for text in texts:
        name, _, share = text.partition("=")
        if name not in names:
            raise OptionError(_unknown("prevalence", name, names))
        try:
            shares[name] = float(share)
        except ValueError as error:
            raise OptionError(
                f"the prevalence {text!r} gives no share; write it as {name}=0.5, from 0 to 1."
            ) from error
    return Prevalence(**shares)


def _words(text: str) -> list[str]:
    return [word.strip().lower() for word in text.split(",") if word.strip()]


def _unknown(what: str, word: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"there is no {what} {word!r}; allowed are {', '.join(known)}.{hint}"
