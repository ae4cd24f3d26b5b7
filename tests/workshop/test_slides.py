"""Slides: made from the form of a lesson, without a network, and never from another version's outputs."""

import re

import pytest

from course_utils.core import errors
from tests.helpers import executed
from workshop import lessons, slides

LESSON = "02_enhance"


@pytest.fixture(scope="module")
def deck(tmp_path_factory):
    folder = tmp_path_factory.mktemp("executed")
    executed.write(LESSON, folder)
    return slides.deck(lessons.read(LESSON), folder)


def parts(deck):
    return re.findall(r"<section>(.*?)</section>", deck, re.S)


def test_every_prediction_and_question_is_a_slide_and_no_answer_stands_beside_it(deck):
    lesson = lessons.read(LESSON)
    asked = [q for section in lesson.sections for q, _ in section.predictions]
    shown = [one for one in parts(deck) if 'class="ask"' in one]
    assert len(shown) == len(asked) == deck.count('class="ask"')
    assert all('class="read' not in one for one in shown)
    assert len([one for one in parts(deck) if "<h2>Quiz</h2>" in one]) == 3


def test_a_reading_waits_for_a_key_and_pictures_are_few(deck):
    pictures = [one for one in parts(deck) if 'class="pair"' in one]
    assert sum('class="read later"' in one for one in pictures) > 5
    assert deck.count('class="read') == deck.count('class="read later"')
    titles = [re.search("<h2>(.*?)</h2>", one)[1] for one in pictures]
    assert max(titles.count(title) for title in titles) == slides.MOST_PICTURES


def test_nothing_is_fetched(deck):
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', deck)[1]
    assert "default-src 'none'" in policy and "http" not in policy
    assert not re.search(r"""\b(src|href)=["'](?!data:|https://doi\.org|https://)""", deck)
    assert not re.search(r"""<(script|link|img|iframe)\b[^>]*\b(src|href)=["']https?:""", deck)


def test_outputs_of_another_version_are_refused(tmp_path):
    lesson = lessons.read(LESSON)
    with pytest.raises(errors.FileError, match="course_utils run 02"):
        slides.deck(lesson, tmp_path)
    path = executed.write("01_load", tmp_path)
    path.rename(tmp_path / f"{LESSON}.ipynb")
    with pytest.raises(errors.DataError, match="another version"):
        slides.deck(lesson, tmp_path)
    (tmp_path / f"{LESSON}.ipynb").write_text("", encoding="utf-8")
    with pytest.raises(errors.FileError, match="no executed copy"):
        slides.deck(lesson, tmp_path)


def test_links_into_the_course_become_words():
    made = slides.rendered(
        "See [lesson 03](03_augment.ipynb) and [a paper](https://doi.org/10.1/x)."
    )
    assert "03_augment" not in made and "lesson 03" in made and "https://doi.org/10.1/x" in made
