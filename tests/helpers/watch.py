"""Listen to the checks of a lesson while its cells run, in this process or in a kernel.

Every verdict is noted. With `nonsense`, every answer is also replaced by things that are no answer,
while the material that the lesson hands to its check stays.

A kernel started with `line(folder, ..)` as its first line of code writes what it heard to `folder`;
`read(folder)` puts it together. The kernel's own processor time is noted, nonsense left out.
"""

import json
import re
import sys
import time
from pathlib import Path

HEAVY = ("tensorflow", "keras", "torch", "jax")
FILE = "heard.jsonl"


class Stubborn:
    """An object that refuses to be compared, asked or shown."""

    def __eq__(self, other):
        raise RuntimeError("no")

    def __getattr__(self, name):
        raise RuntimeError("no")

    __repr__ = __bool__ = __len__ = __eq__
    __hash__ = None


def nonsense():
    """Things that are no answer to anything."""
    import numpy as np  # here, so that a lesson's own imports are measured

    return (
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


# What a learner may type by a slip: perhaps right, never a reason for a reply without sense.
ODD = (0, -1, 1e9, True, "", "0,5", (1, 8))
# In a reply: numbers that are none, Python's own words, more digits than anybody reads.
BABBLE = re.compile(r"\b(?:inf|nan)\b|<[a-z_.]+ |\barray\(|\bnp\.|Traceback|object at 0x|\d{13}")


class Ear:
    """What the checks said. Once `fitted`, every exercise that is called is heard."""

    def __init__(self, try_nonsense):
        self.try_nonsense, self.spent, self._call = try_nonsense, 0.0, None
        self.heard = {"verdicts": [], "accepted": [], "defects": [], "babble": []}

    def fit(self):
        """Put the ear between the lesson and its checks, once these are imported."""
        module = sys.modules.get("course_utils.checks.lesson")
        if self._call or module is None:
            return
        self._call = module.Exercise.__call__
        module.Exercise.__call__ = lambda check, *answers, **named: self(check, *answers, **named)

    def __call__(self, check, *answers, **named):
        verdict = self._call(check, *answers, **named)
        self.heard["verdicts"].append(
            {
                "check": f"{check.lesson}.{check.name}",
                "status": verdict.status,
                "message": verdict.message,
                "error": repr(verdict.error or ""),
            }
        )
        start = time.process_time()
        for place in range(len(answers)) if self.try_nonsense else ():
            for thing in nonsense():
                if _empty(thing) and _empty(answers[place]):
                    continue  # where nobody is the answer, an empty list says so, too
                tried = [*answers[:place], thing, *answers[place + 1 :]]
                self._judge(check, place, thing, self._call(check, *tried, **named))
            for thing in ODD:
                tried = [*answers[:place], thing, *answers[place + 1 :]]
                self._read(check, place, thing, self._call(check, *tried, **named))
        self.spent += time.process_time() - start
        return verdict

    def _judge(self, check, place, thing, verdict):
        said = f"{check.name}, answer {place + 1}, {type(thing).__name__}: {verdict}"
        if verdict.status == "right":
            self.heard["accepted"].append(said)
        if verdict.error is not None:
            self.heard["defects"].append(f"{said} ({verdict.error!r})")

    def _read(self, check, place, thing, verdict):
        said = f"{check.name}, answer {place + 1}, {thing!r}: {verdict}"
        if BABBLE.search(verdict.message):
            self.heard["babble"].append(said)
        if verdict.error is not None:
            self.heard["defects"].append(f"{said} ({verdict.error!r})")


def _empty(value):
    return isinstance(value, (list, tuple, set, frozenset)) and not value


def line(folder, try_nonsense=False):
    """The line of Python that makes a kernel write what its checks say to `folder`."""
    start = f"__import__('runpy').run_path({str(Path(__file__))!r})['listen']"
    return f"{start}(get_ipython(), {str(folder)!r}, {bool(try_nonsense)})"


def listen(shell, folder, try_nonsense):
    """Fit an ear to a kernel; after every cell write what was heard since the cell before."""
    ear = Ear(try_nonsense)
    start = time.process_time()

    def note(result):
        ear.fit()  # the setup cell imports the checks, and no cell before it calls one
        cpu = time.process_time() - start - ear.spent
        heavy = [name for name in HEAVY if name in sys.modules]
        row = {"cell": result.info.raw_cell, "cpu": cpu, "heavy": heavy, **ear.heard}
        with open(Path(folder, FILE), "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        for said in ear.heard.values():
            said.clear()

    shell.events.register("post_run_cell", note)


def read(folder):
    """One dict of all that a kernel's checks said; `cpu` is {text of a cell: seconds when done}."""
    file = Path(folder, FILE)
    rows = [json.loads(text) for text in file.read_text(encoding="utf-8").splitlines()]
    together = {
        name: [said for row in rows for said in row[name]]
        for name in ("verdicts", "accepted", "defects", "babble")
    }
    cpu = {row["cell"]: row["cpu"] for row in rows}
    return {**together, "heavy": rows[-1]["heavy"] if rows else [], "cpu": cpu}
