"""What a lesson says about a result is evaluated on the page that ran."""

import nbformat
import numpy as np
import pytest
from nbformat import v4

from course_utils.setup import claims
from course_utils.setup import run as runner

SPACE = {"worst": 0.653, "dice": np.array([0.9, 0.98]), "guess": ..., "name": "Ada"}


def test_claims_are_whole_comment_lines():
    cell = "x = 1  # CLAIM: x == 2\n# CLAIM: x > 0\n    #CLAIM:  x < 5 \n# A CLAIM: not one"
    assert claims.of(cell) == ["x > 0", "x < 5"]
    assert claims.without(cell) == "x = 1  # CLAIM: x == 2\n# A CLAIM: not one"


@pytest.mark.parametrize(
    "claim, state, said",
    [
        ("worst >= 0.5", claims.TRUE, "worst = 0.653"),
        ("worst < 0.5", claims.UNTRUE, "worst = 0.653"),
        ("dice.min() > 0.9 or worst > 1", claims.UNTRUE, "dice.min() = np.float64(0.9)"),
        ("all(value > worst for value in dice)", claims.TRUE, "worst = 0.653"),
        ("max(dice, key=lambda value: -value) == 0.9", claims.TRUE, "0.9"),
        ("(dice > 0.5).all()", claims.TRUE, ""),
        ("guess > 1", claims.OPEN, "guess"),
        ("later > 1", claims.OPEN, "later"),
        ("guess == 1", claims.OPEN, "guess"),
        ("worst < 1 or later > 1", claims.TRUE, "worst"),
        ("worst > 1 or later > 1", claims.OPEN, "later"),
        ("worst", claims.UNTRUE, "no yes or no"),
        ("dice > 0.5", claims.UNTRUE, "no yes or no"),
        ("name.mean() > 1", claims.UNTRUE, "AttributeError"),
        ("worst = 1", claims.UNTRUE, "no Python expression"),
        ("", claims.UNTRUE, "no Python expression"),
    ],
)
def test_a_claim_is_judged_with_its_values(claim, state, said):
    found, values = claims.judge(claim, dict(SPACE))
    assert found == state and said in values


@pytest.fixture
def lesson(tmp_path):
    """Writes a lesson with the given cells as a learner and as a solution notebook."""

    def write(*sources):
        cells = [v4.new_code_cell("seed = 3", metadata={"tags": ["parameters"]})]
        cells.append(v4.new_markdown_cell("A cell"))
        for source in sources:
            claimed = {"claims": claims.of(source)}
            cells.append(v4.new_code_cell(claims.without(source), metadata=claimed))
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
        for folder in (tmp_path / "solutions", tmp_path / "learner"):
            folder.mkdir()
            nbformat.write(notebook, folder / "02_tiny.ipynb")
        return tmp_path

    return write


def run(place, folder, **parameters):
    (row,) = runner.run((), parameters, folder=place / folder, build=place, progress=False)
    return row.failure, nbformat.read(place / "executed" / "02_tiny.ipynb", as_version=4)


@pytest.mark.slow
def test_an_untrue_claim_fails_the_run_and_leaves_the_page_as_it_is(lesson):
    place = lesson("# CLAIM: seed < 4\nseed + 1", "answer = ...\n# CLAIM: answer == 7\nanswer")
    failure, page = run(place, "learner")  # the exercise is open, and so is what it claims
    assert failure is None
    assert [len(cell.outputs) for cell in page.cells if cell.cell_type == "code"] == [0, 1, 1]
    assert "CLAIM" not in str([cell.get("outputs") for cell in page.cells])
    failure, _ = run(place, "solutions", seed=5)
    assert failure.startswith("02_tiny ran, and its text is not true.")
    assert "cell 3: the claim `seed < 4` does not hold (seed = 5)" in failure
    assert "cell 4: the claim `answer == 7` does not hold (no value for answer)" in failure
