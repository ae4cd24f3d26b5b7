"""Code lines and statements as the house counts them."""

from tools.measure import house

SOURCE = '''"""A file."""

# a remark
def double(
    value,
):
    """Twice the value,

    whatever it is."""
    text = """two
lines"""

    return 2 * value, text  # both
'''


def test_docstrings_blanks_and_comments_do_not_count_and_layout_moves_no_statement():
    assert house.counted(SOURCE) == (6, 3)
    assert house.counted(SOURCE.replace("(\n    value,\n)", "(value)")) == (4, 3)


def test_rooms_add_up():
    found = house.rooms({"course_utils/load/a.py": "x = 1\n", "course_utils/show/b.py": "y = 2\n"})
    assert found == {"all": [2, 2, 2], "load": [1, 1, 1], "show": [1, 1, 1]}
