"""Overlays: the right colour in the right place, and a text that says so. No network is needed."""

import io
from types import SimpleNamespace

import matplotlib
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from course_utils.core.errors import DataError
from course_utils.saliency import pictures

GREY = np.full((30, 30), 0.4, np.float32)
SPOT = np.zeros((30, 30))
SPOT[2:8, 22:28] = 1


def size(picture):
    return Image.open(io.BytesIO(picture.png)).size


def test_blend_is_grey_where_nothing_is_and_orange_where_the_map_is():
    mixed = pictures.blend(GREY, SPOT, 0.5)
    orange = np.array(matplotlib.colors.to_rgb(pictures.FOR))
    np.testing.assert_allclose(mixed[20, 5], 0.4, atol=1e-6)
    np.testing.assert_allclose(mixed[4, 24], 0.2 + 0.5 * orange, atol=1e-6)
    np.testing.assert_allclose(pictures.blend(GREY, SPOT, 0), np.dstack([GREY] * 3), atol=1e-6)
    np.testing.assert_allclose(pictures.blend(GREY, 1000 * SPOT, 0.5), mixed, atol=1e-6)


def test_negative_is_blue():
    blue = np.array(matplotlib.colors.to_rgb(pictures.AGAINST))
    np.testing.assert_allclose(pictures.blend(GREY, -SPOT, 1)[4, 24], blue, atol=1e-6)


def test_one_bright_pixel_does_not_dim_the_map():
    values = SPOT.copy()
    values[0, 0] = 1e6
    assert pictures.blend(GREY, values, 1)[4, 24, 0] > 0.8


def test_the_text_says_where_the_map_lies():
    told = pictures.where(SPOT, "Grad-CAM", SPOT.astype(np.uint8))
    assert "top right" in told and "100 % lies" in told and "4 % of the image" in told
    assert "zero everywhere" in pictures.where(SPOT * 0)
    assert "bottom left" in pictures.where(-SPOT[::-1, ::-1])


def test_pictures():
    one = pictures.picture(GREY, SPOT, "Grad-CAM", mask=SPOT.astype(np.uint8), spacing=(0.2, 0.1))
    assert "Grad-CAM is strongest" in one.alt and "Dashed" in one.alt
    both = pictures.row(GREY, {"a": SPOT, "b": -SPOT})
    assert [name for name, _ in both.tiles] == ["image", "a", "b"] and "b is strongest" in both.alt
    assert "blue against" in both.caption and "strongest" in one.caption
    assert size(one)[0] == 1520


def test_the_panel_follows_the_slider_and_the_menu():
    panel = pictures.panel(GREY, {"a": SPOT, "b": SPOT[::-1]})
    assert panel.values == {"map": "a", "opacity": 0.7}
    before = panel.picture.png
    panel.set(opacity=0.2)
    assert panel.picture.png != before
    panel.set(map="b")
    assert "bottom right" in panel.picture.alt
    assert pictures.panel(GREY, {"a": SPOT}).values == {"opacity": 0.7}


@pytest.mark.parametrize("values", [None, "map", SPOT[:5], SPOT * np.nan, SPOT[..., None]])
def test_maps_that_cannot_be(values):
    with pytest.raises(DataError):
        pictures.picture(GREY, values)


@pytest.mark.parametrize("opacity", [-0.1, 1.1, "much", None, True])
def test_opacity_that_cannot_be(opacity):
    with pytest.raises(DataError, match="opacity"):
        pictures.blend(GREY, SPOT, opacity)


def test_nothing_to_draw_is_said():
    for call in (
        lambda: pictures.row(GREY, {}),
        lambda: pictures.panel(GREY, {}),
        lambda: pictures.similarity_curves({}),
        lambda: pictures.similarity_curves({"a": None}, "dice"),
        lambda: pictures.row(GREY, {"a": SPOT}, mask=SPOT[:3]),
    ):
        with pytest.raises(DataError):
            call()


def test_curves_say_their_message():
    table = pd.DataFrame({"layers": [0, 5, 9], "ssim": [1, 0.6, 0.4], "spearman": [1, 0.3, 0.05]})
    told = pictures.similarity_curves({"Grad-CAM": table, "edges": table}).alt
    assert "Grad-CAM ends at 0.05" in told
    assert "ends at 0.40" in pictures.similarity_curves({"Grad-CAM": table}, "ssim").alt


def test_the_shortcut_picture():
    settings = ("as trained", "removed", "swapped")
    index = pd.MultiIndex.from_product(
        [settings, ("model", "control")], names=("setting", "network")
    )
    scores = pd.DataFrame({"patients": 14, "accuracy": [0.98, 0.6, 0.5, 0.6, 0.03, 0.6]}, index)
    scores["low"], scores["high"] = scores["accuracy"] - 0.02, scores["accuracy"] + 0.02
    told = pictures.shortcut(SimpleNamespace(scores=scores)).alt
    assert "98 % as trained" in told and "3 % swapped" in told and "14 unseen synthetic" in told
