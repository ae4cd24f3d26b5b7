"""CAMUS: from the folder that you downloaded to the table of clips, and the check of its EF.

Both releases are read: NIfTI (`database_nifti/patient0001/patient0001_4CH_half_sequence.nii.gz`,
labels for every frame) and the older MetaImage one (`patient0001_4CH_sequence.mhd`, labels for the
two traced frames only).
"""

import math
import re
import warnings
from pathlib import Path

import numpy as np
import pandas

from course_utils.cases import clips
from course_utils.core import errors, files, tables
from course_utils.load import frame_rate, volumes
from course_utils.public_data import facts

VIEWS = {"4CH": "A4C", "2CH": "A2C"}
SEQUENCES = ("half_sequence", "sequence")
PATIENT = re.compile(r"patient\d+", re.IGNORECASE)
GROUPS = {"training": "TRAIN", "validation": "VAL", "testing": "TEST"}
WITHIN = 2.0  # points of EF


def camus(folder):
    """The clip table of CAMUS: one row per view and patient.

    folder: the download, its database folder, or one patient's folder. Columns as in every clip
    table, and `ed_image`, `ed_mask`, `es_image`, `es_mask` (the two traced frames as files). `ef`,
    `edv_ml`, `esv_ml` are the file's own (Info_*.cfg); `ed` and `es` count from 0, the files count
    from 1. `masks` holds labels for every frame, and is missing in the older release. Reads the
    headers of all sequences and the labels of the traced frames; about a minute for 500 patients.

    Left out with the reason (`public_data.left_out`): views without a sequence, files that are
    damaged or whose axes are swapped, files that belong to nothing. Kept with a remark: missing EF
    or frame numbers, frame numbers beyond the clip, pixel sizes that cannot be.
    Raises FileError when there is no patient folder or nothing is left.
    """
    place, rows, ledger = _scan(folder)
    usable = []
    for row in rows:
        if row["cine"] is None:
            ledger.leave_out(f"{row['patient_id']} {row['view']}", "It has no sequence to play.")
        else:
            usable.append(row)
    if rows and not usable:
        people = len({row["patient_id"] for row in rows})
        raise errors.FileError(
            f"'{files.shown(place)}' is a copy of CAMUS without sequences: of {people} patients it holds "
            "the two traced frames alone, and a clip needs files such as "
            "patient0001_4CH_half_sequence.nii.gz. Download database_nifti. With the frames alone, "
            "public_data.camus_check(folder) compares the volumes, and your_own_data.inspect(folder) "
            "lists the stills."
        )
    return facts.finish_clips(usable, "camus", place, ledger)


def camus_check(folder):
    """Does the method of discs give the file's own EF back? One row per patient, a pandas table.

    Volumes are biplane, 20 discs (`ejection_fraction.biplane_volume`), from the reference labels of
    end-diastole and end-systole of both views. Columns: patient_id, ef_file, ef_masks, difference
    (masks minus file, points), edv_ml, esv_ml, why (empty, or why there is no number or what was
    said on the way). attrs: n, mean_difference, within (share of patients within 2 points, 0..1),
    said (one sentence). Raises FileError when there is no patient.
    """
    place, rows, ledger = _scan(folder)
    patients = {}
    for row in rows:
        patients.setdefault(row["patient_id"], {})[row["view"]] = row
    for file in ledger.left_out:
        patients.setdefault(file.split("/")[0].split(" ")[0], {})
    checked = pandas.DataFrame(
        [
            _checked(patient, views, place)
            for patient, views in sorted(patients.items())
            if PATIENT.fullmatch(patient)
        ]
    )
    if checked.empty:
        raise errors.FileError(f"'{files.shown(place)}' holds no patient that can be checked.")
    gaps = checked["difference"].dropna()
    share = float((gaps.abs() <= WITHIN).mean()) if len(gaps) else math.nan
    checked.attrs = {
        "n": len(gaps),
        "mean_difference": float(gaps.mean()),
        "within": share,
        "left_out": ledger.left_out,
        "noted": ledger.noted,
    }
    checked.attrs["said"] = (
        f"Biplane EF from the reference labels minus the file's EF: mean {gaps.mean():+.1f} "
        f"points, {share:.0%} of patients within {WITHIN:g} points (n = {len(gaps)} of "
        f"{len(checked)} patients)."
        if len(gaps)
        else f"None of {len(checked)} patients has both views, their labels and an EF to compare with."
    )
    return checked


def _checked(patient, views, place):
    numbers = ("ef_file", "ef_masks", "difference", "edv_ml", "esv_ml")
    result = {"patient_id": patient, **dict.fromkeys(numbers, math.nan), "why": ""}
    lacking = [view for view in VIEWS.values() if view not in views]
    if lacking:
        return result | {"why": f"{' and '.join(lacking)} cannot be used."}
    result["ef_file"] = views["A4C"]["ef"]
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            edv, esv = (_volume(views, phase, place) for phase in ("ed", "es"))
        from course_utils import ejection_fraction

        ef = ejection_fraction.ejection_fraction(edv, esv)
    except errors.CourseError as error:
        return result | {"why": str(error)}
    texts = dict.fromkeys(
        str(one.message) for one in said if issubclass(one.category, errors.CourseWarning)
    )
    return result | {
        "ef_masks": ef,
        "difference": ef - result["ef_file"],
        "edv_ml": edv,
        "esv_ml": esv,
        "why": " ".join(texts),
    }


def _volume(views, phase, place):
    from course_utils import ejection_fraction

    masks = []
    for view in ("A4C", "A2C"):
        name = views[view][f"{phase}_mask"]
        if name is None:
            raise errors.DataError(f"{view} has no labels at {phase.upper()}.")
        masks.append(clips.volume_labels(place / name))
    one, other = masks
    if one.spacing is None or other.spacing is None:
        raise errors.CalibrationError("The pixel size is unknown, so two views cannot be combined.")
    return float(
        ejection_fraction.biplane_volume(
            _cut_out(one.pixels), _cut_out(other.pixels), one.spacing, other.spacing
        )
    )


def _cut_out(labels):
    """The cavity as a mask (h, w) with a little air round it: smaller, so faster to measure."""
    mask = (labels == clips.CAVITY).astype(np.uint8)
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return np.pad(mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], 4)


def _scan(folder):
    """(root, rows, ledger): every view of every patient, also those without a sequence."""
    place = files.find_folder(folder)
    if PATIENT.fullmatch(place.absolute().name):
        place = place.absolute().parent
        folders = [Path(files.find_folder(folder)).absolute()]
    else:
        folders = sorted(path for path in files.folders(place, 3) if PATIENT.fullmatch(path.name))
    if not folders:
        raise errors.FileError(
            f"'{files.shown(place)}' holds no folder such as patient0001, so it is not CAMUS as it "
            "is downloaded. Give the folder that you unzipped."
        )
    ledger = facts.Ledger()
    groups = _groups(place, ledger)
    rows, seen = [], {}
    for patient in folders:
        name = patient.name.lower()
        if name in seen:
            ledger.leave_out(
                _from(place, patient), f"{name} is in '{seen[name]}' too; the first folder counts."
            )
            continue
        seen[name] = _from(place, patient)
        rows += _patient(place, patient, groups.get(name) or _by_folder(patient), ledger)
    return place, rows, ledger


def _from(place, path):
    return path.relative_to(place).as_posix()


def _by_folder(patient):
    return GROUPS.get(patient.parent.name.lower())


def _groups(place, ledger):
    """{patient: split} from the files subgroup_*.txt, wherever in the download they are."""
    result = {}
    found = {
        path.absolute(): path
        for root, depth in ((place, 2), (place.absolute().parent, 1))
        for path in files.below(root, depth)
        if path.match("subgroup_*.txt")
    }
    for path in sorted(found.values()):
        part = GROUPS.get(path.stem.removeprefix("subgroup_").lower())
        if part is None:
            ledger.leave_out(files.shown(path), "It names no split that is known.")
            continue
        for name in files.read_bytes(path).decode("utf-8", "replace").split():
            name = name.lower()
            if result.get(name, part) != part:
                ledger.note(
                    name,
                    f"It is in two splits, {result[name]} and {part}: a leak. The first counts.",
                )
            result.setdefault(name, part)
    return result


def _patient(place, patient, part, ledger):
    here = {path.name.lower(): path for path in files.below(patient, 0)}
    rows, used = [], set()
    for view in VIEWS:
        row = _view(place, patient, view, here, used, ledger)
        if row is not None:
            rows.append(row | {"split": part})
    for name, path in here.items():
        if name not in used and not name.endswith((".raw", ".zraw")):
            ledger.leave_out(_from(place, path), "It is no file of the release that is used here.")
    _compare_views(rows, patient.name, ledger)
    return rows


def _view(place, patient, view, here, used, ledger):
    """The row of one view, or None if it cannot be used."""

    def find(what):
        """The file of this view, or None; remembers that it has a use."""
        for suffix in (".nii.gz", ".nii", ".mhd", ".mha"):
            name = f"{patient.name}_{view}_{what}{suffix}".lower()
            if name in here:
                used.add(name)
                return here[name]
        return None

    label = _from(place, patient / f"{patient.name}_{view}")
    info = _info(here, used, view, label, ledger)
    stills = {what: find(what) for what in ("ED", "ES", "ED_gt", "ES_gt")}
    kinds = [(kind, find(kind), find(f"{kind}_gt")) for kind in SEQUENCES if find(kind)]
    if not kinds and not any(stills.values()):
        ledger.leave_out(label, "The view is missing: neither a sequence nor single frames.")
        return None
    row = {
        "patient_id": patient.name.lower(),
        "view": VIEWS[view],
        "cine": None,
        "masks": None,
        "row_mm": math.nan,
        "col_mm": math.nan,
        "heart_rate": math.nan,
        **info,
    }
    try:
        _stills(row, stills, place, ledger)
        if kinds:
            _sequence(row, *kinds[0][1:], place, ledger)
    except errors.CourseError as error:
        ledger.leave_out(label, error)
        return None
    if row["cine"] is not None:
        _beat(row, kinds[0][0], label, ledger)
    row.pop("nbframe")
    return row


def _stills(row, stills, place, ledger):
    """Check the two traced frames and their labels against each other."""
    for phase in ("ED", "ES"):
        image, mask = stills[phase], stills[f"{phase}_gt"]
        row[f"{phase.lower()}_image"] = None if image is None else _from(place, image)
        row[f"{phase.lower()}_mask"] = None if mask is None else _from(place, mask)
        if mask is None:
            ledger.note(
                _from(place, image) if image else f"{row['patient_id']} {row['view']} {phase}",
                "It has no reference labels.",
            )
            continue
        about = volumes.header(mask)
        if image is not None:
            volumes.check_pair(volumes.header(image), about)
        for sentence in about.said:
            ledger.note(_from(place, mask), sentence)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", errors.CourseWarning)  # these are remarks already
            clips.volume_labels(mask)


def _sequence(row, cine, masks, place, ledger):
    about = volumes.header(cine)
    if len(about.shape) != 3:
        raise errors.DataError(f"'{about.name}' holds one picture, and a sequence was expected.")
    for sentence in about.said:
        ledger.note(_from(place, cine), sentence)
    row["cine"], row["frames"] = _from(place, cine), about.shape[0]
    row["row_mm"], row["col_mm"] = about.spacing or (math.nan, math.nan)
    if masks is not None:
        try:
            volumes.check_pair(about, volumes.header(masks))
        except errors.CourseError as error:
            ledger.leave_out(_from(place, masks), error)
        else:
            row["masks"] = _from(place, masks)
    if row["nbframe"] == row["nbframe"] and row["nbframe"] != about.shape[0]:
        ledger.note(
            row["cine"],
            f"Its cfg file says {row['nbframe']:g} frames, the sequence holds "
            f"{about.shape[0]}; the sequence counts.",
        )


def _beat(row, kind, label, ledger):
    """Frame numbers from 0; the files count from 1."""
    frames = row["frames"]
    given = {phase: row[phase] for phase in ("ed", "es")}
    wrong = [
        f"{phase.upper()} is " + ("missing" if value != value else f"frame {value:g}")
        for phase, value in given.items()
        if not 1 <= value <= frames
    ]
    if not wrong and given["ed"] == given["es"]:
        wrong = [f"ED and ES are both frame {given['ed']:g}"]
    if not wrong:
        row["ed"], row["es"] = (int(given[phase]) - 1 for phase in ("ed", "es"))
        return
    half = kind == SEQUENCES[0]
    row["ed"], row["es"] = (0, frames - 1) if half else (None, None)
    ledger.note(
        label,
        f"In its cfg file {' and '.join(wrong)}, of {frames} frames. "
        + (
            "The first and the last frame are taken, as a half beat has them."
            if half
            else "No frame is taken."
        ),
    )


def _info(here, used, view, label, ledger):
    """What Info_4CH.cfg says, in the course's names; missing where it says nothing."""
    name = f"info_{view}.cfg".lower()
    fields = {}
    if name in here:
        used.add(name)
        text = files.read_bytes(here[name]).decode("utf-8", "replace")
        for line in text.splitlines():
            key, _, value = line.partition(":" if ":" in line else "=")
            fields[key.strip().lower()] = value.strip()
    else:
        ledger.note(label, f"Info_{view}.cfg is missing: no EF, no frame numbers.")
    ef = tables.decimal(fields.get("ef", fields.get("lvef")))
    if not 1 < ef <= 100:
        if fields:
            ledger.note(
                label,
                "Its EF is missing."
                if math.isnan(ef)
                else f"Its EF is given as {ef:g}, which is no percentage (is it a fraction? 0.55 is 55); it "
                "counts as missing.",
            )
        ef = math.nan
    return {
        "ef": ef,
        "edv_ml": tables.decimal(fields.get("lvedv")),
        "ed": tables.decimal(fields.get("ed")),
        "esv_ml": tables.decimal(fields.get("lvesv")),
        "es": tables.decimal(fields.get("es")),
        "nbframe": tables.decimal(fields.get("nbframe")),
        "fps": _rate(fields.get("framerate"), label, ledger),
        "sex": fields.get("sex", "").upper()[:1] or None,
        "age": tables.decimal(fields.get("age")),
        "quality": fields.get("imagequality", "").lower() or None,
    }


def _rate(text, label, ledger):
    """The frame rate of a cfg file, or NaN with a remark where it cannot be one."""
    rate = tables.decimal(text)
    if math.isnan(rate) or frame_rate.can_be(rate):
        return rate
    ledger.note(
        label, f"Its frame rate is given as {rate:g}, which cannot be; it counts as missing."
    )
    return math.nan


def _compare_views(rows, patient, ledger):
    efs = {row["ef"] for row in rows if row["ef"] == row["ef"]}
    if len(efs) > 1:
        both = " and ".join(f"{ef:g}" for ef in sorted(efs))
        ledger.note(patient, f"Its views give different EF, {both} %.")
