"""Two sheets to print, before and after: the aims of the lessons that are taught, in their own words."""

import html

from course_utils.core import errors

SCALE = ("not at all", "a little", "half", "mostly", "surely")
# Asked on both sheets: what a day may change, and what it should not.
VIEWS = (
    "I can say what a network saw when it gave a number, and what it did not see.",
    "A high score in a paper tells me how it will do in my patients.",
    "I would report an automatic ejection fraction that I cannot explain.",
    "I know which files from my scanner I may not pass on.",
)
BEFORE = (
    "Have you ever programmed?  never / a little / often",
    "Do you use a network at work, knowingly?  no / yes, for: ____________",
    "What would have to happen today for the day to have been worth it?",
)
AFTER = (
    "Where did you get stuck, and what helped?",
    "Which section would you leave out? Which was too short?",
    "What will you do differently next week?",
    "Minutes too fast / right / too slow:   reading ____   doing ____",
)
STYLE = """
body{font:15px/1.4 system-ui,sans-serif;max-width:48em;margin:1.5em auto;padding:0 1em;color:#1f2328;background:#fff}
h1{font-size:1.5em;margin:0 0 .3em}h2{font-size:1.05em;margin:1.2em 0 .3em}
table{border-collapse:collapse;width:100%}th,td{border:1px solid #8c959f;padding:.3em .5em;
text-align:left;font-weight:400}
thead th{font-size:.8em;text-align:center;vertical-align:bottom}thead th:first-child{text-align:left}
td{width:4.2em;text-align:center}.wide{overflow-x:auto}
.free{margin:.6em 0 0;border-bottom:1px solid #8c959f;padding-bottom:2.6em}
section{break-inside:avoid}@media print{body{margin:0;font-size:12px}@page{margin:14mm}}
"""


def sheet(chosen, after=False):
    """One sheet as HTML. chosen: the `Lesson`s that are taught. after: the one for the end.

    Raises `DataError` without a lesson.
    """
    if not chosen:
        raise errors.DataError("A survey asks about the lessons of the day: name at least one.")
    title = "After the workshop" if after else "Before the workshop"
    parts = [
        f"<h1>{title}</h1><p>No name. The same four characters on both sheets, which only you know: "
        "____ ____ ____ ____</p><p>How sure are you that you can do this, today, alone?</p>"
    ]
    for lesson in chosen:
        parts.append(
            f"<section><h2>{lesson.number} · {html.escape(lesson.title)}</h2>"
            f"{_grid(lesson.goals, SCALE)}</section>"
        )
    agree = ("no", "rather no", "undecided", "rather yes", "yes")
    parts.append(f"<section><h2>Do you agree?</h2>{_grid(VIEWS, agree)}</section>")
    free = "".join(
        f'<p class="free">{html.escape(one)}</p>' for one in (AFTER if after else BEFORE)
    )
    parts.append(f"<section><h2>In your words</h2>{free}</section>")
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"{''.join(parts)}\n</main>\n</body>\n</html>\n"
    )


def _grid(statements, scale):
    heads = "".join(f'<th scope="col">{html.escape(one)}</th>' for one in scale)
    boxes = "<td>☐</td>" * len(scale)
    rows = "".join(
        f'<tr><th scope="row">{html.escape(" ".join(one.split()))}</th>{boxes}</tr>'
        for one in statements
    )
    return (
        f'<div class="wide" tabindex="0"><table><thead><tr><th scope="col">statement</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )
