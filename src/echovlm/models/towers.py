"""Every kind of image and text tower, by its configuration."""

from collections.abc import Mapping
from typing import Any, Final

from echovlm.models.hugging_face_tower import HuggingFaceTower, HuggingFaceTowerConfig
from echovlm.models.image_tower import ImageTower, ImageTowerConfig
from echovlm.models.report_tower import ReportTower, ReportTowerConfig
from echovlm.models.text_tower import TextTower, TextTowerConfig
from echovlm.models.timm_tower import TimmTower, TimmTowerConfig

ImageConfig = ImageTowerConfig | TimmTowerConfig
TextConfig = TextTowerConfig | ReportTowerConfig | HuggingFaceTowerConfig
AnyImageTower = ImageTower | TimmTower
AnyTextTower = TextTower | ReportTower | HuggingFaceTower

_IMAGE: Final = (ImageTowerConfig, TimmTowerConfig)
_TEXT: Final = (TextTowerConfig, ReportTowerConfig, HuggingFaceTowerConfig)


def make_image_tower(config: ImageConfig) -> AnyImageTower:
    """Return an image tower with fresh weights."""
    return TimmTower(config) if isinstance(config, TimmTowerConfig) else ImageTower(config)


def make_text_tower(config: TextConfig, *, embedding_dim: int) -> AnyTextTower:
    """Return a text tower with fresh weights."""
    if isinstance(config, ReportTowerConfig):
        return ReportTower(config, embedding_dim=embedding_dim)
    if isinstance(config, HuggingFaceTowerConfig):
        return HuggingFaceTower(config, embedding_dim=embedding_dim)
    return TextTower(config, embedding_dim=embedding_dim)


def image_config(plain: Mapping[str, Any]) -> ImageConfig:
    """Return the configuration that ``asdict`` wrote; one without a kind is of the small tower.

    Raises:
        ValueError: If it names a kind that this version does not know.
    """
    return _of_kind(_IMAGE, plain)  # type: ignore[no-any-return]


def text_config(plain: Mapping[str, Any]) -> TextConfig:
    """Return the configuration that ``asdict`` wrote; one without a kind is of the n-gram tower.

    Raises:
        ValueError: If it names a kind that this version does not know.
    """
    return _of_kind(_TEXT, plain)  # type: ignore[no-any-return]


def _of_kind(kinds: tuple[type[Any], ...], plain: Mapping[str, Any]) -> Any:  # noqa: ANN401
    wanted = plain.get("tower", kinds[0]().tower)
    for kind in kinds:
        if kind().tower == wanted:
            values = {name: tuple(v) if isinstance(v, list) else v for name, v in plain.items()}
            return kind(**values)
    raise ValueError(f"tower is {wanted!r}; known: {', '.join(kind().tower for kind in kinds)}")
