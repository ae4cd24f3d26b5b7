"""Is it worth acting on: hits, minus false alarms at their price, against acting on all or on none.

Source: Vickers and Elkin, Med Decis Making 2006, doi:10.1177/0272989X06295361.
"""

import numpy as np
import pandas as pd

from course_utils.core import errors
from course_utils.evaluate import columns


def net_benefit(truth, probability, thresholds, patients=None, level=0.95, seed=0):
    """Decision curve: what acting on the model is worth against acting on all or on none, a table.

    thresholds: probabilities above 0 and below 1 at which one would act; a threshold of 0.1 says
    that nine false alarms weigh as much as one hit. Net benefit = TP/n - FP/n * p / (1 - p): hits
    per case, minus false alarms in units of hits. Columns: threshold, model, low, high, treat_all,
    treat_none, gain (over the better of both), gain_low, gain_high, useful (gain_low above 0).
    Intervals: percentile bootstrap over patients, 1999 resamples, for each threshold by itself.
    Use the thresholds that a clinician would act on, not those where the curve looks best.
    """
    truth, probability = columns.truth_of(truth, both=True), columns.probabilities_of(probability)
    columns.same_length(truth=truth, probability=probability)
    cuts = columns.probabilities_of(thresholds, "threshold")
    if (cuts <= 0).any() or (cuts >= 1).any():
        raise errors.DataError(
            "A threshold to act at lies above 0 and below 1: at 1 a false alarm "
            "would cost infinitely much."
        )
    codes, level = columns.patients_of(patients, truth.size), columns.level_of(level)
    columns.warn_if_few(int(codes.max()) + 1, "Net benefit")
    price = cuts / (1 - cuts)
    worth = truth[:, None] - ~truth[:, None] * price  # of acting on a case, (n, thresholds)
    acted = np.where(probability[:, None] >= cuts, worth, 0.0)
    model, everyone = acted.mean(axis=0), worth.mean(axis=0)
    drawn_model, drawn_all = _drawn_means(codes, (acted, worth), seed)
    tails = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(drawn_model, tails, axis=0)
    gain_low, gain_high = np.quantile(drawn_model - np.maximum(drawn_all, 0), tails, axis=0)
    return pd.DataFrame(
        {
            "threshold": cuts,
            "model": model,
            "low": low,
            "high": high,
            "treat_all": everyone,
            "treat_none": 0.0,
            "gain": model - np.maximum(everyone, 0),
            "gain_low": gain_low,
            "gain_high": gain_high,
            "useful": gain_low > 0,
        }
    )


def _drawn_means(codes, tables, seed, resamples=1999):
    """The column means of each table in every resample of patients."""
    people = int(codes.max()) + 1
    weights = np.random.default_rng(seed).multinomial(
        people, np.full(people, 1 / people), resamples
    )
    cases = weights @ np.bincount(codes)
    result = []
    for table in tables:
        sums = np.zeros((people, table.shape[1]))
        np.add.at(sums, codes, table)
        result.append(weights @ sums / cases[:, None])
    return result
