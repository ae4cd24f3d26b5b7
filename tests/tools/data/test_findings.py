"""What lesson 14 ships: listed with its hash, small, and of no patient on whom anything is judged."""

import hashlib
import json

from course_utils.cases import samples
from course_utils.language import archive, desk, extraction


def test_files_are_listed_and_small():
    listed = json.loads((samples.ROOT / "manifest.json").read_text(encoding="utf-8"))
    names = ["findings/pairs.csv", "findings/pictures.webp", "findings/runs.csv"]
    for name in names:
        content = (samples.ROOT / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == listed[name]["sha256"], name
    assert sum(place.stat().st_size for place in (samples.ROOT / "findings").iterdir()) < 1_000_000
    assert archive.WEIGHTS.stat().st_size < 400_000


def test_patients_who_judge_are_others_than_those_who_train():
    trained = set(archive.stored()[1].seed)
    judged = range(archive.FRESH, archive.FRESH + 1000)
    phrases, morning = (
        range(extraction.FIRST, extraction.FIRST + 300),
        range(desk.FIRST, desk.FIRST + desk.SCANS),
    )
    assert not trained & {*judged, *phrases, *morning} and not set(judged) & {*phrases, *morning}
