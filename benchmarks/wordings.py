"""Does a model understand findings in the words of somebody who has seen none of ours?

    python -m benchmarks.wordings MODEL DATASET --kept RESULTS/answers

`benchmarks/wordings.json` holds six pairs of sentences for each finding, written by somebody who knew the findings'
names alone. AUROC by clip, on patients that did not train MODEL: with our own prompts, with those that are held out,
with the six others together, and with one pair of them alone, on the average.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from echovlm.dataset import EchoGround
from echovlm.evaluation import choose_contender
from echovlm.evaluation.cache import AnswerCache
from echovlm.evaluation.clips import encode_clips
from echovlm.evaluation.sanity import refuse_overlap
from echovlm.evaluation.sentences import SentenceBank
from echovlm.evaluation.tasks.disease import TASKS

_OTHERS = Path(__file__).with_name("wordings.json")


def main() -> None:
    """Print a row per finding, and the mean over them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--split", default="test", help="train, val or test")
    parser.add_argument("--kept", type=Path, help="answers of an earlier evaluation")
    asked = parser.parse_args()
    others = json.loads(_OTHERS.read_text(encoding="utf-8"))
    # A valve's lesion counts from moderate on in the tasks; the sentences speak of any.
    tasks = [task for task in TASKS if task.disease.at_least is None and task.disease.finding.key in others]
    ground, model = EchoGround.open(asked.dataset), choose_contender(asked.model)
    cache = AnswerCache(asked.kept)
    rows = ground.rows(asked.split)
    refuse_overlap(model, rows)
    clips = encode_clips(ground, rows, model=model, cache=cache, on_clip=lambda done: None)
    assert clips.clip_unit is not None, "the model embeds clips"
    ours = {sentence for task in tasks for sentence in task.sentences(rows)}
    theirs = {sentence for task in tasks for pair in others[task.disease.finding.key] for sentence in pair}
    bank = SentenceBank.encode(model, ours | theirs, cache=cache)
    print(f"{'':<28}{'ours':>8}{'held out':>10}{'six others':>12}{'one other':>11}")
    table = []
    for task in tasks:
        state = np.array([task.state(row) for row in rows])
        chosen = np.flatnonzero(state >= 0)
        stated, denied = (bank.of(side) for side in zip(*others[task.disease.finding.key], strict=True))
        preference = clips.clip_unit[chosen] @ (stated - denied).T
        scores = [task.log_odds(clips, bank, chosen, unseen=unseen) for unseen in (False, True)]
        each = [roc_auc_score(state[chosen], column) for column in preference.T]
        together = roc_auc_score(state[chosen], preference.mean(axis=1))
        table.append([*(roc_auc_score(state[chosen], score) for score in scores), together, np.mean(each)])
        print(f"{task.disease.key:<28}" + "{:>8.3f}{:>10.3f}{:>12.3f}{:>11.3f}".format(*table[-1]))
    print(
        f"{f'mean of {len(table)}':<28}"
        + "{:>8.3f}{:>10.3f}{:>12.3f}{:>11.3f}".format(*np.mean(table, axis=0))
    )


if __name__ == "__main__":
    main()
