"""Make the pictures of the prepared lessons smaller: `python shrink.py SOURCE`.

A scan as PNG is mostly speckle. As WebP of quality 90 it takes a third, and no grey level moves by
more than the eye tells. Names in the pages follow.
"""

import sys
from pathlib import Path

from PIL import Image

QUALITY, LEAST = 90, 40_000  # bytes: below, a PNG is a plot and stays as it is

source = Path(sys.argv[1])
renamed = {}
for path in sorted((source / "extra" / "pictures").glob("*.png")):
    if path.stat().st_size < LEAST:
        continue
    smaller = path.with_suffix(".webp")
    Image.open(path).save(smaller, "WEBP", quality=QUALITY, method=4)
    if smaller.stat().st_size < path.stat().st_size:
        renamed[path.name] = smaller.name
        path.unlink()
    else:
        smaller.unlink()
for page in source.glob("*.ipynb"):
    text = page.read_text("utf-8")
    for old, new in renamed.items():
        text = text.replace(old, new)
    page.write_text(text, "utf-8")
