"""Run the code cells of one notebook in this process and print, as JSON, what its checks said.

    python tests/helpers/walk.py NOTEBOOK [NAME=value ...]

NAME=value replaces a parameter of the page, as text unless it is a number; training is short, unless
EPOCHS=page leaves it as the page has it, whose solved form has trained so before. EAGER=1: TensorFlow
writes down no graphs, which takes longer than a short training. A process of its own shows what a
lesson imports.
"""

import ast
import contextlib
import io
import json
import os
import sys
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

from course_utils.show import pages
from tests.helpers import kept, watch

# What a lesson spends on training is of no interest here: the claims, which need it, are evaluated
# where the lessons run with the parameters of the page.
SHORT = {"SECONDS": 3, "EPOCHS": 3, "PEOPLE": 16, "STUDIES": 4}


def main(path, given):
    ear = watch.Ear(try_nonsense=False)
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    os.chdir(path.parent)
    space = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()) as said:
        for number, cell in enumerate(code, 1):
            source = "".join(cell["source"])
            _show(_run(source, f"code cell {number}", space))
            ear.fit()
            if "parameters" in cell["metadata"].get("tags", []):
                short = {name: value for name, value in SHORT.items() if name in space}
                asked = (short | given).items()
                space.update({name: value for name, value in asked if value != "page"})
    heavy = [name for name in watch.HEAVY if name in sys.modules]
    print(json.dumps({**ear.heard, "heavy": heavy, "said": said.getvalue()}))


def _run(source, name, space):
    """Run a cell; the value of its last line, as a notebook would show it, or None."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec"), space)
    return eval(compile(ast.Expression(last.value), name, "eval"), space) if last else None


def _value(text):
    """A number where it is one, else the text itself."""
    if text.isdigit():
        return int(text)
    return float(text) if text.replace(".", "", 1).isdigit() else text


def _show(value):
    """Cards, tables and notes say as text what they show as a page."""
    if isinstance(value, pages.Shown):
        print(value.text())


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    if kept.VARIABLE in os.environ:  # within a run of the tests
        kept.begin(os.environ[kept.VARIABLE])
    pairs = (word.split("=", 1) for word in sys.argv[2:])
    asked = {name: _value(text) for name, text in pairs}
    if asked.pop("EAGER", 0):
        from course_utils.segment.backend import tensorflow

        tensorflow.config.run_functions_eagerly(True)
    main(Path(sys.argv[1]).resolve(), asked)
