"""Join printed lessons to one PDF: `python join.py TARGET PART ...`; a bookmark for each."""

import sys

from pypdf import PdfReader, PdfWriter

target, *parts = sys.argv[1:]
with PdfWriter() as book:
    for part in parts:
        found = PdfReader(part)
        book.append(found, outline_item=(found.metadata or {}).get("/Title") or part)
    book.add_metadata({"/Title": "The ultrasound AI workbook"})
    book.compress_identical_objects()
    book.write(target)
