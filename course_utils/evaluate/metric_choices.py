"""Which measure for which question: the advice of Metrics Reloaded for the tasks of this course.

In the course's own words and much shorter than the original, which asks more questions and covers
more tasks: Maier-Hein et al, Nature Methods 2024, doi:10.1038/s41592-023-02151-z; the pitfalls:
Reinke et al, Nature Methods 2024, doi:10.1038/s41592-023-02150-0. Measurements (millimetres,
ejection fraction) lie outside that framework; for those the course follows Bland and Altman, Lancet
1986, doi:10.1016/S0140-6736(86)90837-8.
"""

import html
import numbers
import tomllib
from pathlib import Path

import pandas

from course_utils.core import errors

TASKS = ("segmentation", "classification", "measurement")
STRUCTURES = ("region", "thin", "small")
COLUMNS = ("measure", "use", "why", "in_the_course")
ADVICE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
RARE = 0.2  # a share of positives below which the choice treats classes as unbalanced


class Choice(pandas.DataFrame):
    """A table of measures: measure, use ('report', 'avoid' or 'state'), why, in_the_course."""

    @property
    def _constructor(self):
        return Choice

    def _repr_html_(self):
        head = "".join(f'<th scope="col">{html.escape(str(name))}</th>' for name in self.columns)
        rows = "".join(
            "<tr>"
            + "".join(f'<td style="text-align:left">{html.escape(str(cell))}</td>' for cell in row)
            + "</tr>"
            for row in self.itertuples(index=False)
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def metric_choice(
    task,
    structure="region",
    boundary=True,
    empty_possible=False,
    mistake=None,
    prevalence=None,
    target_prevalence=None,
    probabilities=True,
):
    """What to report, what to avoid and why: a `Choice`, one row per measure.

    task: "segmentation", "classification" or "measurement".
    For segmentation. structure: "region" (a muscle, a ventricle), "thin" (an aponeurosis, a vessel:
    a line more than an area) or "small" (a few pixels across). boundary: whether it matters where
    the border lies. empty_possible: whether images without the structure occur. mistake: "missed"
    or "false" if one is worse, else None.
    For classification. prevalence: the share of positives in the test set; target_prevalence: that
    share where it would be used; probabilities: whether it gives any, not just yes or no.
    Raises DataError for another value.
    """
    if task not in TASKS:
        raise errors.DataError(f"task is {', '.join(TASKS)}, not {task!r}.")
    if structure not in STRUCTURES:
        raise errors.DataError(f"structure is {', '.join(STRUCTURES)}, not {structure!r}.")
    if mistake not in (None, "missed", "false"):
        raise errors.DataError(f"mistake is 'missed', 'false' or None, not {mistake!r}.")
    for name, share in (("prevalence", prevalence), ("target_prevalence", target_prevalence)):
        if share is not None and (not isinstance(share, numbers.Real) or not 0 < share < 1):
            raise errors.DataError(f"{name} is a share between 0 and 1, not {share!r}.")
    if task == "segmentation":
        chosen = _segmentation(structure, boundary, empty_possible, mistake)
    elif task == "classification":
        chosen = _classification(prevalence, target_prevalence, probabilities)
    else:
        chosen = ("agreement", "reliability", "share off", "correlation")
    values = {
        "unit": "image" if task == "segmentation" else "reading",
        "target": 100 * (target_prevalence or 0),
    }
    rows = (ADVICE[name] for name in (*chosen, "per patient", "interval", "worst case"))
    return Choice(
        [
            (
                told["measure"].format(**values),
                told["use"],
                told["why"].format(**values),
                told.get("where", ""),
            )
            for told in rows
        ],
        columns=COLUMNS,
    )


def _segmentation(structure, boundary, empty_possible, mistake):
    """The names of what is said about outlines, in their order."""
    yield from {
        "region": ("area",),
        "thin": ("centreline", "area of a line"),
        "small": ("found", "area of a dot"),
    }[structure]
    if mistake:
        yield mistake
    if boundary or structure != "region":
        yield "border"
    if boundary and structure != "small":
        yield from ("distance", "largest distance")
    yield from ("pixels", "empty mask")
    if empty_possible:
        yield "false alarms"


def _classification(prevalence, target, probabilities):
    """The names of what is said about yes and no."""
    rare = prevalence is not None and min(prevalence, 1 - prevalence) < RARE
    yield "threshold"
    if probabilities:
        yield "ROC"
        if rare:
            yield "precision-recall"
        yield "calibration"
    if rare or prevalence is None:
        yield from ("rare accuracy" if rare else "accuracy", "balanced")
    yield "predictive values" if target is None else "predictive values in use"
    if target is not None or probabilities:
        yield "net benefit"
