"""The reporting desk: a scan, the three most alike earlier cases, and a draft to be corrected.

The draft is what most of the ten nearest earlier reports say, and never more than a picture can show:
organ, system and vascularity stay 'not assessed'. A line may be called wrong, and is then taken out
before it is signed. All scans are SYNTHETIC.
"""

import html

import ipywidgets
import numpy as np

from course_utils import language, show
from course_utils.core import errors
from course_utils.language import archive, records, retrieval, taxonomy
from course_utils.show import pages, widgets
from course_utils.simulate import findings

SCANS, ALIKE, VOTERS = 12, 3, 10
SURE, MAYBE = 0.5, 0.3  # shares of the voters from which a tag is written, and called possible
FIRST = archive.FRESH + 3000  # the desk's patients are in no other test
WRONG, RIGHT = "wrong", "as drafted"


def draft(query, others, said, patients=None, not_of=None):
    """A record from the nearest earlier reports: what half of ten say is present, three possible.

    query: direction of a picture (48,). others: directions of the earlier pictures (n, 48). said:
    their records. A tag that a picture cannot show is never drafted. not_of: whose own earlier
    scans do not vote, named in `patients`.
    """
    voters = retrieval.nearest(query, others, VOTERS, not_of, patients)
    votes = {}
    for row in voters:
        for tag in records.present(said[row]):
            votes[tag] = votes.get(tag, 0) + 1 / len(voters)
    record = {}
    for dimension in findings.SEEN:
        shares = {tag: votes.get(tag, 0) for tag in taxonomy.tags(dimension)}
        several = dimension in ("internal", "posterior")  # of all others a finding has one
        for tag in shares if several else [max(shares, key=shares.get)]:
            if shares[tag] >= MAYBE:
                record[tag] = "present" if shares[tag] >= SURE else "uncertain"
    if record.get("normal appearance") == "present":  # a normal place has no shape
        record = {"normal appearance": "present"}
    return records.checked(record)


def wrong_lines(drafted, truth):
    """Dimensions of a draft that say something which is not so, a list: a tag called present that
    is not there. 'Possible' and 'not assessed' are never wrong; they leave it open."""
    there = set(records.present(truth))
    return [
        dimension
        for dimension, found in records.by_dimension(drafted).items()
        if any(state == "present" and tag not in there for tag, state in found.items())
    ]


def lines_to_check(drafted):
    """Dimensions of a draft that state a tag as present, a list."""
    found = records.by_dimension(drafted)
    return [name for name, part in found.items() if "present" in part.values()]


def fate(drafted, truth, flags):
    """What became of the wrong lines of a draft: a sentence with what is there instead."""
    there = records.by_dimension(truth)
    told = []
    for dimension in wrong_lines(drafted, truth):
        done = "struck out" if dimension in flags else "signed all the same"
        told.append(f"{dimension} ({done}; it is {', '.join(there[dimension]) or 'none'})")
    return f"Wrong in the draft: {'; '.join(told)}." if told else "No line of the draft was wrong."


class Desk(pages.Shown):
    """The desk. `.scan`: which is on show, from 1; `.flags`: {scan: set of dimensions called wrong};
    `.signed`: {scan: record}. `.flag(dimension)` and `.sign()` press the buttons from code.
    """

    def __init__(self, model=None, first=FIRST):
        model = model or language.networks.load(archive.WEIGHTS)  # Keras comes only if asked
        self._earlier, self._table = archive.stored()
        images, self._cases = archive.fresh(SCANS, first)
        self._images = np.asarray(images)
        others, seen = model.see(self._earlier), model.see(self._images)
        said, owners = list(self._table.said), self._table.patient_id.to_numpy()
        names = list(self._cases.patient_id)
        self._near = [
            retrieval.nearest(query, others, ALIKE, name, owners)
            for query, name in zip(seen, names, strict=True)
        ]
        self.drafts = [
            draft(query, others, said, owners, name)
            for query, name in zip(seen, names, strict=True)
        ]
        self.scan, self.touched = 1, False
        self.flags = {number: set() for number in range(1, SCANS + 1)}
        self.signed = {}
        self._build()
        self._show()

    @property
    def values(self):
        """The scan on show, and how many are signed."""
        return {"scan": self.scan, "signed": len(self.signed)}

    @property
    def truth(self):
        """{scan: the record of what is there}, of signed scans alone."""
        return {number: self._cases.truth.iloc[number - 1] for number in self.signed}

    def choose(self, scan):
        """Show another scan, 1 to 12. Raises DataError."""
        if scan not in self.flags:
            raise errors.DataError(f"There are scans 1 to {SCANS}, not {scan!r}.")
        self._menu.value = scan

    def flag(self, dimension):
        """Call a line of the draft wrong, or right again. Raises DataError for a signed scan or a
        line that says nothing."""
        if self.scan in self.signed:
            raise errors.DataError(f"Scan {self.scan} is signed. Choose another one.")
        if not records.by_dimension(self._draft())[self._known(dimension)]:
            raise errors.DataError(f"The draft says nothing of {dimension}.")
        self.touched = True
        self.flags[self.scan] ^= {dimension}
        self._show()

    def sign(self):
        """Sign the scan on show, without the lines called wrong: its record."""
        self.touched = True
        kept = {
            tag: state
            for tag, state in self._draft().items()
            if taxonomy.dimension_of(tag) not in self.flags[self.scan]
        }
        self.signed[self.scan] = records.checked(kept)
        self._show()
        return self.signed[self.scan]

    def result(self):
        """(wrong lines found, wrong lines, right lines called wrong, lines) over all signed scans."""
        found = wrong = spoilt = lines = 0
        for number in self.signed:
            drafted = self.drafts[number - 1]
            bad = set(wrong_lines(drafted, self._cases.truth.iloc[number - 1]))
            stated = set(lines_to_check(drafted))
            found += len(bad & self.flags[number])
            wrong += len(bad)
            spoilt += len((stated - bad) & self.flags[number])
            lines += len(stated)
        return found, wrong, spoilt, lines

    def _draft(self):
        return self.drafts[self.scan - 1]

    def _known(self, dimension):
        taxonomy.tags(dimension)
        return dimension

    def _build(self):
        self._menu = ipywidgets.Dropdown(options=list(self.flags), description="Scan")
        self._menu.observe(lambda change: self._chosen(change["new"]), names="value")
        self._view, self._line = ipywidgets.HTML(), ipywidgets.HTML()
        self._rows, shown = {}, []
        for dimension in taxonomy.DIMENSIONS:
            text = ipywidgets.HTML(layout=ipywidgets.Layout(width="min(30em, 70%)"))
            button = ipywidgets.Button(
                description="wrong?",
                tooltip=f"Call the line on {dimension} wrong",
                layout=ipywidgets.Layout(width="7em"),
            )
            button.on_click(lambda _, name=dimension: self.flag(name))
            self._rows[dimension] = text, button
            shown.append(ipywidgets.HBox([text, button]))
        self._sign = ipywidgets.Button(description="Sign", tooltip="Sign this report")
        self._sign.on_click(lambda _: self.sign())
        self._box = ipywidgets.VBox([self._menu, self._view, *shown, self._sign, self._line])

    def _chosen(self, number):
        self.scan = number
        self._show()

    def _show(self):
        done = self.scan in self.signed
        parts = records.render(self._draft()).splitlines()
        found = records.by_dimension(self._draft())
        for line, (dimension, (text, button)) in zip(parts, self._rows.items(), strict=True):
            flagged = dimension in self.flags[self.scan]
            shown = html.escape(line)
            text.value = f"<s>{shown}</s>" if flagged else shown
            button.description = "wrong" if flagged else "wrong?"
            button.button_style = "warning" if flagged else ""
            button.disabled = done or not found[dimension]
            button.layout.visibility = "visible" if found[dimension] else "hidden"
        self._sign.disabled = done
        self._line.value = widgets.status(self._told())
        self._view.value = self._drawn().html()

    def _drawn(self):
        shown = {f"Scan {self.scan}: your patient": self._images[self.scan - 1]}
        for place, row in enumerate(self._near[self.scan - 1], 1):
            shown[f"{place}. {self._table.en[row]}"] = self._earlier[row]
        alt = (
            f"Scan {self.scan}, and the three earlier scans that the network calls most alike, each "
            "with its report."
        )
        return show.grid(shown, alt, columns=4, spacing=findings.PIXEL_MM, kind="synthetic")

    def _told(self):
        if self.scan in self.signed:
            there = self.truth[self.scan]
            stated = fate(self._draft(), there, self.flags[self.scan])
            return f"Signed by you. {stated} Signed: {len(self.signed)} of {SCANS}."
        return f"Draft by a machine, not signed. Signed: {len(self.signed)} of {SCANS}."

    def text(self):
        """The draft on show."""
        return f"[desk: scan {self.scan}] {self._told()}\n{records.render(self._draft())}"

    def html(self):
        """The scan and its draft, for a page without a kernel."""
        lines = "<br>".join(
            html.escape(line) for line in records.render(self._draft()).splitlines()
        )
        return f"{self._drawn().html()}<p>{lines}</p><p>{html.escape(self._told())}</p>"
