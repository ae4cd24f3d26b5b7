"""Six numbers that a person would measure in a tendon: what every network has to beat."""

import numpy as np
import pandas as pd

from course_utils.classify import maps
from course_utils.core import accept

NAMES = {
    "contrast": "mean grey of the tendon minus that of the deltoid",
    "thickness": "median thickness, mm",
    "thickest": "largest thickness, mm",
    "darkest": "darkest fifth along the tendon minus the deltoid",
    "range": "brightest fifth minus darkest fifth",
    "spread": "standard deviation of grey within the tendon",
}
DELTOID_MM = 2.0, 4.5  # how far above the tendon the deltoid is looked at


def measure(image, mask, spacing):
    """The six numbers of `NAMES` for one picture: a dict.

    image: (H, W), 0..1. mask: (H, W), 1 in the tendon. spacing: (row_mm, col_mm). Raises DataError
    for a mask without outline.
    """
    image = accept.image(image)
    mask = accept.mask(mask, image.shape) > 0
    near, place = maps.signed_distance(mask, spacing), maps.along(mask, spacing)
    first = np.where(mask.any(0), mask.argmax(0), 0)
    above = (np.arange(len(mask))[:, None] < first[None, :]) & mask.any(0)
    deltoid = above & (near < -DELTOID_MM[0]) & (near > -DELTOID_MM[1])
    base = image[deltoid].mean() if deltoid.any() else image[~mask].mean()
    edges = np.linspace(-1.0, 1.0, 6)
    parts = [
        image[mask & (place >= a) & (place <= b)] for a, b in zip(edges, edges[1:], strict=False)
    ]
    fifths = np.array([part.mean() for part in parts if part.size])
    thick = thickness(mask, spacing)
    return {
        "contrast": float(image[mask].mean() - base),
        "thickness": float(np.median(thick)),
        "thickest": float(np.quantile(thick, 0.95)),
        "darkest": float(fifths.min() - base),
        "range": float(np.ptp(fifths)),
        "spread": float(image[mask].std()),
    }


def thickness(mask, spacing):
    """Thickness of the tendon in mm at each of its columns, square to its middle line: (n,)."""
    mask, (row_mm, col_mm) = accept.mask(mask) > 0, accept.millimetres(spacing, "thickness")
    columns = np.flatnonzero(mask.any(0))
    middle = (np.arange(len(mask))[:, None] * mask).sum(0)[columns] / mask.sum(0)[columns]
    smooth = np.polyval(np.polyfit(columns, middle, min(3, len(columns) - 1)), columns)
    slope = np.gradient(smooth * row_mm, columns * col_mm) if len(columns) > 1 else np.zeros(1)
    return mask.sum(0)[columns] * row_mm * np.cos(np.arctan(slope))


def table(cohort, masks):
    """`measure` of every picture of a cohort: a table, a row each. masks: (N, 256, 256)."""
    rows = [measure(cohort.image(row), masks[row], cohort.spacing) for row in range(len(masks))]
    return pd.DataFrame(rows, columns=list(NAMES))
