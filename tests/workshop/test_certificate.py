"""The page to print: what was done, what it is not, and no word of its reader's obeyed."""

import datetime

import pytest

from course_utils.checks import lesson as core
from course_utils.checks import record
from course_utils.core import errors
from workshop import certificate

DAY = datetime.date(2026, 11, 28)


def entry(status="right", **more):
    return {**record.ENTRY, "status": status, "date": "2026-11-27", **more}


def test_it_counts_what_is_right_and_says_what_was_read():
    entries = {
        "02_enhance.debris": entry(),
        "02_enhance.bent": entry(solution=True),
        "02_enhance.ready": entry("not yet"),
        "02_enhance.no_such_check": entry(),
        "01_load.quiz_1": entry("not yet"),
    }
    total = len(core.lessons()["02_enhance"].checks)
    assert certificate.done(entries) == {"02_enhance": (2, total, 1, "2026-11-27")}
    page = certificate.page("Ada <b>L</b> & *co*", entries, DAY)
    assert (
        f"2 of {total}" in page
        and "1 with the solution read" in page
        and "28 November 2026" in page
    )
    assert "&lt;b&gt;L&lt;/b&gt; &amp; *co*" in page
    assert "no examination" in page and "Not for diagnosis" in page


@pytest.mark.parametrize("name", ["", "  \n", "x" * 81])
def test_it_needs_a_name(name):
    with pytest.raises(errors.DataError, match="name"):
        certificate.page(name, {"02_enhance.debris": entry()})


def test_nothing_done_is_nothing_to_print_and_the_page_is_its_own(progress_file, tmp_path):
    with pytest.raises(errors.DataError, match="Do one lesson first"):
        certificate.page("Ada", {"02_enhance.debris": entry("not yet")})
    record.record("02_enhance", "debris", "press", "right")
    target = tmp_path / "page.html"
    assert certificate.write("Ada", target).read_text("utf-8").count("<h1>Ada</h1>") == 1
    target.write_text("mine", encoding="utf-8")
    with pytest.raises(errors.FileError, match="stays"):
        certificate.write("Ada", target)
