"""The page of a lesson, read from its notebook: the names it makes, and where an exercise stands."""

import ast
import functools
import json
import re

from course_utils.core import errors

_opened = []  # lessons whose checks were imported, in this order: the first is the page itself


def opened(lesson):
    """Remember that the checks of `lesson` were imported in this kernel."""
    _opened.append(lesson)


def current():
    """The lesson of this page, such as '01_load', or '' where there is none."""
    return _opened[0] if _opened else ""


@functools.cache
def cells(lesson):
    """(kind, text) of every cell of a lesson; an empty tuple when it has no notebook."""
    path = errors.HERE.parent / "notebooks" / f"{lesson}.ipynb"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return tuple((cell["cell_type"], "".join(cell["source"])) for cell in found)
    except (OSError, ValueError, KeyError, TypeError):
        return ()  # a page without its notebook still has its checks


@functools.cache
def names(lesson):
    """Every name that a cell of the lesson defines or imports, as a frozenset."""
    found = set()
    for kind, text in cells(lesson):
        for node in ast.walk(_tree(text)) if kind == "code" else ():
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
            elif isinstance(node, ast.alias):
                found.add((node.asname or node.name).split(".")[0])
            elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                found.add(node.name)
    return frozenset(found)


@functools.cache
def places(lesson):
    """{name of a check: the section in which the lesson asks it}, in the order of the page."""
    found, section = {}, ""
    for kind, text in cells(lesson):
        if kind == "markdown":
            section = (re.findall(r"^## (.*)$", text, re.M) or [section])[-1].strip()
        elif kind == "code":
            for name in re.findall(r"\bcheck\.(\w+)(?:\.ask)?\(", text):
                found.setdefault(name, section)
    return found


def _tree(code):
    try:
        return ast.parse(code)
    except (SyntaxError, ValueError):
        return ast.parse("")
