"""Made-up cases of a yes-or-no question: 200 of 50 people, with ties among the scores."""

import numpy as np
import pandas as pd


def cases(seed=0, count=200, prevalence=0.3, gap=1.5):
    """Truth, score in steps (so that there are ties), and a probability."""
    rng = np.random.default_rng(seed)
    truth = rng.random(count) < prevalence
    score = np.round(rng.normal(0, 1, count) + gap * truth, 1)
    return truth, score, 1 / (1 + np.exp(-(1.3 * score - 1.5)))


TRUTH, SCORE, PROBABILITY = cases()
PEOPLE = np.arange(200) // 4


def table_of(split, first=0):
    return pd.DataFrame({"patient_id": [f"P{first + number}" for number in PEOPLE], "split": split})
