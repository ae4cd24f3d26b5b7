"""Which tests a quick run leaves out: those that took longer than a limit, written to tests/slow.txt.

    python -m course_utils test --quick --durations=0 --durations-min=0.005 > log
    python tools/measure/slow.py log [--seconds 0.08]

A name that stands there already stays as long as its test exists, since a quick run no longer times
it. tests/conftest.py marks the named tests `slow`; nothing else changes for them.
"""

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMED = ROOT / "tests" / "slow.txt"
ALWAYS = ("tests/test_style", "tests/test_house")  # what keeps the house, however long it takes
TIMED = re.compile(r"^([\d.]+)s +call +(tests/\S.*)$", re.M)


def slow(log, seconds):
    """The names of tests in the text of a log whose call took at least `seconds`."""
    timed = ((float(took), name) for took, name in TIMED.findall(log))
    return {name for took, name in timed if took >= seconds and not name.startswith(ALWAYS)}


def exists(name):
    """Whether the test of this name still stands in its file."""
    file, _, test = name.partition("::")
    function = test.rpartition("::")[2].partition("[")[0]
    place = ROOT / file
    return place.is_file() and f"def {function}(" in place.read_text(encoding="utf-8")


def main(arguments=None):
    """The command line."""
    parser = argparse.ArgumentParser(description="Name the slow tests.")
    parser.add_argument("log", type=Path, help="what a quick run with --durations=0 printed")
    parser.add_argument("--seconds", type=float, default=0.08, help="the limit")
    options = parser.parse_args(arguments)
    found = slow(options.log.read_text(encoding="utf-8"), options.seconds)
    if not found and not TIMED.search(options.log.read_text(encoding="utf-8")):
        parser.error(f"{options.log} holds no durations; run the tests with --durations=0")
    before = NAMED.read_text(encoding="utf-8").splitlines() if NAMED.is_file() else []
    kept = sorted(name for name in {*before, *found} if exists(name))
    NAMED.write_text("".join(f"{name}\n" for name in kept), encoding="utf-8")
    print(f"{len(kept)} tests are named in {NAMED.relative_to(ROOT).as_posix()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
