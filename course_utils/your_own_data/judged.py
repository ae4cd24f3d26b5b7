"""A network judged on its test patients, once: the numbers that a stop list and a model card may
take.

    result = judged.judge(model, train, validation, test)
    result.interval(), result.groups(), result.refused, result.looks

Nothing in it is typed in. The guard has looked at the three parts, the images that got no answer
are counted, and every judging of the same test patients is counted in the learner's own folder, so
that 'the test set was opened once' is something that was measured.
"""

import dataclasses
import hashlib
import json

import pandas

from course_utils.cases import split
from course_utils.core import errors, files, identity, tables
from course_utils.evaluate import intervals, metrics

BOOK = "test_sets.json"  # in the learner's own folder: which test sets were opened, how often
RESULTS = ("measure", "patients", "images", "estimate", "low", "high")
GROUPS = ("by", "group", *RESULTS)


@dataclasses.dataclass(frozen=True)
class Judged:
    """What was measured. Made by `judge`.

    scores: one row per test image that got an answer, as segment.score gives. parts: {"train":
    table,
    "validation": table, "test": table}. clean: what the guard found clean. synthetic: whether any
    test image is. looks: how often this test set was opened, this time included; None if nobody
    could count. floor: the Dice that needs no network. model, size: the network that was judged.
    """

    scores: pandas.DataFrame
    parts: dict
    clean: split.Clean
    synthetic: bool
    looks: int | None = None
    floor: float | None = None
    model: object = None
    size: int = 128

    @property
    def patients(self):
        """One row per patient, as `metrics.per_patient` gives."""
        return metrics.per_patient(self.scores)

    @property
    def refused(self):
        """(images without an answer, images asked)."""
        asked = len(self.parts["test"])
        return asked - int(self.scores["dice"].notna().sum()), asked

    @property
    def elsewhere(self):
        """True if a scanner of the test is not one of the training; None where that is not known."""
        known = [_devices(self.parts[part]) for part in ("train", "test")]
        return bool(known[1] - known[0]) if all(known) else None

    @property
    def devices_known(self):
        """True if the test says of every image which scanner it is from."""
        return bool(_devices(self.parts["test"]))

    def interval(self, measure="dice", seed=0):
        """The mean over patients: an `Interval`; its ends are missing below 5 patients."""
        return intervals.bootstrap(self.patients[measure].dropna(), seed=seed)

    def sentence(self, measure="dice", seed=0):
        """The result in one line: n patients, n images, interval or why there is none, kind of data."""
        images = int(self.scores[measure].notna().sum())
        found = self.interval(measure, seed)
        return intervals.sentence(measure.title(), found, images, self.synthetic)

    def results(self, seed=0):
        """Every measure with its interval: measure, patients, images, estimate, low, high.

        A measure counts the patients that have it. The thickness itself is left out, as it is no
        score; its error is not.
        """
        found = self.patients.drop(columns=["images", "thickness_mm"], errors="ignore")
        rows = [
            (
                name,
                len(values),
                int(self.scores[name].notna().sum()),
                *intervals.bootstrap(values, seed=seed),
            )
            for name, values in ((name, found[name].dropna()) for name in found)
            if len(values)
        ]
        return pandas.DataFrame(rows, columns=RESULTS)

    def groups(self, by=("device",), measure="dice", seed=0):
        """One measure in each group: by, group and the columns of `results`. Rows without a group
        count as 'not known'. Raises DataError for a column that the scores lack.
        """
        tables.checked(self.scores, ("patient_id", measure, *by))
        rows = []
        for column in by:
            named = self.scores[column].astype(object)
            named = named.where(self.scores[column].notna(), "not known")
            for group, part in self.scores.groupby(named, sort=True):
                values = metrics.per_patient(part)[measure].dropna()
                if len(values):
                    sizes = (measure, len(values), len(part))
                    rows.append(
                        (column, str(group), *sizes, *intervals.bootstrap(values, seed=seed))
                    )
        return pandas.DataFrame(rows, columns=GROUPS)

    def failures(self, count=3):
        """The worst images as pictures, worst first, one for each patient; writing is made black.

        That finds most writing, not all: look at each picture before it leaves.
        """
        from course_utils.your_own_data import failures  # needs the network

        return failures.pictures(self, count)


def judge(model, train, validation, test, size=128, synthetic=None):
    """Judge a network on test patients whom nobody has looked at yet. Returns `Judged`.

    train, validation, test: three tables of `split.by_patient`. synthetic: whether the test images
    are; None takes it from the table. Raises DataError if the guard finds anyone on two sides,
    before a test image is opened.
    """
    from course_utils import segment  # here: a card alone needs no network

    clean = split.assert_no_leak(train, validation, test)
    if synthetic is None:
        synthetic = test.attrs.get("synthetic")
    if not isinstance(synthetic, bool):
        raise errors.DataError(
            "Say whether the test images are synthetic: synthetic=True or False."
        )
    looks = _opened(test)
    parts = {"train": train, "validation": validation, "test": test}
    scores = segment.score(model, test, size=size)
    return Judged(scores, parts, clean, synthetic, looks, segment.floor(train, test), model, size)


def _devices(table):
    if "device" not in table:
        return set()
    found = {identity.key(device) for device in table["device"]}
    return set() if found & {"", "unknown"} else found


def _opened(test):
    """Count this opening of a test set; returns the count, or None where it cannot be kept."""
    pictures = sorted(hashlib.blake2b(path.read_bytes()).hexdigest() for path in tables.paths(test))
    name = hashlib.blake2b("".join(pictures).encode(), digest_size=16).hexdigest()
    try:
        place = files.my_work(BOOK)
        book = json.loads(place.read_text("utf-8")) if place.is_file() else {}
        book[name] = int(book.get(name, 0)) + 1
        text = json.dumps(book, indent=1)
        files.write_whole(place, lambda to: to.write_text(text, "utf-8"), replace=True)
    except (OSError, ValueError, TypeError, AttributeError, errors.CourseError) as problem:
        errors.warn(f"Nobody counts how often this test set is opened: {problem}")
        return None
    return book[name]
