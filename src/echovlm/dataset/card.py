"""The dataset card: what is inside, for whom, and under which terms."""

from importlib.resources import files
from typing import Final

from jinja2 import Environment, StrictUndefined

from echovlm.dataset.info import DatasetInfo
from echovlm.dataset.schema import Split

_TEMPLATE: Final = "card.md.jinja"


def render_card(info: DatasetInfo) -> str:
    """Return the card in Markdown."""
    source = files("echovlm.dataset").joinpath(_TEMPLATE).read_text(encoding="utf-8")
    environment = Environment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    return environment.from_string(source).render(info=info, splits=[split.value for split in Split])
