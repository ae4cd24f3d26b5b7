"""Which measure for which question: the advice of Metrics Reloaded for the tasks of this course.

In the course's own words and much shorter than the original, which asks more questions and covers
more tasks: Maier-Hein et al, Nature Methods 2024, doi:10.1038/s41592-023-02151-z; the pitfalls:
Reinke et al, Nature Methods 2024, doi:10.1038/s41592-023-02150-0. Measurements (millimetres,
ejection fraction) lie outside that framework; for those the course follows Bland and Altman, Lancet
1986, doi:10.1016/S0140-6736(86)90837-8.
"""

import html
import numbers

import pandas

from course_utils.core import errors

TASKS = ("segmentation", "classification", "measurement")
STRUCTURES = ("region", "thin", "small")
COLUMNS = ("measure", "use", "why", "in_the_course")
REPORT, AVOID, POLICY = "report", "avoid", "state"
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
        rows = _segmentation(structure, boundary, empty_possible, mistake)
    elif task == "classification":
        rows = _classification(prevalence, target_prevalence, probabilities)
    else:
        rows = _measurement()
    return Choice([*rows, *_always(task)], columns=COLUMNS)


def _segmentation(structure, boundary, empty_possible, mistake):
    if structure == "thin":
        yield (
            "centreline Dice (clDice)",
            REPORT,
            "For a thin structure it counts whether its "
            "line was followed; Dice would count its width.",
            "",
        )
        yield (
            "Dice, IoU",
            AVOID,
            "One pixel of shift takes half of a structure two pixels wide, "
            "so the number says how thin it is.",
            "metrics.dice",
        )
    elif structure == "small":
        yield (
            "found or missed, per structure",
            REPORT,
            "When a few pixels are all, the question is whether it was found.",
            "metrics.recall above a threshold set before",
        )
        yield (
            "Dice, IoU",
            AVOID,
            "One pixel more or less moves it by tenths, and the reference itself is not that sure.",
            "metrics.dice",
        )
    else:
        yield (
            "Dice (or IoU)",
            REPORT,
            "The share of the area that two outlines agree on. Give "
            "one of the two: each follows from the other.",
            "metrics.dice",
        )
    if mistake:
        name, why = (
            ("recall", "how much was missed")
            if mistake == "missed"
            else ("precision", "how much is false")
        )
        yield (
            f"{name}, or F-beta with the price named",
            REPORT,
            f"One mistake is worse here, and Dice weighs both alike; this says {why}.",
            f"metrics.{name}",
        )
    if boundary or structure != "region":
        yield (
            "surface Dice (NSD) at a tolerance",
            REPORT,
            "The share of the border that lies "
            "within what readers differ by. Set the tolerance from reader variability, in mm, "
            "before the test.",
            "metrics.surface_dice",
        )
    if boundary and structure != "small":
        yield (
            "95th percentile of the distance (HD95) or mean distance",
            REPORT,
            "How far off the border is, in mm. HD95 shows the worst stretch; the mean forgives it.",
            "metrics.hd95, metrics.average_surface_distance",
        )
        yield (
            "largest distance (Hausdorff)",
            AVOID,
            "One stray pixel decides it, unless exactly that matters.",
            "",
        )
    yield (
        "pixel accuracy, specificity",
        AVOID,
        "Most pixels are background, so an empty outline scores well.",
        "",
    )
    yield (
        "what happens when a mask is empty",
        POLICY,
        "Both empty: perfect. One empty: worst, "
        "never left out; a missing value would reward a failure.",
        "metrics (its first lines)",
    )
    if empty_possible:
        yield (
            "false alarms on images without the structure",
            REPORT,
            "They need a number of "
            "their own: there Dice is 1 or 0 and says how many images were empty.",
            "evaluate.diagnostic on 'anything drawn'",
        )


def _classification(prevalence, target, probabilities):
    yield (
        "sensitivity and specificity at a threshold set before",
        REPORT,
        "What a reader of the result will meet. Set the threshold on validation patients.",
        "evaluate.diagnostic",
    )
    rare = prevalence is not None and min(prevalence, 1 - prevalence) < RARE
    if probabilities:
        yield (
            "area under the ROC curve",
            REPORT,
            "Ranks cases at all thresholds at once, "
            "whatever the prevalence. No threshold in use is described by it, so never alone.",
            "evaluate (ROC)",
        )
        if rare:
            yield (
                "average precision (precision-recall curve)",
                REPORT,
                "With few positives the "
                "ROC curve hides how many alarms are false. It moves with prevalence: say "
                "which.",
                "evaluate (precision-recall)",
            )
        yield (
            "calibration: reliability curve, Brier score",
            REPORT,
            "Whether 30 % means 3 of 10. Ranking well does not make a probability true.",
            "evaluate.calibration",
        )
    if rare or prevalence is None:
        yield (
            "accuracy",
            AVOID,
            "Where one class is common, naming it always is accurate."
            if rare
            else "It depends on how common the class is, and that is not stated here.",
            "",
        )
        yield (
            "balanced accuracy",
            REPORT,
            "The mean of sensitivity and specificity, whatever the prevalence.",
            "",
        )
    if target is None:
        yield (
            "predictive values",
            AVOID,
            "Those of the test set hold for its prevalence only. Name the prevalence of use first.",
            "evaluate.diagnostic",
        )
    else:
        yield (
            f"predictive values at a prevalence of {100 * target:g} %",
            REPORT,
            "Calculated "
            "from sensitivity and specificity for the place of use, not counted in the test set.",
            "evaluate.diagnostic",
        )
    if target is not None or probabilities:
        yield (
            "net benefit, or a cost for each mistake",
            REPORT,
            "Says whether acting on it beats treating all or none.",
            "evaluate.net_benefit",
        )


def _measurement():
    yield (
        "bias and limits of agreement, with their intervals",
        REPORT,
        "By how much two methods differ in one patient, in the unit of the measurement.",
        "agreement.bland_altman",
    )
    yield (
        "ICC, SEM, smallest detectable change",
        REPORT,
        "How far the same patient varies between readings. Name the kind of ICC.",
        "agreement.icc",
    )
    yield (
        "share of patients off by more than matters",
        REPORT,
        "The limit is a clinical decision; make it before the test.",
        "",
    )
    yield ("correlation (r)", AVOID, "Two methods can correlate perfectly and never agree.", "")


def _always(task):
    unit = "image" if task == "segmentation" else "reading"
    yield (
        "one number per patient, then over patients",
        POLICY,
        f"Each {unit} of a patient is not a new patient.",
        "metrics.per_patient",
    )
    yield (
        "an interval over patients",
        POLICY,
        "With the numbers of patients and images beside it.",
        "evaluate.bootstrap",
    )
    yield ("the worst case, shown", POLICY, "A mean hides it.", "segment.best_median_worst")
