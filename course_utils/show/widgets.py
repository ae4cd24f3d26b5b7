"""Sliders and callipers: thin skins over functions that draw one picture from plain arguments.

No Output widget is used: the picture is an HTML widget whose value changes, so the same page works
in every JupyterLab, reads without a kernel, and can be executed by the tests.
"""

import html
import time

import ipywidgets

from course_utils.core import errors
from course_utils.show import figures, pages

UNITS = {"db": "dB", "mm": "mm", "deg": "degrees", "px": "pixels", "percent": "%"}
# Moves are drawn at half the resolution; a picture that takes longer than this even so is redrawn
# when the slider is let go, so that moves never queue up.
LIVE_SECONDS = 0.06


class Panel(pages.Shown):
    """Controls above a picture that follows them.

    `.values`: name -> current value. `.picture`: the `figures.Picture` on show. `.touched`: True
    once a value differed from its start. `.set(name=value)` moves a control from code, as a person
    would with the mouse.
    """

    def __init__(self, draw, controls):
        self._draw, self._controls = draw, controls
        self._start = self.values
        self.touched = False
        began = time.process_time()
        with figures.draft():
            draw(**self.values)
        live = time.process_time() - began < LIVE_SECONDS
        self.picture = draw(**self.values)
        self._view = ipywidgets.HTML(self.picture.html())
        for control in controls.values():
            if hasattr(control, "continuous_update"):
                control.continuous_update = live
            control.observe(self._redraw, names="value")
        ticks = [
            control for control in controls.values() if isinstance(control, ipywidgets.Checkbox)
        ]
        others = [control for control in controls.values() if control not in ticks]
        together = ipywidgets.HBox(ticks, layout=ipywidgets.Layout(flex_flow="row wrap"))
        self._box = ipywidgets.VBox([*others, *([together] if ticks else []), self._view])

    @property
    def values(self):
        """Name -> value of every control, as it stands now."""
        return {name: control.value for name, control in self._controls.items()}

    def set(self, **values):
        """Move controls from code. Raises `DataError` for a control that does not exist or a value it refuses."""
        for name, value in values.items():
            if name not in self._controls:
                raise errors.DataError(
                    f"There is no control '{name}' here; there are {', '.join(self._controls)}."
                )
            try:
                self._controls[name].value = value
            except Exception as problem:  # traitlets raises its own family; all mean: refused
                raise errors.DataError(f"'{name}' cannot be {value!r}: {problem}") from None

    def _redraw(self, change):
        self.touched = self.touched or self.values != self._start
        with figures.draft():
            self.picture = self._draw(**self.values)
        self._view.value = self.picture.html()

    def text(self):
        """The controls as they stand, and what the picture says."""
        return f"[controls: {self._told()}] {self.picture!r}"

    def html(self):
        """The picture as it stands, and the controls in words, for a page without a kernel."""
        return f"{self.picture.html()}<p>Controls: {html.escape(self._told())}</p>"

    def _told(self):
        return ", ".join(f"{one.description} {one.value}" for one in self._controls.values())


def explore(draw, **controls):
    """Put controls above a picture.

    `draw(**values)` returns a `figures.Picture`. Each control is `(low, high, start)` or
    `(low, high, start, step)` for a slider, a list for a menu, or True/False for a tick box.
    Returns a `Panel`. Raises `DataError` for a control of another form.
    """
    return Panel(draw, {name: _control(name, form) for name, form in controls.items()})


def play(panel, name, interval_ms=100, again=False):
    """Put a play button above a panel: it moves the slider `name` from its low end to its high end.

    interval_ms: time for each step. again: begin anew at the end, until it is stopped. Returns the
    panel. Raises `DataError` for a control that is no slider of whole numbers.
    """
    slider = panel._controls.get(name)
    if not isinstance(slider, ipywidgets.IntSlider):
        raise errors.DataError(f"'{name}' is no slider of whole numbers, so it cannot be played.")
    # It starts one below, so that its first tick shows the first step and the start stays until
    # then.
    button = ipywidgets.Play(
        min=slider.min - 1, max=slider.max, value=slider.min - 1, interval=interval_ms, repeat=again
    )
    button.observe(
        lambda change: panel.set(**{name: max(slider.min, change["new"])}), names="value"
    )
    panel._box.children = (button, *panel._box.children)
    return panel


def status(text):
    """The line that says where a panel stands: HTML that a screen reader reads when it changes."""
    return f'<div role="status" aria-live="polite">{html.escape(text)}</div>'


def buttons(press, tips):
    """Buttons side by side: {word: Button} and the row. press: called with the word of a click.

    tips: {word: what its button does}. A second click can arrive before the page has switched a
    button off; it does nothing.
    """
    made = {}

    def clicked(word):
        if not made[word].disabled:
            press(word)

    for word, tip in tips.items():
        made[word] = ipywidgets.Button(description=word.capitalize(), tooltip=tip)
        made[word].on_click(lambda _, word=word: clicked(word))
    row = ipywidgets.HBox(list(made.values()), layout=ipywidgets.Layout(flex_flow="row wrap"))
    return made, row


def label(name):
    """'gain_db' -> 'Gain (dB)': the name of an argument as a person reads it."""
    words = name.split("_")
    unit = f" ({UNITS[words.pop()]})" if words[-1] in UNITS and len(words) > 1 else ""
    return " ".join(words).strip().capitalize() + unit


def _control(name, form):
    look = {
        "description": label(name),
        "style": {"description_width": "9em"},
        "layout": ipywidgets.Layout(width="min(36em, 95%)"),
    }
    if isinstance(form, bool):
        return ipywidgets.Checkbox(
            form,
            description=label(name),
            indent=False,
            layout=ipywidgets.Layout(width="auto", margin="2px 1.5em 2px 2px"),
        )
    if isinstance(form, list) and form:
        return ipywidgets.Dropdown(options=form, value=form[0], **look)
    if isinstance(form, tuple) and len(form) in (3, 4):
        low, high, start, *step = form
        if all(isinstance(number, int) for number in form):
            return ipywidgets.IntSlider(start, low, high, *step, **look)
        return ipywidgets.FloatSlider(
            value=start, min=low, max=high, step=(step or [0.1])[0], **look
        )
    raise errors.DataError(
        f"Control '{name}': give (low, high, start), a list of choices, or True/False; got {form!r}."
    )
