"""Read NIfTI (.nii, .nii.gz) and MetaImage (.mhd with .raw or .zraw, .mha): pictures, cines, masks.

These formats count columns first, rows second: a loader that hands out (x, y) as (row, column)
turns the picture on its side and swaps the two pixel sizes without a word. Here rows go down the
screen and columns across it, and `spacing` is (row_mm, col_mm). Decoded with SimpleITK.
"""

import contextlib
import math
import os
import tempfile
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from course_utils.core import accept, errors, files, plurals
from course_utils.load import sanity, videos, volume_headers

SUFFIXES = volume_headers.SUFFIXES
AGREE = 0.01  # spacing of a picture and of its mask may differ by 1 % (rounding in the header)


@dataclass(frozen=True)
class Header:
    """What a file says of itself: `shape` (H, W) or (T, H, W), `spacing` (row_mm, col_mm) or None.

    `mirrored` is the sign of its directions (across, down); `said` are sentences that a reader of
    the picture should know. `swapped` is True where the header says that its first axis runs down.
    """

    name: str
    shape: tuple
    spacing: tuple | None
    mirrored: tuple = (1, 1)
    swapped: bool = False
    said: tuple = ()


@dataclass(frozen=True)
class Volume:
    """Pixels and what the file says: `pixels` (H, W) or (T, H, W), `spacing` (row_mm, col_mm) or
    None, and the `header`.
    """

    pixels: np.ndarray = field(repr=False)
    spacing: tuple | None
    header: Header


def header(path):
    """The `Header` of a file, without reading its pixels.

    Raises FileError (missing, truncated, another kind of file, .raw missing) and DataError (four
    dimensions, colour, axes in another order).
    """
    return _opened(path, pixels=False)[0]


def image(path):
    """Read one picture as a `Volume` of float32 (H, W), 0..1, in the order of the screen.

    8-bit values are divided by 255, deeper ones by the largest value of 10, 12 or 16 bits; whole
    numbers count as they are stored, whatever unit scl_slope and scl_inter give them. Pixels
    are shown as they are stored; a header that asks for a mirror image in one direction is said,
    not obeyed, because tools disagree about what it means. Warns where the pixel size is missing,
    zero, outside 0.01 to 5 mm or makes the picture deeper than 40 cm; `spacing` is None then.
    Raises FileError and DataError as `header` does, and DataError for a cine.
    """
    found, values = _opened(path)
    if len(found.shape) != 2:
        raise errors.DataError(
            f"'{found.name}' holds {found.shape[0]} pictures, and one was expected. Read it with "
            "volumes.cine."
        )
    return _told(found, _checked(values, found.name))


def cine(path):
    """Read a cine as a `Volume` of float32 (T, H, W), 0..1; otherwise as `image`.

    These files hold no trustworthy frame rate. Raises DataError for a single picture.
    """
    found, values = _opened(path)
    if len(found.shape) != 3:
        raise errors.DataError(
            f"'{found.name}' holds one picture, and a cine was expected. Read it with "
            "volumes.image."
        )
    return _told(found, _checked(values, found.name))


def labels(path):
    """Read a mask or a map of labels as a `Volume` of uint8, (H, W) or (T, H, W).

    Labels are whole numbers from 0 to 31, as they are stored, and are kept; 0 and 255 become 0 and 1.
    Raises FileError and DataError as `header` does, and DataError for anything else.
    """
    found, values = _opened(path)
    seen = different(values)
    if seen.dtype.kind == "f" and np.abs(seen - np.round(seen)).max(initial=0) < 1e-3:
        values, seen = np.round(values), np.unique(np.round(seen))  # 0.99999 is a 1 that was scaled
    if seen.dtype.kind == "f" and not (np.isfinite(seen).all() and (seen == np.round(seen)).all()):
        raise errors.DataError(
            f"'{found.name}' holds numbers with decimals, so it is no mask. Was it resized with "
            "smoothing, or is it the picture itself?"
        )
    if len(seen) <= 2 and seen[-1] == 255 and seen[0] in (0, 255):
        return _told(found, (values > 0).astype(np.uint8))
    if seen[0] < 0 or seen[-1] > accept.LARGEST_LABEL:
        raise errors.DataError(
            f"'{found.name}' holds values from {seen[0]:g} to {seen[-1]:g}; labels go from 0 to "
            f"{accept.LARGEST_LABEL}. Is it the picture itself?"
        )
    return _told(found, values.astype(np.uint8))


def different(values):
    """The different values of an array in rising order; for bytes faster than np.unique."""
    if values.dtype == np.uint8:
        return np.flatnonzero(np.bincount(values.ravel(), minlength=256))
    return np.unique(values)


def check_pair(picture, mask):
    """Raise DataError unless a picture and its mask (`Header` or `Volume`) lie on each other.

    Found out: swapped axes, another size, another number of frames, another pixel size, and
    headers that mirror one of the two.
    """
    one, other = (getattr(given, "header", given) for given in (picture, mask))
    if one.shape != other.shape:
        size, wrong = one.shape[-2:], other.shape[-2:]
        if size == wrong[::-1] and size != wrong:
            raise errors.DataError(
                f"'{one.name}' has {size[0]} x {size[1]} pixels (rows x columns) and its mask "
                f"'{other.name}' {wrong[0]} x {wrong[1]}: the axes of one of them are swapped. "
                "Write the mask again from the picture's own header."
            )
        raise errors.DataError(
            f"'{one.name}' is {_size(one.shape)} and its mask '{other.name}' is "
            f"{_size(other.shape)}: they do not belong together, or one was resized."
        )
    if one.spacing and other.spacing and not np.allclose(one.spacing, other.spacing, rtol=AGREE):
        raise errors.DataError(
            f"'{one.name}' has pixels of {_mm(one.spacing)} and its mask '{other.name}' of "
            f"{_mm(other.spacing)} (down x across): one header is wrong, or its axes are swapped."
        )
    if one.mirrored != other.mirrored:
        raise errors.DataError(
            f"The headers of '{one.name}' and of its mask '{other.name}' point in different "
            "directions: one of the two may be mirrored. Write the mask again from the picture's "
            "own header, and look at both, one over the other."
        )


def _told(found, pixels):
    for sentence in found.said:
        errors.warn(sentence)
    return Volume(np.ascontiguousarray(pixels), found.spacing, found)


def _opened(path, pixels=True):
    """The Header, and the values in screen order (None without `pixels`)."""
    place = files.find(path)
    name = files.shown(place)
    about = volume_headers.check(place, name, pixels)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of SimpleITK's own import
        import SimpleITK
    reader = SimpleITK.ImageFileReader()
    reader.SetImageIO(about.reader)
    before = SimpleITK.ProcessObject.GetGlobalWarningDisplay()
    SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)  # its remarks belong in no notebook
    try:
        with _plain(place, about) as plain, _silent():
            reader.SetFileName(str(plain))
            reader.ReadImageInformation()
            found, order = _described(reader, name, about)
            values = SimpleITK.GetArrayFromImage(reader.Execute()) if pixels else None
            if pixels and about.scale:
                values = _stored(values, *about.scale)
    except RuntimeError as error:
        raise errors.FileError(
            f"'{name}' is damaged, or of a rare kind of {about.kind} that is not read. Copy or "
            "export it again."
        ) from error
    finally:
        SimpleITK.ProcessObject.SetGlobalWarningDisplay(before)
    if values is not None:
        values = values.reshape(order)
        values = np.swapaxes(values, -1, -2) if found.swapped else values
    return found, values


def _stored(values, slope, start):
    """The whole numbers in a file, of which the decoder made slope * number + start; signed ones stay
    scaled where that makes them a picture.
    """
    if values.dtype.kind != "f":  # the decoder left them alone
        return values
    numbers = values - values.dtype.type(start)
    numbers /= values.dtype.type(slope)
    np.rint(numbers, out=numbers)
    return values if numbers.min() < 0 <= values.min() else numbers


def _described(reader, name, about):
    """The Header, and the shape of the stored array without its empty dimensions."""
    if reader.GetNumberOfComponents() > 1:
        raise errors.DataError(
            f"'{name}' is in colour, or holds several values for each pixel. Export it in grey."
        )
    size = reader.GetSize()
    full = [axis for axis in range(len(size)) if axis < 2 or size[axis] > 1]
    if len(full) > 3:
        raise errors.DataError(
            f"'{name}' has {len(full)} dimensions ({' x '.join(map(str, size))}): a volume that "
            "moves. Export one plane of it as a cine."
        )
    stored = tuple(size[axis] for axis in reversed(full))
    swapped, mirrored, oblique = _directions(reader.GetDirection(), len(size))
    shape = stored[:-2] + (stored[-2:][::-1] if swapped else stored[-2:])
    across, down = (1, 0) if swapped else (0, 1)
    said = ()
    mm = (reader.GetSpacing()[down], reader.GetSpacing()[across]) if about.calibrated else None
    if about.scale and about.scale[0] < 0:
        said += (
            f"'{name}' asks for dark and bright to be exchanged (a negative scl_slope). It is shown as "
            "it is stored: check on the picture that echoes are bright.",
        )
    _refuse_other_order(shape, name)
    _refuse_too_much(shape, name)
    spacing, sized = _spacing(mm, shape, name)
    said += sized
    if oblique:
        said += (f"'{name}' lies at an angle to its axes; it is shown as it is stored.",)
    elif mirrored[0] != mirrored[1]:
        said += (
            f"The header of '{name}' asks for a mirror image in one direction. It is shown as "
            "it is stored: check left and right on the picture.",
        )
    return Header(name, shape, spacing, mirrored, swapped, said), stored


def _directions(direction, count):
    """Do the header's axes run down first, which are turned round, and are they oblique?"""
    plane = np.array(direction).reshape(count, count)[:2, :2]
    if (np.abs(np.diag(plane)) > 0.9).all():
        return False, tuple(int(value) for value in np.sign(np.diag(plane))), False
    if abs(plane[0, 1]) > 0.9 and abs(plane[1, 0]) > 0.9:
        return True, tuple(int(np.sign(value)) for value in (plane[0, 1], plane[1, 0])), False
    return False, (1, 1), True


def _refuse_other_order(shape, name):
    """A cine whose first stored axis is time looks like many frames of a narrow strip."""
    if len(shape) == 3 and shape[0] > max(shape[1:]) and min(shape[1:]) < max(shape[1:]) / 4:
        raise errors.DataError(
            f"'{name}' would be {plurals.count(shape[0], 'frame')} of {shape[1]} x {shape[2]} "
            "pixels (rows x "
            "columns): its axes are in another order than columns, rows, time. Write it again in "
            "that order."
        )


def _refuse_too_much(shape, name):
    needed = math.prod(shape) * 4 / 1e6
    if needed > videos.MEMORY_MB:
        raise errors.DataError(
            f"'{name}' ({_size(shape)}) needs {needed:.0f} MB of memory; the limit is "
            f"{videos.MEMORY_MB} MB. Export a shorter clip."
        )


def _spacing(mm, shape, name):
    """(row_mm, col_mm) or None, and what to say about it."""
    spacing, said = sanity.millimetres(mm, shape[-2:], name)
    if spacing is None:
        return None, (said,)
    # NIfTI keeps seven digits: 0.15 comes back as 0.15000000596.
    return tuple(round(step, 6) for step in spacing), ()


def _checked(values, name):
    grey = sanity.unit(values, name)
    sanity.told(grey, name, varied=not sanity.constant(values))
    return grey


def _mm(spacing):
    return f"{spacing[0]:.3g} x {spacing[1]:.3g} mm"


def _size(shape):
    frames = f"{plurals.count(shape[0], 'frame')} of " if len(shape) == 3 else ""
    return f"{frames}{shape[-2]} x {shape[-1]} pixels (rows x columns)"


@contextlib.contextmanager
def _silent():
    """The decoders print their remarks past Python; what matters is said by our errors."""
    try:
        kept = os.dup(2)
    except OSError:  # a program without a console has nothing to silence
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


@contextlib.contextmanager
def _plain(place, about):
    """SimpleITK opens files by name only: give it a plain ASCII one with the right ending, a copy
    where need be.
    """
    if str(place.absolute()).isascii() and place.name.lower().endswith(about.suffix):
        yield place.absolute()
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / f"volume{about.suffix}"
        content = files.read_bytes(place)
        if about.partner is not None:
            data = Path(folder) / ("volume" + about.partner.suffix)
            data.write_bytes(files.read_bytes(about.partner))
            content = volume_headers.renamed(content, data.name)
        copy.write_bytes(content)
        yield copy
