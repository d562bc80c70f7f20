"""The text-only audit: how well words alone tell a statement of a caption from its opposite.

A language tower that can tell them apart without looking learns a shortcut. ``python -m benchmarks.audit`` prints the
area under the curve for two populations over every view and mode, with an interval over patients; 0.5 is chance, the
aim is at most 0.55. Below 0.5 nothing was learned that holds for other patients: sides that are balanced as a whole
lean the other way outside the folds that the judge learned from.
"""

import random
import re
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse import hstack
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from echovlm.clinical import (
    CORE_FINDINGS,
    DISEASE_FINDINGS,
    Finding,
    Measurement,
    Mode,
    Provenance,
    Quantity,
    Sex,
    Source,
    View,
    derive,
    grade_study,
)
from echovlm.reports import compose_statements, count_population

N_PATIENTS: Final = 400
_RESAMPLES: Final = 200
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
_TABLE: Final = Provenance(Source.TABLE, "structured-measurement.csv row 1")
_SPOKEN: Final = tuple(dict.fromkeys((*CORE_FINDINGS, *DISEASE_FINDINGS)))
PLACES: Final = tuple((view, mode) for view in View for mode in Mode)

Population = Mapping[Quantity, tuple[float, ...]]

# Two hospitals: one spreads its patients widely over every limit, the other sees mostly normal hearts.
# Lowest and highest value, and the two parameters of a beta distribution between them.
WIDE: Final[Population] = {
    Quantity.LV_INTERNAL_DIAMETER_ED: (3.9, 7.2, 1.9, 2.0),
    Quantity.IVS_THICKNESS_ED: (0.6, 1.9, 1.35, 2.7),
    Quantity.PW_THICKNESS_ED: (0.55, 1.75, 1.35, 2.7),
    Quantity.LV_EDV_BIPLANE: (50, 300, 1.5, 2.2),
    Quantity.LVEF_BIPLANE: (15, 75, 1.9, 1.15),
    Quantity.LA_DIAMETER_AP: (2.6, 6.0, 1.7, 2.2),
    Quantity.LA_VOLUME: (28, 130, 1.4, 1.9),
    Quantity.RA_AREA: (9, 36, 1.3, 2.3),
    Quantity.RV_BASAL_DIAMETER: (2.8, 6.0, 1.6, 2.1),
    Quantity.AORTIC_SINUS_DIAMETER: (2.75, 5.4, 1.9, 2.7),
    Quantity.ASCENDING_AORTA_DIAMETER: (2.6, 5.4, 1.9, 2.7),
    Quantity.AV_VMAX: (1.0, 5.5, 1.1, 2.0),
    Quantity.MITRAL_E_VELOCITY: (40, 150, 1.6, 2.0),
    Quantity.MITRAL_A_VELOCITY: (40, 120, 1.6, 2.0),
    Quantity.E_PRIME_SEPTAL: (3, 14, 1.6, 2.4),
    Quantity.E_PRIME_LATERAL: (3, 18, 1.6, 2.4),
    Quantity.TR_VMAX: (1.8, 4.6, 1.3, 2.0),
    Quantity.TAPSE: (8, 30, 2.2, 2.2),
    Quantity.RV_S_PRIME: (5, 18, 2.0, 2.4),
    Quantity.MR_EROA: (0.03, 0.7, 0.9, 2.2),
    Quantity.MR_VENA_CONTRACTA: (0.1, 1.0, 1.1, 2.2),
    Quantity.TR_EROA: (0.05, 0.8, 0.9, 2.2),
    Quantity.AR_EROA: (0.03, 0.5, 0.9, 2.2),
    Quantity.MV_MEAN_GRADIENT: (1, 16, 1.0, 2.6),
    Quantity.MITRAL_VALVE_AREA: (0.7, 4.5, 1.6, 1.6),
}
# Mean and standard deviation.
NARROW: Final[Population] = {
    Quantity.LV_INTERNAL_DIAMETER_ED: (4.9, 0.7),
    Quantity.IVS_THICKNESS_ED: (1.0, 0.22),
    Quantity.PW_THICKNESS_ED: (1.0, 0.2),
    Quantity.LV_EDV_BIPLANE: (120, 40),
    Quantity.LVEF_BIPLANE: (55, 11),
    Quantity.LA_DIAMETER_AP: (3.9, 0.7),
    Quantity.LA_VOLUME: (60, 22),
    Quantity.RA_AREA: (17, 4.5),
    Quantity.RV_BASAL_DIAMETER: (3.8, 0.6),
    Quantity.AORTIC_SINUS_DIAMETER: (3.5, 0.5),
    Quantity.ASCENDING_AORTA_DIAMETER: (3.4, 0.5),
    Quantity.AV_VMAX: (1.7, 0.8),
    Quantity.MITRAL_E_VELOCITY: (80, 22),
    Quantity.MITRAL_A_VELOCITY: (70, 18),
    Quantity.E_PRIME_SEPTAL: (7.5, 2.2),
    Quantity.E_PRIME_LATERAL: (9.5, 2.8),
    Quantity.TR_VMAX: (2.6, 0.5),
    Quantity.TAPSE: (19, 4.5),
    Quantity.RV_S_PRIME: (11, 2.6),
    Quantity.MR_EROA: (0.15, 0.12),
    Quantity.MR_VENA_CONTRACTA: (0.3, 0.18),
    Quantity.TR_EROA: (0.2, 0.15),
    Quantity.AR_EROA: (0.1, 0.09),
    Quantity.MV_MEAN_GRADIENT: (3, 2.2),
    Quantity.MITRAL_VALVE_AREA: (3.0, 1.1),
}


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence beside one that contradicts it.

    Attributes:
        patient: Whose caption it is from.
        topic: What it is about, and whether on a plain picture: sentences of one topic are balanced.
        side: Which of the two sides of the topic is the true one.
        said: The sentence of the caption.
        opposite: The other one.
    """

    patient: int
    topic: tuple[object, ...]
    side: bool
    said: str
    opposite: str


def draw_patient(population: Population, rng: np.random.Generator) -> tuple[list[Measurement], Sex]:
    """Return the plausible values and the sex of one random patient."""
    sex = Sex.MALE if rng.random() < 0.5 else Sex.FEMALE
    values = {Quantity.HEIGHT: float(rng.normal(170, 8)), Quantity.WEIGHT: float(rng.normal(76, 12))}
    for quantity, parameters in population.items():
        if len(parameters) == 4:
            low, high, a, b = parameters
            values[quantity] = float(low + (high - low) * rng.beta(a, b))
        else:
            values[quantity] = float(rng.normal(*parameters))
    values[Quantity.PERICARDIAL_EFFUSION_DEPTH] = 0.0 if rng.random() < 0.5 else float(rng.uniform(0.1, 2.8))
    fitting = {q: value for q, value in values.items() if q.lowest <= value <= q.highest}
    return [Measurement(q, value, q.unit, _TABLE) for q, value in fitting.items()], sex


def draw_pairs(
    population: Population,
    n_patients: int,
    *,
    places: Sequence[tuple[View, Mode]] = PLACES,
    findings: Sequence[Finding] = _SPOKEN,
    knows_population: bool = True,
) -> tuple[list[Pair], list[Pair]]:
    """Return statements with their opposites, and degrees with their neighbours, in one random wording each.

    Args:
        population: How the patients are drawn.
        n_patients: How many.
        places: The clips of each.
        findings: What is graded.
        knows_population: Whether opposites are drawn from the values of these patients, as in curation.
    """
    rng, wording = np.random.default_rng(5), random.Random(6)
    opposites, neighbours = [], []
    drawn = [draw_patient(population, rng) for _ in range(n_patients)]
    studies = [(derive(given), sex) for given, sex in drawn]
    others = count_population(studies if knows_population else ())
    for patient, (measurements, sex) in enumerate(studies):
        results = grade_study(measurements, sex=sex, findings=findings)
        for view, mode in places:
            for each in compose_statements(
                view, measurements, results, seed=patient, sex=sex, mode=mode, population=others
            ):
                topic = each.finding or each.quantity
                if each.counterfactual_options and each.present is not None:
                    said, other = (
                        wording.choice(each.text_options),
                        wording.choice(each.counterfactual_options),
                    )
                    opposites.append(Pair(patient, (topic, mode is Mode.B), each.present, said, other))
                if each.neighbour_options:
                    said, other = wording.choice(each.neighbour_options)
                    degrees = [_degree(text) for text in (said, other)]
                    place = (topic, frozenset(degrees))
                    neighbours.append(Pair(patient, place, degrees[0] < degrees[1], said, other))
    return opposites, neighbours


def _degree(sentence: str) -> str:
    words = ("mild", "moderate", "severe", "small", "large")
    return next(word for word in words if word in sentence.lower())


def balance(pairs: Sequence[Pair]) -> list[Pair]:
    """Keep as many originals of one side as of the other for each topic, as training weighs them."""
    by_topic: dict[object, dict[bool, list[Pair]]] = defaultdict(lambda: {True: [], False: []})
    for pair in pairs:
        by_topic[pair.topic][pair.side].append(pair)
    kept: list[Pair] = []
    for sides in by_topic.values():
        count = min(len(side) for side in sides.values())
        kept += sides[True][:count] + sides[False][:count]
    return kept


@dataclass(frozen=True, slots=True)
class Verdict:
    """How well a judge without the image tells originals from opposites.

    Attributes:
        auc: Area under the curve over all pairs, each judged by a model that saw none of its patient.
        low: Lower end of the 95 % interval over patients.
        high: Upper end.
    """

    auc: float
    low: float
    high: float


def judge(pairs: Sequence[Pair], *, resamples: int = 0) -> Verdict:
    """Tell original from opposite by text alone: logistic regression, cross-validated by patient.

    The judge reads words, three in a row, and numbers both as they stand and as the tenth of their quantity's
    values that they lie in, so that it learns where the originals of a population lie.

    Args:
        pairs: Balanced pairs.
        resamples: Bootstrap samples of patients for the interval; without any it is the estimate alone.
    """
    texts = [pair.said for pair in pairs] + [pair.opposite for pair in pairs]
    label = np.repeat([1, 0], len(pairs))
    groups = np.array([pair.patient for pair in pairs] * 2)
    tenths = _tenths([pair.topic[0] for pair in pairs] * 2, texts)
    counts = CountVectorizer(ngram_range=(1, 3), token_pattern=r"[\w.%]+", binary=True, min_df=2)
    features = hstack(
        [counts.fit_transform(texts), CountVectorizer(binary=True).fit_transform(tenths)]
    ).tocsr()
    score = np.zeros(len(label))
    for train, test in GroupKFold(3).split(features, label, groups):
        model = LogisticRegression(C=0.3, max_iter=300).fit(features[train], label[train])
        score[test] = model.decision_function(features[test])
    auc = float(roc_auc_score(label, score))
    drawn = [_resampled_auc(label, score, groups, seed) for seed in range(resamples)] or [auc]
    low, high = np.percentile(drawn, (2.5, 97.5))
    return Verdict(auc, float(low), float(high))


def _tenths(topics: Sequence[object], texts: Sequence[str]) -> list[str]:
    """Return a word for the tenth of its quantity's numbers that each text's number lies in."""
    numbers: dict[Quantity, list[tuple[int, float]]] = defaultdict(list)
    words = ["none"] * len(texts)
    for index, (topic, text) in enumerate(zip(topics, texts, strict=True)):
        if isinstance(topic, Quantity):
            numbers[topic].append((index, float(_NUMBER.findall(text)[-1])))
    for quantity, placed in numbers.items():
        values = np.array([value for _, value in placed])
        edges = np.unique(np.quantile(values, np.arange(1, 10) / 10))
        for (index, _), tenth in zip(placed, np.searchsorted(edges, values, side="right"), strict=True):
            words[index] = f"{quantity.name.lower()}_{tenth}"
    return words


def _resampled_auc(label: np.ndarray, score: np.ndarray, groups: np.ndarray, seed: int) -> float:
    patients, rows = np.unique(groups, return_inverse=True)
    weight = np.bincount(
        np.random.default_rng(seed).integers(len(patients), size=len(patients)), minlength=len(patients)
    )
    return float(roc_auc_score(label, score, sample_weight=weight[rows]))


def text_only_auc(pairs: Sequence[Pair]) -> float:
    """Return the estimate of ``judge`` alone."""
    return judge(pairs).auc


def rows(n_patients: int = N_PATIENTS) -> list[tuple[str, Verdict, int]]:
    """Return what each judge makes of each kind of pair, and of how many."""
    found = []
    for name, population in (("wide", WIDE), ("narrow", NARROW)):
        opposites, neighbours = draw_pairs(population, n_patients)
        fair = balance(opposites)
        findings = [pair for pair in fair if isinstance(pair.topic[0], Finding)]
        numbers = [pair for pair in fair if isinstance(pair.topic[0], Quantity)]
        for what, pairs in (
            ("statements", fair),
            ("findings", findings),
            ("numbers", numbers),
            ("neighbouring degrees", balance(neighbours)),
        ):
            verdict = judge(pairs, resamples=_RESAMPLES)
            found.append((f"text alone, {what}, {name} population", verdict, len(pairs)))
    return found


if __name__ == "__main__":
    for what, verdict, n_pairs in rows(int(sys.argv[1]) if len(sys.argv) > 1 else N_PATIENTS):
        interval = f"{verdict.low:.3f} to {verdict.high:.3f}"
        print(f"{what:<55} {verdict.auc:.3f} AUC ({interval}), {n_pairs} pairs", flush=True)
