"""The list of problems: gravest first, the folder's before the files', counted by kind."""

import ast
from pathlib import Path
from string import Formatter

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


def test_every_sentence_is_used_and_every_place_in_it_is_filled():
    called = {}
    for path in Path(problems.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("noted"):
                called[node.args[0].value] = {given.arg for given in node.keywords} - {"level"}
    for name, text in problems.TEXTS.items():
        parts = " ".join(text[part] for part in ("kind", "problem", "advice") if part in text)
        assert {place for _, place, *_ in Formatter().parse(parts) if place} == called.pop(name)
        assert text.get("level", "note") in problems.LEVELS
    assert not called
