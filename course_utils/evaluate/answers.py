"""What a learner answered in a checklist, kept in their own folder, where it outlives the kernel.

One file, `checklists.json`, holds the answers of all lessons, each under the name of its form, and
only what the learner changed: what a page knows by itself is filled in anew each time. Beside it
lies each form as a page, NAME.md. Whatever fails is said and tried again; it never stops a lesson.
"""

import datetime
import re

from course_utils.core import errors, files, store

FILE, VERSION = "checklists.json", 1
LOST = (
    "What you wrote stays in this page while its kernel runs, and each further change tries again."
)


class Kept:
    """The answers of one form on the disk. name: a plain word; about: which data they are about.

    `.load()` gives {number: [status, note]}; `.change(number, answer)` keeps one; `.publish(write)`
    writes the pages, `.pages` beside its own; `.said` tells how that went. Raises DataError for a
    name that is no plain word.
    """

    def __init__(self, name, about=""):
        if not isinstance(name, str) or not re.fullmatch(r"\w+", name):
            raise errors.DataError(f"keep is a plain word, such as 'claim_08', not {name!r}.")
        self.name, self.page, self.pages = f"{name} {about}".strip(), f"{name}.md", []
        self._waiting, self._aside, self._where = {}, "", ""
        self._state = "Each change is saved at once."

    @property
    def said(self):
        """When it was saved, where, and what was in the way."""
        return " ".join(filter(None, (self._state, self._where, self._aside)))

    def load(self):
        """What was kept; {} where there is nothing, or where it cannot be read."""
        try:
            forms, aside = store.read(files.my_work(FILE, make=False), _checked)
        except (OSError, errors.FileError) as problem:
            self._state = f"Earlier answers cannot be read: {problem}"
            return {}
        found = forms.get(self.name, {})
        if found:
            self._state = f"Your own answers are back: {len(found)}."
        self._tell(aside)
        return found

    def change(self, number, answer):
        """Keep the answer of one item, [status, note]; None: it is again what the page knew."""
        self._waiting[number] = answer
        try:
            _, aside = store.change(files.my_work(FILE), _checked, self._written)
        except (OSError, errors.FileError) as problem:
            self._state = f"NOT SAVED: {problem} {LOST}"
            return
        self._waiting, self._state = {}, f"Saved {datetime.datetime.now():%H:%M}."
        self._tell(aside)

    def publish(self, write):
        """Write the form's page, and each one that was exported. write: takes the `Path`."""
        self._where = ""
        if self._waiting:  # why has been said
            return
        self._where = f"As a page: {self.page} in your folder my_work."
        try:
            for place in (files.my_work(self.page), *self.pages):
                write(place)
        except (OSError, errors.FileError) as problem:
            self._where = f"Its page is not written: {problem}"

    def _written(self, forms):
        mine = {**forms.get(self.name, {}), **self._waiting}
        forms[self.name] = {number: answer for number, answer in mine.items() if answer}
        return {"version": VERSION, "forms": forms}

    def _tell(self, aside):
        if aside:
            self._aside = (
                f"An older {FILE} is damaged or of another version of the course; it is kept as "
                f"{aside.name}."
            )


def _checked(data):
    """The forms of a file: {name: {number: [status, note]}}. Raises ValueError for another one."""
    forms = data.get("forms") if isinstance(data, dict) else None
    if not isinstance(forms, dict) or data.get("version") != VERSION:
        raise ValueError("another version")
    for answers in forms.values():
        for answer in answers.values() if isinstance(answers, dict) else [None]:
            if not isinstance(answer, list) or [type(part) for part in answer] != [str, str]:
                raise ValueError("no answers")
    return forms
