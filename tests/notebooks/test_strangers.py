"""The lessons on sets that are not the course's: very few patients, one image of each, scanners without
a name, a structure of another size. The sentences are held here; two pages are executed."""

import ast
import builtins
import json
import re
import subprocess
import sys
from types import SimpleNamespace

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbformat import v4

from course_utils import segment
from course_utils.cases import samples, split
from course_utils.checks import fine_tune, lesson, saliency
from course_utils.checks import segment as segment_checks
from course_utils.core.errors import DataError
from course_utils.segment import batches, pictures, scans, stored
from course_utils.your_own_data import judged, stop_rules
from tests.conftest import ROOT
from tests.helpers import page, real_format


class Speckled:
    """A network that draws the upper half, and a smaller piece apart from it."""

    input_shape = (None, 128, 128, 1)

    def predict_on_batch(self, batch):
        answer = np.zeros((len(batch), 128, 128, 1), np.float32)
        answer[:, :60] = answer[:, 80:100, :40] = 0.9
        return answer


@pytest.fixture(scope="module")
def four(tmp_path_factory):
    return real_format.make(tmp_path_factory.mktemp("four") / "set", patients=4, side=120)


# Pictures


@pytest.mark.parametrize(
    ("rows", "words"),
    [(1, ["the only one"]), (2, ["best", "worst"]), (4, ["best", "median", "worst"])],
)
def test_no_case_is_shown_twice_and_each_with_the_dice_of_its_row(four, rows, words):
    table = samples.table(four).drop_duplicates("patient_id").head(rows)
    scores = segment.score(Speckled(), table)
    told = pictures.cases(Speckled(), table, scores).alt
    shown = re.findall(r"(the only one|best|median|worst): (\d+) (\d\.\d\d)", told)
    assert [word for word, *_ in shown] == words and "unknown" not in told
    dice = scores.set_index("patient_id").dice
    assert all(f"{dice[who]:.2f}" == value for _, who, value in shown)


def test_a_scanner_is_named_only_where_it_has_a_name():
    row = {"patient_id": "7", "device": "unknown"}
    assert scans.called(row) == "7" and scans.called({**row, "device": "GE"}) == "7, GE"
    assert scans.called({"patient_id": "7"}, "device") == ""


def test_an_outline_is_asked_about_where_there_is_one(four):
    class Dark(Speckled):
        def predict_on_batch(self, batch):
            return super().predict_on_batch(batch) * (batch.mean() > bright)

    table = samples.table(four)
    grey = [scans.read(table, row).image for row in range(len(table))]
    bright = max(batches.prepare(image, 128).mean() for image in grey) - 1e-6
    shown = segment.first_drawn(Dark(), table)
    assert batches.prepare(shown, 128).mean() > bright
    bright = 1
    with pytest.raises(DataError, match="nothing in any of 8 images"):
        segment.first_drawn(Dark(), table)


@pytest.mark.parametrize(("total", "words"), [(9.9, "1.0 %: small"), (7.0, "30 %: too much")])
def test_a_receipt_that_misses_much_is_not_called_small(total, words):
    receipt = SimpleNamespace(total=total, difference=10.0)
    said = saliency.missing(10 * abs(10 - total), receipt=receipt)
    assert said.status == "right" and words in said.message


@pytest.mark.parametrize("fractions", [(0.6, 0.2, 0.2), (0.25, 0.1, 0.65), (0.3, 0.2, 0.5)])
@pytest.mark.parametrize("people", [4, 5, 6, 9])
def test_few_patients_leave_two_to_learn_from_and_one_for_each_other_part(fractions, people):
    table = pd.DataFrame({"image": map(str, range(people)), "patient_id": range(people)})
    sizes = [len(part) for part in split.by_patient(table, fractions)]
    assert sum(sizes) == people and sizes[0] >= 2 and min(sizes) >= 1


# Sentences


def test_a_scanner_without_a_name_makes_no_group(four):
    table = samples.table(four)
    parts = {
        name: table[table.patient_id == who]
        for name, who in (("train", "001"), ("validation", "002"), ("test", "003"))
    }
    scores = segment.score(Speckled(), parts["test"])
    result = judged.Judged(scores, parts, None, False)
    named = judged.Judged(scores, {**parts, "test": parts["test"].assign(device="GE")}, None, False)
    assert not result.devices_known and named.devices_known
    rules = stop_rules.rules(1, False, groups=None)
    assert "1 patient was tested" in stop_rules.verdict(rules)
    assert rules.verdict[rules.rule == "size of each group"].item() == "not known"
    assert "no interval below 5 patients; 1 patient, 2 images" in result.sentence()


def test_a_network_that_stands_in_says_what_it_knows():
    _, told = stored.own_or_shipped(data="/my/thyroids.csv")
    assert "medial gastrocnemius" in told and "synthetic" in told


@pytest.mark.parametrize("rows", [1, 3, 30, 90, 128])
def test_an_outline_of_any_size_can_slip_far_enough(rows):
    truth = np.zeros((128, 128), np.uint8)
    truth[:rows, 20:90] = 1
    shift = segment_checks.first_slip(truth)
    assert 1 <= shift <= 48  # the slider's end
    panel = SimpleNamespace(values={"shift_px": shift, "sureness": 0.9}, touched=True)
    said = segment_checks.slipped(panel, truth=truth)
    assert said.status == "right" and f"{shift} pixel" in said.message
    assert not page.SENSELESS.search(said.message)


def test_a_generous_outline_that_misses_is_not_said_to_hold_nearly_all():
    truth, probability = np.zeros((40, 40), np.uint8), np.zeros((40, 40), np.float32)
    truth[:20], probability[15:40] = 1, 0.9
    panel = SimpleNamespace(values={"beta": 0.95}, touched=True)
    said = fine_tune.generous(panel, truth=truth, probability=probability)
    assert said.status == "right" and "Recall 0.25" in said.message


# What a check shows as a solution runs on its page


@pytest.mark.parametrize("known", lesson.lessons().values(), ids=lambda known: known.name)
def test_every_name_of_a_shown_solution_is_a_name_of_the_page(known):
    path = ROOT / f"notebooks/solutions/{known.name}.ipynb"
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    there = set(dir(builtins)).union(*(names(cell.source) for cell in cells))
    for exercise in known.exercises.values():
        assert names(exercise.solution().code) <= there, exercise.name


def names(code):
    """Every name of a piece of code: read, set, imported, or of an argument."""
    nodes = list(ast.walk(ast.parse(code)))
    found = {node.id for node in nodes if isinstance(node, ast.Name)}
    found |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    return found | {
        alias.asname or alias.name.split(".")[0]
        for node in nodes
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }


@pytest.mark.parametrize(
    "said",
    ["Dice nan (2 patients).", "1 patients, 2 images", "best: 7, unknown: Dice 0.9", "p 0.000"],
)
def test_what_no_set_can_mean_is_found(said):
    cell = v4.new_code_cell("1", outputs=[v4.new_output("stream", text=said)])
    assert len(list(page.senseless(v4.new_notebook(cells=[cell])))) == 1
    cell.outputs[0].text = "Dice 0.90 (no interval below 5 patients; 1 patient, 1 image)."
    assert list(page.senseless(v4.new_notebook(cells=[cell]))) == []


# Pages, executed


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    return real_format.make(tmp_path_factory.mktemp("two") / "set", patients=2, side=120)


@pytest.fixture(scope="module")
def guessed(tmp_path_factory):
    """Eight images, each of somebody; who, nobody knows."""
    place = real_format.make(tmp_path_factory.mktemp("guessed") / "set", patients=4, side=120)
    table = pd.read_csv(place, dtype=str).assign(patients="guessed")
    table.assign(patient_id=[f"U{row:03d}" for row in table.index]).to_csv(place, index=False)
    return place


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "which", "given", "answers"),
    [
        (
            "04_segment",
            "two",
            ["SIZE=64", "EAGER=1"],
            (
                "all but one are to learn from, one to judge. Nobody is left to steer by",
                "no interval below 5 patients; 1 patient, 2 images",
                "One patient was judged. How the next one will do, nobody can say",
                "nothing was trained a second time: this set cannot answer",
                "fewer than ten patients",
                "an example, no result",
            ),
        ),
        (
            "08_evaluate",
            "guessed",
            [],
            (
                "Nobody knows which images",
                "no interval; 8 images, patients unknown",
                "cannot answer",
            ),
        ),
    ],
)
def test_two_patients_or_unknown_ones_are_enough_for_a_page_and_for_no_claim(
    name, which, given, answers, request
):
    done = subprocess.run(
        [
            sys.executable,
            str(ROOT / "tests/helpers/walk.py"),
            str(ROOT / f"notebooks/solutions/{name}.ipynb"),
            f"DATA={request.getfixturevalue(which)}",
            *given,  # a small network: the words of the page are read, not its result
        ],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    walk = json.loads(done.stdout.splitlines()[-1])
    said = " ".join(walk["said"].split())
    assert [answer for answer in answers if answer not in said] == [] and walk["defects"] == []
    assert not any(map(page.SENSELESS.search, walk["said"].splitlines()))
    assert "95 % interval" not in said.split("Dice 0.95 (0.94 to 0.96)")[0]  # of the quiz
    assert pd.DataFrame(walk["verdicts"]).status.isin(["right", "not yet", "not attempted"]).all()
