"""What negation by clip would be for a reader without fault: does one clip hold enough to tell a finding?

    python -m benchmarks.reading_ceiling TRAIN TEST

Rules judge findings by numbers that one clip does not show: body surface, sex, and what other views measure. Here a
clip is read perfectly and more than perfectly. A B-mode or M-mode clip of any view gives every number of the study that
any such view shows, as it stands in the table; a spectrum gives its own numbers. What is seen rather than measured
(leaflets, jets, wall motion, a spectrum without a number of the finding) counts as always right. Gradient boosting
learns from the patients of TRAIN what these numbers say of each finding, with both polarities weighed alike, and is
asked of TEST. The result is an upper bound as far as that learns well; a model of pictures stays below it.
"""

import argparse
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Int
from sklearn.ensemble import HistGradientBoostingClassifier

from echovlm.clinical import Mode, Quantity
from echovlm.clinical.findings import Finding
from echovlm.clinical.visibility import places_measuring, shows
from echovlm.dataset import ClipRow, EchoGround, Split

_QUANTITIES: Final = tuple(Quantity)
_MOVING: Final = frozenset({Mode.B, Mode.M})
_OF_MOVING: Final = frozenset(
    quantity for quantity in Quantity if any(mode in _MOVING for mode, _ in places_measuring(quantity))
)
_BY_SIGHT: Final = {
    Finding.AORTIC_STENOSIS: {Mode.B, Mode.COLOR, Mode.PW},
    Finding.MITRAL_STENOSIS: {Mode.B, Mode.COLOR},
    Finding.REGIONAL_WMA: {Mode.B},
    Finding.AORTIC_REGURGITATION: {Mode.COLOR, Mode.CW},
    Finding.MITRAL_REGURGITATION: {Mode.COLOR, Mode.CW, Mode.PW},
    Finding.TRICUSPID_REGURGITATION: {Mode.COLOR, Mode.CW},
    Finding.PULMONARY_HYPERTENSION: {Mode.PW},
    Finding.RV_SYSTOLIC_DYSFUNCTION: {Mode.TDI},
}


def known_numbers(row: ClipRow) -> Float[np.ndarray, "quantity"]:
    """Return what a clip tells its reader, NaN where nothing; canonical units."""
    mode = row.mode or Mode.B
    told = np.full(len(_QUANTITIES), np.nan)
    for measurement in row.measurements:
        quantity = measurement.quantity
        if shows(row.view, quantity, mode) or (mode in _MOVING and quantity in _OF_MOVING):
            told[_QUANTITIES.index(quantity)] = measurement.canonical().value
    return told


def asked_of(rows: Sequence[ClipRow]) -> dict[tuple[Finding, Mode], tuple[list[int], list[bool]]]:
    """Return which clips speak of each finding in each mode, and whether it is there."""
    asked: dict[tuple[Finding, Mode], tuple[list[int], list[bool]]] = defaultdict(lambda: ([], []))
    for index, row in enumerate(rows):
        for said in row.statements:
            if said.finding is not None and said.present is not None and said.counterfactual_options:
                clips, present = asked[said.finding, row.mode or Mode.B]
                clips.append(index)
                present.append(said.present)
    return asked


def answers(
    train: Float[np.ndarray, "clip quantity"],
    present: Sequence[bool],
    test: Float[np.ndarray, "asked quantity"],
) -> Bool[np.ndarray, "asked"]:
    """Return what the numbers say of a finding."""
    useful = [c for c in range(train.shape[1]) if len(np.unique(train[~np.isnan(train[:, c]), c])) > 1]
    if not useful:
        raise SystemExit("no number is known of a finding that is not told by sight; name it in _BY_SIGHT")
    model = HistGradientBoostingClassifier(
        max_iter=80, max_leaf_nodes=12, class_weight="balanced", random_state=0
    )
    found: Bool[np.ndarray, asked] = model.fit(train[:, useful], np.array(present)).predict(test[:, useful])
    return found


def balanced(hit: Sequence[bool], present: Sequence[bool]) -> float:
    """Return the mean of both polarities' accuracies; of one alone where the other is missing."""
    right, there = np.array(hit), np.array(present)
    return float(np.mean([right[here].mean() for here in (there, ~there) if here.any()]))


def main() -> None:
    """Print a row per finding and mode, and the figure over all sentences, as ``negation/findings`` counts them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("train", type=Path, help="a dataset whose patients teach")
    parser.add_argument("test", type=Path, help="a dataset whose test patients are asked")
    asked = parser.parse_args()
    rows = EchoGround.open(asked.train).rows(), EchoGround.open(asked.test).rows(Split.TEST)
    if not all(rows):
        raise SystemExit(f"{asked.train} has no clip, or {asked.test} no test clip; curate more patients")
    if {row.source_sha256 for row in rows[0]} & {row.source_sha256 for row in rows[1]}:
        raise SystemExit(
            f"test clips of {asked.test} stand in {asked.train}; name two cohorts of different seeds"
        )
    train, test = (np.stack([known_numbers(row) for row in some]) for some in rows)
    teaching, asking = (asked_of(some) for some in rows)
    hits: list[bool] = []
    states: list[bool] = []
    for (finding, mode), (clips, present) in sorted(
        asking.items(), key=lambda item: (item[0][0].key, item[0][1].value)
    ):
        if mode in _BY_SIGHT.get(finding, ()):
            hit, how = [True] * len(clips), "by sight"
        else:
            taught, label = teaching[finding, mode]
            if len(set(label)) < 2:
                raise SystemExit(
                    f"{asked.train} does not show {finding.key} both there and absent; take more patients"
                )
            where: Int[np.ndarray, clip] = np.array(taught)
            hit = list(answers(train[where], label, test[np.array(clips)]) == np.array(present))
            how = f"{balanced(hit, present):.3f}"
        print(f"{finding.key:<28}{mode.value:<8}{len(clips):>6}  {how}")
        hits += hit
        states += present
    print(f"all {len(hits)} sentences: {balanced(hits, states):.3f}")


if __name__ == "__main__":
    main()
