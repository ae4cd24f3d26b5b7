"""May this study be measured? Rules about outlines, area curve, picture and discs; no network.

Every rule gives `Finding`s: a note (measure, but look) or a refusal (do not report a number), each
with the number it rests on and a sentence that says why and what to do. Limits and sentences are in
`rules.toml`.
"""

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pandas
from scipy import ndimage

from course_utils.core import errors
from course_utils.ejection_fraction import beats, discs
from course_utils.ejection_fraction import shape as lvshape
from course_utils.ejection_fraction.beats import percent
from course_utils.enhance import quality

LIMITS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
RANDOMISED = LIMITS.pop("randomised")  # by network, for hearts that are not of the sample set
NOTE, REFUSE = "note", "refuse"
FAULTS = "hidden", "short", "outside"  # of a view, as `faults.Judge` estimates them
NAMED = 1.3, 1.0, 1.0  # a hidden border is named first: where it is, the length is a guess as well
OUTDONE = tuple(RANDOMISED["lv_apical"])  # by a judge, where there is one
LOW = tuple(rule for rule, told in LIMITS.items() if told.get("low"))  # the less, the worse
LENGTH_COUNTS = 3  # a cut beside the middle shortens the cavity less than it narrows it
BASE = 0.12  # of the length: the walls are judged above this, since the valve leaflets are thin
WALL = 0.10  # of the length: how far outside the outline the wall is looked for
STRETCHES = 24  # parts of the wall, each judged by its mean grey
MOMENTS = 6  # frames of a clip that are judged by their greys; most of them must agree
DARK = 0.25  # of the way from the cavity's grey to the bright wall's; below it is drop-out


@dataclass(frozen=True)
class Finding:
    """One thing that was noticed. rule: a short name. level: "note" or "refuse". number: what was
    measured. sentence: why it matters and what to do. view: "A4C", "A2C" or "" for both.
    """

    rule: str
    level: str
    number: float
    sentence: str
    view: str = ""

    def __str__(self):
        return f"{self.level}: {self.view + ': ' if self.view else ''}{self.sentence}"


def study(
    masks_4ch,
    fps,
    masks_2ch=None,
    frames_4ch=None,
    frames_2ch=None,
    spacing_4ch=None,
    spacing_2ch=None,
    fps_2ch=None,
    beat=True,
):
    """Every rule on one study: a list of `Finding`, refusals first; empty where all is well.

    beat: whether the area over time is judged; not where the frames are known, as with two stills.

    masks: (T, H, W) of 0 and 1. frames: (T, H, W), 0..1, for the rules about the picture; left out
    where None. fps: frames per second (fps_2ch: the same unless given). Bad masks give refusals,
    not errors; only wrong kinds of argument raise DataError.
    """
    views = [("A4C", masks_4ch, frames_4ch, spacing_4ch, fps)]
    if masks_2ch is not None:
        views.append(("A2C", masks_2ch, frames_2ch, spacing_2ch, fps_2ch or fps))
    found, lengths = [], []
    for name, masks, frames, spacing, rate in views:
        findings, ed = _view(masks, frames, spacing, rate, beat)
        found += [_seen_in(finding, name) for finding in findings]
        lengths.append(_length(masks, ed, spacing))
    comparable = (spacing_4ch is None) == (spacing_2ch is None)
    if len(lengths) == 2 and None not in lengths and comparable:
        found += axes(*lengths)
    return sorted(found, key=lambda finding: finding.level != REFUSE)


def of_any_heart(findings, network, judged=None):
    """The findings for a heart that is not of the sample set: wide limits instead of clean ones.

    A rule of `RANDOMISED` refuses beyond the limit there of this network, and is a note before it:
    on real hearts, outlined by experts, the limits of clean ones refused 4 of 5 good studies. judged:
    what a judge found (`spoiled`); it decides in the place of these rules, which then only note.
    """
    if judged is not None:
        return [
            *judged,
            *(replace(one, level=NOTE) if one.rule in OUTDONE else one for one in findings),
        ]
    limits = RANDOMISED.get(network, {})
    return [
        replace(one, level=REFUSE if _beyond(one, limits[one.rule]) else NOTE)
        if one.rule in limits
        else one
        for one in findings
    ]


def spoiled(estimates, limits):
    """A refusal for every view with a fault beyond its limit; it names the one that stands out most.

    estimates: (views, 3) as `faults.Judge.estimates` gives them, four-chamber view first. limits: (3,).
    """
    found = []
    for view, row in zip(("A4C", "A2C"), estimates, strict=False):
        beyond = np.where(row > limits, row / limits * NAMED, 0)
        if beyond.any():
            which = int(beyond.argmax())
            sentence = LIMITS[FAULTS[which]]["says"].format(share=percent(row[which]))
            found.append(Finding(FAULTS[which], REFUSE, float(row[which]), sentence, view))
    return found


def unlike(times):
    """Pictures that are `times` as far from those the network knows as known ones ever are."""
    return _judge("unlike", times)


def refused(findings):
    """True where one finding is a refusal."""
    return any(finding.level == REFUSE for finding in findings)


def reasons(findings, level=REFUSE):
    """The sentences of one level, with the view in front, in order."""
    return [str(finding).split(": ", 1)[1] for finding in findings if finding.level == level]


def table(findings):
    """The findings as a table: level, view, rule, number, sentence."""
    columns = ["level", "view", "rule", "number", "sentence"]
    return pandas.DataFrame(
        [[getattr(finding, name) for name in columns] for finding in findings], columns=columns
    )


# --- the outlines ---


def missing(masks):
    """Frames without an outline."""
    stack = lvshape.stack(masks)
    share = 1 - stack.any(axis=(1, 2)).mean()
    if share == 1:
        return [Finding("missing", REFUSE, 1.0, LIMITS["missing"]["all"])]
    return _judge("missing", share, share=percent(share))


def pieces(masks):
    """Outlines in several pieces or with holes: the worst tenth of the frames counts."""
    shares = [_loose(mask) for mask in lvshape.stack(masks) if mask.any()]
    if not shares:
        return []
    worst = float(np.percentile(shares, 90))
    return _judge("pieces", worst, share=percent(worst))


def area_curve(masks, fps):
    """The area over time: a beat must be there, smooth and without jumps."""
    stack = lvshape.stack(masks)
    areas = np.array([lvshape.largest(mask)[0].sum() for mask in stack], float)
    try:
        beats.find(areas[areas > 0] if (areas > 0).sum() > 1 else areas, fps)
    except errors.DataError as problem:
        return [Finding("beat", REFUSE, 0.0, f"{str(problem)[0].lower()}{str(problem)[1:]}")]
    present = areas[areas > 0]
    smooth = ndimage.gaussian_filter1d(present, max(beats.SMOOTH_S * fps, 0.5), mode="nearest")
    extent = np.subtract(*np.percentile(smooth, [95, 5]))
    rough = float(1.4826 * np.median(np.abs(present - smooth)) / extent)
    jump = float(np.abs(np.diff(present)).max() / present.max())
    found = _judge("rough curve", rough, share=percent(rough))
    return found + _judge("jump", jump, share=percent(jump))


def axes(length_4ch, length_2ch):
    """The long axes of the two views at end-diastole, in one unit."""
    gap = discs.axis_disagreement(length_4ch, length_2ch)
    shorter = "four" if length_4ch < length_2ch else "two"
    return _judge("axes", gap, share=percent(gap), shorter=shorter)


def shape(mask, spacing=None):
    """Length over width of one cavity, best at end-diastole: a foreshortened one is round."""
    cut = discs.measure(lvshape.cavity(mask), spacing)
    ratio = float(cut.axis.length / cut.diameters.max())
    return _judge("round", ratio)


def size(mask, scan):
    """How large the cavity is beside the scan, and how much of it lies on the scan's edge.

    mask, scan: (H, W); scan is 1 where the machine shows an image (`scan_area`).
    """
    part, scan = lvshape.cavity(mask), np.asarray(scan) > 0
    share = part.sum() / max(int(scan.sum()), 1)
    found, told = [], LIMITS["size"]
    if not told["smallest"] <= share <= told["largest"]:
        what = "small" if share < told["smallest"] else "large"
        sentence = told["says"].format(what=what, share=percent(share, 1))
        found = [Finding("size", REFUSE, float(share), sentence)]
    rim = part & ~ndimage.binary_erosion(part)
    outside = ~ndimage.binary_erosion(scan, border_value=0)
    touching = float((rim & outside).sum() / rim.sum())
    return found + _judge("edge", touching, share=percent(touching))


# --- the measured discs ---


def measured(pairs, spread):
    """The rules that need measured discs and repeats: do the two views tell of one heart?

    Their limits were set on development patients (`tools/data/fresh_hearts.py`, numbers 1000 to
    1120, SYNTHETIC: 40 good studies, 21 spoiled ones), never on test patients. A real ventricle
    with a scar in one wall can differ more between two views than any of these hearts.

    pairs: for each view a list of (`Discs` at end-diastole, at end-systole), one per beat. spread:
    SD of the EF over repeated looks at changed pictures, in points.
    """
    found = repeats(spread)
    if len(pairs) == 2:
        four, two = pairs[0][0], pairs[1][0]
        found += off_axis(four, two) + views(four, two)
    return found


def repeats(spread):
    """The same outline, drawn again on slightly changed pictures: SD of the EF in points."""
    return _judge("repeats", spread)


def fraction(ef):
    """A fraction, in per cent, that no living heart has: both outlines are of one size, or swapped."""
    return _judge("fraction", ef)


def off_axis(four, two):
    """Whether one view cuts beside the middle: then its cavity is narrower and shorter.

    four, two: (`Discs` at end-diastole, at end-systole). The number is the log ratio of the mean
    widths plus three times that of the lengths, mean of both moments; 0 where the cuts are alike.
    """
    wide = [np.log(a.diameters.mean() / b.diameters.mean()) for a, b in zip(four, two, strict=True)]
    long = [np.log(a.axis.length / b.axis.length) for a, b in zip(four, two, strict=True)]
    score = float(np.mean(wide) + LENGTH_COUNTS * np.mean(long))
    which = "four" if score < 0 else "two"
    areas = [discs.diameters.sum() * discs.height for discs in (four[0], two[0])]
    gap = 1 - min(areas) / max(areas)
    return _judge("off-axis", score, which=which, gap=percent(gap))


def views(four, two):
    """The ejection fraction of each view alone, in per cent."""
    each = [100 * (ed.cube - es.cube) / ed.cube for ed, es in (four, two)]
    return _judge("views", abs(each[0] - each[1]), four=each[0], two=each[1])


# --- the picture ---


def scan_area(frames):
    """Where the machine shows an image: bool (H, W), pixels that are ever brighter than black."""
    brightest = np.asarray(frames, np.float32).max(axis=0)
    closed = cv2.morphologyEx(
        (brightest > 0.02).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)
    )
    return lvshape.largest(closed > 0)[0]


def off_wall(image, mask, automatic):
    """The share of an outline, 0..1, that is not on the wall; what dark and bright mean is taken
    from another outline of the same picture. 1 where too little of the wall is in the picture.

    A stretch is off the wall where it is dark outside (too far in), or bright inside (too far out).
    """
    try:
        within, beyond = sides(image, lvshape.cavity(automatic))
        inside, outside = sides(image, lvshape.cavity(mask))
    except errors.DataError:
        return 1.0
    dark = np.concatenate(within).mean()
    step = np.percentile([values.mean() for values in beyond], 75) - dark
    outer, inner = (np.array([v.mean() for v in side]) - dark for side in (outside, inside))
    return float(((outer < DARK * step) | (inner > (1 - DARK) * step)).mean())


def _gcnr(inside, outside):
    return float(quality.gcnr(np.concatenate(inside), np.concatenate(outside)))


def _dark_share(inside, outside):
    dark = np.concatenate(inside).mean()
    wall = np.array([values.mean() for values in outside])
    bright = np.percentile(wall, 75)
    return float((wall < dark + DARK * max(bright - dark, 0)).mean()) if bright > dark else 1.0


# --- how it is done ---


def _view(masks, frames, spacing, fps, beat=True):
    """The findings of one view, and the frame of its largest cavity (None where there is none)."""
    stack = lvshape.stack(masks)
    found = missing(stack)
    if not stack.any():
        return found, None
    found += pieces(stack) + (area_curve(stack, fps) if beat else [])
    whole = np.array([lvshape.largest(mask)[0] for mask in stack])  # the pieces were spoken of
    areas = whole.sum(axis=(1, 2))
    ed = int(areas.argmax())
    try:
        found += shape(whole[ed], spacing)
        if frames is not None:
            found += _picture(_pictures(frames, whole.shape), whole, areas)
    except errors.DataError as problem:
        return [*found, Finding("outline", REFUSE, 0.0, str(problem))], None
    return found, ed


def _picture(pictures, whole, areas):
    found = size(whole[areas.argmax()], scan_area(pictures))
    drawn = np.flatnonzero(areas >= lvshape.SMALLEST)
    moments = drawn[:: max(1, len(drawn) // MOMENTS)]
    beside = [sides(pictures[i], whole[i]) for i in moments]
    most = (len(moments) - 1) // 2  # more than half of the moments are at least as bad
    told_apart = sorted((_gcnr(*side) for side in beside), reverse=True)[most]
    hidden = sorted(_dark_share(*side) for side in beside)[most]
    found += _judge("contrast", told_apart)
    return found + _judge("drop-out", hidden, share=percent(hidden))


def _length(masks, ed, spacing):
    if ed is None:
        return None
    return discs.long_axis(lvshape.largest(lvshape.stack(masks)[ed])[0], spacing).length


def _seen_in(finding, view):
    return Finding(finding.rule, finding.level, finding.number, finding.sentence, view)


def _beyond(finding, limit):
    return finding.number < limit if finding.rule in LOW else abs(finding.number) > limit


def _judge(rule, number, **facts):
    """The finding of a rule whose number is beyond its limits; none where it is not. facts: what the
    sentence of the rule names beside the number. A sign says only which view is meant.
    """
    told = LIMITS[rule]
    worse, note, refuse = (
        (-number, -told["note"], -told["refuse"])
        if rule in LOW
        else (abs(number), told["note"], told["refuse"])
    )
    if worse <= note:
        return []
    level = REFUSE if worse > refuse else NOTE
    return [Finding(rule, level, float(number), told["says"].format(value=number, **facts))]


def _loose(mask):
    part, _, share = lvshape.largest(mask)
    holes = (part & ~mask).sum() / part.sum()
    return max(1 - share, float(holes))


def sides(image, part, count=STRETCHES):
    """Grey values just inside and just outside the outline, in up to `count` stretches from one end
    of the mitral plane over the apex to the other: two lists of arrays. part: bool (H, W).
    """
    image = np.asarray(image, np.float32)
    if image.shape != part.shape:
        raise errors.DataError(
            f"The picture is {image.shape} but its mask {part.shape}. They must have one size."
        )
    axis = discs.long_axis(part)
    down = (np.array(axis.base) - axis.apex) / axis.length
    away, deep = (ndimage.distance_transform_edt(side) for side in (~part, part))
    reach = max(2.0, WALL * axis.length)
    # The pixel at the outline itself belongs to neither side.
    y, x = np.nonzero(((away > 0.5) & (away <= reach)) | ((deep > 1.5) & (deep <= 1.5 + reach)))
    there = np.column_stack([x, y]) - np.array(axis.apex)
    along, across = there @ down, there @ np.array([down[1], -down[0]])
    walls = along < (1 - BASE) * axis.length
    turn = np.arctan2(across, 0.55 * axis.length - along)  # 0 at the apex, seen from the middle
    place = np.clip(((turn + np.pi * 0.75) / (1.5 * np.pi) * count).astype(int), 0, count - 1)
    inside, outside = [], []
    for number in range(count):
        here = walls & (place == number)
        out, within = here & (away[y, x] > 0), here & (away[y, x] == 0)
        if out.sum() >= 4 and within.sum() >= 2:
            outside.append(image[y[out], x[out]])
            inside.append(image[y[within], x[within]])
    if len(outside) < count // 3:
        raise errors.DataError("Too little of the wall lies in the picture to judge it.")
    return inside, outside


def _pictures(frames, shape):
    pictures = np.asarray(frames)
    if pictures.shape != shape or pictures.dtype.kind not in "uf":
        raise errors.DataError(
            f"frames must be grey pictures of the masks' shape {shape}, 0 to 1, "
            f"not {pictures.shape}."
        )
    return pictures.astype(np.float32) / (255 if pictures.dtype == np.uint8 else 1)
