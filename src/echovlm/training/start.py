"""Starting a tower from a pretrained dual encoder."""

from pathlib import Path

from echovlm.models import AnyImageTower, EchoVLM, LoadedModel, Preprocessing
from echovlm.training.errors import TrainingError


def copy_tower(
    source: LoadedModel[EchoVLM], target: AnyImageTower, preprocessing: Preprocessing, *, path: Path
) -> None:
    """Copy the image tower's weights into ``target``.

    Raises:
        TrainingError: If the tower has another size, or saw other images.
    """
    seen, wanted = source.preprocessing, preprocessing
    same_image = (seen.image_size_px, seen.field_of_view_mm, seen.mean, seen.deviation) == (
        wanted.image_size_px, wanted.field_of_view_mm, wanted.mean, wanted.deviation,
    )  # fmt: skip
    if not same_image:
        raise TrainingError(
            f"{path} was trained on images as {seen}, this recipe asks for {wanted}; "
            "give both the same [preprocessing], or set from_checkpoint = false"
        )
    if source.model.config.image != target.config:
        raise TrainingError(
            f"{path} has an image tower of {source.model.config.image}, this recipe asks for "
            f"{target.config}; "
            "give both the same [image], or set from_checkpoint = false"
        )
    target.load_state_dict(source.model.image_tower.state_dict())
