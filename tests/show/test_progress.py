"""One protocol of progress: open, step, close."""

import re

import ipywidgets
import numpy as np
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


def test_the_panel_is_widgets_while_it_runs_and_plain_html_after():
    panel = progress.Notebook("Training")
    panel.step(
        0.5,
        "epoch 1 of 2",
        figures.Picture(figures.png(np.zeros((4, 4), np.uint8)), "a frame"),
        True,
    )
    during = panel._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in during and panel._bar.value == 0.5
    assert "a frame" in panel._view.value
    panel.close("All 2 epochs are done.")
    after = panel._repr_mimebundle_()
    assert set(after) == {"text/html", "text/plain"}
    assert "All 2 epochs" in after["text/html"] and 'alt="a frame"' in after["text/html"]


@pytest.mark.parametrize(
    "seconds, words",
    [(None, ""), (0.4, "about 0 s"), (41, "about 41 s"), (-2, "about 0 s"), (300, "about 5 min")],
)
def test_time_left_reads_like_words(seconds, words):
    assert progress.remaining(seconds) == (f"{words} left" if words else "")


def test_a_terminal_gets_one_line_an_epoch(capsys):
    panel = progress.panel("Training")
    panel.open("building")
    panel.step(0.3, "half way")
    panel.step(0.5, "epoch 1 of 2", keep=True)
    panel.close("done")
    assert re.fullmatch(r"epoch 1 of 2\ndone\n", capsys.readouterr().out)
