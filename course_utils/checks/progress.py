"""What was tried and what was right, shown: a line at the start of a lesson, a table at its end.

`begin` and `end` stand in every lesson.
"""

import html
import re
import sys
from pathlib import Path

from course_utils.checks import lesson as core
from course_utils.checks import page, record
from course_utils.checks.verdict import Note
from course_utils.show import pages, results
from course_utils.show.results import box


def begin(lesson):
    """One line for the top of a page: how much of `lesson` is done, and where to go on."""
    places, known = page.places(lesson), record.entries()
    right = [
        name for name in places if known.get(f"{lesson}.{name}", record.ENTRY)["status"] == "right"
    ]
    left = [name for name in places if name not in right]
    if not right:
        said = f"This lesson has {len(places)} exercises and questions. Begin at the top."
    elif left:
        where = places[left[0]] or "the beginning"
        said = (
            f"You have done {len(right)} of {len(places)}; go on at *{where}* (`check.{left[0]}`)."
        )
    else:
        said = f"You have done all {len(places)} of this lesson."
    return Note("Your progress.", said)


def end(lesson):
    """The last of a page: what is done of `lesson`, and a button that closes its kernel."""
    return _End(lesson)


class _End(pages.Shown):
    """What is done, and a button that ends this page's kernel; without a server, how to by hand."""

    def __init__(self, lesson):
        done = table(lesson)
        self.said = begin(lesson).text
        self.results = results.table(done, "Exercises and questions of this lesson", rows=len(done))

    def text(self):
        """What is done, and how the page is closed by hand."""
        return f"{self.results.text()}\n{self.said}\n{_HOW}"

    def html(self):
        """The same with a button."""
        body = f"{html.escape(self.said)}<br>{html.escape(_HOW)}{_button()}"
        return self.results.html() + box("note", "Done?", body)


_HOW = (
    "A lesson that stays open keeps its memory, 0.3 to 1.3 GB. Close it before you open the next: "
    "Kernel, Shut Down Kernel in the menu, or the button here. What you wrote stays."
)
# The browser asks the server, as the menu does. A kernel that ended itself would be started again.
_CLOSE = Path(__file__).with_suffix(".js").read_text("utf-8")


def _button():
    """A button that asks the server to end this kernel; empty where no server's kernel runs."""
    asked = getattr(sys.modules.get("IPython"), "get_ipython", None)
    shell = asked() if asked else None
    file = shell.config.get("IPKernelApp", {}).get("connection_file", "") if shell else ""
    kernel = re.search(r"kernel-([0-9a-f-]{36})\.json$", str(file))
    if not kernel:
        return ""
    script = html.escape(_CLOSE.replace("KERNEL", kernel[1]).replace("\n", " "))
    return (
        f'<p style="margin:0.5em 0 0"><button type="button" onclick="{script}">'
        'Close this lesson</button><span role="status"></span></p>'
    )


def table(lesson=None):
    """Every exercise and question with its state, as a pandas table; of one lesson, or of all.

    Of one lesson the exercises are the names of the rows. `solution` is 'seen' where it was looked
    at.
    """
    import pandas  # here, because recording an answer must stay light

    known = record.entries()
    rows = {
        name: {**known.get(name, record.ENTRY), "depth": depth}
        for name, depth in _expected(lesson).items()
    }
    rows.update((name, entry) for name, entry in sorted(known.items()) if name not in rows)
    cells = [
        (*name.split(".", 1), *(entry[key] for key in record.ENTRY)) for name, entry in rows.items()
    ]
    wanted = [row for row in cells if lesson in (None, row[0])]
    found = pandas.DataFrame(wanted, columns=["lesson", "exercise", *record.ENTRY])
    found["solution"] = found["solution"].map({True: "seen", False: ""})
    return found if lesson is None else found.drop(columns="lesson").set_index("exercise")


def _expected(lesson=None):
    """{full name: depth} of every check; of one lesson without importing those of the others."""
    loaded = [getattr(module, "lesson", None) for module in list(sys.modules.values())]
    mine = [made for made in loaded if isinstance(made, core.Lesson) and made.name == lesson]
    return {
        f"{made.name}.{name}": getattr(check, "depth", "quiz")
        for made in mine or core.lessons().values()
        for name, check in made.checks.items()
    }
