"""Executed lessons as the sources of the web book. Standard library only.

An executed copy is a solved lesson with everything that it showed. In the book its solutions are
folded, panels stand as the pictures that they carry, and pictures are files of their own, so that a
page arrives at once and a browser fetches what is looked at.
"""

import base64
import hashlib
import json
import re
from pathlib import Path

from course_utils.core import errors

VIEW = "application/vnd.jupyter.widget-view+json"
# What a folded cell is called, by the tag that folds it.
FOLDED = {
    "exercise": "Show one way to do it",
    "setup": "Show the lines that every lesson begins with",
}
INLINE = re.compile(r'(<img[^>]*?\ssrc=)"data:image/(png|jpeg|webp);base64,([A-Za-z0-9+/=\s]+)"')
# A frame of a film whose pictures are large and change seldom, such as one for each epoch. JPEG frames
# of a beating heart stay in the page: fetched one by one they would come too late.
FRAME = re.compile(r'"data:image/(png);base64,([A-Za-z0-9+/=]+)"')
LINK = re.compile(r"\[([^\]]*)\]\(((?:\d\d)_\w+)\.ipynb\)")
EMPTY = re.compile(r"<th[^>]*></th>")
EXTRA, PICTURES = "extra", "pictures"  # Sphinx copies the folder EXTRA as it is


def current(executed, solution):
    """Is the executed copy a whole run of the notebook as it now stands?"""
    done, now = _read(executed), _read(solution)
    if done is None or now is None or done["metadata"].get("papermill", {}).get("exception"):
        return False
    ran = [cell for cell in done["cells"] if cell["cell_type"] == "code"]
    states = {cell["metadata"].get("papermill", {}).get("status") for cell in ran}
    return states == {"completed"} and _texts(done) == _texts(now)


def page(executed, folder, lessons):
    """Write an executed lesson as a page of the book: FOLDER/NAME.ipynb, its pictures in EXTRA.

    lessons: the names in the book; a link to another one becomes its text. Raises `FileError` for
    what is no notebook.
    """
    notebook, folder = _read(executed), Path(folder)
    if notebook is None:
        raise errors.FileError(f"'{executed}' is no notebook: execute the lesson again.")
    about = notebook["metadata"]
    notebook["metadata"] = {name: about[name] for name in ("kernelspec", "language_info")}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            text = _unpacked(cell, folder)
            cell["source"] = LINK.sub(lambda found: _link(found, lessons), text)
        elif cell["cell_type"] == "code":
            _fold(cell)
            cell["outputs"] = [out for out in cell["outputs"] if _shown(out, folder)]
    text = json.dumps(notebook, ensure_ascii=False)
    (folder / Path(executed).name).write_text(text, encoding="utf-8")


def _read(path):
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
        return found if isinstance(found["cells"], list) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _texts(notebook):
    return [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]


def _link(found, lessons):
    return found[0] if found[2] in lessons else found[1]


def _unpacked(cell, folder):
    """The text of a cell, the pictures that are attached to it as files beside the page."""
    text = "".join(cell["source"])
    for name, kinds in cell.pop("attachments", {}).items():
        place = folder / PICTURES / Path(name).name
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(base64.b64decode(next(iter(kinds.values()))))
        text = text.replace(f"(attachment:{name})", f"({PICTURES}/{place.name})")
    return text


def _fold(cell):
    """Mark a cell that is folded; what papermill and the course noted in it is of no use here."""
    tags = cell["metadata"].get("tags", [])
    words = [FOLDED[tag] for tag in tags if tag in FOLDED]
    cell["metadata"] = {"tags": [*tags, "hide-input"] if words else tags}
    if words:
        cell["metadata"]["mystnb"] = {"code_prompt_show": words[0], "code_prompt_hide": "Fold"}


def _shown(output, folder):
    """Put an output right for a page without a kernel; False where nothing is left of it."""
    data = output.get("data")
    if data is None:
        return output["output_type"] != "stream" or output.get("name") != "stderr"
    if VIEW in data:
        del data[VIEW]
    if "text/html" in data:
        text = "".join(data["text/html"])
        text = EMPTY.sub("<td></td>", text)  # a head without words names nothing
        text = INLINE.sub(
            lambda found: f'{found[1]}{_filed(found[2], found[3], folder)} loading="lazy"', text
        )
        data["text/html"] = FRAME.sub(lambda found: _filed(found[1], found[2], folder), text)
    return bool(data)


def _filed(kind, encoded, folder):
    """A picture inside a page as a file beside it: its quoted name there."""
    content = base64.b64decode(encoded)
    name = f"{hashlib.sha256(content).hexdigest()[:20]}.{kind}"
    place = folder / EXTRA / PICTURES
    place.mkdir(parents=True, exist_ok=True)
    (place / name).write_bytes(content)
    return f'"{PICTURES}/{name}"'
