"""Scans with their reports: the 500 pairs that ship with the course, and as many more as one likes.

All are SYNTHETIC. No patient of the shipped pairs has a seed of `FRESH` or above; those are for
judging. Made by `python tools/data/findings.py`.
"""

import functools
from pathlib import Path

import numpy as np
import pandas as pd

from course_utils.cases import samples
from course_utils.core import errors, tables
from course_utils.language import records
from course_utils.simulate import findings, reports

SHEET, TABLE, ACROSS = Path("findings/pictures.webp"), Path("findings/pairs.csv"), 25
WEIGHTS = samples.ROOT / "models" / "language_pairs.npz"
COMMAND = "python tools/data/findings.py"
PATIENTS, PAIRS = 450, 500  # fifty patients were scanned twice
FRESH = 5000  # seeds from here on are in no training


@functools.lru_cache(maxsize=1)
def _stored():
    tiles = samples.tiles(SHEET, findings.SIZE, ACROSS)
    table = tables.read_csv(samples.ROOT / TABLE)
    table[["seed", "look"]] = table[["seed", "look"]].astype(int)
    table["said"] = [records.unpacked(cell) for cell in table["said"]]
    table["truth"] = [records.unpacked(cell) for cell in table["truth"]]
    return tiles[: len(table)], table


def stored():
    """The shipped pairs: pictures float32 (500, 64, 64), 0..1, and a table.

    Columns: patient_id, seed, look, en, es (two reports that say the same), said (the record of what
    they say) and truth (the record of what is there). Raises FileError where the files are missing.
    """
    tiles, table = _stored()
    return tiles.astype(np.float32) / 255, table.copy()


def fresh(count, first=FRESH, look=0, style="usual", typos=0.0, pictures=True):
    """New patients, whom no training has seen: pictures (n, 64, 64) and a table as of `stored`.

    count: how many, from the seed `first` on. look: of the same patients, another scan. style and
    typos: as of `simulate.reports.report`. pictures: False leaves them out (None), which is quick.
    """
    if count < 1 or first < 0:
        raise errors.DataError("fresh needs one patient or more, and a seed of 0 or more.")
    cases = [findings.case(seed) for seed in range(first, first + count)]
    seen = np.stack([findings.picture(case, look) for case in cases]) if pictures else None
    return seen, table(cases, [look] * count, style, typos)


def table(cases, looks, style="usual", typos=0.0):
    """Reports and truth of cases, one row each, as of `stored`."""
    rows = []
    for case, look in zip(cases, looks, strict=True):
        written = {
            language: reports.report(case, language, style, typos, look)[0]
            for language in reports.LANGUAGES
        }
        rows.append(
            {
                "patient_id": case.patient_id,
                "seed": case.seed,
                "look": look,
                **written,
                "said": records.checked(reports.mentioned(case, look)),
                "truth": records.checked(dict.fromkeys(case.tags.values(), "present")),
            }
        )
    return pd.DataFrame(rows)


def visible(truth):
    """Of a record, the tags that a picture can show, as text: who shares it cannot be told apart."""
    kept = {
        tag: state
        for dimension, found in records.by_dimension(truth).items()
        if dimension in findings.SEEN
        for tag, state in found.items()
    }
    return records.packed(kept)
