"""Turn the stored bytes of a DICOM file into pixels, with one chosen decoder per transfer syntax.

Pillow decodes JPEG (also lossless, 8 bits), pylibjpeg-openjpeg JPEG 2000, pyjpegls JPEG-LS,
pydicom itself RLE and everything uncompressed. Each compressed frame is looked at first: a decoder
never sees a frame whose own header disagrees with the file, or a JPEG-LS frame without an end mark
(its decoder would read on past the end).
"""

import io

import numpy as np
from PIL import Image
from pydicom import uid
from pydicom.encaps import generate_frames
from pydicom.pixels import apply_color_lut, convert_color_space, pixel_array
from pydicom.pixels.decoders import (
    JPEGLosslessDecoder,
    JPEGLosslessSV1Decoder,
    JPEGLSLosslessDecoder,
    JPEGLSNearLosslessDecoder,
)

from course_utils.core import errors

MEMORY_MB = 1000
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
START_OF_FRAME = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}


def decode(dataset, name):
    """Return the stored pixel values of `dataset`: (H, W), (T, H, W), (H, W, 3) or (T, H, W, 3).

    YBR colour is returned as RGB; palette indices and grey values are left as stored. `name` is
    the file's name for messages. Raises `FileError` (no pixels, damaged, not decodable here) and
    `DataError` (too large).
    """
    if "PixelData" not in dataset:
        raise errors.FileError(
            f"'{name}' holds no pixels: it is a {_kind(dataset)}. Choose an image file."
        )
    syntax = dataset.file_meta.TransferSyntaxUID
    shape = _shape(dataset, name)
    if syntax.is_compressed and syntax.is_encapsulated:
        if syntax not in DECODER:
            raise errors.FileError(
                f"'{name}' is stored as {syntax.name}, which the course does not read. "
                "Export the clip as JPEG or uncompressed DICOM."
            )
        if syntax.name in missing():
            raise errors.FileError(
                f"'{name}' is stored as {syntax.name}, and the package that decodes it is missing "
                "here. Run `python3 -m course_utils lab` to install what the course needs."
            )
        _check_frames(dataset, syntax, shape, name)
    array = pixel_array(dataset, decoding_plugin=DECODER.get(syntax, ""))
    if array.dtype.kind not in "iub":
        raise errors.FileError(f"'{name}' holds decimal numbers, not a picture.")
    return _as_rgb(array, dataset)


def is_colour(dataset):
    """True when a pixel of `dataset` is stored as three samples."""
    return int(dataset.get("SamplesPerPixel", 1)) == 3


def palette_rgb(indices, dataset):
    """The colours, uint8 (..., 3), of palette indices."""
    colours = apply_color_lut(indices, dataset)[..., :3]
    bits = int(dataset.RedPaletteColorLookupTableDescriptor[2])
    return (colours >> 8 if bits > 8 else colours).astype(np.uint8)


def _as_rgb(array, dataset):
    # pydicom converts YBR_FULL and YBR_FULL_422; the JPEG 2000 kinds leave its decoder as RGB
    # already.
    if dataset.get("PhotometricInterpretation") == "YBR_PARTIAL_422":
        return convert_color_space(array, "YBR_FULL_422", "RGB")
    return array


def _shape(dataset, name):
    """Frames, rows, columns, checked before any memory is asked for."""
    counts = [
        int(dataset.get(key) or default)
        for key, default in (
            ("NumberOfFrames", 1),
            ("Rows", 0),
            ("Columns", 0),
            ("SamplesPerPixel", 1),
        )
    ]
    frames, rows, columns, samples = counts
    if min(counts) < 1 or samples not in (1, 3):
        raise errors.FileError(
            f"'{name}' is damaged: it claims {frames} frames of {rows} x {columns} pixels "
            f"with {samples} samples each."
        )
    needed = (
        frames * rows * columns * (4 + samples * int(dataset.get("BitsAllocated") or 8) / 8) / 1e6
    )
    if needed > MEMORY_MB:
        raise errors.DataError(
            f"'{name}': {frames} frames of {rows} x {columns} need {needed:.0f} MB of memory; "
            f"the limit is {MEMORY_MB} MB. Export a shorter clip."
        )
    return frames, rows, columns


def _check_frames(dataset, syntax, shape, name):
    frames = list(generate_frames(dataset.PixelData, number_of_frames=shape[0]))
    if len(frames) < shape[0]:
        raise errors.FileError(
            f"'{name}' is truncated: {len(frames)} of {shape[0]} frames are there."
        )
    if syntax in (uid.RLELossless, *HIGH_THROUGHPUT):
        return
    for number, frame in enumerate(frames, 1):
        rows, columns, bits = _j2k_header(frame) if syntax in JPEG_2000 else _jpeg_header(frame)
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


def _jpeg_header(frame):
    """Rows, columns and bits of a JPEG or JPEG-LS stream; zeros where there is no header."""
    at = 2 if frame[:2] == b"\xff\xd8" else len(frame)
    while at + 9 <= len(frame) and frame[at] == 0xFF:
        marker = frame[at + 1]
        if marker in START_OF_FRAME:
            return (
                int.from_bytes(frame[at + 5 : at + 7], "big"),
                int.from_bytes(frame[at + 7 : at + 9], "big"),
                frame[at + 4],
            )
        at += 1 if marker == 0xFF else 2 + int.from_bytes(frame[at + 2 : at + 4], "big")
    return 0, 0, 0


def _j2k_header(frame):
    """Rows, columns and bits out of the SIZ marker of a JPEG 2000 stream, with or without its
    JP2 box.
    """
    at = frame.find(b"\xff\x4f\xff\x51")
    if at < 0 or len(frame) < at + 44:
        return 0, 0, 0
    right, bottom, left, top = (
        int.from_bytes(frame[at + 8 + 4 * i : at + 12 + 4 * i], "big") for i in range(4)
    )
    return bottom - top, right - left, (frame[at + 42] & 0x7F) + 1


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
