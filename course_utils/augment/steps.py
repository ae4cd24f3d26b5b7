"""Variations of an image for training: another probe position, another knob, another moment.

albumentations does the work; this is the only module that knows it. What ultrasound has of its own
(depth gain, shadow, speckle, turning about the skin) is added here in albumentations' own form.

Two families are kept apart. *Position* steps move tissue: image, mask and landmarks move together.
*Grey* steps change brightness: the mask stays, since the muscle is still there, and so does
everything outside the field of view, since no knob reaches the black frame. Position comes first,
so that shadow, depth gain and speckle follow the beam (straight down the screen, as in a linear
probe) and not the turned tissue.

Turned or shrunk tissue leaves corners empty: black (0) in the image, 0 in the mask. Scaling changes
millimetres per pixel and nobody writes it down: measure nothing on an augmented image.
"""

import os
import random
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # it asks the network for its newest version otherwise

import albumentations as A
import cv2
import numpy as np

from course_utils import enhance
from course_utils.core import accept, errors

SPECKLE_DB = 5.57  # spread of fully developed speckle after log compression
PRESETS = ("plausible", "blog")


@dataclass(frozen=True)
class Step:
    """One kind of variation. `STEPS` lists all of them (steps.toml).

    unit: what its amount counts; None for a flip. plausible, blog: (lowest, highest) amount in that
    preset, None where the preset leaves it out. odds: how often the preset uses it. example: an
    amount that a reader sees at once. limits: (lowest, highest) amount allowed at all. moves: True
    if tissue moves, False if only greys change. note: could a
    scanner produce it, and why.
    """

    name: str
    limits: tuple
    example: float
    odds: float
    moves: bool
    note: str
    make: Callable  # (low, high, odds, anchor) -> an albumentations transform
    unit: str | None = None
    plausible: tuple | None = None
    blog: tuple | None = None


class Pipeline:
    """A chain of steps that is called with an image. Make one with `pipeline` or `step`.

    `pipe(image, mask)` -> (image, mask). The mask may be None and is then None again.
    `pipe(image, mask, points=points)` -> (image, mask, points): landmarks (N, 2) as (x right, y
    down) in pixels, pixel centres at whole numbers. A landmark that leaves the picture keeps its
    true place outside.

    image: float32 (H, W), 0..1, and so is the result. mask: uint8 (H, W), 0 and 1 (or small
    labels), moved by nearest neighbour, so no value is invented. The input is never changed.

    The nth call after `reseed` depends on the seed, on n and on its input, on nothing else: the
    same seed gives the same sequence in another process or on another day. `seed` and `calls` say
    where it stands.
    """

    def __init__(self, position, grey, seed):
        landmarks = A.KeypointParams(format="xy", remove_invisible=False)
        self._position = A.Compose(position, keypoint_params=landmarks) if position else None
        self._grey = A.Compose(grey) if grey else None
        self.reseed(seed)

    def reseed(self, seed):
        """Start again: the next call is the first one of this seed (a whole number from 0)."""
        self.seed, self.calls = accept.seed(seed), 0

    def __call__(self, image, mask=None, points=None):
        data = {"image": accept.image(image)}
        if mask is not None:
            data["mask"] = accept.mask(mask, data["image"].shape).copy()
        if points is not None:
            data["keypoints"] = _landmarks(points)
        # One generator for all steps: given the bare seed, albumentations would hand each step the
        # same numbers, and a flip would always come with, say, a bright image.
        draws = np.random.default_rng([self.seed, self.calls])
        chance = random.Random(int(draws.integers(2**62)))
        self.calls += 1
        if self._position:
            self._position.set_random_state(draws, chance)
            data = self._position(**data)
        result = np.clip(data["image"], 0, 1)
        if self._grey:
            self._grey.set_random_state(draws, chance)
            changed = np.clip(self._grey(image=result)["image"], 0, 1)
            inside = enhance.field_of_view(result) > 0
            result = np.where(inside, changed, result).astype(np.float32, copy=False)
        if points is None:
            return result, data.get("mask")
        return result, data.get("mask"), np.asarray(data["keypoints"], float).reshape(-1, 2)


def pipeline(preset="plausible", seed=0):
    """A `Pipeline` of random variations: call it with (image, mask), get (image, mask) back.

    preset: "plausible" is what a probe and its knobs could produce: no vertical flip, turns up to
    10 degrees and depth changes about the skin, gain, depth gain, shadow, speckle. "blog" is the
    recipe of most image tutorials: flips both ways, strong turns and stretches about the middle,
    strong noise.
    seed: a whole number from 0; the same seed gives the same sequence, see `Pipeline`.
    Raises DataError for an unknown preset or a seed that is not a whole number.
    """
    if preset not in PRESETS:
        raise errors.DataError(f"preset must be 'plausible' or 'blog', not {preset!r}.")
    anchor = "skin" if preset == "plausible" else "middle"
    chosen = [(step, getattr(step, preset)) for step in STEPS.values() if getattr(step, preset)]
    made = [(step.moves, step.make(*range_, step.odds, anchor)) for step, range_ in chosen]
    return Pipeline([t for moves, t in made if moves], [t for moves, t in made if not moves], seed)


def step(name, amount=None, seed=0):
    """A `Pipeline` of one step, always applied with one amount: for a gallery or a slider.

    name: a key of `STEPS`, such as "rotation". amount: in the unit of that step
    (`STEPS[name].unit`), within `STEPS[name].limits`; None takes the example. What is left to
    chance (the place of a shadow, the grains of speckle) follows from the seed. Raises DataError
    for an unknown name or an amount beyond the limits.
    """
    if not isinstance(name, str) or name not in STEPS:
        raise errors.DataError(f"There is no step {name!r}. Choose one of: {', '.join(STEPS)}.")
    kind = STEPS[name]
    amount = kind.example if amount is None else amount
    low, high = kind.limits
    if not accept.is_number(amount) or not low <= amount <= high:
        raise errors.DataError(
            f"The amount of {name!r} must be a number from {low:g} to {high:g}"
            f"{' ' + kind.unit if kind.unit else ''}, not {amount!r}."
        )
    made = [kind.make(amount, amount, 1.0, "skin")]
    return Pipeline(made if kind.moves else [], [] if kind.moves else made, seed)


def _landmarks(points):
    try:
        array = np.asarray(points, float)
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.ndim != 2 or array.shape[1] != 2 or not np.isfinite(array).all():
        raise errors.DataError(
            "points must be a list of (x, y) pairs in pixels, x right and y "
            "down, such as [(64, 20), (90.5, 31)]."
        )
    return array


class _Turn(A.Affine):
    """albumentations' Affine about the middle of the top row, the skin, where the probe touches."""

    anchor = "skin"

    def get_params_dependent_on_data(self, params, data):
        """Move the pivot of the matrix that albumentations has drawn."""
        found = super().get_params_dependent_on_data(params, data)
        if self.anchor == "skin":
            up = np.eye(3)
            up[1, 2] = -(params["shape"][0] - 1) / 2
            found["matrix"] = up @ found["matrix"] @ np.linalg.inv(up)
        return found


class _Elastic(A.ElasticTransform):
    """A smooth random displacement of known largest shift that takes landmarks along exactly.

    albumentations' own moves landmarks to whole pixels and loses some; its amount has no unit.
    """

    amount = (0.0, 0.0)  # largest shift in per cent of the shorter side

    def get_params_dependent_on_data(self, params, data):
        """Draw a 4 x 4 grid of shifts, join it smoothly, and scale its largest to the amount."""
        rows, cols = params["shape"][:2]
        coarse = self.random_generator.uniform(-1, 1, (4, 4, 2)).astype(np.float32)
        field = cv2.resize(coarse, (cols, rows), interpolation=cv2.INTER_CUBIC)
        largest = np.sqrt((field * field).sum(axis=2).max())
        wanted = self.random_generator.uniform(*self.amount) / 100 * min(rows, cols)
        field *= np.float32(wanted / largest)
        return {
            "map_x": field[..., 0] + np.arange(cols, dtype=np.float32),
            "map_y": field[..., 1] + np.arange(rows, dtype=np.float32)[:, None],
        }

    def apply_to_keypoints(self, keypoints, map_x, map_y, **params):
        """Landmarks (N, 2+) to where their tissue has gone, to a fraction of a pixel."""
        # The map says where each new pixel came from; a landmark needs the way there. Walk it back.
        start = there = keypoints[:, :2].astype(np.float32)
        corner = np.array([map_x.shape[1] - 1, map_x.shape[0] - 1], np.float32)
        for _ in range(30):
            at = np.clip(there, 0, corner)
            came = [cv2.remap(m, at[:, :1], at[:, 1:], cv2.INTER_LINEAR) for m in (map_x, map_y)]
            there = start - (np.hstack(came) - at)
        return np.column_stack([there, keypoints[:, 2:]])


class _Grey(A.ImageOnlyTransform):
    """Any function (image, amount, generator) -> image as an albumentations transform."""

    amount, function = (0.0, 0.0), None

    def get_params_dependent_on_data(self, params, data):
        """Draw the amount."""
        return {"drawn": self.random_generator.uniform(*self.amount)}

    def apply(self, img, drawn, **params):
        """Call the function."""
        return type(self).function(img, drawn, self.random_generator)


def _depth_gain(image, db, _):
    """A tilted row of TGC sliders: `db` more at the bottom than at the top, none in the middle."""
    tilt = np.linspace(-db / 2, db / 2, image.shape[0], dtype=np.float32) / enhance.DYNAMIC_RANGE_DB
    return image + tilt[:, None]


def _shadow(image, db, draws):
    """Sound lost below something: a band `db` darker from there to the bottom, with soft edges.

    Half of them start at the skin (lost contact), the others deeper (bone, calcification, a
    vessel's edge).
    """
    rows, cols = image.shape
    centre, half = draws.uniform(0.1, 0.9), draws.uniform(0.04, 0.12)
    edge = draws.uniform(0.015, 0.04)
    start = 0.0 if draws.random() < 0.5 else draws.uniform(0.1, 0.6)
    across = np.abs((np.arange(cols) + 0.5) / cols - centre) - half
    down = (np.arange(rows) + 0.5) / rows - start
    # The aperture looks past a narrow object, so its shadow is softer at the sides than it is
    # itself.
    band = 1 / (1 + np.exp(np.clip(across / edge, -50, 50)))
    band /= band.max()
    below = np.ones(rows) if start == 0 else np.clip(down / 0.08, 0, 1)
    loss = np.outer(below, band) * (db / enhance.DYNAMIC_RANGE_DB)
    return image - loss.astype(np.float32)


def _speckle(image, db, draws):
    """Another speckle pattern laid over the tissue, its spread `db` decibels; 5.57 is a full one.

    On the envelope speckle multiplies, so on a log-compressed image it is added. Its grains are as
    fine along the beam as a hundredth of the picture's width, and wider across, as a pulse is.
    """
    wide = max(0.8, image.shape[1] / 100)
    echo = draws.standard_normal((2, *image.shape), dtype=np.float32)
    power = sum(cv2.GaussianBlur(part, (0, 0), sigmaX=wide, sigmaY=wide / 2) ** 2 for part in echo)
    pattern = 10 * np.log10(power + 1e-12)
    pattern -= pattern.mean()
    return image + pattern * np.float32(db / SPECKLE_DB / enhance.DYNAMIC_RANGE_DB)


def _flip(kind):
    return lambda low, high, odds, anchor: kind(p=odds)


def _turn(name, **fixed):
    def _make(low, high, odds, anchor):
        transform = _Turn(**{name: (low, high)}, **fixed, p=odds)
        transform.anchor = anchor
        return transform

    return _make


def _elastic(low, high, odds, anchor):
    transform = _Elastic(p=odds)
    transform.amount = (low, high)
    return transform


def _own(function_):
    class _Own(_Grey):
        function = staticmethod(function_)

    def _make(low, high, odds, anchor):
        transform = _Own(p=odds)
        transform.amount = (low, high)
        return transform

    return _make


def _contrast(low, high, odds, anchor):
    limit = (low - 1, high - 1)
    return A.RandomBrightnessContrast(brightness_limit=(0, 0), contrast_limit=limit, p=odds)


def _brightness(low, high, odds, anchor):
    limit = tuple(db / enhance.DYNAMIC_RANGE_DB for db in (low, high))
    return A.RandomBrightnessContrast(brightness_limit=limit, contrast_limit=(0, 0), p=odds)


def _noise(low, high, odds, anchor):
    return A.GaussNoise(std_range=(low, high), p=odds)


def _blur(low, high, odds, anchor):
    return A.GaussianBlur(blur_limit=0, sigma_limit=(low, high), p=odds)


MAKE = {
    "horizontal flip": _flip(A.HorizontalFlip),
    "vertical flip": _flip(A.VerticalFlip),
    "rotation": _turn("rotate"),
    "scaling": _turn("scale", keep_ratio=True),
    "elastic": _elastic,
    "acoustic shadow": _own(_shadow),
    "depth gain": _own(_depth_gain),
    "brightness": _brightness,
    "contrast": _contrast,
    "speckle": _own(_speckle),
    "blur": _blur,
    "Gaussian noise": _noise,
}


def _entry(name, told):
    told = {key: tuple(value) if isinstance(value, list) else value for key, value in told.items()}
    return Step(name=name, make=MAKE[name], **told)


_TOLD = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
STEPS = {name: _entry(name, told) for name, told in _TOLD.items()}
