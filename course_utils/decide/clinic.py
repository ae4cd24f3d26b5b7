"""Simulated clinics: patients whose ejection fraction is followed, with what became of them, and
healthy people of all ages. SYNTHETIC, from a seed; no file.

The risk of an event in the next year comes from the *true* ejection fraction, its true slope, age
and BNP. What the clinic knows are readings: each visit adds a day-to-day part and a reader's part.
Sizes of both: ultrasound readers differ by 4 to 7 points of EF (Thavendiranathan et al, J Am Coll
Cardiol 2013, doi:10.1016/j.jacc.2012.09.035). The coefficients are inventions, chosen so that the
best possible model has an area under the ROC curve of about 0.83 and one patient in four or five
has an event.
"""

import numpy as np
import pandas as pd

from course_utils.core import accept

EF0 = (47.0, 11.0)  # per cent at the first visit: mean, SD over patients
SLOPE = (-1.0, 2.2)  # points a year: mean, SD over patients
VISIT_SD, READING_SD = 1.5, 4.0  # points: from day to day, and from reading to reading
YEARS, VISITS = 3.0, (2, 5)  # all visits lie in three years; fewest and most visits
RISK = {"start": -1.75, "ef": 0.93, "slope": 0.38, "age": 0.42, "bnp": 0.38}  # log odds for one SD

# Healthy people. EF: mean by sex and SD (Lang et al 2015, doi:10.1016/j.echo.2014.10.003). The calf
# is an invention in the range of published thicknesses: a slow loss from the age of forty.
NORMAL_EF = {"F": 64.0, "M": 62.0}
NORMAL_EF_SD = 5.0
CALF_MM = {"F": 17.5, "M": 19.5}
CALF_SD, CALF_LOSS = 2.2, 0.05  # mm, and mm a year from 40 on


def cohort(people, seed=0):
    """A clinic of `people` patients: one row each, sorted by patient_id.

    Columns: patient_id, age (years), bnp (natural log of ng/l), visits (2 to 5), last_ef, slope
    (least squares over the readings, points a year), slope_error (its standard error), shrunken
    (see `shrink`), event (within a year of the last visit), and the truths that no clinic has:
    true_ef (at the last visit), true_slope, true_risk. `.attrs["visits"]`: every reading, columns
    patient_id, years, ef. Raises DataError for fewer than 2 people.
    """
    count = accept.whole(people, "people", 2, 1_000_000)
    draw = np.random.default_rng([accept.seed(seed), 12])
    age = np.clip(draw.normal(66, 11, count), 25, 95)
    start, slope = draw.normal(*EF0, count).clip(15, 75), draw.normal(*SLOPE, count)
    visits = draw.integers(VISITS[0], VISITS[1] + 1, count)
    years = np.array([_times(number) for number in range(VISITS[0], VISITS[1] + 1)])
    years = years[visits - VISITS[0]]
    noise = draw.normal(0, VISIT_SD, years.shape) + draw.normal(0, READING_SD, years.shape)
    readings = start[:, None] + slope[:, None] * years + noise
    now = start + slope * YEARS
    # BNP follows the heart, never the event: a predictor drawn from the outcome would foretell it.
    bnp = 5.2 + 0.4 * (EF0[0] - now) / EF0[1] + draw.normal(0, 0.9, count)
    risk = _risk(now, slope, age, bnp)
    raw, error = _slopes(years, readings)
    table = pd.DataFrame(
        {
            "patient_id": [f"C{number:05d}" for number in range(1, count + 1)],
            "age": age,
            "bnp": bnp,
            "visits": visits,
            "last_ef": readings[np.arange(count), visits - 1],
            "slope": raw,
            "slope_error": error,
            "shrunken": shrink(raw, error),
            "event": draw.random(count) < risk,
            "true_ef": now,
            "true_slope": slope,
            "true_risk": risk,
        }
    )
    there = np.isfinite(years)
    table.attrs["visits"] = pd.DataFrame(
        {
            "patient_id": np.repeat(table.patient_id.to_numpy(), visits),
            "years": years[there],
            "ef": readings[there],
        }
    )
    return table


def shrink(slope, error, mean=SLOPE[0], spread=SLOPE[1]):
    """A measured slope pulled towards the mean of all patients, as far as it is noise.

    slope, error: points a year and its standard error, numbers or arrays. mean, spread: of the true
    slopes of all patients. Reliability r = spread^2 / (spread^2 + error^2); the result is
    mean + r (slope - mean): what one expects to see next (regression to the mean).
    """
    reliability = spread**2 / (spread**2 + np.asarray(error, float) ** 2)
    return mean + reliability * (np.asarray(slope, float) - mean)


def healthy(people, seed=0):
    """Healthy people of 20 to 90 years, one row each: patient_id, sex (F or M), age, ef (per cent),
    calf_mm (thickness of the medial gastrocnemius at rest). Raises DataError for fewer than 2.
    """
    count = accept.whole(people, "people", 2, 1_000_000)
    draw = np.random.default_rng([accept.seed(seed), 13])
    sex, age = np.where(draw.random(count) < 0.5, "F", "M"), draw.uniform(20, 90, count)
    ef = np.array([NORMAL_EF[one] for one in sex]) + draw.normal(0, NORMAL_EF_SD, count)
    calf = np.array([CALF_MM[one] for one in sex]) - CALF_LOSS * np.maximum(age - 40, 0)
    return pd.DataFrame(
        {
            "patient_id": [f"H{number:05d}" for number in range(1, count + 1)],
            "sex": sex,
            "age": age,
            "ef": ef,
            "calf_mm": calf + draw.normal(0, CALF_SD, count),
        }
    )


def _times(number):
    """When the visits were, in years, padded with NaN to the most visits there can be."""
    return np.r_[np.linspace(0, YEARS, number), np.full(VISITS[1] - number, np.nan)]


def _risk(now, slope, age, bnp):
    odds = (
        RISK["start"]
        + RISK["ef"] * (44.0 - now) / EF0[1]
        + RISK["slope"] * (SLOPE[0] - slope) / SLOPE[1]
        + RISK["age"] * (age - 66.0) / 11.0
        + RISK["bnp"] * (bnp - 5.2)
    )
    return 1 / (1 + np.exp(-odds))


def _slopes(years, readings):
    """Least squares for each row: the slope and its standard error, given the known noise."""
    apart = years - np.nanmean(years, axis=1, keepdims=True)
    spread = np.nansum(apart**2, axis=1)
    slope = np.nansum(apart * readings, axis=1) / spread
    return slope, np.hypot(VISIT_SD, READING_SD) / np.sqrt(spread)
