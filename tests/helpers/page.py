"""What an executed lesson says, and which of it does not hold for the set that it ran on.

`untrue` reads prose and outputs, sentence by sentence, for words that a set's facts forbid. Prose may
use them where it says that it speaks of the sample data, asks a question, or is about a method.
"""

import html
import re

# Fact that does not hold -> words that then must not stand as a statement about the set.
FORBIDDEN = {
    "muscle": r"\b(?:muscles?|gastrocnemius|calf|calves|aponeuros\w+)\b",
    "synthetic": r"\bsynthetic\b|\bsimulat\w+",
    "machines": r"\bScanner [A-D]\b|\bhome scanner\b|\bboth scanners\b",
    "millimetres": r"\d mm\b|\bmillimet\w+",
}
# What no set can mean: numbers that are none, a plural of one, a scanner that nobody named.
SENSELESS = re.compile(
    r"\bnan\b|\b1 (?:patients|images|epochs|people|cases|steps|pixels)\b|, unknown\b|\bp 0\.000",
    re.I,
)
# What binds a sentence to something else than the set: said of the course's own data, of a part that
# is the course's own whatever the set, or in general.
BOUND = re.compile(
    r"sample (?:data|set)|the course's|unless you changed|with the sample|of your own|cannot|can't|"
    r"lesson \d\d|imagine|example|where (?:millimetres|this page|the exact)|\bif\b|\barchive\b|"
    r"thickness of a muscle|tool for real scans|after this lesson you can",
    re.I,
)
END = re.compile(r"^## (?:Where this breaks|Quiz|Summary|Words|References|Next)$", re.M)


def statements(notebook):
    """(kind, sentence) of a notebook: 'output' of what its cells showed (text, tables, captions and
    alternative texts), 'prose' of its text up to 'Where this breaks', paragraph by paragraph."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            if END.search(cell.source):
                text = cell.source[: END.search(cell.source).start()]
                yield from (("prose", said) for said in _paragraphs(text))
                return
            yield from (("prose", said) for said in _paragraphs(cell.source))
            continue
        for output in cell.get("outputs", []):
            yield from (("output", said) for said in _sentences(_shown(output)))


def untrue(notebook, lacking, apart=()):
    """Sentences that cannot be said of a set. lacking: which of FORBIDDEN's facts do not hold.

    apart: patterns of outputs that are not about the set, such as those of the course's own lab.
    """
    own = re.compile("|".join(apart)) if apart else None
    for kind, said in statements(notebook):
        if BOUND.search(said) or said.rstrip("*_ ").endswith("?"):
            continue
        if kind == "output" and own and own.search(said):
            continue
        for fact in lacking:
            if found := re.search(FORBIDDEN[fact], said, re.I):
                yield f"{kind}: '{found[0]}' in: {said}"


def senseless(notebook):
    """Sentences of its outputs that hold something of `SENSELESS`."""
    for kind, said in statements(notebook):
        if kind == "output" and (found := SENSELESS.search(said)):
            yield f"'{found[0]}' in: {said}"


def _paragraphs(text):
    text = re.sub(r"^#{1,6} .*$|^\|.*$|^> ", "", text, flags=re.M)  # headings, tables
    for paragraph in re.split(r"\n\s*\n(?![-*] )", text):
        if flat := " ".join(paragraph.split()):
            yield flat


def _sentences(text):
    for paragraph in _paragraphs(text):
        yield from (part for part in re.split(r"(?<=[.?!])\s+", paragraph) if part)


def _shown(output):
    """The words of one output: text, or HTML without its marks but with its alternative texts."""
    data = output.get("data", {})
    if "text/html" in data:
        page = re.sub(r"<(style|script)\b.*?</\1>", " ", data["text/html"], flags=re.S)
        alts = " \n\n".join(re.findall(r'\balt="([^"]*)"', page))
        return html.unescape(re.sub(r"<[^>]+>", "\n\n", page)) + "\n\n" + html.unescape(alts)
    return output.get("text", "") or data.get("text/plain", "")
