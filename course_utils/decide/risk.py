"""A risk from predictors: logistic regression, how many patients it needs, and moving it to another
hospital.

Sources: Riley et al, Stat Med 2019, doi:10.1002/sim.7992 (sample size); Steyerberg, Clinical
Prediction Models, 2nd ed 2019, doi:10.1007/978-3-030-16399-0 (updating the intercept).
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from course_utils.core import accept, errors
from course_utils.evaluate import calibrate, columns


@dataclass(frozen=True)
class Model:
    """A fitted logistic regression. `.coefficients`: log odds for one SD of each predictor, a
    Series; `.patients`, `.events`: what it learned from.
    """

    names: tuple
    coefficients: pd.Series
    patients: int
    events: int
    _fitted: object

    def risk(self, table):
        """The probability of an event for each row of `table`: (n,), 0..1.

        Raises DataError for a missing predictor or an empty cell.
        """
        return self._fitted.predict_proba(_predictors(table, self.names))[:, 1]


def fit(table, names, event="event"):
    """A logistic regression of `event` on the columns `names`, without penalty: a Model.

    table: one row for each patient. Raises DataError for a missing column, an empty cell, or fewer
    than 5 patients with or without the event.
    """
    # scikit-learn: the regression; loaded here, because the door costs nothing
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    names = tuple(names)
    values = _predictors(table, names)
    happened = columns.truth_of(table.get(event, None), event)
    if min(happened.sum(), (~happened).sum()) < accept.FEW_PATIENTS:
        raise errors.DataError(
            f"{happened.sum()} of {happened.size} patients had the event. A regression needs at "
            f"least {accept.FEW_PATIENTS} with and {accept.FEW_PATIENTS} without it."
        )
    fitted = make_pipeline(StandardScaler(), LogisticRegression(C=np.inf, max_iter=1000, tol=1e-8))
    fitted.fit(values, happened)
    weights = pd.Series(fitted[-1].coef_[0], index=list(names), name="log odds for one SD")
    return Model(names, weights, happened.size, int(happened.sum()), fitted)


def patients_needed(predictors, r_squared, shrinkage=0.9):
    """How many patients a logistic regression needs so that it is not too sure of itself: a whole
    number.

    n = p / ((S - 1) ln(1 - R2 / S)), Riley's first criterion. predictors: p, 1 or more. r_squared:
    the Cox-Snell R2 that the model is expected to reach, above 0 and below `shrinkage`. shrinkage:
    S, by how much its predictions may be too extreme, 0.9 is usual. For strong models (area under
    the curve of 0.85 and more) the formula asks for too few: doi:10.1186/s12874-024-02268-5.
    Raises DataError for values outside these ranges.
    """
    count = accept.whole(predictors, "predictors", 1, 10_000)
    share = accept.number(shrinkage, "shrinkage", 0.5, 0.999)
    r_squared = accept.number(r_squared, "r_squared", 1e-4, share - 1e-4)
    return math.ceil(count / ((share - 1) * math.log(1 - r_squared / share)) - 1e-9)


def shifted(risk, by):
    """Risks moved by `by` on the scale of log odds, (n,) 0..1: an update of the intercept.

    It repairs a model that says too much or too little throughout, and changes neither the order
    of the patients nor the slope.
    """
    risk = columns.probabilities_of(risk)
    inside = np.clip(risk, calibrate.EDGE, 1 - calibrate.EDGE)
    return special.expit(special.logit(inside) + float(by))


def _predictors(table, names):
    lacking = [name for name in names if name not in table]
    if lacking or not names:
        raise errors.DataError(
            f"The table has no column {', '.join(lacking)}; it has {', '.join(map(str, table))}."
            if names
            else "Name at least one predictor, such as ['last_ef']."
        )
    values = table[list(names)].to_numpy(float)
    if not np.isfinite(values).all():
        empty = int((~np.isfinite(values)).any(axis=1).sum())
        raise errors.DataError(
            f"{empty} of {len(table)} patients lack a predictor. Leave them out and say so, or fill "
            "the gaps within the training patients only."
        )
    return values
