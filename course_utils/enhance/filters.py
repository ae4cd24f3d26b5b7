"""Despeckling filters, from the plain to the ultrasonic. Each says which pixels it is meant for.

Speckle multiplies the envelope (the echo amplitude before log compression): its spread grows with
the signal. After log compression it is roughly added, with the same 5.57 dB everywhere. So `lee`
and `srad`, which know speckle by its ratio of spread to mean, work on the envelope; `median`,
`bilateral` and `nlm`, which expect added noise, work on the log-compressed image, and so does
`obnlm`, for noise that grows a little with the grey value.
`enhance.log_expand` and `enhance.log_compress` lead from one to the other.

No filter here reads beyond the border: the image is continued by reflection (or by its edge
pixels).
"""

import cv2
import numpy as np
from scipy import ndimage

from course_utils.core import accept, errors
from course_utils.enhance.adjust import SMALLEST, checked_envelope

BLACK = 1 / 255  # below one grey level, Pearson's distance would divide by nothing
RAYLEIGH_CV = float(np.sqrt(4 / np.pi - 1))  # 0.5227: spread / mean of developed speckle


def median(image, size=3):
    """The middle value of each size x size neighbourhood.

    image: log-compressed, (H, W), 0..1. size: odd, in pixels. Removes single bright or dark pixels
    and keeps straight edges; rounds corners, deletes lines thinner than half of size. Returns
    float32 (H, W).
    """
    array = accept.image(image)
    return ndimage.median_filter(array, size=_odd(size, "size"), mode="nearest")


def bilateral(image, reach=3.0, grey=0.15):
    """A mean weighted by nearness and by likeness: pixels of another grey hardly count.

    image: log-compressed, (H, W), 0..1. reach: Gaussian sigma in pixels. grey: Gaussian sigma in
    grey values; larger differences count as edges and stay. At 60 dB, 0.15 is 9 dB: speckle's own
    5.57 dB passes as alike.
    Source: Tomasi and Manduchi, ICCV 1998, doi:10.1109/ICCV.1998.710815. Returns float32 (H, W).
    """
    array = accept.image(image)
    diameter = 2 * int(np.ceil(2 * accept.number(reach, "reach", SMALLEST))) + 1
    return cv2.bilateralFilter(array, diameter, accept.number(grey, "grey", SMALLEST), reach)


def nlm(image, strength=0.06, patch=7, search=21):
    """Non-local means: each pixel becomes the mean of pixels nearby whose surroundings look alike.

    image: log-compressed, (H, W), 0..1; used in 256 grey levels. strength: grey difference up to
    which surroundings count as alike (OpenCV's h / 255). patch: size of a surrounding; search: how
    far to look; both odd, in pixels. Source: Buades, Coll and Morel, CVPR 2005,
    doi:10.1109/CVPR.2005.38.
    Returns float32 (H, W).
    """
    array = accept.image(image)
    grey = np.rint(array * 255).astype(np.uint8)
    smooth = cv2.fastNlMeansDenoising(
        grey,
        None,
        255 * accept.number(strength, "strength", SMALLEST),
        _odd(patch, "patch"),
        _odd(search, "search"),
    )
    return smooth / np.float32(255)


def obnlm(image, strength=0.25, patch=5, search=15):
    """Non-local means made for speckle: whole blocks are averaged, compared by Pearson's distance.

    A block B_k becomes the mean of all blocks in its search window, weighted by
    exp(-d / strength^2), with d the mean over the block of (u - v)^2 / v: u in B_k, v in the other.
    A pixel is the mean of what the blocks that hold it say. Here every pixel is the middle of a
    block; the source leaves some out for speed.

    image: log-compressed, (H, W), 0..1. patch, search: side of a block and of its window, odd, in
    pixels. Source: Coupe and others, IEEE Trans Image Process 2009;18:2221, with gamma 1/2,
    doi:10.1109/TIP.2009.2024064. Returns float32 (H, W).
    """
    array = accept.image(image)
    strength = accept.number(strength, "strength", SMALLEST)
    block, reach = (_odd(patch, "patch"),) * 2, _odd(search, "search") // 2
    border = {"ksize": block, "borderType": cv2.BORDER_REFLECT_101}
    wide = cv2.copyMakeBorder(array, *(reach,) * 4, cv2.BORDER_REFLECT)
    rows, columns = array.shape
    moved = [
        wide[down : down + rows, right : right + columns]
        for down in range(2 * reach + 1)
        for right in range(2 * reach + 1)
    ]
    weights = []
    for other in moved:
        distance = cv2.blur((array - other) ** 2 / np.maximum(other, BLACK), **border)
        weights.append(np.exp(-distance / strength**2))
    total = np.sum(weights, axis=0)
    return sum(
        cv2.blur(weight / total, **border) * other
        for weight, other in zip(weights, moved, strict=True)
    )


def lee(envelope, size=7, speckle_cv=RAYLEIGH_CV):
    """Lee's filter: the local mean in pure speckle, the pixel itself where there is more.

    y = m + W (x - m), W = max(0, 1 - Cu^2 / Ci^2), with m the mean and Ci the spread / mean of the
    size x size neighbourhood. envelope: amplitudes, (H, W), any unit. speckle_cv: Cu, spread / mean
    that speckle alone has: 0.5227 for amplitude, 1 for intensity, less for an image that was
    already averaged.
    Source: Lee, IEEE PAMI 1980;2:165, doi:10.1109/TPAMI.1980.4766994. Returns float64 (H, W).
    """
    array = checked_envelope(envelope)
    scale = array.max() or 1.0  # any unit: squares of tiny or huge numbers must not leave the range
    x = array / scale
    mean = ndimage.uniform_filter(x, _odd(size, "size"), mode="reflect")
    variance = np.maximum(ndimage.uniform_filter(x * x, size, mode="reflect") - mean * mean, 0)
    speckle = (accept.number(speckle_cv, "speckle_cv", SMALLEST) * mean) ** 2
    # 1 - Cu^2 / Ci^2 = 1 - speckle variance / variance. A flat patch has nothing to keep: weight 0.
    weight = 1 - np.divide(speckle, variance, out=np.ones_like(x), where=variance > speckle)
    return (mean + weight * (x - mean)) * scale


def srad(envelope, iterations=50, step=0.1, speckle_cv=RAYLEIGH_CV, decay=1.0):
    """Speckle-reducing anisotropic diffusion: greys flow between neighbours, but not across edges.

    At every step each pixel exchanges `step` * c of its difference with its four neighbours:

        c = 1 / (1 + (q^2 - q0^2) / (q0^2 (1 + q0^2))), kept between 0 and 1
        q^2 = (0.5 (|grad I| / I)^2 - (lap I / I)^2 / 16) / (1 + lap I / (4 I))^2

    On a pixel grid q^2 is exactly the variance of the four neighbours over their squared mean, and
    is computed so. Where it is no more than the speckle's own q0^2, c is 1 and the pixel mixes
    freely. q0 falls with time as exp(-decay * t), t = steps * step.

    What is exchanged through a pixel's side is lost on one side and gained on the other, and
    nothing passes the border, so the mean never changes.

    envelope: amplitudes, (H, W), any unit. iterations: number of steps. step: at most 0.25, or it
    becomes unstable. speckle_cv: q0 at the start, 0.5227 for amplitude.
    decay: how fast q0 falls. At 1, fifty steps of 0.1 end where nothing changes any more; slower
    smooths more.
    Source: Yu and Acton, IEEE Trans Image Process 2002;11:1260, doi:10.1109/TIP.2002.804276; here c
    at a side is the mean of its two pixels, so that the image may be turned or mirrored. Returns
    float64 (H, W).
    """
    array = checked_envelope(envelope)
    if accept.number(step, "step", SMALLEST) > 0.25:
        raise errors.DataError(f"step must be at most 0.25, not {step!r}; above, SRAD is unstable.")
    iterations = accept.whole(iterations, "iterations", 0)
    decay = accept.number(decay, "decay", 0)
    q0 = accept.number(speckle_cv, "speckle_cv", SMALLEST)
    scale = array.max() or 1.0
    image = array / scale
    for number in range(iterations):
        flow = _conductance(image, (q0 * np.exp(-decay * number * step)) ** 2)
        image = image + step * _exchange(image, flow)
    return image * scale


def _conductance(image, q0_squared):
    """c of SRAD for every pixel: 1 in speckle, towards 0 at an edge."""
    padded = np.pad(image, 1, mode="edge")
    neighbours = padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]
    mean = sum(neighbours) / 4
    variance = sum((n - mean) ** 2 for n in neighbours) / 4
    q_squared = np.divide(variance, mean * mean, out=np.zeros_like(image), where=mean > 0)
    excess = np.maximum(q_squared - q0_squared, 0) / (q0_squared * (1 + q0_squared))
    return 1 / (1 + excess)


def _exchange(image, conductance):
    """What each pixel gains from its four neighbours; the sum over the image is zero."""
    change = np.zeros_like(image)
    for axis in (0, 1):
        c = np.moveaxis(conductance, axis, 0)
        flux = (c[1:] + c[:-1]) / 2 * np.diff(np.moveaxis(image, axis, 0), axis=0)
        gained = np.moveaxis(change, axis, 0)  # a view: adding to it changes `change`
        gained[:-1] += flux
        gained[1:] -= flux
    return change


def _odd(size, name):
    if not accept.is_number(size) or size < 1 or size % 2 != 1:
        raise errors.DataError(
            f"{name} must be an odd number of pixels (1, 3, 5, ...), not {size!r}."
        )
    return int(size)
