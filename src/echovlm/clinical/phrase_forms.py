"""The forms in which findings are stated and denied: pairs of sentences of one style and nearly one length."""

from dataclasses import dataclass
from typing import TypeAlias

Pairs: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Phrases:
    """The sentences of one finding: pairs of (present, absent), and positive forms that take a grade.

    Attributes:
        train: Pairs that captions use.
        held_out: Pairs that no training caption uses.
        graded: Positive forms with the places ``{adverb}`` or ``{adjective}``.
    """

    train: Pairs
    held_out: Pairs
    graded: tuple[str, ...] = ()


def _start(text: str) -> str:
    return text[0].upper() + text[1:]


def dilation(noun: str, adjective: str) -> Phrases:
    """Return the sentences of a chamber or vessel that may be dilated."""
    start = _start(adjective)
    return Phrases(
        train=(
            (f"The {noun} is dilated.", f"The {noun} is not dilated."),
            (f"{start} dilation is present.", f"{start} dilation is absent."),
            (f"Enlarged {adjective} size.", f"Normal {adjective} size."),
            (f"There is {adjective} enlargement.", f"There is no {adjective} enlargement."),
            (f"The {noun} is enlarged.", f"The {noun} is normal in size."),
        ),
        held_out=(
            (f"Dilation of the {noun} is seen.", f"No dilation of the {noun} is seen."),
            (f"{start} size is increased.", f"{start} size is normal."),
            (f"The {noun} appears enlarged.", f"The {noun} does not appear enlarged."),
        ),
        graded=(f"The {noun} is {{adverb}} dilated.", f"{{adjective}} {adjective} enlargement is present."),
    )


def lesion(name: str, article: str = "") -> Phrases:
    """Return the sentences of a leak or a narrowing of a valve, or of another thing that has a name.

    Args:
        name: The name in words.
        article: ``a`` or ``an`` for what can be counted.
    """
    start = _start(name)
    one = f"{article} {name}".strip()
    return Phrases(
        train=(
            (f"There is {one}.", f"There is no {name}."),
            (f"{start} is present.", f"{start} is absent."),
            (f"{start} is seen.", f"No {name} is seen."),
            (f"The study shows {one}.", f"The study shows no {name}."),
        ),
        held_out=(
            (f"{start} is noted.", f"No {name} is noted."),
            (f"Evidence of {name} is seen.", f"No evidence of {name} is seen."),
            (f"The examination shows {one}.", f"The examination shows no {name}."),
        ),
        graded=(
            (f"There is {{adjective}} {name}.", f"{{adjective}} {name} is present.") if not article else ()
        ),
    )


def significance(name: str) -> Phrases:
    """Return the sentences that part moderate and severe lesions from mild ones and from none."""
    start = _start(name)
    return Phrases(
        train=(
            (f"There is significant {name}.", f"There is no significant {name}."),
            (f"{start} is more than mild.", f"{start} is not more than mild."),
            (f"Significant {name} is present.", f"Significant {name} is absent."),
            (f"More than mild {name} is seen.", f"No more than mild {name} is seen."),
        ),
        held_out=(
            (f"{start} is at least moderate.", f"{start} is less than moderate."),
            (f"Clinically significant {name} is noted.", f"No clinically significant {name} is noted."),
            (f"There is moderate or severe {name}.", f"There is no moderate or severe {name}."),
        ),
    )


def narrow_opening(valve: str) -> Phrases:
    """Return how a plain moving picture shows a stenosis: by leaflets that do not open, without a grade."""
    return Phrases(
        train=(
            (
                f"The opening of the {valve} valve is restricted.",
                f"The opening of the {valve} valve is normal.",
            ),
            (f"The {valve} leaflets open poorly.", f"The {valve} leaflets open well."),
            (f"Restricted {valve} leaflet opening.", f"Normal {valve} leaflet opening."),
            (f"The {valve} valve opens poorly.", f"The {valve} valve opens normally."),
        ),
        held_out=(
            (f"The {valve} valve has a narrow opening.", f"The {valve} valve has a wide opening."),
            (
                f"{_start(valve)} leaflet excursion is reduced.",
                f"{_start(valve)} leaflet excursion is normal.",
            ),
            (
                f"The {valve} leaflets appear to open little.",
                f"The {valve} leaflets appear to open fully.",
            ),
        ),
    )
