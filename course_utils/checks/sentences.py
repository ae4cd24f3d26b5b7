"""What a sentence on a result says, in whatever words: how many people, the value, its interval, the data."""

import math
import re

ONES = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen""".split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
PEOPLE = "(?:patient|people|person|subject|participant|individual|volunteer)s?"
IMAGES = "(?:image|scan|picture|frame|clip)s?"
BETWEEN = (
    rf"(?:(?!{IMAGES}\b|(?:in|for|over|with|from|was)\b|\d)\w+[\s,-]+)"
    "{0,3}"
)
NUMBER = re.compile(r"(?<![\d.])\d+(?:\.\d+)?")
PERCENT = r"(?:%|per\s?cent|percent)"
LEVEL = (
    rf"\b95(?:\.0)?\s*-?\s*{PERCENT}[\s-]*(?:\w+\s+)?"
    r"(?:confidence|interval|ci\b|bootstrap|range|limits)"
)
SPREAD = (
    r"\b(?:sd|sem|iqr|standard deviations?|standard errors?|quartiles?|minimum|maximum|min|max)\b"
)
INTERVAL = r"\b(?:interval|ci\b|confidence|range|rang|between|from|limits?|ends?\b|bounds?\b|lower|plausibl|uncertain)"
# What may stand between the two ends; without a word for an interval only the first kind does.
RANGE = r"\s*(?:to|until|through|up to|\.{2,3}|[-–—])\s*"
JOINT = r"(?:\W|\b(?:to|and|until|through|up|upper|end|limit|bound|high|higher|is|at|of|the|dice|per|cent|percent)\b)+"
KINDS = {True: r"\b(?:synthetic|simulat)\w*", False: r"\b(?:real\b(?!.time)|scanner|clinic)\w*"}
NEGATED = r"\b(?:not?|non|none|never|neither|nor|without|\w+n't|rather than|instead of)[\s-]+(?:\w+[\s-]+){0,2}$"
LIMIT = r"\b(?:below|under|than|least|most)\s+$"  # of a number of people
BOUND = r"\b(?:than|below|above|under|over|least|most|not|exceeds?|exceeded|beyond)\s+$"
VERB = r"""\b(?:was|were|is|are|be|been|had|has|have|lies|lay|stood|came|comes|got|gave|gives|found|reach\w*|averag\w*|
amount\w*|equal\w*|achiev\w*|attain\w*|scor(?:ed|es)|measur\w*|obtain\w*|show\w*|yield\w*|observ\w*|estimat\w*|report\w*|
calculat\w*|comput\w*)\b""".replace("\n", "")
# What joins a measure to its number: a verb, 'of', a colon, or nothing ('Dice 0.94', 'Dice (mean) 0.94').
LINK = (
    rf"(?:{VERB}|[:=≈~]|\b(?:of|at|to)\b|{{measure}}\W*(?:\b(?:score|coefficient|value|mean|average|overall)\b\W*)*)"
    r"[\s,(]*(?:\b(?:about|around|approximately|roughly|an?|the|value|mean|average|of)\s+)*[\s(]*$"
)
BACK = rf"^\s*%?[\s)]*(?:{VERB}|\b(?:as|for)\b|\bin (?:mean|the)\b)"  # '0.94 was the mean Dice'
NEAR = 120  # characters between a measure and its number
# Words in an order that no sentence has: 'the of', 'with was', 'was of', a sentence that ends in 'the' or 'was'.
BROKEN = re.compile(
    r"\b(?:the|an?)\s+(?:the|an?|of|for|with|from|was|were|is|and|had)\b"
    r"|\b(?:of|for|with|from|at|by)\s+(?:of|for|with|by|was|were|is|had|and)\b"
    r"|\b(?:was|were|is|had)\s+(?:was|were|is|had|of)\b"
    r"|\b(?:the|an?|of|for|with|from|was|were|is|had|and|not)\s*(?:[.;!?](?!\d)|$)"
)


def plain(said):
    """The sentence in small letters, its numbers in digits with a point."""
    said = re.sub(r"(?<=\d),(?=\d)", ".", said.lower())
    tens = "|".join(TENS)
    said = re.sub(
        rf"\b({tens})(?:[\s-]({'|'.join(ONES[1:10])}))?\b",
        lambda found: str(
            20 + 10 * TENS.index(found[1]) + (ONES.index(found[2]) if found[2] else 0)
        ),
        said,
    )
    return re.sub(rf"\b(?:{'|'.join(ONES)})\b", lambda found: str(ONES.index(found[0])), said)


def counts(said, people):
    """Does it say that so many people were measured: '9 unseen patients', 'patients (n = 9)'?"""
    found = re.finditer(rf"(?<![\d.])(\d+)[\s-]+{BETWEEN}{PEOPLE}\b", said)
    before = {int(one[1]) for one in found if not re.search(LIMIT, said[: one.start()])}
    if before:  # 'no interval below 5 patients' counts nobody
        return before == {people}
    joint = r"(?:\W|\b(?:n|was|were|is|are|numbered|count|tested|measured|included)\b)"
    said_so = r"(?:[:=]|\b(?:n|was|were|is|are|numbered|count)\b)"  # 'patients 13' says nothing
    after = (
        rf"\b{PEOPLE}\b{joint}{{0,6}}{said_so}{joint}{{1,3}}(?<![\d.]){people}"
        rf"(?!\d|\.\d|\s*(?:%|of\b|{IMAGES}))"
    )
    return bool(re.search(after, said))


def interval(said, low, high):
    """Where the two ends stand beside each other as an interval: (start, stop), or None."""
    numbers = list(NUMBER.finditer(re.sub(LEVEL, lambda found: "#" * len(found[0]), said)))
    worded = re.search(INTERVAL, said)
    for one, other in zip(numbers, numbers[1:], strict=False):
        joint = said[one.end() : other.start()].strip("% ")
        joint = joint or ("," if said[one.start() - 1] in "[(" else "")
        fits = re.fullmatch(RANGE, f" {joint} ") or (
            joint and worded and re.fullmatch(JOINT, f" {joint} ")
        )
        spread = re.search(SPREAD, said[max(0, one.start() - 30) : one.start()])
        if (
            fits
            and not spread
            and any(_near(one, low, by) and _near(other, high, by) for by in (1, 100))
        ):
            return one.start(), other.end()
    return None


def value(said, estimate, apart=None):
    """Is the estimate in it, as a share or in per cent, outside the interval `apart` and as no bound?"""
    return bool(_values(said, estimate, apart))


def said_of(said, measure, estimate, apart=None):
    """Is the estimate said of the measure: near it, and joined to it as in 'Dice was 0.94'?"""
    link, other = re.compile(LINK.format(measure=measure)), re.compile(measure)
    for found in _values(said, estimate, apart):
        before, after = said[: found.start()], said[found.end() :][:NEAR]
        named_before = other.search(before[-NEAR:])
        if link.search(before) and named_before:
            return True
        if re.search(BACK, after) and other.search(re.split(r"[.;,\d]", after)[0]):
            return True
    return False


def broken(said):
    """Words in an order that no sentence has, such as 'the of'; or None."""
    found = BROKEN.search(said)
    return found and found[0].strip()


def _values(said, estimate, apart):
    for pattern in (LEVEL, rf"(?<![\d.])\d+\s+{BETWEEN}(?:{PEOPLE}|{IMAGES})\b"):
        said = re.sub(pattern, lambda found: "#" * len(found[0]), said)
    return [
        found
        for found in NUMBER.finditer(said)
        if not (apart and apart[0] <= found.start() < apart[1])
        and any(_near(found, estimate, by) for by in (1, 100))
        and not re.search(BOUND, said[: found.start()])
    ]


def kinds(said):
    """The kinds of data that it claims, True for synthetic and False for real: a denied one is not."""
    return {kind for kind, word in KINDS.items() if named(said, word)}


def named(said, measure):
    """Is the measure named, and not denied?"""
    return any(
        not re.search(NEGATED, said[: found.start()]) for found in re.finditer(measure, said)
    )


def boast(said):
    """What no number of patients shows: that it is proven, or holds for everybody."""
    found = re.search(
        r"\b(?:prov(?:es?|en|ing)|guarant\w+|(?:every|any) (?:\w+ )?(?:patient|person))\b", said
    )
    return found and found[0]


def _near(found, wanted, times):
    """To two digits."""
    return math.isclose(float(found[0]), times * wanted, abs_tol=0.0051 * times)
