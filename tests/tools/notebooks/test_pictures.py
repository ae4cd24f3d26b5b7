"""The pictures at the head of the lessons."""

import io

import nbformat
import numpy as np
import pytest
from nbformat import v4
from PIL import Image

from course_utils.core import errors
from tests.conftest import ROOT

pictures = pytest.importorskip("tools.notebooks.pictures", reason="playwright is not installed")


def notebook(place, *cells):
    book = v4.new_notebook(cells=list(cells))
    nbformat.write(book, place)
    return place


def shown(html, tags=("picture",)):
    output = v4.new_output("display_data", data={"text/html": html})
    return v4.new_code_cell("x", metadata={"tags": list(tags)}, outputs=[output])


def test_the_output_of_the_tagged_cell_is_taken(tmp_path):
    page = tmp_path / "04_x.ipynb"
    other = shown("<img src=1>", tags=["exercise"])
    assert pictures.output(notebook(page, other, shown("<img src=2>"))) == "<img src=2>"
    for cells, words in (
        ([other], "0 cells have the tag"),
        ([shown("<svg/>"), shown("<svg/>")], "2 cells have the tag"),
        ([shown("<p>no picture</p>")], "shows none"),
    ):
        with pytest.raises(errors.DataError, match=words):
            pictures.output(notebook(page, *cells))


def png(height, width=2 * pictures.PAGE):
    pixels = np.full((height, width, 3), 255, np.uint8)
    pixels[:, 100:-200] = 40
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def test_it_is_small_without_margins_and_shows_the_first_rows_of_many():
    low, high = pictures.small(png(600)), pictures.small(png(4000))
    for image in (low, high):
        assert image.width <= pictures.LARGEST[0] and image.height <= pictures.LARGEST[1]
        assert np.asarray(image).max() < 60  # the white margins are gone
    assert abs(low.width / low.height - 1220 / 600) < 0.02
    assert abs(high.width / high.height - 1220 / (2 * pictures.TOP)) < 0.02


def test_every_lesson_has_one_and_it_fits_the_first_screen():
    lessons = sorted(path.stem for path in (ROOT / "notebooks" / "source").glob("*.py"))
    kept = sorted(pictures.FOLDER.glob("*.webp"))
    assert [path.stem for path in kept] == lessons
    for path in kept:
        with Image.open(path) as image:
            assert image.width <= pictures.LARGEST[0] and 150 < image.height <= pictures.LARGEST[1]
        assert path.stat().st_size < 60_000
