"""Scans as pictures: grey levels, the ruler, outlines, captions."""

import re

import cv2
import numpy as np
import pytest

from course_utils.core import errors
from course_utils.show import figures, tiles

GREY = np.full((100, 200), 0.4, np.float32)
MASK = np.zeros((100, 200), np.uint8)
MASK[30:70, 50:150] = 1
TRUTH = np.array([0x56, 0xB4, 0xE9])
NETWORK = np.array([0xE6, 0x9F, 0x00])


def pixels(picture):
    """Red, green, blue of a picture's PNG."""
    return cv2.imdecode(np.frombuffer(picture.png, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]


def painted(picture, colour):
    """Where one colour was drawn, at full strength."""
    return np.abs(picture.astype(int) - colour).max(axis=-1) < 12


@pytest.mark.parametrize("level", [0, 26, 128, 255])
def test_a_grey_level_is_the_one_in_the_array(level):
    shown = pixels(tiles.image(np.full((60, 80), level / 255, np.float32), "flat", kind="real"))
    scan = shown[: tiles.TALLEST * 2, 20:-20]
    assert np.unique(scan).tolist() == [level]


def test_enlarging_keeps_order_and_limits():
    ramp = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (20, 1))
    row = pixels(tiles.image(ramp, "a ramp"))[100, :, 0].astype(int)
    assert row[0] == 0 and row[-1] == 255 and (np.diff(row) >= 0).all()
    step = np.repeat(np.float32([[0, 1]]), 20, axis=1).repeat(20, axis=0)
    edge = tiles.enlarged(step, (800, 400))  # the cubic overshoots here
    assert edge[:, :300].max() == 0 and edge[:, 500:].min() == 255


def test_a_scan_fills_the_width_of_the_text_twice_and_a_draft_once():
    assert pixels(tiles.image(GREY, "x")).shape[:2] == (760, 1520)
    with figures.draft():
        assert pixels(tiles.image(GREY, "x")).shape[:2] == (380, 760)
    assert pixels(tiles.image(GREY.T, "x")).shape[:2] == (2 * tiles.TALLEST, 1520)


def test_millimetres_set_the_proportions():
    square = np.ones((50, 50), np.float32)
    tall = pixels(tiles.image(square, "x", spacing=(2.0, 0.5)))[: 2 * tiles.TALLEST]
    lit = np.flatnonzero(tall[500, :, 0] == 255)
    assert lit.size == pytest.approx(tall.shape[0] / 4, abs=2)


@pytest.mark.parametrize(
    "spacing, millimetres", [((0.1, 0.1), 5), ((0.3, 0.3), 10), ((1.0, 1.0), 50), ((0.5, 1.0), 50)]
)
def test_the_scale_bar_is_as_long_as_it_says(spacing, millimetres):
    assert tiles.bar_length(200 * spacing[1]) == millimetres
    shown = pixels(tiles.image(GREY * 0, "x", spacing=spacing))
    middle = shown[-tiles.STRIP, :, 0] > 150  # the line, and no letter below or above it
    strip = shown[-2 * tiles.STRIP :, :, 0] > 150
    row = strip[tiles.STRIP]
    start = int(np.argmax(row))
    length = int(np.argmin(row[start:]))
    screen_mm = min(1520 / (200 * spacing[1]), 2 * tiles.TALLEST / (100 * spacing[0]))
    assert length == pytest.approx(millimetres * screen_mm, abs=1) and middle.any()


def test_without_a_spacing_there_is_no_bar_and_without_a_kind_no_word():
    bare, word = (pixels(tiles.image(GREY, "x", kind=kind)) for kind in ("", "synthetic"))
    assert bare.shape[0] == 760 and word.shape[0] == 760 + 2 * tiles.STRIP
    strip = word[760:, :, 0]
    assert strip[:, 760:].max() > 150 and strip[:, :760].max() == 0
    assert not np.array_equal(word, pixels(tiles.image(GREY, "x", kind="real")))


def test_an_outline_lies_within_a_pixel_of_the_mask_and_is_two_wide():
    shown = painted(pixels(tiles.image(GREY, "x", mask=MASK)), TRUTH)
    zoom = 1520 / 200
    rows, columns = np.nonzero(shown)
    edges = np.array([30, 70, 50, 150]) * zoom
    found = np.array([rows.min(), rows.max() + 1, columns.min(), columns.max() + 1])
    assert np.abs(found - edges).max() < zoom + 2
    across = np.flatnonzero(shown[:380, 760])  # the upper line in the middle of the picture
    assert 2 <= across.size <= 6 and abs(across.mean() + 0.5 - 30 * zoom) < 0.6 * zoom


@pytest.mark.parametrize("size", [(40, 40), (128, 128), (440, 500), (1200, 900)])
def test_an_outline_follows_a_disc_of_any_size(size):
    y, x = np.indices(size)
    centre, radius = np.array(size) / 2, min(size) / 3
    disc = (np.hypot(y + 0.5 - centre[0], x + 0.5 - centre[1]) <= radius).astype(np.uint8)
    (line,) = tiles.contours(disc, size)
    away = np.hypot(*(line + 0.5 - centre[::-1]).T) - radius
    assert np.abs(away).max() < 1


def test_a_speck_is_outlined_and_a_hole_too():
    speck = np.zeros((60, 60), np.uint8)
    speck[20, 20] = speck[40:50, 40:50] = 1
    assert len(tiles.contours(speck, speck.shape)) == 2
    ring = MASK.copy()
    ring[45:55, 90:110] = 0
    assert len(tiles.contours(ring, ring.shape)) == 2
    assert tiles.contours(0 * MASK, MASK.shape) == []


def test_roles_differ_without_colour():
    share = {}
    for role in tiles.ROLES:
        shown = pixels(tiles.image(GREY * 0, "x", outlines={role: MASK})).max(axis=-1) > 120
        share[role] = shown.sum()
    assert share["truth"] > 1.3 * share["network"] > 1.3 * share["reader"]
    with pytest.raises(errors.DataError, match="truth, network, reader"):
        tiles.image(GREY, "x", outlines={"somebody": MASK})


def luminance(colour):
    values = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def test_colours_stand_out_from_what_they_are_drawn_on():
    for colour, _ in tiles.ROLES.values():
        assert (luminance(colour) + 0.05) / 0.05 > 7  # on a black scan
        dark = "#{:02x}{:02x}{:02x}".format(*tiles.EDGE)
        assert 1.05 / (luminance(dark) + 0.05) > 7  # the edge, on a white one
    for colour in (*figures.COLOURS, figures.INK, figures.GREY):
        assert 1.05 / (luminance(colour) + 0.05) > 3


def test_missed_is_striped_in_one_colour_and_invented_filled_in_the_other():
    shown = pixels(tiles.image(GREY, "x", errors_of=(MASK, np.roll(MASK, 20, axis=0)))).astype(int)
    zoom = 1520 / 200
    patch = {
        name: shown[int(top * zoom) : int(bottom * zoom), int(60 * zoom) : int(140 * zoom)]
        for name, top, bottom in (("missed", 32, 48), ("both", 52, 68), ("invented", 72, 88))
    }
    assert (patch["both"] == 102).all() and (shown[:100] == 102).all()
    blue, orange = patch["missed"] - 102, patch["invented"] - 102
    assert (blue[..., 2] > blue[..., 0]).all() and (orange[..., 0] > orange[..., 2]).all()
    assert len(np.unique(orange[..., 0])) == 1 < len(np.unique(blue[..., 2]))


@pytest.mark.parametrize("wrong", [MASK[:50], np.zeros((2, 2)), np.zeros((100, 200, 3))])
def test_a_mask_of_another_size_is_refused(wrong):
    with pytest.raises(errors.DataError, match="same"):
        tiles.image(GREY, "x", mask=wrong)


@pytest.mark.parametrize(
    "bad", [np.zeros(5), np.zeros((2, 3, 4)), np.zeros((0, 3)), np.zeros((2, 3, 4, 5))]
)
def test_arrays_that_are_no_picture_are_refused_in_words(bad):
    with pytest.raises(errors.DataError, match="shape"):
        tiles.image(bad, "x")


def test_a_grid_says_its_message_and_captions_in_text():
    sheet = tiles.grid({f"number {n}": GREY for n in range(5)}, "five & more", title="<Five>")
    page = sheet.html()
    alts = re.findall(r'alt="([^"]*)"', page)
    assert alts == ["five &amp; more", *(f"Picture {n + 1} of 5: number {n}" for n in range(1, 5))]
    assert page.count("<figcaption") == 5 and "&lt;Five&gt;" in page and "number 4" in page
    assert repr(sheet) == "[picture] five & more"


def test_a_grid_on_one_sheet_has_every_tile():
    one, five = (
        pixels(tiles.grid({str(n): GREY + 0.1 for n in range(count)}, "x", columns=2))
        for count in (1, 5)
    )
    assert five.shape[0] == pytest.approx(3 * one.shape[0], abs=2) and one.shape[1] < five.shape[1]
    assert (five == 128).all(axis=-1).sum() >= 5 * 2 * (2 * 375) * (2 * 187) / 2.2
    with pytest.raises(errors.DataError, match="no picture"):
        tiles.grid({}, "x")


def test_masks_points_and_spacings_belong_to_one_tile_or_to_all():
    sheet = tiles.grid({"a": GREY, "b": GREY}, "x", {"a": MASK}, spacing={"b": (0.1, 0.1)})
    (_, first), (_, second) = sheet.tiles
    assert painted(first, TRUTH).any() and second.ndim == 2
    assert second.shape[0] == first.shape[0] + 2 * tiles.STRIP
    both = tiles.grid({"a": GREY, "b": GREY}, "x", points=[(20, 20)])
    assert all(tile.ndim == 3 for _, tile in both.tiles)
