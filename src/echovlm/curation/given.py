"""What a source itself says of a clip: its view, its masks and landmarks, its phases, its frame rate."""

from dataclasses import dataclass

from echovlm.clinical import Landmark, Structure, View


@dataclass(frozen=True, slots=True)
class GivenView:
    """What a source says of a clip's view.

    Attributes:
        view: ``None`` where the source names no single view that we know, such as a short axis at any level.
        source: Where it was read: ``label``, ``dicom``, ``label-file`` or ``model``.
        locator: Where exactly, such as ``FileList.csv row 12``.
        prob: How sure the source is, 0 to 1; ``None`` for a person's word.
    """

    view: View | None
    source: str
    locator: str
    prob: float | None = None


@dataclass(frozen=True, slots=True)
class Outline:
    """One traced structure on one frame: a closed polygon of (x, y), in pixels of the file's image."""

    structure: Structure
    frame_index: int
    points_xy_px: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class MaskFile:
    """A file of label images for frames of a clip.

    Attributes:
        path: Relative to the source.
        structures: Which label means which structure; other labels are background.
        frame_index: The clip's frame that the file's first image belongs to.
        is_outline: Whether labels are drawn as contours, which are then filled.
        is_stretched: Whether the images have another size than the clip's, over the same field of view.
        is_sparse: Whether images without any label stand for frames that nobody traced.
        beside: Files that belong to it, such as the raw data of a MetaImage header.
    """

    path: str
    structures: tuple[tuple[int, Structure], ...]
    frame_index: int = 0
    is_outline: bool = False
    is_stretched: bool = False
    is_sparse: bool = False
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GivenPoint:
    """One landmark on one frame, in pixels of the file's image."""

    landmark: Landmark
    frame_index: int
    x_px: float
    y_px: float


@dataclass(frozen=True, slots=True)
class GivenTruth:
    """Where the masks, landmarks and phases of a clip are, or what they are.

    Attributes:
        outlines: Traced structures.
        mask_files: Files of label images.
        points: Landmarks.
        ed_frame_index: End-diastolic frame of the file; ``None`` when the source does not say.
        es_frame_index: End-systolic frame of the file.
        frame_height_px: Height of the image that the coordinates were drawn on; ``None`` where it is the file's.
        frame_width_px: Its width.
    """

    outlines: tuple[Outline, ...] = ()
    mask_files: tuple[MaskFile, ...] = ()
    points: tuple[GivenPoint, ...] = ()
    ed_frame_index: int | None = None
    es_frame_index: int | None = None
    frame_height_px: int | None = None
    frame_width_px: int | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """All that a source says of one clip.

    Attributes:
        view: Its view.
        truth: Its masks, landmarks and phases.
        frames_per_second: Its rate, for files whose format states none.
    """

    view: GivenView | None = None
    truth: GivenTruth | None = None
    frames_per_second: float | None = None


NOTHING_GIVEN = Given()
