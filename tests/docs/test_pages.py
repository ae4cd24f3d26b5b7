"""The pages without code: what they say, where they lead, and that nothing is fetched."""

import json
import re

import numpy as np
import pytest

from course_utils.cases import samples
from course_utils.ejection_fraction import guideline
from tests.conftest import ROOT
from tools.pages import build

PAGES = ROOT / "docs" / "pages"
NAMES = ("heart", "contest", "name", "scanners")
ADDRESS = re.compile(r"(?:https?:)?//[\w.-]+\.\w+/|fetch\(|XMLHttpRequest|importScripts|import\(")
NAMESPACE = "http://www.w3.org/2000/svg"


def told(name):
    """The value that a page's data script names."""
    text = (build.DATA / f"{name}.js").read_text("utf-8")
    return json.loads(text[text.index(" = ") + 3 :].rstrip().removesuffix(";"))


@pytest.mark.parametrize("name", NAMES)
def test_a_page_says_what_it_is_and_leads_into_its_lesson(name):
    text = (PAGES / f"{name}.html").read_text("utf-8")
    assert "ynthetic" in text and "not for diagnosis" in text and '<html lang="en">' in text
    lessons = re.findall(r"\.\./\.\./notebooks/(\d\d_\w+\.ipynb)", text)
    assert lessons and all((ROOT / "notebooks" / lesson).exists() for lesson in lessons)
    for needed in re.findall(r'(?:src|href)="([^":#]+\.(?:js|css))"', text):
        assert (PAGES / needed).exists()
    for other in set(NAMES) - {name}:
        assert f'href="{other}.html"' in text


def test_nothing_is_fetched_from_anywhere():
    for path in [*PAGES.glob("*.*"), *build.DATA.glob("*.js")]:
        text = path.read_text("utf-8").replace(NAMESPACE, "")
        assert not ADDRESS.search(re.sub(r"base64,[A-Za-z0-9+/=]+", "", text)), path.name


def test_the_scripts_are_those_of_the_lessons():
    assert (build.DATA / "widgets.js").read_text("utf-8") == build.widgets()


def test_the_data_is_small_enough_to_travel_with_the_course():
    assert sum(path.stat().st_size for path in build.DATA.iterdir()) < 5e6


def test_the_heart_is_that_of_the_sample_data_and_the_bands_those_of_the_guideline():
    heart, table = told("heart"), samples.table("echo")
    row = table[table.patient_id == build.HEART].iloc[0]
    assert heart["truth"] == pytest.approx(row.ef) and row.split not in ("TRAIN", "VAL")
    assert heart["bands"] == [list(band) for band in guideline.BANDS[row.sex]]
    assert heart["experts"]["one"] == pytest.approx(guideline.ONE_READING, abs=1e-3)
    low, high = heart["machine"]["interval"]
    assert low < heart["machine"]["ef"] < high
    assert (
        len(heart["tool"]["stills"]) == 4 and heart["tool"]["traced"] == heart["tool"]["automatic"]
    )


def test_ten_hearts_have_the_truth_of_their_patients_and_a_machine_that_can_err():
    contest, table = told("contest"), samples.table("echo")
    truths = set(table.ef.round(3))
    assert len(contest["hearts"]) == 10
    assert {round(heart["truth"], 3) for heart in contest["hearts"]} <= truths
    errors = np.array([heart["machine"] - heart["truth"] for heart in contest["hearts"]])
    assert 0.5 < np.abs(errors).max() < 15 and not (errors == 0).any()


def test_the_software_leaves_what_the_page_says_it_leaves():
    name = told("name")
    boxes = [len(name["steps"][step]["boxes"]) for step in ("exported", "cleaned", "blanked")]
    assert boxes[0] > 5 and boxes[1] >= 1 and boxes[2] == 0
    assert name["steps"]["exported"]["tags"]["PatientName"] == "Doe^Jane"
    assert "Doe" not in json.dumps(name["steps"]["cleaned"]["tags"])
    assert {left["text"] for left in name["missed"]} == set(build.LEFT)


def test_two_scanners_show_the_same_people_in_order_and_all_of_them_in_the_plot():
    both = told("scanners")
    home, other = (np.array(both["dice"][device]) for device in both["scanners"])
    assert len(home) == len(other) == both["change"]["n"] == build.PEOPLE
    assert both["shown"] == [*range(build.SHOWN), int((other - home).argmin())]
    assert len(both["people"]) == len(both["shown"])
    assert (other - home).mean() == pytest.approx(both["change"]["estimate"], abs=2e-3)
    assert both["change"]["high"] < 0
