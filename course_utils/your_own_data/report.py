"""The report on a folder of images: tables, a summary, a page, and the list to go on with."""

import html
from collections import Counter

import numpy as np
import pandas

from course_utils import load
from course_utils.core import errors, files, plurals
from course_utils.show import tiles
from course_utils.your_own_data import export, patients, problems, records

SHOWN = 4  # example pictures
COLUMNS = tuple(
    """image mask patient_id device row_mm col_mm empty kind width height low high mask_share
    mask_style mask_files convert given_split frames fps file_kind mask_kinds""".split()
)


class Report:
    """What was found in a folder.

    `.table`: one row per image that a lesson can use: a still with a mask of its size. Paths are
    relative to the folder, which `.table.attrs["folder"]` names. Columns: image, mask, patient_id,
    device ('unknown' where unknown), row_mm and col_mm (missing where unknown), empty, kind, width
    and height (pixels), low and high (grey, 0 to 1), mask_share (of the pixels), mask_style,
    mask_files (all masks of the image), convert (why copies must be written, or ''), given_split,
    frames, fps, file_kind.
    `.images`: the same for every image that could be read, with or without a mask, and for cines.
    `.problems`: level ('stop', 'look', 'note'), kind, file, problem, advice. `.patients`: how
    patients were told apart. `.ok`: True if there is nothing to put right.
    """

    def __init__(self, survey):
        self.folder, self.patients = survey.folder, survey.patients
        self.images = _table(survey)
        usable = [record.fits and record.seen.frames == 1 for record in survey.records]
        self.table = self.images[np.array(usable, bool)].reset_index(drop=True)
        self.table.attrs = dict(self.images.attrs)
        found = list(survey.problems)
        cines = int((self.images["kind"] == "cine").sum())
        if cines:
            found.append(problems.noted("cines", cines=cines))
        self.problems = problems.table(found)
        self._kinds = problems.by_kind(found)
        self._files = survey.files
        self.ok = not (self.problems["level"] == problems.STOP).any()

    @property
    def summary(self):
        """The report in a few sentences, str."""
        return "\n".join(self._sentences())

    def manifest(self, path, converted=None, label=None):
        """Write the table as a list (`cases.csv`) that every lesson accepts; returns its `Path`.

        converted: a new folder, outside the data, for copies of what must be written anew (several
        masks of one image, labels, outlines, DICOM, NIfTI). label: which label to keep, or several.
        Where for more than a fifth of the images nobody knows whose they are, its column `patients`
        says 'guessed', and no page gives an interval over patients.
        No file is ever overwritten or changed. Raises DataError and FileError (`export.write`).
        """
        alone = pandas.Series(list(self.patients.ids.values()), dtype=str).str.startswith("U")
        unknown = not self.patients.certain and alone.mean() > 1 - patients.MOST
        guessed = "guessed" if unknown else None
        return export.write(self.table.assign(patients=guessed), path, converted, label)

    def examples(self):
        """Up to four images with the outline of their masks, a `figures.Picture`; None if there is
        none. Images with writing in them are not shown.
        """
        return _examples(self)

    def _sentences(self):
        table, pairs = self.images, self.images["mask"].notna().sum()
        yield (
            f"Folder '{files.shown(self.folder)}': {plurals.count(self._files, 'file')}, "
            f"{plurals.count(len(table), 'image')} and "
            f"cines that can be read, {pairs} with a mask, {len(self.table)} of use in a lesson "
            f"({plurals.count(self.table['patient_id'].nunique(), 'patient')})."
        )
        if len(table):
            yield f"Patients: {self.patients.how}."
            sizes = Counter(zip(table["width"], table["height"], strict=True)).most_common()
            shown = ", ".join(f"{w} x {h} ({n})" for (w, h), n in sizes[:3])
            yield (
                f"Sizes (width x height): {shown}"
                f"{f' and {len(sizes) - 3} more' if len(sizes) > 3 else ''}. Grey from "
                f"{table['low'].min():.2f} to {table['high'].max():.2f}. Pixel size known: "
                f"{table['row_mm'].notna().sum()} of {len(table)}."
            )
        if len(self.table):
            styles = Counter(self.table["mask_style"]).most_common(3)
            yield (
                f"Masks: {', '.join(f'{style} ({n})' for style, n in styles)}; "
                f"{int(self.table['empty'].sum())} empty, "
                f"{(self.table['convert'] != '').sum()} to be written anew."
            )
        counts = Counter(self.problems["level"])
        yield (
            "; ".join(
                f"{counts[level]} x {level} ({problems.MEANING[level]})"
                for level in problems.LEVELS
            )
            + "."
        )

    def __str__(self):
        lines = [self.summary, ""]
        for row in self._kinds.itertuples():
            where = f" First: {row.example}." if row.example else ""
            lines += [
                f"{row.level:<5} {row.count:>6} x {row.kind}: {row.problem}{where}",
                f"{'':14} {row.advice}",
            ]
        return "\n".join(lines)

    def __repr__(self):
        return self.summary

    def _repr_html_(self):
        picture = self.examples()
        rows = "".join(
            f"<tr><td><b>{row.level}</b></td><td>{row.count}</td><td style='text-align:left'>"
            f"{html.escape(row.kind)}</td><td style='text-align:left'>{html.escape(row.problem)}"
            f"{'<br><small>' + html.escape(row.example) + '</small>' if row.example else ''}</td>"
            f"<td style='text-align:left'>{html.escape(row.advice)}</td></tr>"
            for row in self._kinds.itertuples()
        )
        said = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in self._sentences())
        heads = "".join(
            f"<th scope='col'>{head}</th>"
            for head in ("Level", "How many", "What", "The first of them", "To do")
        )
        return (
            f"{said}<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
            f"{picture.html() if picture else ''}"
        )


def _table(survey):
    rows = [_row(record, survey) for record in survey.records]
    table = pandas.DataFrame(rows, columns=COLUMNS)
    table = table.astype(
        {
            "row_mm": float,
            "col_mm": float,
            "fps": float,
            "low": float,
            "high": float,
            "mask_share": float,
            "frames": int,
            "width": int,
            "height": int,
        }
    )
    table.attrs |= {"folder": str(survey.folder), "organs": survey.organs}
    return table


def _row(record, survey):
    seen, marks = record.seen, record.marks
    row_mm, col_mm = record.spacing or (None, None)
    styles = sorted({mark.style for mark in marks})
    return {
        "image": record.image,
        "mask": record.masks[0] if record.masks else None,
        "patient_id": record.patient_id,
        "device": record.device,
        "row_mm": row_mm,
        "col_mm": col_mm,
        "empty": all(mark.share == 0 for mark in marks) if marks else None,
        "kind": "cine" if seen.frames > 1 else "still",
        "width": seen.width,
        "height": seen.height,
        "low": seen.low,
        "high": seen.high,
        "frames": seen.frames,
        "fps": seen.fps,
        "mask_share": min(1, sum(mark.share for mark in marks)) if marks else None,
        "mask_style": " and ".join(styles) or None,
        "mask_files": tuple(record.masks),
        "convert": record.convert,
        "given_split": record.given_split,
        "file_kind": record.file_kind,
        "mask_kinds": record.mask_kinds,
    }


def _examples(report):
    quiet = set(report.problems.loc[report.problems["kind"] == "writing in the picture", "file"])
    rows = report.table[
        ~report.table["image"].isin(quiet) & (report.table["file_kind"] == "picture")
    ]
    rows = rows.drop_duplicates("patient_id")
    rows = (
        rows.iloc[np.unique(np.linspace(0, len(rows) - 1, min(SHOWN, len(rows))).astype(int))]
        if len(rows)
        else rows
    )
    images, masks = {}, {}
    for number, row in enumerate(rows.itertuples(), 1):
        title = f"{number}. {files.shown(row.image)[:24]}"
        try:
            images[title] = load.image(report.folder / row.image)
            parts = [
                records.mask_values(report.folder / name, kind)[0] > 0
                for name, kind in zip(row.mask_files, row.mask_kinds, strict=True)
            ]
            masks[title] = np.any(parts, axis=0)
        except errors.CourseError:  # the folder has changed since it was checked
            return None
    if not images:
        return None
    return tiles.grid(
        images,
        f"{plurals.count(len(images), 'image')} of the folder, each with the outline of its "
        "mask: does it lie where it should?",
        masks,
    )
