"""Try the course's heart networks on real scans: `python tools/measure/real_hearts.py FOLDER`.

FOLDER: CAMUS as it is downloaded (doi:10.1109/TMI.2019.2900516), or a folder with `cases.csv`
(columns image, mask, patient_id, view, phase, row_mm, col_mm, ef; masks with 1 for the cavity). Of
every patient the traced frames of both views are read. Prints, as Markdown: Dice and area (outline
over truth) of each frame, then each patient's EF by the readers' outlines and by each network, and
bias with interval. `--networks NAME ...`: of the networks of `auto_ef`; `--patients N`: the first N
only; `--sheet FILE`: also a picture with the outlines. No network has seen one of these scans.
"""

import argparse
import sys
import warnings
from pathlib import Path

import cv2
import numpy as np
import pandas

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils import ejection_fraction, evaluate, load, public_data
from course_utils.cases import clips
from course_utils.core import errors
from course_utils.ejection_fraction import automatic
from course_utils.evaluate import metrics

VIEWS = {"4CH": "A4C", "2CH": "A2C"}
CELL = 320  # pixels a side of one picture on the sheet
TRUTH, DRAWN = (255, 160, 0), (0, 140, 255)  # blue and orange, as OpenCV orders them


def halves(folder, most=None):
    """Every patient's two half beats: {patient: ({view: `clips.Clip` of two frames}, EF)}."""
    folder = Path(folder)
    read = _listed if (folder / "cases.csv").is_file() else _camus
    return read(folder, most)


def _listed(folder, most):
    found = {}
    for patient, rows in pandas.read_csv(folder / "cases.csv").groupby("patient_id", sort=True):
        if most is not None and len(found) == most:
            break
        views = {}
        for view, pair in rows.groupby("view"):
            pair = pair.sort_values("phase")  # ED comes before ES
            frames = [load.image(folder / name) for name in pair["image"]]
            truths = [cv2.imread(str(folder / name), cv2.IMREAD_UNCHANGED) for name in pair["mask"]]
            spacing = tuple(pair[["row_mm", "col_mm"]].iloc[0])
            name = VIEWS.get(view, view)
            views[name] = clips.Clip(
                np.stack(frames), None, spacing, np.stack(truths), name, patient
            )
        found[patient] = views, float(rows["ef"].iloc[0])
    return found


def _camus(folder, most):
    found, table = {}, public_data.camus(folder)
    for patient, rows in table.groupby("patient_id", sort=True):
        if most is not None and len(found) == most:
            break
        if len(rows) != 2 or rows[["ed", "es"]].isna().any(axis=None):
            continue
        views = {}
        for _, row in rows.iterrows():
            clip = clips.read(row, table.attrs["folder"])
            both = [int(row["ed"]), int(row["es"])]
            views[row["view"]] = clips.Clip(
                clip.frames[both], None, clip.spacing, clip.labels[both], row["view"], patient
            )
        found[patient] = views, float(rows["ef"].iloc[0])
    return found


def judged(patients, network):
    """A row for each frame (dice, area: outline over truth), and one for each patient (EF)."""
    frames, people = [], []
    for patient, (views, ef) in patients.items():
        answer = ejection_fraction.auto_ef(*_pair(views), ed=0, es=1, network=network)
        found = {"A4C": answer.masks_4ch, "A2C": answer.masks_2ch}
        for view, clip in views.items():
            for phase, mask, labels in zip(("ED", "ES"), found[view], clip.labels, strict=True):
                truth = (labels == clips.CAVITY).astype(np.uint8)
                frames.append({
                    "patient_id": patient, "view": view, "phase": phase,
                    "dice": metrics.dice(truth, mask), "area": mask.sum() / truth.sum(),
                })  # fmt: skip
        people.append({
            "patient_id": patient, "ef": ef, "readers": biplane(views, {
                view: clip.labels == clips.CAVITY for view, clip in views.items()}),
            "found": biplane(views, found), "refused": answer.refused,
            "interval": answer.interval,
        })  # fmt: skip
    return pandas.DataFrame(frames), pandas.DataFrame(people)


def biplane(views, masks):
    """EF in per cent by the discs of both views, or NaN where an outline cannot be measured."""
    names = ("A4C", "A2C")
    try:
        edv, esv = (
            ejection_fraction.biplane_volume(
                *(masks[name][moment].astype(np.uint8) for name in names),
                *(views[name].spacing for name in names),
            )
            for moment in (0, 1)
        )
        return float(ejection_fraction.ejection_fraction(edv, esv))
    except errors.DataError:
        return float("nan")


def _pair(views):
    return views["A4C"], views["A2C"]


def sheet(patients, network):
    """Every frame with the truth in blue and the outline in orange, four a row: a BGR picture."""
    rows = []
    for views, _ in patients.values():
        cells = []
        for clip in _pair(views):
            likely = automatic.probabilities(clip.frames, network, clip.frames[::-1])
            for frame, labels, answer in zip(clip.frames, clip.labels, likely, strict=True):
                cell = cv2.resize((255 * frame).astype(np.uint8), (CELL, CELL))
                cell = cv2.cvtColor(cell, cv2.COLOR_GRAY2BGR)
                truth = (labels == clips.CAVITY).astype(np.float32)
                for part, colour in ((truth, TRUTH), (answer, DRAWN)):
                    inside = (cv2.resize(part, (CELL, CELL)) > 0.5).astype(np.uint8)
                    lines, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
                    cv2.drawContours(cell, lines, -1, colour, 1)
                cells.append(cell)
        rows.append(np.hstack(cells))
    return np.vstack(rows)


def _said(values, digits=2, sign=""):
    """The mean, with its interval where there are patients enough for one."""
    estimate, low, high = evaluate.bootstrap(list(values))
    interval = "" if np.isnan(low) else f" ({low:{sign}.{digits}f} to {high:{sign}.{digits}f})"
    return f"{estimate:{sign}.{digits}f}{interval}"


def main(arguments=None):
    """Run the command; returns 0."""
    parser = argparse.ArgumentParser(description="Try heart networks on real scans.")
    parser.add_argument("folder", type=Path, help="CAMUS, or a folder with cases.csv")
    parser.add_argument("--networks", nargs="+", default=[automatic.MODEL], metavar="NAME")
    parser.add_argument("--patients", type=int, help="only so many")
    parser.add_argument("--sheet", type=Path, help="a PNG for the outlines of the last network")
    choice = parser.parse_args(arguments)
    warnings.simplefilter("ignore", errors.CourseWarning)
    patients = halves(choice.folder, choice.patients)
    every = {name: judged(patients, name) for name in choice.networks}
    if choice.sheet:
        cv2.imwrite(str(choice.sheet), sheet(patients, choice.networks[-1]))
    heads = [f"{name}: {what}" for name in every for what in ("Dice", "area")]
    print(f"| frame | {' | '.join(heads)} |\n|---|{'---:|' * len(heads)}")
    for row, frame in next(iter(every.values()))[0].iterrows():
        cells = [
            f"{one[0].iloc[row][what]:.2f}" for one in every.values() for what in ("dice", "area")
        ]
        print(f"| {frame['patient_id']} {frame['view']} {frame['phase']} | {' | '.join(cells)} |")
    for name, (frames, people) in every.items():
        by_patient = frames.groupby("patient_id")["dice"].mean()
        areas = frames.groupby("phase")["area"].median()
        print(f"\n{name}: Dice {_said(by_patient)}, lowest {frames['dice'].min():.2f}; area over truth, "
              f"medians: ED {areas['ED']:.2f}, ES {areas['ES']:.2f} ({len(by_patient)} patients, "
              f"{len(frames)} frames)")  # fmt: skip
        error = people["found"] - people["ef"]
        print(f"EF minus the file's: mean {_said(error.dropna(), 1, '+')} points, "
              f"{int(people['refused'].sum())} of {len(people)} patients refused")  # fmt: skip
        if len(people) <= 20:
            for one in people.itertuples():
                held = (
                    "refused" if one.refused else f"{one.interval[0]:.0f} to {one.interval[1]:.0f}"
                )
                print(f"- {one.patient_id}: file {one.ef:.1f}, readers' outlines {one.readers:.1f}, "
                      f"found {one.found:.1f} ({held})")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
