"""The reporting desk: the draft is a vote, a line can be struck out, a signed report stays."""

import numpy as np
import pytest

from course_utils.core import errors
from course_utils.language import desk, records
from tests.helpers.casebook_language import Nobody


def test_a_draft_is_the_vote_and_never_of_what_cannot_be_seen():
    others, said = np.tile([1.0, 0], (10, 1)), [{"cyst": "present", "Breast": "present"}] * 10
    said = [
        {**record, "septations": "present"} if n < 4 else record for n, record in enumerate(said)
    ]
    said = [{**record, "no vascularity": "present"} for record in said]
    assert desk.draft([1, 0], others, said) == {"cyst": "present", "septations": "uncertain"}
    assert desk.wrong_lines(
        {"cyst": "present", "septations": "uncertain"}, {"mass": "present"}
    ) == ["diagnosis"]


def test_the_desk_strikes_out_signs_and_counts():
    found = desk.Desk(Nobody())
    stated = desk.lines_to_check(found.drafts[0])
    found.flag(stated[0])
    record = found.sign()
    assert found.touched and found.values == {"scan": 1, "signed": 1}
    assert not records.by_dimension(record)[stated[0]] and "not assessed" in records.render(record)
    assert records.by_dimension(record)["organ"] == {} and found.result()[3] == len(stated)
    for wrong in (
        lambda: found.flag(stated[0]),
        lambda: found.choose(99),
        lambda: (found.choose(2), found.flag("organ")),
    ):
        with pytest.raises(errors.DataError):
            wrong()
    assert "Draft by a machine" in found.text() and "<img" in found.html()
