"""The linter of the notebooks: every rule sees its violation, and a good lesson has none."""

import sys

import nbformat
import pytest

from tests.conftest import ROOT
from tools.notebooks import build, lint

PAGE = ROOT / "tests" / "helpers" / "data" / "good_lesson.py"
TITLE = "07_good"
MANY = "# A word.\n\n# %%\n1\n\n# %% [markdown]\n" * 35


@pytest.fixture
def lesson(tmp_path, monkeypatch, progress_file):
    """A function that lints the good lesson after one replacement; its checks exist."""
    from course_utils.checks.lesson import Lesson

    made = Lesson(TITLE)
    for depth in ("press", "change", "write"):

        def judge(answer):
            return None

        judge.__name__ = f"do_{depth}"
        made.exercise(depth=depth, hints=("a",), solution="1", right="Yes.")(judge)
    for number in (1, 2, 3):
        made.quiz(f"quiz_{number}", "Which?", a=("x", "y", True), b=("x", "z"))
    module = type(sys)("course_utils.checks.good")
    module.lesson = made
    monkeypatch.setitem(sys.modules, "course_utils.checks.good", module)
    (tmp_path / "source").mkdir()
    (tmp_path / "there.txt").write_text("")
    (tmp_path / "source" / "pictures").mkdir()
    (tmp_path / "source" / "pictures" / "good.webp").write_bytes(b"RIFF, not looked at")

    def problems(old="", new=""):
        text = PAGE.read_text(encoding="utf-8")
        assert old in text
        source = tmp_path / "source" / f"{TITLE}.py"
        source.write_text(text.replace(old, new, 1) if old else text, encoding="utf-8")
        return lint.problems(source, root=tmp_path)

    problems.folder, problems.lesson = tmp_path, made
    return problems


def test_a_good_lesson_has_no_problem(lesson):
    assert lesson() == []


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("# # 07 · Is this lesson good?", "# # 07 · A good lesson", "<clinical question>"),
        ("# # 07 ·", "# # 08 ·", "'# 07 ·"),
        ("**Time** 5 minutes reading", "**Time** 5 minutes", "'**Time**'"),
        ("**You need**", "You need", "'**You need**'"),
        ("# *A line below the picture.*\n", "", "needs its picture"),
        ("![Three scans of a calf in a row.]", "![Scans]", "needs its picture"),
        ("not for diagnosis", "for fun", "not for diagnosis"),
        ("# - say one thing;\n", "", "lists 2 objectives"),
        ("# - say one thing;\n", "# - a;\n# - b;\n# - c;\n", "lists 5 objectives"),
        ('tags=["setup"]', "", "0 cells are tagged 'setup'"),
        ('tags=["parameters"]', 'tags=["setup"]', "2 cells are tagged 'setup'"),
        ("import sys\nsys", "import sys  # first\nsys", "begins with the four lines"),
        ("**Predict.**", "", "no prediction"),
        ("**Read.**", "", "'**Read.**' is missing"),
        ("> **At the bedside.**", "> ", "At the bedside.**' is missing"),
        ("## Where this breaks", "## Limits", "'## Where this breaks' occurs 0 times"),
        ("## Summary", "## Summary\n# A\n#\n# ## Summary", "'## Summary' occurs 2 times"),
        ("## Words", "## More\n# A\n#\n# ## Words", "should end with"),
        ("https://doi.org/10.1148/ryai.240300", "https://example.org", "no DOI link"),
        ("mask | an outline drawn by an expert, stored as zeros and ones", "", "explains no terms"),
        (
            "# %% [markdown]\n# The next one is the setting.\n\n",
            "",
            "no prose before this code cell",
        ),
        (
            "# %% [markdown]\n# ## Summary",
            "# %%\nlast = 1\n\n# %% [markdown]\n# ## Summary",
            "no prose before this code cell",
        ),
        ("### Your turn · write", "### Your turn", "'### Your turn · write' is missing"),
        ("### Your turn · write", "### Your turn · press", "is a 'write' exercise under"),
        ("### Your turn · press", "### Your turn · look", "is not one of press"),
        ('# %% tags=["exercise"]\nwritten', "# %%\nwritten", "is not tagged 'exercise'"),
        ("import good as check", "import good", "lacks its checks"),
        ("import good as check", "import nowhere as check", "nowhere.py cannot be used"),
        ("check.do_write(written)", "check.do_rite(written)", "check.do_rite is used"),
        ("check.do_write(written)", "written", "check.do_write exists and no cell asks"),
        ("check.quiz_2.ask()", "1", "check.quiz_2 exists and no cell asks"),
        ("`check.do_press.hint()`", "`check.do_pres.hint()`", "check.do_pres is used"),
        ("area = 2\n", "area = 2\n" * 13, "90th percentile"),
        ("area = 2\n", "area = 2\n" * 31, "31 lines of code"),
        ("area = 2\n", "area = 2\n" * 99, "words of prose per line"),
        ("area = 2\n", "# pip install numpy\n", "installs something"),
        ("area = 2\n", "from math import *\n", "star import"),
        ("area = 2\n", "area = = 2\n", "no Python"),
        ('tags=["parameters"]', 'tags=["parameters", "fancy"]', "unknown tag 'fancy'"),
        ("![A probe](there.txt)", "![](there.txt)", "the picture there.txt has no alt text"),
        ('<img alt="A probe"', '<img alt=" "', "an <img> has no alt text"),
        ("![A probe](there.txt)", "![A probe](gone.png)", "'gone.png' leads to no file"),
        ('src="there.txt"', 'src="gone.txt"', "'gone.txt' leads to no file"),
        ("(#Where-this-breaks)", "(#where-this-breaks)", "leads to no heading"),
        (
            "https://doi.org/10.1148/ryai.240300",
            "https://doi.org/ryai.240300",
            "not of the form https://doi.org",
        ),
        ("https://www.python.org", "http://www.python.org", "is not an https link"),
        ("`there.txt`", "`tools/gone.py`", "`tools/gone.py` does not exist"),
        ("area = 2\n", "area = '../sample_data/gone.png'\n", "the file '../sample_data/gone.png'"),
    ],
)
def test_the_linter_names_each_violation(lesson, old, new, words):
    found = lesson(old, new)
    assert any(words in said and said.startswith(f"{TITLE}.py: ") for said in found), found


def test_the_linter_misses_a_check_that_the_page_forgot(lesson):
    lesson.lesson.quiz("gate", "Why?", a=("x", "y", True), b=("x", "z"))
    assert [said for said in lesson() if "check.gate exists and no cell asks" in said]


def test_the_linter_looks_at_outputs(lesson):
    lesson("area = 2\n", "# NBVAL_CHECK_OUTPUT\nprint(2)\n")
    assert build.main(["--notebooks", str(lesson.folder), "--no-execute"]) == 0
    page = lesson.folder / f"{TITLE}.ipynb"
    found = lint.problems(page, root=lesson.folder)
    assert len(found) == 1 and "without a stored output" in found[0]
    notebook = nbformat.read(page, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in code[1:4]:
        cell.execution_count = 1
    nbformat.write(notebook, page)
    found = lint.problems(page, root=lesson.folder)
    assert len(found) == 2 and all("keeps an output that nothing checks" in said for said in found)


def test_the_linter_looks_at_solutions(lesson):
    lesson("### BEGIN SOLUTION\nwritten = 3\n### END SOLUTION\n", "")
    assert build.main(["--notebooks", str(lesson.folder), "--no-execute"]) == 0
    (lesson.folder / "solutions" / "there.txt").write_text("")
    found = lint.problems(lesson.folder / "solutions" / f"{TITLE}.ipynb", root=lesson.folder)
    assert len(found) == 1 and "an exercise without '### BEGIN SOLUTION'" in found[0]


def test_the_linter_exits_with_its_verdict(lesson, capsys):
    lesson()
    source = lesson.folder / "source" / f"{TITLE}.py"
    assert lint.main([str(source)]) == 0
    source.write_text(
        source.read_text(encoding="utf-8").replace("**You need**", ""), encoding="utf-8"
    )
    assert lint.main([str(source)]) == 1
    assert "**You need**" in capsys.readouterr().out


def test_a_read_that_interprets_asks_for_a_claim_and_a_result_for_its_function(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(lint, "read_promises", list)
    page = """# %% [markdown]
# # 07 · Is it?

# %%
{mark}score = 0.9
print({what})

# %% [markdown]
# **Read.** {said}
"""

    def problems(said="Nearly all of it.", mark="", what="score", name="07_good"):
        path = tmp_path / f"{name}.py"
        path.write_text(page.format(said=said, mark=mark, what=what), encoding="utf-8")
        return " ".join(lint.problems(path, root=tmp_path))

    assert "cell 3: this 'Read' interprets a result; cell 2 has no CLAIM" in problems()
    assert "no CLAIM" not in problems(mark="# CLAIM: score > 0.8\n")
    assert "no CLAIM" not in problems(said="A grey picture.")
    assert "print(f'..')" in problems("A word.", what="f'{score:.1f}'")
    assert "print(f'..')" not in problems("A word.", what="f'no number'")
    assert "promises lesson 08" in problems("In lesson 08 you will see.")


def test_a_lesson_of_too_many_cells_is_two(lesson):
    assert "code cells; 35 at most" in str(lesson("# ## Quiz", MANY + "# ## Quiz"))


def test_a_promise_needs_its_keeper(tmp_path):
    (tmp_path / "01_a.py").write_text("# Lesson 02\n# shows it.\n", encoding="utf-8")
    (tmp_path / "02_b.py").write_text("specificity = 1\n", encoding="utf-8")
    row = {"lesson": "01_a", "says": "Lesson 02 shows it", "keeper": "02_b", "keeps": "specific"}
    assert list(lint.broken_promises(tmp_path, [row])) == []
    (said,) = lint.broken_promises(tmp_path, [{**row, "keeps": "sensitiv"}])
    assert "02_b does not keep it" in said
    (said,) = lint.broken_promises(tmp_path, [{**row, "says": "Lesson 02 hides it"}])
    assert "no longer says" in said
