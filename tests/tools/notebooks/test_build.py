"""The builder of the notebooks, on a small source of its own."""

import re

import nbformat
import pytest

from course_utils.core import errors
from tools.notebooks import build

GOOD = """# %% [markdown]
# # 07 · Does it build?
# See [above](../README.md).

# %% tags=["setup"]
import sys

# %% [markdown]
# Once more.

# %%
# NBVAL_CHECK_OUTPUT
print("same", end=" ")
1 + 1

# %% [markdown]
# Once more.

# %% tags=["exercise"]
def twice(x):
    ...
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION
answer = ...
### BEGIN SOLUTION
answer = twice(2)
### END SOLUTION
answer

# %% [markdown]
# Once more.
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "07_build.py").write_text(GOOD, encoding="utf-8")
    return tmp_path


def test_a_picture_travels_in_the_first_cell(folder):
    source = folder / "source" / "07_build.py"
    source.write_text(GOOD.replace("# See [", "# ![Two](attachment:two.webp)\n# See [", 1), encoding="utf-8")
    with pytest.raises(errors.DataError, match=r"pictures/two.webp is missing; .*pictures.py"):
        build.read(source)
    (folder / "source" / "pictures").mkdir()
    (folder / "source" / "pictures" / "two.webp").write_bytes(b"two")
    first = build.solution(build.read(source)).cells[0]
    assert first.attachments == {"two.webp": {"image/webp": "dHdv"}}
    assert "](attachment:two.webp)" in first.source and "](../../README.md)" in first.source


def command(folder, *options):
    return build.main(["--notebooks", str(folder), *options])


def contents(folder):
    return {path.name + path.parent.name: path.read_bytes() for path in folder.rglob("*.ipynb")}


@pytest.mark.slow
def test_building_twice_changes_no_byte_and_stores_marked_text(folder, capsys):
    assert command(folder) == 0
    first = contents(folder)
    assert command(folder) == 0 and contents(folder) == first
    assert capsys.readouterr().out.count("unchanged") == 2
    page = nbformat.read(folder / "07_build.ipynb", as_version=4)
    marked = page.cells[3]
    assert marked.outputs[0].text == "same " and marked.outputs[1].data == {"text/plain": "2"}
    assert marked.execution_count == 2
    assert [
        cell.outputs for cell in page.cells if cell.cell_type == "code" and cell is not marked
    ] == [[], []]
    solved = nbformat.read(folder / "solutions" / "07_build.ipynb", as_version=4)
    assert all(not cell.outputs for cell in solved.cells if cell.cell_type == "code")
    assert command(folder, "--check") == 0
    assert command(folder, "--no-execute") == 0 and contents(folder) == first  # outputs are kept


def test_both_notebooks_come_from_one_source(folder):
    assert command(folder, "--no-execute") == 0
    page = nbformat.read(folder / "07_build.ipynb", as_version=4)
    solved = nbformat.read(folder / "solutions" / "07_build.ipynb", as_version=4)
    assert page.cells[5].source == "def twice(x):\n    ...\nanswer = ...\nanswer"
    assert "### BEGIN SOLUTION\nanswer = twice(2)\n### END SOLUTION" in solved.cells[5].source
    assert (
        "(../README.md)" in page.cells[0].source and "(../../README.md)" in solved.cells[0].source
    )
    assert page.metadata.kernelspec.name == "python3" and set(page.metadata) == {
        "kernelspec",
        "language_info",
    }
    ids = [cell.id for cell in page.cells]
    assert len(set(ids)) == len(ids)  # three cells hold the same text
    assert (folder / "07_build.ipynb").read_bytes().endswith(b"}\n")


def test_check_names_what_differs(folder, capsys):
    assert command(folder, "--no-execute") == 0 and command(folder, "--check") == 0
    page = folder / "07_build.ipynb"
    page.write_text(page.read_text(encoding="utf-8").replace("Once", "Twice", 1), encoding="utf-8")
    (folder / "solutions" / "07_build.ipynb").unlink()
    (folder / "08_orphan.ipynb").write_text("{}")
    capsys.readouterr()
    assert command(folder, "--check") == 1
    said = capsys.readouterr().out
    assert "07_build.ipynb differs from source/07_build.py" in said
    assert "solutions/07_build.ipynb is missing" in said and "08_orphan.ipynb has no source" in said


def test_line_ends_of_windows_are_no_difference(folder):
    assert command(folder, "--no-execute") == 0
    page = folder / "07_build.ipynb"
    page.write_bytes(page.read_bytes().replace(b"\n", b"\r\n"))
    assert build.differences(folder) == []


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("    ### END SOLUTION\n", "", r"07_build.py, line 22: '### BEGIN SOLUTION' without"),
        ("### BEGIN SOLUTION\nanswer", "answer", r"line 27: '### END SOLUTION' without"),
        ("### END SOLUTION\nanswer\n", "answer\n", r"line 26: '### BEGIN SOLUTION' without"),
        (
            "### BEGIN SOLUTION\nanswer",
            "## begin solution\nanswer",
            "line 26: '## begin solution' is not a",
        ),
        ("    ...\n", "", r"07_build.py, cell 6: .* no Python"),
        (
            "# %%\n# NBVAL",
            "# %%\n### BEGIN SOLUTION\n1\n### END SOLUTION\n# %%\n# NBVAL",
            "cell 4: nothing remains",
        ),
    ],
)
def test_a_source_that_cannot_be_built_is_named(folder, capsys, old, new, words):
    assert old in GOOD
    (folder / "source" / "07_build.py").write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    assert command(folder, "--no-execute") == 1
    assert re.search(words, capsys.readouterr().err)
    assert contents(folder) == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    "code, words",
    [
        ("1 / 0", "07_build.py, cell 4: stopped with ZeroDivisionError"),
        ("x = 1", "gives no text"),
        ("import warnings; warnings.warn('w')", "a warning, a picture or a widget"),
        ("object()", "memory address"),
    ],
)
def test_marked_cells_that_cannot_be_compared_are_refused(folder, capsys, code, words):
    source = GOOD.replace('print("same", end=" ")\n1 + 1', code)
    (folder / "source" / "07_build.py").write_text(source, encoding="utf-8")
    assert command(folder) == 1
    assert words in capsys.readouterr().err and contents(folder) == {}


def test_an_unknown_lesson_is_refused(folder, capsys):
    assert command(folder, "09_nothing") == 1
    assert "no source 09_nothing.py" in capsys.readouterr().err


def test_claims_are_kept_beside_the_page_and_not_on_it(folder):
    source = folder / "source" / "07_build.py"
    text = source.read_text(encoding="utf-8")
    text = text.replace("import sys\n", "import sys\n# CLAIM: sys.maxsize > 1\n")
    text = text.replace("answer = twice(2)\n", "answer = twice(2)\n# CLAIM: answer == 4\n")
    source.write_text(text, encoding="utf-8")
    made = build.make(source, folder)
    page, solved = (nbformat.reads(made[path], as_version=4) for path in sorted(made))
    assert [cell.metadata["claims"] for cell in page.cells if "claims" in cell.metadata] == [
        ["sys.maxsize > 1"]
    ]
    assert [cell.metadata["claims"] for cell in solved.cells if "claims" in cell.metadata] == [
        ["sys.maxsize > 1"],
        ["answer == 4"],
    ]
    assert "CLAIM" not in page.cells[1].source + solved.cells[5].source


@pytest.mark.slow
def test_an_untrue_claim_stops_the_build(folder, capsys):
    source = folder / "source" / "07_build.py"
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace("import sys\n", "import sys\n# CLAIM: 1 > 2\n"), "utf-8")
    assert command(folder) == 1
    said = capsys.readouterr().err
    assert "07_build.py" in said and "the claim `1 > 2` does not hold" in said


def test_a_number_names_a_lesson(tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "07_build.py").touch()
    for name in ("07", "07_build"):
        assert build.source_of(name, tmp_path).name == "07_build.py"
    with pytest.raises(errors.FileError, match="no source 7.py"):
        build.source_of("7", tmp_path)
