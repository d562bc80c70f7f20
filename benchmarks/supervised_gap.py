"""How far zero-shot prompts stay behind a classifier that is taught with the labels, on the same embeddings.

    python -m benchmarks.supervised_gap MODEL DATASET --split test --kept RESULTS/answers

The classifier is a logistic regression on the clip's embedding beside its place (view and mode), taught and tested on
patients that did not train MODEL, in five folds by patient. With ``--split all`` every patient of DATASET is asked:
for a cohort simulated with ``--decorrelated``, in which no finding hints at another. ``--kept`` names the answers of
an earlier ``echovlm evaluate``, so that no clip is encoded twice.
"""

import argparse
from pathlib import Path
from typing import Final

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from echovlm.dataset import ClipRow, EchoGround
from echovlm.evaluation import choose_contender
from echovlm.evaluation.cache import AnswerCache
from echovlm.evaluation.clips import encode_clips
from echovlm.evaluation.sanity import refuse_overlap
from echovlm.evaluation.sentences import SentenceBank
from echovlm.evaluation.tasks.disease import TASKS

_FOLDS: Final = 5
_STRENGTH: Final = 0.03  # inverse of the penalty: 128 dimensions, 50 to 2,400 clips a fold


def by_study(rows: list[ClipRow], score: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean score and the label of each study."""
    studies, place = np.unique([row.study_id for row in rows], return_inverse=True)
    total = np.bincount(place, weights=score) / np.bincount(place)
    return total, np.array([label[place == number][0] for number in range(len(studies))])


def taught(unit: np.ndarray, rows: list[ClipRow], label: np.ndarray) -> np.ndarray:
    """Return the log-odds that a classifier of other patients' clips gives to each."""
    places = sorted({(row.view.value, str(row.mode)) for row in rows})
    place = np.array([places.index((row.view.value, str(row.mode))) for row in rows])
    features = np.hstack([unit, np.eye(len(places))[place]])
    said = np.zeros(len(rows))
    patients = [row.patient_id for row in rows]
    for learn, test in GroupKFold(_FOLDS).split(features, label, patients):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=_STRENGTH, max_iter=2000))
        said[test] = model.fit(features[learn], label[learn]).decision_function(features[test])
    return said


def main() -> None:
    """Print a row per disease, and the mean over them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--split", default="test", help="train, val, test or all")
    parser.add_argument("--kept", type=Path, help="answers of an earlier evaluation")
    asked = parser.parse_args()
    ground, model, cache = (
        EchoGround.open(asked.dataset),
        choose_contender(asked.model),
        AnswerCache(asked.kept),
    )
    rows = ground.rows(None if asked.split == "all" else asked.split)
    refuse_overlap(model, rows)
    clips = encode_clips(ground, rows, model=model, cache=cache, on_clip=lambda done: None)
    assert clips.clip_unit is not None, "the model embeds clips"
    bank = SentenceBank.encode(model, {s for task in TASKS for s in task.sentences(rows)}, cache=cache)
    print(f"{'':<28}{'studies':>8}{'image: prompts':>16}{'taught':>8}{'study: prompts':>16}{'taught':>8}")
    table = []
    for task in TASKS:
        state = np.array([task.state(row) for row in rows])
        chosen = np.flatnonzero(state >= 0)
        label, here = state[chosen], [rows[i] for i in chosen]
        if len({row.patient_id for row, y in zip(here, label, strict=True) if y}) < _FOLDS or label.min():
            print(f"{task.disease.key:<28} fewer than {_FOLDS} patients have it, or none is free of it")
            continue
        asked_score = task.log_odds(clips, bank, chosen)
        assert asked_score is not None, "the model takes sentences"
        figures: list[float] = []
        for score in (asked_score, taught(clips.clip_unit[chosen], here, label)):
            study_score, study_label = by_study(here, score, label)
            figures += [roc_auc_score(label, score), roc_auc_score(study_label, study_score)]
        image, study, taught_image, taught_study = figures
        table.append((image, taught_image, study, taught_study))
        n_studies = len({row.study_id for row in here})
        print(
            f"{task.disease.key:<28}{n_studies:>8}{image:>16.3f}{taught_image:>8.3f}{study:>16.3f}{taught_study:>8.3f}"
        )
    image, taught_image, study, taught_study = np.mean(table, axis=0)
    print(
        f"{'mean of ' + str(len(table)):<36}{image:>16.3f}{taught_image:>8.3f}{study:>16.3f}{taught_study:>8.3f}"
    )
    print(
        f"gap, taught minus prompts: {taught_image - image:.3f} by image, {taught_study - study:.3f} by study"
    )


if __name__ == "__main__":
    main()
