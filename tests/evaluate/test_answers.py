"""What a learner answers in a checklist is on the disk at once and comes back."""

import json
import re

import pytest

from course_utils.core.errors import DataError
from course_utils.evaluate import answers, checklists


@pytest.fixture
def work(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_WORK", str(tmp_path / "mine"))
    return tmp_path / "mine"


def form(keep="claim_08", about="", **facts):
    return checklists.form("CLAIM", facts, keep=keep, about=about)


def click(form, number, status=None, note=None):
    """As a browser does it: the value of a control changes."""
    row = form._rows[number]
    if status:
        row.status.value = status
    if note is not None:
        row.note.value = note


def line(form):
    return re.sub("<[^>]+>", "", form._summary.value)


def test_each_change_is_kept_at_once_and_comes_back(work):
    first = form(versions="keras 3.15")
    assert "Each change is saved at once." in line(first)
    click(first, "12", "no", "no power calculation")
    click(first, "1", "yes")
    kept = json.loads((work / "checklists.json").read_text("utf-8"))
    assert kept == {
        "version": 1,
        "forms": {"claim_08": {"12": ["no", "no power calculation"], "1": ["yes", ""]}},
    }
    assert re.match(r"3 of 44 entries answered: .*\. Saved \d\d:\d\d\. As a page: cl", line(first))
    page = (work / "claim_08.md").read_text("utf-8")
    assert "no power calculation" in page and "3 of 44 entries answered" in page
    again = form(versions="keras 3.15")  # the kernel is new
    assert again.table().equals(first.table()) and "Your own answers are back: 2." in line(again)
    assert sorted(path.name for path in work.iterdir()) == ["checklists.json", "claim_08.md"]


def test_what_the_page_knows_is_new_and_what_the_learner_changed_stays(work):
    first = form(versions="keras 3.15", training="16 epochs")
    known = {item.fact: item.number for item in first.checklist.items if item.fact}
    click(first, known["training"], "no", "not said")
    again = form(versions="keras 4.0", training="40 epochs").table().set_index("number")
    assert "keras 4.0" in again.note[known["versions"]]
    assert again.note[known["training"]] == "not said"
    back = form(versions="keras 4.0")
    click(back, known["training"], "open", "")  # as it began without that fact: nothing to keep
    assert json.loads((work / "checklists.json").read_text())["forms"]["claim_08"] == {}


def test_an_exported_page_follows_and_is_made_anew_from_what_was_kept(work, tmp_path):
    shown = form()
    page = shown.export(tmp_path / "claim.md")
    click(shown, "3", "yes", "in the first paragraph")
    assert "in the first paragraph" in page.read_text("utf-8")
    page.unlink()
    assert "in the first paragraph" in form().export(page).read_text("utf-8")


def test_lessons_data_and_open_pages_share_the_file_without_loss(work):
    eight, fifteen, other = form(), form("claim_15"), form("claim_15", "/home/me/study")
    twin = form()  # the same lesson, open twice
    for number, each in enumerate((eight, fifteen, other, twin), 1):
        click(each, str(number), "yes", f"from {number}")
    forms = json.loads((work / "checklists.json").read_text())["forms"]
    assert {name: sorted(given) for name, given in forms.items()} == {
        "claim_08": ["1", "4"],
        "claim_15": ["2"],
        "claim_15 /home/me/study": ["3"],
    }
    assert form().counts()["yes"] == 2 and form("claim_15").counts()["yes"] == 1


@pytest.mark.parametrize(
    "content",
    [
        '{"version": 2, "forms": {}}',
        '{"version": 1, "forms": {"claim_08": {"1": "yes"}}}',
        '{"version": 1, "forms": {"claim_08": [["yes", ""]]}}',
        "half a fi",
    ],
    ids=["version", "answer", "list", "half"],
)
def test_a_file_of_another_version_is_kept_beside(work, content):
    work.mkdir()
    (work / "checklists.json").write_text(content)
    shown = form()
    assert "kept as checklists.damaged.json" in line(shown) and shown.counts()["yes"] == 0
    click(shown, "1", "yes")
    assert (work / "checklists.damaged.json").read_text() == content
    assert "Saved" in line(shown) and form().counts()["yes"] == 1


def test_an_answer_that_the_list_does_not_know_is_left_alone(work):
    work.mkdir()
    kept = {"99": ["yes", "an old item"], "2": ["perhaps", ""]}
    text = json.dumps({"version": 1, "forms": {"claim_08": kept}})
    (work / "checklists.json").write_text(text)
    shown = form()
    assert shown.counts()["open"] == 44
    click(shown, "1", "yes")
    forms = json.loads((work / "checklists.json").read_text())["forms"]
    assert forms["claim_08"] == {**kept, "1": ["yes", ""]}


def test_a_folder_that_cannot_be_written_is_said_and_nothing_is_lost(work, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_WORK", str(tmp_path / "file" / "below"))
    shown = form()
    click(shown, "1", "yes", "title")
    click(shown, "2", "no")
    assert "NOT SAVED" in line(shown) and line(shown).count("COURSE_WORK") == 1
    assert shown.counts()["yes"] == 1 and "2 of 44" in line(shown)
    monkeypatch.setenv("COURSE_WORK", str(work))
    click(shown, "3", "yes")  # what waited goes with it
    assert "Saved" in line(shown) and "NOT" not in line(shown)
    assert form().table().equals(shown.table())


def test_somebody_elses_page_stays_and_the_answers_are_kept(work):
    work.mkdir()
    (work / "claim_08.md").write_text("years of work")
    shown = form()
    click(shown, "1", "yes")
    assert "Saved" in line(shown) and "page is not written" in line(shown)
    assert (work / "claim_08.md").read_text() == "years of work" and form().counts()["yes"] == 1


@pytest.mark.parametrize("name", ["", "../up", "a b", 8, "a/b"])
def test_a_name_is_a_plain_word(work, name):
    with pytest.raises(DataError, match="plain word"):
        answers.Kept(name)
