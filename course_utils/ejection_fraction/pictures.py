"""Pictures and tables of lesson 06: a cine with its outline, discs, the human ruler, and the ward.

Pure functions from plain values to one picture, table or panel. Frames are float32 (T, H, W), 0..1;
masks uint8 (T, H, W) or (H, W), 0 or 1; areas (T,) in mm2 or pixels.
"""

import cv2
import matplotlib
import numpy as np
import pandas
from matplotlib.figure import Figure
from PIL import Image, ImageDraw

from course_utils.cases import clips
from course_utils.core import errors
from course_utils.ejection_fraction import contours, guideline, tracer
from course_utils.ejection_fraction.discs import ef_from_masks, measure
from course_utils.show import figures, tiles, widgets

ZOOM = 3  # screen pixels for one pixel of a 112 x 112 clip
STRIP = 110  # screen pixels for the area curve under a frame
EXPERT_SD = guideline.EXPERT_SD  # points of EF by which two experts differ
LIMITS = (0, 90)  # of the scale of ejection fractions


def film(clip, masks=None, areas=None, title="", synthetic=True):
    """A slider over the frames with a play button: a `widgets.Panel` whose value is `frame`.

    clip: a `clips.Clip`. masks: (T, H, W), outlined in each frame; areas: (T,), drawn as a curve.
    """
    last, title = len(clip.frames) - 1, f"{_kind(synthetic)}{title}"
    panel = widgets.explore(
        lambda frame: still(clip.frames, frame, masks, areas, title), frame=(0, last, 0)
    )
    # A clip of 40 frames at 40 frames a second takes a second; half of that speed reads better.
    return widgets.play(panel, "frame", round(2000 / clip.fps) if clip.fps else 80, again=True)


def still(frames, frame, masks=None, areas=None, title=""):
    """One frame, enlarged, with its outline and the area curve under it: a Picture.

    Drawn without Matplotlib, so that it can follow a slider and be played.
    """
    picture = _enlarged(frames[frame], None if masks is None else masks[frame])
    said = [f"frame {frame} of {len(frames) - 1}"]
    if areas is not None:
        picture = np.vstack([picture, _curve(areas, frame, picture.shape[1])])
        share = 100 * areas[frame] / max(np.nanmax(areas), 1e-9)
        said[0] += f", area {share:.0f} % of the largest"
    said = [title, *said] if title else said
    return figures.plain(_captioned(picture, said), f"{', '.join(said)}.")


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
    axis.errorbar(
        ef,
        0.45,
        xerr=1.96 * EXPERT_SD,
        fmt="",
        capsize=5,
        color="0.25",
        linewidth=1.6,
        linestyle="none",
    )
    whom = {"F": "women", "M": "men"}.get(sex, "women; the sex is not known")
    axis.set(
        xlim=LIMITS,
        ylim=(0, 2.2),
        yticks=[1.1, 0.45],
        xlabel=f"{_kind(synthetic)}ejection fraction (%), names for {whom}",
    )
    axis.set_yticklabels(["this answer", "two experts"])
    return figures.save(
        figure,
        (
            f"{_kind(synthetic)}ejection fraction {ef:.0f} % with its interval "
            f"{interval[0]:.0f} to {interval[1]:.0f} on the guideline's scale. "
            "Below it the range in which 95 of 100 second readings by another expert would lie, "
            f"{1.96 * EXPERT_SD:.0f} points to either side."
        ),
    )


def measured(answer):
    """The answer itself, if it holds a number. Raises DataError with the reasons of a refusal."""
    if answer.refused:
        raise errors.DataError(
            "This study was refused, so there is nothing to work on here. "
            f"{' '.join(answer.reasons)} Choose another PATIENT at the top."
        )
    return answer


def editor(answer, clip_4ch, clip_2ch=None, synthetic=True):
    """The four outlines of a study with handles: a `tracer.Tracer` that says the ejection fraction.

    answer: what `ejection_fraction.auto_ef` gave for these clips. With one clip, two outlines.
    """
    images, masks, titles = [], [], []
    for name, clip, found, ed, es in _views(answer, clip_4ch, clip_2ch):
        for phase, frame in (("ED", ed), ("ES", es)):
            images.append(clip.frames[frame])
            masks.append(found[frame])
            titles.append(f"{_kind(synthetic)}{name} {phase}")
    spacings = clip_4ch.spacing, None if clip_2ch is None else clip_2ch.spacing
    return tracer.Tracer(
        images,
        masks,
        lambda edited: _told(edited, spacings),
        alt=f"The proposed outlines of the {_kind(synthetic)}left ventricle.",
        titles=titles,
    )


def edit_sliders(answer, clip, synthetic=True):
    """The four-chamber outlines of a study, changed with sliders: a `widgets.Panel`."""
    return tracer.sliders(
        clip.frames[answer.ed],
        answer.masks_4ch[answer.ed],
        clip.frames[answer.es],
        answer.masks_4ch[answer.es],
        lambda edited: f"{_told(edited, (clip.spacing, None))} ({_kind(synthetic)}A4C view alone)",
        spacing=clip.spacing,
    )


def edited_ef(values, answer, clip):
    """The single-plane ejection fraction for the values of `edit_sliders`, in per cent."""
    masks, unit = [], "px" if clip.spacing is None else "mm"
    for phase, frame in (("diastole", answer.ed), ("systole", answer.es)):
        apex, base = (values[f"{phase}_{end}_{unit}"] for end in ("apex", "annulus"))
        masks.append(
            contours.deform(
                answer.masks_4ch[frame],
                apex,
                base,
                values[f"{phase}_width_percent"],
                clip.spacing or (1, 1),
                finer=tracer.FINER,
            )
        )
    return ef_from_masks(*masks, spacing_4ch=clip.spacing)


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


def reading_cases(table, count=20, seed=0, limit=50):
    """Pairs of frames to read: (pictures, truth), end-diastole beside end-systole of the A4C view.

    table: a clip table with `ed`, `es` and `ef`. Clips that must be refused are left out. truth: 1
    where the ejection fraction is below `limit` per cent. Which patients, and in which order, seed
    decides.
    """
    good = table[(table.view == "A4C") & table.ef.notna()]
    if "must_refuse" in good:
        good = good[~good.must_refuse.astype(bool)]
    if good.empty:
        raise errors.DataError("The table has no A4C clip with an ejection fraction to read.")
    order = np.random.default_rng(seed).permutation(len(good))[:count]
    pictures = []
    for _, row in good.iloc[order].iterrows():
        frames = clips.read(row, table.attrs.get("folder")).frames
        pair = np.hstack([_enlarged(frames[int(frame)], None) for frame in (row.ed, row.es)])
        pictures.append(
            figures.plain(
                _captioned(pair, ["synthetic: end-diastole beside end-systole"]),
                "A heart at its largest and at its smallest, synthetic.",
            )
        )
    return pictures, (good.ef.iloc[order] < limit).astype(int).to_numpy()


def _kind(synthetic):
    return "synthetic " if synthetic else ""


def _views(answer, clip_4ch, clip_2ch):
    yield "A4C", clip_4ch, answer.masks_4ch, answer.ed, answer.es
    if clip_2ch is not None and answer.masks_2ch is not None:
        yield "A2C", clip_2ch, answer.masks_2ch, answer.ed_2ch, answer.es_2ch


def _told(masks, spacings):
    """The reading under the outlines; masks in the order ED, ES of one view, then of the other."""
    ef = ef_from_masks(
        *masks, spacing_4ch=spacings[0], spacing_2ch=spacings[1] if len(masks) == 4 else None
    )
    if ef < 0:
        raise errors.DataError("the ventricle is larger at end-systole than at end-diastole.")
    return f"Ejection fraction {ef:.0f} %"


def _enlarged(image, mask):
    size = image.shape[1] * ZOOM, image.shape[0] * ZOOM
    grey = cv2.resize(np.asarray(image, np.float32), size, interpolation=cv2.INTER_CUBIC)
    picture = np.ascontiguousarray(np.repeat(np.clip(grey, 0, 1)[..., None], 3, axis=2))
    if mask is not None:
        smooth = cv2.resize(np.asarray(mask, np.float32), size, interpolation=cv2.INTER_LINEAR)
        lines, _ = cv2.findContours(
            (smooth >= 0.5).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
        )
        cv2.drawContours(picture, lines, -1, matplotlib.colors.to_rgb(figures.ORANGE), 2)
    return picture


def _curve(areas, frame, width):
    """The area over time with a mark at the present frame: (STRIP, width, 3)."""
    strip = np.ones((STRIP, width, 3), np.float32)
    areas = np.asarray(areas, float)
    low, high = np.nanmin(areas), np.nanmax(areas)
    x = np.linspace(12, width - 12, len(areas))
    y = STRIP - 16 - (areas - low) / max(high - low, 1e-9) * (STRIP - 40)
    line = np.stack([x, y], axis=1)[np.isfinite(y)].round().astype(np.int32)
    cv2.polylines(strip, [line], False, matplotlib.colors.to_rgb("0.35"), 2, cv2.LINE_AA)
    if np.isfinite(y[frame]):
        here = round(float(x[frame])), round(float(y[frame]))
        cv2.circle(strip, here, 6, matplotlib.colors.to_rgb(figures.ORANGE), -1, cv2.LINE_AA)
    return strip


def _captioned(picture, lines):
    top = 18 * len(lines) + 3
    sheet = Image.new("RGB", (picture.shape[1], picture.shape[0] + top), "white")
    sheet.paste(Image.fromarray(np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)), (0, top))
    ImageDraw.Draw(sheet).multiline_text((2, 2), "\n".join(lines), "black", tiles.font(12))
    return np.asarray(sheet, np.float32) / 255
