"""How much code the helper package holds, at any commit: files, code lines and statements.

    python tools/measure/house.py [REVISION ...] [--rooms]

Code lines are those without docstrings, blanks and comments. Statements are those of Python's own grammar, so
that the layout of the code does not change their number. --rooms counts each room of the package by itself.
"""

import argparse
import ast
import io
import subprocess
import tokenize
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAYOUT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def counted(source):
    """(code lines, statements) of the text of one file, without its docstrings."""
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in LAYOUT:
            lines.update(range(token.start[0], token.end[0] + 1))
    nodes = list(ast.walk(ast.parse(source)))
    documented = [
        node
        for node in nodes
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node) is not None
    ]
    for node in documented:
        lines.difference_update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return len(lines), sum(isinstance(node, ast.stmt) for node in nodes) - len(documented)


def git(*words):
    return subprocess.run(
        ["git", "-C", ROOT, *words], capture_output=True, text=True, check=True
    ).stdout


def files(revision):
    """The package's Python files at a commit: {path: text}."""
    paths = git("ls-tree", "-r", "--name-only", revision, "course_utils").splitlines()
    return {path: git("show", f"{revision}:{path}") for path in paths if path.endswith(".py")}


def rooms(sources):
    """{room: [files, code lines, statements]} of what `files` found, and of all of them."""
    total = defaultdict(lambda: [0, 0, 0])
    for path, source in sources.items():
        parts = path.split("/")
        for room in ("all", parts[1] if len(parts) > 2 else "."):
            for place, number in enumerate((1, *counted(source))):
                total[room][place] += number
    return dict(total)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("revisions", nargs="*", default=["HEAD"])
    parser.add_argument("--rooms", action="store_true")
    told = parser.parse_args()
    for revision in told.revisions:
        for room, (number, lines, statements) in sorted(rooms(files(revision)).items()):
            if room == "all" or told.rooms:
                print(
                    f"{revision}  {room:18} {number:4} files {lines:7,} code lines {statements:7,} statements"
                )


if __name__ == "__main__":
    main()
