import numpy as np
import pytest

from course_utils.core import errors
from course_utils.show import figures, widgets

IMAGE = np.random.default_rng(0).random((40, 60), dtype=np.float32)


def brighter(gain_db, invert=False):
    picture = np.clip(IMAGE + gain_db / 60, 0, 1)
    return figures.plain(1 - picture if invert else picture, f"gain {gain_db}, inverted {invert}")


def test_moving_a_control_redraws_the_picture_and_is_noticed():
    panel = widgets.explore(brighter, gain_db=(-30, 30, 0), invert=False)
    before = panel._view.value
    assert not panel.touched and panel.values == {"gain_db": 0, "invert": False}
    panel.set(gain_db=12)
    assert panel.touched and panel.values["gain_db"] == 12
    assert panel._view.value != before and "gain 12" in panel._view.value


def test_the_page_reads_without_a_kernel():
    bundle = widgets.explore(brighter, gain_db=(-30, 30, 6))._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert 'alt="gain 6' in bundle["text/html"] and "data:image/png" in bundle["text/html"]
    assert "Gain (dB) 6" in bundle["text/plain"]


@pytest.mark.parametrize(
    "form, kind",
    [
        ((0, 9, 1), "IntSlider"),
        ((0.0, 9.0, 1.0, 0.5), "FloatSlider"),
        (["a", "b"], "Dropdown"),
        (True, "Checkbox"),
    ],
)
def test_each_form_of_control(form, kind):
    panel = widgets.explore(lambda thing: figures.plain(IMAGE, str(thing)), thing=form)
    assert type(panel._controls["thing"]).__name__ == kind


def test_tick_boxes_stand_side_by_side_below_the_sliders():
    panel = widgets.explore(
        lambda **ticks: figures.plain(IMAGE, "x"), a=False, size=(0, 9, 1), b=True
    )
    first, ticks, view = panel._box.children
    assert first.description == "Size" and view is panel._view
    assert [tick.description for tick in ticks.children] == ["A", "B"]


@pytest.mark.parametrize("bad", [3, (1, 2), [], "abc", None, (1, 2, 3, 4, 5)])
def test_a_control_of_another_form_is_refused(bad):
    with pytest.raises(errors.DataError, match="thing"):
        widgets.explore(lambda thing: None, thing=bad)


def test_setting_what_is_not_there_names_what_is():
    panel = widgets.explore(brighter, gain_db=(-30, 30, 0))
    with pytest.raises(errors.DataError, match="gain_db"):
        panel.set(gian_db=3)
    with pytest.raises(errors.DataError, match="cannot be"):
        panel.set(gain_db="loud")


def test_a_play_button_moves_the_slider_and_counts_as_a_touch():
    panel = widgets.play(widgets.explore(lambda frame: brighter(frame), frame=(0, 4, 2)), "frame")
    button = panel._box.children[0]
    assert panel.values == {"frame": 2} and button.min == -1
    button.value = 0
    assert panel.values == {"frame": 0} and panel.touched
    with pytest.raises(errors.DataError, match="played"):
        widgets.play(panel, "film")


@pytest.mark.parametrize(
    "name, shown", [("gain_db", "Gain (dB)"), ("clip_limit", "Clip limit"), ("mm", "Mm")]
)
def test_labels_read_like_words(name, shown):
    assert widgets.label(name) == shown


def test_a_button_says_its_word_and_rests_while_it_is_switched_off():
    said = []
    made, row = widgets.buttons(said.append, {"yes": "It is there", "back": "The one before"})
    assert [button.description for button in row.children] == ["Yes", "Back"]
    made["yes"].click()
    made["back"].disabled = True
    made["back"].click()  # one that arrives too late
    assert said == ["yes"] and made["yes"].tooltip == "It is there"


def test_a_status_is_read_out_and_is_text():
    line = widgets.status("1 < 2")
    assert 'role="status"' in line and 'aria-live="polite"' in line and "1 &lt; 2" in line
