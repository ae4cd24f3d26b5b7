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


class Notebook:
    """A bar, a line and a picture as widgets. `.text` and `.picture` are what they show."""

    def __init__(self, title):
        self.title, self.text, self.picture = title, "", None
        self._bar = ipywidgets.FloatProgress(
            min=0,
            max=1,
            description=title,
            style={"description_width": "initial"},
            layout=ipywidgets.Layout(width="min(42em, 95%)"),
        )
        self._line, self._view = ipywidgets.HTML(), ipywidgets.HTML()
        self._box = ipywidgets.VBox([self._bar, self._line, self._view])
        self._handle, self._due, self._done = None, 0.0, False

    def open(self, text):
        """Show the panel in the page."""
        from IPython.display import display

        self._say(text)
        self._handle = display(self, display_id=True)

    def step(self, share, text):
        """Move the bar to `share` (0 to 1) and change the line, at most a few times a second."""
        if time.monotonic() >= self._due:
            self._bar.value = share
            self._say(text)
            self._due = time.monotonic() + REFRESH_SECONDS

    def epoch(self, share, text, picture):
        """The end of an epoch: the bar, the line, and the picture if there is one."""
        self._due = 0.0
        self.step(share, text)
        if picture is not None:
            self.picture = picture
            self._view.value = picture.html()

    def close(self, text):
        """The end of the training: plain HTML takes the place of the widgets."""
        self._say(text)
        self._done = True
        if self._handle is not None:
            self._handle.update(self)
        for widget in (self._box, *self._box.children):
            widget.close()

    def _say(self, text):
        self.text = text
        self._line.value = html.escape(text)

    def _repr_mimebundle_(self, include=None, exclude=None):
        picture = self.picture.html() if self.picture else ""
        told = f" {self.picture!r}" if self.picture else ""
        bundle = {} if self._done else dict(self._box._repr_mimebundle_())
        bundle["text/html"] = (
            f"<p><b>{html.escape(self.title)}</b><br>{html.escape(self.text)}</p>{picture}"
        )
        bundle["text/plain"] = f"[{self.title}] {self.text}{told}"
        return bundle


class Terminal:
    """The same for a terminal: a tqdm bar, and one printed line for each epoch."""

    def __init__(self, title):
        self.title, self.text, self.picture = title, "", None
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

    def step(self, share, text):
        """Move the bar to `share` (0 to 1) and change its text."""
        self.text = text
        if not self._bar.disable:  # it is where the output goes to a file
            self._bar.set_postfix_str(text, refresh=False)
            self._bar.update(100 * share - self._bar.n)

    def epoch(self, share, text, picture):
        """Print the line of an epoch above the bar. The picture is kept, not shown."""
        self.picture = picture or self.picture
        self.step(share, text)
        self._bar.write(text)

    def close(self, text):
        """End the bar with a last line."""
        self.text = text
        self._bar.close()
        print(text)
