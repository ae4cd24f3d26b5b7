"""The commands of the course: `python3 -m course_utils lab | test | check | run | data | book`.

This file must be readable for any Python, so that a wrong one is told what to do in one sentence.
"""

import sys

OLDEST, NEWEST = (3, 11), (3, 13)


def complaint(version):
    """The sentence for a Python of `version` (a tuple such as (3, 9, 1)), or None if it will do."""
    if OLDEST <= tuple(version[:2]) <= NEWEST:
        return None
    return (
        "The course needs Python 3.11, 3.12 or 3.13, and this is Python %d.%d: install one of "
        "those and run the same command with it, for example python3.12 -m course_utils lab"
        " (on Windows: py -3.12 -m course_utils lab)." % tuple(version[:2])
    )


def main():
    """Run the command line; returns the exit code."""
    wrong = complaint(sys.version_info)
    if wrong:
        sys.stderr.write(wrong + "\n")
        return 2
    from course_utils.setup import commands  # only now: an older Python could not read it

    return commands.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
