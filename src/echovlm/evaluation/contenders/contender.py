"""What a model must offer to be put to the test: one small class, of which it overrides what it can do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, UInt8

from echovlm.clinical.anatomy import Landmark
from echovlm.clinical.findings import Finding
from echovlm.clinical.views import Mode, View
from echovlm.dataset import ClipRow, EchoGround


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TestClip:
    """A clip as a model under test sees it: pixels and how they were acquired, nothing of the patient.

    Attributes:
        dataset: Where the pixels lie; use ``read``. ``None`` for a clip without pixels.
        row: Its row; a model must look at nothing of it but what the properties here give.
        edited: Frames to show instead of the stored ones, for a control; ``None`` for the stored ones.
    """

    __test__ = False  # no test, whatever pytest makes of its name

    dataset: EchoGround | None
    row: ClipRow
    edited: UInt8[np.ndarray, "frame height width"] | None = None

    def __repr__(self) -> str:
        return f"TestClip({self.clip_id}, {self.n_frames}×{self.row.height_px}×{self.row.width_px})"

    @property
    def clip_id(self) -> str:
        """Unique in the dataset."""
        return self.row.clip_id

    @property
    def n_frames(self) -> int:
        """Frames of the clip."""
        return len(self.row.frames)

    @property
    def mode(self) -> Mode | None:
        """B-mode, colour, a spectrum; ``None`` when not known."""
        return self.row.mode

    @property
    def is_colour(self) -> bool:
        """Whether colour means flow."""
        return self.row.is_colour

    @property
    def spacing_mm(self) -> float | None:
        """Millimetres per pixel; ``None`` when the clip is not calibrated."""
        return self.row.spacing_mm

    @property
    def frame_times_ms(self) -> tuple[float, ...] | None:
        """Onset of each frame; ``None`` when not known."""
        return self.row.frame_times_ms

    @property
    def heart_rate_bpm(self) -> float | None:
        """Heart rate; ``None`` when not known."""
        return self.row.heart_rate_bpm

    def read(self, frame_indices: Sequence[int] | None = None) -> UInt8[np.ndarray, "frame height width"]:
        """Return grey frames, all of them or those asked for."""
        if self.edited is not None:
            return self.edited if frame_indices is None else self.edited[list(frame_indices)]
        assert self.dataset is not None, "this clip was made without pixels"
        return self.dataset.read_frames(self.row, frame_indices)

    def read_colour(
        self, frame_indices: Sequence[int] | None = None
    ) -> UInt8[np.ndarray, "frame height width 3"]:
        """Return frames as red, green and blue; the three are equal where ``is_colour`` is false."""
        if self.edited is not None:
            return np.repeat(self.read(frame_indices)[..., None], 3, axis=-1)
        assert self.dataset is not None, "this clip was made without pixels"
        return self.dataset.read_colour(self.row, frame_indices)


@dataclass(frozen=True, slots=True, eq=False)
class Outlines:
    """What a model traced on some frames of a clip, in pixels of the stored frames.

    Attributes:
        masks: Labels of ``clinical.Structure``, 0 background.
        points_xy_px: Landmarks; a model that has none of a name leaves it out.
        spread_px: How unsure each landmark is: its standard deviation; may be empty.
    """

    masks: UInt8[np.ndarray, "frame height width"]
    points_xy_px: Mapping[Landmark, Float[np.ndarray, "frame 2"]]
    spread_px: Mapping[Landmark, Float[np.ndarray, "frame"]]


class Contender:
    """A model under test.

    Override ``fingerprint`` and any of the other methods; a task asks only for what it needs, and says which
    method is missing where a model cannot answer it. All methods must give the same answer every time.

    Attributes:
        name: What tables call it.
        temperature: Softmax temperature that turns a similarity of embeddings into a logit.
    """

    name: str = "a model"
    temperature: float = 0.07

    def fingerprint(self) -> str:
        """Return what changes whenever the answers may change, such as a hash of the weights."""
        raise NotImplementedError

    def embed_clips(self, clips: Sequence[TestClip]) -> Float[np.ndarray, "clip dim"]:
        """Return an embedding of each clip; its length does not matter."""
        raise NotImplementedError

    def pool_studies(
        self,
        embedding: Float[np.ndarray, "clip dim"],
        study: Int[np.ndarray, "clip"],
        clips: Sequence[TestClip],
    ) -> Float[np.ndarray, "study dim"]:
        """Return one embedding per study from those of its clips; a model without one gives their mean.

        Args:
            embedding: What ``embed_clips`` gave.
            study: The study of each clip, from 0.
            clips: The clips.
        """
        unit = embedding / np.maximum(np.linalg.norm(embedding, axis=1, keepdims=True), 1e-12)
        total = np.zeros((int(study.max()) + 1, embedding.shape[1]))
        np.add.at(total, study, unit)
        return total / np.bincount(study)[:, None]

    def embed_texts(self, texts: Sequence[str]) -> Float[np.ndarray, "text dim"]:
        """Return an embedding of each text in the space of the clips; its length does not matter."""
        raise NotImplementedError

    def judge_findings(self, clips: Sequence[TestClip]) -> Mapping[Finding, Float[np.ndarray, "clip"]]:
        """Return a score that rises with the presence of each finding that the model was trained on.

        A model with ``embed_texts`` is asked by prompts instead.
        """
        raise NotImplementedError

    def judge_views(self, clips: Sequence[TestClip]) -> Mapping[View, Float[np.ndarray, "clip"]]:
        """Return a score of each view that the model was trained on; likewise."""
        raise NotImplementedError

    def outline(self, clip: TestClip, frame_indices: Sequence[int]) -> Outlines:
        """Return masks and landmarks on these frames."""
        raise NotImplementedError

    def trained_on(self) -> frozenset[str]:
        """Return what names its training patients: the first 16 digits of the least hash of each one's files.

        A model that does not know them returns nothing, and an overlap with a test set cannot be seen.
        """
        return frozenset()

    def can(self, method: str) -> bool:
        """Tell whether the model overrides a method."""
        return getattr(type(self), method) is not getattr(Contender, method)
