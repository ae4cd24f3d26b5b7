"""A picture is sorted by the nearest of a few sentences, without any training on the labels.

One sentence is a lottery, so three phrasings of each tag are averaged. Beside the balanced accuracy
stand what the most frequent answer reaches, and the same network with its sentences exchanged.
"""

from collections import Counter

import numpy as np
import pandas as pd

from course_utils import evaluate
from course_utils.language import records, taxonomy
from course_utils.simulate import reports

ASKED = tuple("diagnosis shape margins echogenicity internal posterior organ vascularity".split())


def prompts(dimension, language="en"):
    """{tag: three sentences} of one dimension, in the words of reports."""
    taxonomy.tags(dimension)
    found = {}
    for tag, known in reports.phrases()[dimension].items():
        words = [*known[language], *known[f"{language}_second"]]
        found[tag] = [f"{word.partition('|')[0].replace('@', 'o')}." for word in words[:3]]
    return found


def scores(model, seen, dimension, phrasing=None):
    """How near each picture is to each tag's sentences: (n, tags), and the tags.

    seen: directions of pictures (n, 48). phrasing: 0, 1 or 2 for one alone, else their mean.
    """
    asked = prompts(dimension)
    directions = model.read([text for texts in asked.values() for text in texts])
    directions = directions.reshape(len(asked), 3, -1)
    mean = directions.mean(axis=1) if phrasing is None else directions[:, phrasing]
    mean = mean / np.linalg.norm(mean, axis=1, keepdims=True)
    return np.asarray(seen) @ mean.T, list(asked)


def balanced(truth, said):
    """Balanced accuracy: the mean, over the tags that occur, of the share of each that was found."""
    truth, said = np.asarray(truth), np.asarray(said)
    return float(np.mean([(said[truth == tag] == tag).mean() for tag in np.unique(truth)]))


def truth_of(found, dimension):
    """The tag of a dimension in each record, None where there is none."""
    tags = [records.by_dimension(record)[dimension] for record in found]
    return [next(iter(tag), None) for tag in tags]


def judged(model, seen, found, patients, dimensions=ASKED):
    """A table by dimension: balanced accuracy with low and high over patients; that of one answer
    for all (`majority`); with the sentences of all tags `exchanged`, the mean of all turns; the
    plain accuracy, that of the `most_frequent` answer, and n.

    Only pictures whose truth holds a tag of the dimension are asked.
    """
    rows = {}
    for dimension in dimensions:
        near, tags = scores(model, seen, dimension)
        truth = truth_of(found, dimension)
        there = np.array([tag is not None for tag in truth])
        truth = np.array([tag for tag in truth if tag is not None])
        said = np.array(tags)[near[there].argmax(axis=1)]
        best = near[there].argmax(axis=1)
        turns = [np.roll(tags, turn) for turn in range(1, len(tags))]  # no sentence at its place
        mixed = [balanced(truth, turned[best]) for turned in turns]
        rows_of = pd.Series(np.arange(len(truth)), index=np.asarray(patients)[there])
        found_in = evaluate.bootstrap(
            rows_of, _balanced_of(truth, said), method="percentile", resamples=400
        )
        rows[dimension] = {
            "balanced": found_in.estimate,
            "low": found_in.low,
            "high": found_in.high,
            "majority": 1 / len(set(truth)),
            "exchanged": float(np.mean(mixed)),
            "accuracy": float((truth == said).mean()),
            "most_frequent": max(Counter(truth).values()) / len(truth),
            "n": len(truth),
        }
    return pd.DataFrame(rows).T.astype({"n": int})


def _balanced_of(truth, said):
    """`balanced` as a function of the rows that are drawn, counted instead of compared anew."""
    tags, codes = np.unique(truth, return_inverse=True)
    right = (truth == said).astype(float)

    def of(rows):
        """Balanced accuracy over these rows."""
        rows = rows.astype(int)
        there = np.bincount(codes[rows], minlength=len(tags))
        found = np.bincount(codes[rows], right[rows], len(tags))
        return float((found[there > 0] / there[there > 0]).mean())

    return of
