"""The book of what was left out, and what is told of each set."""

import html

import pandas
import pytest

from course_utils import public_data
from course_utils.core import errors
from course_utils.public_data import facts


def test_ledger_keeps_every_reason():
    ledger = facts.Ledger()
    for why in ("One.", "Two.", "One."):
        ledger.leave_out("a", why)
    assert ledger.left_out == {"a": "One. Two."}


@pytest.mark.parametrize("given", [None, 3, pandas.DataFrame({"image": ["a"]}), pandas.DataFrame()])
def test_told_of_another_table(given):
    with pytest.raises(errors.DataError):
        public_data.told(given)


def test_the_known_sets_are_those_that_can_be_read():
    shown = public_data.known()
    for name in ("echonet", "camus", "busi", "hc18", "dl_track"):
        assert callable(getattr(public_data, name))
        for page in (shown.html(), shown.text()):
            assert page.count(f"public_data.{name}(folder)") == 1
            assert facts.FACTS[name]["traps"][0] in html.unescape(page)


def test_a_set_with_no_row_left_gives_the_most_frequent_reason_first():
    ledger = facts.Ledger()
    for number in range(3):
        ledger.leave_out(f"{number}.png", "It is damaged.")
    ledger.leave_out("list.csv", f"The list names it, and {facts.NOT_HERE}.")
    for number in range(9):
        ledger.leave_out(f"gone {number}.png", f"The list names it, and {facts.NOT_HERE}.")
    with pytest.raises(errors.FileError, match=r"It is damaged \(0\.png and 2 more\)") as said:
        facts.finish([], ("image",), "busi", "folder", ledger)
    assert str(said.value).index("damaged") < str(said.value).index(facts.NOT_HERE)


def test_columns_that_every_set_has_come_first_and_what_was_left_out_is_announced():
    ledger = facts.Ledger()
    ledger.leave_out("a.png", "It is damaged.")
    ledger.leave_out("b.png", f"The list names it, and {facts.NOT_HERE}.")
    ledger.note("c.png", "It is coloured.")
    with pytest.warns(errors.CourseWarning, match="1 file left out, 1 kept with a remark. 1 more"):
        table = facts.finish([{"own": 1, "image": "c.png"}], ("image", "mask"), "busi", "f", ledger)
    assert list(table) == ["image", "mask", "own"] and table["mask"].isna().all()
    assert list(facts.left_out(table)["file"]) == ["a.png", "b.png"]
    assert list(facts.noted(table)["remark"]) == ["It is coloured."]


def test_a_list_without_a_column_is_refused_by_its_name(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("File,Fps\na,30\n")
    assert list(facts.listed(path, ("FILE", "fps"))) == ["file", "fps"]
    with pytest.raises(errors.DataError, match="'list.csv' lacks the column ef; it has file, fps"):
        facts.listed(path, ("file", "ef"))
