"""The list of problems: gravest first, the folder's before the files', counted by kind."""

from course_utils.your_own_data import problems
from course_utils.your_own_data.problems import Problem


def test_order_and_counts():
    found = [
        Problem("note", "k", "a", "p", "d"),
        Problem("stop", "s", "b", "p1", "d"),
        Problem("look", "l", "c", "p", "d"),
        Problem("look", "l", "", "p", "d"),
        Problem("stop", "s", "c", "p2", "d"),
    ]
    table = problems.table(found)
    assert list(table["level"]) == ["stop", "stop", "look", "look", "note"]
    assert list(table["file"]) == ["b", "c", "", "c", "a"]
    kinds = problems.by_kind(found)
    assert list(kinds["count"]) == [2, 2, 1] and kinds["problem"].iloc[0] == "p1"
    assert problems.table([]).empty and problems.by_kind([]).empty
