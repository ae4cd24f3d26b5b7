"""What a NIfTI or MetaImage file must hold before it is decoded: the kind, the header, every byte.

Decoders differ in what they do with half a file: some stop with a remark on the console, some fill
the rest with black. So the bytes are counted here first.
"""

import math
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from course_utils.core import errors, files

SUFFIXES = (".nii", ".nii.gz", ".mhd", ".mha")
LARGEST_BYTES = 2_000_000_000
BYTES = {  # of a number of each type that a MetaImage header can name
    name: size
    for size, names in {
        1: "CHAR UCHAR",
        2: "SHORT USHORT",
        4: "INT UINT LONG ULONG FLOAT",
        8: "LONG_LONG ULONG_LONG DOUBLE",
    }.items()
    for name in names.split()
}
NIFTI_WORDS = {
    "db_name": slice(14, 32),
    "descrip": slice(148, 228),
    "aux_file": slice(228, 252),
    "intent_name": slice(328, 344),
}
NUMERIC = set(  # fields of MetaImage that hold no words
    """ObjectType NDims BinaryData BinaryDataByteOrderMSB ElementByteOrderMSB CompressedData
    CompressedDataSize CompressionLevel TransformMatrix Offset Position Origin Orientation Rotation
    CenterOfRotation AnatomicalOrientation ElementSpacing ElementSize DimSize HeaderSize ElementType
    ElementNumberOfChannels ElementMin ElementMax Modality Color""".split()
)
TINY = 2.3e-16  # a slope below it counts as none (ITK)
HEAD = 8192  # the header of either kind is far smaller


@dataclass(frozen=True)
class About:
    """The `kind` in words, SimpleITK's `reader` for it, its `suffix`, the `partner` file with the
    pixels or None, and whether the file gives a pixel size at all (`calibrated`). `scale`: (slope,
    start) by which a decoder changes the whole numbers of a NIfTI file, or None.
    """

    kind: str
    reader: str
    suffix: str
    partner: Path | None
    calibrated: bool
    scale: tuple | None = None


def check(place, name, whole=True):
    """Look at the header, and with `whole` count the bytes. Returns `About`; raises FileError."""
    data = files.read_bytes(place) if whole else _start(place)
    zipped = data[:2] == b"\x1f\x8b"
    head = _inflated_head(data, name) if zipped else data[:HEAD]
    if zipped and len(head) < 352:
        raise errors.FileError(
            f"'{name}' is truncated or damaged: its header is not whole. Copy or download it again."
        )
    if b"NDims" in head and b"ElementDataFile" in head:
        return _meta(place, name, data, head, whole)
    order = {b"\x5c\x01\0\0": "<", b"\0\0\x01\x5c": ">"}.get(head[:4])
    if order and head[344:348] in (b"n+1\0", b"ni1\0"):
        return _nifti(name, data, head, order, zipped, whole)
    if head[:4] in (b"\x1c\x02\0\0", b"\0\0\x02\x1c") or order:
        kind = "in the Analyze format, the forerunner of NIfTI" if order else "a NIfTI-2 file"
        raise errors.FileError(
            f"'{name}' is {kind}, which is not read. Save it as NIfTI-1 (.nii.gz)."
        )
    if place.suffix.lower() in (".raw", ".zraw"):
        raise errors.FileError(
            f"'{name}' holds pixels only. Read the .mhd file beside it, which says how many."
        )
    raise errors.FileError(
        f"'{name}' is not a NIfTI or MetaImage file, whatever its name says"
        f"{'; it is empty' if not data else ''}. Copy or export it again."
    )


def words(place):
    """What a NIfTI or MetaImage file says in words beside its pixels, {field: text}; {} for others."""
    try:
        data = _start(place)
        head = _inflated_head(data, "") if data[:2] == b"\x1f\x8b" else data[:HEAD]
    except errors.FileError:  # said by `check`
        return {}
    if b"ElementDataFile" in head:
        lines = head.partition(b"ElementDataFile")[0].decode("utf-8", "replace").splitlines()
        fields = dict(_field(line) for line in lines if "=" in line)
        return {name: text for name, text in fields.items() if name not in NUMERIC}
    if head[344:348] not in (b"n+1\0", b"ni1\0"):
        return {}
    found = {name: head[at].partition(b"\0")[0] for name, at in NIFTI_WORDS.items()}
    return {name: text.decode("utf-8", "replace") for name, text in found.items() if text.strip()}


def renamed(content, data_file):
    """A MetaImage header that names `data_file` as the file of its pixels."""
    lines = content.split(b"\n")
    return b"\n".join(
        b"ElementDataFile = " + data_file.encode("ascii")
        if line.startswith(b"ElementDataFile")
        else line
        for line in lines
    )


def _start(place):
    try:
        with place.open("rb") as stream:
            return stream.read(4 * HEAD)
    except OSError as error:
        raise errors.FileError(
            f"'{files.shown(place)}' cannot be read: {error.strerror or error}."
        ) from error


def _inflated_head(data, name):
    head = b""
    try:
        while data.startswith(b"\x1f\x8b") and len(head) < HEAD:
            unzip = zlib.decompressobj(31)
            head += unzip.decompress(data, HEAD - len(head))
            data = unzip.unused_data
        return head
    except zlib.error as error:
        raise errors.FileError(
            f"'{name}' is damaged: it cannot be unzipped. Copy it again."
        ) from error


def _nifti(name, data, head, order, zipped, whole):
    if head[344:348] == b"ni1\0":
        raise errors.FileError(
            f"'{name}' is half of a NIfTI pair (.hdr and .img), which is not read. Save it as one "
            ".nii.gz file."
        )
    dims = struct.unpack(order + "8h", head[40:56])
    bits = struct.unpack(order + "h", head[72:74])[0]
    pixdim = struct.unpack(order + "8f", head[76:108])
    offset = struct.unpack(order + "f", head[108:112])[0]
    if offset in (0, 348):
        raise errors.FileError(
            f"'{name}' does not say where its pixels begin (vox_offset is {offset:g}, and 352 is the "
            "least). Open and save it again, for example in ITK-SNAP or with nibabel."
        )
    if not 2 <= dims[0] <= 7 or min(dims[1 : dims[0] + 1]) < 1 or bits < 1 or not offset > 348:
        raise errors.FileError(f"'{name}' is damaged: its header makes no sense. Copy it again.")
    if whole:
        needed = int(offset) + math.prod(dims[1 : dims[0] + 1]) * bits // 8
        _count(data, needed, zipped, name)
    known = all(math.isfinite(value) and value > 0 for value in pixdim[1:3])
    scale, code = (
        struct.unpack(order + "2f", head[112:120]),
        struct.unpack(order + "h", head[70:72]),
    )
    whole_numbers = code[0] in (2, 4, 8, 256, 512, 768)  # bytes to 32 bits, signed or not
    good = whole_numbers and all(map(math.isfinite, scale)) and scale not in ((1, 0), (0, 0))
    if good and abs(scale[0]) < TINY:  # that means no scaling, but decoders add what is beside it
        scale = (1.0, scale[1])
    suffix = ".nii.gz" if zipped else ".nii"
    return About("NIfTI", "NiftiImageIO", suffix, None, known, scale if good else None)


def _meta(place, name, data, head, whole):
    text, _, _ = head.partition(b"ElementDataFile")
    fields = dict(_field(line) for line in text.decode("latin-1").splitlines() if "=" in line)
    line = head[len(text) :].split(b"\n", 1)[0]
    source = line.partition(b"=")[2].decode("utf-8", "replace").strip()
    if _number(fields.get("ElementNumberOfChannels", "1")) > 1:
        raise errors.DataError(f"'{name}' is in colour. Export it in grey.")
    sizes = fields.get("DimSize", "").split()
    each = BYTES.get(fields.get("ElementType", "").removeprefix("MET_"))
    whole_sizes = all(size.isdigit() and int(size) > 0 for size in sizes)
    if not sizes or not whole_sizes or fields.get("NDims") != str(len(sizes)) or each is None:
        raise errors.FileError(
            f"'{name}' is damaged: its header does not say how many pixels of "
            "what kind there are. Copy it again."
        )
    partner = None if source.upper() == "LOCAL" else _partner(place, name, source)
    if whole:
        pixels = data[len(text) + len(line) + 1 :] if partner is None else files.read_bytes(partner)
        skipped = _number(fields.get("HeaderSize", "0"))
        needed = max(skipped, 0) + math.prod(map(int, sizes)) * each
        zipped = fields.get("CompressedData", "").lower() == "true"
        if zipped and "CompressedDataSize" not in fields:  # the decoder would make noise of it
            raise errors.FileError(
                f"'{name}' does not say how long its compressed pixels are (CompressedDataSize). Write "
                "it again, without compression."
            )
        _count(pixels, needed, zipped, name if partner is None else files.shown(partner))
    known = "ElementSpacing" in fields or "ElementSize" in fields
    return About("MetaImage", "MetaImageIO", ".mha" if partner is None else ".mhd", partner, known)


def _field(line):
    key, _, value = line.partition("=")
    return key.strip(), value.strip()


def _number(text):
    """A whole number of a header; nonsense counts as 0 and is left for the decoder to refuse."""
    return int(text) if text.lstrip("-").isdigit() else 0


def _partner(place, name, source):
    if source == "LIST" or "%" in source or not source:
        raise errors.FileError(
            f"'{name}' spreads its pixels over several files, which is not read. Save it as one "
            ".mha file."
        )
    if "/" in source or "\\" in source:
        raise errors.FileError(
            f"'{name}' looks for its pixels in another folder ('{files.shown(source)}'). Put both "
            "files in one folder and name only the file."
        )
    partner = place.parent / source
    if not partner.is_file():
        raise errors.FileError(
            f"'{name}' is only the header; the file with its pixels, '{files.shown(source)}', is "
            "not beside it. Copy both."
        )
    return partner


def _count(data, needed, zipped, name):
    """Refuse a file that holds fewer bytes than its header promises."""
    if needed > LARGEST_BYTES:
        raise errors.FileError(
            f"'{name}' claims {needed / 1e6:.0f} MB of pixels; 2000 MB is the "
            "most that is read, or the file is damaged."
        )
    try:
        count, ended = _inflated(data, needed) if zipped else (len(data), True)
    except zlib.error as error:
        raise errors.FileError(
            f"'{name}' is damaged: it cannot be unzipped to the end. Copy it again."
        ) from error
    if count < needed or not ended:
        missing = f"{needed - count} of {needed} bytes are" if count < needed else "its end is"
        raise errors.FileError(
            f"'{name}' is truncated: {missing} missing. Copy or download it again."
        )


def _inflated(data, needed):
    """How many bytes zipped data holds, and whether its end (with the checksum) was reached.

    A file may be several zipped members, one after the other (pigz and bgzip write such).
    Stops at a little more than is needed, so that a file that claims little and holds much cannot
    fill the memory.
    """
    count, most = 0, needed + LARGEST_BYTES // 100
    while True:
        unzip = zlib.decompressobj(47)  # 47: gzip or zlib, whichever it is
        while data and not unzip.eof and count <= most:
            count += len(unzip.decompress(data, 16_000_000))
            data = unzip.unused_data if unzip.eof else unzip.unconsumed_tail
        if not unzip.eof or count > most or not data.startswith(b"\x1f\x8b"):
            return count, unzip.eof or count > needed
