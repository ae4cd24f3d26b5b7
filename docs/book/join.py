"""Join printed lessons to one PDF: `python join.py TARGET PART ...`; a bookmark for each.

A browser prints every picture without loss and at twice the size of the screen, which is mostly
speckle. As JPEG of the width that a screen shows it takes a part of it.
"""

import sys

from pypdf import PdfReader, PdfWriter

QUALITY, LEAST = 78, 40_000  # bytes: below, a picture is a plot and stays as it is
WIDEST = 1100  # pixels: 150 of them an inch across a printed page

target, *parts = sys.argv[1:]
with PdfWriter() as book:
    for part in parts:
        found = PdfReader(part)
        book.append(found, outline_item=(found.metadata or {}).get("/Title") or part)
    book.add_metadata({"/Title": "The ultrasound AI workbook"})
    book.compress_identical_objects()  # first, so that no picture is met twice
    seen = set()
    for page in book.pages:
        for picture in page.images:
            place = picture.indirect_reference
            if place is None or place.idnum in seen or len(picture.data) < LEAST:
                continue
            seen.add(place.idnum)
            smaller = picture.image.convert("RGB")
            smaller.thumbnail((WIDEST, 2 * WIDEST))
            picture.replace(smaller, quality=QUALITY)
    book.write(target)
