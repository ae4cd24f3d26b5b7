"""How good is it, really: the door to everything that judges a model. Lesson 08 uses it.

- How sure: `bootstrap`, `compare`, `proportion` (intervals.py), and `sentence`.
- Yes or no: `diagnostic`, `predictive_values`, `frequencies`, `roc`, `auc`, `precision_recall`
  (diagnostic.py), `choose_threshold` (thresholds.py).
- Probabilities: `calibration`, `temperature`, `net_benefit` (calibration.py).
- For whom: `subgroups` (subgroups.py).

What two readers or two methods agree on is in `agreement`; the pictures are in `judging`.
"""

from . import metrics
from .calibration import Calibration, Temperature, calibration, net_benefit, temperature
from .diagnostic import (
    Curve,
    Diagnostic,
    Frequencies,
    PredictiveValues,
    auc,
    diagnostic,
    frequencies,
    precision_recall,
    predictive_values,
    roc,
)
from .intervals import Comparison, Interval, bootstrap, compare, proportion
from .subgroups import Subgroups, subgroups
from .thresholds import Threshold, choose_threshold

__all__ = [
    "Calibration",
    "Comparison",
    "Curve",
    "Diagnostic",
    "Frequencies",
    "Interval",
    "PredictiveValues",
    "Subgroups",
    "Temperature",
    "Threshold",
    "auc",
    "bootstrap",
    "calibration",
    "choose_threshold",
    "compare",
    "diagnostic",
    "frequencies",
    "net_benefit",
    "precision_recall",
    "predictive_values",
    "proportion",
    "roc",
    "sentence",
    "subgroups",
    "temperature",
]


def sentence(name, result, images=None, synthetic=True, unit=""):
    """A result as a line for a report, with how its interval was made.

    result: an Interval of `bootstrap`, `proportion` or `compare`, ...; it knows its patients.
    images: how many in all; the number of values unless told. Example: 'Dice 0.94 (95 % interval
    0.92 to 0.95; 9 patients, 34 images; synthetic). Interval: percentile bootstrap over ...'.
    synthetic=False only for images from a scanner. Raises DataError as metrics.sentence does.
    """
    images = result.values if images is None else images
    line = metrics.sentence(
        name, *result[:3], result.patients, images, synthetic, unit, result.level
    )
    return f"{line}. Interval: {result.method}."
