"""What went wrong while the course was set up, in one sentence: what pip, venv and the system meant.

The sentences are in `trouble.toml`. Standard library only.
"""

import errno
import platform
import re
import sys
import tomllib
from pathlib import Path

SAYS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def sentence(name, **facts):
    """The sentence of this name with the facts that it asks for."""
    return _filled(SAYS[name], **facts)


def pip_sentence(said):
    """One sentence for what pip said before it failed."""
    for known in SAYS["said"]:
        if re.search(known["pattern"], said):
            return _filled(known["means"])
    missing = re.search(r"No matching distribution found for ([^\s(]+)", said)
    if missing:
        return sentence(
            "no_package",
            package=missing[1],
            python=platform.python_version(),
            system=sys.platform,
            machine=platform.machine(),
        )
    reasons = [text[6:].strip() for text in said.splitlines() if text.startswith("ERROR:")]
    return sentence("pip", reason=reasons[0].rstrip(".") if reasons else SAYS["no_reason"])


def venv_sentence(said):
    """One sentence for what `python -m venv` said before it failed."""
    if re.search(r"ensurepip|No module named '?venv|python3[\d.]*-venv", said):
        return sentence(
            "no_venv", package=f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        )
    if re.search(SAYS["said"][0]["pattern"], said):
        return _filled(SAYS["said"][0]["means"])
    return sentence("venv", reason=(said.strip().splitlines() or [SAYS["no_reason"]])[-1])


def file_sentence(error, folder):
    """One sentence for an `OSError` met while files were written in `folder`."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _filled(SAYS["said"][0]["means"])
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return sentence("read_only", folder=folder)
    return sentence("other_file", file=error.filename or folder, reason=error.strerror or error)


def _filled(text, **facts):
    return text.format(again=SAYS["again"], log=SAYS["log"], **facts)
