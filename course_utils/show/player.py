"""A film where a kernel listens: which frame stands still, and another film in its place."""

from pathlib import Path

import anywidget
import traitlets

from course_utils.core import accept
from course_utils.show import films, pages


class Player(pages.Shown, anywidget.AnyWidget):
    """A `films.Film` that tells the kernel its frame: `.values["frame"]`, from 0.

    `.touched`: True once another frame was chosen. `.set(frame=7)` goes to one from code, as a
    hand would; `.load(film)` shows another film. A page without a kernel shows the film itself.
    """

    _esm = (
        f"const player = {films.SCRIPT}\n{Path(__file__).with_name('player.js').read_text('utf-8')}"
    )
    page = traitlets.Unicode().tag(sync=True)
    told = traitlets.Dict().tag(sync=True)
    frame = traitlets.Int(0).tag(sync=True)

    def __init__(self, film):
        super().__init__()
        self.load(film)
        self.observe(self._turned, names="frame")

    @property
    def values(self):
        """{"frame": the number of the frame on show}."""
        return {"frame": self.frame}

    def set(self, frame):
        """Show a frame from code. Raises DataError for one that the film does not have."""
        self.frame = accept.whole(frame, "frame", 0, len(self.film.told["images"]) - 1)

    def load(self, film):
        """Show another film, from its first frame."""
        self.film = film
        with self.hold_sync():  # one message, so that no page meets the frames of another
            self.told, self.frame, self.page = film.told, 0, film.markup()
        self.touched = False

    def _turned(self, change):
        self.touched = True

    def text(self):
        """What the film shows."""
        return self.film.text()

    def html(self):
        """The film, which plays without a kernel too."""
        return self.film.html()
