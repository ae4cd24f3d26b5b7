"""A shared file of the learner's: whole, never overwritten when it cannot be read, never half done."""

import json
import os
import threading
import time

import pytest

from course_utils.core import errors, store


def checked(data):
    if not isinstance(data, dict) or "n" not in data:
        raise ValueError("no n")
    return data


def added(content):
    return {"n": content.get("n", 0) + 1}


def test_a_file_is_read_changed_and_kept(tmp_path):
    place = tmp_path / "a.json"
    assert store.read(place, checked) == ({}, None)
    assert store.change(place, checked, added) == ({}, None)
    assert store.change(place, checked, added) == ({"n": 1}, None)
    assert json.loads(place.read_text()) == {"n": 2} and os.listdir(tmp_path) == ["a.json"]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[]", b"[" * 100_000])
def test_what_cannot_be_read_is_set_aside_each_time_under_its_own_name(tmp_path, content):
    place = tmp_path / "a.json"
    for name in ("a.damaged.json", "a.damaged1.json", "a.damaged2.json"):
        place.write_bytes(content)
        assert store.change(place, checked, added) == ({}, tmp_path / name)
        assert (tmp_path / name).read_bytes() == content and json.loads(place.read_text()) == {
            "n": 1
        }


def test_changes_at_the_same_time_all_arrive(tmp_path):
    place = tmp_path / "a.json"

    def many():
        for _ in range(20):
            store.change(place, checked, added)

    threads = [threading.Thread(target=many) for _ in range(3)]
    [thread.start() for thread in threads], [thread.join() for thread in threads]
    assert store.read(place, checked) == ({"n": 60}, None)


def test_a_held_file_is_waited_for_and_a_dead_kernel_is_not(tmp_path):
    place, lock = tmp_path / "a.json", tmp_path / "a.json.lock"
    lock.write_text("")
    with pytest.raises(FileExistsError), store._locked(place, patience=0.1):
        pass
    os.utime(lock, (time.time() - 60, time.time() - 60))
    store.change(place, checked, added)
    assert place.exists() and not lock.exists()


def test_a_folder_that_is_a_file_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    assert store.read(tmp_path / "file" / "a.json", checked) == ({}, None)
    with pytest.raises((OSError, errors.FileError)):
        store.change(tmp_path / "file" / "a.json", checked, added)
