"""Which mask belongs to which image: guessed from names and folders alone, as people name them.

Understood: `x.png` with `x_mask.png` (also seg, gt, label, annotation; before or after the name,
numbered, in capitals), `images/x.png` with `masks/x.png` (many spellings, nested per patient or per
split, the name alike or with an addition), several masks of one image, and other endings for masks
than for images. The names of the DICOM, NIfTI, nnU-Net, BUSI, HC18 and CAMUS worlds all follow one
of these. Nothing is opened here.
"""

import functools
import re
import unicodedata
from collections import defaultdict
from pathlib import PurePosixPath
from typing import NamedTuple

from course_utils.core import files

MASK_WORDS = set(
    """mask masks msk seg segs segmentation segmentations segmented gt gts groundtruth truth label
    labels annotation annotations annot annots annotated manual maske masken maska maski mascara
    mascaras máscara máscaras masque masques maschera maschere segmentierung segmentierungen
    segmentación segmentacion segmentazione umriss kontur konturen маска маски разметка сегментация
    掩膜 掩码 标注 标签 マスク ラベル 마스크 라벨""".split()
)
READERS = "reader rater observer obs annotator expert befunder leser lector lecteur rev".split()
IMAGE_WORDS = set(
    """image images img imgs picture pictures scan scans us bmode input inputs frame frames raw
    original originals bild bilder imagen imagenes imágenes immagine immagini снимок снимки 图像 画像
    이미지""".split()
)
FILLERS = {"ground", "jpeg", "png", "class", "files"}  # around those words in a folder's name
_WORDS = "|".join(sorted(MASK_WORDS | {"ground[ _-]truth"}, key=len, reverse=True))
_AFTER = re.compile(
    rf"^(?:(?P<base>.*?)[\s_.\-]+)?\(?(?:{_WORDS})\)?"
    rf"(?:[\s_.\-]*(?P<reader>(?:{'|'.join(READERS)})[\s_.\-]*(?:\d{{1,2}}|[a-z])))?"
    r"(?:[\s_.\-]*\(?(?P<n>\d+)\)?)?$"
)
_BEFORE = re.compile(rf"^(?:{_WORDS})[\s_.\-]*(?P<base>.+)$")
_GLUED = re.compile(
    r"(?<=[A-Za-z0-9])(?=(?:Mask|Seg|Segmentation|Label|Annotation)\d*$)"
    r"|(?<=[a-z0-9])(?=GT\d*$)"
)
_NUMBERED = re.compile(r"^(?P<base>.+?)[\s_.\-]+\(?\d+\)?$")
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[^\W\d_a-zA-Z]+")


class Pairs(NamedTuple):
    """`masks`: image path -> its mask paths (at least one), in order. `alone`: images without a
    mask. `orphans`: masks without an image. `unclear`: mask path -> the images it may belong to.
    """

    masks: dict
    alone: list
    orphans: list
    unclear: dict


class _Named(NamedTuple):
    path: str
    place: str  # the folders without the words for images and masks
    keys: list  # names under which to look for a partner, the likeliest first
    is_mask: bool


def pair(paths):
    """Pair the media files of a folder: `paths` within it, with slashes. Returns `Pairs`.

    A file is a mask if its name says so or, where the name is silent, the innermost folder whose
    name is a word for masks or images. Folders that all files share say nothing.
    """
    named = _named(sorted(paths))
    images = [each for each in named if not each.is_mask]
    shelf = defaultdict(lambda: defaultdict(list))
    for each in images:
        for key in each.keys:
            shelf[each.place][key].append(each.path)
    taken, left, unclear = defaultdict(list), [], {}
    for each in named:
        if not each.is_mask:
            continue
        found = next((hits for key in each.keys if (hits := shelf[each.place].get(key))), [])
        if len(found) == 1:
            taken[found[0]].append(each.path)
        elif found:
            unclear[each.path] = found
        else:
            left.append(each)
    orphans = _elsewhere(left, images, taken)
    masks = {path: sorted(taken[path], key=natural) for path in sorted(taken)}
    doubtful = {path for found in unclear.values() for path in found}
    alone = [each.path for each in images if each.path not in masks and each.path not in doubtful]
    return Pairs(masks, alone, orphans, unclear)


def reader_of(path):
    """Who drew a mask, as its name says ('reader1' of x_mask_reader1.png), or ''."""
    found = _AFTER.match(files.alike(files.stem(path)))
    return (found and found["reader"]) or ""


def natural(text):
    """A key by which 'mask_2' comes before 'mask_10', and 'mask' before 'mask_1'."""
    text = PurePosixPath(text)
    return [
        int(part) if part.isdigit() else part.lower()
        for part in re.split(r"(\d+)", f"{text.parent}/{files.stem(text.as_posix())}")
    ]


@functools.cache
def folder_role(name):
    """'mask' or 'image' for a folder of such a name, else None."""
    parts = {*_PARTS.findall(name), *re.findall(r"[^\W\d_]+", name)}  # of CamelCase, and accents
    words = {unicodedata.normalize("NFC", word).lower() for word in parts}
    return "mask" if words & MASK_WORDS else "image" if words & IMAGE_WORDS else None


def _named(paths):
    shared = _shared([PurePosixPath(path).parts[:-1] for path in paths])
    stems = {
        path: files.alike(_GLUED.sub("_", unicodedata.normalize("NFC", files.stem(path))))
        for path in paths
    }
    silent = {_role_folder(path, shared)[1] for path in _beside_their_masks(stems)}
    result = []
    for path, stem in stems.items():
        folders = PurePosixPath(path).parts[shared:-1]
        says = _mask_keys(stem)
        role, where = _role_folder(path, shared)
        role = None if where in silent else role
        if says or role == "mask":
            keys = _unique([key for base in [*says, stem] for key in _image_keys(base)])
            numbered = _NUMBERED.match(stem)
            keys += [numbered["base"]] if role == "mask" and not says and numbered else []
        else:
            keys = _image_keys(stem)
        result.append(_Named(path, _neutral(folders), keys, bool(says or role == "mask")))
    return result


def _beside_their_masks(stems):
    """Images that lie beside masks named after them. The name of a folder above them, such as
    'Dataset_with_GT', then says nothing about a file.
    """
    inside = defaultdict(lambda: (defaultdict(list), set()))
    for path, stem in stems.items():
        says = _mask_keys(stem)
        images, masks = inside[PurePosixPath(path).parent]
        masks.update(says)
        for key in [] if says else _image_keys(stem):
            images[key].append(path)
    return [
        path
        for images, masks in inside.values()
        for key in images.keys() & masks
        for path in images[key]
    ]


def _role_folder(path, shared):
    """The role of the innermost folder that has one, and that folder: (role, path)."""
    parts = PurePosixPath(path).parts[:-1]
    for end in range(len(parts), shared, -1):
        if role := folder_role(parts[end - 1]):
            return role, parts[:end]
    return None, None


def _shared(folders):
    """How many leading folders all files have in common."""
    count = 0
    for level in zip(*folders, strict=False):
        if len(set(level)) > 1:
            break
        count += 1
    return count


def _mask_keys(stem):
    """What the image of a mask of this name may be called; nothing if the name is no mask's."""
    after, before = _AFTER.match(stem), _BEFORE.match(stem)
    keys = []
    if after and after["base"]:
        keys.append(after["base"])
    if before and not (after and after["base"]):
        keys.append(before["base"])
    if after and not after["base"]:
        keys.append("")
    return keys


def _image_keys(stem):
    """A name, and the same without a word such as 'image' or 'img' at either end."""
    words = [word for word in re.split(r"[\s_.\-]+", stem) if word]
    bare = list(words)
    if bare and bare[0] in IMAGE_WORDS:
        bare = bare[1:]
    elif bare and re.fullmatch(r"(image|img|frame|scan)\d+", bare[0]):
        bare[0] = re.sub(r"^\D+", "", bare[0])
    if bare and bare[-1] in IMAGE_WORDS:
        bare = bare[:-1]
    if len(bare) > 1 and bare[-1] == "0000":  # nnU-Net numbers the channels of an image
        bare = bare[:-1]
    return _unique([stem, "_".join(bare)] if bare != words else [stem])


@functools.cache
def _neutral(folders):
    """The folders without words for images and masks: 'train/apo_masks' -> 'train/apo'."""
    kept = []
    for folder in folders:
        words = _PARTS.findall(unicodedata.normalize("NFC", folder))
        role = folder_role(folder)
        if role:
            words = [
                word for word in words if word.lower() not in MASK_WORDS | IMAGE_WORDS | FILLERS
            ]
            folder = "_".join(words)
        if folder:
            kept.append(files.alike(folder))
    return "/".join(kept)


def _elsewhere(left, images, taken):
    """Pair what remains across folders of which one is part of the other; return the orphans."""
    free = defaultdict(list)
    for each in images:
        if each.path not in taken:
            for key in each.keys:
                free[key].append(each)
    orphans = []
    for mask in left:
        fits = [
            image
            for key in mask.keys
            for image in free.get(key, ())
            if _within(mask.place, image.place)
        ]
        fits = _unique([image.path for image in fits])
        if len(fits) == 1:
            taken[fits[0]].append(mask.path)
        else:
            orphans.append(mask.path)
    return orphans


def _within(one, other):
    one, other = set(one.split("/")) - {""}, set(other.split("/")) - {""}
    return one <= other or other <= one


def _unique(values):
    return list(dict.fromkeys(values))
