"""What an instructor needs, one command each: `python -m workshop COMMAND`.

plan [02 ..] [--minutes 30]     minutes section by section, and what to skip; --write: plan.md
slides [02 ..]                  build/workshop/slides_02.html, to present without a network
live [02 ..] [--empty]          build/workshop/live_02.ipynb, with outputs, minutes, solutions
survey [00 01 ..]               two sheets to print, before and after
votes FOLDER [--every 5]        FOLDER/board.html, from what people shared
certificate NAME                a page to print, from one's own progress
grade LESSON [--hand-in FOLDER] an nbgrader assignment, and the marks of what came back
hub [--learners 5]              a JupyterHub on this computer, for a rehearsal
"""

import argparse
import sys
import time
from pathlib import Path

from course_utils.core import errors, files
from workshop import certificate, lessons, live, plan, slides, survey, votes

OUT = lessons.ROOT / "build" / "workshop"


def main(arguments=None):
    """Run one command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return options.function(options) or 0
    except errors.CourseError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


def _plan(options):
    if options.write:
        return _put(plan.PAGE, plan.page())
    for lesson in lessons.named(options.lesson):
        print(plan.table(lesson, options.minutes))
    return 0


def _slides(options):
    for lesson in lessons.named(options.lesson):
        _put(OUT / f"slides_{lesson.number}.html", slides.deck(lesson, options.executed))


def _live(options):
    for lesson in lessons.named(options.lesson):
        page = live.notebook(lesson, options.executed, outputs=not options.empty)
        _put(OUT / f"live_{lesson.number}.ipynb", live.text(page))


def _survey(options):
    chosen = lessons.named(options.lesson)
    _put(OUT / "survey_before.html", survey.sheet(chosen))
    _put(OUT / "survey_after.html", survey.sheet(chosen, after=True))


def _votes(options):
    known = {
        (lesson.name, question): choices
        for lesson in lessons.named([])
        for section in lesson.sections
        for question, choices in section.predictions
    }
    print(f"Open {votes.write(options.folder, known, options.every)}", flush=True)
    while options.every:
        time.sleep(options.every)
        votes.write(options.folder, known, options.every)


def _certificate(options):
    print(f"wrote {certificate.write(options.name, options.to)}")


def _grade(options):
    from workshop import grading  # here, because only this needs nbgrader

    return grading.command(options.lesson, options.hand_in, OUT)


def _hub(options):
    from workshop import hub

    return hub.command(options.learners, options.folder, options.port)


def _put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write_whole(path, lambda to: to.write_text(text, "utf-8", newline="\n"), replace=True)
    shown = path.relative_to(lessons.ROOT) if path.is_relative_to(lessons.ROOT) else path
    print(f"wrote {shown}")


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m workshop",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)

    def _add(name, function, several=True):
        made = commands.add_parser(name)
        made.set_defaults(function=function)
        if several:
            made.add_argument("lesson", nargs="*", help="02 or 02_enhance (default: all)")
        return made

    made = _add("plan", _plan)
    made.add_argument("--minutes", type=float, help="what to skip so that the lesson fits")
    made.add_argument("--write", action="store_true", help="write workshop/plan.md")
    for name, function in (("slides", _slides), ("live", _live)):
        made = _add(name, function)
        made.add_argument("--executed", type=Path, default=slides.EXECUTED, metavar="FOLDER")
    made.add_argument("--empty", action="store_true", help="without outputs")
    _add("survey", _survey)
    made = _add("votes", _votes, several=False)
    made.add_argument("folder", type=Path)
    made.add_argument("--every", type=int, metavar="SECONDS", help="make it anew, until Ctrl-C")
    made = _add("certificate", _certificate, several=False)
    made.add_argument("name")
    made.add_argument("--to", type=Path, metavar="FILE")
    made = _add("grade", _grade, several=False)
    made.add_argument("lesson")
    made.add_argument("--hand-in", type=Path, metavar="FOLDER", help="a folder for each learner")
    made = _add("hub", _hub, several=False)
    made.add_argument("--learners", type=int, default=5)
    made.add_argument("--folder", type=Path, help="where accounts and homes go")
    made.add_argument("--port", type=int, default=8000)
    return parser


if __name__ == "__main__":
    sys.exit(main())
