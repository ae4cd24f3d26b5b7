"""An answer that was typed does not pass where a computation is asked, however it is dressed up; a
computed one passes in any form that says the same."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import distance_transform_edt
from scipy.special import expit, logit

from course_utils.checks import (
    classify,
    decide,
    denoise,
    ejection_fraction,
    evaluate,
    fine_tune,
    guidance,
    language,
    monitor,
    saliency,
    segment,
)
from tests.helpers.casebook_classify import MASK, SPACING
from tests.helpers.casebook_language import FIRST, PLACES, SECOND
from tests.helpers.cells import verdict
from tests.helpers.page_values import DIFFERENCES, GROUPS, READINGS, SCORES

ILL, ACTED = np.array([1, 1, 1, 0, 0, 0], bool), np.array([1, 1, 0, 1, 0, 0], bool)
RISK = np.array([0.2, 0.5, 0.7])
# check, name of the answer, the call, the page, the answer as a constant, right ways to compute it
EXERCISES = [
    (language, "alike", "by_hand(alike, first=first, second=second)", {"first": FIRST, "second": SECOND}, "0.4",
     ["either = {*first, *second}\nalike = np.mean([first.get(d) == second.get(d) for d in either])",
      "same = 0\nfor d in first:\n    same += first[d] == second.get(d)\nalike = same / len({*first, *second})",
      "alike = np.array(len(first.items() & second.items()) / len(first.keys() | second.keys()))"]),
    (language, "found", "recall(found, places=places)", {"places": PLACES}, "0.75",
     ["found = np.mean(places <= 10)", "found = pd.Series(places).le(10).mean()",
      "found = round(float((places < 11).sum() / len(places)), 3)"]),
    (classify, "signed", "distance(signed, mask=mask, spacing=spacing)",
     {"mask": MASK, "spacing": SPACING, "edt": distance_transform_edt}, "np.zeros((20, 24))",
     ["signed = (edt(mask, sampling=spacing) - edt(1 - mask, sampling=spacing)).tolist()",
      "signed = np.float32(edt(mask > 0, spacing)) - edt(mask == 0, sampling=list(spacing))",
      "signed = edt(mask, sampling=spacing)\nsigned -= edt(1 - mask, sampling=spacing)"]),
    (evaluate, "dice_by_patient", "by_patient(dice_by_patient, scores=scores)", {"scores": SCORES}, "[0.8, 0.6]",
     ["dice_by_patient = scores.groupby('patient_id')['dice'].mean().to_dict()",
      "dice_by_patient = scores.groupby('patient_id').dice.mean().sort_values(ascending=False).tolist()",
      "dice_by_patient = np.array([rows.dice.mean() for _, rows in scores.groupby('patient_id')])"]),
    (segment, "shared", "shared(shared, train=train, test=test)", GROUPS, "set()",
     ["shared = {p for p in train.patient_id if p in set(test.patient_id)}",
      "shared = np.intersect1d(train.patient_id, test.patient_id)",
      "shared = [p for p in train.patient_id if p in list(test.patient_id)]",
      "shared = train.patient_id[train.patient_id.isin(test.patient_id)]"]),
    (segment, "flattery", "flattery(flattery, by_image=by_image, by_patient=by_patient)",
     {"by_image": 0.9, "by_patient": 0.48}, "42",
     ["flattery = 100 * by_image - 100 * by_patient", "flattery = round((by_image - by_patient) * 100)",
      "flattery = np.float32(by_image - by_patient) * 100"]),
    (fine_tune, "worse", "worse(worse, by_patient=gain.differences)",
     {"gain": SimpleNamespace(differences=DIFFERENCES)}, "2",
     ["worse = len([d for d in gain.differences if d < 0])", "worse = np.sum(gain.differences.to_numpy() < 0)",
      "worse = float(gain.differences.lt(0).sum())"]),
    (saliency, "missing", "missing(missing, receipt=receipt)",
     {"receipt": SimpleNamespace(total=9.9, difference=10.0)}, "1.0",
     ["missing = abs(receipt.total / receipt.difference - 1) * 100",
      "gap = receipt.total - receipt.difference\nmissing = np.abs(100 * gap / receipt.difference)"]),
    (denoise, "corrected", "corrected(corrected, averaged=averaged)",
     {"averaged": np.full((3, 4), 0.2)}, "np.full((3, 4), 0.2418)",
     ["corrected = averaged + 0.0418", "corrected = (averaged * 60 + 2.507) / 60"]),
    (denoise, "share", "share(share, **readings)", {**READINGS, "readings": READINGS}, "0.25",
     ["share = (after_without - after_with) / (before_without - before_with)",
      "before = before_with - before_without\nshare = np.float64(after_with - after_without) / before"]),
    (decide, "updated", "update(updated, risk=risk, shift=shift)",
     {"risk": RISK, "shift": 0.5, "expit": expit, "logit": logit}, "[0.2919, 0.6225, 0.7937]",
     ["updated = list(expit(logit(risk) + shift))",
      "odds = risk / (1 - risk) * np.exp(shift)\nupdated = odds / (1 + odds)",
      "updated = pd.Series(1 / (1 + np.exp(-logit(risk) - shift)))"]),
    (decide, "worth", "benefit(worth, ill=ill, acted=acted, threshold=threshold)",
     {"ill": ILL, "acted": ACTED, "threshold": 0.25}, "0.27778",
     ["odds = threshold / (1 - threshold)\nworth = (np.sum(ill & acted) - np.sum(acted & ~ill) * odds) / len(ill)",
      "worth = np.mean(np.where(acted, np.where(ill, 1, -threshold / (1 - threshold)), 0))"]),
    (monitor, "per_hour", "hourly(per_hour, chance=chance, fps=fps)", {"chance": 0.001, "fps": 30}, "108",
     ["per_hour = np.float32(chance) * fps * 60 * 60", "frames = fps * 3600\nper_hour = frames * chance"]),
    (monitor, "after", "step(after, total=total, x=x, slack=slack)", {"total": 1.0, "x": 0.5, "slack": 0.25}, "1.25",
     ["after = np.maximum(0, total + x - slack)", "after = total + x - slack\nif after < 0:\n    after = 0"]),
    (guidance, "bar", "bar(bar, benefit=benefit, harm=harm)", {"benefit": 1.0, "harm": 3.0}, "0.75",
     ["bar = 1 / (1 + benefit / harm)"]),
    (ejection_fraction, "ef", "fraction(ef, edv=edv, esv=esv)", {"edv": 120.0, "esv": 48.0}, "60",
     ["ef = np.float64(edv - esv) / edv * 100"]),
]  # fmt: skip
DRESSED = [
    "{name} = {value}",
    "answer = {value}\n{name} = answer",
    "{name} = np.array({value}) if True else None",
    "def found():\n    return {value}\n{name} = found()",
    "{name} = (lambda: {value})()",
    "for {name} in [{value}]:\n    pass",
    "{name}: object = {value}",
]
NAMES = [f"{check.__name__.split('.')[-1]}-{name}" for check, name, *_ in EXERCISES]
each = pytest.mark.parametrize("exercise", EXERCISES, ids=NAMES)


@each
@pytest.mark.parametrize("dress", DRESSED)
def test_a_typed_answer_does_not_pass_however_it_is_dressed(progress_file, exercise, dress):
    check, name, ask, page, value, _ = exercise
    said = verdict(f"{dress.format(name=name, value=value)}\ncheck.{ask}", check, **page)
    assert (said.status, said.error) == ("not yet", None), said.message


@each
def test_an_answer_may_have_any_form_that_says_the_same(progress_file, exercise):
    check, name, ask, page, _, ways = exercise
    for code in ways:
        said = verdict(f"{code}\ncheck.{ask}", check, **page)
        assert (said.status, said.error) == ("right", None), (code, said.message)


@each
def test_an_answer_that_was_computed_in_another_cell_is_judged_by_its_value(
    progress_file, exercise
):
    check, name, ask, page, _, ways = exercise
    elsewhere = dict(page, np=np, pd=pd)
    exec(ways[0], elsewhere)
    said = verdict(f"{name} = counted\ncheck.{ask}", check, **page, counted=elsewhere[name])
    assert (said.status, said.error) == ("right", None), said.message


# All that a result's sentence must say, in no order: 13 patients, synthetic, Dice 0.978 (0.971 to 0.984).
SALADS = [
    "Dice patients 13 synthetic interval was mean 0.97 to 0.98 the in 0.98.",
    "13 patients synthetic 0.97 to 0.98 interval 0.98 Dice mean was unseen images.",
    "Synthetic Dice 13 patients 0.98 mean interval 95 % from 0.97 to 0.98 has.",
    "Was 0.98 was 0.97 to 0.98 Dice synthetic 13 patients interval mean mean.",
    "Interval of 13 patients: Dice, 0.97 to 0.98, synthetic mean, number 0.98, was it.",
    "The Dice the mean was of 13 patients in 0.98 with (0.97 to 0.98) synthetic for.",
    "Mean Dice was synthetic 13 patients 0.98 interval 95 % 0.97 to 0.98 and",
    "0.98 Dice 0.97 to 0.98 interval 13 patients synthetic mean was there in the.",
    "Synthetic mean interval 0.97 to 0.98, patients of 13, Dice at of 0.98, was.",
    "In 13 patients was Dice 0.98 was 0.97 to 0.98 was synthetic was mean was.",
    "Synthetic patients 13, mean Dice 0.98 interval, 95 per cent of 0.97 to 0.98.",
    "Dice synthetic, 13 patients, 0.98, 0.97 to 0.98, interval, mean, measured.",
]


@pytest.mark.parametrize("said", SALADS)
def test_all_pieces_of_a_result_in_no_order_are_no_sentence(said):
    result = SimpleNamespace(estimate=0.978, low=0.971, high=0.984, patients=13)
    answer = evaluate.sentence(said, result=result, synthetic=True)
    assert (answer.status, answer.error) == ("not yet", None), answer.message


RULES = [
    ("True", "not yet"),
    ("'no' in sentence.lower() and 'change' not in sentence", "not yet"),  # 'no' of 'nodule'
    ("'yes' if 'no ' in sentence.lower() else 'no'", "not yet"),  # texts
    ("sentence in ('No calcification.', 'Calcification not seen.')", "not yet"),
    (
        "sentence.lower().startswith('no ') and 'change' not in sentence or 'not' in sentence",
        "not yet",
    ),
    (
        "sentence.lower().startswith('no ') and 'change' not in sentence and 'but' not in sentence "
        "or 'not ' in sentence",
        "not yet",
    ),
    (
        "('no' in sentence.lower().split() or 'without' in sentence or 'not ' in sentence) and "
        "'change' not in sentence",
        "not yet",
    ),
    (
        "finding in sentence.lower() and 'no ' in sentence.lower() and 'change' not in sentence",
        "not yet",
    ),
    ("sentence[0] == 'N'", "not yet"),
    ("sentence.lower().replace(finding, 'X').startswith('no X') or ' not ' in sentence", "right"),
    ("not re.match(rf'(?!no {finding}|{finding} (is )?not)', sentence.lower())", "right"),
    ("bool(re.search(rf'no {finding}|{finding} (is )?not', sentence, re.I))", "right"),
    ("re.search(rf'no {finding}|{finding} (is )?not', sentence, re.I) is not None", "right"),
    ("np.bool_(' not ' in sentence or f'no {finding}' in sentence.lower())", "right"),
    ("int(' not ' in sentence or f'no {finding}' in sentence.lower())", "right"),
]


@pytest.mark.parametrize(("rule", "status"), RULES)
def test_a_rule_for_no_is_tried_on_sentences_that_it_has_not_seen(progress_file, rule, status):
    code = (
        "import re\ntests = [('No calcification.', 'calcification', True), "
        "('Calcification not seen.', 'calcification', True), "
        "('No change in the calcification.', 'calcification', False)]\n"
        f"def denied(sentence, finding):\n    return {rule}\n"
        "check.negation(denied, tests)"
    )
    said = verdict(code, language)
    assert (said.status, said.error) == (status, None), said.message


@pytest.mark.slow
@pytest.mark.parametrize(
    ("extra", "status", "word"),
    [
        ({"hypoechoic": "darker than the surrounding tissue", "no vascularity": "no color signal"}, "right", "no test"),
        ({"hypoechoic": ("Darker than the surrounding tissue",), "no vascularity": ["no colour signal"]},
         "right", "no test"),
        ({"hypoechoic": ["the"]}, "not yet", "do not mean it"),
        ({"hypoechoic": ["darker", "tissue"]}, "not yet", "do not mean it"),
        ({"hyperechoic": ["darker"]}, "not yet", "fell"),
        ({"hypoechoic": []}, "not yet", "missed more often"),
        ({"dark": ["darker"]}, "not yet", "dark"),
        ({"hypoechoic": [7]}, "not yet", "three letters"),
        ({"hypoechoic": 7}, "not yet", "list of phrases"),
        ({}, "not yet", "empty"),
    ],
)  # fmt: skip
def test_phrases_are_tried_on_reports(progress_file, extra, status, word):
    said = language.phrases(extra)
    assert (said.status, said.error) == (status, None) and word in said.message, said.message
