"""The headline figures of a results file, as they go into the header of the checkpoint that they are of."""

from pathlib import Path
from typing import Any, Final

from echovlm.evaluation.contenders import choose_contender
from echovlm.evaluation.errors import EvaluationError
from echovlm.evaluation.results import Arm, ResultsFile
from echovlm.evaluation.zero_shot import MACRO

HEADLINES: Final = (
    (MACRO, "auroc", "image"),
    (MACRO, "auroc", "study"),
    ("view/zero-shot", "balanced-accuracy", "image"),
    ("negation/findings", "balanced-accuracy", "sentence"),
    ("negation/measurements", "balanced-accuracy", "sentence"),
    ("retrieval/image-to-caption", "recall@5", "image"),
    ("segmentation/lv", "dice", "frame"),
    ("landmarks/lvidd", "error", "image"),
)


def checkpoint_metrics(results: ResultsFile, checkpoint: Path) -> dict[str, Any]:
    """Return the figures with their intervals, and what they were measured on.

    Args:
        results: Of ``evaluate``.
        checkpoint: The checkpoint that was scored; the results say its fingerprint.

    Raises:
        EvaluationError: If the results are of another checkpoint, or of another version of the code.
    """
    scored = {role: one["fingerprint"] for role, one in results.run["models"].items() if one is not None}
    if choose_contender(checkpoint).fingerprint() not in scored.values():
        raise EvaluationError(
            f"these results are of another checkpoint than {checkpoint}, or of another version of echovlm; "
            "evaluate it first. A checkpoint that already holds its figures needs none"
        )
    figures = {}
    for task, metric, level in HEADLINES:
        row = results.find(task, metric, level=level)
        if row is None or row.value is None:
            continue
        chance = results.find(task, metric, level=level, arm=Arm.CHANCE)
        figures[f"{task} {metric}, {level}"] = {
            "value": row.value, "low": row.low, "high": row.high, "unit": row.unit, "n_patients": row.n_patients,
            "chance": None if chance is None else chance.value,
        }  # fmt: skip
    about = {name: results.run[name] for name in ("split", "patients", "clips", "seed", "n_resamples")}
    return about | {
        "figures": figures,
        "manifest_sha256": results.run["manifest_sha256"],
        "simulated": results.simulated,
    }
