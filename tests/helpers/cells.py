"""A cell of a lesson, run as a kernel runs it, so that a check can read what was written."""

import linecache

import numpy as np
import pandas as pd

from course_utils import enhance


def verdict(code, check, **names):
    """What `check` says of a cell, run as a kernel runs it: its source can be looked up."""
    name = f"<cell {abs(hash(code))}>"
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    page = {"__name__": "__main__", "check": check, "np": np, "pd": pd, "enhance": enhance, **names}
    *steps, last = code.strip().split("\n")
    exec(compile("\n".join([*steps, f"said = {last}"]), name, "exec"), page)
    return page["said"]
