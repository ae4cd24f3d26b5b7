"""What an intended use may claim: no more than what was tested, whatever words stand around it."""

import re
import unicodedata

ACTIONS = """outlin segment measur mark delineat trac draw contour find locat detect estimat label count
colour color annotat show"""
LEARNING = (
    "learn teach practi[sc]e train stud exercis demonstrat see understand explain play try test"
)
MUSCLE = r"calf calves muscle gastrocnem soleus legs?\b"
PEOPLE = (
    r"patients?\b people\b persons?\b volunteers?\b adults?\b child baby babies athletes?\b women\b woman\b "
    r"men\b man\b elderly sick\b"
)
IMAGES = "scan image picture clip cine frame phantom fetus"
MADE = "synthetic simulat phantom artificial computer-made computer-generated"
# The course, or the folder, or the group that a claim stays within.
WITHIN = "course workshop class lesson page book folder set team group department laborator study example"
USERS = (
    f"{WITHIN} myself colleague staff fellow intern nurse midwi physio student cardiolog radiolog"
)
PERSON = (
    r"\w{2,}(?:(?<!m)ent|er|or|ist|ian|ant|ar|ee)s?\b"  # learners, residents, physicists, trainees
)
THINGS = "scanner computer number server printer paper folder other under over never after order for patient"
# What no test of outlines on one folder has shown. A 'not' before it does not help: what it is not
# for has a line of its own.
BEYOND = {
    r"diagnos\w*": "a diagnosis",
    r"(?:worldwide|everywhere|anywhere|universal\w*)": "everybody or everything",
    r"(?:replac|substitut|supplant|instead of|take\w* over|autonom|unsupervised|"
    r"without supervision)\w*": "to replace a person",
    r"(?:treat(?!ise)|therap(?!ist)|triag|prescri|surg(?!eon)|dosage|dosing|deci[ds]|who (?:gets|needs|should))\w*":
        "a decision about a person",
    r"(?:screen(?:ing|s)?\s+(?:for|of|out)|rul(?:e|es|ing)\s+(?:out|in)|predict\w*|prognos\w*|classif\w*|malignan\w*|"
    r"cancer\w*|tumou?r\w*|lesion\w*|diseas\w*|patholog\w*|abnormal\w*|loss|losing|wasting|atroph\w*|sarcopeni\w*|frail\w*)":
        "a finding of disease",
    r"(?:clinical|routine|bedside|medical)\s+(?:use|practice|care|decision\w*|routine|work)": "clinical use",
    r"(?:on|in)\s+(?:the\s+|our\s+|a\s+)?(?:ward|icu|emergency|clinic|hospital|operating)\w*": "clinical use",
    r"(?:safe|reliab|accura|precis|exact|correct|perfect|flawless|error-free|proven|validat|approv|certifi|fda|"
    r"ce-mark|trust|excellen|robust|fast|quick)\w*": "a promise of quality",
    r"(?:better|best|superior|outperform\w*|exceed\w*|beat\w*|than|as \w+ as|equal\w*|comparab\w*|equivalen\w*|"
    r"match\w*|gold\b|state.of.the.art|(?:the|at) level|human|(?:like|as) an? (?!part)\w+)": "a comparison",
    r"(?:tomorrow|soon|later|eventually|future|someday|one day|then|next)": "what is still to come",
}  # fmt: skip
PLAIN = set(
    """a an the this that these our my your its it in on of at from by with only one two three i we they you
people each personal own left right both all sample data ultrasound mode""".split()
)
READER = r"""(?:expert|specialist|radiolog|radiograph|sonograph|cardiolog|doctor|physician|clinician|
surgeon|consultant|nurse)\w*""".replace("\n", "")
# With the folder of the lesson every part is known; a list of all others would never be whole.
PARTS = f"""{MUSCLE} {IMAGES} {MADE} {PEOPLE} {ACTIONS} {LEARNING} {WITHIN} border edge boundar thick width depth
length area size shape volume layer structure region medial lateral deep superficial upper lower mask pixel milli centi
mm model network algorithm software program tool result research project purpose skill exercise"""
# Words between which names stand: 'the border | of the | calf'.
BETWEEN = re.compile(
    r"[^\w\s'-]+|\b(?:the|an?|and|or|of|in|on|at|to|for|from|by|with|within|as|so|that|which|how|it|its|my|our|i|we|"
    r"me|us|this|these|is|are|be|can|one|two|three|only|both|all|many|several|some|plus|beside|near|between|"
    r"through|using|during|while|where|when|own|self|works?|helps?|gets?|make[s]?|\w+ly)\b"
)
PLAIN_OF = r"ultrasound|ultrasonic|b-mode|mode|training|test|testing|grey|left|right|human|adult|single|small|large|\d+"
# Whole words: 'trac' is for traces and not for the trachea, and 'test' would let testes pass.
ENDING = r"(?:s|es?|ed|ings?|y|ies|ations?|ated|ions?|ments?|ness|m?i?us|m?ii|met(?:re|er)s?|ors?|ers?|l?es?)"
STEMS = "|".join(stem for stem in PARTS.split() if stem != "test")
PART = re.compile(rf"(?:{STEMS}){ENDING}?\b")
NEGATIVE = r"\b(?:not|no|non|never|none|nobody|nothing|neither|nor|without|except|cannot|isn't|don't|doesn't|n't)\b"
UNIVERSAL = r"(?:any|all|every|each|whole|general|everyone|everybody|anyone|anybody)\b\s*\w*"
JOINTS = r"[,;:.()/+&]|\b(?:and|or|then|plus|also|but|as well as)\b"


def problems(use, synthetic, own=True):
    """What is wrong with an intended use (what, in_whom, by_whom): a list of sentences, empty if it
    claims no more than was tested.

    synthetic: whether the test images are; in_whom must say so, and may not where they are real.
    own: whether the folder is the learner's; the one of the lesson shows calf muscles and nothing else.
    """
    fields = dict(zip(("what", "in whom", "by whom"), map(_plain, use), strict=True))
    wrong = [f"'{name}' needs a few words of its own." for name in fields if _too_few(name, fields)]
    wrong += [said for text in fields.values() for said in _claims(text)]
    wrong += _reader(fields["what"]) + _purpose(fields["what"])
    if not own:
        wrong += _other_parts(fields)
    if synthetic:
        wrong += _real_people(fields) or _beside(fields["in whom"])
    return list(dict.fromkeys(wrong)) or _missing(fields, synthetic, own)


def _plain(text):
    return unicodedata.normalize("NFKC", text).lower()


def _named(words, text):
    """The first of `words` (their beginnings) in the text, or None."""
    found = re.search(rf"\b(?:{'|'.join(words.split())})\w*", text)
    return found and found[0]


def _too_few(name, fields):
    words = re.findall(r"[^\W\d_]{2,}", fields[name])
    return len(words) < (3 if name == "what" else 1) or len(set(words)) < len(words) / 2


def _claims(text):
    """A sentence for each claim that needs no second look: of quality, of disease, of everybody."""
    if found := re.search(NEGATIVE, text):
        yield f"Leave out '{found[0]}': say what it is for. What it is not for has a line of its own on the card."
    for pattern, claim in BEYOND.items():
        if found := re.search(rf"\b(?:{pattern})", text):
            yield f"'{found[0]}' claims {claim}, and nobody tested that."
    for part in re.split(r"[,;.]", text):
        found = re.search(rf"\b{UNIVERSAL}", part)
        inside = found and re.search(
            rf"\b(?:this|the|our|my)\s+(?:\w+\s+)?(?:{'|'.join(WITHIN.split())})",
            part[found.end() :],
        )
        if found and not inside and not re.search(r"\ball (?:of them )?(?:synth|simul)", part):
            yield f"'{found[0].strip()}' claims everybody or everything, and nobody tested that."


def _reader(what):
    """What the model does names no reader: that is a comparison, or a replacement."""
    found = re.search(rf"\b{READER}", what)
    return [f"'{found[0]}' compares it with a person, and nobody tested that."] if found else []


def _purpose(what):
    """After 'to' and 'for' stands what else it is used for: measuring and learning, and no more."""
    free = f"{ACTIONS} {LEARNING} {USERS} {MUSCLE}"
    for word, aim in re.findall(r"\b(to|for|helps?|so that|which|who)\s+([^\W\d_]+)", what):
        if aim not in PLAIN and not _named(free, aim):
            return [
                f"'{word} {aim}' is a use that nobody tested: say what it outlines or measures."
            ]
    return []


def _other_parts(fields):
    """Whatever is named by a word that is no part of the lesson's images: 'the calf and the spleen'."""
    for name in ("what", "in whom"):
        for phrase in BETWEEN.split(re.sub(r"'s\b", "", fields[name])):
            words = [word for word in phrase.split() if not re.fullmatch(PLAIN_OF, word)]
            # 'small calf' is one; of 'muscle' and 'scan' each word before it is asked, too: 'psoas muscle'.
            asked = words if words and _named(f"muscle {IMAGES}", words[-1]) else words[-1:]
            for word in asked:
                if not PART.match(word):
                    return [
                        f"'{word}' is not known here: the images of this lesson show calf muscles, "
                        "and nothing else was tested."
                    ]
    return []


def _real_people(fields):
    """Whoever is named is called synthetic: tested was nobody else."""
    for name, text in fields.items():
        words = r"patients?\b" if name == "by whom" else PEOPLE
        found = re.search(r"\b(?:real(?!.time)|genuine|actual|in vivo|living)\b", text)
        named = [found[0]] if found else [_named(words, part) for part in _uncalled(text)]
        if any(named):
            return [
                f"'{next(filter(None, named))}': it was tested on synthetic images, so it must say that "
                "they are synthetic."
            ]
    return []


def _uncalled(text):
    """The parts of a text that do not call synthetic what they name.

    One word for all will do ('adults, all synthetic'), and so does one before several ('synthetic
    scans of men and women').
    """
    parts = [part for part in re.split(JOINTS, text) if part.strip()]
    if any(map(_only_made, parts)):
        return
    goes_on = False
    for part in parts:
        if _named(MADE, part):
            goes_on = _named(
                f"{PEOPLE} {MUSCLE}", (re.findall(r"\b(?:of|from|in)\b(.*)", part) or [""])[0]
            )
        elif not goes_on:
            yield part


def _beside(in_whom):
    """Beside what is synthetic stands nobody else: '.. and my family', '.. or dogs'."""
    if not _named(MADE, in_whom):
        return []
    known = f"{WITHIN} {IMAGES} {MUSCLE}"
    for part in _uncalled(in_whom):
        words = set(re.findall(r"[^\W\d_]+", part)) - PLAIN
        if not all(_named(known, word) for word in words):
            return [f"'{part.strip()}' was not tested: the images are synthetic, and nothing else."]
    return []


def _only_made(part):
    """Is it a word for synthetic and nothing else: '(all synthetic)', ', simulated'?"""
    rest = re.sub(
        rf"\b(?:{'|'.join(MADE.split())})\w*|\b(?:all|of|them|only|data|these|are|which|both)\b",
        "",
        part,
    )
    return rest.strip() == "" != part.strip()


def _missing(fields, synthetic, own):
    wrong, by_whom = [], fields["by whom"]
    if not _named(ACTIONS, fields["what"]):
        wrong.append("'what' does not say what it does, such as outlining or measuring something.")
    if not own and not _named(MUSCLE, fields["what"]):
        wrong.append("'what' does not say what was tested here: the outline of the calf muscle.")
    if not _named(
        f"{PEOPLE} {IMAGES} {MADE} {MUSCLE} participant subject student", fields["in whom"]
    ):
        wrong.append(
            "'in whom' does not say whom it is used on, such as synthetic scans or adult volunteers."
        )
    people = [word for word in re.findall(PERSON, by_whom) if not _named(THINGS, word)]
    if not people and not _named(USERS, by_whom) and not re.search(r"\b(?:i|we|us|me)\b", by_whom):
        wrong.append("'by whom' does not say who uses it, such as learners of this course.")
    made = _named(MADE, fields["in whom"])
    if synthetic and not made:
        wrong.append(
            "It was tested on synthetic images, so 'in whom' must say that they are synthetic."
        )
    if made and not synthetic:
        wrong.append(
            f"It was tested on images from a scanner, so 'in whom' cannot be '{made}' ones."
        )
    return wrong
