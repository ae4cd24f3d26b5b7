"""Small values as a lesson's page holds them, for the exercises that compute with them."""

import pandas as pd

DIFFERENCES = pd.Series({"a": -0.1, "b": 0.2, "c": -0.3, "d": 0.0})
READINGS = {"before_with": -4.5, "before_without": -0.5, "after_with": -1.2, "after_without": -0.2}
SCORES = pd.DataFrame({"patient_id": ["P1", "P2", "P2"], "dice": [0.8, 0.5, 0.7]})
GROUPS = {
    "train": pd.DataFrame({"patient_id": ["a", "b"]}),
    "validation": pd.DataFrame({"patient_id": ["c"]}),
    "test": pd.DataFrame({"patient_id": ["d"]}),
}
