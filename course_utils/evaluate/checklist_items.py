"""What two reporting checklists ask, item by item, in the course's own short words.

The lists are named in `checklist_items.toml`, their items in `checklist_items.csv`: number; section;
what is asked; applies: D (only who develops a model), E (only who evaluates one) or DE; fact: the key
under which a model card knows the answer.
Numbers, sections and topics follow the published lists; the wording does not, so that it can be
taught here. **To submit a paper, fill in the official form** (CLAIM: pubs.rsna.org/page/ai/claim;
TRIPOD+AI: www.tripod-statement.org). Numbers and topics were compared with openly stored copies of
both lists.

Sources: CLAIM 2024, Tejani et al, Radiology: Artificial Intelligence 2024, doi:10.1148/ryai.240300;
TRIPOD+AI, Collins et al, BMJ 2024, doi:10.1136/bmj-2023-078378.
"""

import csv
import tomllib
from collections import namedtuple
from pathlib import Path

Item = namedtuple("Item", "number section asks applies fact")
Checklist = namedtuple("Checklist", "name title doi official count items")


def _items(name):
    with open(Path(__file__).with_suffix(".csv"), newline="", encoding="utf-8") as file:
        return [
            Item(*(row[field] for field in Item._fields))
            for row in csv.DictReader(file)
            if row["checklist"] == name
        ]


_TOLD = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
CLAIM, TRIPOD = _items("CLAIM"), _items("TRIPOD+AI")
ALL = {
    name: Checklist(name, items=items, **told)
    for (name, told), items in zip(_TOLD.items(), (CLAIM, TRIPOD), strict=True)
}
