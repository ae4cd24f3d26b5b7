"""Show the real source of a helper in a folded panel: the code you read is the code you import."""

import html
import inspect
import textwrap
from pathlib import Path

from course_utils.core import errors
from course_utils.show import pages

ROOT = Path(__file__).resolve().parents[2]


class Source(pages.Shown):
    """The source of a function or class; it displays itself folded, with its docstring above.

    `title` names it, `place` is module path and line, `summary` the docstring, `code` the text.
    """

    def __init__(self, title, place, summary, code):
        self.title, self.place, self.summary, self.code = title, place, summary, code

    def text(self):
        """Place, docstring and source."""
        return f"{self.title}, {self.place}\n{self.summary}\n\n{self.code}".rstrip()

    def html(self):
        """The folded panel."""
        summary = html.escape(self.summary, quote=False)
        return (
            '<details style="margin:0.3em 0"><summary>How '
            f"<code>{html.escape(self.title)}</code> works: its source, "
            f"<code>{html.escape(self.place)}</code></summary>"
            f'<p style="white-space:pre-line;max-width:46em">{summary}</p>'
            f"{_coloured(self.code)}</details>"
        )


def show(thing):
    """The source of a function, a class or a module, to read in the page.

    Returns a `Source`. Raises `DataError` for something without Python source, such as a number.
    """
    try:
        code = inspect.getsource(thing)
        file = Path(inspect.getsourcefile(thing)).resolve()
        _, line = inspect.getsourcelines(thing)
    except (TypeError, OSError) as error:
        raise errors.DataError(
            f"There is no source to show for {type(thing).__name__} "
            f"'{str(thing)[:40]}'. Give a function or a class, its name without "
            "brackets."
        ) from error
    name = getattr(thing, "__qualname__", getattr(thing, "__name__", ""))
    path = file.relative_to(ROOT).as_posix() if file.is_relative_to(ROOT) else file.name
    summary = inspect.getdoc(thing) or ""
    return Source(name, f"{path}, line {max(line, 1)}", summary, textwrap.dedent(code))


def _coloured(code):
    """Source as HTML with its own colours, readable in a light and in a dark theme."""
    from pygments import highlight  # here: only a page that shows source needs it
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    style = "background:#ffffff;color:#1f2328;padding:0.6em;overflow-x:auto;line-height:1.4"
    formatter = HtmlFormatter(noclasses=True, style="default", nobackground=True, prestyles=style)
    return highlight(code, PythonLexer(), formatter)
