"""What a learner wrote: the cell that asked a check, run again with other data.

A number that was typed and a number that was computed look alike. The cell tells them apart: it is
run once more in a copy of the page's names, with a second table or another seed in place of the
first, and the answer must follow. Where there is no cell to read (a check called from elsewhere)
or the answer comes from another cell, the value alone is judged.
"""

import ast
import contextlib
import inspect
import io
import linecache
import sys

from course_utils.checks.answers import Wrong


class Written:
    """The statements of a cell before its check, and the names of its page."""

    def __init__(self, code, names):
        self._names = names
        self._steps = []
        for step in _parsed(code):
            if _calls_a_check(step):
                break
            self._steps.append(step)

    def typed(self, name):
        """Was `name` set in this cell from nothing of the page: numbers and texts that stand there?

        A function of a module says nothing of the page; one that was written on it does.
        """
        rests = {}  # what the cell sets -> does it rest on anything of the page?
        for step in self._steps:
            reads = {node.id for node in ast.walk(step) if _reads(node)}
            known = any(rests.get(one, self._is_data(one)) for one in reads)
            for one in _sets(step) | (reads & rests.keys()):
                rests[one] = known or rests.get(one, False)
        return rests.get(name) is False

    def again(self, name, **changed):
        """The value of `name` when the cell runs with `changed` inputs; None when it uses none.

        Lines of the cell that set nothing but such an input are left out, so that the change stays.
        Raises `Wrong` when the cell stops on the other data.
        """
        used = {node.id for step in self._steps for node in ast.walk(step) if _reads(node)}
        if not any(name in _sets(step) for step in self._steps) or not used & changed.keys():
            return None
        names = {**self._names, **changed}
        kept = [step for step in self._steps if not _sets_only(step, changed)]
        steps = ast.fix_missing_locations(ast.Module(kept, type_ignores=[]))
        try:
            with contextlib.redirect_stdout(io.StringIO()):  # what it prints was printed before
                exec(compile(steps, "the same cell with other data", "exec"), names)
        except Exception as error:
            raise Wrong(
                f"With other data the same code stops with {type(error).__name__}: {error}"
            ) from error
        return names.get(name)

    def follows(self, name, judge, *cases, typed):
        """Judge what `name` becomes with each of `cases`, dicts of changed inputs: `judge(value, **case)`.

        Raises `Wrong` with the sentence `typed` where the answer was typed and follows nothing.
        """
        for case in cases:
            value = self.again(name, **case)
            if value is None and self.typed(name):
                raise Wrong(typed)
            if value is not None:
                judge(value, **case)

    def _is_data(self, name):
        """Is it a name of the page that holds more than somebody else's code?"""
        if name not in self._names:
            return False
        value = self._names[name]
        code = inspect.isroutine(value) or inspect.isclass(value) or inspect.ismodule(value)
        return not code or getattr(value, "__module__", None) == "__main__"


def by(frame):
    """What was written in the cell that `frame` runs (an empty `Written` where there is none)."""
    code = "".join(linecache.getlines(frame.f_code.co_filename))
    is_cell = frame.f_code.co_name == "<module>" and frame.f_globals.get("__name__") == "__main__"
    return Written(code if is_cell else "", frame.f_globals)


def caller(depth):
    """The frame `depth` calls up from the one that asks."""
    return sys._getframe(depth + 1)


def _parsed(code):
    try:
        return ast.parse(code).body
    except (SyntaxError, ValueError):
        return []


def _calls_a_check(step):
    return any(
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "check"
        for node in ast.walk(step)
    )


def _reads(node):
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)


def _sets(step):
    """The names that a statement sets, those of functions among them."""
    return {
        node.id if isinstance(node, ast.Name) else node.name
        for node in ast.walk(step)
        if isinstance(node, ast.FunctionDef)
        or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    }


def _sets_only(step, names):
    """Is it an assignment to some of `names` and to nothing else?"""
    if not isinstance(step, ast.Assign):
        return False
    nodes = [node for target in step.targets for node in ast.walk(target)]
    simple = all(isinstance(node, (ast.Name, ast.Tuple, ast.expr_context)) for node in nodes)
    return simple and {node.id for node in nodes if isinstance(node, ast.Name)} <= set(names)
