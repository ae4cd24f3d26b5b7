"""What went wrong during set-up, in one sentence each: what pip, venv and the system meant."""

import errno
import platform
import re
import sys

from course_utils.core import errors

AGAIN = "then run the same command again."
LOG = "The full log is in build/setup.log."

# What pip's output contains, and what it means; the first that fits counts. A full disk comes
# before the network, because pip repeats a download that could not be stored.
_PIP = [
    (
        r"No space left on device|Errno 28\b|not enough space on the disk|WinError 112"
        r"|Disk quota exceeded",
        "The disk, or the folder for temporary files, is full: free about 3 GB, " + AGAIN,
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError",
        "The network here replaces security certificates, as many hospitals do: ask your IT "
        "department for its root certificate, set the variable PIP_CERT to that file, " + AGAIN,
    ),
    (
        r"ProxyError|Tunnel connection failed|407 Proxy",
        "The network's proxy refused the connection: set the variable HTTPS_PROXY as your IT "
        "department says, " + AGAIN,
    ),
    (
        r"NewConnectionError|ConnectTimeout|ReadTimeout|Read timed out|Max retries exceeded"
        r"|getaddrinfo failed|Name or service not known|Temporary failure in name resolution"
        r"|nodename nor servname|Connection refused|Network is unreachable|ConnectionResetError"
        r"|Connection aborted|RemoteDisconnected|IncompleteRead|Connection broken"
        r"|Connection to \S+ timed out|Failed to establish a new connection",
        "No network: the packages could not be downloaded. Connect to the internet, " + AGAIN,
    ),
    (
        r"Long Path support|WinError 206",
        "Windows does not allow file names this long: move the course to a short path such as "
        "C:\\course, " + AGAIN,
    ),
    (
        r"Permission denied|Errno 13\b|WinError 5\b|Access is denied",
        "A file in .venv could not be written: close JupyterLab and other programs that use it, "
        + AGAIN,
    ),
    (
        r"THESE PACKAGES DO NOT MATCH THE HASHES",
        "A download arrived damaged: run the same command again.",
    ),
]


def pip_sentence(said):
    """One sentence for what pip said before it failed."""
    for pattern, sentence in _PIP:
        if re.search(pattern, said):
            return sentence
    missing = re.search(r"No matching distribution found for ([^\s(]+)", said)
    if missing:
        return (
            f"There is no {missing[1]} for this computer (Python {platform.python_version()}, "
            f"{sys.platform}, {platform.machine()}), or the package server here does not offer it. "
            + LOG
        )
    reasons = [text[6:].strip() for text in said.splitlines() if text.startswith("ERROR:")]
    reason = reasons[0].rstrip(".") if reasons else "it gave no reason"
    return f"pip could not install the packages: {reason}. {LOG}"


def venv_sentence(said):
    """One sentence for what `python -m venv` said before it failed."""
    if re.search(r"ensurepip|No module named '?venv|python3[\d.]*-venv", said):
        name = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        return (
            "This Python came without the module that makes environments: install it "
            f"(on Debian and Ubuntu: sudo apt install {name}), {AGAIN}"
        )
    if re.search(_PIP[0][0], said):
        return _PIP[0][1]
    last = (said.strip().splitlines() or ["it gave no reason"])[-1]
    return f"Python could not make the environment: {last} {LOG}"


def file_sentence(error, folder):
    """One sentence for an `OSError` met while files were written in `folder`."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _PIP[0][1]
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"The folder {folder} cannot be written to: copy the course to a folder of your own, "
            "for example in your home folder, and run the same command there."
        )
    return f"{error.filename or folder}: {error.strerror or error}. Put that right, {AGAIN}"


def space_sentence(need, free):
    """One sentence for a disk with `free` bytes where `need` are wanted."""
    return (
        f"The disk is too full: set-up needs {need / 1e9:.0f} GB and {free / 1e9:.1f} GB are free. "
        f"Make room, {AGAIN}"
    )


def removing(remove, folder):
    """Call `remove(folder)`; a file that is in use becomes one sentence (`errors.SetupError`)."""
    try:
        remove(folder)
    except OSError as error:
        raise errors.SetupError(
            f"The folder {folder} could not be removed ({error.strerror or error}): "
            f"close JupyterLab and every terminal that uses it, {AGAIN}"
        ) from None
