"""What a lesson says of a set that is not the sample set: nothing that the set's facts forbid."""

import re

import nbformat
import pytest
from nbformat import v4

from tests.conftest import ROOT
from tests.helpers import page

TAKE_A_SET = ["04_segment", "05_fine_tune", "07_saliency", "08_evaluate"]
EVERYTHING = tuple(page.FORBIDDEN)


@pytest.mark.parametrize("name", TAKE_A_SET)
def test_the_prose_of_a_lesson_is_true_of_any_set(name):
    """No sentence speaks of muscle, synthetic scans, machines or millimetres as of the set, unless it
    says that it is about the sample data."""
    notebook = nbformat.read(ROOT / f"notebooks/{name}.ipynb", as_version=4)
    assert list(page.untrue(notebook, EVERYTHING)) == []


def read(prose="Words.", text="", shown=""):
    cell = v4.new_code_cell("1")
    cell.outputs = [v4.new_output("stream", text=text)] if text else []
    if shown:
        cell.outputs.append(v4.new_output("display_data", {"text/html": shown}))
    return v4.new_notebook(cells=[v4.new_markdown_cell(prose), cell])


@pytest.mark.parametrize(
    "said, words",
    [
        ({"prose": "The muscle is drawn too thick."}, "'muscle'"),
        ({"prose": "It does\nwell on Scanner D, too."}, "'Scanner D'"),
        ({"text": "Dice 0.9 (9 patients; synthetic)."}, "'synthetic'"),
        ({"text": "Thickness error 0.50 mm."}, "'0 mm'"),
        ({"shown": "<p>Dice</p><img alt='x' src=''><img alt=\"A calf scan.\">"}, "'calf'"),
        ({"shown": "<td>home scanner</td><style>p{}</style>"}, "'home scanner'"),
    ],
)
def test_what_does_not_hold_is_found_wherever_it_is_shown(said, words):
    (found,) = page.untrue(read(**said), EVERYTHING)
    assert words in found
    assert list(page.untrue(read(**said), ())) == []


@pytest.mark.parametrize(
    "said",
    [
        {"prose": "In the sample data the muscle is drawn too thick."},
        {"prose": "Is the muscle drawn too thick?"},
        {"prose": "# The muscle\n\n| a | muscle |\n"},
        {"prose": "A word.\n\n## Words\n\nA muscle."},
        {"text": "This set has no millimetres, so it cannot answer."},
        {"shown": "<style>.muscle{}</style><script>synthetic</script>"},
    ],
)
def test_what_is_bound_or_no_statement_is_left_alone(said):
    assert list(page.untrue(read(**said), EVERYTHING)) == []


def test_what_is_about_the_course_s_own_lab_is_named_by_the_test():
    notebook = read(text="Eight synthetic examples.")
    assert list(page.untrue(notebook, EVERYTHING, apart=["^Eight"])) == []


def test_the_limit_that_lesson_12_quotes_is_the_one_that_lesson_08_claims_and_that_was_measured():
    """Prose of two pages and a table: one number each, 0.7 on the page and 0.79 of 217 people."""
    first, second = (ROOT / f"notebooks/source/{name}.py" for name in ("08_evaluate", "12_decide"))
    claim = re.search(
        r"# CLAIM: .* round\(smallest\.limit\.estimate, 1\) == ([\d.]+)", first.read_text("utf-8")
    )
    quote = re.search(
        r"Lesson 08 finds about ([\d.]+) mm .* on 217 people it was ([\d.]+) mm",
        second.read_text("utf-8"),
    )
    said = re.search(
        r"On 217 people.* has ([\d.]+) mm, ([\d.]+) to ([\d.]+);", first.read_text("utf-8")
    )
    table = (ROOT / "docs/measurements.md").read_text("utf-8")
    assert quote[1] == claim[1] and round(float(said[1]), 1) == float(quote[2])
    assert f"| all, 217 people | **{said[1]} ({said[2]} to {said[3]})** |" in table
