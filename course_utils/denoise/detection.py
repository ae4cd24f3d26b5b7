"""Is the small disc still there? Contrast kept, AUC, invention, and a ceiling for all of them.

A filter is judged on pairs: the same tissue and speckle with six discs and without. `reading` is
what a reader who knows the place would go by: the mean grey in the disc minus that of a ring round
it. The ideal observer sees the complex echo and knows tissue, noise and disc exactly, all but the
scatterers; a filter works on less, so no reader of a filtered picture can beat it.
"""

import functools
import warnings

import numpy as np
import pandas as pd
from scipy.linalg import cho_factor, cho_solve

from course_utils.core import errors
from course_utils.denoise import scenes
from course_utils.evaluate import diagnostics, intervals

RING_MM = 0.3, 1.0  # the ring begins and ends so far outside the disc
_X, _Z = scenes.grid()


@functools.lru_cache(maxsize=1024)  # the same discs are read through every method
def regions(disc):
    """(inside, ring): two masks (128, 128), the pixels of a disc and of a ring round it."""
    ring = disc.inside(_X, _Z, more_mm=RING_MM[1]) & ~disc.inside(_X, _Z, more_mm=RING_MM[0])
    return disc.inside(_X, _Z), ring


def reading(picture, disc):
    """Mean grey inside minus ring, in dB; below 0 where the disc is darker."""
    inside, ring = regions(disc)
    return float(picture[inside].mean() - picture[ring].mean()) * scenes.RANGE_DB


def kept(raw_with, raw_without, with_disc, without_disc, disc):
    """The share of a disc's contrast that a filter leaves: 1 all of it, 0 none.

    Four pictures (H, W) of the same speckle: raw with and without the disc, filtered with and
    without. Taking the disc away and putting it in give the same number. NaN where the raw
    pictures do not differ.
    """
    before = reading(raw_with, disc) - reading(raw_without, disc)
    after = reading(with_disc, disc) - reading(without_disc, disc)
    return after / before if before else np.nan


def pictures(count, first=7000):
    """Scenes to be searched: a list of (scene, discs, echo with, echo without); seeds from `first`."""
    found = []
    for seed in range(first, first + count):
        scene, discs = scenes.quiet(seed)
        found.append((scene, discs, *scene.echoes(*discs)))
    return found


def readings(cases, apply):
    """What a reader sees through a method: a table with a row for each disc of each scene.

    cases: of `pictures`. apply: picture -> picture. Columns: scene, radius_mm, contrast_db, raw
    (dB the raw picture changes by the disc), with_disc and without (readings after the filter).
    """
    rows = []
    for scene, discs, there, absent in cases:
        raw = [scenes.grey(echo) for echo in (there, absent)]
        done = [apply(image) for image in raw]
        for disc in discs:
            before, after = ([reading(image, disc) for image in pair] for pair in (raw, done))
            rows.append(
                (scene.seed, disc.radius_mm, disc.contrast_db, before[0] - before[1], *after)
            )
    names = ["scene", "radius_mm", "contrast_db", "raw", "with_disc", "without"]
    return pd.DataFrame(rows, columns=names)


def ideal(cases):
    """`readings` of the ideal observer: the log likelihood ratio, above 0 where the disc is likelier.

    Speckle is a zero-mean complex Gaussian echo. Two pixels share exp(-d^2 / (4 s^2)) of the power
    halfway between them, for a Gaussian pulse of spread s; so the covariances with and without the
    disc, C1 and C0, are known, and the ratio is y'(C0^-1 - C1^-1)y - ln det C1 + ln det C0.
    Source: Barrett and Myers, Foundations of Image Science, 2004, section 13.2; Smith and others,
    IEEE Trans Sonics Ultrason 1983;30:164, doi:10.1109/T-SU.1983.31405.
    """
    rows = []
    for scene, discs, there, absent in cases:
        for disc in discs:
            ratio = likelihood_ratio(scene, disc)
            values = -ratio(there), -ratio(absent)  # as for a reading: lower where the disc is
            rows.append((scene.seed, disc.radius_mm, disc.contrast_db, np.nan, *values))
    names = ["scene", "radius_mm", "contrast_db", "raw", "with_disc", "without"]
    return pd.DataFrame(rows, columns=names)


def likelihood_ratio(scene, disc):
    """The function echo (128, 128) -> log likelihood ratio of `disc` being in this scene."""
    part = surroundings(disc)
    absent, there = (covariance(s, part, disc.z_mm) for s in (scene, scene.with_spots(disc)))
    solved = [cho_factor(matrix, lower=True) for matrix in (absent, there)]
    volume = [2 * np.log(np.diag(factor[0])).sum() for factor in solved]

    def ratio(echo):
        """Above 0 where the disc is the likelier story of this echo, (128, 128) complex."""
        y = echo[part].ravel()
        null, alternative = ((y.conj() @ cho_solve(factor, y)).real for factor in solved)
        return float(null - alternative + volume[0] - volume[1])

    return ratio


def surroundings(disc):
    """Two slices: the pixels that a disc can change, its own and two spreads of the pulse round."""
    down, across = scenes.PIXEL_MM
    spread = scenes.spread_mm(disc.z_mm)
    row, column = round(disc.z_mm / down), round((disc.x_mm + scenes.PROBE.width / 2) / across)
    tall = int(np.ceil((disc.radius_mm + 2 * spread[0]) / down))
    wide = int(np.ceil((disc.radius_mm + 2 * spread[1]) / across))
    return np.s_[row - tall : row + tall + 1, column - wide : column + wide + 1]


def covariance(scene, part, depth_mm):
    """The covariance of the echo's pixels in `part` (two slices): (n, n), real, exact at depth_mm."""
    rows, columns = (np.arange(s.start, s.stop) for s in part)
    row, column = (grid.ravel() for grid in np.meshgrid(rows, columns, indexing="ij"))
    power = scene.power(noise_db=None, fine=2, depth_mm=depth_mm, part=part)
    between = power[
        row[:, None] + row - 2 * rows[0],
        column[:, None] + column - 2 * columns[0],
    ]
    down, across = scenes.spread_mm(depth_mm)
    distance = ((row[:, None] - row) * scenes.PIXEL_MM[0] / down) ** 2
    distance = distance + ((column[:, None] - column) * scenes.PIXEL_MM[1] / across) ** 2
    noise = 10 ** (scenes.NOISE_DB / 10)
    return between * np.exp(-distance / 4) + noise * np.eye(row.size)


def summary(table):
    """What the readings of one method say: a row for each kind of disc.

    table: of `readings` or `ideal`. Index: radius_mm, contrast_db. Columns: kept and auc, each an
    Interval over scenes (kept is None for the ideal observer), and how far places without a disc go
    from level, in discs (readings over the disc's own contrast): their spread (SD) and the 99th
    percentile of their darkness.
    """
    rows = {
        kind: {
            "kept": None if part.raw.isna().any() else kept_over(part),
            "auc": area(part),
            "spread": part.without.std() / abs(kind[1]),
            "darkest": -np.percentile(part.without, 1) / abs(kind[1]),
        }
        for kind, part in table.groupby(["radius_mm", "contrast_db"])
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["radius_mm", "contrast_db"])


def told(row):
    """A row of `summary` in words for a table: {kept, AUC, darkest}."""
    return {"kept": short(row.kept), "AUC": short(row.auc), "darkest": row.darkest}


def short(interval):
    """'0.15 (0.12 to 0.18)', which a narrow column breaks before the bracket alone."""
    return f"{interval.estimate:.2f} ({interval.low:.2f}\xa0to\xa0{interval.high:.2f})"


def kept_over(part):
    """Contrast kept: an Interval of the mean over scenes, `part` rows of one kind of disc."""
    shares = (part.with_disc - part.without) / part.raw
    return intervals.bootstrap(pd.Series(shares.to_numpy(), index=part.scene))


def area(part):
    """The AUC of 'disc there?': an Interval over scenes (DeLong in Obuchowski's form)."""
    truth, score, scene = _answers(part)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", errors.CourseWarning)  # every scene has and lacks the disc
        return diagnostics.roc(truth, score, scene).area


def change(part, other, resamples=999):
    """AUC of `other` minus that of `part`, the same discs read twice: an Interval over scenes."""
    gap = _wins(other) - _wins(part)
    rows = pd.Series(np.arange(len(part)), index=part.scene)

    def mean(drawn):
        """The change over the scenes that were drawn."""
        drawn = drawn.astype(int)
        return gap[np.ix_(drawn, drawn)].mean()

    return intervals.bootstrap(rows, mean, resamples=resamples)


def _wins(part):
    """(n, n): 1 where the disc of a row looks more like one than the empty place of a column, 1/2
    where they are alike. The AUC is its mean."""
    there, absent = part.with_disc.to_numpy()[:, None], part.without.to_numpy()
    return (there < absent) + (there == absent) / 2


def _answers(part):
    truth = np.r_[np.ones(len(part)), np.zeros(len(part))]
    return truth, -np.r_[part.with_disc, part.without], np.r_[part.scene, part.scene]
