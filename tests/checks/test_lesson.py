"""The core of the checks: verdicts, hints and quizzes, whatever a learner passes."""

import importlib
import tomllib
from types import SimpleNamespace

import numpy as np
import pytest

from course_utils.checks import lesson as core
from course_utils.checks import record, verdict
from course_utils.checks.lesson import Lesson
from course_utils.core import errors
from course_utils.show import results
from tests.conftest import ROOT


class Stubborn:
    """An object that refuses everything that can be refused."""

    def __eq__(self, other):
        raise RuntimeError("no")

    def __getattr__(self, name):
        raise RuntimeError("no")

    def __repr__(self):
        raise RuntimeError("no")

    __bool__ = __len__ = __array__ = __float__ = __eq__
    __hash__ = None


def divides_by_zero(image):
    return 1 / 0


def unwritten(image): ...


def leaves(image):
    raise SystemExit(0)


# fmt: off
NONSENSE = [
    None, float("nan"), float("inf"), "text", "", True, 1j, [], {}, [1, [2]], b"bytes", 10**400,
    range(3), np.zeros((2, 3)), np.full((4, 4), np.nan), np.array([None]), np.array("a"),
    np.float32, object(), Stubborn(), Stubborn, [Stubborn()], divides_by_zero, leaves,
]
# fmt: on


# What a check says


def test_right_wrong_and_not_attempted(lesson):
    factor = lesson.exercises["factor"]
    assert repr(factor(2)) == "Right. Yes, `2`."
    assert (factor(3).status, factor(3).message) == ("not yet", "Not two.")
    assert factor(...).status == factor().status == "not attempted"
    assert "check.factor.hint()" in factor(...).message


def test_a_check_may_word_its_own_praise(lesson):
    panel = SimpleNamespace(touched=True, values={"gain": 3})
    assert lesson.exercises["gain"](panel).message == "Gain 3."


def test_an_untouched_panel_is_not_an_attempt(lesson):
    said = lesson.exercises["gain"](SimpleNamespace(touched=False, values={"gain": 3}))
    assert said.status == "not attempted" and "Move a control" in said.message


def test_several_answers(lesson):
    two = lesson.exercises["two"]
    assert two(..., ...).status == two((..., ...)).status == "not attempted"
    assert "still `...`" in two(1, ...).message and two(1, ...).status == "not yet"


def test_functions_of_the_learner(lesson):
    identity = lesson.exercises["identity"]

    def doc_only(image):
        """Say something."""

    for empty in (unwritten, doc_only):
        assert identity(empty, image=3).status == "not attempted"
    assert identity(..., image=3).status == "not attempted"  # material is no attempt
    assert identity(lambda image: image, image=3).status == "right"
    assert "ZeroDivisionError: division by zero" in identity(divides_by_zero, image=3).message
    assert "`return`" in identity(lambda image: print(end=""), image=3).message
    assert "SystemExit" in identity(leaves, image=3).message
    assert "takes 0 positional" in identity(lambda: 3, image=3).message


def test_a_defect_of_the_check_is_a_sentence_for_the_learner_and_an_error_for_the_tests(lesson):
    said = lesson.exercises["two"](1, "b")
    assert said.status == "not yet" and isinstance(said.error, RuntimeError)
    assert "the number 1, the text 'b'" in said.message and "defect" not in said.message


def test_a_wrong_call_says_how_to_call(lesson):
    for said in (lesson.exercises["factor"](1, 2), lesson.exercises["factor"](speed=1)):
        assert said.status == "not yet" and "`check.factor(value)`" in said.message


def test_an_error_of_the_course_keeps_its_sentence(lesson):
    @lesson.exercise(depth="change", hints=("a",), solution="", right="")
    def refused(value):
        raise errors.DataError("A mask has two values.")

    assert "A mask has two values." in refused(1).message and refused(1).error is None


@pytest.mark.parametrize("answer", NONSENSE, ids=lambda answer: type(answer).__name__)
def test_nonsense_gets_a_sentence(lesson, answer):
    for name, material in (
        ("factor", {}),
        ("identity", {"image": 3}),
        ("gain", {}),
        ("two", {"b": 1}),
    ):
        said = lesson.exercises[name](answer, **material)
        assert said.status == "not yet" and len(said.message) > 10
        assert name == "two" or said.error is None
    assert lesson.quizzes["quiz_1"](answer).status == "not yet"


# How it looks


def _luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("kind", [*verdict.WORDS, "note"])
def test_the_edge_of_a_box_is_seen_in_a_light_and_in_a_dark_theme(kind):
    _, colour = results.KINDS[kind]  # its text takes the colour of the page
    assert 1.05 / (_luminance(colour) + 0.05) >= 3
    assert (_luminance(colour) + 0.05) / (_luminance("#111111") + 0.05) >= 3


def test_a_verdict_shows_a_word_and_escapes_the_rest(lesson):
    shown = lesson.exercises["factor"]("<script>`x`")._repr_mimebundle_()
    assert shown["text/plain"].startswith("Not yet. You gave the text '<script>")
    assert "<b>Not yet.</b>" in shown["text/html"] and "<script>" not in shown["text/html"]
    assert 'data-check="99_test.factor" data-status="not yet"' in shown["text/html"]


def test_text_is_marked_up_sparingly():
    assert verdict.as_html("a *new* `a*b*c` 2*3*4 <b>") == (
        "a <em>new</em> <code>a*b*c</code> 2*3*4 &lt;b&gt;"
    )
    assert verdict.as_label("a *new* `spacing` of 2 * 3 * 4") == "a new spacing of 2 * 3 * 4"


def test_hints_come_one_by_one_and_the_last_stays(lesson):
    factor = lesson.exercises["factor"]
    said = [repr(factor.hint()) for _ in range(4)]
    last = "Hint 3 of 3. One way to do it:\nfactor = 2"  # the last one names the solution
    assert said == ["Hint 1 of 3. First.", "Hint 2 of 3. Second.", last, last]
    assert repr(factor.hint(1)) == "Hint 1 of 3. First." and repr(factor.hint(99)) == last
    assert "First" in repr(factor.hint(-5)) and "Second" in repr(factor.hint("x"))
    assert record.entries()["99_test.factor"]["solution"]


def test_the_solution_is_code(lesson):
    note = lesson.exercises["identity"].solution()
    assert note.code == "def f(x):\n    return x"
    assert "<pre" in note._repr_mimebundle_()["text/html"]


def test_definitions_that_cannot_work_are_refused():
    made = Lesson("99_test")
    with pytest.raises(errors.DataError, match="depth"):
        made.exercise(depth="look", hints=("a",), solution="", right="")(len)
    with pytest.raises(errors.DataError, match="hints"):
        made.exercise(depth="press", hints="a", solution="", right="")(len)


# Quizzes


@pytest.mark.parametrize(
    "options",
    [
        {"a": ("x", "y"), "b": ("x", "y")},
        {"a": ("x", "y", True), "b": ("x", "y", True)},
        {"a": ("x", "y", True)},
        {"a": ("x", "y", True), "b": ("x", "")},
    ],
)
def test_a_quiz_has_one_right_option_and_feedback_for_each(options):
    with pytest.raises(errors.DataError):
        Lesson("99_test").quiz("quiz_1", "Which?", **options)


def test_a_quiz_answers_in_code(lesson):
    quiz = lesson.quizzes["quiz_1"]
    wrong = next(letter for letter in quiz.options if letter != quiz.right)
    assert repr(quiz(quiz.right.upper())) == "Right. Right: it is not."
    assert repr(quiz(wrong)) == "Not yet. No, it is not."
    assert quiz().status == quiz(...).status == "not attempted"
    assert '"a", "b"' in quiz("z").message


def test_the_order_of_the_options_is_drawn_by_lot_and_the_same_for_everybody():
    def order(name):
        options = {letter: (letter, f"reply {letter}", letter == "a") for letter in "abc"}
        return "".join(
            option[0]
            for option in Lesson(name).quiz("quiz_1", "Which?", **options).options.values()
        )

    orders = [order(f"{number:02}_lesson") for number in range(60)]
    assert orders == [order(f"{number:02}_lesson") for number in range(60)]
    assert len(set(orders)) == 6
    assert all(8 <= sum(o[place] == "a" for o in orders) <= 32 for place in range(3))


def test_questions_of_a_lesson_are_read_from_its_file():
    made = Lesson("12_decide")
    asked = made.questions()
    told = tomllib.loads((FOLDER / "decide.toml").read_text("utf-8"))
    assert [quiz.name for quiz in asked] == list(told)[-3:] == ["quiz_1", "quiz_2", "quiz_3"]
    for quiz in asked:
        mine = told[quiz.name]
        assert quiz.question == mine["question"]
        assert list(quiz.options[quiz.right][:2]) == mine[mine["right"]]
        assert sorted(option[0] for option in quiz.options.values()) == sorted(
            mine[letter][0] for letter in "abc"
        )


def test_radio_buttons_give_the_feedback_of_that_answer(lesson, progress_file):
    quiz = lesson.quizzes["quiz_1"]
    asked = quiz.ask()
    assert asked.choice.value is None and asked.feedback.value == ""
    asked.choice.value = next(letter for letter in quiz.options if letter != quiz.right)
    assert "No, it is not." in asked.feedback.value and 'aria-live="polite"' in asked.feedback.value
    asked.choice.value = quiz.right
    assert "Right: it is not." in asked.feedback.value and "No, it" not in asked.feedback.value
    assert record.entries()["99_test.quiz_1"]["status"] == "right"


def test_a_question_reads_without_a_kernel(lesson):
    bundle = lesson.quizzes["quiz_1"].ask()._repr_mimebundle_()
    assert sorted(bundle["text/plain"].split("\n")[1:]) == ["  a) no <b>", "  b) yes"]
    assert "no &lt;b&gt;" in bundle["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in bundle


# The lessons' own checks

FOLDER = ROOT / "course_utils" / "checks"
LESSONS = sorted({path.stem for path in FOLDER.glob("*.py")} - core._MACHINERY - {"__init__"})


@pytest.fixture(params=LESSONS)
def module(request):
    return importlib.import_module(f"course_utils.checks.{request.param}")


def test_a_lesson_names_its_checks_as_it_binds_them(module):
    assert module.lesson.name[3:] == module.__name__.rsplit(".", 1)[1]
    for called, check in module.lesson.checks.items():
        assert getattr(module, called, None) is check
    assert {exercise.depth for exercise in module.lesson.exercises.values()} == set(core.DEPTHS)


def test_the_texts_of_an_exercise_are_read_from_its_file(module, progress_file):
    told = tomllib.loads((FOLDER / f"{module.lesson.name[3:]}.toml").read_text("utf-8"))
    assert set(told) == set(module.lesson.checks)  # a text that nobody shows is a slip of its name
    for name, exercise in module.lesson.exercises.items():
        texts = told[name]
        assert exercise.depth == texts["depth"]
        assert exercise.solution().code == texts["solution"].strip("\n")
        shown = [exercise.hint(place).text for place in range(1, len(texts["hints"]) + 1)]
        assert shown == texts["hints"]


def test_a_lesson_speaks_in_sentences(module, progress_file):
    for exercise in module.lesson.exercises.values():
        # What is said to a right answer may come from the check itself; the walks hold that.
        assert all(text.strip() for text in exercise._hints)
        compile(exercise.solution().code, exercise.name, "exec")
    for quiz in module.lesson.quizzes.values():
        feedback = [option[1] for option in quiz.options.values()]
        assert len(set(feedback)) == len(feedback) >= 2
        assert quiz(quiz.right).status == "right"


def test_lessons_come_in_their_order():
    names = list(core.lessons())
    assert names == sorted(names) and len(names) == len(LESSONS)
