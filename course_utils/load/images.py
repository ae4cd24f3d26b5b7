"""Read what a scanner, an annotation tool or a camera saved: pictures, masks, pairs of both, and
cines.

Pictures are PNG, JPEG, TIFF or BMP (read with Pillow, which refuses truncated files); cines are
AVI, MP4 or another container that OpenCV's FFmpeg reads. DICOM files have a module of their own,
`dicom`.
"""

import io
import tomllib
import unicodedata
import warnings
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from course_utils.core import accept, errors, files, masks, plurals
from course_utils.load import sanity
from course_utils.load.videos import Cine, cine  # noqa: F401  (cine is read by load.cine)

FORMATS = ("PNG", "JPEG", "TIFF", "BMP")
SUFFIXES = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff", ".bmp")
FOREIGN = {  # formats of this trade that are not read: ending -> how their pictures get out
    ending: told["way"]
    for told in tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))["foreign"]
    for ending in told["endings"].split()
}
_MARKS = (
    (b"NRRD", ".nrrd"),
    (b"MATLAB 5.0", ".mat"),
    (b"\0\0\0\x0cjP  ", ".jp2"),
    (b"\xff\x4f\xff\x51", ".j2k"),
    (b"\0\0\0\x0cJXL ", ".jxl"),
    (b"\xff\x0a", ".jxl"),
    (b"GIF8", ".gif"),
    (b"\x93NUMPY", ".npy"),
    (b"\x89HDF", ".h5"),
)
LARGEST_PIXELS = 40_000_000
LARGEST_LABEL = accept.LARGEST_LABEL
SAYING = {270: "ImageDescription", 306: "DateTime", 315: "Artist", 33432: "Copyright"}  # EXIF, TIFF
SILENT = set(
    "icc_profile exif transparency compression photoshop mp jfif adobe Software software".split()
)
NOISE = 16  # grey levels that JPEG puts beside a flat area
APART = 0.2  # share of a level's pixels that lie away from brighter ones
DEEP_MODES = ("I;16", "I;16B", "I;16L", "I;16N", "I")


def image(path):
    """Read a picture as grey float32 (H, W), 0..1.

    Colour becomes grey with the usual luma weights (ITU-R BT.601), so a grey scan saved as RGB
    keeps its values. 8-bit values are divided by 255, 16-bit ones by 65535. A 16-bit file that
    holds no value above 255, 1023 or 4095 comes from an 8-, 10- or 12-bit scanner: it is divided by
    that maximum instead, with a warning. A camera's EXIF rotation is applied. Raises `FileError`
    (missing, empty, truncated, damaged, another kind of file).
    """
    name = files.shown(files.find(path))
    picture = _open(path, name)
    grey = np.ascontiguousarray(_grey(_flat(picture, name), name), dtype=np.float32)
    sanity.told(grey, name, varied=_varied(picture))
    return grey


def mask(path, label=None):
    """Read a mask as uint8 (H, W), 0 or 1.

    Black is 0 and the one other value is 1, whether it was saved as 0/1, 0/255, RGB, RGBA or a
    palette. A mask with a few in-between values (JPEG, smooth edges) is thresholded at half its
    maximum, with a warning. A mask of several labels is refused unless `label` (an integer or
    several) says which to keep as 1. Raises `FileError` as `image` does, and `DataError` when the
    picture is not a two-level mask.
    """
    name = files.shown(files.find(path))
    picture = _open(path, name)
    values, kind = _mask_values(picture, name)
    if not values.any() and _varied(picture):
        errors.warn(
            f"'{name}' is not empty, but no pixel of it was read as marked: its marks are too "
            "faint or in a channel that is not read. Export the mask again as 0 and 255."
        )
    if 0 < values.max() < NOISE and name.lower().endswith((".jpg", ".jpeg", ".jpe", ".jfif")):
        raise errors.DataError(
            f"'{name}' is a JPEG whose brightest value is {values.max()}: JPEG blurs small labels into "
            "each other. Export the mask as PNG, with 0 and 255."
        )
    if label is not None:
        wanted = _labels(label)
        if kind == "colours" or wanted.dtype.kind not in "iu":
            raise errors.DataError(
                f"'{name}': label= needs a mask of whole-number labels and whole "
                "numbers to pick from it."
            )
        if not np.isin(wanted, values).all():
            errors.warn(
                f"'{name}' holds no pixel of label {label}: that part of the mask is empty."
            )
        return np.isin(values, wanted).astype(np.uint8)
    marked = _two_levels(values, kind, name)
    if masks.may_be_inverted(marked):
        errors.warn(
            f"'{name}' marks the border of the picture and {marked.mean():.0%} of its pixels. Is it "
            "inverted? It was read as it is: white, or the brighter level, is what is marked."
        )
    return marked


def levels(path):
    """What a mask file really holds: its values, whole numbers (H, W), and what they are.

    That is 'levels' (grey, or the brightest channel of one colour), 'labels' (numbers of a coloured
    palette) or 'colours' (areas of several colours). `mask` decides by these. Raises `FileError` as
    `image` does.
    """
    name = files.shown(files.find(path))
    return _mask_values(_open(path, name), name)


def pairs(images, masks):
    """Pair the pictures of two folders by their stem and return a pandas table.

    Columns: `image`, `mask` (paths), `height`, `width`, `mask_fraction` (0..1, 0 is an empty
    mask). Files without a partner are left out with a warning that names them. Raises `FileError`
    for a folder that is missing or holds no pair, and `DataError` when a mask has another size
    than its image.
    """
    import pandas as pd

    left, right = _named_alike(_stems(images), _stems(masks))
    both = sorted(left.keys() & right.keys())
    orphans = sorted(
        files.shown(p)
        for side, other in ((left, right), (right, left))
        for stem, p in side.items()
        if stem not in other
    )
    if not both:
        raise errors.FileError(
            f"No image in '{files.shown(images)}' has a mask of the same name in "
            f"'{files.shown(masks)}'."
        )
    if orphans:
        errors.warn(
            f"{plurals.count(len(orphans), 'file')} "
            f"{plurals.verb(len(orphans), 'has no partner and is', 'have no partner and are')} "
            "left out: "
            f"{', '.join(orphans[:5])}{' ...' if len(orphans) > 5 else ''}."
        )
    rows = [_pair(left[stem], right[stem]) for stem in both]
    return pd.DataFrame(rows, columns=["image", "mask", "height", "width", "mask_fraction"])


def orientation(path):
    """How a camera or an export says a picture is to be turned (EXIF, 1 to 8; 1 is not at all)."""
    try:
        with Image.open(files.find(path)) as picture:
            found = int(picture.getexif().get(0x0112, 1))
            return found if 1 <= found <= 8 else 1
    except (OSError, SyntaxError, ValueError, TypeError):  # what is no picture is said by `image`
        return 1


def words(path):
    """What a picture file says beside its pixels, {where: text}: comments, descriptions, authors, dates
    and 'GPS' for a place. Technical entries are left out; {} for what is no picture.
    """
    try:
        with Image.open(files.find(path), formats=FORMATS) as picture:
            exif = picture.getexif()
            found = {str(key): text for key, text in picture.info.items() if str(key) not in SILENT}
            found |= {name: exif.get(tag) for tag, name in SAYING.items()}
            place = "a place" if exif.get_ifd(0x8825) else ""
    except (OSError, SyntaxError, ValueError, TypeError):  # said by `image`
        return {}
    texts = {
        where: text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        for where, text in found.items()
    }
    told = {where: " ".join(t.split()) for where, t in texts.items() if isinstance(t, str)}
    return {where: t for where, t in {**told, "GPS": place}.items() if t and "date:" not in where}


def turned(picture, truth):
    """A sentence where one file of a pair carries an orientation and the other does not, else '':
    one of them is turned when it is read, and the mask may then lie on another part of the picture.
    """
    turns = [orientation(path) for path in (picture, truth)]
    if turns[0] == turns[1]:
        return ""
    one, other = (files.shown(path) for path in (picture, truth))
    return (
        f"'{one}' and its mask '{other}' carry different orientations (EXIF {turns[0]} and "
        f"{turns[1]}), and each was turned as it says. Look at the mask over the picture: if "
        "it lies wrong, remove the tag (export both as PNG) and look again."
    )


def _named_alike(images, masks):
    """The masks under the stems of their images: exactly, else in the other Unicode form or case,
    where only one image and one mask are alike.
    """
    shelf = {}
    for side, other in ((images, masks), (masks, images)):
        for stem in side.keys() - other.keys():
            shelf.setdefault(files.alike(stem), []).append(stem)
    twins = {}
    for one, *more in shelf.values():
        if len(more) == 1 and (one in images) != (more[0] in images):
            image, mask = (one, more[0]) if one in images else (more[0], one)
            twins[mask] = image
    return images, {twins.get(stem, stem): path for stem, path in masks.items()}


def _pair(picture, truth):
    if said := turned(picture, truth):
        errors.warn(said)
    size, found = _open(picture, files.shown(picture)).size[::-1], mask(truth)
    if found.shape != size:
        raise errors.DataError(
            f"'{files.shown(picture)}' is {size[0]} x {size[1]} (rows x columns) but its "
            f"mask is {found.shape[0]} x {found.shape[1]}. Export the mask again at "
            "the image's size."
        )
    return str(picture), str(truth), size[0], size[1], float(found.mean())


def _stems(folder):
    place = files.find_folder(folder)
    found = {}
    for path in files.below(place, 0):
        if path.suffix.lower() in SUFFIXES:
            stem = unicodedata.normalize("NFC", path.stem)  # a Mac writes one letter as two
            if stem in found:
                raise errors.DataError(
                    f"'{files.shown(path)}' and '{files.shown(found[stem])}' "
                    "have the same stem: which one is meant?"
                )
            found[stem] = path
    return found


def _open(path, name):
    """Decode a picture completely, or raise a FileError that says why not."""
    data = files.read_bytes(path)
    _refuse_other_kinds(data, name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own remarks on metadata and on size
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
            if picture.width * picture.height > LARGEST_PIXELS:
                raise errors.FileError(
                    f"'{name}' claims {picture.width} x {picture.height} pixels; "
                    "that is too large for a scan, or the file is damaged."
                )
            pages = getattr(picture, "n_frames", 1)
            # A TIFF may promise rows that none of its strips holds; Pillow would leave them black.
            if picture.tile and max(tile[1][3] for tile in picture.tile) < picture.height:
                raise errors.FileError(f"'{name}' is truncated or damaged: rows are missing.")
            # Photometric interpretation 0, white is zero: Pillow turns 8 bits of it, not 16.
            if picture.mode in DEEP_MODES and getattr(picture, "tag_v2", {}).get(262) == 0:
                raise errors.FileError(
                    f"'{name}' is a 16-bit TIFF in which 0 is white, which is not read. "
                    "Export it as PNG, or as a TIFF in which 0 is black."
                )
            if picture.format == "PNG":
                Image.open(io.BytesIO(data), formats=("PNG",)).verify()  # every chunk's checksum
            picture.load()
            turned = ImageOps.exif_transpose(_deep_colour(data, picture, name))
    except errors.CourseError:
        raise
    except UnidentifiedImageError as error:
        raise errors.FileError(
            f"'{name}' is damaged, or of a rare kind that is not read (such as a TIFF of 64-bit "
            "numbers). Export it as a PNG of 8 or 16 bits."
        ) from error
    except Exception as error:  # decoders raise many kinds; each means that the file is not whole
        raise errors.FileError(
            f"'{name}' is truncated or damaged and was not read ({error}). Copy or export it again."
        ) from error
    if pages > 1:
        errors.warn(f"'{name}' holds {pages} pages; only the first is read.")
    return turned


def _refuse_other_kinds(data, name):
    suffix = next((kind for mark, kind in _MARKS if data.startswith(mark)), None)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        suffix = ".webp"
    if data[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypheif"):
        suffix = ".heic"
    if suffix:
        raise errors.FileError(
            f"'{name}' is a file of the kind {suffix}, which is not read. {FOREIGN[suffix]}"
        )
    if data[128:132] == b"DICM":
        raise errors.FileError(f"'{name}' is a DICOM file: read it with dicom.read.")
    if data[:4] == b"RIFF" or data[4:8] == b"ftyp" or data[:4] == b"\x1aE\xdf\xa3":
        raise errors.FileError(f"'{name}' is a video: read it with load.cine.")
    known = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"BM")
    if not data.startswith(known):
        raise errors.FileError(
            f"'{name}' is not a PNG, JPEG, TIFF or BMP picture, whatever its name says. "
            "Open it in the program that made it and export a PNG."
        )


def _deep_colour(data, picture, name):
    """A picture of 16 bits a channel, of which Pillow would keep 8: grey stays 16-bit grey, colour
    keeps the 8 bits that are used. Every other picture is returned as it is.
    """
    png = data.startswith(b"\x89PNG") and data[24] == 16 and data[25] in (2, 4, 6)
    bits = getattr(picture, "tag_v2", {}).get(258, (8,))
    if not png and not (isinstance(bits, tuple) and len(bits) > 1 and max(bits) == 16):
        return picture
    array = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if array is None or array.dtype != np.uint16 or array.ndim != 3:
        return picture
    colour, alpha = array[..., 2::-1], array[..., 3] if array.shape[2] == 4 else None
    if alpha is not None and not sanity.constant(alpha):
        errors.warn(f"'{name}' is partly transparent: it was put on black.")
        colour = (colour * (alpha[..., None] / 65535)).round().astype(np.uint16)
    if (colour == colour[..., :1]).all():
        made = Image.fromarray(np.ascontiguousarray(colour[..., 0]))
    else:
        _, full, remark = sanity.depth(0, int(colour.max()), 16)
        if remark:
            errors.warn(f"'{name}' {remark}.")
        made = Image.fromarray((colour // ((full + 1) // 256)).astype(np.uint8))
    made.info["exif"] = picture.info.get("exif", b"")
    return made


def _varied(picture):
    """True when any channel of a file holds more than one value."""
    extremes = picture.getextrema()
    pairs = extremes if isinstance(extremes[0], tuple) else (extremes,)
    return any(low != high for low, high in pairs)


def _flat(picture, name):
    """Put a transparent picture on black; leave every other as it is."""
    if picture.mode == "P" and "transparency" in picture.info:
        picture = picture.convert("RGBA")
    if picture.mode not in ("RGBA", "LA", "PA", "La", "RGBa"):
        return picture
    picture = picture.convert("RGBA")
    low, high = picture.getchannel("A").getextrema()
    if low < high:  # a constant alpha says nothing
        errors.warn(f"'{name}' is partly transparent: it was put on black.")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, (0, 0, 0, 255)), picture)
    return picture.convert("RGB")


def _grey(picture, name):
    if picture.mode in DEEP_MODES:
        return _deep(np.asarray(picture).astype(np.int64), name)
    if picture.mode == "F":
        return sanity.unit(np.asarray(picture), name)
    if picture.mode in ("1", "L"):
        return np.asarray(picture.convert("L"), dtype=np.float32) / 255
    rgb = np.asarray(picture.convert("RGB"), dtype=np.float32)
    if (rgb[..., 0] == rgb[..., 1]).all() and (rgb[..., 0] == rgb[..., 2]).all():
        return rgb[..., 0] / 255
    return np.clip(rgb @ np.float32([0.299, 0.587, 0.114]) / 255, 0, 1)


def _deep(values, name):
    top = int(values.max())
    if values.min() < 0 or top > 65535:
        raise errors.FileError(
            f"'{name}' holds whole numbers from {values.min()} to {top}; 0 to 65535 was "
            "expected. Export it with 8 or 16 bits."
        )
    _, full, remark = sanity.depth(0, top, 16)
    if remark:
        errors.warn(f"'{name}' {remark}.")
    return values / full


def _mask_values(picture, name):
    """Whole-number values (H, W) of a mask and what they are: 'levels', 'labels' or 'colours'."""
    if picture.mode == "P":
        values, kind = _palette_values(picture)
        if kind == "labels" or "transparency" not in picture.info:
            return values, kind
        picture = picture.convert("RGBA")
    if "A" in picture.getbands():
        picture = _opaque(picture, name)
    if picture.mode in DEEP_MODES:
        return np.asarray(picture).astype(np.int64), "levels"
    if picture.mode == "F":
        values = np.asarray(picture)
        whole = (
            np.isfinite(values).all() and (values == np.round(values)).all() and values.min() >= 0
        )
        grey = values if whole else sanity.unit(values, name) * 255
        return np.round(grey).astype(np.int64), "levels"
    if picture.mode in ("1", "L"):
        return np.asarray(picture.convert("L")).astype(np.int64), "levels"
    return _colour_values(np.asarray(picture.convert("RGB")).astype(np.int64))


def _palette_values(picture):
    """Indices are labels when the palette is coloured; a grey palette holds ordinary grey
    levels.
    """
    index = np.asarray(picture).astype(np.int64)
    colours = np.asarray(picture.convert("RGB")).astype(np.int64)
    if np.ptp(colours, axis=-1).max() == 0:
        return colours[..., 0], "levels"
    return (index, "labels") if len(np.unique(index)) > 2 else _colour_values(colours)


def _opaque(picture, name):
    rgba = picture.convert("RGBA")
    solid, colour = rgba.getchannel("A"), np.asarray(rgba.convert("RGB"))
    if solid.getextrema()[0] == solid.getextrema()[1]:
        return rgba.convert("RGB")
    # One colour throughout, or drawn in black on what is transparent: the colours say nothing.
    if (colour == colour[0, 0]).all() or not (colour * (np.asarray(solid)[..., None] > 0)).any():
        errors.warn(f"'{name}': the mask is in the transparency; that was used.")
        return solid
    return _flat(picture, name)


def _colour_values(rgb):
    """The brightest channel, so that a red or a white mask on black both count as full."""
    values = rgb.max(axis=-1)
    bright = values > max(values.max(), 1) / 2
    # Round every channel to on or off: noise disappears, different label colours remain.
    code = ((rgb > values.max() / 2) * np.array([1, 2, 4])).sum(axis=-1)[bright]
    share = np.bincount(code, minlength=8) / max(code.size, 1)
    return values, "colours" if (share > 0.01).sum() > 1 else "levels"


def _labels(label):
    try:
        return np.atleast_1d(np.asarray(label))
    except ValueError:  # a list of lists of different lengths
        return np.empty(0)


def _two_levels(values, kind, name):
    found = np.unique(values)
    top = int(found[-1])
    if kind == "colours":
        raise errors.DataError(
            f"'{name}' holds areas of several colours: it marks more than one structure, or its "
            "background is not black. Export one mask per structure, white on black."
        )
    areas = _label_levels(values, found)
    # A lone 2 is label 2 of a set in which this picture shows no 1: not for us to decide.
    if kind == "labels" or 1 < top <= LARGEST_LABEL:
        areas = [int(value) for value in found if value > 0]
    if kind == "labels" or 1 < top <= LARGEST_LABEL or len(areas) > 1:
        raise errors.DataError(_several(found, areas, name))
    if len(found) == 1 and top > 0:
        errors.warn(f"'{name}' marks every pixel of the picture. Is it a mask?")
    if len(found) <= 2 and (found[0] == 0 or len(found) == 1):
        return (values > 0).astype(np.uint8)
    between = (values > 0.2 * top) & (values < 0.8 * top)
    if between.sum() > 0.25 * (values >= 0.2 * top).sum():
        raise errors.DataError(
            f"'{name}' is not a mask of two levels: {between.mean():.0%} of its pixels are "
            "in between. Is it the image itself, or a mask of several labels?"
        )
    errors.warn(
        f"'{name}' holds {len(found)} grey levels (JPEG or smooth edges): everything above "
        f"{top / 2:g} was taken as mask."
    )
    return (values > top / 2).astype(np.uint8)


def _several(found, areas, name):
    """The sentence about a mask of several labels; 255 beside small ones usually means 'ignore'."""
    listed = ", ".join(str(v) for v in found[:12])
    if len(found) == 2 and found[0] > 0:
        return (
            f"'{name}' holds two levels, {found[0]} and {found[1]}, and neither is 0: which one is the "
            f"background? If the brighter one is marked, say label={found[1]}, or export it as 0 and 255."
        )
    small = [value for value in areas if value <= LARGEST_LABEL] or areas
    text = (
        f"'{name}' holds the labels {listed}. Say which one is wanted, for example "
        f"label={small[-1]}, or several: label=({small[0] if len(small) > 1 else 1}, {small[-1]}). "
        "The masks of a cases.csv hold one structure each: save that label alone."
    )
    if small is not areas and areas[-1] == 255 and len(small) < len(areas):
        text += " 255 beside small labels often means 'not judged'; ask who drew the mask."
    return text


def _label_levels(values, found):
    """The grey levels above 0 that are areas of their own, and not the soft edge of a brighter one.

    Exact levels (eight or fewer in a file) count where a fifth of their pixels lie more than two
    pixels from anything brighter; in a noisy file a level needs a flat interior as well.
    """
    top, exact = int(found[-1]), len(found) <= 8
    levels = []
    for value in (int(v) for v in found if v > 0):
        here = values == value
        if value < top:
            if not exact and min(value, top - value) <= NOISE:
                continue
            brighter = cv2.dilate((values > value).astype(np.uint8), np.ones((5, 5), np.uint8))
            away = here & (brighter == 0)
            if away.sum() < max(10, APART * here.sum()):
                continue
            flat = cv2.erode(here.astype(np.uint8), np.ones((3, 3), np.uint8))
            if not exact and flat.sum() < max(25, APART * here.sum()):
                continue
        levels.append(value)
    return levels
