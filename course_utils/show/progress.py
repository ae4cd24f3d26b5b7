"""The panel that shows a training as it goes on: one bar, one line of numbers, one picture.

In a notebook it is made of widgets that change in place, without an Output widget. When the
training ends, they give way to plain HTML, so the page still shows the last state when it is
opened without a kernel. In a terminal it is a line of text for each epoch and a tqdm bar.
"""

import html
import sys
import time

import ipywidgets
import tqdm

from course_utils.show import pages

REFRESH_SECONDS = 0.25  # no faster than this: each change is a message to the browser


def panel(title):
    """The panel for the place where this code runs: a notebook or a terminal."""
    return Notebook(title) if in_notebook() else Terminal(title)


def in_notebook():
    """True where widgets can be shown: in a kernel of Jupyter, not in a terminal."""
    if "IPython" not in sys.modules:
        return False
    import IPython

    shell = IPython.get_ipython()
    return shell is not None and hasattr(shell, "kernel")


def remaining(seconds):
    """A time left in words: 'about 40 s left'."""
    if seconds is None:
        return ""
    if seconds >= 90:
        return f"about {seconds / 60:.0f} min left"
    return f"about {max(0, seconds):.0f} s left"


class Quiet:
    """Progress that nobody watches, and the protocol of those who do."""

    def open(self, text):
        """Begin."""

    def step(self, share, text, picture=None, keep=False):
        """Go on: `share` 0 to 1, a line of text, perhaps a picture; `keep` a line worth keeping."""

    def close(self, text):
        """End, with a last line."""


class Bar(Quiet):
    """Progress in a bar that is already on the page: an `ipywidgets.FloatProgress`."""

    def __init__(self, bar):
        self._bar = bar

    def open(self, text):
        """Show the bar."""
        self._bar.layout.visibility = "visible"
        self._bar.value = 0

    def step(self, share, text, picture=None, keep=False):
        """Move the bar; each change is a message to the browser."""
        if share - self._bar.value >= 0.01:
            self._bar.value = share

    def close(self, text):
        """Hide the bar."""
        self._bar.layout.visibility = "hidden"


class Notebook(pages.Shown, Quiet):
    """A bar, a line and a picture as widgets. `.line` and `.picture` are what they show."""

    def __init__(self, title):
        self.title, self.line, self.picture = title, "", None
        self._bar = ipywidgets.FloatProgress(
            min=0,
            max=1,
            description=title,
            style={"description_width": "initial"},
            layout=ipywidgets.Layout(width="min(42em, 95%)"),
        )
        self._words, self._view = ipywidgets.HTML(), ipywidgets.HTML()
        self._box = ipywidgets.VBox([self._bar, self._words, self._view])
        self._handle, self._due = None, 0.0

    def open(self, text):
        """Show the panel in the page."""
        from IPython.display import display

        self._say(text)
        self._handle = display(self, display_id=True)

    def step(self, share, text, picture=None, keep=False):
        """Move the bar to `share` (0 to 1) and change the line, at most a few times a second; with
        a picture, or a line to keep, at once."""
        if keep or picture is not None or time.monotonic() >= self._due:
            self._bar.value = share
            self._say(text)
            self._due = time.monotonic() + REFRESH_SECONDS
        if picture is not None:
            self.picture = picture
            self._view.value = picture.html()

    def close(self, text):
        """The end of the training: plain HTML takes the place of the widgets."""
        self._say(text)
        box, self._box = self._box, None
        if self._handle is not None:
            self._handle.update(self)
        for widget in (box, *box.children):
            widget.close()

    def _say(self, text):
        self.line = text
        self._words.value = html.escape(text)

    def text(self):
        """The title, the line and what the picture says."""
        return f"[{self.title}] {self.line}" + (f" {self.picture!r}" if self.picture else "")

    def html(self):
        """The last state, for a page without a kernel."""
        shown = self.picture.html() if self.picture else ""
        return f"<p><b>{html.escape(self.title)}</b><br>{html.escape(self.line)}</p>{shown}"


class Terminal(Quiet):
    """The same for a terminal: a tqdm bar, and one printed line for each epoch."""

    def __init__(self, title):
        self.title, self.line, self.picture = title, "", None
        self._bar = None

    def open(self, text):
        """Begin the bar."""
        self._bar = tqdm.tqdm(
            total=100,
            desc=self.title,
            leave=False,
            disable=None,
            mininterval=REFRESH_SECONDS,
            bar_format="{desc} {percentage:3.0f} % |{bar:20}| {postfix}",
        )
        self.step(0, text)

    def step(self, share, text, picture=None, keep=False):
        """Move the bar to `share` (0 to 1) and change its text; a line to keep is printed above it.
        The picture is kept, not shown."""
        self.picture = picture or self.picture
        self.line = text
        if not self._bar.disable:  # it is where the output goes to a file
            self._bar.set_postfix_str(text, refresh=False)
            self._bar.update(100 * share - self._bar.n)
        if keep:
            self._bar.write(text)

    def close(self, text):
        """End the bar with a last line."""
        self.line = text
        self._bar.close()
        print(text)
