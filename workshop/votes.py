"""The board: what the room guessed and read, in one picture, from those who want to be in it.

    from workshop import votes
    votes.share()          # in any lesson's page: my guesses and readings, without my name
    votes.withdraw()       # and gone again

    python -m workshop votes FOLDER     # the teacher: FOLDER/board.html from all that was shared

Nothing is sent anywhere: a shared folder is the whole machinery (`COURSE_VOTES` names it). A file
holds the answers to predictions, the hearts of lesson 06 and which exercises were right; no name,
no date, no free text. Below `LEAST` people nothing of a question is shown, so that nobody's guess
can be read off the board.
"""

import csv
import html
import json
import math
import os
import secrets
from collections import Counter
from pathlib import Path

from course_utils.checks import predict, record
from course_utils.core import errors, files, plurals

MARK = "votes of the ultrasound AI workbook"
LEAST = 3  # people, for a question or a heart on the board
MOST_FILES, MOST_BYTES = 500, 200_000  # of a folder that anybody may write to
TOKEN = "votes_token.txt"
HEARTS = "contest_06.csv"
RANGE = 0.0, 100.0
STATES = ("right", "not yet", "not attempted")


def share(folder=None):
    """Put my answers, without a name, into the shared folder; again replaces them.

    folder: its path; that of `COURSE_VOTES` unless told. Returns what was shared, as text. Raises
    `FileError` without such a folder, or where it cannot be written.
    """
    place = _folder(folder)
    mine = own()
    target = place / f"votes_{_token()}.json"
    text = json.dumps({"kind": MARK, "version": 1, **mine}, indent=1) + "\n"
    files.write_whole(target, lambda to: to.write_text(text, encoding="utf-8"), replace=True)
    return (
        f"Shared: {plurals.count(len(mine['predictions']), 'prediction')}, "
        f"{plurals.count(len(mine['hearts']), 'heart')}, the state of "
        f"{plurals.count(len(mine['exercises']), 'exercise')}. No name. votes.withdraw() takes it back."
    )


def withdraw(folder=None):
    """Take back what I shared. Returns a sentence; raises `FileError` where it cannot be deleted."""
    target = _folder(folder) / f"votes_{_token()}.json"
    try:
        target.unlink()
    except FileNotFoundError:
        return "Nothing of yours was there."
    except OSError as error:
        raise errors.FileError(f"'{target.name}' cannot be taken back: {error.strerror}.") from None
    return "Taken back: the board forgets it when it is made next."


def own():
    """What `share` would put there: {'predictions', 'hearts', 'exercises'} of my own folder."""
    entries = record.entries()
    lessons = sorted({name.partition(".")[0] for name in entries} | _predicted())
    return {
        "predictions": [
            {"lesson": lesson, "question": question, "answer": answer}
            for lesson in lessons
            for question, answer in predict.kept(lesson).items()
        ],
        "hearts": _hearts(files.my_work(HEARTS, make=False)),
        "exercises": {name: entry["status"] for name, entry in sorted(entries.items())},
    }


def collect(folder):
    """(shares, sentences): what lies in the folder, and which files were left out and why.

    Whatever is no file of this kind is left out: anybody may write there. Raises `FileError` for no
    folder or more than `MOST_FILES` files.
    """
    found = sorted(files.find_folder(folder).glob("votes_*.json"))
    if len(found) > MOST_FILES:
        raise errors.FileError(
            f"'{Path(folder).name}' holds {len(found)} files of votes, more than {MOST_FILES}: is "
            "it the right folder? Begin each workshop with an empty one."
        )
    shares, said = [], []
    for path in found:
        try:
            if path.is_symlink() or path.stat().st_size > MOST_BYTES:
                raise ValueError("too large, or a link")
            shares.append(_checked(json.loads(path.read_text(encoding="utf-8"))))
        except (OSError, ValueError, TypeError, RecursionError) as error:
            said.append(f"{path.name} was left out: it is no file of votes ({error}).")
    return shares, said


def tallies(shares, known):
    """[(lesson, question, {option: votes}, votes of another version)] of what enough have answered.

    known: {(lesson, question): options}, as the lessons have them, in their order.
    """
    counts = {}
    for one in shares:
        for row in one["predictions"]:
            counts.setdefault((row["lesson"], row["question"]), Counter())[row["answer"]] += 1
    made = []
    for key, options in known.items():
        votes = counts.get(key, Counter())
        if sum(votes.values()) >= LEAST:
            told = {option: votes[option] for option in options}
            made.append((*key, told, sum(votes.values()) - sum(told.values())))
    return made


def readings(shares):
    """The hearts that enough have read, as a table: reader (a number), heart, you, machine, truth.

    A heart is known by its number and its truth, so that another version's is another heart.
    """
    import pandas  # here, because sharing from a page must stay light

    rows = [{"reader": number, **row} for number, one in enumerate(shares) for row in one["hearts"]]
    table = pandas.DataFrame(rows, columns=["reader", "heart", "you", "machine", "truth"])
    if table.empty:
        return table
    read_by = table.groupby(["heart", "truth"])["reader"].transform("nunique")
    return table[read_by >= LEAST].sort_values(["heart", "reader"]).reset_index(drop=True)


def spread(table):
    """The SD of one reading by eye, with its 95 % interval over readers: (sd, low, high).

    table: of `readings`. Readings of one heart are compared with each other, never with the truth,
    so a habit of the whole room does not count. The interval is a jackknife over readers on the
    logarithm, with a t quantile (Miller, Biometrika 1974;61:1, doi:10.1093/biomet/61.1.1); it is
    (nan, nan) below 5 readers.
    """
    from scipy import stats

    from course_utils.core import accept

    wide = table.pivot_table(index="reader", columns=["heart", "truth"], values="you").to_numpy()
    sd, n = _pooled(wide), len(wide)
    if n < accept.FEW_PATIENTS or not sd > 0:
        return sd, math.nan, math.nan
    left = [math.log(_pooled(wide[[k for k in range(n) if k != one]])) for one in range(n)]
    pseudo = [n * math.log(sd) - (n - 1) * value for value in left]
    centre = sum(pseudo) / n
    error = math.sqrt(sum((value - centre) ** 2 for value in pseudo) / (n - 1) / n)
    half = stats.t.ppf(0.975, n - 1) * error
    return sd, math.exp(centre - half), math.exp(centre + half)


def picture(table):
    """The readings of all hearts beside machine and truth, as a `figures.Picture`."""
    from course_utils.show import figures

    figure, axis = figures.paper(4.4)
    hearts = list(table.groupby(["heart", "truth"], sort=True))
    for place, ((_, truth), rows) in enumerate(hearts):
        steps = [place + 0.07 * (k - (len(rows) - 1) / 2) for k in _ranks(rows["you"])]
        axis.plot(steps, rows["you"], "o", color=figures.ORANGE, alpha=0.55, markersize=6)
        axis.plot([place - 0.4, place + 0.4], [truth] * 2, color=figures.INK, linewidth=2)
        axis.plot(place, rows["machine"].iloc[0], "D", color=figures.BLUE, markeredgecolor="white")
    sd, low, high = spread(table)
    readers = table["reader"].nunique()
    interval = f", 95 % interval {low:.1f} to {high:.1f}" if low == low else ""
    message = f"One reading by eye spreads by {sd:.1f} points of EF (SD{interval})"
    figures.title(axis, message)
    axis.set(ylabel="ejection fraction (%)", xlabel="synthetic heart", ylim=(0, 95))
    axis.set_xticks(range(len(hearts)), [str(int(key[0])) for key, _ in hearts])
    for x, text, colour in (
        (0.02, "● each of you", figures.ORANGE),
        (0.25, "◆ the machine", figures.BLUE),
        (0.5, "▬ the truth", figures.INK),
    ):
        axis.text(x, 0.03, text, color=colour, transform=axis.transAxes, fontweight="bold")
    alt = f"{message}; {readers} readers, {len(hearts)} synthetic hearts."
    return figures.save(figure, alt)


def board(folder, known, every=None):
    """The board as HTML. known: as for `tallies`. every: seconds after which the page looks again."""
    shares, said = collect(folder)
    parts = [f"<p>{plurals.count(len(shares), 'person', 'people')} shared. "
             f"A question appears when {LEAST} have answered it.</p>"]  # fmt: skip
    table = readings(shares)
    if len(table):
        shown = picture(table)
        n = table["reader"].nunique()
        parts.append(
            f"<h2>The hearts of lesson 06</h2>{shown.html()}<p>{plurals.count(n, 'reader')}. Two "
            "readers differ by 1.4 times this SD. Synthetic hearts, not for diagnosis.</p>"
        )
    for lesson, question, votes, other in tallies(shares, known):
        parts.append(_bars(lesson, question, votes, other))
    parts += _done(shares)
    parts += [f"<p>{html.escape(one)}</p>" for one in said]
    return _page("".join(parts), every)


def write(folder, known, every=None):
    """Write `board.html` into the folder; returns its path."""
    text = board(folder, known, every)
    target = Path(folder) / "board.html"
    return files.write_whole(target, lambda to: to.write_text(text, "utf-8"), replace=True)


def _bars(lesson, question, votes, other):
    most = max(1, *votes.values())
    rows = "".join(
        f'<tr><th scope="row">{html.escape(option)}</th><td><div style="width:{100 * n / most:.0f}%">'
        f"</div></td><td>{n}</td></tr>"
        for option, n in votes.items()
    )
    more = f"<p>{other} more chose what this version does not offer.</p>" if other else ""
    return (
        f"<h2>{html.escape(question)}</h2><p>Lesson {html.escape(lesson[:2])}</p>"
        f'<table class="bars"><caption>{sum(votes.values())} votes</caption>{rows}</table>{more}'
    )


def _done(shares):
    """How far the room is: of each lesson begun by enough, the share of its exercises that is right."""
    lessons = {}
    for one in shares:
        mine = {}
        for name, state in one["exercises"].items():
            mine.setdefault(name.partition(".")[0], []).append(state == "right")
        for lesson, right in mine.items():
            lessons.setdefault(lesson, []).append(sum(right))
    rows = "".join(
        f'<tr><th scope="row">{html.escape(lesson)}</th><td>{len(done)}</td>'
        f"<td>{sorted(done)[len(done) // 2]}</td></tr>"
        for lesson, done in sorted(lessons.items())
        if len(done) >= LEAST
    )
    head = "<tr><th scope='col'>lesson</th><th scope='col'>people</th><th scope='col'>right, the middle one</th></tr>"
    return [f"<h2>How far we are</h2><table>{head}{rows}</table>"] if rows else []


def _page(body, every):
    again = f'<meta http-equiv="refresh" content="{int(every)}">\n' if every else ""
    style = """body{font:20px/1.45 system-ui,sans-serif;max-width:52em;margin:1em auto;padding:0 1em;
color:#1f2328;background:#fff}h2{margin:1.6em 0 .2em}table{border-collapse:collapse;width:100%}
caption{text-align:left;color:#57606a;font-size:.85em}th,td{text-align:left;padding:.3em .6em;
font-weight:400;border-bottom:1px solid #d5d9dd}.bars th{width:45%}.bars td:last-child{width:3em;
text-align:right;font-variant-numeric:tabular-nums}.bars div{background:#0072B2;height:1.1em;
min-width:2px}img{max-width:100%;height:auto}"""
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n{again}'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>The board</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>What this room said</h1>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _pooled(wide):
    """Pooled SD of the readings of one heart: (readers, hearts), NaN where a heart was not read."""
    import numpy as np

    count = np.isfinite(wide).sum(axis=0)
    wide, count = wide[:, count > 1], count[count > 1]
    apart = wide - np.nanmean(wide, axis=0)
    return math.sqrt(np.nansum(apart**2) / (count - 1).sum())


def _ranks(values):
    """Places beside each other for equal readings, so that no dot hides another."""
    order = sorted(range(len(values)), key=lambda k: values.iloc[k])
    places = [0] * len(order)
    for rank, k in enumerate(order):
        places[k] = rank
    return places


def _folder(folder):
    named = folder or os.environ.get("COURSE_VOTES")
    if not named:
        raise errors.FileError(
            "No shared folder is known. Ask your teacher for its path: votes.share('PATH')."
        )
    return files.find_folder(named)


def _token():
    """A random number of mine, kept so that sharing again replaces and does not add."""
    place = files.my_work(TOKEN)
    try:
        kept = place.read_text(encoding="utf-8").strip()
    except OSError:
        kept = ""
    if not (len(kept) == 16 and all(letter in "0123456789abcdef" for letter in kept)):
        kept = secrets.token_hex(8)
        files.write_whole(place, lambda to: to.write_text(kept, encoding="utf-8"), replace=True)
    return kept


def _predicted():
    """The lessons in which something was predicted."""
    try:
        with open(files.my_work(predict.FILE, make=False), newline="", encoding="utf-8") as file:
            return {row[1] for row in csv.reader(file) if len(row) == 4}
    except (OSError, UnicodeError, csv.Error):
        return set()  # nothing predicted yet


def _hearts(path):
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        names = ("you", "machine", "truth")
        return [{"heart": int(row["heart"]), **{n: float(row[n]) for n in names}} for row in rows]
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        return []  # not read yet, or no longer a list of hearts


def _checked(data):
    """What a file of votes holds, if it is one. Raises ValueError that says what is wrong."""
    if not isinstance(data, dict) or data.get("kind") != MARK:
        raise ValueError("another kind of file")
    made = {"predictions": {}, "hearts": {}, "exercises": {}}
    for row in _list(data, "predictions"):
        if not all(isinstance(row.get(k), str) for k in ("lesson", "question", "answer")):
            raise ValueError("a prediction without words")
        made["predictions"][row["lesson"], row["question"]] = row  # one vote each
    for row in _list(data, "hearts"):
        values = [row.get(name) for name in ("heart", "you", "machine", "truth")]
        if not all(type(v) in (int, float) and RANGE[0] <= v <= RANGE[1] for v in values):
            raise ValueError("a heart without its numbers")
        made["hearts"][row["heart"]] = dict(zip(("heart", "you", "machine", "truth"), values, strict=True))  # fmt: skip
    states = data.get("exercises")
    if not isinstance(states, dict) or not set(states.values()) <= set(STATES):
        raise ValueError("exercises without a state")
    return {**{k: list(v.values()) for k, v in made.items()}, "exercises": states}


def _list(data, name):
    rows = data.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"no list of {name}")
    return rows
