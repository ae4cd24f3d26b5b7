"""Numbers for image quality: how far two regions stand apart, and what their speckle is like.

Regions are samples of pixels: arrays of any shape (often image[mask > 0]), finite, at least two
values. Which pixels? `cnr`, `speckle_snr` and `log_std_db` mean something
only on the envelope (echo amplitude) or intensity, before log compression. `gcnr` is the same
before and after: any change of grey scale that keeps the order of the greys leaves it as it was.

Neighbouring pixels share their speckle, so a region of 1,000 pixels may hold 50 independent values:
count resolution cells before believing the last digit.
"""

import numpy as np

from course_utils.core import accept, errors

# How far two equal samples of n and m pixels differ by chance in their best 1, 2 and 3 bands, on
# average, times sqrt(n m / (n + m)). One band: the range of a Brownian bridge, sqrt(pi / 2). Two
# and three: simulated with 3,000 bridges of 4,000 steps.
_CHANCE = np.array([np.sqrt(np.pi / 2), 1.85, 2.30])


def gcnr(a, b):
    """Generalised contrast-to-noise ratio: 1 - overlap of the grey values of two regions.

    a, b: pixels of the two regions, any unit, any shape. 0: no grey value tells them apart. 1:
    every pixel can be told. The best possible reader of single pixels is right in (1 + gCNR) / 2 of
    them.

    Histograms with many bins see differences where there are none: with 256 bins, 100 pixels of the
    *same* speckle score 0.66. This estimate has no bins. gCNR is also the largest surplus of `a`
    over `b`, in shares, that a set of grey values can hold. Here the set is one band of greys, or
    two or three where that clearly adds (by half a standard error or more). The surplus that equal
    regions reach by chance is taken off in quadrature. Ties, as in 8-bit images, are counted
    exactly.

    Mean error, N independent pixels in each region (and what 256 bins give; 400 repetitions):

    | two regions                 | truth | N = 100 | 400    | 2000   | 10^4   | 256 bins, N = 100 |
    |-----------------------------|-------|---------|--------|--------|--------|-------------------|
    | the same speckle            | 0     | +0.051  | +0.028 | +0.014 | +0.007 | +0.660            |
    | Rayleigh, 3 dB              | .2492 | +0.001  | +0.011 | +0.007 | +0.003 | +0.419            |
    | Rayleigh, 6 dB              | .4711 | +0.006  | +0.008 | +0.005 | +0.002 | +0.239            |
    | Rayleigh, 10 dB             | .6968 | +0.003  | +0.004 | +0.002 | +0.001 | +0.109            |
    | Rayleigh, 20 dB             | .9450 | -0.006  | +0.001 | +0.001 | +0.000 | +0.017            |
    | same mean, twice the spread | .3227 | +0.022  | +0.019 | +0.008 | +0.003 | +0.326            |
    | two peaks each, interleaved | .5268 | +0.015  | +0.015 | +0.009 | +0.003 | +0.264            |

    Its standard deviation is about 0.06 at N = 100, 0.03 at 400, 0.015 at 2000 and 0.006 at 10^4.

    Source: Rodriguez-Molares et al., IEEE UFFC 2020;67:745, doi:10.1109/TUFFC.2019.2956855. For two
    Rayleigh regions of power ratio r the truth is r^(-1/(r-1)) - r^(-r/(r-1)). Returns a float,
    0..1.
    """
    a, b = _region(a, "a"), _region(b, "b")
    independent = np.sqrt(a.size * b.size / (a.size + b.size))
    surplus = _band_surplus(a, b)
    corrected = np.sqrt(np.maximum(surplus**2 - (_CHANCE / independent) ** 2, 0))
    # Where no pixel overlaps, there is nothing to correct.
    corrected[surplus >= 1 - 1e-12] = 1.0
    best = corrected[0]
    for more in corrected[1:]:
        if more > best + 0.5 / independent:
            best = more
    return float(best)


def cnr(a, b):
    """Contrast-to-noise ratio |mean a - mean b| / sqrt(var a + var b), in no unit (not dB).

    a, b: pixels of the two regions. It changes with every change of grey scale: compare it only
    between images that were compressed in the same way. Raises DataError if both regions are
    constant.
    """
    a, b = _region(a, "a"), _region(b, "b")
    spread = np.sqrt(a.var() + b.var())
    if spread == 0:
        raise errors.DataError(
            "Both regions are constant, so there is no noise to compare the contrast with."
        )
    return float(abs(a.mean() - b.mean()) / spread)


def speckle_snr(envelope):
    """Mean / standard deviation of a uniform region: 1.91 for fully developed speckle.

    envelope: pixels before log compression, 0 or more. On a log-compressed image the number depends
    on the gain and says nothing. The exact value is sqrt(pi / (4 - pi)) = 1.9131; fewer than ten
    scatterers to a resolution cell give less, averaging or a strong steady echo more.
    Source: Wagner et al., IEEE Trans Sonics Ultrason 1983;30:156, doi:10.1109/T-SU.1983.31404.
    """
    return _mean_over_spread(_region(envelope, "envelope", lowest=0))


def log_std_db(envelope):
    """Standard deviation of 20 log10(amplitude): 5.57 dB for developed speckle at any gain.

    envelope: pixels of a uniform region before log compression, all above 0. For a log-compressed
    image take the standard deviation of the grey values times the dynamic range instead; pixels cut
    off at black or white make it too small. The exact value is (20 / ln 10) pi / sqrt(24).
    """
    values = _region(envelope, "envelope", lowest=0)
    if values.min() == 0:
        raise errors.DataError(
            "envelope holds zeros, which have no logarithm. Choose a region inside the tissue."
        )
    return float((20 * np.log10(values)).std())


def _band_surplus(a, b):
    """Largest share of a minus share of b (or b minus a) within 1, 2 and 3 bands of values."""
    grey, place = np.unique(np.concatenate([a, b]), return_inverse=True)
    share_a = np.bincount(place[: a.size], minlength=grey.size) / a.size
    share_b = np.bincount(place[a.size :], minlength=grey.size) / b.size
    walk = np.concatenate([[0.0], np.cumsum(share_a - share_b)])
    surplus = np.zeros(len(_CHANCE))
    for path in (walk, -walk):
        gained = np.zeros_like(path)
        # Best sum of rises of the path with one band, then two, then three; each pass adds a band.
        for bands in range(len(_CHANCE)):
            opened = np.maximum.accumulate(gained - path)
            gained = np.maximum.accumulate(opened + path)
            surplus[bands] = max(surplus[bands], gained[-1])
    return np.minimum(surplus, 1.0)


def _mean_over_spread(values):
    if values.std() == 0:
        raise errors.DataError(
            "The region is constant: it has no speckle to measure. Choose a larger region."
        )
    return float(values.mean() / values.std())


def _region(values, name, lowest=-np.inf):
    """`values` as a flat float64 array of at least two finite numbers, none below `lowest`."""
    array = accept.array(values, name).astype(float).ravel()
    if array.size < 2:
        raise errors.DataError(
            f"{name} has {array.size} pixels; at least 2 are needed. Check the mask it came from."
        )
    if not np.isfinite(array).all():
        raise errors.DataError(
            f"{name} holds NaN or infinite values. Leave those pixels out of the region."
        )
    if array.min() < lowest:
        raise errors.DataError(
            f"{name} holds values below 0, but amplitudes and intensities are 0 "
            "or more. Decibels must be expanded first."
        )
    return array
