"""Eight slips of the keyboard, answered in one sentence that says what to type.

Quotation marks left out, a unit behind a number, a colon for an equals sign, a capital, a decimal
comma, a name that was lost when the kernel restarted, a line that begins at the wrong column, and
the curly signs of a word processor. The sentence comes before the error and
never in place of it: the last line of every real error stays, and so does the failed state of the
cell (JupyterLab, nbval and papermill stop there as before). An error that is none of these slips
is shown as Python shows it.
"""

import ast
import builtins
import difflib
import functools
import keyword
import linecache
import re
import sys

from course_utils.checks import page
from course_utils.checks.verdict import Note

ERRORS = (NameError, SyntaxError, AttributeError)
_NUMBER = r"[-+]?\d+(?:[.,]\d+)?"
_UNIT = re.compile(rf"^(.*=\s*)({_NUMBER})\s*[A-Za-z%°µ][\w%°/²³]*(?:\s[A-Za-z]+){{0,2}}\s*$")
_UNIT_INSIDE = re.compile(
    rf"(?<![\w.])({_NUMBER})\s*(?:%|°|(?:mm|cm|s|ms|bpm|M?Hz|dB|ml|kg|px|deg|pixels?|degrees?|"
    r"seconds?|minutes?|years?|patients?|images?|people|operators?)\b)(?=\s*(?:[,)\]#]|$))"
)
# What a word processor or a telephone types, and the sign of the keyboard that Python reads.
_CURLY = str.maketrans(
    {
        **dict.fromkeys("“”„«»", '"'),
        **dict.fromkeys("‘’‚", "'"),
        **dict.fromkeys("–—−", "-"),
        "×": "*",
        "÷": "/",
        "…": "...",
        "\u00a0": " ",
    }
)
_COMMA = re.compile(r"(?<![\w.,\[(])([-+]?\d+),(\d+)(?![\w.,])")
_WORDS = re.compile(r"^(\s*\w+\s*=\s*)([A-Za-zÀ-ÿ][\w -]*?)\s*$")
_TEXT = re.compile(r"^(\s*\w+\s*=\s*)([A-Za-zÀ-ÿ]\w*(?: [\w.,;:%()-]+){2,})\s*$")
_ANSWERS = {"yes": "True", "no": "False"}
_COLON = re.compile(r"^\s*(\w+)\s*:=?\s*(.+?)\s*$")


def install():
    """Listen to the kernel that runs this page, once; nothing happens outside IPython."""
    shell = _shell()
    if shell is None or getattr(shell, "course_slips", False):
        return
    shell.course_slips = True
    shell.set_custom_exc(ERRORS, _answer)
    shell.events.register("pre_run_cell", _look)


def for_error(error, line, names, lesson_names=()):
    """The sentence for an exception that a cell raised, or None when it is no slip of these kinds.

    line: the line of code. names: what is defined now. lesson_names: what the page defines
    somewhere.
    """
    if isinstance(error, SyntaxError):
        return _syntax(error, line)
    if isinstance(error, AttributeError):
        return _attribute(error)
    return _name(getattr(error, "name", None) or "", line, names, lesson_names)


def for_code(code):
    """Sentences for what Python accepts and nobody means: `rate : 50` and `rate = 9,5`."""
    try:
        steps = ast.parse(code).body
    except (SyntaxError, ValueError):
        return []
    said = []
    for step in steps:
        line = (ast.get_source_segment(code, step) or "").strip()
        if isinstance(step, ast.AnnAssign) and step.value is None:
            said.append(_equals(line))
        elif isinstance(step, ast.Assign) and isinstance(step.value, ast.Tuple):
            said.append(_comma(line, step))
    return [sentence for sentence in said if sentence]


def _syntax(error, line):
    if isinstance(error, IndentationError):
        return _column(error)
    unit = _UNIT.match(line)
    if unit and not keyword.iskeyword(line.split()[-1]):
        return _alone(line, unit[1] + unit[2].replace(",", "."))
    if _UNIT_INSIDE.search(line):
        return _alone(line, _UNIT_INSIDE.sub(r"\1", line))
    if str(error).startswith(("invalid character", "invalid non-printable")):
        return _curly(line)
    if re.search(r"(?<![\w.])\d+,0\d", line):
        return f"Decimals have a point here, no comma. Type `{_pointed(line)}`."
    if ":" in line and "lambda" not in line and not _opens_a_block(line):
        if _COLON.match(line):
            return _equals(line)
        right = line.replace(":", "=").strip()
        return f"Inside brackets a colon has no place here. Type `{right}`, or a comma."
    if _opens_a_block(line) and not line.rstrip().endswith(":") and "expected ':'" in str(error):
        return f"This line opens a block and ends with a colon. Type `{line.strip()}:`."
    first = (re.match(r"\s*(\w+)", line) or [None, ""])[1]
    if first.lower() in keyword.kwlist and first not in keyword.kwlist:
        return _capital(first, first.lower())
    if _WORDS.match(line) or _TEXT.match(line):
        return _quotes(line)
    return None


def _alone(line, right):
    share = " Where a share from 0 to 1 is asked for, 5 % is `0.05`." if "%" in line else ""
    return f"A number stands alone, without its unit. Type `{right.strip()}`.{share}"


def _column(error):
    if "expected an indented block" in str(error):
        return "A line that belongs to the line above begins four blanks further in."
    if "unexpected indent" in str(error):
        return "This line begins with blanks that do not belong there: take them away."
    return "Lines that belong together begin at the same column: give them the same blanks."


def _curly(line):
    right = line.translate(_CURLY).strip()
    if right == line.strip() or not right.isascii():
        return None
    return f"A sign here comes from a word processor; Python reads plain ones. Type `{right}`."


def _name(name, line, names, lesson_names):
    known = {*names, *dir(builtins), *keyword.kwlist}
    colon = _COLON.match(line)
    if colon and not _opens_a_block(line) and colon[2].strip("\"'") == name:
        return _equals(line)
    if name in lesson_names:
        return (
            f"`{name}` is made in a cell above that has not run since the kernel started. Choose "
            "*Run, Run All Above Selected Cell*, then run this cell again."
        )
    if name.lower() in _ANSWERS:
        return f"Python's word for {name.lower()} is `{_ANSWERS[name.lower()]}`, without quotation marks."
    same = [word for word in {*known, *lesson_names} if word.lower() == name.lower()]
    if same:
        return _capital(name, same[0])
    if len(name) > 3:
        near = difflib.get_close_matches(name, [*known, *lesson_names], 1, 0.85)
        if near:
            return f"There is no `{name}` here. Did you mean `{near[0]}`?"
    return _quotes(line, name)


def _attribute(error):
    name, owner = getattr(error, "name", None) or "", getattr(error, "obj", None)
    same = [known for known in dir(owner) if known.lower() == name.lower() and known != name]
    return _capital(name, same[0]) if name and same else None


def _quotes(line, name=None):
    whole = _WORDS.match(line) or _TEXT.match(line)
    if whole and (name is None or name in whole[2]):
        return f'Text needs quotation marks. Type `{whole[1].strip()} "{whole[2]}"`.'
    if re.search(rf"\b{re.escape(name or '')}\s*[.(\[]|\b{re.escape(name or '')}\s*=", line):
        return None  # something is done with it, so it is no text
    return f'Python knows no `{name}`. If it is text, it needs quotation marks: type `"{name}"`.'


def _capital(name, right):
    return f"Capital and small letters count, and `{name}` is not `{right}`. Type `{right}`."


def _equals(line):
    name, value = _COLON.match(line).groups()
    if re.fullmatch(_NUMBER, value):
        value = value.replace(",", ".")
    elif value.isidentifier() and value not in ("True", "False", "None"):
        value = f'"{value}"'
    return f"A name gets its value with an equals sign. Type `{name} = {value}`."


def _comma(line, step):
    found = _COMMA.search(line)
    if not (found and len(step.value.elts) == 2 and isinstance(step.targets[0], ast.Name)):
        return None
    if all(isinstance(part, ast.Constant) for part in step.value.elts):
        return (
            f"To Python `{found[0]}` is two numbers. A check reads it as a decimal; for other cells "
            f"type `{_pointed(line)}`."
        )
    return f"To Python `{found[0]}` is two numbers. Type `{_pointed(line)}`."


def _pointed(line):
    return re.sub(r"(?<![\w.])(\d+),(\d+)", r"\1.\2", line).strip()


def _opens_a_block(line):
    return bool(re.match(r"\s*(def|for|if|elif|else|while|with|try|except|class|finally)\b", line))


# The kernel


def _shell():
    asked = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return asked() if asked else None


def _look(info):
    for sentence in for_code(info.raw_cell or ""):
        _show(sentence)


def _answer(shell, kind, error, trace, tb_offset=None):
    """IPython calls this instead of showing the error: the sentence, then the error itself."""
    line = _line(error, trace, shell.user_ns)
    said = line and for_error(error, line, shell.user_ns, _lesson_names())
    if said:
        _show(said)
        shell._showtraceback(kind, error, [f"{kind.__name__}: {error}"])
    else:
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
    return []


def _line(error, trace, names):
    """The line of the cell at which it happened; None when it happened inside a library."""
    if isinstance(error, SyntaxError):
        in_file = str(error.filename or "").endswith(".py") and "ipykernel" not in error.filename
        return None if in_file else (error.text or "")
    while trace and trace.tb_next:
        trace = trace.tb_next
    if trace is None or trace.tb_frame.f_globals is not names:
        return None
    return linecache.getline(trace.tb_frame.f_code.co_filename, trace.tb_lineno)


@functools.cache
def _lesson_names():
    """Names that the page of the lesson in use defines somewhere."""
    return page.names(page.current())


def _show(sentence):
    from IPython.display import display  # a kernel is running, so it is there

    display(Note("A slip.", sentence))
