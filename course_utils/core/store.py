"""A small JSON file that several open notebooks share: read with care, changed whole or not at all.

What a learner did is kept in such files (`core.files.my_work`). `checked` is the caller's: it takes
what the JSON holds and returns its content, a dict, or raises ValueError for what it cannot read.
"""

import contextlib
import itertools
import json
import os
import time

from course_utils.core import files


def read(place, checked):
    """(content, aside) of the file `place`; the content of a file that is not there is {}.

    A file that is damaged or of another version is renamed and stays: `aside` is its new `Path`,
    else None. Raises OSError where the file may not be read, or may not be renamed.
    """
    try:
        return checked(json.loads(place.read_text(encoding="utf-8"))), None
    except (FileNotFoundError, NotADirectoryError):
        return {}, None
    except (ValueError, RecursionError):  # not JSON, not text, or not what the caller writes
        names = (f"{place.stem}.damaged{n or ''}.json" for n in itertools.count())
        aside = next(path for path in map(place.with_name, names) if not path.exists())
        os.replace(place, aside)
        return {}, aside


def change(place, checked, written):
    """Read the file, write `written(content)` as JSON in its place; returns what `read` does.

    Nobody else reads or writes between. Raises OSError or FileError where that is not possible.
    """
    with _locked(place):
        content, aside = read(place, checked)
        text = json.dumps(written(content), indent=1) + "\n"
        files.write_whole(place, lambda to: to.write_text(text, encoding="utf-8"), replace=True)
    return content, aside


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
