"""Checklists: whole, answerable, exported without harm."""

import re

import pytest

from course_utils.core.errors import DataError, FileError
from course_utils.evaluate import checklists

NASTY = (
    "<script>alert(1)</script> | [x](javascript:1) ![p](http://e.org/a.png) `c` **b** \n# h \x00"
)


def test_answers_count_and_export(tmp_path):
    form = checklists.form("CLAIM", {"versions": "keras 3.15", "unheard_of": "x"})
    assert form.counts() == {"open": 43, "yes": 1, "no": 0, "not applicable": 0}
    form.set("34", "not applicable", "no trial")
    form.set(12, "no", NASTY)
    form.set("1", "yes")
    assert form.counts() == {"open": 40, "yes": 2, "no": 1, "not applicable": 1}
    page = form.export(tmp_path / "claim.md")
    text = page.read_text(encoding="utf-8")
    assert "keras 3.15" in text and "10.1148/ryai.240300" in text and "official form" in text
    assert "Answered with no: 12." in text and "4 of 44 entries answered" in text
    assert len(re.findall(r"^\| \d+ \|", text, re.M)) == 44
    assert "<script>" not in text.replace(r"\<script\>", "")
    form.set("12", "yes", "said in the text")
    assert "said in the text" in form.export(page).read_text(encoding="utf-8")  # replaced
    assert [found.name for found in tmp_path.iterdir()] == ["claim.md"]


def test_an_exported_page_renders_what_was_typed(tmp_path):
    from markdown_it import MarkdownIt

    form = checklists.form("CLAIM")
    form.set("12", "no", NASTY)
    page = MarkdownIt("commonmark", {"html": True}).enable("table").render(form.markdown())
    row = re.search(r"<tr>\s*<td>12</td>.*?</tr>", page, re.S)[0]
    assert row.count("<td>") == 4 and "&lt;script&gt;alert(1)&lt;/script&gt; |" in row
    assert not re.search(r"<(script|a|img|strong|code|h1)\b", row)


def test_a_file_of_somebody_else_stays(tmp_path):
    (tmp_path / "thesis.md").write_text("years of work")
    with pytest.raises(FileError, match="stays"):
        checklists.form("CLAIM").export(tmp_path / "thesis.md")
    assert (tmp_path / "thesis.md").read_text() == "years of work"
    with pytest.raises(FileError, match="does not exist"):
        checklists.form("CLAIM").export(tmp_path / "no" / "claim.md")
    with pytest.raises(FileError):
        checklists.form("CLAIM").export(tmp_path)
    with pytest.raises(DataError):
        checklists.form("CLAIM").export(None)


def test_a_role_leaves_out_what_is_for_others():
    tested, built = (checklists.form("TRIPOD+AI", role=role).counts() for role in "ED")
    assert tested["not applicable"] == 8 and built["not applicable"] == 4


def test_the_form_reads_without_a_kernel_and_with_a_screen_reader():
    form = checklists.form("TRIPOD+AI")
    form.set("19", "no", "<b>none</b>")
    bundle = form._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    page = bundle["text/html"]
    assert page.count("<tr>") == 52 + page.count("<thead>") and "&lt;b&gt;none" in page
    assert page.count("<caption>") == page.count("<table>") > 5 and 'scope="col"' in page
    assert "1 of 52" in bundle["text/plain"]


@pytest.mark.parametrize(
    "call",
    [
        lambda: checklists.form("STARD"),
        lambda: checklists.form("CLAIM", role="X"),
        lambda: checklists.form("CLAIM", ["x"]),
        lambda: checklists.form("CLAIM", {"versions": 3}),
        lambda: checklists.form("CLAIM").set("45", "yes"),
        lambda: checklists.form("CLAIM").set("1", "ja"),
        lambda: checklists.form("CLAIM").set("1", "yes", 7),
    ],
)
def test_what_cannot_be_answered_is_said(call):
    with pytest.raises(DataError):
        call()
