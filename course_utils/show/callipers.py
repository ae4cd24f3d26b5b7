"""Electronic callipers for a notebook: two crosses on an image, moved by mouse, finger or arrow keys."""

import base64
from pathlib import Path

import anywidget
import traitlets

from course_utils.core import errors
from course_utils.show import figures, pages, tiles


class Callipers(pages.Shown, anywidget.AnyWidget):
    """Two crosses on an image, and underneath what `measure` says of them.

    `image`: (H, W) float 0..1. `measure(p, q)` takes two screen points (x, y) in pixels and returns
    a sentence or a number of millimetres (of a DICOM file: `distance_mm` of what `load.dicom.read`
    gives); a `CourseError` that it raises is shown as its sentence.
    `start`: the two points at first. `.points` are the present ones, `.reading` the sentence on
    show, `.touched` True once a cross was moved. `.set(p, q)` moves them from code.
    """

    _esm = Path(__file__).with_name("callipers.js")
    source = traitlets.Unicode().tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)
    size = traitlets.List().tag(sync=True)
    points = traitlets.List().tag(sync=True)
    reading = traitlets.Unicode().tag(sync=True)

    def __init__(self, image, measure, start, alt):
        picture = figures.plain(image, alt)
        height, width = image.shape[:2]
        super().__init__(
            source="data:image/png;base64," + base64.b64encode(picture.png).decode("ascii"),
            alt=picture.alt,
            size=[width, height],
            points=[list(map(float, p)) for p in start],
        )
        self._measure, self._image, self.touched = measure, image, False
        self.observe(self._moved, names="points")
        self.reading = self._read()

    @property
    def values(self):
        """The two screen points, `p` and `q`."""
        return {"p": tuple(self.points[0]), "q": tuple(self.points[1])}

    def set(self, p, q):
        """Move both crosses from code. Each is a screen point (x right, y down) in pixels."""
        self.points = [list(map(float, p)), list(map(float, q))]

    def _moved(self, change):
        self.touched = True
        self.reading = self._read()

    def _read(self):
        try:
            answer = self._measure(*self.values.values())
        except errors.CourseError as refusal:
            return f"No measurement: {refusal}"
        return answer if isinstance(answer, str) else f"{answer:.1f} mm"

    def text(self):
        """The reading and what the image shows."""
        return f"[callipers] {self.reading} {self.alt}"

    def html(self):
        """The crosses where they stand, with the reading below."""
        still = tiles.image(self._image, f"{self.alt} {self.reading}", points=self.points)
        return f"{still.html()}<p>{self.reading}</p>"
