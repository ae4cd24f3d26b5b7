"""A cohort, patient by patient: here and on a cluster the same table, and a problem stays one patient's."""

import os

import pandas
import pytest

from course_utils.cases import cohort
from course_utils.core import errors


def table(patients=12):
    rows = [
        {"patient_id": f"P{number % patients:02d}", "image": f"{number}.png", "size": number}
        for number in range(3 * patients)
    ]
    made = pandas.DataFrame(rows)
    made.attrs["folder"] = "somewhere"
    return made


def measure(rows):
    """The mean of a patient's sizes; one patient cannot be measured."""
    if rows["patient_id"].iloc[0] == "P05":
        raise errors.DataError("this clip is too short")
    assert rows.attrs["folder"] == "somewhere" and rows["patient_id"].nunique() == 1
    return {"mean": float(rows["size"].mean()), "images": len(rows), "process": os.getpid()}


def test_each_patient_has_one_row_and_a_problem_is_its_own():
    shares = []
    found = cohort.each(table(), measure, watch=shares.append)
    assert list(found.index) == [f"P{number:02d}" for number in range(12)]
    expected = table().groupby("patient_id")["size"].mean()
    right = found.index != "P05"
    assert found["mean"][right].tolist() == expected[right].tolist()
    assert found["problem"].tolist().count("") == 11 and "too short" in found.problem["P05"]
    assert shares[-1] == 1 and shares == sorted(shares)


def test_what_is_no_cohort_and_what_is_no_answer_is_said():
    with pytest.raises(errors.DataError, match="patient_id"):
        cohort.each(pandas.DataFrame({"image": []}), measure)
    for wrong in (lambda rows: 5, lambda rows: {"problem": "x"}):
        with pytest.raises(errors.DataError, match="returns a dict"):
            cohort.each(table(), wrong)
    with pytest.raises(ZeroDivisionError):  # a defect is not a patient's problem
        cohort.each(table(), lambda rows: {"x": 1 / 0})


@pytest.mark.slow
def test_a_cluster_gives_the_same_table():
    distributed = pytest.importorskip(
        "distributed", reason="dask is not installed (binder/requirements-more.txt)"
    )
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        many = table(40)
        there = cohort.each(many, measure, client)
        with pytest.raises(ZeroDivisionError):
            cohort.each(many, lambda rows: {"x": 1 / 0}, client)
    here = cohort.each(many, measure)
    same = ["mean", "images", "problem"]
    pandas.testing.assert_frame_equal(there[same], here[same])
    assert os.getpid() not in set(there["process"].dropna())
    assert there["process"].nunique() == 2
