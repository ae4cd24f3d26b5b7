"""Run the code cells of one notebook in this process and print, as JSON, what its checks said.

    python tests/helpers/walk.py NOTEBOOK [nonsense] [NAME=value ...]

With `nonsense`, every answer is also replaced by things that are no answer, while the material
that the notebook hands to the check stays. NAME=value replaces a parameter of the page, as text
unless it is a number. A process of its own shows what a lesson imports.
"""

import ast
import contextlib
import io
import json
import os
import sys
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

import numpy as np

from course_utils.checks import lesson
from course_utils.setup import claims

HEAVY = ("tensorflow", "keras", "torch", "jax")
# What a lesson spends on training is of no interest here; its checks are. papermill and nbval run
# the lessons with the parameters of the page.
SHORT = {"SECONDS": 3, "EPOCHS": 3, "PEOPLE": 16, "STUDIES": 4}


class Stubborn:
    """An object that refuses to be compared, asked or shown."""

    def __eq__(self, other):
        raise RuntimeError("no")

    def __getattr__(self, name):
        raise RuntimeError("no")

    __repr__ = __bool__ = __len__ = __eq__
    __hash__ = None


NONSENSE = (
    None,
    float("nan"),
    "nonsense",
    np.zeros((2, 3, 4)),
    np.full((2, 2), np.nan),
    [],
    -1e30,
    Stubborn(),
    lambda *a, **k: None,
    lambda *a, **k: 1 / 0,
)


class Walk:
    """What happened while the cells ran."""

    def __init__(self, nonsense):
        self.nonsense, self.verdicts, self.accepted, self.defects = nonsense, [], [], []
        self._call = lesson.Exercise.__call__

    def exercise(self, check, *answers, **named):
        verdict = self._call(check, *answers, **named)
        self.verdicts.append(
            {
                "check": f"{check.lesson}.{check.name}",
                "status": verdict.status,
                "message": verdict.message,
                "error": repr(verdict.error or ""),
            }
        )
        for place in range(len(answers)) if self.nonsense else ():
            for thing in NONSENSE:
                tried = [*answers[:place], thing, *answers[place + 1 :]]
                self._judge(check, place, thing, self._call(check, *tried, **named))
        return verdict

    def _judge(self, check, place, thing, verdict):
        said = f"{check.name}, answer {place + 1}, {type(thing).__name__}: {verdict}"
        if verdict.status == "right":
            self.accepted.append(said)
        if verdict.error is not None:
            self.defects.append(f"{said} ({verdict.error!r})")


def main(path, nonsense, given):
    walk = Walk(nonsense)
    lesson.Exercise.__call__ = lambda check, *answers, **named: walk.exercise(
        check, *answers, **named
    )
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    solved, shortened, untrue = path.parent.name == "solutions", bool(given), []
    os.chdir(path.parent)
    space = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()) as said:
        for number, cell in enumerate(code, 1):
            source = "".join(cell["source"])
            exec(compile(ast.parse(source), f"code cell {number}", "exec"), space)
            for claim in () if shortened else cell["metadata"].get("claims", []):
                state, values = claims.judge(claim, space)
                if state == claims.UNTRUE or solved and state == claims.OPEN:
                    untrue.append(f"code cell {number}: {claim} ({values})")
            if "parameters" in cell["metadata"].get("tags", []):
                short = {name: value for name, value in SHORT.items() if name in space}
                space.update(short | given)
                shortened = shortened or bool(short)  # claims are about the page's own parameters
    print(
        json.dumps(
            {
                "verdicts": walk.verdicts,
                "accepted": walk.accepted,
                "defects": walk.defects,
                "untrue": untrue,
                "heavy": [name for name in HEAVY if name in sys.modules],
                "said": said.getvalue(),
            }
        )
    )


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    pairs = (word.split("=", 1) for word in sys.argv[2:] if "=" in word)
    numbers = {
        name: float(text) if text.replace(".", "").isdigit() else text for name, text in pairs
    }
    main(Path(sys.argv[1]).resolve(), "nonsense" in sys.argv[2:], numbers)
