"""The eight slips of the keyboard get a sentence that says what to type; other errors stay alone."""

import keyword
import os
import re
import sys

import nbformat
import papermill
import pytest
from nbclient import NotebookClient

from course_utils.checks import lesson as core
from course_utils.checks import page, progress, record, slips
from tests.conftest import ROOT

LESSON_NAMES = {"scan", "frames", "my_heart_rate"}

# (code, a piece of what the sentence tells to type)
SLIPS = [
    ("claim_a = hype", 'claim_a = "hype"'),  # quotation marks
    ("found_by = another hospital", 'found_by = "another hospital"'),
    ("gentlest = non-local means", 'gentlest = "non-local means"'),
    ("gentlest = SRAD", 'gentlest = "SRAD"'),
    ("mine = The Dice was 0.9, in 12 patients.", 'mine = "The Dice was 0.9, in 12 patients."'),
    ("thinner = yes", "`True`"),
    ("thinner = No", "`False`"),
    ("my_heart_rate = 50 bpm", "`my_heart_rate = 50`"),  # a unit
    ("clip_seconds = 1 second", "`clip_seconds = 1`"),
    ("shown_cm = 9.5cm", "`shown_cm = 9.5`"),
    ("shown_cm = 9,5 cm", "`shown_cm = 9.5`"),
    ("max_rocking_deg = 10°", "`max_rocking_deg = 10`"),
    ("missing = 5 %", "`missing = 5`"),
    ("flow = 30 ml per min", "`flow = 30`"),
    ("lost : b", '`lost = "b"`'),  # a colon
    ("my_heart_rate : 50", "`my_heart_rate = 50`"),
    ("my_heart_rate := 50", "`my_heart_rate = 50`"),
    ("dict(a : 3)", "dict(a = 3)"),
    ("n = Len([1, 2])", "`len`"),  # a capital
    ("n = Scan", "`scan`"),
    ("Import math", "`import`"),
    ("yes = true", "`True`"),
    ("'x'.Upper()", "`upper`"),
    ("my_heart_rate = 50,0", "50.0"),  # a decimal comma
    ("shown_cm = 9,05", "9.05"),
    ("lifted = 1 + 2,507 / 60", "`lifted = 1 + 2.507 / 60`"),
    ("n = len(scan)", "Run All Above"),  # lost by a restart
    ("bar = 75 %", "`0.05`"),  # a share
    ("gate, my_guess = dict(on=0.8), 30 s", "`gate, my_guess = dict(on=0.8), 30`"),  # units inside
    ("limits = (3 mm, 4,5 cm)", "`limits = (3, 4,5)`"),
    ("rows = dict(a=5 patients)", "`rows = dict(a=5)`"),
    ("def bar():\nreturn 3", "four blanks"),  # columns
    ("  x = 3", "take them away"),
    ("if 1:\n    x = 2\n  y = 3", "same column"),
    ("claim_a = “hype”", 'claim_a = "hype"'),  # a word processor's signs
    ("low = −3", "`low = -3`"),
    ("x\u00a0= 3", "`x = 3`"),
]
NO_SLIPS = [
    "1 / 0",
    "import no_such_module",
    "x = [1, 2",
    "x = 1, 2",
    "pair = (3,4)",
    "pair = len('a'),len('b')",
    "a, b = 3,4",
    "x = {'a': 1}",
    "y = 3 +",
    "for n in range(2): pass",
    "x[0, 5] = 3",
    "größe = 3 +",
    "x = 3 €",
    "x = scan mean(0)",
    "x = [5 s for s in 'ab'",
    "unknown.area()",
    "unknown(3)",
    "raise ValueError('scan')",
    "'x'.no_such_thing",
]


def said(code):
    """The sentences for a line of code, as the kernel would show them."""
    found = slips.for_code(code)
    names = {}
    try:
        exec(compile(code, "cell", "exec"), names)
    except slips.ERRORS as error:
        line = (error.text or code) if isinstance(error, SyntaxError) else code
        found.append(slips.for_error(error, line, names, LESSON_NAMES) or "")
    except Exception:
        pass
    return " ".join(found)


@pytest.mark.parametrize(("code", "typed"), SLIPS)
def test_a_slip_is_told_what_to_type(code, typed):
    assert typed in said(code)


@pytest.mark.parametrize("code", NO_SLIPS)
def test_another_error_is_left_to_python(code):
    assert said(code) == ""


@pytest.mark.parametrize("line", [code for code, _ in SLIPS])
def test_what_the_sentence_tells_to_type_is_python(line):
    for typed in re.findall(r"[Tt]ype `([^`]+)`", said(line)):
        assert keyword.iskeyword(typed) or compile(typed, "cell", "exec")


def notebook(*cells):
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    return made


SETUP = (
    f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom course_utils.checks import load as check"
)


WARNS = "from course_utils.core import errors\nerrors.warn('It was halved.')"


@pytest.mark.slow
def test_in_a_kernel_the_sentence_stands_before_the_error_and_the_cell_still_fails(tmp_path):
    made = notebook(
        SETUP, "lost = b", "shown_cm = 9,5\ncheck.scale_error(shown_cm)", "x = 3 mm", "1 / 0", WARNS
    )
    client = NotebookClient(
        made, allow_errors=True, resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute(env={**os.environ, "PYTHONPATH": str(ROOT)})
    quotes, comma, unit, real, note = [cell.outputs for cell in made.cells[1:]]
    assert [output.output_type for output in quotes] == ["display_data", "error"]
    assert 'lost = "b"' in quotes[0].data["text/plain"] and "<div" in quotes[0].data["text/html"]
    assert quotes[1].ename == "NameError" and len(quotes[1].traceback) == 1
    assert "9.5" in comma[0].data["text/plain"]
    assert comma[1].data["text/plain"].startswith("Right.")  # the comma is understood
    assert unit[1].ename == "SyntaxError" and "`x = 3`" in unit[0].data["text/plain"]
    assert [output.output_type for output in real] == ["error"] and len(real[0].traceback) > 1
    assert [output.output_type for output in note] == ["display_data"]  # blue, not the pink stream
    assert "#e6f0fa" in note[0].data["text/html"] and "halved" in note[0].data["text/plain"]
    path = tmp_path / "page.ipynb"
    nbformat.write(notebook(SETUP, "lost = b"), path)
    with pytest.raises(papermill.PapermillExecutionError):
        papermill.execute_notebook(
            str(path), str(tmp_path / "out.ipynb"), progress_bar=False, kernel_name="python3"
        )


def test_a_page_says_where_to_go_on(progress_file):
    lesson, places = "01_load", page.places("01_load")
    assert f"has {len(places)} exercises" in progress.begin(lesson).text
    names = list(places)
    record.record(lesson, names[0], "press", status="right")
    text = progress.begin(lesson).text
    assert f"done 1 of {len(places)}" in text and places[names[1]] in text
    for name in names:
        record.record(lesson, name, "press", status="right")
    assert f"all {len(places)}" in progress.begin(lesson).text
    assert "Shut Down Kernel" in repr(progress.end(lesson))
    assert "<button" not in progress.end(lesson)._repr_mimebundle_()["text/html"]  # no kernel here


def test_every_exercise_and_question_of_a_lesson_stands_on_its_page():
    for lesson in core.lessons().values():
        assert set(page.places(lesson.name)) == set(lesson.checks), lesson.name


def test_nothing_is_installed_outside_a_kernel():
    assert "ipykernel" not in sys.modules or slips._shell() is None
    slips.install()  # and it does not complain
