"""The folded source panel shows what is really imported."""

import inspect

import pytest

from course_utils.checks.lesson import Lesson
from course_utils.core import errors
from course_utils.show import source


def test_it_shows_the_real_source():
    shown = source.show(source.show)
    assert shown.code.strip() == inspect.getsource(source.show).strip()
    assert shown.place.startswith("course_utils/show/source.py, line ")
    line = int(shown.place.rsplit(" ", 1)[1])
    lines = inspect.getsource(source).splitlines()
    assert lines[line - 1].startswith("def show(")


def test_the_docstring_stands_first():
    text = repr(source.show(source.show))
    assert text.index("The source of a function") < text.index("def show(thing)")


def test_the_panel_is_folded_and_escaped():
    def less(a, b):
        return a < b and b != "<script>"

    shown = source.show(less)._repr_mimebundle_()["text/html"]
    assert shown.startswith("<details") and "<summary>" in shown and " open" not in shown
    assert "<script>" not in shown and "&lt;" in shown


def test_methods_and_classes_and_decorated_exercises():
    assert source.show(Lesson.quiz).code.startswith("def quiz(")  # without the indent of its class
    assert source.show(Lesson).code.startswith("class Lesson")


@pytest.mark.parametrize("thing", [3, "text", None, len])
def test_things_without_source_are_refused_with_a_sentence(thing):
    with pytest.raises(errors.DataError, match="no source to show"):
        source.show(thing)
