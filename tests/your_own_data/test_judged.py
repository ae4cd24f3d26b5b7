"""What is judged is counted and measured; nothing can be typed in."""

import numpy as np
import pytest

from course_utils.cases import samples, split
from course_utils.core.errors import DataError
from course_utils.your_own_data import judged, stop_rules


class Blank:
    """A network that always draws the upper half."""

    input_shape = (None, 32, 32, 1)

    def predict_on_batch(self, batch):
        answer = np.zeros((len(batch), 32, 32, 1), np.float32)
        answer[:, :16] = 1
        return answer


@pytest.fixture(scope="module")
def parts():
    table = samples.table("muscle_general")
    table = table[~table["empty"]].groupby("patient_id").head(1)
    return split.by_patient(table, (0.3, 0.2, 0.5))


@pytest.fixture
def result(parts, tmp_path, monkeypatch):
    monkeypatch.setattr(judged.files, "my_work", lambda name="", make=True: tmp_path / name)
    return judged.judge(Blank(), *parts, size=32)


@pytest.mark.slow
def test_every_opening_is_counted(result, parts):
    assert result.looks == 1 and result.synthetic is True and dict(result.clean)["pictures"]
    assert judged.judge(Blank(), *parts, size=32).looks == 2
    fewer = parts[2].iloc[:-1]
    assert judged.judge(Blank(), *parts[:2], fewer, size=32).looks == 1  # another test set


@pytest.mark.slow
def test_the_stop_list_takes_measurements_alone(result):
    table = stop_rules.check(result, needed=0.9, worst_allowed=0.7).set_index("rule")
    assert table.loc["the test set was opened once", "verdict"] == "pass"
    assert table.loc["refusals", "found"] == f"0 of {len(result.scores)}"
    assert table.loc["calibration slope", "verdict"] == "not asked"
    assert "Not asked: calibration slope" in stop_rules.verdict(table.reset_index())
    for typed in (None, {"dice": 0.9}, 0.9, 12):
        with pytest.raises(DataError, match="judged.judge"):
            stop_rules.check(typed, needed=0.9)
    with pytest.raises(DataError, match="calibration"):
        stop_rules.check(result, calibration=1.0)


def test_a_leak_stops_before_the_test_set_is_opened(parts, tmp_path, monkeypatch):
    monkeypatch.setattr(judged.files, "my_work", lambda name="", make=True: tmp_path / name)
    with pytest.raises(DataError, match="more than one part"):
        judged.judge(Blank(), parts[2], parts[1], parts[2], size=32)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_elsewhere_is_known_from_the_scanners(result, parts):
    assert result.elsewhere is False
    other = parts[2].assign(device="Another")
    found = judged.Judged(result.scores, result.parts | {"test": other}, result.clean, True)
    assert found.elsewhere is True and found.looks is None
    nobody = result.parts | {"test": parts[2].assign(device="unknown")}
    assert judged.Judged(result.scores, nobody, result.clean, True).elsewhere is None
