"""A page to hand on: what was typed is read and never obeyed, and a file of somebody else stays."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from course_utils.core import errors
from course_utils.show import figures, pages

MARK = "made by the tests"


class Word(pages.Shown):
    def text(self):
        return "a < b"


def test_what_shows_itself_has_the_same_words_everywhere():
    shown = Word()._repr_mimebundle_()
    assert shown == {"text/html": "<pre>a &lt; b</pre>", "text/plain": "a < b"}
    assert repr(Word()) == "a < b"
    with pytest.raises(NotImplementedError):
        repr(pages.Shown())


@given(st.text(max_size=40))
def test_typed_text_becomes_one_paragraph_of_text_and_nothing_else(text):
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(pages.plain(text))
    assert {token.type for token in tokens} <= {"paragraph_open", "inline", "paragraph_close"}
    inside = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inside} <= {"text", "text_special"}
    read = "".join(child.content for child in inside)
    assert read == " ".join("".join(c if c.isprintable() else " " for c in text).split())


def test_a_table_stays_a_table_whatever_its_cells_hold():
    cells = ["a | b", "<b>x</b>", "`c` | `d`"]
    page = pages.to_html(pages.table(["one"] * 3, [[pages.plain(cell) for cell in cells]]), "t")
    assert page.count("<td>") == 3 and '<th scope="col">' in page and "<b>" not in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page


def test_a_page_fetches_nothing_and_its_title_is_text():
    page = pages.to_html('<img src="http://e.org/a.png">', "a < b")
    assert "<title>a &lt; b</title>" in page and 'lang="en"' in page
    assert "default-src 'none'" in page and "<img" not in page


def test_a_picture_travels_inside_the_page_with_its_words():
    drawn = figures.Picture(b"\x89PNG", "a [disc] on black")
    page = pages.to_html(pages.picture(drawn), "t")
    assert 'alt="a [disc] on black"' in page and 'src="data:image/png;base64,iVBORw==' in page


def test_an_older_page_is_replaced_and_a_file_of_somebody_else_stays(tmp_path):
    place = tmp_path / "card.html"
    assert pages.write(place, f"one {MARK}", MARK) == place
    pages.write(place, f"two {MARK}", MARK)
    assert place.read_text("utf-8") == f"two {MARK}"
    place.write_text("mine")
    with pytest.raises(errors.FileError, match="'card.html' exists and is no page of this kind"):
        pages.write(place, f"three {MARK}", MARK)
    assert place.read_text() == "mine" and [p.name for p in tmp_path.iterdir()] == ["card.html"]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.html", "no mark", "does not say what it is"),
        ("", MARK, "file name was expected"),
        (b"a.html", MARK, "file name was expected"),
        ("missing/a.html", MARK, "missing"),
        (".", MARK, "no page of this kind"),
    ],
)
def test_what_cannot_be_written_is_said(tmp_path, monkeypatch, name, text, words):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(errors.CourseError, match=re.escape(words)):
        pages.write(name, text, MARK)
    assert not list(tmp_path.iterdir())
