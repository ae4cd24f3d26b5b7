"""The items of both checklists: whole, once, in order."""

import re

import pytest

from course_utils.evaluate import checklist_items


@pytest.mark.parametrize("name, rows", [("CLAIM", 44), ("TRIPOD+AI", 52)])
def test_every_item_once_and_in_order(name, rows):
    list_ = checklist_items.ALL[name]
    numbers = [item.number for item in list_.items]
    assert len(numbers) == len(set(numbers)) == rows
    main = [int(re.match(r"\d+", number)[0]) for number in numbers]
    assert main == sorted(main) and sorted(set(main)) == list(range(1, list_.count + 1))
    assert all(item.asks and len(item.asks) < 80 for item in list_.items)
    assert len({item.asks for item in list_.items}) == rows
    assert {item.applies for item in list_.items} <= {"D", "E", "DE"}


def test_tripod_letters_are_those_of_the_statement():
    letters = {}
    for item in checklist_items.TRIPOD:
        main, letter = re.match(r"(\d+)(\w?)", item.number).groups()
        letters[int(main)] = letters.get(int(main), "") + letter
    several = {main: found for main, found in letters.items() if found}
    assert several == {
        3: "abc",
        5: "ab",
        6: "abc",
        8: "abc",
        9: "abc",
        12: "abcdefg",
        18: "abcdef",
        20: "abc",
        23: "ab",
        27: "abc",
    }
    only = {kind: [i.number for i in checklist_items.TRIPOD if i.applies == kind] for kind in "DE"}
    assert only == {
        "D": ["9a", "12a", "12b", "12c", "15", "22", "27a", "27b"],
        "E": ["12f", "12g", "20c", "24"],
    }
