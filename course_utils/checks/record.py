"""What was tried and what was right: one small file on this machine, and nothing leaves it.

The file is `progress.json` in the learner's own folder (`core.files.my_work`); the environment
variable COURSE_PROGRESS names another.
Delete it to start again. A file that is damaged or cannot be written never stops a lesson.
"""

import contextlib
import datetime
import json
import os
import time
from pathlib import Path

from course_utils.core import errors, files

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
        with _locked(target):
            entries = _apply(_read(target), _pending)
            _write(target, entries)
        _pending.clear()
    except (OSError, errors.FileError):
        _once(
            f"Your progress cannot be saved in {target.name}; it is kept while this page is open."
        )


def entries():
    """What is remembered: {'01_load.scale_error': {depth, status, tries, hints, ..}}."""
    try:
        known = _read(path())
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


def _read(target):
    """The entries in the file. Raises OSError when it is there and may not be read."""
    try:
        return _checked(json.loads(target.read_text(encoding="utf-8")))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (ValueError, RecursionError):  # not JSON, not text, or not what this module writes
        _set_aside(target)
        return {}


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


def _set_aside(target):
    kept = target.with_name(target.stem + ".damaged.json")
    with contextlib.suppress(OSError):
        os.replace(target, kept)
    _once(
        f"{target.name} was damaged and progress starts again; the old file is kept as {kept.name}."
    )


def _write(target, entries):
    text = json.dumps({"version": 1, "exercises": dict(sorted(entries.items()))}, indent=1) + "\n"
    files.write_whole(target, lambda part: part.write_text(text, encoding="utf-8"), replace=True)


@contextlib.contextmanager
def _locked(target, patience=2.0, stale=10.0):
    """Hold a lock file while reading and writing, so that two open notebooks lose nothing.

    A lock older than `stale` seconds was left by a kernel that died. Raises OSError after
    `patience` seconds.
    """
    lock = target.with_name(target.name + ".lock")
    until = time.monotonic() + patience
    while True:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            break
        except FileExistsError:
            with contextlib.suppress(OSError):
                if time.time() - lock.stat().st_mtime > stale:
                    os.unlink(lock)
                    continue
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.unlink(lock)


def _once(text):
    if text not in _said:
        _said.add(text)
        errors.warn(text)
