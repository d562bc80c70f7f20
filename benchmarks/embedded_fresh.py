"""Does the model inside the package still say what its card states, of simulated hearts that it never saw?

    python -m benchmarks.embedded_fresh --patients 20

EchoBench (`echovlm cohort`, then `echovlm evaluate embedded`) measures how good it is. This fixed set, small enough
for a test, notices when weights, preprocessing and prompts no longer belong together.
"""

import argparse
from dataclasses import dataclass

import numpy as np
import torch

from benchmarks.reader_fresh import SEED, sector_box, simulate_fresh
from echovlm.clinical import Structure, View
from echovlm.clinical.findings import CORE_FINDINGS, Finding, FindingState
from echovlm.clinical.formulas import derive
from echovlm.clinical.guidelines import grade_study
from echovlm.clinical.visibility import VISIBLE, visibility
from echovlm.models import (
    DenseModel,
    EchoVLM,
    LoadedModel,
    embedded_model,
    embedded_outlines,
    load_dense,
    load_echovlm,
    predict_finding_prob,
    predict_view_prob,
)
from echovlm.simulation import SimulatedClip, sample_patient, true_measurements
from echovlm.simulation.views.planes import SIMULATED_VIEWS

_OUTLINED = (View.PLAX, View.PSAX_PM, View.A4C, View.A2C)


@dataclass(frozen=True)
class EmbeddedScores:
    """Over all clips of the set.

    Attributes:
        clips: How many.
        right_views: Clips named rightly by their view's sentences.
        truth_prob: Mean probability given to the true state of each finding that a clip's view shows.
        lv_dice: Dice of the LV cavity over frames of the views that outline it.
    """

    clips: int
    right_views: int
    truth_prob: float
    lv_dice: float


def judge_embedded(
    model: LoadedModel[EchoVLM], outlines: LoadedModel[DenseModel], *, patients: int
) -> EmbeddedScores:
    """Return the scores on the standard views of so many patients."""
    clips, right, probs, dices = 0, 0, [], []
    truths = [_truth(index) for index in range(patients)]
    for clip in simulate_fresh(patients, SIMULATED_VIEWS):
        truth = truths[clips // len(SIMULATED_VIEWS)]
        clips += 1
        frames, _ = sector_box(clip)
        with torch.inference_mode():
            unit = model.model.encode_clip(model.preprocessing(frames, clip.spacing_mm)[None])
            named = predict_view_prob(model.model, unit, views=SIMULATED_VIEWS)
            right += max(named, key=lambda view: float(named[view])) is clip.view
            for finding, present in truth.items():
                if visibility(clip.view, finding) >= VISIBLE:
                    prob = float(predict_finding_prob(model.model, unit, finding))
                    probs.append(prob if present else 1 - prob)
        if clip.view in _OUTLINED:
            dices += _dice(clip, outlines)
    return EmbeddedScores(clips, right, float(np.mean(probs)), float(np.mean(dices)))


def _truth(index: int) -> dict[Finding, bool]:
    patient = sample_patient(index, seed=SEED)
    results = grade_study(derive(true_measurements(patient)), sex=patient.sex, findings=CORE_FINDINGS)
    return {r.finding: r.state is FindingState.PRESENT for r in results if r.state.is_decided}


def _dice(clip: SimulatedClip, outlines: LoadedModel[DenseModel]) -> list[float]:
    frames, masks = sector_box(clip)
    drawn = outlines.model.predict(outlines.preprocessing(frames, clip.spacing_mm)).masks == Structure.LV
    grid = outlines.preprocessing.grid(*frames.shape[1:], clip.spacing_mm)
    true = grid.masks_to_model(masks) == Structure.LV
    pairs = zip(drawn, true, strict=True)
    return [2 * (a & b).sum() / (a.sum() + b.sum()) for a, b in pairs if b.any()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--patients", type=int, default=20)
    args = parser.parse_args()
    models = load_echovlm(embedded_model()), load_dense(embedded_outlines())
    print(judge_embedded(*models, patients=args.patients))


if __name__ == "__main__":
    main()
