"""Fill the folder `wheels`, for a stick: `python3 tools/wheels.py`. Needs a network, and about 1 GB.

Every package of binder/lock.txt, hashes verified, for the system and the Python that run this. Copy
the whole course with it; there `python3 -m course_utils lab --offline` sets up without a network.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from course_utils.setup import install, pins


def fetch(lock=pins.LOCK, folder=ROOT / install.WHEELS):
    """Download what a lock lists into a folder; returns pip's exit code."""
    wanted = ["--require-hashes", "--only-binary", ":all:", "-r", str(lock), "-d", str(folder)]
    return subprocess.run([sys.executable, "-m", "pip", "download", *wanted]).returncode


if __name__ == "__main__":
    code = fetch()
    size = sum(path.stat().st_size for path in (ROOT / install.WHEELS).glob("*.whl")) / 1e6
    print(f"{size:.0f} MB in {ROOT / install.WHEELS}" if not code else "Not complete: see above.")
    sys.exit(code)
