"""The reading task, what comes out of it."""

import numpy as np
import pandas as pd
import pytest

from course_utils.core.errors import CourseWarning, DataError
from course_utils.evaluate import reading
from course_utils.show import figures

pytestmark = pytest.mark.filterwarnings("ignore::course_utils.core.errors.CourseWarning")

RNG = np.random.default_rng(0)
TRUTH = np.arange(20) % 2
SUGGESTION = reading.wrong_by_design(TRUTH)
IMAGES = [RNG.random((16, 16)) for _ in range(20)]


def reader(**more):
    return reading.Reader(IMAGES, TRUTH, SUGGESTION, "Is a tear there?", **more)


def read_all(task, first, second):
    """Answer both rounds by the case in view; first, second: 0 or 1 per case."""
    for answers in (first, second):
        for _ in range(20):
            task.press("yes" if answers[task._case()] else "no")
    return task


# --- suggestions ---


@pytest.mark.parametrize("share, wrong", [(0.3, 6), (0.0, 0), (1.0, 20), (0.01, 2)])
def test_errors_by_design_are_balanced_and_seeded(share, wrong):
    made = reading.wrong_by_design(TRUTH, share, seed=3)
    for kind in (0, 1):
        assert np.sum(made[kind == TRUTH] != kind) == wrong / 2
    assert made.tolist() == reading.wrong_by_design(TRUTH, share, seed=3).tolist()
    if share == 0.3:
        assert made.tolist() != reading.wrong_by_design(TRUTH, share, seed=4).tolist()


# --- the widget ---


def test_a_whole_reading_by_clicks():
    task = reader(demo=False)
    read_all(task, TRUTH, SUGGESTION)
    table = task.answers
    assert task.round == 0 and not table.demo.any()
    assert table["first"].tolist() == TRUTH.tolist()
    assert table["second"].tolist() == SUGGESTION.tolist()
    assert (table.first_seconds >= 0).all()
    assert all(button.disabled for button in task._buttons.values())
    assert "Complete" in task._line.value and task._view.value == ""
    with pytest.raises(DataError, match="Both rounds are complete"):
        task.press("yes")


def test_no_suggestion_and_no_truth_before_the_first_round_is_complete():
    task = reader()
    for count in range(20):
        shown = task._line.value + task._view.value + str(task._repr_mimebundle_()["text/html"])
        assert "The model suggests" not in shown and task.round == 1
        assert f"case {count + 1} of 20" in shown
        task.press("no")
    assert task.round == 2
    for _ in range(20):
        word = "yes" if SUGGESTION[task._case()] else "no"
        assert f"The model suggests: {word}." in task._line.value
        task.press("no")


def test_alternative_text_does_not_give_the_answer_away():
    given = [
        figures.Picture(figures.plain(image, "x").png, f"a tear: {truth}")
        for image, truth in zip(IMAGES, TRUTH, strict=True)
    ]
    task = reading.Reader(given, TRUTH, SUGGESTION)
    assert "a tear" not in task._repr_mimebundle_()["text/html"]


def test_real_clicks_count_and_a_double_click_at_the_end_does_not():
    task = reader(demo=False)
    assert task._buttons["back"].disabled
    for _ in range(40):
        task._buttons["yes"].click()
    task._buttons["yes"].click()
    assert task.round == 0 and task.answers["first"].sum() == 20 and task._bar.value == 40


def test_back_undoes_one_case_and_never_a_round():
    task = reader(demo=False)
    case = task._case()
    task.press("yes")
    task.press("back")
    assert task._case() == case and task.answers["first"].isna().all()
    with pytest.raises(DataError, match="no case to go back"):
        task.press("back")
    for _ in range(20):
        task.press("yes")
    with pytest.raises(DataError, match="no case to go back"):
        task.press("back")
    assert task.answers["first"].notna().all() and task.answers["second"].isna().all()


def test_the_order_differs_between_rounds_and_follows_the_seed():
    task = reader(seed=1)
    assert task._orders[0].tolist() != task._orders[1].tolist()
    assert sorted(task._orders[0]) == list(range(20))
    assert task._orders[0].tolist() == reader(seed=1)._orders[0].tolist()


def test_an_unread_task_has_demo_answers_that_say_so():
    task = reader()
    task.press("yes")
    assert task.answers.demo.all() and task.answers["second"].notna().all()
    assert "demo answers" in task._repr_mimebundle_()["text/plain"]
    assert reading.result(task.answers, TRUTH, SUGGESTION).sentence().startswith("DEMO answers")
    read_all(task2 := reader(), TRUTH, TRUTH)
    assert not task2.answers.demo.any()
    assert "DEMO" not in reading.result(task2.answers, TRUTH, SUGGESTION).sentence()


def test_without_demo_an_unfinished_reading_is_refused():
    task = reader(demo=False)
    with pytest.raises(DataError, match="20 of 20 cases are not read twice"):
        reading.result(task.answers, TRUTH, SUGGESTION)


def test_no_output_widget_and_buttons_a_keyboard_reaches():
    task = reader()
    kinds = {type(button).__name__ for button in task._buttons.values()}
    assert kinds == {"Button"} and all(button.tooltip for button in task._buttons.values())
    assert "application/vnd.jupyter.widget-view+json" in task._repr_mimebundle_()
    assert 'aria-live="polite"' in task._line.value


@pytest.mark.parametrize(
    "call, match",
    [
        (lambda: reading.Reader(IMAGES[:3], TRUTH, SUGGESTION), "differ: images 3"),
        (lambda: reading.Reader([], [], []), "empty"),
        (lambda: reading.Reader(IMAGES, ["yes"] * 20, SUGGESTION), "not a number"),
        (lambda: reading.Reader(["x.png"] * 20, TRUTH, SUGGESTION), "picture|shape"),
        (lambda: reader().press("maybe"), "'yes', 'no' or 'back'"),
        (lambda: reading.wrong_by_design([1, 1]), "All 2 cases"),
        (lambda: reading.wrong_by_design(TRUTH, 30), "between 0 and 1"),
        (lambda: reading.demo_answers(TRUTH, SUGGESTION[:5]), "differ"),
        (lambda: reading.result(None, TRUTH, SUGGESTION), "table of answers"),
        (
            lambda: reading.result(pd.DataFrame({"first": [1]}), TRUTH, SUGGESTION),
            "table of answers",
        ),
        (lambda: reading.result(reader().answers, TRUTH[:19], SUGGESTION), "differ"),
        (lambda: reading.result(reader().answers, [1] * 20, SUGGESTION), "All 20 cases"),
    ],
)
def test_bad_input_is_refused_in_words(call, match):
    with pytest.raises(DataError, match=match):
        call()


# --- what comes out ---


def answers(first, second):
    return pd.DataFrame(
        {"case": range(1, len(first) + 1), "first": first, "second": second, "demo": False}
    )


def test_switches_are_counted_by_hand():
    #          wrong advice, right first | right advice, wrong first | agreed
    truth = [1, 1, 1, 0, 1, 1, 0, 1, 0, 0]
    advice = [0, 0, 0, 1, 1, 1, 0, 1, 0, 1]
    first = [1, 1, 1, 0, 0, 0, 1, 1, 0, 1]
    second = [0, 1, 1, 1, 1, 0, 0, 0, 0, 1]
    found = reading.result(answers(first, second), truth, advice)
    assert found.counts == {
        "right at first": 4,
        "followed wrong": 2,
        "resisted": 2,
        "wrong at first": 3,
        "followed right": 2,
        "against": 1,
        "agreed": 3,
    }
    assert found.followed_wrong.estimate == 0.5 and found.followed_right.estimate == 2 / 3
    assert found.resisted.estimate == 0.5
    assert [part.estimate for part in found.accuracy] == [0.6, 0.5]
    assert found.change.estimate == pytest.approx(-0.1) and found.change.low < -0.1
    assert [part.estimate for part in found.where_wrong] == [0.8, 0.4]  # 5 cases with wrong advice
    assert [part.estimate for part in found.sensitivity] == [4 / 6 - 0 / 6, 3 / 6]
    assert "it was followed in 2 (50 % (15 to 85))" in found.sentence()


def test_the_order_of_the_rows_does_not_matter():
    made = reading.demo_answers(TRUTH, SUGGESTION)
    shuffled = made.sample(frac=1, random_state=0)
    assert reading.result(made, TRUTH, SUGGESTION) == reading.result(shuffled, TRUTH, SUGGESTION)


def test_following_always_and_never():
    all_in = reading.result(answers(TRUTH, SUGGESTION), TRUTH, SUGGESTION)
    assert all_in.followed_wrong.estimate == 1 and all_in.kappa_model[1].estimate == 1
    assert all_in.change.estimate == pytest.approx(-0.3)
    firm = reading.result(answers(TRUTH, TRUTH), TRUTH, SUGGESTION)
    assert firm.resisted.estimate == 1 and firm.kappa_self.estimate == 1 and firm.p_value == 1
    assert np.isnan(firm.followed_right.estimate)
    assert "of 0 where the reader was wrong" in firm.sentence()


def test_one_answer_throughout_has_no_kappa_and_still_a_result():
    found = reading.result(answers([1] * 20, [1] * 20), TRUTH, SUGGESTION)
    assert np.isnan(found.kappa_self.estimate) and found.sensitivity[0].estimate == 1
    assert len(found.table()) == 15


def test_few_cases_are_warned_of_and_the_demo_pull_is_seen():
    with pytest.warns(CourseWarning, match="20 cases of one reader"):
        reading.result(reader().answers, TRUTH, SUGGESTION)
    truth = np.arange(4000) % 2
    advice = reading.wrong_by_design(truth)
    made = reading.demo_answers(truth, advice, accuracy=0.8, pull=0.6)
    found = reading.result(made, truth, advice)
    assert found.followed_wrong.estimate == pytest.approx(0.6, abs=0.05)
    assert found.accuracy[0].estimate == pytest.approx(0.8, abs=0.03)
