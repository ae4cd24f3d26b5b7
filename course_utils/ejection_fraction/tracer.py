"""Trace the left ventricle by hand: drag the automatic contours, and the reading follows.

`Tracer` is the tool; `sliders` the plain version for pages where anywidget does not run.
"""

import base64
import html
import warnings
from pathlib import Path

import anywidget
import cv2
import numpy as np
import traitlets

from course_utils.core import errors
from course_utils.ejection_fraction import contours
from course_utils.show import figures, tiles, widgets

MOST = 4  # frames side by side: end-diastole and end-systole of two views
SHOWN = 300  # screen pixels for a frame
FINER = 4  # of the grid that a slider's change is measured on
REACH = 10  # mm or pixels that a slider moves a landmark
AUTOMATIC, YOURS = (86, 180, 233), (230, 159, 0)  # figures.BLUE and figures.ORANGE


class Tracer(anywidget.AnyWidget):
    """Up to four frames with their contours, and underneath what `measure` says of the cavities.

    images: (H, W) float 0..1, one per frame. masks: for each frame the automatic mask (H, W), or a
    `contours.Contour`. measure(masks) takes one uint8 mask per frame and returns a sentence; a
    `CourseError` or a warning that it raises is shown as its sentence. alt: what the frames show.
    titles: one per frame, all different.

    A landmark or wall point moves by mouse, finger, or the arrow keys (0.5 px; with Shift 3 px)
    once the Tab key has reached it; Backspace or r returns a frame to its automatic contour.
    Raises DataError for frames, masks or titles that do not belong together.
    """

    _esm = Path(__file__).with_name("tracer.js")
    sources = traitlets.List().tag(sync=True)
    sizes = traitlets.List().tag(sync=True)
    titles = traitlets.List().tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)
    traced = traitlets.List().tag(sync=True)  # 16 numbers per frame, see contours.Contour
    automatic = traitlets.List().tag(sync=True)
    reading = traitlets.Unicode().tag(sync=True)
    first = traitlets.Unicode().tag(sync=True)  # the reading of the automatic contours

    def __init__(self, images, masks, measure, alt, titles=None):
        images, masks = list(images), list(masks)
        titles = [f"Frame {n + 1}" for n in range(len(images))] if titles is None else list(titles)
        _belong(images, masks, titles)
        pictures = [figures.plain(image, alt) for image in images]
        shapes = [np.asarray(image).shape[:2] for image in images]
        # An untouched frame keeps the mask that it came with, so its reading is the automatic one.
        self._masks = [_start(mask, shape) for mask, shape in zip(masks, shapes, strict=False)]
        self._images, self._measure, self.touched = images, measure, False
        start = [_contour(mask, title).numbers for mask, title in zip(masks, titles, strict=False)]
        self._known = list(zip(start, self._masks, strict=False))
        sources = [base64.b64encode(picture.png).decode("ascii") for picture in pictures]
        super().__init__(
            sources=[f"data:image/png;base64,{source}" for source in sources],
            sizes=[[columns, rows] for rows, columns in shapes],
            alt=pictures[0].alt,
            titles=[str(title) for title in titles],
            traced=start,
            automatic=start,
        )
        self.reading = self.first = self._read()
        self.observe(self._moved, names="traced")

    @property
    def masks(self):
        """The cavities as they stand: one uint8 (H, W) per frame. An untouched frame gives its
        automatic mask. Raises DataError where the walls of a contour cross.
        """
        for frame, numbers in enumerate(self.traced):
            if numbers == self.automatic[frame]:
                self._known[frame] = (numbers, self._masks[frame])
            elif numbers != self._known[frame][0]:
                columns, rows = self.sizes[frame]
                try:
                    made = contours.Contour.of(numbers).mask((rows, columns))
                except errors.DataError as refusal:
                    raise errors.DataError(f"{self.titles[frame]}: {refusal}") from None
                self._known[frame] = (numbers, made)
        return [mask.copy() for _, mask in self._known]

    @property
    def changed(self):
        """The titles of the frames whose contour now differs from the automatic one."""
        return [
            title
            for title, now, start in zip(self.titles, self.traced, self.automatic, strict=False)
            if now != start
        ]

    def contour(self, frame):
        """The `contours.Contour` of a frame (its number from 0, or its title) as it stands."""
        return contours.Contour.of(self.traced[self._frame(frame)])

    def set(self, frame, handle, x, y):
        """Move a handle from code, as a hand would: frame by number from 0 or title, handle a name
        of contours.HANDLES, (x, y) a screen point in pixels. Raises DataError for a frame or handle
        that does not exist, or a place outside the picture.
        """
        frame = self._frame(frame)
        moved = contours.Contour.of(self.traced[frame]).moved(handle, x, y)
        columns, rows = self.sizes[frame]
        if not (-0.5 <= x <= columns - 0.5 and -0.5 <= y <= rows - 0.5):
            raise errors.DataError(
                f"({x:g}, {y:g}) is outside the picture of {columns} x {rows} "
                "pixels (across x down)."
            )
        self._put(frame, moved.numbers)

    def reset(self, frame=None):
        """Back to the automatic contour, of one frame or of all."""
        for number in range(len(self.titles)) if frame is None else [self._frame(frame)]:
            self._put(number, self.automatic[number])

    def _put(self, frame, numbers):
        self.traced = [*self.traced[:frame], list(numbers), *self.traced[frame + 1 :]]

    def _frame(self, frame):
        if frame in self.titles:
            return self.titles.index(frame)
        if (
            isinstance(frame, (int, np.integer))
            and not isinstance(frame, bool)
            and 0 <= frame < len(self.titles)
        ):
            return int(frame)
        raise errors.DataError(
            f"There is no frame {frame!r}; there are 0 to "
            f"{len(self.titles) - 1}: {', '.join(self.titles)}."
        )

    def _moved(self, change):
        self.touched = True
        self.reading = self._read()

    def _read(self):
        return _reading(lambda: self._measure(self.masks))

    def _repr_mimebundle_(self, **kwargs):
        shown = super()._repr_mimebundle_(**kwargs)
        data, metadata = shown if isinstance(shown, tuple) else (shown, {})
        try:
            masks = dict(zip(self.titles, self.masks, strict=False))
        except errors.DataError:  # crossed walls enclose nothing; the reading says so
            masks = None
        points = {title: list(self.contour(title).handles.values()) for title in self.titles}
        still = tiles.grid(
            dict(zip(self.titles, self._images, strict=False)),
            f"{self.alt} {self.reading}",
            masks,
            points=points,
        )
        return {
            **data,
            "text/html": f"{still.html()}<p>{html.escape(self.reading)}</p>",
            "text/plain": f"[tracer] {self.reading} {self.alt}",
        }, metadata


class _Read(figures.Picture):
    """A picture with a reading underneath that is text, not pixels."""

    def __init__(self, picture, caption, reading):
        super().__init__(picture.png, f"{picture.alt} {reading}")
        self.caption, self.reading = caption, reading

    def html(self):
        """The picture, its caption and its reading as HTML."""
        return (
            f"{super().html()}<p>{html.escape(self.caption)}<br>"
            f"<strong>{html.escape(self.reading)}</strong></p>"
        )


def sliders(image_ed, mask_ed, image_es, mask_es, measure, spacing=None):
    """Two frames of one view whose cavities are stretched by sliders: a `widgets.Panel`.

    image_ed, image_es: (H, W) float 0..1; mask_ed, mask_es: (H, W), the automatic cavities.
    measure([mask_ed, mask_es]) -> a sentence; it gets masks of FINER times the rows and columns, so
    that an ejection fraction follows the slider smoothly. spacing: (row_mm, col_mm); without it the
    sliders are in pixels. Sliders, for diastole and systole: apex and annulus outwards along the
    long axis, and the width in percent. `.picture.reading` is the sentence on show.
    Raises DataError for images and masks that do not belong together.
    """
    frames = {"diastole": (image_ed, mask_ed), "systole": (image_es, mask_es)}
    _belong([image_ed, image_es], [mask_ed, mask_es], list(frames))
    start = {name: _contour(mask, name) for name, (_, mask) in frames.items()}
    unit = "px" if spacing is None else "mm"
    scale = (1, 1) if spacing is None else spacing

    def _draw(**values):
        def _masks(finer):
            return [
                contours.deform(
                    mask,
                    values[f"{name}_apex_{unit}"],
                    values[f"{name}_annulus_{unit}"],
                    values[f"{name}_width_percent"],
                    scale,
                    start[name],
                    finer,
                )
                for name, (_, mask) in frames.items()
            ]

        masks, reading = _masks(1), _reading(lambda: measure(_masks(FINER)))
        return _Read(
            _pair([image_ed, image_es], [mask_ed, mask_es], masks),
            "Left: end-diastole, right: end-systole. Blue: automatic. Orange: yours.",
            reading,
        )

    controls = {}
    for name in frames:
        controls[f"{name}_apex_{unit}"] = (-float(REACH), float(REACH), 0.0, 0.5)
        controls[f"{name}_annulus_{unit}"] = (-float(REACH), float(REACH), 0.0, 0.5)
        controls[f"{name}_width_percent"] = (80, 120, 100)
    panel = widgets.explore(_draw, **controls)
    for control in panel._controls.values():
        control.style.description_width = "13em"  # "Diastole annulus (mm)" is long
    return panel


def _pair(images, automatic, masks):
    """The frames beside each other, enlarged, with the automatic and the present outline."""
    drawn = []
    for image, before, now in zip(images, automatic, masks, strict=False):
        factor = SHOWN / max(np.shape(image))
        size = (round(np.shape(image)[1] * factor), round(np.shape(image)[0] * factor))
        grey = cv2.resize(
            np.clip(np.asarray(image, np.float32), 0, 1), size, interpolation=cv2.INTER_LINEAR
        )
        frame = cv2.cvtColor(np.rint(255 * grey).astype(np.uint8), cv2.COLOR_GRAY2RGB)
        for mask, colour in ((before, AUTOMATIC), (now, YOURS)):
            soft = cv2.GaussianBlur((np.asarray(mask) == 1).astype(np.float32), (0, 0), 0.7)
            soft = cv2.resize(soft, size)
            lines, _ = cv2.findContours(
                (soft >= 0.5).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
            )
            cv2.drawContours(frame, lines, -1, colour, 2, cv2.LINE_AA)
        drawn.append(
            cv2.copyMakeBorder(frame, 0, 0, 0, 8, cv2.BORDER_CONSTANT, value=(255, 255, 255))
        )
    tall = max(frame.shape[0] for frame in drawn)
    drawn = [
        cv2.copyMakeBorder(
            frame, 0, tall - frame.shape[0], 0, 0, cv2.BORDER_CONSTANT, value=(255, 255, 255)
        )
        for frame in drawn
    ]
    return figures.plain(
        np.hstack(drawn),
        "End-diastole beside end-systole with the automatic and the present outline of the cavity.",
    )


def _belong(images, masks, titles):
    if not 1 <= len(images) <= MOST:
        raise errors.DataError(f"The tracer shows 1 to {MOST} frames, not {len(images)}.")
    if not len(images) == len(masks) == len(titles):
        raise errors.DataError(
            f"There are {len(images)} images, {len(masks)} masks and "
            f"{len(titles)} titles; each frame needs one of each."
        )
    if len(set(map(str, titles))) < len(titles):
        raise errors.DataError(
            "Two frames have the same title. Give each its own, such as 'A4C end-diastole'."
        )
    for image, mask, title in zip(images, masks, titles, strict=False):
        if np.ndim(image) != 2:
            raise errors.DataError(
                f"{title}: a frame is (rows, columns) of grey values, not an "
                f"array of the shape {np.shape(image)}."
            )
        if not isinstance(mask, contours.Contour) and np.shape(mask) != np.shape(image):
            raise errors.DataError(
                f"{title}: the mask is {np.shape(mask)} but the image "
                f"{np.shape(image)}. They must be on one grid."
            )


def _reading(measure):
    """What `measure` says, or why it refuses; what it warns of follows, as nobody sees a warning
    that is issued while a point is dragged.
    """
    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always", errors.CourseWarning)
        try:
            said = str(measure())
        except errors.CourseError as refusal:
            said = f"No measurement: {refusal}"
    notes = [one for one in raised if issubclass(one.category, errors.CourseWarning)]
    for other in (one for one in raised if one not in notes):
        warnings.warn_explicit(other.message, other.category, other.filename, other.lineno)
    return " Please note: ".join([said, *dict.fromkeys(str(note.message) for note in notes)])


def _contour(mask, title):
    if isinstance(mask, contours.Contour):
        return mask
    try:
        return contours.from_mask(mask)
    except errors.DataError as refusal:
        raise errors.DataError(f"{title}: {refusal}") from None


def _start(mask, shape):
    if isinstance(mask, contours.Contour):
        return mask.mask(shape)
    return (np.asarray(mask) == 1).astype(np.uint8)
