"""Slow tests: found in a log, kept while they exist, and all that are named do exist."""

import pytest

from tools.measure import slow

LOG = """\
0.30s call     tests/tools/measure/test_slow.py::test_every_named_test_exists
0.40s call     tests/test_style.py::test_types
0.40s setup    tests/core/test_none.py::test_fixture
0.02s call     tests/tools/measure/test_slow.py::test_fast[a b]
"""


def test_every_named_test_exists():
    names = slow.NAMED.read_text(encoding="utf-8").splitlines()
    assert names == sorted(names)
    assert [name for name in names if not slow.exists(name)] == []


def test_a_log_is_read_and_what_is_gone_is_dropped(tmp_path, monkeypatch, capsys):
    assert slow.slow(LOG, 0.08) == {
        "tests/tools/measure/test_slow.py::test_every_named_test_exists"
    }
    named = tmp_path / "slow.txt"
    named.write_text("tests/core/test_gone.py::test_it\n", encoding="utf-8")
    monkeypatch.setattr(slow, "NAMED", named)
    monkeypatch.setattr(slow, "exists", lambda name: "gone" not in name)
    monkeypatch.setattr(slow, "ROOT", tmp_path)
    log = tmp_path / "log"
    log.write_text(LOG, encoding="utf-8")
    slow.main([str(log)])
    assert named.read_text(encoding="utf-8").splitlines() == [
        "tests/tools/measure/test_slow.py::test_every_named_test_exists"
    ]
    log.write_text("nothing", encoding="utf-8")
    with pytest.raises(SystemExit):
        slow.main([str(log)])
    assert "no durations" in capsys.readouterr().err
