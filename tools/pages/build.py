"""Make what the pages without code show: `python tools/pages/build.py [heart contest name scanners]`.

Writes docs/pages/data/*.js, one file for each page, and widgets.js, which is the scripts of the
lessons' own widgets put together. A page is opened as a file, without a server, so its data is a
script and not JSON. Everything is SYNTHETIC and seeded; TensorFlow outlines the hearts and calves.
"""

import argparse
import base64
import dataclasses
import io
import json
import re
import sys
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from scipy import stats

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils import ejection_fraction, evaluate, privacy, segment
from course_utils.cases import clips, samples
from course_utils.core import errors, files
from course_utils.ejection_fraction import contest, guideline, pictures
from course_utils.evaluate import agreement
from course_utils.load import dicom
from course_utils.segment import scans
from course_utils.show import tiles
from course_utils.simulate import scanner

DATA = ROOT / "docs" / "pages" / "data"
SCRIPTS = ROOT / "course_utils"
SEED = 0
HEART = "E07"  # whose outline is dragged: the network has not learned from it, and was off
FRAMES = 32  # most frames of a film of the contest: one beat and a little more
PEOPLE, SHOWN, SCAN = 31, 8, 512  # of lesson 08: people on two scanners, shown, pixels across
CALVES = "Scanner B", "Scanner D"
PAPER = 800, 600  # of the screen with the name
# What stands on that screen: (x, y) and words. All invented.
WRITTEN = (
    ((10, 8), "DOE, JANE"),
    ((10, 28), "ID 4711-0815"),
    ((10, 48), "F 03/07/1952"),
    ((590, 8), "ST ELSEWHERE HOSPITAL"),
    ((640, 28), "17/11/2026 09:41"),
    ((715, 560), "TIS 0.4"),
    ((335, 470), "J. DOE  LV"),
)
SALT = "the page about names"
FAINT = ((452, 330), "Jane", 58)  # grey, slanted, on the wall: no line of letters
LEFT = {"Jane": (472, 368), "J": (335, 482)}  # what stays in the picture unseen, and where (x, y)


def widgets():
    """The scripts of the lessons' widgets as one plain script: `course.player`, `course.tracer`."""
    film = (SCRIPTS / "show" / "film.js").read_text("utf-8")
    tracer = (SCRIPTS / "ejection_fraction" / "tracer.js").read_text("utf-8")
    tracer = re.sub(r"^export default .*$", "", tracer, flags=re.M)
    tracer = re.sub(r"^export ", "", tracer, flags=re.M)
    return (
        "// Made by tools/pages/build.py from film.js and tracer.js in course_utils; do not edit.\n"
        f'"use strict";\nconst course = (() => {{\nconst player = {film.strip()};\n{tracer.strip()}\n'
        "return { player, tracer: render, curve };\n})();\n"
    )


def heart():
    """One patient whom the network has not met: films, its outlines, its answer, and the truth."""
    table = clips.unseen(samples.table("echo"))
    pair = clips.study(table, HEART)
    answer = ejection_fraction.auto_ef(*pair, seed=SEED)
    tool = pictures.editor(answer, *pair, moving=True)
    views = [{**view, "told": lighter(view["told"])} for view in tool.views]
    for view in views:  # the picture that stands before the film begins
        view["page"] = re.sub(
            r'src="data:[^"]+"', f'src="{view["told"]["images"][0]}"', view["page"], count=1
        )
    row = table[table.patient_id == HEART].iloc[0]
    return {
        "tool": {
            "views": views,
            "stills": tool.stills,
            "traced": tool.traced,
            "automatic": tool.automatic,
            "alt": tool.alt,
            "first": tool.first,
            "card": tool.card,
        },
        "spacing": [list(clip.spacing) for clip in pair],
        "machine": {"ef": answer.ef, "interval": list(answer.interval)},
        "truth": float(row.ef),
        "sex": row.sex,
        "bands": [list(band) for band in guideline.BANDS[row.sex]],
        "experts": {
            "bias": guideline.READERS[0].bias,
            "sd": guideline.READERS[0].sd,
            "one": guideline.ONE_READING,
            "two": guideline.TWO_READINGS,
            "source": guideline.AKIL,
        },
    }


def hearts():
    """The ten hearts of *beat the machine*: films of one view each, the machine's answer, the truth."""
    table = samples.table("echo")
    test = clips.unseen(table)
    studies = {
        name: ejection_fraction.auto_ef(*clips.study(test, name), seed=SEED)
        for name in test.patient_id.unique()
    }
    game = contest.begin(table, studies, without=[HEART], seed=SEED)
    made = []
    for number, (views, study, truth) in enumerate(
        zip(game._hearts, game._studies, game._truth, strict=True), 1
    ):
        four = views[0]
        short = dataclasses.replace(four, frames=four.frames[:FRAMES])
        film = pictures.film(short, title=f"heart {number}, {four.view}")
        told = lighter(film.told)
        page = re.sub(r'src="data:[^"]+"', f'src="{told["images"][0]}"', film.markup(), count=1)
        made.append({"page": page, "told": told, "machine": study.ef, "truth": truth})
    limits = {}
    for n in range(contest.LEAST, len(made) + 1):
        ends = stats.nct.ppf([0.025, 0.975], n - 1, agreement.WITHIN * np.sqrt(n)) / np.sqrt(n)
        limits[n] = ends.tolist()
    return {
        "hearts": made,
        "least": contest.LEAST,
        "range": list(contest.RANGE),
        "within": agreement.WITHIN,
        "limits": limits,  # of n errors: how many SDs from the bias a limit's interval begins, ends
        "glance": guideline.ONE_GLANCE,
    }


def name():
    """A synthetic screen with an invented name: as exported, cleaned, blanked by hand."""
    import pydicom

    dataset = _exported()
    before = privacy.audit(dataset)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", errors.CourseWarning)  # the findings are on the page
        cleaned = privacy.deidentify(dataset, salt=SALT)
        after = privacy.audit(cleaned)
        left = [_box(found.where) for found in after if _box(found.where)]
        blanked = privacy.deidentify(dataset, salt=SALT, boxes=left)
    rest = privacy.audit(blanked)
    tags = "PatientName PatientID PatientBirthDate InstitutionName StudyDate StudyTime".split()
    steps = {"exported": (dataset, before), "cleaned": (cleaned, after), "blanked": (blanked, rest)}
    told = {
        step: {
            "picture": webp(grey(one), 90),
            "tags": {tag: str(one.get(tag, "")) for tag in tags},
            "boxes": [list(box) for found in left_of for box in [_box(found.where)] if box],
            "findings": [
                {"kind": found.kind, "where": found.where, "severity": found.severity}
                for found in left_of
            ],
        }
        for step, (one, left_of) in steps.items()
    }
    first, last = grey(dataset), grey(blanked)
    for x, y in LEFT.values():  # the page says that these are left: they have to be
        near = np.s_[y - 1 : y + 2, x - 1 : x + 2]
        if rest or not np.array_equal(first[near], last[near]):
            raise errors.DataError("The software now finds what the page says it misses.")
    words = {tag: pydicom.datadict.dictionary_description(tag) for tag in tags}
    left = [{"text": text, "at": list(at)} for text, at in LEFT.items()]
    return {"steps": told, "words": words, "size": list(PAPER), "missed": left}


def scanners():
    """The same synthetic people on two scanners: scans, outlines and Dice of the shipped network."""
    network, _ = segment.own_or_shipped()
    tables = {device: scanner.patients(device, PEOPLE, seed=SEED) for device in CALVES}
    dice = {
        device: segment.score(network, table).set_index("patient_id").dice
        for device, table in tables.items()
    }
    falls = (dice[CALVES[1]] - dice[CALVES[0]]).to_numpy()
    shown = [*range(SHOWN), int(falls.argmin())]  # the first ones, and the one who falls most
    made = {
        "scanners": CALVES,
        "shown": shown,
        "people": [{} for _ in shown],
        "dice": {device: one.round(4).tolist() for device, one in dice.items()},
        "depth": {device: table.depth_mm.tolist() for device, table in tables.items()},
    }
    for device, table in tables.items():
        for place, row in enumerate(shown):
            case = scans.read(table, row)
            drawn = segment.mask(segment.predict(network, case.image))
            made["people"][place][device] = _calf(case, drawn)
    change = evaluate.compare(*(dice[device] for device in CALVES))
    made["change"] = {
        "estimate": change.estimate, "low": change.low, "high": change.high, "n": change.patients,
    }  # fmt: skip
    return made


def _calf(case, drawn):
    rows, columns = case.image.shape
    row_mm, col_mm = case.spacing
    size = SCAN, round(SCAN * rows * row_mm / (columns * col_mm))
    outlines = {"truth": case.mask, "network": drawn}
    return {
        "picture": webp(tiles.enlarged(case.image, size), 80),
        "size": [columns, rows],
        "aspect": size[0] / size[1],
        "paths": {role: _path(mask, case.image.shape) for role, mask in outlines.items()},
    }


def _path(mask, shape):
    lines = tiles.contours(mask, shape)
    return "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in line[::2]) + "Z" for line in lines)


def _exported():
    """A DICOM data set of a synthetic heart on a screen with an invented name."""
    import pydicom

    clip, _ = clips.study(samples.table("echo"), "E07")
    wide, high = PAPER
    size = round(560 * clip.spacing[1] / clip.spacing[0]), 560
    screen = np.zeros((high, wide), np.uint8)
    screen[36:596, 110 : 110 + size[0]] = tiles.enlarged(clip.frames[4], size)
    screen = Image.fromarray(screen)
    for place, words in WRITTEN:
        ImageDraw.Draw(screen).text(place, words, fill=225, font=tiles.font(15))
    place, words, turned = FAINT
    paper = Image.new("L", (60, 24))
    ImageDraw.Draw(paper).text((2, 2), words, fill=150, font=tiles.font(15))
    slanted = paper.rotate(turned, expand=True, resample=Image.Resampling.BICUBIC)
    screen.paste(Image.new("L", slanted.size, 205), place, slanted)
    made, about = pydicom.Dataset(), pydicom.dataset.FileMetaDataset()
    about.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    made.file_meta, made.SOPClassUID = about, "1.2.840.10008.5.1.4.1.1.6.1"
    for number, level in enumerate(("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")):
        setattr(made, level, pydicom.uid.generate_uid(entropy_srcs=["page", str(number)]))
    about.MediaStorageSOPClassUID = made.SOPClassUID
    about.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    made.PatientName, made.PatientID, made.PatientBirthDate = "Doe^Jane", "4711-0815", "19520703"
    made.InstitutionName, made.Modality = "St Elsewhere Hospital", "US"
    made.StudyDate, made.StudyTime = "20261117", "094100"
    made.Rows, made.Columns, made.SamplesPerPixel = high, wide, 1
    made.PhotometricInterpretation, made.PixelRepresentation = "MONOCHROME2", 0
    made.BitsAllocated, made.BitsStored, made.HighBit = 8, 8, 7
    made.PixelData = np.asarray(screen).tobytes()
    return made


def grey(dataset):
    """The pixels of a data set, uint8 (H, W)."""
    return np.rint(255 * dicom.read(dataset).pixels).astype(np.uint8)


def _box(where):
    found = re.search(r"x (\d+)-(\d+), y (\d+)-(\d+)", where)
    return found and tuple(int(found[k]) for k in (1, 3, 2, 4))


def lighter(told, quality=70):
    """What a film needs, its frames as WebP: a third of the JPEGs' size."""
    return {**told, "images": [_again(source, quality) for source in told["images"]]}


def _again(source, quality):
    data = base64.b64decode(source.split(",", 1)[1])
    return webp(np.asarray(Image.open(io.BytesIO(data)).convert("L")), quality)


def webp(levels, quality):
    """Grey levels, uint8 (H, W), as the address of a WebP picture that holds its own data."""
    buffer = io.BytesIO()
    Image.fromarray(levels).save(buffer, "WEBP", quality=quality, method=6)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def script(variable, value):
    """A value as a script that names it."""
    text = json.dumps(_rounded(value), ensure_ascii=False, separators=(",", ":"))
    return f"// Synthetic. Made by tools/pages/build.py; do not edit.\nconst {variable} = {text};\n"


def _rounded(value):
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, (list, tuple)) else value


PAGES = {
    "heart": lambda: script("HEART", heart()),
    "contest": lambda: script("CONTEST", hearts()),
    "name": lambda: script("NAME", name()),
    "scanners": lambda: script("SCANNERS", scanners()),
    "widgets": widgets,
}


def main():
    """Write the pages' data and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", nargs="*", choices=[*PAGES, []], help="default: all")
    for page in parser.parse_args().page or PAGES:
        target, text = DATA / f"{page}.js", PAGES[page]()
        files.write_whole(target, lambda to, t=text: to.write_text(t, "utf-8"), replace=True)
        print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1e3:.0f} kB", flush=True)


if __name__ == "__main__":
    main()
