"""What is wrong with a folder of data: a list of problems, each with its file and what to do.

Their sentences are data, in problems.toml.
"""

import tomllib
from pathlib import Path
from typing import NamedTuple

import pandas

STOP, LOOK, NOTE = "stop", "look", "note"
LEVELS = (STOP, LOOK, NOTE)
MEANING = {STOP: "put right before you go on", LOOK: "needs your eye", NOTE: "good to know"}


class Problem(NamedTuple):
    """One problem. `level` is 'stop', 'look' or 'note', `kind` a few words that all problems of
    its sort share, `file` a path within the folder ('' for the folder as a whole), `problem` and
    `advice` sentences.
    """

    level: str
    kind: str
    file: str
    problem: str
    advice: str


TEXTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def noted(name, file="", /, level=None, **values):
    """The `Problem` called `name` in problems.toml, of a file.

    level: where it depends on the case. values: what the {places} of its sentences stand for.
    """
    told = {"level": level, "kind": name, **TEXTS[name]}
    kind, problem, advice = (told[part].format(**values) for part in ("kind", "problem", "advice"))
    return Problem(level or told["level"], kind, file, problem, advice)


def table(found):
    """A pandas table of problems: the gravest first, the folder's before those of its files."""
    order = sorted(found, key=lambda problem: (LEVELS.index(problem.level), problem.file != ""))
    return pandas.DataFrame(order, columns=Problem._fields)


def by_kind(found):
    """One row per level and kind: level, kind, count, example (file), problem, advice."""
    rows = {}
    for problem in table(found).itertuples(index=False):
        row = rows.setdefault((problem.level, problem.kind), [0, problem])
        row[0] += 1
    return pandas.DataFrame(
        [
            (level, kind, count, first.file, first.problem, first.advice)
            for (level, kind), (count, first) in rows.items()
        ],
        columns=["level", "kind", "count", "example", "problem", "advice"],
    )
