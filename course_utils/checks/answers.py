"""What a learner may hand in: a clean value comes back, or `Wrong` is raised with a sentence.

These functions look at types and never compare unknown objects, so that nothing a learner
passes can break them.
"""

import math
import numbers

import numpy as np


class Wrong(Exception):
    """The answer is not right yet; the text says what to think about."""


def describe(value):
    """Say in words what `value` is: 'the text 'two'', 'an array of shape (3, 4)', 'a list'."""
    if value is None:
        return "None (nothing)"
    if value is ...:
        return "`...` (not filled in)"
    if isinstance(value, (bool, np.bool_)):
        return f"the logical value {bool(value)}"
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    if isinstance(value, np.ndarray) and value.ndim:
        return f"an array of shape {value.shape}"
    if isinstance(value, int) and abs(value) > 10**15:
        return "a very large number"
    if isinstance(value, (int, float, np.number)):
        return f"the number {value}"
    if isinstance(value, (list, tuple)):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if callable(value):
        return "a function"
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _range(low, high):
    if low is not None and high is not None:
        return f"between {low:g} and {high:g}"
    return f"at least {low:g}" if low is not None else f"at most {high:g}"


def number(value, name="the answer", low=None, high=None):
    """A finite real number as float. Numbers outside `low`..`high` (both allowed) are refused."""
    if isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind in "iuf":
        value = value[()]
    if type(value) is tuple and len(value) == 2 and all(type(part) is int for part in value):
        value = _with_decimals(*value)
    if isinstance(value, str):
        raise Wrong(f"You gave {describe(value)}; {name} is a number, written without quotes.")
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        raise Wrong(f"{name.capitalize()} should be one number, and this is {describe(value)}.")
    try:
        value = float(value)
    except OverflowError:  # a whole number with more than 308 digits
        value = math.inf
    if not math.isfinite(value):
        raise Wrong(
            f"{name.capitalize()} is {value}, which is not a number you can measure with. "
            "Something before it was divided by zero or left empty."
        )
    if (low is not None and value < low) or (high is not None and value > high):
        raise Wrong(f"{name.capitalize()} should be {_range(low, high)}, and this is {value:g}.")
    return value


def _with_decimals(whole, decimals):
    """What a person means by `9,5`, which Python reads as two numbers: 9.5."""
    if not (abs(whole) < 10**6 and 0 <= decimals < 10**6):
        raise Wrong("Those are two numbers, and one was asked for. Decimals have a point: 9.5")
    return float(f"{whole}.{decimals}")


def integer(value, name="the answer", low=None, high=None):
    """A whole number as int; 3.0 counts, 3.5 does not."""
    value = number(value, name, low, high)
    if value != round(value):
        raise Wrong(f"{name.capitalize()} is a whole number, and this is {value:g}.")
    return int(value)


def text(value, name="the answer"):
    """Text with something in it, without spaces around it."""
    if not isinstance(value, str):
        raise Wrong(f"{name.capitalize()} is text in quotes, and this is {describe(value)}.")
    if not value.strip():
        raise Wrong(f"{name.capitalize()} is empty text.")
    return value.strip()


def choice(value, options, name="the answer"):
    """One of `options` (texts), as written there; case, spaces and a full stop do not matter."""
    listed = ", ".join(f"{option!r}" for option in options)
    if not isinstance(value, str):
        raise Wrong(f"{name.capitalize()} is one of {listed}, and this is {describe(value)}.")
    said = " ".join(value.split()).rstrip(".!").lower()
    for option in options:
        if said == option.lower():
            return option
    raise Wrong(f"{value[:40]!r} is not one of {listed}.")


def instance(value, kind, words):
    """`value` when it is a `kind` (a class or several); `words` names it, such as 'a table'."""
    if not isinstance(value, kind):
        raise Wrong(f"This should be {words}, and it is {describe(value)}.")
    return value


def array(value, shape=None, name="the answer"):
    """A numeric array without NaN. `shape` may hold None for any length, such as (None, 2)."""
    if isinstance(value, (list, tuple)):
        try:
            value = np.asarray(value)
        except Exception as error:  # ragged lists, objects that refuse to be converted
            raise Wrong(f"{name.capitalize()} cannot be read as one array of numbers.") from error
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf":
        raise Wrong(
            f"{name.capitalize()} should be an array of numbers, and this is {describe(value)}."
        )
    if shape is not None:
        fits = value.ndim == len(shape) and all(
            want is None or want == got for want, got in zip(shape, value.shape, strict=False)
        )
        if not fits:
            wanted = str(tuple("any" if want is None else want for want in shape)).replace("'", "")
            raise Wrong(
                f"{name.capitalize()} should have the shape {wanted}, and it has {value.shape}."
            )
    if not np.isfinite(value).all():
        raise Wrong(f"{name.capitalize()} holds NaN or infinite values.")
    return value


def image(value, shape=None, name="the image"):
    """A grey image (H, W), float, 0..1."""
    value = array(value, None, name)
    if value.ndim == 3:
        raise Wrong(
            f"{name.capitalize()} should be grey, (height, width), and this has {value.shape}."
        )
    value = array(value, shape or (None, None), name)
    if value.dtype.kind != "f":
        raise Wrong(
            f"{name.capitalize()} holds {value.dtype} values; grey levels here are "
            "decimal numbers from 0 (black) to 1 (white)."
        )
    if value.size and (value.min() < 0 or value.max() > 1):
        raise Wrong(
            f"{name.capitalize()} runs from {value.min():.3g} to {value.max():.3g}; "
            "grey levels run from 0 (black) to 1 (white)."
        )
    return value


def mask(value, shape=None, name="the mask"):
    """A mask (H, W) of 0 and 1, returned as uint8."""
    value = array(value, shape or (None, None), name)
    if not np.isin(value, (0, 1)).all():
        raise Wrong(
            f"{name.capitalize()} should hold only 0 and 1, and it holds "
            f"{len(np.unique(value))} different values."
        )
    return value.astype(np.uint8)


def function(value, name="your function"):
    """A function to call safely: an exception inside it, or no return value, raises `Wrong`."""
    if isinstance(value, type) or not callable(value):
        raise Wrong(
            f"Hand in the function itself, its name without brackets; this is {describe(value)}."
        )

    def call(*arguments, **options):
        try:
            result = value(*arguments, **options)
        except (Exception, SystemExit) as error:
            said = str(error) or "no text"
            raise Wrong(
                f"{name.capitalize()} stopped with {type(error).__name__}: {said}"
            ) from error
        if result is None:
            raise Wrong(f"{name.capitalize()} gave nothing back. Does it end with `return`?")
        return result

    return call


def is_panel(value):
    """True for an explore panel or anything that has `.touched` and a dictionary `.values`."""
    try:
        return isinstance(value.values, dict) and isinstance(value.touched, bool)
    except Exception:  # any object may be passed, also one that refuses to be asked
        return False


def panel(value, *names):
    """The values of an explore panel as a dictionary; one that was typed is no panel.

    `names` are controls that must be there.
    """
    values = value.values if is_panel(value) else None
    if values is None or any(name not in values for name in names):
        wanted = f" with {', '.join(names)}" if names else ""
        raise Wrong(f"Hand in the panel itself{wanted}; this is {describe(value)}.")
    return dict(values)
