"""Training, validation and test: who may be seen when. A patient is on one side only.

Two images of one patient share fascicles, fat and scanner settings. A network that trained on one
has half seen the other, so a score on it says nothing about the next patient. The same holds for a
picture that is in the set twice under two names, and for augmented copies.

Source for how much is lost: 19 % of a widely used breast set are repeated pictures (Pawlowska et
al., Data in Brief 2023, https://doi.org/10.1016/j.dib.2023.109247).
"""

import numpy as np
import pandas

from course_utils.cases.duplicates import MAX_DISTANCE, near_duplicates
from course_utils.core import errors, files, identity, plurals, tables

PARTS = ("train", "validation", "test")


class Clean(dict):
    """What the guard looked at and found clean: {"patients": True, ...}. `.rows`: how many rows
    each
    part had. Only `assert_no_leak` makes one.
    """

    rows = None


def by_patient(table, fractions=(0.6, 0.2, 0.2), seed=0, few=False):
    """Split a table by patient: returns (train, validation, test), three tables.

    table: pandas, one row per image, with patient_id; where there is a column `device`, each
    scanner's patients are spread over the three parts as evenly as whole patients allow. A patient
    who was scanned on two devices is a group of its own for that, and stays in one part.
    fractions: of the patients, three numbers above 0 that add up to 1. Each part gets at least one
    patient, and training two where there are four or more. few: True takes two patients as well, and of two or
    three all but one are to learn from: that one is both validation and test, so nothing may be
    chosen by them. seed: a whole number from 0. The order of the rows does not matter.

    The three tables keep their rows in order, all columns and attrs, and have a column `split`
    ('train', 'validation', 'test'). Raises DataError for a missing patient_id, fewer patients than
    parts, wrong fractions, or a table that holds augmented copies already.
    """
    _splittable(table, fractions, seed)
    patients = _people(table)
    for question in identity.questions(table["patient_id"]):
        errors.warn(f"In the column patient_id, {question}")
    devices = text(table["device"]) if "device" in table else pandas.Series("", table.index)
    # A patient's group is the set of all scanners that they were on.
    groups = devices.groupby(patients).agg(lambda seen: " + ".join(sorted(set(seen))))
    if few and len(groups) in (2, 3):
        left_out = np.random.default_rng(seed).choice(sorted(groups.index))
        train, _, test = _parts(table, (patients == left_out).map({False: "train", True: "test"}))
        return train, test.assign(split="validation"), test
    if len(groups) < len(PARTS):
        who = plurals.count(len(groups), "patient")
        raise errors.DataError(
            f"The table holds {who}, and {len(PARTS)} parts need at least one each. A network "
            "cannot be tested on a patient it was trained on; collect more patients."
        )
    draws = np.random.default_rng(seed)
    order = [
        patient
        for group in sorted(set(groups))
        for patient in draws.permutation(sorted(groups.index[groups == group]))
    ]
    part_of = dict(zip(order, _deal(len(order), fractions), strict=True))
    return _parts(table, patients.map(part_of))


def told(table):
    """What the page must say of a set whose patients were guessed: a sentence, else ""."""
    if table.attrs.get("patients") != "guessed":
        return ""
    return (
        "Nobody knows which images of this set show one patient. Where this page counts patients, it counts "
        "groups of images that look alike. One person may stand on both sides of a split, which flatters "
        "every number, and no interval over patients is given."
    )


def assert_no_leak(train, validation, test=None, max_distance=MAX_DISTANCE):
    """Raise DataError if anything of one part is in another; say what was looked at if all is well.

    Looked for, in this order: patients in more than one part (all are named); images, or augmented
    copies by their column `source`, in more than one part (`check_split`); and pictures that
    are nearly the same though their names and patients differ (`near_duplicates`).
    train, validation, test: tables with image and patient_id, from one folder or several; validation
    and test may be None. max_distance: as in `near_duplicates`; None leaves the pictures unread.
    Returns what was found clean, a `Clean`: {"patients": True, "copies": True, "pictures": True},
    without the last where the pictures were left unread.

    What it cannot see: one person under two patient_ids whose pictures differ.
    """
    given = {
        part: table
        for part, table in zip(PARTS, (train, validation, test), strict=True)
        if table is not None or part == "train"
    }
    for table in given.values():
        tables.checked(table, ("image", "patient_id"))
    together = _joined(given)
    _refuse_shared_patients(together)
    check_split(together)
    clean = Clean(patients=True, copies=True)
    clean.rows = {part: len(table) for part, table in given.items()}
    if max_distance is None:
        return clean
    pairs = near_duplicates(together, max_distance)
    crossing = pairs[pairs["split_a"] != pairs["split_b"]]
    if len(crossing):
        first = crossing.iloc[0]
        more = f" {len(crossing) - 1} more pairs cross." if len(crossing) > 1 else ""
        named = [
            f"'{files.shown(first[f'image_{side}'])}' (patient {first[f'patient_{side}']}, "
            f"{first[f'split_{side}']})"
            for side in "ab"
        ]
        raise errors.DataError(
            f"{named[0]} and {named[1]} show nearly the same picture"
            f"{', one of them mirrored' if first['mirrored'] else ''}.{more} Look at them "
            "(split.near_duplicates lists all) and keep each picture once, or all in one part."
        )
    clean["pictures"] = True
    return clean


def _people(table):
    """Each row's patient, a Series of text; names that may mean one person are one here."""
    return pandas.Series(identity.together(table["patient_id"]), table.index, dtype=object)


def _deal(count, fractions):
    """Which part each of `count` places gets, so that every stretch of them is mixed as the whole.

    The total of a part is its fraction, rounded by the largest remainder, and at least one; of
    training two, where there are more than three: a network that saw one patient learns that one.
    """
    wanted = np.array(fractions, float) * count
    quota = np.floor(wanted + 1e-9).astype(int)
    for part in np.argsort(quota - wanted, kind="stable")[: count - quota.sum()]:
        quota[part] += 1
    least = np.array([2 if count > len(PARTS) else 1, 1, 1])
    while (quota < least).any():
        quota[(quota - least).argmax()] -= 1
        quota[(quota - least).argmin()] += 1
    dealt, names = np.zeros(len(PARTS), int), []
    for place in range(1, count + 1):
        behind = np.where(dealt < quota, quota * place / count - dealt, -np.inf)
        part = int(behind.argmax())
        dealt[part] += 1
        names.append(PARTS[part])
    return names


def _splittable(table, fractions, seed):
    tables.checked(table, ("image", "patient_id"))
    if (_people(table) == "").any():
        raise errors.DataError(
            "Some rows have no patient_id, so nobody can keep their patients apart. Fill it in, or "
            "drop these rows."
        )
    if "source" in table and table["source"].notna().any():
        raise errors.DataError(
            "The table holds augmented copies already. Split the originals, and copy the training "
            "part afterwards."
        )
    try:
        shares = np.array(fractions, float)
    except (TypeError, ValueError):
        shares = np.empty(0)
    if shares.shape != (3,) or not (shares > 0).all() or abs(shares.sum() - 1) > 1e-6:
        raise errors.DataError(
            f"fractions must be three numbers above 0 that add up to 1, not {fractions!r}; "
            "(0.6, 0.2, 0.2) is usual."
        )
    if not isinstance(seed, (int, np.integer)) or isinstance(seed, bool) or seed < 0:
        raise errors.DataError(f"seed must be a whole number of 0 or more, not {seed!r}.")


def _parts(table, part_of_row):
    whole = table.assign(split=part_of_row.to_numpy())
    return tuple(_with_attrs(whole[whole["split"] == part], table) for part in PARTS)


def _with_attrs(part, table):
    part = part.copy()
    part.attrs = dict(table.attrs)
    return part


def _joined(given):
    """One table of all parts, each row with its split; paths absolute if folders differ."""
    folders = {str(table.attrs.get("folder")) for table in given.values()}
    parts = [
        (table if len(folders) == 1 else tables.absolute(table)).assign(split=part)
        for part, table in given.items()
    ]
    together = pandas.concat(parts, ignore_index=True)
    together.attrs = dict(parts[0].attrs)
    return together


def _refuse_shared_patients(table):
    torn = table["split"].groupby(_people(table)).agg(lambda seen: list(dict.fromkeys(seen)))
    torn = torn[torn.map(len) > 1].drop("", errors="ignore")  # check_split speaks of missing ones
    if len(torn):
        named = [f"{who} ({', '.join(where)})" for who, where in torn.items()]
        more = f" and {len(named) - 8} more" if len(named) > 8 else ""
        raise errors.DataError(
            f"{len(named)} {'patient is' if len(named) == 1 else 'patients are'} in more than one "
            f"part: {', '.join(named[:8])}{more}. Split again with split.by_patient."
        )


def text(column):
    """The column as text without blanks round it; what is missing becomes ""."""
    return column.astype("string").fillna("").str.strip()


def check_split(table):
    """Refuse a table in which a patient, or an image and its augmented copy, are in more than one
    split.

    table: pandas, one row per image, with columns image, patient_id and split. Where there is a
    column `source` (augmented copies have one), a copy counts as the image it was made from.
    Raises DataError that names the first offenders, or says what is missing. Returns nothing.
    """
    need(table, ("image", "patient_id", "split"))
    people = _people(table)
    for column, told in (("patient_id", people), ("split", text(table["split"]))):
        if (told == "").any():
            raise errors.DataError(
                f"Some rows have no {column}, so nobody can tell whether a "
                "patient is in training and in test at once. Fill it in first."
            )
    image = table["image"] if "source" not in table else table["source"].fillna(table["image"])
    for word, key in (("Patient", people), ("Image", text(image))):
        splits = text(table["split"]).groupby(key).nunique()
        torn = list(splits.index[splits > 1])
        if torn:
            more = f" and {len(torn) - 1} more" if len(torn) > 1 else ""
            raise errors.DataError(
                f"{word} {torn[0]!r}{more} appears in more than one split. "
                "Split by patient again, and make augmented copies only "
                "afterwards."
            )


def need(table, columns):
    """Raise DataError when the table lacks one of these columns."""
    if not isinstance(table, pandas.DataFrame):
        raise errors.DataError(
            f"A pandas table was expected, not {type(table).__name__}; see samples.table."
        )
    for column in columns:
        if column not in table:
            advice = (
                " Split by patient first: add a column split with train, validation or test."
                if column == "split"
                else ""
            )
            raise errors.DataError(f"The table has no column {column!r}.{advice}")
