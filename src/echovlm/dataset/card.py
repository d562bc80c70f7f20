"""The dataset card: what is inside, for whom, and under which terms, as the Hugging Face hub reads it."""

from functools import cache
from importlib.resources import files
from typing import Final

from jinja2 import Environment, StrictUndefined, Template

from echovlm.dataset.info import DatasetInfo
from echovlm.dataset.schema import Split

CARD_NAME: Final = "README.md"
_TEMPLATE: Final = "card.md.jinja"
# The hub's size categories: https://huggingface.co/docs/hub/datasets-cards
_SIZES: Final = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"))


def render_card(info: DatasetInfo) -> str:
    """Return the card in Markdown, with the hub's metadata as YAML before it."""
    clips = sum(info.clips.values())
    return _template().render(
        info=info,
        splits=[split.value for split in Split],
        filled=[split.value for split in Split if info.clips[split.value]],
        size=next((name for limit, name in _SIZES if clips < limit), "1M<n<10M"),
    )


@cache  # compiling takes longer than all the rest
def _template() -> Template:
    environment = Environment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    return environment.from_string(files("echovlm.dataset").joinpath(_TEMPLATE).read_text(encoding="utf-8"))
