"""Which tags may leave the hospital: a whitelist, so that an unknown tag is removed rather than
overlooked.

DICOM PS3.15 Annex E lists over 600 attributes to remove, empty or replace, and grows every year.
Keeping a short list of what an ultrasound still or cine needs, and dropping all else, covers the
whole list and what vendors add. No tag below is in that table (checked against the 2026c edition),
except those that `deidentification` writes anew.

A safe name is not enough, for people write into every field: what such a tag may say is a closed
list of codes, of ranges of numbers and of known machines (`safe_values.toml`).
"""

import math
import re
import tomllib
from pathlib import Path

from pydicom.charset import python_encoding
from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import UID_dictionary

_TOLD = tomllib.loads(Path(__file__).with_name("safe_values.toml").read_text("utf-8"))
_TAGS = {name: tuple(words.split()) for name, words in _TOLD["tags"].items()}
KEEP, WRITTEN = set(_TAGS["keep"]), set(_TAGS["written"])
EMPTIED, DATES, UIDS = _TAGS["emptied"], _TAGS["dates"], _TAGS["uids"]
FREE_TEXT, NUMBERED = _TAGS["words"], _TAGS["numbered"]
METHODS = _TOLD["methods"]  # what de-identification says of itself
PALETTE = {
    f"{colour}PaletteColorLookupTable{part}"
    for colour in ("Red", "Green", "Blue")
    for part in ("Data", "Descriptor")
}  # harmless, but not needed: palette pictures leave as RGB
BINARY_NUMBERS = {"US", "UL", "SS", "SL", "FL", "FD"}
_MODEL_NUMBER = re.compile(r"[a-z]{0,2}-?\d{1,4}[a-z]{0,2}")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_BLANKED = re.compile(r"Blanked [\d.]+% of the picture, [\d.]+% of bright tissue")


def kept(dataset):
    """A new dataset with only the safe tags of `dataset`, values copied and checked; the input is
    not changed.

    What is no defined term, no number in its range and no known machine is dropped: it could hold a
    name or a date. A tag that cannot be read at all is dropped too.
    """
    safe = Dataset()
    for element in elements(dataset):
        if element.keyword not in KEEP or element.keyword == "PixelData":
            continue
        value = _checked(element)
        if value is not None:
            safe.add_new(element.tag, element.VR, value)
    return safe


def elements(dataset):
    """Every element of a dataset that is not empty. pydicom reads a value when it is asked for; one
    that cannot be read comes as an element of unknown kind that holds its bytes.
    """
    for tag in sorted(dataset.keys()):
        try:
            element = dataset[tag]
            empty = element.is_empty
        except Exception:  # a damaged value fails in many ways
            raw = dataset.get_item(tag)
            yield DataElement(tag, "UN", raw.value if isinstance(raw.value, bytes) else b"?")
            continue
        if not empty:
            yield element


def is_whole(element):
    """True when `kept` takes over all of this element as it is."""
    if element.VR == "SQ":
        return all(len(_numbers_only(item)) == len(item) for item in element.value)
    value = _checked(element)
    left = value if isinstance(value, list) else [value]
    before = list(element.value) if element.VM > 1 else [element.value]
    return [str(v) for v in left] == [str(v).strip() for v in before]


def own_words(element):
    """True where a statement of de-identification holds nothing but the words `deidentify` writes."""
    if element.VR == "SQ":
        texts = [str(each.value) for item in element.value for each in item if each.VR != "UI"]
    else:
        texts = [element.value] if isinstance(element.value, str) else list(element.value)
    known = {"DCM", *METHODS, *METHODS.values()}
    return all(text in known or _BLANKED.fullmatch(text) for text in texts)


def is_technical(element):
    """True for a statement about the file itself whose value is one of the standard's own."""
    if element.keyword == "SOPClassUID":
        return element.value in UID_dictionary
    if element.keyword == "SpecificCharacterSet":
        told = [element.value] if isinstance(element.value, str) else element.value
        return all(text in python_encoding for text in told)
    return element.keyword == "BurnedInAnnotation"  # its value is told among the statements


def is_new_uid(text):
    """True for a UID made of 128 random bits (2.25 and 30 digits or more), which names nobody."""
    return bool(re.fullmatch(r"2\.25\.\d{30,39}", str(text)))


def could_be_a_date(number):
    """True when a whole number has seven digits or more, or six that make a day, a month and a year
    in any order: it may be a birth date or a number of the hospital.
    """
    digits = str(abs(int(number)))
    if len(digits) < 6:
        return False
    if len(digits) > 6:
        return True
    one, two, three = (int(digits[at : at + 2]) for at in (0, 2, 4))
    orders = ((one, two), (two, one), (three, two), (two, three))
    return any(1 <= day <= 31 and 1 <= month <= 12 for day, month in orders)


def manufacturers():
    """The names that `kept` writes for known manufacturers: nobody else wrote these."""
    return set(_TOLD["manufacturers"])


def manufacturer(text):
    """The known manufacturer that a text names, or None."""
    words = _words(text)
    for name, signs in _TOLD["manufacturers"].items():
        if any(_words(sign) in words for sign in (*signs, name)):
            return name
    return None


def _words(text):
    """A text as words in small letters between blanks, whatever stood between them."""
    return " ".join(["", *re.findall(r"[^\W_]+", str(text).casefold()), ""])


def model(text):
    """The text of a model name if it has a known form: a family, usual additions, and a number of
    four digits at most that is no year. (A number in pieces could be a date.)
    """
    words = str(text).casefold().replace("_", " ").split()
    known = _TOLD["models"]
    free = " ".join(word for word in words if word not in known["families"])
    if sum(map(str.isdecimal, free)) > 4 or _YEAR.search(free):
        return None
    for count in (2, 1):
        if " ".join(words[:count]) in known["families"] and len(words) - count <= 3:
            rest = words[count:]
            break
    else:
        first = re.fullmatch(r"([a-z-]+?)-?[a-z]?\d{1,4}[a-z]{0,2}", words[0]) if words else None
        if not first or first[1] not in known["families"] or len(words) > 4:
            return None
        rest = words[1:]
    good = all(
        word in known["additions"] or word in known["families"] or _MODEL_NUMBER.fullmatch(word)
        for word in rest
    )
    return " ".join(str(text).split()) if good else None


def _checked(element):
    """What may stay of a value: itself, a part of it, or None."""
    if element.VR == "SQ":
        return Sequence(_numbers_only(item) for item in element.value)
    keyword = element.keyword
    if keyword == "Manufacturer":
        return manufacturer(element.value)
    if keyword == "ManufacturerModelName":
        return model(element.value)
    values = list(element.value) if element.VM > 1 else [element.value]
    if keyword in _TOLD["ranges"]:
        if not all(_in_range(value, keyword) for value in values):
            return None
        values = [str(v) for v in values] if element.VR in ("DS", "IS") else values
    elif keyword in _TOLD["codes"]:
        texts = [str(v).strip().upper() for v in values]
        values = [text for text in texts if _is_code(text, keyword)]
    elif keyword != "FrameIncrementPointer" or not all(map(_is_tag, values)):
        return None
    if not values:
        return None
    return values if len(values) > 1 else values[0]


def _is_code(text, keyword):
    codes = _TOLD["codes"][keyword]
    if keyword == "PatientOrientation":
        return 0 < len(text) <= 3 and set(text) <= set(codes)
    return text in codes


def _is_tag(value):
    return isinstance(value, int) and bool(keyword_for_tag(value))


def _in_range(value, keyword=None):
    low, high = _TOLD["ranges"].get(keyword, (-99999, 99999))
    try:
        number = float(value)
    except (TypeError, ValueError):
        return False
    return math.isfinite(number) and low <= number <= high


def _numbers_only(item):
    """A region of the table: everything that matters in it is a binary number of moderate size."""
    copy = Dataset()
    for element in elements(item):
        if element.VR in BINARY_NUMBERS and not element.tag.is_private:
            values = list(element.value) if element.VM > 1 else [element.value]
            if all(_in_range(value) for value in values):
                copy.add_new(element.tag, element.VR, element.value)
    return copy
