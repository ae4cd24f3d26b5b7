"""A check runs the learner's cell again with other data: what was computed passes, what was typed does not."""

import pandas as pd
import pytest
from pydicom import examples

from course_utils import ejection_fraction
from course_utils.checks import ejection_fraction as heart_checks
from course_utils.checks import enhance as enhance_checks
from course_utils.checks import evaluate as evaluate_checks
from course_utils.checks import guidance as guidance_checks
from course_utils.checks import load as load_checks
from course_utils.checks import start_here, written
from course_utils.evaluate import proportion
from course_utils.load import dicom
from tests.helpers.cells import verdict

CASES = pd.DataFrame({"patient_id": list("AAABBCDD"), "device": list("XXXXYYYY")})
HEART = dicom.read(examples.get_path("ybr_color"))
SCAN = HEART
SIZE = 128


PATIENTS = [
    ("cases.patient_id.nunique()", "right"),
    ("len(cases.patient_id.unique())", "right"),
    ("len(set(cases['patient_id']))", "right"),
    ("cases.groupby('patient_id').ngroups", "right"),
    ("counted", "right"),  # computed in another cell
    ("4", "not yet"),
    ("2 + 2", "not yet"),
    ("len(cases) // 2", "not yet"),  # right for this table only
    ("len(cases.device.unique()) + 2", "not yet"),
    ("len(cases)", "not yet"),
]


@pytest.mark.parametrize(("expression", "status"), PATIENTS)
def test_patients_are_counted_in_a_second_table(progress_file, expression, status):
    code = f"patients = {expression}\ncheck.patients(patients, cases=cases)"
    said = verdict(code, load_checks, cases=CASES, counted=CASES.patient_id.nunique())
    assert said.status == status, said.message
    assert said.error is None


CLIPS = [
    ("clip_seconds = len(scan.pixels) / scan.fps\nbeats = 60 * clip_seconds / 60", "right"),
    ("clip_seconds = scan.pixels.shape[0] / scan.fps\nbeats = clip_seconds", "right"),
    ("n = len(scan.pixels)\nclip_seconds = n * (1 / scan.fps)\nbeats = clip_seconds", "right"),
    ("clip_seconds = 1\nbeats = 1", "not yet"),
    ("clip_seconds = len(scan.pixels) / 30\nbeats = clip_seconds", "not yet"),
    ("clip_seconds = scan.fps / len(scan.pixels)\nbeats = clip_seconds", "not yet"),
]


@pytest.mark.parametrize(("code", "status"), CLIPS)
def test_a_clip_is_timed_in_a_second_clip(progress_file, code, status):
    said = verdict(f"{code}\ncheck.clip_seconds(clip_seconds, beats)", start_here, scan=SCAN)
    assert said.status == status, said.message


ROWS = [
    ("0.10 * 512 / SIZE", "right"),
    ("512 / SIZE * 0.1", "right"),
    ("0.1 * (512 / SIZE)", "right"),
    ("0.4", "not yet"),
    ("0.1 * 4", "not yet"),
    ("SIZE / 320", "not yet"),
]


@pytest.mark.parametrize(("expression", "status"), ROWS)
def test_a_spacing_follows_the_size(progress_file, expression, status):
    code = f"new_row_mm = {expression}\ncheck.new_row_mm(new_row_mm, size=SIZE)"
    said = verdict(code, enhance_checks, SIZE=SIZE)
    assert said.status == status, said.message


READY = [
    ("ready = enhance.resize(enhance.clahe(scan, clip_limit=2.0), SIZE)[0]", "right"),
    ("sharp = enhance.clahe(scan, clip_limit=2)\nready, _ = enhance.resize(sharp, SIZE)", "right"),
    (
        "def f(x):\n    return enhance.clahe(x, clip_limit=2)\nready = enhance.resize(f(scan), SIZE)[0]",
        "right",
    ),
    ("ready = enhance.clahe(enhance.resize(scan, SIZE)[0], clip_limit=2.0)", "not yet"),
]


@pytest.mark.parametrize(("code", "status"), READY)
def test_a_recipe_is_tried_on_a_second_picture(progress_file, code, status):
    code = f"{code}\ncheck.ready(ready, scan=scan, size=SIZE)"
    said = verdict(code, enhance_checks, scan=HEART.pixels[0], SIZE=SIZE)
    assert said.status == status, said.message


def test_code_that_stops_on_other_data_gets_a_sentence():
    cell = written.Written("n = table[0] + 1\ncheck.x(n)", {"table": [3]})
    assert cell.again("n", table=[4]) == 5
    with pytest.raises(Exception, match="With other data"):
        cell.again("n", table=[])
    assert cell.again("n", other=3) is None and cell.again("m", table=[1]) is None


def test_where_there_is_no_cell_the_value_alone_is_judged(progress_file):
    assert load_checks.patients(4, cases=CASES).status == "right"


@pytest.mark.parametrize("limit", [0.6, 1.5])
@pytest.mark.parametrize(
    ("expression", "status"),
    [
        ("march_mm - today_mm > limit", "right"),
        ("today_mm < march_mm - limit", "right"),
        ("18.0 - 16.9 > limit", "not yet"),
        ("limit < 1.1", "not yet"),
    ],
)
def test_inputs_that_the_cell_sets_itself_are_changed_too(progress_file, expression, status, limit):
    """Lesson 08: the cell of the exercise holds the two thicknesses and the limit."""
    code = (
        "march_mm, today_mm = 18.0, 16.9\nlimit = smallest\n"
        f"thinner = {expression}\n"
        "check.thinner(thinner, march_mm=march_mm, today_mm=today_mm, limit=limit)"
    )
    said = verdict(code, evaluate_checks, smallest=limit)
    assert said.status == status, said.message


FRACTIONS = [
    ("100 * (edv - esv) / edv", "right", ""),
    ("(1 - esv / edv) * 100", "right", ""),
    ("round(100 - 100 * esv / edv)", "right", ""),
    ("ejection_fraction.ejection_fraction(edv, esv)", "right", ""),
    ("counted", "right", ""),  # computed in another cell
    ("60", "not yet", "for any heart"),
    ("100 * (120 - 48) / 120", "not yet", "for any heart"),
    ("edv - 60", "not yet", "of the blood leaves"),  # right for this heart only
    ("edv / 2", "not yet", "of the blood leaves"),
    ("(edv - esv) / edv", "not yet", "Multiply by 100"),
    ("100 * esv / edv", "not yet", "stays"),
    ("edv - esv", "not yet", "stroke volume"),
    ("100 * (edv - esv) / esv", "not yet", "at end-diastole"),
    ("'60 %'", "not yet", "without quotes"),
    ("[60]", "not yet", "one number"),
]


@pytest.mark.parametrize(("expression", "status", "words"), FRACTIONS)
def test_the_ejection_fraction_is_computed_for_other_hearts_too(
    progress_file, expression, status, words
):
    code = f"ef = {expression}\ncheck.fraction(ef, edv=edv, esv=esv)"
    page = {"edv": 120.0, "esv": 48.0, "counted": 60.0, "ejection_fraction": ejection_fraction}
    said = verdict(code, heart_checks, **page)
    assert said.status == status and words in said.message, said.message
    assert said.error is None


def test_a_fraction_that_stops_on_another_heart_says_so(progress_file):
    code = "ef = 100 / {120.0: 5 / 3}[edv]\ncheck.fraction(ef, edv=edv, esv=esv)"
    said = verdict(code, heart_checks, edv=120.0, esv=48.0)
    assert said.status == "not yet" and "stops with KeyError" in said.message


BARS = [
    ("bar = harm / (benefit + harm)", "right"),
    ("bar = 1 - benefit / (benefit + harm)", "right"),
    ("odds = harm / benefit\nbar = odds / (1 + odds)", "right"),
    ("bar = 0.75", "not yet"),
    ("bar = harm / 4", "not yet"),  # right for these costs only
    ("bar = 1 - benefit / 4", "not yet"),
    ("bar = benefit / (benefit + harm)", "not yet"),
]


@pytest.mark.parametrize(("code", "status"), BARS)
def test_a_bar_is_computed_with_other_costs(progress_file, code, status):
    code += "\ncheck.bar(bar, benefit=benefit, harm=harm)"
    said = verdict(code, guidance_checks, benefit=1.0, harm=3.0)
    assert said.status == status, said.message
    assert said.error is None


GROUPED = "clinic.groupby('third')"
REFUSALS = [
    (f"by_third = {{name: proportion(rows.refused) for name, rows in {GROUPED}}}", "right"),
    (f"by_third = {GROUPED}.refused.agg(lambda rows: [proportion(rows)]).str[0]", "right"),
    (
        "by_third = dict()\nfor name in set(clinic.third): "
        "by_third[name] = proportion(clinic[clinic.third == name].refused)",
        "right",
    ),
    (f"by_third = {GROUPED}.refused.mean()", "not yet"),
    (f"by_third = {{name: proportion(~rows.refused) for name, rows in {GROUPED}}}", "not yet"),
    ("by_third = dict(a=first, b=second)", "right"),  # computed in another cell
    ("by_third = dict(zip('ab', (proportion(clinic.refused[:4]), proportion(clinic.refused[4:]))))",
     "not yet"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "status"), REFUSALS)
def test_refusals_are_counted_in_another_clinic(progress_file, code, status):
    clinic = pd.DataFrame(
        {"third": list("aaaabbbb"), "refused": [False] * 3 + [True] * 4 + [False]}
    )
    said = verdict(
        f"{code}\ncheck.refused(by_third, clinic=clinic)",
        guidance_checks,
        clinic=clinic,
        proportion=proportion,
        first=proportion(clinic.refused[:4]),
        second=proportion(clinic.refused[4:]),
    )
    assert said.status == status, said.message
    assert said.error is None


GATES = [
    "def opened(scores, on, off):\n    states = []\n    for score in scores:\n"
    "        last = states and states[-1]\n"
    "        states.append(bool(score >= on or (last and score >= off)))\n    return states",
    "def opened(scores, on, off):\n    state, states = False, []\n    for score in scores:\n"
    "        if score > on:\n            state = True\n        elif score < off:\n"
    "            state = False\n        states.append(state)\n    return np.array(states)",
    "def opened(scores, on, off):\n    state = False\n"
    "    return [state := score >= (off if state else on) for score in scores]",
]


@pytest.mark.parametrize("code", GATES)
def test_a_gate_may_be_written_in_three_ways(progress_file, code):
    said = verdict(f"{code}\ncheck.hysteresis(opened)", guidance_checks)
    assert said.status == "right", said.message
