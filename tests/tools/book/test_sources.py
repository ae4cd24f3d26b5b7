"""An executed lesson as a page of the book, with a notebook of every kind of output."""

import base64
import copy
import json

import pytest

from course_utils.core import errors
from tools.book import sources

PNG = base64.b64encode(b"\x89PNG not looked at").decode()


def code(source, tags=(), outputs=()):
    done = {"tags": list(tags), "papermill": {"status": "completed"}}
    return {"cell_type": "code", "source": source, "metadata": done, "outputs": list(outputs)}


def shown(**data):
    data = {kind.replace("_", "/"): text for kind, text in data.items()}
    return {"output_type": "display_data", "data": data, "metadata": {}}


@pytest.fixture
def lesson():
    view = {
        sources.VIEW: {"model_id": "1"},
        "text/html": f'<img alt="A heart" src="data:image/png;base64,{PNG}">',
    }
    alone = {sources.VIEW: {"model_id": "2"}}
    cells = [
        {"cell_type": "markdown", "metadata": {},
         "source": "See [lesson 04](04_segment.ipynb), [lesson 02](02_enhance.ipynb)."},
        code("begin()", ["setup"]),
        code("ef = 61", ["exercise"], [shown(text_html="<table><tr><th></th><th>EF</th></tr></table>")]),
        code("panel", outputs=[{"output_type": "display_data", "data": view, "metadata": {}},
                               {"output_type": "display_data", "data": alone, "metadata": {}},
                               {"output_type": "stream", "name": "stderr", "text": "a warning"},
                               {"output_type": "stream", "name": "stdout", "text": "EF 61"}]),
    ]  # fmt: skip
    about = {
        "kernelspec": {"name": "python3"},
        "language_info": {"name": "python"},
        "widgets": {"state": 1},
    }
    return {"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}


def put(path, notebook):
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def made(tmp_path, lesson, lessons=("02_enhance",)):
    source = tmp_path / "book"
    source.mkdir()
    sources.page(put(tmp_path / "02_enhance.ipynb", lesson), source, lessons)
    return json.loads((source / "02_enhance.ipynb").read_text("utf-8")), source


def test_solutions_are_folded_and_panels_stand_as_pictures(tmp_path, lesson):
    page, source = made(tmp_path, lesson)
    _, setup, exercise, panel = page["cells"]
    assert (
        "hide-input" in setup["metadata"]["tags"] and "hide-input" in exercise["metadata"]["tags"]
    )
    assert exercise["metadata"]["mystnb"]["code_prompt_show"] == "Show one way to do it"
    assert "hide-input" not in panel["metadata"]["tags"]
    assert "<th></th>" not in exercise["outputs"][0]["data"]["text/html"]
    assert [out.get("name", "picture") for out in panel["outputs"]] == ["picture", "stdout"]
    assert sources.VIEW not in json.dumps(page) and "widgets" not in page["metadata"]
    (picture,) = (source / "extra" / "pictures").iterdir()
    assert picture.read_bytes() == base64.b64decode(PNG)
    html = panel["outputs"][0]["data"]["text/html"]
    assert f'alt="A heart" src="pictures/{picture.name}"' in html and "base64" not in html


def test_a_film_of_epochs_is_files_and_a_heart_that_beats_stays_in_the_page(tmp_path, lesson):
    script = f"""<script>({{"images": ["data:image/png;base64,{PNG}", "data:image/png;base64,{PNG}",
        "data:image/jpeg;base64,{PNG}"]}})</script>"""
    lesson["cells"][3]["outputs"] = [shown(text_html=script)]
    page, source = made(tmp_path, lesson)
    (picture,) = (source / "extra" / "pictures").iterdir()  # the same frame is there once
    html = page["cells"][3]["outputs"][0]["data"]["text/html"]
    assert html.count(f'"pictures/{picture.name}"') == 2 and "loading" not in html
    assert html.count("data:image/jpeg") == 1 and "data:image/png" not in html


def test_a_link_to_a_lesson_that_is_not_in_the_book_becomes_its_text(tmp_path, lesson):
    page, _ = made(tmp_path, lesson)
    assert page["cells"][0]["source"] == "See lesson 04, [lesson 02](02_enhance.ipynb)."


def test_an_attached_picture_is_a_file_beside_the_page(tmp_path, lesson):
    lesson["cells"][0] = {
        "cell_type": "markdown",
        "metadata": {},
        "source": ["![A heart](attachment:02.png)\n", "below"],
        "attachments": {"02.png": {"image/png": PNG}},
    }
    page, source = made(tmp_path, lesson)
    assert page["cells"][0]["source"] == "![A heart](pictures/02.png)\nbelow"
    assert "attachments" not in page["cells"][0]
    assert (source / "pictures" / "02.png").read_bytes() == base64.b64decode(PNG)


def test_only_a_whole_run_of_the_present_text_is_taken(tmp_path, lesson):
    solution = copy.deepcopy(lesson)
    now = put(tmp_path / "solution.ipynb", solution)
    assert sources.current(put(tmp_path / "done.ipynb", lesson), now)
    assert not sources.current(tmp_path / "none.ipynb", now)
    for damage in (
        lambda done: done["cells"][2].update(source="ef = 62"),
        lambda done: done["cells"][3]["metadata"]["papermill"].update(status="pending"),
        lambda done: done["metadata"].update(papermill={"exception": True}),
        lambda done: done["cells"].pop(),
    ):
        done = copy.deepcopy(lesson)
        damage(done)
        assert not sources.current(put(tmp_path / "done.ipynb", done), now)


def test_what_is_no_notebook_is_refused_in_a_sentence(tmp_path):
    (tmp_path / "02_enhance.ipynb").write_text("half a file")
    with pytest.raises(errors.FileError, match="execute the lesson again"):
        sources.page(tmp_path / "02_enhance.ipynb", tmp_path, [])
