"""Every check of every lesson: the right answer, each foreseen mistake, and nonsense."""

from types import SimpleNamespace

import cv2
import numpy as np
import pandas as pd
import pytest
from pydicom import examples

from course_utils import augment, enhance
from course_utils.checks import augment as augment_checks
from course_utils.checks import denoise as denoise_checks
from course_utils.checks import (
    ejection_fraction,
    fine_tune,
    segment,
    start_here,
    your_own_data,
)
from course_utils.checks import enhance as enhance_checks
from course_utils.checks import evaluate as evaluate_checks
from course_utils.checks import guidance as guidance_checks
from course_utils.checks import (
    lesson as core,
)
from course_utils.checks import load as load_checks
from course_utils.checks import saliency as saliency_checks
from course_utils.denoise import methods, trial
from course_utils.evaluate import proportion
from course_utils.guidance import Gate
from course_utils.load import dicom
from course_utils.privacy import deidentification
from tests.helpers import (
    casebook_classify,
    casebook_decide,
    casebook_language,
    casebook_monitor,
)

HEART = dicom.read(examples.get_path("ybr_color")).pixels[0]
CASES = pd.DataFrame(
    {"patient_id": ["P1", "P1", "P2", "P3", "P3"], "device": ["A", "A", "B", "B", "B"]}
)
NODE = examples.jpeg2k
CLEAN = deidentification.deidentify(NODE)
IMAGE, MASK = np.zeros((128, 128), np.float32), np.zeros((128, 128), np.uint8)
MASK[40:80, 10:118] = 1


def moved(**values):
    """A panel that somebody touched."""
    return SimpleNamespace(values=values, touched=True)


def signed(decision, number, machine, truth):
    """A sign-off desk at which something was decided."""
    return moved(decision=decision, number=number, machine=machine, truth=truth)


def vote(**changes):
    ticks = {letter: letter in augment_checks.POSSIBLE for letter in augment_checks.WHY}
    return moved(**{**ticks, **changes})


def forgets_the_mask(image, mask):
    return np.roll(image, 12, axis=1), mask


READY = enhance.resize(enhance.clahe(HEART, clip_limit=2.0), 128)[0]
LEFT, RIGHT = load_checks.CROSSES
MM = load_checks.TRUE_MM
WALL, BLOOD = HEART[100:118, 192:200], HEART[90:120, 163:183]
FILTERS = pd.DataFrame(
    {"grain": [76, 64, 69, 62], "lines": [92, 92, 99, 95]},
    index=["median", "bilateral", "non-local means", "SRAD"],
)

# check, right answers, material of the notebook, and [(wrong answers, a word of the reply)]
TRAIN, TEST = pd.DataFrame({"patient_id": ["P1", "P2"]}), pd.DataFrame({"patient_id": ["P3"]})
MIXED = pd.DataFrame({"patient_id": ["P2", "P3"]})
BLURRED = np.roll(cv2.GaussianBlur(MASK.astype(np.float32), (0, 0), 5), 6, axis=0)
DIFFERENCES = pd.Series({"P1": 0.02, "P2": -0.01, "P3": 0.05})
FIRST_BELOW = next(shift for shift in range(40) if segment._dice(MASK, shift) < 0.8)

# A clip of 20 frames, the ventricle smallest in frame 8, and the two ends of a study made from it.
FRAMES = np.arange(20)
LABELS = np.zeros((20, 112, 112), np.uint8)
for frame in FRAMES:
    cv2.ellipse(LABELS[frame], (56, 56), (16 + int(abs(frame - 8) * 0.7), 30), 0, 0, 360, 1, -1)
CLIP = SimpleNamespace(labels=LABELS, spacing=(1.0, 1.0), frames=LABELS / 1.0, fps=20.0)
RECEIPT = SimpleNamespace(total=9.9, difference=10.0)
SCORES = pd.DataFrame({"patient_id": ["P1", "P2", "P2"], "dice": [0.8, 0.5, 0.7]})
RESULT = SimpleNamespace(estimate=0.94, low=0.92, high=0.95, patients=9)
REPORT = SimpleNamespace(report=SimpleNamespace(problems=[]), touched=True, values={})
USE = ["Outlining the calf muscle", "synthetic scans of this course", "learners of this course"]
CLINIC = pd.DataFrame({"third": ["a"] * 4 + ["b"] * 4, "refused": [0, 0, 0, 1, 1, 1, 1, 0]})
CLINIC["refused"] = CLINIC["refused"] == 1
BY_THIRD = {name: proportion(rows.refused) for name, rows in CLINIC.groupby("third")}
TREMBLING = np.r_[np.full(20, 0.5), np.tile([0.82, 0.78], 30)]  # around a threshold of 0.8


def found_blind(quality):
    """A probe whose hand recorded a view of this quality."""
    taken = {} if quality is None else {"quality": quality}
    return SimpleNamespace(values={"slide_mm": 0, "tilt_deg": 0}, touched=True, recorded=taken)


def opened(scores, on, off):
    state, states = False, []
    for score in scores:
        state = score >= (off if state else on)
        states.append(state)
    return states


AVERAGED = np.linspace(0.2, 0.6, 12).reshape(3, 4)
READINGS = {"before_with": -4.5, "before_without": -0.5, "after_with": -1.2, "after_without": -0.2}


def read_ten(answer):
    """Ten trials through no filter, answered by a rule; None: by chance alone."""
    trials = trial.Trials({"raw": methods.RAW})
    for number in range(10):
        trials.press("there" if answer is None and number % 3 == 0 or answer else "not there")
    return trials


BEGUN = trial.Trials({"raw": methods.RAW})
BEGUN.press("there")
CASEBOOK = [
    (
        start_here.grey_blood,
        [moved(gain_db=18)],
        {},
        [([moved(gain_db=-10)], "down"), ([moved(gain_db=3)], "further")],
    ),
    (
        start_here.heart_rate,
        [50],
        {},
        [([72], "above"), ([72.0], "above"), ([1.2], "multiplied"), ([40], "1.50 s")],
    ),
    (
        start_here.clip_seconds,
        [1.0, 1.0],
        {},
        [
            ([900, 1], "multiplied"),
            ([30, 1], "number of pictures"),
            ([3, 1], "divide"),
            ([1, 60], "one beat in each"),
        ],
    ),
    (
        start_here.claims,
        ["hype", "signal", "hype"],
        {},
        [
            (["signal", "signal", "hype"], "A:"),
            (["hype", "hype", "hype"], "B "),
            (["hype", "signal", "signal"], "C:"),
            (["maybe", "signal", "hype"], "not one of"),
        ],
    ),
    (
        load_checks.calliper,
        [moved(p=LEFT, q=RIGHT)],
        {},
        [
            ([moved(p=(0, 0), q=(9, 9))], "Neither"),
            ([moved(p=LEFT, q=(9, 9))], "right cross"),
            ([moved(p=(9, 9), q=RIGHT)], "left cross"),
        ],
    ),
    (
        load_checks.scale_error,
        [9.5],
        {},
        [
            ([38], "inverse"),
            ([4.75], "area"),
            ([2.375], "volume"),
            ([19], "true"),
            ([2], "factor"),
            ([95], "mm"),
            ([3], "320"),
        ],
    ),
    (
        load_checks.cine,
        [MM, 36 * MM, 51 * MM],
        {},
        [
            ([1 / MM, 36, 51], "Upside down"),
            ([MM / 10, 3.6, 5.1], "cm"),
            ([MM / 2, 18, 26], "off by two"),
            ([3, 36, 51], "50 mm apart"),
            ([MM, 51 * MM, 36 * MM], "frame 20"),
        ],
    ),
    (
        load_checks.audit,
        [deidentification.audit(CLEAN)],
        {"clean": CLEAN},
        [
            ([deidentification.audit(NODE)], "original"),
            ([["a", "b"]], "not the findings"),
            ([[]], "not the findings"),
        ],
    ),
    (
        load_checks.patients,
        [3],
        {"cases": CASES},
        [([5], "images"), ([2], "scanners"), ([17], "Count")],
    ),
    (
        load_checks.what_is_lost,
        ["b"],
        {},
        [(["a"], "fits"), (["c"], "sizes"), (["d"], "not one of")],
    ),
    (
        enhance_checks.no_saturation,
        [moved(gain_db=14, black=0.0, white=1.0)],
        {"heart": HEART},
        [
            ([moved(gain_db=40, black=0.0, white=1.0)], "saturated"),
            ([moved(gain_db=0, black=0.0, white=1.0)], "dark"),
        ],
    ),
    (
        enhance_checks.debris,
        [moved(clip_limit=8.0, tiles=8)],
        {"heart": HEART},
        [([moved(clip_limit=1.0, tiles=2)], "times as bright")],
    ),
    (
        enhance_checks.bent,
        ["CNR"],
        {"power": 4, "blood": BLOOD, "wall": WALL},
        [(["gCNR"], "You guessed gCNR")],
    ),
    (
        enhance_checks.new_row_mm,
        [0.4],
        {"size": 128},
        [
            ([0.1], "old"),
            ([0.025], "upside down"),
            ([51.2], "whole picture"),
            ([0.7], "Not 0.7 mm"),
        ],
    ),
    (
        enhance_checks.filter_choice,
        ["non-local means"],
        {"table": FILTERS},
        [
            (["median"], "76 % of the grain"),
            (["SRAD"], "95 % of the lines"),
            (["gain"], "not one of"),
        ],
    ),
    (
        enhance_checks.ready,
        [READY],
        {"scan": HEART, "size": 128},
        [
            ([(READY, None)], "[0]"),
            ([HEART], "240 x 320"),
            ([enhance.resize(HEART, 128)[0]], "CLAHE is missing"),
            ([enhance.clahe(enhance.resize(HEART, 128)[0], clip_limit=2.0)], "resized first"),
            ([READY * 0.5], "grey"),
        ],
    ),
    (
        augment_checks.aligned,
        [augment.step("elastic", seed=1)],
        {"image": IMAGE, "mask": MASK},
        [
            ([forgets_the_mask], "left behind"),
            ([lambda image, mask: (image, mask)], "Nothing moved"),
            ([lambda image, mask: (image[:, ::-1], mask[:, ::-1])], "stayed straight"),
            ([augment.step("rotation", 10, seed=1)], "stayed straight"),
            ([augment.step("scaling", 1.2, seed=1)], "stayed straight"),
            ([lambda image, mask: image], "give both"),
            ([lambda image, mask: (image, mask * 0)], "empty"),
            ([lambda image, mask: 1 / 0], "ZeroDivisionError"),
        ],
    ),
    (
        augment_checks.vote,
        [vote()],
        {},
        [
            ([vote(**{letter: letter not in augment_checks.POSSIBLE})], f"{letter.upper()}:")
            for letter in augment_checks.WHY
        ],
    ),
    (
        augment_checks.rocking,
        [10],
        {},
        [([0], "first angled"), ([90], "side"), ([30], "30 degrees"), ([1], "varies")],
    ),
    (
        segment.shared,
        [set()],
        {"train": TRAIN, "test": TEST},
        [([{"P1", "P2", "P3"}], "joins"), ([{"P1"}], "not empty")],
    ),
    (
        segment.slipped,
        [moved(shift_px=FIRST_BELOW, sureness=0.9)],
        {"truth": MASK},
        [
            ([moved(shift_px=1, sureness=0.9)], "further"),
            ([moved(shift_px=30, sureness=0.9)], "earlier"),
        ],
    ),
    (
        segment.own_dice,
        [lambda truth, drawn: 2 * (truth & drawn).sum() / (truth.sum() + drawn.sum())],
        {},
        [
            ([lambda truth, drawn: (truth & drawn).sum() / (truth.sum() + drawn.sum())], "half"),
            ([lambda truth, drawn: (truth & drawn).sum() / (truth | drawn).sum()], "IoU"),
            ([lambda truth, drawn: 0.9], "masks of mine"),
            ([0.9], "function itself"),
        ],
    ),
    (
        segment.bolder,
        [0.9],
        {"recall": 0.95, "threshold": 0.2},
        [(["much"], "number")],
    ),
    (
        segment.flattery,
        [42],
        {"by_image": 0.90, "by_patient": 0.48},
        [([-42], "sign"), ([0.42], "multiply by 100"), ([90], "Subtract")],
    ),
    (
        fine_tune.generous,
        [moved(beta=0.95)],
        {"truth": MASK, "probability": BLURRED},
        [([moved(beta=0.05)], "recall is")],
    ),
    (
        fine_tune.repriced,
        [0.9],
        {"recall": 0.95, "beta": 0.9, "was": 0.7},
        [(["more"], "number")],
    ),
    (
        ejection_fraction.end_systole,
        [moved(frame=8)],
        {"clip": CLIP},
        [
            ([moved(frame=19)], "still large"),
            ([moved(frame=2)], "smallest"),
            ([moved(frame=99)], "frames 0 to"),
        ],
    ),
    (
        ejection_fraction.fraction,
        [60],
        {"edv": 100.0, "esv": 40.0},
        [([0.6], "Multiply"), ([40], "stays"), ([150], "end-diastole"), ([17], "end-diastolic")],
    ),
    (
        ejection_fraction.scale,
        [16, 0],
        {},
        [
            ([5, 0], "length"),
            ([10, 0], "area"),
            ([15, 0], "added"),
            ([30, 0], "1.05"),
            ([16, 5], "divide"),
        ],
    ),
    (
        ejection_fraction.corrected,
        [signed("edited", 74, 71, 75.2)],
        {},
        [
            ([signed("edited", 60, 71, 75.2)], "Look at the moving wall"),
            ([signed("accepted", 71, 71, 75.2)], "the machine said 71"),
            ([signed("edited", 70.7, 70.6, 75.2)], "not far enough"),
            ([signed("edited", 79.7, 70.6, 75.2)], "on the other side"),
            ([signed("edited", 69.0, 60.0, 75.2)], "not far enough"),
            ([signed("edited", 10, 70, 71)], "was within 3 points"),
            ([signed("refused", None, 70, 71)], "no reason to refuse"),
            ([signed("refused", None, 71, 75.2)], "can be seen"),
        ],
    ),
    (
        ejection_fraction.accepted,
        [signed("accepted", 28, 28, 27.8)],
        {},
        [
            ([signed("edited", 22, 28, 27.8)], "your 22 %"),
            ([signed("refused", None, 28, 27.8)], "no reason to refuse"),
            ([signed("accepted", 40, 40, 28.0)], "12 points off"),
            ([signed("edited", 38, 40, 28.0)], "not far enough"),
        ],
    ),
    (
        ejection_fraction.foreshortened,
        ["too small"],
        {},
        [(["too large"], "larger"), (["unchanged"], "axis")],
    ),
    (
        saliency_checks.layer,
        [moved(map="last", opacity=0.7)],
        {"sizes": {"first": (4, 4), "last": (32, 32)}},
        [
            ([moved(map="first", opacity=0.7)], "16 places"),
            ([moved(map="none", opacity=0.7)], "menu"),
        ],
    ),
    (
        saliency_checks.missing,
        [1.0],
        {"receipt": RECEIPT},
        [([0.01], "Multiply"), ([0.1], "gap itself"), ([50], "latter")],
    ),
    (
        saliency_checks.found_by,
        ["another hospital"],
        {},
        [(["more patients"], "same hospital"), (["a longer training"], "better")],
    ),
    (
        evaluate_checks.worst,
        [moved(image=1)],
        {"dice": [0.8, 0.5, 0.7]},
        [([moved(image=0)], "One of them is worse"), ([moved(image=9)], "images 0 to 2")],
    ),
    (
        evaluate_checks.by_patient,
        [pd.Series({"P1": 0.8, "P2": 0.6})],
        {"scores": SCORES},
        [
            ([SCORES.dice], "3 images"),
            ([0.7], "One number for each"),
            ([[0.7]], "everybody"),
            ([[0.8, 0.7]], "Which column"),
        ],
    ),
    (
        evaluate_checks.sentence,
        ["In 9 unseen patients (34 synthetic images) Dice was 0.94 (95 % interval 0.92 to 0.95)."],
        {"result": RESULT, "synthetic": True},
        [
            (["Dice 0.94"], "not a note"),
            (["In 34 synthetic images the mean Dice was 0.94, from 0.92 to 0.95."], "How many"),
            (["In 9 patients with synthetic scans the mean Dice was 0.90 (0.92 to 0.95)."], "mean"),
            (["In 9 patients with synthetic scans the mean Dice was about 0.94."], "interval"),
            (["In 9 unseen patients the mean Dice was 0.94 (0.92 to 0.95)."], "kind of data"),
            (["In 9 patients with synthetic scans it was 0.94 (0.92 to 0.95)."], "Dice"),
        ],
    ),
    (
        evaluate_checks.width,
        [0.05],
        {"count": 20, "interval": RESULT, "pool": 31},
        [(["wide"], "number")],
    ),
    (
        evaluate_checks.thinner,
        [False],
        {"march_mm": 18.0, "today_mm": 16.9, "limit": 1.5},
        [([True], "Which is larger"), ([1.1], "True")],
    ),
    (
        guidance_checks.best_view,
        [found_blind(0.97)],
        {},
        [
            ([found_blind(None)], "Nothing is recorded"),
            ([found_blind(0.4)], "apex cut off"),
            ([found_blind(0.85)], "better one"),
        ],
    ),
    (
        guidance_checks.bar,
        [0.75],
        {"benefit": 1.0, "harm": 3.0},
        [([0.25], "other way round"), ([3.0], "odds"), ([75], "between 0 and 1"), ([0.5], "gains")],
    ),
    (
        guidance_checks.hysteresis,
        [opened],
        {},
        [
            ([lambda scores, on, off: [score >= on for score in scores]], "still above"),
            ([lambda scores, on, off: [score >= off for score in scores]], "opens below"),
            ([lambda scores, on, off: [not one for one in opened(scores, on, off)]], "wrong way"),
            ([lambda scores, on, off: opened([1.0, *scores], on, off)[1:]], "begins shut"),
            ([lambda scores, on, off: opened(scores, on, off)[1:]], "One True or False"),
            ([lambda scores, on, off: [1 for _ in scores]], "nothing else"),
            ([lambda scores, on, off: print(scores, on)], "return"),
        ],
    ),
    (
        guidance_checks.capture,
        [4],
        {"gate": Gate(0.8, 0.7, 10), "scores": TREMBLING},
        [(["soon"], "number"), ([-1], "at least 0")],
    ),
    (
        guidance_checks.refused,
        [BY_THIRD],
        {"clinic": CLINIC},
        [
            ([CLINIC.groupby("third").refused.mean()], "without its interval"),
            (
                [{name: proportion(~rows.refused) for name, rows in CLINIC.groupby("third")}],
                "accepted",
            ),
            ([{"all": proportion(CLINIC.refused)}], "groups are a, b"),
            ([proportion(CLINIC.refused).estimate], "a dict or a Series"),
            ([{**BY_THIRD, "b": BY_THIRD["a"]}], "b: "),
        ],
    ),
    (
        guidance_checks.enough,
        [0.15],
        {"operators": 40, "effect": SimpleNamespace(low=0.2, high=0.35)},
        [(["wide"], "number"), ([3], "between 0 and 2")],
    ),
    (your_own_data.inspected, [REPORT], {}, [([moved(folder="x")], "no report")]),
    (
        your_own_data.how_many,
        [3],
        {},
        [([60], "images"), ([20], "frames"), ([6], "sweeps"), ([5], "Divide")],
    ),
    (
        your_own_data.intended_use,
        USE,
        {"synthetic": True},
        [
            (["Muscle.", *USE[1:]], "few words"),
            ([USE[0], "adult patients", USE[2]], "must say that they are synthetic"),
            ([USE[0], "any patient, synthetic scans", USE[2]], "everybody"),
            (["Outlining and diagnosing a muscle", *USE[1:]], "claims a diagnosis"),
            (["Outlining, not diagnosing, a muscle", *USE[1:]], "Leave out 'not'"),
            (["Outlining muscle in place of nothing", "no people", USE[2]], "Leave out"),
        ],
    ),
    (
        denoise_checks.ten,
        [read_ten(None)],
        {},
        [([BEGUN], "9 of the ten"), ([read_ten(True)], "same answer"), ([7], "ten trials")],
    ),
    (
        denoise_checks.steer,
        [5],
        {"steer_deg": 6},
        [([-1], "between 0 and 90"), ([200], "between 0 and 90"), (["six"], "number")],
    ),
    (
        denoise_checks.corrected,
        [AVERAGED + 2.507 / 60],
        {"averaged": AVERAGED},
        [
            ([AVERAGED], "uncorrected"),
            ([AVERAGED - 2.507 / 60], "darker"),
            ([AVERAGED + 2.507], "in dB"),
            ([AVERAGED * 1.1], "Every pixel"),
            ([AVERAGED + 0.1], "0.1000"),
            ([AVERAGED[:2]], "shape"),
        ],
    ),
    (
        denoise_checks.share,
        [0.25],
        READINGS,
        [
            ([25], "per cent"),
            ([4], "Upside down"),
            ([-0.25], "sign"),
            ([1.2 / 4.5], "without any spot"),
            ([3.0], "difference in dB"),
            ([0.75], "lost"),
            ([0.5], "Divide"),
        ],
    ),
    (
        fine_tune.worse,
        [1],
        {"by_patient": DIFFERENCES},
        [([2], "improved"), ([3], "all patients"), ([17], "below zero")],
    ),
]
CASEBOOK += casebook_classify.CASES + casebook_decide.CASES
CASEBOOK += casebook_language.CASES + casebook_monitor.CASES
NONSENSE = [
    None,
    float("nan"),
    float("inf"),
    "text",
    np.zeros((3, 4, 5)),
    np.array([]),
    object(),
    [],
    {},
    True,
    print,
    np.zeros,
    b"bytes",
    1 + 2j,
    "\udc80",
]
NAMES = [check.name for check, *_ in CASEBOOK]


@pytest.mark.parametrize("check, right, material, wrong", CASEBOOK, ids=NAMES)
def test_the_right_answer_is_right(check, right, material, wrong):
    verdict = check(*right, **material)
    assert verdict.status == "right", verdict.message
    assert verdict.error is None


@pytest.mark.parametrize("check, right, material, wrong", CASEBOOK, ids=NAMES)
def test_each_foreseen_mistake_has_its_own_sentence(check, right, material, wrong):
    replies = []
    for answers, word in wrong:
        verdict = check(*answers, **material)
        assert verdict.status == "not yet" and word in verdict.message, (answers, verdict.message)
        assert verdict.error is None
        replies.append(verdict.message)
    assert replies


@pytest.mark.parametrize("check, right, material, wrong", CASEBOOK, ids=NAMES)
def test_nonsense_gets_a_sentence_and_never_an_exception(check, right, material, wrong):
    failed = []
    for nonsense in NONSENSE:
        verdict = check(*[nonsense] * len(right), **material)
        none = check is segment.shared and isinstance(nonsense, (list, np.ndarray))
        nobody = none and not np.size(nonsense)  # in another form: that is the answer
        said = len(verdict.message) > 15 and verdict.error is None
        if (verdict.status == "right") != nobody or not (nobody or said):
            failed.append((nonsense, verdict))
    assert not failed


@pytest.mark.parametrize("check, right, material, wrong", CASEBOOK, ids=NAMES)
def test_dots_are_not_an_attempt(check, right, material, wrong):
    assert check(*[...] * len(right), **material).status == "not attempted"


def test_no_exercise_is_left_out_of_this_file():
    known = {(lesson.name, name) for lesson in core.lessons().values() for name in lesson.exercises}
    assert known == {(check.lesson, check.name) for check, *_ in CASEBOOK}


@pytest.mark.parametrize("lesson", core.lessons().values(), ids=lambda lesson: lesson.name)
def test_each_lesson_has_three_depths_and_three_questions(lesson):
    assert {exercise.depth for exercise in lesson.exercises.values()} == {
        "press",
        "change",
        "write",
    }
    assert {"quiz_1", "quiz_2", "quiz_3"} <= set(lesson.quizzes)


@pytest.mark.parametrize("lesson", core.lessons().values(), ids=lambda lesson: lesson.name)
def test_each_option_has_its_own_reply(lesson):
    replies = [option[1] for quiz in lesson.quizzes.values() for option in quiz.options.values()]
    assert len(replies) == len(set(replies)) >= 9


# Quizzes: nobody who has not read the lesson should do better than by chance


def options():
    """Every question as ([length of each option], the place of the right one)."""
    for lesson in core.lessons().values():
        for quiz in lesson.quizzes.values():
            letters = list(quiz.options)
            yield (
                f"{lesson.name}.{quiz.name}",
                [len(quiz.options[letter][0]) for letter in letters],
                letters.index(quiz.right),
            )


@pytest.mark.parametrize("pick", [max, min], ids=["longest", "shortest"])
def test_the_length_of_an_option_gives_nothing_away(pick):
    hits = [pick(lengths) == lengths[right] for _, lengths, right in options()]
    # By chance one in three; more than this happens by chance in fewer than 1 of 40 courses.
    expected, spread = len(hits) / 3, (len(hits) * 2 / 9) ** 0.5
    word = {max: "longest", min: "shortest"}[pick]
    assert sum(hits) <= expected + 2 * spread, (
        f"In {sum(hits)} of {len(hits)} questions the right option is the {word}: make the options "
        "of a question about equally long."
    )


@pytest.mark.parametrize("place", range(3))
def test_no_place_holds_the_right_option_too_often(place):
    hits = [right == place for _, _, right in options()]
    assert len(hits) / 3 * 0.4 <= sum(hits) <= len(hits) / 3 * 1.6, f"{sum(hits)} of {len(hits)}"


def test_the_options_of_a_question_are_of_like_length():
    uneven = {
        name: lengths for name, lengths, _ in options() if max(lengths) > 1.6 * min(lengths) + 8
    }
    assert not uneven


def test_a_value_that_was_not_changed_is_named():
    assert "Change the threshold" in segment.bolder(0.9, threshold=0.5, recall=0.9).message
    assert "still the beta" in fine_tune.repriced(0.9, beta=0.7, recall=0.9, was=0.7).message


@pytest.mark.parametrize(
    ("check", "material", "word"),
    [
        (segment.bolder, {"threshold": 0, "recall": 1.0}, "nearly every pixel"),
        (segment.bolder, {"threshold": 1e-9, "recall": 1.0}, "nearly every pixel"),
        (segment.bolder, {"threshold": 0.9, "recall": 0.5}, "Change the threshold"),
        (segment.bolder, {"threshold": 20, "recall": 0.9}, "between 0 and 1"),
        (fine_tune.repriced, {"beta": 0.1, "recall": 0.5, "was": 0.7}, "higher price"),
        (fine_tune.repriced, {"beta": 0.69, "recall": 0.9, "was": 0.7}, "higher price"),
        (fine_tune.repriced, {"beta": 1, "recall": 1.0, "was": 0.7}, "next to nothing"),
        (fine_tune.repriced, {"beta": 90, "recall": 1.0, "was": 0.7}, "between 0 and 1"),
    ],
)
def test_a_value_at_the_end_of_its_range_answers_nothing(check, material, word):
    verdict = check(0.9, **material)
    assert verdict.status == "not yet" and word in verdict.message, verdict.message


@pytest.mark.parametrize("value", [0.8, np.float32(0.85), np.array(0.99)])
def test_a_higher_price_and_a_bolder_threshold_may_have_any_form(value):
    assert fine_tune.repriced(value, beta=value, recall=0.9, was=0.7).status == "right"
    assert segment.bolder(value, threshold=1 - value + 0.1, recall=0.9).status == "right"


@pytest.mark.parametrize(
    "said",
    [
        "Over 9 patients (synthetic), mean Dice 0.94, 95 % interval from 0.92 to 0.95, was found.",
        "Simulated scans of 9 people: Dice 94 % (95 % CI 92 to 95).",
        "DICE was 0,94 (0,92 to 0,95; 9 patients, 34 images, all of them synthetic).",
        "In nine volunteers with simulated scans the mean Dice was 0.94, 95% CI [0.92, 0.95].",
        "Synthetic patients (n = 9) had a mean Dice of 0.94 (95 % CI: 0.92-0.95) in our test.",
    ],
)
def test_a_results_sentence_may_have_another_form(said):
    assert evaluate_checks.sentence(said, result=RESULT, synthetic=True).status == "right"


def test_five_patients_are_no_change_and_four_have_no_interval():
    none = SimpleNamespace(estimate=0.9, low=float("nan"), high=float("nan"), patients=4)
    assert "still five" in evaluate_checks.width(0.1, count=5, interval=RESULT, pool=31).message
    assert "no interval" in evaluate_checks.width(0.1, count=4, interval=none, pool=31).message
    said = "In 4 patients with synthetic scans the mean Dice was 0.90; no interval can be given."
    assert evaluate_checks.sentence(said, result=none, synthetic=True).status == "right"


def test_a_gate_or_a_trial_that_was_not_changed_is_named():
    same, never = Gate(0.8, 0.8, 1), Gate(0.99, 0.9, 3)
    assert "still one threshold" in guidance_checks.capture(3, gate=same, scores=TREMBLING).message
    assert "never records" in guidance_checks.capture(3, gate=never, scores=TREMBLING).message
    for gate, word in (
        (Gate(0.1, 0.1, 2), "Put `off` below"),  # records after 0.2 s, before any view
        (Gate(0.1, 0.05, 2), "before there is a view"),
        (Gate(0.8, 0.7, 1), "first lucky look"),
    ):
        said = guidance_checks.capture(3, gate=gate, scores=TREMBLING)
        assert said.status == "not yet" and word in said.message, said.message
    assert "made by" in guidance_checks.capture(3, gate=0.8, scores=TREMBLING).message
    wide, none = SimpleNamespace(low=0.1, high=0.6), SimpleNamespace(low=np.nan, high=np.nan)
    assert "still eight" in guidance_checks.enough(0.2, operators=8, effect=wide).message
    assert "more operators" in guidance_checks.enough(0.2, operators=9, effect=wide).message
    assert "no interval" in guidance_checks.enough(0.2, operators=4, effect=none).message
    narrow = SimpleNamespace(low=0.2, high=0.21)
    assert "more than enough" in guidance_checks.enough(0.2, operators=5000, effect=narrow).message


@pytest.mark.parametrize(
    ("angle", "word"),
    [(1, "first angle"), (3, "is shared"), (40, "more than"), (7, "one degree less")],
)
def test_each_wrong_angle_has_its_own_sentence(angle, word):
    verdict = denoise_checks.steer(5, steer_deg=angle)
    assert verdict.status == "not yet" and word in verdict.message
