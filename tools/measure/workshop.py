"""A workshop, rehearsed: N learners on one hub run lessons 00 and 04 and move a slider.

    python tools/measure/workshop.py [--learners 2 5] [--lessons 00 04] [--minutes 15]

On this computer alone (127.0.0.1), at most 20 learners, and at an end after the minutes given. Each
learner's server, kernels and messages are real; the browser is not: what it would ask for is asked.
Prints a table: spawns, run times, the answer of a slider, memory and processor seconds, failures,
and whether anybody could see what is another's. Exits 1 when something failed or was seen.
"""

import argparse
import contextlib
import secrets
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import requests

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from course_utils.core import errors
from course_utils.setup import commands
from tools.measure.learner import Learner
from workshop import hub

MOST = 20
TRIES = 3  # to start the hub
MB = 1e6


@dataclass
class Result:
    """What one learner met: seconds, and sentences of what failed."""

    name: str
    spawn: float = 0.0
    runs: dict = field(default_factory=dict)
    sliders: list = field(default_factory=list)
    failures: list = field(default_factory=list)


class Memory(threading.Thread):
    """Memory and processor time of the hub and all that it started, looked at every few seconds.

    What several processes share, such as TensorFlow's libraries, counts once (Linux' proportional
    set size); elsewhere it counts in each.
    """

    def __init__(self, process):
        super().__init__(daemon=True)
        self.root, self.peak, self.parts, self.cpu = psutil.Process(process.pid), 0.0, {}, {}
        self.over = threading.Event()

    def run(self):
        """Look until told to stop. The peak is of the sum, its parts those of that moment."""
        while not self.over.wait(4.0):  # a look reads the maps of every process
            parts = {"hub": 0.0, "server": 0.0, "kernel": 0.0}
            for one in self._all():
                try:
                    with one.oneshot():
                        text = " ".join(one.cmdline())
                        kind = "kernel" if "ipykernel" in text else (
                            "server" if "singleuser" in text else "hub")  # fmt: skip
                        held = one.memory_full_info()
                        parts[kind] += getattr(held, "pss", held.rss) / MB
                        times = one.cpu_times()
                        self.cpu[one.pid] = kind, times.user + times.system
                except psutil.Error:
                    continue  # it ended between two looks
            if sum(parts.values()) > self.peak:
                self.peak, self.parts = sum(parts.values()), parts

    def seconds(self, kind):
        """Processor seconds of all processes of a kind, those that have ended counted."""
        return sum(value for known, value in self.cpu.values() if known == kind)

    def _all(self):
        try:
            return [self.root, *self.root.children(recursive=True)]
        except psutil.Error:
            return []


def rehearse(learners, lessons, minutes, folder, port):
    """One hub, so many learners, all at once: (results, memory, sentences of what was seen)."""
    if not 1 <= learners <= MOST or not 0 < minutes <= 60:
        raise errors.DataError(f"1 to {MOST} learners, and up to 60 minutes.")
    token = secrets.token_hex(16)
    base, until = f"http://127.0.0.1:{port}", time.monotonic() + 60 * minutes
    process, known = _open(learners, folder, port, base, until, token)
    watch = Memory(process)
    watch.start()
    results = [Result(name) for name in sorted(known)]
    try:
        seen = doors(base, known)
        people = {}
        tasks = [
            threading.Thread(target=_day, args=(base, token, one, lessons, until, people))
            for one in results
        ]
        for task in tasks:
            task.start()
        for task in tasks:
            task.join(max(1.0, until + 30 - time.monotonic()))
        for one, task in zip(results, tasks, strict=True):
            if task.is_alive():
                one.failures.append("not done when the time was over")
        seen += apart(base, people, Path(folder))
    finally:
        watch.over.set()
        process.terminate()
        try:
            process.wait(60)
        except Exception:
            process.kill()
            raise
    return results, watch, seen


def _open(learners, folder, port, base, until, token):
    """Our hub, once it answers to our token: another may have taken the port a moment before.

    JupyterHub gives its proxy ten seconds; a busy computer needs a second try.
    """
    head = {"Authorization": f"token {token}"}
    for _ in range(TRIES):
        process, known = hub.start(learners, folder, port, WORKSHOP_LOAD_TOKEN=token)
        while time.monotonic() < until and process.poll() is None:
            with contextlib.suppress(requests.RequestException):  # it does not listen yet
                if requests.get(f"{base}/hub/api/users", headers=head, timeout=5).ok:
                    return process, known
            time.sleep(0.5)
        if process.poll() is None:
            process.terminate()
        process.wait(60)
        _end_proxy(Path(folder))
    raise errors.SetupError("The hub did not start: look at what it wrote above.")


def _end_proxy(folder):
    """End the proxy that a hub leaves behind when it could not start, so that its ports are free."""
    with contextlib.suppress(OSError, ValueError, psutil.Error):  # no proxy was begun, or it ended
        proxy = psutil.Process(int((folder / "proxy.pid").read_text()))
        if "configurable-http-proxy" in " ".join(proxy.cmdline()):
            proxy.terminate()
            proxy.wait(30)


def doors(base, known):
    """Sentences for a wrong password that opens, or a right one that does not."""
    name, password = next(iter(known.items()))
    found = []
    for given, opens in ((password, True), (password[:-1] + "#", False)):
        session = requests.Session()
        session.get(f"{base}/hub/login", timeout=120)
        data = {"username": name, "password": given, "_xsrf": session.cookies.get("_xsrf")}
        answer = session.post(f"{base}/hub/login?next=%2Fhub%2Fhome", data=data, timeout=120)
        if (answer.ok and answer.url.endswith("/hub/home")) != opens:
            found.append(f"a {'right' if opens else 'wrong'} password: {answer.status_code}")
    return found


def _day(base, admin, result, lessons, until, people):
    """What one learner does: start a server, run the lessons, keep a file."""
    hub_api, head = f"{base}/hub/api", {"Authorization": f"token {admin}"}
    try:
        user = f"{hub_api}/users/{result.name}"
        requests.post(user, headers=head, timeout=120)  # 409 where the account was seen before
        begin = time.monotonic()
        while time.monotonic() < until:  # 429: too many at once, come again, as the page does
            answer = requests.post(f"{user}/server", headers=head, timeout=300)
            if answer.status_code != 429:
                answer.raise_for_status()
                break
            time.sleep(2)
        while not requests.get(user, headers=head, timeout=120).json()["servers"].get("", {}).get("ready"):  # fmt: skip
            if time.monotonic() > until:
                raise TimeoutError("the server did not start in time")
            time.sleep(0.5)
        result.spawn = time.monotonic() - begin
        answer = requests.post(f"{user}/tokens", headers=head, json={}, timeout=120)
        answer.raise_for_status()
        me = Learner(base, result.name, answer.json()["token"], until)
        people[result.name] = me
        file = {"type": "file", "format": "text", "content": result.name}
        me.ask("PUT", "api/contents/own.txt", json=file)
        for lesson in lessons:
            me.run(lesson, result)
    except Exception as error:  # whatever it is, it is what this learner met
        result.failures.append(f"{type(error).__name__}: {error}"[:300])


def apart(base, people, folder):
    """Sentences for whatever one learner could see of another through the pages, or wrote there."""
    found = []
    names = sorted(people)
    for name in names:
        me = people[name]
        if me.ask("GET", "api/contents/own.txt")["content"] != name:
            found.append(f"{name} does not find the file that it wrote")
        outside = me.session.get(f"{me.server}/api/contents/../{names[-1]}", timeout=60)
        if outside.ok and "own.txt" in outside.text:
            found.append(f"{name} sees outside its folder")
        for other in (one for one in names if one != name):
            answer = me.session.get(f"{base}/user/{other}/api/contents/own.txt", timeout=60)
            if answer.ok and other in answer.text and "content" in answer.text:
                found.append(f"{name} reads a file of {other}")
        work = folder / "homes" / name / "my_work"
        if (work / "own.txt").read_text() != name:
            found.append(f"the folder of {name} holds another's file")
    shared = ROOT / "my_work" / "own.txt"
    return found + ([f"{shared} was written: a folder was shared"] if shared.exists() else [])


def row(learners, results, watch):
    """A row of the table."""
    spawns = [one.spawn for one in results if one.spawn]
    ran = {name for one in results for name in one.runs}
    times = "; ".join(
        f"{name[:2]}: {statistics.median(v):.0f} ({max(v):.0f})"
        for name in sorted(ran)
        if (v := [one.runs[name] for one in results if name in one.runs])
    )
    moves = [value for one in results for value in one.sliders]
    cells = (
        learners,
        sum(len(one.failures) for one in results),
        f"{statistics.median(spawns):.0f} ({max(spawns):.0f})" if spawns else "none",
        times or "none",
        f"{statistics.median(moves):.1f} ({max(moves):.1f}), n = {len(moves)}" if moves else "none",
        f"{watch.peak / 1000:.1f}",
        "; ".join(f"{kind} {value / 1000:.2f}" for kind, value in watch.parts.items()),
        f"{watch.seconds('kernel') / learners:.0f} + {watch.seconds('server') / learners:.0f}",
    )
    return "| " + " | ".join(map(str, cells)) + " |"


COLUMNS = (
    "learners",
    "failures",
    "spawn, s: median (longest)",
    "run, s: median (longest)",
    "slider, s",
    "peak, GB",
    "its parts, GB",
    "CPU s each: kernels + server",
)
HEAD = f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}"


def main(arguments=None):
    """The command line; returns 1 when something failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--learners", type=int, nargs="+", default=[2, 5])
    parser.add_argument("--lessons", nargs="+", default=["00_start_here", "04_segment"])
    parser.add_argument("--minutes", type=float, default=15)
    options = parser.parse_args(arguments)
    lines, bad = [], False
    for learners in options.learners:
        with tempfile.TemporaryDirectory(prefix="workshop-") as folder:
            port = next(
                p for p in range(18100, 19000, 10) if all(map(commands.is_free, (p, p + 1, p + 2)))
            )
            results, watch, seen = rehearse(
                learners, options.lessons, options.minutes, folder, port
            )
        lines.append(row(learners, results, watch))
        for one in results:
            for said in one.failures:
                print(f"{one.name}: {said}", file=sys.stderr)
        pairs = learners * (learners - 1)
        print(
            "\n".join(seen) or f"{pairs} times another's file was asked for, none was seen",
            file=sys.stderr,
        )
        bad = bad or bool(seen) or any(one.failures for one in results)
        print("\n".join((HEAD, *lines)), flush=True)
    return int(bad)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except errors.CourseError as problem:
        sys.exit(str(problem))
