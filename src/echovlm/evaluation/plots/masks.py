"""Best, median and worst outlines of each segmentation task, and the points that lie furthest off."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from echovlm.evaluation.gallery import Gallery
from echovlm.evaluation.outlines import SegmentationTask
from echovlm.evaluation.plots.colours import ORANGE, SKY
from echovlm.evaluation.tasks import TASKS
from echovlm.evaluation.traces import TracedFrame
from echovlm.measure import structure_mask


def draw_masks(galleries: Sequence[Gallery]) -> Figure | None:
    """Draw the best, the median and the worst frame of each segmentation task, truth and model outlined."""
    tasks = {task.name: task for task in TASKS if isinstance(task, SegmentationTask)}
    shown = [gallery for gallery in galleries if gallery.task in tasks]
    if not shown:
        return None
    figure = Figure(figsize=(2.3 * len(shown) + 0.4, 7.6), layout="constrained", facecolor="white")
    panels = figure.subplots(3, len(shown), squeeze=False)
    for column, gallery in enumerate(shown):
        ranked = gallery.ranked("dice", best_is_high=True)
        for row, (place, words) in enumerate(((0, "best"), (len(ranked) // 2, "median"), (-1, "worst"))):
            frame, value = ranked[place]
            _outlined(panels[row, column], frame, tasks[gallery.task])
            phase = "ED" if frame.frame_index == frame.row.ed_frame_index else "ES"
            site = gallery.task.partition("/")[2]
            panels[row, column].set_title(f"{site}, {words} ({phase}): {value:.3f}", fontsize=8)
    _legend(figure)
    return figure


def draw_points(galleries: Sequence[Gallery]) -> Figure | None:
    """Draw the four frames of each landmark task whose points lie furthest off."""
    shown = [gallery for gallery in galleries if gallery.task.startswith("landmarks/")]
    if not shown:
        return None
    figure = Figure(figsize=(2.3 * len(shown) + 0.4, 9.4), layout="constrained", facecolor="white")
    panels = figure.subplots(4, len(shown), squeeze=False)
    names = {task.name: task for task in TASKS}
    for column, gallery in enumerate(shown):
        worst = gallery.ranked("point_error_mm", best_is_high=False)[::-1][:4]
        for row, panel in enumerate(panels[:, column]):
            panel.set_axis_off()
            if row >= len(worst):
                continue
            frame, value = worst[row]
            panel.imshow(frame.read_image(), cmap="gray", vmin=0, vmax=255)
            for points, colour in ((frame.true_points_xy_px, ORANGE), (frame.points_xy_px, SKY)):
                ends = names[gallery.task].ends(points)  # type: ignore[attr-defined]
                panel.plot(
                    [end[0] for end in ends], [end[1] for end in ends], "o-", color=colour, markersize=3
                )
            panel.set_title(f"{gallery.task.partition('/')[2]}: {value:.1f} mm", fontsize=8)
    _legend(figure)
    return figure


def _outlined(panel: Axes, frame: TracedFrame, task: SegmentationTask) -> None:
    panel.imshow(frame.read_image(), cmap="gray", vmin=0, vmax=255)
    assert frame.true_mask is not None, "only frames with a truth are scored"
    for labels, colour in ((frame.true_mask, ORANGE), (frame.mask, SKY)):
        mask = structure_mask(labels, task.structure)
        if mask.any():
            panel.contour(mask.astype(float), levels=[0.5], colors=[colour], linewidths=1.3)
    panel.set_xticks([])
    panel.set_yticks([])


def _legend(figure: Figure) -> None:
    handles = [
        Line2D([], [], color=c, linewidth=1.6, label=w) for c, w in ((ORANGE, "truth"), (SKY, "model"))
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=2, frameon=False, fontsize=9)
