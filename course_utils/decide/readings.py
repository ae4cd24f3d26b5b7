"""Twenty hearts to read before and after a machine that errs: the cases, and the page to print."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from course_utils.cases import clips, samples
from course_utils.core import accept, errors, files
from course_utils.decide import pictures
from course_utils.evaluate import reading
from course_utils.show import figures, pages, results

LIMIT = 50.0  # per cent of EF: below it a heart counts as reduced here
MOST_FRAMES, SIDE = 24, 420  # of one case on the page; screen pixels
MARK = "hearts, read before and after a machine"


def hearts(seed=0, each=10, wrong=0.3):
    """Beating hearts of the sample set: (pictures, truth, suggestion, patient_ids).

    Apical four-chamber clips, `each` with an EF below 50 % and as many above, in an order drawn by
    `seed`. truth: 1 for a reduced EF. suggestion: what the 'machine' says, wrong by design on a
    share `wrong` of each kind. Raises DataError for more of a kind than there are.
    """
    table = samples.table("echo")
    usable = table[(table["view"] == "A4C") & ~table["must_refuse"].astype(bool)]
    # Those nearest to the limit: a heart with an EF of 16 % needs no second reader.
    near = usable.assign(gap=(usable.ef - LIMIT).abs()).sort_values("gap")
    kinds = [near[near.ef < LIMIT], near[near.ef >= LIMIT]]
    each = accept.whole(each, "each", 1, 1000)
    if min(map(len, kinds)) < each:
        raise errors.DataError(
            f"The set has {len(kinds[0])} reduced and {len(kinds[1])} normal hearts."
        )
    chosen = table.loc[[name for kind in kinds for name in kind.index[:each]]]
    chosen = chosen.sample(frac=1, random_state=accept.seed(seed))
    truth = (chosen.ef < LIMIT).astype(int).to_numpy()
    suggestion = reading.wrong_by_design(truth, wrong, seed)
    pictures = [beating(row, table.attrs["folder"]) for _, row in chosen.iterrows()]
    return pictures, truth, suggestion, list(chosen.patient_id)


def beating(row, folder):
    """One beat of a clip as a moving PNG that plays by itself, a Picture."""
    clip = clips.read(row, folder)
    last = min(len(clip.frames), round(row.fps * 60 / row.heart_rate))
    step = max(1, -(-last // MOST_FRAMES))
    shown = [
        Image.fromarray(np.rint(255 * frame).astype(np.uint8)) for frame in clip.frames[:last:step]
    ]
    file = io.BytesIO()
    shown[0].save(
        file,
        "PNG",
        save_all=True,
        append_images=shown[1:],
        duration=round(1000 * step / row.fps),
        loop=0,
    )
    return figures.Picture(file.getvalue(), "One beating heart to read (synthetic).", width=SIDE)


def own(reader, truth, suggestion):
    """What the machine did to this reader: a picture and the path of the page to print, or a note.

    reader: an evaluate.reading.Reader. Until every heart is read twice there is no result, and the
    note says how many are left. Returns (what to show, path or None).
    """
    if reader.round:
        left = int(reader.answers[["first", "second"]].isna().sum().sum())
        return results.note(
            f"Nothing is shown before all hearts are read twice: {left} are left."
        ), None
    found = reading.result(reader.answers, truth, suggestion)
    picture = pictures.read(found)
    return picture, page(found, picture)


def page(found, picture, folder=None):
    """Write the reader's own result as a page to print: the path of `reading_12.html`.

    found: of evaluate.reading.result; demo answers are called so. picture: what is shown above the
    table. folder: where to; the learner's own folder if None. Raises FileError if it cannot be
    written.
    """
    rows = [
        (name, _share(row.estimate), f"{_share(row.low)} to {_share(row.high)}")
        for name, row in found.table().iterrows()
    ]
    words = (
        f"# {found.cases} {MARK}",
        pages.picture(picture),
        pages.plain(found.sentence()),
        pages.table(("what", "share, or kappa", "95 % interval"), rows),
        "One reader, synthetic hearts. The machine was wrong by design. Not for diagnosis, and no "
        "examination of the reader.",
    )
    text = pages.to_html("\n\n".join(words), "My readings")
    place = files.my_work() if folder is None else Path(folder)
    return pages.write(place / "reading_12.html", text, MARK)


def _share(value):
    return "none" if value != value else f"{value:.2f}"
