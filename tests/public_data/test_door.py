"""The door to public data: what every table carries, and what is told on screen."""

import html

import pandas
import pytest

from course_utils import public_data
from course_utils.cases import split
from tests.helpers import public_sets as images
from tests.public_data import test_camus_files as camus
from tests.public_data import test_echonet_files as echo

READERS = {
    "echonet": echo.echonet,
    "camus": camus.camus,
    "busi": images.busi,
    "hc18": images.hc18,
    "dl_track": images.dl_track,
}
NEEDED = ("patient_id", "row_mm", "col_mm")


@pytest.fixture(scope="module", params=list(READERS))
def table(request, tmp_path_factory):
    """One table of each reader."""
    place = tmp_path_factory.mktemp(request.param)
    READERS[request.param](place)
    return images.quietly(getattr(public_data, request.param), place)


def test_every_table_says_whose_it_is(table):
    attrs = table.attrs
    assert attrs["folder"] and attrs["name"] and attrs["licence"]
    assert "https://doi.org/10." in attrs["citation"] and len(attrs["traps"]) >= 4
    assert isinstance(attrs["left_out"], dict) and attrs["synthetic"] is False
    assert all(column in table for column in NEEDED)
    assert table["patient_id"].map(type).eq(str).all()


def test_told_is_text_and_html(table):
    told = public_data.told(table)
    page = told.html()
    for words in (
        table.attrs["licence"],
        table.attrs["citation"],
        *table.attrs["traps"],
        f"{len(table)} ",
        "Not for diagnosis",
    ):
        assert words in str(told) and html.escape(words) in page
    assert page.startswith("<section>") and "<img" not in page


def test_tables_survive_what_pandas_does_with_attrs(table):
    assert len(pandas.concat([table, table.copy()])) == 2 * len(table)
    assert table.head(1).attrs["licence"] == table.attrs["licence"]


def test_image_tables_can_be_split_by_patient(tmp_path):
    table = public_data.dl_track(images.dl_track(tmp_path))
    split.assert_no_leak(*split.by_patient(table, (0.4, 0.3, 0.3)))


def test_many_files_are_counted_and_names_are_escaped(tmp_path):
    place = images.busi(tmp_path)
    for number in range(12):
        (place / "benign" / f"<b>{number}.txt").write_text("x")
    table = images.quietly(public_data.busi, tmp_path)
    told = public_data.told(table, most=3)
    assert "Left out (12)" in str(told) and "and 9 more" in str(told)
    assert "<b>0" not in told.html() and "&lt;b&gt;0" in told.html()
    assert len(public_data.left_out(table)) == 12
