"""The model card: numbers from tables, loud where something is missing, and nothing injected."""

import datetime
import hashlib
import html.parser
import re

import numpy as np
import pandas
import pytest

from course_utils import evaluate
from course_utils.cases import split
from course_utils.core.errors import DataError, FileError
from course_utils.evaluate import checklists, metrics
from course_utils.show import figures, pages
from course_utils.your_own_data import judged, model_card, stop_rules

NASTY = (
    "<img src=x onerror=alert(1)> </title><script>evil()</script> [go](javascript:x) "
    "![p](http://e.org/a.png) | ``` \n\n# heading\n- item \" ' & \x00 \u202e"
)


def scores(patients=12, images=3):
    rng, rows = np.random.default_rng(4), []
    for number in range(patients):
        for _ in range(images):
            dice = float(np.clip(0.9 + 0.05 * rng.standard_normal(), 0, 1))
            rows.append(
                {
                    "image": f"i{len(rows)}.png",
                    "mask": f"m{len(rows)}.png",
                    "dice": dice,
                    "patient_id": f"P{number:02d}",
                    "device": "AB"[number % 2],
                    "hd95_mm": 3 - 2 * dice,
                    "thickness_error_mm": np.nan if number else 0.1,
                }
            )
    return pandas.DataFrame(rows)


def part(*patients):
    return pandas.DataFrame({"patient_id": [p for p in patients for _ in range(2)], "device": "A"})


def judged_from(scored, asked=None, **more):
    parts = {"train": part("T1", "T2"), "validation": part("V1")}
    parts["test"] = scored if asked is None else pandas.concat([scored, asked])
    return judged.Judged(scored, parts, split.Clean(patients=True), True, 1, **more)


@pytest.fixture
def whole(tmp_path):
    weights = tmp_path / "net.keras"
    weights.write_bytes(b"weights")
    tested = scores()
    return model_card.Card(
        name="Calf outliner",
        judged=judged_from(tested, part("P00").iloc[:2]),
        intended_use=model_card.IntendedUse("Outlining the calf", "synthetic scans", "learners"),
        not_intended_use="Patients.",
        data_name="muscle_general",
        licence="MIT",
        patients_from="A column of the table.",
        left_out="Nothing.",
        training="30 s.",
        failures=[figures.plain(np.zeros((8, 8)), "Worst case: Dice 0.2 | <b>")],
        limits=["Two scanners only."],
        weights=weights,
        date=datetime.date(2026, 3, 4),
        stop=stop_rules.rules(12, True),
        audits=[checklists.form("CLAIM")],
    )


class Page(html.parser.HTMLParser):
    """What a browser would make of a page: tags with their attributes, and the text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text, self.open = [], "", []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "hr", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag  # everything is closed in order

    def handle_data(self, data):
        self.text += data

    def all(self, name):
        return [attrs for tag, attrs in self.tags if tag == name]


def test_numbers_are_those_of_metrics():
    tested = scores()
    table = judged_from(tested).results(seed=3).set_index("measure")
    expected = evaluate.bootstrap(metrics.per_patient(tested)["dice"], seed=3)
    assert tuple(table.loc["dice", ["estimate", "low", "high"]]) == tuple(expected)
    assert table.loc["dice", "patients"] == 12 and table.loc["dice", "images"] == 36
    assert table.index.tolist() == ["dice", "hd95_mm", "thickness_error_mm"]
    alone = table.loc["thickness_error_mm"]  # one patient has it: a value, and no interval
    assert (
        alone["patients"] == 1 and alone["images"] == 3 and alone["estimate"] == pytest.approx(0.1)
    )
    assert np.isnan(alone["low"]) and np.isnan(alone["high"])
    with pytest.raises(DataError):
        judged_from(scores().drop(columns="patient_id")).results()


def test_groups_have_their_numbers_and_small_ones_no_interval():
    tested = scores()
    tested.loc[tested["patient_id"] == "P00", "device"] = None
    table = judged_from(tested).groups(("device",)).set_index("group")
    assert table["patients"].to_dict() == {"A": 5, "B": 6, "not known": 1}
    assert table.loc["B", "low"] < table.loc["B", "estimate"] < table.loc["B", "high"]
    assert np.isnan(table.loc["not known", "low"]) and table.loc["not known", "estimate"] > 0
    direct = tested[tested["device"] == "B"].groupby("patient_id")["dice"].mean().mean()
    assert table.loc["B", "estimate"] == pytest.approx(direct)


def test_a_whole_card_is_written_twice_over(whole, tmp_path):
    assert whole.missing() == []
    for _ in range(2):  # the second replaces the first
        markdown, page = whole.write(tmp_path, complete=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "model_card.html",
        "model_card.md",
        "net.keras",
    ]
    text = markdown.read_text(encoding="utf-8")
    row = whole.results.iloc[0]
    for words in (
        f"{row.low:.3f} to {row.high:.3f}",
        "not a medical device",
        "12 test patients",
        "nothing is known about real patients",
        hashlib.sha256(b"weights").hexdigest(),
        "2 of 38 (5.3 %)",
        "The test set was opened 1 time.",
        "2026-03-04",
        "Python 3.",
        "numpy 2.",
        "keras 3.",
        "tested",
        "| test | 12 | 38 | A, B |",
        "CLAIM 2024: 0 of 44",
    ):
        assert words in text, words
    assert "NOT COMPLETE" not in text and "Missing" not in text


def test_the_page_is_whole_readable_and_fetches_nothing(whole, tmp_path):
    page = Page(whole.write(tmp_path)[1].read_text(encoding="utf-8"))
    assert page.open == [] and page.all("html") == [{"lang": "en"}]
    assert len(page.all("h1")) == 1 == len(page.all("main")) == len(page.all("title"))
    assert len(page.all("h2")) == 11 and all(th == {"scope": "col"} for th in page.all("th"))
    (image,) = page.all("img")
    assert image["src"].startswith("data:image/png;base64,") and "Dice 0.2 | <b>" in image["alt"]
    assert not page.all("script") and not page.all("a") and not page.all("link")
    assert "default-src 'none'" in str(page.all("meta"))


def test_nothing_that_was_typed_becomes_part_of_the_page(whole, tmp_path):
    whole.intended_use = model_card.IntendedUse(NASTY, NASTY, NASTY)
    for name in (
        "name",
        "not_intended_use",
        "data_name",
        "licence",
        "training",
        "patients_from",
        "left_out",
        "preparation",
    ):
        setattr(whole, name, NASTY)
    whole.limits = [NASTY, "1. one", "+ two", "_three_ patient_id"]
    whole.failures = [figures.plain(np.zeros((4, 4)), NASTY)]
    whole.groups["group"] = NASTY
    whole.results["measure"] = NASTY
    whole.parts["test"]["device"] = NASTY
    page = Page(whole.html())
    assert not page.all("script") and not page.all("a") and not page.all("code")
    assert len(page.all("img")) == 1 and len(page.all("h1")) == 1 and len(page.all("h2")) == 11
    assert not page.all("pre") and not page.all("em") and not page.all("ol")
    assert page.text.count("<script>evil()</script>") > 10  # it is there, to be read
    assert "_three_ patient_id" in page.text and "1. one" in page.text
    widths = {len(re.findall("<t[hd][ >]", row)) for row in whole.html().split("<tr>")[1:]}
    assert widths == {4, 5, 7}  # parts and stop list, results, groups


@pytest.mark.parametrize(
    "text",
    [
        "a_b _c_ *d* `e` ~~f~~ $g$ <h> &amp; # i",
        "# j",
        "- k",
        "1) l",
        "1. m",
        "+ n",
        "= o",
        "![p](q) [r](s) \\ \\| |",
        "![",
        "&#60;",
    ],
)
def test_plain_text_comes_out_as_it_went_in(text):
    page = Page(pages.to_html(f"x\n\n{pages.plain(text)}", "t"))
    assert page.text.split("x\n")[1].strip() == text
    assert {tag for tag, _ in page.tags} <= {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "main",
        "p",
    }


def test_an_empty_card_says_so_loudly_and_cannot_be_complete(tmp_path):
    card = model_card.Card(name="Nothing yet")
    assert len(card.missing()) == 14
    with pytest.raises(DataError, match="cannot be marked complete.*licence"):
        card.write(tmp_path, complete=True)
    assert not list(tmp_path.iterdir())
    text = card.write(tmp_path)[0].read_text(encoding="utf-8")
    assert "NOT COMPLETE. Missing (14):" in text and "Nothing has been shown" in text
    assert text.count("Missing.") >= 9 and "not a medical device" in text
    assert "14 things missing" in card._repr_mimebundle_()["text/plain"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name, value",
    [
        ("intended_use", None),
        ("licence", ""),
        ("synthetic", None),
        ("results", None),
        ("limits", [""]),
        ("failures", []),
        ("refused", None),
        ("weights", None),
        ("parts", {}),
        ("groups", None),
    ],
)
def test_each_gap_is_named(whole, name, value):
    setattr(whole, name, value)
    assert len(whole.missing()) == 1
    assert f"NOT COMPLETE. Missing (1): {whole.missing()[0]}" in whole.markdown()


def test_a_leak_stands_on_the_card(whole):
    whole.parts["train"] = part("P01", "T2")
    assert "Leak: 1 patient is in more than one part (P01)" in whole.markdown()
    assert "split" not in whole.facts()


def test_what_the_card_knows_fills_the_checklists(whole):
    facts = whole.facts()
    assert "dice 0." in facts["performance"] and "train 2 patients" in facts["numbers"]
    known = {
        item.fact
        for name in checklists.names()
        for item in checklists.checklist_items.ALL[name].items
        if item.fact
    }
    assert set(facts) <= known
    assert checklists.form("CLAIM", facts).counts()["yes"] >= 15
    assert checklists.form("TRIPOD+AI", facts).counts()["yes"] >= 12
    assert checklists.form("CLAIM", model_card.Card(name="x").facts()).counts()["yes"] == 1


@pytest.mark.parametrize(
    "change",
    [
        {"name": " "},
        {"judged": pandas.DataFrame({"dice": [1]})},
        {"judged": {"dice": 0.9}},
        {"intended_use": "Teaching."},
        {"failures": ["a.png"]},
    ],
)
def test_a_card_refuses_what_is_not_a_result(change):
    with pytest.raises(DataError):
        model_card.Card(**({"name": "x"} | change))


def test_files_in_the_way(whole, tmp_path):
    whole.weights = tmp_path / "gone.keras"
    with pytest.raises(FileError, match="gone.keras"):
        whole.write(tmp_path)
    assert not list(tmp_path.glob("model_card*"))
    whole.weights = tmp_path / "net.keras"
    (tmp_path / "model_card.md").write_text("my own notes")
    with pytest.raises(FileError, match="stays"):
        whole.write(tmp_path)
    assert (tmp_path / "model_card.md").read_text() == "my own notes"
    with pytest.raises(FileError):
        whole.write(tmp_path / "nowhere")
