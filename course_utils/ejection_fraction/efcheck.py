"""Do the two views of a study tell of one heart? Rules that need the measured discs and repeats.

As in `rules`, whose `Finding` they give, a note means measure and look, a refusal means no
number. The limits were set on development patients (`tools/data/fresh_hearts.py`, numbers 1000 to
1120,
SYNTHETIC: 40 good studies, 21 spoiled ones), never on test patients. A real ventricle with a scar
in one wall can differ more between two views than any of these hearts.
"""

import numpy as np

from course_utils.ejection_fraction.beats import percent
from course_utils.ejection_fraction.rules import NOTE, REFUSE, Finding

CUT_NOTE, CUT_REFUSE = 0.20, 0.30  # good: -0.13 to 0.23; off-axis: -0.37 and beyond
LENGTH_COUNTS = 3  # a cut beside the middle shortens the cavity less than it narrows it
VIEWS_NOTE, VIEWS_REFUSE = 10.0, 20.0  # points between the EF of either view; good: up to 6.3
SPREAD_NOTE, SPREAD_REFUSE = 2.0, 3.5  # points of EF; good: up to 1.5


def study(pairs, spread):
    """Findings about one study.

    pairs: for each view a list of (`Discs` at end-diastole, at end-systole), one per beat. spread:
    SD of the EF over repeated looks at changed pictures, in points.
    """
    found = repeats(spread)
    if len(pairs) == 2:
        four, two = pairs[0][0], pairs[1][0]
        found += off_axis(four, two) + views(four, two)
    return found


def repeats(spread):
    """The same outline, drawn again on slightly changed pictures: SD of the EF in points."""
    return _judge(
        "repeats",
        spread,
        SPREAD_NOTE,
        SPREAD_REFUSE,
        f"repeated looks at the same beat give ejection fractions with an SD of "
        f"{spread:.1f} points, so the outline is not sure. Look at it frame by frame, or "
        "record a clearer clip.",
    )


def off_axis(four, two):
    """Whether one view cuts beside the middle: then its cavity is narrower and shorter.

    four, two: (`Discs` at end-diastole, at end-systole). The number is the log ratio of the mean
    widths plus three times that of the lengths, mean of both moments; 0 where the cuts are alike.
    """
    wide = [np.log(a.diameters.mean() / b.diameters.mean()) for a, b in zip(four, two, strict=True)]
    long = [np.log(a.axis.length / b.axis.length) for a, b in zip(four, two, strict=True)]
    score = float(np.mean(wide) + LENGTH_COUNTS * np.mean(long))
    which = "four" if score < 0 else "two"
    areas = [discs.diameters.sum() * discs.height for discs in (four[0], two[0])]
    gap = 1 - min(areas) / max(areas)
    return _judge(
        "off-axis",
        abs(score),
        CUT_NOTE,
        CUT_REFUSE,
        f"the cavity of the {which}-chamber view is narrower and shorter than that of "
        f"the other view (its area by {percent(gap)}), as when the cut passes beside the "
        "middle of the ventricle (off-axis) or misses the apex. Turn and tilt the probe "
        "until the cavity is largest, and record again.",
        score,
    )


def views(four, two):
    """The ejection fraction of each view alone, in per cent."""
    each = [100 * (ed.cube - es.cube) / ed.cube for ed, es in (four, two)]
    gap = abs(each[0] - each[1])
    return _judge(
        "views",
        gap,
        VIEWS_NOTE,
        VIEWS_REFUSE,
        f"the four-chamber view alone gives {each[0]:.0f} %, the two-chamber view "
        f"{each[1]:.0f} %. One cut may be off-axis, or one wall moves less than the "
        "others: look at both, and record again if a cut is wrong.",
    )


def _judge(rule, value, note, refuse, sentence, number=None):
    if value <= note:
        return []
    shown = float(value if number is None else number)
    return [Finding(rule, REFUSE if value > refuse else NOTE, shown, sentence)]
