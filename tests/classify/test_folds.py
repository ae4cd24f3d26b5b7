"""Cross-validation: who is on which side, and a leak that a memory of patients shows."""

import numpy as np
import pandas as pd
import pytest

from course_utils import evaluate
from course_utils.classify import folds
from course_utils.core import errors
from course_utils.show import progress

TABLE = pd.DataFrame({"patient_id": np.repeat([f"T{n}" for n in range(40)], 2)})
TABLE["ill"] = np.repeat(np.arange(40) % 10 < 3, 2).astype(int)
TABLE["machine"] = "A"


class Memory:
    """Knows the label of every patient it has met, and nothing else."""

    def fit(self, rows, labels, seed):
        self.known = dict(zip(TABLE.patient_id[rows], np.asarray(labels)[rows], strict=True))

    def probability(self, rows):
        return np.array([self.known.get(name, 0.5) for name in TABLE.patient_id[rows]])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_patient_is_in_one_fold_and_every_fold_has_its_share(seed):
    fold = folds.folds(TABLE, seed=seed)
    assert (TABLE.assign(fold=fold).groupby("patient_id").fold.nunique() == 1).all()
    share = TABLE.ill.groupby(fold).mean()
    assert len(share) == 5 and share.between(0.2, 0.4).all()


def test_by_image_lets_a_memory_shine_and_by_patient_does_not():
    by_image = folds.folds(TABLE, "by image")
    leaked = folds.judged(Memory(), TABLE.ill, by_image, watch=progress.Quiet())
    honest = folds.judged(Memory(), TABLE.ill, folds.folds(TABLE), watch=progress.Quiet())
    assert evaluate.auc(TABLE.ill, leaked) > 0.85
    assert evaluate.auc(TABLE.ill, honest) == 0.5


def test_a_regression_finds_what_separates_and_dealt_labels_are_chance():
    rng = np.random.default_rng(1)
    numbers = rng.standard_normal((80, 3)) + np.outer(3 * TABLE.ill, [1, 0, 0])
    quiet, fold = progress.Quiet(), folds.folds(TABLE)
    found = folds.judged(folds.Regression(numbers), TABLE.ill, fold, watch=quiet)
    people = folds.per_patient(TABLE, found)
    assert len(people) == 40 and evaluate.auc(people.ill, people.score) > 0.95
    dealt = folds.shuffled(TABLE, 5)
    assert dealt.sum() == TABLE.ill.sum()
    assert (pd.Series(dealt).groupby(TABLE.patient_id).nunique() == 1).all()


def test_what_cannot_be_divided_is_refused():
    with pytest.raises(errors.DataError, match="by patient, by image"):
        folds.folds(TABLE, "by device")
    with pytest.raises(errors.DataError, match="one has 3"):
        folds.folds(TABLE.head(20))
