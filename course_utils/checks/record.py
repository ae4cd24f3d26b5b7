"""What was tried and what was right: one small file on this machine, and nothing leaves it.

The file is `progress.json` in the learner's own folder (`core.files.my_work`); the environment
variable COURSE_PROGRESS names another.
Delete it to start again. A file that is damaged or cannot be written never stops a lesson.
"""

import datetime
import os
from pathlib import Path

from course_utils.core import errors, files, store

ENTRY = {
    "depth": "",
    "status": "not attempted",
    "tries": 0,
    "hints": 0,
    "solution": False,
    "date": "",
}
_RANK = {"not attempted": 0, "not yet": 1, "right": 2}
_pending = []  # what could not be written yet; it is shown, and written with the next answer
_said = set()  # each warning once per session


def path():
    """Where progress is kept (a `Path`; it need not exist)."""
    named = os.environ.get("COURSE_PROGRESS")
    return Path(named) if named else files.my_work("progress.json", make=False)


def record(lesson, exercise, depth, status=None, hint=0, solution=False):
    """Remember one event: an answer (its `status`), a hint (its number) or a solution shown."""
    today = datetime.date.today().isoformat()
    _pending.append((f"{lesson}.{exercise}", depth, status, hint, solution, today))
    target = path()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _told(store.change(target, _checked, _written))
        _pending.clear()
    except (OSError, errors.FileError):
        _once(
            f"Your progress cannot be saved in {target.name}; it is kept while this page is open."
        )


def entries():
    """What is remembered: {'01_load.scale_error': {depth, status, tries, hints, ..}}."""
    try:
        known = _told(store.read(path(), _checked))
    except OSError:
        _once(f"{path().name} cannot be read; only this notebook's progress is shown.")
        known = {}
    return _apply(known, _pending)


def _apply(entries, events):
    """The entries after the events. A right answer stays right; only answers count as tries."""
    for name, depth, status, hint, solution, today in events:
        entry = {**ENTRY, **entries.get(name, {}), "depth": depth}
        if status in ("right", "not yet"):
            entry["tries"] += 1
        if status and _RANK[status] > _RANK[entry["status"]]:
            entry["status"], entry["date"] = status, today
        entry["hints"] = max(entry["hints"], hint)
        entry["solution"] = entry["solution"] or solution
        entries[name] = entry
    return entries


def _told(kept):
    """The entries that `store` gives; where it had to set an older file aside, that is said."""
    entries, aside = kept
    if aside:
        _once(
            f"{path().name} was damaged and progress starts again; the old file is kept as {aside.name}."
        )
    return entries


def _written(entries):
    return {"version": 1, "exercises": dict(sorted(_apply(entries, _pending).items()))}


def _checked(data):
    entries = data.get("exercises") if isinstance(data, dict) else None
    if not isinstance(entries, dict):
        raise ValueError("no exercises")
    good = {}
    for name, entry in entries.items():
        if not isinstance(entry, dict) or "." not in name:
            raise ValueError(f"{name} is no entry")
        full = {**ENTRY, **{key: entry[key] for key in ENTRY if key in entry}}
        if (
            any(type(full[key]) is not type(ENTRY[key]) for key in ENTRY)
            or full["status"] not in _RANK
        ):
            raise ValueError(f"{name} has an unknown form")
        good[name] = full
    return good


def _once(text):
    if text not in _said:
        _said.add(text)
        errors.warn(text)
