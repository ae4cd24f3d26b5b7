"""What one learner of a hub gets: a folder, own copies of the lessons, variables, a kernel.

Standard library only, because the hub's own environment has no package of the course.
"""

import json
from pathlib import Path

from course_utils.core import computer, files
from course_utils.setup import copies

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
MEMORY = 2_000_000_000  # bytes for a learner, as on Binder; the largest lesson takes 1.5 GB


def prepare(home):
    """Make a learner's folder and bring its copies of the lessons up to date; returns the folder of
    their work. Nothing that they wrote is replaced."""
    work = Path(home) / "my_work"
    work.mkdir(parents=True, exist_ok=True)
    Path(home).chmod(0o700)
    copies.refresh(NOTEBOOKS, work / "notebooks")
    return work


def variables(work, kernels, votes):
    """The environment of a learner's server: own folder and progress, one thread, no news."""
    one = dict.fromkeys((*computer.THREADS, "TF_NUM_INTEROP_THREADS"), "1")  # whatever the hub has
    return {
        **computer.variables(),
        **one,
        "COURSE_WORK": str(work),
        "COURSE_PROGRESS": str(Path(work) / "progress.json"),
        "COURSE_VOTES": str(votes),
        "JUPYTER_PATH": str(kernels),
        "JUPYTER_CONFIG_PATH": str(ROOT / "binder" / "jupyter"),
        "CPU_LIMIT": "1",
        "MEM_LIMIT": str(MEMORY),
    }


def kernel(folder, python):
    """A kernel 'python3' that is the course's Python, in `folder`/kernels: returns the folder.

    So the server needs no package of the course, and the course none of the server's.
    """
    spec = {
        "argv": [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "env": {"PYTHONPATH": str(ROOT)},
        "metadata": {"debugger": False},
    }
    place = Path(folder) / "kernels" / "python3" / "kernel.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(spec, indent=1) + "\n"
    files.write_whole(place, lambda to: to.write_text(text, encoding="utf-8"), replace=True)
    return Path(folder)
