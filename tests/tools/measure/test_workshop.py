"""The rehearsal's bounds, its table, and that its look for strangers would see one."""

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from course_utils.core import errors
from tools.measure import learner, workshop


@pytest.mark.parametrize("learners, minutes", [(0, 5), (21, 5), (2, 0), (2, 61)])
def test_it_is_bounded_in_people_and_in_time(tmp_path, learners, minutes):
    with pytest.raises(errors.DataError, match="1 to 20 learners"):
        workshop.rehearse(learners, ["00_start_here"], minutes, tmp_path, 18999)


def test_the_row_counts_failures_and_gives_the_middle_and_the_longest():
    results = [
        workshop.Result("a", 4.0, {"00_start_here": 10.0}, [0.5], []),
        workshop.Result("b", 8.0, {"00_start_here": 30.0}, [], ["x", "y"]),
    ]
    watch = SimpleNamespace(
        peak=1500.0, parts={"hub": 200.0, "kernel": 1300.0}, seconds=lambda k: 20
    )
    row = workshop.row(2, results, watch)
    assert row == (
        "| 2 | 2 | 6 (8) | 00: 20 (30) | 0.5 (0.5), n = 1 | 1.5 | hub 0.20; kernel 1.30 | 10 + 10 |"
    )
    assert row.count("|") == workshop.HEAD.splitlines()[0].count("|")


class Seen:
    """A learner whose pages show what `leak` says."""

    def __init__(self, name, leak=""):
        self.name, self.server, self.leak = name, f"http://hub/user/{name}", leak
        self.session = self

    def ask(self, way, path):
        return {"content": self.name}

    def get(self, url, timeout):
        other = url.split("/user/")[1].split("/")[0]
        shown = self.leak and self.leak in (other, "outside")
        outside = "own.txt" if self.leak == "outside" and ".." in url else ""
        text = json.dumps({"content": other}) + outside if shown else "refused"
        return SimpleNamespace(ok=bool(shown), text=text)


def room(folder, *names):
    for name in names:
        work = folder / "homes" / name / "my_work"
        work.mkdir(parents=True)
        (work / "own.txt").write_text(name)


def test_it_sees_who_reads_anothers_file_and_is_silent_otherwise(tmp_path):
    room(tmp_path, "a", "b")
    assert workshop.apart("http://hub", {"a": Seen("a"), "b": Seen("b")}, tmp_path) == []
    found = workshop.apart("http://hub", {"a": Seen("a", "b"), "b": Seen("b")}, tmp_path)
    assert found == ["a reads a file of b"]
    out = workshop.apart("http://hub", {"a": Seen("a", "outside"), "b": Seen("b")}, tmp_path)
    assert "a sees outside its folder" in out
    (tmp_path / "homes" / "a" / "my_work" / "own.txt").write_text("b")
    found = workshop.apart("http://hub", {"a": Seen("a"), "b": Seen("b")}, tmp_path)
    assert found == ["the folder of a holds another's file"]


def test_the_message_is_the_first_part_of_a_frame_with_buffers():
    text = b'{"header": {}}'
    ends = [12, 12 + len(text), 12 + len(text) + 3]
    head = b"".join(number.to_bytes(4, "big") for number in (2, ends[0], ends[1]))
    assert learner._first_part(head + text + b"abc") == text


def test_only_the_proxy_of_a_hub_that_failed_is_ended(tmp_path):
    program = "import time; time.sleep(60)"
    for name, ends in (("configurable-http-proxy", True), ("something-else", False)):
        process = subprocess.Popen([sys.executable, "-c", program, name])
        (tmp_path / "proxy.pid").write_text(str(process.pid))
        workshop._end_proxy(tmp_path)
        assert (process.poll() is not None) == ends
        process.kill()
        process.wait()
    workshop._end_proxy(tmp_path / "nowhere")


def test_a_handshake_that_times_out_is_asked_for_again(monkeypatch):
    asked = []

    def refuse_twice(address, header, timeout):
        asked.append((address, header))
        if len(asked) < 3:
            raise learner.websocket.WebSocketBadStatusException("Handshake status %d %s", 599)
        return "line"

    monkeypatch.setattr(learner.websocket, "create_connection", refuse_twice)
    assert learner.connected("ws://here", "secret", wait=0) == "line" and len(asked) == 3
    asked.clear()
    with pytest.raises(learner.websocket.WebSocketBadStatusException):
        learner.connected("ws://here", "secret", tries=2, wait=0)
