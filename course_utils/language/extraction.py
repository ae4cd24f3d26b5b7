"""How well tags come out of free text, dimension by dimension: F1, denials, and every error.

An item is a tag together with its state: 'calcifications, absent' found as present is one miss and
one invention.
"""

import pandas as pd

from course_utils.language import archive, records, rules, taxonomy

FIRST = 3000  # seeds of the patients on whom phrasings are judged


def items(texts, said, tag=rules.tag):
    """One row for each item said or found: report, dimension, tag, state, said, found (bools).

    texts: reports. said: their true records. tag: a function from text to record.
    """
    rows = []
    for number, (text, truth) in enumerate(zip(texts, said, strict=True)):
        found = tag(text)
        for name, state in {**dict.fromkeys(truth.items()), **dict.fromkeys(found.items())}:
            rows.append(
                {
                    "report": number,
                    "dimension": taxonomy.dimension_of(name),
                    "tag": name,
                    "state": state,
                    "said": truth.get(name) == state,
                    "found": found.get(name) == state,
                }
            )
    return pd.DataFrame(rows)


def f1(table):
    """2 TP / (2 TP + FP + FN) of items; NaN where there are none."""
    both, either = (table.said & table.found).sum(), table.said.sum() + table.found.sum()
    return 2 * both / either if either else float("nan")


def by_dimension(table):
    """F1 of each dimension of which anything was said, and `denials`: the share of absent items
    that were found as absent. A Series."""
    known = [d for d in taxonomy.DIMENSIONS if d in set(table.dimension)]
    found = pd.Series({d: f1(table[table.dimension == d]) for d in known})
    denied = table[table.said & (table.state == "absent")]
    found["denials"] = denied.found.mean()
    return found


def judged(style, language="en", typos=0.0, count=300, extra=None):
    """(items, texts) of `count` new patients' reports in one style."""
    _, table = archive.fresh(count, FIRST, style=style, typos=typos, pictures=False)
    texts = list(table[language])
    return items(texts, list(table.said), lambda text: rules.tag(text, extra)), texts


def errors(table, texts, count=5):
    """The first of each kind of error: tag, state, what went wrong, and the report's text."""
    wrong = table[table.said != table.found].drop_duplicates(["tag", "state", "said"])
    return pd.DataFrame(
        {
            "tag": wrong.tag,
            "state": wrong.state,
            "what": wrong.said.map({True: "missed", False: "invented"}),
            "report": [texts[number] for number in wrong.report],
        }
    ).head(count)


def corrected(record, changes):
    """A record as a person corrects it: {tag: state, or None to take it out}."""
    kept = {**record, **changes}
    return records.checked({tag: state for tag, state in kept.items() if state is not None})
