"""How often a property or a damaged file is tried: less in every run, all of it in the weekly one."""

import os

NIGHTLY = bool(os.environ.get("COURSE_NIGHTLY"))


def trials(here, nightly):
    """`here` in a usual run, `nightly` where COURSE_NIGHTLY is set (the weekly workflow does)."""
    return nightly if NIGHTLY else here
