"""The tracer: drag the outline of a beating heart, and the reading beside it follows."""

import html
import warnings
from collections import namedtuple
from pathlib import Path

import anywidget
import numpy as np
import traitlets

from course_utils.core import errors
from course_utils.ejection_fraction import contours
from course_utils.show import figures, films, pages, tiles

MOST = 4  # frames with handles: end-diastole and end-systole of two views
SLOWER = 2  # half speed reads better than life
EVERY = 4  # frames between two contours that are fitted; those between are interpolated

Reading = namedtuple("Reading", "big small remark kind value", defaults=("", "", "", None))
Reading.__doc__ = (
    """What a card says: number, interval, remark, kind of data; value is the number itself."""
)


class Tracer(pages.Shown, anywidget.AnyWidget):
    """Up to four frames whose contours are dragged, and a card with what `measure` says of them.

    images: (H, W) float 0..1, one per frame. masks: for each frame the automatic mask (H, W), or a
    `contours.Contour`. measure(masks) takes one uint8 mask per frame and returns a sentence or a
    `Reading`; a `CourseError` or a warning that it raises is shown as its sentence. alt: what the
    frames show. titles: one per frame, all different. views, places: the clips that the frames come
    from (`view`), and (view, frame) of each; then the heart beats, and its outline follows.

    A landmark or wall point moves by mouse, finger, or the arrow keys (0.5 px; with Shift 3 px)
    once the Tab key has reached it; Backspace or r returns a frame to its automatic contour.
    Raises DataError for frames, masks or titles that do not belong together.
    """

    _esm = (
        f"const player = {films.SCRIPT}\n{Path(__file__).with_name('tracer.js').read_text('utf-8')}"
    )
    views = traitlets.List().tag(sync=True)
    stills = traitlets.List().tag(sync=True)
    traced = traitlets.List().tag(sync=True)  # 16 numbers per still, see contours.Contour
    automatic = traitlets.List().tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)
    moving = traitlets.Bool(False).tag(sync=True)
    card = traitlets.Dict().tag(sync=True)
    first = traitlets.Unicode().tag(sync=True)  # the reading of the automatic contours

    def __init__(
        self, images, masks, measure, alt, titles=None, views=None, places=None, moving=False
    ):
        images, masks = list(images), list(masks)
        titles = [f"Frame {n + 1}" for n in range(len(images))] if titles is None else list(titles)
        titles = [str(title) for title in titles]
        _belong(images, masks, titles)
        if views is None:
            views = [
                view(np.asarray(image)[None], title)
                for image, title in zip(images, titles, strict=False)
            ]
            places = [(number, 0) for number in range(len(images))]
        shapes = [np.asarray(image).shape[:2] for image in images]
        # An untouched frame keeps the mask that it came with, so its reading is the automatic one.
        self._masks = [_start(mask, shape) for mask, shape in zip(masks, shapes, strict=False)]
        self._images, self._measure, self._shapes = images, measure, shapes
        start = [_contour(mask, title).numbers for mask, title in zip(masks, titles, strict=False)]
        self._known = list(zip(start, self._masks, strict=False))
        self.titles = titles
        if not alt.strip():
            raise errors.DataError("A tracer needs `alt`: one sentence that says what it shows.")
        super().__init__(
            views=views,
            alt=alt,
            moving=moving,
            traced=start,
            automatic=start,
            stills=[
                {"title": title, "view": number, "frame": frame}
                for title, (number, frame) in zip(titles, places, strict=True)
            ],
        )
        self.touched = False
        self._read()
        self.first = self.card["big"]
        self.observe(self._moved, names="traced")

    @property
    def reading(self):
        """What the card says, as one line of text."""
        return _words(self.card)

    @property
    def masks(self):
        """The cavities as they stand: one uint8 (H, W) per frame. An untouched frame gives its
        automatic mask. Raises DataError where the walls of a contour cross.
        """
        for frame, numbers in enumerate(self.traced):
            if numbers == self.automatic[frame]:
                self._known[frame] = (numbers, self._masks[frame])
            elif numbers != self._known[frame][0]:
                try:
                    made = contours.Contour.of(numbers).mask(self._shapes[frame])
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

    @property
    def values(self):
        """Title -> the 16 numbers of its contour."""
        return dict(zip(self.titles, self.traced, strict=False))

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
        rows, columns = self._shapes[frame]
        if not (-0.5 <= x <= columns - 0.5 and -0.5 <= y <= rows - 0.5):
            raise errors.DataError(
                f"({x:g}, {y:g}) is outside the picture of {columns} x {rows} "
                "pixels (across x down)."
            )
        self._put(frame, moved.numbers)

    def put(self, frame, mask):
        """Lay the outline of a frame on a mask (H, W), as a reader who draws it anew would."""
        frame = self._frame(frame)
        self._put(frame, _contour(mask, self.titles[frame]).numbers)

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
        self._read()

    def _read(self):
        self.card = _card(_reading(lambda: self._measure(self.masks)))

    def _still(self):
        try:
            lines = dict(zip(self.titles, self.masks, strict=False))
        except errors.DataError:  # crossed walls enclose nothing; the reading says so
            lines = None
        points = {title: list(self.contour(title).handles.values()) for title in self.titles}
        pictures = dict(zip(self.titles, self._images, strict=False))
        return tiles.grid(pictures, self.alt, lines, points=points).png

    def _said(self):
        return f"{self.reading} {self.alt}"

    def text(self):
        """The reading, and what the frames show."""
        return f"[tracer] {self._said()}"

    def html(self):
        """The frames with their outlines and handles as a picture, and the reading."""
        still = figures.Picture(self._still(), self._said())
        return f"{still.html()}<p><strong>{html.escape(self.reading)}</strong></p>"


def view(frames, title, fps=None, spacing=None, masks=None, areas=None, moving=False):
    """One clip as a `Tracer` takes it: frames (T, H, W), 0..1, as a film that plays.

    spacing: (row_mm, col_mm), so that the heart has its true proportions. masks: (T, H, W); then
    there is a contour for every frame, so that an outline with handles can beat. areas: (T,),
    drawn as a curve below. moving: whether it plays at once.
    """
    film = films.film(
        frames,
        f"A left ventricle that can be outlined, {title}.",
        (fps or 2) / SLOWER,
        spacing=spacing,
        said=moments(len(frames), fps),
        kind=title,
        moving=moving,
        curve=areas,
    )
    return {
        "title": title,
        "width": frames.shape[2],
        "height": frames.shape[1],
        "aspect": film.aspect,
        "page": film.markup(),
        "told": film.told,
        "path": [] if masks is None else _path(masks),
    }


def moments(count, fps=None):
    """What each of `count` frames is called: its number from 0, and its time where it is known."""
    told = [f"frame {number} of {count - 1}" for number in range(count)]
    return [f"{one} · {number / fps:.2f} s" for number, one in enumerate(told)] if fps else told


def _path(stack):
    """A contour for every frame, as 16 numbers: fitted to some, interpolated between them."""
    fitted = sorted({*range(0, len(stack), EVERY), len(stack) - 1})
    fitted = [frame for frame in fitted if stack[frame].any()]
    numbers = np.array([contours.from_mask(stack[frame]).numbers for frame in fitted])
    every = np.arange(len(stack))
    return np.column_stack([np.interp(every, fitted, column) for column in numbers.T]).tolist()


def _card(reading):
    return reading._asdict()


def _words(card):
    """A card as one line of text."""
    parts = [str(card[name]) for name in Reading._fields[:4] if card[name]]
    return ". ".join(parts).replace(".. ", ". ")


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
            said = measure()
            said = said if isinstance(said, Reading) else Reading(str(said))
        except errors.CourseError as refusal:
            said = Reading("No measurement", str(refusal))
    notes = [one for one in raised if issubclass(one.category, errors.CourseWarning)]
    for other in (one for one in raised if one not in notes):
        warnings.warn_explicit(other.message, other.category, other.filename, other.lineno)
    remarks = dict.fromkeys([said.remark] if said.remark else [])
    remarks |= dict.fromkeys(str(note.message) for note in notes)
    return said._replace(remark=" ".join(remarks))


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
