"""The screening table: what an automatic EF said of many synthetic patients."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas
import pytest

from course_utils.cases import samples
from course_utils.core.errors import FileError
from tools.data import screening

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def table():
    return samples.table("screening")


@pytest.fixture(scope="module")
def maker():
    """tools/data/screening.py as a module."""
    return screening


def test_one_row_per_patient_with_every_column(table, maker):
    assert list(table.columns) == list(maker.COLUMNS)
    assert len(table) >= 1000 and table["patient_id"].is_unique and table["seed"].is_unique
    assert set(table["split"]) == {"VAL", "TEST"}
    assert set(table["hospital"]) == set(maker.HOSPITALS)
    assert table.attrs["synthetic"] and table["bmi"].between(18, 42).all()
    assert table.drop(columns=["ef", "probability"]).notna().all(axis=None)


def test_truth_prevalence_and_refusals(table):
    assert (table["reduced"] == (table["ef_true"] <= 40)).all()
    assert 0.22 <= table["reduced"].mean() <= 0.36
    assert (table["refused"] == table["ef"].isna()).all()
    assert (table["refused"] == table["probability"].isna()).all()
    assert table["refused"].mean() < 0.25


def test_the_probability_is_logistic_in_the_automatic_ef(table):
    used = table[~table["refused"]]
    assert used["probability"].between(0, 1).all()
    middle = used[used["probability"].between(0.02, 0.98)]
    odds = np.log(middle["probability"] / (1 - middle["probability"]))
    slope, intercept = np.polyfit(middle["ef"], odds, 1)
    assert slope < 0 and np.abs(odds - (slope * middle["ef"] + intercept)).max() < 0.02


def test_the_second_hospital_is_worse(table):
    used = table[~table["refused"]]
    error = (used["ef"] - used["ef_true"]).abs().groupby(used["hospital"]).mean()
    assert error["Hospital A"] < 4.5 and error["Hospital B"] > 1.3 * error["Hospital A"]


def test_the_probabilities_fill_the_scale_in_both_hospitals(table):
    """So that a calibration curve and a decision curve rest on cases between the ends."""
    used = table[~table["refused"]]
    for _, part in used.groupby("hospital"):
        assert part["probability"].between(0.05, 0.95).mean() > 0.3
        counts, _ = np.histogram(part["probability"], np.linspace(0, 1, 11))
        assert counts.min() >= 8


def test_the_table_is_small():
    assert (samples.ROOT / "screening" / "cases.csv").stat().st_size < 120_000


def test_the_table_is_in_the_manifest():
    listed = json.loads((samples.ROOT / "manifest.json").read_text(encoding="utf-8"))
    content = (samples.ROOT / "screening" / "cases.csv").read_bytes()
    assert listed["screening/cases.csv"]["sha256"] == hashlib.sha256(content).hexdigest()


def test_a_table_without_a_column_names_the_command(tmp_path, monkeypatch, table):
    (tmp_path / "screening").mkdir()
    table.drop(columns="hospital").to_csv(tmp_path / "screening" / "cases.csv", index=False)
    monkeypatch.setattr(samples, "ROOT", tmp_path)
    with pytest.raises(FileError, match="lacks the column hospital. Run 'python tools/data/scr"):
        samples.table("screening")


def test_the_fit_finds_the_line_that_made_the_data(maker):
    rng = np.random.default_rng(0)
    ef = rng.uniform(20, 60, 4000)
    reduced = rng.random(4000) < maker.probability(ef, (0.4, -0.3))
    rows = pandas.DataFrame({"ef": ef, "reduced": reduced, "refused": False})
    assert np.allclose(maker.fitted(rows), (0.4, -0.3), atol=0.12)


def test_patients_that_were_made_are_kept_and_not_made_again(maker, monkeypatch, tmp_path):
    made = []

    def case(number, hospital):
        made.append(number)
        return {"seed": number, "ef": np.float64(number), "refused": np.bool_(False)}

    monkeypatch.setattr(maker, "case", case)
    rows = tmp_path / "rows.jsonl"
    rows.touch()
    maker.cases([1, 2], rows=rows)
    table = maker.cases([1, 2, 3], rows=rows)
    assert made == [1, 2, 3] and list(table["ef"]) == [1.0, 2.0, 3.0]


@pytest.mark.slow
def test_a_patient_made_again_is_the_same(maker, monkeypatch):
    monkeypatch.setattr(maker, "CHECKED", 1)
    assert maker.check() == []
