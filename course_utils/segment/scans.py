"""Cut to the scan: a network sees what the sound made, not the screen around it.

A frame, a logo or a depth scale tells a network which machine it looks at, and it learns to lean on
that. So every picture is cut before a network sees it: to the set's own box (columns scan_top,
scan_left, scan_bottom, scan_right) where it has one, else to the box that `privacy.scan_box` finds.
`located` fills these columns, and says in `scan_from` where each comes from; `told` and `shown` are
for the page, so that nothing is cut unseen. Cutting leaves the millimetres of a pixel as they are.
"""

from collections import namedtuple

import numpy as np

from course_utils import load, privacy
from course_utils.core import errors, plurals, tables
from course_utils.show import tiles

SIDES = ("scan_top", "scan_bottom", "scan_left", "scan_right")
OWN, FOUND, WHOLE = "the set's table", "found by the course", "not found: the whole picture"
SURE = 0.8  # below this the search for the scan disagrees with itself, and nothing is cut

Case = namedtuple("Case", "image mask spacing box")


def box(image, case=None):
    """Where the scan lies in a picture: ((top, bottom, left, right), where that comes from).

    image: (H, W), 0..1. case: a row of a table, or None. Cut with `cut`. Raises DataError for a box
    of the table that does not lie in its picture.
    """
    sides = None if case is None else _own(case)
    if sides is None:
        sides, sure = privacy.scan_box(image)
        return (sides, FOUND) if sure >= SURE else ((0, image.shape[0], 0, image.shape[1]), WHOLE)
    top, bottom, left, right = sides
    if not (0 <= top < bottom <= image.shape[0] and 0 <= left < right <= image.shape[1]):
        raise errors.DataError(
            f"The box of the scan in the table (rows {top} to {bottom}, columns {left} to {right}) "
            f"does not lie in its picture of {image.shape[0]} x {image.shape[1]}."
        )
    return sides, case.get("scan_from", OWN)


def cut(array, sides):
    """The part of a picture or mask, (H, W), in a box (top, bottom, left, right)."""
    top, bottom, left, right = sides
    return array[top:bottom, left:right]


def pasted(part, sides, shape):
    """The part of a picture back in its place: (H, W) of `shape`, 0 around it."""
    whole = np.zeros(shape, part.dtype)
    cut(whole, sides)[:] = part
    return whole


def read(table, row=0):
    """One case of a table, cut to its scan: a Case (image, mask, spacing, box).

    row: its place in the table, from 0. spacing: (row_mm, col_mm), or None where not known.
    """
    one = table.iloc[[row]]
    image = load.image(tables.paths(one)[0])
    mask = load.mask(tables.paths(one, "mask")[0]) if "mask" in one else None
    case = one.iloc[0]
    sides, _ = box(image, case)
    spacing = tuple(float(case.get(name, np.nan)) for name in ("row_mm", "col_mm"))
    known = None if np.isnan(spacing).any() else spacing
    return Case(cut(image, sides), mask if mask is None else cut(mask, sides), known, sides)


def located(table):
    """A copy of the table in which every row has its box, and `scan_from` says from where.

    Images are opened only where the table has no box. Raises as `box` does.
    """
    result, rows = table.copy(), boxes(table)
    for number, name in enumerate(SIDES):
        result[name] = [sides[number] for sides, _ in rows]
    result["scan_from"] = [source for _, source in rows]
    return result


def boxes(table):
    """What `box` says of every picture of a table, a list; files are opened only where needed."""
    pairs = zip(tables.paths(table), table.to_dict("records"), strict=True)
    known = [(_own(case), path, case) for path, case in pairs]
    return [
        (sides, case.get("scan_from", OWN)) if sides else box(load.image(path))
        for sides, path, case in known
    ]


def grey_levels(table):
    """How grey the scans of a table are, as 256 quantiles from the darkest to the brightest."""
    every = np.concatenate([read(table, row).image.ravel()[::7] for row in range(len(table))])
    return np.quantile(every, np.linspace(0, 1, 256))


def matched(image, levels):
    """A scan with the grey levels of others, darkest for darkest: float32 (H, W), 0..1.

    levels: as `grey_levels` gives them. Histogram matching: order is kept, no border moves.
    """
    image = np.asarray(image, np.float32)
    own = np.quantile(image, np.linspace(0, 1, 256))
    own = own + np.arange(256) * 1e-7  # equal levels would have no order
    return np.interp(image, own, levels).astype(np.float32)


def told(table):
    """A sentence for the page: how the pictures of a `located` table are cut."""
    counts = table["scan_from"].value_counts().to_dict()
    words = {OWN: "by the set's own table", FOUND: "by the course's search"}
    parts = [f"{counts[name]} {words[name]}" for name in words if name in counts]
    said = (
        f"{plurals.count(len(table), 'image')} {plurals.verb(len(table), 'is', 'are')} cut to "
        f"the scan: {', '.join(parts) or 'none'}."
    )
    lost = counts.get(WHOLE, 0)
    return said + (f" In {lost} no scan was found; they stay whole." if lost else "")


def shown(table, most=3, kind=""):
    """One picture of each device of a `located` table, with the box that the network sees.

    kind: "synthetic" or "real". Returns a Picture.
    """
    first = (table.groupby("device") if "device" in table else table).head(1).head(most)
    images, outlines = {}, {}
    for path, case in zip(tables.paths(first), first.to_dict("records"), strict=True):
        image = load.image(path)
        sides = _own(case)
        inside = pasted(np.ones_like(cut(image, sides), np.uint8), sides, image.shape)
        name = f"{called(case, 'device') or 'the scan'}: box from {case['scan_from']}"
        images[name], outlines[name] = image, {"truth": inside}
    alt = "A picture of each device with a line round the part that the network will see."
    return tiles.grid(images, alt, outlines=outlines, kind=kind)


def called(case, *columns):
    """What a picture of a case is named by: its patient and, where it is known, its scanner."""
    named = [str(case.get(column, "")) for column in columns or ("patient_id", "device")]
    return ", ".join(name for name in named if name not in ("", "unknown", "nan"))


def _own(case):
    """(top, bottom, left, right) of a row of a table, or None where it has none."""
    try:
        values = [float(case[name]) for name in SIDES]
    except (KeyError, TypeError, ValueError):
        return None
    return None if np.isnan(values).any() else tuple(int(value) for value in values)
