"""Programs of the workshop's own environment, which is not the course's."""

import os
import shutil
from pathlib import Path

from course_utils.core import errors

ROOT = Path(__file__).resolve().parents[1]
HOW = (
    "python3 -m venv .venv-workshop\n"
    ".venv-workshop/bin/python -m pip install --require-hashes -r workshop/lock.txt"
)


def find(name):
    """The path of a program such as 'jupyterhub': from the folder that the variable WORKSHOP_BIN
    names, from .venv-workshop, or from the path. Raises `SetupError` that says how to install it."""
    named = os.environ.get("WORKSHOP_BIN")
    places = [named] if named else [str(ROOT / ".venv-workshop" / "bin"), None]
    for place in places:
        found = shutil.which(name, path=place)
        if found:
            return Path(found)
    raise errors.SetupError(f"The program {name} is not here. In the course's folder:\n{HOW}")
