"""What an intended use may claim: no more than what was tested, whatever words stand around it."""

import re
import unicodedata

ACTIONS = """outlin segment measur mark delineat trac draw contour find locat detect estimat label count
colour color annotat""".split()
WHOM = """patient volunteer adult child children people person participant subject athlete student women
men scan image picture clip cine phantom simulat synthetic calves calf muscle breast fetus""".split()
USERS = """learner student researcher sonograph clinician doctor physician engineer author team course
myself me us colleague reader technician physiotherap scientist teacher trainee developer nurse
radiograph radiolog cardiolog examiner group laborator""".split()
# What no test of outlines on one folder has shown. A 'not' before it does not help: what it is not
# for has a line of its own.
BEYOND = {
    r"diagnos\w*": "a diagnosis",
    r"(?:any|all|every|each|whole|general)\b\s*\w*": "everybody or everything",
    r"(?:everyone|everybody|everywhere|anyone|anybody|anywhere|universal\w*|worldwide)": "everybody or everything",
    r"(?:replac|substitut|supplant|instead of|take\w* over|autonom|unsupervised|"
    r"without supervision)\w*": "to replace a person",
    r"(?:treat(?!ise)|therap(?!ist)|triag|prescri|surg|dosage|dosing)\w*": "a decision about treatment",
    r"(?:screen(?:ing|s)?\s+(?:for|of|out)|rul(?:e|es|ing)\s+(?:out|in)|predict\w*|prognos\w*|classif\w*|malignan\w*|"
    r"cancer\w*|diseas\w*|patholog\w*|abnormal\w*)": "a finding of disease",
    r"(?:clinical|routine|bedside|medical)\s+(?:use|practice|care|decision\w*|routine|work)": "clinical use",
    r"(?:on|in)\s+(?:the\s+|our\s+|a\s+)?(?:ward|icu|emergency|clinic|hospital|operating)\w*": "clinical use",
    r"(?:safe|reliabl|accurat|perfect|proven|validat|approv|certifi|fda|ce-mark)\w*": "a promise of quality",
}
NEGATIVE = (
    r"\b(?:not|no|non|never|none|neither|nor|without|except|cannot|isn't|don't|doesn't|n't)\b"
)


def problems(use, synthetic):
    """What is wrong with an intended use (what, in_whom, by_whom): a list of sentences, empty if it
    claims no more than was tested.

    synthetic: whether the test images are; in_whom must say so, and may not where they are real.
    """
    fields = {"what": use[0], "in whom": use[1], "by whom": use[2]}
    wrong = []
    for name, text in fields.items():
        words = re.findall(r"[^\W\d_]{2,}", text)
        if (
            len(words) < (3 if name == "what" else 1)
            or len(set(map(str.lower, words))) < len(words) / 2
        ):
            wrong.append(f"'{name}' needs a few words of its own.")
    whole = " ".join(unicodedata.normalize("NFKC", text) for text in fields.values()).lower()
    for pattern, claim in BEYOND.items():
        if found := re.search(rf"\b(?:{pattern})", whole):
            wrong.append(f"'{found[0]}' claims {claim}, and nobody tested that.")
    if found := re.search(NEGATIVE, whole):
        wrong.append(
            f"Leave out '{found[0]}': say what it is for. What it is not for has a line of its own on the card."
        )
    if wrong:
        return list(dict.fromkeys(wrong))
    checks = (
        ("what", ACTIONS, "does, such as outlining or measuring something"),
        ("in whom", WHOM, "is used on, such as synthetic scans or adult volunteers"),
        ("by whom", USERS, "is used by, such as learners of this course"),
    )
    for name, words, told in checks:
        if not re.search(rf"\b(?:{'|'.join(words)})", fields[name].lower()):
            wrong.append(f"'{name}' does not say what or whom it {told}.")
    made = re.search(r"synthetic|simulat|phantom|artificial", fields["in whom"].lower())
    if synthetic and not made:
        wrong.append(
            "It was tested on synthetic images, so 'in whom' must say that they are synthetic."
        )
    if made and not synthetic:
        wrong.append(
            f"It was tested on images from a scanner, so 'in whom' cannot be '{made[0]}' ones."
        )
    return wrong
