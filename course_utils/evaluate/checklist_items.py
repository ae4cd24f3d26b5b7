"""What two reporting checklists ask, item by item, in the course's own short words.

The items are in `checklist_items.csv`: number; section; what is asked; applies: D (only who develops
a model), E (only who evaluates one) or DE; fact: the key under which a model card knows the answer.
Numbers, sections and topics follow the published lists; the wording does not, so that it can be
taught here. **To submit a paper, fill in the official form** (CLAIM: pubs.rsna.org/page/ai/claim;
TRIPOD+AI: www.tripod-statement.org). Numbers and topics were compared with openly stored copies of
both lists.

Sources: CLAIM 2024, Tejani et al, Radiology: Artificial Intelligence 2024, doi:10.1148/ryai.240300;
TRIPOD+AI, Collins et al, BMJ 2024, doi:10.1136/bmj-2023-078378.
"""

import csv
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


CLAIM, TRIPOD = _items("CLAIM"), _items("TRIPOD+AI")
ALL = {
    "CLAIM": Checklist(
        "CLAIM",
        "CLAIM 2024",
        "10.1148/ryai.240300",
        "https://pubs.rsna.org/page/ai/claim",
        44,
        CLAIM,
    ),
    "TRIPOD+AI": Checklist(
        "TRIPOD+AI",
        "TRIPOD+AI 2024",
        "10.1136/bmj-2023-078378",
        "https://www.tripod-statement.org/",
        27,
        TRIPOD,
    ),
}
