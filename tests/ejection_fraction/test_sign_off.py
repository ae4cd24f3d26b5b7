import csv
import os
import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from course_utils.core import errors
from course_utils.ejection_fraction import sign_off
from tests.conftest import ROOT

WHY = "apex was foreshortened"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "sign off.csv"


def test_a_signed_change_is_one_row_with_its_reason(file):
    said = sign_off.sign(file, "echo07", 55.04, 48, WHY, "MH")
    assert said == (
        "Logged: echo07, EF 55.0 % changed to 48.0 % (-7.0 points) by MH. "
        "Reason: apex was foreshortened"
    )
    table = sign_off.log(file)
    assert tuple(table.columns) == sign_off.COLUMNS and len(table) == 1
    row = table.iloc[0]
    assert (row.study, row.reader, row.decision, row.reason) == ("echo07", "MH", "edited", WHY)
    assert (row.auto_ef, row.edited_ef, row.change) == (55.0, 48.0, -7.0)
    assert str(row.time_utc.tz) == "UTC" and row.course_version


def test_every_decision_is_added_below_the_others(file):
    sign_off.accept(str(file), "echo01", 61, "AB")
    sign_off.refuse(file, "echo02", "no endocardium in the lateral wall", "AB", auto_ef=44.4)
    sign_off.refuse(file, "echo03", "one beat only, irregular", "AB")
    first = file.read_bytes()
    sign_off.sign(file, "echo04", 30, 36.5, WHY, "CD")
    assert file.read_bytes().startswith(first)  # what was there stays, byte for byte
    table = sign_off.log(file)
    assert table.decision.tolist() == ["accepted", "refused", "refused", "edited"]
    assert table.change.tolist()[0] == 0 and table.change.tolist()[3] == 6.5
    assert np.isnan(table.edited_ef[1]) and table.auto_ef[1] == 44.4 and np.isnan(table.auto_ef[2])


@pytest.mark.parametrize("reason", ["", "   ", ".", "--", "ok", "12 3"])
def test_no_reason_no_signature(file, reason):
    with pytest.raises(errors.DataError, match="Say why"):
        sign_off.sign(file, "echo07", 55, 48, reason, "MH")
    with pytest.raises(errors.DataError, match="Say why"):
        sign_off.refuse(file, "echo07", reason, "MH")
    assert not file.exists()


def test_nothing_changed_is_accepted_not_signed(file):
    with pytest.raises(errors.DataError, match="accept"):
        sign_off.sign(file, "echo07", 55, 55.01, WHY, "MH")
    assert not file.exists()


@pytest.mark.parametrize(
    "change, words",
    [
        ({"study": "Anna Smith"}, "person"),
        ({"study": "SMITH^ANNA"}, "person"),
        ({"study": "Smith"}, "person"),
        ({"study": 7}, "text"),
        ({"study": "e1" * 40}, "characters"),
        ({"reader": "Müller"}, "initials"),
        ({"reader": "A B"}, "initials"),
        ({"reader": ""}, "initials"),
        ({"reader": None}, "text"),
        ({"auto_ef": 0.55}, "percent"),
        ({"auto_ef": "55"}, "percent"),
        ({"edited_ef": float("nan")}, "percent"),
        ({"edited_ef": -4}, "percent"),
        ({"edited_ef": True}, "percent"),
        ({"reason": "x" * 501}, "501"),
        ({"reason": None}, "text"),
        ({"reason": "apex\0cut off"}, "control"),
        ({"reason": "apex \udcff cut"}, "broken"),
        ({"study": "echo\udcff7"}, "broken"),
    ],
)
def test_what_cannot_be_logged_is_refused_and_leaves_no_file(file, change, words):
    values = {"study": "echo07", "auto_ef": 55, "edited_ef": 48, "reason": WHY, "reader": "MH"}
    with pytest.raises(errors.DataError, match=words) as caught:
        sign_off.sign(file, **{**values, **change})
    str(caught.value).encode("utf-8")  # the message itself can be shown
    assert not file.exists()


@pytest.mark.parametrize(
    "reason",
    [
        '=HYPERLINK("http://x")',
        "+1 segment",
        "-apex missed",
        "@SUM(A1)",
        "＝cmd",
        "'=quoted already",
    ],
)
def test_a_spreadsheet_runs_nothing_and_the_table_has_what_was_typed(file, reason):
    sign_off.sign(file, "echo07", 55, 48, reason, "MH")
    with file.open(encoding="utf-8-sig", newline="") as text:
        cell = list(csv.DictReader(text))[0]["reason"]
    assert not cell.startswith(sign_off.RISKY)
    assert sign_off.log(file).reason[0] == reason.removeprefix("'" if reason[1] == "=" else "")


def test_a_study_that_looks_like_a_formula_is_made_harmless_too(file):
    sign_off.accept(file, "=1+1", 55, "MH")
    assert b"'=1+1" in file.read_bytes() and sign_off.log(file).study[0] == "=1+1"


def test_quotes_commas_lines_and_all_scripts_survive(file):
    reason = 'wall "thick",\n septum; größer, 心尖部, é'
    sign_off.sign(file, "echo07", 55, 48, reason, "ÅÖ")
    assert sign_off.log(file).reason[0] == " ".join(reason.split())
    assert sign_off.log(file).reader[0] == "ÅÖ"
    assert file.read_bytes().count(b"\n") == 2  # a header and one row; no row has two lines
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_full_disk_leaves_no_half_row(file, monkeypatch):
    sign_off.accept(file, "echo01", 60, "MH")
    before, real = file.read_bytes(), os.write
    monkeypatch.setattr(sign_off.os, "write", lambda handle, line: real(handle, line[:11]))
    with pytest.raises(errors.FileError, match="nothing was logged"):
        sign_off.sign(file, "echo07", 55, 48, WHY, "MH")
    assert file.read_bytes() == before


def test_a_row_whose_end_is_missing_does_not_swallow_the_next(file):
    sign_off.accept(file, "echo01", 60, "MH")
    file.write_bytes(file.read_bytes().rstrip(b"\n"))
    sign_off.accept(file, "echo02", 61, "MH")
    assert sign_off.log(file).study.tolist() == ["echo01", "echo02"]


def test_an_incomplete_row_is_pointed_out_and_left_out(file):
    sign_off.accept(file, "echo01", 60, "MH")
    with file.open("ab") as added:
        added.write(b"2026-01-01T00:00:00Z,echo02,MH\n,,,,,,,,\n")
    with pytest.warns(errors.CourseWarning, match="3, 4"):
        assert sign_off.log(file).study.tolist() == ["echo01"]


def test_an_empty_file_becomes_a_log_and_an_empty_log_is_a_table(file):
    file.touch()
    sign_off.accept(file, "echo01", 60, "MH")
    assert len(sign_off.log(file)) == 1
    file.write_text(",".join(sign_off.COLUMNS) + "\n")
    assert sign_off.log(file).empty


@pytest.mark.parametrize("content", [b"patient,ef\n1,55\n", b"\x89PNG\r\n\x1a\n", b"\n\n"])
def test_another_file_is_never_added_to(file, content):
    file.write_bytes(content)
    with pytest.raises(errors.FileError, match="not a sign-off log"):
        sign_off.accept(file, "echo01", 60, "MH")
    assert file.read_bytes() == content
    with pytest.raises(errors.FileError, match="not"):
        sign_off.log(file)


@pytest.mark.parametrize("path", ["", "missing/log.csv", ".", "a\0b.csv", 7, None, b"log.csv"])
def test_a_path_that_is_none_is_refused(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(errors.CourseError):
        sign_off.accept(path, "echo01", 60, "MH")
    assert list(tmp_path.iterdir()) == []


def test_reading_a_log_that_is_not_there(file):
    with pytest.raises(errors.FileError, match="no file"):
        sign_off.log(file)


@pytest.mark.slow
def test_notebooks_that_sign_at_the_same_time_lose_no_row(file):
    work = (
        "import sys; from course_utils.ejection_fraction import sign_off as overrides\n"
        "for n in range(20):\n"
        "    overrides.accept(sys.argv[1], f'echo{sys.argv[2]}{n:02d}', 60, 'MH')"
    )
    sign_off.accept(file, "echo0", 60, "MH")
    running = [
        subprocess.Popen([sys.executable, "-c", work, str(file), str(who)], cwd=ROOT)
        for who in range(1, 4)
    ]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]
    table = sign_off.log(file)
    assert len(table) == table.study.nunique() == 61
    assert all(re.fullmatch(r"echo\d+", study) for study in table.study)


def edited(value, first=60):
    """What a desk needs of a tracer."""
    edit = SimpleNamespace(card={"value": first}, reading="the walls cross")
    return edit, lambda: edit.card.update(value=value)


def test_nothing_is_signed_before_a_button_is_pressed(tmp_path):
    edit, _ = edited(60)
    desk = sign_off.Desk(edit, "E18", 62.0, tmp_path / "log.csv")
    assert not desk.touched and not (tmp_path / "log.csv").exists()
    assert "62" not in desk._repr_mimebundle_()["text/html"]  # the truth is shown afterwards
    desk._pressed(desk.sign)
    assert "Not signed" in desk.said and not desk.touched and not (tmp_path / "log.csv").exists()


def test_the_number_that_is_logged_is_the_number_on_the_card(tmp_path):
    edit, move = edited(65)
    desk = sign_off.Desk(edit, "E18", 66.4, tmp_path / "log.csv")
    desk._initials.value = "AB"
    desk._pressed(desk.sign)
    assert desk.decision == "accepted" and "machine is 6 points off" in desk.said
    move()
    desk._pressed(desk.sign)
    assert "Not signed" in desk.said and desk.decision == "accepted"  # a change needs a reason
    desk._reason.value = "lateral wall was lost"
    desk._pressed(desk.sign)
    assert desk.decision == "edited" and desk.number == 65 and "you are 1 point off" in desk.said
    rows = sign_off.log(tmp_path / "log.csv")
    assert rows.edited_ef.tolist() == [60, 65] and rows.auto_ef.tolist() == [60, 60]
    desk._pressed(desk.refuse)
    assert desk.values["decision"] == "refused" and desk.values["number"] is None


def test_without_a_number_there_is_nothing_to_sign(tmp_path):
    edit, move = edited(None)
    desk = sign_off.Desk(edit, "E18", file=tmp_path / "log.csv")
    move()
    with pytest.raises(errors.DataError, match="no number to sign: the walls cross"):
        desk.sign("AB")
