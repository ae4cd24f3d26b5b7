"""Cross-validation: every picture is judged once, by a model that did not learn from it.

By patient, that model has never met the patient either; by image, it may know the other picture of
the same shoulder. A patient's score is the mean of their pictures.
"""

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from course_utils.core import errors
from course_utils.show import progress

WAYS = ("by patient", "by image")
COUNT = 5


def folds(table, way="by patient", seed=1, count=COUNT):
    """The fold of every row: (N,) whole numbers from 0, each with its share of the ill.

    way: "by patient", or "by image" (WRONG on purpose). Raises DataError for another way, or where
    a class has fewer members than folds.
    """
    if way not in WAYS:
        raise errors.DataError(f"way is one of {', '.join(WAYS)}, not {way!r}.")
    groups = table.patient_id if way == "by patient" else pd.Series(range(len(table)), table.index)
    least = min(groups[table.ill == kind].nunique() for kind in (0, 1))
    if least < count:
        raise errors.DataError(
            f"{count} folds need {count} ill and {count} normal; one has {least}."
        )
    kind = StratifiedGroupKFold if way == "by patient" else StratifiedKFold
    maker, fold = kind(count, shuffle=True, random_state=seed), np.empty(len(table), int)
    apart = table.patient_id if way == "by patient" else None
    for number, (_, rows) in enumerate(maker.split(table, table.ill, apart)):
        fold[rows] = number
    return fold


def judged(learner, labels, fold, seed=1, watch=None):
    """Scores of every row from a model of the other folds: (N,) 0..1.

    learner: what has `fit(rows, labels, seed)` and `probability(rows)`. watch: progress, a bar of
    its own if None.
    """
    scores, fold = np.full(len(labels), np.nan), np.asarray(fold)
    watch, numbers = watch or progress.panel("Training on four of five"), np.unique(fold)
    watch.open("fold 1")
    for done, number in enumerate(numbers, start=1):
        learner.fit(np.flatnonzero(fold != number), labels, seed)
        rows = np.flatnonzero(fold == number)
        scores[rows] = learner.probability(rows)
        watch.step(done / len(numbers), f"{done} of {len(numbers)} folds")
    watch.close(f"{len(numbers)} folds done")
    return scores


class Regression:
    """Logistic regression on a table of numbers, as a learner for `judged`. strength: scikit-learn's
    C; smaller where there are more numbers than patients.
    """

    def __init__(self, features, strength=1.0):
        self.features = np.asarray(features, float)
        how = LogisticRegression(C=strength, max_iter=500)
        self.model = make_pipeline(StandardScaler(), how)

    def fit(self, rows, labels, seed=0):
        """Learn from these rows."""
        self.model.fit(self.features[rows], np.asarray(labels)[rows])
        return self

    def probability(self, rows):
        """How likely 'ill' is for these rows: (n,)."""
        return self.of(self.features[rows])

    def of(self, features):
        """The same for other rows of numbers: (n,)."""
        return self.model.predict_proba(np.asarray(features, float))[:, 1]


def per_patient(table, scores):
    """One row a patient: ill, score (the mean of their pictures), and their machine."""
    found = table.assign(score=np.asarray(scores)).groupby("patient_id", sort=False)
    return found.agg(ill=("ill", "first"), score=("score", "mean"), machine=("machine", "first"))


def shuffled(table, seed=1):
    """Labels dealt anew among the patients: (N,) of 0 and 1; all pictures of one keep one label."""
    people = table.groupby("patient_id", sort=False).ill.first()
    dealt = pd.Series(np.random.default_rng([seed, 83]).permutation(people), people.index)
    return table.patient_id.map(dealt).to_numpy()
