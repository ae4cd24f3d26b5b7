"""A JupyterHub on this computer, for a rehearsal: accounts, folders, and the hub itself."""

import os
import subprocess
import sys
from pathlib import Path

from course_utils.core import errors
from course_utils.setup import commands
from workshop import accounts, programs

CONFIG = Path(__file__).with_name("jupyterhub_config.py")
FOLDER = programs.ROOT / "build" / "workshop" / "hub"


def environment(folder, port):
    """What the configuration reads: folder, port, and the Python of the course."""
    return {
        **os.environ,
        "WORKSHOP_FOLDER": str(folder),
        "WORKSHOP_PORT": str(port),
        "WORKSHOP_PYTHON": sys.executable,
    }


def start(learners, folder=None, port=8000, **more):
    """Start the hub for so many learners; returns (process, {name: password}).

    It takes three ports, from `port` on, of this computer alone. Raises `SetupError` for a taken
    port and where JupyterHub is not installed.
    """
    program = programs.find("jupyterhub")
    place = Path(folder or FOLDER).absolute()
    known = accounts.make(place, learners)
    if taken := [str(number) for number in range(port, port + 3) if not commands.is_free(number)]:
        raise errors.SetupError(
            f"Port {' and '.join(taken)} is in use: give three free ones, for example "
            f"--port {commands.free_port(port + 3)}."
        )
    process = subprocess.Popen(
        [str(program), "-f", str(CONFIG)], cwd=place, env={**environment(place, port), **more}
    )
    return process, known


def command(learners, folder, port):
    """Start the hub, say where it is, and wait for its end; returns its exit code."""
    process, known = start(learners, folder, port)
    place = Path(folder or FOLDER).absolute()
    print(
        f"http://127.0.0.1:{port} for {len(known)} learners of a rehearsal on this computer.\n"
        f"Names and passwords: {place / accounts.FILE}\n"
        f"Work of the learners: {place / 'homes'}\n"
        f"The board: python -m workshop votes {place / 'votes'}\n"
        "To end it, press Ctrl-C.",
        flush=True,
    )
    try:
        return process.wait()
    except KeyboardInterrupt:
        return process.wait()  # it was told too, and ends its servers first
