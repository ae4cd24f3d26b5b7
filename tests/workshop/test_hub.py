"""The hub itself, where JupyterHub is installed: it opens to its passwords alone and takes no one's port."""

import time

import pytest

from course_utils.core import errors
from course_utils.setup import commands
from tools.measure import workshop
from workshop import hub, programs


def _jupyterhub():
    try:
        return programs.find("jupyterhub")
    except errors.SetupError:
        return None


@pytest.mark.slow
@pytest.mark.skipif(_jupyterhub() is None, reason="JupyterHub is not installed (workshop/lock.txt)")
def test_it_opens_to_its_passwords_alone_and_takes_no_ones_port(tmp_path):
    port, until = commands.free_port(18500), time.monotonic() + 300
    base = f"http://127.0.0.1:{port}"
    process, known = workshop._open(2, tmp_path, port, base, until, "a" * 32)
    try:
        assert workshop.doors(base, known) == []
        swapped = dict(zip(known, reversed(known.values()), strict=True))
        assert len(workshop.doors(base, swapped)) == 1  # another's password opens nothing
        with pytest.raises(errors.SetupError, match="in use"):
            hub.start(2, tmp_path / "other", port)
    finally:
        process.terminate()
        process.wait(60)
