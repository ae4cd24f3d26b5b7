"""Augmentation: image, mask and landmark stay together, and each step does what it says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.augment import steps
from course_utils.core.errors import CourseError, DataError
from course_utils.enhance import quality
from tests.helpers.shapes import centroid, scan

MOVES = [name for name, step in steps.STEPS.items() if step.moves]
GREYS = [name for name, step in steps.STEPS.items() if not step.moves]
CURRICULUM = {
    "horizontal flip",
    "vertical flip",
    "rotation",
    "scaling",
    "elastic",
    "Gaussian noise",
    "blur",
    "contrast",
    "brightness",
    "depth gain",
    "acoustic shadow",
    "speckle",
}


def disc(x, y, radius=5.0, shape=(128, 128)):
    """A soft-edged disc, so that its centroid in grey values is exact to a fraction of a pixel."""
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    return np.clip(radius + 0.5 - np.hypot(cols - x, rows - y), 0, 1).astype(np.float32)


def assert_aligned(pipe, x, y, shape=(128, 128), within=1.0):
    """Image, mask and landmark of a disc are in one place; False if it left the picture."""
    image = disc(x, y, shape=shape)
    mask = (image >= 0.5).astype(np.uint8)
    new_image, new_mask, points = pipe(image, mask, points=[(x, y)])
    assert new_image.shape == new_mask.shape == shape
    if not (8 < points[0, 0] < shape[1] - 9 and 8 < points[0, 1] < shape[0] - 9):
        return False
    # Noise and gain change the weights of the grey centroid; they do not move what is brighter than
    # half.
    grey = np.where(new_image > 0.5 * new_image.max(), new_image, 0)
    assert np.hypot(*(centroid(new_mask) - points[0])) < within
    assert np.hypot(*(centroid(grey) - centroid(new_mask))) < within
    return True


def test_every_step_of_the_curriculum_is_there():
    assert set(steps.STEPS) == CURRICULUM
    for step in steps.STEPS.values():
        low, high = step.limits
        for used in (step.plausible, step.blog, (step.example, step.example)):
            assert used is None or low <= used[0] <= used[1] <= high
        assert step.note.endswith(".") and len(step.note) > 30


def test_presets_differ_where_they_should():
    plausible = {name for name, step in steps.STEPS.items() if step.plausible}
    blog = {name for name, step in steps.STEPS.items() if step.blog}
    assert "vertical flip" in blog - plausible
    assert {"depth gain", "acoustic shadow", "speckle"} <= plausible - blog
    assert steps.STEPS["rotation"].plausible == (-10, 10)


@pytest.mark.slow
@given(
    st.sampled_from(MOVES),
    st.floats(0, 1),
    st.floats(30, 98),
    st.floats(30, 98),
    st.integers(0, 999),
)
@settings(max_examples=80, deadline=None, derandomize=True, database=None)
def test_one_step_keeps_image_mask_and_landmark_together(name, share, x, y, seed):
    low, high = steps.STEPS[name].limits
    if name == "scaling":
        low = 0.7  # a disc that shrinks below a few pixels has no centroid to speak of
    amount = low + share * (high - low)
    within = 1.0 if amount < 1.6 or name != "scaling" else 1.5
    assert assert_aligned(steps.step(name, amount, seed), x, y, within=within) in (True, False)


@pytest.mark.parametrize("preset", steps.PRESETS)
@pytest.mark.parametrize("shape", [(128, 128), (96, 160)])
def test_a_whole_pipeline_keeps_image_mask_and_landmark_together(preset, shape):
    pipe = steps.pipeline(preset, seed=5)
    seen = sum(
        assert_aligned(pipe, shape[1] * 0.4 + i % 7, shape[0] * 0.5, shape) for i in range(60)
    )
    assert seen > 20  # enough discs stayed in the picture to have tested something


def test_flips_mirror_exactly_and_twice_is_nothing():
    image, mask, points = scan(), np.eye(128, dtype=np.uint8), [(10, 20), (0.25, 99.5)]
    for name, mirrored, axis in (
        ("horizontal flip", np.fliplr, 0),
        ("vertical flip", np.flipud, 1),
    ):
        flip = steps.step(name)
        new_image, new_mask, new_points = flip(image, mask, points=points)
        expected = np.array(points, float)
        expected[:, axis] = 127 - expected[:, axis]
        assert np.array_equal(new_image, mirrored(image)) and np.array_equal(
            new_mask, mirrored(mask)
        )
        assert np.allclose(new_points, expected)
        assert np.array_equal(flip(new_image)[0], image)


def test_rotation_and_scaling_pivot_on_the_skin():
    skin, deep = (63.5, 0.0), (63.5, 80.0)
    for name, amount in (("rotation", 10), ("scaling", 1.2), ("scaling", 0.8)):
        _, _, points = steps.step(name, amount)(scan(), points=[skin, deep])
        assert np.allclose(points[0], skin, atol=1e-4)
        if name == "scaling":
            assert np.allclose(points[1], (63.5, 80 * amount), atol=1e-3)
        else:
            turn = np.radians(
                amount
            )  # anticlockwise on the screen: what lies deep swings to the right
            assert np.allclose(points[1], (63.5 + 80 * np.sin(turn), 80 * np.cos(turn)), atol=1e-3)


def test_elastic_shifts_by_no_more_than_it_says_and_never_folds():
    x, y = np.meshgrid(np.linspace(20, 107, 12), np.linspace(20, 107, 12))
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    for seed in range(12):
        _, _, moved = steps.step("elastic", 8, seed)(scan(), points=points)
        shift = np.hypot(*(moved - points).T)
        assert shift.max() <= 0.08 * 128 + 0.02 and shift.max() > 0.02 * 128
        grid = moved.reshape(12, 12, 2)
        right, down = np.diff(grid, axis=1)[:-1], np.diff(grid, axis=0)[:, :-1]
        assert (right[..., 0] * down[..., 1] - right[..., 1] * down[..., 0] > 0).all()


def test_nothing_is_drawn_where_turned_tissue_leaves_a_corner_empty():
    image, mask = steps.step("rotation", 20)(
        np.full((64, 64), 0.7, np.float32), np.ones((64, 64), np.uint8)
    )
    assert image[-1, 0] == 0 and mask[-1, 0] == 0  # anticlockwise about the skin: lower left


@pytest.mark.parametrize("name", sorted(CURRICULUM))
@pytest.mark.parametrize("edge", ["low", "example", "high"])
def test_images_stay_images_and_masks_stay_masks(name, edge):
    kind = steps.STEPS[name]
    amount = {"low": kind.limits[0], "example": kind.example, "high": kind.limits[1]}[edge]
    image, mask = scan((90, 120)), np.zeros((90, 120), np.uint8)
    mask[30:60, 20:90] = 1
    kept = image.copy(), mask.copy()
    new_image, new_mask = steps.step(name, amount, seed=1)(image, mask)
    assert new_image.dtype == np.float32 and new_image.shape == (90, 120)
    assert np.isfinite(new_image).all() and new_image.min() >= 0 and new_image.max() <= 1
    assert new_mask.dtype == np.uint8 and set(np.unique(new_mask)) <= {0, 1}
    assert np.array_equal(image, kept[0]) and np.array_equal(mask, kept[1])
    if not kind.moves:
        assert np.array_equal(new_mask, mask)
    if edge == "example":
        assert not np.array_equal(new_image, image)


@pytest.mark.slow
@pytest.mark.parametrize("preset", steps.PRESETS)
def test_long_runs_stay_in_range(preset):
    pipe, image = steps.pipeline(preset, seed=9), scan()
    mask = (disc(60, 60, 30) > 0.5).astype(np.uint8)
    for _ in range(200):
        new_image, new_mask = pipe(image, mask)
        assert np.isfinite(new_image).all() and 0 <= new_image.min() <= new_image.max() <= 1
        assert new_mask.max() <= 1 and new_image.dtype == np.float32


def test_grey_steps_leave_the_black_frame_and_its_text_alone():
    picture = np.zeros((128, 128), np.float32)
    picture[20:110, 10:100] = scan((90, 90))
    picture[5:9, 104:120] = 1
    for name in GREYS:
        changed, _ = steps.step(name, seed=2)(picture)
        assert np.array_equal(changed[:, 103:], picture[:, 103:]), name
        assert np.array_equal(changed[112:], picture[112:]), name
        assert not np.array_equal(changed, picture), name


def test_a_shadow_follows_the_beam_from_its_start_to_the_bottom():
    image = scan()
    starts = []
    for seed in range(30):
        loss = image - steps.step("acoustic shadow", 10, seed)(image)[0]
        dark = loss[-1] > 0.5 * loss.max()
        column = int(np.flatnonzero(dark).mean())
        assert (np.diff(loss[:, column]) >= -1e-3).all()  # never lighter again further down
        assert loss[-1].max() == pytest.approx(10 / 60, rel=0.05)
        assert 0.05 < dark.mean() < 0.3 and loss[-1].min() < 0.01  # a band, not the picture
        starts.append(int(np.argmax(loss[:, column] > 0.08)))
    assert min(starts) == 0 and max(starts) > 20  # lost contact, and something deeper


def test_speckle_has_the_statistics_it_claims():
    flat = np.full((400, 400), 0.5, np.float32)
    flat[::2, ::2] += 0.02  # a little texture, so that all of it is field of view
    pattern = (steps.step("speckle", 5.57)(flat)[0] - flat)[20:-20, 20:-20] * 60
    assert pattern.std() == pytest.approx(5.57, abs=0.35)
    assert abs(pattern.mean()) < 0.3
    envelope = 10 ** (pattern / 20)
    assert quality.speckle_snr(envelope) == pytest.approx(1.91, abs=0.08)
    half = (steps.step("speckle", 2.785)(flat)[0] - flat)[20:-20, 20:-20] * 60
    assert half.std() == pytest.approx(pattern.std() / 2, rel=0.03)


def test_depth_gain_and_brightness_are_in_decibels():
    image = np.full((101, 20), 0.5, np.float32)
    tilted, _ = steps.step("depth gain", 12)(image)
    assert tilted[-1, 5] - tilted[0, 5] == pytest.approx(12 / 60, abs=1e-5)
    assert tilted[50, 5] == pytest.approx(0.5, abs=1e-5)
    assert np.allclose(steps.step("brightness", 6)(image)[0], 0.6, atol=1e-5)
    assert np.allclose(steps.step("contrast", 1.2)(image)[0], 0.6, atol=1e-5)
    noise = steps.step("Gaussian noise", 0.05)(scan((200, 200)))[0] - scan((200, 200))
    assert noise.std() == pytest.approx(0.05, rel=0.05)


@pytest.mark.slow
def test_steps_are_drawn_independently_of_each_other():
    """albumentations given only a seed hands every step the same numbers: all flip, or none."""
    image = scan()
    both = np.zeros((2, 2))
    pipe = steps.pipeline("blog", seed=0)
    for _ in range(300):
        _, _, (a, b) = pipe(image, points=[(60, 60), (61, 60)])
        mirrored = b[0] < a[0]
        both[int(mirrored), int(pipe._grey.transforms[0].params != {})] += 1
    expected = both.sum(axis=1)[:, None] * both.sum(axis=0) / both.sum()
    assert (np.abs(both - expected) < 4 * np.sqrt(expected)).all() and both.min() > 30


def test_a_mask_is_optional_and_labels_survive():
    image = scan()
    assert steps.pipeline()(image)[1] is None
    labels = (np.arange(128)[:, None] // 32 * np.ones((1, 128))).astype(np.uint8)
    assert set(np.unique(steps.step("elastic", 5)(image, labels)[1])) <= {0, 1, 2, 3}
    assert steps.step("rotation")(image, np.ones((128, 128), bool))[1].dtype == np.uint8


def test_a_landmark_outside_keeps_its_true_place():
    _, _, points = steps.step("scaling", 2.0)(scan(), points=[(3, 100)])
    assert np.allclose(points, [(63.5 + 2 * (3 - 63.5), 200)], atol=1e-3)
    assert steps.pipeline()(scan(), points=np.zeros((0, 2)))[2].shape == (0, 2)


def test_the_result_shares_no_memory_with_the_input():
    image, mask = scan(), np.eye(128, dtype=np.uint8)
    for name in ("scaling", "brightness"):
        amount = {"scaling": 1.0, "brightness": 0.0}[name]
        new_image, new_mask = steps.step(name, amount)(image, mask)
        assert not np.shares_memory(new_image, image) and not np.shares_memory(new_mask, mask)


def test_a_black_image_stays_black():
    for preset in steps.PRESETS:
        assert not steps.pipeline(preset)(np.zeros((64, 64), np.float32))[0].any()


GOOD, MASK = np.full((40, 50), 0.5, np.float32), np.ones((40, 50), np.uint8)


@pytest.mark.parametrize(
    "arguments, word",
    [
        ((np.zeros((40, 50, 3), np.float32), MASK), "colour"),
        ((np.zeros((40, 50), np.uint8), MASK), "255"),
        ((GOOD * np.nan, MASK), "NaN"),
        ((np.zeros((0, 0)), MASK), "empty"),
        (("scan.png", MASK), "load.image"),
        ((None, MASK), "array"),
        ((GOOD * 255, MASK), "between 0 and 1"),
        ((GOOD, MASK[:-1]), "pairing"),
        ((GOOD, MASK * 255), "mask > 127"),
        ((GOOD, MASK * 0.5), "whole"),
        ((GOOD, "mask.png"), "load.mask"),
        ((GOOD, MASK, [1, 2]), "pairs"),
        ((GOOD, MASK, [(1, np.nan)]), "pairs"),
        ((GOOD, MASK, "here"), "pairs"),
        ((GOOD, MASK, [(1, 2), (3,)]), "pairs"),
    ],
)
def test_bad_input_is_refused_with_advice_and_costs_no_call(arguments, word):
    pipe = steps.pipeline()
    with pytest.raises(CourseError, match=word):
        pipe(*arguments)
    assert pipe.calls == 0


@pytest.mark.parametrize(
    "call, word",
    [
        (lambda: steps.pipeline("strong"), "plausible"),
        (lambda: steps.pipeline(seed=-1), "seed"),
        (lambda: steps.pipeline(seed=1.5), "seed"),
        (lambda: steps.pipeline(seed="a"), "seed"),
        (lambda: steps.pipeline(None), "plausible"),
        (lambda: steps.step("shear"), "Choose one of"),
        (lambda: steps.step("rotation", 500), "degrees"),
        (lambda: steps.step("blur", "much"), "pixels"),
        (lambda: steps.step("speckle", np.nan), "dB"),
        (lambda: steps.step(["rotation"]), "Choose one of"),
    ],
)
def test_bad_settings_are_refused_with_advice(call, word):
    with pytest.raises(DataError, match=word):
        call()
