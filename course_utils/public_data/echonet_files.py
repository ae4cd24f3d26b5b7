"""EchoNet-Dynamic: from the folder that you downloaded to the table of clips of the course.

Everything is checked against the videos themselves: a frame number or a count in a list may be
wrong, and a score computed on it would be wrong without a sign. (CAMUS has a module of its own,
`camus_files`.)
"""

import hashlib
import math
import struct
from pathlib import Path

import numpy as np

from course_utils.core import errors, files, tables
from course_utils.ejection_fraction import tracings
from course_utils.load import frame_rate
from course_utils.load import videos as movies
from course_utils.public_data import facts

SPLITS = ("TRAIN", "VAL", "TEST")
LIST, TRACINGS, VIDEOS = "FileList.csv", "VolumeTracings.csv", "Videos"
FRACTION = "no heart lives with that: is it a fraction? Write 55, not 0.55"
EF_AGREES = 1.0  # points between EF and the EF of the volumes in the same row


def echonet(folder):
    """The clip table of EchoNet-Dynamic, from its folder (or the one that this is in).

    Needs FileList.csv, VolumeTracings.csv and Videos/*.avi. One row is one video is one patient:
    view A4C, pixel size missing, `ef` in percent, `edv_ml` and `esv_ml` as FileList gives them,
    `ed` and `es` the traced frames with the larger and the smaller outline (frame numbers from 0,
    missing where the tracing cannot be used), `split` TRAIN, VAL or TEST. `frames` is counted in
    the video. No file is changed.

    Left out with the reason (`public_data.left_out`): rows without a video, videos without a row,
    files that are no video or are cut off, EF that is missing or not between 0 and 100, second rows
    and second copies. Kept with a remark: wrong frame counts, tracings that are missing or
    unusable. Raises FileError when a list is missing or nothing is left, DataError when a column is
    missing.
    """
    place = _root(folder)
    ledger = facts.Ledger()
    listed = _listed(place, ledger)
    traced = _traced(place)
    videos = _videos(place, ledger)
    rows = []
    for entry in listed.to_dict("records"):
        row = _row(entry, videos, traced.get(entry["stem"]), ledger)
        if row is not None:
            rows.append(row)
    known = set(listed["stem"])
    alike = set(map(files.alike, known))
    for stem, (path, _) in videos.items():
        if stem not in alike:
            ledger.leave_out(path, f"It has no row in {LIST}.")
    for stem in sorted(set(traced) - known):
        ledger.leave_out(f"{TRACINGS}: {stem}", f"This tracing has no row in {LIST}.")
    return facts.finish_clips(rows, "echonet", place, ledger)


def _root(folder):
    """The folder that holds FileList.csv: this one, or one up to two levels below."""
    place = files.find_folder(folder)
    found = [path for path in files.below(place, 2) if path.name.casefold() == LIST.casefold()]
    if not found:
        raise errors.FileError(
            f"'{files.shown(place)}' holds no {LIST}, so it is not EchoNet-Dynamic as it is "
            "downloaded. Give the folder with FileList.csv, VolumeTracings.csv and Videos."
        )
    if len(found) > 1:
        raise errors.FileError(
            f"'{files.shown(place)}' holds {len(found)} files {LIST}. Give the folder of one."
        )
    return found[0].parent


def _listed(place, ledger):
    table = facts.listed(place / LIST, ("FileName", "EF", "Split"))
    table["stem"] = table["filename"].map(tracings.clip_name)
    blank = table["stem"] == ""
    for at in np.flatnonzero(blank):
        ledger.leave_out(f"{LIST}: row {at + 2}", "It names no file.")
    again = table["stem"].duplicated() & ~blank
    for at in np.flatnonzero(again):
        ledger.leave_out(
            f"{LIST}: row {at + 2}",
            f"'{table['stem'].iloc[at]}' is listed before; the first row counts.",
        )
    return table[~blank & ~again]


def _traced(place):
    """For every traced video: {frame: area in pixels, or the reason why it cannot be used}."""
    table = facts.listed(place / TRACINGS, tracings.COLUMNS)
    stems = table["filename"].map(tracings.clip_name)
    frames = table["frame"].map(tables.decimal)
    lines = table[["x1", "y1", "x2", "y2"]].rename(columns=str.upper).map(tables.decimal)
    result = {}
    groups = lines.groupby([stems, frames], sort=False, dropna=False)
    for (stem, frame), at in groups.indices.items():
        try:
            found = tracings.from_rows(lines.iloc[at]).area()
        except errors.DataError as error:
            found = str(error)
        result.setdefault(stem, {})[frame] = found
    return result


def _videos(place, ledger):
    """{stem: (path from the root, about)} of every file in Videos; copies are left out."""
    inside = files.find_folder(place / VIDEOS)
    result = {}
    for path in files.below(inside, 0):
        name = path.relative_to(place).as_posix()
        if path.suffix.lower() != ".avi":
            ledger.leave_out(name, "It does not end in .avi.")
        else:
            result[files.alike(tracings.clip_name(path.name))] = (name, path)
    twins = _twins([path for _, path in result.values()])
    return {
        stem: (name, twins[path].relative_to(place).as_posix() if path in twins else path)
        for stem, (name, path) in result.items()
    }


def _twins(paths):
    """{copy: the file that it is a copy of}. Only files of one size are read, each once."""
    sizes, first, twins = {}, {}, {}
    for path in paths:
        sizes.setdefault(path.stat().st_size, []).append(path)
    for group in sizes.values():
        for path in group if len(group) > 1 else ():
            code = hashlib.blake2b(files.read_bytes(path)).digest()
            if code in first:
                twins[path] = first[code]
            first.setdefault(code, path)
    return twins


def _row(entry, videos, tracing, ledger):
    stem = files.alike(entry["stem"])
    if stem not in videos:
        ledger.leave_out(f"{VIDEOS}/{entry['stem']}.avi", f"{LIST} names it, and it is not there.")
        return None
    name, path = videos[stem]
    if not isinstance(path, Path):
        ledger.leave_out(name, f"It is the same video as {path}.")
        return None
    ef = tables.decimal(entry["ef"])
    if not 0 <= ef <= 100 or 0 < ef <= 1:
        said = "EF is missing" if math.isnan(ef) else f"EF is {ef:g} %"
        ledger.leave_out(
            name, f"{said}; {'0 to 100 is possible' if not 0 < ef <= 1 else FRACTION}."
        )
        return None
    try:
        frames, rate = video_header(path)
    except errors.CourseError as error:
        ledger.leave_out(name, error)
        return None
    _compare(entry, name, frames, ef, ledger)
    ed, es = _beat(tracing, frames, name, ledger)
    fps = tables.decimal(entry.get("fps", ""))
    split = entry["split"].strip().upper()
    if split not in SPLITS:
        ledger.note(name, f"Its split is '{entry['split']}', not TRAIN, VAL or TEST.")
    return {
        "cine": name,
        "patient_id": entry["stem"],
        "view": "A4C",
        "row_mm": math.nan,
        "col_mm": math.nan,
        "fps": _rate(fps, rate, name, ledger),
        "frames": frames,
        "ed": ed,
        "es": es,
        "ef": ef,
        "edv_ml": tables.decimal(entry.get("edv", "")),
        "esv_ml": tables.decimal(entry.get("esv", "")),
        "split": split if split in SPLITS else None,
        "age": math.nan,
        "heart_rate": math.nan,
    }


def _rate(listed, of_video, name, ledger):
    fps, remark = frame_rate.listed(listed, of_video)
    if fps is None:
        remark = "no plausible frame rate: measure no time in it"
    if remark:
        ledger.note(name, f"{remark[0].upper()}{remark[1:]}.")
    return math.nan if fps is None else fps


def _compare(entry, name, frames, ef, ledger):
    said = tables.decimal(entry.get("numberofframes", ""))
    if not math.isnan(said) and said != frames:
        ledger.note(
            name, f"{LIST} says {said:g} frames, the video holds {frames}; the video counts."
        )
    edv, esv = tables.decimal(entry.get("edv", "")), tables.decimal(entry.get("esv", ""))
    if edv > 0 and esv >= 0 and abs(100 * (edv - esv) / edv - ef) > EF_AGREES:
        ledger.note(
            name,
            f"EF is {ef:.1f} %, but EDV {edv:g} and ESV {esv:g} mL make "
            f"{100 * (edv - esv) / edv:.1f} %.",
        )


def _beat(tracing, frames, name, ledger):
    """Frame numbers of end-diastole and end-systole, or (None, None) with a remark."""
    why = _unusable(tracing, frames)
    if why:
        ledger.note(name, f"Its tracing is left out: {why} Its EF is kept.")
        return None, None
    by_area = sorted(tracing, key=tracing.get)
    return int(by_area[-1]), int(by_area[0])


def _unusable(tracing, frames):
    """Why a tracing cannot be used; '' if it can."""
    if tracing is None:
        return f"{TRACINGS} has no row for it."
    if any(math.isnan(frame) or frame != int(frame) for frame in tracing):
        return f"a frame number in {TRACINGS} is missing or not whole."
    if len(tracing) < 2:
        return (
            f"only one frame is traced ({next(iter(tracing)):g}); end-diastole and "
            "end-systole are needed."
        )
    if len(tracing) > 2:
        return f"{len(tracing)} frames are traced, and which beat they belong to is not said."
    for frame, found in sorted(tracing.items()):
        if not 0 <= frame < frames:
            return f"frame {frame:g} is traced, and the video has the frames 0 to {frames - 1}."
        if isinstance(found, str):
            return f"frame {frame:g}: {found}."
        if not found > 0:
            return f"the outline of frame {frame:g} has no area."
    return ""


def video_header(path):
    """(frames, frames per second) as an AVI file's own header gives them, without decoding it.

    Raises FileError for a file that is no AVI or is shorter than its header says. Where the header
    gives no count, the video is read to count (slow).
    Source: AVI RIFF file reference (chunk 'avih': microseconds per frame, total frames).
    """
    place = files.find(path)
    name, size = files.shown(place), place.stat().st_size
    with place.open("rb") as stream:
        head = stream.read(4096)
    if head[:4] != b"RIFF" or head[8:12] != b"AVI ":
        raise errors.FileError(f"'{name}' is not an AVI video, whatever its name says.")
    promised = struct.unpack("<I", head[4:8])[0] + 8
    if size < promised:
        raise errors.FileError(
            f"'{name}' is truncated: {promised - size} of {promised} bytes are missing."
        )
    at = head.find(b"avih")
    if at > 0 and len(head) >= at + 28:
        micro, total = (
            struct.unpack("<I", head[at + 8 + step : at + 12 + step])[0] for step in (0, 16)
        )
        if total:
            return total, 1e6 / micro if micro else math.nan
    found = movies.cine(place)
    return len(found.frames), found.fps or math.nan
