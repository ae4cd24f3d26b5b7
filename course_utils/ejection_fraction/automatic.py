"""Automatic ejection fraction: a cine goes in, a number with an interval comes out, or a refusal.

A small network outlines the cavity in every frame: lv_apical, which learned from the TRAIN patients
of the SYNTHETIC sample set, or lv_any, which went on with randomised hearts and looks at both moments
of a beat at once: a border that a still does not show moves (tools/data/weights.py).
`beats` finds end-diastole and end-systole, `discs` the volumes, and `rules` decide whether a number
may be given. Both have seen synthetic pictures only. Not for diagnosis.
"""

import time
import warnings
from dataclasses import dataclass, field
from functools import lru_cache

import cv2
import numpy as np
from scipy import ndimage

from course_utils.cases import clips as cines
from course_utils.cases import samples
from course_utils.core import accept, errors
from course_utils.ejection_fraction import beats, discs, faults, guideline, rules
from course_utils.ejection_fraction import shape as lvshape

MODEL, SIZE = "lv_apical", 192
ANY = "lv_any"  # knows randomised hearts; its .npz says which pictures it knows
NETWORKS = MODEL, ANY
BATCH = (
    8  # always the same, so that the network is prepared for one shape only; two stills fill little
)
SMOOTH_S = 0.01  # seconds, standard deviation of the smoothing of the outline over time
REPEATS = 6  # looks at slightly changed pictures, for the interval
MEASURED = 2  # beats that those looks are taken at
# The error of the EF in points: how much too low it is, and what the repeats cannot see of its SD (the
# network's own error, the shape of the heart). `python tools/measure/echo.py --calibrate` measures both
# on fresh synthetic patients. The first is for clips of the sample set; for every other clip they were
# measured with --varied, by network and number of views.
KNOWN_ERROR = 0.0, 2.1
ERRORS = {
    (MODEL, 2): (8.5, 13.0),
    (MODEL, 1): (4.3, 8.5),
    (ANY, 2): (-0.5, 5.5),
    (ANY, 1): (-1.9, 7.0),
}
NORMAL_95 = 1.96
WIDE = 40.0  # points: an interval as wide as from severely reduced to normal
CLEAN, RANDOMISED = "synthetic hearts of this course", "randomised synthetic hearts"
NOTHING = dict.fromkeys(("ef", "interval", "volumes", "category", "spread")) | {"beat_efs": ()}
UNSPACED = (
    "the spacing is unknown, so there are no volumes in mL; the ejection fraction needs none."
)
FOUND = (  # docs/measurements.md, 'Whole films'
    "the interval was set on hearts whose two frames were given; on 24 simulated films in which they had "
    "to be found this network read 4 points too high, which the interval does not allow for."
)
DARKEST = 0.02  # a clip that is nowhere brighter shows nothing


@dataclass(frozen=True)
class AutoEF:
    """What was measured. print() gives a short report.

    ef: per cent, mean over the beats, or None where refused. interval: (low, high), 95 %, or None.
    ed, es: frames of the first measured beat of the four-chamber clip, ed_2ch, es_2ch of the
    two-chamber clip; None where no beat was found. refused, reasons: whether, and why with what to
    do, as sentences. notes: what else to look at. masks_4ch, masks_2ch: uint8 (T, H, W) on the
    clip's own pixels, masks_2ch None without that view. areas, areas_2ch: (T,), mm^2, or pixels
    without spacing. volumes: (EDV, ESV) in mL, None without spacing or where refused. category:
    `guideline.Category` or None. beats: of the four-chamber clip, [`beats.Beat`]; beat_efs: EF of
    each measured beat. rhythm: a sentence. heart_rate: beats a minute or None. spread: SD of the EF
    over the repeats, points. set_on: the hearts on which interval and limits were set. seconds: how
    long it took. Masks, areas and beats are there for
    looking at even where refused.
    """

    ef: float | None
    interval: tuple | None
    ed: int | None
    es: int | None
    ed_2ch: int | None
    es_2ch: int | None
    refused: bool
    reasons: list
    notes: list
    masks_4ch: np.ndarray = field(repr=False)
    masks_2ch: np.ndarray | None = field(repr=False)
    areas: np.ndarray = field(repr=False)
    areas_2ch: np.ndarray | None = field(repr=False)
    volumes: tuple | None
    category: object
    beats: list
    beat_efs: tuple
    rhythm: str
    heart_rate: float | None
    spread: float | None
    findings: list = field(repr=False)
    network: str
    set_on: str
    seconds: float

    def __str__(self):
        if self.refused:
            lines = ["No ejection fraction: " + " ".join(map(_sentence, self.reasons))]
        else:
            views = "single plane" if self.masks_2ch is None else "biplane"
            lines = [
                f"EF {self.ef:.0f} % (95 % interval {self.interval[0]:.0f} to "
                f"{self.interval[1]:.0f}), {views}, {_plural(len(self.beat_efs), 'beat')}."
            ]
            if self.volumes:
                lines.append(f"EDV {self.volumes[0]:.0f} mL, ESV {self.volumes[1]:.0f} mL.")
            lines.append(f"By ASE/EACVI 2015: {self.category.name}.")
        lines += [f"Note: {_sentence(note)}" for note in self.notes]
        tried = f"Interval and limits were set on {self.set_on}; on real ones they are untested."
        return "\n".join([*lines, tried, "Not for diagnosis."])


def auto_ef(cine_4ch, cine_2ch=None, sex=None, seed=0, ed=None, es=None, network=None):
    """The ejection fraction of a study, with its interval, or a refusal with reasons: `AutoEF`.

    cine_4ch, cine_2ch: a `clips.Clip`, or (frames, fps, spacing) with frames (T, H, W), 0..1 (or
    uint8), fps in frames per second and spacing (row_mm, col_mm) or None: then EF only, no mL. With
    both views the volumes are biplane. Labels in a clip are not looked at. sex: "F", "M" or None,
    for the name of the result. seed: of the repeats that the interval rests on. ed, es: the frames
    of end-diastole and end-systole where they are known, each one number or (four-chamber,
    two-chamber). Then no beat is looked for and no frame rate is needed: half beats as CAMUS stores
    them, or two stills with ed=0, es=1, can be measured. network: a name of `NETWORKS`; without one lv_any
    for both views of another set than the sample set, else lv_apical.

    Clips whose set says that they are of the sample set are held to limits, and given an interval,
    that were set on such hearts. For all others both were set on randomised hearts under any
    machine, for each network (`rules.of_any_heart`, `ERRORS`). With lv_any,
    pictures unlike all that it has learned from get no number (`segment.novelty`).

    Of several beats each is measured and the mean given. The interval: the spread over repeated
    looks at changed pictures, beat-to-beat variation, and a residual error measured on other
    synthetic patients. Source of volumes and names: ASE/EACVI 2015 (`discs`, `guideline`).
    Raises DataError for one frame, colour, a black clip, NaN, a missing frame rate, swapped views
    or two patients; a study that merely cannot be trusted is refused instead.
    """
    start = time.perf_counter()
    if network is not None:
        _named(network)
    guideline.category(50, sex)  # complains about another sex before the work begins
    given = ed is not None or es is not None
    clips = [_clip(cine_4ch, "cine_4ch", given)]
    if cine_2ch is not None:
        clips.append(_clip(cine_2ch, "cine_2ch", given))
    _same_study(clips)
    synthetic = all(clip.synthetic for clip in clips)
    network = network or (MODEL if synthetic or len(clips) == 1 else ANY)
    known = _known(ed, es, clips) if given else [None] * len(clips)
    clean = network == MODEL and synthetic
    error = KNOWN_ERROR if clean else ERRORS[network, len(clips)]
    views = [_View(clip, frames, network) for clip, frames in zip(clips, known, strict=True)]
    findings = rules.unlike(max(view.unlike for view in views)) + _checks(views, not given)
    notes, result = [], NOTHING | {}
    if all(view.rhythm for view in views):
        result, more, told = _measured(views, seed, *error)
        findings += more
        notes += told
    if not clean:
        findings = rules.of_any_heart(findings, network, _faults(views, network))
    if any(found.rule == "axes" and found.level == rules.REFUSE for found in findings):
        findings = [found for found in findings if found.rule != "off-axis"]  # it says the same
    reasons = list(dict.fromkeys(map(_sentence, rules.reasons(findings))))
    refused = bool(reasons)
    if refused:
        result |= dict.fromkeys(("ef", "interval", "volumes"))
    else:
        result["category"] = guideline.category(result["ef"], sex, result["interval"])
        notes += _about(*result["interval"], error[0])
        notes += [_sentence(FOUND)] if network == ANY and not given else []
    four, two = views[0], views[1] if len(views) == 2 else None
    notes += list(dict.fromkeys(map(_sentence, rules.reasons(findings, rules.NOTE))))
    return AutoEF(
        ed=four.first("ed"),
        es=four.first("es"),
        ed_2ch=two and two.first("ed"),
        es_2ch=two and two.first("es"),
        refused=refused,
        reasons=reasons,
        notes=notes,
        masks_4ch=four.masks,
        masks_2ch=two and two.masks,
        areas=four.areas,
        areas_2ch=two and two.areas,
        beats=list(four.rhythm or ()),
        rhythm=four.rhythm.why if four.rhythm else "No beat was found.",
        heart_rate=four.rhythm.heart_rate if four.rhythm else None,
        findings=findings,
        network=network,
        set_on=CLEAN if clean else RANDOMISED,
        seconds=time.perf_counter() - start,
        **result,
    )


def probabilities(frames, network=MODEL, others=None):
    """How likely each pixel is cavity: float32 (T, H, W), 0..1, for frames (T, H, W), 0..1.

    network: a name of `NETWORKS`; DataError for another one. others: of each frame another moment of
    its beat, for a network that looks at two (`ANY`); without them it sees each frame alone.
    """
    return _outlined(frames, _named(network), others)[0]


def unlike(frames, network=ANY, others=None):
    """How unlike the pictures that the network knows each frame is: (T,), above 1 where it is.

    frames, others: as in `probabilities`. network: of `NETWORKS`; 0 for one that nothing is known of.
    """
    return _outlined(frames, _named(network), others)[1]


@lru_cache(maxsize=2)
def network(name=MODEL):
    """A network, loaded once: (N, size, size, 1 or 2) grey 0..1 -> (N, size, size, 1) probabilities."""
    from course_utils.segment import models

    return models.load(samples.model(name))


@lru_cache(maxsize=2)
def _familiar(name):
    """The network with its features, and which pictures it knows; None where nobody said so."""
    from course_utils.segment import novelty

    file = samples.model(name).with_suffix(".npz")
    return novelty.with_features(network(name)), novelty.read(file) if file.is_file() else None


@lru_cache(maxsize=2)
def _judge(name):
    """`faults.Judge` of a network; None where none was fitted."""
    file = samples.model(name).with_name(f"{name}_faults.npz")
    return faults.read(file) if file.is_file() else None


def _outlined(frames, name, others=None):
    """Probabilities (T, H, W) of frames (T, H, W), and how unlike known pictures each is: (T,),
    above 1 where it is. others: as in `probabilities`.
    """
    answers, far = _answers(
        _prepared(frames, name), name, others if others is None else _prepared(others, name)
    )
    rows, cols = frames.shape[1:]
    return np.stack([cv2.resize(answer, (cols, rows)) for answer in answers]), far


def _prepared(frames, name):
    from course_utils.segment.batches import prepare  # brings Keras

    return np.stack([prepare(frame, _size(name)) for frame in frames])


def _named(name):
    if name not in NETWORKS:
        raise errors.DataError(
            f"There is no network {name!r} for hearts; there are {' and '.join(NETWORKS)}."
        )
    return name


def _size(name):
    return network(name).input_shape[1]


def _channels(name):
    return network(name).input_shape[-1]


def _answers(pictures, name, others=None):
    """What a network says of prepared pictures (N, size, size): float32 of that shape, and how unlike
    known ones they are: (N,), above 1 where they are. others: of each another moment, or None.
    """
    both, known = _familiar(name)
    inputs = pictures[..., None]
    if _channels(name) == 2:
        inputs = np.stack([pictures, pictures if others is None else others], axis=-1)
    room = -len(inputs) % BATCH
    padded = np.concatenate([inputs, np.zeros((room, *inputs.shape[1:]), np.float32)])
    found, far = [], []
    for first in range(0, len(padded), BATCH):
        likely, deepest = both.predict_on_batch(padded[first : first + BATCH])
        found.append(np.asarray(likely)[..., 0])
        far.append(_far(known, deepest))
    return tuple(np.concatenate(one)[: len(inputs)].astype(np.float32) for one in (found, far))


def _far(known, deepest):
    from course_utils.segment import novelty

    if known is None:
        return np.zeros(len(deepest))
    return known.distances(novelty.features(deepest)) / known.limit


class _View:
    """One clip, outlined: masks, area curve, beats (rhythm is None where there is none)."""

    def __init__(self, clip, known=None, network=MODEL):
        self.clip, self.network = clip, network
        if known is not None:
            why = "End-diastole and end-systole were given, so nothing is said of the rhythm."
            self.rhythm = beats.Rhythm([beats.Beat(*known, max(known), False)], None, None, why)
        self.likely = None  # of the first beat's two moments
        likely, far = _outlined(clip.frames, network, self._others() if known else None)
        self.unlike = float(np.median(far))
        if clip.fps and known is None:
            likely = ndimage.gaussian_filter1d(likely, SMOOTH_S * clip.fps, axis=0, mode="nearest")
        self._outline(likely)
        if known is not None:
            self.likely = likely[list(known)]
            return
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", errors.CourseWarning)  # `rules` tell of it
                self.rhythm = beats.find(self.areas, clip.fps)
        except errors.DataError:
            self.rhythm = None  # `rules` find the same and refuse with the reason
            return
        if _channels(network) == 2:  # the moments are known now, so each is seen beside the other
            moments = [frame for beat in self.rhythm for frame in (beat.ed, beat.es)]
            likely[moments] = _outlined(clip.frames[moments], network, self._others()[moments])[0]
            self._outline(likely)
        self.likely = likely[[self.first("ed"), self.first("es")]]

    def _outline(self, likely):
        self.masks = np.stack([lvshape.largest(frame > 0.5)[0] for frame in likely]).astype(
            np.uint8
        )
        spacing = self.clip.spacing
        self.areas = self.masks.sum(axis=(1, 2)) * (spacing[0] * spacing[1] if spacing else 1.0)

    def _others(self):
        """The clip's frames, but at end-diastole that of end-systole, and the other way round."""
        others = self.clip.frames.copy()
        for beat in self.rhythm or ():
            others[[beat.ed, beat.es]] = self.clip.frames[[beat.es, beat.ed]]
        return others

    def first(self, name):
        """Frame number of the first beat, or None."""
        return getattr(self.rhythm.beats[0], name) if self.rhythm else None

    def cut(self, frame, mask=None):
        """`discs.Discs` of a frame's own mask, or of another one of that frame."""
        mask = self.masks[frame] if mask is None else mask
        return discs.measure(mask, self.clip.spacing)


def _faults(views, name):
    """What the judge of this network finds in the views of a study; None where there is no judge."""
    judge = _judge(name)
    if judge is None or any(view.likely is None for view in views):
        return None
    shown = [
        (view.clip.frames[[view.first("ed"), view.first("es")]], view.likely, view.clip.spacing)
        for view in views
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", errors.CourseWarning)  # `rules` tell of the pieces
        return rules.spoiled(judge.estimates(faults.described(shown)), judge.limits)


def _checks(views, beat):
    four, two = views[0], views[1] if len(views) == 2 else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", errors.CourseWarning)
        return rules.study(
            four.masks,
            four.clip.fps,
            two and two.masks,
            four.clip.frames,
            two and two.clip.frames,
            four.clip.spacing,
            two and two.clip.spacing,
            two and two.clip.fps,
            beat,
        )


def _measured(views, seed, low, residual):
    """Numbers of the study, findings about them, and notes. low, residual: as in `ERRORS`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", errors.CourseWarning)  # `rules` tell of the axes
        try:
            pairs = [
                [(view.cut(beat.ed), view.cut(beat.es)) for beat in view.rhythm] for view in views
            ]
            measured = np.array([_volumes(cuts) for cuts in zip(*pairs, strict=False)])
            spread = _spread(views, seed)
        except errors.DataError as problem:
            finding = rules.Finding("outline", rules.REFUSE, 0.0, str(problem))
            return NOTHING | {}, [finding], []
    efs = 100 * (measured[:, 0] - measured[:, 1]) / measured[:, 0]
    ef, sd = float(efs.mean()), spread
    findings = rules.measured(pairs, spread) + rules.fraction(ef)
    if len(efs) > 1:
        sd = float(np.hypot(spread, efs.std(ddof=1) / np.sqrt(len(efs))))
    interval = _interval(ef, low, NORMAL_95 * float(np.hypot(sd, residual)))
    spaced = all(view.clip.spacing is not None for view in views)
    notes = [] if spaced else [UNSPACED]
    if views[0].rhythm.irregular:
        notes.append(views[0].rhythm.why)
    result = {
        "ef": ef,
        "interval": interval,
        "volumes": tuple(map(float, measured.mean(axis=0))) if spaced else None,
        "category": None,
        "beat_efs": tuple(map(float, efs)),
        "spread": spread,
    }
    return result, findings, notes


def _about(least, most, low):
    """Notes on an interval, and on an EF that is read `low` points too low in the mean."""
    notes = []
    if abs(low) >= 1.0:
        notes.append(
            f"on randomised hearts this network read {abs(low):.0f} points too "
            f"{'low' if low > 0 else 'high'} in the mean, which the interval allows for."
        )
    if most - least > WIDE:
        notes.append(
            f"an interval of {most - least:.0f} points decides nothing: on hearts that are not this "
            "course's own the network is often wrong."
        )
    return list(map(_sentence, notes))


def _interval(ef, low, half):
    """(low, high) in per cent around what the EF would be if it were not `low` points too low; it
    holds the EF itself. Below 1 % it is 0, as such a number reads as a share.
    """
    least, most = min(ef, ef + low - half), max(ef, ef + low + half)
    return least if least >= 1.0 else 0.0, min(most, 100.0)


def _volumes(cuts):
    """(EDV, ESV) of one beat. cuts: for each view (`Discs` at ED, at ES). mL, or pixels^3."""
    return [_volume([phases[moment] for phases in cuts]) for moment in (0, 1)]


def _volume(both):
    if len(both) == 2:
        return discs.biplane(*both).volume
    return both[0].cube / (1000 if both[0].axis.unit == "mm" else 1)


def _spread(views, seed):
    """SD of the EF in points over repeated looks at slightly changed pictures of the first beats.

    Every repeat turns, zooms, shifts and re-grades all its pictures in one way, as one more
    recording would.
    """
    rng, name = np.random.default_rng(seed), views[0].network
    size = _size(name)
    count = min(MEASURED, *(len(view.rhythm.beats) for view in views))
    moments = [
        (view, frame)
        for view in views
        for beat in view.rhythm.beats[:count]
        for frame in (beat.ed, beat.es)
    ]
    turns, looks = [], []
    for _ in range(REPEATS):
        for view in views:
            turn, power, gain = _change(view.clip.frames.shape[1:], size, rng)
            for frame in (frame for other, frame in moments if other is view):
                picture = cv2.warpAffine(view.clip.frames[frame], turn, (size, size))
                looks.append(np.clip(gain * picture**power, 0, 1))
                turns.append((view, frame, turn))
    looks = np.stack(looks)
    others = looks.reshape(-1, 2, size, size)[:, ::-1].reshape(looks.shape)  # ED for ES, ES for ED
    answers = iter(zip(turns, _answers(looks, name, others)[0], strict=True))
    efs = []
    for _ in range(REPEATS):
        found = [[_look(*next(answers)) for _ in range(2 * count)] for _ in views]
        for beat in range(count):
            cuts = [(cut[2 * beat], cut[2 * beat + 1]) for cut in found]
            edv, esv = _volumes(cuts)
            efs.append((beat, 100 * (edv - esv) / edv))
    groups = [[ef for beat, ef in efs if beat == number] for number in range(count)]
    return float(np.sqrt(np.mean([np.var(group, ddof=1) for group in groups])))


def _change(shape, size, rng):
    """One change of a picture on its way to the network: matrix (2, 3), gamma, gain."""
    rows, cols = shape
    turn, zoom = np.radians(rng.uniform(-5, 5)), np.exp(rng.uniform(-0.08, 0.08))
    both = zoom * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    both *= size / np.array([[cols, rows]])
    shift = (size - 1) / 2 - both @ [(cols - 1) / 2, (rows - 1) / 2]
    shift += size * rng.uniform(-0.025, 0.025, 2)
    matrix = np.column_stack([both, shift])
    return matrix, rng.uniform(0.85, 1.18), rng.uniform(0.9, 1.1)


def _look(where, answer):
    """`Discs` of one repeat, on the clip's own pixels."""
    view, frame, turn = where
    rows, cols = view.masks.shape[1:]
    likely = cv2.warpAffine(
        answer, turn, (cols, rows), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    return view.cut(frame, lvshape.largest(likely > 0.5)[0])


# --- what is accepted ---


def _known(ed, es, clips):
    """(end-diastole, end-systole) of each clip as given. Raises DataError for impossible frames."""
    if ed is None or es is None:
        raise errors.DataError("Give both ed and es, or neither: one frame makes no fraction.")
    pairs = []
    for number, clip in enumerate(clips):
        last, pair = len(clip.frames) - 1, []
        for name, value in (("ed", ed), ("es", es)):
            values = list(value) if isinstance(value, (tuple, list)) else [value] * len(clips)
            if len(values) != len(clips):
                raise errors.DataError(f"{name} needs one frame for each of {len(clips)} clips.")
            pair.append(accept.whole(values[number], name, 0, last))
        if pair[0] == pair[1]:
            raise errors.DataError(f"ed and es are the same frame, {pair[0]}. They must differ.")
        pairs.append(tuple(pair))
    return pairs


def _clip(cine, name, known=False):
    """A `clips.Clip` with float32 frames 0..1 and a frame rate, which it may lack where the frames
    are known. Raises DataError.
    """
    if not isinstance(cine, cines.Clip):
        if not isinstance(cine, (tuple, list)) or len(cine) != 3:
            raise errors.DataError(
                f"{name} must be a clip, as clips.study gives it, or (frames, fps, spacing), not "
                f"{type(cine).__name__}. The spacing may be None."
            )
        cine = cines.Clip(cine[0], cine[1], cine[2], None, "", "")
    frames = _frames(cine.frames, name)
    fps = cine.fps
    if known and fps is None:
        fps = 1.0  # nothing is timed
    if not isinstance(fps, (int, float, np.number)) or not 1 <= fps <= 2000:
        raise errors.DataError(
            f"{name} has no frame rate (fps is {fps!r}), so no beat can be "
            "timed. Give the frames per second of the clip."
        )
    spacing = cine.spacing if cine.spacing is None else discs.millimetres(cine.spacing)
    return cines.Clip(frames, float(fps), spacing, None, cine.view, cine.patient_id, cine.synthetic)


def _frames(frames, name):
    try:
        array = np.asarray(frames)
    except ValueError:  # frames of several sizes
        array = np.asarray(None)
    if array.ndim == 4 and array.shape[-1] in (3, 4):
        raise errors.DataError(
            f"{name} is a colour movie, of shape {array.shape}. Make it grey "
            "first: one value for each pixel, frames.mean(axis=-1)."
        )
    if array.dtype.kind not in "buif" or array.ndim not in (2, 3) or array.size == 0:
        raise errors.DataError(
            f"{name} must hold frames of shape (frames, rows, columns), not "
            f"{array.dtype} of shape {array.shape}."
        )
    if array.ndim == 2 or len(array) == 1:
        raise errors.DataError(
            f"{name} is one frame. An ejection fraction needs a whole beat: give the whole clip."
        )
    if min(array.shape[1:]) < 32:
        raise errors.DataError(
            f"{name} has frames of {array.shape[1]} x {array.shape[2]} pixels, "
            "too small to outline a ventricle (32 at least)."
        )
    values = array.astype(np.float32) / (255 if array.dtype == np.uint8 else 1)
    if not np.isfinite(values).all():
        raise errors.DataError(f"{name} holds NaN or infinite values. Read the clip again.")
    if values.min() < -1e-6 or values.max() > 1 + 1e-6:
        raise errors.DataError(
            f"{name} holds values from {values.min():g} to {values.max():g}; "
            "frames run from 0 to 1 (or are uint8)."
        )
    if values.max() < DARKEST:
        raise errors.DataError(
            f"{name} is black throughout, so there is nothing to outline. Check the file."
        )
    return values


def _same_study(clips):
    views = [clip.view for clip in clips]
    if views[0] == cines.TWO or views[1:] == [cines.FOUR]:
        raise errors.DataError(
            f"The first clip must be the four-chamber view and the second the "
            f"two-chamber view; they are {' and '.join(views)}. Swap them."
        )
    people = {str(clip.patient_id) for clip in clips if clip.patient_id}
    if len(people) > 1:
        raise errors.DataError(
            f"The two clips belong to different patients: "
            f"{' and '.join(sorted(people))}. Give both views of one."
        )
    if len(clips) == 2 and (clips[0].spacing is None) != (clips[1].spacing is None):
        raise errors.DataError(
            "One clip has a spacing in mm and the other none. Give the spacing "
            "of both, or of neither."
        )


def _sentence(text):
    return text[0].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _plural(count, noun):
    return f"{count} {noun}{'' if count == 1 else 's'}"
