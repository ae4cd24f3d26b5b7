"""Tags for reports of one's own, whose text goes nowhere."""

import pytest

from course_utils.core import errors
from course_utils.language import own_reports


def test_own_reports_are_tagged_and_their_text_is_not_taken_over(tmp_path):
    place, out = tmp_path / "r.csv", tmp_path / "tags.csv"
    place.write_text('Name;Text\nJane Roe;"Quiste, sin septos"\nJohn Doe;\n', "utf-8")
    found = own_reports.tag_table(place, "Text", out)
    assert list(found.diagnosis) == ["cyst", ""] and list(found.internal) == ["-septations", ""]
    written = out.read_text("utf-8")
    assert "Jane" not in written and "sin septos" not in written and "normal" not in written
    with pytest.raises(errors.FileError, match="exists"):
        own_reports.tag_table(place, "text", out)
    with pytest.raises(errors.DataError, match="no column"):
        own_reports.tag_table(place, "report")
