"""What enhance promises: sizes with their millimetres, CLAHE that ignores the frame, gain in dB."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import load
from course_utils.cases import samples
from course_utils.core.errors import CourseError, DataError
from course_utils.enhance import adjust
from tests.helpers.shapes import centroid

REAL = Path(__file__).resolve().parents[2].parent / "shared" / "real" / "muscle" / "images"
QUICK = settings(max_examples=25, deadline=None, derandomize=True, database=None)
sizes = st.integers(8, 90)


def disc(shape, x, y, radius):
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    return (np.hypot(cols - x, rows - y) <= radius).astype(np.float32)


def speckle(shape=(128, 128), seed=0):
    envelope = np.random.default_rng(seed).rayleigh(1.0, shape)
    return adjust.log_compress(cv2.GaussianBlur(envelope, (0, 0), 1))


@given(sizes, sizes, sizes, sizes, st.sampled_from(["stretch", "letterbox"]))
@QUICK
def test_resize_keeps_millimetres_and_takes_the_mask_along(rows, cols, new_rows, new_cols, how):
    image = disc((rows, cols), cols * 0.4, rows * 0.4, min(rows, cols) * 0.2)
    small, spacing = adjust.resize(image, (new_rows, new_cols), (0.1, 0.3), how)
    mask = adjust.resize_mask(image.astype(np.uint8), (new_rows, new_cols), how)
    assert small.shape == mask.shape == (new_rows, new_cols)
    assert small.dtype == np.float32 and set(np.unique(mask)) <= {0, 1}
    if how == "stretch":
        assert spacing == pytest.approx((0.1 * rows / new_rows, 0.3 * cols / new_cols))
    # The disc stays where it was, in millimetres from the top left corner of the picture.
    before = (centroid(image) + 0.5) * (0.3, 0.1)
    for picture in (small, mask):
        if picture.sum() > 12:
            after = (centroid(picture) + 0.5) * spacing[::-1]
            pixel = np.maximum(spacing[::-1], (0.3, 0.1))
            assert (np.abs(after - before) < 0.75 * pixel).all()


def test_letterbox_to_a_square_uses_one_factor_and_keeps_the_skin_on_top():
    image = np.full((60, 100), 0.5, np.float32)
    small, spacing = adjust.resize(image, 50, (0.2, 0.2), "letterbox")
    assert spacing == (0.4, 0.4)
    assert small[0].min() == 0.5 and small[-1].max() == 0
    assert (small > 0).sum() == pytest.approx(30 * 50)


def test_resize_averages_all_pixels_when_shrinking():
    image = np.random.default_rng(0).random((64, 48), dtype=np.float32)
    small, spacing = adjust.resize(image, (16, 12))
    assert np.allclose(small, image.reshape(16, 4, 12, 4).mean(axis=(1, 3)), atol=1e-6)
    assert spacing is None


def test_resize_mask_takes_the_pixel_in_the_middle_and_invents_no_label():
    labels = (3 * np.random.default_rng(0).integers(0, 2, (60, 60))).astype(np.uint8)
    assert np.array_equal(adjust.resize_mask(labels, 20), labels[1::3, 1::3])
    assert set(np.unique(adjust.resize_mask(labels, (47, 91)))) == {0, 3}


def test_resize_per_axis_shrinks_one_and_grows_the_other():
    ramp = np.repeat(np.linspace(0, 1, 64, dtype=np.float32)[:, None], 20, axis=1)
    changed, _ = adjust.resize(ramp, (16, 80))
    assert np.allclose(changed[:, 0], ramp[:, 0].reshape(16, 4).mean(axis=1), atol=1e-6)


def test_resize_to_the_same_size_is_a_copy():
    image = speckle()
    same, spacing = adjust.resize(image, image.shape, (0.1, 0.1))
    assert np.array_equal(same, image) and not np.shares_memory(same, image)
    assert spacing == (0.1, 0.1)


def test_clahe_equals_opencv_on_256_levels():
    image = speckle()
    grey = np.rint(image * 255).astype(np.uint8)
    expected = cv2.createCLAHE(3.0, (4, 4)).apply(grey) / np.float32(255)
    assert np.array_equal(adjust.clahe(image, 3.0, 4), expected)


def test_clahe_clip_limit_and_tiles_matter():
    image = speckle((256, 256))
    spread = [adjust.clahe(image, limit).std() for limit in (1, 2, 4, 8)]
    assert spread == sorted(spread) and spread[-1] > 1.2 * spread[0]
    assert not np.array_equal(adjust.clahe(image, tiles=2), adjust.clahe(image, tiles=(2, 8)))


def test_clahe_changes_tissue_by_what_its_docstring_says():
    case = samples.table("muscle_general").iloc[0]
    image = load.image(samples.folder("muscle_general") / case["image"])
    changes = [np.abs(adjust.clahe(image, limit) - image).mean() for limit in (1, 2)]
    assert 0.05 < changes[0] < 0.1 and 0.1 < changes[1] < 0.2


def test_clahe_does_nothing_to_a_constant_region_twice():
    flat = adjust.clahe(np.full((64, 64), 0.4, np.float32))
    assert np.ptp(flat) == 0  # one grey stays one grey, although not the same


def test_clahe_where_ignores_everything_outside():
    image, where = speckle(), np.zeros((128, 128), np.uint8)
    where[20:100, 30:110] = 1
    where[20:40, 30:50] = 0  # a corner cut off, so that the box holds pixels outside too
    text, black = image.copy(), image.copy()
    text[where == 0] = np.random.default_rng(1).random((where == 0).sum())
    black[where == 0] = 0
    one, other = adjust.clahe(text, where=where), adjust.clahe(black, where=where)
    assert np.array_equal(one[where > 0], other[where > 0])
    assert np.array_equal(one[where == 0], text[where == 0])
    assert not np.array_equal(adjust.clahe(text)[where > 0], adjust.clahe(black)[where > 0])


def test_field_of_view_finds_the_sector_with_its_cyst_and_not_the_text():
    picture = np.zeros((200, 300), np.float32)
    picture[20:180, 40:220] = 0.2 + 0.5 * speckle((160, 180))
    cyst = disc(picture.shape, 120, 100, 15) > 0
    picture[cyst] = 0
    picture[30:36, 250:290] = 1  # a line of text
    found = adjust.field_of_view(picture)
    assert found[cyst].all() and not found[:, 240:].any()
    truth = np.zeros_like(found)
    truth[20:180, 40:220] = 1
    assert 2 * (found & truth).sum() / (found.sum() + truth.sum()) > 0.97


def test_field_of_view_leaves_out_a_flat_grey_frame():
    picture = np.full((200, 300), 0.2, np.float32)
    picture[20:180, 40:220] = 0.2 + 0.5 * speckle((160, 180))
    found = adjust.field_of_view(picture)
    assert found[20:180, 40:220].mean() > 0.97
    assert found.sum() < 1.1 * 160 * 180


def test_field_of_view_of_black_and_of_a_drawn_disc():
    assert not adjust.field_of_view(np.zeros((50, 60), np.float32)).any()
    drawn = disc((64, 64), 30, 20, 6)
    assert np.abs(adjust.field_of_view(drawn) - drawn).sum() <= 24  # at most its outline


@pytest.mark.skipif(not REAL.is_dir(), reason="the real muscle scans are not beside this checkout")
def test_field_of_view_on_real_scans_without_frame():
    for name in ("img_00038", "img_00133", "img_00217"):
        image = cv2.imread(str(REAL / f"{name}.png"), cv2.IMREAD_GRAYSCALE) / np.float32(255)
        assert adjust.field_of_view(image).mean() > 0.95


def test_nasnet_input_is_kerass_formula():
    image = (np.arange(256, dtype=np.float32) / 255).reshape(16, 16)
    expected = np.repeat((np.arange(256).reshape(16, 16) / 127.5 - 1)[..., None], 3, axis=2)
    got = adjust.nasnet_input(image)
    assert got.shape == (16, 16, 3) and got.dtype == np.float32
    assert np.allclose(got, expected, atol=1e-6) and got.min() == -1 and got.max() == 1


def test_to_rgb_repeats_the_grey():
    image = speckle((9, 7))
    assert all(np.array_equal(adjust.to_rgb(image)[..., c], image) for c in range(3))


@given(st.floats(-30, 30), st.floats(30, 90))
@QUICK
def test_gain_is_a_factor_on_the_envelope(db, dynamic_range):
    envelope = np.random.default_rng(0).uniform(0.01, 1, (20, 20))
    shown = adjust.log_compress(envelope, dynamic_range, reference=1)
    louder = adjust.log_compress(envelope * 10 ** (db / 20), dynamic_range, reference=1)
    inside = (louder > 0) & (louder < 1) & (shown > 0)
    assert np.allclose(adjust.gain(shown, db, dynamic_range)[inside], louder[inside], atol=1e-5)


def test_gain_only_where():
    image, where = np.full((10, 10), 0.5, np.float32), np.eye(10, dtype=np.uint8)
    changed = adjust.gain(image, 6, where=where)
    assert np.allclose(changed, 0.5 + 0.1 * where)


def test_tgc_joins_its_sliders_by_straight_lines():
    image = np.full((101, 5), 0.5, np.float32)
    changed = adjust.tgc(image, [0, 12, 0])
    assert np.allclose(changed[[0, 25, 50, 75, 100], 2], [0.5, 0.6, 0.7, 0.6, 0.5], atol=1e-6)
    assert np.array_equal(adjust.tgc(image, [6, 6, 6]), adjust.gain(image, 6))


def test_window():
    image = np.linspace(0, 1, 101, dtype=np.float32).reshape(1, -1)
    assert np.allclose(
        adjust.window(image, 0.2, 0.6)[0, [10, 20, 40, 60, 90]], [0, 0, 0.5, 1, 1], atol=1e-6
    )
    assert np.allclose(adjust.window(image, 0, 1), image)


def test_log_compress_closed_form_and_back():
    envelope = np.array([[1.0, 0.1, 0.01, 0.001, 1e-9, 0.0]])
    assert np.allclose(adjust.log_compress(envelope), [[1, 2 / 3, 1 / 3, 0, 0, 0]], atol=1e-6)
    assert np.allclose(adjust.log_compress(envelope * 1e-40), adjust.log_compress(envelope))
    assert not adjust.log_compress(np.zeros((3, 3))).any()
    image = speckle()
    assert np.allclose(adjust.log_compress(adjust.log_expand(image), reference=1), image, atol=1e-6)


def test_inputs_are_never_changed():
    image = speckle()
    kept = image.copy()
    where = adjust.field_of_view(image)
    for change in (
        adjust.clahe(image),
        adjust.clahe(image, where=where),
        adjust.gain(image, 9, where=where),
        adjust.window(image, 0.1, 0.4),
        adjust.resize(image, 64)[0],
        adjust.to_rgb(image),
    ):
        change[:] = 7
        assert np.array_equal(image, kept)


GOOD = np.full((40, 50), 0.5, np.float32)
BAD_IMAGES = {
    "RGB": (np.zeros((9, 9, 3), np.float32), "colour"),
    "cine": (np.zeros((30, 9, 9), np.float32), "cine"),
    "uint8": (np.zeros((9, 9), np.uint8), "255"),
    "0..255": (GOOD * 300, "between 0 and 1"),
    "negative": (-GOOD, "between 0 and 1"),
    "NaN": (np.full((9, 9), np.nan), "NaN"),
    "infinite": (np.full((9, 9), np.inf), "infinite"),
    "empty": (np.zeros((0, 9)), "empty"),
    "text": ("scan.png", "load.image"),
    "None": (None, "array"),
    "ragged": ([[1, 2], [3]], "array"),
    "one row": (np.zeros(9), "rows, columns"),
    "complex": (GOOD * 1j, "array"),
    "mask": (GOOD > 0, "bool"),
}


@pytest.mark.parametrize(
    "function",
    [
        adjust.clahe,
        adjust.to_rgb,
        adjust.nasnet_input,
        adjust.field_of_view,
        adjust.log_expand,
        lambda i: adjust.resize(i, 8),
        lambda i: adjust.gain(i, 3),
        lambda i: adjust.tgc(i, [1, 2]),
        lambda i: adjust.window(i, 0, 1),
    ],
)
def test_bad_images_are_refused_with_advice(function):
    said = {}
    for kind, (image, _) in BAD_IMAGES.items():
        try:
            said[kind] = f"accepted: {function(image)}"
        except CourseError as error:
            said[kind] = str(error)
    assert [kind for kind, (_, word) in BAD_IMAGES.items() if word not in said[kind]] == [], said


@pytest.mark.parametrize(
    "mask, word",
    [
        (np.full((40, 50), 255, np.uint8), "mask > 127"),
        (np.full((40, 50), 0.5), "whole"),
        (np.zeros((40, 50, 3), np.uint8), "colour"),
        (np.full((40, 50), np.nan), "whole"),
        (np.full((40, 50), -1), "whole"),
        (np.zeros((0, 5), np.uint8), "empty"),
        ("mask.png", "load.mask"),
    ],
)
def test_bad_masks_are_refused_with_advice(mask, word):
    with pytest.raises(DataError, match=word):
        adjust.resize_mask(mask, 16)


def test_masks_of_other_kinds_are_taken_when_nothing_is_lost():
    for kind in (bool, np.uint8, np.int64, np.float64):
        mask = np.eye(40, 50).astype(kind)
        assert np.array_equal(adjust.resize_mask(mask, (40, 50)), np.eye(40, 50))
    labels = np.full((4, 4), 3, np.uint8)
    assert adjust.resize_mask(labels, 9).min() == 3


@pytest.mark.parametrize(
    "call, word",
    [
        (lambda: adjust.resize(GOOD, 0), "size"),
        (lambda: adjust.resize(GOOD, 12.5), "size"),
        (lambda: adjust.resize(GOOD, (1, 2, 3)), "size"),
        (lambda: adjust.resize(GOOD, "128"), "size"),
        (lambda: adjust.resize(GOOD, 10**6), "larger than any scan"),
        (lambda: adjust.resize(GOOD, 9, how="crop"), "letterbox"),
        (lambda: adjust.resize(GOOD, 9, spacing=0.1), "row_mm"),
        (lambda: adjust.resize(GOOD, 9, spacing=(0, 0.1)), "row_mm"),
        (lambda: adjust.resize(GOOD, 9, spacing=(np.nan, 0.1)), "row_mm"),
        (lambda: adjust.clahe(GOOD, 0), "clip_limit"),
        (lambda: adjust.clahe(GOOD, np.nan), "clip_limit"),
        (lambda: adjust.clahe(GOOD, "2"), "clip_limit"),
        (lambda: adjust.clahe(GOOD, tiles=0), "tiles"),
        (lambda: adjust.clahe(GOOD, tiles=41), "fewer tiles"),
        (lambda: adjust.clahe(GOOD, where=np.ones((9, 9))), "pairing"),
        (lambda: adjust.clahe(GOOD, where=np.zeros((40, 50))), "marks no pixel"),
        (lambda: adjust.gain(GOOD, "6"), "sliders_db|number"),
        (lambda: adjust.gain(GOOD, np.nan), "dB"),
        (lambda: adjust.gain(GOOD, 6, 0), "dynamic_range_db"),
        (lambda: adjust.tgc(GOOD, []), "slider"),
        (lambda: adjust.window(GOOD, 0.6, 0.2), "low < high"),
        (lambda: adjust.window(GOOD, 0, 2), "low < high"),
        (lambda: adjust.field_of_view(GOOD, 2), "floor"),
        (lambda: adjust.log_compress(-GOOD), "0 or more"),
        (lambda: adjust.log_compress(GOOD, -60), "dynamic"),
        (lambda: adjust.log_compress(GOOD, reference=0), "reference"),
        (lambda: adjust.log_compress(np.zeros((3, 3, 3))), "colour"),
    ],
)
def test_bad_settings_are_refused_with_advice(call, word):
    with pytest.raises(DataError, match=word):
        call()
