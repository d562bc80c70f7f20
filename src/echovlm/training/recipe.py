"""What a training run is told: every choice, with its unit and meaning."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Final, Literal

from echovlm.models import (
    BackboneConfig,
    ImageConfig,
    ImageTowerConfig,
    Preprocessing,
    TextConfig,
    TextTowerConfig,
    TimmTowerConfig,
)
from echovlm.training.errors import RecipeError


@dataclass(frozen=True, slots=True)
class Optimisation:
    """How the weights move.

    Attributes:
        steps: Steps of the whole run.
        batch_size: Clips per step, of all processes together; images for dense tasks.
        chunk_size: Clips that pass the towers at once; a larger batch is encoded in chunks, twice (GradCache).
        learning_rate: Peak of the schedule.
        weight_decay: AdamW's, on matrices and filters only.
        warmup_frac: Part of the run in which the rate climbs; a cosine leads it down to zero after.
        clip_norm: Norm to which a larger gradient is scaled down.
        ema_decay: Decay of the running average of the weights that the run leaves behind; 0 leaves the last weights.
        precision: ``float32``, or ``bfloat16`` for the matrix products of the towers.
        compile: Whether towers are compiled first, which takes minutes and pays on a GPU.
        seed: Draws initial weights, batches, wordings and augmentation.
        save_every_steps: Steps between two resumable states.
        threads: CPU threads; another number sums in another order and differs in the last bit.
    """

    steps: int = 600
    batch_size: int = 64
    chunk_size: int = 1024
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    warmup_frac: float = 0.1
    clip_norm: float = 1.0
    ema_decay: float = 0.0
    precision: Literal["float32", "bfloat16"] = "float32"
    compile: bool = False
    seed: int = 0
    save_every_steps: int = 100
    threads: int = 2

    def __post_init__(self) -> None:
        for name in (
            "steps", "batch_size", "chunk_size", "learning_rate", "clip_norm", "save_every_steps", "threads",
        ):  # fmt: skip
            if not 0 < getattr(self, name) < math.inf:
                raise RecipeError(f"optimisation.{name} must be above 0; got {getattr(self, name):g}")
        for name, n_clips in (("batch_size", self.batch_size), ("chunk_size", self.chunk_size)):
            if n_clips < 2:
                raise RecipeError(f"optimisation.{name} must be at least 2, to contrast; got {n_clips}")
        for name in ("warmup_frac", "ema_decay"):
            if not 0 <= getattr(self, name) < 1:
                raise RecipeError(f"optimisation.{name} must be in [0, 1); got {getattr(self, name):g}")
        _check_choice("optimisation.precision", self.precision, ("float32", "bfloat16"))


@dataclass(frozen=True, slots=True)
class Validation:
    """How often the patients of the validation split are asked, and when a run stops because of them.

    Attributes:
        every_steps: Steps between two validations.
        patience: Validations in a row without a better one after which the run stops.
        metric: ``auroc``: the mean over findings of the zero-shot AUROC; ``loss``: the training loss, negative.
    """

    every_steps: int = 100
    patience: int = 5
    metric: Literal["auroc", "loss"] = "auroc"

    def __post_init__(self) -> None:
        for name in ("every_steps", "patience"):
            _check_count(f"validation.{name}", getattr(self, name))
        _check_choice("validation.metric", self.metric, ("auroc", "loss"))


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which clips stand together in a batch.

    Attributes:
        runs_of: ``clip`` mixes all; ``view`` lets clips of one view and mode follow each other in runs, so that a
            batch has few views and many patients of each; ``study`` keeps the clips of a study together.
        run_length: Clips of a run of one view.
        all_splits: Whether the clips of every split train: for a model that is tested on another cohort.
        rewording_chance: Of each rule by which a step words findings as other laboratories would (other_words.py).
    """

    runs_of: Literal["clip", "view", "study"] = "clip"
    run_length: int = 16
    all_splits: bool = False
    rewording_chance: float = 0.0

    def __post_init__(self) -> None:
        _check_choice("sampling.runs_of", self.runs_of, ("clip", "view", "study"))
        _check_count("sampling.run_length", self.run_length)
        _check_share("sampling.rewording_chance", self.rewording_chance)


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How far the pixels of a training clip may stray; each clip draws once for all its frames.

    Attributes:
        shift_px: Largest shift along each axis, in pixels of the model's image.
        rotation_deg: Largest rotation.
        scale_frac: Largest change of scale; keep it near 0 where size is the finding.
        gain_frac: Largest change of brightness, also along the depth (time-gain compensation).
        gamma_frac: Largest change of the grey curve's exponent.
        noise_frac: Deviation of multiplicative speckle noise.
        blur_frac: Part of the clips that are blurred.
    """

    shift_px: float = 6.0
    rotation_deg: float = 8.0
    scale_frac: float = 0.0
    gain_frac: float = 0.3
    gamma_frac: float = 0.3
    noise_frac: float = 0.2
    blur_frac: float = 0.25


@dataclass(frozen=True, slots=True)
class Restyling:
    """How unlike the simulator's a training frame is made to look, and how far it is moved.

    Attributes:
        rotation_deg: Largest turn of what the sector shows.
        zoom_frac: Largest change of depth, as a logarithm, around ``closer_frac``.
        closer_frac: How much nearer the heart lies than in the source, whose presets leave room, as a logarithm.
        stretch_frac: Largest stretch along each axis, as a logarithm, and largest shear.
        shift_frac: Largest shift, in half sides of the image.
        elastic_frac: Largest deviation of the elastic bend, likewise.
        refan_share: Part of the frames that get another sector.
        mirror_share: Part of the frames that are mirrored, masks and points with them.
        gamma_frac: Largest change of the grey curve's exponent, as a logarithm.
        curve_frac: Deviation of the steps of the grey curve, as a logarithm.
        gain_frac: Largest loss of gain, as a logarithm.
        shade_frac: Largest deviation of the smooth shading, as a logarithm.
        grain_frac: Largest deviation of added speckle.
        blur_px: Largest deviation of a blur.
        effect_share: Part of the frames that get any one of the other effects.
        no_view_share: Part of the frames whose anatomy is destroyed; the answer to these is "no view".
        background_share: Part of the frames that get other tissue around the heart.
        feature_share: Part of the frames whose early feature maps take on the statistics of another frame's.
    """

    rotation_deg: float = 18.0
    zoom_frac: float = 0.3
    closer_frac: float = 0.15
    stretch_frac: float = 0.15
    shift_frac: float = 0.1
    elastic_frac: float = 0.07
    refan_share: float = 0.7
    mirror_share: float = 0.05
    gamma_frac: float = 0.7
    curve_frac: float = 0.4
    gain_frac: float = 0.7
    shade_frac: float = 0.7
    grain_frac: float = 0.35
    blur_px: float = 1.8
    effect_share: float = 0.25
    no_view_share: float = 0.07
    background_share: float = 0.0
    feature_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Objective:
    """What pretraining minimises: a weighted sum of terms, each of which may be left out by weight 0.

    Attributes:
        pairing: Contrast by ``softmax`` (InfoNCE, CLIP) or ``sigmoid`` (SigLIP).
        clip_weight: Contrast between clips and captions.
        cross_view_weight: Weight of a negative from another view or mode in it, in [0, 1].
        shared_targets: Whether captions that say the same are positives of each other; if not, each clip its own.
        view_weight: Attraction between clips of one view: the paper's vision-only form.
        naming_weight: Attraction of clips to the sentence that names their view.
        negation_weight: Distance between a sentence and its negation, in the text alone: the paper's form.
        negation_margin: Cosine at which a sentence and its negation are far enough apart.
        counterfactual_weight: Preference of a clip for the true finding over its opposite.
        number_weight: The same for a measured number over one beyond the guideline's limit.
        measurement_weight: Regression of the measured values.
        ranking_weight: Order of the measured values.
        ranking_tolerance: Difference, in deviations of the training set, up to which two values have no order.
        ladder_weight: Preference of a clip for the sentence with its number on a ladder of numbers.
        study_weight: Preference of a whole study for the true findings over their opposites.
    """

    pairing: Literal["softmax", "sigmoid"] = "softmax"
    clip_weight: float = 0.5
    cross_view_weight: float = 0.25
    shared_targets: bool = True
    view_weight: float = 0.1
    naming_weight: float = 0.1
    negation_weight: float = 0.1
    negation_margin: float = 0.0
    counterfactual_weight: float = 1.0
    number_weight: float = 0.2
    measurement_weight: float = 0.5
    ranking_weight: float = 0.0
    ranking_tolerance: float = 0.25
    ladder_weight: float = 0.0
    study_weight: float = 0.0

    def __post_init__(self) -> None:
        _check_choice("objective.pairing", self.pairing, ("softmax", "sigmoid"))
        for f in fields(self):
            value = getattr(self, f.name)
            if f.name.endswith("_weight") and not 0 <= value < math.inf:
                raise RecipeError(f"objective.{f.name} must be at least 0; got {value:g}")
        _check_share("objective.cross_view_weight", self.cross_view_weight)


@dataclass(frozen=True, slots=True)
class PretrainRecipe:
    """A dual encoder trained on clips and captions; without a section ``validation`` it runs all its steps."""

    preprocessing: Preprocessing = field(default_factory=Preprocessing)
    image: ImageConfig = field(default_factory=ImageTowerConfig)
    text: TextConfig = field(default_factory=TextTowerConfig)
    embedding_dim: int = 128
    objective: Objective = field(default_factory=Objective)
    sampling: Sampling = field(default_factory=Sampling)
    augmentation: Augmentation = field(default_factory=Augmentation)
    optimisation: Optimisation = field(default_factory=Optimisation)
    validation: Validation | None = None

    def __post_init__(self) -> None:
        _check_size(self.image, self.preprocessing)
        if self.sampling.all_splits and self.validation is not None:
            raise RecipeError("sampling.all_splits trains on [validation]'s patients: leave out one of them")


@dataclass(frozen=True, slots=True)
class Tuning:
    """How much of a pretrained tower moves when a head is trained on it.

    Attributes:
        method: ``full`` moves all of it; ``linear`` none, which is a linear probe of a classifier; ``lora`` gives each
            layer a change of low rank, merged into the weights at the end.
        rank: Rank of the changes of ``lora``.
        scale: Their size at a given learning rate.
    """

    method: Literal["full", "linear", "lora"] = "full"
    rank: int = 8
    scale: float = 16.0

    def __post_init__(self) -> None:
        _check_choice("tuning.method", self.method, ("full", "linear", "lora"))
        _check_count("tuning.rank", self.rank)


@dataclass(frozen=True, slots=True)
class FewShot:
    """Training patients for a test of how few are enough.

    Attributes:
        patients_per_class: Patients with each label: of each view, of each finding present and absent, of each third of
            a measurement. Those of a smaller number are among those of a larger one.
        seed: Draws the patients.
    """

    patients_per_class: int = 8
    seed: int = 0

    def __post_init__(self) -> None:
        _check_count("few_shot.patients_per_class", self.patients_per_class)


@dataclass(frozen=True, slots=True)
class DenseRecipe:
    """Masks and landmarks of single frames.

    Attributes:
        from_checkpoint: Whether the encoder starts from a pretrained dual encoder.
        decoder_width: Channels of the decoder at half resolution.
        landmark_weight: Weight of the landmarks' mean distance, in pixels, beside the mask's loss.
        spread_target_px: Spread that a landmark's heatmap should have.
    """

    preprocessing: Preprocessing = field(default_factory=Preprocessing)
    image: ImageTowerConfig = field(default_factory=ImageTowerConfig)
    from_checkpoint: bool = False
    decoder_width: int = 16
    landmark_weight: float = 0.1
    spread_target_px: float = 2.0
    tuning: Tuning = field(default_factory=Tuning)
    augmentation: Augmentation = field(default_factory=Augmentation)
    optimisation: Optimisation = field(default_factory=Optimisation)


@dataclass(frozen=True, slots=True)
class FindingsRecipe:
    """The supervised ceiling: the image tower with a yes or no per finding.

    Attributes:
        from_checkpoint: Whether the tower starts from a pretrained dual encoder.
    """

    preprocessing: Preprocessing = field(default_factory=Preprocessing)
    image: ImageConfig = field(default_factory=ImageTowerConfig)
    from_checkpoint: bool = False
    tuning: Tuning = field(default_factory=Tuning)
    few_shot: FewShot | None = None
    augmentation: Augmentation = field(default_factory=Augmentation)
    optimisation: Optimisation = field(default_factory=Optimisation)


@dataclass(frozen=True, slots=True)
class ViewRecipe(FindingsRecipe):
    """The image tower with one answer per view."""


@dataclass(frozen=True, slots=True)
class MeasurementsRecipe(FindingsRecipe):
    """The image tower with one number per quantity."""


@dataclass(frozen=True, slots=True)
class ReaderRecipe:
    """View, masks and landmarks of single frames from any machine, learnt from simulated ones.

    Attributes:
        from_checkpoint: Whether all weights start from an earlier reader, to go on with other data.
        imagenet: Whether the backbone starts from the ImageNet weights of the `weights` extra, if installed.
        frozen_maps: The backbone's finest maps whose weights stay as they are.
        coarse_share: Part of the run, at its start, on images of three quarters the side: half as dear.
        decoder_width: Channels of the decoder at half resolution.
        dropout_frac: Dropout before the view head.
        label_smoothing_frac: Share of the view's truth that is spread over all answers.
        landmark_weight: Weight of the landmarks' mean distance, in pixels, beside the mask's loss.
        spread_target_px: Spread that a landmark's heatmap should have.
        laboratory_share: Part of the frames drawn as often as a laboratory takes their view, and not as often as the
            dataset holds it.
    """

    preprocessing: Preprocessing = field(default_factory=Preprocessing)
    backbone: BackboneConfig = field(default_factory=BackboneConfig)
    from_checkpoint: bool = False
    imagenet: bool = True
    frozen_maps: int = 2
    coarse_share: float = 0.5
    decoder_width: int = 16
    dropout_frac: float = 0.2
    label_smoothing_frac: float = 0.05
    landmark_weight: float = 0.05
    spread_target_px: float = 3.0
    laboratory_share: float = 0.0
    restyling: Restyling = field(default_factory=Restyling)
    optimisation: Optimisation = field(default_factory=Optimisation)


ClipHeadRecipe = FindingsRecipe | ViewRecipe | MeasurementsRecipe
Recipe = PretrainRecipe | DenseRecipe | ClipHeadRecipe | ReaderRecipe

TASKS: Final[dict[str, type[Recipe]]] = {
    "pretrain": PretrainRecipe,
    "segmentation+landmarks": DenseRecipe,
    "findings": FindingsRecipe,
    "view": ViewRecipe,
    "measurements": MeasurementsRecipe,
    "view+segmentation+landmarks": ReaderRecipe,
}


def _check_choice(name: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise RecipeError(f"{name} is {value!r}; allowed: {', '.join(allowed)}")


def _check_count(name: str, value: int) -> None:
    if value < 1:
        raise RecipeError(f"{name} must be at least 1; got {value}")


def _check_share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise RecipeError(f"{name} must be in [0, 1]; got {value:g}")


def _check_size(image: ImageConfig, preprocessing: Preprocessing) -> None:
    if isinstance(image, TimmTowerConfig) and image.image_size_px != preprocessing.image_size_px:
        raise RecipeError(
            f"image.image_size_px is {image.image_size_px} and preprocessing.image_size_px is "
            f"{preprocessing.image_size_px}; give both the same"
        )
