"""What each public set is, whose it is, what goes wrong with it; and the book of what was left out.

The licences are named in short, as they were read in 2026. Before any use, read the licence that
came with the download; that one counts.
"""

import html

import pandas

from course_utils.core import errors, files, tables

FACTS = {
    "echonet": {
        "name": "EchoNet-Dynamic",
        "licence": "Stanford research use agreement: personal, non-commercial research only. Pass "
        "the files on to nobody, inside your institution neither.",
        "citation": "Ouyang D, et al. Video-based AI for beat-to-beat assessment of cardiac "
        "function. Nature 2020;580:252-256. https://doi.org/10.1038/s41586-020-2145-8",
        "traps": (
            "No pixel size: EF can be computed from the tracings, millilitres and millimetres "
            "cannot. EDV and ESV are those of FileList.csv.",
            "One view (A4C) and one beat are traced, so the tracings give a single-plane EF. It "
            "may differ from the EF of the report.",
            "Two frames of each video are traced. Every other frame has no reference.",
            "Pictures are 112 x 112 and were made smaller without keeping what the scanner wrote. "
            "One pixel more or less on a small ventricle changes EF by several points.",
            "One hospital; one video of each patient.",
        ),
    },
    "camus": {
        "name": "CAMUS",
        "licence": "Free for research after registration, not for commercial use. Pass the files "
        "on to nobody; read the licence that came with the download.",
        "citation": "Leclerc S, et al. Deep learning for segmentation using an open large-scale "
        "dataset in 2D echocardiography. IEEE Trans Med Imaging 2019;38:2198-2210. "
        "https://doi.org/10.1109/TMI.2019.2900516",
        "traps": (
            "Labels are names, not amounts: 1 cavity, 2 myocardium, 3 left atrium. Adding up "
            "label values is not a volume. 'Epi' in published tables is 1 and 2 together.",
            "The sequence is half a beat, from end-diastole to end-systole: no heart rate, no "
            "rhythm.",
            "The older release has pixels that are not square (0.31 mm across, 0.15 mm down).",
            "A loader that swaps the axes swaps the pixel sizes too. The reader checks that the "
            "atrium lies below the ventricle.",
            "One hospital, one scanner model; image quality is graded, and 19 % are poor.",
        ),
    },
    "busi": {
        "name": "BUSI (breast ultrasound images)",
        "licence": "No licence file in the set: free for research with citation, says its paper. "
        "Ask the authors before any other use.",
        "citation": "Al-Dhabyani W, et al. Dataset of breast ultrasound images. Data in Brief "
        "2020;28:104863. https://doi.org/10.1016/j.dib.2019.104863",
        "traps": (
            "PATIENTS ARE UNKNOWN. 780 images come from 600 women and nothing says which. Here "
            "pictures that look alike share a patient_id; two views of one lesion may still be on "
            "both sides of a split, so every score on this set is optimistic.",
            "235 images are repeated, and 8 lesions are in both the benign "
            "and the malignant folder (Pawlowska A, et al. Data in Brief 2023;48:109247, "
            "https://doi.org/10.1016/j.dib.2023.109247).",
            "About 295 images have callipers, arrows or text in the pixels and about 70 show the "
            "axilla, not the breast (same source). They are not removed: a network can read the "
            "marks instead of the lesion.",
            "Several masks belong to some images. They are merged, and counted in `masks_merged`.",
            "No pixel size: nothing in millimetres.",
        ),
    },
    "hc18": {
        "name": "HC18 (fetal head circumference)",
        "licence": "CC BY 4.0: share and adapt with attribution "
        "(https://doi.org/10.5281/zenodo.1322001).",
        "citation": "van den Heuvel TLA, et al. Automated measurement of fetal head circumference "
        "using 2D ultrasound images. PLoS ONE 2018;13:e0200412. "
        "https://doi.org/10.1371/journal.pone.0200412",
        "traps": (
            "An annotation is the outline of an ellipse, not the head. The mask here is that "
            "ellipse, filled to the middle of the line and cut at the edge of the picture.",
            "Several images of one examination (000_HC, 000_2HC, ...) share a patient_id.",
            "551 women, but numbers up to 805: one fetus at two dates has two numbers, and nothing "
            "says which. A split by patient_id still leaks a little.",
            "Pixel size differs from image to image (0.05 to 0.33 mm): resizing changes it.",
            "The 335 test images have no published annotation and are left out.",
        ),
    },
    "dl_track": {
        "name": "DL_Track aponeurosis images",
        "licence": "Apache License 2.0 (public repository njcronin/DL_Track).",
        "citation": "Cronin NJ, Finni T, Seynnes O. Fully automated analysis of muscle "
        "architecture from B-mode ultrasound images with deep learning. 2020. "
        "https://doi.org/10.48550/arXiv.2009.04790",
        "traps": (
            "A mask marks the aponeuroses as thin bands, not the muscle. With target='belly' the "
            "mask is the region between the two uppermost bands: computed, not drawn by anyone.",
            "Where three bands are drawn there are two muscles; the belly is that of the upper "
            "one.",
            "Many images are neighbouring frames of one video, and patients are unknown. Pictures "
            "that look alike share a patient_id; that finds copies, not people.",
            "Muscle, scanner and pixel size are not recorded: nothing in millimetres.",
            "Some images hold the scanner's frame, logo and depth marks.",
        ),
    },
}


NOT_HERE = "it is not there"  # how a reader says that a list names a file that the folder lacks


class Ledger:
    """The book of a reader: files that were left out, and what was assumed about those kept."""

    def __init__(self):
        self.left_out, self.noted = {}, {}

    def leave_out(self, file, why):
        """`file` is not in the table, for this reason; several reasons are kept."""
        self._write(self.left_out, file, why)

    def note(self, file, what):
        """`file` is in the table, but the reader should know this."""
        self._write(self.noted, file, what)

    @staticmethod
    def _write(book, file, text):
        said, text = book.get(file, ""), str(text)
        book[file] = said if text in said else f"{said} {text}".strip()


def finish(rows, columns, key, folder, ledger):
    """The table of a set: rows with these columns first, and its attrs.

    Raises FileError when no row is left, with the first reasons. The attrs are plain text, numbers
    and dicts, because pandas compares them whenever tables are joined.
    """
    facts = FACTS[key]
    if not rows:
        refused = sorted(ledger.left_out.items(), key=lambda each: NOT_HERE in each[1])
        reasons = [f"{file}: {why}" for file, why in refused[:3]]
        raise errors.FileError(
            f"'{files.shown(folder)}' holds nothing of {facts['name']} that can be used. "
            f"{' '.join(reasons)}".strip()
        )
    table = pandas.DataFrame(rows)
    for column in columns:
        if column not in table:
            table[column] = None
    table = table[[*columns, *(name for name in table if name not in columns)]]
    table.attrs = {
        "folder": str(folder),
        "name": facts["name"],
        "licence": facts["licence"],
        "citation": facts["citation"],
        "traps": list(facts["traps"]),
        "left_out": ledger.left_out,
        "noted": ledger.noted,
        "synthetic": False,
    }
    _announce(table)
    return table


def _announce(table):
    out, noted = table.attrs["left_out"], len(table.attrs["noted"])
    absent = sum(NOT_HERE in why for why in out.values())  # rows of images that nobody downloaded
    if out or noted:
        more = f" {absent} more are in its list and not in the folder." if absent else ""
        errors.warn(
            f"{table.attrs['name']}: {len(table)} rows; {len(out) - absent} files left out, {noted} "
            f"kept with a remark.{more} public.told(table) shows why; public.left_out(table) lists all."
        )


def left_out(table):
    """What a reader did not take, a pandas table: file, why."""
    return _listed(table, "left_out", ("file", "why"))


def noted(table):
    """What was kept with a remark, a pandas table: file, remark."""
    return _listed(table, "noted", ("file", "remark"))


def _listed(table, which, columns):
    tables.checked(table, ())
    return pandas.DataFrame(list(table.attrs.get(which, {}).items()), columns=list(columns))


class Told:
    """A block of text for the screen: HTML in a notebook, plain text in a terminal."""

    def __init__(self, name, facts, lists):
        self._name, self._facts, self._lists = name, facts, lists

    def __str__(self):
        lines = [self._name, *(f"{key}: {value}" for key, value in self._facts)]
        for title, entries in self._lists:
            lines += [f"{title}:", *(f"  - {entry}" for entry in entries)]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self):
        facts = "".join(
            f"<dt><b>{html.escape(key)}</b></dt><dd>{html.escape(value)}</dd>"
            for key, value in self._facts
        )
        lists = "".join(
            f"<p><b>{html.escape(title)}</b></p><ul>"
            + "".join(f"<li>{html.escape(entry)}</li>" for entry in entries)
            + "</ul>"
            for title, entries in self._lists
        )
        return f"<section><h4>{html.escape(self._name)}</h4><dl>{facts}</dl>{lists}</section>"


def told(table, most=8):
    """Licence, citation, counts, traps and what was left out, to show before any use of a table.

    most: how many left-out files are named; the rest is counted. Returns a `Told`, which a notebook
    shows as HTML and a terminal as text. Raises DataError for a table of another source.
    """
    tables.checked(table, ())
    if "licence" not in table.attrs:
        raise errors.DataError("This table does not come from one of the readers of public data.")
    attrs = table.attrs
    unit = "clips" if "cine" in table else "images"
    lists = [("Known traps", attrs["traps"])]
    for which, title in (("left_out", "Left out"), ("noted", "Kept, with a remark")):
        entries = list(attrs[which].items())
        shown = [f"{file}: {why}" for file, why in entries[:most]]
        if len(entries) > most:
            shown.append(f"and {len(entries) - most} more (public.{which}(table) lists all).")
        lists.append((f"{title} ({len(entries)})", shown or ["nothing"]))
    counts = f"{table['patient_id'].nunique()} patients, {len(table)} {unit}"
    if "split" in table and table["split"].notna().any():
        parts = table["split"].value_counts()
        counts += " (" + ", ".join(f"{part} {count}" for part, count in parts.items()) + ")"
    if attrs.get("patients") == "guessed":
        counts = counts.replace(" patients,", " groups of look-alike pictures (not patients),")
    facts = (
        ("Licence", attrs["licence"]),
        ("Cite", attrs["citation"]),
        ("Here", counts),
        (
            "Use",
            "Real pixels of real people. Not for diagnosis; not to be passed on with this course.",
        ),
    )
    return Told(attrs["name"], facts, lists)


class Known:
    """The sets that can be read, for a page: how to read each, its licence and its first trap."""

    def __init__(self, facts):
        self._rows = [
            (f"public.{key}(folder)", known["name"], known["licence"], known["traps"][0])
            for key, known in facts.items()
        ]

    def __repr__(self):
        return "\n".join(
            f"{call}: {name}. {licence} First trap: {trap}"
            for call, name, licence, trap in self._rows
        )

    def _repr_html_(self):
        head = "".join(
            f'<th scope="col" style="text-align:left">{title}</th>'
            for title in ("call", "set", "licence", "first trap")
        )
        body = "".join(
            "<tr>"
            + "".join(
                f'<td style="text-align:left;vertical-align:top;white-space:normal">{html.escape(cell)}'
                "</td>"
                for cell in row
            )
            + "</tr>"
            for row in self._rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def known():
    """The five public sets that the course can read: a table for the page, with licence and trap."""
    return Known(FACTS)
