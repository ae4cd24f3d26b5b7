"""Turn the stored bytes of a DICOM file into pixels, with one chosen decoder per transfer syntax.

Pillow decodes JPEG (also lossless, 8 bits), pylibjpeg-openjpeg JPEG 2000, pyjpegls JPEG-LS,
pydicom itself RLE and everything uncompressed. Each compressed frame is looked at first: a decoder
never sees a frame whose own header disagrees with the file, or a JPEG-LS frame without an end mark
(its decoder would read on past the end).
"""

import copy
import io
from dataclasses import dataclass, field

import numpy as np
from PIL import Image
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.pixels import apply_color_lut, convert_color_space, iter_pixels
from pydicom.pixels.decoders import (
    JPEGLosslessDecoder,
    JPEGLosslessSV1Decoder,
    JPEGLSLosslessDecoder,
    JPEGLSNearLosslessDecoder,
)
from pydicom.pixels.utils import get_j2k_parameters

from course_utils.core import errors, plurals
from course_utils.load import sanity, tags

MEMORY_MB = 1000
MOSTLY = 0.5  # share of grey pixels by which a reading of colours is believed over the header's,
CLEARLY = 0.75  # whose own share is at most this part of it
JPEG = (uid.JPEGBaseline8Bit, uid.JPEGExtended12Bit)
JPEG_LOSSLESS = (uid.JPEGLossless, uid.JPEGLosslessSV1)
JPEG_LS = (uid.JPEGLSLossless, uid.JPEGLSNearLossless)
JPEG_2000 = (uid.JPEG2000Lossless, uid.JPEG2000)
HIGH_THROUGHPUT = (uid.HTJ2KLossless, uid.HTJ2KLosslessRPCL, uid.HTJ2K)
DECODER = {uid.RLELossless: "pydicom"}
DECODER |= dict.fromkeys(JPEG, "pillow") | dict.fromkeys(JPEG_LOSSLESS + JPEG_LS, "course")
DECODER |= dict.fromkeys(JPEG_2000 + HIGH_THROUGHPUT, "pylibjpeg")
DECODER_DEPENDENCIES = dict.fromkeys(JPEG_LOSSLESS, ("pillow>=11",)) | dict.fromkeys(
    JPEG_LS, ("pyjpegls",)
)
NOT_READ = dict.fromkeys(
    ("1.2.840.10008.1.2.4.110", "1.2.840.10008.1.2.4.111", "1.2.840.10008.1.2.4.112"), "JPEG XL"
)  # newer than pydicom's own list
PIXEL_MODULE = tuple(
    """SamplesPerPixel PhotometricInterpretation PlanarConfiguration Rows Columns BitsAllocated
    BitsStored HighBit PixelRepresentation ExtendedOffsetTable ExtendedOffsetTableLengths
    PixelData""".split()
)
START_OF_FRAME = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True)
class Stored:
    """The pixels of a DICOM file before they are decoded: `count` frames of `shape` (H, W).

    `bits` and `signed` describe grey values, `inverted` means that 0 is white, `colour` that frames
    come as RGB; `said` are remarks on what the file says wrongly.
    """

    count: int
    shape: tuple
    bits: int
    signed: bool
    inverted: bool
    colour: bool
    said: tuple
    _plain: Dataset = field(repr=False)
    _shift: int = 0
    _palette: np.ndarray | None = field(repr=False, default=None)

    def frames(self, only=None):
        """Decode one frame after the other, by pydicom's own iterator: (H, W) stored whole numbers,
        or (H, W, 3) RGB uint8. `only`: a list of frame numbers from 0.
        """
        plugin = DECODER.get(self._plain.file_meta.TransferSyntaxUID, "")
        for frame in iter_pixels(self._plain, indices=only, decoding_plugin=plugin):
            if frame.dtype.kind not in "iub":
                raise ValueError("it holds decimal numbers, not a picture")
            if self._palette is not None:
                yield self._palette[np.clip(frame, 0, len(self._palette) - 1)]
                continue
            frame = frame[:, : self.shape[1]]
            if self.colour and self._plain.PhotometricInterpretation == "YBR_PARTIAL_422":
                frame = convert_color_space(frame, "YBR_FULL_422", "RGB")
            yield _eight_bits(frame, self.bits) if self.colour else frame >> self._shift


def stored(dataset, name):
    """The `Stored` pixels of a dataset, every promise of its header checked against the stream.

    `name` is the file's name for messages. Raises `FileError` (no pixels, damaged, not decodable
    here) and `DataError` (too large for memory).
    """
    if {"FloatPixelData", "DoubleFloatPixelData"} & set(dataset.dir()):
        raise errors.FileError(
            f"'{name}' holds decimal numbers (such as a map of velocities or parameters), not a "
            "picture of grey values. Export the picture itself."
        )
    if "PixelData" not in dataset:
        raise errors.FileError(
            f"'{name}' holds no pixels: it is of the kind '{_kind(dataset)}'. Choose an image file."
        )
    syntax = dataset.file_meta.TransferSyntaxUID
    _refuse_syntax(syntax, name)
    frames, rows, columns = _shape(dataset, name)
    plain = Dataset()
    for keyword in PIXEL_MODULE:
        if keyword in dataset:
            plain[keyword] = copy.copy(dataset[keyword])  # the caller's own stays as it is
    plain.file_meta = dataset.file_meta
    said = []
    _complete(plain, said)
    if syntax.is_encapsulated:
        frames = _check_frames(plain, syntax, (frames, rows, columns), name, said)
    else:
        frames = _check_length(plain, (frames, rows, columns), name, said)
    plain.NumberOfFrames = frames
    _check_memory(frames, rows, columns, plain, name)
    if not syntax.is_encapsulated:
        _believe_the_bytes(plain, frames, said)
    bits, shift = _bits(plain, syntax, said)
    photometric = plain.PhotometricInterpretation
    palette = palette_table(dataset, said) if photometric == "PALETTE COLOR" else None
    return Stored(
        frames,
        (rows, columns),
        bits,
        bool(int(plain.get("PixelRepresentation") or 0)),
        photometric == "MONOCHROME1",
        palette is not None or int(plain.get("SamplesPerPixel", 1)) == 3,
        tuple(said),
        plain,
        shift,
        palette,
    )


def _eight_bits(frame, bits):
    return frame.astype(np.uint8) if bits <= 8 else (frame >> (bits - 8)).astype(np.uint8)


def palette_table(dataset, said):
    """The colour, uint8 (..., 3), of every palette index.

    The depth is taken from the entries, not from the header, for the two often differ.
    """
    entries = int(dataset.RedPaletteColorLookupTableDescriptor[0] or 65536)
    if entries > len(dataset.RedPaletteColorLookupTableData):
        raise ValueError(f"its palette is said to have {entries} colours, and fewer are there")
    colours = apply_color_lut(np.arange(2 ** min(16, int(dataset.BitsAllocated))), dataset)[..., :3]
    promised = int(dataset.RedPaletteColorLookupTableDescriptor[2])
    top = int(colours.max())
    deep = next(bits for bits in (8, 10, 12, 16) if top < 2**bits)
    if deep != promised and not deep < promised <= 8:
        said.append(f"its palette is said to have {promised} bits, its entries have {deep}")
    return (colours >> (deep - 8)).astype(np.uint8)


def _complete(plain, said):
    """Fill in what a file should say of its colours and does not."""
    colour = int(plain.get("SamplesPerPixel") or 1) == 3
    written = str(plain.get("PhotometricInterpretation") or "")
    plain.PhotometricInterpretation = written.strip().upper() or (
        "RGB" if colour else "MONOCHROME2"
    )
    if plain.PhotometricInterpretation in ("MONOCHROME", "GRAYSCALE", "GREYSCALE", "GRAY", "GREY"):
        plain.PhotometricInterpretation = "MONOCHROME2"
        said.append(
            f"it calls its values {written.strip()}, which is no term of the standard; MONOCHROME2 was assumed"
        )
    elif not written.strip():
        said.append(
            "it does not say what its values mean (PhotometricInterpretation); "
            f"{plain.PhotometricInterpretation} was assumed"
        )
    if colour and plain.get("PlanarConfiguration") is None:
        plain.PlanarConfiguration = 0
        if not plain.file_meta.TransferSyntaxUID.is_encapsulated:
            said.append("it does not say how its colours are ordered; pixel by pixel was assumed")


def _believe_the_bytes(plain, frames, said):
    """Uncompressed colour whose order or kind is not what the header says: most of an ultrasound
    picture is grey, and only one reading shows that.
    """
    promised = plain.PhotometricInterpretation
    if int(plain.get("SamplesPerPixel") or 1) != 3 or promised not in ("RGB", "YBR_FULL"):
        return
    order = "<" if plain.file_meta.TransferSyntaxUID.is_little_endian else ">"
    kind = np.dtype(f"{order}u{max(1, int(plain.get('BitsAllocated') or 8) // 8)}")
    size = int(plain.Rows) * int(plain.Columns)
    frame = frames // 2 * size * 3 * kind.itemsize
    held = plain.PixelData[frame : frame + size * 3 * kind.itemsize]
    if len(held) < size * 3 * kind.itemsize:
        return  # said where it is decoded
    values = np.frombuffer(held, kind)
    readings = {0: values.reshape(-1, 3).T, 1: values.reshape(3, -1)}
    middle = 2 ** (int(plain.get("BitsStored") or 8) - 1)
    grey = {
        (planar, photometric): _greyness(channels, photometric, middle)
        for planar, channels in readings.items()
        for photometric in ("RGB", "YBR_FULL")
    }
    here = int(plain.PlanarConfiguration), promised
    best = max(grey, key=grey.get)
    if grey[best] < MOSTLY or grey.get(here, 0) > CLEARLY * grey[best]:
        return
    plain.PlanarConfiguration, plain.PhotometricInterpretation = best
    said.append(
        f"it says {promised} in order {here[0]} (PlanarConfiguration), but its pixels are grey only "
        f"as {best[1]} in order {best[0]}, and were read so"
    )


def _greyness(channels, photometric, middle):
    """The share of pixels that are grey, of those that are not plain background, 0..1."""
    drawn = channels[0] != np.bincount(channels[0][::7].astype(np.intp)).argmax()
    if not drawn.any():
        return 0.0
    channels = channels[:, drawn]
    if photometric == "RGB":
        grey = (channels[0] == channels[1]) & (channels[0] == channels[2])
    else:
        grey = (np.abs(channels[1:].astype(int) - middle) <= 3).all(axis=0)
    return float(grey.mean())


def _refuse_syntax(syntax, name):
    title = NOT_READ.get(syntax) or (None if syntax.is_transfer_syntax else f"unknown ({syntax})")
    if title is None and syntax.is_encapsulated and syntax not in DECODER:
        title = syntax.name
    if title:
        raise errors.FileError(
            f"'{name}' is stored as {title}, which the course does not read. "
            "Export the clip as JPEG or uncompressed DICOM."
        )
    if syntax.is_encapsulated and syntax.name in missing():
        raise errors.FileError(
            f"'{name}' is stored as {syntax.name}, and the package that decodes it is missing "
            "here. Run `python3 -m course_utils lab` to install what the course needs."
        )


def _shape(dataset, name):
    """Frames, rows, columns, checked before any memory is asked for."""
    # Where it cannot be understood the pixels themselves are counted, as everywhere.
    frames = int((tags.numbers(dataset, "NumberOfFrames", 1) or (1,))[0])
    rows, columns, samples = (
        int(dataset.get(key) or default)
        for key, default in (("Rows", 0), ("Columns", 0), ("SamplesPerPixel", 1))
    )
    if samples not in (1, 3):
        raise errors.FileError(
            f"'{name}' stores {samples} values for each pixel, and 1 (grey) or 3 (colour) are read. "
            "Export it as grey or RGB, without transparency."
        )
    if min(frames, rows, columns) < 1:
        raise errors.FileError(
            f"'{name}' is damaged: it claims {plurals.count(frames, 'frame')} of {rows} x "
            f"{columns} pixels."
        )
    _check_memory(frames, rows, columns, dataset, name)
    return frames, rows, columns


def needed_mb(frames, rows, columns, dataset):
    """The most memory that reading takes, in MB: grey decimals, the file's own pixels, and frames on
    the way through the decoder.
    """
    samples = int(dataset.get("SamplesPerPixel") or 1)
    one = rows * columns * samples * max(1, int(dataset.get("BitsAllocated") or 8) // 8)
    held = len(dataset.PixelData or b"")
    return (frames * rows * columns * 4 + held + 16 * one) / 1e6


def _check_memory(frames, rows, columns, dataset, name):
    needed = needed_mb(frames, rows, columns, dataset)
    if needed > MEMORY_MB:
        raise errors.DataError(
            f"'{name}': {plurals.count(frames, 'frame')} of {rows} x {columns} need {needed:.0f} "
            "MB of memory; "
            f"the limit is {MEMORY_MB} MB. Export a shorter clip."
        )


def _check_length(plain, shape, name, said):
    """Uncompressed pixels: the number of frames that are there. Odd widths of 4:2:2 are widened by
    the column that fills the last pair.
    """
    frames, rows, columns = shape
    held = len(plain.PixelData)
    if plain.PhotometricInterpretation == "YBR_FULL_422":
        if held - frames * rows * columns * 3 in (0, 1):
            plain.PhotometricInterpretation = "YBR_FULL"
            said.append("it says that colours are stored for pairs of pixels, and each has its own")
        elif columns % 2:
            if held < frames * rows * (columns + 1) * 2:
                raise errors.FileError(
                    f"'{name}' stores colour for pairs of pixels (4:2:2) in rows of {columns}, and "
                    "its bytes do not fit any reading of that. Export it as JPEG or RGB."
                )
            plain.Columns = columns + 1
        return frames
    one = rows * columns * int(plain.get("SamplesPerPixel") or 1)
    one = one * int(plain.get("BitsAllocated") or 8) // 8
    there = held // one if one else frames
    if there == 2 * frames and int(plain.get("BitsAllocated") or 8) == 8:
        order = int(plain.file_meta.TransferSyntaxUID.is_little_endian)
        if not any(plain.PixelData[order::2]):
            said.append("it says 8 bits are allocated and stores each value in 16")
            plain.BitsAllocated = 16
            return frames
    if there > frames:
        said.append(f"it says {plurals.count(frames, 'frame')} and holds {there}; all were read")
    return max(frames, there)


def _check_frames(plain, syntax, shape, name, said):
    """Compressed pixels: every frame's own header against the file. Returns how many there are."""
    frames = list(generate_frames(plain.PixelData, number_of_frames=shape[0]))
    if len(frames) < shape[0]:
        raise errors.FileError(
            f"'{name}' is truncated: {len(frames)} of {plurals.count(shape[0], 'frame')} are there."
        )
    if len(frames) > shape[0]:
        said.append(
            f"it says {plurals.count(shape[0], 'frame')} and holds {len(frames)}; all were read"
        )
    if syntax in (uid.RLELossless, *HIGH_THROUGHPUT):
        return len(frames)
    for number, frame in enumerate(frames, 1):
        header = _j2k_header(frame) if syntax in JPEG_2000 else _jpeg_header(frame)
        rows, columns, bits, channels = header
        if not rows:
            raise errors.FileError(
                f"'{name}' says that its frames are {syntax.name}, and frame {number} is something "
                "else: a wrong header, or damage. Export it again, as JPEG or uncompressed."
            )
        if (rows, columns) != shape[1:]:
            raise errors.FileError(
                f"'{name}' is damaged: frame {number} is {rows} x {columns} pixels inside, "
                f"but the file says {shape[1]} x {shape[2]}."
            )
        if syntax in JPEG + JPEG_LOSSLESS and bits != 8:
            raise errors.FileError(
                f"'{name}' is a {bits}-bit JPEG, which no ultrasound scanner writes and the "
                "course does not read. Convert it to uncompressed DICOM (for example with "
                "DCMTK's dcmdjpeg)."
            )
    _count_channels(plain, syntax, channels, said)
    if syntax in JPEG_2000 and int(plain.get("SamplesPerPixel") or 1) == 3:
        _believe_the_stream(plain, frames[0], said)
    return len(frames)


def _count_channels(plain, syntax, channels, said):
    """Grey in a file that says colour, or the other way round: the stream counts."""
    promised = int(plain.get("SamplesPerPixel") or 1)
    if channels == promised or channels not in (1, 3):
        return
    kind = {1: "grey", 3: "in colour"}
    said.append(f"it says that it is {kind[promised]}, and its stream is {kind[channels]}")
    plain.SamplesPerPixel, plain.PlanarConfiguration = channels, 0
    plain.PhotometricInterpretation = (
        "MONOCHROME2" if channels == 1 else "YBR_FULL_422" if syntax in JPEG else "RGB"
    )


def _believe_the_stream(plain, frame, said):
    """The colour transform of JPEG 2000 stands in the stream; the file's word for it may be wrong.

    A stream with a transform comes out of its decoder as RGB, one without as it was put in.
    """
    promised = str(plain.get("PhotometricInterpretation"))
    transformed = _j2k_transform(frame)
    if transformed is None or transformed == promised.startswith(("YBR_ICT", "YBR_RCT")):
        return
    if transformed and promised != "RGB":
        said.append(f"it calls its colours {promised}, but its stream has a transform of its own")
        plain.PhotometricInterpretation = "YBR_ICT"
    elif transformed:
        plain.PhotometricInterpretation = "YBR_ICT"  # decoded to RGB either way
    elif promised.startswith(("YBR_ICT", "YBR_RCT")):
        said.append(f"it calls its colours {promised}, but its stream has no transform")
        plain.PhotometricInterpretation = "RGB"
        first = next(iter_pixels(plain, indices=[0], decoding_plugin="pylibjpeg"))
        # Grey in YBR has both colour channels in the middle of their range.
        middle = np.abs(first[..., 1:].astype(int) - 128) <= 3
        if middle.mean() > 0.5 and np.ptp(first[..., 0]) > 16:
            plain.PhotometricInterpretation = "YBR_FULL"


def _bits(plain, syntax, said):
    """(bits used, places to shift right); corrects the copy `plain` where the header is wrong."""
    allocated = int(plain.get("BitsAllocated") or 8)
    bits = int(plain.get("BitsStored") or allocated)
    high = int(plain.get("HighBit") if plain.get("HighBit") is not None else bits - 1)
    grey = int(plain.get("SamplesPerPixel") or 1) == 1
    if not 1 <= bits <= allocated:
        said.append(f"it says {bits} bits are stored of {allocated}")
        bits, high = allocated, allocated - 1
        plain.BitsStored = bits
    if syntax in JPEG_2000 + HIGH_THROUGHPUT and grey:
        first = next(iter(generate_frames(plain.PixelData, number_of_frames=1)))
        precision = get_j2k_parameters(first).get("precision", bits)
        if bits < precision <= allocated:
            said.append(f"it says {bits} bits, its stream has {precision}; the stream counts")
            bits, high = precision, precision - 1
            plain.BitsStored = bits
    if not grey and bits > 8 and allocated == 16 and not syntax.is_encapsulated:
        top = int(_words(plain).max())
        _, full, remark = sanity.depth(0, top, bits)
        if remark:
            said.append(f"it {remark}")
            return full.bit_length(), 0
    if high == bits - 1 or syntax.is_encapsulated and syntax != uid.RLELossless or not grey:
        plain.HighBit = bits - 1
        beyond = 0 if syntax.is_encapsulated else _beyond(plain, allocated, bits)
        if beyond:
            said.append(f"it says {bits} bits, and its values need {beyond}")
            plain.BitsStored, plain.HighBit = beyond, beyond - 1
            return beyond, 0
        return bits, 0
    if not bits - 1 < high < allocated:
        said.append(f"its HighBit {high} does not fit {bits} bits")
        plain.HighBit = bits - 1
        return bits, 0
    said.append(f"its {bits} bits are the upper ones of {high + 1} (HighBit)")
    plain.BitsStored, plain.HighBit = high + 1, high
    return bits, high + 1 - bits


def _beyond(plain, allocated, bits):
    """How many bits unsigned 16-bit values need where that is more than `bits`, else 0."""
    signed = int(plain.get("PixelRepresentation") or 0)
    if allocated != 16 or bits == 16 or signed or int(plain.get("SamplesPerPixel") or 1) != 1:
        return 0
    values = _words(plain)
    above = values >> bits
    # Old files keep a drawing in the upper bits: a few pixels, one bit each.
    if not above.any() or (above > 0).mean() < 0.02:
        return 0
    return int(values.max()).bit_length()


def _words(plain):
    """Uncompressed pixels of 16 bits, without a copy."""
    order = "<" if plain.file_meta.TransferSyntaxUID.is_little_endian else ">"
    return np.frombuffer(plain.PixelData, order + "u2", len(plain.PixelData) // 2)


def _jpeg_header(frame):
    """Rows, columns, bits and channels of a JPEG or JPEG-LS stream; zeros where there is no header."""
    at = 2 if frame[:2] == b"\xff\xd8" else len(frame)
    while at + 10 <= len(frame) and frame[at] == 0xFF:
        marker = frame[at + 1]
        if marker in START_OF_FRAME:
            return (
                int.from_bytes(frame[at + 5 : at + 7], "big"),
                int.from_bytes(frame[at + 7 : at + 9], "big"),
                frame[at + 4],
                frame[at + 9],
            )
        at += 1 if marker == 0xFF else 2 + int.from_bytes(frame[at + 2 : at + 4], "big")
    return 0, 0, 0, 0


def _j2k_header(frame):
    """Rows, columns, bits and channels out of the SIZ marker of a JPEG 2000 stream, with or without its
    JP2 box.
    """
    at = frame.find(b"\xff\x4f\xff\x51")
    if at < 0 or len(frame) < at + 44:
        return 0, 0, 0, 0
    right, bottom, left, top = (
        int.from_bytes(frame[at + 8 + 4 * i : at + 12 + 4 * i], "big") for i in range(4)
    )
    channels = int.from_bytes(frame[at + 40 : at + 42], "big")
    return bottom - top, right - left, (frame[at + 42] & 0x7F) + 1, channels


def _j2k_transform(frame):
    """Does this JPEG 2000 stream transform its colours (COD marker)? None where it does not say."""
    at = frame.find(b"\xff\x4f\xff\x51") + 2
    while 2 <= at < len(frame) - 8 and frame[at] == 0xFF:
        if frame[at + 1] == 0x52:
            return frame[at + 8] == 1
        at += 2 + int.from_bytes(frame[at + 2 : at + 4], "big")
    return None


def _kind(dataset):
    sop = dataset.get("SOPClassUID")
    if sop:
        return uid.UID(sop).name
    return (
        "directory of other files (DICOMDIR)"
        if "DirectoryRecordSequence" in dataset
        else "file without an image"
    )


def missing():
    """Names of the transfer syntaxes that cannot be decoded here because a package is missing."""
    from pydicom.pixels import get_decoder

    return [
        syntax.name
        for syntax, plugin in DECODER.items()
        if plugin not in get_decoder(syntax).available_plugins
    ]


def is_available(transfer_syntax):
    """pydicom's question to a decoding plugin: True where this module's decoders can work."""
    if transfer_syntax in JPEG_LOSSLESS:
        return True
    try:
        import jpeg_ls  # noqa: F401
    except ImportError:
        return False
    return True


def decode_lossless(frame, runner):
    """pydicom's plugin function for lossless JPEG: Pillow's libjpeg-turbo decodes 8 bits of it."""
    picture = Image.open(io.BytesIO(frame), formats=("JPEG",))
    return picture.tobytes()


def decode_ls(frame, runner):
    """pydicom's plugin function for JPEG-LS: refuse a stream without an end mark, then let
    CharLS decode it.
    """
    from pydicom.pixels.decoders import pyjpegls

    frame = bytes(frame).rstrip(b"\0")
    if not frame.endswith(b"\xff\xd9"):
        raise ValueError("the JPEG-LS stream is truncated")
    return pyjpegls._decode_frame(frame, runner)


def _register():
    for decoder, function in (
        (JPEGLosslessDecoder, "decode_lossless"),
        (JPEGLosslessSV1Decoder, "decode_lossless"),
        (JPEGLSLosslessDecoder, "decode_ls"),
        (JPEGLSNearLosslessDecoder, "decode_ls"),
    ):
        if "course" not in decoder.available_plugins and not any(
            text.startswith("course") for text in decoder.missing_dependencies
        ):
            decoder.add_plugin("course", (__name__, function))


_register()
