"""The results as pictures: curves, confusion, agreement, and what went wrong."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from matplotlib.figure import Figure

from echovlm.evaluation.answers import Answers
from echovlm.evaluation.gallery import ClipPictures, Gallery
from echovlm.evaluation.plots.agreement import draw_agreement
from echovlm.evaluation.plots.colours import GREY
from echovlm.evaluation.plots.confusion import draw_confusion
from echovlm.evaluation.plots.curves import draw_reliability, draw_roc, draw_selective
from echovlm.evaluation.plots.forest import draw_forest
from echovlm.evaluation.plots.masks import draw_masks, draw_points
from echovlm.evaluation.plots.misnamed import draw_misnamed
from echovlm.evaluation.results import ResultsFile
from echovlm.evaluation.zero_shot import MACRO
from echovlm.files import write_whole

__all__ = ["draw_plots"]

_DPI: Final = 110


def draw_plots(
    results: ResultsFile,
    answers: Sequence[Answers],
    galleries: Sequence[Gallery],
    pictures: ClipPictures,
    folder: Path,
) -> tuple[Path, ...]:
    """Draw whatever the results allow, and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    figures: dict[str, Figure | None] = {
        "zero-shot": draw_forest(results) if results.find(MACRO, "auroc") is not None else None,
        "roc": draw_roc(answers),
        "reliability": draw_reliability(answers),
        "selective": draw_selective(answers),
        "views": draw_confusion(answers, "view/zero-shot"),
        "views-probe": draw_confusion(answers, "view/linear-probe"),
        "views-misnamed": draw_misnamed(answers, "view/zero-shot", pictures),
        "masks": draw_masks(galleries),
        "landmarks": draw_agreement(answers),
        "landmarks-worst": draw_points(galleries),
    }
    paths = []
    for name, figure in figures.items():
        path = folder / f"{name}.png"
        if figure is None:
            path.unlink(missing_ok=True)  # of an earlier run over more tasks
            continue
        if results.simulated:
            figure.text(
                0.005,
                0.005,
                "simulated hearts, not patients",
                ha="left",
                va="bottom",
                fontsize=7,
                color=GREY,
            )
        write_whole(path, _png(figure))
        paths.append(path)
    return tuple(paths)


def _png(figure: Figure) -> bytes:
    """Return the figure as a PNG; it is laid out once, where matplotlib would do so again to save it."""
    figure.set_dpi(_DPI)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=_DPI, metadata={"Software": None})
    return picture.getvalue()
