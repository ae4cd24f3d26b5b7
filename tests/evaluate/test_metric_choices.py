"""The choice of a measure."""

import itertools
import re

import pytest

from course_utils.core.errors import DataError
from course_utils.evaluate import metric_choices, metrics


def choice(*args, **kwargs):
    table = metric_choices.metric_choice(*args, **kwargs)
    return {row.measure: row.use for row in table.itertuples()}


def use(found, word):
    return {kind for name, kind in found.items() if word in name}


def test_a_region_a_thin_and_a_small_structure():
    region, thin, small = (choice("segmentation", kind) for kind in ("region", "thin", "small"))
    assert use(region, "Dice (or") == {"report"} and use(region, "surface Dice") == {"report"}
    assert use(thin, "clDice") == {"report"} and use(thin, "Dice, IoU") == {"avoid"}
    assert use(small, "found or missed") == {"report"} and use(small, "HD95") == set()
    for found in (region, thin, small):
        assert use(found, "pixel accuracy") == {"avoid"} and use(found, "empty") == {"state"}
        assert use(found, "per patient") == use(found, "interval") == {"state"}


def test_options_of_segmentation():
    assert use(choice("segmentation", boundary=False), "surface Dice") == set()
    assert use(choice("segmentation", empty_possible=True), "false alarms") == {"report"}
    assert use(choice("segmentation", mistake="missed"), "recall") == {"report"}
    assert use(choice("segmentation", mistake="false"), "precision") == {"report"}


def test_classification_follows_prevalence():
    rare = choice("classification", prevalence=0.04, target_prevalence=0.01)
    even = choice("classification", prevalence=0.5)
    assert use(rare, "accuracy") == {"avoid", "report"} and use(rare, "balanced") == {"report"}
    assert use(rare, "average precision") == {"report"} and use(even, "average precision") == set()
    assert use(rare, "predictive values at a prevalence of 1 %") == {"report"}
    assert use(even, "predictive values") == {"avoid"} and use(even, "accuracy") == set()
    assert use(choice("classification", probabilities=False), "calibration") == set()


def test_measurement_and_names_that_exist():
    assert use(choice("measurement"), "correlation") == {"avoid"}
    named = {
        name
        for kind in ("region", "thin", "small")
        for text in metric_choices.metric_choice("segmentation", kind)["in_the_course"]
        for name in re.findall(r"metrics\.(\w+)", text)
    }
    assert named and all(hasattr(metrics, name) for name in named)
    assert "<th scope=" in metric_choices.metric_choice("measurement")._repr_html_()


@pytest.mark.parametrize(
    "wrong",
    [
        {"task": "magic"},
        {"task": "segmentation", "structure": "big"},
        {"task": "classification", "prevalence": 30},
        {"task": "segmentation", "mistake": "both"},
    ],
)
def test_a_choice_that_does_not_exist(wrong):
    with pytest.raises(DataError):
        metric_choices.metric_choice(**wrong)


def test_every_advice_is_given_by_some_question_and_every_value_is_filled():
    given = set()
    for structure, boundary, empty, mistake in itertools.product(
        metric_choices.STRUCTURES, (True, False), (True, False), (None, "missed", "false")
    ):
        given |= set(map(tuple, metric_choices.metric_choice(
            "segmentation", structure, boundary, empty, mistake).to_numpy()))  # fmt: skip
    for prevalence, target, shares in itertools.product(
        (None, 0.04, 0.5), (None, 0.01), (True, False)
    ):
        given |= set(map(tuple, metric_choices.metric_choice(
            "classification", prevalence=prevalence, target_prevalence=target,
            probabilities=shares).to_numpy()))  # fmt: skip
    given |= set(map(tuple, metric_choices.metric_choice("measurement").to_numpy()))
    assert {why for _, _, why, _ in given} >= {
        told["why"] for told in metric_choices.ADVICE.values() if "{" not in told["why"]
    }
    assert not [row for row in given if "{" in row[0] + row[2]]
    assert {row[1] for row in given} == {"report", "avoid", "state"}
