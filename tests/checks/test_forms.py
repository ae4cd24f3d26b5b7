"""Five right forms and five cheats for the exercises of lessons 04 to 08, 10, 11, 14 and 15."""

from types import SimpleNamespace as Made

import cv2
import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import distance_transform_edt
from scipy.special import expit, logit

from course_utils import classify as classify_room
from course_utils import evaluate as evaluate_room
from course_utils.checks import (
    classify,
    denoise,
    ejection_fraction,
    evaluate,
    fine_tune,
    language,
    saliency,
    segment,
    your_own_data,
)
from tests.helpers.casebook_classify import MASK, SPACING
from tests.helpers.casebook_language import FIRST, PLACES, SECOND
from tests.helpers.cells import verdict
from tests.helpers.page_values import DIFFERENCES, GROUPS, READINGS, SCORES

CALF = {"march_mm": 18.0, "today_mm": 16.9, "limit": 1.5}
# check, the call, the page, right ways to write it, cheats
WRITTEN = [
    (segment, "shared(shared, train=train, test=test)", GROUPS,
     ["shared = set(train.patient_id).intersection(test.patient_id)",
      "shared = list(set(test.patient_id) & set(train.patient_id))",
      "shared = train.merge(test, on='patient_id').patient_id.unique()",
      "shared = tuple(p for p in test.patient_id if (train.patient_id == p).any())",
      "shared = pd.Index(train.patient_id).intersection(test.patient_id)"],
     ["shared = set(train.patient_id) - set(train.patient_id)",
      "shared = set(train.patient_id) & set(validation.patient_id)",
      "shared = set(train.patient_id) & set('d')",
      "shared = {p for p in test.patient_id if p in []}",
      "shared = set(train.patient_id.tail(0)) & set(test.patient_id)"]),
    (segment, "flattery(flattery, by_image=by_image, by_patient=by_patient)", {"by_image": 0.9, "by_patient": 0.48},
     ["flattery = by_image * 100 - by_patient * 100", "flattery = np.float32(100 * (by_image - by_patient))",
      "flattery = np.array(100 * (by_image - by_patient))", "flattery = -100 * (by_patient - by_image)",
      "points = by_image - by_patient\nflattery = int(round(points * 100))"],
     ["flattery = 100 * abs(by_image - by_patient)", "flattery = 100 * by_image - 48", "flattery = 90 - 48",
      "flattery = max(0, 100 * (by_image - by_patient))", "flattery = f'{100 * (by_image - by_patient):.0f}'"]),
    (fine_tune, "worse(worse, by_patient=gain.differences)", {"gain": Made(differences=DIFFERENCES)},
     ["worse = (0 > gain.differences).sum()", "worse = np.count_nonzero(gain.differences < 0)",
      "worse = len(gain.differences[gain.differences < 0])", "worse = sum(d < 0 for d in gain.differences)",
      "worse = np.array((gain.differences < 0).sum())"],
     ["worse = len(gain.differences) - 2", "worse = (gain.differences <= 0).sum() - 1",
      "worse = str((gain.differences < 0).sum())", "worse = (gain.differences < 0).mean()", "worse = 1 + 1"]),
    (ejection_fraction, "fraction(ef, edv=edv, esv=esv)", {"edv": 120.0, "esv": 48.0},
     ["ef = (edv - esv) / edv * 100", "ef = np.array((1 - esv / edv) * 100)", "ef = np.float32(100 - 100 * esv / edv)",
      "stroke = edv - esv\nef = stroke / (edv / 100)", "ef = round(100 * (edv - esv) / edv)"],
     ["ef = 100 * 72 / 120", "ef = edv / 2", "ef = edv - 60", "ef = 100 * (edv - 48) / edv",
      "ef = f'{100 * (edv - esv) / edv} %'"]),
    (saliency, "missing(missing, receipt=receipt)", {"receipt": Made(total=9.9, difference=10.0)},
     ["missing = 100 * abs(1 - receipt.total / receipt.difference)",
      "missing = np.array(100 * abs(receipt.total - receipt.difference) / abs(receipt.difference))",
      "missing = abs((receipt.difference - receipt.total) / receipt.difference) * 100",
      "gap = np.abs(receipt.difference - receipt.total)\nmissing = gap / np.abs(receipt.difference) * 100",
      "missing = np.float32(100 * abs(receipt.total - receipt.difference) / abs(receipt.difference))"],
     ["missing = 100 * abs(receipt.total - 10) / 10", "missing = 100 * abs(receipt.total - receipt.difference) / 10",
      "missing = abs(receipt.total) / abs(receipt.total)", "missing = abs(receipt.total - receipt.difference) * 10",
      "missing = 100 * (1 - receipt.total / receipt.difference)"]),
    (evaluate, "by_patient(dice_by_patient, scores=scores)", {"scores": SCORES, "evaluate": evaluate_room},
     ["dice_by_patient = scores.groupby('patient_id')[['dice']].mean()",
      "dice_by_patient = scores.pivot_table(values='dice', index='patient_id')",
      "dice_by_patient = evaluate.per_patient(scores).dice",
      "dice_by_patient = tuple(rows.mean() for _, rows in scores.groupby('patient_id').dice)",
      "dice_by_patient = {p: scores.dice[scores.patient_id == p].mean() for p in scores.patient_id.unique()}"],
     ["dice_by_patient = scores.groupby('patient_id').dice.median()",
      "dice_by_patient = scores.groupby('patient_id').dice.agg(lambda d: (d.max() + d.min()) / 2)",
      "dice_by_patient = scores.dice.head(2) * 0 + [0.8, 0.6]", "dice_by_patient = scores.dice.mean()",
      "dice_by_patient = np.array([0.8, 0.6])"]),
    (evaluate, "thinner(thinner, march_mm=march_mm, today_mm=today_mm, limit=limit)", CALF,
     ["thinner = limit < march_mm - today_mm", "thinner = bool(march_mm - today_mm > limit)",
      "thinner = np.bool_(march_mm - limit > today_mm)", "thinner = not march_mm - today_mm <= limit",
      "loss = march_mm - today_mm\nthinner = True if loss > limit else False"],
     ["thinner = march_mm - today_mm > 1.5", "thinner = today_mm < 16", "thinner = march_mm > 19.5",
      "thinner = abs(march_mm - today_mm) > limit", "thinner = march_mm - today_mm > limit + 0.5"]),
    (denoise, "corrected(corrected, averaged=averaged)", {"averaged": np.full((3, 4), 0.2)},
     ["corrected = averaged + 2.507 * (1 / 60)", "corrected = (averaged + 2.507 / 60).tolist()",
      "corrected = np.float32(averaged) + np.float32(2.507 / 60)", "corrected = 2.507 / 60 + averaged",
      "corrected = np.add(averaged, 0.042)"],
     ["corrected = averaged * 0 + 0.2418", "corrected = averaged * 1.209", "corrected = np.full((3, 4), 0.2418)",
      "corrected = averaged + averaged * 0.209", "corrected = np.maximum(averaged, 0.2418)"]),
    (denoise, "share(share, **readings)", {**READINGS, "readings": READINGS},
     ["share = (after_without - after_with) / (before_without - before_with)",
      "share = np.array((after_with - after_without) / (before_with - before_without))",
      "share = np.float32((after_with - after_without) / (before_with - before_without))",
      "share = 1 - ((before_with - before_without) - (after_with - after_without)) / (before_with - before_without)",
      "share = abs(after_with - after_without) / abs(before_with - before_without)"],
     ["share = (after_with - after_without) / -4", "share = after_without / -0.8", "share = before_without / -2",
      "share = -1 / (before_with - before_without)", "share = (after_with + 0.2) / (before_with + 0.5)"]),
    (classify, "distance(signed, mask=mask, spacing=spacing)",
     {"mask": MASK, "spacing": SPACING, "edt": distance_transform_edt, "classify": classify_room},
     ["signed = -(edt(1 - mask, sampling=spacing) - edt(mask, sampling=spacing))",
      "signed = np.where(mask, edt(mask, sampling=spacing), -edt(1 - mask, sampling=spacing))",
      "signed = np.float32(edt(mask, sampling=spacing)) - edt(~mask, sampling=spacing)",
      "signed = [list(row) for row in edt(mask, sampling=spacing) - edt(1 - mask, sampling=spacing)]",
      "inside, outside = (edt(m, sampling=tuple(spacing)) for m in (mask, 1 - mask))\nsigned = inside - outside"],
     ["signed = mask * 1.0", "signed = edt(mask, sampling=spacing)", "signed = edt(mask) - edt(1 - mask)",
      "signed = (edt(mask) - edt(1 - mask)) * spacing[0]", "signed = np.zeros(mask.shape)"]),
    (language, "by_hand(alike, first=first, second=second)", {"first": FIRST, "second": SECOND},
     ["alike = len(first.items() & second.items()) / len(first | second)",
      "alike = np.float32(len(set(first.items()) & set(second.items())) / len({**first, **second}))",
      "alike = np.mean([first.get(d) == second.get(d) for d in {*first, *second}])",
      "alike = sum(first[d] == second.get(d, 0) for d in first) / len(first.keys() | second.keys())",
      "n = len(set(first) | set(second))\nalike = round(sum(second.get(d) == first[d] for d in first) / n, 3)"],
     ["alike = len(first.items() & second.items()) / 5", "alike = 2 / 5 * (len(first) > 0)",
      "alike = len(first.keys() & second.keys()) / len(first.keys() | second.keys())",
      "alike = len(first.items() & second.items()) / len(first)",
      "alike = f'{len(first.items() & second.items()) / len(first | second)}'"]),
    (language, "recall(found, places=places)", {"places": PLACES},
     ["found = (10 >= places).mean()", "found = np.float32(np.mean(np.array(places) < 11))",
      "found = len([p for p in places if p <= 10]) / len(places)", "found = 1 - (places > 10).mean()",
      "found = np.array(np.count_nonzero(places <= 10) / places.size)"],
     ["found = (places <= 10).sum() / 4", "found = (places <= 3).mean() + 0.25", "found = 3 / len(places)",
      "found = (places < 12).mean() - 0.25", "found = 10 / len(places) - 1.75"]),
]  # fmt: skip


SENTENCES = [
    "In 20 unseen patients (40 synthetic images) the mean Dice was 0.90 (95 % interval 0.88 to 0.93).",
    "The mean Dice was 0.90 (95 % CI 0.88 to 0.93) in 20 synthetic patients.",
    "Across 20 simulated patients, Dice averaged 0.90, with a 95 % confidence interval from 0.88 to 0.93.",
    "We found a mean Dice of 0.90 (0.88 to 0.93) in 20 patients whose scans were synthetic.",
    "My network reached a Dice of 90 % (95 % interval 88 to 93 %) in 20 people with synthetic scans.",
    "0.90 was the mean Dice of 20 synthetic patients, 95 % interval 0.88 to 0.93.",
    "Tested on synthetic scans of twenty patients, the network had a mean Dice of 0,90 (0,88 to 0,93).",
    "Dice = 0.90 (95 % CI 0.88, 0.93; n = 20 patients; synthetic).",
    "Dice 0.90 (95 % interval 0.88 to 0.93; 20 patients, 40 images; synthetic).",
    "For 20 patients, all of them synthetic, a Dice score of 0.90 was measured; its 95 % interval is 0.88 to 0.93.",
    "The outlines of 20 synthetic patients overlap the truth with a mean Dice of about 0.90, interval 0.88-0.93.",
    "Synthetic data: the Dice of 20 patients is 0.90 on average, between 0.88 and 0.93 with 95 % confidence.",
]


@pytest.mark.parametrize("said", SENTENCES)
def test_a_result_may_be_written_in_many_ways(said):
    answer = evaluate.sentence(said, result=WIDTH["interval"], synthetic=True)
    assert (answer.status, answer.error) == ("right", None), answer.message


def panel(**values):
    return Made(values=values, touched=True)


def dice(truth, drawn):
    return 2 * np.logical_and(truth, drawn).sum() / (np.count_nonzero(truth) + drawn.sum())


TRUTH = np.zeros((128, 128), np.uint8)
TRUTH[40:80, 10:118] = 1
SLIP = next(shift for shift in range(40) if segment._dice(TRUTH, shift) < 0.8)
BLURRED = np.roll(cv2.GaussianBlur(TRUTH.astype(np.float32), (0, 0), 5), 6, axis=0)
PRICES = {"truth": TRUTH, "probability": BLURRED}
SIZES = {"sizes": {"a": (4, 4), "b": (32, 32), "c": (16, 16)}}
WIDTH = {"interval": Made(estimate=0.9, low=0.88, high=0.93, patients=20), "pool": 31}
NONE = {"interval": Made(estimate=0.9, low=np.nan, high=np.nan, patients=4), "pool": 31}
# check, the material of the page, right answers, cheats
GIVEN = [
    (segment.slipped, {"truth": TRUTH},
     [[panel(shift_px=form(SLIP))] for form in (int, np.int64, np.int32, float, np.uint8)],
     [[panel(shift_px=value)] for value in (0, -1, SLIP - 1, SLIP + 1, 100)]),
    (segment.own_dice, {},
     [[dice], [lambda a, b: np.float32(dice(a, b))], [lambda truth, drawn: np.array(dice(truth, drawn))],
      [lambda a, b: 2 * np.sum(a[b > 0]) / (a.sum() + b.sum())],
      [lambda a, b: 1 - (a != b).sum() / (a.sum() + b.sum())]],
     [[lambda a, b: 1.0], [lambda a, b: 0], [lambda a, b: (a == b).mean()], [lambda a, b: 100 * dice(a, b)],
      [lambda a, b: f"{dice(a, b)}"], [lambda: 0.9], [print]]),
    (segment.bolder, {"recall": 0.95, "threshold": 0.2}, [[0.9], [np.float32(0.9)], [np.array(1)], [0], [True + 0.0]],
     [["0.9"], [[0.9]], [95], [-0.5], [True], [None]]),
    (fine_tune.generous, PRICES, [[panel(beta=beta)] for beta in (0.95, np.float64(0.95), np.float32(0.95), 0.99, 1.0)],
     [[panel(beta=beta)] for beta in (0.0, 0.05, 0.3, np.float32(0.05), -1)] + [[0.95]]),
    (fine_tune.repriced, {"recall": 0.95, "beta": 0.9, "was": 0.7}, [[0.9], [np.float32(0.9)], [np.array(1)], [0], [1]],
     [["0.9"], [[0.9]], [95], [-0.5], [True], [None]]),
    (ejection_fraction.scale, {},
     [[16, 0], [15.76, 0.0], [np.float64(100 * (1.05**3 - 1)), np.int64(0)], [np.array(16), -0.0], [16.0, 0.05]],
     [[0.16, 0], [16, 16], [0, 0], [116, 0], ["16 %", 0], [16, "0"], [-16, 0], [15, 0]]),
    (ejection_fraction.foreshortened, {},
     [["too small"], ["Too small"], [" TOO SMALL "], ["too small."], ["too  small"]],
     [["small or large"], ["too small, too large"], ["too large"], [["too small"]], [True]]),
    (saliency.layer, SIZES, [[panel(map="b")], [panel(map="b", opacity=0)], [panel(map="b", opacity=1)],
                             [panel(map="b", x=None)], [panel(map=np.str_("b"))]],
     [[panel(map="a")], [panel(map="c")], [panel(map="")], [panel(opacity=1)], ["b"], [panel(map=["b"])]]),
    (saliency.found_by, {}, [["another hospital"], ["Another hospital"], ["ANOTHER HOSPITAL "], ["another hospital."],
                             ["another\nhospital"]],
     [["hospital"], ["more patients"], ["a longer training"], [["another hospital"]],
      ["another hospital, more patients"]]),
    (evaluate.worst, {"dice": [0.8, 0.5, 0.7]},
     [[panel(image=form(1))] for form in (int, float, np.int64, np.int8, np.float32)],
     [[panel(image=value)] for value in (0, 2, -1, 3, -2)] + [[1]]),
    (evaluate.width, {**WIDTH, "count": 20}, [[0.05], [np.float32(0.05)], [np.array(0.05)], [0], [1]],
     [["0.05"], [[0.05]], [5], [-0.05], [True]]),
    (evaluate.width, {**NONE, "count": 4}, [], [[0.05], [0], [1]]),
    (denoise.steer, {"steer_deg": 6}, [[5], [np.float32(5)], [np.array(6)], [5.5], [0]],
     [["5"], [[5]], [-1], [True], [900]]),
    (classify.called, {}, [[panel(left=form(0))] for form in (int, float, np.int64, np.uint8, np.float32)],
     [[panel(left=left)] for left in (12, 1, -1, "0", None)] + [[0]]),
    (classify.enough, {"ill": 180}, [[200], [np.int64(180)], [np.array(150)], [30.0], [5000]],
     [["200"], [[200]], [0], [-5], [True]]),
    (classify.enough, {"ill": 10**9}, [], [[200]]),
    (classify.enough, {"ill": 30}, [], [[200]]),
    (classify.rare, {},
     [[panel(prevalence=form(0.07))] for form in (float, np.float64, np.float32, np.array, np.float64)],
     [[panel(prevalence=value)] for value in (0.01, 0.0, 0.3, 0.5, 1.0, "0.07", 7)] + [[0.07]]),
    (language.first_loss, {"batch": 128, "tau": 0.1}, [[4.9], [np.float32(5)], [np.array(4)], [0], [6]],
     [["4.9"], [[4.9]], [-1], [True], [float("inf")]]),
    (language.first_loss, {"batch": 1, "tau": 0.1}, [], [[0]]),
    (language.first_loss, {"batch": 64, "tau": 0}, [], [[4]]),
    (language.first_loss, {"batch": 64, "tau": 1e9}, [], [[4]]),
    (your_own_data.how_many, {}, [[3], [3.0], [60 // 20], [np.int64(3)], [np.array(60 / 20)]],
     [["3"], [[3]], [0], [60], [6], [-3], [True], ["three"]]),
    (your_own_data.inspected, {}, [[Made(report=Made(problems=found), touched=True, values={})]
                                   for found in ([], [1], pd.DataFrame(), (), None)],
     [[Made(report=None, touched=True, values={})], [Made(report="checked", touched=True, values={})],
      [Made(report=Made(problems=[]))], [True], [Made(touched=True, values={"report": 1})]]),
]  # fmt: skip


@pytest.mark.parametrize("exercise", WRITTEN, ids=[call.split("(")[0] for _, call, *_ in WRITTEN])
def test_what_was_written_is_judged_by_what_it_computes(progress_file, exercise):
    check, call, page, right, cheats = exercise
    assert len(right) >= 5 and len(cheats) >= 5
    for status, codes in (("right", right), ("not yet", cheats)):
        for code in codes:
            said = verdict(f"{code}\ncheck.{call}", check, expit=expit, logit=logit, **page)
            assert (said.status, said.error) == (status, None), (code, said.message, said.error)


@pytest.mark.parametrize(
    "exercise",
    GIVEN,
    ids=[f"{check.lesson}-{check.name}-{place}" for place, (check, *_) in enumerate(GIVEN)],
)
def test_an_answer_is_judged_by_what_it_says(progress_file, exercise):
    check, material, right, cheats = exercise
    for status, answers in (("right", right), ("not yet", cheats)):
        for answer in answers:
            said = check(*answer, **material)
            assert (said.status, said.error) == (status, None), (answer, said.message, said.error)


def test_each_exercise_of_these_lessons_stands_here_or_beside():
    """Those with a table of their own: a sentence, a rule for 'no', phrases, a desk, ten trials, a film."""
    beside = {
        evaluate.sentence, language.negation, language.phrases, language.signed, denoise.ten,
        ejection_fraction.end_systole, ejection_fraction.corrected, ejection_fraction.accepted,
        your_own_data.intended_use,
    }  # fmt: skip
    written = {getattr(check, call.split("(")[0]) for check, call, *_ in WRITTEN}
    modules = (
        segment,
        fine_tune,
        ejection_fraction,
        saliency,
        evaluate,
        denoise,
        classify,
        language,
    )
    asked = {
        one for module in (*modules, your_own_data) for one in module.lesson.exercises.values()
    }
    assert asked - written - {check for check, *_ in GIVEN} == beside
