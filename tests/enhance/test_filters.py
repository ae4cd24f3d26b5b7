"""Despeckling filters: what must hold for any of them, and the formulas of Lee and SRAD."""

import numpy as np
import pytest

from course_utils.core.errors import CourseError, DataError
from course_utils.enhance import adjust, filters

GREY = (filters.median, filters.bilateral, filters.nlm, filters.obnlm)
ECHO = (filters.lee, filters.srad)


def envelope(shape=(96, 96), seed=0):
    return np.random.default_rng(seed).rayleigh(1.0, shape)


def two_regions(seed=0):
    """Speckle with a sharp step of 20 dB in its middle column, and the step itself."""
    truth = np.ones((96, 96))
    truth[:, 48:] = 10
    return envelope(seed=seed) * truth, truth


@pytest.mark.parametrize("smooth", GREY + ECHO)
def test_a_constant_image_stays_as_it_is(smooth):
    flat = np.full((40, 50), 102 / 255)
    assert np.allclose(smooth(flat), flat, atol=1e-6)
    assert not smooth(np.zeros((30, 30))).any()


@pytest.mark.parametrize("smooth", GREY + ECHO)
def test_speckle_gets_smoother_and_the_mean_stays(smooth):
    image = envelope() if smooth in ECHO else adjust.log_compress(envelope())
    result = smooth(image)
    assert result.shape == image.shape and np.isfinite(result).all()
    assert result.std() < 0.8 * image.std()
    assert result.mean() == pytest.approx(image.mean(), rel=0.06)


@pytest.mark.parametrize("smooth", GREY + ECHO)
def test_turning_or_mirroring_the_image_turns_the_result(smooth):
    image = envelope((40, 56)) if smooth in ECHO else adjust.log_compress(envelope((40, 56)))
    result = smooth(image)
    for move in (np.transpose, np.rot90, np.flipud, np.fliplr):
        # NLM counts in whole grey levels, so rounding may differ by one of them.
        assert np.allclose(
            smooth(np.ascontiguousarray(move(image))),
            move(result),
            atol=1.01 / 255 if smooth is filters.nlm else 1e-6,
        )


@pytest.mark.parametrize("smooth", ECHO)
@pytest.mark.parametrize("scale", [1e-30, 0.01, 255.0, 1e30])
def test_the_unit_of_the_envelope_does_not_matter(smooth, scale):
    image = envelope()
    assert np.allclose(smooth(image * scale) / scale, smooth(image), rtol=1e-9)


@pytest.mark.parametrize("smooth", ECHO)
def test_an_edge_is_kept_better_than_by_a_plain_mean(smooth):
    from scipy.ndimage import gaussian_filter

    noisy, truth = two_regions()
    result = smooth(noisy)
    # The Gaussian mean that is as smooth as the filter far from the edge.
    far, near = np.s_[:, 8:40], np.s_[:, 44:52]
    plain = next(
        p
        for p in (gaussian_filter(noisy, s) for s in np.arange(0.3, 6, 0.1))
        if p[far].std() <= result[far].std()
    )
    # Averaged along the edge, speckle cancels and what is left is the edge being smeared.
    smeared = [
        np.abs(p[near].mean(axis=0) - truth[near].mean(axis=0)).mean() for p in (result, plain)
    ]
    assert smeared[0] < 0.7 * smeared[1]


def test_srad_keeps_the_sum_exactly():
    image, _ = two_regions()
    for step in (0.05, 0.25):
        assert filters.srad(image, 40, step).sum() == pytest.approx(image.sum(), rel=1e-12)


def test_srad_never_leaves_the_range_of_the_image():
    image, _ = two_regions()
    result = filters.srad(image, 100, 0.25)
    assert image.min() <= result.min() and result.max() <= image.max()


def test_srad_uses_the_published_q():
    """The variance of four neighbours over their squared mean is the published q^2."""
    image, q0_squared = envelope() + 0.1, 0.2
    padded = np.pad(image, 1, mode="edge")
    steps = [
        padded[:-2, 1:-1] - image,
        padded[2:, 1:-1] - image,
        padded[1:-1, :-2] - image,
        padded[1:-1, 2:] - image,
    ]
    gradient_squared = sum(d * d for d in steps) / 2  # forward and backward differences, averaged
    laplacian = sum(steps)
    q_squared = (0.5 * gradient_squared / image**2 - (laplacian / image) ** 2 / 16) / (
        1 + laplacian / image / 4
    ) ** 2
    published = 1 / (1 + (q_squared - q0_squared) / (q0_squared * (1 + q0_squared)))
    assert np.allclose(filters._conductance(image, q0_squared), np.clip(published, 0, 1))


def test_srad_without_steps_and_at_a_single_bright_pixel():
    image = envelope()
    assert np.allclose(filters.srad(image, 0), image)
    spot = np.full((9, 9), 1.0)
    spot[4, 4] = 2.0
    one = filters.srad(
        spot, 1, step=0.1, speckle_cv=100.0
    )  # q0 beyond reach: plain diffusion, c = 1
    assert one[4, 4] == pytest.approx(2 - 4 * 0.1) and one[3, 4] == pytest.approx(1.1)


def test_lee_follows_its_formula():
    image = envelope((15, 15)) * np.linspace(1, 4, 15)
    patch = image[4:11, 4:11]
    weight = max(0, 1 - 0.5227**2 / (patch.std() / patch.mean()) ** 2)
    expected = patch.mean() + weight * (image[7, 7] - patch.mean())
    assert filters.lee(image, 7, 0.5227)[7, 7] == pytest.approx(expected)


def test_lee_gives_the_local_mean_in_speckle_and_the_pixel_without_any():
    from scipy.ndimage import uniform_filter

    image = envelope()
    mean = uniform_filter(image, 7)
    assert np.allclose(filters.lee(image, 7, speckle_cv=5.0), mean)
    assert np.allclose(filters.lee(image, 7, speckle_cv=1e-9), image)
    assert (
        np.abs(filters.lee(image, 11) - uniform_filter(image, 11)).mean()
        < 0.2 * np.abs(image - mean).mean()
    )


def test_rayleigh_cv_is_the_closed_form():
    assert pytest.approx(0.5227, abs=5e-5) == filters.RAYLEIGH_CV
    assert pytest.approx(1.9131, abs=5e-5) == 1 / filters.RAYLEIGH_CV


def test_median_removes_single_pixels_and_keeps_a_straight_edge():
    image = np.zeros((20, 20), np.float32)
    image[:, 10:] = 1
    dirty = image.copy()
    dirty[5, 5], dirty[12, 15] = 1, 0
    assert np.array_equal(filters.median(dirty), image)


def test_obnlm_is_the_published_sum_block_by_block():
    image = adjust.log_compress(envelope((11, 12)))
    strength, block, reach = 0.2, 3, 2
    rows, columns = image.shape
    wide = np.pad(image, reach, mode="symmetric")  # the window's border, as OpenCV continues it
    total, count = np.zeros(image.shape), np.zeros(image.shape)

    def part(array, row, column):
        return array[row - 1 : row + 2, column - 1 : column + 2]

    for row in range(1, rows - 1):
        for column in range(1, columns - 1):
            mine, weights, sums = part(image, row, column), 0.0, np.zeros((block, block))
            for down in range(2 * reach + 1):
                for right in range(2 * reach + 1):
                    other = part(wide[down : down + rows, right : right + columns], row, column)
                    distance = np.mean((mine - other) ** 2 / np.maximum(other, 1 / 255))
                    weight = np.exp(-distance / strength**2)
                    weights, sums = weights + weight, sums + weight * other
            total[row - 1 : row + 2, column - 1 : column + 2] += sums / weights
            count[row - 1 : row + 2, column - 1 : column + 2] += 1
    inner = np.s_[2:-2, 2:-2]  # where every block lies in the picture
    found = filters.obnlm(image, strength, block, 2 * reach + 1)
    assert np.allclose(found[inner], (total / count)[inner], atol=1e-5)


def test_obnlm_of_great_strength_is_a_plain_mean_and_of_little_the_image():
    from scipy.ndimage import uniform_filter

    image = adjust.log_compress(envelope((40, 40)))
    plain = uniform_filter(image, 7, mode="reflect")
    assert np.allclose(filters.obnlm(image, 1e3, 3, 7)[5:-5, 5:-5], plain[5:-5, 5:-5], atol=1e-4)
    assert np.allclose(filters.obnlm(image, 1e-3, 3, 7), image, atol=1e-6)


@pytest.mark.parametrize("smooth", GREY + ECHO)
def test_the_input_is_not_changed(smooth):
    image = adjust.log_compress(envelope((32, 32)))
    kept = image.copy()
    smooth(image)
    assert np.array_equal(image, kept)


@pytest.mark.parametrize("smooth", GREY + ECHO)
@pytest.mark.parametrize(
    "image", [np.zeros((9, 9, 3)), np.full((9, 9), np.nan), np.zeros((0, 4)), "scan.png", None]
)
def test_bad_images_are_refused(smooth, image):
    with pytest.raises(CourseError):
        smooth(image)


@pytest.mark.parametrize(
    "call, word",
    [
        (lambda x: filters.median(x, 4), "odd"),
        (lambda x: filters.median(x, 0), "odd"),
        (lambda x: filters.median(x, 3.5), "odd"),
        (lambda x: filters.nlm(x, 0), "strength"),
        (lambda x: filters.nlm(x, patch=2), "patch"),
        (lambda x: filters.obnlm(x, 0), "strength"),
        (lambda x: filters.obnlm(x, search=4), "search"),
        (lambda x: filters.bilateral(x, -1), "reach"),
        (lambda x: filters.bilateral(x, grey=np.nan), "grey"),
        (lambda x: filters.lee(x, 6), "odd"),
        (lambda x: filters.lee(x, speckle_cv=0), "speckle_cv"),
        (lambda x: filters.srad(x, step=0.3), "0.25"),
        (lambda x: filters.srad(x, -1), "iterations"),
        (lambda x: filters.srad(x, 2.5), "iterations"),
        (lambda x: filters.srad(x, decay=-1), "decay"),
        (lambda x: filters.srad(-x), "0 or more"),
        (lambda x: filters.median(x * 200), "between 0 and 1"),
        (lambda x: filters.srad(x, step="a"), "step"),
        (lambda x: filters.srad(x, decay=None), "decay"),
    ],
)
def test_bad_settings_are_refused_with_advice(call, word):
    with pytest.raises(DataError, match=word):
        call(np.full((20, 20), 0.5))
