"""Pictures and tables of lesson 06: a cine with its outline, discs, the human ruler, and the ward.

Pure functions from plain values to one picture, table or panel. Frames are float32 (T, H, W), 0..1;
masks uint8 (T, H, W) or (H, W), 0 or 1; areas (T,) in mm2 or pixels.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas
from matplotlib.figure import Figure

from course_utils.cases import clips, samples
from course_utils.core import errors
from course_utils.ejection_fraction import guideline, rules, tracer
from course_utils.ejection_fraction.discs import ef_from_masks, measure
from course_utils.evaluate import agreement
from course_utils.show import figures, films, results, tiles

SHOWPIECE = "E07"  # the heart that lesson 00 opens with
LEFT_WALL = 0.15  # how much more of an outline may lie beside a bright wall before it is remarked
LIMITS = (0, 90)  # of the scale of ejection fractions


def film(clip, masks=None, areas=None, title="", synthetic=True, moving=True, answer=None):
    """A clip that plays, at half its speed, with an outline and an area curve: a `films.Film`.

    clip: a `clips.Clip`. masks: (T, H, W), outlined in each frame; areas: (T,), drawn as a curve.
    answer: what `auto_ef` said of it, shown beside it on a card: the number, or why there is none.
    In a `show.Player` it tells the kernel which frame stands still.
    """
    kind = "synthetic" if synthetic else "real"
    outlined = "" if masks is None else ", the cavity outlined in every frame"
    below = "" if areas is None else " The curve is the area inside the outline."
    return films.film(
        clip.frames,
        f"A beating heart, {_kind(synthetic)}{title}{outlined}.",
        (clip.fps or tracer.SLOWER) / tracer.SLOWER,
        f"{title[:1].upper()}{title[1:]}.{below}" if title else below.strip(),
        None if masks is None else {"network": masks},
        clip.spacing,
        tracer.moments(len(clip.frames), clip.fps),
        kind,
        moving=moving,
        curve=areas,
        beside=answer and card(answer, synthetic),
    )


def card(answer, synthetic=True):
    """What `auto_ef` said, as a card: the number with its interval, or why there is none."""
    kind = "synthetic" if synthetic else "real"
    if answer.refused:
        return results.card("Ejection fraction", "none", means=" ".join(answer.reasons), kind=kind)
    low, high = answer.interval
    return results.card(
        "Ejection fraction, by the machine",
        str(guideline.whole_percent(answer.ef)),
        "%",
        f"95 % interval {low:.0f} to {high:.0f} %, set on {answer.set_on}",
        answer.category.name if answer.category else "",
        kind,
    )


def discs(image, mask, spacing=None, count=20, synthetic=True):
    """A frame with the long axis and the diameters of the discs, as a Picture."""
    found = measure(mask, spacing, count)
    unit = "mm" if spacing else "pixels"
    widest = float(np.max(found.diameters))
    return tiles.image(
        image,
        f"The outlined {_kind(synthetic)}ventricle with its long axis of {found.axis.length:.0f} "
        f"{unit} and {count} diameters across it, the widest {widest:.0f} {unit}.",
        f"Axis {found.axis.length:.0f} {unit}, widest disc {widest:.0f} {unit}",
        spacing,
        outlines={"network": mask},
        lines=[np.array([found.axis.apex, found.axis.base]), *found.chords],
        kind=_kind(synthetic).strip(),
    )


def ruler(ef, interval, sex=None, synthetic=True):
    """An ejection fraction with its interval on the guideline's scale, and the width that two
    expert readers differ by, as a Picture. sex: "F", "M" or None (women's limits are then drawn).
    """
    figure = Figure(figsize=(9.5, 2.4), layout="constrained")
    axis = figure.subplots()
    for number, band in enumerate(reversed(guideline.BANDS["F" if sex is None else sex])):
        # Names are given to whole per cent, so a border lies at the half.
        low, high = max(band.low - 0.5, LIMITS[0]), min(band.high + 0.5, LIMITS[1])
        axis.axvspan(low, high, color=str(0.70 + 0.06 * number), linewidth=0)
        axis.text(
            (low + high) / 2,
            1.85,
            band.name.replace(" ", "\n", 1),
            ha="center",
            va="center",
            fontsize=9,
        )
    axis.errorbar(
        ef,
        1.1,
        xerr=[[ef - interval[0]], [interval[1] - ef]],
        fmt="o",
        capsize=5,
        color="black",
        markersize=7,
        linewidth=2,
    )
    humans = {0.6: guideline.ONE_READING, 0.2: guideline.TWO_READINGS}
    for level, half in humans.items():
        axis.errorbar(ef, level, xerr=half, capsize=5, color="0.25", linewidth=1.6)
    whom = {"F": "women", "M": "men"}.get(sex, "women; the sex is not known")
    axis.set(
        xlim=LIMITS,
        ylim=(0, 2.2),
        yticks=[1.1, *humans],
        xlabel=f"{_kind(synthetic)}ejection fraction (%), names for {whom}",
    )
    axis.set_yticklabels(["this answer", "one expert's reading", "a second expert's, beside it"])
    return figures.save(
        figure,
        f"{_kind(synthetic)}ejection fraction {ef:.0f} % with its interval {interval[0]:.0f} to "
        f"{interval[1]:.0f} on the guideline's scale. Below it what one expert's reading is sure to "
        f"({guideline.ONE_READING:.0f} points to either side), and where a second expert's would lie "
        f"({guideline.TWO_READINGS:.0f} points).",
    )


def contest(table, synthetic=True):
    """The errors of a reader beside those of the machine on the same hearts, as a Picture.

    table: of `contest.Contest.table`, at least 3 rows. Each row of the picture has its points, a
    bar from limit to limit (bias +- 1.96 SD) and, as thin lines, the intervals of both limits;
    below them what one expert is sure to by eye, from real hearts.
    """
    found = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", errors.CourseWarning)  # n stands in the picture
        for who, name in (("you", "you"), ("machine", "the machine")):
            found[name] = agreement.bland_altman(table[who], table.truth, patients=table.index)
    figure, axis = figures.paper(3.6)
    half = guideline.ONE_GLANCE
    axis.plot([-half, half], [0, 0], color=figures.PALE, linewidth=16, solid_capstyle="butt")
    axis.annotate(
        f"one expert by eye, ± {half:.0f} (140 patients)", (0, 0), ha="center", va="center"
    )
    looks = ((2, figures.ORANGE, "o"), (1, figures.BLUE, "D"))
    for one, (level, colour, sign) in zip(found.values(), looks, strict=True):
        bias, low, high = one.bias.estimate, one.lower, one.upper
        axis.plot(
            [low.estimate, high.estimate],
            [level] * 2,
            color=colour,
            alpha=0.3,
            linewidth=16,
            solid_capstyle="butt",
        )
        for limit in (low, high):
            axis.plot([limit.low, limit.high], [level - 0.28] * 2, color=colour, linewidth=1.6)
        axis.plot([bias] * 2, [level - 0.24, level + 0.24], color=colour, linewidth=3)
        axis.plot(one.differences, [level] * one.pairs, sign, color=colour, markeredgecolor="white")
        axis.annotate(
            f"bias {bias:+.1f}, limits {low.estimate:+.1f} to {high.estimate:+.1f}, n = {one.pairs}",
            (bias, level + 0.36),
            ha="center",
            va="center",
            color=colour,
            fontweight="bold",
        )
    axis.axvline(0, color=figures.GREY, linestyle=":", linewidth=1.2)
    axis.set(yticks=[2, 1, 0], ylim=(-0.5, 2.6), xlabel="estimate less truth (points of EF)")
    axis.set_yticklabels([*found, "published"])
    nearer = int((table.your_error.abs() < table.its_error.abs()).sum())
    message = f"You were nearer to the truth in {nearer} of {len(table)} {_kind(synthetic)}hearts"
    figures.title(axis, message)
    told = "; ".join(one.sentence(name, "points") for name, one in found.items())
    return figures.save(
        figure,
        f"{message}. {told}. One expert by eye is sure to {half:.0f} points, from real hearts.",
    )


def measured(answer):
    """The answer itself, if it holds a number. Raises DataError with the reasons of a refusal."""
    if answer.refused:
        raise errors.DataError(
            "This study was refused, so there is nothing to work on here. "
            f"{' '.join(answer.reasons)} Choose another PATIENT at the top."
        )
    return answer


def editor(answer, clip_4ch, clip_2ch=None, synthetic=True, moving=False):
    """The outlines of a study with handles on the beating heart: a `tracer.Tracer`.

    answer: what `ejection_fraction.auto_ef` gave for these clips. With one clip, two outlines. The
    card says the ejection fraction: as long as nothing is changed with the machine's interval,
    then with that of one expert's reading. A remark tells where a changed outline left the wall.
    """
    views = [
        _Traced(name, clip, found, ed, es)
        for name, clip, found, ed, es in _views(answer, clip_4ch, clip_2ch)
    ]
    return _tracer(views, answer.ef, answer.interval, synthetic, moving)


def showpiece():
    """A beating synthetic heart whose outline is dragged while its ejection fraction follows.

    The outline that it begins with is the simulator's own, so no network is needed. A
    `tracer.Tracer` of the four-chamber view; `.card` holds the number on show.
    """
    table = samples.table("echo")
    clip, _ = clips.study(table, SHOWPIECE)
    found = (clip.labels == 1).astype(np.uint8)
    areas = found.sum(axis=(1, 2))
    seen = _Traced("A4C", clip, found, int(areas.argmax()), int(areas.argmin()))
    return _tracer([seen], None, None, True, True)


def sex(table, patient):
    """ "F" or "M" where the table says it of a patient, else None."""
    known = set(table.loc[table.patient_id == patient, "sex"]) if "sex" in table else set()
    return next((name for name in ("F", "M") if name in known), None)


def refused(table, patients, synthetic=True):
    """End-diastole of each clip of the patients that got no number, as a Picture.

    Without any, the first patient is shown and the text says that nobody was refused.
    """
    shown = list(patients) or [table.patient_id.iloc[0]]
    pictures = {}
    for _, row in table[table.patient_id.isin(shown)].iterrows():
        frame = 0 if pandas.isna(row.get("ed")) else int(row["ed"])
        pictures[f"{row.patient_id}, {row['view']}"] = clips.read(
            row, table.attrs.get("folder")
        ).frames[frame]
    what = (
        "clips without an ejection fraction" if len(patients) else "nobody was refused; the first"
    )
    return tiles.grid(
        pictures,
        f"{_kind(synthetic)}{what}: {', '.join(pictures)}.",
        columns=3,
        kind=_kind(synthetic).strip(),
    )


def by_views(table, results):
    """The ejection fraction by one view and by both, beside the truth: a table in per cent.

    One row for each measured study with two views: four, two, both, truth, apart (four less two).
    """
    rows = {}
    for patient, result in results.items():
        if result.refused or result.masks_2ch is None:
            continue
        mine = table[table.patient_id == patient].set_index("view")
        alone = [
            ef_from_masks(masks[ed], masks[es], spacing_4ch=_spacing(mine.loc[view]))
            for view, masks, ed, es in (
                ("A4C", result.masks_4ch, result.ed, result.es),
                ("A2C", result.masks_2ch, result.ed_2ch, result.es_2ch),
            )
        ]
        rows[patient] = [*alone, result.ef, float(mine.ef.iloc[0]), alone[0] - alone[1]]
    columns = ["four", "two", "both", "truth", "apart"]
    return pandas.DataFrame.from_dict(rows, orient="index", columns=columns).astype(float)


def _spacing(row):
    pair = float(row.row_mm), float(row.col_mm)
    return pair if all(np.isfinite(pair)) else None


def ward(table, results):
    """One row for each study: ef, low, high, truth, difference, inside (does the interval hold the
    truth?), refused, why. Points and per cent.

    table: a clip table. results: patient_id -> what `ejection_fraction.auto_ef` gave. A refused
    study has no ef, and stays in the table.
    """
    if not results:
        raise errors.DataError("No study was measured, so there is no ward to show.")
    rows = []
    for patient, result in results.items():
        truth = float(table.loc[table.patient_id == patient, "ef"].iloc[0])
        ef = np.nan if result.refused else result.ef
        low, high = (np.nan, np.nan) if result.refused else result.interval
        inside = "refused" if result.refused else "yes" if low <= truth <= high else "no"
        rows.append(
            {
                "patient_id": patient,
                "ef": ef,
                "low": low,
                "high": high,
                "truth": truth,
                "difference": ef - truth,
                "inside": inside,
                "refused": result.refused,
                "why": result.reasons[0] if result.refused else "",
            }
        )
    return pandas.DataFrame(rows).set_index("patient_id")


def _kind(synthetic):
    return "synthetic " if synthetic else ""


def _views(answer, clip_4ch, clip_2ch):
    yield "A4C", clip_4ch, answer.masks_4ch, answer.ed, answer.es
    if clip_2ch is not None and answer.masks_2ch is not None:
        yield "A2C", clip_2ch, answer.masks_2ch, answer.ed_2ch, answer.es_2ch


@dataclass(frozen=True)
class _Traced:
    """One view to be traced: its clip, masks (T, H, W), and the frames of ED and ES."""

    name: str
    clip: clips.Clip
    masks: np.ndarray
    ed: int
    es: int


def _tracer(views, ef, interval, synthetic, moving):
    images, masks, titles, places, shown = [], [], [], [], []
    for number, seen in enumerate(views):
        title = f"{_kind(synthetic)}{seen.name}"
        areas = seen.masks.sum(axis=(1, 2))
        shown.append(
            tracer.view(
                seen.clip.frames, title, seen.clip.fps, seen.clip.spacing, seen.masks, areas, moving
            )
        )
        for phase, frame in (("ED", seen.ed), ("ES", seen.es)):
            images.append(seen.clip.frames[frame])
            masks.append((seen.masks[frame] == 1).astype(np.uint8))
            titles.append(f"{seen.name} {phase}")
            places.append((number, frame))
    spacings = [seen.clip.spacing for seen in views] + [None]

    def _measure(edited):
        number = _biplane(edited, spacings)
        untouched = all(np.array_equal(now, was) for now, was in zip(edited, masks, strict=False))
        if untouched and ef is not None:
            return _reading(ef, interval, "the machine's 95 % interval", synthetic)
        left = [
            _left(title, image, now, was)
            for title, image, now, was in zip(titles, images, edited, masks, strict=False)
        ]
        half = guideline.ONE_READING
        reach = max(number - half, 0), min(number + half, 100)
        words = "one expert's reading, 95 %"
        return _reading(number, reach, words, synthetic, " ".join(filter(None, left)))

    return tracer.Tracer(
        images,
        masks,
        _measure,
        f"The outlines of a beating {_kind(synthetic)}left ventricle, with handles.",
        titles,
        shown,
        places,
        moving,
    )


def _reading(ef, interval, words, synthetic, remark=""):
    return tracer.Reading(
        f"EF {guideline.whole_percent(ef)} %",
        f"{interval[0]:.0f} to {interval[1]:.0f} % ({words})",
        remark,
        f"{_kind(synthetic)}{'heart, ' if synthetic else ''}not for diagnosis",
        guideline.whole_percent(ef),
    )


def _left(title, image, mask, automatic):
    """A remark where an outline lies less on the wall than the automatic one does, or ''."""
    share, before = (rules.off_wall(image, one, automatic) for one in (mask, automatic))
    if share - before < LEFT_WALL:
        return ""
    return f"{title}: along {100 * share:.0f} % of its length this outline is not on the wall."


def _biplane(masks, spacings):
    """The ejection fraction of the masks, in the order ED, ES of one view, then of the other."""
    ef = ef_from_masks(
        *masks, spacing_4ch=spacings[0], spacing_2ch=spacings[1] if len(masks) == 4 else None
    )
    if ef < 0:
        raise errors.DataError("The ventricle is larger at end-systole than at end-diastole.")
    return ef
