"""What an evaluation is fed: the truth of every case, what the model said, and whose case it is.

Everything that `evaluate` and `agreement` accept passes here first, so that a wrong column fails
with a sentence and never with a number. One value a case, one dimension, nothing missing.
"""

import numpy as np
import pandas as pd

from course_utils.core import accept, errors, identity, plurals

ROUGH_BELOW = 20  # patients, a choice: an interval for a proportion or an area says little then


def truth_of(values, what="truth", both=False):
    """The truth as an array of bool, (n,).

    values: 0 and 1, or False and True, one per case. both: refuse a set with one class only.
    Raises DataError for anything else: text, NaN, probabilities, no case, more than one dimension.
    """
    numbers = numbers_of(values, what)
    odd = numbers[(numbers != 0) & (numbers != 1)]
    if odd.size:
        raise errors.DataError(
            f"The {what} must be 0 or 1 for every case; it holds {odd[0]:g}. "
            "For a probability choose a threshold first."
        )
    found = numbers == 1
    if both and found.all():
        raise errors.DataError(
            f"All {plurals.count(found.size, 'case')} {plurals.verb(found.size, 'has', 'have')} "
            "the condition. Without one that does "
            "not, this cannot be calculated; add such cases."
        )
    if both and not found.any():
        raise errors.DataError(
            f"None of the {plurals.count(found.size, 'case')} has the condition. Without one "
            "that does, this cannot be calculated; add such cases."
        )
    return found


def numbers_of(values, what):
    """Any values as an array of float, (n,), n >= 1. Raises DataError that says what is wrong."""
    array = _one_column(values, what)
    if array.dtype.kind not in "biuf":
        raise errors.DataError(
            f"The {what} holds {_example(array)!r}, which is not a number. Give "
            "numbers (for yes and no: 1 and 0)."
        )
    array = array.astype(float)
    missing = int((~np.isfinite(array)).sum())
    if missing:
        raise errors.DataError(
            f"The {what} is missing in {missing} of {plurals.count(array.size, 'case')} (NaN or "
            "infinite). Leave these cases out and say so beside the result."
        )
    return array


def probabilities_of(values, what="probability"):
    """Probabilities as an array of float, (n,). Raises DataError outside 0 to 1."""
    numbers = numbers_of(values, what)
    low, high = numbers.min(), numbers.max()
    if low < 0 or high > 1:
        hint = " Per cent? Divide by 100." if 1 < high <= 100 and low >= 0 else ""
        raise errors.DataError(
            f"A {what} lies between 0 and 1; these go from {low:g} to {high:g}.{hint}"
        )
    return numbers


def same_length(**given):
    """Raise DataError unless all arrays are equally long: one value a case in each."""
    sizes = {name: len(array) for name, array in given.items()}
    if len(set(sizes.values())) > 1:
        told = ", ".join(f"{name.replace('_', ' ')} {size}" for name, size in sizes.items())
        raise errors.DataError(
            f"One value per case is needed in each, but the numbers of cases differ: {told}."
        )


def patients_of(patients, cases):
    """Whose case each one is, as whole numbers from 0, (n,).

    patients: one name per case, or None: then every case counts as a patient of its own.
    Raises DataError for another number of names or a missing name.
    """
    if patients is None:
        return np.arange(cases)
    names = pd.Series(list(_one_column(patients, "column of patients")), dtype=object)
    same_length(cases=np.empty(cases), patients=names)
    known = identity.canonical(names)  # P01 and p01 are one person
    if nobody := known.count(""):
        raise errors.DataError(
            f"{nobody} of {plurals.count(cases, 'case')} {plurals.verb(nobody, 'has', 'have')} no "
            "patient. Fill in patient_id: "
            "intervals are over patients, not over images."
        )
    for question in identity.questions(names):
        errors.warn(f"In the column of patients, {question}")
    return pd.factorize(np.array(known, dtype=object))[0]


def level_of(level):
    """A level of confidence such as 0.95. Raises DataError for one that is not between 0 and 1."""
    if not accept.is_number(level) or not 0 < level < 1:
        raise errors.DataError(f"level must be between 0 and 1, such as 0.95, not {level!r}.")
    return float(level)


def warn_if_few(patients, what):
    """Warn that an interval from so few patients is only a rough one."""
    if patients < ROUGH_BELOW:
        errors.warn(
            f"{what} from {plurals.count(patients, 'patient')}: take it, and "
            "its interval, for a rough guess."
        )


def _one_column(values, what):
    if isinstance(values, (str, bytes, dict)) or values is None or np.isscalar(values):
        raise errors.DataError(
            f"The {what} must be a list or a column with one value per case, "
            f"not {type(values).__name__}."
        )
    try:
        if isinstance(values, pd.Series):  # a column with pandas' own missing value becomes NaN
            numeric = pd.api.types.is_numeric_dtype(values)
            array = values.to_numpy(float, na_value=np.nan) if numeric else values.to_numpy(object)
        else:
            array = np.asarray(values)
            if (
                array.ndim == 1 and array.dtype.kind in "US"
            ):  # one word among numbers: name the word
                array = np.array(list(values), dtype=object)
    except (TypeError, ValueError):  # a ragged list
        array = np.empty((0, 0))
    if array.ndim != 1:
        raise errors.DataError(
            f"The {what} must have one dimension, one value per case; this has "
            f"the shape {array.shape}."
        )
    if array.size == 0:
        raise errors.DataError(f"The {what} is empty: there is no case to judge.")
    return _unboxed(array)


def _unboxed(array):
    """Python objects as numbers where all of them are; None counts as missing."""
    if array.dtype.kind != "O":
        return array
    kinds = (bool, int, float, np.bool_, np.integer, np.floating)
    if all(value is None or value is pd.NA or isinstance(value, kinds) for value in array):
        return np.array(
            [np.nan if value is None or value is pd.NA else float(value) for value in array]
        )
    return array


def _example(array):
    kinds = (bool, int, float, np.number)
    return next((value for value in array.tolist() if not isinstance(value, kinds)), array[0])
