import random
import re
from collections import defaultdict

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from echovlm.clinical.findings import Finding
from echovlm.clinical.formulas import derive
from echovlm.clinical.guidelines import grade_study
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.patient import Sex
from echovlm.clinical.provenance import Provenance, Source
from echovlm.clinical.units import Unit
from echovlm.clinical.views import View
from echovlm.reports import compose_statements

TABLE = Provenance(Source.TABLE, "structured-measurement.csv row 1")
VIEWS = (View.PLAX, View.PSAX_MV, View.PSAX_PM, View.A4C, View.A2C)

# Two hospitals: one spreads its patients widely over every limit, the other sees mostly normal hearts.
WIDE = {
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
}
NARROW = {
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
}


def study(population, rng):
    """Return the values and the sex of one random patient."""
    sex = Sex.MALE if rng.random() < 0.5 else Sex.FEMALE
    values = {Quantity.HEIGHT: rng.normal(170, 8), Quantity.WEIGHT: rng.normal(76, 12)}
    for quantity, parameters in population.items():
        if len(parameters) == 4:
            low, high, a, b = parameters
            values[quantity] = low + (high - low) * rng.beta(a, b)
        else:
            values[quantity] = rng.normal(*parameters)
    values[Quantity.PERICARDIAL_EFFUSION_DEPTH] = 0.0 if rng.random() < 0.5 else rng.uniform(0.1, 2.8)
    return [Measurement(q, float(v), q.unit, TABLE) for q, v in values.items()], sex


def sentence_pairs(population, n_patients, *, told_sex):
    """Return (patient, key, present, original, opposite) with one random wording each."""
    rng, wording = np.random.default_rng(5), random.Random(6)
    pairs = []
    for patient in range(n_patients):
        given, sex = study(population, rng)
        measurements = derive(given)
        findings = grade_study(measurements, sex=sex)
        for view in VIEWS:
            statements = compose_statements(
                view, measurements, findings, seed=patient, sex=sex if told_sex else None
            )
            for statement in statements:
                if statement.counterfactual_options:
                    key = statement.finding or statement.quantity
                    original = wording.choice(statement.text_options)
                    opposite = wording.choice(statement.counterfactual_options)
                    pairs.append((patient, key, statement.present, original, opposite))
    return pairs


def balanced(pairs):
    """Keep as many positive as negative originals of each finding and quantity."""
    by_key = defaultdict(lambda: {True: [], False: []})
    for pair in pairs:
        by_key[pair[1]][pair[2]].append(pair)
    kept = []
    for sides in by_key.values():
        count = min(len(side) for side in sides.values())
        kept += sides[True][:count] + sides[False][:count]
    return kept


def text_only_auc(pairs):
    """Tell original from opposite by words alone: cross-validated by patient."""
    texts = [pair[3] for pair in pairs] + [pair[4] for pair in pairs]
    label = np.repeat([1, 0], len(pairs))
    groups = np.array([pair[0] for pair in pairs] * 2)
    counts = CountVectorizer(ngram_range=(1, 3), token_pattern=r"[\w.%]+", binary=True, min_df=2)
    features = counts.fit_transform(texts)
    score = np.zeros(len(label))
    for train, test in GroupKFold(3).split(features, label, groups):
        model = LogisticRegression(C=0.3, max_iter=300).fit(features[train], label[train])
        score[test] = model.decision_function(features[test])
    return roc_auc_score(label, score)


@pytest.fixture(scope="module", params=["wide", "narrow"])
def pairs(request):
    return sentence_pairs({"wide": WIDE, "narrow": NARROW}[request.param], 400, told_sex=True)


def test_the_words_alone_do_not_tell_a_statement_from_its_opposite(pairs):
    assert text_only_auc(balanced(pairs)) <= 0.56


def test_the_words_alone_do_not_tell_a_finding_from_its_opposite(pairs):
    findings = [pair for pair in balanced(pairs) if isinstance(pair[1], Finding)]
    assert len(findings) > 2000
    assert text_only_auc(findings) <= 0.55


def test_the_words_alone_do_not_tell_a_number_from_its_opposite(pairs):
    numbers = [pair for pair in balanced(pairs) if isinstance(pair[1], Quantity)]
    assert len(numbers) > 1000
    assert text_only_auc(numbers) <= 0.6


def test_the_audit_notices_when_only_one_polarity_is_ever_original(pairs):
    assert text_only_auc([pair for pair in pairs if pair[2]]) > 0.95


def test_the_audit_notices_opposites_that_are_worded_differently(pairs):
    clumsy = [(*pair[:4], f"It is not true: {pair[4]}") for pair in balanced(pairs)]
    assert text_only_auc(clumsy) > 0.95


def test_the_audit_notices_numbers_drawn_too_far_from_the_limit(pairs):
    numbers = [p for p in balanced(pairs) if isinstance(p[1], Quantity) and p[1].unit is Unit.CM]
    far = [(*p[:4], re.sub(r"(\d+)\.", lambda m: f"{int(m[1]) + 4}.", p[4], count=1)) for p in numbers]
    assert text_only_auc(numbers) < 0.65 < 0.8 < text_only_auc(far)
