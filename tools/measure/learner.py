"""A learner's server asked as JupyterLab's page would ask it: contents, sessions, messages to a kernel."""

import json
import secrets
import time

import requests
import websocket

CELL_SECONDS = 600  # of one cell: forty people on two cores are slow, and slow is no failure


def connected(address, token, tries=7, wait=1.0):
    """A websocket to a kernel, asked for again as JupyterLab's page does where a busy hub lets the
    first handshake time out: so many times, after 1, 2, 4, ... times `wait` seconds. Raises the last
    refusal of `websocket`."""
    for left in reversed(range(tries)):
        try:
            return websocket.create_connection(
                address, header=[f"Authorization: token {token}"], timeout=60
            )
        except (websocket.WebSocketException, OSError):
            if not left:
                raise
            time.sleep(wait * 2 ** (tries - 1 - left))


class Learner:
    """One learner's server, asked as JupyterLab's page would ask it."""

    def __init__(self, base, name, token, until):
        self.base, self.name, self.until = base, name, until
        self.server = f"{base}/user/{name}"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"token {token}"
        self.token = token

    def ask(self, way, path, **options):
        """The JSON of an answer; raises requests.HTTPError for a refusal."""
        answer = self.session.request(way, f"{self.server}/{path}", timeout=120, **options)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def run(self, lesson, result):
        """Open a lesson, run all its cells, move its first slider, close it."""
        page = self.ask("GET", f"api/contents/notebooks/{lesson}.ipynb")["content"]
        begin = time.monotonic()
        opened = self.ask(
            "POST",
            "api/sessions",
            json={
                "path": f"notebooks/{lesson}.ipynb",
                "name": lesson,
                "type": "notebook",
                "kernel": {"name": "python3"},
            },
        )
        kernel = opened["kernel"]["id"]
        address = f"{self.server}/api/kernels/{kernel}/channels".replace("http", "ws", 1)
        line = connected(address, self.token)
        try:
            talk = Talk(line, self.until)
            for number, cell in enumerate(page["cells"], 1):
                if cell["cell_type"] == "code":
                    said = talk.execute("".join(cell["source"]))
                    result.failures += [f"{lesson}, cell {number}: {one}" for one in said]
            result.runs[lesson] = time.monotonic() - begin
            if talk.slider:
                result.sliders.append(talk.move())
        finally:
            line.close()
            self.ask("DELETE", f"api/sessions/{opened['id']}")


class Talk:
    """Messages to a kernel and from it. `slider`: (comm, state) of the first slider that came."""

    def __init__(self, line, until):
        self.line, self.until, self.slider = line, until, None

    def execute(self, code):
        """Run code to its end; returns the errors that it gave, as texts."""
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        said = []
        for message in self._answers("execute_request", content, CELL_SECONDS):
            kind, body = message["header"]["msg_type"], message["content"]
            if kind == "error":
                said.append(f"{body['ename']}: {body['evalue']}"[:200])
            if kind == "comm_open":
                state = body["data"].get("state", {})
                named = str(state.get("_model_name"))
                if not self.slider and named.endswith("SliderModel") and "value" in state:
                    self.slider = body["comm_id"], state
        return said

    def move(self):
        """Seconds from one step of the slider to the picture that answers it."""
        comm, state = self.slider
        step = state.get("step") or 1
        up = state["value"] + step <= state["max"]
        value = state["value"] + (step if up else -step)
        data = {"method": "update", "state": {"value": value}, "buffer_paths": []}
        begin, drawn = time.monotonic(), None
        content = {"comm_id": comm, "data": data}
        for message in self._answers("comm_msg", content, 120):
            size = len(json.dumps(message["content"]))
            if message["header"]["msg_type"] == "comm_msg" and size > 10_000:  # a picture, no echo
                drawn = time.monotonic() - begin
        if drawn is None:
            raise RuntimeError("the slider moved and no picture came")
        return drawn

    def _answers(self, kind, content, seconds):
        """The messages that answer one, until the kernel is idle again."""
        own = secrets.token_hex(8)
        header = {
            "msg_id": own,
            "msg_type": kind,
            "username": "",
            "session": "load",
            "date": "",
            "version": "5.3",
        }
        sent = {
            "header": header,
            "parent_header": {},
            "metadata": {},
            "content": content,
            "channel": "shell",
            "buffers": [],
        }
        self.line.send(json.dumps(sent))
        end = min(time.monotonic() + seconds, self.until)
        while time.monotonic() < end:
            self.line.settimeout(max(0.1, end - time.monotonic()))
            text = self.line.recv()
            message = json.loads(text if isinstance(text, str) else _first_part(text))
            if message.get("parent_header", {}).get("msg_id") != own:
                continue
            yield message
            if (
                message["header"]["msg_type"] == "status"
                and message["content"]["execution_state"] == "idle"
            ):
                return
        raise TimeoutError(f"no end of '{kind}' in time")


def _first_part(frame):
    """The JSON of a message that carries buffers (the older protocol: numbers, then the parts)."""
    count = int.from_bytes(frame[:4], "big")
    ends = [int.from_bytes(frame[4 * k : 4 * k + 4], "big") for k in range(1, count + 1)]
    return frame[ends[0] : ends[1] if count > 1 else None]
