"""One protocol of progress: open, step, close."""

import ipywidgets
import pytest

from course_utils.show import figures, pages, progress


@pytest.mark.parametrize("kind", [progress.Quiet, progress.Terminal, progress.Notebook])
def test_all_understand_the_same_calls(kind, capsys):
    watch = kind() if kind is progress.Quiet else kind("Working")
    picture = figures.Picture(b"", "half")
    if kind is not progress.Notebook:  # which needs a page
        watch.open("begin")
    watch.step(0.2, "on")
    watch.step(0.5, "half", picture, keep=True)
    watch.close("end")
    if kind is not progress.Quiet:
        assert watch.line == "end" and watch.picture is picture


def test_a_bar_that_is_there_already_shows_and_hides_itself():
    bar = ipywidgets.FloatProgress(min=0, max=1)
    watch = progress.Bar(bar)
    watch.open("begin")
    watch.step(0.5, "half")
    watch.step(0.501, "no message for so little")
    assert bar.value == 0.5 and bar.layout.visibility == "visible"
    watch.close("end")
    assert bar.layout.visibility == "hidden"


class Live(pages.Shown):
    def text(self):
        return "a < b"


def test_what_shows_itself_has_text_and_html_and_its_widget():
    shown = Live()
    assert repr(shown) == "a < b"
    assert shown._repr_mimebundle_() == {
        "text/plain": "a < b",
        "text/html": "<pre>a &lt; b</pre>",
    }
    shown._box = ipywidgets.HTML("x")
    assert "application/vnd.jupyter.widget-view+json" in shown._repr_mimebundle_()
